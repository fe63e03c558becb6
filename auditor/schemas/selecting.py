"""Conditions of rules as the row conditions of Great Expectations, where they have the same meaning; else it is said that they have none.

Great Expectations compares columns with constants, joined by `and` and, above that, by `or`. It takes `!=` and `not in` to be true of
what is missing; here a comparison with nothing is unknown, and a record of which the condition is unknown is not meant. So these two
are joined with a demand that there is a value.
"""

from __future__ import annotations

from itertools import product

from auditor.model import Json
from auditor.schemas.tree import COMPARISONS, Apply, Column, Constant, Tree

MOST = 100
"""Comparisons that a row condition may have."""

_CONTRARY = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

_Group = list[dict[str, Json]]


def row_condition(tree: Tree) -> Json | None:
    """The row condition that means the same records, as Great Expectations writes it in JSON; None where it has none."""
    groups = _groups(tree, True)
    if groups is None or sum(map(len, groups)) > MOST:
        return None
    joined = [group[0] if len(group) == 1 else {"type": "and", "conditions": group} for group in groups]
    return joined[0] if len(joined) == 1 else {"type": "or", "conditions": joined}


def _groups(tree: Tree, true: bool) -> list[_Group] | None:
    """Groups of comparisons, of one of which all hold exactly where the tree is true, or false; None where that cannot be said."""
    if not isinstance(tree, Apply):
        return None
    if tree.operator == "not":
        return _groups(tree.parts[0], not true)
    if tree.operator not in ("and", "or"):
        group = _compared(tree, true)
        return None if group is None else [group]
    parts = []
    for part in tree.parts:
        found = _groups(part, true)
        if found is None:
            return None
        parts.append(found)
    if (tree.operator == "or") == true:
        return [group for found in parts for group in found]
    count = 1
    for found in parts:
        count *= len(found)
    return None if count > MOST else [[each for group in chosen for each in group] for chosen in product(*parts)]


def _compared(tree: Apply, true: bool) -> _Group | None:
    first, *rest = tree.parts
    if tree.operator in COMPARISONS and isinstance(first, Constant):
        tree = Apply(_MIRRORED[tree.operator], (rest[0], first))
        first, *rest = tree.parts
    if not isinstance(first, Column) or not all(isinstance(each, Constant) for each in rest) or "`" in first.name:
        return None
    column: Json = {"name": first.name}
    if tree.operator == "null":
        return [{"type": "nullity", "column": column, "is_null": true}]
    values = [each.value for each in rest if isinstance(each, Constant)]
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        return None
    parameter: Json
    if tree.operator == "in":
        operator, parameter = ("IN" if true else "NOT_IN"), values
    elif tree.operator in COMPARISONS:
        operator, parameter = (tree.operator if true else _CONTRARY[tree.operator]), values[0]
    else:
        return None
    compared = {"type": "comparison", "column": column, "operator": operator, "parameter": parameter}
    given: Json = {"type": "nullity", "column": column, "is_null": False}
    return [given, compared] if operator in ("!=", "NOT_IN") else [compared]
