"""What stands in a column of a split, as far as it can be compared: from its accumulator, or from the profile of a saved report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.columns_numbers import numbers_of
from auditor.kernels.sets import I64, U64

if TYPE_CHECKING:
    from auditor.kernels.columns import Column
    from auditor.kernels.columns_numbers import Numbers

F64 = NDArray[np.float64]

OPEN = 0.05
"""The probability of a new value (Good and Turing's estimate: values seen once, by records) from which on a column's values are no
categories but names, texts or keys.
"""


DIFFERENT, FULL = 0.95, 0.9
"""Whole numbers count records where so large a share of them is different (their number is estimated) and fills so much of their range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Numbers in ascending cells, with their counts. `keys` (uint64, of `bits` leading bits) tell cells apart, `middles` are numbers in
    them, `scale` is the standard deviation.
    """

    keys: U64
    bits: int
    middles: F64
    counts: I64
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A column of `rows` records, of which `present` have a value. `numbers` where it is numeric; `categories` where its values are: counts
    by text, or by a hash where it is long or must not be told; `lengths` of its texts.
    """

    rows: int
    present: int
    numbers: Values | None = None
    categories: Mapping[str | int, int] | None = None
    lengths: Values | None = None


def of_column(column: Column, rows: int) -> Distribution:
    """What an accumulator says; of numbers that count the records no more than how many there are."""
    strings, numbers = column.strings, column.all_numbers
    numeric = bool(column.present) and numbers.count == column.present and not counts_records(column)
    open_set = strings.cut or column.of("string") + column.of("boolean") < column.present or _is_open(strings.counts.tolist())
    categories: dict[str | int, int] | None = None
    if numbers.count < column.present and not open_set:
        keys = [text if text is not None else key for text, key in zip(strings.texts.to_pylist(), strings.hashes.tolist(), strict=True)]
        categories = dict(zip(keys, strings.counts.tolist(), strict=True))
        truths = {"true": column.true, "false": column.of("boolean") - column.true}
        categories |= {value: count for value, count in truths.items() if count}
    lengths = _values(strings.lengths) if strings.lengths.count and numbers.count < column.present else None
    return Distribution(
        rows=rows,
        present=column.present,
        numbers=_values(numbers) if numeric else None,
        categories=categories,
        lengths=lengths,
    )


def counts_records(column: Column) -> bool:
    """Whether a column numbers its records, as keys and places in a file do: the numbers of other records are others, which is no drift."""
    numbers = column.all_numbers
    if not numbers.count or numbers.count < column.present:
        return False
    ends = numbers_of(np.concatenate([numbers.lows, numbers.highs]))
    if (ends != np.floor(ends)).any() or numbers.distinct < DIFFERENT * numbers.count:
        return False
    return bool(numbers.count >= FULL * (numbers.high - numbers.low + 1))


def _is_open(counts: Sequence[int]) -> bool:
    return counts.count(1) > OPEN * max(1, sum(counts))


def _values(numbers: Numbers) -> Values:
    return Values(
        keys=numbers.cells,
        bits=numbers.bits,
        middles=numbers.values(),
        counts=numbers.counts,
        scale=float(np.sqrt(numbers.variance)),
    )


def aligned(left: Values, right: Values) -> tuple[F64, I64, I64]:
    """Two sides as distinct numbers, ascending, and how often each stands left and right: told apart by the bits that both have."""
    bits = min(left.bits, right.bits)
    mask = np.uint64(((1 << bits) - 1) << (64 - bits))
    cells = [each.keys & mask for each in (left, right)]
    keys, places = np.unique(np.concatenate(cells), return_inverse=True)
    counts = [
        np.bincount(part, each.counts, minlength=len(keys)).astype(np.int64)
        for part, each in zip(np.split(places, [len(cells[0])]), (left, right), strict=True)
    ]
    sums = np.bincount(places, np.concatenate([left.middles * left.counts, right.middles * right.counts]), minlength=len(keys))
    return np.maximum.accumulate(sums / np.maximum(counts[0] + counts[1], 1)), counts[0], counts[1]
