"""The blind comparison: records under a key against the items of a sketch under the same key; which are equal, alike or contained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels.joins import Pairs, Sieve, at_least, concatenated, frequencies, prefixes, unique, verified
from auditor.kernels.pairing import CONTAINED, CONTAINMENT, IDENTICAL, NEAR
from auditor.kernels.records import digests, sets_of
from auditor.kernels.sets import BLOCK, I64, U64, Collection, Sets, collection, ranges, spans
from auditor.leakage.sketch import Key, keyed_digests, keyed_shingles


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """The items of a sketch, by their places in it: keyed digests (and the place of each), whether one is so long that it may be
    contained, sets of keyed shingles, and how many of each must be in a record that is like it. `elements` (ascending) with their
    `owners` are an index of so many of each set that one of them is in any such record.
    """

    digests: list[bytes]
    places: dict[bytes, int]
    long: NDArray[np.bool_]
    sets: Collection
    least: I64
    elements: U64
    owners: I64
    sieve: Sieve


def items_of(table: pa.Table, threshold: float) -> Items:
    """The items of a sketch's table, for this threshold."""
    sets = sets_of(table["shingles"])
    share = min(threshold, CONTAINMENT)
    rare = prefixes(sets, frequencies(sets), share)
    order = np.argsort(rare.elements, kind="stable")
    keyed: list[bytes] = table["digest"].to_pylist()
    return Items(
        digests=keyed,
        places={each: place for place, each in enumerate(keyed)},
        long=np.array(table["long"].to_pylist(), np.bool_),
        sets=sets,
        least=at_least(share, sets.sizes),
        elements=rare.elements[order],
        owners=rare.records[order],
        sieve=Sieve(rare.elements),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Records (places) and items that are alike, in this order: relation (uint8), and the size of the intersection of their sets."""

    record: I64
    item: I64
    relation: I64
    overlap: I64


def matched(observed: pa.Table, items: Items, key: Key, threshold: float) -> Matches:
    """All matches of records as the leakage check observes them; the relation is the first that holds, as everywhere."""
    keyed = keyed_digests(digests(observed["digest"]), key)
    filled = np.array(observed["tokens"].to_pylist(), np.int64) > 0
    same = np.array([items.places.get(each, -1) if there else -1 for each, there in zip(keyed, filled.tolist(), strict=True)], np.int64)
    sets = sets_of(observed["shingles"])
    equal = np.flatnonzero(same >= 0)
    found = [_matches(equal, same[equal], IDENTICAL, items.sets.sizes[same[equal]])]
    for first, last in spans(sets.sizes, BLOCK):
        part = sets.take(np.arange(first, last))
        hidden = collection([Sets(offsets=part.offsets, values=keyed_shingles(part.values, key))])
        pairs = _alike(hidden, items)
        pairs = pairs.where(same[first + pairs.left] != pairs.right)
        size, wanted = hidden.sizes[pairs.left], items.sets.sizes[pairs.right]
        near = pairs.overlap / (size + wanted - pairs.overlap) >= threshold
        inside = ~near & (pairs.overlap >= at_least(CONTAINMENT, wanted)) & items.long[pairs.right]
        for kind, chosen in ((NEAR, near), (CONTAINED, inside)):
            some = pairs.where(chosen)
            found.append(_matches(first + some.left, some.right, kind, some.overlap))
    record, item = np.concatenate([each.record for each in found]), np.concatenate([each.item for each in found])
    order = np.lexsort((item, record))
    return Matches(
        record=record[order],
        item=item[order],
        relation=np.concatenate([each.relation for each in found])[order],
        overlap=np.concatenate([each.overlap for each in found])[order],
    )


def _matches(record: I64, item: I64, relation: int, overlap: I64) -> Matches:
    return Matches(record=record, item=item, relation=np.full(len(record), relation), overlap=overlap)


def _alike(records: Collection, items: Items) -> Pairs:
    """Every pair of a record and an item of which the least share of shingles is in the record."""
    part = records.take(np.arange(len(records)))
    places = items.sieve.passing(part.values)
    owner = np.repeat(np.arange(len(part)), part.sizes)[places]
    candidates = _candidates(records, owner, part.values[places], items)
    return concatenated(verified(records, items.sets, some, items.least[some[1]]) for some in candidates)


def _candidates(records: Collection, owner: I64, values: U64, items: Items) -> Iterator[tuple[I64, I64]]:
    """The pairs that share an element of the index and are of fitting sizes, each once, those of one record together."""
    starts = np.searchsorted(items.elements, values)
    counts = np.searchsorted(items.elements, values, side="right") - starts
    edges = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)])
    totals = np.add.reduceat(counts, edges) if len(edges) else edges
    for first, last in spans(totals, BLOCK):
        some = slice(edges[first], edges[last] if last < len(edges) else len(owner))
        left = np.repeat(owner[some], counts[some])
        right = items.owners[ranges(starts[some], counts[some])]
        fits = records.sizes[left] >= items.least[right]
        yield unique([(left[fits], right[fits])], len(items.sets))
