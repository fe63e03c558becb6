"""What is observed of the cells of a batch: where texts are garbled or say null, the extreme numbers, and a digest of every column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.dataset import Batch, is_text
from auditor.kernels.columns_strings import TOKENS
from auditor.kernels.hashes import P, fmix64
from auditor.kernels.sets import I64
from auditor.model import Json
from auditor.quality.cells import cell_digests, numbers

KEPT = 101
"""How many of the lowest and of the highest numbers of a column are kept: one more than an outlying few may be."""

LOST = "\N{REPLACEMENT CHARACTER}"

_LEAD = "[\u00c2-\u00f4]"
_FOLLOWING = "".join(bytes([each]).decode("cp1252", "ignore") or chr(each) for each in range(0x80, 0xC0))
_SUSPICIOUS = f"{_LEAD}[{_FOLLOWING}]"
"""What the first two bytes of a letter in UTF-8 look like in Windows-1252."""

_SURE = (*range(0xA0, 0x180), *range(0x2010, 0x2040), 0x20AC, 0x2122)
"""Code points that need no neighbour to be believed: letters of Latin-1 and its first extension, punctuation, € and ™. That É with a
closing quotation mark after it would be another letter is chance."""

SCHEMA = pa.schema(
    {"kind": pa.string(), "column": pa.string(), "row": pa.int64(), "line": pa.int64(), "number": pa.float64()}
    | dict.fromkeys(("high", "low"), pa.uint64())
)
"""`kind` is garbled, lost, null or extreme, with `row`, `line` (-1: none) and the digest of the cell; or content, with the sum of
digests over the batch."""


def observed(batch: Batch, context: Mapping[str, Json]) -> pa.Table:
    """Rows of SCHEMA; of columns in `veiled` no number, and no digests of cells of it (but of all cells)."""
    parts = [part for name in batch.records.schema.names for part in _column(batch, name, name in context["veiled"])]
    return pa.concat_tables([SCHEMA.empty_table(), *parts])


def _column(batch: Batch, name: str, veiled: bool) -> Iterator[pa.Table]:
    digests, known = cell_digests(batch, name)
    rows = np.arange(batch.start, batch.start + batch.records.num_rows, dtype=np.uint64)
    salted = fmix64(digests[known] * np.uint64(P) + fmix64(rows[known] + np.uint64(1))[:, None])
    high, low = salted.sum(axis=0, dtype=np.uint64).tolist() if known.any() else (0, 0)
    whole = {"kind": "content", "column": name, "row": None, "line": None, "number": None, "high": high, "low": low}
    yield pa.Table.from_pylist([whole], SCHEMA)
    column = batch.records.column(name)
    if is_text(batch.records.schema.field(name)):
        texts = column.cast(pa.large_string())
        lost = np.flatnonzero(pc.match_substring(texts, LOST).fill_null(False))
        yield _places(batch, name, "lost", lost, digests)
        yield _places(batch, name, "garbled", garbled(texts), digests)
        token = pc.index_in(texts, value_set=pa.array(TOKENS, pa.large_string())).fill_null(-1).to_numpy(zero_copy_only=False)
        said = np.flatnonzero(token >= 0)
        yield _places(batch, name, "null", said, digests, token[said].astype(np.float64))
    if not veiled:
        there, values = numbers(batch, name)
        chosen = _extremes(np.flatnonzero(there), values)
        yield _places(batch, name, "extreme", chosen, digests, values[chosen])


def _extremes(places: I64, values: Any) -> I64:
    """The places of the lowest and of the highest numbers; of equal ones any, since they are outlying all or not at all."""
    if len(places) <= 2 * KEPT:
        return places
    order = np.argpartition(values[places], (KEPT, len(places) - KEPT))
    return places[np.append(order[:KEPT], order[-KEPT:])]


def garbled(texts: pa.LargeStringArray) -> I64:
    """The places of the texts that hold UTF-8 read as Windows-1252 or Latin-1: what would be a letter if its bytes were read again."""
    candidates = np.flatnonzero(pc.match_substring_regex(texts, _SUSPICIOUS).fill_null(False))
    return np.array([place for place in candidates.tolist() if _is_garbled(texts[place].as_py())], np.int64)


def _is_garbled(text: str) -> bool:
    """Whether some run of characters beyond ASCII, as bytes, is UTF-8 throughout."""
    data = b"".join(_byte(each) for each in text)
    runs = (run for run in data.split(b"\0") if len(run) > 1)
    return any(_decodes(run) for run in runs)


def _byte(character: str) -> bytes:
    """The byte that a character beyond ASCII stands for; 0, which separates, for all others."""
    if character.isascii():
        return b"\0"
    for encoding in ("cp1252", "latin-1"):
        try:
            return character.encode(encoding)
        except UnicodeEncodeError:
            continue
    return b"\0"


def _decodes(run: bytes) -> bool:
    try:
        found = run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(found) > 1 or ord(found) in _SURE


def _places(batch: Batch, name: str, kind: str, chosen: I64, digests: Any, number: Any = None) -> pa.Table:
    lines = np.full(len(chosen), -1) if batch.lines is None else batch.lines.to_numpy(zero_copy_only=False)[chosen]
    columns = [
        pa.array([kind] * len(chosen), pa.string()),
        pa.array([name] * len(chosen), pa.string()),
        pa.array(chosen + batch.start),
        pa.array(lines, pa.int64()),
        pa.nulls(len(chosen), pa.float64()) if number is None else pa.array(number, pa.float64()),
        pa.array(digests[chosen, 0]),
        pa.array(digests[chosen, 1]),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
