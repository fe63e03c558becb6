"""The certificate: what is planted is what it says, nothing of it is in any other part of a report, and a broken join is told."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import cli
from auditor.check import Conclusion, of_shard
from auditor.checks.leakage import Leakage
from auditor.dataset import Batch, Dataset, Roles, Shard, ShardResult, Split
from auditor.kernels import crossjoin, minhash, pairing, reference, selfjoin
from auditor.kernels.joins import Joined, Pairs
from auditor.kernels.planted import Recovered
from auditor.kernels.sets import collection
from auditor.kernels.statistics_intervals import wilson
from auditor.leakage import certificate
from auditor.leakage.certificate import NEAR_PAIRS, certified
from auditor.leakage.controls import plant

Rows = Sequence[tuple[str, str | None]]


def conclude(splits: Mapping[str, Rows], check: Leakage, shingle: str = "word:2", memory: Mapping[str, Any] | None = None) -> Conclusion:
    """What the check says of splits that are a file each."""
    shards = {
        name: Shard(path=f"{name}.csv", file="", split=name, format="csv", ordinal=place, sha256=str(rows))
        for place, (name, rows) in enumerate(splits.items())
    }
    dataset = Dataset(
        name="museum",
        splits=tuple(Split(name=name, shards=(shard,)) for name, shard in shards.items()),
        roles=Roles(text=("title", "text"), label="label"),
        results=tuple(ShardResult(shard=shard, rows=len(splits[name])) for name, shard in shards.items()),
        shingle=shingle,
    )
    context = check.prepare(dataset)
    assert isinstance(context, dict)
    parts = []
    for name, rows in splits.items():
        texts, labels = ([row[side] for row in rows] for side in (0, 1))
        columns = [pa.array([""] * len(rows), pa.string()), pa.array(texts, pa.string()), pa.array(labels, pa.string())]
        batch = Batch(shard=shards[name], start=0, records=pa.RecordBatch.from_arrays(columns, names=["title", "text", "label"]))
        parts.append(of_shard(check.observe(batch, context), batch.shard.ordinal))
    return check.conclude_again(memory or {}, pa.concat_tables(parts), context, dataset)


def told(found: Conclusion) -> Any:
    """All that a conclusion says, but for the controls."""
    sections = {"leakage": {name: value for name, value in found.sections["leakage"].items() if name != "controls"}}
    findings = [(each.rule, each.message, each.count, each.evidence, list(each.where)) for each in found.findings]
    tables = {name: table.to_pydict() for name, table in {**found.tables, **found.memory}.items()}
    return found.outcomes, sections, findings, tables, found.gaps


def without(count: int, say: Callable[[], Conclusion]) -> Conclusion:
    """The conclusion where so many near pairs are planted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificate, "NEAR_PAIRS", count)
        patch.setattr(certificate, "FEWEST", count)
        return say()


words = st.lists(st.sampled_from(["ten", "noon", "gate", "hall", "coat"]), max_size=14).map(" ".join)
rows = st.lists(st.tuples(words, st.sampled_from(["a", "b", None])), max_size=12)
splits = (
    st.dictionaries(st.sampled_from(["train", "validation", "test"]), rows, min_size=1)
    .map(lambda found: {name: found[name] for name in ("train", "validation", "test") if name in found})
    .filter(lambda found: any(found.values()))
)


