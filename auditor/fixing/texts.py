"""Text files as pieces of bytes, each of one record or of none, so that a file without some records has the others byte for byte."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from auditor.dataset import Shard, Tally, UnreadableError
from auditor.sources import open_shard
from auditor.sources.compression import blocks, whole
from auditor.sources.lines import lines

Piece = tuple[int | None, bytes]
"""The row of a record in its file, or None for what is no record (a header, an empty line), and the bytes."""

Rows = frozenset[int]
Added = Sequence[tuple[Shard, Rows]]
"""Records of other files: the file, and which rows of it."""

_MARK = b"\xef\xbb\xbf"
_SPACE = re.compile(r"[ \t\n\r]*")
_OBJECTS = re.compile(r"\[[ \t\n\r]*\{")


def write_lines(sink: BinaryIO, shard: Shard, dropped: Rows, added: Added) -> None:
    """A CSV, TSV or JSONL file without the rows that are dropped, and with those added at its end."""
    end, last = b"\n", b""
    for row, data in pieces(shard):
        if row not in dropped:
            sink.write(data)
            last = data or last
            end = b"\r\n" if data.endswith(b"\r\n") else end
    for data in (data for other, rows in added for row, data in pieces(other) if row in rows):
        if last and not last.endswith((b"\n", b"\r")):
            sink.write(end)
        sink.write(data)
        last = data


def pieces(shard: Shard) -> Iterator[Piece]:
    """A CSV, TSV or JSONL file in pieces that together are all its bytes.

    A record begins on the line that its reader says, and ends before the next one, but for the empty lines between the two.
    """
    firsts, row, held = _firsts(shard), None, list[bytes]()
    coming = next(firsts, None)
    for number, line in enumerate(_lines(shard), start=1):
        if coming is not None and number == coming[1]:
            yield from _closed(row, held)
            row, held = coming[0], []
            coming = next(firsts, None)
        held.append(line)
    yield from _closed(row, held)


def _closed(row: int | None, held: list[bytes]) -> Iterator[Piece]:
    size = len(held)
    while row is not None and size > 1 and not held[size - 1].strip(b" \t\r\n"):
        size -= 1
    yield row, b"".join(held[:size])
    if size < len(held):
        yield None, b"".join(held[size:])


def _firsts(shard: Shard) -> Iterator[tuple[int, int]]:
    """Each row with the line that it begins on."""
    row = 0
    for batch in open_shard(shard, Tally()):
        for line in batch.lines.to_pylist() if batch.lines is not None else ():
            yield row, line
            row += 1


def _lines(shard: Shard) -> Iterator[bytes]:
    """The physical lines, with a byte order mark."""
    source = blocks(shard.file)
    first = next(source, b"")
    mark = _MARK if first.startswith(_MARK) else b""

    def again() -> Iterator[bytes]:
        yield first
        yield from source

    for line in lines(again()):
        if line is None:
            raise UnreadableError("a line is too long to be written: more with --max-memory")
        yield mark + line
        mark = b""


def write_json(sink: BinaryIO, shard: Shard, dropped: Rows, added: Added) -> None:
    """A JSON document without the elements that are dropped, and with those added after its last one; all others keep their text."""
    text, spans = _elements(shard)
    start, end = (spans[0][0], spans[-1][1]) if spans else (0, 0)
    between = text[spans[0][1] : spans[1][0]] if len(spans) > 1 else ","
    written = False
    sink.write(_encoded(text[:start]))
    for row, (first, last) in enumerate(spans):
        if row not in dropped:
            before = text[spans[row - 1][1] : first] if written else ""
            sink.write(_encoded(before + text[first:last]))
            written = True
    for data in (data for other, rows in added for data in elements(other, rows)):
        sink.write((_encoded(between) if written else b"") + data)
        written = True
    sink.write(_encoded(text[end:]))


def elements(shard: Shard, rows: Iterable[int]) -> Iterator[bytes]:
    """The text of some elements of a JSON document, in order of their rows."""
    text, spans = _elements(shard)
    for row in sorted(rows):
        yield _encoded(text[slice(*spans[row])])


def _elements(shard: Shard) -> tuple[str, list[tuple[int, int]]]:
    """The text of a JSON document that its reader has read, and where the elements of its array of objects stand."""
    text = codecs.decode(whole(shard.file), "utf-8", "surrogateescape")
    decoder = json.JSONDecoder(parse_int=len, parse_float=len)
    at = _past(text, 1 if text.startswith("\ufeff") else 0)
    return text, _in_array(decoder, text, at) if text[at] == "[" else _in_object(decoder, text, at)


def _in_object(decoder: json.JSONDecoder, text: str, at: int) -> list[tuple[int, int]]:
    mark = "{"
    while mark != "}":
        at = _past(text, decoder.raw_decode(text, _past(text, at + 1))[1])
        at = _past(text, at + 1)
        if _OBJECTS.match(text, at):
            return _in_array(decoder, text, at)
        at = _past(text, decoder.raw_decode(text, at)[1])
        mark = text[at]
    return []


def _in_array(decoder: json.JSONDecoder, text: str, at: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = _past(text, at + 1)
    while text[at] != "]":
        first = _past(text, at + (text[at] == ","))
        last: Any = decoder.raw_decode(text, first)[1]
        spans.append((first, last))
        at = _past(text, last)
    return spans


def _past(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
