"""Sums of numbers and of their squares without any rounding, so that the order and the pieces in which they come do not matter."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCALE = 1130
"""A sum is counted in units of 2^-SCALE (squares: 2^-2*SCALE), of which every floating-point number is a whole number."""

_HALF, _LOW = 32, (1 << 32) - 1
_MANY = 1 << 20
"""Items that are summed at once at most: sums of so many 32-bit numbers are exact in 64 bits, and in a float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """How many numbers there are, their exact sum and sum of squares, in units; how many are infinite, upwards and downwards."""

    count: int = 0
    total: int = 0
    squares: int = 0
    up: int = 0
    down: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            count=self.count + other.count,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            up=self.up + other.up,
            down=self.down + other.down,
        )

    @property
    def sum(self) -> float:
        """The sum, rounded once; infinite or NaN where infinite numbers are among them."""
        if self.up or self.down:
            return float("nan") if self.up and self.down else float("inf") if self.up else float("-inf")
        return _rounded(Fraction(self.total, 1 << SCALE))

    @property
    def mean(self) -> float | None:
        """The mean, rounded once; None of nothing."""
        if not self.count:
            return None
        return self.sum if self.up or self.down else _rounded(Fraction(self.total, self.count << SCALE))

    @property
    def deviation(self) -> float | None:
        """The standard deviation of a sample (divided by n - 1); None where it is undefined."""
        if self.count < 2 or self.up or self.down:
            return None
        return float(np.sqrt(_rounded(Fraction(self.squares * self.count - self.total**2, (self.count * (self.count - 1)) << 2 * SCALE))))


def _rounded(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")


def sums(values: NDArray[Any], squares: bool = True) -> Sums:
    """The sums of an array of numbers without NaN."""
    found = Sums()
    for first in range(0, len(values), _MANY):
        part = values[first : first + _MANY]
        found += _of_floats(part.astype(np.float64), squares) if part.dtype.kind == "f" else _of_integers(part, squares)
    return found


def _of_integers(values: NDArray[Any], squares: bool) -> Sums:
    if values.dtype == np.uint64 and len(values) and values.max() >> np.uint64(63):
        return _by_hand([int(each) for each in values.tolist()])
    values = values.astype(np.int64)
    total = (int((values >> _HALF).sum()) << _HALF) + int((values & _LOW).sum())
    squared = 0
    if squares and len(values):
        if max(abs(int(values.min())), abs(int(values.max()))) >= 1 << 31:
            return _by_hand(values.tolist())
        square = values * values
        squared = (int((square >> _HALF).sum()) << _HALF) + int((square & _LOW).sum())
    return Sums(count=len(values), total=total << SCALE, squares=squared << 2 * SCALE)


def _by_hand(values: list[int]) -> Sums:
    return Sums(count=len(values), total=sum(values) << SCALE, squares=sum(each * each for each in values) << 2 * SCALE)


def _of_floats(values: NDArray[np.float64], squares: bool) -> Sums:
    finite = np.isfinite(values)
    up = down = 0
    count = len(values)
    if not finite.all():
        up, down = int((values == np.inf).sum()), int((values == -np.inf).sum())
        values = values[finite]
    if not len(values):
        return Sums(count=count, up=up, down=down)
    fractions, powers = np.frexp(values)
    mantissas = np.ldexp(fractions, 53).astype(np.int64)
    least = int(powers.min())
    places = (powers - least).astype(np.int64)
    shift = least - 53
    total = _gathered(places, mantissas >> 27, 1) * (1 << 27) + _gathered(places, mantissas & ((1 << 27) - 1), 1)
    squared = 0
    if squares:
        high, low = mantissas >> 27, mantissas & ((1 << 27) - 1)
        for factor, product in ((1 << 54, high * high), (1 << 28, high * low), (1, low * low)):
            squared += factor * (_gathered(places, product >> 28, 2) * (1 << 28) + _gathered(places, product & ((1 << 28) - 1), 2))
    return Sums(count=count, total=_units(total, shift + SCALE), squares=_units(squared, 2 * (shift + SCALE)), up=up, down=down)


def _gathered(places: NDArray[np.int64], parts: NDArray[np.int64], power: int) -> int:
    """The sum of parts * 2^(power * place), exact: the parts are small enough for their sums to be."""
    found = 0
    for place, part in enumerate(np.bincount(places, parts).tolist()):
        found += int(part) << (power * place)
    return found


def _units(value: int, shift: int) -> int:
    return value << shift
