"""Benchmark items said in other words: found without a model, by rare words, numbers and each item's own background.

The training side is read once, in batches of any size and in any order; the steps are

    index(items) -> Index                          what a worker needs; `Index.table()` and `read(table)` carry it as Arrow
    neighbours(items, index) -> table              the candidates of the items among each other
    candidates(texts, index) -> (table, counts)    per batch; `row` counts from 0 in the batch: add the batch's first row; the counts
                                                   (int64, one length for an index) are added up over the batches
    decide(candidates, counts, index, neighbours, groups) -> table
                                                   over all candidates and counts: row, item, score of each match

A term is the front of a norm-v1 token, so that words with other endings are one. An item's rarest terms name its candidates; of a
longer record the passage that fits the item best is compared. The score is

    c + ITEMS (c - c_items) + RECORDS (c - c_records) + LETTERS (l - SPELLED) + NUMBERS (a - AGREED) - CHANCE ln(1 + n)

with c the cosine of the TF-IDF vectors of item and passage, c_items that of the second best item there, c_records that of the item's
BACKGROUND-th best passage (what is merely of the same kind scores there as well; equal passages count once), a the share of the
numbers that item and passage have in common (an item without numbers goes without this part), and n the passages of the corpus.
Only the best item of a passage counts. Where a benchmark (its number is the items' group) and the corpus are about the same few things,
what is near to an item says nothing, and nothing of it is matched: `_crowded`.

Advisory: a question of the same template about the same things and with the same numbers is taken for the same question; an item that
has few words of its own cannot be told from others and is not matched; translations are not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.reworded_candidates import candidates
from auditor.kernels.reworded_index import F64, PASSAGE, Index, index, read, weights
from auditor.kernels.sets import I64
from auditor.kernels.texts import Texts

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Index", "candidates", "decide", "index", "neighbours", "read"]

UNKNOWN = 0.7
"""What a term that no item has weighs, in mean weights of the vocabulary."""

FLOOR = 0.2
"""The least cosine that c_items and c_records are taken for: below it candidates are not complete."""

BACKGROUND = 10
"""As many rewordings of one item in the corpus do not weaken each other; the tenth best of a corpus is still of the item's kind."""

ITEMS = 1.0
RECORDS = 1.0
NUMBERS = 0.7
"""Logistic regressions on two subjects of rephrased MMLU and on reworded GSM8K gave the three cosines about equal weights, and the
numbers 0.4 (sociology, few numbers) to 0.9 (algebra) of that.
"""

AGREED = 0.7
"""The share of common numbers that speaks neither for nor against: a rewording may spell out one number of three or add one."""

LETTERS, SPELLED = 1.5, 0.3
"""Letters say of words with other prefixes and endings what terms do not: with them what is right for one subject is so for another."""

SAME = 0.6
"""The same template with other numbers: an item of two or more is not matched where the passage has a smaller share of them."""

LEAST = 1.3
"""An item must weigh as much as so many words that nothing else has: "Which of the following is true?" is nobody's in particular."""

CHANCE = 0.09
"""How much the score of what is alike by chance grows with ln n: among unrelated records the matches fall by e for each 0.1 of score."""

NEAR = 0.35
"""The cosine from which on a passage is about the things that an item is about."""

FEW, CROWDED = 10, 0.8
"""Matches from which on it is asked whether all are by chance, and the part of the share expected then from which on they are: intents
and questions of one source have 1.3 and more, rephrasings of a subject of MMLU half of it and less.
"""

THRESHOLD = 0.0
"""The least score of a match: with CHANCE, precision is 0.96 to 0.98 there on two subjects, alone and among 7,473 others."""


def neighbours(items: Texts | Sequence[str], index: Index) -> pa.Table:
    """The candidates among the items themselves, as records; without each for itself, and without items that repeat an earlier one."""
    import pyarrow as pa

    found, _ = candidates(items, index)
    row, item = found["row"].to_numpy(), found["item"].to_numpy()
    return found.filter(pa.array((row != item) & np.isin(row, index.items)))


