"""Clusters as they grow: which sets are connected so far, how many, and each one's first partner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64


def components(count: int, left: I64, right: I64) -> I64:
    """For each of `count` nodes the least node that edges connect it with (every node takes its neighbours' least, again and again)."""
    roots = np.arange(count)
    while True:
        before = roots.copy()
        low = np.minimum(roots[left], roots[right])
        np.minimum.at(roots, roots[left], low)
        np.minimum.at(roots, roots[right], low)
        roots = roots[roots]
        if np.array_equal(before, roots):
            return roots


class Forest:
    """The clusters of `count` nodes under the edges added so far. In a cluster of more than `cap` nodes only the pairs of its first
    node, and each other node's first pair, are of interest; the rest are settled. Pairs of `loose` nodes (bool) are always of
    interest, and settle nothing.
    """

    def __init__(self, count: int, cap: int, loose: NDArray[np.bool_] | None = None) -> None:
        self._cap = cap
        self._loose = np.zeros(count, np.bool_) if loose is None else loose
        self._parents = np.arange(count)
        self._weights = np.ones(count, np.int64)
        self._partners = np.full(count, count)

    @property
    def arrays(self) -> tuple[int, I64, I64, I64]:
        """The cap and, node by node, the way to the first node of a cluster, a first node's number of nodes, and the first partner."""
        return self._cap, self._parents, self._weights, self._partners

    def add(self, left: I64, right: I64) -> None:
        """Adds many edges, which must join different nodes."""
        if not len(left):
            return
        count = len(self._parents)
        everyone = np.arange(count)
        self._parents = components(count, np.concatenate([everyone, left]), np.concatenate([self._parents, right]))
        self._weights = np.bincount(self._parents, minlength=count)
        for one, other in ((left, right), (right, left)):
            firm = ~self._loose[other]
            np.minimum.at(self._partners, one[firm], other[firm])

    def unite(self, one: int, others: I64) -> None:
        """Adds the edges of one node with others (ascending, none of them itself)."""
        if not len(others):
            return
        if not self._loose[one]:
            self._partners[others] = np.minimum(self._partners[others], one)
        self._partners[one] = min([int(self._partners[one]), *others[~self._loose[others]][:1].tolist()])
        roots = np.unique(self.roots(np.append(others, one)))
        self._weights[roots[0]] = self._weights[roots].sum()
        self._parents[roots[1:]] = roots[0]

    def roots(self, members: I64) -> I64:
        """The first node of each one's cluster."""
        roots: I64 = self._parents[members]
        while True:
            above = self._parents[roots]
            if np.array_equal(above, roots):
                return roots
            self._parents[members] = roots = above

    def settled(self, one: int, others: I64) -> NDArray[np.bool_]:
        """Which of the others make a pair with the one that is of no interest."""
        roots = self.roots(np.append(others, one))
        root = int(roots[-1])
        if self._weights[root] <= self._cap or root == one or self._loose[one]:
            return np.zeros(len(others), np.bool_)
        known = (self._partners[others] < one) & (self._partners[one] < others)
        settled: NDArray[np.bool_] = known & (roots[:-1] == root) & (others != root)
        return settled & ~self._loose[others]

    def all_settled(self, members: I64, one: int) -> bool:
        """Whether all members are in one large cluster and have a partner up to `one`: no pair of two of them is of interest."""
        roots = self.roots(members)
        large = bool(self._weights[roots[0]] > self._cap)
        return large and bool((roots == roots[0]).all() and (self._partners[members] <= one).all())
