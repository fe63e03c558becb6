"""What comparing splits leaves for the next comparison of them, after some of their shards have changed.

Texts are known from one comparison to the next by the digests of their tokens; all that a comparison looks at follows from the tokens. A
text is *kept* in a split if it stands in one of its shards of which a shard of this split had the same records before; so it stood in the
split then. Let a join have met no crowd: then it found every pair of two texts of its splits for which something holds that depends on
these two texts alone. So it found every such pair of two kept texts, and they are pairs still. What is missing are the pairs of which a
text is not kept, and only those are sought. A join that met a crowd left out pairs for the sake of others: it leaves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels.joins import Joined, Known, Pairs, Sieve, concatenated
from auditor.kernels.pairing import Join
from auditor.kernels.records import Observed, digests, numbered, numbers
from auditor.kernels.sets import I64, U64

Told = tuple[int, bytes, slice]
"""The place of a shard's split, the digest of what the shard's records say, and where they stand among all."""

REMEMBERED = 5_000_000
"""Pairs above which nothing is remembered: writing them down would take longer than finding them."""


def told_apart(seen: Observed) -> Iterator[Told]:
    """The shards, told apart by what their records say."""
    edges = np.flatnonzero(np.diff(seen.shard, prepend=-1, append=-1)).tolist()
    for first, last in pairwise(edges):
        digest = hashlib.blake2b(seen.tokens[first:last].data, digest_size=16).digest()
        yield int(seen.records.split[first]), digest, slice(first, last)


def remembered(joined: Mapping[Join, Joined], seen: Observed, shards: Sequence[Told]) -> dict[str, pa.Table]:
    """The pairs of each join that met no crowd, and the digests of the shards, as Arrow tables; none where the pairs are too many."""
    whole = {join: found.pairs for join, found in joined.items() if found.whole}
    pairs = concatenated(whole.values())
    if not whole or len(pairs) > REMEMBERED:
        return {}
    texts, places = np.unique(np.concatenate([pairs.left, pairs.right]), return_inverse=True)
    return {
        "shards": pa.table(
            {
                "split": pa.array([split for split, _, _ in shards], pa.int64()),
                "digest": pa.array([digest for _, digest, _ in shards], pa.binary(16)),
            }
        ),
        "joins": pa.table(
            {
                "left": pa.array([left for left, _, _ in whole], pa.int64()),
                "right": pa.array([right for _, right, _ in whole], pa.int64()),
                "way": pa.array([way for _, _, way in whole], pa.string()),
                "pairs": pa.array([len(found) for found in whole.values()], pa.int64()),
            }
        ),
        "texts": pa.table({"digest": pa.array([each.tobytes() for each in seen.tokens[seen.founders[texts]]], pa.binary(16))}),
        "pairs": pa.table({"left": places[: len(pairs)], "right": places[len(pairs) :], "overlap": pairs.overlap}),
    }


def known(memory: Mapping[str, pa.Table], seen: Observed, shards: Sequence[Told]) -> dict[Join, Known]:
    """What the tables of an earlier comparison of the same splits say of the records' texts, by number; nothing where there are none."""
    if not memory:
        return {}
    kept, nothing = _kept(memory["shards"], seen, shards), np.zeros(len(seen.founders), np.bool_)
    texts = _found(digests(memory["texts"]["digest"]), seen.tokens[seen.founders])
    left, right = (texts[numbers(memory["pairs"][side])] for side in ("left", "right"))
    pairs = Pairs(left=left, right=right, overlap=numbers(memory["pairs"]["overlap"]))
    result, first = {}, 0
    for join in memory["joins"].to_pylist():
        some = np.arange(first, first + join["pairs"])
        first += join["pairs"]
        a, b = (kept.get(join[side], nothing) for side in ("left", "right"))
        there = some[(left[some] >= 0) & (right[some] >= 0)]
        there = there[a[left[there]] & b[right[there]]]
        result[join["left"], join["right"], join["way"]] = Known(pairs=pairs.where(there), left=a, right=b)
    return result


def _kept(earlier: pa.Table, seen: Observed, shards: Sequence[Told]) -> Mapping[int, NDArray[np.bool_]]:
    """For each split which texts are kept in it."""
    before = set(zip(earlier["split"].to_pylist(), earlier["digest"].to_pylist(), strict=True))
    kept: dict[int, NDArray[np.bool_]] = {}
    for split, digest, records in shards:
        if (split, digest) in before:
            texts = seen.records.text[records]
            kept.setdefault(split, np.zeros(len(seen.founders), np.bool_))[texts[texts >= 0]] = True
    return kept


def _found(wanted: U64, among: U64) -> I64:
    """For each wanted digest (each once) its place among others (each once), -1 where it is not there."""
    places = Sieve(wanted[:, 0]).passing(among[:, 0])
    number, _ = numbered(np.concatenate([wanted, among[places]]))
    found, mine = np.full(len(wanted), -1), number[len(wanted) :]
    there = mine < len(wanted)
    found[mine[there]] = places[there]
    return found
