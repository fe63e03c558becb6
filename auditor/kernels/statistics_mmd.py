"""The maximum mean discrepancy of two samples of vectors: whether they come from one distribution, in any number of dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

PERMUTATIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """The unbiased estimate of the squared discrepancy (`squared`; about 0, also below it, for one distribution), the `bandwidth` of the
    kernel, and `p`, the share of permutations of the records with an estimate as large, this one counted.
    """

    squared: float
    bandwidth: float
    p: float


def discrepancy(left: F64, right: F64, permutations: int = PERMUTATIONS) -> Discrepancy | None:
    """The discrepancy of two samples (float64 of shape (records, dimensions)) under the kernel exp(-|x - y|^2 / (2 bandwidth^2)).

    A. Gretton and others, Journal of Machine Learning Research 13 (2012), 723-773. The bandwidth is the median distance of two records, 1
    where that is 0. Records are put in order first, so that theirs does not matter, and the permutations are always the same.
    None where a side has fewer than two records.
    """
    sides = [_ordered(np.asarray(each, np.float64)) for each in (left, right)]
    if min(map(len, sides)) < 2:
        return None
    n, m = map(len, sides)
    distances = _distances(np.concatenate(sides))
    bandwidth = float(np.median(np.sqrt(distances[np.triu_indices(n + m, 1)]))) or 1.0
    kernel = np.exp(distances / (-2 * bandwidth**2))
    np.fill_diagonal(kernel, 0.0)
    sums = _pair_sums(kernel, _memberships(n, m, permutations))
    found = _estimates(sums, kernel.sum(), n, m)
    as_large = int((found[1:] >= found[0] - 1e-12).sum())
    return Discrepancy(squared=float(found[0]), bandwidth=bandwidth, p=(as_large + 1) / (permutations + 1))


def _ordered(records: F64) -> F64:
    return records[np.lexsort(records.T[::-1])] if records.size else records


def _distances(records: F64) -> F64:
    """The squared distances of all pairs."""
    squares = (records**2).sum(axis=1)
    distances: F64 = np.maximum(squares[:, None] + squares[None, :] - 2 * records @ records.T, 0.0)
    return distances


def _memberships(n: int, m: int, permutations: int) -> F64:
    """A column a permutation, the first that of the data: 1 for the n records that are left, 0 for the m others."""
    rng = np.random.Generator(np.random.PCG64(0))
    members = np.zeros((n + m, permutations + 1))
    members[:n, 0] = 1
    for column in range(1, permutations + 1):
        members[rng.permutation(n + m)[:n], column] = 1
    return members


def _pair_sums(kernel: F64, members: F64) -> tuple[F64, F64]:
    """By permutation, the sum of the kernel over pairs of two left records, and over those of a left one and any."""
    products = kernel @ members
    return (members * products).sum(axis=0), products.sum(axis=0)


def _estimates(sums: tuple[F64, F64], total: float, n: int, m: int) -> F64:
    within, any_left = sums
    between = any_left - within
    others = total - within - 2 * between
    estimates: F64 = within / (n * (n - 1)) + others / (m * (m - 1)) - 2 * between / (n * m)
    return estimates
