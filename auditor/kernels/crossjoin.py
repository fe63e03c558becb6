"""Two collections of sets joined with each other: the right one indexed by its rarest elements, the left one streamed through the index.

Elements that very many sets of both sides have in common (crowds) are kept apart: there each right set is compared with the left ones
only until its pairs are of no interest any more (auditor/kernels/forest.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.doors import pages
from auditor.kernels import native
from auditor.kernels.forest import Forest
from auditor.kernels.joins import (
    Joined,
    Known,
    Pairs,
    Sieve,
    alike,
    at_least,
    concatenated,
    counter,
    occurrences,
    once,
    prefixes,
    similar,
    unique,
    verified,
)  # fmt: skip
from auditor.kernels.sets import BLOCK, I64, U64, Collection, Sets, ranges, spans
from auditor.kernels.streaming import Sides, held, streamed

CROWD = 10, 100_000
"""Right sets, and pairs of a right set with an occurrence of the element anywhere, above which an element's sets are a crowd."""

BITMAP = 1 << 22
"""Bits of the map that says which elements of right sets may be on the left side."""

INDEXED = 1 << 23
"""Elements of right sets that are indexed at a time: the left side is streamed once for each such part."""

FIRST = 64
"""Left sets of a crowd that a right set is compared with before it is asked which others are still of interest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What makes a pair: Jaccard >= `threshold`, or at least `containment` of the right set in the left one."""

    threshold: float
    containment: float

    @property
    def share(self) -> float:
        """The least share of the right set that is in the left one."""
        return min(self.threshold, self.containment)


def cross(
    left: Collection,
    right: Collection,
    counts: NDArray[np.uint32],
    sought: Sought,
    forest: Forest,
    names: tuple[I64, I64],
    known: Known | None = None,
) -> Joined:
    """Every pair, each once; in large clusters of the forest those of interest, and one for each right set that has any. `counts` are
    the elements' frequencies, and `names` (ascending) the sets' nodes in the forest, which grows by the pairs with Jaccard >= threshold.

    The order of the elements decides how many candidates are looked at, and what is a crowd. In a part of the right side that meets
    none, all pairs are found whatever the order: so there the ones of a left and a right set that are `known` need no second look.
    """
    possible = _possible(left, right, sought.share)
    found, whole = [], True
    for first, last in spans(right.sizes[possible], INDEXED):
        some = possible[first:last]
        mine = None if known is None else known.among(np.arange(len(left)), some)
        part = _crossed(left, right.only(some), counts, sought, forest, (names[0], names[1][some]), mine)
        found.append(Pairs(left=part.pairs.left, right=some[part.pairs.right], overlap=part.pairs.overlap))
        whole &= part.whole
    return Joined(pairs=concatenated(found), whole=whole)


