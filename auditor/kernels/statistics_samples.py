"""Statistics of two samples of numbers: Kolmogorov-Smirnov, Wasserstein, and the area under the ROC curve.

Each takes distinct values in ascending order (float64, no NaN) with the counts of both sides; `tabulate` makes these of raw numbers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditor.kernels import statistics_functions as functions
from auditor.kernels.statistics_counts import delta_error, shares

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

EXACT = 2_000
"""Records of the larger side up to which the p-value of Kolmogorov-Smirnov counts every order of the records."""


def tabulate(left: ArrayLike, right: ArrayLike) -> tuple[F64, I64, I64]:
    """Two samples as distinct values, ascending, and how often each stands left and right. ValueError for NaN."""
    sides = [np.asarray(each, np.float64).ravel() for each in (left, right)]
    pooled = np.concatenate(sides)
    if np.isnan(pooled).any():
        raise ValueError("a number is NaN")
    values, places = np.unique(pooled, return_inverse=True)
    first, second = np.split(places, [len(sides[0])])
    return values, np.bincount(first, minlength=len(values)), np.bincount(second, minlength=len(values))


def kolmogorov_smirnov(left: I64, right: I64) -> float:
    """The largest difference of the two distribution functions (0 to 1); 0 where a side has no record."""
    p, q = shares(left, right)
    return float(np.abs(np.cumsum(p - q)).max(initial=0.0)) if len(p) else 0.0


def kolmogorov_smirnov_interval(difference: float, left: int, right: int, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of that difference, by Massart's form of the Dvoretzky-Kiefer-Wolfowitz inequality on each side: never too narrow."""
    if not (left and right):
        return 0.0, 1.0
    half = math.sqrt(math.log(4 / (1 - confidence)) / 2) * (left**-0.5 + right**-0.5)
    return max(difference - half, 0.0), min(difference + half, 1.0)


def kolmogorov_smirnov_p(left: I64, right: I64) -> float:
    """The probability of at least such a difference between samples of one continuous distribution.

    Exact up to `EXACT` records a side (J. L. Hodges, Arkiv för Matematik 3 (1958), 469-486), else by Kolmogorov's limit. 1 where a side
    has no record.
    """
    n, m = int(np.sum(left)), int(np.sum(right))
    if not (n and m):
        return 1.0
    if max(n, m) <= EXACT:
        return _outside(n, m, int(np.abs(np.cumsum(left) * m - np.cumsum(right) * n).max()))
    return functions.kolmogorov_tail(math.sqrt(n * m / (n + m)) * kolmogorov_smirnov(left, right))


def _outside(n: int, m: int, bound: int) -> float:
    """The share of the orders of n + m records in which |i m - j n| reaches the bound after some i and j of them.

    Step by step the probability of every i; whatever reaches the bound is taken out and added up.
    """
    if bound <= 0:
        return 1.0
    inside, out = np.zeros(n + 1), 0.0
    inside[0] = 1.0
    places = np.arange(n + 1)
    for step in range(1, n + m + 1):
        low, high = max(0, step - m), min(n, step)
        first, last = max(low - 1, 0), min(high, n)  # where the step before may have stood, and this one may stand
        before, place = inside[first : last + 1], places[first : last + 1]
        rest = n + m - step + 1
        moved = before * (n - place) / rest
        after = before * np.maximum(m - (step - 1 - place), 0) / rest
        after[1:] += moved[:-1]
        reached = np.abs(place * m - (step - place) * n) >= bound
        out += float(after[reached].sum())
        inside[first : last + 1] = np.where(reached, 0.0, after)
    return min(out, 1.0)


def wasserstein(values: F64, left: I64, right: I64) -> float:
    """The area between the two distribution functions: how far a record must move on average, in the unit of the values.

    0 where a side has no record. ValueError for infinite values.
    """
    p, q = shares(left, right)
    return float(np.abs(np.cumsum(p - q)[:-1]) @ _gaps(values)) if len(p) else 0.0


def wasserstein_interval(values: F64, left: I64, right: I64, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of `wasserstein` by the delta method: the slope in the share of a value is what lies above it, with its side."""
    p, q = shares(left, right)
    if not len(p):
        return 0.0, 0.0
    areas = np.sign(np.cumsum(p - q)[:-1]) * _gaps(values)
    slopes = np.append(np.cumsum(areas[::-1])[::-1], 0.0)
    half = functions.normal_quantile((1 + confidence) / 2) * delta_error((slopes, -slopes), (left, right))
    distance = wasserstein(values, left, right)
    return max(distance - half, 0.0), distance + half


def _gaps(values: F64) -> F64:
    if not np.isfinite(values).all():
        raise ValueError("a number is infinite")
    gaps: F64 = np.diff(values)
    return gaps


def deciles(values: F64, counts: I64, parts: int = 10) -> F64:
    """The values that cut a sample into `parts` of about equal size, ascending and distinct; the last of the sample is none."""
    total = int(counts.sum())
    if not total:
        return np.zeros(0)
    ranks = np.arange(1, parts) * total / parts
    edges = values[np.searchsorted(np.cumsum(counts), ranks)]
    cuts: F64 = np.unique(edges[edges < values[counts > 0][-1]])
    return cuts


def binned(values: F64, counts: I64, edges: F64) -> I64:
    """The counts of the bins up to each edge, and above the last."""
    places = np.searchsorted(edges, values)
    bins: I64 = np.bincount(places, counts, minlength=len(edges) + 1).astype(np.int64)
    return bins


def area(left: I64, right: I64) -> float:
    """The probability that a record of the right has a larger value than one of the left, ties counting half: the area under the ROC
    curve, and Mann and Whitney's U as a share. 1/2 where a side has no record.
    """
    p, q = shares(left, right)
    return float(q @ (np.cumsum(p) - p / 2)) if p.any() and q.any() else 0.5


def area_p(left: I64, right: I64) -> float:
    """The probability of an area at least as far from 1/2 where both sides are of one distribution, by the normal limit of Mann and
    Whitney's U with the corrections for ties and continuity; 1 where all values are equal or a side has no record.
    """
    n, m = int(np.sum(left)), int(np.sum(right))
    total = n + m
    if not (n and m) or total < 2:
        return 1.0
    tied = (np.asarray(left) + np.asarray(right)).astype(np.float64)
    variance = n * m / 12 * (total + 1 - float((tied**3 - tied).sum()) / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    distance = abs(area(left, right) - 0.5) * n * m - 0.5
    return min(2 * functions.normal_tail(distance / math.sqrt(variance)), 1.0)


def area_interval(found: float, left: int, right: int, confidence: float = 0.95) -> tuple[float, float]:
    """An interval of an area of `left` and `right` records: the areas whose own error makes the one found no surprise, also at 0 and 1.

    Method 5 of R. G. Newcombe, Statistics in Medicine 25 (2006), 559-573.
    """
    if not (left and right):
        return 0.0, 1.0
    z, middle = functions.normal_quantile((1 + confidence) / 2), (left + right) / 2 - 1

    def reach(true: float) -> float:
        more = 1 + middle * (1 - true) / (2 - true) + middle * true / (1 + true)
        return z * math.sqrt(true * (1 - true) * more / (left * right))

    low = functions.root(lambda true: true + reach(true) - found, 0.0, found)
    return low, functions.root(lambda true: true - reach(true) - found, found, 1.0)
