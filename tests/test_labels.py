"""What is found out about labels: rare classes, contradictions and labels that are probably wrong, at which rows."""

from __future__ import annotations

import importlib.util
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from auditor.check import Conclusion, Skip, of_shard
from auditor.checks.labels import SAMPLED, Labels
from auditor.dataset import JSON_FIELD, Batch, Dataset, Roles, Shard, ShardResult, Split
from auditor.kernels import bayes
from auditor.kernels.confident import MARGIN, confident_joint, doubts
from auditor.model import Finding, Outcome
from auditor.quality import contradictions, mislabelled
from auditor.quality.balance import balance
from auditor.quality.cells import cell_digests, record_digests

Row = Mapping[str, Any]


def dataset(splits: Mapping[str, Sequence[Row]], roles: Roles) -> Dataset:
    shards = {name: Shard(path=f"{name}.jsonl", file="", split=name, format="jsonl", ordinal=n) for n, name in enumerate(splits)}
    return Dataset(
        name="things",
        splits=tuple(Split(name=name, shards=(shard,)) for name, shard in shards.items()),
        roles=roles,
        results=tuple(ShardResult(shard=shard, rows=len(splits[name])) for name, shard in shards.items()),
    )


def concluded(splits: Mapping[str, Sequence[Row]], size: int = 1000, text: tuple[str, ...] = (), **options: Any) -> Conclusion:
    """What the check concludes of records that it sees in batches of `size`; the label is the column `label`."""
    found = dataset(splits, Roles(label="label", text=text, id="id"))
    check = Labels(**options)
    context = check.prepare(found)
    assert isinstance(context, Mapping)
    total = None
    for shard in found.shards:
        records = pa.Table.from_pylist(list(splits[shard.split]))
        for start in range(0, records.num_rows, size):
            part = pa.RecordBatch.from_pylist(records.slice(start, size).to_pylist(), records.schema)
            seen = of_shard(check.observe(Batch(shard=shard, start=start, records=part), context), shard.ordinal)
            total = seen if total is None else check.merge(total, seen)
    return check.conclude(total, context, found)


def outcome(found: Conclusion, rule: str) -> Outcome:
    return next(each for each in found.outcomes if each.rule == rule)


def finding(found: Conclusion, rule: str) -> Finding:
    (only,) = (each for each in found.findings if each.rule == rule)
    return only


def rows(found: Finding) -> list[tuple[str | None, int | None]]:
    return [(place.split, place.row) for place in found.where]


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def digests(values: pa.Array, metadata: Mapping[bytes, bytes] | None = None) -> list[tuple[int, int] | None]:
    schema = pa.schema([pa.field("a", values.type, metadata=metadata)])
    batch = Batch(shard=Shard(path="", file="", split="", format=""), start=0, records=pa.RecordBatch.from_arrays([values], schema=schema))
    found, known = cell_digests(batch, "a")
    return [(int(a), int(b)) if there else None for (a, b), there in zip(found.tolist(), known.tolist(), strict=True)]


def test_equal_values_have_equal_digests_in_columns_of_any_type() -> None:
    one = digests(pa.array([1, 0, 2**60, None], pa.int64()))
    assert one[:2] == digests(pa.array([1.0, -0.0]))
    assert one[0] == digests(pa.array([1], pa.uint8()))[0] == digests(pa.array(["1"]), JSON_FIELD)[0]
    assert one[2:] == [digests(pa.array([str(2**60)]), JSON_FIELD)[0], None]
    texts = pa.array(["a", "1", None, "a"])
    text = digests(texts)
    assert text == digests(texts.dictionary_encode()) == digests(texts.cast(pa.large_string()))
    assert text[:2] == digests(pa.array(['"a"', '"1"']), JSON_FIELD)
    lists = digests(pa.array([[1, 2], [2, 1], [1, 2]]))
    assert lists[0] == lists[2] == digests(pa.array(["[1, 2]"]), JSON_FIELD)[0] != lists[1]


