"""Which occurrences of benchmark items are matches, of which kind, and how much each says: from all that was observed of the records.

A gram (auditor/kernels/spans.py) that stands in k of N training records beside those that hold the whole item is worth log2((N + 1) / k)
bits, RARE at most; each of its tokens an equal part of that, and a token in several grams their mean. An item copied into 200 records is
so as informative as one copied once, while what many records say without it (a licence header, a template) says little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels.joins import at_least
from auditor.kernels.sets import ranges
from auditor.kernels.spans import WHOLE
from auditor.leakage.catalogue import QUESTION, RECORD, UNITS, Catalogue, Uses

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

KINDS = ("whole", "near", "contained", "embedded", "reworded")
"""How an item is in a record, the strongest first."""

RARE = 20.0
"""Bits of a gram that stands in no other record."""

COVERED = 0.8
"""The share of an item's information that must be there for `embedded`, and of its tokens for an occurrence that is shown at all."""

ALIKE, LONG = 0.6, 40
"""The share of an item's information that must be there for `near` and `contained` where it has so many tokens or more: what is alike
must not be boilerplate alone.
"""

BITS = 10.0
"""Information below which nothing but a whole record is evidence."""

EACH = 1.0
"""The same of each token that is there: what more than about 3 % of the records say tells nothing, however long it is."""

OWN = 0.3
"""The least share of the grams which an item alone of its kind has that must be there for `embedded`: a template, or a passage that
several questions are about, is none of them.
"""

PHRASE = 4, 16
"""Texts that share every gram of an item of fewer tokens, from which on it is a phrase that says nothing by itself."""

LOST = 10, LONG
"""One token in so many of an item may be missing for `embedded`, where it has fewer tokens than the second number."""

NEIGHBOURS = 3
"""Rows of a benchmark that are no farther from each other are neighbours: together in one record they are no chance."""

TOLD = 3
"""Words that a short item must have to be evidence where its answer or a neighbour stands there too."""

FEW = 10, 0.01
"""Other records with a short item, and share of all records, up to which it is no common phrase."""

LISTED = 100
"""Weak matches of one text that are listed; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Pairs of a training record and a benchmark record, one value an array for each, in canonical order; `occurrence` is the row of the
    occurrences it comes from, `use` that of the catalogue's uses; kinds are places in KINDS. A `strong` one is evidence.
    """

    occurrence: I64
    use: I64
    kind: I64
    bits: F64
    coverage: F64
    strong: Bools

    def __len__(self) -> int:
        return len(self.use)

    def where(self, kept: Bools | I64) -> Found:
        """Some of the pairs."""
        return Found(**{name: getattr(self, name)[kept] for name in Found.__slots__})


