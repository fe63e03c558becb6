"""Short texts looked for inside long ones, by runs of tokens: an index of the short ones, and one pass over the tokens of the long ones.

A text of up to 7 tokens is looked for as a whole; of a longer one every 5-gram (4-gram where it has 8 or 9 tokens) is a seed. Seeds
of one text that lie on about one diagonal of a record make a candidate; what is not covered by them is aligned as a longest common
subsequence, so that words put in cost nothing and words left out or changed only themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import native
from auditor.kernels.lookup import BUCKETS, SIEVE, Lookup, lookup, sieve
from auditor.kernels.sets import I64, U64, ranges

I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

WEIGHT, LENGTH = 0xD6E8FEB86659FD93, 0xA0761D6478BD642F
"""What the tokens of a gram are told apart by their place with, and grams by their length."""

WHOLE = 8
"""Texts with fewer tokens are looked for as wholes."""

BEGUN = 3
"""Tokens that a map of the beginnings of grams is of (auditor/kernels/native/spans.py)."""

SEED, SHORT_SEED, SHORT_SEEDED = 5, 4, 10
"""Tokens of a seed; of one of a text with fewer than SHORT_SEEDED: with one word put in or changed it still has one."""

POSTED = 64
"""A gram that more texts share leads to none of them, unless a text has no other: it would lead to very many in vain."""

HIT_SHARE = 0.15
"""The least share of a text's leading grams that a candidate has: one word put in after each 6 leaves a third."""

SLACK = 3
"""One token in so many of a text may be put in or left out between its seeds."""

SEEDED = 0.5
"""The least share of a text's tokens that seeds on one diagonal cover, if all of them lead to it: of 8 tokens with one put in between
half are covered at least.
"""

CELLS = 1 << 20
"""Pairs of a token of a text and one of a record, up to which machine code aligns them; more are done by rows of bits."""

ROOM = 1 << 16
"""Grams for which there is room at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Texts to be looked for. Text i has the tokens tokens[bounds[i]:bounds[i + 1]] and seeds of widths[i] tokens.

    The gram that begins at token t is grams[t] (-1: none), a place in the keys of `lookup`. Gram g leads to the tokens (as places in
    `tokens`) posted[starts[g]:starts[g + 1]], text i has leading[i] grams that lead anywhere, and `shared` texts of those that are
    counted have gram g. `sieves` are maps of the grams of each width, one after the other, each of 2 ** sieve_bits bits,
    and at last of the beginnings of the longer ones.
    """

    tokens: U64
    bounds: I64
    widths: I64
    lookup: Lookup
    grams: I64
    starts: I64
    posted: I64
    leading: I64
    shared: I64
    owner: I64
    sieves: U64
    sieve_bits: I64

    @property
    def counts(self) -> I64:
        """How many tokens each text has."""
        counts: I64 = np.diff(self.bounds)
        return counts


def index(tokens: U64, bounds: I64, counted: Bools) -> Index:
    """The index of texts, given as token hashes one after the other; `counted` are those of which it is told how many share a gram."""
    counts = np.diff(bounds)
    widths = np.where(counts < WHOLE, counts, np.where(counts < SHORT_SEEDED, SHORT_SEED, SEED))
    owner = np.repeat(np.arange(len(counts)), counts)
    hashes, places = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.bool_)
    ends = bounds[1:][owner]
    of_width = []
    for width in np.unique(widths[widths > 0]).tolist():
        some = np.flatnonzero((widths[owner] == width) & (np.arange(len(tokens)) + width <= ends))
        hashes[some] = _sums(tokens, some, width)
        places[some] = True
        of_width.append(hashes[some])
    there = np.flatnonzero(places)
    keys, found = np.unique(hashes[there], return_inverse=True)
    grams = np.full(len(tokens), -1)
    grams[there] = found
    mine = owner[there]
    longer = there[widths[mine] >= BEGUN]
    of_width.append(_sums(tokens, longer, BEGUN) - np.uint64(BEGUN * LENGTH % (1 << 64)))
    sieve_bits = [min(max(len(each).bit_length() + 3, 10), SIEVE) for each in of_width]
    posted = there[_leading(found, mine, _sharing(found, mine, len(keys)), len(counts))]
    posted = posted[np.argsort(grams[posted], kind="stable")]
    return Index(
        tokens=tokens,
        bounds=bounds,
        widths=widths,
        lookup=lookup(keys),
        grams=grams,
        starts=np.searchsorted(grams[posted], np.arange(len(keys) + 1)),
        posted=posted,
        leading=np.bincount(owner[posted], minlength=len(counts)),
        shared=_sharing(found[counted[mine]], mine[counted[mine]], len(keys)),
        owner=owner,
        sieves=np.concatenate([np.zeros(0, np.uint64), *(sieve(each, bits) for each, bits in zip(of_width, sieve_bits, strict=True))]),
        sieve_bits=np.array(sieve_bits, np.int64),
    )