def decide(candidates: pa.Table, counts: I64, index: Index, neighbours: pa.Table, groups: I64) -> pa.Table:
    """The matches: row (int64), item (int64), score (float64, rounded to 1e-6, at least THRESHOLD), by row and item; `crowded` (bool) are
    those of a benchmark of which nothing can be told.
    """
    import pyarrow as pa

    columns = {"row": pa.int64(), "item": pa.int64(), "score": pa.float64(), "crowded": pa.bool_()}
    scored = scores(candidates, counts, index)
    if scored is None:
        return pa.schema(columns).empty_table()
    row, item, score, cosine = scored
    nearest = _nearest(neighbours, _weight(candidates, counts, index)[0], index)
    crowded, kept = _crowded(score, cosine, nearest[item], groups[item], np.bincount(groups)), np.flatnonzero(score >= THRESHOLD)
    order = kept[np.lexsort((-score[kept], item[kept], row[kept]))]
    row, item, score, crowded = row[order], item[order], score[order], crowded[order]
    first = np.ones(len(row), np.bool_)
    first[1:] = (row[1:] != row[:-1]) | (item[1:] != item[:-1])
    return pa.table({"row": row[first], "item": item[first], "score": score[first], "crowded": crowded[first]}, pa.schema(columns))


def _crowded(score: F64, cosine: F64, nearest: F64, group: I64, items: I64) -> NDArray[np.bool_]:
    """Which passages are of a group that tells nothing: another item of the benchmark is to an item what an unrelated passage about the
    same things is. If all passages were such, the nearest of those to an item were another item once in (items + passages) / items.
    """
    size = len(items)
    matched = score >= THRESHOLD
    passages, matches = np.bincount(group[cosine >= NEAR], minlength=size), np.bincount(group[matched], minlength=size)
    beaten = np.bincount(group[matched & (cosine <= nearest)], minlength=size)
    crowded: NDArray[np.bool_] = ((matches >= FEW) & (beaten * (items + passages) > CROWDED * matches * items))[group]
    return crowded


def _nearest(neighbours: pa.Table, weight: F64, index: Index) -> F64:
    """The cosine of each item's nearest other item."""
    nearest = np.zeros(len(index))
    if len(neighbours):
        cosines = _cosines(neighbours, weight, index)[0]
        for end in ("row", "item"):
            np.maximum.at(nearest, neighbours[end].to_numpy(), cosines)
    return nearest


def _weight(candidates: pa.Table, counts: I64, index: Index) -> tuple[F64, int]:
    """The weight of each term of the vocabulary, and the tokens there are in items and corpus."""
    counts = _without_copies(candidates, counts)
    total = int(index.sizes.sum() + counts[-1])
    return weights(index.counts + counts[:-1], total), total


def scores(candidates: pa.Table, counts: I64, index: Index) -> tuple[I64, I64, F64, F64] | None:
    """The best item of each passage: row, item, score, cosine. None: there are no candidates."""
    if not len(candidates):
        return None
    row, unit, item = (candidates[name].to_numpy() for name in ("row", "unit", "item"))
    weight, total = _weight(candidates, counts, index)
    cosines, mass = _cosines(candidates, weight, index)
    score = cosines + ITEMS * (cosines - _other_items(row, unit, cosines)) + RECORDS * (cosines - _background(item, candidates, cosines))
    agreed, shared = candidates["agreed"].to_numpy(), candidates["shared"].to_numpy()
    size = np.log1p(total / PASSAGE)
    score += LETTERS * (candidates["letters"].to_numpy() - SPELLED) + np.where(np.isnan(agreed), 0, NUMBERS * (agreed - AGREED))
    score = np.round(score - CHANCE * size, 6)
    other = (np.diff(index.edges)[item] >= 2) & (shared < SAME)
    score[(mass < LEAST * size) | other] = -np.inf
    order = np.lexsort((item, -score, unit, row))
    best = np.ones(len(order), np.bool_)
    best[1:] = (row[order][1:] != row[order][:-1]) | (unit[order][1:] != unit[order][:-1])
    chosen = order[best]
    return row[chosen], item[chosen], score[chosen], cosines[chosen]


