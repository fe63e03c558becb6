"""Leakage in tables: the records that each rule names, against brute force; and what must not change them."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auditor.check import Conclusion, Skip, of_shard
from auditor.checks.tables import Tables
from auditor.cli import group
from auditor.dataset import Batch, Dataset, Roles, Shard, ShardResult, Split
from auditor.model import AuditorError, Finding
from auditor.tabular import cells, near, overlaps, power
from auditor.tabular.embargo import embargo, gap

KEYS = st.lists(st.integers(0, 6), max_size=30)
TIMED = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=25)
TIMES = st.lists(st.one_of(st.integers(0, 20).map(float), st.just(math.nan)), max_size=30)


def batch(columns: Mapping[str, Any], typed: bool = True, start: int = 0) -> Batch:
    records = pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})
    return Batch(shard=Shard(path="x", file="", split="train", format="csv"), start=start, records=records, typed=typed)


def keys(values: Sequence[int]) -> Any:
    """Digests of integers, of which 0 is missing."""
    return np.array([(value * 7, value) for value in values], np.uint64).reshape(-1, 2)


# cells


def test_cells_are_numbers_others_or_missing() -> None:
    csv = batch({"a": ["1", "+1.0", "-0", "1e400", "x", None, "NaN", "9007199254740993"]}, typed=False)
    found = cells.cells(csv, "a")
    assert list(found.kinds) == [1, 1, 1, 2, 2, 0, 2, 2]
    assert found.numbers[:3].tolist() == [1, 1, 0]
    assert math.copysign(1, found.numbers[2]) == 1
    assert found.keys[0] == found.keys[1] != found.keys[2]
    typed = cells.cells(batch({"a": [1.0, math.nan, None, -0.0]}), "a")
    assert (list(typed.kinds), typed.keys[0]) == ([1, 0, 0, 1], found.keys[0])
    assert list(cells.cells(batch({"a": ["1", "", None]}), "a").kinds) == [2, 0, 0]
    assert list(cells.cells(batch({"a": [True, None, False]}), "a").kinds) == [1, 0, 1]
    assert list(cells.cells(batch({"a": [2**53 - 1, 2**53]}), "a").kinds) == [1, 2]
    assert list(cells.cells(batch({"a": [[1, 2], None]}), "a").kinds) == [2, 0]
    assert not cells.cells(csv, "nowhere").kinds.any()


def test_digests_of_a_slice_are_those_of_its_texts() -> None:
    whole = pa.array(["ann", None, "", "bob", "ann"], pa.large_string())
    assert (cells.digested(whole)[1:] == cells.digested(whole.slice(1))).all()
    assert (cells.digested(whole)[0] == cells.digested(whole)[4]).all()
    assert not cells.digested(whole)[1].any()
    found = cells.digests(batch({"a": ["7", None, ""]}), "a")
    assert (found[0] == cells.digests(batch({"a": [7]}), "a")[0]).all()
    assert not found[1:].any()


def test_times_are_numbers_or_moments() -> None:
    texts = ["2024-01-01", "2024-01-01T00:00:01+01:00", "soon", None]
    times, moments = cells.moments(batch({"t": texts}, typed=False), "t")
    assert times[:2].tolist() == [1704067200e6, 1704063601e6]
    assert moments.tolist() == [True, True, False, False]
    assert np.isnan(times[2:]).all()
    numbers, moments = cells.moments(batch({"t": ["3", "4.5"]}, typed=False), "t")
    assert numbers.tolist() == [3, 4.5]
    assert not moments.any()
    stored = pa.array([0, 10**6], pa.timestamp("us"))
    assert cells.moments(batch({"t": stored}), "t")[0].tolist() == [0, 1e6]
    assert np.isnan(cells.moments(batch({"t": [1]}), "u")[0]).all()


def test_an_embargo_is_a_duration_or_a_number() -> None:
    assert [gap(embargo(each), True) for each in ("7d", " 36h", "90m", "1.5s", "2w")] == [604800e6, 129600e6, 5400e6, 1.5e6, 1209600e6]
    assert (gap("30", False), gap("30", True), gap("7d", False), gap("", True)) == (30, None, None, 0)
    for wrong in ("d", "7 days", "-1d", "1e9", ""):
        with pytest.raises(ValueError, match="a duration"):
            embargo(wrong)


# overlaps


@given(KEYS, KEYS)
def test_shared_keys_are_those_of_brute_force(left: list[int], right: list[int]) -> None:
    found = overlaps.shared(keys(left), keys(right))
    expected = [(place, left.index(key)) for place, key in enumerate(right) if key and key in left]
    assert list(zip(found.records.tolist(), found.partners.tolist(), strict=True)) == expected
    assert (found.keys, found.distinct) == (len({*left} & {*right} - {0}), len({*right} - {0}))
    assert found.known == sum(key != 0 for key in right)


def test_half_a_key_is_no_key() -> None:
    assert overlaps.shared(np.array([[5, 1]], np.uint64), np.array([[5, 2]], np.uint64)).known == 1
    assert not len(overlaps.shared(np.array([[5, 1]], np.uint64), np.array([[5, 2]], np.uint64)).records)


@given(TIMES, TIMES, st.integers(0, 5))
def test_the_order_of_times_is_that_of_brute_force(before: list[float], after: list[float], gap: int) -> None:
    found = overlaps.order(np.array(before), np.array(after), gap)
    known, asked = [t for t in before if t == t], [t for t in after if t == t]
    if not known or not asked:
        assert found is None
        return
    assert found is not None
    latest = max(known)
    assert (found.latest, found.at, found.known) == (latest, before.index(latest), len(asked))
    assert found.records.tolist() == [place for place, t in enumerate(after) if t <= latest]
    assert found.close.tolist() == [place for place, t in enumerate(after) if latest < t < latest + gap]
    u = stats.mannwhitneyu(asked, known, method="asymptotic").statistic
    assert found.later == pytest.approx(u / len(known) / len(asked))


@given(TIMED, TIMED)
def test_the_order_within_groups_is_that_of_brute_force(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    groups = keys([g for g, _ in before]), keys([g for g, _ in after])
    times = np.array([t for _, t in before], float), np.array([t for _, t in after], float)
    late, latest, known = overlaps.order_in_groups(groups, times)
    expected = []
    for place, (mine, t) in enumerate(after):
        rivals = [(u, -at) for at, (g, u) in enumerate(before) if g == mine != 0]
        if rivals and t <= max(rivals)[0]:
            expected.append((place, -max(rivals)[1]))
    assert list(zip(late.tolist(), latest.tolist(), strict=True)) == expected
    assert known == sum(mine != 0 and any(g == mine for g, _ in before) for mine, _ in after)


# near-identical rows


def side(matrix: Any) -> list[cells.Cells]:
    return [cells.Cells(kinds=np.ones(len(matrix), np.uint8), keys=np.ascontiguousarray(column).view(np.uint64)) for column in matrix.T]


def compared(left: Any, right: Any) -> near.Near:
    return near.near([near.column(a, b, True) for a, b in zip(side(left), side(right), strict=True)])


def test_copies_are_found_among_noise_and_noise_is_not() -> None:
    rng = np.random.default_rng(4)
    left, right = rng.normal(size=(3_000, 6)), rng.normal(size=(500, 6))
    assert compared(left, right).records.tolist() == []
    right[[7, 90, 300]] = left[[2_999, 5, 1_234]]
    right[[11, 12]] = left[[50, 60]] + 0.002
    found = compared(left, right)
    assert found.records.tolist() == [7, 11, 12, 90, 300]
    assert found.partners.tolist() == [2_999, 50, 60, 5, 1_234]
    assert found.equal.tolist() == [True, False, False, True, True]
    assert (found.judged, found.by_chance < 0.1) == (500, True)


@given(st.integers(0, 10_000))
def test_every_reported_row_is_near_its_partner(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left = rng.normal(size=(200, 5))
    right = np.concatenate([left[:40] + rng.uniform(-0.02, 0.02, size=(40, 5)), rng.normal(size=(40, 5))])
    found = compared(left, right)
    scale = left.std(axis=0)
    distances = np.abs(left[found.partners] - right[found.records]) / scale
    assert (distances <= near.TOLERANCE + 1e-12).all()
    inside = (np.abs(left[:40] - right[:40]) <= near.TOLERANCE * scale).all(axis=1)
    assert inside[found.records[found.records < 40]].all()


def test_an_infinite_number_spoils_no_scale() -> None:
    left, right = of_numbers(np.array([1.0, 3.0, np.inf])), of_numbers(np.array([1.0, np.inf]))
    column = near.column(left, right, True)
    assert column.scale == 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        near.near([column])
    assert near.column(of_numbers(np.array([np.inf])), right, True).scale == 0.0


def test_rows_that_chance_repeats_are_not_told() -> None:
    rng = np.random.default_rng(9)
    found = compared(rng.integers(0, 3, size=(2_000, 4)).astype(float), rng.integers(0, 3, size=(500, 4)).astype(float))
    assert (found.judged, found.records.tolist(), found.by_chance) == (0, [], 0)


# power


def of_numbers(values: Any) -> cells.Cells:
    numbers = np.asarray(values, float)
    return cells.Cells(kinds=(~np.isnan(numbers)).astype(np.uint8), keys=numbers.view(np.uint64))


def contents(size: int) -> Any:
    return np.random.default_rng(0).integers(0, 1 << 63, size, np.uint64)


def measured(feature: cells.Cells, label: Any, numeric: bool = True) -> power.Power:
    found = power.labels(of_numbers(label))
    assert found is not None
    return power.power(power.binned(feature, numeric)[0], found, contents(len(label)))


def test_power_is_that_of_the_column_and_ids_have_none() -> None:
    rng = np.random.default_rng(2)
    label = rng.integers(0, 2, 5_000)
    score = rng.normal(size=5_000) + 1.5 * label
    found = measured(of_numbers(score), label)
    assert found.area == pytest.approx(stats.norm.cdf(1.5 / math.sqrt(2)), abs=0.02)
    assert found.low < found.area < found.high
    assert measured(of_numbers(rng.normal(size=5_000)), label).area == pytest.approx(0.5, abs=0.03)
    ids = cells.Cells(kinds=np.full(5_000, cells.OTHER, np.uint8), keys=np.arange(5_000, dtype=np.uint64))
    assert measured(ids, label, numeric=False).area == pytest.approx(0.5, abs=0.03)
    assert measured(of_numbers(label * 3.0), label).area > 0.999
    assert measured(of_numbers(np.where(label, np.nan, score)), label).area > 0.99


def test_power_does_not_depend_on_the_order_of_records() -> None:
    rng = np.random.default_rng(3)
    label, score, hashes = rng.integers(0, 3, 900), rng.normal(size=900), contents(900)
    score += label
    some = rng.permutation(900)
    results = []
    for order in (np.arange(900), some):
        found = power.labels(of_numbers(label[order]))
        assert found is not None
        results.append(power.power(power.binned(of_numbers(score[order]), True)[0], found, hashes[order]))
    assert results[0] == results[1]


def test_a_numeric_label_is_above_or_below_its_median() -> None:
    found = power.labels(of_numbers(np.arange(1_000) / 7))
    assert found is not None
    assert (found.halves, found.classes.tolist()) == (True, [0] * 500 + [1] * 500)
    assert power.labels(of_numbers([1.0] * 50)) is None
    assert power.labels(of_numbers([1.0] * 50 + [2.0] * 9)) is None
    assert power.labels(of_numbers([math.nan] * 50)) is None


def test_a_map_is_one_to_one() -> None:
    found = power.labels(of_numbers([0, 1, 2] * 20))
    assert found is not None
    assert power.is_map(of_numbers([7, 8, 9] * 20), found)
    assert not power.is_map(of_numbers([7, 8, 8] * 20), found)
    assert not power.is_map(of_numbers([7, 8, 9] * 19 + [6, 8, 9]), found)
    assert not power.is_map(of_numbers([7, 8, 9] * 19 + [math.nan, 8, 9]), found)


def test_records_are_drawn_by_their_contents() -> None:
    hashes = contents(1_000)
    some = np.random.default_rng(1).permutation(1_000)
    assert {*hashes[power.drawn(hashes, 100)]} == {*hashes[some][power.drawn(hashes[some], 100)]} == {*np.sort(hashes)[:100]}
    assert power.drawn(hashes, 1_000).tolist() == list(range(1_000))
    assert len(power.drawn(np.full(50, 7, np.uint64), 10)) == 50


# the check


def concluded(splits: Mapping[str, Mapping[str, list[Any]]], roles: Roles, sizes: int = 10_000, **options: Any) -> Conclusion | Skip:
    """What the check concludes of splits in memory, observed in batches of this size."""
    rows = {name: len(next(iter(columns.values()))) for name, columns in splits.items()}
    shards = {name: Shard(path=f"{name}.csv", file="", split=name, format="csv", ordinal=place) for place, name in enumerate(splits)}
    names = dict.fromkeys(column for columns in splits.values() for column in columns)
    dataset = Dataset(
        name="visits",
        splits=tuple(Split(name=name, shards=(shard,)) for name, shard in shards.items()),
        roles=roles,
        features=tuple(name for name in names if name not in roles.not_text),
        results=tuple(ShardResult(shard=shard, rows=rows[name]) for name, shard in shards.items()),
    )
    check = Tables(**options)
    context = check.prepare(dataset)
    if not isinstance(context, Mapping):
        assert isinstance(context, Skip)
        return context
    parts = []
    for name, columns in splits.items():
        for start in range(0, rows[name], sizes):
            part = batch({key: values[start : start + sizes] for key, values in columns.items()}, start=start)
            parts.append(of_shard(check.observe(part, context), shards[name].ordinal))
    return check.conclude(pa.concat_tables(parts), context, dataset)


def finding(found: Conclusion | Skip, rule: str, subject: str = "") -> Finding:
    assert isinstance(found, Conclusion)
    (only,) = [each for each in found.findings if each.rule == rule and subject in each.subject]
    return only


def status(found: Conclusion | Skip, rule: str) -> tuple[str, int, str]:
    assert isinstance(found, Conclusion)
    (only,) = [each for each in found.outcomes if each.rule == rule]
    return only.status, only.examined, only.note


def rows(found: Finding) -> list[tuple[int | None, int | None]]:
    return [(place.row, place.partner.row if place.partner else None) for place in found.where]


VISITS: dict[str, dict[str, list[Any]]] = {
    "train": {"who": ["ann", "bob", "ann", None], "day": [1, 2, 5, 3], "key": [10, 11, 12, 13]},
    "test": {"who": ["cem", "ann", None, "bob"], "day": [9, 4, 5, 6], "key": [13, 20, 10, None]},
}


def test_declared_columns_name_the_records_on_both_sides() -> None:
    found = concluded(VISITS, Roles(group="who", time="day", id="key"), embargo="4")
    assert (rows(finding(found, "LEAK020")), status(found, "LEAK020")[:2]) == ([(1, 0), (3, 1)], ("failed", 3))
    assert rows(finding(found, "LEAK021")) == [(1, 2), (2, 2)]
    assert rows(finding(found, "LEAK022")) == [(3, 2)]
    assert rows(finding(found, "LEAK023")) == [(1, 2)]
    assert rows(finding(found, "LEAK024")) == [(0, 3), (2, 0)]
    assert [str(finding(found, rule).severity) for rule in ("LEAK020", "LEAK022", "LEAK023", "LEAK024")] == ["high"] * 4
    assert status(found, "LEAK024")[:2] == ("failed", 3)
    assert finding(found, "LEAK020").evidence["shared_groups"] == 2
    assert len({place.digest for place in finding(found, "LEAK020").where}) == 2


def test_splits_that_do_not_follow_time_are_told_with_less_severity() -> None:
    mixed = {"train": {"day": [1, 5, 9]}, "test": {"day": [2, 6, 8]}}
    told = finding(concluded(mixed, Roles(time="day")), "LEAK021")
    assert (str(told.severity), told.evidence["temporal"], rows(told)) == ("medium", False, [(0, 2), (1, 2), (2, 2)])
    cut = {"train": {"day": list(range(50))}, "test": {"day": [49, *range(60, 90)]}}
    told = finding(concluded(cut, Roles(time="day")), "LEAK021")
    assert (str(told.severity), rows(told), told.evidence["latest_training"]) == ("high", [(0, 49)], 49)


def test_a_sensitive_time_is_not_told() -> None:
    splits = {"train": {"age": [41, 89]}, "test": {"age": [42, 95]}}
    told = finding(concluded(splits, Roles(time="age", sensitive=("age",)), embargo="10"), "LEAK021")
    assert (rows(told), "latest_training" in told.evidence) == ([(0, 1)], False)
    assert finding(concluded(splits, Roles(time="age")), "LEAK021").evidence["latest_training"] == 89


def test_a_guessed_group_is_a_hint_and_no_more() -> None:
    splits = {"train": {"user_id": ["a", "b"]}, "test": {"user_id": ["b", "c"]}}
    found = concluded(splits, Roles())
    told = finding(found, "LEAK020")
    assert (str(told.severity), told.evidence["declared"], rows(told)) == ("info", False, [(0, 1)])
    assert "--group" in told.message


def test_what_has_no_column_is_skipped_with_its_reason() -> None:
    found = concluded({"train": {"text": ["a"]}, "test": {"text": ["b"]}}, Roles())
    assert isinstance(found, Skip)
    unnamed = "the columns it is about were not named (--group, --time, --id, --label)"
    assert found.reason == unnamed
    found = concluded(VISITS, Roles(group="who"))
    assert [status(found, rule) for rule in ("LEAK021", "LEAK023", "LEAK026")] == [("skipped", 0, unnamed)] * 3
    assert status(concluded(VISITS, Roles(time="day")), "LEAK022") == ("skipped", 0, "it needs --embargo")
    assert status(found, "LEAK028") == ("skipped", 0, "there are too few columns beside the text and those with a role")
    one = concluded({"train": VISITS["train"]}, Roles(group="who", label="key"))
    assert status(one, "LEAK020")[2] == "there are no training and evaluation splits to compare"


def test_nothing_but_missing_values_is_not_passed() -> None:
    nothing = {"train": {"who": [None, None]}, "test": {"who": [None]}}
    assert status(concluded(nothing, Roles(group="who")), "LEAK020")[:2] == ("skipped", 0)
    times = {"train": {"t": ["soon"]}, "test": {"t": ["later"]}}
    assert status(concluded(times, Roles(time="t")), "LEAK021")[:2] == ("skipped", 0)
    label: dict[str, dict[str, list[Any]]] = {"train": {"x": [1] * 40, "y": ["a"] * 40}, "test": {"x": [1], "y": ["a"]}}
    assert [status(concluded(label, Roles(label="y")), rule)[0] for rule in ("LEAK026", "LEAK027", "LEAK029")] == ["skipped"] * 3


def test_an_embargo_in_another_unit_is_an_error() -> None:
    with pytest.raises(AuditorError, match="a duration, but the times are numbers"):
        concluded(VISITS, Roles(time="day"), embargo="7d")


def labelled(seed: int, size: int) -> dict[str, list[Any]]:
    """A label, what tells it in several ways, and what does not."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, size)
    absent = label & (rng.random(size) < 0.9)
    return {
        "id": [f"{'ham' if each else 'spam'}-{n}" for n, each in enumerate(label)],
        "result": (label * 10 + rng.normal(size=size)).round(2).tolist(),
        "ward": [("south", "north")[each] for each in label],
        "scan": [None if gone else float(value) for gone, value in zip(absent, rng.normal(size=size).round(3), strict=True)],
        "age": rng.integers(20, 90, size).tolist(),
        "label": [("well", "ill")[each] for each in label],
    }


