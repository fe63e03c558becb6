"""Small tables of every type, made from random numbers, as seeds of Parquet and Arrow files."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from random import Random
from typing import Any

import pyarrow as pa

from .texts import WORDS

_PLAIN: tuple[pa.DataType, ...] = (
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float32(), pa.float64()),
    *(pa.bool_(), pa.string(), pa.string(), pa.string(), pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(3)),
    *(pa.decimal128(9, 2), pa.decimal128(38, 0), pa.decimal256(50, 3), pa.date32(), pa.date64(), pa.time32("ms"), pa.time64("us")),
    *(pa.time64("ns"), pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.timestamp("ns")),
    *(pa.timestamp("ns", "Europe/Berlin"), pa.null(), pa.float16()),
)
_WHOLE: tuple[pa.DataType, ...] = (pa.uuid(), pa.json_(pa.string()), pa.opaque(pa.int32(), "type", "vendor"))
"""Types that stand inside no other one."""
ONLY_ARROW: tuple[pa.DataType, ...] = (
    *(pa.duration("ns"), pa.duration("s"), pa.month_day_nano_interval(), pa.string_view(), pa.binary_view(), pa.list_view(pa.string())),
    *(pa.large_list_view(pa.int8()), pa.run_end_encoded(pa.int32(), pa.string()), pa.run_end_encoded(pa.int16(), pa.int64())),
    *(pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.int64()), pa.dictionary(pa.uint8(), pa.large_string())),
    *(pa.dictionary(pa.int16(), pa.list_(pa.string())), pa.struct([("d", pa.dictionary(pa.int8(), pa.string()))])),
    *(pa.dense_union([pa.field("i", pa.int64()), pa.field("s", pa.string())]), pa.list_(pa.string_view())),
    *(pa.sparse_union([pa.field("i", pa.int8()), pa.field("s", pa.list_(pa.string()))]), pa.decimal32(5, 1), pa.decimal64(12, 2)),
)
"""Types that Parquet has not, or only as another one."""


def kind(rng: Random, more: tuple[pa.DataType, ...] = (), depth: int = 0) -> pa.DataType:
    """Any type, nested or not."""
    if depth > 2 or rng.random() < 0.7:
        return rng.choice(_PLAIN if depth else (*_PLAIN, *_WHOLE, *more))
    inner = kind(rng, (), depth + 1)
    way = rng.randrange(6)
    if way == 0:
        return pa.struct([("x", inner), ("y", pa.string())])
    if way == 1:
        return pa.map_(pa.string(), inner)
    if way == 2:
        return pa.list_(inner, 2)
    if way == 3:
        return pa.large_list(inner)
    return pa.list_(inner)


_SCALARS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType, Random], Any]], ...] = (
    (pa.types.is_integer, lambda _, rng: rng.choice((0, 1, 2, 3, 5, 100, rng.randrange(128)))),
    (pa.types.is_floating, lambda _, rng: rng.choice((0.0, 1.5, -2.0, float("nan"), 3.0))),
    (pa.types.is_boolean, lambda _, rng: rng.random() < 0.5),
    (pa.types.is_fixed_size_binary, lambda of, rng: rng.randbytes(of.byte_width)),
    (lambda of: of in {pa.binary(), pa.large_binary(), pa.binary_view()}, lambda _, rng: rng.randbytes(rng.randrange(5))),
    (pa.types.is_decimal, lambda of, rng: decimal.Decimal(rng.randrange(100)) / (10 if of.scale else 1)),
    (pa.types.is_date, lambda _, __: datetime.date(2020, 2, 29)),
    (pa.types.is_time, lambda _, __: datetime.time(1, 2, 3)),
    (pa.types.is_timestamp, lambda of, __: datetime.datetime(2020, 2, 29, 1, 2, 3, tzinfo=datetime.UTC if of.tz else None)),
    (pa.types.is_duration, lambda _, rng: datetime.timedelta(seconds=rng.randrange(100))),
    (pa.types.is_interval, lambda _, __: pa.MonthDayNano([1, 2, 3])),
)


def _scalar(of: pa.DataType, rng: Random) -> Any:
    make = next((make for fits, make in _SCALARS if fits(of)), None)
    return rng.choice(WORDS) if make is None else make(of, rng)


def value(of: pa.DataType, rng: Random, empty: float) -> Any:
    """A value of a type, null in a share of cases."""
    types = pa.types
    if types.is_null(of) or rng.random() < empty:
        return None
    if types.is_struct(of):
        return {field.name: value(field.type, rng, empty) for field in of}
    if types.is_map(of):
        return [(f"k{place}", value(of.item_type, rng, empty)) for place in range(rng.randrange(3))]
    if types.is_fixed_size_list(of):
        return [value(of.value_type, rng, empty) for _ in range(of.list_size)]
    if types.is_list(of) or types.is_large_list(of) or types.is_list_view(of) or types.is_large_list_view(of):
        return [value(of.value_type, rng, empty) for _ in range(rng.randrange(4))]
    return _scalar(of, rng)


def column(of: pa.DataType, rows: int, rng: Random) -> pa.Array:
    """An array of a type; half of them without nulls, some of few different values."""
    empty = rng.choice((0.0, 0.0, 0.2, 0.9))
    if pa.types.is_union(of):
        return _union(of, rows, rng)
    if pa.types.is_dictionary(of):
        words = pa.array([value(of.value_type, rng, 0.0) for _ in range(4)], of.value_type)
        return pa.DictionaryArray.from_arrays(pa.array([rng.choice((0, 1, 2, 3, None)) for _ in range(rows)], of.index_type), words)
    if isinstance(of, pa.RunEndEncodedType):
        ends = sorted(rng.sample(range(1, rows + 1), min(rows, 3)))
        ends = [*ends[:-1], rows] if rows else []
        values = pa.array([value(of.value_type, rng, empty) for _ in ends], of.value_type)
        return pa.RunEndEncodedArray.from_arrays(pa.array(ends, of.run_end_type), values, of)
    if isinstance(of, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(of, column(of.storage_type, rows, rng))
    if pa.types.is_struct(of) and pa.types.is_dictionary(of[0].type):
        return pa.StructArray.from_arrays([column(of[0].type, rows, rng)], fields=list(of))
    return pa.array([value(of, rng, empty) for _ in range(rows)], of)


def _union(of: pa.DataType, rows: int, rng: Random) -> pa.Array:
    ids = [rng.randrange(2) for _ in range(rows)]
    if of.mode == "sparse":
        parts = [column(field.type, rows, rng) for field in of]
        return pa.UnionArray.from_sparse(pa.array(ids, pa.int8()), parts, [field.name for field in of])
    parts = [column(field.type, ids.count(place), rng) for place, field in enumerate(of)]
    offsets = [ids[:at].count(each) for at, each in enumerate(ids)]
    return pa.UnionArray.from_dense(pa.array(ids, pa.int8()), pa.array(offsets, pa.int32()), parts, [field.name for field in of])


def table(rng: Random, more: tuple[pa.DataType, ...] = ()) -> pa.Table:
    """One to four columns, up to forty records, the first column mostly text."""
    rows = rng.choice((0, 1, 2, 5, 12, 40))
    kinds = [pa.string() if rng.random() < 0.5 else kind(rng, more), *(kind(rng, more) for _ in range(rng.randrange(3)))]
    return pa.table([column(each, rows, rng) for each in kinds], names=["text", "label", "id", "more"][: len(kinds)])
