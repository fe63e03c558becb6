"""A collection of sets joined with itself: by the prefix filter or by MinHash bands, and in crowds without squaring them.

A crowd is what very many sets have in common, the text of a template say. In a cluster of more than a cap's sets only the pairs of
its first set, and each other set's first pair, are of interest. So the sets of crowds are taken in ascending order as pivots, each
compared with the later ones; once a pivot and a later set are in one such cluster and both have an earlier partner, their pair is
neither, and is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.forest import Forest
from auditor.kernels.joins import (
    Joined,
    Known,
    Pairs,
    at_least,
    concatenated,
    frequencies,
    once,
    prefixes,
    shared,
    similar,
    unique,
    verified,
)
from auditor.kernels.minhash import Keys
from auditor.kernels.sets import BLOCK, I64, U64, Collection

CROWD = 100
"""Sets under one key above which they are a crowd."""

Keyed = tuple[I64, U64 | NDArray[np.uint32]]
"""Records (ascending) and a key of each."""


def within(sets: Collection, threshold: float, cap: int, known: Known | None = None) -> Joined:
    """The pairs of different sets with Jaccard >= threshold, each once: all of them in clusters of up to `cap` sets, in larger ones
    those of interest.

    Unless a crowd is met these are all there are, whatever the order of the elements, so that the ones between sets that are `known` need
    no second look. The order decides what is a crowd, and every set has a part in the order: so all groups are formed again.
    """
    keyed = [prefixes(sets, frequencies(sets), threshold)]
    return _grown(sets, keyed, threshold, known) or _joined(sets, keyed, threshold, cap)


def within_bands(sets: Collection, bands: Keys, threshold: float, cap: int, known: Known | None = None) -> Joined:
    """The same of the pairs that fall together in one of the bands.

    The keys of a set are its own: a group without a new set is part of one that was no crowd before, so only the others are formed.
    """
    filled = np.flatnonzero(sets.sizes > 0)
    bands = bands.only(filled)
    beside = bands.beside(np.flatnonzero(~known.left[filled])) if known is not None else iter(())
    grown = _grown(sets, ((filled[places], keys) for places, keys in beside), threshold, known)
    return grown or _joined(sets, ((filled, keys) for keys in bands), threshold, cap)


def _grown(sets: Collection, keyed: Iterable[Keyed], threshold: float, known: Known | None) -> Joined | None:
    """The known pairs, and those of which a set is new; None where a crowd is met, or nothing is known."""
    if known is None:
        return None
    candidates = []
    for each in keyed:
        records, group, crowds = _groups(*each)
        if crowds:
            return None
        left, right = unique(_grouped(records, group, sets.sizes, threshold), len(sets))
        new = ~(known.left[left] & known.left[right])
        candidates.append((left[new], right[new]))
    return Joined(pairs=concatenated([known.pairs, _similar(sets, candidates, threshold)]), whole=True)


def _joined(sets: Collection, keyed: Iterable[Keyed], threshold: float, cap: int) -> Joined:
    """The pairs of sets that share a key."""
    crowds: list[I64] = []
    candidates = []
    for each in keyed:
        records, group, more = _groups(*each)
        crowds += more
        candidates.append(unique(_grouped(records, group, sets.sizes, threshold), len(sets)))
    found = _similar(sets, candidates, threshold)
    return Joined(pairs=_Crowds(sets, found, crowds, threshold, cap).joined() if crowds else found, whole=not crowds)


def _groups(records: I64, keys: U64 | NDArray[np.uint32]) -> tuple[I64, I64, list[I64]]:
    """The records that share a key with another one, with the numbers of their groups; apart from these, the crowds."""
    places = shared(keys)
    records, keys = records[places], keys[places]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    members = np.diff(np.append(starts, len(keys)))
    group = np.repeat(np.arange(len(starts)), members)
    large = np.flatnonzero(members > CROWD)
    crowds = [records[start : start + count] for start, count in zip(starts[large].tolist(), members[large].tolist(), strict=True)]
    few = members[group] <= CROWD
    return records[few], group[few], crowds


def _similar(sets: Collection, candidates: list[tuple[I64, I64]], threshold: float) -> Pairs:
    """The candidates with Jaccard >= threshold, each once."""
    found = verified(sets, sets, unique(candidates, len(sets)))
    return found.where(similar(found, sets, sets, threshold))


def _grouped(records: I64, group: I64, sizes: I64, threshold: float) -> Iterator[tuple[I64, I64]]:
    """The pairs (lower record first) within a group whose sizes allow the threshold, in pieces; a pair may come more than once."""
    order = np.lexsort((sizes[records], group))
    records, group = records[order], group[order]
    smallest = at_least(threshold, sizes[records])
    alive = np.arange(len(records))
    distance = 1
    held: list[tuple[I64, I64]] = []
    count = 0
    while len(alive):
        alive = alive[alive + distance < len(records)]
        partner = alive + distance
        alive = alive[(group[alive] == group[partner]) & (sizes[records[alive]] >= smallest[partner])]
        one, other = records[alive], records[alive + distance]
        held.append((np.minimum(one, other), np.maximum(one, other)))
        count += len(alive)
        if count > BLOCK:
            yield np.concatenate([a for a, _ in held]), np.concatenate([b for _, b in held])
            held, count = [], 0
        distance += 1
    yield np.concatenate([a for a, _ in held] or [records[:0]]), np.concatenate([b for _, b in held] or [records[:0]])


class _Crowds:
    """The sets of crowds, compared pivot by pivot."""

    def __init__(self, sets: Collection, known: Pairs, crowds: Sequence[I64], threshold: float, cap: int) -> None:
        self._sets, self._threshold, self._crowds, self._found = sets, threshold, crowds, [known]
        self._forest = Forest(len(sets), cap)
        self._forest.add(known.left, known.right)
        self._of: dict[int, list[int]] = {}
        for number, members in enumerate(crowds):
            for member in members.tolist():
                self._of.setdefault(member, []).append(number)
        self._done = [False] * len(crowds)

    def joined(self) -> Pairs:
        """The known pairs, and those within crowds that are of interest: left < right, each once."""
        for pivot in sorted(self._of):
            self._compare(pivot)
        return once(concatenated(self._found), len(self._sets))

    def _compare(self, pivot: int) -> None:
        """Compares a set with the later ones of its crowds."""
        crowds = [number for number in self._of[pivot] if not self._done[number]]
        if not crowds:
            return
        others = np.unique(np.concatenate([self._later(number, pivot) for number in crowds]))
        sizes, own = self._sets.sizes[others], self._sets.sizes[pivot]
        fits = np.minimum(sizes, own) >= at_least(self._threshold, np.maximum(sizes, own))
        others = others[fits & ~self._forest.settled(pivot, others)]
        pairs = verified(self._sets, self._sets, (np.full(len(others), pivot), others))
        pairs = pairs.where(similar(pairs, self._sets, self._sets, self._threshold))
        self._found.append(pairs)
        self._forest.unite(pivot, pairs.right)
        for number in crowds:
            later = self._later(number, pivot)
            self._done[number] = len(later) < 2 or self._forest.all_settled(later, pivot)

    def _later(self, number: int, pivot: int) -> I64:
        members = self._crowds[number]
        return members[np.searchsorted(members, pivot, side="right") :]
