"""The audit with checks and readers of its own: errors are outcomes, crashes are findings, partials of any schema are merged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pytest

from auditor import audit, check, observe, preview
from auditor.check import Check, Conclusion, Skip, tally
from auditor.config import Config
from auditor.dataset import Batch, Dataset, Reader, Roles, Shard, Split, Tally, UnreadableError, stamp
from auditor.model import AuditorError, Example, Json, Report, Rule, Severity
from auditor.partials import Partials
from auditor.policy import Policy
from auditor.reading import Work
from auditor.running.chosen import chosen as _chosen

NOTHING = Example(files={})


def rule(number: int) -> Rule:
    text = "It is a rule of this test."
    return Rule(
        id=f"T{number:03}", name=f"t{number}", severity=Severity.LOW, summary=text, why=text, fix=text, failing=NOTHING, passing=NOTHING
    )


@dataclass(frozen=True, kw_only=True)
class Counting(Check):
    """Counts records; raises where it is told to."""

    name: ClassVar[str] = "counting"
    rules: ClassVar[tuple[Rule, ...]] = (rule(1), rule(2))
    reads_records: ClassVar[bool] = True

    fails_in: str = ""

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        if self.fails_in == "skip":
            return Skip(reason="it was told to")
        self._fail("prepare")
        return {"shards": len(dataset.shards)}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table | None:
        self._fail("observe")
        kind = pa.int32() if batch.shard.ordinal else pa.int64()
        return pa.table({"rows": pa.array([batch.records.num_rows], kind)})

    def merge(self, a: pa.Table, b: pa.Table) -> pa.Table:
        self._fail("merge")
        return pa.concat_tables([a, b], promote_options="permissive")

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        self._fail("conclude")
        rows = sum(total["rows"].to_pylist()) if total is not None else 0
        shards = total["shard"].to_pylist() if total is not None else []
        sections = {"counting": [rows, context["shards"]], "order": shards}
        return Conclusion(outcomes=tuple(tally(each, rows, 0) for each in self.rules), sections=sections)

    def _fail(self, moment: str) -> None:
        if self.fails_in == moment:
            raise ZeroDivisionError(f"in {moment}")


def shard(ordinal: int, split: str) -> Shard:
    return Shard(path=f"{split}-{ordinal}", file="", split=split, format="memory", sha256=str(ordinal), ordinal=ordinal)


DATASET = Dataset(
    name="memory",
    splits=(Split(name="train", shards=(shard(0, "train"), shard(1, "train"))), Split(name="test", shards=(shard(2, "test"),))),
)


def records(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """Three batches of two records; the second shard is broken after its first batch."""
    for start in (0, 2, 4):
        if shard.ordinal == 1 and start == 2:
            tally.refuse("a torn record", line=3)
            tally.physical += 1
            raise UnreadableError("it is torn")
        tally.physical += 2
        batch = pa.record_batch({"text": pa.array(["one two three", f"{shard.ordinal} {start} something else again"])})
        yield Batch(shard=shard, start=start, records=batch)


@dataclass
class Here:
    """An engine that does the work at once, in this process, and remembers what it was asked."""

    reader: Reader
    dies: tuple[int, ...] = ()
    moments: tuple[str, ...] = ("preview", "observe")
    isolation: Json = None
    asked: list[tuple[str, int]] = dataclasses.field(default_factory=list)

    def map(self, jobs: Iterable[Json]) -> Iterator[Json]:
        moments = {"preview": observe.preview_shard, "observe": observe.observe_shard}
        for job in jobs:
            self.asked.append((job["moment"], job["shard"]["ordinal"]))
            dead = job["shard"]["ordinal"] in self.dies and job["moment"] in self.moments
            yield {"crash": "it was ended by SIGSEGV"} if dead else moments[job["moment"]](job, self.reader)

    def rest(self) -> None:
        pass


def work(folder: Path, engine: Here, durable: bool = False) -> Work:
    partials = Partials(folder, durable)
    return Work(engine=engine, kept=partials, passing=partials, memory=1 << 30, progress=lambda stage, done, steps: None)


def audited(folder: Path, monkeypatch: pytest.MonkeyPatch, fails_in: str = "", dies: tuple[int, ...] = ()) -> Report:
    monkeypatch.setattr(check, "discover", lambda: {"counting": Counting})
    question = audit.Question(checks=(Counting(fails_in=fails_in),), config=Config())
    return audit.run(DATASET, question, work(folder, Here(records, dies)))


def test_a_reader_that_dies_of_the_first_records_leaves_the_audit_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of the columns then, and checks may have been skipped for it."""
    monkeypatch.setattr(check, "discover", lambda: {"counting": Counting})
    question = audit.Question(checks=(Counting(),), config=Config())
    report = audit.run(DATASET, question, work(tmp_path, Here(records, dies=(0,), moments=("preview",))))
    died = "train-0 was not read: the process that looked at its first records died: it was ended by SIGSEGV"
    assert report.gaps == ("train-1 was not read to its end: it is torn", died)


