"""Parquet and Arrow files written anew by Arrow itself: the same schema, metadata and compression, and all but some records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from auditor.dataset import Shard
from auditor.fixing.texts import Added, Rows
from auditor.sources import arrow
from auditor.sources.compression import compression, whole

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 8_192
"""Records that are decoded at a time."""

GROUP = 64 << 20
"""Bytes of records that are held before they are written as a row group."""


def write_parquet(sink: BinaryIO, shard: Shard, dropped: Rows, added: Added) -> None:
    """A Parquet file without the rows that are dropped, and with those added at its end."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _parquet(shard) as table:
        schema, described = table.schema_arrow, table.metadata
        with pq.ParquetWriter(sink, schema, compression=_codecs(described), version=described.format_version) as writer:
            for group in range(table.num_row_groups):
                before = sum(described.row_group(each).num_rows for each in range(group))
                _write_group(writer, _without(table.iter_batches(ROWS, row_groups=[group], use_threads=False), dropped, before), schema)
            for other, rows in added:
                with _parquet(other) as theirs:
                    _write_group(writer, (part.cast(schema) for part in _only(theirs.iter_batches(ROWS, use_threads=False), rows)), schema)
            if not described.num_row_groups:
                writer.write_table(pa.Table.from_batches([], schema))


def _write_group(writer: Any, parts: Iterator[pa.RecordBatch], schema: pa.Schema) -> None:
    """The records as a row group, or as several where they are large."""
    import pyarrow as pa

    held, size = list[Any](), 0
    for part in parts:
        held.append(part)
        size += part.get_total_buffer_size()
        if size > GROUP:
            writer.write_table(pa.Table.from_batches(held, schema))
            held, size = [], 0
    if held:
        writer.write_table(pa.Table.from_batches(held, schema))


def _parquet(shard: Shard) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with Path(shard.file).open("rb") as raw:
        packed = compression(raw.read(10))
    return pq.ParquetFile(pa.BufferReader(whole(shard.file)) if packed else shard.file, pre_buffer=False)


def _codecs(described: Any) -> dict[str, str] | str:
    """How each column is compressed, as the first row group says."""
    if not described.num_row_groups:
        return "snappy"
    columns = [described.row_group(0).column(place) for place in range(described.num_columns)]
    return {each.path_in_schema: "NONE" if each.compression == "UNCOMPRESSED" else each.compression for each in columns}


def write_arrow(sink: BinaryIO, shard: Shard, dropped: Rows, added: Added) -> None:
    """An Arrow file or stream, whichever it was, without the rows that are dropped, and with those added at its end."""
    import pyarrow as pa

    stored = arrow.stored(shard.file)
    options = pa.ipc.IpcWriteOptions(compression=stored.codec)
    made = pa.ipc.new_file if stored.is_file else pa.ipc.new_stream
    with made(sink, stored.schema, options=options) as writer:
        for part in _without(stored.batches, dropped, 0):
            writer.write_batch(part)
        for other, rows in added:
            for part in _only(arrow.stored(other.file).batches, rows):
                writer.write_batch(part.cast(stored.schema))


def _without(parts: Iterator[pa.RecordBatch], dropped: Rows, start: int) -> Iterator[pa.RecordBatch]:
    """The records but for some; the first of them is of the row `start`."""
    for part in parts:
        kept = [row for row in range(part.num_rows) if start + row not in dropped]
        start += part.num_rows
        if len(kept) == part.num_rows:
            yield part
        elif kept:
            yield _taken(part, kept)


def _only(parts: Iterator[pa.RecordBatch], rows: Rows) -> Iterator[pa.RecordBatch]:
    start = 0
    for part in parts:
        kept = [row for row in range(part.num_rows) if start + row in rows]
        start += part.num_rows
        if kept:
            yield _taken(part, kept)


def _taken(part: pa.RecordBatch, rows: list[int]) -> pa.RecordBatch:
    import pyarrow as pa

    try:
        return part.take(pa.array(rows, pa.int64()))
    except pa.ArrowNotImplementedError:  # of views, nothing can be taken
        return pa.concat_batches([part.slice(row, 1) for row in rows])
