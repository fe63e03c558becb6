"""What is asked of the records: the expectations of a suite that the fast engine covers, ready to be put to batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.doors import conditions, frames, readings
from auditor.doors.great_expectations import own_columns
from auditor.model import AuditorError, Json, meant
from auditor.schemas.tree import Tree, of_json
from auditor.validation import selection
from auditor.validation.formats import FORMATS
from auditor.validation.maps import MAPS, re2

Family = Literal["map", "rows", "expression", "type", "table", "measure", "late"]
"""How an expectation is judged: by each value, by each record (its values, or an expression), by the types of columns, by the table's
form, by measures that are gathered, or only when all of a column is known.
"""

_BETWEEN = ("min_value", "max_value", "strict_min", "strict_max")
_BOUNDED = {"expect_column_values_to_be_between", "expect_column_value_lengths_to_be_between"}
_SHOWN = {"result_format", "catch_exceptions", "include_config", "batch_id", "meta", "description", "notes", "severity", "windows"}
_DOMAIN = ("row_condition", "condition_parser")

OURS = ("auditor_expression", "auditor_format")
"""Types that Great Expectations does not have."""

ARGUMENTS: Mapping[str, tuple[Family, tuple[str, ...], tuple[str, ...]]] = {
    "expect_column_values_to_be_between": ("map", ("column",), (*_BETWEEN, "mostly")),
    "expect_column_values_to_be_in_set": ("map", ("column", "value_set"), ("mostly", "parse_strings_as_datetimes")),
    "expect_column_values_to_not_be_in_set": ("map", ("column", "value_set"), ("mostly", "parse_strings_as_datetimes")),
    "expect_column_values_to_be_null": ("map", ("column",), ("mostly",)),
    "expect_column_values_to_not_be_null": ("map", ("column",), ("mostly",)),
    "expect_column_values_to_match_regex": ("map", ("column", "regex"), ("mostly",)),
    "expect_column_values_to_not_match_regex": ("map", ("column", "regex"), ("mostly",)),
    "expect_column_values_to_match_regex_list": ("map", ("column", "regex_list"), ("mostly", "match_on")),
    "expect_column_values_to_not_match_regex_list": ("map", ("column", "regex_list"), ("mostly",)),
    "expect_column_value_lengths_to_be_between": ("map", ("column",), (*_BETWEEN, "mostly")),
    "expect_column_value_lengths_to_equal": ("map", ("column", "value"), ("mostly",)),
    "expect_column_values_to_match_strftime_format": ("map", ("column", "strftime_format"), ("mostly",)),
    "expect_column_values_to_be_json_parseable": ("map", ("column",), ("mostly",)),
    "auditor_format": ("map", ("column", "format"), ("mostly",)),
    "expect_column_pair_values_to_be_equal": ("rows", ("column_A", "column_B"), ("mostly", "ignore_row_if")),
    "expect_column_pair_values_a_to_be_greater_than_b": ("rows", ("column_A", "column_B"), ("mostly", "ignore_row_if", "or_equal")),
    "expect_column_pair_values_to_be_in_set": ("rows", ("column_A", "column_B", "value_pairs_set"), ("mostly", "ignore_row_if")),
    "expect_multicolumn_sum_to_equal": ("rows", ("column_list", "sum_total"), ("mostly", "ignore_row_if")),
    "expect_multicolumn_values_to_be_equal": ("rows", ("column_list",), ("mostly", "ignore_row_if")),
    "expect_select_column_values_to_be_unique_within_record": ("rows", ("column_list",), ("mostly", "ignore_row_if")),
    "auditor_expression": ("expression", ("expression", "columns"), ("text", "mostly")),
    "expect_column_values_to_be_of_type": ("type", ("column", "type_"), ("mostly",)),
    "expect_column_values_to_be_in_type_list": ("type", ("column", "type_list"), ("mostly",)),
    "expect_table_row_count_to_be_between": ("table", (), _BETWEEN),
    "expect_table_row_count_to_equal": ("table", ("value",), ()),
    "expect_table_column_count_to_be_between": ("table", (), _BETWEEN),
    "expect_table_column_count_to_equal": ("table", ("value",), ()),
    "expect_table_columns_to_match_ordered_list": ("table", ("column_list",), ()),
    "expect_table_columns_to_match_set": ("table", ("column_set",), ("exact_match",)),
    "expect_column_to_exist": ("table", ("column",), ("column_index",)),
    "expect_column_min_to_be_between": ("measure", ("column",), (*_BETWEEN, "parse_strings_as_datetimes")),
    "expect_column_max_to_be_between": ("measure", ("column",), (*_BETWEEN, "parse_strings_as_datetimes")),
    "expect_column_mean_to_be_between": ("measure", ("column",), _BETWEEN),
    "expect_column_sum_to_be_between": ("measure", ("column",), _BETWEEN),
    "expect_column_stdev_to_be_between": ("measure", ("column",), _BETWEEN),
    "expect_column_proportion_of_non_null_values_to_be_between": ("measure", ("column",), _BETWEEN),
    "expect_column_most_common_value_to_be_in_set": ("measure", ("column", "value_set"), ("ties_okay",)),
    "expect_column_distinct_values_to_be_in_set": ("measure", ("column", "value_set"), ()),
    "expect_column_distinct_values_to_contain_set": ("measure", ("column", "value_set"), ()),
    "expect_column_distinct_values_to_equal_set": ("measure", ("column", "value_set"), ()),
    "expect_column_values_to_be_unique": ("late", ("column",), ("mostly",)),
    "expect_compound_columns_to_be_unique": ("late", ("column_list",), ("mostly", "ignore_row_if")),
    "expect_column_values_to_be_increasing": ("late", ("column",), ("mostly", "strictly")),
    "expect_column_values_to_be_decreasing": ("late", ("column",), ("mostly", "strictly")),
    "expect_column_value_z_scores_to_be_less_than": ("late", ("column", "threshold"), ("mostly", "double_sided")),
    "expect_column_values_to_not_be_outliers": ("late", ("column",), ("mostly", "method", "multiplier")),
    "expect_column_median_to_be_between": ("late", ("column",), _BETWEEN),
    "expect_column_quantile_values_to_be_between": ("late", ("column", "quantile_ranges"), ("allow_relative_error",)),
    "expect_column_unique_value_count_to_be_between": ("late", ("column",), _BETWEEN),
    "expect_column_proportion_of_unique_values_to_be_between": ("late", ("column",), _BETWEEN),
}
"""The types that are covered: how they are judged, which arguments they need, and which they may have beside those of every type."""

TEXTUAL = {kind for kind in MAPS if "regex" in kind or "set" in kind or "length" in kind or kind == "auditor_format"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One expectation. `condition` says which records it means, `numbers` which of the columns in it are compared with numbers."""

    number: int
    id: str
    type: str
    kwargs: Mapping[str, Json]
    family: Family
    columns: tuple[str, ...]
    condition: selection.Condition | None = None
    numbers: Mapping[str, bool] = field(default_factory=dict)
    optional: bool = False
    """Whether there is nothing to check where a column is missing."""

    @property
    def mostly(self) -> float:
        """The share of records that have to meet it."""
        return float(self.kwargs.get("mostly", 1))

    def meanings(self, unread: Sequence[bool], typed: bool) -> tuple[frames.Meaning, ...]:
        """What the cells of its columns are taken for; several where the records decide. `unread`: which columns hold plain text."""
        found = readings.intended(self.type, self.kwargs, typed or not any(unread))
        return ("number", "time", "") if found == "order" else (found,)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The rules, and the columns whose values make out a record (`looked`); `key` is the column with the record's key."""

    rules: tuple[Rule, ...]
    looked: tuple[str, ...]
    key: str | None = None
    shown: bool = True

    @cached_property
    def trees(self) -> dict[int, Tree]:
        """The trees of expressions, by the number of their rule."""
        return {rule.number: of_json(rule.kwargs["expression"]) for rule in self.rules if rule.family == "expression"}

    @cached_property
    def asked(self) -> dict[str, int]:
        """How many rules ask for the texts of each column."""
        found: dict[str, int] = {}
        for rule in self.rules:
            for name in rule.columns if rule.type in TEXTUAL else ():
                found[name] = found.get(name, 0) + 1
        return found

    @cached_property
    def spilled(self) -> tuple[str, ...]:
        """The columns whose values are kept, for what can only be judged when all of them are known."""
        late = [rule for rule in self.rules if rule.family == "late"]
        names = dict.fromkeys(name for rule in late for name in rule.columns)
        return tuple(names | dict.fromkeys((self.key,) if self.key and late else ()))


