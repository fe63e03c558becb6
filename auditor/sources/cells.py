"""Values as the driver of a database gives them, as Arrow columns; what is mixed, or of no kind that Arrow has, as JSON texts."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from auditor.dataset import JSON_FIELD, as_json

if TYPE_CHECKING:
    import pyarrow as pa

KIND = b"kind"
"""The key of a field's metadata under which the kind of its values stands."""

EXACT = 1 << 53
"""Up to here a float holds every integer."""

_KINDS: dict[type, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    bytes: "bytes",
    memoryview: "bytes",
    uuid.UUID: "uuid",
    decimal.Decimal: "decimal",
    datetime.date: "date",
    datetime.time: "time",
    datetime.timedelta: "span",
    datetime.datetime: "clock",
}
_DIGITS = 38, 76
"""The most digits of a decimal of 128 and of 256 bits."""


def column(values: Sequence[Any]) -> tuple[pa.Array, str]:
    """Some values of a column and their kind: of one kind an array of its type, else canonical JSON texts (kind `json`)."""
    import pyarrow as pa

    types = set(map(type, values)) - {type(None)}
    kinds = {_KINDS.get(each, "json") for each in types}
    kind = _only([value for value in values if value is not None], kinds)
    try:
        return pa.array(list(map(_FITTED[kind], values)) if kind in _FITTED else values, _types().get(kind)), kind
    except (pa.ArrowInvalid, TypeError, OverflowError):  # of an infinite decimal TypeError
        return _jsons(values), "json"


def joined(fields: Iterable[pa.Field]) -> pa.Field:
    """The field that holds the values of all these parts of one column: of their kind, else of JSON texts."""
    import pyarrow as pa

    parts = list(fields)
    name, kinds = parts[0].name, {part.metadata[KIND].decode() for part in parts} - {"null"}
    if not kinds:
        return pa.field(name, pa.null())
    if kinds == {"decimal"}:
        types = [part.type for part in parts if part.metadata[KIND] == b"decimal"]
        scale = max(each.scale for each in types)
        digits = scale + max(each.precision - each.scale for each in types)
        if digits <= _DIGITS[1]:
            return pa.field(name, pa.decimal128(digits, scale) if digits <= _DIGITS[0] else pa.decimal256(digits, scale))
    elif len(kinds) == 1 and kinds != {"json"}:
        return pa.field(name, _types()[next(iter(kinds))])
    elif kinds <= {"int", "large"}:
        return pa.field(name, pa.int64())
    elif kinds == {"int", "float"}:
        return pa.field(name, pa.float64())
    return pa.field(name, pa.string(), metadata=JSON_FIELD)


def cast(part: pa.Array, kind: str, field: pa.Field) -> pa.Array:
    """A part of a column, of this kind, as what `joined` made of all of them."""
    if field.metadata is None or kind == "json":
        return part.cast(field.type)
    return _jsons(part.to_pylist())


def _only(values: Sequence[Any], kinds: set[str]) -> str:
    """The kind of values (none of them null) whose types are of these kinds."""
    if not values:
        return "null"
    if kinds <= {"int", "float"} and "int" in kinds:
        whole = [value for value in values if type(value) is int]
        least, most = min(whole), max(whole)
        if least >= -EXACT and most <= EXACT:
            return "float" if "float" in kinds else "int"
        return "large" if kinds == {"int"} and least >= -(1 << 63) and most < 1 << 63 else "json"
    if kinds == {"clock"}:
        zones = {value.tzinfo is not None for value in values}
        return "json" if len(zones) > 1 else "moment" if zones == {True} else "clock"
    if kinds == {"time"}:
        return "json" if any(value.tzinfo is not None for value in values) else "time"
    return next(iter(kinds)) if len(kinds) == 1 else "json"


def _types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {
        "null": pa.null(),
        "bool": pa.bool_(),
        "int": pa.int64(),
        "large": pa.int64(),
        "float": pa.float64(),
        "text": pa.string(),
        "bytes": pa.binary(),
        "uuid": pa.string(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "span": pa.duration("us"),
        "clock": pa.timestamp("us"),
        "moment": pa.timestamp("us", "UTC"),
        "json": pa.string(),
    }


def _json(value: Any) -> str | None:
    return None if value is None else as_json(_told(value))


_FITTED = {
    "json": _json,
    "float": lambda value: None if value is None else float(value),
    "uuid": lambda value: None if value is None else str(value),
}
"""What has to be done with the values of a kind before Arrow takes them."""


def _jsons(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    return pa.array(list(map(_json, values)), pa.string())


def _told(value: Any) -> Any:
    """The value as JSON can say it: bytes in hexadecimal, floats that are no numbers, and what JSON has not, as texts."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _told(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_told(item) for item in value]
    return value
