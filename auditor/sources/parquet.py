"""Reads Parquet, a few thousand records at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import compression, whole
from auditor.sources.limits import SCARCE, batch, columns, footer, over, too_wide
from auditor.sources.tables import ROWS, batches, check_schema, looked_at

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

LEAST, MOST = 1 << 10, 1 << 20
"""Bytes of a column that are read from the file at once, however large its row groups."""

SMALLEST = 12
"""Bytes of a Parquet file at least: its magic twice and the length of the footer."""


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a Parquet file; nothing is believed of the metadata that pandas leaves in it."""
    start = 0
    for group, part in _parts(shard):
        for each in batches(shard, iter([part]), tally, start, group):
            start += each.records.num_rows
            yield each


def schema(file: str) -> pa.Schema:
    """The schema of a Parquet file, with what its writer left among the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = _content(file)
    with pq.ParquetFile(file if content is None else pa.BufferReader(content), pre_buffer=False) as table:
        return table.schema_arrow


def _parts(shard: Shard) -> Iterator[tuple[int, pa.RecordBatch]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = _content(shard.file)

    def opened(**options: Any) -> pq.ParquetFile:
        source = shard.file if content is None else pa.BufferReader(content)
        return pq.ParquetFile(source, pre_buffer=False, page_checksum_verification=True, **options)

    with opened() as table:
        metadata, schema = table.metadata, table.schema_arrow
        if metadata.num_columns > columns():
            raise UnreadableError(too_wide("a table"))
        check_schema(schema)
        names = looked_at(shard, schema)
        wanted = [field for field in schema if names is None or field.name in names]
        coded = [field.name for field in wanted if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
    buffer = max(LEAST, min(MOST, batch() // max(1, metadata.num_columns)))
    try:
        with (
            opened(metadata=metadata, buffer_size=buffer) as values,
            opened(metadata=metadata, buffer_size=buffer, read_dictionary=coded) as dictionaries,
        ):
            yield from _of_groups(values, dictionaries, coded, names)
    except MemoryError:
        raise UnreadableError(f"a row group {SCARCE}, or write smaller row groups and pages") from None


def _of_groups(
    values: pq.ParquetFile, dictionaries: pq.ParquetFile, coded: list[str], names: list[str] | None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    groups = [values.metadata.row_group(place) for place in range(values.num_row_groups)]
    if values.metadata.num_rows != sum(group.num_rows for group in groups):
        raise UnreadableError("damaged: its footer contradicts itself about the number of records")
    for place, group in enumerate(groups):
        rows, size = group.num_rows, _at_once(group, _longest(dictionaries, place, coded))
        for part in values.iter_batches(batch_size=size, row_groups=[place], columns=names, use_threads=False):
            rows -= part.num_rows
            yield place, part
        if rows:  # the library ends in silence where columns are of unequal length
            raise UnreadableError("damaged: a row group does not hold as many records as the footer says")


def _at_once(group: pq.RowGroupMetaData, longest: int) -> int:
    """How many records of a row group to decode at once. Its size says little: 300 bytes with a dictionary can stand for 20 GB."""
    usual: int = group.total_byte_size // max(1, group.num_rows)
    return max(1, min(ROWS, 2 * batch() // max(1, usual), 8 * batch() // max(1, longest)))


def _longest(dictionaries: pq.ParquetFile, group: int, columns: list[str]) -> int:
    """The length of the longest string in the dictionaries of a row group."""
    import pyarrow as pa
    import pyarrow.compute as pc

    longest = 0
    for name in columns:
        with contextlib.suppress(OSError):  # the library cannot give what is delta-encoded as a dictionary
            first = next(dictionaries.iter_batches(batch_size=1, row_groups=[group], columns=[name], use_threads=False), None)
            for column in first.columns if first is not None else ():
                if pa.types.is_dictionary(column.type):
                    longest = max(longest, pc.max(pc.binary_length(column.dictionary)).as_py() or 0)
    return longest


def _content(file: str) -> bytearray | None:
    """The bytes of a compressed file, None for one that can be read where it lies; UnreadableError where the footer is missing, or huge."""
    with Path(file).open("rb") as raw:
        packed = compression(raw.read(10))
        size = raw.seek(0, os.SEEK_END)
        raw.seek(max(0, size - SMALLEST))
        content = whole(file) if packed else None
        end = raw.read() if content is None else bytes(content[-SMALLEST:])
    if len(end) < SMALLEST or end[-4:] not in {b"PAR1", b"PARE"}:
        raise UnreadableError("truncated, or no Parquet file: its footer is missing")
    if footer() < int.from_bytes(end[-8:-4], "little") <= (size if content is None else len(content)):
        raise UnreadableError(over("a description of the table", footer()))
    return content