def test_every_shard_is_observed_and_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(tmp_path, monkeypatch)
    assert report.sections["counting"] == [14, 3]
    assert report.sections["order"] == [0, 0, 0, 1, 2, 2, 2]
    assert {outcome.status for outcome in report.outcomes} == {"passed"}
    assert [(entry.file, entry.physical, entry.parsed, entry.rejected) for entry in report.ledger] == [
        ("test-2", 6, 6, ()),
        ("train-0", 6, 6, ()),
        ("train-1", 3, 2, (("a torn record", 1),)),
    ]
    assert report.gaps == ("train-1 was not read to its end: it is torn",)
    assert {name: split["rows"] for name, split in report.dataset["splits"].items()} == {"train": 8, "test": 6}


def test_a_reader_that_dies_leaves_the_other_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(tmp_path, monkeypatch, dies=(0,))
    assert report.sections["counting"] == [8, 3]
    assert report.gaps[0] == "train-0 was not read to its end: the process that read it died: it was ended by SIGSEGV"


@pytest.mark.parametrize("moment", ["prepare", "observe", "merge", "conclude"])
def test_a_check_that_raises_is_an_error_in_each_of_its_rules(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(tmp_path, monkeypatch, fails_in=moment)
    assert [(outcome.rule, outcome.status) for outcome in report.outcomes] == [("T001", "error"), ("T002", "error")]
    assert report.outcomes[0].note == f"ZeroDivisionError: in {moment}"


def test_a_check_may_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(tmp_path, monkeypatch, fails_in="skip")
    assert [(outcome.status, outcome.note) for outcome in report.outcomes] == [("skipped", "it was told to")] * 2


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────────


def whole(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """As `records`, but no shard is broken."""
    for start in (0, 2, 4):
        tally.physical += 2
        batch = pa.record_batch({"text": pa.array(["one two three", f"{shard.ordinal} {start} something else again"])})
        yield Batch(shard=shard, start=start, records=batch)


def again(
    folder: Path, dataset: Dataset = DATASET, reader: Reader = whole, dies: tuple[int, ...] = (), fails_in: str = ""
) -> tuple[list[tuple[str, int]], Report]:
    """What the engine was asked in an audit whose partial results lie in `folder`, and the report."""
    engine = Here(reader, dies)
    question = audit.Question(checks=(Counting(fails_in=fails_in),), config=Config())
    return engine.asked, audit.run(dataset, question, work(folder, engine, durable=True))


def changed(place: int, **fields: Json) -> Dataset:
    """DATASET with another shard at a place."""
    shards = [dataclasses.replace(each, **fields) if each.ordinal == place else each for each in DATASET.shards]
    return dataclasses.replace(DATASET, splits=(Split(name="train", shards=tuple(shards[:2])), Split(name="test", shards=(shards[2],))))


@pytest.fixture
def _counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "discover", lambda: {"counting": Counting})


ALL = [("preview", 0), ("preview", 1), ("preview", 2), ("observe", 0), ("observe", 1), ("observe", 2)]


@pytest.mark.usefixtures("_counting")
def test_what_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    first, report = again(tmp_path)
    assert first == ALL
    second, same = again(tmp_path)
    assert second == []
    assert same == report


@pytest.mark.usefixtures("_counting")
def test_of_what_has_changed_only_that_is_read_again(tmp_path: Path) -> None:
    again(tmp_path)
    asked, report = again(tmp_path, changed(1, sha256="other"))
    assert asked == [("preview", 1), ("observe", 1)]
    assert report.sections["order"] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


@pytest.mark.usefixtures("_counting")
def test_a_file_under_another_name_is_not_read_again(tmp_path: Path) -> None:
    again(tmp_path)
    asked, report = again(tmp_path, changed(1, path="train-renamed"))
    assert asked == []
    assert [entry.file for entry in report.ledger] == ["test-2", "train-0", "train-renamed"]


@pytest.mark.usefixtures("_counting")
def test_another_question_is_asked_of_every_shard(tmp_path: Path) -> None:
    again(tmp_path)
    asked, _ = again(tmp_path, fails_in="conclude")
    assert asked == [each for each in ALL if each[0] == "observe"]


@pytest.mark.usefixtures("_counting")
def test_what_went_wrong_is_tried_again(tmp_path: Path) -> None:
    for reader, dies in ((records, ()), (whole, (1,))):
        folder = tmp_path / str(len(dies))
        folder.mkdir()
        _, broken = again(folder, DATASET, reader, dies)
        assert len(broken.gaps) == 1
        asked, report = again(folder)
        assert ("observe", 1) in asked
        assert ("observe", 0) not in asked
        assert report == again(tmp_path / "0")[1]


@pytest.mark.usefixtures("_counting")
def test_a_check_that_raised_is_asked_again(tmp_path: Path) -> None:
    for fails_in in ("observe", "conclude"):
        _, report = again(tmp_path, fails_in=fails_in)
        assert {outcome.status for outcome in report.outcomes} == {"error"}
        asked, _ = again(tmp_path, fails_in=fails_in)
        assert asked == ([("observe", 0), ("observe", 1), ("observe", 2)] if fails_in == "observe" else [])


@pytest.mark.usefixtures("_counting")
def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("before")
    dataset = changed(1, file=str(file), stamp=stamp(file.stat()))
    kept = tmp_path / "kept"
    kept.mkdir()

    def writing(shard: Shard, tally: Tally) -> Iterator[Batch]:
        yield from whole(shard, tally)
        if shard.ordinal == 1:
            file.write_text("while it was read")

    _, report = again(kept, dataset, writing)
    assert report.gaps == ("train-1 was not read to its end: it was written to while it was audited",)
    asked, _ = again(kept, changed(1, file=str(file), stamp=stamp(file.stat())))
    assert asked == [("preview", 1), ("observe", 1)]


@dataclass(frozen=True, kw_only=True)
class Marking(Counting):
    """Calls a text of every shard sensitive, and says it all the same."""

    def sensitive(self, batch: Batch, context: Mapping[str, Json]) -> Iterable[str]:
        return [batch.records.column("text")[1].as_py()]

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        said = "see '1 2 something else again' in 1 4 something else entirely"
        return Conclusion(outcomes=tuple(tally(each, 1, 0, said) for each in self.rules), sections={"said": {said: [said]}})


def test_what_a_check_calls_sensitive_leaves_as_a_mask_and_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "discover", lambda: {"counting": Marking})
    kept, passing = tmp_path / "kept", tmp_path / "passing"
    for folder in (kept, passing):
        folder.mkdir()
    done = dataclasses.replace(work(kept, Here(whole), durable=True), passing=Partials(passing, durable=False))
    report = audit.run(DATASET, audit.Question(checks=(Marking(),), config=Config()), done)
    said = "see '[sensitive]' in 1 4 something else entirely"
    assert {outcome.note for outcome in report.outcomes} == {said}
    assert report.sections["said"] == {said: [said]}
    assert [path.name for path in kept.iterdir() if b"something else" in path.read_bytes()] == []


