"""Evaluation records of a table that stand in training, in every column exactly or nearly so, where chance would not put them.

Two records are near where their cells are equal, numbers up to TOLERANCE standard deviations (of training). Candidates share their cells
on one of two grids, the second offset by half a width, or are equal; each is verified. So none is invented, but some are missed: of
records whose every number differs by half the tolerance about one in five in ten columns (where numbers are equal, none).

Whether a partner means anything is asked of chance: if columns were independent, a record would have `training records x product of the
shares of its cells` partners (cells of the grid, which are wider than the tolerance). Only records that would have less than RARE are
told, with what chance would make of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.hashes import fmix64
from auditor.kernels.sets import BLOCK, I64, U64
from auditor.tabular.cells import NUMBER, Cells

F64 = NDArray[np.float64]

TOLERANCE, WIDTH = 0.01, 0.16
"""Standard deviations that numbers of near records differ by at most, and that a cell of a grid is wide."""

RARE = 0.01
"""Partners by chance from which on a partner says nothing."""

OFFSETS = (0.0, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Evaluation `records` (ascending) with the first training record near each (`partners`), and whether it is `equal`; how many records
    were `judged`, since chance would hardly give them a partner, and how many of these it would give one all the same: a near one
    (`by_chance`), an equal one (`equal_by_chance`).
    """

    records: I64
    partners: I64
    equal: NDArray[np.bool_]
    judged: int
    by_chance: float
    equal_by_chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of both splits, whether it is numeric, and the standard deviation of its finite numbers in training (0: they are all
    equal).
    """

    training: Cells
    evaluation: Cells
    numeric: bool
    scale: float


def column(training: Cells, evaluation: Cells, numeric: bool) -> Column:
    """A column with its scale."""
    numbers = training.numbers[np.isfinite(training.numbers)] if numeric else np.zeros(0)
    return Column(training=training, evaluation=evaluation, numeric=numeric, scale=float(np.std(numbers)) if len(numbers) else 0.0)


def near(columns: Sequence[Column]) -> Near:
    """The evaluation records near a training record."""
    size = len(columns[0].evaluation.kinds)
    partners, judged, chance = np.full(size, -1, np.int64), np.zeros(size, np.bool_), np.zeros(size)
    equal, equals = np.zeros(size, np.bool_), 0.0
    for offset in (None, *OFFSETS):
        keys = [_keys(each, offset) for each in columns]
        expected = _expected(keys)
        rare = expected < RARE
        chance = np.where(rare, np.maximum(chance, expected), chance)
        judged |= rare
        asked = np.flatnonzero(rare & (partners < 0))
        partners[asked] = _first_near(columns, keys, asked, exact=offset is None)
        if offset is None:
            equal, equals = partners >= 0, _total(expected[rare])
    records = np.flatnonzero(partners >= 0)
    return Near(
        records=records,
        partners=partners[records],
        equal=equal[records],
        judged=int(judged.sum()),
        by_chance=_total(chance[judged]),
        equal_by_chance=equals,
    )


def _total(expected: F64) -> float:
    """How many records have a partner, of those that would have so many each."""
    return float(-np.expm1(-expected).sum())


def _keys(each: Column, offset: float | None) -> tuple[U64, U64]:
    """The keys of both sides of a column: cells themselves, or numbers by their cell of the grid."""
    return _gridded(each.training, each, offset), _gridded(each.evaluation, each, offset)


def _gridded(side: Cells, each: Column, offset: float | None) -> U64:
    if offset is None or not each.numeric or not each.scale:
        return side.keys + side.kinds
    with np.errstate(over="ignore"):  # beyond the largest number is infinity's cell
        places = np.floor(np.nan_to_num(side.numbers) / (WIDTH * each.scale) + offset)
    return np.where(side.kinds == NUMBER, (places + 0.0).view(np.uint64) + np.uint64(NUMBER), np.uint64(0))


def _expected(keys: Sequence[tuple[U64, U64]]) -> F64:
    """How many training records would equal each evaluation record if the columns were independent. A value that training has not counts
    as half a record: the other record then is no partner, which is not for chance to say.
    """
    found = np.full(len(keys[0][1]), float(len(keys[0][0])))
    for training, evaluation in keys:
        values, counts = np.unique(training, return_counts=True)
        at = np.minimum(np.searchsorted(values, evaluation), len(values) - 1)
        found *= np.where(values[at] == evaluation, counts[at], 0.5) / len(training)
    return found


def _first_near(columns: Sequence[Column], keys: Sequence[tuple[U64, U64]], asked: I64, exact: bool) -> I64:
    """For each of the evaluation records asked for the first training record near it among those with all keys equal, or -1."""
    training, evaluation = (_combined([each[side] for each in keys]) for side in (0, 1))
    ranked = np.argsort(training, kind="stable")
    ordered, sought = training[ranked], evaluation[asked]
    low, high = (np.searchsorted(ordered, sought, side) for side in ("left", "right"))
    found = np.full(len(asked), -1, np.int64)
    step, waiting = 0, np.flatnonzero(high > low)
    while len(waiting):
        for some in np.array_split(waiting, len(waiting) // BLOCK + 1):
            partner = ranked[low[some] + step]
            good = _verified(columns, partner, asked[some], exact)
            found[some[good]] = partner[good]
        step += 1
        waiting = waiting[(found[waiting] < 0) & (low[waiting] + step < high[waiting])]
    return found


def _combined(keys: Sequence[U64]) -> U64:
    found = np.zeros(len(keys[0]), np.uint64)
    for each in keys:
        found = fmix64(found ^ each) + np.uint64(0x9E3779B97F4A7C15)
    return found


def _verified(columns: Sequence[Column], training: I64, evaluation: I64, exact: bool) -> NDArray[np.bool_]:
    """Which pairs are near (exact: equal) in every column."""
    good = np.ones(len(training), np.bool_)
    for each in columns:
        left, right = each.training, each.evaluation
        same = (left.keys[training] == right.keys[evaluation]) & (left.kinds[training] == right.kinds[evaluation])
        if each.numeric and not exact:
            with np.errstate(invalid="ignore"):
                same |= np.abs(left.numbers[training] - right.numbers[evaluation]) <= TOLERANCE * each.scale
        good &= same
    return good
