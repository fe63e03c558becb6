"""Reads Arrow IPC, as a file or as a stream (what `save_to_disk` of Hugging Face datasets writes)."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import compression, whole
from auditor.sources.limits import SCARCE, footer, over
from auditor.sources.tables import ROWS, batches, check_schema, check_structure

if TYPE_CHECKING:
    import pyarrow as pa

MANY = 16 << 20
"""Bytes of a column that has been looked at from which on its pages are given back at once."""

_FILE = b"ARROW1"


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of an Arrow IPC file or stream; no value is looked at before its batch has been validated in full.

    The file is mapped, not held: its batches may be larger than the memory, unless their buffers are compressed.
    """
    return batches(shard, _parts(shard.file), tally)


def _parts(file: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    content = _content(file)
    try:
        for part in _stored(content):
            for column in part.columns:
                check_structure(column)
                if column.get_total_buffer_size() > MANY:  # nbytes reads offsets, which an empty child need not have
                    _give_back(content)
            for at in range(0, part.num_rows, ROWS):
                yield part.slice(at, ROWS)
                _give_back(content)
    except pa.ArrowInvalid as error:
        raise UnreadableError(f"damaged or truncated Arrow data: {str(error).splitlines()[0][:120]}", quoting=True) from error
    except MemoryError:
        raise UnreadableError(f"a record batch {SCARCE}, or write smaller batches") from None


def _content(file: str) -> mmap.mmap | bytearray:
    with Path(file).open("rb") as raw:
        head = raw.read(10)
        if compression(head):
            return whole(file)
        return mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) if head else bytearray()


def _give_back(content: mmap.mmap | bytearray) -> None:
    """Takes the pages of a mapped file that were read out of this process's memory; they come back when they are wanted."""
    if isinstance(content, mmap.mmap):
        content.madvise(mmap.MADV_DONTNEED)


def _stored(content: mmap.mmap | bytearray) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    is_file = content[:6] == _FILE
    if footer() < _description(content, is_file) <= len(content):
        raise UnreadableError(over("a description of the table", footer()))
    source = pa.BufferReader(pa.py_buffer(content))
    reader = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
    check_schema(reader.schema)
    if is_file:
        for place in range(reader.num_record_batches):
            yield reader.get_batch(place)
    else:
        yield from reader


def _description(content: mmap.mmap | bytearray, is_file: bool) -> int:
    """The length of a file's footer, or of a stream's first message, which an older version of the format has four bytes earlier."""
    if is_file:
        return int.from_bytes(content[-len(_FILE) - 4 : -len(_FILE)], "little")
    first = content[:4]
    return int.from_bytes(content[4:8] if first == b"\xff\xff\xff\xff" else first, "little")
