"""Accumulators of columns: however the values are cut into parts and merged, they say what plain Python says of all of them."""

from __future__ import annotations

import datetime
import decimal
import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.kernels import columns, columns_numbers, columns_strings
from auditor.kernels.columns import KINDS, Column, as_arrow, merged, observed, of_arrow
from auditor.kernels.columns_numbers import counted, cut, keys_of, numbers_of
from auditor.kernels.columns_strings import FORMS, TOKENS, hashed
from auditor.kernels.hashes import fmix64
from auditor.kernels.texts import of_strings

FLOATS = st.floats(width=64) | st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 1.5, 2.0, float(1 << 53)])
SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def parts(values: list[object], cuts: list[int]) -> list[list[object]]:
    """The values in reverse, cut at these places."""
    turned, edges = values[::-1], sorted({min(each, len(values)) for each in cuts} | {0, len(values)})
    return [turned[a:b] for a, b in pairwise(edges)] or [[]]


@pytest.fixture(autouse=True, params=[4, 4096])
def cells(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """All tests with few cells and values, and with many."""
    monkeypatch.setattr(columns_numbers, "CELLS", request.param)
    monkeypatch.setattr(columns_strings, "VALUES", request.param)
    return int(request.param)


@given(st.lists(FLOATS, max_size=40), st.lists(st.integers(0, 40), max_size=5))
@SETTINGS
def test_numbers_are_those_of_plain_python_in_any_parts(cells: int, values: list[float], cuts: list[int]) -> None:
    finite = [each for each in values if math.isfinite(each)]
    found = columns_numbers.merged([counted(np.array(part, np.float64)) for part in parts(list(values), cuts)])
    assert Fraction(found.total, 1 << 1074) == sum(map(Fraction, finite))
    assert Fraction(found.squares, 1 << 2148) == sum(Fraction(each) ** 2 for each in finite)
    assert (found.nans, found.infinities) == (sum(map(math.isnan, values)), sum(map(math.isinf, values)))
    keys = [int(each) for each in keys_of(np.array(finite, np.float64))]
    bits = next(bits for bits in range(64, -1, -1) if len({key >> 64 - bits for key in keys}) <= cells)
    assert found.bits == bits
    assert dict(zip([int(each) >> 64 - bits for each in found.cells], found.counts.tolist(), strict=True)) == Counter(
        key >> 64 - bits for key in keys
    )
    for cell, low, high in zip(found.cells.tolist(), found.lows.tolist(), found.highs.tolist(), strict=True):
        inside = [key for key in keys if key >> 64 - bits == cell >> 64 - bits]
        assert (low, high) == (min(inside), max(inside))
    assert found.sample.tolist() == ([] if bits == 64 else sorted(fmix64(np.array([*{*keys}], np.uint64)).tolist())[:cells])


@given(st.lists(FLOATS, min_size=1, max_size=40))
@SETTINGS
def test_keys_keep_the_order_of_numbers_and_give_them_back(values: list[float]) -> None:
    numbers = np.array([each for each in values if not math.isnan(each)], np.float64)
    keys = keys_of(numbers)
    assert (numbers_of(keys) == numbers).all()
    assert (numbers[np.argsort(keys, kind="stable")] == np.sort(numbers)).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0, 1))
@SETTINGS
def test_moments_and_quantiles_are_those_of_the_sorted_values(cells: int, values: list[float], share: float) -> None:
    found = counted(np.array(values))
    assert found.mean == float(sum(map(Fraction, values)) / len(values))
    mean = sum(map(Fraction, values)) / len(values)
    assert found.variance == float(sum((Fraction(each) - mean) ** 2 for each in values) / len(values))
    assert (found.low, found.high) == (min(values), max(values))
    quantile = found.quantiles([share])[0]
    if found.exact:
        assert quantile == sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]
    assert min(values) <= quantile <= max(values)


def test_cells_of_fewer_bits_are_those_of_the_same_numbers() -> None:
    values = np.array([1.0, 1.1, 1.2, 7.0, -3.0])
    fewer = cut(counted(values), 12)
    assert numbers_of(fewer.lows).tolist() == [-3.0, 1.0, 7.0]
    assert numbers_of(fewer.highs).tolist() == [-3.0, 1.2, 7.0]
    assert fewer.counts.tolist() == [1, 3, 1]


