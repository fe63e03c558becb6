"""The bands that datasketch chooses for a threshold, without datasketch: shown beside ours, which are kernels/minhash.py's `banding`."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.polynomial.legendre import leggauss


@cache
def datasketch_parameters(threshold: float, count: int = 128) -> tuple[int, int]:
    """(bands, rows) of datasketch.MinHashLSH(threshold, num_perm=count), which uses no more than `count` permutations.

    They have the least sum of two areas under the curve P(s) = 1 - (1 - s^rows)^bands: that of P from 0 to the threshold (false
    positives) and that of 1 - P from there to 1 (false negatives), so that a pair at the threshold is as good as not sought. P is a
    polynomial of a degree up to `count`, and Gauss-Legendre quadrature with this many nodes has no error but that of rounding.
    """
    nodes, weights = leggauss(count // 2 + 1)
    below, above = (nodes + 1) / 2 * threshold, threshold + (nodes + 1) / 2 * (1 - threshold)
    least, best = np.inf, (0, 0)
    for bands in range(1, count + 1):
        rows = np.arange(1, count // bands + 1)[:, None]
        missed_below, missed_above = (1 - below**rows) ** bands, (1 - above**rows) ** bands
        areas = ((1 - missed_below) @ weights * threshold + missed_above @ weights * (1 - threshold)) / 2
        place = int(areas.argmin())
        if areas[place] < least:
            least, best = float(areas[place]), (bands, place + 1)
    return best
