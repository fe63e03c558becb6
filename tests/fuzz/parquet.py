"""Parquet files taken apart into pages, and put together again with a page, a header or the footer spoiled.

Written without page checksums, so that what is spoiled is reached. Field numbers are those of parquet.thrift (Apache Parquet).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from . import columns, spoil, thrift
from .thrift import Struct, get, put

MAGIC = b"PAR1"
SEEDS = 400

_GROUPS, _COLUMNS, _META = 4, 1, 3
_CODEC, _CHUNK_BYTES, _DATA_AT, _DICTIONARY_AT = 4, 7, 9, 11
_OFFSET_INDEX_AT, _COLUMN_INDEX_AT, _CHUNK_AT = 4, 6, 2
_SIZE, _PACKED, _V2, _IS_PACKED, _LEVELS = 2, 3, 8, 7, (5, 6)
_CODECS = {1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: its header and what follows it, compressed as it stands in the file."""

    header: Struct
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The pages of one column in one row group."""

    group: int
    column: int
    codec: int
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A file: chunks in their order, what stands between them and the footer (page indexes), the footer."""

    chunks: tuple[Chunk, ...]
    indexes: bytes
    footer: Struct


def apart(data: bytes) -> Parts:
    """The parts of a sound file."""
    size = int.from_bytes(data[-8:-4], "little")
    footer, _ = thrift.decode(data, len(data) - 8 - size)
    chunks, end = [], 4
    for group, one in enumerate(get(footer, _GROUPS).values):
        for place, column in enumerate(get(one, _COLUMNS).values):
            meta = get(column, _META)
            at = get(meta, _DICTIONARY_AT) or get(meta, _DATA_AT)
            end, pages = at + get(meta, _CHUNK_BYTES), []
            while at < end:
                header, begins = thrift.decode(data, at)
                at = begins + get(header, _PACKED)
                pages.append(Page(header=header, payload=data[begins:at]))
            chunks.append(Chunk(group=group, column=place, codec=get(meta, _CODEC), pages=tuple(pages)))
    return Parts(chunks=tuple(chunks), indexes=data[end : len(data) - 8 - size], footer=footer)


def together(parts: Parts) -> bytes:
    """The file of the parts, with the places and sizes in its footer that its chunks really have."""
    out, footer = bytearray(MAGIC), parts.footer
    before = _data_bytes(parts.footer)
    for chunk in parts.chunks:
        begins, data_at = len(out), 0
        for page in chunk.pages:
            if not data_at and get(page.header, 1) != 2:
                data_at = len(out)
            out += thrift.encode(page.header) + page.payload
        footer = _placed(footer, chunk, begins, data_at or begins, len(out))
    footer = _shifted(footer, len(out) - before)
    tail = thrift.encode(footer)
    return bytes(out) + parts.indexes + tail + len(tail).to_bytes(4, "little") + MAGIC


def _data_bytes(footer: Struct) -> int:
    """Where the chunks of the file as it was end."""
    ends = [4]
    for group in get(footer, _GROUPS).values:
        for column in get(group, _COLUMNS).values:
            meta = get(column, _META)
            ends.append((get(meta, _DICTIONARY_AT) or get(meta, _DATA_AT)) + get(meta, _CHUNK_BYTES))
    return max(ends)


def _columns_changed(footer: Struct, change: Callable[[int, int, Struct], Struct]) -> Struct:
    groups = get(footer, _GROUPS)
    made = []
    for number, group in enumerate(groups.values):
        held = get(group, _COLUMNS)
        changed = tuple(change(number, place, column) for place, column in enumerate(held.values))
        made.append(put(group, replace(held, values=changed), _COLUMNS))
    return put(footer, replace(groups, values=tuple(made)), _GROUPS)


def _placed(footer: Struct, chunk: Chunk, begins: int, data_at: int, ends: int) -> Struct:
    def change(group: int, place: int, column: Struct) -> Struct:
        if (group, place) != (chunk.group, chunk.column):
            return column
        for path, number in (((_META, _CHUNK_BYTES), ends - begins), ((_META, _DATA_AT), data_at), ((_META, _DICTIONARY_AT), begins)):
            column = put(column, number, *path)
        return column

    return _columns_changed(footer, change)


def _shifted(footer: Struct, by: int) -> Struct:
    def change(_: int, __: int, column: Struct) -> Struct:
        for step in (_OFFSET_INDEX_AT, _COLUMN_INDEX_AT):
            column = put(column, (get(column, step) or 0) + by, step)
        return column

    return _columns_changed(footer, change) if by else footer


def spoiled(rng: Random) -> bytes:
    """A file with something wrong in it."""
    parts, data = rng.choice(seeds())
    way = rng.random()
    if way < 0.12:
        return spoil.binary(data, rng)
    if way < 0.15:
        return data[: rng.randrange(len(data))] + rng.choice((b"", MAGIC, data[-8:]))
    if way < 0.18:
        at = len(data) - 8
        return data[:at] + spoil.words(data[at:-4], rng) + MAGIC
    if way < 0.40 or not parts.chunks:
        return together_with(parts, rng)
    at = rng.randrange(len(parts.chunks))
    chunk = _chunk(parts.chunks[at], rng)
    return together(replace(parts, chunks=(*parts.chunks[:at], chunk, *parts.chunks[at + 1 :])))