def _possible(left: Collection, right: Collection, share: float) -> I64:
    """The right sets of which enough elements may be in the left sets: all of them, where those are many."""
    if left.sizes.sum() > min(BITMAP // 4, right.sizes.sum()):
        return np.arange(len(right))
    there = np.zeros(BITMAP, np.bool_)
    for _, part in left.blocks():
        there[_bit(part.values)] = True
    possible = []
    for first, part in right.blocks():
        before = np.append(0, np.cumsum(there[_bit(part.values)]))[part.offsets]
        possible.append(first + np.flatnonzero(np.diff(before) >= at_least(share, part.sizes)))
    return np.concatenate([np.zeros(0, np.int64), *possible])


def _crossed(
    left: Collection,
    right: Collection,
    counts: NDArray[np.uint32],
    sought: Sought,
    forest: Forest,
    names: tuple[I64, I64],
    known: Known | None,
) -> Joined:
    rare = prefixes(right, counts, sought.share)
    records, elements = rare.records, rare.elements
    crowded = _crowded(elements, counts)
    join = _Join(left, right, sought)
    crowd, few = join.index(records[crowded], elements[crowded]), ~crowded
    if known is None or len(crowd):
        pairs = join.streamed(np.arange(len(left)), records[few], elements[few])
    else:
        new = few & ~known.right[records]
        kept = join.streamed(np.flatnonzero(known.left), records[new], elements[new])
        pairs = concatenated([known.pairs, join.streamed(np.flatnonzero(~known.left), records[few], elements[few]), kept])
    near = similar(pairs, left, right, sought.threshold)
    hit = np.bincount(pairs.right[near], minlength=len(right)) > 0
    near &= names[0][pairs.left] != names[1][pairs.right]
    forest.add(names[0][pairs.left[near]], names[1][pairs.right[near]])
    if not len(crowd):
        return Joined(pairs=pairs, whole=True)
    return Joined(pairs=once(concatenated([pairs, *join.crowds(crowd, forest, names, hit)]), len(right)), whole=False)


def _crowded(elements: U64, counts: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which of the right side's index entries are of elements that crowds share."""
    held = occurrences(elements)
    crowded: NDArray[np.bool_] = (held > CROWD[0]) & (held * counts[counter(elements)] > CROWD[1])
    return crowded


def _bit(elements: U64) -> I64:
    return (elements & np.uint64(BITMAP - 1)).view(np.int64)


class _Join:
    """The two sides and what makes a pair of them."""

    def __init__(self, left: Collection, right: Collection, sought: Sought) -> None:
        self._left, self._right, self._threshold = left, right, sought.threshold
        self._inside, self._needed = at_least(sought.containment, right.sizes), at_least(sought.share, right.sizes)

    def index(self, records: I64, elements: U64) -> _Index:
        """Which right sets have which elements."""
        return _Index(records, elements, self._needed)

    def verified(self, left: I64, right: I64) -> Pairs:
        """Those of the candidates that are pairs."""
        return self._paired(verified(self._left, self._right, (left, right), self._least(left, right)))

    def with_one(self, record: int, others: I64) -> Pairs:
        """Those of some left sets that are pairs with one right set."""
        right = np.full(len(others), record)
        found = verified(self._right, self._left, (right, others), self._least(others, right))
        return self._paired(Pairs(left=found.right, right=found.left, overlap=found.overlap))

    def _least(self, left: I64, right: I64) -> I64:
        """How many elements a pair shares at least, empty right sets apart."""
        of_both = alike(self._left.sizes[left], self._right.sizes[right], self._threshold)
        return np.maximum(np.minimum(self._inside[right], of_both), 1)

    def _paired(self, found: Pairs) -> Pairs:
        return found.where(similar(found, self._left, self._right, self._threshold) | (found.overlap >= self._inside[found.right]))

    def streamed(self, some: I64, records: I64, elements: U64) -> Pairs:
        """The pairs of some left sets with the right ones of which each has one of some elements (no element twice)."""
        if not len(some) or not len(elements):
            return concatenated([])
        if native.kernel("crossed") is not None:
            sides = Sides(left=self._left, right=self._right, inside=self._inside, threshold=self._threshold, itself=False)
            asked = self._left.only(some)
            return self._paired(streamed(sides, some, (asked.addresses, asked.sizes), records, elements))
        found, index = [], self.index(records, elements)
        for first, part in self._left.only(some).blocks():
            owners, others = index.candidates(part)
            found.append(self.verified(some[owners + first], others))
            pages.looked_at(part.values.nbytes)
        return concatenated(found)

    def crowds(self, crowd: _Index, forest: Forest, names: tuple[I64, I64], hit: NDArray[np.bool_]) -> Iterator[Pairs]:
        """The pairs of interest among the right sets of crowds and the left ones that hold an element of theirs."""
        owners, places = self._holders(crowd)
        order = np.lexsort((owners, places))
        of_place = np.split(owners[order], np.searchsorted(places[order], np.arange(1, len(crowd))))
        unions: dict[bytes, I64] = {}
        for record, mine in crowd.places_by_record():
            key = mine.tobytes()
            if key not in unions:
                unions = {key: np.unique(np.concatenate([of_place[place] for place in mine.tolist()]))}
            others = unions[key][crowd.fits(self._left.sizes[unions[key]], record)]
            yield from self._compared(record, others, forest, names, hit)

    def _holders(self, crowd: _Index) -> tuple[I64, I64]:
        """Which left sets hold which elements of crowds, as (set, place of the element) pairs."""
        if native.kernel("held") is not None:
            return held(self._left, crowd.elements)
        hits = ((first, *crowd.hits(part)) for first, part in self._left.blocks())
        holders = [(owners + first, places) for first, owners, places in hits]
        owners, places = (np.concatenate(side) for side in zip(*holders, strict=True))
        return owners, places

    def _compared(self, record: int, others: I64, forest: Forest, names: tuple[I64, I64], hit: NDArray[np.bool_]) -> Iterator[Pairs]:
        name = int(names[1][record])
        for some in (others[:FIRST], others[FIRST:]):
            if hit[record]:
                some = some[~forest.settled(name, names[0][some])]
            pairs = self.with_one(record, some)
            near = names[0][pairs.left[similar(pairs, self._left, self._right, self._threshold)]]
            hit[record] |= len(near) > 0
            forest.unite(name, near[near != name])
            yield pairs


class _Index:
    """Which records hold an element among their rarest, behind a sieve that turns away nearly all that none holds."""

    def __init__(self, records: I64, elements: U64, needed: I64) -> None:
        order = np.argsort(elements, kind="stable")
        self._records, ordered = records[order], elements[order]
        self.elements, self._starts, self._counts = np.unique(ordered, return_index=True, return_counts=True)
        self._sieve = Sieve(self.elements)
        self._needed = needed

    def __len__(self) -> int:
        return len(self.elements)

    def candidates(self, sets: Sets) -> tuple[I64, I64]:
        """The pairs (record of `sets`, indexed record) that share an indexed element and are of a fitting size, each once."""
        owners, places = self.hits(sets)
        return unique(self._expanded(owners, places, sets.sizes), len(self._needed))

    def hits(self, sets: Sets) -> tuple[I64, I64]:
        """Which records of `sets` hold which indexed elements, as (record, place of the element) pairs."""
        if not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        hits = self._sieve.passing(sets.values)
        values = sets.values[hits]
        places = np.searchsorted(self.elements, values)
        places[places == len(self.elements)] = 0
        there = self.elements[places] == values
        hits, places = hits[there], places[there]
        return np.searchsorted(sets.offsets, hits, side="right") - 1, places

    def places_by_record(self) -> Iterator[tuple[int, I64]]:
        """Each indexed record, ascending, with the places of its elements."""
        places = np.repeat(np.arange(len(self)), self._counts)
        order = np.lexsort((places, self._records))
        records, starts = np.unique(self._records[order], return_index=True)
        yield from zip(records.tolist(), np.split(places[order], starts[1:]), strict=True)

    def fits(self, sizes: I64, record: int) -> NDArray[np.bool_]:
        """Which sizes a set may have that makes a pair with an indexed record."""
        fits: NDArray[np.bool_] = sizes >= self._needed[record]
        return fits

    def _expanded(self, owners: I64, places: I64, sizes: I64) -> Iterator[tuple[I64, I64]]:
        counts = self._counts[places]
        for first, last in spans(counts, BLOCK):
            left = np.repeat(owners[first:last], counts[first:last])
            right = self._records[ranges(self._starts[places[first:last]], counts[first:last])]
            fits = sizes[left] >= self._needed[right]
            yield left[fits], right[fits]
