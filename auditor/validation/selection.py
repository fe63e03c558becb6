"""Row conditions: which records of a batch an expectation means, in the logic that pandas gives its queries."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.doors import conditions
from auditor.model import Json
from auditor.validation.bounds import Bounds, outside
from auditor.validation.cells import Bools, Cells, Unjudged, View, flags
from auditor.validation.sets import belongs

_SIGNS = {"==", "!=", "<", "<=", ">", ">=", "in", "not in"}
_NULL = {"isnull": "null", "isna": "null", "notnull": "not null", "notna": "not null"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_NAMES: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}

Truth = tuple[Bools, Bools]
"""For each record whether the condition is true, and whether it is unknown (never both)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A column compared with a constant; `sign` is one of _SIGNS, or null, not null, itself."""

    column: str
    sign: str
    value: Any = None


Condition = tuple[str, tuple[Any, ...]] | Test
"""A test, or "and", "or" and "not" of conditions."""


class UnknownConditionError(ValueError):
    """A condition that is not understood here."""


def understood(condition: Json) -> Condition | None:
    """What a row condition says, None for none; UnknownConditionError where it does more than test columns against constants."""
    if condition is None:
        return None
    conditions.columns(condition)
    if isinstance(condition, str):
        return _of_text(condition)
    kind = condition["type"]
    if kind in ("and", "or"):
        return kind, tuple(understood(each) for each in condition["conditions"])
    if kind == "pass_through":
        return _of_text(str(condition["pass_through_filter"]))
    named = condition["column"]
    name = named["name"] if isinstance(named, Mapping) else named
    if kind == "nullity":
        return Test(column=name, sign="null" if condition.get("is_null") else "not null")
    sign = str(condition.get("operator")).lower().replace("not_in", "not in")
    if sign not in _SIGNS:
        raise UnknownConditionError(sign)
    return Test(column=name, sign=sign, value=condition.get("parameter"))


def _of_text(text: str) -> Condition:
    quoted: list[str] = []

    def plain(match: Any) -> str:
        if match["name"] is None:
            return str(match[0])
        quoted.append(match["name"])
        return f"_quoted_{len(quoted) - 1}_"

    tree = ast.parse(conditions.QUOTED.sub(plain, text).strip(), mode="eval").body
    names = {f"_quoted_{place}_": name for place, name in enumerate(quoted)}
    return _of_node(tree, lambda node: names.get(node.id, node.id))


def _of_node(node: ast.expr, named: Callable[[ast.Name], str]) -> Condition:
    if isinstance(node, ast.BoolOp):
        return "and" if isinstance(node.op, ast.And) else "or", tuple(_of_node(each, named) for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        return "and" if isinstance(node.op, ast.BitAnd) else "or", tuple(_of_node(each, named) for each in (node.left, node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        return "not", (_of_node(node.operand, named),)
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        tests = tuple(_compared(a, _NAMES.get(type(op), ""), b, named) for a, op, b in zip(sides, node.ops, sides[1:], strict=False))
        return tests[0] if len(tests) == 1 else ("and", tests)
    called = node.func if isinstance(node, ast.Call) and not node.args and not node.keywords else None
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.attr in _NULL:
        return Test(column=named(called.value), sign=_NULL[called.attr])
    raise UnknownConditionError(ast.dump(node)[:50])


def _compared(left: ast.expr, sign: str, right: ast.expr, named: Callable[[ast.Name], str]) -> Test:
    if isinstance(right, ast.Name) and sign in _TURNED:
        left, sign, right = right, _TURNED[sign], left
    if not isinstance(left, ast.Name) or isinstance(right, ast.Name) or not sign:
        raise UnknownConditionError("two columns")
    try:
        value = ast.literal_eval(right)
    except ValueError:
        raise UnknownConditionError("no constant") from None
    listed = list(value) if isinstance(value, list | tuple) else value
    if isinstance(listed, list) and sign in {"==", "!="}:
        sign = {"==": "in", "!=": "not in"}[sign]
    if isinstance(listed, list) != (sign in {"in", "not in"}):
        raise UnknownConditionError("a list")
    return Test(column=named(left), sign=sign, value=listed)


def selected(cells: Cells, condition: Condition | None, numbers: Mapping[str, bool]) -> Bools | None:
    """Which records a condition is true of (None: all). `numbers` names the columns that are compared with numbers."""
    return None if condition is None else _truth(cells, condition, numbers)[0]


def _truth(cells: Cells, condition: Condition, numbers: Mapping[str, bool]) -> Truth:
    if isinstance(condition, Test):
        meaning = "number" if not cells.typed and numbers.get(condition.column) else ""
        return _tested(cells.column(condition.column).view(meaning), condition)  # type: ignore[arg-type]
    word, parts = condition
    truths = [_truth(cells, each, numbers) for each in parts]
    if word == "not":
        true, unknown = truths[0]
        return ~true & ~unknown, unknown
    true, unknown = truths[0]
    for other, blank in truths[1:]:
        if word == "and":
            false = (~true & ~unknown) | (~other & ~blank)
            true = true & other
        else:
            false = ~true & ~unknown & ~other & ~blank
            true = true | other
        unknown = ~true & ~false
    return true, unknown


def _tested(view: View, test: Test) -> Truth:
    """Integers that are missing are unknown; with any other missing value only `!=` and `not in` are true, as pandas has it."""
    known, none = np.ones(view.size, np.bool_) if view.present is None else view.present, np.zeros(view.size, np.bool_)
    if test.sign in {"null", "not null"}:
        return (~known if test.sign == "null" else known.copy()), none
    if test.sign in {"in", "not in"}:
        inside = belongs(view, test.value) & known
        return (inside, none) if test.sign == "in" else (~inside, none)
    found = _answer(view, test) & known
    if view.kind == "integer":
        return found, ~known
    return (found | ~known if test.sign == "!=" else found), none


def _answer(view: View, test: Test) -> Bools:
    if test.sign == "==":
        return belongs(view, [test.value])
    if test.sign == "!=":
        return ~belongs(view, [test.value])
    if view.kind == "text" and isinstance(test.value, str):
        compare = {"<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}[test.sign]
        return flags(compare(view.values, pa.scalar(test.value, view.values.type)))
    if isinstance(test.value, str) and view.kind != "other":
        raise Unjudged(f"{test.column} is not compared with a text")
    key, strict = ("high", "below") if test.sign[0] == "<" else ("low", "above")
    return ~outside(view, Bounds(**{key: test.value, strict: len(test.sign) == 1}))