def found(known: Catalogue, uses: Uses, occurrences: Mapping[str, NDArray[Any]], covered: Sequence[bytes | None], df: I64, records: int,
          threshold: float, containment: float) -> Found:  # fmt: skip
    """All pairs; `df` says in how many of the training `records` each gram stands."""
    text = occurrences["text"]
    kind = _kinds(known, occurrences, threshold, containment)
    flags = [_flags(each, int(size)) for each, size in zip(covered, known.index.counts[text], strict=True)]
    bits, coverage, own = _informed(known, text, occurrences["whole"], flags, df, records)
    bits = np.where(known.index.counts[text] == 0, RARE / 5 * occurrences["tokens"], bits)  # a record that is one, as a whole
    share = np.array([each.mean() if len(each) else 1.0 for each in flags])
    telling = bits >= np.maximum(BITS, EACH * share * known.index.counts[text])
    enough = known.units[text] >= UNITS
    alike = (known.index.counts[text] < LONG) | telling & (coverage >= ALIKE)
    strong = (kind == 0) | (kind < 3) & alike | telling & (coverage >= COVERED) & own & enough
    shown = (kind < 3) | (share >= COVERED) | strong
    weighed = Weighed(kind=kind, bits=bits, coverage=coverage, strong=strong)
    rare = (records + 1) * 2.0**-bits <= max(FEW[0], FEW[1] * records)
    told = rare & (known.units[text] >= TOLD) & ~enough
    return _confirmed(_used(uses, occurrences, np.flatnonzero(shown), weighed), uses, occurrences, told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Of each occurrence its kind, what it says in bits, the share of the item's information that is, and whether it is evidence."""

    kind: I64
    bits: F64
    coverage: F64
    strong: Bools


def _kinds(known: Catalogue, occurrences: Mapping[str, NDArray[Any]], threshold: float, containment: float) -> I64:
    text, shared = occurrences["text"], occurrences["shared"]
    right = known.shingles.sizes[text]
    near = shared / np.maximum(occurrences["shingles"] + right - shared, 1) >= threshold
    inside = (shared >= at_least(containment, right)) & (known.index.counts[text] >= WHOLE)
    kinds: I64 = np.select([occurrences["whole"], (shared > 0) & near, (shared > 0) & inside], [0, 1, 2], 3)
    return kinds


def _flags(covered: bytes | None, size: int) -> Bools:
    if covered is None:
        return np.ones(size, np.bool_)
    return np.unpackbits(np.frombuffer(covered, np.uint8), count=size, bitorder="little").astype(np.bool_)


def _informed(known: Catalogue, text: I64, whole: Bools, flags: Sequence[Bools], df: I64, records: int) -> tuple[F64, F64, Bools]:
    """For each occurrence the bits of what is there, the share of the item's bits that is, and whether its own grams and numbers are."""
    bits, coverage, own = np.zeros(len(text)), np.zeros(len(text)), np.ones(len(text), np.bool_)
    short = known.units < UNITS
    order = np.argsort(text, kind="stable")
    edges = np.flatnonzero(np.diff(text[order], prepend=-1, append=-1))
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        mine = order[a:b]
        item = int(text[mine[0]])
        grams = known.index.grams[known.index.bounds[item] : known.index.bounds[item + 1]]
        width = int(known.index.widths[item])
        full = np.array([flags[each].all() for each in mine.tolist()], np.bool_)
        full &= ~short[item] | whole[mine]
        others = np.maximum(df[grams] - np.count_nonzero(full), 0) if width else np.zeros(len(grams), np.int64)
        shared = known.index.shared[grams[: len(grams) - width + 1]] if width else np.zeros(0, np.int64)
        mark = known.numbers[known.index.bounds[item] : known.index.bounds[item + 1]]
        for each, complete in zip(mine.tolist(), full.tolist(), strict=True):
            weights = _weights(width, others, flags[each], complete, records)
            bits[each] = weights[flags[each]].sum()
            coverage[each] = bits[each] / weights.sum() if len(weights) else 1.0
            own[each] = not (mark & ~flags[each]).any() and _own(shared, width, flags[each])
    return bits, coverage, own


def _own(shared: I64, width: int, there: Bools) -> bool:
    """Whether enough of what an item alone has is there, and it has enough: `shared` says how many items have each of its grams."""
    size, missing = len(there), int(np.count_nonzero(~there))
    if not len(shared) or (size < LOST[1] and missing > size // LOST[0]) or (size < PHRASE[1] and shared.min() >= PHRASE[0]):
        return False
    alone = shared == 1
    return not alone.any() or bool(_complete(there, width)[alone].mean() >= OWN)


def _complete(there: Bools, width: int) -> Bools:
    """Which grams of an item have all their tokens there."""
    complete: Bools = np.convolve(there, np.ones(width), "valid") == width
    return complete


def _weights(width: int, others: I64, there: Bools, complete: bool, records: int) -> F64:
    """The bits of each token of an item. A record that holds but a part of the item does not count for itself."""
    size = len(there)
    if not width:
        return np.zeros(size)
    heads = size - width + 1
    seen = np.maximum(others[:heads] - (_complete(there, width) & (not complete)), 0)
    worth = np.minimum(RARE, np.log2((records + 1) / np.maximum(seen, 2.0**-40))) / width
    sums = np.concatenate([[0], np.cumsum(worth)])
    place = np.arange(size)
    low, high = np.maximum(place - width + 1, 0), np.minimum(place, heads - 1) + 1
    weights: F64 = (sums[high] - sums[low]) / (high - low)
    return weights


def _used(uses: Uses, occurrences: Mapping[str, NDArray[Any]], some: I64, weighed: Weighed) -> Found:
    """The pairs that the occurrences make with the benchmark's records: of each the one that says most, and of weak ones LISTED a text."""
    order = np.argsort(uses.text, kind="stable")
    first = np.searchsorted(uses.text[order], np.arange(int(uses.text.max(initial=-1)) + 2))
    text = occurrences["text"][some]
    counts = first[text + 1] - first[text]
    occurrence = np.repeat(some, counts)
    use = order[np.repeat(first[text], counts) + np.arange(len(occurrence)) - np.repeat(np.cumsum(counts) - counts, counts)]
    asked = np.isin(uses.role[use], (QUESTION, RECORD))
    kept = asked | (weighed.bits[occurrence] >= BITS) & (uses.role[use] != RECORD)
    kept &= (uses.role[use] != RECORD) | (weighed.kind[occurrence] == 0)
    occurrence, use, asked = occurrence[kept], use[kept], asked[kept]
    pairs = Found(
        occurrence=occurrence,
        use=use,
        kind=weighed.kind[occurrence],
        bits=weighed.bits[occurrence],
        coverage=weighed.coverage[occurrence],
        strong=weighed.strong[occurrence] & asked,
    )
    return _best(pairs, uses, occurrences, asked)


def _best(pairs: Found, uses: Uses, occurrences: Mapping[str, NDArray[Any]], asked: Bools) -> Found:
    """For each training and benchmark record one pair: what is asked before what it is about, then the strongest kind."""
    record, use = occurrences["record"][pairs.occurrence], pairs.use
    order = np.lexsort((-pairs.bits, pairs.kind, ~asked, uses.row[use], uses.shard[use], uses.against[use], record))
    keys = np.stack([record, uses.against[use], uses.shard[use], uses.row[use]])[:, order]
    new = np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))[: len(order)]
    return pairs.where(order[new])


