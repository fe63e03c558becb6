"""Expectations that can only be judged when all values of a column are known: uniqueness, order, outliers, quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.model import Json
from auditor.validation import keys, measures
from auditor.validation.cells import Bools, Cells, Unjudged, View, indices, together
from auditor.validation.counted import Integers, TooWide, repeated
from auditor.validation.gathered import Keys
from auditor.validation.plan import Rule
from auditor.validation.rows import looked_at
from auditor.validation.sums import Sums, sums

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

NOTHING = np.empty(0, np.int64)

_FEW = 0.1
"""The share of records up to which those that may be alike are looked at again by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The kept values of a batch: `place` is that of its first record in the split, `among` the records that are meant (None: all)."""

    place: int
    cells: Cells
    among: Bools | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What became of an expectation: the records looked at and the places of those that do not meet it, or of which a cell is `refused`.

    `met` is None where the share of records decides.
    """

    examined: int
    rows: I64 = field(default_factory=lambda: NOTHING)
    refused: I64 = field(default_factory=lambda: NOTHING)
    met: bool | None = None
    observed: Json = None
    note: str = ""


Batches = Callable[[], Iterable[Kept]]
"""Goes through the kept batches of a split, in order, as often as it is asked to."""


def judge(rule: Rule, batches: Batches) -> Late:
    """What becomes of the expectation in a split."""
    found: Late = _JUDGES[rule.type](rule, batches)
    return found


def _views(rule: Rule, kept: Kept, meaning: str = "") -> list[View]:
    return [kept.cells.column(name).view(meaning) for name in rule.columns]  # type: ignore[arg-type]


def _keyed(rule: Rule, batches: Batches, into: Keys) -> None:
    for kept in batches():
        views = _views(rule, kept)
        chosen = _looked_at(rule, kept, views)
        found = keys.combined([keys.keys(view) for view in views])
        places = np.arange(kept.place, kept.place + kept.cells.size)
        into.add(*((found, places) if chosen is None else (found[chosen], places[chosen])))


def _looked_at(rule: Rule, kept: Kept, views: Sequence[View]) -> Bools | None:
    compound = rule.type == "expect_compound_columns_to_be_unique"
    looked = looked_at(views, rule.kwargs.get("ignore_row_if")) if compound else views[0].present
    return together(iter((looked, kept.among)))


def _repeats(rule: Rule, column: str, batches: Batches) -> tuple[int, I64]:
    """How many records are looked at, and the places of those that are alike in a column."""

    def some() -> Iterator[tuple[Kept, View, Bools | None]]:
        for kept in batches():
            yield kept, kept.cells.column(column).view(), _looked_at(rule, kept, _views(rule, kept))

    def integers() -> Iterator[Integers]:
        for kept, view, chosen in some():
            if view.kind != "integer" or view.values.dtype == np.uint64:
                raise TooWide
            places = np.arange(kept.place, kept.place + kept.cells.size)
            yield (view.values, places) if chosen is None else (view.values[chosen], places[chosen])

    try:
        return repeated(integers)
    except TooWide:
        pass
    with Keys() as all_of_them:
        for kept, view, chosen in some():
            places, found = np.arange(kept.place, kept.place + kept.cells.size), keys.keys(view)
            all_of_them.add(*((found, places) if chosen is None else (found[chosen], places[chosen])))
        return all_of_them.count, all_of_them.repeated()


def _unique(rule: Rule, batches: Batches) -> Late:
    if len(rule.columns) == 1:
        examined, rows = _repeats(rule, rule.columns[0], batches)
        return Late(examined=examined, rows=rows)
    with Keys() as all_of_them:
        _keyed(rule, batches, all_of_them)
        return Late(examined=all_of_them.count, rows=all_of_them.repeated())


def _compound(rule: Rule, batches: Batches) -> Late:
    """Records that are alike are alike in each column: where one of integers leaves few that may be, only those are compared."""
    kept = next(iter(batches()), None)
    kinds = [] if kept is None else [view.kind for view in _views(rule, kept)]
    if "integer" not in kinds or len(kinds) < 2:
        return _unique(rule, batches)
    examined, likely = _repeats(rule, rule.columns[kinds.index("integer")], batches)
    if len(likely) > examined * _FEW:
        return _unique(rule, batches)
    with Keys() as rest:
        for kept in batches():
            some = likely[np.searchsorted(likely, kept.place) : np.searchsorted(likely, kept.place + kept.cells.size)]
            if len(some):
                cells = Cells(kept.cells.records.take(indices(some - kept.place)), kept.cells.typed)
                rest.add(keys.combined([keys.keys(cells.column(name).view()) for name in rule.columns]), some)
        return Late(examined=examined, rows=rest.repeated())


