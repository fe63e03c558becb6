"""Which records are learnt from and which are held out: by a hash of their contents, so that their order does not matter. Equal records of
a batch are told apart by counting them: where there are few different ones, each side has some of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.dataset import JSON_FIELD, Batch, Shard, as_json, is_json, json_values
from auditor.kernels.columns_strings import hashed
from auditor.kernels.hashes import fmix64
from auditor.kernels.sets import U64
from auditor.kernels.texts import of_arrow, of_strings

SAMPLE = 64 << 20
"""Bytes of files up to which all records are looked at; of larger ones every second, fourth, ... by their hash."""


def level(sizes: Iterable[int]) -> int:
    """How many bits of a record's hash must be zero for it to be looked at, for files of these sizes."""
    return max(0, (sum(sizes) - 1) // SAMPLE).bit_length()


def hashes(records: pa.RecordBatch) -> U64:
    """A hash of each record, over all its values and how many equal ones come before it."""
    total = np.zeros(records.num_rows, np.uint64)
    for place, column in enumerate(records.columns):
        total += fmix64(_hashes(column) + np.uint64(place + 1))
    order = np.argsort(total, kind="stable")
    first = np.flatnonzero(np.concatenate([[True], total[order][1:] != total[order][:-1]])) if len(order) else order
    before = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    total[order] += fmix64(before.astype(np.uint64))
    return fmix64(total)


def _hashes(column: pa.Array) -> U64:
    kind, is_ = column.type, pa.types
    if is_.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    missing = np.asarray(column.is_null())
    if is_.is_string(kind) or is_.is_large_string(kind):
        found = hashed(of_arrow(column.cast(pa.large_string()).fill_null("")))
    elif is_.is_floating(kind) or is_.is_integer(kind):
        found = column.fill_null(0).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).view(np.uint64)
    elif is_.is_timestamp(kind) or is_.is_date(kind):
        found = (
            column.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64()).fill_null(0).to_numpy().view(np.uint64)
        )
    elif is_.is_boolean(kind):
        found = np.asarray(column.fill_null(False)).astype(np.uint64)
    else:
        found = hashed(of_strings([as_json(value) for value in column.to_pylist()]))
    return np.where(missing, np.uint64(1), fmix64(found))


def filled(batch: Batch, prose: Sequence[str]) -> Batch:
    """The batch with the empty text in empty cells of prose, where every cell is text: as the schema is judged."""
    records = batch.records
    for place, name in enumerate(records.schema.names):
        if name in prose and not batch.typed:
            records = records.set_column(place, records.schema.field(place), records.column(place).fill_null(""))
    return replace(batch, records=records)


def chosen(batch: Batch, bits: int, holdout: float) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Of the records whose hash begins with `bits` zeros those to learn from, and those that are held out (a share of `holdout`)."""
    found = hashes(batch.records)
    looked = found >> np.uint64(64 - bits) == 0 if bits else np.ones(len(found), np.bool_)
    held = (fmix64(found) >> np.uint64(11)).astype(np.float64) < holdout * float(1 << 53)
    return _some(batch, looked & ~held), _some(batch, looked & held)


def _some(batch: Batch, which: NDArray[np.bool_]) -> pa.RecordBatch:
    return batch.records.filter(pa.array(which))


def packed(records: pa.RecordBatch) -> bytes:
    """Records as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, records.schema) as writer:
        writer.write_batch(records)
    data: bytes = sink.getvalue().to_pybytes()
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Records of several batches; `typed` is False where every cell is text, and then columns of `prose` have no missing values."""

    records: pa.Table
    typed: bool
    prose: tuple[str, ...] = ()

    def never_missing(self, name: str) -> bool:
        """Whether a column has no missing values, whatever the records are."""
        return not self.typed and name in self.prose


def joined(parts: Sequence[tuple[pa.RecordBatch, bool]]) -> Table:
    """The records of all parts. A column that parts give different types has the one that holds all values, else JSON texts."""
    names = dict.fromkeys(name for records, _ in parts for name in records.schema.names)
    columns = [_joined([records for records, _ in parts], name) for name in names]
    table = pa.Table.from_arrays([column for _, column in columns], schema=pa.schema([field for field, _ in columns]))
    return Table(records=table, typed=all(typed for _, typed in parts))


def _joined(parts: Sequence[pa.RecordBatch], name: str) -> tuple[pa.Field, pa.ChunkedArray]:
    given = [part.schema.field(name) for part in parts if name in part.schema.names]
    if not any(map(is_json, given)):
        try:
            schemas = [pa.schema([each.remove_metadata()]) for each in given]
            field = pa.unify_schemas(schemas, promote_options="permissive").field(0)
            return field, pa.chunked_array([_cast(part, field) for part in parts], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            pass  # no type holds all of them
    field = pa.field(name, pa.string(), metadata=JSON_FIELD)
    texts = [pa.array(json_values(_batch(part), name), pa.string()) for part in parts]
    return field, pa.chunked_array(texts, pa.string())


def _cast(part: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name not in part.schema.names:
        return pa.nulls(part.num_rows, field.type)
    return part.column(field.name).cast(field.type)


def _batch(records: pa.RecordBatch) -> Batch:
    return Batch(shard=Shard(path="", file="", split="", format=""), start=0, records=records)


def unpacked(data: Any) -> pa.RecordBatch:
    """Records from an Arrow stream."""
    with pa.ipc.open_stream(data) as stream:
        return stream.read_next_batch()
