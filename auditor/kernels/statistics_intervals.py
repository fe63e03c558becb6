"""Intervals of shares, and p-values of many questions asked at once."""

from __future__ import annotations

import math
from collections.abc import Sequence


def wilson(count: float, total: float, quantile: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval for a probability, of which `count` of `total` independent trials is an estimate; (0, 1) without a trial.

    `quantile` is that of a standard normal variable: 1.96 for 95 %. E. B. Wilson, Journal of the American Statistical Association 22
    (1927), 209-212.
    """
    if not total:
        return 0.0, 1.0
    share, square = count / total, quantile**2 / total
    middle, half = share + square / 2, quantile * math.sqrt(share * (1 - share) / total + square / (4 * total))
    return max((middle - half) / (1 + square), 0.0), min((middle + half) / (1 + square), 1.0)


def adjusted(values: Sequence[float]) -> list[float]:
    """The p-values, in their order, such that calling those up to q discoveries makes at most the share q of these false on average.

    Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995), 289-300.
    """
    found, least = [1.0] * len(values), 1.0
    ranked = sorted(range(len(values)), key=values.__getitem__)
    for rank in range(len(values), 0, -1):
        place = ranked[rank - 1]
        least = min(least, values[place] * len(values) / rank)
        found[place] = least
    return found