def plan(context: Mapping[str, Any], numbers: Sequence[int]) -> Plan:
    """The plan for the expectations of a suite with these numbers."""
    rules = tuple(_rule(number, context["suite"]["expectations"][number]) for number in numbers)
    return Plan(rules=rules, looked=tuple(context["columns"]), key=context.get("key"), shown=context.get("shown", True))


def _rule(number: int, each: Mapping[str, Any]) -> Rule:
    kwargs = {key: value for key, value in each["kwargs"].items() if key not in _SHOWN}
    return Rule(
        number=number,
        id=each["id"],
        type=each["type"],
        kwargs=kwargs,
        family=ARGUMENTS[each["type"]][0],
        columns=tuple(own_columns(each["type"], kwargs)),
        condition=selection.understood(kwargs.get("row_condition")),
        numbers=conditions.columns(kwargs.get("row_condition")),
        optional=bool(each.get("optional")),
    )


def uncovered(each: Mapping[str, Any]) -> str:
    """Why the fast engine does not cover an expectation; "" where it does. AuditorError where its arguments are wrong."""
    kind, kwargs = each["type"], each["kwargs"]
    if kind not in ARGUMENTS:
        return "there is no fast form of its type"
    _check(each)
    try:
        selection.understood(kwargs.get("row_condition"))
    except selection.UnknownConditionError:
        return "its row condition does more than compare columns with constants"
    for pattern in (kwargs.get("regex"), *(kwargs.get("regex_list") or ())):
        if pattern is not None and not _is_regex(pattern):
            return "its regular expression needs more than RE2 can"
    named = [kwargs.get("type_")] if kind == "expect_column_values_to_be_of_type" else kwargs.get("type_list") or []
    if ARGUMENTS[kind][0] == "type" and any(name is not None and not _is_type(str(name)) for name in named):
        return "it names a type of pandas"
    return ""