def test_different_values_have_different_digests() -> None:
    kinds = [pa.array([0, 1, -1]), pa.array([0.5, math.nan, math.inf]), pa.array(["", "0", "1", "true", "[]"]), pa.array([True, False])]
    found = [each for kind in kinds for each in digests(kind)]
    assert len(set(found)) == len(found) == 13


CELLS = st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from("ab"), st.none() | st.floats(width=16))


@given(st.lists(CELLS, min_size=1, max_size=20))
def test_records_have_equal_digests_exactly_if_their_values_are_equal(values: list[tuple[Any, ...]]) -> None:
    table = pa.table({name: pa.array([row[n] for row in values], kind) for n, (name, kind) in
                      enumerate({"a": pa.int32(), "b": pa.string(), "c": pa.float64()}.items())})  # fmt: skip
    batch = Batch(shard=Shard(path="", file="", split="", format=""), start=0, records=table.combine_chunks().to_batches()[0])
    found = [tuple(each) for each in record_digests(batch, ["c", "a", "missing", "b"]).tolist()]
    same = [tuple("nan" if isinstance(each, float) and math.isnan(each) else each for each in row) for row in values]
    for place, digest in enumerate(found):
        assert [digest == other for other in found] == [same[place] == other for other in same]
        assert (digest == (0, 0)) == (values[place] == (None, None, None))


# ── rare classes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rare_class_is_found_in_the_split_that_has_it() -> None:
    train = [{"a": n, "label": "rare" if n < 4 else "b" if n % 2 else "c"} for n in range(200)]
    found = finding(concluded({"train": train, "test": [{"a": n, "label": "bc"[n % 2]} for n in range(50)]}), "QUAL020")
    assert (found.message, found.count) == ("label: rare classes: in train 1 of 3 classes, down to 4 of 200 records", 1)
    assert [(place.split, place.column) for place in found.where] == [("train", "label")]
    (split,) = found.evidence["splits"]
    assert (split["smallest"][0], split["smallest_share"], split["ratio"]) == ({"label": "rare", "records": 4}, 0.02, round(4 / 98, 6))


def test_a_class_with_a_tenth_of_its_share_is_not_rare() -> None:
    assert outcome(concluded({"train": [{"a": n, "label": n < 5} for n in range(100)]}), "QUAL020").status == "passed"


def test_labels_that_are_no_classes_are_not_balanced() -> None:
    found = concluded({"train": [{"a": n, "label": n / 7} for n in range(100)]})
    assert [(outcome(found, rule).status, outcome(found, rule).note) for rule in ("QUAL020", "QUAL022")] == [
        ("skipped", "the labels are no classes"),
        ("skipped", "fewer than two labels stand 5 times or more"),
    ]


@given(st.dictionaries(st.integers(0, 2**64 - 1), st.integers(3, 50), min_size=2, max_size=30))
def test_entropy_is_that_of_scipy(counts: dict[int, int]) -> None:
    found = balance(counts)
    assert found is not None
    assert found.entropy == pytest.approx(entropy(list(counts.values())) / math.log(len(counts)), abs=1e-9)
    assert {label for label, _ in found.below(0.5)} == {x for x, n in counts.items() if n / sum(counts.values()) < 0.5 / len(counts)}


# ── contradictions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_contradictions_are_found_within_and_across_splits_with_their_partners() -> None:
    values: Mapping[str, list[tuple[Any, ...]]] = {"train": [(1, "x", "p"), (2, "x", "p"), (1, "x", "q"), (3, None, "p")],
                                                   "test": [(2, "x", "p"), (1, "x", "p"), (3, None, "r"), (9, "y", None)]}  # fmt: skip
    splits = {name: [dict(zip(("a", "b", "label"), each, strict=True)) for each in some] for name, some in values.items()}
    found = concluded(splits)
    told = finding(found, "QUAL021")
    assert rows(told) == [("train", 0), ("train", 2), ("train", 3), ("test", 1), ("test", 2)]
    partners = [place.partner for place in told.where]
    assert [(each.split, each.row) for each in partners if each] == [("train", 2), ("train", 0), ("test", 2), ("train", 2), ("train", 3)]
    evidence = {name: told.evidence[name] for name in ("records", "examined", "different_features", "records_with_twins", "best_accuracy")}
    assert evidence == {"records": 5, "examined": 7, "different_features": 2, "records_with_twins": 7, "best_accuracy": round(5 / 7, 6)}
    assert str(told.severity) == "info"  # most records have a twin


