"""Bounds as expectations give them, made comparable with what they bound: exactly, however large the numbers are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from auditor.doors import frames
from auditor.model import Json
from auditor.validation.cells import Bools, Unjudged, View

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """From `low` to `high` (None: no bound), each itself allowed unless it is strict."""

    low: Any = None
    high: Any = None
    above: bool = False
    below: bool = False

    def hold(self, value: Any) -> bool:
        """Whether they hold for one value; TypeError where it cannot be compared."""
        if self.low is not None and not (value > self.low if self.above else value >= self.low):
            return False
        return self.high is None or bool(value < self.high if self.below else value <= self.high)

    @property
    def unset(self) -> bool:
        """Whether there is no bound at all."""
        return self.low is None and self.high is None


def bounds(kwargs: Mapping[str, Json]) -> Bounds:
    """The bounds that arguments give: texts that are numbers as those, texts that are dates or times as moments in UTC."""
    low, high = (_bound(kwargs.get(key)) for key in ("min_value", "max_value"))
    return Bounds(low=low, high=high, above=bool(kwargs.get("strict_min")), below=bool(kwargs.get("strict_max")))


def _bound(value: Json) -> Any:
    if not isinstance(value, str):
        return value
    number = frames.as_number(value)
    return number if number is not None else frames.as_time(value) or value


def micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def outside(view: View, limits: Bounds) -> Bools:
    """Which values the bounds do not hold for (anything where there is no value). Unjudged where they do not compare."""
    if limits.low is not None and limits.high is not None and _greater(limits.low, limits.high):
        raise Unjudged("min_value cannot be greater than max_value")
    if view.kind in {"integer", "float", "bool"} and all(_is_number(each) for each in (limits.low, limits.high)):
        return _out(view.values, _exact(limits) if view.kind != "float" else limits)
    if view.kind == "time" and all(isinstance(each, datetime | None) for each in (limits.low, limits.high)):
        low, high = (None if each is None else micros(each) for each in (limits.low, limits.high))
        return _out(view.values, Bounds(low=low, high=high, above=limits.above, below=limits.below))
    return np.fromiter((value is not None and not _held(limits, value) for value in view.objects()), np.bool_, view.size)


def _greater(low: Any, high: Any) -> bool:
    try:
        return bool(low > high)
    except TypeError:
        raise Unjudged("min_value and max_value are not of one type") from None


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


def _held(limits: Bounds, value: Any) -> bool:
    if any(each is not None and isinstance(each, str) != isinstance(value, str) for each in (limits.low, limits.high)):
        raise Unjudged("values and bounds are not of one type")
    try:
        return limits.hold(value)
    except TypeError:
        raise Unjudged("values and bounds are not of one type") from None


def _exact(limits: Bounds) -> Bounds:
    """The same bounds for integers, as integers: a large one has no floating-point number of its own."""
    low, high, above, below = limits.low, limits.high, limits.above, limits.below
    if isinstance(low, float) and math.isfinite(low):
        low, above = (math.floor(low) + 1, False) if above else (math.ceil(low), False)
    if isinstance(high, float) and math.isfinite(high):
        high, below = (math.ceil(high) - 1, False) if below else (math.floor(high), False)
    return Bounds(low=low, high=high, above=above, below=below)


def _out(values: np.ndarray[Any, Any], limits: Bounds) -> Bools:
    wrong: Bools | None = None
    if limits.low is not None:
        wrong = ~(values > limits.low) if limits.above else ~(values >= limits.low)
    if limits.high is not None:
        over = ~(values < limits.high) if limits.below else ~(values <= limits.high)
        wrong = over if wrong is None else wrong | over
    return np.zeros(len(values), np.bool_) if wrong is None else wrong
