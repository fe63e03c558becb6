"""Crowds: what very many sets have in common, the text of a template say, compared without squaring them.

In a cluster of more than a cap's sets only the pairs of its first set, and each other set's first pair, are of interest. So the sets of
crowds are taken in ascending order as pivots, each compared with the later ones; once a pivot and a later set are in one such cluster
and both have an earlier partner, their pair is neither, and is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.doors import pages
from auditor.kernels import native
from auditor.kernels.forest import Forest
from auditor.kernels.joins import Pairs, alike, concatenated, once, similar, slots, verified
from auditor.kernels.sets import I64, Collection

STEP = 1 << 10
"""Sets that machine code compares with the later ones of their crowds at a time."""

ROOM = 1 << 16
"""Pairs for which there is room at a time, unless one set has more."""

Crowd = tuple[I64, I64]
"""The sets of a crowd (ascending), and how many elements each has from the one that they share on, in the order of all elements."""


def crowded(sets: Collection, known: Pairs, crowds: Sequence[Crowd], threshold: float, cap: int) -> Pairs:
    """The known pairs, and those within crowds that are of interest: left < right, each once. Two sets are compared in the crowd
    of the first element that they share: there both have as many left as they must share (Xiao et al. 2008, positional filtering).
    """
    forest = Forest(len(sets), cap)
    forest.add(known.left, known.right)
    machine = native.kernel("pivoted") is not None
    pairs = (_found if machine else _found_in_numpy)(sets, crowds, threshold, forest)
    return once(concatenated([known, *pairs]), len(sets))


def _found(sets: Collection, crowds: Sequence[Crowd], threshold: float, forest: Forest) -> list[Pairs]:
    """The pairs of interest within crowds, by machine code."""
    pivoted = native.kernel("pivoted")
    assert pivoted is not None
    members, rest = (np.concatenate(side) for side in zip(*crowds, strict=True))
    counts = np.array([len(each) for each, _ in crowds])
    edges = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    places = np.argsort(members, kind="stable")
    pivots, bounds = np.unique(members[places], return_index=True)
    bounds = np.append(bounds, len(members))
    of_crowds = np.repeat(np.arange(len(crowds)), counts), edges, members, rest
    opened = np.arange(len(members)), edges[1:].copy(), np.full(len(crowds), -1)
    of_sets = sets.addresses, sets.sizes, threshold
    stamps, table = np.zeros(len(sets), np.int64), np.empty(slots(int(sets.sizes[pivots].max())), np.uint64)
    room, state, found, first = np.empty((3, ROOM), np.int64), np.zeros(2, np.int64), [], 0
    while first < len(pivots):
        last = min(first + STEP, len(pivots))
        done = pivoted(first, last, pivots, bounds, places, *of_crowds, *opened, *of_sets, *forest.arrays, stamps, table, *room, state)
        left, right, overlap = room[:, : state[0]].copy()
        found.append(Pairs(left=left, right=right, overlap=overlap))
        if done == first:
            room = np.empty((3, 2 * room.shape[1]), np.int64)
        first = done
        pages.looked_at(8 * int(sets.sizes[pivots[first:last]].sum()))
    return found


def _found_in_numpy(sets: Collection, crowds: Sequence[Crowd], threshold: float, forest: Forest) -> list[Pairs]:
    return _Pivots(sets, crowds, threshold, forest).found()


class _Pivots:
    """The sets of crowds, compared pivot by pivot."""

    def __init__(self, sets: Collection, crowds: Sequence[Crowd], threshold: float, forest: Forest) -> None:
        self._sets, self._crowds, self._threshold, self._forest = sets, crowds, threshold, forest
        self._of: dict[int, list[int]] = {}
        for number, (members, _) in enumerate(crowds):
            for member in members.tolist():
                self._of.setdefault(member, []).append(number)
        self._done = [False] * len(crowds)

    def found(self) -> list[Pairs]:
        """The pairs within crowds that are of interest: left < right."""
        return [self._compared(pivot) for pivot in sorted(self._of)]

    def _compared(self, pivot: int) -> Pairs:
        """The pairs of a set with the later ones of its crowds."""
        crowds = [number for number in self._of[pivot] if not self._done[number]]
        if not crowds:
            return concatenated([])
        others = np.unique(np.concatenate([self._comparable(number, pivot) for number in crowds]))
        others = others[~self._forest.settled(pivot, others)]
        least = alike(self._sets.sizes[others], self._sets.sizes[pivot : pivot + 1], self._threshold)
        pairs = verified(self._sets, self._sets, (np.full(len(others), pivot), others), least)
        pairs = pairs.where(similar(pairs, self._sets, self._sets, self._threshold))
        self._forest.unite(pivot, pairs.right)
        for number in crowds:
            members, _ = self._crowds[number]
            later = members[np.searchsorted(members, pivot, side="right") :]
            self._done[number] = len(later) < 2 or self._forest.all_settled(later, pivot)
        return pairs

    def _comparable(self, number: int, pivot: int) -> I64:
        members, rest = self._crowds[number]
        place = int(np.searchsorted(members, pivot))
        later = members[place + 1 :]
        least = alike(self._sets.sizes[later], self._sets.sizes[pivot : pivot + 1], self._threshold)
        fitting: I64 = later[least <= np.minimum(rest[place], rest[place + 1 :])]
        return fitting
