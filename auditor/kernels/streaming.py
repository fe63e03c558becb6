"""Sets streamed, in machine code, through an index of other sets' rarest elements: what shares one with a set is verified at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.doors import pages
from auditor.kernels import native
from auditor.kernels.joins import STREAMED, Pairs, at_least, concatenated, slots
from auditor.kernels.sets import I64, U64, Collection, spans

BITS = 1 << 12, 1 << 26
"""Bits, at least and at most, of the map in front of an index: sixteen for each element, so that few others pass."""

ROOM = 1 << 16
"""Pairs for which there is room at a time, unless one set has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two collections, a set of the second being a pair with one of the first that shares `inside` of its elements (int64, one for each
    set), or where Jaccard similarity reaches the threshold; `itself`: they are one collection, of which each pair is to be found once.
    """

    left: Collection
    right: Collection
    inside: I64
    threshold: float
    itself: bool


class Index:
    """The places of some elements, behind a map of bits that turns away nearly all others."""

    def __init__(self, elements: U64) -> None:
        indexed = native.kernel("indexed")
        assert indexed is not None
        self.elements = elements
        self._chains = np.full(1 << (2 * len(elements)).bit_length(), -1, np.int32)
        self._nexts = np.empty(len(elements), np.int32)
        self._bitmap = np.zeros(min(max(1 << (16 * len(elements)).bit_length(), BITS[0]), BITS[1]) // 64, np.uint64)
        self._shift = indexed(elements, self._chains, self._nexts, self._bitmap)

    @property
    def tables(self) -> tuple[NDArray[np.int32], NDArray[np.int32], U64, int]:
        """What machine code looks elements up by."""
        return self._chains, self._nexts, self._bitmap, self._shift


def _in_steps(sizes: I64, rows: int, step: Callable[[int, int, I64, I64], int]) -> Iterator[I64]:
    """What a kernel says of sets of these sizes, `rows` numbers an entry: it gets the sets to do, room and a state, which begins with how
    many entries it has made, and returns up to which set it came.
    """
    room, state = np.empty((rows, ROOM), np.int64), np.zeros(2, np.int64)
    for begin, last in spans(sizes, STREAMED):
        first = begin
        while first < last:
            done = step(first, last, room, state)
            yield room[:, : state[0]].copy()
            if done == first:
                room = np.empty((rows, 2 * room.shape[1]), np.int64)
            first = done
        pages.looked_at(8 * int(sizes[begin:last].sum()))


def streamed(sides: Sides, some: I64, asked: tuple[U64, I64], records: I64, elements: U64) -> Pairs:
    """The pairs, and a few that lie a hair below the threshold, of some left sets with right ones that share an indexed element with
    them. `asked` are the addresses and numbers of the elements by which each of the left sets is looked up; the index says which
    `records` (right sets) have which `elements` (no element twice).
    """
    crossed = native.kernel("crossed")
    assert crossed is not None
    left, right, index = sides.left.only(some), sides.right, Index(elements)
    table, stamps = np.empty(slots(int(left.sizes.max(initial=0))), np.uint64), np.zeros(len(right), np.int64)
    ends = left.addresses, left.sizes, right.addresses, right.sizes
    sought = sides.inside, sides.threshold, int(sides.itself), some, table, stamps

    def step(first: int, last: int, room: I64, state: I64) -> int:
        return crossed(first, last, *asked, *ends, elements, records, *index.tables, *sought, *room, state)

    return concatenated(Pairs(left=a, right=b, overlap=overlap) for a, b, overlap in _in_steps(left.sizes, 3, step))


def held(sets: Collection, elements: U64) -> tuple[I64, I64]:
    """Which sets hold which of some elements (each there once), as (set, place of the element) pairs, sets ascending."""
    holding = native.kernel("held")
    assert holding is not None
    index, ends = Index(elements), (sets.addresses, sets.sizes)

    def step(first: int, last: int, room: I64, state: I64) -> int:
        return holding(first, last, *ends, elements, *index.tables, *room, state)

    owners, places = np.concatenate([np.zeros((2, 0), np.int64), *_in_steps(sets.sizes, 2, step)], axis=1)
    return owners, places


def candidates(groups: Sequence[tuple[I64, I64]], sizes: I64, threshold: float) -> Iterator[tuple[I64, I64]]:
    """The pairs (lower set first) that are in one group in some band and whose sizes allow the threshold, each once, in pieces.

    A band has sets and the numbers of their groups (ascending).
    """
    paired = native.kernel("paired")
    assert paired is not None
    touched = np.zeros(len(sizes), np.bool_)
    for records, _ in groups:
        touched[records] = True
    rows, smallest = np.cumsum(touched) - 1, at_least(threshold, sizes)
    table = np.zeros((int(touched.sum()), len(groups)), np.int32)
    for band, (records, group) in enumerate(groups):
        table[rows[records], band] = group + 1
    state = np.zeros(1, np.int64)
    for band, (records, group) in enumerate(groups):
        edges = np.append(np.flatnonzero(np.diff(group, prepend=-1)), len(group))
        first, most = 0, int(np.diff(edges).max(initial=0))
        room = np.empty(max(ROOM, most * (most - 1) // 2), np.uint64)
        while first < len(edges) - 1:
            first = paired(first, records, edges, sizes, smallest, table.reshape(-1), rows, len(groups), band, room, state)
            both = np.sort(room[: state[0]])
            yield (both >> np.uint64(32)).astype(np.int64), (both & np.uint64(0xFFFFFFFF)).astype(np.int64)
