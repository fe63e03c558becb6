"""Benchmark items by their terms: the index that reworded items are sought with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.norm import Tokens, tokenize
from auditor.kernels.sets import I64, U64, ranges
from auditor.kernels.shingles import token_hashes
from auditor.kernels.texts import Texts, of_strings

if TYPE_CHECKING:
    import pyarrow as pa

F64 = NDArray[np.float64]

STEM = 6
"""Code points of a token that make its term: "develop", "developed" and "development" are one term, "contain" and "container" too."""

PASSAGE = 64
"""Tokens of a passage, the unit that terms are counted by: the same weights for few long records as for many short ones."""

ANCHORS = 8
"""Terms that name an item as a candidate, its rarest."""

COMMON = 1 / 2500
"""A term that is a larger share of the items' tokens is no anchor (unless it occurs only MANY times): it would name too many."""

MANY = 64

NEEDED = 0.12
"""The share of its anchors' mass that names an item: of eight rare words about one: rewordings keep few."""

UNIT = 96
"""Tokens of a record that are looked at together when candidates are named."""

COVERED = 0.15
"""The share of an item's mass (squared weights) that a passage must hold to be a candidate: a cosine of about 0.15."""

MASS = 1 << 20
"""Masses are below it (whole numbers, so that sums do not depend on an order)."""

NUMBERED = {
    **{word: number for number, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))},
    **{f"{stem}teen": number for number, stem in enumerate(("thir", "four", "fif", "six", "seven", "eigh", "nine"), 13)},
    **{f"{stem}ty": number * 10 for number, stem in enumerate(("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine"), 2)},
    **dict.fromkeys(("half", "twice", "double", "doubled"), 2),
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "third": 3,
    "thirds": 3,
    "triple": 3,
    "quarter": 4,
}
"""English words that are written for digits, and digits for them."""

DIGITS = 18
"""The digits of a number that count."""

LETTERS = 4
"""Code points of a run of letters: rewordings keep the stems of more words than the fronts of tokens tell."""

RUNS = 32
"""Bits of the hash of such a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Items by their terms. `terms` (uint64, ascending) is the vocabulary; term j occurs `counts[j]` times in the items. Item i has the
    distinct terms ids[firsts[i]:firsts[i + 1]] (ascending), each `repeats` times; term j has the mass `masses[j]`. The items of which term
    j is an anchor are items[heads[j]:heads[j + 1]]; anchors of a mass of `needed[i]` name item i, and a passage must hold `enough[i]` of
    its mass, which is `whole[i]`. `sizes` are the items' tokens; numbers[edges[i]:edges[i + 1]] the numbers in them, and
    runs[borders[i]:borders[i + 1]] (uint32) their runs of letters. All others int64.
    """

    terms: U64
    counts: I64
    firsts: I64
    ids: I64
    repeats: I64
    masses: I64
    whole: I64
    enough: I64
    heads: I64
    items: I64
    needed: I64
    sizes: I64
    edges: I64
    numbers: I64
    borders: I64
    runs: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def keys(self) -> I64:
        """item * len(terms) + term of each item's distinct terms, ascending."""
        keys: I64 = np.repeat(np.arange(len(self)), np.diff(self.firsts)) * len(self.terms) + self.ids
        return keys

    def table(self) -> pa.Table:
        """The index as Arrow: one row, a list for each array."""
        import pyarrow as pa

        arrays = {each.name: getattr(self, each.name) for each in fields(self)}
        return pa.table({name: pa.LargeListArray.from_arrays([0, len(array)], pa.array(array)) for name, array in arrays.items()})


def read(table: pa.Table) -> Index:
    """The index that `Index.table` has written."""
    return Index(**{name: table[name].combine_chunks().flatten().to_numpy() for name in table.column_names})


def index(items: Texts | Sequence[str]) -> Index:
    """The index of the items. An item with the same tokens as an earlier one is never a candidate: the first stands for all."""
    tokens = tokenize(items if isinstance(items, Texts) else of_strings(items))
    hashes = stems(tokens)
    terms, places, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    sizes = tokens.counts
    keys, repeats = np.unique(np.repeat(np.arange(len(sizes)), sizes) * len(terms) + places, return_counts=True)
    owners, ids = np.divmod(keys, max(len(terms), 1))
    firsts = np.searchsorted(owners, np.arange(len(sizes) + 1))
    masses = np.clip(np.rint(weights(counts, int(sizes.sum())) ** 2 * 1024), 1, MASS - 1).astype(np.int64)
    whole = np.bincount(owners, masses[ids], len(sizes)).astype(np.int64)
    heads, anchored = _anchors(counts, owners, ids, firsts, _fresh(hashes, tokens.firsts))
    values, numbered = numbers(tokens, hashes, np.arange(len(hashes)))
    runs = letters(tokens, np.arange(len(hashes)), np.repeat(np.arange(len(sizes)), sizes))
    return Index(
        terms=terms,
        counts=counts,
        firsts=firsts,
        ids=ids,
        repeats=repeats,
        masses=masses,
        whole=whole,
        enough=np.ceil(whole * COVERED * np.minimum(1, UNIT / np.maximum(sizes, 1))).astype(np.int64),
        heads=heads,
        items=anchored,
        needed=np.ceil(np.bincount(anchored, np.repeat(masses, np.diff(heads)), len(sizes)) * NEEDED).astype(np.int64),
        sizes=sizes,
        edges=np.concatenate([np.zeros(1, np.int64), np.cumsum(numbered)])[tokens.firsts],
        numbers=values[numbered],
        borders=np.searchsorted(runs >> RUNS, np.arange(len(sizes) + 1)),
        runs=runs.astype(np.uint32),
    )