@pytest.mark.parametrize("sizes", [7, 400, 10_000])
def test_columns_that_tell_the_label_are_told_and_no_others(sizes: int) -> None:
    found = concluded({"train": labelled(1, 800), "test": labelled(2, 200)}, Roles(label="label", id="id"), sizes)
    assert isinstance(found, Conclusion)
    assert sorted((each.rule, each.subject) for each in found.findings if each.rule not in {"LEAK024", "LEAK028"}) == [
        ("LEAK025", "id @ train"),
        ("LEAK026", "result @ train"),
        ("LEAK026", "ward @ train"),
        ("LEAK027", "scan @ train"),
    ]
    assert finding(found, "LEAK026", "ward").evidence["one_to_one"] is True
    assert finding(found, "LEAK026", "result").evidence["one_to_one"] is False
    assert finding(found, "LEAK025").evidence["what"] == "its text without numbers"
    assert [status(found, rule)[:2] for rule in ("LEAK025", "LEAK026", "LEAK029")] == [("failed", 800), ("failed", 800), ("passed", 200)]


def test_batches_and_the_order_of_records_do_not_change_a_verdict() -> None:
    whole, other = labelled(1, 600), labelled(2, 150)
    order = np.random.default_rng(5).permutation(600).tolist()
    shuffled = {name: [values[place] for place in order] for name, values in whole.items()}
    roles = Roles(label="label", group="age")
    results = []
    for splits, sizes in ((whole, 10_000), (whole, 11), (shuffled, 64)):
        found = concluded({"train": splits, "test": other}, roles, sizes)
        assert isinstance(found, Conclusion)
        told = [(each.rule, each.message, dict(each.evidence), [place.row for place in each.where]) for each in found.findings]
        results.append((found.outcomes, told))
    assert results[0] == results[1] == results[2]


