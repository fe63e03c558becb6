"""Which of many records are near some texts, or contain them, by their shingles: exact, in one pass, with an index of the texts.

Of the texts' shingles the rarest are indexed. A set that shares at least `need` of a text's elements shares at least k of any
|text| - need + k of them (auditor/kernels/joins.py), so pairs with fewer hits there need no look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.joins import at_least
from auditor.kernels.lookup import Lookup, lookup
from auditor.kernels.sets import BLOCK, I64, Sets, ranges, spans

HITS = 4
"""Indexed shingles that a record and a text must share, if the text has so many, before they are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingles:
    """The shingles of texts: those of text i are the places kinds[bounds[i]:bounds[i + 1]] in `keys` (ascending).

    The shingle at place p leads to the texts posted[starts[p]:starts[p + 1]]. `need` is how many of a text's shingles must be shared.
    """

    lookup: Lookup
    kinds: I64
    bounds: I64
    starts: I64
    posted: I64
    need: I64

    @property
    def sizes(self) -> I64:
        """How many shingles each text has."""
        sizes: I64 = np.diff(self.bounds)
        return sizes


def shingles(sets: Sets, share: float) -> Shingles:
    """The index of texts given as sets, for pairs in which at least this share of the text's shingles is shared."""
    keys, kinds = np.unique(sets.values, return_inverse=True)
    owner = np.repeat(np.arange(len(sets)), sets.sizes)
    need = np.maximum(at_least(share, sets.sizes), 1)
    order = np.lexsort((kinds, np.bincount(kinds, minlength=len(keys))[kinds], owner))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(sets.offsets[:-1], sets.sizes)
    chosen = np.flatnonzero(rank < (sets.sizes - need + np.minimum(HITS, need))[owner])
    chosen = chosen[np.argsort(kinds[chosen], kind="stable")]
    return Shingles(
        lookup=lookup(keys),
        kinds=kinds,
        bounds=sets.offsets,
        starts=np.searchsorted(kinds[chosen], np.arange(len(keys) + 1)),
        posted=owner[chosen],
        need=need,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """Pairs of a record and a text, ascending, and how many shingles they share; int64."""

    record: I64
    text: I64
    shared: I64


def overlaps(found: Shingles, sets: Sets, also: tuple[I64, I64]) -> Overlaps:
    """Every pair in which enough shingles are shared (and perhaps others), and the pairs (record, text) of `also`."""
    parts = list(_overlaps(found, sets, also))
    return Overlaps(**{name: np.concatenate([np.zeros(0, np.int64), *(getattr(p, name) for p in parts)]) for name in Overlaps.__slots__})


def _overlaps(found: Shingles, sets: Sets, also: tuple[I64, I64]) -> Iterator[Overlaps]:
    texts = len(found.bounds) - 1
    for first, last in spans(sets.sizes, BLOCK):
        values = sets.values[sets.offsets[first] : sets.offsets[last]]
        places, kinds = found.lookup.found(values)
        owner = np.repeat(np.arange(first, last), sets.sizes[first:last])[places]
        pairs, counts = np.unique(_posted(found, kinds, owner, sets.sizes), return_counts=True)
        pairs = pairs[counts >= np.minimum(HITS, found.need[pairs % max(texts, 1)])]
        mine = (also[0] >= first) & (also[0] < last)
        pairs = np.union1d(pairs, also[0][mine] * texts + also[1][mine])
        record, text = np.divmod(pairs, max(texts, 1))
        yield Overlaps(record=record, text=text, shared=_shared(found, np.sort(owner * len(found.lookup.keys) + kinds), record, text))


def _posted(found: Shingles, kinds: I64, owner: I64, sizes: I64) -> I64:
    """The pairs that share an indexed shingle, once for each such, as record * texts + text; those of unfit sizes are left out."""
    counts = np.diff(found.starts)[kinds]
    text = found.posted[ranges(found.starts[kinds], counts)]
    record = np.repeat(owner, counts)
    fits = sizes[record] >= found.need[text]
    pairs: I64 = record[fits] * (len(found.bounds) - 1) + text[fits]
    return pairs


def _shared(found: Shingles, there: I64, record: I64, text: I64) -> I64:
    """How many shingles each pair shares; `there` are all (record, shingle) as record * shingles + shingle, ascending."""
    sizes = found.sizes[text]
    shared = np.zeros(len(text), np.int64)
    for first, last in spans(sizes, BLOCK):
        heads = ranges(found.bounds[text[first:last]], sizes[first:last])
        wanted = np.repeat(record[first:last], sizes[first:last]) * len(found.lookup.keys) + found.kinds[heads]
        places = np.minimum(np.searchsorted(there, wanted), max(len(there) - 1, 0))
        equal: NDArray[np.bool_] = there[places] == wanted if len(there) else np.zeros(len(wanted), np.bool_)
        shared[first:last] = np.bincount(np.repeat(np.arange(last - first), sizes[first:last])[equal], minlength=last - first)
    return shared