@given(splits, splits, st.sampled_from(["exact", "lsh", "auto"]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_controls_change_nothing_else(before: dict[str, Rows], after: dict[str, Rows], join: str, same: bool) -> None:
    """Also where a comparison starts from what an earlier one, with controls or without, has left."""
    after = {name: after.get(name, rows) if same else rows[1:] for name, rows in before.items()}
    after = after if any(after.values()) else before
    check = Leakage(join=join, threshold=0.6)
    first = [without(count, lambda: conclude(before, check)) for count in (0, 24)]
    assert told(first[0]) == told(first[1])
    again = [without(count, lambda: conclude(after, check, memory=first[1].memory)) for count in (0, 24)]
    assert told(again[0]) == told(again[1]) == told(without(0, lambda: conclude(after, check)))


@pytest.mark.parametrize("join", ["exact", "lsh"])
def test_controls_change_no_capped_cluster(join: str) -> None:
    draw = np.random.default_rng(1)
    template = [f"w{number}" for number in range(40)]
    texts = [" ".join([*template, f"n{number}", f"m{number % 7}"]) for number in range(130)]
    texts += [" ".join(template[: int(stop)]) for stop in draw.integers(3, 40, 60)] + texts[:20]
    data = {name: [(text, "ab"[place % 2]) for place, text in enumerate(texts[first:])] for first, name in enumerate(("train", "test"))}
    found = [without(count, lambda: conclude(data, Leakage(join=join), "word:3")) for count in (0, 48)]
    assert told(found[0]) == told(found[1])
    assert any(row.get("capped") for row in found[0].sections["leakage"]["pairs_of_splits"])
    assert found[1].sections["leakage"]["controls"]["planted"] > 100


def test_a_label_that_a_split_hides_is_hidden_beside_controls() -> None:
    data = {"train": [("ten noon gate", "a"), ("hall", "b")], "test": [("ten noon gate", "-1"), ("coat", "-1")]}
    found = conclude(data, Leakage())
    assert [each.found for each in found.outcomes if each.rule == "LEAK001"] == [1]
    assert [each.status for each in found.outcomes if each.rule == "LEAK004"] == ["skipped"]


@pytest.mark.parametrize("shingle", ["word:5", "word:1", "char:5", "char:17"])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8, 0.93, 1.0])
def test_every_control_is_what_it_says(shingle: str, threshold: float) -> None:
    kind, length = shingle.split(":")
    controls = list(plant("seed", shingle, threshold, [(0, 0), (0, 1)], 40))
    for each in controls:
        a, b = (reference.shingles(text, kind, int(length)) for text in (each.left, each.right))
        tokens = [reference.tokens(text) for text in (each.left, each.right)]
        jaccard = len(a & b) / len(a | b)
        assert each.jaccard == jaccard
        relation = None
        if tokens[0] == tokens[1]:
            relation = "identical"
        elif jaccard >= threshold:
            relation = "near"
        elif each.across and len(a & b) / len(b) >= 0.9 and len(tokens[1]) >= 8:
            relation = "contained"
        assert each.relation == relation
    kinds = Counter((each.across, each.relation) for each in controls)
    assert min(kinds[True, "near"], kinds[False, "near"]) >= 40
    assert min(kinds[across, kind] for across in (True, False) for kind in ("identical", None)) >= 4
    assert kinds[True, "contained"] >= 10
    assert any(each.left.casefold() != each.right.casefold() for each in controls if each.relation == "identical")


def test_controls_stand_about_the_threshold() -> None:
    controls = list(plant("seed", "word:5", 0.8, [(0, 1)], 400))
    near = [each.jaccard for each in controls if each.relation == "near"]
    below = [each.jaccard for each in controls if each.relation is None]
    assert len(near) == 400
    assert (min(near), sum(jaccard < 0.81 for jaccard in near) >= 100) == (0.8, True)
    assert sum(0.77 < jaccard < 0.8 for jaccard in below) > 20


def test_other_data_gets_other_controls() -> None:
    one, other = (
        {word for each in plant(seed, "word:5", 0.8, [(0, 1)], 40) for word in each.left.split() if word.isascii()} for seed in "ab"
    )
    assert not one & other


def test_wilson_is_wilson() -> None:
    """The bounds are the shares whose distance from the one observed is `quantile` of their own standard errors."""
    low, high = wilson(400, 400, 1.96)
    assert (round(low, 12), high) == (round(1 / (1 + 1.96**2 / 400), 12), 1.0)
    for count, total in ((1, 10), (37, 40), (250, 400)):
        for bound in wilson(count, total, 1.96):
            assert abs(count / total - bound) == pytest.approx(1.96 * math.sqrt(bound * (1 - bound) / total))


NOTHING = pairing.Records(split=np.zeros(0, int), text=np.zeros(0, int), texts=collection([]), tokens=np.zeros(0, int))


