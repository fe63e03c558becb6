"""From the records of several splits to pairs, clusters and shares: equal texts are compared once, pairs are spelled out at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.crossjoin import Sought, cross
from auditor.kernels.forest import Forest, components
from auditor.kernels.joins import Joined, Known, Pairs, at_least, concatenated, frequencies, once
from auditor.kernels.lshjoin import by_datasketch
from auditor.kernels.minhash import Keys, keys_of
from auditor.kernels.selfjoin import within, within_bands
from auditor.kernels.sets import I64, Collection, ranges

Bools = NDArray[np.bool_]

IDENTICAL, NEAR, CONTAINED = 0, 1, 2
RELATIONS = ("identical", "near", "contained")

CONTAINMENT = 0.9
CONTAINED_TOKENS = 8
CLUSTER_CAP = 100
"""In a cluster of more records only pairs with its representative are listed."""

Join = tuple[int, int, str]
"""The places of two splits (or twice that of one), and how their texts are joined: exact, lsh or datasketch."""

EXACT_WITHIN = 200_000
"""Up to so many different texts a split is joined with itself exactly; above, by MinHash bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of all splits, in canonical order (split, then row).

    `split` and `text` are int64: the split's place, and the number of the record's token sequence (-1 where it has none). `texts`
    and `tokens` (int64) are the shingles and the token count of each such sequence, `keys` the band keys where they were observed.
    """

    split: I64
    text: I64
    texts: Collection
    tokens: I64
    keys: Keys | None = None

    def counts(self, splits: int) -> I64:
        """How often each text stands in each split: int64 of shape (texts, splits)."""
        there = self.text >= 0
        flat = np.bincount(self.text[there] * splits + self.split[there], minlength=len(self.texts) * splits)
        return flat.reshape(len(self.texts), splits).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be found: pairs across splits, pairs within one, the Jaccard threshold, and the join: auto, exact, lsh (both for a
    split and itself), or datasketch.
    """

    across: bool
    within: bool
    threshold: float
    join: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Pairs of records: `left` < `right` (int64 places in canonical order), relation (uint8) and the size of the intersection."""

    left: I64
    right: I64
    relation: NDArray[np.uint8]
    overlap: I64


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison of splits found.

    `cluster` (int64, a record each) is the place of the cluster's representative, or -1; `capped` marks records of clusters over the
    cap; `counts` (int64, texts by splits) says how often each text stands in each split. For each compared pair of splits (left,
    right; equal for one with itself): `identical` is the exact number of identical pairs, `hit` the number of right rows with any
    partner in the left split. `joins` says how each split was joined with itself, `joined` what each join found, as numbers of texts.
    """

    listed: Listed
    cluster: I64
    capped: Bools
    counts: I64
    identical: Mapping[tuple[int, int], int]
    hit: Mapping[tuple[int, int], int]
    joins: Mapping[int, str]
    joined: Mapping[Join, Joined]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """Similar texts: `near` pairs, each once with left < right; `contained` ones with the places of the splits they were found in."""

    near: Pairs
    contained: Mapping[tuple[int, int], Pairs]


def compare(records: Records, splits: int, wanted: Wanted, known: Mapping[Join, Known]) -> Comparison:
    """Compares the splits with each other and with themselves, as wanted; what is `known` of a join (numbers of texts) changes nothing
    but the time it takes.
    """
    counts = records.counts(splits)
    return compared(records, counts, wanted, join_texts(records, counts, ways(counts, wanted), wanted, known))


def ways(counts: I64, wanted: Wanted) -> Mapping[int, str]:
    """How each split is joined with itself, by its place; `counts` says how often each text stands in each split."""
    return {place: _way(wanted.join, int((times > 0).sum())) for place, times in enumerate(counts.T) if wanted.within}


