"""How an expectation sees the records: which columns, as what kind of values, and which cells are not of that kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from auditor.doors import frames

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_TYPES = {"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list", "expect_column_type_to_be"}
_ORDERS = {
    *("expect_column_values_to_be_increasing", "expect_column_values_to_be_decreasing"),
    "expect_column_pair_values_a_to_be_greater_than_b",
}
_MEASURES = {
    *("expect_column_mean_to_be_between", "expect_column_median_to_be_between", "expect_column_stdev_to_be_between"),
    *("expect_column_sum_to_be_between", "expect_column_quantile_values_to_be_between", "expect_multicolumn_sum_to_equal"),
    *("expect_column_value_z_scores_to_be_less_than", "expect_column_values_to_not_be_outliers"),
}
_BOUNDS = {"expect_column_values_to_be_between", "expect_column_min_to_be_between", "expect_column_max_to_be_between"}
_SETS = {
    *("expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set", "expect_column_most_common_value_to_be_in_set"),
    *("expect_column_distinct_values_to_be_in_set", "expect_column_distinct_values_to_contain_set"),
    *("expect_column_distinct_values_to_equal_set", "expect_column_pair_values_to_be_in_set"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a group of expectations sees the records: one data frame each."""

    meaning: frames.Meaning = ""
    shape: frames.Shape | Literal["table"] = "one"
    own: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    """Columns of the row condition that are compared with numbers."""
    alone: frozenset[str] = frozenset()
    """Columns of which another spelling exists: Great Expectations would mistake the one for the other."""


def reading(each: Mapping[str, Any], table: pa.Table, typed: bool, spellings: Mapping[str, int]) -> Reading:
    """How the expectation sees the records of a table; `typed` is False where numbers came as text."""
    own = tuple(each["columns"])
    whole = not own or each["type"] == "expect_column_to_exist"
    meaning = "" if whole else _meaning(each, table, typed)
    shape: frames.Shape | Literal["table"] = "table" if whole else "type" if each["type"] in _TYPES else "one"
    if shape == "one" and len(own) > 1:
        shape = "many"
    return Reading(
        meaning=meaning,
        shape=shape,
        own=own if meaning else (),
        numbers=frozenset() if typed else frozenset(name for name, number in each["condition"].items() if number),
        alone=frozenset(name for name in (*own, *each["condition"]) if spellings[name.casefold()] > 1),
    )


def _meaning(each: Mapping[str, Any], table: pa.Table, typed: bool) -> frames.Meaning:
    """What the expectation takes the cells of its columns for, where that is not what they are."""
    unread = any(frames.is_unread(table.schema.field(name)) for name in each["columns"])
    found = intended(each["type"], each["kwargs"], typed or not unread)
    if found != "order":
        return found
    cells = [table.column(name).to_pylist() for name in each["columns"]]
    return "number" if frames.any_meant(cells, "number") else "time" if frames.any_meant(cells, "time") else ""


def intended(kind: str, kwargs: Mapping[str, Any], typed: bool) -> frames.Meaning | Literal["order"]:
    """What an expectation takes cells for that are plain text (`typed` is False) or not; `order`: numbers if any is one, else times if any
    is, else texts.
    """
    if kind == "expect_column_values_to_match_json_schema":
        return "json"
    bounds = [kwargs[key] for key in ("min_value", "max_value") if kwargs.get(key) is not None] if kind in _BOUNDS else []
    if any(isinstance(bound, str) and frames.as_number(bound) is None for bound in bounds):
        return "time"
    if typed:
        return ""
    if kind in _ORDERS:
        return "order"
    if kind in _TYPES:
        types = kwargs.get("type_list") or [kwargs.get("type_")]
        return "number" if all(_names_numbers(str(name)) for name in types) else ""
    values = kwargs.get("value_set") or [item for pair in kwargs.get("value_pairs_set") or () for item in pair]
    compared = bounds if kind in _BOUNDS else values if kind in _SETS else []
    numeric = [frames.as_number(value) is not None if kind in _BOUNDS else _is_number(value) for value in compared if value is not None]
    return "number" if kind in _MEASURES or (numeric and all(numeric)) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names_numbers(kind: str) -> bool:
    return kind.lower().startswith(("int", "uint", "float", "double", "bigint", "smallint", "number", "numeric", "decimal", "real"))


def frame(table: pa.Table, rows: int, view: Reading, members: Sequence[Mapping[str, Any]]) -> tuple[pd.DataFrame, list[bool]]:
    """The columns that the members look at, and which rows hold a cell that is not what it has to be."""
    import pandas as pd

    own = {name for each in members for name in each["columns"]}
    conditions = {name for each in members for name in each["condition"]}
    names = [name for name in table.column_names if view.shape == "table" or name in own | conditions]
    columns, wrong = [], [False] * rows
    for name in names:
        if view.shape == "table" and name not in conditions:
            columns.append(pd.Series(None, index=range(rows), dtype=object))
            continue
        column, field = table.column(name), table.schema.field(name)
        if name in view.own or name in view.numbers:
            column, refused = frames.as_meant(column, field, view.meaning if name in view.own else "number")
            field = field.with_type(column.type).remove_metadata()
            wrong = [a or b for a, b in zip(wrong, refused, strict=True)] if name in view.own else wrong
        columns.append(frames.series(column, field, view.shape if name in own and view.shape != "table" else "one"))
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    frame.columns = names
    return frame, wrong
