"""How far numbers may go that have not been seen: never the smallest and greatest seen, which the next record may exceed.

Of n numbers, the k = max(20, n / 100) farthest from the median on a side tell its tail. Where their distances y from the median fall off
like a power, the logarithms of y over the least of them are exponential with mean m (Hill, 1975), and a share e of all lies beyond the
distance u * exp(m * log(k / (n e))). A bound goes SAFETY times as far in the logarithm, since m is estimated; lighter tails end sooner.
Where numbers end, that is the bound instead. They end at an edge that domains have (0, 1, 100, ...) where a tail as seen would have gone
on beyond it at least EXPECTED times among those seen; at both edges of a domain (DOMAINS) where they come NEAR to both; and at 0 where
none lies beyond it, and some are 0, or they are SKEWED as quantities are that cannot be negative, less so where they come NEAR to it.
"""

from __future__ import annotations

import math

import numpy as np

from auditor.kernels.columns_numbers import F64, Numbers

FEWEST = 1000
"""Numbers below which no bound is inferred."""

SAFETY = 1.5
EXPECTED = 20
"""A tail of which so many were expected beyond a bound and none was seen ends there: by chance once in e^20."""


EDGES = (-180.0, -90.0, -1.0, 0.0, 1.0, 5.0, 10.0, 90.0, 100.0, 180.0, 255.0, 360.0)
"""Where numbers of some domains end: degrees, shares, marks, percentages, bytes."""

DOMAINS = ((0.0, 1.0), (0.0, 100.0), (-1.0, 1.0), (-90.0, 90.0), (-180.0, 180.0), (0.0, 255.0), (0.0, 360.0))

NEAR = 0.01
"""Numbers come near to an edge if no more than this part of the way from the median to it is left."""

SKEWED, NEARLY = 2.0, 1.3
"""How many times as far the highest hundredth of numbers is from the median as the lowest; and of numbers that come near to 0."""

ATOM = 3
"""How many numbers that are 0 make it an edge."""

Counts = np.ndarray[tuple[int], np.dtype[np.int64]]


def ends(numbers: Numbers, share: float, whole: bool) -> tuple[float | None, float | None]:
    """The bounds beyond which at most a share of numbers is to be expected, below and above; None where nothing is known.

    `whole`: the numbers are integers.
    """
    if numbers.count < FEWEST or numbers.nans or numbers.infinities or len(numbers.cells) < 2:
        return None, None
    values, counts = numbers.values(), numbers.counts
    values[0], values[-1] = numbers.low, numbers.high
    middle = float(numbers.quantiles([0.5])[0])
    for low, high in DOMAINS:
        if low <= numbers.low and numbers.high <= high and _near(-numbers.low, -low, -middle) and _near(numbers.high, high, middle):
            return low, high
    above = _end(values, counts, share, EDGES, whole)
    below = _end(-values[::-1], counts[::-1], share, tuple(-edge for edge in reversed(EDGES)), whole)
    if numbers.low >= 0 and _quantities(-values[::-1], counts[::-1], middle - float(numbers.quantiles([0.01])[0])):
        below = 0.0 if below is None or below > 0 else below  # bounds below are turned: -1 is a lower bound of 1
    if numbers.high <= 0 and _quantities(values, counts, float(numbers.quantiles([0.99])[0]) - middle):
        above = 0.0 if above is None or above > 0 else above
    return None if below is None else -below + 0.0, above


def _quantities(values: F64, counts: Counts, tail: float) -> bool:
    """Whether 0 is the edge of ascending values none of which is positive. `tail` is how far the highest hundredth is from the median."""
    upto = np.cumsum(counts)
    middle, far = (float(values[np.searchsorted(upto, share * upto[-1])]) for share in (0.5, 0.01))
    skewed = (middle - far) / tail if tail > 0 else np.inf
    return bool((values[-1] == 0 and counts[-1] >= ATOM) or skewed >= (NEARLY if _near(float(values[-1]), 0.0, middle) else SKEWED))


def _near(top: float, edge: float, middle: float) -> bool:
    """Whether numbers come near to an upper edge."""
    return edge > middle and edge - top <= NEAR * (edge - middle)


def _end(values: F64, counts: Counts, share: float, edges: tuple[float, ...], whole: bool) -> float | None:
    """The upper bound of ascending values; `edges` ascend."""
    total, top = int(counts.sum()), float(values[-1])
    upto = np.cumsum(counts)
    middle = float(values[np.searchsorted(upto, (total + 1) // 2)])
    first = int(np.searchsorted(upto, total - max(EXPECTED, total // 100)))
    far, weights = values[first:] - middle, counts[first:]
    least, beyond = float(far[0]), int(weights.sum())
    if least <= 0:
        return None
    mean = float((np.log(far / least) * weights).sum()) / beyond
    for edge in edges:
        if top <= edge and not (whole and edge == top and _falling(counts)) and _stops(edge - middle, least, mean, beyond):
            return edge
    reach = mean * math.log(max(beyond / (total * share), 1)) * SAFETY
    if reach > 50:
        return None
    bound = middle + max(least * math.exp(reach), top - middle)
    step = float(np.diff(values[-4:]).max(initial=0.0)) if len(values) < total // 20 else 0.0
    return _rounded(bound + 3 * step, whole)


def _stops(distance: float, least: float, mean: float, beyond: int) -> bool:
    """Whether a tail as seen would have gone on beyond a distance from the median so often that numbers must end there."""
    if distance <= least or mean == 0:
        return distance <= least
    return beyond * math.exp(-math.log(distance / least) / mean) >= EXPECTED


def _falling(counts: Counts) -> bool:
    """Whether the counts of the last values fall off so fast that the next one may just not have been seen."""
    last, before = int(counts[-1]), int(counts[-2]) if len(counts) > 1 else 0
    return last * 5 < before and last * last < EXPECTED * before


def _rounded(value: float, whole: bool) -> float:
    """Outwards (upwards), to two digits, so that a bound does not look more exact than it is; an integer for integers."""
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    found = math.ceil(value / unit) * unit
    return float(math.ceil(found)) if whole else float(f"{found:.12g}")
