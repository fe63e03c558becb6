"""What was observed of all records (an Arrow table) as arrays that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels.joins import numbers_of
from auditor.kernels.minhash import U32, Keys
from auditor.kernels.pairing import Listed, Records
from auditor.kernels.sets import I64, U64, Collection, Sets, collection

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Records in canonical order, one value an array for each: the place of its split and its row there, its shard, its physical line
    (-1: none), the digests of its tokens and of its raw text (two uint64 each) and the number of its label (-1: unknown); `observed` is
    the table they come from, `founders` the first record of each text, `labels` the digests of the labels by number.
    """

    records: Records
    row: I64
    shard: I64
    line: I64
    tokens: U64
    raw: U64
    label: I64
    founders: I64
    labels: list[str]
    observed: pa.Table

    def text(self, record: int) -> str | None:
        """The beginning of the record's text, None where it was not kept."""
        value: str | None = self.observed["text"][record].as_py()
        return value

    def named(self, record: int) -> str | None:
        """The record's label as it is shown, None where it was not kept."""
        value: str | None = self.observed["named"][record].as_py()
        return value

    def raw_digest(self, record: int) -> str:
        """The digest of the record's raw text, hexadecimal."""
        digest: bytes = self.raw[record].tobytes()
        return digest.hex()

    def raw_identical(self, left: I64, right: I64) -> NDArray[np.bool_]:
        """For each pair of records whether their raw texts are equal."""
        equal: NDArray[np.bool_] = (self.raw[left] == self.raw[right]).all(axis=1)
        return equal


def of_shards(observed: pa.Table, shards: Iterable[int]) -> pa.Table:
    """The observed records of some shards."""
    mine = np.isin(numbers(observed["shard"]), list(shards))
    edges = np.flatnonzero(np.diff(mine, prepend=False, append=False)).tolist()
    return pa.concat_tables([observed.slice(0, 0), *(observed.slice(a, b - a) for a, b in zip(edges[::2], edges[1::2], strict=True))])


def gather(observed: pa.Table, splits: Mapping[int, int], firsts: Mapping[int, int]) -> Observed:
    """The observed records; `splits` and `firsts` give for each shard the place of its split and the row its records begin with there."""
    shard = numbers(observed["shard"])
    split = _looked_up(splits, shard)
    counts = numbers(observed["tokens"])
    sequences = digests(observed["digest"])
    text, founders = numbered(sequences)
    empty = counts == 0
    label, labels = _labels(observed["label"])
    return Observed(
        records=Records(
            split=split,
            text=np.where(empty, -1, text),
            texts=sets_of(observed["shingles"]).only(founders),
            tokens=counts[founders],
            keys=Keys(pieces=_keys(observed["bands"]), records=founders) if "bands" in observed.schema.names else None,
        ),
        row=_looked_up(firsts, shard) + numbers(observed["row"]),
        shard=shard,
        line=numbers(observed["line"]),
        tokens=sequences,
        raw=digests(observed["raw"]),
        label=label,
        founders=founders,
        labels=labels,
        observed=observed,
    )


def hide_labels(seen: Observed, evaluation: Sequence[bool]) -> None:
    """Makes a label unknown that every record of an evaluation split has: such splits hide their labels."""
    for place, hidden in enumerate(evaluation):
        there = seen.records.split == place
        if hidden and there.any() and len(np.unique(seen.label[there])) == 1:
            seen.label[there] = -1


def _looked_up(values: Mapping[int, int], keys: I64) -> I64:
    table = np.full(max(values, default=-1) + 1, -1)
    table[list(values)] = list(values.values())
    found: I64 = table[keys]
    return found


def numbers(column: pa.ChunkedArray) -> I64:
    """An int64 column as an array."""
    parts = [np.frombuffer(c.buffers()[1], np.int64, len(c), c.offset * 8) for c in column.chunks if len(c)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def digests(column: pa.ChunkedArray) -> U64:
    """16-byte digests as pairs of uint64."""
    parts = [np.frombuffer(c.buffers()[1], np.uint64, 2 * len(c), c.offset * 16) for c in column.chunks if len(c)]
    return (np.concatenate(parts) if parts else np.zeros(0, np.uint64)).reshape(-1, 2)


def numbered(digests: U64) -> tuple[I64, I64]:
    """Each digest's number, in order of first appearance, and the record in which each number appears first."""
    upper, lower = np.ascontiguousarray(digests.T)
    return numbers_of(upper, lower)


def _labels(column: pa.ChunkedArray) -> tuple[I64, list[str]]:
    encoded = column.dictionary_encode().unify_dictionaries()
    codes = [chunk.indices.fill_null(-1) for chunk in encoded.chunks]
    parts = [np.frombuffer(c.buffers()[1], np.int32, len(c), c.offset * 4) for c in codes if len(c)]
    labels: list[str] = encoded.chunk(0).dictionary.to_pylist() if encoded.num_chunks else []
    return np.concatenate([np.zeros(0, np.int64), *parts]), labels


def sets_of(column: pa.ChunkedArray) -> Collection:
    """Sets of hashes in a column of lists, where they lie."""
    return collection([_sets(chunk) for chunk in column.chunks])


def _sets(chunk: pa.LargeListArray) -> Sets:
    offsets = np.frombuffer(chunk.buffers()[1], np.int64, len(chunk) + 1, chunk.offset * 8) if len(chunk) else np.zeros(1, np.int64)
    data = chunk.values.buffers()[1]
    values = np.zeros(0, np.uint64) if data is None else np.frombuffer(data, np.uint64, len(chunk.values), chunk.values.offset * 8)
    return Sets(offsets=offsets - offsets[0], values=values[offsets[0] : offsets[-1]])


def _keys(column: pa.ChunkedArray) -> list[list[U32]]:
    """The band keys where they lie: for each band an array a chunk."""
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    bands = [[chunk.field(band) for chunk in chunks] for band in range(column.type.num_fields)]
    return [[np.frombuffer(keys.buffers()[1], np.uint32, len(keys), keys.offset * 4) for keys in band] for band in bands]


def similarities(listed: Listed, records: Records, pairs: I64 | None = None) -> tuple[F64, F64, F64]:
    """Jaccard similarity, containment of the left record in the right one, of the right one in the left; for all pairs, or some."""
    chosen = slice(None) if pairs is None else pairs
    left, right = (records.texts.sizes[records.text[side[chosen]]] for side in (listed.left, listed.right))
    overlap = listed.overlap[chosen]
    return overlap / (left + right - overlap), overlap / left, overlap / right