# ── the preview ───────────────────────────────────────────────────────────────────────────────────────────────────────


def look(columns: Mapping[str, Sequence[str | None]], **roles: Json) -> dict[str, Json]:
    batch = Batch(shard=shard(0, "train"), start=0, records=pa.record_batch({k: pa.array(v, pa.string()) for k, v in columns.items()}))
    return preview.look([batch], Roles(**roles), 10_000)


def settled(*previews: dict[str, Json], shingle: str = "auto", **roles: Json) -> tuple[tuple[str, ...], str]:
    dataset = dataclasses.replace(DATASET, roles=Roles(**roles))
    found = preview.settle(dataset, previews, shingle)
    return found.roles.text, found.shingle


PROSE = ["The museum opens at ten on weekdays", "Please leave wet umbrellas in the stand"]


def test_text_is_what_is_long_and_made_of_words() -> None:
    columns = {"id": ["a" * 40, "b" * 40], "title": ["On time", "Wet"], "body": PROSE, "kind": ["x", "y"]}
    assert settled(look(columns)) == (("body",), "char:5")
    assert settled(look(columns, label="body"), label="body") == (("id", "title", "kind"), "char:5")
    assert settled(look(columns, text=("title", "body")), text=("body", "title")) == (("title", "body"), "char:5")