def _sums(tokens: U64, places: I64, width: int) -> U64:
    """The hash of the `width` tokens from each place on. Token hashes are mixed well, and so are the high bits of their sums."""
    total, weight = np.full(len(places), width * LENGTH % (1 << 64), np.uint64), 1
    for step in range(width):
        total += tokens[places + step] * np.uint64(weight)
        weight = weight * WEIGHT % (1 << 64)
    return total


def _sharing(grams: I64, owner: I64, kinds: int) -> I64:
    """How many texts have each gram."""
    width = int(owner.max(initial=0)) + 1
    pairs = np.sort(grams * width + owner)
    return np.bincount(pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]] // width, minlength=kinds)


def _leading(grams: I64, owner: I64, shared: I64, texts: int) -> Bools:
    """Which grams lead to their texts: those that few texts have, and all of a text of which few are such."""
    rare = shared[grams] <= POSTED
    enough = np.bincount(owner[rare], minlength=texts) * 4 >= np.bincount(owner, minlength=texts)
    leading: Bools = rare | ~enough[owner]
    return leading


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Where grams of the index stand: at which token (ascending) which gram; int64."""

    place: I64
    gram: I64


def hits(found: Index, tokens: U64, firsts: I64) -> Hits:
    """The grams of the index in records, which have the tokens tokens[firsts[i]:firsts[i + 1]]; none reaches over a record's end."""
    widths = np.unique(found.widths[found.widths > 0])
    scan = native.kernel("grams_sought")
    if scan is not None:
        return _scanned(scan, found, tokens, firsts, widths)
    parts = [_passing(found, tokens, firsts, int(width)) for width in widths.tolist()]
    none = np.zeros(0, np.int64)
    places, grams = np.concatenate([none, *(each for each, _ in parts)]), np.concatenate([none, *(each for _, each in parts)])
    order = np.argsort(places, kind="stable")
    return Hits(place=places[order], gram=grams[order])


def _passing(found: Index, tokens: U64, firsts: I64, width: int) -> tuple[I64, I64]:
    """The places from which `width` tokens of one record are a gram of the index, and the grams."""
    total = _sums(tokens, np.arange(max(len(tokens) - width + 1, 0)), width)
    places, grams = found.lookup.found(total)
    inside = np.searchsorted(firsts, places, side="right") == np.searchsorted(firsts, places + width - 1, side="right")
    return places[inside], grams[inside]


