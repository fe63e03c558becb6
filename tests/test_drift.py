"""Drift: told by effect and not by the number of records, whatever the order, and against a saved report without the old data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from auditor.cli import group
from auditor.drift import compared, multivariate, saved
from auditor.drift.distributions import Distribution, aligned, of_column
from auditor.kernels import columns, columns_numbers
from auditor.kernels import statistics_samples as samples
from auditor.model import AuditorError


def distribution(values: Any, rows: int | None = None) -> Distribution:
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return of_column(columns.observed(array), len(array) if rows is None else rows)


def numbers(left: Any, right: Any) -> compared.Drift:
    a, b = distribution(left).numbers, distribution(right).numbers
    assert a is not None and b is not None
    return compared.numbers(a, b)


def test_a_tiny_shift_of_a_million_records_is_no_drift_and_a_fifth_of_ten_thousand_is() -> None:
    rng = np.random.default_rng(17)
    tiny = numbers(rng.normal(size=1_000_000), rng.normal(0.003, size=1_000_000))
    assert (tiny.large, tiny.evidence["wasserstein"] < 0.01) == (False, True)
    fifth = numbers(rng.normal(size=10_000), rng.normal(0.2, size=10_000))
    assert (fifth.large, fifth.p < 1e-9) == (True, True)
    assert fifth.evidence["wasserstein_low"] < 0.2 < fifth.evidence["wasserstein_high"]


def test_cells_of_many_numbers_measure_as_the_numbers_do() -> None:
    rng = np.random.default_rng(2)
    left, right = rng.gamma(2, size=60_000), rng.gamma(2.3, size=40_000)
    found = numbers(left, right).evidence
    values, a, b = samples.tabulate(left, right)
    assert found["ks"] == pytest.approx(samples.kolmogorov_smirnov(a, b), abs=2e-3)
    assert found["wasserstein"] == pytest.approx(samples.wasserstein(values, a, b) / left.std(), abs=2e-3)


def test_few_numbers_are_aligned_exactly() -> None:
    left, right = (distribution(each).numbers for each in ([1, 2, 2, 5], [-3.0, 2, 5, 5]))
    assert left is not None and right is not None
    values, a, b = aligned(left, right)
    assert (values.tolist(), a.tolist(), b.tolist()) == ([-3, 1, 2, 5], [0, 1, 2, 1], [1, 0, 1, 2])
    assert columns_numbers.CELLS > 4


def test_what_is_a_category_is_told_by_how_often_values_come_once() -> None:
    towns = distribution(["bern", "graz", "linz"] * 40)
    assert towns.categories == {"bern": 40, "graz": 40, "linz": 40}
    assert distribution([f"person {n}" for n in range(200)]).categories is None
    assert distribution([True, False, True] * 30).categories == {"true": 60, "false": 30}
    assert distribution([1, 2, 3]).categories is None
    assert distribution([None, None], 2).numbers is None


def test_categories_missing_values_and_new_categories() -> None:
    before, after = {"a": 500, "b": 500}, {"a": 300, "b": 650, "c": 50}
    seen = compared.categories(before, after)
    assert (seen.large, seen.evidence["total_variation"]) == (True, 0.2)
    fresh = compared.new(before, after)
    assert (fresh.large, fresh.evidence["new"], fresh.evidence["records"]) == (True, [["c", 50]], 50)
    assert fresh.p == pytest.approx(0.95**1000)
    assert not compared.new(after, before).large
    gone = compared.missing(Distribution(rows=1_000, present=900), Distribution(rows=500, present=300))
    assert (gone.large, gone.evidence["missing_before"], gone.evidence["missing_after"]) == (True, 0.1, 0.4)
    assert gone.evidence["change_low"] < 0.3 < gone.evidence["change_high"]
    assert not compared.missing(Distribution(rows=100, present=100), Distribution(rows=50, present=50)).large


# whole records


def test_records_are_told_apart_by_what_no_column_shows_alone() -> None:
    rng = np.random.default_rng(8)
    left = rng.normal(size=(1_000, 2))
    right = rng.normal(size=(1_000, 2))
    same = multivariate.apart(left, right)
    assert same is not None
    assert (same.low < 0.5 < same.high or abs(same.area - 0.5) < 0.05, same.test.p > 0.01) == (True, True)
    tied = np.stack([right[:, 0], 0.95 * right[:, 0] + 0.31 * right[:, 1]], axis=1)
    other = multivariate.apart(left, tied)
    assert other is not None
    assert other.test.p < 0.01
    wider = multivariate.apart(left, 2 * right)
    assert wider is not None
    assert wider.low > 0.65
    assert multivariate.apart(left[:3], right) is None
    assert multivariate.apart(left[:, :0], right[:, :0]) is None


def test_a_matrix_scales_numbers_and_counts_values_and_gaps() -> None:
    numeric = (np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0, 1e9]))
    told = (np.array([7.0, 7.0, 8.0, np.nan]), np.array([8.0, 7.0]))
    left, right = multivariate.matrix([numeric, told], [True, False])
    assert (left.shape, right.shape) == ((4, 5), (2, 5))
    assert left[1].tolist()[:2] == [0, 0]
    assert (left[3, 1], right[1, 0]) == (1, multivariate.FAR)
    assert left[:, 2:].sum(axis=1).tolist() == [1, 1, 1, 1]


def test_infinite_numbers_are_far_and_spoil_no_scale() -> None:
    values = (np.array([1.0, 2.0, 3.0, np.inf, np.inf]), np.array([2.0, np.inf, np.inf, -np.inf]))
    left, right = multivariate.matrix([values, (np.full(5, np.inf), np.full(4, np.inf))], [True, True])
    assert left[:, 0].round(6).tolist() == [-1.348982, 0, 1.348982, multivariate.FAR, multivariate.FAR]
    assert right[:, 0].tolist() == [0, multivariate.FAR, multivariate.FAR, -multivariate.FAR]
    assert left.shape == (5, 1)


def test_copies_do_not_crowd_a_sample() -> None:
    assert len(multivariate.smallest(np.zeros(5_000, np.uint64))) == multivariate.DRAWN


# the command


def written(folder: Path, splits: Mapping[str, Mapping[str, Any]], size: int = 1 << 20) -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in splits.items():
        pq.write_table(pa.table(dict(table)), folder / f"{name}.parquet", row_group_size=size)
    return folder


def scanned(folder: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(group, ["scan", str(folder), "-o", "json", "--quiet", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.stdout, result.stderr
    return dict(json.loads(result.stdout))


def drifted(report: Mapping[str, Any]) -> list[tuple[str, str | None, str]]:
    found = [each for each in report["findings"] if each["rule"].startswith("DRFT")]
    return [(each["rule"], each["where"][0]["column"], each["severity"]) for each in sorted(found, key=lambda each: str(each["rule"]))]


def table(seed: int, size: int, shift: float = 0.0, towns: tuple[str, ...] = ("bern", "graz", "linz")) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "degrees": rng.normal(20 + shift, 5, size),
        "town": pa.array(rng.choice(towns, size)),
        "sky": pa.array([None if lost else "clear" for lost in rng.random(size) < 0.02 + shift / 20]),
        "label": rng.integers(0, 2, size),
    }


def test_columns_that_drifted_are_told_and_no_others(tmp_path: Path) -> None:
    other = table(2, 600, shift=3.0, towns=("bern", "graz", "wien"))
    report = scanned(written(tmp_path / "data", {"train": table(1, 2_000), "validation": table(3, 600), "test": other}), "--select", "DRFT")
    assert drifted(report) == [
        ("DRFT001", "degrees", "medium"),
        ("DRFT002", "town", "medium"),
        ("DRFT003", "town", "medium"),
        ("DRFT004", "sky", "low"),
        ("DRFT007", None, "medium"),
    ]
    assert {each["where"][0]["split"] for each in report["findings"]} == {"test"}
    examined = {each["rule"]: (each["status"], each["examined"]) for each in report["outcomes"]}
    assert (examined["DRFT001"], examined["DRFT005"]) == (("failed", 1_200), ("skipped", 0))
    told = next(each for each in report["findings"] if each["rule"] == "DRFT001")["evidence"]
    assert told["wasserstein_low"] < 0.6 < told["wasserstein_high"]
    assert told["p_adjusted"] < 0.05


def test_numbers_that_count_the_records_do_not_drift(tmp_path: Path) -> None:
    splits = {"train": table(1, 6_000), "test": table(2, 600)}
    splits["train"]["number"], splits["test"]["number"] = np.arange(6_000), np.arange(6_000, 6_600)
    report = scanned(written(tmp_path / "data", splits), "--select", "DRFT")
    assert drifted(report) == []
    alone = {name: {"number": each["number"], "sky": each["sky"]} for name, each in splits.items()}
    report = scanned(written(tmp_path / "alone", alone), "--select", "DRFT007")
    note = "there are fewer than two columns beside those that count the records"
    assert [(each["status"], each["note"]) for each in report["outcomes"] if each["rule"] == "DRFT007"] == [("skipped", note)]


def test_ids_groups_and_times_are_meant_to_be_others(tmp_path: Path) -> None:
    splits = {"train": table(1, 600), "test": table(2, 600)}
    for month, each in enumerate(splits.values(), 1):
        each |= {name: [f"2024-{month:02d}-{1 + row % 28:02d}" for row in range(600)] for name in ("id", "site", "day")}
    folder = written(tmp_path / "data", splits)
    roles = ("--id", "id", "--group", "site", "--time", "day")
    assert drifted(scanned(folder, "--select", "DRFT", *roles)) == []
    assert [rule for rule, column, _ in drifted(scanned(folder, "--select", "DRFT002", *roles[:4])) if column == "day"] == ["DRFT002"]


def test_without_a_label_its_drift_says_so(tmp_path: Path) -> None:
    report = scanned(written(tmp_path / "data", {"train": table(1, 600), "test": table(2, 600)}), "--select", "DRFT005")
    notes = [each["note"] for each in report["outcomes"] if each["rule"] == "DRFT005"]
    assert notes == ["no label column was named; name it with --label"]


def test_the_label_has_a_rule_of_its_own(tmp_path: Path) -> None:
    test = table(2, 600) | {"label": np.ones(600, np.int64)}
    folder = written(tmp_path / "data", {"train": table(1, 2_000), "test": test})
    assert drifted(scanned(folder, "--select", "DRFT", "--label", "label")) == [("DRFT005", "label", "medium")]


def test_order_row_groups_and_workers_do_not_change_a_finding(tmp_path: Path) -> None:
    splits = {"train": table(1, 3_000), "test": table(2, 900, shift=2.0)}
    order = np.random.default_rng(0).permutation(3_000)
    shuffled = {name: pa.array(values).take(pa.array(order)) for name, values in splits["train"].items()}
    reports = [
        scanned(written(tmp_path / "data", splits), "--select", "DRFT"),
        scanned(written(tmp_path / "data", splits, 170), "--select", "DRFT", "--workers", "2"),
        scanned(written(tmp_path / "data", {**splits, "train": shuffled}, 90), "--select", "DRFT"),
    ]
    assert drifted(reports[0])
    assert reports[0]["findings"] == reports[1]["findings"] == reports[2]["findings"]
    assert reports[0]["outcomes"] == reports[1]["outcomes"] == reports[2]["outcomes"]


def test_a_saved_report_is_compared_with_without_its_data(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    folder = written(tmp_path / "data", {"train": table(1, 4_000)})
    before.write_text(json.dumps(scanned(folder)))
    same = scanned(written(folder, {"train": table(5, 3_000)}), "--select", "DRFT", "--drift-baseline", str(before))
    assert drifted(same) == []
    assert {each["rule"]: each["status"] for each in same["outcomes"]}["DRFT001"] == "passed"
    assert same["config"]["drift_baseline"] == "before.json"
    now = scanned(written(folder, {"train": table(6, 3_000, 3.0, ("bern", "wien"))}), "--select", "DRFT", "--drift-baseline", str(before))
    assert [rule for rule, _, _ in drifted(now)] == ["DRFT001", "DRFT002", "DRFT003", "DRFT004"]
    assert now["findings"][0]["evidence"]["compared_with"] == "train of the baseline"


def test_one_split_without_a_baseline_is_skipped(tmp_path: Path) -> None:
    report = scanned(written(tmp_path / "data", {"train": table(1, 100)}), "--select", "DRFT")
    assert {each["status"] for each in report["outcomes"] if each["rule"].startswith("DRFT")} == {"skipped"}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"profile": {"version": 9}}', '{"profile": {"version": 1, "splits": 3}}'])
def test_what_is_no_report_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "old.json").write_text(content)
    with pytest.raises(AuditorError, match="--drift-baseline"):
        saved.profile(tmp_path / "old.json")
    with pytest.raises(AuditorError, match="cannot be read"):
        saved.profile(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    "column",
    [
        {},
        {"present": "many"},
        {"present": 9, "numbers": {"count": 9, "quantiles": [1, "x"], "deviation": 1}},
        {"present": 9, "numbers": {"count": 9, "quantiles": [2, 1], "deviation": 1}},
        {"present": 9, "top": [1]},
        {"present": 9, "top": [[[], 3]]},
        {"present": 9, "lengths": {"count": 9, "quantiles": None, "deviation": 1}},
    ],
)
def test_a_profile_that_was_tampered_with_is_refused(column: Any) -> None:
    with pytest.raises(AuditorError, match="not as an audit writes it"):
        saved.distributions({"splits": {"train": {"rows": 9, "columns": {"a": column}}}})
