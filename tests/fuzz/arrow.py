"""Arrow IPC files and streams taken apart into messages, and spoiled: buffers, the words that describe them, metadata, framing.

Layout: Arrow columnar format, "Serialization and Interprocess Communication"; field numbers are those of Message.fbs and File.fbs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cache
from random import Random

import pyarrow as pa

from . import columns, spoil

SEEDS = 400
MAGIC = b"ARROW1\0\0"
_MARK = b"\xff\xff\xff\xff"
_END = _MARK + b"\0\0\0\0"
_RECORDS, _DICTIONARY = 3, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An encapsulated message: its flatbuffer and its body, and where in these lengths, counts and buffers are."""

    metadata: bytes
    body: bytes
    described: tuple[int, ...] = ()
    """Places in the metadata of 64-bit numbers that describe the body: lengths, null counts, offsets, sizes."""
    buffers: tuple[tuple[int, int], ...] = ()
    """Where in the body each buffer is that is not empty: offset and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A stream's messages; of a file also what follows them (its footer, the footer's length and the magic)."""

    messages: tuple[Message, ...]
    tail: bytes


def apart(data: bytes) -> Parts:
    """The parts of a sound file or stream."""
    at, messages = len(MAGIC) if data.startswith(MAGIC) else 0, []
    while data[at : at + 8] != _END:
        begins = at + 8
        ends = begins + struct.unpack_from("<i", data, at + 4)[0]
        metadata = data[begins:ends]
        body = _scalar(metadata, _table(metadata, struct.unpack_from("<I", metadata)[0]), 3, "<q")
        at = ends + body
        messages.append(_described(metadata, data[ends:at]))
    return Parts(messages=tuple(messages), tail=data[at:])


def together(parts: Parts, is_file: bool) -> bytes:
    """The bytes of the parts. Of a file, the places in its footer are as they were."""
    framed = (_MARK + struct.pack("<i", len(each.metadata)) + each.metadata + each.body for each in parts.messages)
    return (MAGIC if is_file else b"") + b"".join(framed) + parts.tail


def _table(data: bytes, at: int) -> dict[int, int]:
    """Where the fields of a flatbuffer's table are, by number."""
    virtual = at - struct.unpack_from("<i", data, at)[0]
    size = struct.unpack_from("<H", data, virtual)[0]
    offsets = struct.unpack_from(f"<{size // 2 - 2}H", data, virtual + 4)
    return {number: at + offset for number, offset in enumerate(offsets) if offset}


def _scalar(data: bytes, table: dict[int, int], field: int, form: str) -> int:
    return int(struct.unpack_from(form, data, table[field])[0]) if field in table else 0


def _follow(data: bytes, at: int) -> int:
    return at + int(struct.unpack_from("<I", data, at)[0])


def _vector(data: bytes, table: dict[int, int], field: int) -> list[int]:
    """The places of a vector's elements, pairs of 64-bit numbers."""
    if field not in table:
        return []
    at = _follow(data, table[field])
    return [at + 4 + 16 * place for place in range(struct.unpack_from("<I", data, at)[0])]


def _described(metadata: bytes, body: bytes) -> Message:
    message = _table(metadata, struct.unpack_from("<I", metadata)[0])
    kind = _scalar(metadata, message, 1, "<B")
    if kind not in {_RECORDS, _DICTIONARY}:
        return Message(metadata=metadata, body=body)
    records = _table(metadata, _follow(metadata, message[2]))
    if kind == _DICTIONARY:
        records = _table(metadata, _follow(metadata, records[1]))
    nodes, spans = _vector(metadata, records, 1), _vector(metadata, records, 2)
    places = [place + half for place in (*nodes, *spans) for half in (0, 8)]
    found = [struct.unpack_from("<qq", metadata, span) for span in spans]
    return Message(
        metadata=metadata,
        body=body,
        described=(*places, *([records[0]] if 0 in records else []), *([message[3]] if 3 in message else [])),
        buffers=tuple((offset, size) for offset, size in found if size),
    )


def spoiled(rng: Random, is_file: bool) -> bytes:
    """A file, or a stream, with something wrong in it."""
    parts, data = rng.choice(seeds(is_file))
    way = rng.random()
    if way < 0.1:
        return spoil.binary(data, rng)
    if way < 0.14:
        return data[: rng.randrange(len(data))] + rng.choice((b"", data[-10:], _END))
    if way < 0.22:
        return together(replace(parts, tail=spoil.words(parts.tail, rng)), is_file)
    if way < 0.3:
        return together(replace(parts, messages=_reordered(parts.messages, rng)), is_file)
    messages = list(parts.messages)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(messages))
        messages[at] = _message(messages[at], rng)
    return together(replace(parts, messages=tuple(messages)), is_file)


def _reordered(messages: tuple[Message, ...], rng: Random) -> tuple[Message, ...]:
    at, other = rng.randrange(len(messages)), rng.choice(messages)
    made = rng.choice(((*messages[:at], *messages[at + 1 :]), (*messages[:at], other, *messages[at:]), messages[at:] + messages[:at]))
    return tuple(made)


def _message(message: Message, rng: Random) -> Message:
    way = rng.random()
    if message.buffers and way < 0.5:
        offset, size = rng.choice(message.buffers)
        buffer = spoil.words(message.body[offset : offset + size], rng)
        return replace(message, body=message.body[:offset] + buffer + message.body[offset + size :])
    if message.described and way < 0.75:
        at = rng.choice(message.described)
        number = struct.unpack_from("<q", message.metadata, at)[0] + rng.choice((-8, -1, 1, 8, 64))
        number = rng.choice((number, rng.choice(spoil.EDGES), rng.randrange(64)))
        return replace(message, metadata=message.metadata[:at] + struct.pack("<Q", number % (1 << 64)) + message.metadata[at + 8 :])
    return replace(message, metadata=_metadata(message.metadata, rng))


def _metadata(data: bytes, rng: Random) -> bytes:
    """A flatbuffer in which a word, or a small number (an enum, a union's type), is another."""
    small = [place for place, byte in enumerate(data) if 0 < byte < 32]
    if small and rng.random() < 0.5:
        at = rng.choice(small)
        return data[:at] + bytes([rng.randrange(32)]) + data[at + 1 :]
    at = rng.randrange(0, max(1, len(data) - 3), 4)
    return data[:at] + spoil.words(data[at : at + 4], rng) + data[at + 4 :]


@cache
def seeds(is_file: bool) -> tuple[tuple[Parts, bytes], ...]:
    """Sound files, or streams, of many shapes, the same in every process, each also in parts."""
    rng = Random("arrow")
    made = [_written(rng, is_file) for _ in range(SEEDS)]
    return tuple((apart(data), data) for data in made)


def _written(rng: Random, is_file: bool) -> bytes:
    table = columns.table(rng, columns.ONLY_ARROW)
    options = pa.ipc.IpcWriteOptions(
        compression=rng.choice((None, None, None, "lz4", "zstd")),
        unify_dictionaries=is_file,
        emit_dictionary_deltas=not is_file and rng.random() < 0.5,
    )
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_file if is_file else pa.ipc.new_stream)(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rng.choice((2, 10, 100)))
    content: bytes = sink.getvalue().to_pybytes()
    return content