def _scanned(scan: native.Kernel, found: Index, tokens: U64, firsts: I64, widths: I64) -> Hits:
    """The same for all widths, by machine code."""
    seeds = np.array([width * LENGTH % (1 << 64) for width in widths.tolist()], np.uint64)
    weights = np.array([pow(WEIGHT, place, 1 << 64) for place in range(WHOLE)], np.uint64)
    keys, buckets, room = found.lookup.keys, found.lookup.buckets, ROOM
    bits = found.sieve_bits
    starts = np.concatenate([[0], np.cumsum(1 << (bits - 6))])[:-1]
    tokens, firsts = np.ascontiguousarray(tokens), np.ascontiguousarray(firsts)
    while True:
        places, grams = np.empty(room, np.int64), np.empty(room, np.int64)
        count = scan(tokens, firsts, widths, seeds, weights, keys, buckets, BUCKETS, found.sieves, starts, bits, places, grams)
        if count <= room:
            return Hits(place=places[:count], gram=grams[:count])
        room = count


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Texts that may stand in records: of each pair the record and the text, from which token of the records (place in all tokens) to
    which, and which of the text's tokens are there; covered[starts[i]:starts[i + 1]] belongs to pair i.
    """

    record: I64
    text: I64
    first: I64
    last: I64
    starts: I64
    covered: Bools

    def __len__(self) -> int:
        return len(self.record)

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of the text's tokens that are there."""
        totals = np.concatenate([[0], np.cumsum(self.covered)])
        shares: NDArray[np.float64] = np.diff(totals[self.starts]) / np.maximum(np.diff(self.starts), 1)
        return shares


def candidates(found: Index, seen: Hits, tokens: U64, firsts: I64, least: float) -> Candidates:
    """The pairs of a record and a text of which at least the share `least` of the tokens stands there, in order, near each other."""
    counts = np.diff(found.starts)[seen.gram]
    heads = ranges(found.starts[seen.gram], counts)
    places, posted = np.repeat(seen.place, counts), found.posted[heads]
    text = found.owner[posted]
    offset = posted - found.bounds[text]
    record = np.searchsorted(firsts, places, side="right") - 1
    order = np.lexsort((places - offset, text, record))
    record, text, offset, places = record[order], text[order], offset[order], places[order]
    groups = np.flatnonzero(np.append(True, (record[1:] != record[:-1]) | (text[1:] != text[:-1]))[: len(record)])
    sizes = np.diff(np.append(groups, len(record)))
    enough = sizes >= np.maximum(1, HIT_SHARE * found.leading[text[groups]])
    chosen = ranges(groups[enough], sizes[enough])
    windows = _windows(found, text[chosen], offset[chosen], places[chosen], sizes[enough])
    return _aligned(found, windows, record[groups[enough]], text[groups[enough]], tokens, firsts, least)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """For each pair the hits on about one diagonal, which are the most: their number, then offsets and places, one pair after the other."""

    sizes: I64
    offset: I64
    place: I64


