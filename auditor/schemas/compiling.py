"""Rule files as suites of expectations: those of Great Expectations where it has one of that meaning, else expectations of our own.

An expectation is a mapping with `id`, `type`, `kwargs` and `severity` (None: high), and, where there is something to say, `why`, `remedy`,
`maps_to`, `thresholds` (severities by the share of failing records, the worst first), `optional` (true: where the column is missing there
is nothing to check) and `at` (file and line). Of our own are

- `auditor_expression`: `expression` is a tree as JSON (auditor/schemas/tree.py), `columns` those it reads, `text` the tree as text;
  a record meets it unless the answer is false, and it does not apply where the answer is null;
- `auditor_format`: every text of `column` is written like `format` (kinds.FORMATS).

Both have `mostly`, the share of records that have to meet it. A `regex` of a rule file means the whole value, which is said by
`\\A(?:...)\\Z`, as Python's `re` spells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from auditor.model import Json
from auditor.schemas.kinds import SEVERITIES, Bounds
from auditor.schemas.places import Place
from auditor.schemas.rulefile import ColumnRule, RuleFile, Statement, Terms
from auditor.schemas.selecting import row_condition
from auditor.schemas.tree import ORDERS, Apply, Column, Constant, Tree, as_json, columns, render

TOLD = ("why", "remedy", "maps_to", "at")
"""What an expectation says of itself beside what it expects."""

_VALUES = "expect_column_values_to_"
_Judged = tuple[str, dict[str, Json]]
"""A type and its kwargs."""


def compiled(file: RuleFile) -> dict[str, Json]:
    """The suite of a rule file: {"name", "expectations"}, in the order of the file, ids unique."""
    expectations = [*_of_key(file)]
    for column in file.columns:
        expectations += _of_column(column)
    declared = {column.name for column in file.columns}
    for statement in file.statements:
        found = _of_statement(statement)
        expectations.append(found | ({"optional": True} if _read(statement) <= declared else {}))
    if file.thresholds:
        expectations = [{**each, "thresholds": dict(file.thresholds)} for each in expectations]
    return {"name": file.name, "expectations": _with_own_ids(expectations)}


def graded(expectation: Mapping[str, Json], failing: float) -> str | None:
    """The severity of an expectation that a share of the records does not meet: its own, or by its thresholds (info below all)."""
    thresholds = expectation.get("thresholds")
    if not thresholds:
        own: str | None = expectation["severity"]
        return own
    return next((level for level in SEVERITIES if failing >= thresholds.get(level, 2)), "info")


def _with_own_ids(expectations: list[dict[str, Json]]) -> list[dict[str, Json]]:
    taken: set[str] = set()
    for each in expectations:
        name, number = each["id"], 1
        while each["id"] in taken:
            number += 1
            each["id"] = f"{name}#{number}"
        taken.add(each["id"])
    return expectations


def _expectation(name: str, judged: _Judged, terms: Terms, **more: Json) -> dict[str, Json]:
    told = dict(zip(TOLD, (terms.why, terms.remedy, list(terms.maps_to), terms.at), strict=True)) | more
    return {
        "id": name,
        "type": judged[0],
        "kwargs": judged[1],
        "severity": terms.severity,
        **{key: value for key, value in told.items() if value},
    }


def _of_key(file: RuleFile) -> Iterator[dict[str, Json]]:
    """The key of the dataset: its columns are there and have values, and together they are unique."""
    key = file.dataset.get("key", ())
    if not key:
        return
    terms = Terms(at=file.places["key"].at, severity=file.severity)
    declared = {column.name for column in file.columns}
    for name in key:
        if name not in declared:
            yield _expectation(f"key.{name}.required", ("expect_column_to_exist", {"column": name}), terms)
        yield _expectation(f"key.{name}.nullable", (f"{_VALUES}not_be_null", {"column": name}), terms, optional=True)
    unique: _Judged = (f"{_VALUES}be_unique", {"column": key[0]})
    if len(key) > 1:
        unique = ("expect_compound_columns_to_be_unique", {"column_list": list(key)})
    yield _expectation("key.unique", unique, terms, optional=True)


# ── columns ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_column(column: ColumnRule) -> Iterator[dict[str, Json]]:
    terms = column.terms
    if column.required:
        yield _expectation(f"{column.name}.required", ("expect_column_to_exist", {"column": column.name}), terms)
    domain = _domain(terms, column.places)
    mostly = _mostly(terms)
    for key, kind, kwargs in _demanded(column):
        whole = kind == "expect_column_unique_value_count_to_be_between"
        asked = {**kwargs, **domain, **({} if whole else mostly)}
        yield _expectation(f"{column.name}.{key}", (kind, asked), terms, optional=True)


def _domain(terms: Terms, places: Mapping[str, Place]) -> dict[str, Json]:
    """The row condition of what a column, a metric or an expectation by name is about."""
    if terms.where is None:
        return {}
    condition = row_condition(terms.where)
    if condition is None:
        cure = "compare columns with numbers and texts, joined by and, or, not; or write the whole as a rule with `expr:` and `where:`"
        raise places["where"].wrong("this condition can only stand beside expr", cure)
    return {"row_condition": condition}


def _mostly(terms: Terms) -> dict[str, Json]:
    return {"mostly": round(1 - terms.tolerate, 12)} if terms.tolerate else {}


def _demanded(column: ColumnRule) -> Iterator[tuple[str, str, dict[str, Json]]]:
    """What is demanded of the values: key, type and kwargs."""
    this, listed = Column(column.name), column.type == "list"
    for key, value in column.demands().items():
        if key == "type":
            yield key, *_expression(Apply(f"is {value}", (this,)))
        elif key == "length" and listed:
            yield key, *_expression(_within(Apply("len", (this,)), value))
        elif key == "order":
            strictly, _, direction = value.rpartition(" ")
            yield key, f"{_VALUES}be_{direction}", {"column": column.name, "strictly": bool(strictly)}
        else:
            kind, made = _DEMANDS[key]
            yield key, kind, {"column": column.name, **made(value)}


def _limits(bounds: Bounds) -> dict[str, Json]:
    found: dict[str, Json] = {"min_value": bounds.low, "max_value": bounds.high}
    found |= {"strict_min": True} if bounds.above else {}
    found |= {"strict_max": True} if bounds.below else {}
    return {key: value for key, value in found.items() if value is not None}


_DEMANDS: Mapping[str, tuple[str, Callable[[Any], dict[str, Json]]]] = {
    "nullable": (f"{_VALUES}not_be_null", lambda _: {}),
    "unique": (f"{_VALUES}be_unique", lambda _: {}),
    "range": (f"{_VALUES}be_between", _limits),
    "length": ("expect_column_value_lengths_to_be_between", _limits),
    "enum": (f"{_VALUES}be_in_set", lambda values: {"value_set": list(values)}),
    "forbid": (f"{_VALUES}not_be_in_set", lambda values: {"value_set": list(values)}),
    "regex": (f"{_VALUES}match_regex", lambda pattern: {"regex": rf"\A(?:{pattern})\Z"}),
    "contains": (f"{_VALUES}match_regex", lambda pattern: {"regex": pattern}),
    "excludes": (f"{_VALUES}not_match_regex", lambda pattern: {"regex": pattern}),
    "format": ("auditor_format", lambda name: {"format": name}),
    "distinct": ("expect_column_unique_value_count_to_be_between", _limits),
}
"""What each key asks for: a type, and its kwargs beside the column."""


def _within(tree: Tree, bounds: Bounds) -> Tree:
    """The tree's value lies within bounds of numbers."""
    sides = ((">" if bounds.above else ">=", bounds.low), ("<" if bounds.below else "<=", bounds.high))
    parts = tuple(Apply(operator, (tree, Constant(bound))) for operator, bound in sides if bound is not None)
    return parts[0] if len(parts) == 1 else Apply("and", parts)


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(statement: Statement) -> set[str]:
    """The columns that a rule reads; those that `columns:` declares are missed there already, if they are missing."""
    trees = [tree for tree in (statement.expr, statement.terms.where) if tree is not None]
    named = {statement.metric.column} if statement.metric is not None and statement.metric.column else set()
    return {name for tree in trees for name in columns(tree)} | named or {""}


