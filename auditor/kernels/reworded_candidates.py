"""Passages of training records that may say a benchmark item in other words, named by the item's rarest terms."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import native
from auditor.kernels.norm import Tokens, tokenize
from auditor.kernels.reworded_index import MASS, RUNS, UNIT, Index, letters, numbers, stems
from auditor.kernels.sets import I64, U64, ranges, spans
from auditor.kernels.texts import Texts, of_strings

if TYPE_CHECKING:
    import pyarrow as pa

KEPT = 3
"""Candidates of a unit, those that it holds the largest share of: the best, the second best that it is compared with, and one more."""

EARLY = 8
"""Items of a unit whose passages are sought: those of which the unit as a whole holds the largest share."""

ALIKE = 45
"""A passage is no candidate where its cosine with the item, by masses, is below 1 / sqrt(ALIKE), 0.15: less than any match has."""

SLACK = 4
"""Tokens that a passage may be longer than one and a half times its item."""

BLOCK = 1 << 15
"""Tokens whose candidates are named at a time, so that a long record needs no more memory than short ones."""

CHUNK = 1 << 18
"""Bytes of text that are worked on at a time, so that the arrays stay in the cache's reach (a longer text is a chunk of its own)."""


def schema() -> pa.Schema:
    """The columns of candidates: the record and the unit in it, the item, the passage's terms (in the vocabulary; of others how many
    distinct ones), the shares of their numbers that both have, of all and of the item's (null: the item has none), the cosine of their
    runs of letters, and a digest of the passage.
    """
    import pyarrow as pa

    columns = {"row": pa.int64(), "unit": pa.int64(), "item": pa.int64(), "terms": pa.large_list(pa.int64())}
    return pa.schema({**columns, "unknown": pa.int64(), "agreed": pa.float64(), "shared": pa.float64(), "letters": pa.float64(),
                      "passage": pa.uint64()})  # fmt: skip


