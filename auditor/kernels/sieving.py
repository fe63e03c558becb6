"""Which sets of a large side a join with a small one can need at all: those that hold some of the rarest elements of a small side's set.

The prefix filter's theorem: of a set that has m of its n elements in another one, k <= m of the n - m + k rarest are there too, whatever
the order that says what is rare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.joins import at_least, prefixes
from auditor.kernels.sets import I64, U64, Collection, Sets

BITS = 1 << 16, 1 << 26
"""Bits, at least and at most, of the map in front of the elements: eight for each or more, so that few others pass."""

HITS = 8
"""Elements that a set must hold: one would let many sets through that have a phrase in common; more make the prefixes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """Elements (ascending) by which sets are let through: those that hold HITS of them, one that stands there n times counting n times.
    Each has two marks in one word of the `bitmap`; those whose bits from `shift` on are k lie in elements[starts[k]:starts[k + 1]] (int64).
    """

    elements: U64
    bitmap: U64
    starts: I64
    shift: int

    def passed(self, sets: Sets) -> Sets:
        """The sets, empty where they are not let through."""
        let = self._let_through(sets)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.where(let, sets.sizes, 0))])
        return Sets(offsets=offsets, values=sets.values[np.repeat(let, sets.sizes)])

    def _let_through(self, sets: Sets) -> NDArray[np.bool_]:
        word, marks = _marks(sets.values, len(self.bitmap))
        places = np.flatnonzero(self.bitmap[word] & marks == marks)
        at = self.starts[(sets.values[places] >> np.uint64(self.shift)).view(np.int64)]
        hits = np.zeros(len(sets.values) + 1, np.int64)
        while len(places):  # from the first element with the same upper bits on, as long as they are no larger
            values, near = sets.values[places], self.elements.take(at, mode="clip")
            hits[places + 1] += near == values
            more = (near <= values) & (at + 1 < len(self.elements))
            places, at = places[more], at[more] + 1
        let: NDArray[np.bool_] = np.diff(np.cumsum(hits)[sets.offsets]) >= HITS
        return let


def passing(elements: U64) -> Passing:
    """What lets sets through by some elements (hashes, in any order; `rarest` says which)."""
    ordered = np.sort(elements, kind="stable")  # which only merges what is sorted already
    bitmap = np.zeros(min(max(1 << (8 * len(ordered)).bit_length(), BITS[0]), BITS[1]) // 64, np.uint64)
    np.bitwise_or.at(bitmap, *_marks(ordered, len(bitmap)))
    width = max(len(ordered).bit_length(), 1)
    counts = np.bincount((ordered >> np.uint64(64 - width)).view(np.int64), minlength=1 << width)
    return Passing(elements=ordered, bitmap=bitmap, starts=np.append(0, np.cumsum(counts)), shift=64 - width)


def _marks(values: U64, words: int) -> tuple[I64, U64]:
    """The word of each value in a bitmap, and its two bits there."""
    word: I64 = ((values >> np.uint64(12)) & np.uint64(words - 1)).view(np.int64)
    bits = (np.uint64(1) << (each & np.uint64(63)) for each in (values, values >> np.uint64(6)))
    return word, next(bits) | next(bits)


def rarest(sets: Collection, counts: NDArray[np.uint32], share: float) -> U64:
    """The elements (uint64) by which every set is let through that has `share` of the elements of one of these sets; `counts` are the
    frequencies that say which are rare (auditor/kernels/joins.py). Where fewer than HITS are in common, those count more than once.
    """
    rare = prefixes(sets, counts, share, more=HITS - 1)
    common = np.minimum(at_least(share, sets.sizes), HITS)
    weights = np.repeat(-(-HITS // np.maximum(common, 1)), np.diff(rare.offsets))
    return np.concatenate([_distinct(rare.elements[weights > times]) for times in range(HITS)])


def _distinct(values: U64) -> U64:
    values = np.sort(values)
    found: U64 = values[np.append(True, values[1:] != values[:-1])[: len(values)]]
    return found
