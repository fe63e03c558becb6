"""Reads JSON lines: one object a line, blank lines between them, every other line refused by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from auditor.dataset import Batch, Shard, Tally
from auditor.kernels import native
from auditor.sources.compression import blocks
from auditor.sources.limits import batch, columns, held, over
from auditor.sources.lines import ROWS, built, gather
from auditor.sources.values import CELLS, Decoder, build, wrong
from auditor.sources.window import Window

if TYPE_CHECKING:
    import pyarrow as pa

_BLANK = re.compile(rb"[ \t\r\n]*")
_ESCAPED = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a JSON lines file (RFC 8259 a line).

    A batch all of whose lines are plain is read by kernels, where there are compiled ones; any other line by line, to the same results.
    """
    text = Window(blocks(shard.file), batch(), held())
    rows, start, more = _records(text, tally), 0, True
    failure: Exception | None = None
    while more:
        parts = plain(text, tally)
        if parts is None:
            taken: list[tuple[int, dict[str, Any]]] = []
            more, failure = gather(rows, taken)
            parts = built(taken, build, tally)
        for numbers, records in parts:
            yield Batch(shard=shard, start=start, records=records, lines=numbers)
            start += records.num_rows
    if failure is not None:
        raise failure


def plain(text: Window, tally: Tally) -> Iterator[tuple[pa.Array, pa.RecordBatch]] | None:
    """The next batch, with its lines; None, and nothing is taken, where it is not plain or there is none."""
    if native.kernel("jsonl_cells") is None:
        return None
    from auditor.kernels.jsonl import CLOSED, MORE, Cells

    names = _names(text)
    if not 0 < len(names) <= min(columns(), CELLS // ROWS):
        return None
    try:
        cells = Cells(names, ROWS, batch(), text.limit)
        while (found := cells.find(text.data, text.at, text.end, text.ended and text.failure is None)) == MORE and text.more():
            pass
        records = cells.batch(text.data, text.at) if found in {CLOSED, MORE} and cells.records else None
    except MemoryError:
        return None
    if records is None:
        return None
    numbers = cells.numbers(text.number)
    tally.physical += cells.records
    text.take(cells.used, cells.lines)
    return iter([(numbers, records)])


def _names(text: Window) -> list[str]:
    """The keys of the next record; none where it is not plain: no object, a nested one, or one with a key that is escaped."""
    while (first := _BLANK.match(text.data, text.at, text.end)) is not None:
        stop = text.data.find(b"\n", first.end(), text.end)
        if stop >= 0 or text.end - text.at > text.limit or not text.more():
            break
    assert first is not None
    try:
        value = json.loads(text.data[first.end() : stop if stop >= 0 else text.end].decode())
    except (ValueError, RecursionError, MemoryError):
        return []
    if not isinstance(value, dict) or any(isinstance(each, dict | list) for each in value.values()):
        return []
    return [] if any(map(_ESCAPED.search, value)) else list(value)


def _records(text: Window, tally: Tally) -> Iterator[tuple[int, dict[str, Any], int]]:
    decoder = Decoder(tally)
    while (line := text.line()) != b"":
        number = text.number
        if line is not None and line.isspace() and not line.strip(b" \t\r\n"):
            continue
        tally.physical += 1
        if line is None:
            tally.refuse(over("a line", held()), number)
            continue
        size, ended = len(line), line.endswith((b"\n", b"\r"))
        try:
            value_text = line.decode().strip(" \t\r\n")
            del line  # a line may be large: of it, its text and its value only the last is kept
            value, end = decoder.decode(value_text)
            if end < len(value_text):
                raise json.JSONDecodeError("something follows the object", value_text, end)
            admitted = decoder.admit(value, value_text, number)
        except UnicodeDecodeError:
            tally.refuse("invalid UTF-8", number)
        except (ValueError, RecursionError, MemoryError) as error:
            tally.refuse(wrong(error) if ended or isinstance(error, MemoryError) else "the last line is cut off or no JSON", number)
        else:
            if admitted:
                del value_text
                yield number, value, size
