"""Schema against Great Expectations itself, and against plain Python: the same verdicts and the same rows on many random frames."""

from __future__ import annotations

import random
import re
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from auditor.doors.great_expectations import Result, Sheet, validate
from auditor.model import Json
from auditor.validation import direct
from auditor.validation.plan import uncovered

COLUMN = "expect_column_"
FRAMES, COMPARED = 8, 2

QUANTILES = {"quantiles": [0.2, 0.8], "value_ranges": [[0, 3], [4, None]]}
HALVES = {"values": ["a", "b"], "weights": [0.5, 0.5]}
NOT_A = {"type": "comparison", "column": {"name": "s"}, "operator": "!=", "parameter": "a"}

EXPECTATIONS: list[tuple[str, dict[str, Json]]] = [
    (f"{COLUMN}values_to_be_between", {"column": "i", "min_value": 2, "max_value": 7}),
    (f"{COLUMN}values_to_be_between", {"column": "k", "min_value": 2, "strict_min": True}),
    (f"{COLUMN}values_to_be_between", {"column": "f", "max_value": 0.5, "mostly": 0.6}),
    (f"{COLUMN}values_to_be_in_set", {"column": "s", "value_set": ["a", "b"], "mostly": 0.4}),
    (f"{COLUMN}values_to_be_in_set", {"column": "k", "value_set": [1, 2, 3]}),
    (f"{COLUMN}values_to_not_be_in_set", {"column": "s", "value_set": ["a"]}),
    (f"{COLUMN}values_to_be_unique", {"column": "k"}),
    (f"{COLUMN}values_to_be_unique", {"column": "s"}),
    (f"{COLUMN}values_to_be_null", {"column": "s"}),
    (f"{COLUMN}values_to_not_be_null", {"column": "k"}),
    (f"{COLUMN}values_to_match_regex", {"column": "s", "regex": "^[ab]+$"}),
    (f"{COLUMN}values_to_not_match_regex", {"column": "s", "regex": "b"}),
    (f"{COLUMN}values_to_match_regex_list", {"column": "s", "regex_list": ["a", "c"], "match_on": "any"}),
    (f"{COLUMN}values_to_not_match_regex_list", {"column": "s", "regex_list": ["c", "^b$"]}),
    (f"{COLUMN}value_lengths_to_be_between", {"column": "s", "min_value": 2, "max_value": 3}),
    (f"{COLUMN}value_lengths_to_equal", {"column": "s", "value": 1}),
    (f"{COLUMN}values_to_be_increasing", {"column": "i"}),
    (f"{COLUMN}values_to_be_decreasing", {"column": "f"}),
    (f"{COLUMN}value_z_scores_to_be_less_than", {"column": "i", "threshold": 1.2, "double_sided": True}),
    (f"{COLUMN}values_to_not_be_outliers", {"column": "i", "method": "iqr", "multiplier": 0.5}),
    (f"{COLUMN}values_to_be_dateutil_parseable", {"column": "s"}),
    (f"{COLUMN}values_to_be_json_parseable", {"column": "s"}),
    (f"{COLUMN}values_to_match_strftime_format", {"column": "s", "strftime_format": "%Y"}),
    (f"{COLUMN}values_to_be_of_type", {"column": "s", "type_": "str"}),
    (f"{COLUMN}values_to_be_of_type", {"column": "i", "type_": "float64"}),
    (f"{COLUMN}values_to_be_in_type_list", {"column": "f", "type_list": ["int64", "float64"]}),
    (f"{COLUMN}mean_to_be_between", {"column": "k", "min_value": 3, "max_value": 5}),
    (f"{COLUMN}median_to_be_between", {"column": "i", "min_value": 3, "max_value": 5}),
    (f"{COLUMN}stdev_to_be_between", {"column": "f", "max_value": 0.3}),
    (f"{COLUMN}sum_to_be_between", {"column": "i", "max_value": 100}),
    (f"{COLUMN}min_to_be_between", {"column": "k", "max_value": 0}),
    (f"{COLUMN}max_to_be_between", {"column": "k", "max_value": 8}),
    (f"{COLUMN}quantile_values_to_be_between", {"column": "i", "quantile_ranges": QUANTILES}),
    (f"{COLUMN}unique_value_count_to_be_between", {"column": "s", "min_value": 4}),
    (f"{COLUMN}proportion_of_unique_values_to_be_between", {"column": "k", "min_value": 0.5}),
    (f"{COLUMN}proportion_of_non_null_values_to_be_between", {"column": "k", "min_value": 0.7}),
    (f"{COLUMN}most_common_value_to_be_in_set", {"column": "s", "value_set": ["a", "bb"]}),
    (f"{COLUMN}distinct_values_to_be_in_set", {"column": "s", "value_set": ["a", "b", "bb", "1"]}),
    (f"{COLUMN}distinct_values_to_contain_set", {"column": "s", "value_set": ["a", "bb"]}),
    (f"{COLUMN}distinct_values_to_equal_set", {"column": "k", "value_set": [1, 2, 3]}),
    (f"{COLUMN}kl_divergence_to_be_less_than", {"column": "s", "partition_object": HALVES, "threshold": 0.5}),
    (f"{COLUMN}pair_values_a_to_be_greater_than_b", {"column_A": "i", "column_B": "j", "or_equal": True}),
    (f"{COLUMN}pair_values_to_be_equal", {"column_A": "i", "column_B": "k"}),
    (f"{COLUMN}pair_values_to_be_in_set", {"column_A": "i", "column_B": "j", "value_pairs_set": [[1, 1], [2, 3]]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["s", "i"]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["i", "k"], "sum_total": 9}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["i", "j"]}),
    ("expect_table_row_count_to_be_between", {"min_value": 20}),
    ("expect_table_column_count_to_equal", {"value": 6}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["i", "j", "k", "f", "s", "t"]}),
    (f"{COLUMN}to_exist", {"column": "s", "column_index": 4}),
    (f"{COLUMN}values_to_be_between", {"column": "t", "min_value": "2024-01-05T00:00:00"}),
    (f"{COLUMN}values_to_be_unique", {"column": "i", "row_condition": 's == "a" and k > 2', "condition_parser": "pandas"}),
    (f"{COLUMN}values_to_be_between", {"column": "i", "max_value": 6, "row_condition": NOT_A}),
]


