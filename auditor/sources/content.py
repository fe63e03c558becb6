"""What a file's content says it is; where its ending says something else, the content is believed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from itertools import chain

from auditor.dataset import Shard, UnreadableError
from auditor.sources.compression import blocks
from auditor.sources.lines import lines

HEAD = 4 << 20
"""Bytes by which a file is judged."""

FEWEST = 16
"""Bytes, blanks before them not counted, that tell what begins in a file."""

_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}
_TEXT = {b"[": "json", b"{": "jsonl"}


def sniffed(head: bytes) -> str | None:
    """The format by the first bytes, decompressed: parquet, arrow, json (they begin with a bracket), jsonl (with a brace), or None."""
    binary = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    return binary or _TEXT.get(_text(head)[:1])


def _text(head: bytes) -> bytes:
    """What follows a byte order mark and blanks."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def beginning(file: str, size: int = HEAD) -> bytes:
    """The first `size` decompressed bytes, or a few more; of a damaged file what comes before the damage."""
    return b"".join(_first_blocks(file, size))


def _first_blocks(file: str, size: int) -> Iterator[bytes]:
    read = 0
    with contextlib.suppress(UnreadableError):
        for block in blocks(file):
            yield block
            read += len(block)
            if read >= size:
                break


def judged(shard: Shard) -> str:
    """The format to read the shard as: its own, unless what stands in it is plainly of another."""
    read, head = _first_blocks(shard.file, HEAD), b""
    while len(_text(head)) < FEWEST and (block := next(read, b"")):
        head += block
    seen = sniffed(head)
    if seen not in _TEXT.values():
        return seen or shard.format
    first, second = _first_lines(chain([head], read))
    if shard.format in {"csv", "tsv"}:
        return "jsonl" if first is dict else shard.format
    if seen == "json":
        return "jsonl" if first is list and second else "json"
    if second and dict in {first, second}:
        return "jsonl"
    return shard.format if shard.format in _TEXT.values() else "jsonl" if first is dict else "json"


def _first_lines(blocks: Iterable[bytes]) -> tuple[type | None, type | None]:
    """The types of the JSON values on the first two lines that are not blank; object where there is none, None without such a line."""
    found: list[type | None] = []
    for line in lines(blocks):
        if line and line.strip():
            try:
                found.append(type(json.loads(line)))
            except (ValueError, RecursionError, MemoryError):
                found.append(object)
            if len(found) == 2:
                break
    found += [None, None]
    return found[0], found[1]
