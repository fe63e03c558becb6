"""What joins of sets are made of: prefixes, candidate pairs and their exact verification.

Prefix filtering: sets x and y with |x ∩ y| >= a share one of any |x| - a + 1 elements of x, and, when both take the smallest such
part under one total order of all elements, share one of those. Taking rare elements first leaves few candidates (Chaudhuri, Ganti
and Kaushik 2006; Bayardo, Ma and Srikant 2007).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.shingles import I64, U64, Sets

COUNTERS = 1 << 22
"""Counters that element frequencies are added up in; two elements in one counter only make an order less good, never wrong."""

BLOCK = 1 << 22
"""Elements, or candidate pairs, that are worked on at a time."""

NO_KEY = np.uint64((1 << 64) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of records and how many elements their sets share; all int64, of one length."""

    left: I64
    right: I64
    overlap: I64

    def __len__(self) -> int:
        return len(self.left)

    def where(self, kept: NDArray[np.bool_]) -> Pairs:
        """The pairs for which `kept` is true."""
        return Pairs(left=self.left[kept], right=self.right[kept], overlap=self.overlap[kept])


def concatenated(parts: Iterable[Pairs]) -> Pairs:
    """Pairs, one list after the other."""
    parts = list(parts)
    none = [np.zeros(0, np.int64)]
    return Pairs(
        left=np.concatenate([part.left for part in parts] or none),
        right=np.concatenate([part.right for part in parts] or none),
        overlap=np.concatenate([part.overlap for part in parts] or none),
    )


def once(pairs: Pairs, width: int) -> Pairs:
    """The pairs, each once, in their order; the second of a pair is below `width`."""
    _, places = np.unique(pairs.left * max(width, 1) + pairs.right, return_index=True)
    return Pairs(left=pairs.left[places], right=pairs.right[places], overlap=pairs.overlap[places])


def at_least(share: float, sizes: I64) -> I64:
    """The smallest whole numbers that are no less than `share` of `sizes` (a float product may lie a hair too high)."""
    least: I64 = np.ceil(sizes * share - 1e-9).astype(np.int64)
    return least


def similar(pairs: Pairs, left: Sets, right: Sets, threshold: float) -> NDArray[np.bool_]:
    """Which pairs have Jaccard >= threshold."""
    union = left.sizes[pairs.left] + right.sizes[pairs.right] - pairs.overlap
    similarity: NDArray[np.bool_] = pairs.overlap / np.maximum(union, 1) >= threshold
    return similarity & (pairs.overlap > 0)


def frequencies(collections: Iterable[Sets]) -> NDArray[np.int64]:
    """How often elements occur, added up in COUNTERS counters."""
    counts = np.zeros(COUNTERS, np.int64)
    for sets in collections:
        for first in range(0, len(sets.values), BLOCK):
            counts += np.bincount(counter(sets.values[first : first + BLOCK]), minlength=COUNTERS)
    return counts


def counter(values: U64) -> I64:
    """The counter of each element."""
    return (values & np.uint64(COUNTERS - 1)).astype(np.int64)


def blocks(sets: Sets) -> Iterator[tuple[int, int]]:
    """Runs of records (first, last) that hold about BLOCK elements."""
    first = 0
    while first < len(sets):
        last = int(np.searchsorted(sets.offsets, sets.offsets[first] + BLOCK, side="right")) - 1
        last = max(last, first + 1)
        yield first, last
        first = last


def prefixes(sets: Sets, counts: NDArray[np.int64], needed: I64) -> tuple[I64, U64]:
    """The rarest size - needed + 1 elements of each set, as (record, element) pairs.

    The order is by counter, then by element: sets are ascending and the sort is stable.
    """
    lengths = np.where(sets.sizes > 0, sets.sizes - needed + 1, 0)
    order = np.empty(int(lengths.sum()), np.int64)
    edges, bounds = sets.offsets.tolist(), np.concatenate([[0], np.cumsum(lengths)]).tolist()
    for first in range(0, len(sets), 1 << 16):
        last = min(first + (1 << 16), len(sets))
        base = edges[first]
        weights = counts[counter(sets.values[base : edges[last]])]
        for record in range(first, last):
            start, begin, end = edges[record], bounds[record], bounds[record + 1]
            rarest = np.argsort(weights[start - base : edges[record + 1] - base], kind="stable")[: end - begin]
            order[begin:end] = rarest + start
    return np.repeat(np.arange(len(sets)), lengths), sets.values[order]


def unique(pieces: Iterable[tuple[I64, I64]], width: int) -> tuple[I64, I64]:
    """The pairs of all pieces, each once; the second of a pair is below `width`."""
    known = np.zeros(0, np.int64)
    for left, right in pieces:
        known = np.union1d(known, left * width + right)
    return known // max(width, 1), known % max(width, 1)


def verified(left: Sets, right: Sets, candidates: tuple[I64, I64]) -> Pairs:
    """The candidates with the exact sizes of their intersections."""
    first, second = candidates
    ends = np.cumsum(right.sizes[second])
    parts, start = [], 0
    while start < len(first):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + BLOCK, side="right")), start + 1)
        a, b = first[start:stop], second[start:stop]
        parts.append(Pairs(left=a, right=b, overlap=_overlaps(left, right, a, b)))
        start = stop
    return concatenated(parts)


def _overlaps(left: Sets, right: Sets, first: I64, second: I64) -> I64:
    """|left[first[i]] ∩ right[second[i]]| for every i.

    A left element is found by a key of its record and its upper bits; the elements themselves are compared then.
    """
    owners, mine = np.unique(first, return_inverse=True)
    held = left.take(owners)
    keys = _keys(np.repeat(np.arange(len(owners)), held.sizes), held.values)
    wanted = right.take(second)
    pair = np.repeat(np.arange(len(second)), wanted.sizes)
    asked = _keys(mine[pair], wanted.values)
    places = np.searchsorted(keys, asked)
    values, keys = np.append(held.values, np.uint64(0)), np.append(keys, NO_KEY)
    hit = (keys[places] == asked) & (values[places] == wanted.values)
    unsure = np.flatnonzero(~hit & (keys[places] == asked))
    for place in unsure.tolist():
        spot = int(places[place])
        while keys[spot] == asked[place] and not hit[place]:
            hit[place] = values[spot] == wanted.values[place]
            spot += 1
    return np.bincount(pair[hit], minlength=len(second)).astype(np.int64)


def _keys(records: I64, values: U64) -> U64:
    """Ascending keys: the record (fewer than 2^23 of them), then the value's upper 41 bits."""
    return (records.astype(np.uint64) << np.uint64(41)) | (values >> np.uint64(23))