def frame(seed: int) -> dict[str, list[Any]]:
    chance = random.Random(seed)
    rows = chance.randint(5, 40)
    holes = seed % 3 / 5
    return {
        "i": [chance.randint(0, 9) for _ in range(rows)],
        "j": [chance.randint(0, 9) for _ in range(rows)],
        "k": [None if chance.random() < holes else chance.randint(0, 9) for _ in range(rows)],
        "f": [None if chance.random() < holes else chance.random() for _ in range(rows)],
        "s": [None if chance.random() < holes else chance.choice(["a", "b", "bb", "abc", "2024", "1"]) for _ in range(rows)],
        "t": [None if chance.random() < holes else chance.randint(1_704_067_200, 1_705_000_000) for _ in range(rows)],
    }


DATA = [frame(seed) for seed in range(FRAMES)]
TYPES = {"t": pa.timestamp("s")}


def sheets() -> list[Sheet]:
    """Each frame twice: with types, and as text."""
    made = []
    for seed, columns in enumerate(DATA):
        typed = pa.table({name: pa.array(values, TYPES.get(name)) for name, values in columns.items()})
        cells = {name: [None if value is None else str(value) for value in values] for name, values in columns.items()}
        text = pa.table({name: pa.array(values, pa.string()) for name, values in cells.items()})
        made += [Sheet(name=f"typed{seed}", records=typed), Sheet(name=f"text{seed}", records=text, typed=False)]
    return made


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Result]:
    suite = {"expectations": [{"id": str(number), "type": kind, "kwargs": kwargs} for number, (kind, kwargs) in enumerate(EXPECTATIONS)]}
    return {(each.split, each.id): each for each in validate(suite, sheets(), tmp_path_factory.mktemp("sheets"))}