def test_a_relation_that_ends_is_told() -> None:
    train, test = labelled(1, 800), labelled(2, 400)
    test["ward"] = [("south", "north")[place % 2] for place in range(400)]
    found = concluded({"train": train, "test": test}, Roles(label="label", id="id"))
    told = finding(found, "LEAK029")
    assert (told.subject, [place.split for place in told.where]) == ("ward @ train / test", ["test"])
    assert told.evidence["training"]["auc"] > 0.99 > 0.6 > told.evidence["evaluation"]["auc"]


# the command


def scanned(folder: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(group, ["scan", str(folder), "-o", "json", "--quiet", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.stdout, result.stderr
    return dict(json.loads(result.stdout))


def written(folder: Path, splits: Mapping[str, Mapping[str, list[Any]]]) -> Path:
    for name, columns in splits.items():
        records = [["" if cell is None else str(cell) for cell in record] for record in zip(*columns.values(), strict=True)]
        (folder / f"{name}.csv").write_text("".join(f"{','.join(line)}\n" for line in [columns, *records]))
    return folder


def test_the_command_tells_lines_of_both_ends_whatever_the_workers(tmp_path: Path) -> None:
    folder = written(tmp_path, VISITS)
    options = ("--group", "who", "--time", "day", "--id", "key", "--embargo", "4", "--select", "LEAK")
    reports = [scanned(folder, *options, "--workers", str(workers)) for workers in (1, 2)]
    for report in reports:
        report.pop("run")
    assert reports[0] == reports[1]
    (told,) = [each for each in reports[0]["findings"] if each["rule"] == "LEAK020"]
    assert [(place["file"], place["line"], place["row"]) for place in told["where"]] == [("test.csv", 3, 1), ("test.csv", 5, 3)]
    assert reports[0]["verdict"] == "fail"


def test_a_wrong_embargo_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(group, ["scan", str(written(tmp_path, VISITS)), "--embargo", "a week"])
    assert result.exit_code == 2
    assert "a duration such as 7d" in result.stderr


def test_text_without_roles_costs_nothing(tmp_path: Path) -> None:
    texts = [f"The museum opens at {hour} on weekdays and at noon on Sundays" for hour in range(30)]
    report = scanned(written(tmp_path, {"train": {"text": texts}, "test": {"text": texts[:3]}}), "--select", "LEAK")
    notes = {each["rule"]: each["note"] for each in report["outcomes"]}
    assert notes["LEAK020"] == notes["LEAK028"] == "the columns it is about were not named (--group, --time, --id, --label)"


@pytest.mark.parametrize("seed", [0, 8, 16])
def test_noise_that_predicts_nothing_cannot_predict_less(seed: int) -> None:
    chance = np.random.default_rng(seed)
    splits = {
        name: {
            **{f"x{column}": chance.normal(size=size).round(6).tolist() for column in range(10)},
            "y": chance.integers(0, 2, size).tolist(),
        }
        for name, size in (("train", 420), ("test", 90))
    }
    told = concluded(splits, Roles(label="y"))
    assert isinstance(told, Conclusion)
    assert status(told, "LEAK029")[0] == "passed"
    assert [each.message for each in told.findings if each.rule == "LEAK029"] == []