def test_an_id_is_no_feature_and_a_hidden_label_contradicts_nothing() -> None:
    train = [{"id": n, "a": n % 7, "label": "p"} for n in range(20)]
    found = concluded({"train": train, "test": [{"id": 99, "a": 1, "label": "unknown"}] * 3})
    assert (outcome(found, "QUAL021").status, outcome(found, "QUAL021").examined) == ("passed", 20)


def test_the_contradictions_of_one_text_are_left_to_the_comparison_of_texts() -> None:
    found = concluded({"train": [{"text": "a b", "label": n} for n in "pq"]}, text=("text",))
    assert outcome(found, "QUAL021").status == "skipped"
    assert "DUP003" in outcome(found, "QUAL021").note


def test_no_label_column_is_a_reason_to_skip() -> None:
    assert isinstance(Labels().prepare(dataset({"train": []}, Roles())), Skip)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.none() | st.sampled_from("pqr")), min_size=1, max_size=40),
    st.integers(1, 40),
    st.integers(1, 50),
)
def test_contradictions_are_those_that_brute_force_finds(values: list[tuple[Any, ...]], size: int, at_once: int) -> None:
    table = [{"a": a, "b": b, "label": label} for a, b, label in values]
    contradictions.AT_ONCE, before = at_once, contradictions.AT_ONCE
    try:
        found = concluded({"train": table}, size, wanted=("QUAL021",))
    finally:
        contradictions.AT_ONCE = before
    wanted, excess = [], 0
    for place, (a, b, label) in enumerate(values):
        if label and any((a, b) == other[:2] and other[2] not in (None, label) for other in values):
            wanted.append(("train", place))
    for features in {each[:2] for each in values}:
        counts = Counter(label for a, b, label in values if (a, b) == features and label)
        excess += sum(counts.values()) - max(counts.values(), default=0)
    if not wanted:
        assert not found.findings
        return
    told = finding(found, "QUAL021")
    assert rows(told) == wanted
    assert told.evidence["best_accuracy"] == round(1 - excess / told.evidence["examined"], 6)
    for at in told.where:
        assert at.row is not None and at.partner is not None and at.partner.row is not None
        mine, other = values[at.row], values[at.partner.row]
        assert mine[:2] == other[:2] and mine[2] != other[2]


# ── labels that are probably wrong ────────────────────────────────────────────────────────────────────────────────────