@pytest.fixture(scope="module")
def theirs() -> dict[tuple[str, str], tuple[bool, list[int]]]:
    """What the library says when each expectation is put to it alone, of frames that pandas made of the plain values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        import pandas as pd
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        context = gx.get_context(mode="ephemeral")
        verdicts = {}
        for seed, columns in enumerate(DATA[:COMPARED]):
            data = pd.DataFrame({name: pd.Series(values, dtype=object if name == "s" else None) for name, values in columns.items()})
            data["t"] = pd.to_datetime(data["t"], unit="s")
            asset = context.data_sources.add_pandas(f"source{seed}").add_dataframe_asset("asset")
            batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(batch_parameters={"dataframe": data})
            for number, (kind, kwargs) in enumerate(EXPECTATIONS):
                outcome = batch.validate(ExpectationConfiguration(type=kind, kwargs=kwargs).to_domain_obj(), result_format="COMPLETE")
                info = outcome.exception_info
                assert not info.get("raised_exception", bool(info)), (kind, info)
                verdicts[f"typed{seed}", str(number)] = (bool(outcome.success), sorted(outcome.result.get("unexpected_index_list") or []))
    return verdicts


@pytest.mark.parametrize("number", range(len(EXPECTATIONS)), ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(EXPECTATIONS)])
def test_the_same_verdicts_as_the_library_alone(
    ours: dict[tuple[str, str], Result], theirs: dict[tuple[str, str], tuple[bool, list[int]]], number: int
) -> None:
    for seed in range(COMPARED):
        success, rows = theirs[f"typed{seed}", str(number)]
        mine = ours[f"typed{seed}", str(number)]
        met = "passed" if mine.examined else "vacuous"
        assert (mine.status, list(mine.rows)) == (met if success else "failed", rows), (seed, EXPECTATIONS[number])


@pytest.mark.parametrize("rows", [3, 10_000])
def test_the_fast_engine_says_what_the_library_says(ours: dict[tuple[str, str], Result], rows: int) -> None:
    listed = [{"id": str(number), "type": kind, "kwargs": kwargs} for number, (kind, kwargs) in enumerate(EXPECTATIONS)]
    covered = [each for each in listed if not uncovered(each)]
    assert len(covered) == len(EXPECTATIONS) - 2
    for one in direct.validate({"expectations": covered}, sheets(), rows):
        mine, theirs = one.result, ours[one.result.split, one.result.id]
        seen = [list(map(int, mine.rows)), mine.status, mine.unexpected, mine.examined, mine.message]
        about = (mine.split, EXPECTATIONS[int(mine.id)])
        assert seen == [list(theirs.rows), theirs.status, theirs.unexpected, theirs.examined, theirs.message], about
        assert mine.observed == (pytest.approx(theirs.observed) if isinstance(theirs.observed, float) else theirs.observed), about


Row = dict[str, Any]
PLAIN: dict[int, Callable[[list[Row]], list[int]]] = {
    0: lambda rows: [n for n, row in enumerate(rows) if not 2 <= row["i"] <= 7],
    1: lambda rows: [n for n, row in enumerate(rows) if row["k"] is not None and not row["k"] > 2],
    2: lambda rows: [n for n, row in enumerate(rows) if row["f"] is not None and not row["f"] <= 0.5],
    4: lambda rows: [n for n, row in enumerate(rows) if row["k"] is not None and row["k"] not in {1, 2, 3}],
    6: lambda rows: repeated(row["k"] for row in rows),
    7: lambda rows: repeated(row["s"] for row in rows),
    9: lambda rows: [n for n, row in enumerate(rows) if row["k"] is None],
    10: lambda rows: [n for n, row in enumerate(rows) if row["s"] is not None and not re.search("^[ab]+$", row["s"])],
    14: lambda rows: [n for n, row in enumerate(rows) if row["s"] is not None and not 2 <= len(row["s"]) <= 3],
    41: lambda rows: [n for n, row in enumerate(rows) if row["i"] < row["j"]],
    53: lambda rows: [n for n, row in enumerate(rows) if row["s"] != "a" and row["i"] > 6],
}


def repeated(values: Any) -> list[int]:
    kept = list(values)
    counts = Counter(value for value in kept if value is not None)
    return [n for n, value in enumerate(kept) if counts[value] > 1]


@pytest.mark.parametrize("number", PLAIN)
@pytest.mark.parametrize("form", ["typed", "text"])
def test_the_same_rows_as_plain_python_whether_typed_or_text(ours: dict[tuple[str, str], Result], number: int, form: str) -> None:
    for seed, columns in enumerate(DATA):
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        assert list(ours[f"{form}{seed}", str(number)].rows) == PLAIN[number](rows), (seed, EXPECTATIONS[number])


def test_numbers_as_text_are_judged_as_numbers(ours: dict[tuple[str, str], Result]) -> None:
    numeric = [str(n) for n, (kind, kwargs) in enumerate(EXPECTATIONS) if kwargs.get("column") in {"i", "f"} and "type" not in kind]
    assert len(numeric) == 12
    for seed in range(FRAMES):
        for number in numeric:
            typed, text = ours[f"typed{seed}", number], ours[f"text{seed}", number]
            assert (text.status, text.rows, text.examined) == (typed.status, typed.rows, typed.examined), EXPECTATIONS[int(number)]
