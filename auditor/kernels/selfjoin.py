"""A collection of sets joined with itself: by the prefix filter or by MinHash bands; crowds are kept apart (auditor/kernels/crowds.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import native
from auditor.kernels.crowds import crowded
from auditor.kernels.joins import (
    Joined,
    Known,
    Pairs,
    Prefixes,
    alike,
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
from auditor.kernels.streaming import Sides, candidates, streamed

Bools = NDArray[np.bool_]

CROWD = 100
"""Sets under one key above which they are a crowd."""

Keyed = tuple[I64, U64 | NDArray[np.uint32]]
"""Records (ascending) and a key of each."""

Grouped = tuple[I64, I64]
"""Records, and the numbers of the groups they are in (ascending)."""


def within(sets: Collection, threshold: float, cap: int, known: Known | None = None) -> Joined:
    """The pairs of different sets with Jaccard >= threshold, each once: all of them in clusters of up to `cap` sets, in larger ones
    those of interest.

    A set has more in common with every larger one than with smaller ones: so of a pair the smaller one has the element among its foremost.
    Unless a crowd is met these are all there are, whatever the order of the elements, so that the ones between sets that are `known` need
    no second look. The order decides what is a crowd, and every set has a part in the order: so all groups are formed again.
    """
    rare = prefixes(sets, frequencies(sets), threshold, 2 * threshold / (1 + threshold))
    records, foremost = rare.records, rare.foremost
    entries, group, large = _groups(shared(rare.elements), rare.elements)
    rest = sets.sizes[records] - rare.before
    crowds = [(records[places], rest[places]) for places in large if foremost[places].any()]
    if known is not None and not crowds:
        found = _of_elements(sets, rare, (entries, group), threshold, ~known.left)
        return Joined(pairs=concatenated([known.pairs, found]), whole=True)
    found = _of_elements(sets, rare, (entries, group), threshold, None)
    return Joined(pairs=crowded(sets, found, crowds, threshold, cap) if crowds else found, whole=not crowds)


def within_bands(sets: Collection, bands: Keys, threshold: float, cap: int, known: Known | None = None) -> Joined:
    """The same of the pairs that fall together in one of the bands. A crowd is joined by its elements, which tell its sets apart better.

    The keys of a set are its own: a group without a new set is part of one that was no crowd before, so only the others are formed.
    """
    filled = np.flatnonzero(sets.sizes > 0)
    bands = bands.only(filled)
    if known is not None:
        beside = ((filled[places], keys) for places, keys in bands.beside(np.flatnonzero(~known.left[filled])))
        pairs, crowds = _of_keys(sets, beside, threshold, ~known.left)
        if not crowds:
            return Joined(pairs=concatenated([known.pairs, pairs]), whole=True)
    pairs, crowds = _of_keys(sets, ((filled, keys) for keys in bands), threshold, None)
    if not crowds:
        return Joined(pairs=pairs, whole=True)
    members = np.unique(np.concatenate(crowds))
    found = within(sets.only(members), threshold, cap).pairs
    found = Pairs(left=members[found.left], right=members[found.right], overlap=found.overlap)
    return Joined(pairs=once(concatenated([pairs, found]), len(sets)), whole=False)


def _groups(places: I64, keys: U64 | NDArray[np.uint32]) -> tuple[I64, I64, list[I64]]:
    """The places, ordered by key, of groups with one key, and their numbers; apart from these, those of each crowd."""
    keys = keys[places]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    members = np.diff(np.append(starts, len(keys)))
    group = np.repeat(np.arange(len(starts)), members)
    large = np.flatnonzero(members > CROWD)
    crowds = [places[start : start + count] for start, count in zip(starts[large].tolist(), members[large].tolist(), strict=True)]
    few = members[group] <= CROWD
    return places[few], group[few], crowds


def _of_elements(sets: Collection, rare: Prefixes, grouped: Grouped, threshold: float, new: Bools | None) -> Pairs:
    """The pairs of sets that share an element, or of those one of which is new."""
    if native.kernel("crossed") is None:
        pieces = _grouped(rare.records[grouped[0]], grouped[1], rare.foremost[grouped[0]], sets.sizes, threshold)
        return _similar(sets, unique(pieces, len(sets)), threshold, new)
    entries = np.sort(grouped[0])
    records, elements = rare.records[entries], rare.elements[entries]
    sides = Sides(left=sets, right=sets, inside=np.full(len(sets), 1 << 62), threshold=threshold, itself=True)
    counts = np.bincount(records, minlength=len(sets)).astype(np.int64)
    addresses = (elements.ctypes.data + 8 * (np.cumsum(counts) - counts)).astype(np.uint64)
    foremost = rare.foremost[entries]
    asking = np.flatnonzero(counts)
    if new is None:
        turns = [(asking, foremost)]
    else:
        turns = [(asking[new[asking]], foremost), (asking[~new[asking]], foremost & new[records])]
    parts = [streamed(sides, some, (addresses[some], counts[some]), records[index], elements[index]) for some, index in turns]
    found = concatenated(parts)
    low, high = np.minimum(found.left, found.right), np.maximum(found.left, found.right)
    found = Pairs(left=low, right=high, overlap=found.overlap)
    return found.where(similar(found, sets, sets, threshold))


def _of_keys(sets: Collection, keyed: Iterable[Keyed], threshold: float, new: Bools | None) -> tuple[Pairs, list[I64]]:
    """The pairs of sets that share a key, or of those one of which is new; and the crowds."""
    groups, crowds = [], []
    for records, keys in keyed:
        places, group, large = _groups(shared(keys), keys)
        groups.append((records[places], group))
        crowds += [records[places] for places in large]
    if native.kernel("paired") is not None:
        found = [_similar(sets, each, threshold, new) for each in candidates(groups, sets.sizes, threshold)]
        return concatenated(found), crowds
    parts = [unique(_grouped(*each, np.ones(len(each[0]), np.bool_), sets.sizes, threshold), len(sets)) for each in groups]
    return _similar(sets, unique(parts, len(sets)), threshold, new), crowds


def _similar(sets: Collection, candidates: tuple[I64, I64], threshold: float, new: Bools | None) -> Pairs:
    """The candidates with Jaccard >= threshold, or those of them of which one is new."""
    left, right = candidates
    if new is not None:
        left, right = left[new[left] | new[right]], right[new[left] | new[right]]
    found = verified(sets, sets, (left, right), alike(sets.sizes[left], sets.sizes[right], threshold))
    return found.where(similar(found, sets, sets, threshold))


def _grouped(records: I64, group: I64, foremost: Bools, sizes: I64, threshold: float) -> Iterator[tuple[I64, I64]]:
    """The pairs (lower record first) within a group whose sizes allow the threshold, in pieces; a pair may come more than once. Of a
    pair, the record that is first by size, then by number, must be one of the foremost.
    """
    order = np.lexsort((records, sizes[records], group))
    records, group = records[order], group[order]
    smallest = at_least(threshold, sizes[records])
    alive = np.flatnonzero(foremost[order])
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