def candidates(texts: Texts | Sequence[str], index: Index) -> tuple[pa.Table, I64]:
    """The candidates among the records of a batch (`row` counts from 0), and how often each term of the vocabulary occurs in it; the
    last count is that of all tokens.
    """
    import pyarrow as pa

    texts = texts if isinstance(texts, Texts) else of_strings(texts)
    counts = np.zeros(len(index.terms) + 1, np.int64)
    slots = slotted(index.terms)
    parts, row = [], 0
    for chunk in texts.chunks(CHUNK):
        tokens = tokenize(chunk)
        hashes = stems(tokens)
        ids = _found(hashes, index.terms, slots)
        counts[:-1] += np.bincount(ids[ids >= 0], minlength=len(index.terms))
        counts[-1] += len(ids)
        units = _units(tokens.firsts)
        for first, last in spans(units.ends - units.starts, BLOCK):
            chosen = _chosen(units.part(first, last), ids, index)
            if len(chosen.items):
                parts.append(_described(chosen, ids, hashes, tokens, index, row))
        row += len(chunk)
    return pa.concat_tables([schema().empty_table(), *parts]), counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    """Parts of records that are looked at together, tokens starts[i] to ends[i]: of which record (they number `rows`, and its tokens
    are lows[i] to highs[i]), and which of its units (all int64).
    """

    starts: I64
    ends: I64
    lows: I64
    highs: I64
    rows: I64
    places: I64

    def part(self, first: int, last: int) -> _Units:
        return _Units(**{each.name: getattr(self, each.name)[first:last] for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Candidates: records' and units' numbers, items, and the passages' first and last tokens (all int64)."""

    rows: I64
    places: I64
    items: I64
    starts: I64
    ends: I64


def _units(firsts: I64) -> _Units:
    """The records' units: UNIT tokens each, the last one of a record up to twice as many."""
    sizes = np.diff(firsts)
    counts = np.where(sizes > 0, np.maximum(sizes // UNIT, 1), 0)
    rows = np.repeat(np.arange(len(sizes)), counts)
    places = ranges(np.zeros(len(sizes), np.int64), counts)
    starts = firsts[rows] + places * UNIT
    ends = np.where(places == counts[rows] - 1, firsts[rows + 1], starts + UNIT)
    return _Units(starts=starts, ends=ends, lows=firsts[rows], highs=firsts[rows + 1], rows=rows, places=places)


def slotted(terms: U64) -> I64:
    """A hash table of the terms with open addressing, at most a quarter full: a term's number, or -1, in each slot."""
    slots = np.full(4 << len(terms).bit_length(), -1, np.int64)
    places, waiting = _slot(terms, slots), np.arange(len(terms))
    while len(waiting):
        free = slots[places] < 0
        slots[places[free]] = waiting[free]
        left = slots[places] != waiting
        waiting, places = waiting[left], (places[left] + 1) % len(slots)
    return slots


def _slot(hashes: U64, slots: I64) -> I64:
    return (hashes & np.uint64(len(slots) - 1)).astype(np.int64)


def _found(hashes: U64, terms: U64, slots: I64) -> I64:
    """The numbers of the terms with these hashes, -1 where there is none."""
    places = _slot(hashes, slots)
    ids = slots[places]
    waiting = np.flatnonzero(ids >= 0)
    waiting = waiting[terms[ids[waiting]] != hashes[waiting]]
    while len(waiting):
        places[waiting] = (places[waiting] + 1) % len(slots)
        ids[waiting] = slots[places[waiting]]
        waiting = waiting[ids[waiting] >= 0]
        waiting = waiting[terms[ids[waiting]] != hashes[waiting]]
    return ids


def _chosen(units: _Units, ids: I64, index: Index) -> _Chosen:
    """The units' candidates: of the items that their anchors name and of which unit and passage hold enough, the KEPT of each unit of
    which the passage holds the largest share.
    """
    kernel = native.kernel("passages")
    lengths = (3 * index.sizes + 1) // 2 + SLACK
    if kernel is None:
        unit, item, start, end = _by_hand(units, ids, lengths, index)
    else:
        out = np.zeros(5 * KEPT * len(units.rows), np.int64)
        scratch = [np.zeros(size, np.int64) for size in (len(index), len(index), len(index.terms), len(index.terms))]
        places = (ids, units.starts, units.ends, units.lows, units.highs)
        items = (index.heads, index.items, index.needed, index.firsts, index.ids, index.whole, index.enough, lengths)
        early = np.zeros(5 * EARLY, np.int64)
        rows = kernel(*places, index.masses, *items, KEPT, _other(index), *scratch, early, out)
        unit, item, start, end, _ = out.reshape(-1, 5)[:rows].T
    return _Chosen(rows=units.rows[unit], places=units.places[unit], items=item, starts=start, ends=end)


def _by_hand(units: _Units, ids: I64, lengths: I64, index: Index) -> tuple[I64, I64, I64, I64]:
    """Unit, item, first and last token of the passage of each candidate, with NumPy."""
    unit, item = _named(units, ids, index)
    lows = np.maximum(units.lows[unit], units.starts[unit] - lengths[item])
    highs = np.minimum(units.highs[unit], units.ends[unit] + lengths[item])
    spread = ranges(lows, highs - lows)
    masses = np.where(_holds(np.repeat(item, highs - lows), ids[spread], index), index.masses[ids[spread]], 0)
    edges = np.concatenate([np.zeros(1, np.int64), np.cumsum(highs - lows)]).tolist()
    offsets = [_densest(masses[a:b], length) for (a, b), length in zip(pairwise(edges), lengths[item].tolist(), strict=True)]
    starts = lows + np.array(offsets, np.int64)
    ends = np.minimum(starts + lengths[item], highs)
    inside, owner = ids[ranges(starts, ends - starts)], np.repeat(np.arange(len(item)), ends - starts)
    passage = np.bincount(owner[inside < 0], minlength=len(item)) * _other(index)
    owner, term = np.divmod(np.unique(owner[inside >= 0] * len(index.terms) + inside[inside >= 0]), len(index.terms))
    np.add.at(passage, owner, index.masses[term])
    mine, mass = _holds(item[owner], term, index), np.zeros(len(item), np.int64)
    np.add.at(mass, owner[mine], index.masses[term[mine]])
    alike = (mass >= index.enough[item]) & (ALIKE * mass * mass >= index.whole[item] * passage)
    first = _first(unit, item, (mass << 20) // np.maximum(index.enough[item], 1), alike, KEPT)
    return unit[first], item[first], starts[first], ends[first]


def _first(unit: I64, item: I64, share: I64, allowed: NDArray[np.bool_], count: int) -> I64:
    """Which of the allowed are of each unit the first `count` by share, the largest first, then by item; in that order."""
    order = np.lexsort((item, -share, unit))
    order = order[allowed[order]]
    first: I64 = order[np.arange(len(order)) - np.searchsorted(unit[order], unit[order]) < count]
    return first


def _other(index: Index) -> int:
    """The mass of a term that no item has: half the mean of the vocabulary."""
    return int(index.masses.sum()) // max(2 * len(index.terms), 1)


def _named(units: _Units, ids: I64, index: Index) -> tuple[I64, I64]:
    """The (unit, item) that the items' anchors name and of whose mass the unit holds enough, EARLY of each unit at most."""
    sizes, count = units.ends - units.starts, len(index.terms)
    inside = ids[ranges(units.starts, sizes)]
    held = np.unique(np.repeat(np.arange(len(sizes)), sizes)[inside >= 0] * count + inside[inside >= 0])
    owner, term = np.divmod(held, count)
    lengths = index.heads[term + 1] - index.heads[term]
    pairs = np.repeat(owner, lengths) * len(index) + index.items[ranges(index.heads[term], lengths)]
    packed = np.sort(pairs * MASS + np.repeat(index.masses[term], lengths))
    pairs = packed // MASS
    edges = np.flatnonzero(np.append(np.diff(pairs, prepend=-1) != 0, True))
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(packed % MASS)])[edges]
    unit, item = np.divmod(pairs[edges[:-1]], len(index))
    named = np.diff(total) >= index.needed[item]
    unit, item = unit[named], item[named]
    lengths = index.firsts[item + 1] - index.firsts[item]
    terms = index.ids[ranges(index.firsts[item], lengths)]
    wanted = np.repeat(unit, lengths) * count + terms
    shared = np.append(held, -1)[np.searchsorted(held, wanted)] == wanted
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(index.masses[terms] * shared)])
    mass = np.diff(total[np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])])
    first = _first(unit, item, (mass << 20) // np.maximum(index.enough[item], 1), mass >= index.enough[item], EARLY)
    return unit[first], item[first]


def _holds(item: I64, term: I64, index: Index) -> NDArray[np.bool_]:
    """Whether each item has the term (-1: none)."""
    keys = index.keys
    wanted = item * len(index.terms) + term
    holds: NDArray[np.bool_] = (term >= 0) & (np.append(keys, -1)[np.searchsorted(keys, wanted)] == wanted)
    return holds


def _described(chosen: _Chosen, ids: I64, hashes: U64, tokens: Tokens, index: Index, row: int) -> pa.Table:
    """The candidates as `schema` has them, `row` records on."""
    import pyarrow as pa

    count, sizes = len(chosen.items), chosen.ends - chosen.starts
    inside = ranges(chosen.starts, sizes)
    owner = np.repeat(np.arange(count), sizes)
    known = ids[inside] >= 0
    others = np.stack([owner[~known].astype(np.uint64), hashes[inside[~known]]])
    unknown = np.unique(others, axis=1)[0].astype(np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owner[known], minlength=count))])
    bounds = zip(chosen.starts.tolist(), chosen.ends.tolist(), strict=True)
    digests = [hashlib.blake2b(hashes[a:b].tobytes(), digest_size=8).digest() for a, b in bounds]
    agreed, shared = _agreed(chosen.items, inside, owner, tokens, hashes, index)
    columns = {
        "row": chosen.rows + row,
        "unit": chosen.places,
        "item": chosen.items,
        "terms": pa.LargeListArray.from_arrays(offsets, ids[inside][known]),
        "unknown": np.bincount(unknown, minlength=count),
        "agreed": agreed,
        "shared": shared,
        "letters": _lettered(letters(tokens, inside, owner), chosen.items, index),
        "passage": np.frombuffer(b"".join(digests), "<u8"),
    }
    return pa.table(columns, schema())