def test_distinct_numbers_beyond_the_cells_are_estimated(cells: int) -> None:
    found = counted(np.arange(50_000.0))
    assert found.distinct == pytest.approx(50_000, rel=0.1) if cells == 4096 else found.distinct > 4


SOME = ("", "a", "b", " padded", "NA", "null", "12", "-3.5e2", "007", "yes", "2024-02-29", "2023-02-29", "x" * 70, "é")
TEXTS = st.sampled_from(SOME) | st.text(max_size=12)


@given(st.lists(TEXTS, max_size=40), st.lists(st.integers(0, 40), max_size=5))
@SETTINGS
def test_texts_are_counted_as_by_plain_python_in_any_parts(cells: int, values: list[str], cuts: list[int]) -> None:
    found = merged([observed(pa.array(part, pa.string())) for part in parts(list(values), cuts)]).strings
    counts = Counter(values)
    hashes = dict(zip(counts, hashed(of_strings(list(counts))).tolist(), strict=True))
    kept = sorted(counts, key=lambda text: hashes[text])[:cells]
    assert found.hashes.tolist() == [hashes[text] for text in kept]
    assert found.counts.tolist() == [counts[text] for text in kept]
    assert found.texts.to_pylist() == [text if len(text.encode()) <= 64 else None for text in kept]
    assert found.cut == (len(counts) > cells)
    assert found.tokens.tolist() == [counts[token] for token in TOKENS]
    forms = dict(zip(FORMS, found.forms.tolist(), strict=True))
    assert forms["empty"] == counts[""]
    assert forms["long"] == counts["x" * 70]
    assert forms["date"] == counts["2024-02-29"]
    assert found.lengths.total == sum(map(len, values)) << 1074


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 64, 255, 256, 257, 5000])
def test_a_text_s_hash_does_not_depend_on_its_neighbours_and_differs_from_theirs(size: int) -> None:
    text = "é" * (size // 2) + "x" * (size % 2)
    others = [text, "before", text, text + "\0", text[:-1], "y" + text, text]
    together = hashed(of_strings(others)).tolist()
    assert together[0] == together[2] == together[6] == hashed(of_strings([text])).tolist()[0]
    assert len(set(together)) == len(set(others))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        *(("0", "integer"), ("-12", "integer"), ("+7", "integer"), ("1.5", "number"), (".5", "number"), ("1.", "number")),
        *(("1e5", "number"), ("-2.5E-3", "number")),
        *(("007", "code"), ("00", "code"), ("+07", None), ("1e5555", None), ("1,5", None), ("--1", None), ("0x1f", None), ("١", None)),
        *(("True", "boolean"), ("no", "boolean"), ("tRue", None), ("1970-01-01", "date"), ("2024-02-30", None), ("2024-13-01", None)),
        *(("2024-01-31T23:59", "datetime"), ("2024-01-31 23:59:59.25Z", "datetime"), ("2024-01-31T10:00:00+02:00", "datetime")),
        *(("2024-01-31T25:00", None), (" a", "padded"), ("a\n", "padded"), ("", "empty")),
    ],
)
def test_what_a_text_looks_like(text: str, form: str | None) -> None:
    forms = observed(pa.array([text, "word"])).strings.forms
    assert {name for name, count in zip(FORMS, forms.tolist(), strict=True) if count} == ({form} if form else set())


def test_numbers_are_read_from_cells_without_types_only() -> None:
    cells = pa.array(["1", "+2", "3.5", "x", "007"])
    assert observed(cells, numeric=True).all_numbers.values().tolist() == [1.0, 2.0, 3.5]
    assert observed(cells).all_numbers.count == 0


def test_dates_are_moments_in_utc() -> None:
    read = observed(pa.array(["1970-01-02", "1970-01-01T01:00:00+01:00", "1970-01-01T00:00:01Z"])).all_times
    assert read.values().tolist() == [0.0, 1e6, 86_400e6]
    stored = observed(pa.array([datetime.date(1970, 1, 2), None])).all_times
    assert stored.values().tolist() == [86_400e6]


