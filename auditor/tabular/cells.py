"""Cells of a column as keys of eight bytes, and whole values as digests of sixteen: all that is kept of a table's records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.dataset import Batch, is_json, is_text, texts
from auditor.doors.frames import as_time
from auditor.kernels.hashes import byte_digests
from auditor.kernels.sets import U64

F64 = NDArray[np.float64]

MISSING, NUMBER, OTHER = 0, 1, 2
"""What a cell holds: nothing (null, an empty CSV cell, NaN); a number, or a moment in microseconds; anything else."""

EXACT = 1 << 53
"""From here on integers are kept as text, since float64 does not tell them apart."""

_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """`kinds` (uint8) and `keys` (uint64) of the cells of some records: the bits of a float64, or a hash, 0 where nothing is."""

    kinds: NDArray[np.uint8]
    keys: U64

    @property
    def numbers(self) -> F64:
        """The numbers; NaN where there is none."""
        return np.where(self.kinds == NUMBER, self.keys.view(np.float64), np.nan)


def cells(batch: Batch, name: str) -> Cells:
    """The cells of a column; all missing where the batch has none of that name."""
    if name not in batch.records.schema.names:
        size = batch.records.num_rows
        return Cells(kinds=np.zeros(size, np.uint8), keys=np.zeros(size, np.uint64))
    numbers = _numbers(batch, name)
    kinds = np.where(np.isnan(numbers), MISSING, NUMBER).astype(np.uint8)
    keys = np.where(kinds == NUMBER, numbers + 0.0, 0.0).view(np.uint64).copy()  # -0.0 is 0.0
    if pa.types.is_floating(batch.records.column(name).type):
        return Cells(kinds=kinds, keys=keys)
    known = digests(batch, name)
    others = known.any(axis=1) & (kinds != NUMBER)
    kinds[others], keys[others] = OTHER, known[others, 0]
    return Cells(kinds=kinds, keys=keys)


def _numbers(batch: Batch, name: str) -> F64:
    """The numbers of a column, NaN where there is none. Texts are read as numbers where all cells are text (CSV)."""
    column = batch.records.column(name)
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    kind = column.type
    if is_text(batch.records.schema.field(name)):
        return _read(column) if not batch.typed else np.full(len(column), np.nan)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _floats(column.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        found = _floats(column)
        return np.where(np.abs(found) < EXACT, found, np.nan) if pa.types.is_integer(kind) else found
    return np.full(len(column), np.nan)


def _read(column: pa.Array) -> F64:
    found = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    good = pc.and_(pc.match_substring_regex(found, _NUMBER), pc.less_equal(pc.utf8_length(found), _LONGEST))
    plain = pc.replace_substring_regex(found, r"^\+", "")
    numbers = _floats(pc.if_else(good, plain, pa.scalar(None, pa.large_string())))
    return np.where(np.abs(numbers) < EXACT, numbers, np.nan)


def _floats(column: pa.Array) -> F64:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    found: F64 = column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.array(found)


def plain(batch: Batch, name: str) -> pa.LargeStringArray:
    """The values as texts: strings as they are, everything else as JSON; null for what is missing or empty."""
    size = batch.records.num_rows
    if name not in batch.records.schema.names:
        return pa.nulls(size, pa.large_string())
    column, field = batch.records.column(name), batch.records.schema.field(name)
    if is_text(field) or (pa.types.is_integer(field.type) and not is_json(field)):
        found = column.cast(pa.large_string())
    else:
        found = pa.array(texts(batch, name), pa.large_string())
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.large_string()), found)


def digests(batch: Batch, name: str) -> U64:
    """Digests of the values as texts: uint64 of shape (records, 2), zeros for what is missing."""
    return digested(plain(batch, name))


def digested(values: pa.LargeStringArray) -> U64:
    """Digests of texts: uint64 of shape (texts, 2), zeros for null."""
    filled = values.fill_null("")
    _, places, data = filled.buffers()
    offsets = np.frombuffer(places, np.int64, len(filled) + 1, 8 * filled.offset)
    found = byte_digests(data.to_pybytes()[offsets[0] : offsets[-1]] if data is not None else b"", offsets - offsets[0])
    found[values.is_null().to_numpy(zero_copy_only=False)] = 0
    return found


def moments(batch: Batch, name: str) -> tuple[F64, NDArray[np.bool_]]:
    """The times of a column as float64: numbers as they are, moments in microseconds from 1970 UTC, NaN where there is none; and which
    of them are moments.
    """
    size = batch.records.num_rows
    if name not in batch.records.schema.names:
        return np.full(size, np.nan), np.zeros(size, np.bool_)
    numbers, field = _numbers(batch, name), batch.records.schema.field(name)
    if not is_text(field):
        timed = pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)
        return numbers, np.full(size, timed) & ~np.isnan(numbers)
    values = plain(batch, name)
    said = np.isnan(numbers) & values.is_valid().to_numpy(zero_copy_only=False)
    numbers[said] = _moments(values.filter(pa.array(said)))
    return numbers, said & ~np.isnan(numbers)


def _moments(values: pa.LargeStringArray) -> F64:
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):  # without zones, with zones: what Arrow reads at once
        try:
            return _floats(values.cast(kind).cast(pa.int64()))
        except pa.ArrowInvalid:
            continue
    found = [moment.timestamp() * 1e6 if (moment := as_time(value)) is not None else np.nan for value in values.to_pylist()]
    return np.array(found, np.float64)
