"""What a file's content says it is; where its ending says something else, the content is believed."""

from __future__ import annotations

import contextlib
import json

from auditor.dataset import Shard, UnreadableError
from auditor.sources.compression import blocks
from auditor.sources.lines import lines

HEAD = 4 << 20
"""Bytes by which a file is judged."""

_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}
_TEXT = {b"[": "json", b"{": "jsonl"}


def sniffed(head: bytes) -> str | None:
    """The format by the first bytes, decompressed: parquet, arrow, json (they begin with a bracket), jsonl (with a brace), or None."""
    binary = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    return binary or _TEXT.get(head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1])


def beginning(file: str, size: int = HEAD) -> bytes:
    """The first `size` decompressed bytes, or a few more; of a damaged file what comes before the damage."""
    head = bytearray()
    with contextlib.suppress(UnreadableError):
        for block in blocks(file):
            head += block
            if len(head) >= size:
                break
    return bytes(head)


def judged(shard: Shard) -> str:
    """The format to read the shard as: its own, unless what stands in it is plainly of another."""
    head = beginning(shard.file)
    seen = sniffed(head)
    if seen not in _TEXT.values():
        return seen or shard.format
    first, second = _first_lines(head)
    if shard.format in {"csv", "tsv"}:
        return "jsonl" if first is dict else shard.format
    if seen == "json":
        return "jsonl" if first is list and second else "json"
    if second and dict in {first, second}:
        return "jsonl"
    return shard.format if shard.format in _TEXT.values() else "jsonl" if first is dict else "json"


def _first_lines(head: bytes) -> tuple[type | None, type | None]:
    """The types of the JSON values on the first two lines that are not blank; object where there is none, None without such a line."""
    found: list[type | None] = []
    for line in lines([head]):
        if line and line.strip() and len(found) < 2:
            try:
                found.append(type(json.loads(line)))
            except (ValueError, RecursionError, MemoryError):
                found.append(object)
    found += [None, None]
    return found[0], found[1]
