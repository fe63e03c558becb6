"""Collections of sets joined by datasketch's MinHashLSH, the reference: candidates are verified, and many pairs are missed."""

from __future__ import annotations

import numpy as np

from auditor.kernels.joins import Joined, verified
from auditor.kernels.minhash import U32, permutations, sketches
from auditor.kernels.sets import I64, Collection


def by_datasketch(left: Collection, right: Collection | None, threshold: float) -> Joined:
    """The pairs of a left and a right set (None: of two left ones, the earlier first) that datasketch finds, with their true overlaps.

    Of pairs at the threshold it finds a share of found_share(threshold, *datasketch_parameters(threshold)), and of contained sets
    only those that are similar too. AuditorError where it takes no such threshold.
    """
    from auditor.doors.datasketch import candidates

    other = left if right is None else right
    first, second = np.flatnonzero(left.sizes), np.flatnonzero(other.sizes)
    mine = _sketched(left, first)
    a, b = candidates(mine, None if right is None else _sketched(right, second), threshold)
    return Joined(pairs=verified(left, other, (first[a], second[b]), np.ones(len(a), np.int64)), whole=False)


def _sketched(sets: Collection, some: I64) -> U32:
    return sketches(sets.take(some), *permutations())
