"""The same text under two licences: clusters of duplicates joined with what their records say of their licence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from auditor.kernels.sets import ranges
from auditor.licenses.groups import stricter
from auditor.licenses.record_places import located
from auditor.licenses.records import Column
from auditor.model import Location, Locations, digest

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.licenses.records import I32, I64

MOST = 100
"""Pairs of licences that are told one by one."""

_ROWS = 1 << 40
"""More than any split has rows."""

_NONE = np.zeros(0, np.int64)

Licences = tuple[str, str]
"""Two licences, the looser one first; where neither is stricter, in alphabetical order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Records of nearly one text under two licences: how many pairs of them are identical and how many near; `linked` are clusters of so
    many records that not all their near pairs are known, and in which no pair of the two is.

    `places` are pairs of records that are listed: split and row of the looser record, of the stricter one (int64, a row a pair; splits by
    number). `clusters` counts those that hold both, `records` the records of these under either, by split.
    """

    licences: Licences
    identical: int
    near: int
    linked: int
    clusters: int
    records: Mapping[str, int]
    places: I64 = field(repr=False)

    @property
    def count(self) -> int:
        """The pairs that are known, and the clusters without one."""
        return self.identical + self.near + self.linked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Members:
    """The records of all clusters whose licence is known, cluster by cluster: cluster, text, split, row and licence of each (int64)."""

    cluster: I64
    text: I64
    split: I64
    row: I64
    licence: I64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """Pairs of records: the number of their two licences (the lower one times that of all, plus the higher), their cluster, and split and
    row of the record under the lower and of the one under the higher (int64, a row a pair).
    """

    licences: I64
    cluster: I64
    ends: I64


def copies(
    columns: Mapping[str, Column], names: Sequence[str], clusters: pa.Table, pairs: pa.Table, cap: int, licences: Sequence[str]
) -> tuple[list[Copies], int]:
    """What there is of each two licences, most pairs first, `MOST` of them; and the count of all. `columns` are the splits' columns of
    licences, `names` all splits; `clusters` and `pairs` the evidence tables of the comparison; of clusters of more than `cap` records not
    all near pairs are listed.
    """
    codes = {names.index(split): coded(column, licences) for split, column in columns.items()}
    members, width = _members(clusters, names, codes), len(licences)
    same, products = _identical(members, width)
    near = _near(pairs, names, codes, members, width)
    links = _links(members, _large(clusters, cap), [same, near], width)
    counts = products, Counter(near.licences.tolist()), Counter(links.licences.tolist())
    every = sorted({*products, *counts[1], *counts[2]}, key=lambda key: (-sum(each[key] for each in counts), key))
    listed = _Listed(
        licences=np.concatenate([each.licences for each in (same, near, links)]),
        cluster=np.zeros(0, np.int64),
        ends=np.concatenate([each.ends for each in (same, near, links)]),
    )
    told = [_told(divmod(key, width), [each[key] for each in counts], listed.ends[listed.licences == key], members, names, licences)
            for key in every[:MOST]]  # fmt: skip
    return told, sum(sum(each.values()) for each in counts)


def coded(column: Column, licences: Sequence[str]) -> I32:
    """For each record of a split the number of its licence, -1 where it is not known."""
    numbers = {name: place for place, name in enumerate(licences)}
    meant = {value: numbers.get(str(each.expression), -1) for value, each in column.meanings.items()}
    parts = [np.zeros(0, np.int32)]
    for piece in column.pieces:
        table = np.array([*(meant[text] for text in piece.texts), -1], np.int32)
        parts.append(table[piece.codes])  # -1 is the last
    return np.concatenate(parts)


def _numbers(column: pa.ChunkedArray, names: Sequence[str]) -> I64:
    """The numbers of the splits that a column names."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: I64 = pc.index_in(column, value_set=pa.array(names, pa.string())).cast(pa.int64()).to_numpy()
    return found


def _licences(split: I64, row: I64, codes: Mapping[int, I32]) -> I64:
    found = np.full(len(row), -1, np.int64)
    for number, those in codes.items():
        here = split == number
        found[here] = those[row[here]]
    return found


def _members(clusters: pa.Table, names: Sequence[str], codes: Mapping[int, I32]) -> _Members:
    split, row, cluster = _numbers(clusters["split"], names), clusters["row"].to_numpy(), clusters["cluster"].to_numpy()
    licence = _licences(split, row, codes)
    order = np.lexsort((row, split, cluster))
    order = order[licence[order] >= 0]
    return _Members(
        cluster=cluster[order], text=clusters["text"].to_numpy()[order], split=split[order], row=row[order], licence=licence[order]
    )


def _large(clusters: pa.Table, cap: int) -> I64:
    """The clusters of more records than the cap."""
    numbers, sizes = np.unique(clusters["cluster"].to_numpy(), return_counts=True)
    found: I64 = numbers[sizes > cap]
    return found