def _confirmed(pairs: Found, uses: Uses, occurrences: Mapping[str, NDArray[Any]], told: Bools) -> Found:
    """Short items that are `told` are evidence where an answer stands nearby, or another item that is their neighbour in the benchmark."""
    record, use = occurrences["record"][pairs.occurrence], pairs.use
    asked = np.isin(uses.role[use], (QUESTION, RECORD))
    close = np.zeros(len(use), np.bool_)
    same = (record[1:] == record[:-1]) & (uses.against[use][1:] == uses.against[use][:-1]) & (uses.shard[use][1:] == uses.shard[use][:-1])
    same &= (uses.row[use][1:] - uses.row[use][:-1] <= NEIGHBOURS) & (uses.text[use][1:] != uses.text[use][:-1])
    close[1:] |= same
    close[:-1] |= same
    said = occurrences["answer"][pairs.occurrence] | close
    strong = pairs.strong | asked & said & told[pairs.occurrence] & (pairs.kind == 3)
    return Found(**{**{name: getattr(pairs, name) for name in Found.__slots__}, "strong": strong})


def with_reworded(pairs: Found, uses: Uses, occurrences: Mapping[str, NDArray[Any]], some: I64, scores: F64) -> Found:
    """The pairs with those of `some` occurrences, which are of reworded items (`coverage` is their score), where there is no other."""
    text = occurrences["text"][some]
    asked = np.flatnonzero(uses.role == QUESTION)
    asked = asked[np.argsort(uses.text[asked], kind="stable")]
    first, last = (np.searchsorted(uses.text[asked], text, side=side) for side in ("left", "right"))
    use = asked[ranges(first, last - first)]
    occurrence, score = np.repeat(some, last - first), np.repeat(scores, last - first)
    kinds = np.full(len(use), KINDS.index("reworded"))
    added = Found(occurrence=occurrence, use=use, kind=kinds, bits=np.zeros(len(use)), coverage=score, strong=kinds > 0)
    both = Found(**{name: np.concatenate([getattr(pairs, name), getattr(added, name)]) for name in Found.__slots__})
    return _best(both, uses, occurrences, np.isin(uses.role[both.use], (QUESTION, RECORD)))


def listed(pairs: Found, uses: Uses) -> Found:
    """The pairs without the weak ones beyond the first LISTED of each text."""
    text = np.where(pairs.strong, -1, uses.text[pairs.use])
    order = np.argsort(text, kind="stable")
    ranks = np.empty(len(text), np.int64)
    ordered = text[order]
    ranks[order] = np.arange(len(text)) - np.searchsorted(ordered, ordered)
    return pairs.where(pairs.strong | (ranks < LISTED))


def table(columns: Mapping[str, Any]) -> pa.Table:
    """The evidence table of these columns."""
    kinds = {"left_row": pa.int64(), "right_row": pa.int64(), "raw_identical": pa.bool_(), "answer": pa.bool_()}
    kinds |= dict.fromkeys(("jaccard", "containment_left", "containment_right", "bits", "coverage", "score"), pa.float64())
    return pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
