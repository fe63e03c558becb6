"""What joins of sets are made of: prefixes, keys that records share, candidate pairs and their exact verification.

Prefix filtering: sets x and y with |x ∩ y| >= a share one of any |x| - a + 1 elements of x, and, when both take the smallest such
part under one total order of all elements, share one of those. Taking rare elements first leaves few candidates (Chaudhuri, Ganti
and Kaushik 2006; Bayardo, Ma and Srikant 2007).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.doors import pages
from auditor.kernels import native
from auditor.kernels.sets import BLOCK, I64, U64, Collection, ranges, spans

COUNTERS = 1 << 21
"""Counters that element frequencies are added up in; two elements in one counter only make an order less good, never wrong."""

COUNTED = 1 << 22
"""Elements that are counted, or little more: frequencies only say which elements to look for first."""

NEIGHBOURS = 64
"""Sets that are counted together where not all are, so that of mapped files few pages are read."""

SLOTS = 24
"""Slots, as a power of two, that keys are counted in at most, to see which are there more than once."""

MARKS = 22
"""Slots, as a power of two, that a sieve marks at most."""

STREAMED = 1 << 22
"""Elements that machine code is given at a time."""

PAGE = 1 << 12
"""Bytes of a mapped file that the memory holds beside a set that is looked at alone."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The pairs a join found; `whole`: they are all there are, whatever else there is, for no crowd was met."""

    pairs: Pairs
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a whole join of some sets found: all `pairs` of a `left` and a `right` one of them (bool, one for each set of a side)."""

    pairs: Pairs
    left: NDArray[np.bool_]
    right: NDArray[np.bool_]

    def among(self, left: I64, right: I64) -> Known:
        """The same for some of the sets (ascending), numbered by their places there."""
        first, second = (np.full(len(side), -1) for side in (self.left, self.right))
        first[left], second[right] = np.arange(len(left)), np.arange(len(right))
        pairs = Pairs(left=first[self.pairs.left], right=second[self.pairs.right], overlap=self.pairs.overlap)
        pairs = pairs.where((pairs.left >= 0) & (pairs.right >= 0))
        return Known(pairs=pairs, left=self.left[left], right=self.right[right])


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


def similar(pairs: Pairs, left: Collection, right: Collection, threshold: float) -> NDArray[np.bool_]:
    """Which pairs have Jaccard >= threshold."""
    union = left.sizes[pairs.left] + right.sizes[pairs.right] - pairs.overlap
    similarity: NDArray[np.bool_] = pairs.overlap / np.maximum(union, 1) >= threshold
    return similarity & (pairs.overlap > 0)


def alike(left: I64, right: I64, threshold: float) -> I64:
    """About how many elements sets of these sizes share at least where they have Jaccard >= threshold: so many, or one fewer."""
    least: I64 = np.ceil((left + right) * (threshold / (1 + threshold)) - 1e-6).astype(np.int64)
    return np.maximum(least, 1)


def frequencies(sets: Collection) -> NDArray[np.uint32]:
    """About how often elements occur, added up in COUNTERS counters: of many sets some neighbours at equal distances are counted."""
    counts = np.zeros(COUNTERS, np.uint32)
    step = 1 + int(sets.sizes.sum()) // COUNTED
    starts = np.arange(0, len(sets), NEIGHBOURS * step)
    sample = sets.only(ranges(starts, np.minimum(len(sets) - starts, NEIGHBOURS)))
    if (counted := native.kernel("counted")) is not None:
        counted(sample.addresses, sample.sizes, counts, step)
    else:
        for _, part in sample.blocks():
            np.add.at(counts, counter(part.values), np.uint32(step))
    pages.looked_at(8 * int(sample.sizes.sum()))
    return counts


def counter(values: U64) -> I64:
    """The counter of each element."""
    return (values & np.uint64(COUNTERS - 1)).view(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """The rarest elements of sets, in order: those of set i are elements[offsets[i]:offsets[i + 1]], of which `firsts[i]` are foremost."""

    offsets: I64
    elements: U64
    firsts: I64

    @property
    def records(self) -> I64:
        """The set of each element, ascending."""
        return np.repeat(np.arange(len(self.firsts)), np.diff(self.offsets))

    @property
    def before(self) -> I64:
        """How many elements of its set come before each one."""
        places: I64 = np.arange(len(self.elements)) - np.repeat(self.offsets[:-1], np.diff(self.offsets))
        return places

    @property
    def foremost(self) -> NDArray[np.bool_]:
        """Which elements are among the foremost of their set."""
        return self.before < np.repeat(self.firsts, np.diff(self.offsets))


def prefixes(sets: Collection, counts: NDArray[np.uint32], share: float, smaller: float | None = None, more: int = 0) -> Prefixes:
    """The rarest size - at_least(share, size) + 1 elements of each set, and some `more` if it has them; the foremost are as many for the
    share that a set has in common with every larger one (by default the same). The order is by counter, then by element.
    """
    lengths, firsts = (
        np.where(sets.sizes > 0, sets.sizes - at_least(each, sets.sizes) + 1, 0) for each in (share, share if smaller is None else smaller)
    )
    lengths = np.minimum(lengths + more, sets.sizes)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    elements = np.empty(int(offsets[-1]), np.uint64)
    if (rarest := native.kernel("rarest")) is None:
        _rarest(sets, counts, lengths, offsets, elements)
    else:
        weights, values = np.empty((2, int(sets.sizes.max(initial=0))), np.uint64)
        addresses = sets.addresses
        for a, b in spans(sets.sizes, STREAMED):
            part = elements[offsets[a] : offsets[b]]
            rarest(addresses[a:b], sets.sizes[a:b], lengths[a:b], counts, weights, values, np.empty(128, np.int64), part)
            pages.looked_at(8 * int(sets.sizes[a:b].sum()))
    return Prefixes(offsets=offsets, elements=elements, firsts=firsts)


def _rarest(sets: Collection, counts: NDArray[np.uint32], lengths: I64, offsets: I64, elements: U64) -> None:
    for first, part in sets.blocks():
        order = np.argsort(part.sizes, kind="stable")
        for alike in np.split(order, np.flatnonzero(np.diff(part.sizes[order])) + 1):
            size, length = int(part.sizes[alike[0]]), int(lengths[first + alike[0]])
            if length:
                values = np.sort(part.values[part.offsets[alike, None] + np.arange(size)], axis=1)  # so that a place stands for a value
                weights = counts[counter(values)].astype(np.uint64) << np.uint64(32)
                keys = np.partition(weights | np.arange(size, dtype=np.uint64), length - 1, axis=1)[:, :length]
                keys.sort(axis=1)
                chosen = np.take_along_axis(values, (keys & np.uint64(0xFFFFFFFF)).astype(np.int64), axis=1)
                elements[offsets[first + alike, None] + np.arange(length)] = chosen


class Sieve:
    """Few keys (hashes) among many: two independent tests of bits, so that hardly any other key passes."""

    def __init__(self, few: U64 | NDArray[np.uint32]) -> None:
        bits = min(len(few).bit_length() + 4, MARKS)
        self._mask = few.dtype.type((1 << bits) - 1)
        self._shifts = few.dtype.type(0), few.dtype.type(8 * few.dtype.itemsize - bits)
        self._marked = []
        for shift in self._shifts:
            marked = np.zeros(1 << bits, np.bool_)
            marked[self._slots(few, shift)] = True
            self._marked.append(marked)

    def _slots(self, keys: U64 | NDArray[np.uint32], shift: np.uint64 | np.uint32) -> I64:
        slots: I64 = (keys >> shift & self._mask).astype(np.int64)
        return slots

    def passing(self, keys: U64 | NDArray[np.uint32]) -> I64:
        """The places of those keys that may be among the few: of all that are, and of hardly any other."""
        first, second = self._shifts
        places = np.flatnonzero(self._marked[0][self._slots(keys, first)])
        return places[self._marked[1][self._slots(keys[places], second)]]


def shared(keys: U64 | NDArray[np.uint32]) -> I64:
    """The places of the keys (hashes) that are there more than once, ordered by key, then by place."""
    if (repeated := native.kernel("repeated")) is not None:
        wide = keys.astype(np.uint64) << np.uint64(32) if keys.dtype == np.uint32 else np.ascontiguousarray(keys)
        bits = min(max(len(keys).bit_length() - 3, 1), SLOTS)
        starts, stack, found = np.zeros((1 << bits) + 2, np.int64), np.empty(128, np.int64), np.empty(len(keys), np.int64)
        return found[: repeated(wide, bits, starts, *np.empty((2, len(keys)), np.uint64), stack, found)].copy()
    places = np.arange(len(keys))
    for shift in (0, 32 - SLOTS) * 2:  # most keys are there once, and about half of those are alone in their slot: they go first
        mask = (1 << min(len(keys).bit_length() + 1, SLOTS)) - 1
        slots = (keys >> keys.dtype.type(shift) & keys.dtype.type(mask)).astype(np.int64)
        counts = np.zeros(mask + 1, np.uint32)
        np.add.at(counts, slots, np.uint32(1))
        kept = np.flatnonzero((counts > 1)[slots])
        places, keys = places[kept], keys[kept]
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    return places[order[np.append(same, False) | np.append(False, same)]] if len(order) else places


def numbers_of(upper: U64, lower: U64) -> tuple[I64, I64]:
    """The number of each key of two halves, in order of first appearance, and the place where each number first appears."""
    if (numbered := native.kernel("numbered")) is not None:
        number, firsts = np.empty((2, len(upper)), np.int64)
        slots = np.full(1 << (2 * len(upper)).bit_length(), -1, np.int32)
        return number, firsts[: numbered(np.ascontiguousarray(upper), np.ascontiguousarray(lower), slots, number, firsts)].copy()
    first = np.arange(len(upper))
    again = shared(upper)
    again = again[np.lexsort((again, lower[again], upper[again]))]
    new = np.ones(len(again), np.bool_)
    new[1:] = (upper[again[1:]] != upper[again[:-1]]) | (lower[again[1:]] != lower[again[:-1]])
    first[again] = again[new][np.cumsum(new) - 1]
    firsts = np.flatnonzero(first == np.arange(len(upper)))
    return np.searchsorted(firsts, first).astype(np.int64), firsts


def occurrences(keys: U64) -> I64:
    """How often each key is there, at its place."""
    number, _ = numbers_of(keys, keys)
    counts: I64 = np.bincount(number).astype(np.int64)[number]
    return counts


def unique(pieces: Iterable[tuple[I64, I64]], width: int) -> tuple[I64, I64]:
    """The pairs of all pieces, each once; the second of a pair is below `width`."""
    known = np.zeros(0, np.int64)
    for left, right in pieces:
        both = np.sort(np.concatenate([known, left * width + right]), kind="stable")  # which only merges what is sorted already
        known = both[np.append(True, both[1:] != both[:-1])[: len(both)]]
    return known // max(width, 1), known % max(width, 1)


def verified(left: Collection, right: Collection, candidates: tuple[I64, I64], least: I64) -> Pairs:
    """The candidates that share at least so many elements, and how many they share; those of one left set best stand together."""
    first, second, least = (np.ascontiguousarray(each) for each in (*candidates, least))
    again = np.append(False, first[1:] == first[:-1])[: len(first)]
    work = right.sizes[second] + np.where(again, 0, left.sizes[first])
    overlap = np.empty(len(first), np.int64)
    overlaps = native.kernel("overlaps")
    table = np.empty(slots(int(left.sizes[first].max(initial=0))), np.uint64)
    for a, b in spans(work, BLOCK):
        if overlaps is None:
            overlap[a:b] = _overlaps(left, right, first[a:b], second[a:b])
        else:
            one, other = left.only(first[a:b]), right.only(second[a:b])
            overlaps(first[a:b], one.addresses, one.sizes, other.addresses, other.sizes, least[a:b], table, overlap[a:b])
        pages.looked_at(8 * int(work[a:b].sum()) + PAGE * (b - a))
    return Pairs(left=first, right=second, overlap=overlap).where(overlap >= least)


def slots(size: int) -> int:
    """The slots of the table in which machine code looks up the elements of a set of up to so many."""
    return max(16, 1 << (2 * size - 1).bit_length())


def _overlaps(left: Collection, right: Collection, first: I64, second: I64) -> I64:
    """|left[first[i]] ∩ right[second[i]]| for every i.

    A left element is found by a key of its record and its upper bits; the elements themselves are compared then.
    """
    owners, mine = np.unique(first, return_inverse=True)
    held = left.take(owners)
    keys = _keys(np.repeat(np.arange(len(owners)), held.sizes), held.values)
    order = np.argsort(keys)
    wanted = right.take(second)
    pair = np.repeat(np.arange(len(second)), wanted.sizes)
    asked = _keys(mine[pair], wanted.values)
    values, keys = np.append(held.values[order], np.uint64(0)), np.append(keys[order], NO_KEY)
    places = np.searchsorted(keys, asked)
    hit = (keys[places] == asked) & (values[places] == wanted.values)
    unsure = np.flatnonzero(~hit & (keys[places] == asked))
    for place in unsure.tolist():
        spot = int(places[place])
        while keys[spot] == asked[place] and not hit[place]:
            hit[place] = values[spot] == wanted.values[place]
            spot += 1
    return np.bincount(pair[hit], minlength=len(second)).astype(np.int64)


def _keys(records: I64, values: U64) -> U64:
    """Keys that sort by record (fewer than 2^23 of them), then by the value's upper 41 bits."""
    return (records.astype(np.uint64) << np.uint64(41)) | (values >> np.uint64(23))
