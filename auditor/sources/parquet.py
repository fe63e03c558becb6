"""Reads Parquet, a few thousand records at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import compression, whole
from auditor.sources.tables import BYTES, ROWS, batches, named_once

if TYPE_CHECKING:
    import pyarrow as pa

BUFFER = 1 << 20
"""Bytes of a column that are read from the file at once, however large its row groups."""


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a Parquet file; nothing is believed of the metadata that pandas leaves in it."""
    return batches(shard, _parts(shard.file), tally)


def _parts(file: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = _content(file)

    def opened(**options: Any) -> pq.ParquetFile:
        return pq.ParquetFile(file if content is None else pa.BufferReader(content), **options)

    with opened() as closed:
        meta, schema = closed.metadata, closed.schema_arrow
    named_once(schema)
    # What a page keeps once in its dictionary stays there until a batch of bounded size is cut: 300 bytes can stand for 20 GB.
    coded = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
    size = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups)) // max(1, meta.num_rows)
    with opened(metadata=meta, read_dictionary=coded, buffer_size=BUFFER, page_checksum_verification=True) as table:
        yield from table.iter_batches(batch_size=max(1, min(ROWS, BYTES // max(1, size))), use_threads=False)


def _content(file: str) -> bytes | None:
    """The bytes of a compressed file, None for one that can be read where it lies; UnreadableError where the footer is missing."""
    with Path(file).open("rb") as raw:
        if compression(raw.read(10)):
            content = whole(file)
            end = content[-4:]
        else:
            content = None
            raw.seek(max(0, raw.seek(0, 2) - 4))
            end = raw.read(4)
    if end not in {b"PAR1", b"PARE"}:
        raise UnreadableError("truncated, or no Parquet file: its footer is missing")
    return content
