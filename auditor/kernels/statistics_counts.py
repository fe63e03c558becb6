"""Statistics of counts by category or bin: how far two distributions are apart, and how closely two properties go together.

Counts are arrays of numbers that are not negative, one a category, in the same order on both sides; the order itself never matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditor.kernels import statistics_functions as functions

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A table's chi-square `statistic` with its degrees of `freedom` and `p`; Cramér's `v` (0 to 1) with its 95 % interval, and `corrected`
    for the bias of small tables (W. Bergsma, Journal of the Korean Statistical Society 42 (2013), 323-328).

    Where fewer than two rows or columns hold anything there is nothing that could go together: 0, with p = 1.
    """

    statistic: float = 0.0
    freedom: int = 0
    p: float = 1.0
    v: float = 0.0
    low: float = 0.0
    high: float = 0.0
    corrected: float = 0.0


def association(table: ArrayLike) -> Association:
    """The association of the rows of a table of counts (float64 of shape (rows, columns)) with its columns; empty ones are left out."""
    counts = _counts(table, 2)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    total, (rows, columns) = float(counts.sum()), counts.shape
    if min(rows, columns) < 2:
        return Association()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    statistic, freedom = float(((counts - expected) ** 2 / expected).sum()), (rows - 1) * (columns - 1)
    most = total * (min(rows, columns) - 1)
    low, high = (math.sqrt(min(each / most, 1.0)) for each in functions.noncentrality(statistic, freedom))
    return Association(
        statistic=statistic,
        freedom=freedom,
        p=functions.chi_square_tail(statistic, freedom),
        v=math.sqrt(min(statistic / most, 1.0)),
        low=low,
        high=high,
        corrected=_corrected(statistic, total, rows, columns),
    )


def _corrected(statistic: float, total: float, rows: int, columns: int) -> float:
    if total <= 1:
        return 0.0
    excess = max(statistic / total - (rows - 1) * (columns - 1) / (total - 1), 0.0)
    sizes = [size - (size - 1) ** 2 / (total - 1) for size in (rows, columns)]
    return math.sqrt(min(excess / (min(sizes) - 1), 1.0)) if min(sizes) > 1 else 0.0


def stability_index(left: ArrayLike, right: ArrayLike) -> float:
    """The population stability index, the sum of (q - p) ln(q / p): 0 for equal shares, symmetric, without an upper bound.

    Where a bin of either side is empty, half a record is added to every bin of both. 0 where a side has no record.
    """
    p, q = _counts(left), _counts(right)
    if not (p.sum() and q.sum()):
        return 0.0
    used = (p > 0) | (q > 0)
    p, q = p[used], q[used]
    if not (p.all() and q.all()):
        p, q = p + 0.5, q + 0.5
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def stability_cut(left: float, right: float, bins: int, confidence: float = 0.95) -> float:
    """What the stability index of `left` and `right` records of one distribution stays below with this probability.

    Their index, times left * right / (left + right), is chi-square with bins - 1 degrees of freedom: B. Yurdakul and J. Naranjo,
    Journal of Risk Model Validation 14 (2020), 89-100. 0 where nothing can differ.
    """
    return functions.chi_square_quantile(confidence, bins - 1) * (1 / left + 1 / right) if bins > 1 and left and right else 0.0


def total_variation(left: ArrayLike, right: ArrayLike) -> float:
    """Half the sum of the differences of shares: the part of records that would have to change category (0 to 1)."""
    p, q = shares(left, right)
    return float(np.abs(p - q).sum() / 2)


def largest_difference(left: ArrayLike, right: ArrayLike) -> float:
    """The largest difference of a category's shares (L-infinity; 0 to 1)."""
    p, q = shares(left, right)
    return float(np.abs(p - q).max(initial=0.0))


def jensen_shannon(left: ArrayLike, right: ArrayLike) -> float:
    """The Jensen-Shannon divergence in bits (0 to 1); its root is a distance."""
    p, q = shares(left, right)
    middle = (p + q) / 2
    return max(float((_relative(p, middle) + _relative(q, middle)).sum() / 2), 0.0)


def _relative(p: F64, q: F64) -> F64:
    """p log2(p / q), and 0 where p is."""
    logarithms: F64 = np.log2(np.divide(p, q, out=np.ones_like(p), where=p > 0))
    return p * logarithms


def total_variation_interval(left: ArrayLike, right: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of `total_variation` by the delta method."""
    p, q = shares(left, right)
    sides = np.sign(p - q) / 2
    return _interval(total_variation(left, right), (sides, -sides), (left, right), confidence)


def jensen_shannon_interval(left: ArrayLike, right: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of `jensen_shannon` by the delta method."""
    p, q = shares(left, right)
    middle = (p + q) / 2
    slopes = tuple(np.log2(np.divide(each, middle, out=np.ones_like(each), where=each > 0)) / 2 for each in (p, q))
    return _interval(jensen_shannon(left, right), slopes, (left, right), confidence)


def _interval(
    effect: float, slopes: Sequence[F64], counts: Sequence[ArrayLike], confidence: float, most: float = 1.0
) -> tuple[float, float]:
    half = functions.normal_quantile((1 + confidence) / 2) * delta_error(slopes, counts)
    return max(effect - half, 0.0), min(effect + half, most)


def delta_error(slopes: Sequence[F64], counts: Sequence[ArrayLike]) -> float:
    """The standard error of a function of the shares of independent samples, from its slopes in them (the delta method)."""
    variance = 0.0
    for slope, each in zip(slopes, map(_counts, counts), strict=True):
        if total := each.sum():
            share = each / total
            variance += float((share * slope**2).sum() - (share * slope).sum() ** 2) / float(total)
    return math.sqrt(max(variance, 0.0))


def shares(left: ArrayLike, right: ArrayLike) -> tuple[F64, F64]:
    """Both sides as shares; both nothing but zeros where a side has no record, which is no distribution to compare with."""
    p, q = _counts(left), _counts(right)
    if p.shape != q.shape:
        raise ValueError("both sides have the same categories")
    if not (p.sum() and q.sum()):
        return np.zeros_like(p), np.zeros_like(q)
    return p / p.sum(), q / q.sum()


def _counts(values: ArrayLike, dimensions: int = 1) -> F64:
    counts = np.asarray(values, np.float64)
    if counts.ndim != dimensions or not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError(f"finite counts of 0 or more are expected, in {dimensions} dimension{'s'[: dimensions - 1]}")
    return counts