def _without_copies(candidates: pa.Table, counts: I64) -> I64:
    """The counts without the passages that repeat another candidate: an item copied often must not make its own words common."""
    row, unit, item, passage = (candidates[name].to_numpy() for name in ("row", "unit", "item", "passage"))
    order = np.lexsort((unit, row, passage, item))
    again = np.zeros(len(order), np.bool_)
    again[order[1:]] = (item[order][1:] == item[order][:-1]) & (passage[order][1:] == passage[order][:-1])
    copies = np.flatnonzero(again)
    copies = copies[np.lexsort((item[copies], unit[copies], row[copies]))]
    once = np.ones(len(copies), np.bool_)
    once[1:] = (row[copies][1:] != row[copies][:-1]) | (unit[copies][1:] != unit[copies][:-1])
    terms = candidates["terms"].combine_chunks().take(copies[once]).flatten().to_numpy()
    fewer: I64 = counts - np.bincount(terms, minlength=len(counts))
    fewer[-1] -= len(terms)
    return fewer.clip(0)


def _cosines(candidates: pa.Table, weight: F64, index: Index) -> tuple[F64, F64]:
    """The cosine of each candidate's passage and item, rounded to 1e-6, and the weights of the item's distinct terms, added up."""
    item, total = candidates["item"].to_numpy(), len(candidates)
    vectors = (1 + np.log(index.repeats)) * weight[index.ids]
    owners = np.repeat(np.arange(len(index)), np.diff(index.firsts))
    norms = np.bincount(owners, vectors**2, len(index))
    mass = np.bincount(owners, weight[index.ids], len(index))
    lists = candidates["terms"].combine_chunks()
    owner = np.repeat(np.arange(total), np.diff(lists.offsets.to_numpy()))
    held, repeats = np.unique(owner * len(weight) + lists.flatten().to_numpy(), return_counts=True)
    owner, term = np.divmod(held, len(weight))
    values = (1 + np.log(repeats)) * weight[term]
    squares = np.bincount(owner, values**2, total) + candidates["unknown"].to_numpy() * (UNKNOWN * weight.mean()) ** 2
    wanted, keys = item[owner] * len(weight) + term, index.keys
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    products = np.bincount(owner, np.where(keys[place] == wanted, values * vectors[place], 0), total)
    return np.round(products / np.sqrt(np.maximum(squares * norms[item], 1e-12)), 6), mass[item]


def _other_items(row: I64, unit: I64, cosines: F64) -> F64:
    """The best cosine of another item in the same unit."""
    order = np.lexsort((-cosines, unit, row))
    start = np.ones(len(order), np.bool_)
    start[1:] = (row[order][1:] != row[order][:-1]) | (unit[order][1:] != unit[order][:-1])
    group = np.cumsum(start) - 1
    heads = np.flatnonzero(start)
    ranked = np.append(cosines[order], FLOOR)
    alone = np.append(np.diff(heads), len(order) - heads[-1]) == 1
    best, second = ranked[heads], np.where(alone, FLOOR, ranked[heads + 1])
    others = np.empty(len(order))
    others[order] = np.maximum(np.where(start, second[group], best[group]), FLOOR)
    return others


def _background(item: I64, candidates: pa.Table, cosines: F64) -> F64:
    """The cosine of each item's BACKGROUND-th best passage, equal passages counted once."""
    passage = candidates["passage"].to_numpy()
    order = np.lexsort((-cosines, passage, item))
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (item[order][1:] != item[order][:-1]) | (passage[order][1:] != passage[order][:-1])
    order = order[fresh]
    order = order[np.lexsort((-cosines[order], item[order]))]
    owners, heads = np.unique(item[order], return_index=True)
    lengths = np.diff(np.append(heads, len(order)))
    places = np.minimum(heads + BACKGROUND - 1, len(order) - 1)
    levels = np.where(lengths >= BACKGROUND, cosines[order][places], FLOOR)
    return np.maximum(levels, FLOOR)[np.searchsorted(owners, item)]