def test_the_classifier_is_the_one_that_its_formula_says() -> None:
    """Against plain Python: log-probabilities of features in the other folds, weighted and summed."""
    chance = random.Random(5)
    records = [sorted(chance.sample(range(12), chance.randint(0, 6))) for _ in range(40)]
    labels = [chance.randrange(3) for _ in records]
    folds = [chance.randrange(bayes.FOLDS) for _ in records]
    offsets = np.cumsum([0, *map(len, records)])
    features = np.array([each for record in records for each in record], np.int64)
    found = bayes.out_of_sample(features, offsets, 16, np.array(labels), 3, np.array(folds))
    times = Counter(features.tolist())
    weights = []
    for record in records:
        plain = {each: math.log(len(records) / times[each]) for each in record}
        length = math.sqrt(sum(each**2 for each in plain.values()))
        weights.append({each: value / max(length, 1e-9) for each, value in plain.items()})
    for place, mine in enumerate(weights):
        scores = []
        for label in range(3):
            others = [each for n, each in enumerate(weights) if labels[n] == label and folds[n] != folds[place]]
            known = [sum(each.get(feature, 0) for each in others) + bayes.SMOOTHING for feature in range(16)]
            scores.append(sum(weight * math.log(known[feature] / sum(known)) for feature, weight in mine.items()))
        order = np.argsort(scores)
        if scores[order[2]] - scores[order[1]] > 1e-4:
            assert found[place].argmax() == order[2]
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(st.floats(0.01, 1), min_size=3, max_size=3)), min_size=1, max_size=60))
def test_the_confident_joint_is_the_one_of_its_definition(records: list[tuple[int, list[float]]]) -> None:
    labels = np.array([label for label, _ in records])
    chances = np.array([each for _, each in records], np.float32)
    chances /= chances.sum(axis=1, keepdims=True)
    own = [[float(p[c]) for label, p in zip(labels, chances, strict=True) if label == c] for c in range(3)]
    means = [np.mean(each) if each else math.inf for each in own]
    counts = np.zeros((3, 3))
    for label, p in zip(labels.tolist(), chances, strict=True):
        sure = [c for c in range(3) if p[c] >= np.float64(means[c]) - 1e-6]
        if sure:
            counts[label, max(sure, key=lambda c: (p[c], -c))] += 1
    joint = confident_joint(chances, labels)
    for label in range(3):
        total = int((labels == label).sum())
        wanted = counts[label] * total / counts[label].sum() if counts[label].sum() else np.eye(3)[label] * total
        assert joint[label].tolist() == pytest.approx(wanted.tolist())
    found = doubts(chances, labels)
    assert len(found.records) <= round(found.wrong + 2 * math.sqrt(found.wrong))
    assert (found.margins >= MARGIN).all() and (np.diff(found.margins) <= 0).all()


def planted(count: int, flips: int, classes: int = 10, seed: int = 7) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Records of twelve words, half of them of the record's class; and the right labels of those that have a wrong one, by row."""
    chance = random.Random(seed)
    topics = [chance.sample(range(2000), 60) for _ in range(classes)]
    kinds = [chance.randrange(classes) for _ in range(count)]
    words = [chance.choices(topics[kind], k=6) + chance.choices(range(2000), k=6) for kind in kinds]
    wrong = {row: str(kinds[row]) for row in chance.sample(range(count), flips)}
    given = [(kind + chance.randrange(1, classes)) % classes if row in wrong else kind for row, kind in enumerate(kinds)]
    return [{"text": " ".join(f"w{n}" for n in some), "label": str(label)} for some, label in zip(words, given, strict=True)], wrong


def test_planted_wrong_labels_are_found_and_no_others() -> None:
    records, wrong = planted(4000, 40)
    found = concluded({"train": records[:3000], "test": records[3000:]}, text=("text",))
    table = found.tables["labels"].to_pylist()
    seen = {(0 if row["split"] == "train" else 3000) + row["row"]: row["suggested"] for row in table}
    assert seen.keys() <= wrong.keys()
    assert sum(wrong[row] == suggested for row, suggested in seen.items()) >= 39
    assert [row["rank"] for row in table] == list(range(1, len(table) + 1))
    assert [row["given"] for row in table] == [records[(0 if row["split"] == "train" else 3000) + row["row"]]["label"] for row in table]
    told = finding(found, "QUAL022")
    assert (rows(told), str(told.severity)) == ([(row["split"], row["row"]) for row in table], "info")
    assert outcome(found, "QUAL022").examined == 4000


def test_wrong_labels_of_numbers_and_categories_are_found() -> None:
    chance = random.Random(3)
    kinds = [chance.randrange(3) for _ in range(1500)]
    records = [{"id": n, "size": chance.gauss(9 * kind, 1), "colour": chance.choice(["red", "blue", "grey"][kind : kind + 2]),
                "parts": kind + chance.randrange(2), "label": kind} for n, kind in enumerate(kinds)]  # fmt: skip
    for row in range(0, 1500, 75):
        records[row]["label"] = (kinds[row] + 1 + row % 2) % 3
    told = finding(concluded({"train": records}), "QUAL022")
    assert {row for _, row in rows(told)} <= set(range(0, 1500, 75))
    assert told.count >= 18 and str(told.severity) == "low"


