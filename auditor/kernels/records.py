"""What was observed of all records (an Arrow table) as arrays that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels.pairing import Listed, Records
from auditor.kernels.shingles import I64, Sets, joined

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Records in canonical order, one value an array for each: the place of its split and its row there, its shard, its physical line
    (-1: none), numbers of its raw text and its label (-1: unknown); `observed` is the table they come from, `labels` the labels by number.
    """

    records: Records
    row: I64
    shard: I64
    line: I64
    raw: I64
    label: I64
    labels: list[str]
    observed: pa.Table

    def text(self, record: int) -> str | None:
        """The beginning of the record's text, None where it was not kept."""
        value: str | None = self.observed["text"][record].as_py()
        return value

    def raw_digest(self, record: int) -> str:
        """The digest of the record's raw text, hexadecimal."""
        digest: bytes = self.observed["raw"][record].as_py()
        return digest.hex()


def of_shards(observed: pa.Table, shards: Iterable[int]) -> pa.Table:
    """The observed records of some shards."""
    mine = np.isin(_numbers(observed["shard"]), list(shards))
    return observed if mine.all() else observed.filter(pa.array(mine.tolist(), pa.bool_()))


def gather(observed: pa.Table, splits: Mapping[int, int], firsts: Mapping[int, int], evaluation: Sequence[bool]) -> Observed:
    """The observed records; `splits` and `firsts` give for each shard the place of its split and the row its records begin with there.

    A label that every record of an evaluation split has is unknown: such splits hide their labels.
    """
    shard = _numbers(observed["shard"])
    split = _looked_up(splits, shard)
    tokens = _numbers(observed["tokens"])
    text, founders = _numbered(observed["digest"])
    empty = tokens == 0
    label, labels = _labels(observed["label"])
    for place, hidden in enumerate(evaluation):
        there = split == place
        if hidden and there.any() and len(np.unique(label[there])) == 1:
            label[there] = -1
    records = Records(split=split, text=np.where(empty, -1, text), texts=_sets(observed["shingles"], founders), tokens=tokens[founders])
    return Observed(
        records=records,
        row=_looked_up(firsts, shard) + _numbers(observed["row"]),
        shard=shard,
        line=_numbers(observed["line"]),
        raw=_numbered(observed["raw"])[0],
        label=label,
        labels=labels,
        observed=observed,
    )


def _looked_up(values: Mapping[int, int], keys: I64) -> I64:
    table = np.full(max(values, default=-1) + 1, -1)
    table[list(values)] = list(values.values())
    found: I64 = table[keys]
    return found


def _numbers(column: pa.ChunkedArray) -> I64:
    """An int64 column as an array."""
    parts = [np.frombuffer(c.buffers()[1], np.int64, len(c), c.offset * 8) for c in column.chunks if len(c)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _numbered(column: pa.ChunkedArray) -> tuple[I64, I64]:
    """Each 16-byte digest's number, in order of first appearance, and the record in which each number appears first."""
    halves = [np.frombuffer(c.buffers()[1], np.uint64, 2 * len(c), c.offset * 16) for c in column.chunks if len(c)]
    pairs = (np.concatenate(halves) if halves else np.zeros(0, np.uint64)).reshape(-1, 2)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    new = np.ones(len(order), np.bool_)
    new[1:] = (pairs[order[1:]] != pairs[order[:-1]]).any(axis=1)
    founders = order[new]
    number = np.empty(len(order), np.int64)
    ranks = np.empty(len(founders), np.int64)
    ranks[np.argsort(founders)] = np.arange(len(founders))
    number[order] = ranks[np.cumsum(new) - 1]
    return number, np.sort(founders)


def _labels(column: pa.ChunkedArray) -> tuple[I64, list[str]]:
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    codes = encoded.indices.fill_null(-1).to_pylist()
    return np.array(codes, np.int64), encoded.dictionary.to_pylist()


def _sets(column: pa.ChunkedArray, records: I64) -> Sets:
    """The shingle sets of some records, which are ascending."""
    parts, base = [], 0
    for chunk in column.chunks:
        inside = records[np.searchsorted(records, base) : np.searchsorted(records, base + len(chunk))] - base
        offsets = np.frombuffer(chunk.buffers()[1], np.int64, len(chunk) + 1, chunk.offset * 8)
        values = chunk.values
        data = values.buffers()[1]
        flat = np.frombuffer(data, np.uint64, len(values), values.offset * 8) if data is not None else np.zeros(0, np.uint64)
        parts.append(Sets(offsets=offsets, values=flat).take(inside))
        base += len(chunk)
    return joined(parts)


def similarities(listed: Listed, records: Records, pairs: I64 | None = None) -> tuple[F64, F64, F64]:
    """Jaccard similarity, containment of the left record in the right one, of the right one in the left; for all pairs, or some."""
    chosen = slice(None) if pairs is None else pairs
    left, right = (records.texts.sizes[records.text[side[chosen]]] for side in (listed.left, listed.right))
    overlap = listed.overlap[chosen]
    return overlap / (left + right - overlap), overlap / left, overlap / right
