"""The cells of Arrow columns as numbers, texts, moments or truth values, and which of them are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from auditor.doors import frames
from auditor.schemas.tree import Kind

if TYPE_CHECKING:
    import pyarrow as pa

Held = Literal["", "number", "text", "time", "truth", "mixed", "nested"]
"""What a column holds: "" only nulls, "mixed" JSON texts, "nested" lists, structures, bytes and whatever else has no order."""

NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
INTEGER = r"^[+-]?[0-9]+$"
DAY = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"
LARGE = "a cell is an integer of 2^53 or more, which no 64-bit floating-point number tells from its neighbours"
LONGEST = 300
"""Digits and signs of a number that is read from text."""

_SHOWN = {
    "number": "numbers",
    "text": "text",
    "time": "dates or times",
    "truth": "truth values",
    "mixed": "JSON",
    "nested": "lists or the like",
}


class CellError(ValueError):
    """A column that cannot be read as what is asked of it."""


def held(field: pa.Field) -> Held:
    """What a column of this field holds."""
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if frames.is_json(field):
        return "mixed"
    if pa.types.is_null(kind):
        return ""
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    return "time" if pa.types.is_timestamp(kind) or pa.types.is_date(kind) else "nested"


def read(field: pa.Field, column: pa.Array, kind: Kind, *, declared: bool, typed: bool) -> tuple[pa.Array, pa.BooleanArray | None]:
    """The cells as int64 or float64 ("number"), large_string ("text"), timestamp[us, UTC] ("time") or bool ("truth"), null where there is
    nothing (NaN, too), and which cells are none of that kind (null among the values), None for no cell.

    Text is read as a number or truth value where the kind was `declared`, or where everything is text (`typed` is False); as a moment
    always. CellError where a column holds something else altogether.
    """
    import pyarrow as pa

    found = held(field)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not found:
        return pa.nulls(len(column), _type(kind)), None
    if found == "mixed":
        return _of_json(column, kind)
    if found == kind:
        return _AS[kind](column), None
    if found == "text" and (kind == "time" or declared or not typed):
        return _PARSED[kind](column.cast(pa.large_string()))
    raise CellError(f"the column {field.name!r} holds {_SHOWN[found]}, not {_SHOWN[kind]}")


def lengths(field: pa.Field, column: pa.Array) -> tuple[pa.Array, pa.BooleanArray | None]:
    """How many code points or items each cell has (int64), and which cells are neither text nor list."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_list(field.type) or pa.types.is_large_list(field.type) or pa.types.is_fixed_size_list(field.type):
        return pc.list_value_length(column).cast(pa.int64()), None
    if frames.is_json(field):
        return _looped(column, lambda cell: len(cell) if isinstance(cell, str | list) else None, pa.int64())
    texts, wrong = read(field, column, "text", declared=False, typed=True)
    return pc.utf8_length(texts).cast(pa.int64()), wrong


