"""Reads Arrow IPC, as a file or as a stream (what `save_to_disk` of Hugging Face datasets writes)."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import compression, whole
from auditor.sources.limits import SCARCE, footer, over
from auditor.sources.tables import ROWS, batches, check_schema, check_structure, looked_at

if TYPE_CHECKING:
    import pyarrow as pa

MANY = 16 << 20
"""Bytes of a column that has been looked at from which on its pages are given back at once."""

_FILE = b"ARROW1"
_SCHEMA, _BATCHES, _HEADER, _COMPRESSION = 1, 3, 2, 3
"""Fields: schema and record batches of a footer, header of a message, compression of a record batch."""

_CODECS = ("lz4", "zstd")
"""How the buffers of a record batch are compressed, by the number of CompressionType in format/Message.fbs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An Arrow file (or stream) as it was written: its schema, the codec of its buffers (None: not compressed), and its batches."""

    is_file: bool
    codec: str | None
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of an Arrow IPC file or stream; no value is looked at before its batch has been validated in full.

    The file is mapped, not held: its batches may be larger than the memory, unless their buffers are compressed.
    """
    return batches(shard, _parts(shard), tally)


def schema(file: str) -> pa.Schema:
    """The schema of an Arrow file or stream, with what its writer left among the metadata."""
    return _opened(_content(file)).schema


def stored(file: str) -> Stored:
    """What stands in an Arrow file that a reader has accepted."""
    content = _content(file)
    return Stored(is_file=content[:6] == _FILE, codec=_codec(content), schema=_opened(content).schema, batches=_stored(content))


def _codec(content: mmap.mmap | bytearray) -> str | None:
    """The codec of the first record batch."""
    import pyarrow as pa

    buffer = pa.py_buffer(content)
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(buffer.slice(8) if content[:6] == _FILE else buffer)):
        if message.type == "record batch":
            number = _Flat(message.metadata.to_pybytes()).codec()
            return None if number is None else _CODECS[number]
    return None


def _parts(shard: Shard) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    content = _content(shard.file)
    try:
        for stored in _stored(content):
            names = looked_at(shard, stored.schema)
            part = stored if names is None else stored.select(names)
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


def _opened(content: mmap.mmap | bytearray) -> Any:
    """The library's reader of a file, or of a stream."""
    import pyarrow as pa

    is_file = content[:6] == _FILE
    if footer() < _description(content, is_file) <= len(content):
        raise UnreadableError(over("a description of the table", footer()))
    source = pa.BufferReader(pa.py_buffer(content))
    return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)


def _stored(content: mmap.mmap | bytearray) -> Iterator[pa.RecordBatch]:
    reader = _opened(content)
    check_schema(reader.schema)
    if content[:6] == _FILE:
        _check_footer(content)
        for place in range(reader.num_record_batches):
            yield reader.get_batch(place)
    else:
        yield from reader


def _check_footer(content: mmap.mmap | bytearray) -> None:
    """UnreadableError where a file's footer does not list the records, and in the order of bytes, that a reader of its stream finds."""
    import pyarrow as pa

    buffer, end = pa.py_buffer(content), len(content) - len(_FILE) - 4
    footer = _Flat(bytes(content[end - _description(content, is_file=True) : end]))
    listed, agrees, first = footer.blocks(), True, None
    messages = iter(pa.ipc.MessageReader.open_stream(pa.BufferReader(buffer.slice(8))))
    try:
        while listed and agrees and (message := next(messages, None)) is not None:
            if first is None:
                first = _Flat(message.metadata.to_pybytes())
                agrees = first.swapped(_HEADER) == footer.swapped(_SCHEMA)
            elif message.type == "record batch":
                agrees = listed.pop(0) == message.body.address - buffer.address or not message.body.size
    except (pa.ArrowInvalid, OSError):
        agrees = False
    if listed or not agrees:
        raise UnreadableError("damaged: its footer and its messages are not of the same records, so that readers would disagree")


class _Flat:
    """A flatbuffer of format/File.fbs or format/Message.fbs of Apache Arrow, which the library has verified; fields count from 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._root = self._number("<I", 0)

    def swapped(self, schema: int) -> int:
        """The order of bytes (1: big-endian) in the schema that is this field of the root."""
        table = self._table(self._root, schema)
        place = self._field(table, 0)
        return self._number("<h", place) if place else 0

    def blocks(self) -> list[int]:
        """Where the values of the record batches of a footer begin: offset and length of what describes them, added."""
        place = self._field(self._root, _BATCHES)
        vector = place + self._number("<I", place) if place else 0
        count = self._number("<I", vector) if place else 0
        return [sum(struct.unpack_from("<qi", self._data, vector + 4 + 24 * block)) for block in range(count)]

    def codec(self) -> int | None:
        """The number of the codec of a message's record batch; None where its buffers are not compressed."""
        batch = self._table(self._root, _HEADER)
        if not self._field(batch, _COMPRESSION):
            return None
        place = self._field(self._table(batch, _COMPRESSION), 0)
        return self._number("<b", place) if place else 0

    def _number(self, kind: str, place: int) -> int:
        number: int = struct.unpack_from(kind, self._data, place)[0]
        return number

    def _field(self, table: int, field: int) -> int:
        fields = table - self._number("<i", table)
        inside = 4 + 2 * field < self._number("<H", fields)
        offset = self._number("<H", fields + 4 + 2 * field) if inside else 0
        return table + offset if offset else 0

    def _table(self, table: int, field: int) -> int:
        place = self._field(table, field)
        return place + self._number("<I", place)


def _description(content: mmap.mmap | bytearray, is_file: bool) -> int:
    """The length of a file's footer, or of a stream's first message, which an older version of the format has four bytes earlier."""
    if is_file:
        return int.from_bytes(content[-len(_FILE) - 4 : -len(_FILE)], "little")
    first = content[:4]
    return int.from_bytes(content[4:8] if first == b"\xff\xff\xff\xff" else first, "little")