def _of_statement(statement: Statement) -> dict[str, Json]:
    terms = statement.terms
    if statement.expr is not None:
        return _expectation(statement.id, _of_expression(statement.expr, terms), terms)
    domain = _domain(terms, statement.places)
    if statement.gx is not None:
        return _expectation(statement.id, (statement.gx, {**statement.kwargs, **domain, **_mostly(terms)}), terms)
    kind, kwargs = _of_metric(statement)
    return _expectation(statement.id, (kind, {**kwargs, **domain}), terms)


def _of_metric(statement: Statement) -> _Judged:
    metric, bounds = statement.metric, statement.between
    assert metric is not None and bounds is not None
    limits, here = _limits(bounds), {"column": metric.column}
    if metric.name == "quantile":
        ranges: Json = {"quantiles": [metric.share], "value_ranges": [[bounds.low, bounds.high]]}
        return "expect_column_quantile_values_to_be_between", {**here, "quantile_ranges": ranges}
    if metric.name == "rows":
        return "expect_table_row_count_to_be_between", limits
    if metric.name == "null_share":
        return "expect_column_proportion_of_non_null_values_to_be_between", {**here, **_limits(_complement(bounds))}
    named = {"distinct": "unique_value_count", "distinct_share": "proportion_of_unique_values"}
    return f"expect_column_{named.get(metric.name, metric.name)}_to_be_between", {**here, **limits}