def _is_regex(pattern: Json) -> bool:
    try:
        pc.match_substring_regex(pa.array(["a"]), re2(str(pattern)))
    except pa.ArrowInvalid:
        return False
    return True


NATIVE: Mapping[str, type] = {
    "none": type(None),
    "bool": bool,
    "int": int,
    "long": int,
    "float": float,
    "bytes": bytes,
    "complex": complex,
    "str": str,
    "string_types": str,
    "list": list,
    "dict": dict,
}
"""Python's types by the names that suites use for them, in small letters."""


def _is_type(name: str) -> bool:
    try:
        np.dtype(name)
    except TypeError:
        return name.lower() in NATIVE
    return True


def _check(each: Mapping[str, Any]) -> None:
    """AuditorError where an argument is missing, unknown or of the wrong kind."""
    _, needed, allowed = ARGUMENTS[each["type"]]
    kwargs = {key: value for key, value in each["kwargs"].items() if key not in _SHOWN}
    wrong = f"expectation {each['id']}: its kwargs are wrong: "
    known = (*needed, *allowed, *_DOMAIN)
    for name in kwargs:
        if name not in known:
            raise AuditorError(f"{wrong}{name}: there is no such argument", f"{meant(name, known)}see what {each['type']} takes")
    for name in needed:
        if name not in kwargs:
            raise AuditorError(f"{wrong}{name} is missing", f"see what {each['type']} takes")
    mostly = kwargs.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        raise AuditorError(f"{wrong}mostly: a number from 0 to 1 is expected", "write for instance `mostly: 0.99`")
    if each["type"] in _BOUNDED and kwargs.get("min_value") is None and kwargs.get("max_value") is None:
        raise AuditorError(f"{wrong}min_value and max_value cannot both be None", "give one of them")
    if each["type"] == "auditor_format" and kwargs["format"] not in FORMATS:
        cure = f"{meant(str(kwargs['format']), FORMATS)}known are {', '.join(FORMATS)}"
        raise AuditorError(f"{wrong}format: there is no format {kwargs['format']!r}", cure)
    for name in ("value_set", "regex_list", "type_list", "column_list", "value_pairs_set", "column_set"):
        if name in kwargs and kwargs[name] is not None and not isinstance(kwargs[name], list):
            raise AuditorError(f"{wrong}{name}: a list is expected", f"write `{name}: [...]`")
