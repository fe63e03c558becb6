"""Kinds of values in a rule file: each turns a value of YAML into what the code works with, or raises ValueError with what is expected."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.doors.frames import as_number
from auditor.model import Json, meant
from auditor.schemas.parser import Metric, metric, parse
from auditor.schemas.tree import TYPES, ExpressionError, Tree, moment

SEVERITIES = ("critical", "error", "warning", "info")
FORMATS = (
    *("base64", "date", "datetime", "email", "integer", "ipv4", "ipv6", "json", "language", "md5", "number", "sha1", "sha256"),
    *("spdx", "url", "uuid"),
)
ORDERS = ("increasing", "decreasing", "strictly increasing", "strictly decreasing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """From where to where values may lie: numbers, or dates and times as ISO 8601 texts; None is no bound, `above` and `below` leave
    the bound itself out.
    """

    low: int | float | str | None = None
    high: int | float | str | None = None
    above: bool = False
    below: bool = False

    @property
    def times(self) -> bool:
        """Whether the bounds are dates or times."""
        return isinstance(self.low, str) or isinstance(self.high, str)


def text(value: Json) -> str:
    """A text."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text is expected, not {value!r:.80}")
    return value


def texts(value: Json) -> tuple[str, ...]:
    """A text, or a list of different texts."""
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str) and item for item in items):
        raise ValueError(f"a text or a list of texts is expected, not {value!r:.80}")
    if len(set(items)) < len(items):
        raise ValueError(f"one of them stands twice: {value!r:.80}")
    return tuple(items)


def version(value: Json) -> int:
    """The version of the format."""
    if value != 1 or isinstance(value, bool):
        raise ValueError(f"this auditor reads version 1, not {value!r:.80}")
    return 1


def flag(value: Json) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"true or false is expected, not {value!r:.80}")
    return value


def share(value: Json) -> float:
    """A share from 0 to 1, or `0.1%`."""
    number: Json = value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,12})?\s*%", value):
        number = round(float(value.rstrip("% ")) / 100, 15)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
        raise ValueError(f"a share such as 0.1% or 0.001 is expected, not {value!r:.80}")
    return float(number)


def one_of(names: tuple[str, ...]) -> Any:
    """One of these names."""

    def read(value: Json) -> str:
        if value not in names:
            raise ValueError(f"{value!r:.80} is not known; {meant(str(value), names)}known are {', '.join(names)}")
        return str(value)

    return read


severity, kind_of_value, form, order = (one_of(names) for names in (SEVERITIES, tuple(TYPES), FORMATS, ORDERS))


def bounds(value: Json) -> Bounds:
    """`[LOW, HIGH]`, with null for no bound, or a mapping of `min` or `above` and `max` or `below`."""
    if isinstance(value, list) and len(value) == 2:
        found = Bounds(low=_bound(value[0]), high=_bound(value[1]))
    elif isinstance(value, Mapping) and value and set(value) <= {"min", "above", "max", "below"}:
        if {"min", "above"} <= set(value) or {"max", "below"} <= set(value):
            raise ValueError("of `min` and `above`, and of `max` and `below`, only one can stand")
        low, high = value.get("min", value.get("above")), value.get("max", value.get("below"))
        found = Bounds(low=_bound(low), high=_bound(high), above="above" in value, below="below" in value)
    else:
        raise ValueError(f"[LOW, HIGH] or {{min: LOW, below: HIGH}} is expected, not {value!r:.80}")
    return _sound(found)


def _sound(found: Bounds) -> Bounds:
    low, high = found.low, found.high
    if low is None and high is None:
        raise ValueError("one of the bounds must be given")
    if low is None or high is None:
        return found
    if isinstance(low, str) != isinstance(high, str):
        raise ValueError("both bounds are numbers, or both are dates")
    first, last = (moment(each) if isinstance(each, str) else each for each in (low, high))
    if first > last or (first == last and (found.above or found.below)):  # type: ignore[operator]
        raise ValueError(f"no value lies between {low} and {high}")
    return found


def _bound(value: Json) -> int | float | str | None:
    if value is None:
        return None
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        number = as_number(value)  # 1e4 is a text to YAML
        if number is None:
            moment(value)
            return value
        value = number
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf"):
        return value
    raise ValueError(f"a number, a date or null is expected as a bound, not {value!r:.80}")


