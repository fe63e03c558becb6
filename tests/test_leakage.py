"""What the leakage check concludes: nothing that no pair was compared for passes, and a cap on the listing hides no finding."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from auditor import preview
from auditor.check import Conclusion, of_shard
from auditor.checks.leakage import MANY, Leakage
from auditor.dataset import Batch, Dataset, Roles, Shard, ShardResult, Split, Tally
from auditor.model import AuditorError, Finding, Outcome
from auditor.sources import open_shard
from auditor.sources.folder import find

Rows = Sequence[tuple[str, str | None]]

OPENS, COATS, TOURS = "The museum opens at ten on weekdays", "Where may I leave my wet umbrella", "Guided tours start every full hour"


def concluded(splits: Mapping[str, Rows], label: str | None = "label") -> Conclusion:
    shards = {name: Shard(path=f"{name}.csv", file="", split=name, format="csv", ordinal=place) for place, name in enumerate(splits)}
    dataset = Dataset(
        name="museum",
        splits=tuple(Split(name=name, shards=(shard,)) for name, shard in shards.items()),
        roles=Roles(text=("text",), label=label),
        results=tuple(ShardResult(shard=shard, rows=len(splits[name])) for name, shard in shards.items()),
        shingle="word:5",
    )
    check = Leakage()
    context = check.prepare(dataset)
    assert isinstance(context, Mapping)
    parts = []
    for name, rows in splits.items():
        columns = [pa.array([text for text, _ in rows], pa.string()), pa.array([label for _, label in rows], pa.string())]
        batch = Batch(shard=shards[name], start=0, records=pa.RecordBatch.from_arrays(columns, names=["text", "label"]))
        parts.append(of_shard(check.observe(batch, context), batch.shard.ordinal))
    return check.conclude(pa.concat_tables(parts), context, dataset)


def outcome(found: Conclusion, rule: str) -> Outcome:
    return next(each for each in found.outcomes if each.rule == rule)


def finding(found: Conclusion, rule: str, subject: str) -> Finding:
    return next(each for each in found.findings if (each.rule, each.subject) == (rule, subject))


def test_a_cluster_over_the_cap_hides_no_identical_pair() -> None:
    """Only pairs with the representative, in train, are listed: the others are counted all the same."""
    found = concluded({"train": [(OPENS, "a")], "validation": [(OPENS, "a")] * 3, "test": [(OPENS, "a")] * 120})
    assert [finding(found, "LEAK001", f"{a} {b}").count for a, b in (("train", "test"), ("validation", "test"))] == [120, 360]
    within = finding(found, "DUP001", "test test")
    assert (within.count, list(within.where), within.message) == (7140, [], "test: 7,140 pairs, 119 of 120 rows of test")
    assert (outcome(found, "DUP001").status, outcome(found, "DUP001").found) == ("failed", 7140 + 3)


def test_a_cluster_over_the_cap_hides_no_contradicting_label() -> None:
    found = concluded({"train": [(OPENS, "a"), (OPENS, "b")], "test": [*[(OPENS, "a")] * 110, (OPENS, None), (COATS, "c")]})
    assert outcome(found, "LEAK004").found == 110
    assert outcome(found, "DUP003").found == 1
    across = finding(found, "LEAK004", "train test")
    assert (across.count, len(across.where), across.evidence["raw_identical_share"]) == (110, 0, None)


def test_below_the_cap_what_is_counted_is_what_is_listed() -> None:
    near = OPENS + " and at noon on Sundays and holidays all the year round", OPENS + " and at noon on Sundays and holidays all the year"
    found = concluded({"train": [(near[0], "a"), (COATS, "a"), (COATS, "b")], "test": [(near[1], "b"), (COATS, "b"), (COATS, "a")]})
    assert {each.rule: each.count for each in found.findings if "test" in each.subject and "train" in each.subject} == {
        "LEAK001": 4,
        "LEAK002": 1,
        "LEAK004": 3,
    }
    assert all(each.count == len(each.where) for each in found.findings)


@pytest.mark.parametrize(
    ("splits", "rule", "why"),
    [
        ({"train": [(OPENS, "a")]}, "LEAK001", "there is only one split"),
        ({"all": [(OPENS, "a")], "train": [(OPENS, "a")]}, "LEAK001", "there is no evaluation split"),
        ({"train": [], "test": [(OPENS, "a")]}, "LEAK001", "no two splits have records"),
        ({"train": [(OPENS, "a")], "test": [(OPENS, "-1"), (COATS, "-1")]}, "LEAK004", "no label is known in two splits"),
        ({"train": [(OPENS, None)], "test": [(OPENS, "a"), (COATS, "b")]}, "LEAK004", "no label is known in two splits"),
        ({"train": [(OPENS, None)]}, "DUP003", "no label is known"),
    ],
)
def test_what_compared_nothing_is_skipped(splits: Mapping[str, Rows], rule: str, why: str) -> None:
    found = outcome(concluded(splits), rule)
    assert (found.status, found.examined, found.note) == ("skipped", 0, why)


def test_only_splits_that_were_compared_are_examined() -> None:
    found = concluded({"all": [(OPENS, "a")], "train": [(COATS, "a")] * 2, "test": [(TOURS, "a"), (TOURS, "b")], "other": []})
    assert [outcome(found, rule).examined for rule in ("LEAK001", "LEAK004", "DUP001")] == [5, 5, 5]


def prepared(check: Leakage, *sizes: int) -> Mapping[str, Any]:
    """The context for a split of files of these sizes, beside a small one."""
    shards = tuple(Shard(path=f"train-{n}.csv", file="", split="train", format="csv", bytes=size) for n, size in enumerate(sizes))
    small = Shard(path="test.csv", file="", split="test", format="csv", bytes=1000)
    splits = Split(name="train", shards=shards), Split(name="test", shards=(small,))
    context = check.prepare(Dataset(name="museum", splits=splits, roles=Roles(text=("text",))))
    assert isinstance(context, Mapping)
    return context


def test_bands_are_observed_where_they_will_be_needed() -> None:
    assert prepared(Leakage(), MANY // 2, MANY // 2)["bands"]
    assert not prepared(Leakage(), MANY // 2, MANY // 2 - 1)["bands"]
    assert not prepared(Leakage(wanted=("LEAK001", "LEAK002")), MANY)["bands"]
    assert not prepared(Leakage(join="exact"), MANY)["bands"]
    assert prepared(Leakage(join="lsh", wanted=("DUP003",)), 1000)["bands"]


def test_one_more_record_changes_no_context() -> None:
    """Results kept from an earlier run are found by it."""
    assert prepared(Leakage(), MANY * 2) == prepared(Leakage(), MANY * 2 + 150)
    assert prepared(Leakage(), 5000) == prepared(Leakage(), 5150)


def test_bands_that_were_observed_find_what_bands_made_at_the_end_find() -> None:
    draw = np.random.default_rng(4)
    texts = [" ".join(f"w{n}" for n in draw.integers(0, 500, 40)) for _ in range(60)]
    texts += [text.rpartition(" ")[0] for text in texts[::2]] + ["", texts[0]]
    records = pa.RecordBatch.from_arrays([pa.array(texts)], names=["text"])
    shard = Shard(path="train.csv", file="", split="train", format="csv")
    results = (ShardResult(shard=shard, rows=len(texts)),)
    splits = (Split(name="train", shards=(shard,)),)
    dataset = Dataset(name="museum", splits=splits, roles=Roles(text=("text",)), results=results, shingle="word:5")
    check = Leakage(join="lsh")
    context = check.prepare(dataset)
    assert isinstance(context, Mapping)
    ends = []
    for bands in (True, False):
        partial = check.observe(Batch(shard=shard, start=0, records=records), {**context, "bands": bands})
        assert ("bands" in partial.schema.names) == bands
        ends.append(check.conclude(of_shard(partial, 0), context, dataset))
    assert ends[0].tables["pairs"].to_pydict() == ends[1].tables["pairs"].to_pydict()
    assert [outcome(ends[0], rule).found for rule in ("DUP001", "DUP002")] == [1, 31]


def test_a_batch_without_records_is_observed_alike() -> None:
    shard = Shard(path="train.csv", file="", split="train", format="csv")
    schemas = []
    for texts in ([], [OPENS]):
        batch = Batch(shard=shard, start=0, records=pa.RecordBatch.from_arrays([pa.array(texts, pa.string())], names=["text"]))
        context = {"text": ["text"], "label": None, "shingle": "word:5", "bands": True}
        schemas.append(Leakage().observe(batch, context).schema)
    assert schemas[0] == schemas[1]


@pytest.mark.parametrize("option", ["text", "label", "id", "group", "time"])
def test_a_column_of_an_option_that_is_in_no_split_is_an_error(option: str) -> None:
    columns = pa.RecordBatch.from_arrays([pa.array([OPENS]), pa.array([1])], names=["text", "label"])
    batch = Batch(shard=Shard(path="train.csv", file="", split="train", format="csv"), start=0, records=columns)

    def settled(name: str) -> Dataset:
        value: dict[str, Any] = {option: (name,) if option == "text" else name}
        roles = Roles(**value)
        dataset = Dataset(name="museum", roles=roles)
        return preview.settle(dataset, [preview.look([batch], roles, 10)], "auto")

    with pytest.raises(AuditorError, match=f"'lable'.*--{option}") as error:
        settled("lable")
    assert "did you mean 'label'?" in error.value.cure
    assert dataclasses.asdict(settled("label").roles)[option] in ("label", ("label",))


def test_configuration_in_the_dataset_that_an_option_names_is_no_finding(tmp_path: Path) -> None:
    for name, text in {"train.jsonl": '{"text": "x"}\n', "own.policy.yaml": "fail_on: low\n", "auditor.yaml": "label: a\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    dataset = find(tmp_path, apart=(tmp_path / "own.policy.yaml",))
    assert {entry.file: entry.note for entry in dataset.unread} == {
        "own.policy.yaml": "named by an option",
        "auditor.yaml": "configuration inside the dataset: not read",
    }
    assert [batch.records.num_rows for batch in open_shard(dataset.shards[0], Tally())] == [1]