def together_with(parts: Parts, rng: Random) -> bytes:
    """The file with its footer spoiled after its places were put in."""
    data = together(parts)
    size = int.from_bytes(data[-8:-4], "little")
    footer, _ = thrift.decode(data, len(data) - 8 - size)
    for _ in range(spoil.times(rng)):
        footer = thrift.spoiled(footer, rng)
    tail = thrift.encode(footer)
    return data[: len(data) - 8 - size] + tail + len(tail).to_bytes(4, "little") + MAGIC


def _chunk(chunk: Chunk, rng: Random) -> Chunk:
    way = rng.random()
    if not chunk.pages:
        return chunk
    at = rng.randrange(len(chunk.pages))
    pages, page = chunk.pages, chunk.pages[at]
    if way < 0.08:
        at, other = rng.randrange(len(pages)), rng.choice(pages)
        pages = rng.choice(((*pages[:at], *pages[at + 1 :]), (*pages[:at], other, *pages[at:]), pages[at:] + pages[:at]))
        return replace(chunk, pages=pages)
    if way < 0.35:
        for _ in range(spoil.times(rng)):
            page = replace(page, header=thrift.spoiled(page.header, rng))
    elif way < 0.5:
        page = replace(page, payload=spoil.words(page.payload, rng))
    else:
        page = _repacked(page, chunk.codec, rng)
    return replace(chunk, pages=(*pages[:at], page, *pages[at + 1 :]))


def _repacked(page: Page, codec: int, rng: Random) -> Page:
    """The page with its decompressed content spoiled, compressed again, with sizes that fit (or, rarely, do not)."""
    levels = sum(get(page.header, _V2, step) or 0 for step in _LEVELS)
    head, body = page.payload[:levels], page.payload[levels:]
    name = _CODECS.get(codec)
    size = get(page.header, _SIZE) - levels
    plain = any(field.id == _IS_PACKED and field.type == thrift.FALSE for field in get(page.header, _V2) or ())
    packed = name is not None and size > 0 and bool(body) and not plain
    raw = pa.decompress(body, size, name).to_pybytes() if packed else body
    change = spoil.words if rng.random() < 0.7 else spoil.binary
    if levels and rng.random() < 0.4:
        head = spoil.words(head, rng)
    else:
        raw = change(raw, rng)
    body = pa.compress(raw, name, asbytes=True) if packed else raw
    header = put(page.header, len(head) + len(body), _PACKED)
    if rng.random() < 0.97:
        header = put(header, len(head) + len(raw), _SIZE)
    return Page(header=header, payload=head + body)


@cache
def seeds() -> tuple[tuple[Parts, bytes], ...]:
    """Sound files of many shapes, the same in every process, each also in parts."""
    rng = Random("parquet")
    made: list[tuple[Parts, bytes]] = []
    while len(made) < SEEDS:
        data = _file(rng)
        if data is not None:
            made.append((apart(data), data))
    return tuple(made)


_ENCODINGS: dict[str, tuple[pa.DataType, ...]] = {
    "DELTA_BINARY_PACKED": (pa.int32(), pa.int64(), pa.timestamp("us", "UTC")),
    "DELTA_BYTE_ARRAY": (pa.string(), pa.binary(), pa.binary(3)),
    "DELTA_LENGTH_BYTE_ARRAY": (pa.string(), pa.binary()),
    "BYTE_STREAM_SPLIT": (pa.float32(), pa.float64(), pa.int32()),
    "RLE": (pa.bool_(),),
}


def _file(rng: Random) -> bytes | None:
    """A sound file; None where the library cannot write such a table, or not so that it can read it."""
    table, options = columns.table(rng), _options(rng)
    if rng.random() < 0.3:
        name = rng.choice(list(_ENCODINGS))
        kinds = [rng.choice(_ENCODINGS[name]) for _ in range(rng.randint(1, 3))]
        table = pa.table([columns.column(each, 30, rng) for each in kinds], names=["text", "label", "id"][: len(kinds)])
        options |= {"use_dictionary": False, "column_encoding": name}
    if rng.random() < 0.2:
        table = table.set_column(0, "text", table.column(0).dictionary_encode()) if _simple(table.schema.field(0).type) else table
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(table, sink, **options)
        content: bytes = sink.getvalue().to_pybytes()
        return content if _readable(content, table.num_rows) else None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        return None


def _readable(content: bytes, rows: int) -> bool:
    parts = pq.ParquetFile(pa.BufferReader(content)).iter_batches(batch_size=7, use_threads=False)
    return int(sum(part.num_rows for part in parts)) == rows


def _simple(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind))


def _options(rng: Random) -> dict[str, Any]:
    return {
        "compression": rng.choice(("none", "none", "snappy", "gzip", "brotli", "zstd", "lz4")),
        "use_dictionary": rng.random() < 0.5,
        "data_page_version": rng.choice(("1.0", "2.0")),
        "version": rng.choice(("1.0", "2.4", "2.6")),
        "row_group_size": rng.choice((3, 10, 1_000)),
        "data_page_size": rng.choice((1, 20, 1 << 20)),
        "write_batch_size": rng.choice((2, 10, 1_000)),
        "write_statistics": rng.random() < 0.5,
        "write_page_index": rng.random() < 0.2,
        "store_schema": rng.random() < 0.6,
        "write_page_checksum": False,
    }