def _windows(found: Index, text: I64, offset: I64, place: I64, sizes: I64) -> _Windows:
    """Hits come pair after pair, of each by diagonal; of those that begin at a hit and are no farther than the slack the most are kept."""
    if not len(sizes):
        none = np.zeros(0, np.int64)
        return _Windows(sizes=none, offset=none, place=none)
    pair = np.repeat(np.arange(len(sizes)), sizes)
    diagonal = place - offset
    wide = int(diagonal.max() - diagonal.min()) + int(found.counts.max()) + 2
    line = pair * wide + diagonal - diagonal.min()
    slack = np.maximum(2, found.counts[text] // SLACK)
    ends = np.searchsorted(line, line + slack, side="right")
    held = ends - np.arange(len(line))
    best = np.lexsort((np.arange(len(line)), -held, pair))
    first = best[np.cumsum(sizes) - sizes]
    kept = ranges(first, held[first])
    return _Windows(sizes=held[first], offset=offset[kept], place=place[kept])


def _aligned(found: Index, windows: _Windows, record: I64, text: I64, tokens: U64, firsts: I64, least: float) -> Candidates:
    """The candidates of windows: covered by their seeds, and where that is not all, by the longest common subsequence."""
    counts = found.counts[text]
    starts = np.concatenate([[0], np.cumsum(counts)])
    pair = np.repeat(np.arange(len(record)), windows.sizes)
    width = found.widths[text][pair]
    steps = np.zeros(int(starts[-1]) + 1, np.int64)
    np.add.at(steps, starts[pair] + windows.offset, 1)
    np.add.at(steps, starts[pair] + windows.offset + width, -1)
    covered = np.cumsum(steps)[:-1] > 0
    if not len(record):
        return Candidates(record=record, text=text, first=record, last=record, starts=starts, covered=np.zeros(0, np.bool_))
    edges = np.concatenate([[0], np.cumsum(windows.sizes)])[:-1]
    first = np.minimum.reduceat(windows.place, edges)
    last = np.maximum.reduceat(windows.place + width, edges)
    whole = Candidates(record=record, text=text, first=first, last=last, starts=starts, covered=covered)
    leading = found.leading[text] / np.maximum(counts - found.widths[text] + 1, 1)
    seeded = np.flatnonzero(whole.shares >= SEEDED * leading)
    low, high = np.minimum.reduceat(windows.offset, edges), np.maximum.reduceat(windows.offset + width, edges)
    some = seeded[whole.shares[seeded] < 1]
    slack = np.maximum(2, counts[some] // SLACK)
    begin = np.maximum(firsts[record[some]], first[some] - low[some] - slack)
    end = np.minimum(firsts[record[some] + 1], last[some] + counts[some] - high[some] + slack)
    covered[ranges(starts[some], counts[some])], first[some], last[some] = standing(found, text[some], tokens, begin, end)
    return only(whole, seeded[whole.shares[seeded] >= least])


def standing(found: Index, text: I64, tokens: U64, begin: I64, end: I64) -> tuple[Bools, I64, I64]:
    """Which tokens of each text (one text after the other) stand in its tokens[begin:end], in order, and from which token to which."""
    a, b = found.bounds[text], found.bounds[text + 1]
    places = np.cumsum(b - a) - (b - a)
    marks, reached = np.zeros(int((b - a).sum()), np.uint8), np.zeros((len(text), 2), np.int64)
    align = native.kernel("aligned")
    small = np.full(len(text), align is not None) & ((b - a + 1) * (end - begin + 1) <= CELLS)
    if align is not None:
        some = np.zeros(2 * np.count_nonzero(small), np.int64)
        pairs = (found.tokens, a[small], b[small], tokens, begin[small], end[small], places[small])
        align(*pairs, marks, _scratch(), some)
        reached[small] = some.reshape(-1, 2)
    for each in np.flatnonzero(~small).tolist():
        item, window = found.tokens[a[each] : b[each]].tolist(), tokens[begin[each] : end[each]].tolist()
        there, *reached[each] = common(item, window)
        marks[places[each] : places[each] + len(item)] = there
    return marks.view(np.bool_), begin + reached[:, 0], begin + reached[:, 1]


@cache
def _scratch() -> I32:
    return np.zeros(CELLS, np.int32)


def only(found: Candidates, some: I64) -> Candidates:
    """Some of the candidates, in this order."""
    sizes = np.diff(found.starts)[some]
    return Candidates(
        record=found.record[some],
        text=found.text[some],
        first=found.first[some],
        last=found.last[some],
        starts=np.concatenate([[0], np.cumsum(sizes)]),
        covered=found.covered[ranges(found.starts[some], sizes)],
    )


def common(item: list[int], window: list[int]) -> tuple[list[bool], int, int]:
    """Which tokens of the item are in its longest common subsequence with the window, and the window's first and last token (end) there.

    By rows of bits, one a token of the item, which are clear where the subsequence grows (Hyyrö 2004).
    """
    masks: dict[int, int] = {}
    for place, token in enumerate(item):
        masks[token] = masks.get(token, 0) | 1 << place
    full = (1 << len(item)) - 1
    row, rows = full, [full]
    for token in window:
        mask = row & masks.get(token, 0)
        row = ((row + mask) | (row - mask)) & full
        rows.append(row)
    there = [False] * len(item)
    used: list[int] = []
    i, j = len(item), len(window)
    while i and j:
        if rows[j] >> (i - 1) & 1:
            i -= 1
        elif not rows[j - 1] >> (i - 1) & 1:
            j -= 1
        else:
            i, j = i - 1, j - 1
            there[i] = True
            used.append(j)
    return there, used[-1] if used else 0, used[0] + 1 if used else 0