def _number_of_values(rule: Rule, batches: Batches) -> Late:
    with Keys() as all_of_them:
        _keyed(rule, batches, all_of_them)
        number: float = all_of_them.distinct()
        if "proportion" in rule.type:
            number = number / all_of_them.count if all_of_them.count else 0
        met, observed, _ = measures.within(number, rule.kwargs)
        return Late(examined=all_of_them.count, met=met, observed=observed)


# ── in the order of the records ───────────────────────────────────────────────────────────────────────────────────────


def _ordered(rule: Rule, batches: Batches) -> Late:
    rising, strictly = rule.type.endswith("increasing"), bool(rule.kwargs.get("strictly"))
    meaning = _order(rule, batches)
    rows, refused, examined, last, kinds = list[I64](), list[I64](), 0, None, set[str]()
    for kept in batches():
        (view,) = _views(rule, kept, meaning)
        chosen, wrong = view.chosen(kept.among), together(iter((view.wrong, kept.among))) if view.wrong is not None else None
        if wrong is not None:
            refused.append(np.flatnonzero(wrong) + kept.place)
        places = np.flatnonzero(chosen) if chosen is not None else np.arange(view.size)
        if not len(places):
            continue
        values, kind = _comparable(view, places)
        kinds.add(kind)
        examined += len(places)
        if (examined > 1 and kinds & {"str", "bool", "list", "dict"}) or len(kinds) > 1:
            raise Unjudged("its values cannot be subtracted from each other")
        before = np.concatenate([values[:1] if last is None else np.array([last], values.dtype), values[:-1]])
        wrong_order = _disorder(before, values, rising, strictly)
        wrong_order[0] &= last is not None
        last = values[-1]
        rows.append(places[wrong_order] + kept.place)
    wrongs = np.concatenate([NOTHING, *refused])
    return Late(examined=examined + len(wrongs), rows=np.sort(np.concatenate([wrongs, *rows])), refused=wrongs)


def _comparable(view: View, places: I64) -> tuple[NDArray[Any], str]:
    """The values at some places, and what kind of values they are."""
    if view.kind == "text":
        return np.zeros(len(places)), "str"
    if view.kind != "other":
        return view.values[places], {"integer": "number", "float": "number"}.get(view.kind, view.kind)
    objects = view.objects()
    values = np.array([*(objects[place] for place in places), None], object)[:-1]
    names = {"number" if isinstance(each, int | float) and not isinstance(each, bool) else type(each).__name__ for each in values}
    return values, names.pop() if len(names) == 1 else "str"


def _disorder(before: NDArray[Any], after: NDArray[Any], rising: bool, strictly: bool) -> Bools:
    low, high = (before, after) if rising else (after, before)
    found: Bools = ~((low < high) if strictly else (low <= high)).astype(np.bool_)
    if strictly and after.dtype.kind == "f":
        found &= ~((before == after) & np.isinf(after))  # infinity less infinity is nothing
    return found


def _order(rule: Rule, batches: Batches) -> str:
    """As what the values are ordered: as numbers if one of them is one, else as times, else as they are."""
    from auditor.doors import frames

    kept = next(iter(batches()), None)
    if kept is None or kept.cells.typed or not frames.is_unread(kept.cells.column(rule.columns[0]).field):
        return ""
    for meaning in ("number", "time"):
        for each in batches():
            present = _views(rule, each, meaning)[0].present
            if present is None or present.any():
                return meaning
    return ""


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _numeric(rule: Rule, batches: Batches) -> Iterator[tuple[Kept, View, Bools | None, I64]]:
    """Of each batch the view of its numbers, which are looked at, and the places of cells that are none."""
    for kept in batches():
        column = kept.cells.column(rule.columns[0])
        (meaning,) = rule.meanings([_unread(column.field)], kept.cells.typed)
        view = column.view(meaning)
        chosen = view.chosen(kept.among)
        if view.kind not in {"integer", "float", "bool"} and (chosen is None or chosen.any()):
            raise Unjudged("it is not about numbers")
        wrong = together(iter((view.wrong, kept.among))) if view.wrong is not None else None
        yield kept, view, chosen, NOTHING if wrong is None else np.flatnonzero(wrong) + kept.place


def _unread(field: Any) -> bool:
    from auditor.doors import frames

    return frames.is_unread(field)


def _values(view: View, chosen: Bools | None) -> NDArray[Any]:
    if view.kind == "other":
        return np.empty(0, np.float64)
    found: NDArray[Any] = view.values if chosen is None else view.values[chosen]
    return found


def _all_values(rule: Rule, batches: Batches) -> tuple[NDArray[Any], I64]:
    """All numbers in one array, and the places of cells that are none."""
    parts, refused = [], []
    for _, view, chosen, wrong in _numeric(rule, batches):
        parts.append(_values(view, chosen))
        refused.append(wrong)
    given = [part for part in parts if len(part)]
    return (np.concatenate(given) if given else np.empty(0)), (np.concatenate(refused) if refused else NOTHING)