def _complement(bounds: Bounds) -> Bounds:
    """Of a share, the bounds of what is left."""
    low, high = (None if each is None else round(1 - float(each), 12) for each in (bounds.high, bounds.low))
    return Bounds(low=low, high=high, above=bounds.below, below=bounds.above)


def _of_expression(tree: Tree, terms: Terms) -> _Judged:
    """An expectation of Great Expectations of the same meaning, if there is one; else the expression."""
    condition = row_condition(terms.where) if terms.where is not None else None
    known = _known(tree) if terms.where is None or condition is not None else None
    if known is None:
        kind, kwargs = _expression(tree if terms.where is None else Apply("when", (terms.where, tree)))
    else:
        kind, kwargs = known
        kwargs |= {} if condition is None else {"row_condition": condition}
    return kind, {**kwargs, **_mostly(terms)}


def _expression(tree: Tree) -> _Judged:
    return "auditor_expression", {"expression": as_json(tree), "columns": list(columns(tree)), "text": render(tree)}


def _known(tree: Tree) -> _Judged | None:
    """What Great Expectations calls a simple comparison."""
    if not isinstance(tree, Apply):
        return None
    operator, first, rest = tree.operator, tree.parts[0], tree.parts[1:]
    if operator == "not" and isinstance(first, Apply) and first.operator in ("null", "in"):
        return _tested(first, "not_")
    if operator in ("null", "in"):
        return _tested(tree, "")
    if not isinstance(first, Column) or len(rest) != 1:
        return None
    if isinstance(rest[0], Column):
        return _pair(operator, first, rest[0])
    return _one(operator, first.name, rest[0].value) if isinstance(rest[0], Constant) else None


def _tested(tree: Apply, denied: str) -> _Judged | None:
    first = tree.parts[0]
    if not isinstance(first, Column):
        return None
    if tree.operator == "null":
        return f"{_VALUES}{denied}be_null", {"column": first.name}
    found = [each.value for each in tree.parts[1:] if isinstance(each, Constant)]
    if any(isinstance(value, bool | datetime) for value in found):
        return None
    return f"{_VALUES}{denied}be_in_set", {"column": first.name, "value_set": found}


def _pair(operator: str, left: Column, right: Column) -> _Judged | None:
    if {left.kind, right.kind} & {"text", "truth"}:
        return None  # what looks like a number would be compared as one
    either: Json = {"ignore_row_if": "either_value_is_missing"}
    if operator == "==" and not (left.kind or right.kind):
        return "expect_column_pair_values_to_be_equal", {"column_A": left.name, "column_B": right.name, **either}
    if operator not in ORDERS:
        return None
    first, second = (left, right) if operator in (">", ">=") else (right, left)
    named = {"column_A": first.name, "column_B": second.name, "or_equal": operator.endswith("=")}
    return "expect_column_pair_values_a_to_be_greater_than_b", {**named, **either}


def _one(operator: str, column: str, value: Any) -> _Judged | None:
    if isinstance(value, bool):
        return None
    if operator in ORDERS and not isinstance(value, str):
        bound = value.isoformat() if isinstance(value, datetime) else value
        side = "min" if operator in (">", ">=") else "max"
        strict = {} if operator.endswith("=") else {f"strict_{side}": True}
        return f"{_VALUES}be_between", {"column": column, f"{side}_value": bound, **strict}
    if operator in ("==", "!=") and not isinstance(value, datetime):
        return f"{_VALUES}{'not_' * (operator == '!=')}be_in_set", {"column": column, "value_set": [value]}
    return None