def recovered(threshold: float, way: str, missed: int) -> certificate.Certificate:
    controls = list(plant("seed", "word:5", threshold, [(0, 0)], NEAR_PAIRS))
    pairs = enumerate(zip(range(0, 2 * len(controls), 2), controls, strict=True))
    found = {(at, at + 1): each.relation for _, (at, each) in pairs if each.relation is not None}
    near = [pair for pair, relation in found.items() if relation == "near"]
    for pair in near[:missed]:
        del found[pair]
    result = Recovered(relations=found, joins={0: way}, across="exact", mixed=0, controls=NOTHING, threshold=threshold)
    return certified([(controls, result)], threshold)


@pytest.mark.parametrize(("way", "missed", "fine"), [("exact", 0, True), ("exact", 1, False), ("lsh", 2, True), ("lsh", 4, False)])
def test_what_may_be_missed(way: str, missed: int, fine: bool) -> None:
    """Nothing where a theorem says so; elsewhere what chance explains."""
    found = recovered(0.8, way, missed)
    assert (found.gaps == ()) == fine
    near = found.section["recall"][0]
    assert (near["kind"], near["planted"] - near["recovered"], near["target"]) == ("near", missed, 1.0 if way == "exact" else 0.999)


def test_the_bound_of_bands_is_the_theory() -> None:
    near = recovered(0.8, "lsh", 0).section["recall"][0]
    bands, banded = minhash.banding(0.8)
    controls = [each for each in plant("seed", "word:5", 0.8, [(0, 0)], NEAR_PAIRS) if each.relation == "near"]
    shares = [1 - (1 - each.jaccard**banded) ** bands for each in controls]
    assert near["bound"] == round(sum(shares) / len(shares), 6) > 0.999