def compared(records: Records, counts: I64, wanted: Wanted, joined: Mapping[Join, Joined]) -> Comparison:
    """The comparison, from the pairs of texts that the joins found."""
    edges = _edges(records, joined, wanted)
    cluster, sizes = _clusters(records, edges.near, counts, wanted)
    capped = (cluster >= 0) & (sizes > CLUSTER_CAP)
    listed = _Listing(records, edges, cluster, capped, wanted).listed()
    splits = range(counts.shape[1])
    ends = [(place, place) for place in splits if wanted.within]
    ends += list(combinations(splits, 2)) if wanted.across else []
    return Comparison(
        listed=listed,
        cluster=cluster,
        capped=capped,
        counts=counts,
        identical={(a, b): _identical(counts, a, b) for a, b in ends},
        hit={(a, b): _hit(counts, edges, a, b) for a, b in ends if a != b},
        joins={left: way for left, right, way in joined if left == right},
        joined=joined,
    )


def _way(join: str, texts: int) -> str:
    if join == "auto":
        return "exact" if texts <= EXACT_WITHIN else "lsh"
    return join


def join_texts(
    records: Records, counts: I64, joins: Mapping[int, str], wanted: Wanted, known: Mapping[Join, Known]
) -> Mapping[Join, Joined]:
    """What each join finds, of splits with themselves (in the ways of `joins`) and with each other: pairs of different texts."""
    members = [np.flatnonzero(counts[:, place] > 0) for place in range(counts.shape[1])]
    sets = [records.texts.only(each) for each in members]
    ends = [(place, place, way) for place, way in joins.items()]
    across = "datasketch" if wanted.join == "datasketch" else "exact"
    ends += [(left, right, across) for left, right in combinations(range(len(members)), 2)] if wanted.across else []
    # where pairs within a split are not wanted, the first partner of a text that stands in several splits may be no wanted one
    loose = None if wanted.within else (counts > 0).sum(axis=1) > 1
    forest = Forest(len(records.texts), CLUSTER_CAP, loose)
    frequent = frequencies(records.texts) if wanted.across and len(members) > 1 else np.zeros(0, np.uint32)
    joined = {}
    for left, right, way in ends:
        a, b = members[left], members[right]
        mine = known[left, right, way].among(a, b) if (left, right, way) in known else None
        if left == right:
            keys = None if records.keys is None else records.keys.only(a)
            found = _joined_with_itself(sets[left], keys, wanted.threshold, way, mine)
        elif way == "datasketch":
            found = by_datasketch(sets[left], sets[right], wanted.threshold)
        else:
            sought = Sought(threshold=wanted.threshold, containment=CONTAINMENT)
            found = cross(sets[left], sets[right], frequent, sought, forest, (a, b), mine)
        pairs = Pairs(left=a[found.pairs.left], right=b[found.pairs.right], overlap=found.pairs.overlap)
        joined[left, right, way] = Joined(pairs=pairs.where(pairs.left != pairs.right), whole=found.whole)
        if left == right:
            forest.add(pairs.left, pairs.right)
    return joined


def _joined_with_itself(sets: Collection, keys: Keys | None, threshold: float, way: str, known: Known | None) -> Joined:
    if way == "exact":
        return within(sets, threshold, CLUSTER_CAP, known)
    if way == "datasketch":
        return by_datasketch(sets, None, threshold)
    return within_bands(sets, keys_of(sets, threshold) if keys is None else keys, threshold, CLUSTER_CAP, known)


def _edges(records: Records, joined: Mapping[Join, Joined], wanted: Wanted) -> _Edges:
    near, contained = [], {}
    sizes = records.texts.sizes
    for (left, right, _), each in joined.items():
        pairs = each.pairs
        similar = pairs.overlap / (sizes[pairs.left] + sizes[pairs.right] - pairs.overlap) >= wanted.threshold
        near.append(pairs.where(similar))
        if left != right:
            inside = (pairs.overlap >= at_least(CONTAINMENT, sizes[pairs.right])) & (records.tokens[pairs.right] >= CONTAINED_TOKENS)
            contained[left, right] = pairs.where(inside & ~similar)
    found = concatenated(near)
    low, high = np.minimum(found.left, found.right), np.maximum(found.left, found.right)
    return _Edges(near=once(Pairs(left=low, right=high, overlap=found.overlap), len(records.texts)), contained=contained)