def test_text_without_spaces_counts_as_text() -> None:
    assert settled(look({"q": ["日光浴に適しているのは屋外ですか水中ですか室内"] * 2, "id": ["a" * 40] * 2}))[0] == ("q",)


def test_every_string_column_is_text_where_none_is_long() -> None:
    assert settled(look({"a": ["x", "y"], "b": [None, "z"]}))[0] == ("a", "b")


def test_nulls_are_empty_texts() -> None:
    assert settled(look({"a": [PROSE[0], *[None] * 9], "b": ["short words"] * 10}))[0] == ("a", "b")


def test_long_texts_are_compared_by_words() -> None:
    long = {"body": [" ".join(["word"] * 32)] * 3 + ["short one"] * 2}
    assert settled(look(long))[1] == "word:5"
    assert settled(look(long), look({"body": ["short one"] * 2}))[1] == "char:5"
    assert settled(look({"body": [" ".join(["word"] * 31), "--- --- --- --- --- ---"]}))[1] == "char:5"
    assert settled(look(long), shingle="word:2")[1] == "word:2"


def test_a_column_that_is_in_no_split_is_an_error() -> None:
    with pytest.raises(AuditorError, match="'txet'"):
        settled(look({"text": PROSE}, text=("txet",)), text=("txet",))


def test_shards_may_have_different_columns() -> None:
    assert settled(look({"a": PROSE}), look({"b": PROSE})) == (("a", "b"), "char:5")
    assert look({"a": PROSE})["columns"]["a"]["tokens"] == [7, 7]


@dataclass(frozen=True, kw_only=True)
class Gathering(Counting):
    """Counts, and gathers the sum; `times` says how often."""

    name: ClassVar[str] = "gathering"
    times: ClassVar[list[int]] = []

    def gather(self, total: pa.Table, dataset: Dataset) -> pa.Table:
        self.times.append(total.num_rows)
        return pa.table({"rows": [sum(total["rows"].to_pylist())], "shard": [0]})


@dataclass(frozen=True, kw_only=True)
class Sharing(Check):
    """Concludes from what another check counted."""

    name: ClassVar[str] = "sharing"
    rules: ClassVar[tuple[Rule, ...]] = (rule(3),)
    shares: ClassVar[str] = "gathering"

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        rows = sum(total["rows"].to_pylist()) if total is not None else 0
        return Conclusion(outcomes=(tally(rule(3), rows, 0),), sections={"sharing": rows})


def shared(folder: Path, monkeypatch: pytest.MonkeyPatch, observer: Check, dies: tuple[int, ...] = ()) -> tuple[Report, Here]:
    monkeypatch.setattr(check, "discover", lambda: {"gathering": Gathering, "sharing": Sharing})
    Gathering.times.clear()
    engine = Here(records, dies)
    return audit.run(DATASET, audit.Question(checks=(observer, Sharing()), config=Config()), work(folder, engine, durable=True)), engine


def test_a_check_that_shares_concludes_from_what_the_other_gathered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, engine = shared(tmp_path, monkeypatch, Gathering(wanted=check.NOBODY))
    assert [(each.rule, each.status, each.examined) for each in report.outcomes] == [("T003", "passed", 14)]
    assert (report.sections["sharing"], report.sections["counting"], Gathering.times) == (14, [14, 3], [7])
    assert [moment for moment, _ in engine.asked].count("observe") == 3