@pytest.fixture
def museum(tmp_path: Path) -> Path:
    folder = tmp_path / "museum"
    folder.mkdir()
    draw = np.random.default_rng(2)
    for name, count in (("train", 60), ("test", 30)):
        texts = [" ".join(f"w{word}" for word in draw.integers(0, 2000, 30)) for _ in range(count)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return folder


def scan(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON report of a scan of the folder."""
    path = folder.parent / "report.json"
    with pytest.raises(SystemExit) as end:
        cli.main(["scan", str(folder), "--quiet", "--select", "LEAK,DUP", "-o", f"json:{path}", *options])
    assert isinstance(end.value.code, int)
    return end.value.code, json.loads(path.read_text(encoding="utf-8"))


def test_a_sound_audit_has_a_certificate_and_no_control_in_it(museum: Path) -> None:
    code, report = scan(museum, "--evidence", str(museum.parent / "evidence"), "--work-dir", str(museum.parent / "work"), "--join", "lsh")
    controls = report["leakage"]["controls"]
    assert (code, report["findings"], controls["spurious"]) == (0, [], 0)
    assert [(row["scope"], row["join"], row["kind"]) for row in controls["recall"]] == [
        *(("across", "exact", kind) for kind in ("near", "contained", "identical")),
        *(("within", "lsh", kind) for kind in ("near", "identical")),
    ]
    assert all(row["wilson_high"] >= row["target"] for row in controls["recall"])
    again = scan(museum, "--evidence", str(museum.parent / "evidence"), "--work-dir", str(museum.parent / "work"), "--join", "lsh")[1]
    assert again["leakage"] == report["leakage"]


def dropping(join: Callable[..., Joined]) -> Callable[..., Joined]:
    """The same join, but that every tenth pair is lost."""

    def broken(*arguments: Any) -> Joined:
        found = join(*arguments)
        return Joined(pairs=found.pairs.where(np.arange(len(found.pairs)) % 10 > 0), whole=found.whole)

    return broken


def inventing(join: Callable[..., Joined]) -> Callable[..., Joined]:
    """The same join, but that it takes sets that share a quarter for ones that share all."""

    def broken(*arguments: Any) -> Joined:
        found, sets = join(*arguments[:1], 0.25, *arguments[2:]), arguments[0]
        sizes = np.minimum(sets.sizes[found.pairs.left], sets.sizes[found.pairs.right])
        return Joined(pairs=Pairs(left=found.pairs.left, right=found.pairs.right, overlap=sizes), whole=False)

    return broken


@pytest.mark.parametrize("name", ["cross", "within", "within_bands"])
def test_a_join_that_loses_pairs_is_told(museum: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(pairing, name, dropping(getattr(pairing, name)))
    code, report = scan(museum, "--join", "lsh" if name == "within_bands" else "exact")
    assert (code, report["verdict"]) == (3, "incomplete")
    scope = "across" if name == "cross" else "within"
    assert any(reason.startswith(f"control pairs {scope} splits by the join") for reason in report["reasons"])
    assert all(" near " in reason or " contained " in reason for reason in report["reasons"])


def test_a_join_that_invents_pairs_is_told(museum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "within", inventing(selfjoin.within))
    code, report = scan(museum, "--join", "exact")
    assert code == 3
    assert any("planted (those that are none) were reported" in reason for reason in report["reasons"])
    assert report["leakage"]["controls"]["spurious"] > 0


def mixing(join: Callable[..., Joined]) -> Callable[..., Joined]:
    """The same join, but that it takes its first left set and its last right one for equal."""

    def broken(*arguments: Any) -> Joined:
        found, right = join(*arguments).pairs, arguments[1]
        ends = np.array([0]), np.array([len(right) - 1]), right.sizes[-1:]
        left, rights, overlap = (np.append(old, new) for old, new in zip((found.left, found.right, found.overlap), ends, strict=True))
        return Joined(pairs=Pairs(left=left, right=rights, overlap=overlap), whole=False)

    return broken


def test_a_join_that_takes_a_control_for_a_record_is_told(museum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "cross", mixing(crossjoin.cross))
    code, report = scan(museum)
    assert (code, report["reasons"]) == (3, ["the joins reported 1 pairs with control records that are none"])
    assert (report["findings"], report["leakage"]["controls"]["spurious"]) == ([], 1)


def test_bands_that_miss_what_they_promise_are_told(museum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """9 bands of 13 rows, which other tools take at 0.8, find two pairs of five at the threshold."""
    monkeypatch.setattr(pairing, "EXACT_WITHIN", 0)
    monkeypatch.setattr(minhash, "banding", lambda *_: (9, 13))
    code, report = scan(museum)
    within = next(row for row in report["leakage"]["controls"]["recall"] if (row["scope"], row["kind"]) == ("within", "near"))
    assert (code, within["target"]) == (3, 0.999)
    assert within["wilson_low"] < within["bound"] < within["wilson_high"] < 0.8


def test_text_that_is_normalised_wrongly_is_told(museum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.leakage import observed

    real = observed.observed

    def broken(batch: Batch, *arguments: Any) -> pa.Table:
        texts = [each.as_py().replace("\u00ad", " ") for each in batch.records.column(0)]
        columns = [pa.array(texts), *batch.records.columns[1:]]
        return real(Batch(shard=batch.shard, start=0, records=pa.RecordBatch.from_arrays(columns, batch.records.schema.names)), *arguments)

    monkeypatch.setattr(observed, "observed", broken)
    code, report = scan(museum)
    assert code == 3
    assert "identical" in " ".join(report["reasons"])


def test_the_certificate_costs_no_more_with_more_splits_or_data() -> None:
    count = [len(list(plant("s", "word:5", 0.8, [(a, b) for b in range(n) for a in range(b)], 400))) for n in (2, 60)]
    assert count[0] == count[1]


@pytest.mark.parametrize("shingle", ["word:1", "char:4", "char:1"])
def test_chance_makes_no_audit_incomplete(shingle: str) -> None:
    """Not even where shingles are short, the threshold is low and a record is long."""
    draw = np.random.default_rng(3)
    letters = "".join(chr(97 + letter) for letter in draw.integers(0, 26, 60_000))
    data = {"train": [(letters, None), ("ten noon gate", None)], "test": [(letters[:200], None), ("\u4e00 \u4e8c", None)]}
    found = conclude(data, Leakage(threshold=0.1, join="exact"), shingle)
    assert found.gaps == ()
    assert (found.sections["leakage"]["controls"] == {}) == (shingle == "char:1")


def test_an_audit_without_records_has_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text\n", encoding="utf-8")
    assert scan(tmp_path)[1]["leakage"]["controls"] == {}
