"""Arrow columns as pandas ones that Great Expectations can judge: no id loses digits, text becomes numbers or times only on request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from auditor.model import Json

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Meaning = Literal["", "number", "time", "json"]
"""What the cells of a column stand for; "" is what they are."""

Shape = Literal["one", "many", "type"]
"""What is done with a column: looked at alone, with others in the same row, or asked for its type alone."""

EXACT = 2**53
"""Integers up to here have a 64-bit floating-point number of their own."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?P<point>\.[0-9]*)?|(?P<bare>\.[0-9]+))(?P<power>[eE][+-]?[0-9]+)?")


def series(column: pa.ChunkedArray, field: pa.Field, shape: Shape) -> pd.Series:
    """The column for pandas: numbers and times as numpy has them, everything else as Python objects with None for null.

    Integers stay integers where numpy can hold them; those with nulls are masked ones when looked at alone, else floating-point
    numbers, or Python integers beside NaN where those would not be exact. Where only the type counts, nulls are filled.
    """
    import pandas as pd
    import pyarrow as pa

    kind = field.type
    if is_json(field):
        return _objects(None if cell is None else json.loads(cell) for cell in column.to_pylist())
    if pa.types.is_integer(kind):
        return _integers(column, shape)
    if pa.types.is_boolean(kind) and (not column.null_count or shape == "type"):
        return column.fill_null(False).to_pandas()
    if pa.types.is_floating(kind) or pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        return column.to_pandas()
    if pa.types.is_null(kind):
        return pd.Series(None, index=range(len(column)), dtype=object)
    return _objects(column.to_pylist())


def _integers(column: pa.ChunkedArray, shape: Shape) -> pd.Series:
    import pandas as pd
    import pyarrow.compute as pc

    ends = pc.min_max(column).as_py()
    large = column.null_count < len(column) and max(-ends["min"], ends["max"]) > EXACT
    if shape == "type" or not (column.null_count or (large and shape == "one")):
        return column.fill_null(0).to_pandas()
    if shape == "one":
        masked = pd.api.types.pandas_dtype(str(column.type).replace("int", "Int").replace("uI", "UI"))
        return column.to_pandas(types_mapper=lambda _: masked)
    return _objects(float("nan") if cell is None else cell for cell in column.to_pylist()) if large else column.to_pandas()


def _objects(cells: Iterable[Json]) -> pd.Series:
    import pandas as pd

    return pd.Series(list(cells), dtype=object)


def is_json(field: pa.Field) -> bool:
    """Whether the cells of a text field are JSON texts."""
    return bool((field.metadata or {}).get(b"auditor") == b"json")


def is_unread(field: pa.Field) -> bool:
    """Whether the cells may have to be parsed before they are numbers or times."""
    import pyarrow as pa

    return bool(pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or pa.types.is_null(field.type))


def as_meant(column: pa.ChunkedArray, field: pa.Field, meaning: Meaning) -> tuple[pa.ChunkedArray, list[bool]]:
    """The column with its cells as numbers, times or JSON texts, and which of them are none (null there, as empty cells are)."""
    import pyarrow as pa

    cells = column.to_pylist()
    if meaning == "json" and is_json(field):
        return column, [False] * len(cells)
    if is_json(field):
        cells = [None if cell is None else json.loads(cell) for cell in cells]
    read: Callable[[Any], Json] = {"number": as_number, "time": as_time, "json": _json}[meaning]
    values: list[Any] = []
    wrong: list[bool] = []
    for cell in cells:
        given = cell is not None and not (isinstance(cell, str) and not cell.strip())
        value = read(cell) if given else None
        values.append(value)
        wrong.append(given and value is None)
    return pa.chunked_array([_typed(values, meaning)]), wrong


def _typed(values: list[Any], meaning: Meaning) -> pa.Array:
    import pyarrow as pa

    if meaning != "number":
        return pa.array(values, pa.timestamp("us", tz="UTC") if meaning == "time" else pa.string())
    whole = all(value is None or (isinstance(value, int) and -(2**63) <= value < 2**63) for value in values)
    return pa.array(values, pa.int64()) if whole else pa.array([None if value is None else float(value) for value in values], pa.float64())


def as_number(cell: Any) -> int | float | None:
    """The number that the cell is, or that it says in digits; None for anything else, infinity and truth values too."""
    if not isinstance(cell, str):
        return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None
    text = cell.strip()
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > 300:
        return None
    return float(text) if match["point"] or match["bare"] or match["power"] else int(text)


def as_time(cell: Any) -> datetime | None:
    """The moment that the cell is, or that it says in ISO 8601, in UTC (where it has no zone, too); None for anything else."""
    if isinstance(cell, str):
        try:
            cell = datetime.fromisoformat(cell.strip())
        except ValueError:
            return None
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)
    if not isinstance(cell, datetime):
        return None
    try:
        return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    except OverflowError:
        return None


def _json(cell: Any) -> str | None:
    if not isinstance(cell, str):
        return json.dumps(cell, default=str)
    try:
        json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return cell


def any_meant(columns: list[list[Any]], meaning: Literal["number", "time"]) -> bool:
    """Whether any cell of the columns is a number, or a time."""
    read = as_number if meaning == "number" else as_time
    return any(read(cell) is not None for cells in columns for cell in cells)
