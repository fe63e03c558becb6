"""Which sets of a large side a join with a small one can need at all: those that hold one of the rarest elements of a small side's set.

The prefix filter's theorem: of a set that has `share` of its elements in another one, one of the size - ceil(share * size) + 1 rarest is
there too, whatever the order that says what is rare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.joins import prefixes
from auditor.kernels.sets import I64, U64, Collection, Sets

BITS = 1 << 16, 1 << 26
"""Bits, at least and at most, of the map in front of the elements: sixteen for each, so that few others pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """Elements (distinct, ascending) by which sets are let through: what is not marked in the `bitmap` is none of them, and those whose
    upper bits, from `shift` on, are k lie in elements[starts[k]:starts[k + 1]] (int64).
    """

    elements: U64
    bitmap: U64
    starts: I64
    shift: int

    def hit(self, sets: Sets) -> NDArray[np.bool_]:
        """Which sets hold one of the elements."""
        words = self.bitmap[(sets.values >> np.uint64(6)) & np.uint64(len(self.bitmap) - 1)]
        places = np.flatnonzero(words >> (sets.values & np.uint64(63)) & np.uint64(1))
        values = sets.values[places]
        near = np.minimum(np.searchsorted(self.elements, values), max(len(self.elements) - 1, 0))
        there = np.zeros(len(sets.values) + 1, np.int64)
        there[places[self.elements[near] == values] + 1] = 1
        found: NDArray[np.bool_] = np.diff(np.cumsum(there)[sets.offsets]) > 0
        return found

    def passed(self, sets: Sets) -> Sets:
        """The sets, empty where they hold none of the elements."""
        sizes = sets.sizes
        hit = self.hit(sets)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.where(hit, sizes, 0))])
        return Sets(offsets=offsets, values=sets.values[np.repeat(hit, sizes)])


def passing(elements: U64) -> Passing:
    """What lets sets through that hold one of some elements (hashes; in any order, any number of times)."""
    ordered = np.sort(elements)
    ordered = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    bits = min(max(1 << (16 * len(ordered)).bit_length(), BITS[0]), BITS[1])
    marked = np.zeros(bits, np.bool_)
    marked[(ordered & np.uint64(bits - 1)).view(np.int64)] = True
    width = max(len(ordered).bit_length(), 1)
    borders = np.arange(1 << width, dtype=np.uint64) << np.uint64(64 - width)
    return Passing(
        elements=ordered,
        bitmap=np.packbits(marked, bitorder="little").view(np.uint64),
        starts=np.append(np.searchsorted(ordered, borders), len(ordered)),
        shift=64 - width,
    )


def rarest(sets: Collection, counts: NDArray[np.uint32], share: float) -> U64:
    """The elements (uint64, ascending) of which every set that has `share` of the elements of one of these sets holds one; `counts` are
    the frequencies that say which are rare (auditor/kernels/joins.py).
    """
    elements: U64 = np.unique(prefixes(sets, counts, share).elements)
    return elements
