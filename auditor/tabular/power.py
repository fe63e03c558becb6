"""How well one column alone predicts the label: the area under the ROC curve of out-of-fold frequencies, and one-to-one maps.

A numeric column is cut into bins of equal size; a bin, or a value of any other column, predicts the share of each class among the
records of the other folds that have it. So a value that stands once predicts nothing, and ids do not look like knowledge. Folds are told
by contents, so that the order of records does not matter and copies are in one fold; where nearly all records are copies, and nothing in
them could be an id, they are dealt out instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, U64
from auditor.kernels.statistics_samples import area, area_interval, tabulate
from auditor.tabular.cells import MISSING, NUMBER, Cells

F64 = NDArray[np.float64]

DRAWN = 100_000
"""Records of a split that are looked at: those with the smallest hashes of their contents."""

FOLDS, BINS, COPIES = 5, 64, 10
"""Folds, bins of a numeric column, and copies of a record on average from which on records are dealt out."""

CLASSES = 20
"""Classes that are predicted at most, the most frequent ones; a numeric label with more values becomes above or below its median."""

FEWEST = 10
"""Records that a class needs to be predicted."""


def drawn(contents: U64, most: int = DRAWN) -> I64:
    """Records with the smallest hashes of their contents, ascending by place: all with a hash up to the `most`-th smallest."""
    if len(contents) <= most:
        return np.arange(len(contents))
    return np.flatnonzero(contents <= np.partition(contents, most - 1)[most - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The class of each record (int64; -1: none that is predicted), their number, and whether they are `halves` of numbers."""

    classes: I64
    count: int
    halves: bool


def labels(cells: Cells) -> Labels | None:
    """The classes that a label column tells; None where there are not two with FEWEST records."""
    known = cells.kinds != MISSING
    values, codes, counts = np.unique(cells.keys[known], return_inverse=True, return_counts=True)
    classes = np.full(len(known), -1, np.int64)
    if len(values) > CLASSES and (cells.kinds[known] == NUMBER).all():
        numbers = cells.numbers[known]
        classes[known] = numbers > np.median(numbers)
        return Labels(classes=classes, count=2, halves=True) if 0 < classes[known].sum() < known.sum() else None
    frequent = np.lexsort((values, -counts))[:CLASSES]
    frequent = frequent[counts[frequent] >= FEWEST]
    numbered = np.full(len(values), -1, np.int64)
    numbered[frequent] = np.arange(len(frequent))
    classes[known] = numbered[codes]
    return Labels(classes=classes, count=len(frequent), halves=False) if len(frequent) > 1 else None


def binned(cells: Cells, numeric: bool) -> tuple[I64, F64]:
    """The bin of each cell, from 0 (missing), and the edges of the bins (of a column that is not numeric: its values)."""
    known = cells.kinds != MISSING
    if not numeric:
        return placed(cells, values := np.unique(cells.keys[known]).view(np.float64), numeric), values
    numbers = cells.numbers[known]
    edges = np.unique(numbers)
    if len(edges) > BINS:
        edges = np.unique(np.quantile(numbers, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    return placed(cells, edges, numeric), edges


def placed(cells: Cells, edges: F64, numeric: bool) -> I64:
    """The bins of cells by the edges that other cells gave; a value that those had not is in bin 0, as one that is missing."""
    bins = np.zeros(len(cells.kinds), np.int64)
    known = cells.kinds != MISSING
    if numeric:
        bins[known] = np.searchsorted(edges, cells.numbers[known]) + 1
    elif len(edges):
        values = edges.view(np.uint64)
        at = np.minimum(np.searchsorted(values, cells.keys[known]), len(values) - 1)
        bins[known] = np.where(values[at] == cells.keys[known], at + 1, 0)
    return bins


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The `area` under the ROC curve (0.5: nothing, 1: everything; of several classes the mean, weighted by their records) with its 95 %
    interval, and of how many records.
    """

    area: float
    low: float
    high: float
    records: int

    @property
    def gini(self) -> float:
        """The same from 0 to 1."""
        return 2 * self.area - 1


def power(bins: I64, found: Labels, contents: U64) -> Power:
    """How well bins predict classes out of fold."""
    used = np.flatnonzero(found.classes >= 0)
    classes, bins = found.classes[used], bins[used]
    folds = _folds(contents[used])
    counts = _counted((folds, bins, classes), (FOLDS, int(bins.max(initial=0)) + 1, found.count))
    others = counts.sum(axis=0) - counts
    return judged(_shares(others)[folds, bins], classes)


def _folds(contents: U64) -> I64:
    if len(np.unique(contents)) * COPIES >= len(contents):
        return (contents % np.uint64(FOLDS)).astype(np.int64)
    folds = np.empty(len(contents), np.int64)
    folds[np.argsort(contents, kind="stable")] = np.arange(len(contents)) % FOLDS
    return folds


def transferred(bins: I64, found: Labels, other_bins: I64, other: I64) -> Power:
    """How well what the bins of one split say of the classes predicts those (`other`, -1: none) of another."""
    used, asked = found.classes >= 0, other >= 0
    size = int(max(bins.max(initial=0), other_bins.max(initial=0))) + 1
    counts = _counted((bins[used], found.classes[used]), (size, found.count))
    return judged(_shares(counts[None])[0][other_bins[asked]], other[asked])


def _counted(places: tuple[I64, ...], shape: tuple[int, ...]) -> F64:
    flat = np.ravel_multi_index(places, shape)
    counts: F64 = np.bincount(flat, minlength=int(np.prod(shape))).astype(np.float64).reshape(shape)
    return counts


def _shares(counts: F64) -> F64:
    """Of counts of shape (folds, bins, classes) the share of each class in a bin, drawn to its share in the fold by one more record."""
    prior = counts.sum(axis=1, keepdims=True)
    prior /= np.maximum(prior.sum(axis=2, keepdims=True), 1.0)
    shares: F64 = (counts + prior) / (counts.sum(axis=2, keepdims=True) + 1)
    return shares


def judged(scores: F64, classes: I64) -> Power:
    """The power of scores of shape (records, classes)."""
    sums, weight = np.zeros(3), 0
    for each in range(scores.shape[1]):
        mine = classes == each
        right, left = int(mine.sum()), int((~mine).sum())
        if right and left:
            _, a, b = tabulate(np.round(scores[~mine, each], 12), np.round(scores[mine, each], 12))
            found = area(a, b)
            sums += right * np.array([found, *area_interval(found, left, right)])
            weight += right
    value, low, high = (sums / weight).tolist() if weight else (0.5, 0.0, 1.0)
    return Power(area=value, low=low, high=high, records=len(classes))


def is_map(cells: Cells, found: Labels) -> bool:
    """Whether every value of a column goes with one class and every class with one value: the label under another name."""
    used = (found.classes >= 0) & (cells.kinds != MISSING)
    if found.halves or not used.any():
        return False
    pairs = np.unique(np.stack([cells.keys[used], found.classes[used].astype(np.uint64)], axis=1), axis=0)
    return len(pairs) == len(np.unique(pairs[:, 0])) == found.count and bool((found.classes >= 0).sum() == used.sum())
