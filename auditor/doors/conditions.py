"""Row conditions of a suite: which columns they read, and that they compare and do nothing else (pandas would run what they say)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from auditor.model import Json

QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`(?P<name>[^`]*)`""")
_METHODS = {"isnull", "notnull", "isna", "notna", "str", "contains", "startswith", "endswith", "lower", "upper", "len", "isin", "between"}
_ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Invert, ast.USub, ast.Compare, ast.cmpop),
    *(ast.BinOp, ast.BitAnd, ast.BitOr, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod),
    *(ast.Name, ast.Constant, ast.List, ast.Tuple, ast.Load, ast.Attribute, ast.Call),
)


def columns(condition: Json) -> dict[str, bool]:
    """The columns that a row condition reads, each with True where it is compared with a number.

    ValueError says what is wrong with a condition that is none, or that does more than compare columns with constants.
    """
    if condition is None:
        return {}
    if isinstance(condition, str):
        return _of_text(condition)
    kind = condition.get("type") if isinstance(condition, Mapping) else None
    if kind in ("and", "or") and isinstance(condition.get("conditions"), list):
        return _together(columns(part) for part in condition["conditions"])
    if kind == "pass_through":
        return _of_text(str(condition.get("pass_through_filter")))
    named = condition.get("column") if kind in ("comparison", "nullity") else None
    name = named.get("name") if isinstance(named, Mapping) else named
    if not isinstance(name, str) or "`" in name:
        raise ValueError(f"the row condition {condition!r} cannot be understood")
    return {name: _is_number(condition.get("parameter"))}


def _together(parts: Iterable[dict[str, bool]]) -> dict[str, bool]:
    both: dict[str, bool] = {}
    for part in parts:
        both |= {name: number or both.get(name, False) for name, number in part.items()}
    return both


def _is_number(value: Json) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_text(text: str) -> dict[str, bool]:
    """Of a condition in the language of pandas: Python comparisons, with a name in backquotes where it is no identifier."""
    quoted: list[str] = []

    def plain(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match[0]
        quoted.append(match["name"])
        return f"_quoted_{len(quoted) - 1}_"

    if set("\\#@\r\n") & set(QUOTED.sub("", text)) or "\\" in text:
        raise ValueError(f"the row condition {text!r} holds a sign that no comparison needs")
    try:
        tree = ast.parse(QUOTED.sub(plain, text).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"the row condition {text!r} is no comparison such as `label == 'a' and age > 3`") from None
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else node
        if not isinstance(node, _ALLOWED) or (isinstance(called, ast.Attribute) and called.attr not in _METHODS):
            raise ValueError(f"the row condition {text!r} does more than compare columns, and is not run")
        if isinstance(node, ast.Call) and not isinstance(called, ast.Attribute):
            raise ValueError(f"the row condition {text!r} does more than compare columns, and is not run")

    ours = {f"_quoted_{place}_": name for place, name in enumerate(quoted)}

    def named(node: ast.AST) -> list[str]:
        found = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
        return [ours.get(name, name) for name in found]

    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    numbers = {name for node in compared for name in named(node) if any(map(_numeric, ast.walk(node)))}
    return {name: name in numbers for name in named(tree)}


def _numeric(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and _is_number(node.value)
