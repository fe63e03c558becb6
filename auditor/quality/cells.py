"""The values of records as digests: equal values have equal ones, whatever the type of the column that holds them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.dataset import Batch, as_json, is_json, is_text
from auditor.kernels.hashes import P, fmix64
from auditor.kernels.sets import U64
from auditor.kernels.shingles import raw_digests
from auditor.kernels.texts import of_arrow, of_strings

TEXT, NUMBER, OTHER = 0x9D5F, 0x3C61, 0x71B3
"""What keeps a text, a number and everything else apart that are written alike."""

EXACT = 1 << 53
"""The integers from which on floating-point numbers leave some out."""


_NUMERIC = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
"""What reads as a number in a cell."""


def once(values: NDArray[Any]) -> NDArray[Any]:
    """The values in ascending order, each once; numpy.unique looks them up in a table, which was most of the work here."""
    ranked = np.sort(values)
    kept = np.ones(len(ranked), np.bool_)
    kept[1:] = ranked[1:] != ranked[:-1]
    return ranked[kept]


def record_digests(batch: Batch, columns: list[str]) -> U64:
    """A digest of each record's values in these columns: uint64 of shape (records, 2), zeros where all are null.

    A null, and a column that the batch has not, add nothing; the order of the columns makes no difference.
    """
    total = np.zeros((batch.records.num_rows, 2), np.uint64)
    for name in columns:
        if name in batch.records.schema.names:
            found, known = cell_digests(batch, name)
            salt = raw_digests(of_strings([json.dumps(name)]))[0]
            total[known] += fmix64(found[known] * np.uint64(P) + salt)
    return total


def cell_digests(batch: Batch, column: str) -> tuple[U64, Any]:
    """A digest of each value of a column, of shape (records, 2), and whether there is one (bool).

    Texts are as they stand; numbers are equal if they are (1 and 1.0); everything else is as canonical JSON.
    """
    field, values = batch.records.schema.field(column), batch.records.column(column)
    if pa.types.is_dictionary(values.type):
        inner = dataclasses.replace(batch, records=_alone(field.with_type(values.type.value_type), values.dictionary))
        found, known = cell_digests(inner, column)
        places = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
        here = values.is_valid().to_numpy(zero_copy_only=False)
        return (found[places], here & known[places]) if len(found) else (np.zeros((len(values), 2), np.uint64), here)
    known = values.is_valid().to_numpy(zero_copy_only=False)
    if is_json(field):
        return _mixed([None if each is None else json.loads(each) for each in values.to_pylist()]), known
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        return raw_digests(of_arrow(values.cast(pa.large_string()).fill_null(""))) ^ np.uint64(TEXT), known
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return _numbers(values), known
    return _mixed(values.to_pylist()), known


def _alone(field: pa.Field, column: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([column], schema=pa.schema([field]))


def _numbers(values: pa.Array) -> U64:
    """Digests of a column of integers or floating-point numbers."""
    if pa.types.is_integer(values.type):
        whole = values.fill_null(0)
        high = pc.max(whole).as_py() or 0, pc.min(whole).as_py() or 0
        if max(map(abs, high)) > EXACT:
            return _mixed(values.to_pylist())
    return _doubles(values.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False))


def _doubles(values: Any) -> U64:
    plain = np.where(np.isnan(values), np.nan, values) + 0.0  # one zero, one NaN
    bits = plain.view(np.uint64)
    return np.stack([fmix64(bits + np.uint64(NUMBER)), fmix64(~bits + np.uint64(NUMBER))], axis=1)


def _mixed(values: list[Any]) -> U64:
    """Digests of any values, one by one."""
    found = np.zeros((len(values), 2), np.uint64)
    texts = [place for place, each in enumerate(values) if isinstance(each, str)]
    small = [place for place, each in enumerate(values) if _is_number(each)]
    rest = sorted(set(range(len(values))) - set(texts) - set(small))
    if texts:
        found[texts] = raw_digests(_valid([values[place] for place in texts])) ^ np.uint64(TEXT)
    if small:
        found[small] = _doubles(np.array([float(values[place]) for place in small]))
    if rest:
        found[rest] = raw_digests(_valid([as_json(values[place]) for place in rest])) ^ np.uint64(OTHER)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) <= EXACT)


def _valid(texts: list[str]) -> Any:
    return of_strings([each.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for each in texts])


def numbers(batch: Batch, column: str) -> tuple[Any, Any]:
    """Which values of a column are finite numbers (bool), and they (float64); where every cell is text, also those that read as one."""
    values = batch.records.column(column)
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        found = values.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy(zero_copy_only=False)
        return np.isfinite(found), found
    if batch.typed or not is_text(batch.records.schema.field(column)):
        return np.zeros(len(values), np.bool_), np.zeros(len(values))
    cells = values.cast(pa.large_string())
    like = pc.match_substring_regex(cells, _NUMERIC).fill_null(False)
    found = pc.utf8_ltrim(pc.if_else(like, cells, None), "+").cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.isfinite(found), found