def _quantiles(rule: Rule, batches: Batches) -> Late:
    values, refused = _all_values(rule, batches)
    ranges = rule.kwargs["quantile_ranges"]
    method: Any = rule.kwargs.get("allow_relative_error") or "nearest"
    if method not in {"linear", "lower", "higher", "midpoint", "nearest"}:
        raise Unjudged(f"allow_relative_error has no value {method!r}")
    found = [None] * len(ranges["quantiles"]) if not len(values) else np.quantile(values, ranges["quantiles"], method=method).tolist()
    met = all(_in_range(value, *ends) for value, ends in zip(found, ranges["value_ranges"], strict=True))
    observed = {"quantiles": ranges["quantiles"], "values": found}
    return Late(examined=len(values) + len(refused), rows=refused, refused=refused, met=met, observed=observed)


def _in_range(value: float | None, low: float | None, high: float | None) -> bool:
    if value is None:
        return False
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    near = any(math.isfinite(end) and bool(np.isclose(value, end, rtol=1e-4)) for end in (low, high))
    return near or low <= value <= high


def _median(rule: Rule, batches: Batches) -> Late:
    values, refused = _all_values(rule, batches)
    met, observed, _ = measures.within(float(np.median(values)) if len(values) else None, rule.kwargs)
    return Late(examined=len(values) + len(refused), rows=refused, refused=refused, met=met, observed=observed)


def _beyond(rule: Rule, batches: Batches, wrong: Callable[[F64], Bools]) -> Late:
    """The places of numbers that are wrong, and of cells that are none."""
    rows, refused, examined = [NOTHING], [NOTHING], 0
    for kept, view, chosen, bad in _numeric(rule, batches):
        places = np.flatnonzero(chosen) if chosen is not None else np.arange(view.size)
        examined += len(places) + len(bad)
        refused.append(bad)
        if len(places):
            rows.append(places[wrong(view.values[places].astype(np.float64))] + kept.place)
    everything = np.concatenate([*rows, *refused])
    return Late(examined=examined, rows=np.sort(everything), refused=np.concatenate(refused))


def _moments(rule: Rule, batches: Batches) -> Sums:
    return sum((sums(_values(view, chosen)) for _, view, chosen, _ in _numeric(rule, batches)), Sums())


def _z_scores(rule: Rule, batches: Batches) -> Late:
    threshold, total = rule.kwargs["threshold"], _moments(rule, batches)
    mean, deviation = total.mean, total.deviation

    def wrong(values: F64) -> Bools:
        if mean is None or not deviation:
            return np.zeros(len(values), np.bool_)
        scores = (values - mean) / deviation
        good: Bools = np.abs(scores) < abs(threshold) if rule.kwargs.get("double_sided", True) else scores < threshold
        return ~(good | np.isnan(scores))

    return _beyond(rule, batches, wrong)


def _outliers(rule: Rule, batches: Batches) -> Late:
    method, multiplier = rule.kwargs.get("method", "iqr"), rule.kwargs.get("multiplier", 1.5)
    if method == "iqr":
        values, _ = _all_values(rule, batches)
        low, high = np.quantile(values.astype(np.float64), [0.25, 0.75]).tolist() if len(values) else (math.nan, math.nan)
        reach = (high - low) * multiplier
        good: Callable[[F64], Bools] = lambda numbers: (numbers >= low - reach) & (numbers <= high + reach)  # noqa: E731
    elif method == "std":
        total = _moments(rule, batches)
        low, reach = total.mean or 0.0, math.nan if total.deviation is None else total.deviation * multiplier
        good = lambda numbers: numbers == low if reach <= 0 else np.abs(numbers - low) < reach  # noqa: E731
    else:
        raise Unjudged(f"there is no method {method!r}")
    return _beyond(rule, batches, lambda numbers: ~good(numbers) if math.isfinite(reach) else np.zeros(len(numbers), np.bool_))


_JUDGES: Mapping[str, Callable[[Rule, Batches], Late]] = {
    "expect_column_values_to_be_unique": _unique,
    "expect_compound_columns_to_be_unique": _compound,
    "expect_column_unique_value_count_to_be_between": _number_of_values,
    "expect_column_proportion_of_unique_values_to_be_between": _number_of_values,
    "expect_column_values_to_be_increasing": _ordered,
    "expect_column_values_to_be_decreasing": _ordered,
    "expect_column_median_to_be_between": _median,
    "expect_column_quantile_values_to_be_between": _quantiles,
    "expect_column_value_z_scores_to_be_less_than": _z_scores,
    "expect_column_values_to_not_be_outliers": _outliers,
}