def counts(value: Json) -> Bounds:
    """How many there are of something: a number, or bounds that are whole numbers from 0."""
    found = bounds([value, value] if isinstance(value, int) and not isinstance(value, bool) else value)
    if any(each is not None and (not isinstance(each, int) or each < 0) for each in (found.low, found.high)):
        raise ValueError(f"whole numbers from 0 are expected, not {value!r:.80}")
    return found


def values(value: Json) -> tuple[Json, ...]:
    """A list of texts, numbers, truth values and dates, each once."""
    if not isinstance(value, list) or not value:
        raise ValueError(f"a list of values is expected, not {value!r:.80}")
    found = [each.isoformat() if isinstance(each, datetime.date) else each for each in value]
    for each in found:
        if not isinstance(each, str | int | float) or each != each:
            raise ValueError(f"texts, numbers, truth values and dates are expected, not {each!r:.80}")
    if len({(type(each) is bool, each) for each in found}) < len(found):
        raise ValueError("a value stands twice")
    return tuple(found)


def pattern(value: Json) -> str:
    """A regular expression."""
    try:
        re.compile(text(value))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"this is no regular expression: {error}") from None
    return str(value)


def condition(value: Json) -> Tree:
    """An expression that is true of a record or not."""
    return parse(_one_line(value))


def measure(value: Json) -> Metric:
    """What is computed of a column."""
    return metric(_one_line(value))


def _one_line(value: Json) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"an expression is a text, not {value!r:.80}; put it in quotes")
    return value


def options(value: Json) -> dict[str, Json]:
    """A mapping whose values are judged elsewhere."""
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping is expected, not {value!r:.80}")
    return {str(key): plain(item) for key, item in value.items()}


def plain(value: Json) -> Json:
    """The value as JSON has it: dates as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        raise ValueError(f"{value} is no number that can be written down")
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ValueError(f"texts, numbers, truth values, dates, lists and mappings are expected, not {value!r:.80}")


_STEP = re.compile(r"""\.[^\W\d][\w-]*|\[\*\]|\[-?[0-9]{1,9}\]|\["[^"\\]+"\]|\['[^'\\]+'\]""")


def path(value: Json) -> str:
    """A path into a record: `$`, then `.name`, `["name"]`, `[0]`, `[-1]` (the last) or `[*]`."""
    rest = text(value)
    if not rest.startswith("$"):
        raise ValueError(f"a path begins with $, such as $.messages[*].role, not {value!r:.80}")
    place = 1
    while place < len(rest):
        step = _STEP.match(rest, place)
        if step is None:
            raise ValueError(f"{rest[place:]!r:.80} is no step of a path: .name, ['name'], [0], [-1] or [*]")
        place = step.end()
    return rest


def json_schema(value: Json) -> str | dict[str, Json]:
    """A JSON Schema, or the path of a file with one."""
    return text(value) if isinstance(value, str) else options(value)


def disagreements(values: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    """The keys of a column, or of a part of records, that do not go with the others (values are typed): key, reason and cure."""
    kind: str | None = values.get("type")
    for key, value in values.items():
        if kind is None:
            break
        if not _goes_with(key, kind):
            yield key, f"{key} does not go with the type {kind}", f"leave {key} or the type out"
        elif key in ("enum", "forbid"):
            for item in value:
                if not _fits(item, kind):
                    yield key, f"{item!r:.80} is no {kind}", "write values of that type (text that looks like a number in quotes)"
        elif key == "range" and value.times != (kind in ("date", "datetime")):
            yield key, f"{'dates' if value.times else 'numbers'} do not go with the type {kind}", "change the bounds, or the type"
    for item in values.get("forbid") or ():
        if item in (values.get("enum") or ()):
            yield "forbid", f"{item!r:.80} is in enum, too", "leave it out of one of the two"


def _goes_with(key: str, kind: str) -> bool:
    """Whether a key can stand beside a type."""
    if key in ("regex", "contains", "excludes", "format"):
        return kind == "text"
    if key == "length":
        return kind in ("text", "list")
    if key in ("range", "order"):
        return kind in ("integer", "number", "date", "datetime")
    return kind not in ("list", "object") or key not in ("enum", "forbid", "unique", "distinct")


def _fits(value: Json, kind: str) -> bool:
    """Whether a value of a list is of a type."""
    if kind in ("date", "datetime"):
        try:
            return isinstance(value, str) and moment(value) is not None and (kind == "datetime" or len(value) == 10)
        except ExpressionError:
            return False
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, {"text": str, "integer": int, "number": int | float}.get(kind, ()))