def _densest(masses: I64, length: int) -> int:
    """Where the run of that length begins that holds the most, the first of them."""
    if len(masses) <= length:
        return 0
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(masses)])
    return int(np.argmax(total[length:] - total[:-length]))


def _lettered(theirs: I64, item: I64, index: Index) -> NDArray[np.float64]:
    """|A and B| / sqrt(|A| |B|) of the runs of letters of each item A and passage B, rounded to 1e-6; `theirs` are the passages' runs."""
    lengths = index.borders[item + 1] - index.borders[item]
    mine = np.repeat(np.arange(len(item)), lengths) << RUNS | index.runs[ranges(index.borders[item], lengths)].astype(np.int64)
    both = np.sort(np.concatenate([mine, theirs]), kind="stable")  # two ascending runs, merged
    shared = np.bincount(both[1:][both[1:] == both[:-1]] >> RUNS, minlength=len(item))
    sizes = np.bincount(theirs >> RUNS, minlength=len(item))
    cosines: NDArray[np.float64] = np.round(shared / np.sqrt(np.maximum(lengths * sizes, 1)), 6)
    return cosines


def _agreed(item: I64, inside: I64, owner: I64, tokens: Tokens, hashes: U64, index: Index) -> tuple[pa.Array, pa.Array]:
    """The shares |A and B| / |A or B| and |A and B| / |A| of the numbers of item A and passage B, as multisets; null where A is empty."""
    import pyarrow as pa

    values, numbered = numbers(tokens, hashes[inside], inside)
    lengths = index.edges[item + 1] - index.edges[item]
    mine = np.repeat(np.arange(len(item)), lengths), index.numbers[ranges(index.edges[item], lengths)]
    theirs = owner[numbered], values[numbered]
    names, places = np.unique(np.concatenate([mine[1], theirs[1]]), return_inverse=True)
    keys = np.concatenate([mine[0], theirs[0]]) * len(names) + places
    (left, lefts), (right, rights) = (np.unique(part, return_counts=True) for part in np.split(keys, [len(mine[0])]))
    place = np.searchsorted(right, left)
    both = np.append(right, -1)[place] == left
    shared = np.zeros(len(item), np.int64)
    np.add.at(shared, left[both] // max(len(names), 1), np.minimum(lefts, np.append(rights, 0)[place])[both])
    either = lengths + np.bincount(theirs[0], minlength=len(item)) - shared
    shares = (shared / np.maximum(either, 1), shared / np.maximum(lengths, 1))
    return pa.array(shares[0], mask=lengths == 0), pa.array(shares[1], mask=lengths == 0)
