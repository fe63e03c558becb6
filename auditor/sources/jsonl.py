"""Reads JSON lines: one object a line, blank lines between them, every other line refused by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from auditor.dataset import Batch, Shard, Tally
from auditor.sources.compression import blocks
from auditor.sources.limits import held, over
from auditor.sources.lines import batches, lines
from auditor.sources.values import Decoder, build, wrong


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a JSON lines file (RFC 8259 a line)."""
    return batches(shard, _records(shard, tally), build, tally)


def _records(shard: Shard, tally: Tally) -> Iterator[tuple[int, dict[str, Any], int]]:
    decoder, number = Decoder(tally), 0
    for line in lines(blocks(shard.file), held()):
        number += 1
        if line is not None and line.isspace() and not line.strip(b" \t\r\n"):
            continue
        tally.physical += 1
        if line is None:
            tally.refuse(over("a line", held()), number)
            continue
        size, ended = len(line), line.endswith((b"\n", b"\r"))
        try:
            text = line.decode().strip(" \t\r\n")
            del line  # a line may be large: of it, its text and its value only the last is kept
            value, end = decoder.decode(text)
            if end < len(text):
                raise json.JSONDecodeError("something follows the object", text, end)
            admitted = decoder.admit(value, text, number)
        except UnicodeDecodeError:
            tally.refuse("invalid UTF-8", number)
        except (ValueError, RecursionError, MemoryError) as error:
            tally.refuse(wrong(error) if ended or isinstance(error, MemoryError) else "the last line is cut off or no JSON", number)
        else:
            if admitted:
                del text
                yield number, value, size
