"""Measures of a column that are gathered batch by batch: counts, ends, exact sums, and how often each value occurs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.dataset import as_json
from auditor.model import Json
from auditor.validation.bounds import EPOCH, Bounds, bounds
from auditor.validation.cells import Bools, Unjudged, View
from auditor.validation.sums import Sums, sums

Gathered = dict[str, Json]
"""What is known of a column so far, as JSON."""
Answer = tuple[bool, Json, str]
"""Whether an expectation is met, what was observed, and what else there is to say."""

MANY = 1_000_000
"""Different values that are counted at most."""

_SUMMED = {"mean", "sum", "stdev"}
_ENDS = {"min", "max"}


def _name(kind: str) -> str:
    return kind.removeprefix("expect_column_").removesuffix("_to_be_between")


def gather(kind: str, view: View, chosen: Bools | None, selected: int) -> Gathered:
    """What a batch says, of the values that are chosen, for a type of expectation; `selected` records are meant."""
    name = _name(kind)
    if name == "proportion_of_non_null_values":
        return {"there": view.size if chosen is None else int(chosen.sum()), "all": selected}
    if name in _SUMMED:
        if view.kind not in {"integer", "float", "bool"}:
            return {} if not _any(view, chosen) else _no_numbers()
        found = sums(_taken(view, chosen), name == "stdev")
        return {"count": found.count, "total": hex(found.total), "squares": hex(found.squares), "up": found.up, "down": found.down}
    if name in _ENDS:
        return _ends(view, chosen)
    return {"counts": _counts(view, chosen)}


def _any(view: View, chosen: Bools | None) -> bool:
    return bool(view.size if chosen is None else chosen.any())


def _no_numbers() -> Gathered:
    raise Unjudged("it is not about numbers")


def _taken(view: View, chosen: Bools | None) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = view.values if chosen is None else view.values[chosen]
    return found


def _ends(view: View, chosen: Bools | None) -> Gathered:
    if not _any(view, chosen):
        return {}
    kind = {"integer": "number", "float": "number", "bool": "number"}.get(view.kind, view.kind)
    if view.kind == "text":
        ends = pc.min_max(view.values if chosen is None else view.values.filter(pa.array(chosen))).as_py()
        return {"kind": kind, "low": ends["min"], "high": ends["max"]}
    if view.kind != "other":
        values = _taken(view, chosen)
        low, high = values.min().item(), values.max().item()
        if isinstance(low, float):
            low, high = (each if math.isfinite(each) else str(each) for each in (low, high))
        return {"kind": f"{kind}{' with a zone' if view.zoned else ''}", "low": low, "high": high}
    objects = [value for value, wanted in zip(view.objects(), _all(view, chosen), strict=True) if wanted]
    try:
        low, high = min(objects), max(objects)
    except TypeError:
        raise Unjudged("its values are not of one type") from None
    if isinstance(low, int | float | str) and isinstance(high, int | float | str):
        return {"kind": "text" if isinstance(low, str) else "number", "low": low, "high": high}
    return {"kind": type(low).__name__, "low": str(low), "high": str(high)}


def _all(view: View, chosen: Bools | None) -> Bools:
    return np.ones(view.size, np.bool_) if chosen is None else chosen


def _counts(view: View, chosen: Bools | None) -> list[list[Json]]:
    """Each different value as JSON (a number without a rest as an integer), and how often it occurs."""
    few = view.column.few if view.kind == "text" and view.column is not None and view.column.asked > 1 else None
    if few is not None:
        often = np.bincount(few.indices if chosen is None else few.indices[chosen], minlength=len(few.dictionary)).tolist()
        return [[as_json(text), count] for text, count in zip(few.dictionary.to_pylist(), often, strict=True) if count]
    if view.kind == "text":
        counted = pc.value_counts(view.values if chosen is None else view.values.filter(pa.array(chosen)))
        return [[as_json(each["values"]), each["counts"]] for each in counted.to_pylist()]
    if view.kind in {"integer", "float", "bool"}:
        values, often = np.unique(_taken(view, chosen), return_counts=True)
        items = values.astype(bool).tolist() if view.kind == "bool" else values.tolist()
        return [[_number_text(value), count] for value, count in zip(items, often.tolist(), strict=True)]
    found: dict[str, int] = {}
    for value, wanted in zip(view.objects(), _all(view, chosen), strict=True):
        if wanted:
            if isinstance(value, list | dict):
                raise Unjudged("lists and objects are not compared with each other")
            text = value_text(value)
            found[text] = found.get(text, 0) + 1
    return [[text, count] for text, count in found.items()]


def value_text(value: Any) -> str:
    """A value as JSON, so that equal ones have equal texts; a moment as its ISO form behind an `@`."""
    if isinstance(value, datetime):
        return "@" + (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return _number_text(value) if isinstance(value, int | float) else as_json(value)


def _number_text(value: float | bool) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(int(value)) if isinstance(value, int) or (math.isfinite(value) and value == int(value)) else repr(value)


def together(kind: str, some: Iterable[Gathered]) -> Gathered:
    """What several batches say together."""
    name = _name(kind)
    given = [each for each in some if each]
    if name == "proportion_of_non_null_values":
        return {key: sum(each[key] for each in given) for key in ("there", "all")}
    if name in _SUMMED:
        found = Sums()
        for each in given:
            numbers = {key: int(each[key], 16) for key in ("total", "squares")} | {key: each[key] for key in ("count", "up", "down")}
            found += Sums(**numbers)
        return {"sums": found}
    if name in _ENDS:
        return _ends_together(given)
    counts: dict[str, int] = {}
    for each in given:
        for text, count in each["counts"]:
            counts[text] = counts.get(text, 0) + count
        if len(counts) > MANY:
            raise Unjudged(f"there are more than {MANY:,} different values, and so many are not counted")
    return {"counts": counts}


def _ends_together(given: list[Gathered]) -> Gathered:
    if len({each["kind"] for each in given}) > 1:
        raise Unjudged("its values are not of one type")
    if not given:
        return {}
    ends = [(_end(each["low"], each["kind"]), _end(each["high"], each["kind"])) for each in given]
    return {"kind": given[0]["kind"], "low": min(low for low, _ in ends), "high": max(high for _, high in ends)}


def _end(value: Json, kind: str) -> Json:
    return float(value) if kind == "number" and isinstance(value, str) else value


def answered(kind: str, kwargs: Mapping[str, Json], found: Gathered) -> Answer:
    """What becomes of the expectation."""
    name = _name(kind)
    if name == "proportion_of_non_null_values":
        return _within(found["there"] / found["all"] if found.get("all") else 0, bounds(kwargs))
    if name in _SUMMED:
        total: Sums = found["sums"]
        value = total.mean if name == "mean" else total.sum if name == "sum" else total.deviation
        return _within(None if value is None or math.isnan(value) else value, bounds(kwargs))
    if name in _ENDS:
        return _end_within(name, found, bounds(kwargs))
    return _SETS[kind](found["counts"], kwargs)


def _within(value: Json, limits: Bounds) -> Answer:
    """Whether bounds hold for a measure; a measure of nothing does not meet any."""
    if value is None:
        return False, None, ""
    try:
        return limits.hold(value), value, ""
    except TypeError:
        raise Unjudged("the measure and its bounds are not of one type") from None


def within(value: Json, kwargs: Mapping[str, Json]) -> Answer:
    """Whether the bounds of arguments hold for a measure."""
    return _within(value, bounds(kwargs))


def _end_within(name: str, found: Gathered, limits: Bounds) -> Answer:
    value = found.get("low" if name == "min" else "high")
    if value is None:
        return False, None, ""
    if str(found["kind"]).startswith("time"):
        moment = EPOCH + timedelta(microseconds=value)
        met, _, note = _within(moment, limits)
        return met, str(moment if "zone" in found["kind"] else moment.replace(tzinfo=None)), note
    return _within(value, limits)


def _mode(counts: Mapping[str, int], kwargs: Mapping[str, Json]) -> Answer:
    most = max(counts.values(), default=0)
    modes = sorted((text for text, count in counts.items() if count == most), key=_rank)
    wanted = {value_text(value) for value in kwargs.get("value_set") or []} & set(modes)
    met = bool(wanted) if kwargs.get("ties_okay") else len(modes) == len(wanted) == 1
    return met, [json.loads(text) if text[0] != "@" else text[1:] for text in modes], ""


def _rank(text: str) -> tuple[bool, float, str]:
    """Numbers by size, then all others by their text."""
    try:
        return False, float(text), ""
    except ValueError:
        return True, 0, text


def _differs(unexpected: bool, missing: bool) -> Callable[[Mapping[str, int], Mapping[str, Json]], Answer]:
    """The answer of an expectation that no value is `unexpected`, none of the set `missing`, or both."""

    def answer(counts: Mapping[str, int], kwargs: Mapping[str, Json]) -> Answer:
        given = kwargs.get("value_set") or []
        moments = any(text.startswith("@") for text in counts)
        wanted = {_as_moment(value, counts) if moments else value_text(value) for value in given if value is not None}
        numbers = {
            "values that are not expected": len(set(counts) - wanted) if unexpected else 0,
            "values that are missing": len(wanted - set(counts)) if missing else 0,
        }
        return not any(numbers.values()), None, "; ".join(f"{word}: {number:,}" for word, number in numbers.items() if number)

    return answer


def _as_moment(value: Json, counts: Mapping[str, int]) -> str:
    from auditor.doors import frames

    moment = frames.as_time(value)
    if moment is None:
        return value_text(value)
    zoned = any(text.startswith("@") and text.endswith("+00:00") for text in counts)
    return value_text(moment if zoned else moment.replace(tzinfo=None))


_SETS: Mapping[str, Callable[[Mapping[str, int], Mapping[str, Json]], Answer]] = {
    "expect_column_most_common_value_to_be_in_set": _mode,
    "expect_column_distinct_values_to_be_in_set": _differs(True, False),
    "expect_column_distinct_values_to_contain_set": _differs(False, True),
    "expect_column_distinct_values_to_equal_set": _differs(True, True),
}