def _identical(members: _Members, width: int) -> tuple[_Listed, Counter[int]]:
    """How many pairs of records of one text there are of each two licences. Listed are, of each text and two licences, every record of the
    one with the first of the other: all records, without all their pairs.
    """
    order = np.lexsort((members.row, members.split, members.licence, members.text))
    text, licence = members.text[order], members.licence[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (text[1:] != text[:-1]) | (licence[1:] != licence[:-1])
    starts = np.flatnonzero(new)  # of the records of one text under one licence
    sizes = np.diff(np.append(starts, len(order)))
    products, keys, lefts, rights = Counter[int](), [_NONE], [_NONE], [_NONE]
    for distance in range(1, len(starts)):
        first = np.flatnonzero(text[starts[:-distance]] == text[starts[distance:]])
        if not len(first):
            break
        a, b = first, first + distance
        key = licence[starts[a]] * width + licence[starts[b]]
        for each in np.unique(key).tolist():
            products[each] += int((sizes[a] * sizes[b])[key == each].sum())
        keys += [np.repeat(key, sizes[b]), np.repeat(key, sizes[a] - 1)]
        lefts += [np.repeat(starts[a], sizes[b]), ranges(starts[a] + 1, sizes[a] - 1)]
        rights += [ranges(starts[b], sizes[b]), np.repeat(starts[b], sizes[a] - 1)]
    left, right = order[np.concatenate(lefts)], order[np.concatenate(rights)]
    return _listed(np.concatenate(keys), left, right, members), products


def _listed(licences: I64, left: I64, right: I64, members: _Members) -> _Listed:
    ends = np.column_stack([members.split[left], members.row[left], members.split[right], members.row[right]])
    return _Listed(licences=licences, cluster=members.cluster[left], ends=ends)


def _near(pairs: pa.Table, names: Sequence[str], codes: Mapping[int, I32], members: _Members, width: int) -> _Listed:
    """The near pairs that are listed, of records under two licences."""
    import pyarrow.compute as pc

    near = pairs.filter(pc.equal(pairs["relation"], "near"))
    left = _numbers(near["left_split"], names), near["left_row"].to_numpy()
    right = _numbers(near["right_split"], names), near["right_row"].to_numpy()
    mine, other = _licences(*left, codes), _licences(*right, codes)
    ends = np.column_stack([*left, *right])
    ends[mine > other] = ends[mine > other][:, [2, 3, 0, 1]]
    differ = (mine >= 0) & (other >= 0) & (mine != other)
    ends, low, high = ends[differ], np.minimum(mine, other)[differ], np.maximum(mine, other)[differ]
    place = np.lexsort((members.row, members.split))
    known, asked = (split * _ROWS + row for split, row in ((members.split[place], members.row[place]), (ends[:, 0], ends[:, 1])))
    return _Listed(licences=low * width + high, cluster=members.cluster[place[np.searchsorted(known, asked)]], ends=ends)


def _links(members: _Members, large: I64, listed: Sequence[_Listed], width: int) -> _Listed:
    """For each large cluster and two licences that stand in it without a pair that is listed, the first record of each."""
    inside = [(some, np.isin(some.cluster, large)) for some in listed]
    joined = {each for some, here in inside for each in zip(some.cluster[here].tolist(), some.licences[here].tolist(), strict=True)}
    found = list[tuple[int, int, int]]()
    firsts, ends = (np.searchsorted(members.cluster, large, side=side).tolist() for side in ("left", "right"))
    for cluster, begin, end in zip(large.tolist(), firsts, ends, strict=True):
        kinds, places = np.unique(members.licence[begin:end], return_index=True)
        for (a, first), (b, other) in combinations(zip(kinds.tolist(), places.tolist(), strict=True), 2):
            if (cluster, a * width + b) not in joined:
                found.append((a * width + b, begin + first, begin + other))
    keys, left, right = np.array(found, np.int64).reshape(-1, 3).T
    return _listed(keys, left, right, members)


def _told(
    key: tuple[int, int], counts: Sequence[int], ends: I64, members: _Members, names: Sequence[str], licences: Sequence[str]
) -> Copies:
    """What was found of two licences, the looser one in front."""
    pair = licences[key[0]], licences[key[1]]
    first, second = sorted(pair)
    order = (second, first) if stricter(second, first) != second else (first, second)
    ends = np.unique(ends if order == pair else ends[:, [2, 3, 0, 1]], axis=0)
    both = np.intersect1d(*(members.cluster[members.licence == number] for number in key))
    inside = np.isin(members.cluster, both) & np.isin(members.licence, key)
    records = Counter(members.split[inside].tolist())
    identical, near, linked = counts
    return Copies(
        licences=order,
        identical=identical,
        near=near,
        linked=linked,
        clusters=len(both),
        records={names[number]: records[number] for number in sorted(records)},
        places=ends,
    )


class Pairs(Locations):
    """The pairs of copies: the looser record is the one to act on, the stricter one its partner."""

    def __init__(self, found: Copies, columns: Mapping[str, Column], names: Sequence[str], paths: Mapping[int, str]) -> None:
        self._places, self._names, self._columns, self._paths = found.places, names, columns, paths
        self._starts = {split: np.array([piece.row for piece in column.pieces], np.int64) for split, column in columns.items()}

    def __len__(self) -> int:
        return len(self._places)

    def at(self, place: int) -> Location:
        """The place of a pair."""
        left_split, left_row, right_split, right_row = self._places[place].tolist()
        left, right = self._located(left_split, left_row), self._located(right_split, right_row)
        return left.beside(right, digest(str(left.digest), str(right.digest)))

    def _located(self, split: int, row: int) -> Location:
        name = self._names[split]
        column = self._columns[name]
        piece = column.pieces[int(np.searchsorted(self._starts[name], row, side="right")) - 1]
        return located(column, piece, row - piece.row, self._paths)
