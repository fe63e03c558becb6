"""The audit with checks and readers of its own: errors are outcomes, crashes are findings, partials of any schema are merged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pytest

from auditor import audit, check, preview
from auditor.check import Check, Conclusion, Skip, tally
from auditor.config import Config
from auditor.dataset import Batch, Dataset, Reader, Roles, Shard, Split, Tally, UnreadableError
from auditor.model import AuditorError, Example, Json, Report, Rule, Severity

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
    return Shard(path=f"{split}-{ordinal}", file="", split=split, format="memory", ordinal=ordinal)


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


def engine(reader: Reader, dies: tuple[int, ...] = ()) -> audit.Engine:
    moments = {"preview": audit.preview_shard, "observe": audit.observe_shard}

    def run(jobs: Iterable[Json]) -> Iterator[Json]:
        for job in jobs:
            dead = job["shard"]["ordinal"] in dies
            yield {"crash": "it was ended by SIGSEGV"} if dead else moments[job["moment"]](job, reader)

    return run


def audited(folder: Path, monkeypatch: pytest.MonkeyPatch, fails_in: str = "", dies: tuple[int, ...] = ()) -> Report:
    monkeypatch.setattr(check, "discover", lambda: {"counting": Counting})
    question = audit.Question(checks=(Counting(fails_in=fails_in),), config=Config())
    return audit.run(DATASET, question, engine(records, dies), folder, lambda stage, done, steps: None)


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
    assert report.gaps[0] == "train-0 was not read to its end: the reader died of it: it was ended by SIGSEGV"


@pytest.mark.parametrize("moment", ["prepare", "observe", "merge", "conclude"])
def test_a_check_that_raises_is_an_error_in_each_of_its_rules(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(tmp_path, monkeypatch, fails_in=moment)
    assert [(outcome.rule, outcome.status) for outcome in report.outcomes] == [("T001", "error"), ("T002", "error")]
    assert report.outcomes[0].note == f"ZeroDivisionError: in {moment}"


def test_a_check_may_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(tmp_path, monkeypatch, fails_in="skip")
    assert [(outcome.status, outcome.note) for outcome in report.outcomes] == [("skipped", "it was told to")] * 2


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