# ── types ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_type(field: pa.Field, column: pa.Array, name: str, typed: bool) -> pa.BooleanArray:
    """Which cells are of a type (tree.TYPES), null where there is nothing; where everything is text, which can be read as it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    found = held(field)
    if found == "mixed":
        return _looped(column, lambda cell: _is(cell, name), pa.bool_())[0]
    if found == "text":
        return _text_of_type(column.cast(pa.large_string()), name, typed)
    if found == "number" and name == "integer" and not pa.types.is_integer(column.type):
        values = _numbers(column)
        return pc.equal(values, pc.trunc(values))
    if name == "date" and pa.types.is_timestamp(column.type):
        return pc.equal(column, pc.floor_temporal(column, unit="day"))
    given = _numbers(column) if found == "number" else column
    return pc.if_else(pc.is_valid(given), pa.scalar(_holds(field.type, found, name)), pa.scalar(None, pa.bool_()))


def _holds(kind: pa.DataType, found: Held, name: str) -> bool:
    import pyarrow as pa

    if found == "nested":
        many = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
        return bool(many) if name == "list" else name == "object" and bool(pa.types.is_struct(kind) or pa.types.is_map(kind))
    return name in {"number": ("number", "integer"), "time": ("date", "datetime"), "truth": ("boolean",), "": ()}[found]


def _text_of_type(column: pa.Array, name: str, typed: bool) -> pa.BooleanArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    if name in ("date", "datetime"):
        good = pc.invert(wrong) if (wrong := _parsed_moments(column)[1]) is not None else pa.repeat(pa.scalar(True), len(column))
        if name == "date":
            good = pc.and_(good, pc.match_substring_regex(column, DAY))
    elif typed or name in ("text", "list", "object"):
        good = pa.repeat(pa.scalar(name == "text"), len(column))
    elif name == "boolean":
        good = pc.invert(_parsed_truths(column)[1])
    else:
        texts = pc.utf8_trim_whitespace(column)
        short = pc.less_equal(pc.utf8_length(texts), LONGEST)
        good = pc.and_(pc.match_substring_regex(texts, INTEGER if name == "integer" else NUMBER), short)
    blank = pc.and_(pc.equal(pc.utf8_trim_whitespace(column), ""), name != "text")
    return pc.if_else(pc.or_(pc.is_null(column), blank), pa.scalar(None, pa.bool_()), good)


def _is(cell: Any, name: str) -> bool:
    """Whether a value from JSON is of a type."""
    if name in ("date", "datetime"):
        return isinstance(cell, str) and frames.as_time(cell) is not None and (name == "datetime" or len(cell.strip()) == 10)
    if isinstance(cell, bool):
        return name == "boolean"
    if name == "integer":
        return isinstance(cell, int) or (isinstance(cell, float) and cell.is_integer())
    return isinstance(cell, {"text": str, "number": int | float, "list": list, "object": dict}.get(name, ()))


def _type(kind: Kind) -> pa.DataType:
    import pyarrow as pa

    return {"number": pa.int64(), "text": pa.large_string(), "time": pa.timestamp("us", "UTC"), "truth": pa.bool_()}[kind]


def _numbers(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(column.type):
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            raise CellError("an integer has more than 63 bits") from None
    values = column.cast(pa.float64())
    return pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)


def _moments(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    micro = pa.timestamp("us", getattr(column.type, "tz", None))
    try:
        return pc.cast(column, options=pc.CastOptions(micro, allow_time_truncate=True)).cast(pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid as error:
        raise CellError(f"a moment cannot be told in microseconds: {str(error)[:100]}") from None


def _as_they_are(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    return column if pa.types.is_boolean(column.type) else column.cast(pa.large_string())


_AS: dict[str, Callable[[pa.Array], pa.Array]] = {"number": _numbers, "time": _moments, "text": _as_they_are, "truth": _as_they_are}

# ── text as something else ────────────────────────────────────────────────────────────────────────────────────────────


def _parsed_numbers(column: pa.Array) -> tuple[pa.Array, pa.BooleanArray]:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.utf8_trim_whitespace(column)
    good = pc.and_(pc.match_substring_regex(texts, NUMBER), pc.less_equal(pc.utf8_length(texts), LONGEST))
    plain = pc.replace_substring_regex(texts, r"^\+", "")
    values = pc.if_else(good, plain, pa.scalar(None, pa.large_string())).cast(pa.float64())
    whole = pc.and_(pc.match_substring_regex(texts, INTEGER), pc.greater_equal(pc.abs(values), float(frames.EXACT)))
    if pc.any(whole).as_py():
        raise CellError(LARGE)
    return values, _wrong(texts, good)


def _wrong(texts: pa.Array, good: pa.Array) -> pa.BooleanArray:
    """Cells that hold something that is not good; a blank one holds nothing."""
    import pyarrow.compute as pc

    return pc.fill_null(pc.and_(pc.invert(good), pc.not_equal(texts, "")), False)


def _parsed_moments(column: pa.Array) -> tuple[pa.Array, pa.BooleanArray | None]:
    import pyarrow as pa

    utc = pa.timestamp("us", "UTC")
    for kind in (pa.timestamp("us"), utc):  # without zones, with zones: what Arrow reads at once
        try:
            return column.cast(kind).cast(utc), None
        except pa.ArrowInvalid:
            continue
    return _looped(column, frames.as_time, utc, blank=True)


def _parsed_truths(column: pa.Array) -> tuple[pa.Array, pa.BooleanArray]:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.ascii_lower(pc.utf8_trim_whitespace(column))
    yes, no = pc.equal(texts, "true"), pc.equal(texts, "false")
    good = pc.or_(yes, no)
    return pc.if_else(good, yes, pa.scalar(None, pa.bool_())), _wrong(texts, good)


_PARSED: dict[str, Callable[[pa.Array], tuple[pa.Array, pa.BooleanArray | None]]] = {
    "number": _parsed_numbers,
    "time": _parsed_moments,
    "truth": _parsed_truths,
}


def _looped(column: pa.Array, read: Callable[[Any], Any], kind: pa.DataType, blank: bool = False) -> tuple[pa.Array, pa.BooleanArray]:
    """Each cell by itself (a JSON text parsed, unless `blank` says that it is text, of which a blank one is nothing)."""
    import pyarrow as pa

    cells = [None if cell is None or (blank and not cell.strip()) else cell if blank else json.loads(cell) for cell in column.to_pylist()]
    values = [None if cell is None else read(cell) for cell in cells]
    wrong = [value is None and cell is not None for cell, value in zip(cells, values, strict=True)]
    return pa.array(values, kind), pa.array(wrong, pa.bool_())


def _of_json(column: pa.Array, kind: Kind) -> tuple[pa.Array, pa.BooleanArray]:
    import pyarrow as pa

    if kind == "number":
        return _looped(column, lambda cell: float(number) if (number := _numeric(cell)) is not None else None, pa.float64())
    if kind == "time":
        return _looped(column, lambda cell: frames.as_time(cell) if isinstance(cell, str) else None, _type(kind))
    wanted = bool if kind == "truth" else str
    return _looped(column, lambda cell: cell if isinstance(cell, wanted) else None, _type(kind))


def _numeric(cell: Any) -> int | float | None:
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return None
    if isinstance(cell, int) and abs(cell) >= frames.EXACT:
        raise CellError(LARGE)
    return cell