def _fresh(hashes: U64, firsts: I64) -> NDArray[np.bool_]:
    """Which items have tokens, and not those of an earlier item."""
    seen: set[bytes] = {b""}
    fresh = np.zeros(len(firsts) - 1, np.bool_)
    for place in range(len(fresh)):
        key = hashes[firsts[place] : firsts[place + 1]].tobytes()
        fresh[place] = key not in seen
        seen.add(key)
    return fresh


def _anchors(counts: I64, owners: I64, ids: I64, firsts: I64, fresh: NDArray[np.bool_]) -> tuple[I64, I64]:
    """The postings of the items' rarest terms: heads and items."""
    order = np.lexsort((ids, counts[ids], owners))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - firsts[owners[order]]
    rare = counts[ids] <= max(MANY, int(counts.sum() * COMMON))
    chosen = np.flatnonzero((rank < ANCHORS) & rare & fresh[owners])
    chosen = chosen[np.argsort(ids[chosen], kind="stable")]
    heads = np.searchsorted(ids[chosen], np.arange(len(counts) + 1))
    return heads, owners[chosen]


def weights(counts: NDArray[np.int64], total: int) -> F64:
    """The weight of terms that occur `counts` times among `total` tokens: ln((1 + n) / (1 + d)), n the passages of PASSAGE tokens there
    are and d = n (1 - e^(-count / n)) those that hold the term, were it scattered at random (inverse document frequency).
    """
    passages = max(total / PASSAGE, 1.0)
    return np.log((1 + passages) / (1 + passages * -np.expm1(-counts / passages)))


def stems(tokens: Tokens) -> U64:
    """The terms of the tokens."""
    ends = np.minimum(tokens.ends, tokens.starts + STEM)
    return token_hashes(Tokens(points=tokens.points, starts=tokens.starts, ends=ends, firsts=tokens.firsts))


def letters(tokens: Tokens, places: I64, owners: I64) -> I64:
    """The distinct runs of LETTERS code points of each owner's tokens (those at `places`, of ascending `owners`), a space before each
    token: owner << RUNS | hash, ascending.
    """
    sizes = tokens.ends[places] - tokens.starts[places]
    line = np.full(int(sizes.sum()) + len(sizes), ord(" "), np.uint64)
    written = np.ones(len(line), np.bool_)
    written[np.cumsum(sizes + 1) - sizes - 1] = False
    line[written] = tokens.points[ranges(tokens.starts[places], sizes)]
    owner = np.repeat(owners, sizes + 1)
    count = max(len(line) - LETTERS + 1, 0)
    hashes = np.zeros(count, np.uint64)
    for step in range(LETTERS):
        hashes = (hashes + line[step : step + count]) * np.uint64(0x9E3779B97F4A7C15)
    inside = owner[:count] == owner[len(owner) - count :]
    keys: I64 = owner[:count][inside] << RUNS | (hashes[inside] >> np.uint64(64 - RUNS)).astype(np.int64)
    keys.sort()
    distinct: I64 = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return distinct


def numbers(tokens: Tokens, terms: U64, places: I64) -> tuple[I64, NDArray[np.bool_]]:
    """The number that each token at `places` is (its digits, or a word of NUMBERED), and whether it is one; `terms` are their stems."""
    starts, sizes = tokens.starts[places], (tokens.ends - tokens.starts)[places]
    values, open_ = np.zeros(len(places), np.int64), np.ones(len(places), np.bool_)
    found = np.zeros(len(places), np.bool_)
    for place in range(DIGITS):
        open_ = open_ & (sizes > place)
        digits = tokens.points[np.where(open_, starts + place, 0)].astype(np.int64) - ord("0") if open_.any() else values
        open_ = open_ & (digits >= 0) & (digits <= 9)
        if not open_.any():
            break
        found |= open_
        values[open_] = values[open_] * 10 + digits[open_]
    words, numbered = _numbered()
    key = terms + sizes.astype(np.uint64)
    place_ = np.minimum(np.searchsorted(words, key), len(words) - 1)
    spelled = words[place_] == key
    values[spelled] = numbered[place_[spelled]]
    return values, found | spelled


@cache
def _numbered() -> tuple[U64, I64]:
    """The words of NUMBERED, as stem plus length, ascending, and what they say."""
    tokens = tokenize(of_strings(list(NUMBERED)))
    words = stems(tokens) + (tokens.ends - tokens.starts).astype(np.uint64)
    order = np.argsort(words)
    return words[order], np.array(list(NUMBERED.values()), np.int64)[order]
