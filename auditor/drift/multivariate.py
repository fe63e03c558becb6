"""Drift of whole records: whether a simple classifier, and a kernel test, tell the records of two splits apart.

Of each split those records are drawn that have the smallest hashes of their contents, so that neither order nor batches matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, U64
from auditor.kernels.statistics_mmd import Discrepancy, discrepancy
from auditor.kernels.statistics_samples import area, area_interval, tabulate

F64 = NDArray[np.float64]

DRAWN = 1_000
"""Records of each split that are compared."""

FOLDS, RIDGE, STEPS = 5, 1.0, 25
FREQUENT = 10
"""Values of a column that is not numeric which count by themselves; the others are one."""

FAR = 5.0
"""Deviations from the median at which numbers are cut off: one wild value must not set the scale."""


def smallest(contents: U64) -> I64:
    """The places of the DRAWN smallest hashes, in their order; which of equal ones is no matter, since their records are equal."""
    return np.argsort(contents, kind="stable")[:DRAWN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """The area under the ROC curve with which unseen records are told apart (0.5: not at all) with its interval, and the kernel test."""

    area: float
    low: float
    high: float
    test: Discrepancy


def apart(left: F64, right: F64) -> Apart | None:
    """How well two samples (float64 of shape (records, columns)) are told apart; None where a side has fewer than FOLDS records."""
    if min(len(left), len(right)) < FOLDS or not left.shape[1]:
        return None
    test = discrepancy(left, right)
    assert test is not None
    scores = [np.zeros(len(left)), np.zeros(len(right))]
    for fold in range(FOLDS):
        mine = [np.arange(len(side)) % FOLDS == fold for side in (left, right)]
        weights = _fitted(_squared(left[~mine[0]]), _squared(right[~mine[1]]))
        for place, side in enumerate((left, right)):
            scores[place][mine[place]] = _squared(side[mine[place]]) @ weights
    _, a, b = tabulate(*(np.round(each, 9) for each in scores))
    found = area(a, b)
    low, high = area_interval(found, len(left), len(right))
    return Apart(area=found, low=low, high=high, test=test)


def _squared(records: F64) -> F64:
    """Columns, their squares and a constant: a quadratic rule also sees that something spreads more."""
    return np.concatenate([records, records**2, np.ones((len(records), 1))], axis=1)


def _fitted(left: F64, right: F64) -> F64:
    """Logistic regression of the side, by Newton's method with a ridge; both sides weigh the same."""
    records, side = np.concatenate([left, right]), np.repeat([0.0, 1.0], [len(left), len(right)])
    share = np.repeat([0.5 / len(left), 0.5 / len(right)], [len(left), len(right)]) * len(records)
    weights = np.zeros(records.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(records @ weights, -30, 30)))
        slope = records.T @ (share * (side - chance)) - RIDGE * weights
        curve = (records.T * (share * np.maximum(chance * (1 - chance), 1e-6))) @ records + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def matrix(columns: Sequence[tuple[F64, F64]], numeric: Sequence[bool]) -> tuple[F64, F64]:
    """The columns of two samples as float64 of shape (records, dimensions), scaled alike. A cell is a number, or the number that stands for
    a value; NaN where it is missing, which is a dimension of its own.
    """
    sides: list[list[F64]] = [[], []]
    for (left, right), number in zip(columns, numeric, strict=True):
        both = np.concatenate([left, right])
        for each in _scaled(both) if number else _told(both):
            sides[0].append(each[: len(left)])
            sides[1].append(each[len(left) :])
    sizes = [len(columns[0][side]) if columns else 0 for side in (0, 1)]
    first, second = (np.stack(side, axis=1) if side else np.zeros((size, 0)) for side, size in zip(sides, sizes, strict=True))
    return first, second


def _scaled(values: F64) -> list[F64]:
    known = ~np.isnan(values)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return []
    middle = np.median(finite)
    spread = np.median(np.abs(finite - middle)) * 1.4826 or np.std(finite) or 1.0
    scaled = np.where(known, np.clip((values - middle) / spread, -FAR, FAR), 0.0)
    return [scaled] if known.all() else [scaled, (~known).astype(np.float64)]


def _told(values: F64) -> list[F64]:
    keys, counts = np.unique(values, return_counts=True, equal_nan=True)
    frequent = keys[np.lexsort((keys, -counts))][:FREQUENT]
    return [((values == key) | (np.isnan(values) & np.isnan(key))).astype(np.float64) for key in frequent if len(keys) > 1]