def _clusters(records: Records, near: Pairs, counts: I64, wanted: Wanted) -> tuple[I64, I64]:
    """For each record the first record of its cluster (-1 where it is in none), and how many records the cluster has."""
    roots = components(len(records.texts), near.left, near.right)
    there = np.flatnonzero(records.text >= 0)
    root = roots[records.text[there]]
    firsts = np.full(len(records.texts), len(records.text))
    firsts[root[::-1]] = there[::-1]
    paired = np.zeros(len(records.texts), np.bool_)
    paired[roots[near.left]] = True
    paired[roots[_repeated(counts, wanted)]] = True
    cluster = np.full(len(records.text), -1)
    cluster[there] = np.where(paired[root], firsts[root], -1)
    sizes = np.zeros(len(records.text), np.int64)
    sizes[there] = np.bincount(root, minlength=len(records.texts))[root]
    return cluster, sizes


def _repeated(counts: I64, wanted: Wanted) -> I64:
    """The texts of which two records make a wanted pair."""
    splits = sum((times > 0).astype(np.int64) for times in counts.T)
    inside = np.logical_or.reduce([times > 1 for times in counts.T])
    return np.flatnonzero((inside & wanted.within) | ((splits > 1) & wanted.across))


def _identical(counts: I64, left: int, right: int) -> int:
    if left == right:
        return int((counts[:, left] * (counts[:, left] - 1) // 2).sum())
    return int((counts[:, left] * counts[:, right]).sum())


def _hit(counts: I64, edges: _Edges, left: int, right: int) -> int:
    """How many right rows have a partner of any relation in the left split."""
    there = counts[:, left] > 0
    hit = there.copy()
    for a, b in ((edges.near.left, edges.near.right), (edges.near.right, edges.near.left)):
        hit[b[there[a]]] = True
    hit[edges.contained[left, right].right] = True
    return int(counts[hit, right].sum())


class _Listing:
    """Spells out pairs of texts as pairs of records."""

    def __init__(self, records: Records, edges: _Edges, cluster: I64, capped: Bools, wanted: Wanted) -> None:
        self._records, self._edges, self._cluster, self._capped, self._wanted = records, edges, cluster, capped, wanted
        there = np.flatnonzero(records.text >= 0)
        self._members = there[np.argsort(records.text[there], kind="stable")]
        self._sizes = np.bincount(records.text[there], minlength=len(records.texts)).astype(np.int64)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._text_capped = np.zeros(len(records.texts), np.bool_)
        self._text_capped[records.text[capped]] = True

    def listed(self) -> Listed:
        """All pairs, in canonical order of left, then right record."""
        parts = [*self._identical(), self._near(self._edges.near), *self._contained(), *self._of_capped()]
        left = np.concatenate([part.left for part in parts])
        right = np.concatenate([part.right for part in parts])
        order = np.lexsort((right, left))
        return Listed(
            left=left[order],
            right=right[order],
            relation=np.concatenate([part.relation for part in parts])[order],
            overlap=np.concatenate([part.overlap for part in parts])[order],
        )

    def _pairs(self, a: I64, b: I64, relation: int, overlap: I64) -> Listed:
        """Pairs of records as wanted ones, the earlier record first."""
        left, right = np.minimum(a, b), np.maximum(a, b)
        same = self._records.split[left] == self._records.split[right]
        kept = np.where(same, self._wanted.within, self._wanted.across)
        count = int(kept.sum())
        return Listed(left=left[kept], right=right[kept], relation=np.full(count, relation, np.uint8), overlap=overlap[kept])

    def _identical(self) -> Iterator[Listed]:
        """Pairs of records of one text, in clusters up to the cap."""
        sizes = np.where(self._text_capped, 0, self._sizes)
        for distance in range(1, int(sizes.max(initial=1))):
            texts = np.flatnonzero(sizes > distance)
            places = ranges(self._starts[texts], sizes[texts] - distance)
            first = self._members[places]
            yield self._pairs(first, self._members[places + distance], IDENTICAL, self._size_of(first))

    def _size_of(self, records: I64) -> I64:
        return self._records.texts.sizes[self._records.text[records]]

    def _near(self, near: Pairs) -> Listed:
        """Pairs of records of two similar texts, in clusters up to the cap."""
        near = near.where(~self._text_capped[near.left])
        a, b, overlap = self._product(near.left, near.right, near.overlap)
        return self._pairs(a, b, NEAR, overlap)

    def _product(self, left: I64, right: I64, overlap: I64) -> tuple[I64, I64, I64]:
        """Every record of each left text with every record of its right text."""
        each = np.repeat(np.arange(len(left)), self._sizes[left])
        a = self._members[ranges(self._starts[left], self._sizes[left])]
        wide = self._sizes[right][each]
        b = self._members[ranges(self._starts[right][each], wide)]
        return np.repeat(a, wide), b, np.repeat(overlap[each], wide)

    def _contained(self) -> Iterator[Listed]:
        split = self._records.split
        for (left, right), pairs in self._edges.contained.items():
            a, b, overlap = self._product(pairs.left, pairs.right, pairs.overlap)
            kept = (split[a] == left) & (split[b] == right)
            yield self._pairs(a[kept], b[kept], CONTAINED, overlap[kept])

    def _of_capped(self) -> Iterator[Listed]:
        """For each record of a cluster over the cap its pair with the representative; where there is none, its first pair."""
        if not self._capped.any():
            return
        neighbours = self._neighbours()
        chosen: dict[tuple[int, int], tuple[int, int]] = {}
        for record in np.flatnonzero(self._capped).tolist():
            partner = self._partner(record, neighbours)
            if partner is not None:
                chosen[min(record, partner[0]), max(record, partner[0])] = partner[1:]
        for relation in (IDENTICAL, NEAR):
            pairs = [(a, b, overlap) for (a, b), (kind, overlap) in chosen.items() if kind == relation]
            a, b, overlap = np.array(pairs, np.int64).reshape(-1, 3).T
            yield self._pairs(a, b, relation, overlap)

    def _neighbours(self) -> dict[int, dict[int, int]]:
        """The similar texts of each text in a cluster over the cap, with the sizes of the intersections."""
        near = self._edges.near.where(self._text_capped[self._edges.near.left])
        found: dict[int, dict[int, int]] = {}
        for a, b, overlap in zip(near.left.tolist(), near.right.tolist(), near.overlap.tolist(), strict=True):
            found.setdefault(a, {})[b] = overlap
            found.setdefault(b, {})[a] = overlap
        return found

    def _partner(self, record: int, neighbours: Mapping[int, Mapping[int, int]]) -> tuple[int, int, int] | None:
        """(partner, relation, overlap) of the pair to list for this record."""
        text = int(self._records.text[record])
        near = neighbours.get(text, {})
        first = int(self._cluster[record])
        if record == first:
            return None
        if int(self._records.text[first]) in {text, *near} and self._is_wanted(record, first):
            return self._related(record, first, near)
        own = [(member, text) for member in self._first_wanted(record, text)]
        others = [(member, other) for other in near for member in self._first_wanted(record, other)]
        return self._related(record, min(own + others)[0], near) if own or others else None

    def _related(self, record: int, partner: int, near: Mapping[int, int]) -> tuple[int, int, int]:
        other = int(self._records.text[partner])
        if other == int(self._records.text[record]):
            return partner, IDENTICAL, int(self._records.texts.sizes[other])
        return partner, NEAR, near[other]

    def _is_wanted(self, a: int, b: int) -> bool:
        same = self._records.split[a] == self._records.split[b]
        return self._wanted.within if same else self._wanted.across

    def _first_wanted(self, record: int, text: int) -> list[int]:
        """The first record of a text that makes a wanted pair with this record (none or one)."""
        members = self._members[self._starts[text] : self._starts[text] + self._sizes[text]]
        return next(([int(m)] for m in members if m != record and self._is_wanted(record, int(m))), [])
