"""Accumulators of numbers: how often each value stands in a column, and exact sums, whatever the order in which they were added.

Floats are counted under **keys**: uint64 in the order of the numbers (the bits of a float64, all of them turned for a negative number,
the sign bit for another). While a column has no more than CELLS different numbers, each has its own cell. With more, cells are told apart
by the leading `bits` of their keys only, and `bits` is the largest number for which there are at most CELLS of them: a function of the
multiset of numbers alone, since a part of it never needs fewer bits than the whole. Each cell knows its lowest and highest number, so
that one that stands alone in its cell is still counted exactly.

Sums and sums of squares are exact: mantissas are added as integers, by exponent, and the whole is one integer times a power of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.hashes import fmix64
from auditor.kernels.sets import I64, U64

F64 = NDArray[np.float64]

CELLS = 4096
"""How many cells a column of numbers has at most."""

SIGN = np.uint64(1 << 63)
UNIT = 1074
"""Sums are counted in units of 2^-UNIT, the smallest positive float64; sums of squares in the square of it."""

EXACT = 1 << 53
"""Up to this magnitude every integer is a float64."""

_LIMB, _PART = 18, 1 << 16
"""Bits of the three parts of a mantissa, and how many numbers at a time are added: such sums of products stay below 2^53."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The finite numbers of a column: `cells` of `bits` bits, ascending (uint64), with their `counts` (int64) and the keys of the `lows`
    and `highs` in them (uint64); `total` and `squares` are their exact sums in units of 2^-UNIT and 2^(-2 UNIT); `nans` and
    `infinities` are counted apart. Where cells hold several numbers, `sample` has the CELLS smallest hashes of all different keys.
    """

    bits: int
    cells: U64
    counts: I64
    lows: U64
    highs: U64
    total: int = 0
    squares: int = 0
    nans: int = 0
    infinities: int = 0
    sample: U64 = field(default_factory=lambda: np.zeros(0, np.uint64))

    @property
    def count(self) -> int:
        """How many finite numbers there are."""
        return int(self.counts.sum())

    @property
    def amount(self) -> int:
        """How many numbers there are, those that are not finite included."""
        return self.count + self.nans + self.infinities

    @property
    def exact(self) -> bool:
        """Whether every number has its own cell."""
        return self.bits == 64

    @property
    def distinct(self) -> int:
        """How many different numbers there are: exact up to CELLS, else estimated from the sample with a standard error of 1.6 %."""
        return len(self.cells) if self.exact else spread(self.sample)

    @property
    def alone(self) -> NDArray[np.bool_]:
        """For each cell whether one number alone stands in it."""
        alone: NDArray[np.bool_] = self.lows == self.highs
        return alone

    @property
    def low(self) -> float:
        """The lowest number; IndexError where there is none."""
        return float(numbers_of(self.lows[:1])[0])

    @property
    def high(self) -> float:
        """The highest number; IndexError where there is none."""
        return float(numbers_of(self.highs[-1:])[0])

    @property
    def mean(self) -> float:
        """The mean: the exact sum by the count, rounded once; ZeroDivisionError where there is no number."""
        return _quotient(self.total, self.count << UNIT)

    @property
    def variance(self) -> float:
        """The mean squared deviation from the mean (divided by n), from exact sums, rounded once."""
        count = self.count
        return _quotient(count * self.squares - self.total**2, count**2 << 2 * UNIT)

    def values(self) -> F64:
        """A number for each cell: the one in it, else the middle between its lowest and its highest."""
        low, high = numbers_of(self.lows), numbers_of(self.highs)
        return np.where(self.alone, low, low / 2 + high / 2)

    def quantiles(self, shares: Sequence[float]) -> F64:
        """The smallest number that at least each share of all do not exceed; within a cell of several, by a line from its lowest to its
        highest. Not a number where there is none.
        """
        if not len(self.cells):
            return np.full(len(shares), np.nan)
        ends = np.cumsum(self.counts)
        ranks = np.clip(np.ceil(np.asarray(shares) * ends[-1] - 1e-9), 1, ends[-1])
        cell = np.searchsorted(ends, ranks)
        low, high = numbers_of(self.lows)[cell], numbers_of(self.highs)[cell]
        inside = (ranks - (ends[cell] - self.counts[cell]) - 1) / np.maximum(self.counts[cell] - 1, 1)
        found: F64 = np.where(low == high, low, low * (1 - inside) + high * inside)
        return found


_NONE = np.zeros(0, np.uint64)
NOTHING = Numbers(bits=64, cells=_NONE, counts=np.zeros(0, np.int64), lows=_NONE, highs=_NONE)


def spread(hashes: U64) -> int:
    """How many different values there are, of which these are the k smallest hashes: (k - 1) / (the greatest of them / 2^64), the
    estimator of Bar-Yossef et al. (2002).
    """
    return round((len(hashes) - 1) * 2.0**64 / float(hashes[-1]))


def keys_of(numbers: F64) -> U64:
    """The keys of numbers (both zeros are one)."""
    bits = (numbers + 0.0).view(np.uint64)
    keys: U64 = np.where(bits & SIGN, ~bits, bits | SIGN)
    return keys


def numbers_of(keys: U64) -> F64:
    """The numbers of keys."""
    found: F64 = np.where(keys & SIGN, keys ^ SIGN, ~keys).view(np.float64)
    return found


def counted(numbers: F64, weights: I64 | None = None) -> Numbers:
    """What there is of numbers (float64, in any order), each as often as its weight says (int64; once)."""
    finite, times = np.isfinite(numbers), np.ones(len(numbers), np.int64) if weights is None else weights
    nans = int(times[np.isnan(numbers)].sum())
    infinities = int(times[~finite].sum()) - nans
    keys, times = keys_of(numbers[finite]), times[finite]
    if weights is None:
        keys = np.sort(keys)
    else:
        order = np.argsort(keys)
        keys, times = keys[order], times[order]
    whole = _joined(Numbers(bits=64, cells=keys, counts=times, lows=keys, highs=keys, nans=nans, infinities=infinities), 64)
    total, squares = _sums(numbers_of(whole.cells), whole.counts)
    return _fitted(replace(whole, total=total, squares=squares), [whole.cells])


def merged(parts: Sequence[Numbers]) -> Numbers:
    """All numbers of the parts."""
    if len(parts) == 1:
        return parts[0]
    sums = {name: sum(getattr(part, name) for part in parts) for name in ("total", "squares", "nans", "infinities")}
    cells = np.concatenate([NOTHING.cells, *(part.cells for part in parts)])
    order = np.argsort(cells, kind="stable")
    arrays = {name: np.concatenate([getattr(part, name) for part in (NOTHING, *parts)])[order] for name in ("counts", "lows", "highs")}
    bits = min((part.bits for part in parts), default=64)
    whole = Numbers(bits=bits, cells=cells[order], counts=arrays["counts"], lows=arrays["lows"], highs=arrays["highs"], **sums)
    return _fitted(whole, [part.cells for part in parts if part.exact], [part.sample for part in parts])


def cut(numbers: Numbers, bits: int) -> Numbers:
    """The same numbers told apart by fewer bits, so that they can be compared cell by cell with others."""
    return _joined(numbers, min(bits, numbers.bits))


def _fitted(numbers: Numbers, exact: Sequence[U64], samples: Sequence[U64] = ()) -> Numbers:
    """Sorted cells, equal ones joined, with as many bits as CELLS cells allow; the sample is of these exact cells and other samples."""
    found = _joined(numbers, _bits(numbers))
    if found.exact:
        return found
    hashes = np.sort(np.concatenate([*(fmix64(cells) for cells in exact), *samples]))
    return replace(found, sample=hashes[np.concatenate([[True], hashes[1:] != hashes[:-1]])][:CELLS])


def _bits(numbers: Numbers) -> int:
    """The largest number of bits that leave at most CELLS different cells (which may stand several times)."""
    if len(numbers.cells) <= CELLS:
        return numbers.bits
    different = numbers.cells[1:] ^ numbers.cells[:-1]
    upper = different >> np.uint64(32)
    half = np.where(upper > 0, upper, different & np.uint64(0xFFFFFFFF)).astype(np.float64)
    leading = np.where(upper > 0, 32, 64) - np.frexp(half)[1]  # the number of bits that two neighbours share; 64: they are equal
    joints = np.cumsum(np.bincount(leading, minlength=65))  # joints[b - 1] neighbours differ in their first b bits
    return min(numbers.bits, int(np.searchsorted(joints[:64], CELLS, side="left")))


def _joined(numbers: Numbers, bits: int) -> Numbers:
    """The same numbers in sorted cells of `bits` bits, each cell once."""
    cells = numbers.cells
    if bits < 64:
        cells = cells >> np.uint64(64 - bits) << np.uint64(64 - bits) if bits else np.zeros_like(cells)
    first = np.flatnonzero(np.concatenate([np.ones(min(1, len(cells)), np.bool_), cells[1:] != cells[:-1]]))
    if len(first) == len(cells):
        return replace(numbers, bits=bits, cells=cells)
    counts, lows = np.add.reduceat(numbers.counts, first), np.minimum.reduceat(numbers.lows, first)
    return replace(numbers, bits=bits, cells=cells[first], counts=counts, lows=lows, highs=np.maximum.reduceat(numbers.highs, first))


def _sums(numbers: F64, counts: I64) -> tuple[int, int]:
    """The exact sum and sum of squares of finite numbers, each as often as its count says, in units of 2^-UNIT and 2^(-2 UNIT)."""
    if len(counts) and int(counts.sum()) > _PART:
        if len(counts) == 1:
            total, squares = _sums(numbers, np.ones(1, np.int64))
            return total * int(counts[0]), squares * int(counts[0])
        half = len(counts) // 2
        parts = [_sums(numbers[part], counts[part]) for part in (slice(half), slice(half, None))]
        return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]
    total = squares = 0
    if len(numbers):
        mantissas, exponents = np.frexp(numbers)
        lowest = int(exponents.min())
        places = exponents - lowest
        whole = (mantissas * EXACT).astype(np.int64)  # numbers are whole * 2^(exponent - 53)
        limbs = [(np.abs(whole) >> shift & (1 << _LIMB) - 1).astype(np.float64) for shift in (0, _LIMB, 2 * _LIMB)]
        signs = np.sign(mantissas)
        for power, limb in enumerate(limbs):
            total += _weighed(places, limb * signs * counts, lowest - 53 + power * _LIMB + UNIT, 1)
        for power, other in ((a, b) for a in range(3) for b in range(a, 3)):
            product = limbs[power] * limbs[other] * counts
            squares += _weighed(places, product, 2 * (lowest - 53 + UNIT) + (power + other) * _LIMB + (power != other), 2)
    return total, squares


def _weighed(places: NDArray[Any], limbs: F64, shift: int, step: int) -> int:
    """The sum of limbs * 2^(shift + step * place), exactly."""
    total = 0
    for place, value in enumerate(np.bincount(places, weights=limbs).tolist()):
        if value:
            power = shift + step * place
            total += int(value) << power if power >= 0 else int(value) >> -power  # below the unit mantissas end in zeros
    return total


def _quotient(a: int, b: int) -> float:
    """a / b, rounded once, also where both are far beyond any float; infinite where the quotient is."""
    try:
        return a / b
    except OverflowError:
        return float("inf") if a > 0 else float("-inf")