MIXED: dict[str, tuple[pa.Array, dict[str, bool], dict[str, int], int]] = {
    "integers": (pa.array([1, 2, 2, None]), {}, {"integer": 3}, 2),
    "large integers": (pa.array([2**60, 2**60 + 1, 7]), {}, {"integer": 3}, 3),
    "unsigned": (pa.array([2**64 - 1], pa.uint64()), {}, {"integer": 1}, 1),
    "floats": (pa.array([1.0, 1.5, float("nan")]), {}, {"integer": 1, "number": 2}, 3),
    "halves": (pa.array(np.array([1.5, 2], np.float16)), {}, {"integer": 1, "number": 1}, 2),
    "decimals": (pa.array([decimal.Decimal("1.5"), decimal.Decimal("2.0")]), {}, {"integer": 1, "number": 1}, 2),
    "booleans": (pa.array([True, False, True]), {}, {"boolean": 3}, 2),
    "lists": (pa.array([[1], [2, 3]]), {}, {"array": 2}, 0),
    "structs": (pa.array([{"a": 1}, None]), {}, {"object": 1}, 0),
    "bytes": (pa.array([b"x"]), {}, {"binary": 1}, 0),
    "durations": (pa.array([datetime.timedelta(1)]), {}, {"other": 1}, 0),
    "times": (pa.array([datetime.datetime(2020, 1, 1)]), {}, {"time": 1}, 1),
    "categories": (pa.array(["a", "b", "a"]).dictionary_encode(), {}, {"string": 3}, 2),
    "views": (pa.array(["a"], pa.string_view()), {}, {"string": 1}, 1),
    "nothing": (pa.nulls(3), {}, {}, 0),
    "JSON": (
        pa.array(['{"a": 1}', "[1]", "1", "2.5", '"x"', "true", "1.0", str(2**65)]),
        {"nested": True},
        {"object": 1, "array": 1, "integer": 3, "number": 1, "string": 1, "boolean": 1},
        5,
    ),
}


@pytest.mark.parametrize("name", MIXED)
def test_kinds_and_distinct_values_of_every_type(name: str, cells: int) -> None:
    values, options, kinds, distinct = MIXED[name]
    found = observed(values, **options)
    assert {kind: found.of(kind) for kind in KINDS if found.of(kind)} == kinds
    assert found.present == sum(kinds.values())
    assert (found.distinct, found.exact) == (distinct, True)


@pytest.mark.parametrize("name", MIXED)
def test_columns_pass_through_arrow_and_merge_in_any_parts(name: str) -> None:
    values, options, _, _ = MIXED[name]
    whole = observed(values, stored=True, **options)
    pieces = [observed(values.slice(place, 1), stored=True, **options) for place in reversed(range(len(values)))]
    assert as_arrow([merged(pieces)]).equals(as_arrow([whole]))
    through = of_arrow(as_arrow([columns.nothing(), whole]))
    assert as_arrow(through).equals(as_arrow([columns.nothing(), whole]))
    assert isinstance(through[1], Column)


def test_a_mixed_column_is_the_same_whether_a_batch_of_it_was_mixed_or_not() -> None:
    apart = merged([observed(pa.array([1, 2])), observed(pa.array(["x", "7"])), observed(pa.array([0.5]))])
    together = observed(pa.array(["1", "2", '"x"', '"7"', "0.5"]), nested=True)
    assert as_arrow([apart]).equals(as_arrow([together]))


def test_the_most_frequent_values_come_first_then_by_text() -> None:
    found = merged([observed(pa.array(["b", "a", "c", "c"])), observed(pa.array([3, 3, 3])), observed(pa.array([True]))])
    assert found.top(4) == [(3.0, 3), ("c", 2), (True, 1), ("a", 1)]


def test_a_frequent_number_is_found_among_many(cells: int) -> None:
    values = np.concatenate([np.linspace(1, 2, 20_000), np.full(500, -999.0)])
    assert observed(pa.array(values)).top(1) == [(-999.0, 500)]


def test_of_a_sensitive_column_there_are_only_counts() -> None:
    for values in (pa.array([3, 3, 5]), pa.array(["3", "3", "2020-01-01"]), pa.array([b"3", b"3", b"5"])):
        found = columns.veiled(values)
        assert found.present == 3
        assert found.distinct == (0 if pa.types.is_binary(values.type) else 2)
        assert not found.top(5)
        assert found.strings.texts.null_count == len(found.strings.texts)
        measures = (found.numbers, found.times, found.strings.numbers, found.strings.times, found.strings.lengths)
        assert not any(each.amount for each in measures)
