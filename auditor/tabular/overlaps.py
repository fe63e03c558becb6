"""What stands on both sides of a split: groups and ids that are shared, and evaluation records that are no later than training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, U64
from auditor.kernels.statistics_samples import area, tabulate

F64 = NDArray[np.float64]

TEMPORAL = 0.9
"""From this probability on that an evaluation record is later than a training record, splits are taken for split by time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Evaluation `records` (ascending) whose key stands in the training split, the first training record with it (`partners`), how many
    different `keys` are shared, of how many of the evaluation split, and how many of its records have a key (`known`).
    """

    records: I64
    partners: I64
    keys: int
    distinct: int
    known: int


def shared(training: U64, evaluation: U64) -> Shared:
    """The keys (uint64 of shape (records, 2); zeros are none) that both sides have."""
    known = np.flatnonzero(evaluation.any(axis=1))
    partners = first_with(training, evaluation[known])
    found = known[partners >= 0]
    return Shared(
        records=found,
        partners=partners[partners >= 0],
        keys=len(np.unique(evaluation[found, 0])),
        distinct=len(np.unique(evaluation[known, 0])),
        known=len(known),
    )


def first_with(keys: U64, asked: U64) -> I64:
    """For each of the keys asked for the first place at which it stands, or -1. Both halves of a key must agree."""
    found = np.full(len(asked), -1, np.int64)
    places = np.flatnonzero(keys.any(axis=1))
    if not (len(places) and len(asked)):
        return found
    different, first = np.unique(keys[places, 0], return_index=True)
    at = np.minimum(np.searchsorted(different, asked[:, 0]), len(different) - 1)
    at = places[first[at]]
    same = (keys[at] == asked).all(axis=1)
    found[same] = at[same]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How two splits lie in time: the `latest` training time and the first record that has it (`at`), evaluation `records` (ascending) that
    are not later, those that are later by less than the gap asked for (`close`), how many have a time (`known`), and `later`, the
    probability that an evaluation record is later than a training record.
    """

    latest: float
    at: int
    records: I64
    close: I64
    known: int
    later: float

    @property
    def temporal(self) -> bool:
        """Whether the splits were split by time, to all appearance."""
        return self.later >= TEMPORAL


def order(training: F64, evaluation: F64, gap: float) -> Order | None:
    """How the times (NaN: none) of two splits lie; `gap` is in their unit. None where a side has no time."""
    before, after = training[~np.isnan(training)], evaluation[~np.isnan(evaluation)]
    if not (len(before) and len(after)):
        return None
    latest = float(before.max())
    with np.errstate(invalid="ignore"):
        early = evaluation <= latest
        close = ~early & (evaluation < latest + gap)
    _, left, right = tabulate(before, after)
    return Order(
        latest=latest,
        at=int(np.flatnonzero(training == latest)[0]),
        records=np.flatnonzero(early),
        close=np.flatnonzero(close),
        known=len(after),
        later=area(left, right),
    )


def order_in_groups(groups: tuple[U64, U64], times: tuple[F64, F64]) -> tuple[I64, I64, int]:
    """Evaluation records (ascending) that are not later than the latest training record of their own group, that record, and how many
    evaluation records have a time and a group with a time in training.
    """
    (training, evaluation), (before, after) = groups, times
    usable = np.flatnonzero(training.any(axis=1) & ~np.isnan(before))
    ranked = usable[np.lexsort((-usable, before[usable]))[::-1]]  # the latest first, of equals the first record
    known = np.flatnonzero(evaluation.any(axis=1) & ~np.isnan(after))
    found = first_with(training[ranked], evaluation[known])
    known, latest = known[found >= 0], ranked[found[found >= 0]]
    late = after[known] <= before[latest]
    return known[late], latest[late], len(known)