def test_what_a_check_shares_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = dataclasses.replace(DATASET, splits=DATASET.splits[1:])
    monkeypatch.setattr(check, "discover", lambda: {"gathering": Gathering, "sharing": Sharing})
    question = audit.Question(checks=(Gathering(), Sharing()), config=Config())
    Gathering.times.clear()
    reports = [audit.run(sound, question, work(tmp_path, Here(records), durable=True)) for _ in range(2)]
    assert reports[0] == reports[1]
    assert Gathering.times == [3]  # the second audit has read nothing and gathered nothing


@pytest.mark.parametrize(("fails_in", "status"), [("skip", "skipped"), ("prepare", "error"), ("observe", "error"), ("merge", "error")])
def test_what_became_of_a_check_became_of_those_that_share_it(
    fails_in: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = shared(tmp_path, monkeypatch, Gathering(fails_in=fails_in))
    assert [(each.rule, each.status) for each in report.outcomes] == [("T001", status), ("T002", status), ("T003", status)]


def test_a_check_that_fails_to_conclude_does_not_take_those_that_share_it_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = shared(tmp_path, monkeypatch, Gathering(fails_in="conclude"))
    assert [each.status for each in report.outcomes] == ["error", "error", "passed"]


def test_a_check_is_observed_for_one_that_shares_it_even_if_none_of_its_rules_is_selected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "discover", lambda: {"counting": Counting, "gathering": Gathering, "sharing": Sharing})
    monkeypatch.setattr(check, "rules", lambda: {each.id: each for each in (rule(1), rule(2), rule(3))})
    chosen = _chosen(Config(select=("T003",)), Policy(name="p", digest=""), None)
    assert [(each.name, each.wanted) for each in chosen] == [("gathering", check.NOBODY), ("sharing", ("T003",))]
    assert [each.name for each in _chosen(Config(select=("T001",)), Policy(name="p", digest=""), None)] == ["counting", "gathering"]


@dataclass(frozen=True, kw_only=True)
class Neighbour(Counting):
    """Counts, and needs beside its own what another check gathered."""

    name: ClassVar[str] = "neighbour"
    rules: ClassVar[tuple[Rule, ...]] = (rule(3),)
    beside: ClassVar[str] = "gathering"

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        own, other = (sum(table["rows"].to_pylist()) for table in (total, context["beside"]) if table is not None)
        return Conclusion(outcomes=(tally(rule(3), own, 0),), sections={"neighbour": [own, other]})


def test_a_check_finds_what_another_one_gathered_beside_what_it_saw_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = dataclasses.replace(DATASET, splits=DATASET.splits[1:])
    monkeypatch.setattr(check, "discover", lambda: {"gathering": Gathering, "neighbour": Neighbour})
    monkeypatch.setattr(check, "rules", lambda: {each.id: each for each in (rule(1), rule(2), rule(3))})
    chosen = _chosen(Config(select=("T003",)), Policy(name="p", digest=""), None)
    assert [(each.name, each.wanted) for each in chosen] == [("gathering", check.NOBODY), ("neighbour", ("T003",))]
    Gathering.times.clear()
    question = audit.Question(checks=chosen, config=Config())
    reports = [audit.run(sound, question, work(tmp_path, Here(records), durable=True)) for _ in range(2)]
    rows = reports[0].outcomes[0].examined
    assert [each.sections["neighbour"] for each in reports] == [[rows, rows]] * 2 and rows > 0
    assert len(Gathering.times) == 1  # the second audit has gathered nothing


def test_a_check_whose_neighbour_failed_is_in_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "discover", lambda: {"gathering": Gathering, "neighbour": Neighbour})
    question = audit.Question(checks=(Gathering(fails_in="observe"), Neighbour()), config=Config())
    report = audit.run(DATASET, question, work(tmp_path, Here(records, ()), durable=True))
    assert [(each.rule, each.status) for each in report.outcomes] == [(name, "error") for name in ("T001", "T002", "T003")]
