"""The fast engine: against plain Python on random tables, whatever the batches, the threads and the order; its keys, sums and formats."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.doors.great_expectations import Result, Sheet
from auditor.model import AuditorError, Finding, Json, Location, Report, Severity
from auditor.reports import evidence
from auditor.validation import direct
from auditor.validation.cells import Column
from auditor.validation.compared import compared
from auditor.validation.counted import TooWide, repeated
from auditor.validation.engine import Judged
from auditor.validation.formats import FORMATS
from auditor.validation.gathered import Keys
from auditor.validation.keys import keys
from auditor.validation.plan import uncovered
from auditor.validation.sums import Sums, sums

COLUMN = "expect_column_"
QUICK = settings(max_examples=40, deadline=None)


def judged(table: pa.Table, *expectations: tuple[str, dict[str, Json]], typed: bool = True, rows: int = 10_000) -> list[Judged]:
    listed = [{"id": str(number), "type": kind, "kwargs": kwargs} for number, (kind, kwargs) in enumerate(expectations)]
    return direct.validate({"expectations": listed}, [Sheet(name="train", records=table, typed=typed)], rows)


def verdict(one: Judged) -> tuple[str, list[int], int, int, Json, str]:
    result = one.result
    return result.status, [int(row) for row in result.rows], result.unexpected, result.examined, result.observed, result.message


def failing(table: pa.Table, kind: str, typed: bool = True, **kwargs: Json) -> list[int]:
    (one,) = judged(table, (kind, kwargs), typed=typed)
    assert one.result.status != "error", one.result.message
    return [int(row) for row in one.result.rows]


# ── against plain Python ──────────────────────────────────────────────────────────────────────────────────────────────

numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
floats = st.none() | st.floats(allow_nan=False, width=64)
texts = st.none() | st.text("ab1 é\u1234", max_size=4)


def wrong(values: Sequence[Any], good: Callable[[Any], bool]) -> list[int]:
    return [place for place, value in enumerate(values) if value is not None and not good(value)]


@QUICK
@given(st.lists(numbers, max_size=30), st.integers(-(2**64), 2**64) | st.floats(allow_nan=False), st.booleans())
def test_integers_are_compared_exactly(values: list[int | None], bound: float, strict: bool) -> None:
    table = pa.table({"n": pa.array(values, pa.int64())})
    low = failing(table, f"{COLUMN}values_to_be_between", column="n", min_value=bound, strict_min=strict)
    high = failing(table, f"{COLUMN}values_to_be_between", column="n", max_value=bound, strict_max=strict)
    assert low == wrong(values, lambda value: value > bound if strict else value >= bound)
    assert high == wrong(values, lambda value: value < bound if strict else value <= bound)


@QUICK
@given(st.lists(floats, max_size=30), st.lists(st.integers(-3, 3) | st.floats(-3, 3), min_size=1, max_size=12))
def test_sets_of_numbers(values: list[float | None], members: list[float]) -> None:
    table = pa.table({"f": pa.array(values, pa.float64())})
    assert failing(table, f"{COLUMN}values_to_be_in_set", column="f", value_set=members) == wrong(values, lambda value: value in members)
    inside = wrong(values, lambda value: value not in members)
    assert failing(table, f"{COLUMN}values_to_not_be_in_set", column="f", value_set=members) == inside


@QUICK
@given(st.lists(texts, max_size=40), st.integers(0, 4))
def test_texts(values: list[str | None], size: int) -> None:
    table = pa.table({"s": pa.array(values, pa.string())})
    repeated = {value for value, often in Counter(values).items() if often > 1}
    assert failing(table, f"{COLUMN}values_to_be_unique", column="s") == wrong(values, lambda value: value not in repeated)
    long = wrong(values, lambda value: len(value) <= size)
    assert failing(table, f"{COLUMN}value_lengths_to_be_between", column="s", max_value=size) == long
    found = wrong(values, lambda value: bool(re.search("^a|1$", value)))
    assert failing(table, f"{COLUMN}values_to_match_regex", column="s", regex="^a|1$") == found
    missing = [place for place, value in enumerate(values) if value is None]
    assert failing(table, f"{COLUMN}values_to_not_be_null", column="s") == missing


@QUICK
@given(st.lists(st.tuples(numbers, texts), max_size=40))
def test_rows_that_occur_more_than_once(rows: list[tuple[int | None, str | None]]) -> None:
    table = pa.table({"n": pa.array([n for n, _ in rows], pa.int64()), "s": pa.array([s for _, s in rows], pa.string())})
    often = Counter(rows)
    expected = [place for place, row in enumerate(rows) if row != (None, None) and often[row] > 1]
    assert failing(table, "expect_compound_columns_to_be_unique", column_list=["n", "s"]) == expected


@QUICK
@given(st.lists(st.integers(-5, 5) | st.none(), max_size=30), st.booleans())
def test_order(values: list[int | None], strictly: bool) -> None:
    table = pa.table({"n": pa.array(values, pa.int64())})
    there = [(place, value) for place, value in enumerate(values) if value is not None]
    pairs = pairwise(there)
    expected = [place for (_, before), (place, value) in pairs if not (value > before if strictly else value >= before)]
    for rows in (1, 3, 100):
        (one,) = judged(table, (f"{COLUMN}values_to_be_increasing", {"column": "n", "strictly": strictly}), rows=rows)
        assert [int(row) for row in one.result.rows] == expected


EVERY: list[tuple[str, dict[str, Json]]] = [
    *((f"{COLUMN}values_to_be_between", {"column": name, "min_value": 0, "max_value": 2}) for name in "nf"),
    *((f"{COLUMN}values_to_be_unique", {"column": name}) for name in "nfs"),
    *((f"{COLUMN}{what}_to_be_between", {"column": "f", "max_value": 1}) for what in ("mean", "sum", "stdev", "median", "min", "max")),
    (f"{COLUMN}quantile_values_to_be_between", {"column": "f", "quantile_ranges": {"quantiles": [0.1, 0.9], "value_ranges": [[0, 1]] * 2}}),
    (f"{COLUMN}values_to_be_in_set", {"column": "s", "value_set": ["a", "ab"], "row_condition": "n > 0 or s != 'b'"}),
    (f"{COLUMN}most_common_value_to_be_in_set", {"column": "s", "value_set": ["a"]}),
    (f"{COLUMN}distinct_values_to_equal_set", {"column": "s", "value_set": ["a"]}),
    (f"{COLUMN}unique_value_count_to_be_between", {"column": "n", "max_value": 3}),
    (f"{COLUMN}value_z_scores_to_be_less_than", {"column": "f", "threshold": 1.5, "double_sided": True}),
    (f"{COLUMN}values_to_not_be_outliers", {"column": "n", "method": "iqr", "multiplier": 0.5}),
    (f"{COLUMN}values_to_be_decreasing", {"column": "n"}),
    (f"{COLUMN}pair_values_a_to_be_greater_than_b", {"column_A": "n", "column_B": "f"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["n", "s"]}),
    ("expect_table_row_count_to_be_between", {"max_value": 3}),
]


@QUICK
@given(
    st.lists(st.tuples(st.none() | st.integers(-3, 3), st.none() | st.floats(-3, 3), texts), max_size=25),
    st.integers(1, 30),
    st.booleans(),
)
def test_batches_never_change_a_verdict_or_a_row(rows: list[tuple[int | None, float | None, str | None]], size: int, typed: bool) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    kinds = (pa.int64(), pa.float64(), pa.string())
    arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    table = pa.table(arrays if typed else [array.cast(pa.string()) for array in arrays], names=["n", "f", "s"])
    whole = [verdict(one) for one in judged(table, *EVERY, typed=typed)]
    assert [verdict(one) for one in judged(table, *EVERY, typed=typed, rows=size)] == whole


def test_the_order_of_records_changes_no_verdict_and_no_record() -> None:
    chance = random.Random(7)
    rows = [(n, chance.choice([None, 0.5, 1.5, 7.0]), chance.choice(["a", "b", None]), chance.randint(0, 5)) for n in range(200)]
    ordered = [each for each in EVERY if "creasing" not in each[0]]
    found = []
    for _ in range(3):
        table = pa.table({"id": [r[0] for r in rows], "n": [r[3] for r in rows], "f": [r[1] for r in rows], "s": [r[2] for r in rows]})
        results = judged(table, *ordered, rows=33)
        found.append([(one.result.status, one.result.observed, sorted(rows[int(row)][0] for row in one.result.rows)) for one in results])
        chance.shuffle(rows)
    assert found[0] == found[1] == found[2]


@given(
    st.lists(st.lists(st.one_of(st.integers(-9, 9), st.integers(-128, 127)), max_size=9), max_size=9),
    st.sampled_from([np.int8, np.int64]),
    st.sampled_from([0, -(2**62)]),
)
def test_integers_that_occur_more_than_once_are_counted(parts: list[list[int]], kind: type[np.signedinteger[Any]], far: int) -> None:
    everyone = [value for part in parts for value in part]
    firsts = [0, *np.cumsum([len(part) for part in parts]).tolist()]
    arrays = [np.array(part, kind) if kind is np.int8 else np.array(part, kind) + far for part in parts]
    given = [(array, np.arange(first, first + len(array))) for first, array in zip(firsts, arrays, strict=False)]
    try:
        count, places = repeated(lambda: given)
    except TooWide:
        assert max(everyone, default=0) - min(everyone, default=0) >= 8 * len(everyone)
        return
    assert count == len(everyone)
    assert places.tolist() == [place for place, value in enumerate(everyone) if everyone.count(value) > 1]


def test_an_integer_in_300_batches_occurs_more_than_once_and_far_ones_are_not_counted() -> None:
    batches = [(np.array([0, 5]), np.array([2 * number, 2 * number + 1])) for number in range(300)]
    assert repeated(lambda: batches)[1].tolist() == list(range(600))
    with pytest.raises(TooWide):
        repeated(lambda: [(np.array([0, 2**40]), np.arange(2))])


def test_eight_threads_say_what_one_says() -> None:
    chance = np.random.default_rng(3)
    clean = pa.table({"n": pa.array(chance.integers(0, 3, 500)), "f": pa.array(chance.random(500)), "s": ["a"] * 500})
    bad = pa.table({"n": pa.array(chance.integers(0, 9, 500)), "f": pa.array(chance.random(500) * 9), "s": ["a", "b"] * 250})
    tables = [clean, bad] * 20
    alone = [[verdict(one) for one in judged(table, *EVERY)] for table in (clean, bad)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda table: [verdict(one) for one in judged(table, *EVERY, rows=50)], tables))
    assert results == alone * 20


# ── what is covered ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "kwargs", "reason"),
    [
        (f"{COLUMN}values_to_be_dateutil_parseable", {"column": "a"}, "there is no fast form of its type"),
        (f"{COLUMN}values_to_match_regex", {"column": "a", "regex": "(?=a)"}, "its regular expression needs more than RE2 can"),
        (f"{COLUMN}values_to_match_regex", {"column": "a", "regex": r"\Aa\Z"}, ""),
        (f"{COLUMN}values_to_be_of_type", {"column": "a", "type_": "Int64Dtype"}, "it names a type of pandas"),
        (f"{COLUMN}values_to_be_unique", {"column": "a", "row_condition": "a + 1 > 2"}, "its row condition does more"),
        (f"{COLUMN}values_to_be_unique", {"column": "a", "row_condition": "(a > 2) & ~(b == 'x')"}, ""),
    ],
)
def test_what_is_covered(kind: str, kwargs: dict[str, Json], reason: str) -> None:
    found = uncovered({"id": "a", "type": kind, "kwargs": kwargs})
    assert found.startswith(reason) and bool(found) == bool(reason)


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        (f"{COLUMN}values_to_be_between", {"column": "a"}, "min_value and max_value cannot both be None"),
        (f"{COLUMN}values_to_be_between", {"column": "a", "min": 1}, "min: there is no such argument"),
        (f"{COLUMN}values_to_match_regex", {"column": "a"}, "regex is missing"),
        (f"{COLUMN}values_to_be_unique", {"column": "a", "mostly": 99}, "mostly: a number from 0 to 1"),
        ("auditor_format", {"column": "a", "format": "emial"}, "there is no format 'emial'"),
        (f"{COLUMN}values_to_be_in_set", {"column": "a", "value_set": "abc"}, "value_set: a list is expected"),
    ],
)
def test_wrong_arguments_are_told_with_a_cure(kind: str, kwargs: dict[str, Json], said: str) -> None:
    with pytest.raises(AuditorError, match=re.escape(said)) as raised:
        uncovered({"id": "x", "type": kind, "kwargs": kwargs})
    assert raised.value.cure


@pytest.mark.parametrize(
    ("column", "kind", "kwargs", "said"),
    [
        (["a"], f"{COLUMN}values_to_be_between", {"min_value": 1}, "values and bounds are not of one type"),
        ([1], f"{COLUMN}values_to_be_between", {"min_value": 3, "max_value": 1}, "min_value cannot be greater than max_value"),
        ([1], f"{COLUMN}value_lengths_to_equal", {"value": 1}, "its values have no length"),
        (["a", "b"], f"{COLUMN}values_to_be_increasing", {}, "its values cannot be subtracted from each other"),
        (["a"], f"{COLUMN}mean_to_be_between", {"min_value": 1}, "it is not about numbers"),
        ([[1]], f"{COLUMN}values_to_be_unique", {}, "lists and objects are not compared with each other"),
        ([1], f"{COLUMN}values_to_be_between", {"min_value": 1, "row_condition": "zz == 1"}, "there is no column 'zz'"),
    ],
)
def test_what_cannot_be_judged_is_an_error(column: list[Any], kind: str, kwargs: dict[str, Json], said: str) -> None:
    (one,) = judged(pa.table({"a": column}), (kind, {"column": "a", **kwargs}))
    assert (one.result.status, one.result.message) == ("error", said)


def test_nothing_to_look_at_is_vacuous() -> None:
    table = pa.table({"a": pa.nulls(3, pa.int64())})
    mean = f"{COLUMN}mean_to_be_between", {"column": "a", "max_value": 1}
    one, other = judged(table, (f"{COLUMN}values_to_be_unique", {"column": "a"}), mean)
    assert (one.result.status, other.result.status) == ("vacuous", "failed")


# ── formats ───────────────────────────────────────────────────────────────────────────────────────────────────────────

GOOD = {
    "base64": ["", "YQ==", "YWI=", "YWJj"],
    "date": ["2024-02-29"],
    "datetime": ["2024-02-29T12:00:00", "2024-02-29 12:00:00+01:00"],
    "email": ["a@b.org", "first.last+tag@sub.example.co"],
    "integer": ["0", "-17", "+5"],
    "ipv4": ["0.0.0.0", "255.1.10.99"],
    "ipv6": ["::1", "2001:db8::8a2e:370:7334"],
    "json": ["1", '{"a": [null]}'],
    "language": ["en", "pt-BR", "zh-Hant-TW", "sr-Latn", "de-DE-1996"],
    "md5": ["d41d8cd98f00b204e9800998ecf8427e"],
    "number": ["1.", ".5", "-1e10"],
    "sha1": ["da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    "sha256": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    "spdx": ["MIT", "Apache-2.0 OR (MIT AND BSD-3-Clause)"],
    "url": ["https://example.org", "http://a.b:80/c?d#e"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
}
BAD = {
    "base64": ["YQ", "Y===", "a b="],
    "date": ["2023-02-29", "20240229", "2024-02-29T00:00:00"],
    "datetime": ["2024-02-29", "noon"],
    "email": ["a@b", "a b@c.org", "@c.org", "a@@c.org", "a@-c.org"],
    "integer": ["1.0", "", "1e3"],
    "ipv4": ["256.0.0.1", "1.2.3", "01.2.3.4"],
    "ipv6": [":::", "1.2.3.4"],
    "json": ["{a: 1}", ""],
    "language": ["e", "english-", "en_US"],
    "md5": ["d41d8cd98f00b204e9800998ecf8427"],
    "number": ["nan", "1,5", "."],
    "sha1": ["zz39a3ee5e6b4b0d3255bfef95601890afd80709"],
    "sha256": ["e3b0c442"],
    "spdx": ["MIT OR", "(MIT"],
    "url": ["example.org", "https://", "https://a b.org"],
    "uuid": ["123e4567e89b12d3a456426614174000"],
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str) -> None:
    values = [*GOOD[name], *BAD[name], None]
    expected = list(range(len(GOOD[name]), len(values) - 1))
    assert failing(pa.table({"a": pa.array(values, pa.string())}), "auditor_format", column="a", format=name) == expected


# ── keys and sums ─────────────────────────────────────────────────────────────────────────────────────────────────────


@QUICK
@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 4), max_size=60), st.lists(st.integers(0, 12), max_size=60), st.integers(1, 70))
def test_repeated_keys_are_found_in_memory_and_by_way_of_files(heads: list[int], tails: list[int], most: int) -> None:
    pairs = list(zip(heads, tails, strict=False))
    table = np.array(pairs, np.uint64).reshape(-1, 2)
    often = Counter(pairs)
    with Keys(most) as found:
        for first in range(0, len(pairs), 7):
            found.add(table[first : first + 7], np.arange(first, min(first + 7, len(pairs))))
        assert found.repeated().tolist() == [place for place, pair in enumerate(pairs) if often[pair] > 1]
        assert found.distinct() == len(often)


def test_equal_values_have_equal_keys_whatever_holds_them() -> None:
    columns = [pa.array([1, 2**53]), pa.array([1.0, 2.0**53]), pa.array([1, 2**53], pa.uint64()), pa.array([1, 2**53], pa.int64())]
    found = [keys(Column(array, pa.field("a", array.type)).view()).tolist() for array in columns]
    assert all(each == found[0] for each in found)
    text = keys(Column(pa.array(["1", "2", None]), pa.field("a", pa.string())).view())
    assert len({tuple(each) for each in text.tolist()}) == 3


@QUICK
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=50))
def test_sums_of_fractions_are_rounded_once(values: list[float]) -> None:
    found = sum((sums(np.array([value])) for value in values), Sums())
    exact = [Fraction(value) for value in values]
    assert found == sums(np.array(values))
    total = sum(exact)
    assert found.sum == float(total)
    if len(values) > 1 and max(map(abs, values)) < 1e150:
        mean = total / len(values)
        variance = sum((each - mean) ** 2 for each in exact) / (len(values) - 1)
        assert found.deviation == pytest.approx(math.sqrt(variance), rel=1e-12)


@QUICK
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=50))
def test_sums_of_integers_are_exact(values: list[int]) -> None:
    found = sums(np.array(values, np.int64))
    assert found.sum == float(sum(values)) and found.mean == float(Fraction(sum(values), len(values)))


# ── times, row conditions, both engines ───────────────────────────────────────────────────────────────────────────────


def test_times_are_compared_in_utc() -> None:
    table = pa.table(
        {
            "zoned": pa.array([datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC), None], pa.timestamp("ms", "Asia/Tokyo")),
            "day": pa.array([date(2024, 1, 1), date(2024, 6, 1), None]),
            "text": ["2024-01-01T01:00:00+02:00", "2024-06-01", "soon"],
        }
    )
    for name, expected in (("zoned", [0]), ("day", [0]), ("text", [0, 2])):
        assert failing(table, f"{COLUMN}values_to_be_between", column=name, min_value="2024-01-01T00:00:01") == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("n != 1", [2]),
        ("not (s == 'a')", [1, 2]),
        ("`a b` > 1 and s in ['a', 'c']", [2]),
        ("0 < n <= 1 | (s == 'c')", None),
        ("(n == 1) | (s == 'c')", [0, 2]),
        ({"type": "or", "conditions": [{"type": "nullity", "column": {"name": "n"}, "is_null": True}]}, [1]),
    ],
)
def test_row_conditions(condition: Json, expected: list[int] | None) -> None:
    table = pa.table({"n": pa.array([1, None, 3]), "s": ["a", "b", "c"], "a b": [1.0, 2.0, 3.0], "x": [9, 9, 9]})
    kwargs = {"column": "x", "max_value": 0, "row_condition": condition, "condition_parser": "pandas"}
    if expected is None:
        assert uncovered({"id": "x", "type": f"{COLUMN}values_to_be_between", "kwargs": kwargs})
        return
    assert failing(table, f"{COLUMN}values_to_be_between", **kwargs) == expected


def test_engines_that_differ_are_an_error() -> None:
    (mine,) = judged(pa.table({"a": [5, 6, 7]}), (f"{COLUMN}values_to_be_between", {"column": "a", "max_value": 5}))
    same = Judged(result=replace(mine.result, rows=(1, 2)))
    assert compared(mine, same) is mine
    fewer = compared(mine, Judged(result=replace(mine.result, rows=(2,)))).result
    assert fewer.status == "error" and fewer.message == "the engines differ: only fast refuses row 1 of train, and 1 rows in all"
    other = compared(mine, Judged(result=Result(split="train", id="0", status="passed"))).result
    assert (other.status, other.message) == ("error", "the engines differ: fast says failed, Great Expectations passed")


# ── places as tables ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_places_are_written_as_they_are_listed(tmp_path: Path) -> None:
    (one,) = judged(pa.table({"a": list(range(40))}), (f"{COLUMN}values_to_be_between", {"column": "a", "max_value": 9}), rows=7)
    assert one.where is not None
    finding = Finding(rule="SCHM001", name="n", severity=Severity.HIGH, message="m", subject="s", where=one.where, check="c", count=30)
    plain = replace(finding, where=tuple(one.where))
    evidence.write(Report(run={}, dataset={}, config={}, findings=(finding, plain)), tmp_path)
    rows = pq.read_table(tmp_path / "findings.parquet").to_pylist()
    assert rows[:30] == rows[30:]
    assert [row["row"] for row in rows[:30]] == list(range(10, 40))
    assert rows[3]["fingerprint"] == finding.fingerprint_at(one.where[3]) != rows[4]["fingerprint"]
    assert finding.fingerprint_at(Location(digest=one.where[0].digest)) != replace(finding, check="d").fingerprint_at(one.where[0])