def test_labels_that_cannot_be_learnt_are_not_doubted() -> None:
    chance = random.Random(1)
    records = [{"a": chance.random(), "b": chance.choice("xyz"), "label": chance.choice("pq")} for _ in range(2000)]
    found = concluded({"train": records})
    assert (outcome(found, "QUAL022").status, found.tables["labels"].num_rows) == ("skipped", 0)
    assert outcome(found, "QUAL022").note.startswith("the features do not tell the labels: a classifier agrees with ")


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(50, 700))
def test_neither_order_nor_batches_change_what_is_doubted(chance: random.Random, size: int) -> None:
    records, _ = planted(600, 12, classes=3, seed=2)
    usual = concluded({"train": records}, text=("text",), wanted=("QUAL022",)).tables["labels"].to_pylist()
    order = list(range(600))
    chance.shuffle(order)
    other = concluded({"train": [records[n] for n in order]}, size, ("text",), wanted=("QUAL022",)).tables["labels"].to_pylist()
    keys = ("rank", "given", "suggested", "margin")
    assert usual and [tuple(row[key] for key in keys) for row in other] == [tuple(row[key] for key in keys) for row in usual]
    assert [order[row["row"]] for row in other] == [row["row"] for row in usual]


def test_a_sample_is_chosen_by_contents_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mislabelled, "SAMPLE", 500)
    records, _ = planted(2000, 40, classes=4)
    found = concluded({"train": records}, text=("text",))
    assert 490 <= outcome(found, "QUAL022").examined <= 500
    assert outcome(found, "QUAL022").note.startswith(f"{outcome(found, 'QUAL022').examined:,} of 2,000 labelled records were judged")


SIZES = [(1, 0), (SAMPLED, 0), (SAMPLED + 1, 1), (2 * SAMPLED, 1), (2 * SAMPLED + 1, 2), (64 * SAMPLED, 6)]


@pytest.mark.parametrize(("size", "halvings"), SIZES)
def test_the_sample_is_halved_as_files_double(size: int, halvings: int) -> None:
    shard = Shard(path="train.csv", file="", split="train", format="csv", bytes=size)
    context = Labels().prepare(Dataset(name="", splits=(Split(name="train", shards=(shard,)),), roles=Roles(label="label")))
    assert isinstance(context, Mapping) and context["halvings"] == halvings


def test_without_text_no_label_is_shown() -> None:
    records, _ = planted(600, 12, classes=3)
    found = concluded({"train": [{**each, "label": f"secret{each['label']}"} for each in records]}, text=("text",), no_text=True)
    assert found.tables["labels"].num_rows > 5
    assert set(found.tables["labels"]["given"].to_pylist()) == {None}
    assert "secret" not in f"{found.findings} {[list(each.where) for each in found.findings]} {dict(found.sections)}"


def test_cleanlab_finds_no_more_of_the_planted_labels() -> None:
    if importlib.util.find_spec("cleanlab") is None:
        pytest.skip("cleanlab is not installed (pip install dataset-auditor[labels])")
    from cleanlab.filter import find_label_issues

    chance = np.random.default_rng(2)
    true = chance.integers(0, 10, 5000)
    labels = true.copy()
    wrong = chance.choice(5000, 50, replace=False)
    labels[wrong] = (true[wrong] + chance.integers(1, 10, 50)) % 10
    scores = chance.normal(0, 1, (5000, 10)) + 6 * np.eye(10)[true]
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    ours = doubts(chances.astype(np.float32), labels).records
    theirs = find_label_issues(labels, chances, return_indices_ranked_by="normalized_margin", n_jobs=1)
    assert np.isin(ours, wrong).sum() >= np.isin(theirs, wrong).sum()
    assert np.isin(ours, wrong).mean() >= np.isin(theirs, wrong).mean()
