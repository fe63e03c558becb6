"""Expressions as trees: columns, constants, and operators over them; what each is, and how a tree is written as text and as JSON.

An expression says what must be true of a record, `end >= start and amount > 0`. Its tree is made of three kinds of nodes:

    Column(name, kind)          the record's value; `kind` is what its cells are read as: "number", "text", "time", "truth", "" as they are
    Constant(value)             a truth value, an integer of 64 bits, a finite floating-point number, a text, or a moment in UTC
    Apply(operator, parts)      an operator over one or more trees

| operator | parts | gives |
|---|---|---|
| `and` `or` | two or more truths | truth |
| `not` | a truth | truth |
| `==` `!=` | two of one kind | truth |
| `<` `<=` `>` `>=` | two numbers, texts or moments | truth |
| `in` | a value, then constants of its kind | truth |
| `null` | any value | truth, never unknown |
| `is integer` and the other types | a column | truth |
| `+` `-` `*` `/` | two numbers | number |
| `negative` `abs` | a number | number |
| `len` | a text or a list | number |
| `lower` `upper` `trim` | a text | text |
| `when` | a condition and a truth | the truth where the condition is true, else unknown |

As JSON (`as_json`, `of_json`) a node is a list: `["column", name, kind]`, `["constant", value]`, `["moment", "2024-06-01T00:00:00+00:00"]`,
or `[operator, part, ...]`.

Truth has three values, as in SQL: what is compared with null is unknown; `and`, `or` and `not` are those of Kleene; a record whose
answer is unknown is one that the rule does not apply to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal

from auditor.model import Json

Kind = Literal["", "number", "text", "time", "truth"]
"""What a tree gives; "" where only the data can tell."""

DEEPEST = 40
"""Levels of a tree, and of parentheses."""

ORDERS = ("<", "<=", ">", ">=")
COMPARISONS = ("==", "!=", *ORDERS)
TYPES: Mapping[str, str] = {
    "text": "text",
    "integer": "whole numbers, `3.0` among them where they come from JSON or as floating-point numbers",
    "number": "numbers",
    "boolean": "truth values",
    "date": "days: dates, or text such as 2024-06-01",
    "datetime": "dates or times, or text in ISO 8601",
    "list": "lists",
    "object": "structures: mappings of names to values",
}
"""What the cells of a column can be; in CSV, where all cells are text, what they can be read as."""
WORDS = frozenset({"and", "or", "not", "in", "is", "null", "true", "false"})
"""Words of the language; a column of that name stands in backquotes."""

NAME = re.compile(r"[^\W\d]\w*")


class ExpressionError(ValueError):
    """The text is no expression, or the tree makes no sense; `column` (from 1, 0 where no one place is meant) is where that shows."""

    def __init__(self, reason: str, column: int = 0) -> None:
        super().__init__(f"{reason} at column {column}" if column else reason)
        self.reason, self.column = reason, column


@dataclass(frozen=True, slots=True)
class Column:
    """The value that a record has in a column."""

    name: str
    kind: Kind = ""
    depth: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the expression."""

    value: bool | int | float | str | datetime
    depth: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator over trees; ExpressionError where the tree would be too deep or a part is of the wrong kind."""

    operator: str
    parts: tuple[Tree, ...]
    depth: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        depth = 1 + max(part.depth for part in self.parts)
        if depth > DEEPEST:
            raise ExpressionError(f"an expression has at most {DEEPEST} levels")
        object.__setattr__(self, "depth", depth)
        _fit(self.operator, tuple(kind(part) for part in self.parts))
        if self.operator in IS and not isinstance(self.parts[0], Column):
            raise ExpressionError("only a column has a type")


Tree = Column | Constant | Apply

IS = {f"is {name}": name for name in TYPES}
"""The operators that ask for a type."""
_GIVES: Mapping[str, Kind] = {
    **dict.fromkeys((*IS, *COMPARISONS, "and", "or", "not", "in", "null", "when"), "truth"),
    **dict.fromkeys(("+", "-", "*", "/", "negative", "abs", "len"), "number"),
    **dict.fromkeys(("lower", "upper", "trim"), "text"),
}
_TAKES: Mapping[str, Kind] = {
    **dict.fromkeys(("and", "or", "not", "when"), "truth"),
    **dict.fromkeys(("+", "-", "*", "/", "negative", "abs"), "number"),
    **dict.fromkeys(("lower", "upper", "trim"), "text"),
}
_MANY, _PAIRS = {"and", "or", "in"}, {*COMPARISONS, "+", "-", "*", "/", "when"}
_SHOWN: Mapping[str, str] = {"": "a value", "number": "a number", "text": "a text", "time": "a moment", "truth": "a truth value"}


def kind(tree: Tree) -> Kind:
    """What the tree gives."""
    if isinstance(tree, Apply):
        return _GIVES[tree.operator]
    if isinstance(tree, Column):
        return tree.kind
    if isinstance(tree.value, bool):
        return "truth"
    return "text" if isinstance(tree.value, str) else "time" if isinstance(tree.value, datetime) else "number"


def _fit(operator: str, kinds: tuple[Kind, ...]) -> None:
    """ExpressionError unless the operator can be applied to parts of these kinds."""
    if operator not in _GIVES:
        raise ExpressionError(f"there is no operator {operator!r}")
    fits = len(kinds) >= 2 if operator in _MANY else len(kinds) == 2 if operator in _PAIRS else len(kinds) == 1
    if not fits:
        raise ExpressionError(f"{operator} does not go with {len(kinds)} parts")
    known = {each for each in kinds if each}
    wanted = _TAKES.get(operator)
    if wanted and known - {wanted}:
        raise ExpressionError(f"{operator} needs {_SHOWN[wanted]}, not {_SHOWN[min(known - {wanted})]}")
    if operator in (*COMPARISONS, "in") and len(known) > 1:
        raise ExpressionError(f"{_SHOWN[min(known)]} cannot be compared with {_SHOWN[max(known)]}")
    if operator in ORDERS and known == {"truth"}:
        raise ExpressionError("truth values have no order")
    if operator == "len" and known and known != {"text"}:
        raise ExpressionError(f"len needs a text or a list, not {_SHOWN[min(known)]}")


def columns(tree: Tree) -> tuple[str, ...]:
    """The columns that a tree reads, each once, in order."""
    return tuple(dict.fromkeys(each.name for each in walk(tree) if isinstance(each, Column)))


def walk(tree: Tree) -> Iterator[Tree]:
    """Every node of a tree, the tree itself first."""
    yield tree
    for part in tree.parts if isinstance(tree, Apply) else ():
        yield from walk(part)


def as_kinds(tree: Tree, kinds: Mapping[str, Kind]) -> Tree:
    """The tree with its columns read as what they are said to be; a text that is compared with a moment becomes the moment it says.

    ExpressionError where a column cannot be used as what it is.
    """
    if isinstance(tree, Column):
        return Column(tree.name, kinds.get(tree.name, ""))
    if isinstance(tree, Constant):
        return tree
    parts = tuple(as_kinds(part, kinds) for part in tree.parts)
    if tree.operator in (*COMPARISONS, "in") and "time" in map(kind, parts):
        parts = tuple(
            Constant(moment(part.value)) if isinstance(part, Constant) and isinstance(part.value, str) else part for part in parts
        )
    return Apply(tree.operator, parts)


# ── as text ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_LEVELS = (("when",), ("or",), ("and",), ("not",), (*COMPARISONS, *IS, "in", "null"), ("+", "-"), ("*", "/"), ("negative",))
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_LAST = len(_LEVELS)


def render(tree: Tree) -> str:
    """The tree as text, which `parse` reads as this tree; a `when`, which has no words of its own, as `not (condition) or (truth)`."""
    return _rendered(tree, 0)


def _rendered(tree: Tree, least: int) -> str:
    """The tree as text, in parentheses where it binds less than `least`."""
    if isinstance(tree, Column):
        return tree.name if NAME.fullmatch(tree.name) and tree.name.lower() not in WORDS else "`" + tree.name.replace("`", "``") + "`"
    if isinstance(tree, Constant):
        return _constant(tree.value)
    level = _LEVEL.get(tree.operator, _LAST)
    text = _applied(tree.operator, tree.parts, level)
    return f"({text})" if level < least else text


def _applied(operator: str, parts: tuple[Tree, ...], level: int) -> str:
    first = parts[0]
    if operator == "when":
        return f"not {_rendered(first, _LAST)} or {_rendered(parts[1], _LEVEL['or'] + 1)}"
    if operator == "not":
        if isinstance(first, Apply) and first.operator in ("in", "null", *IS):
            return _test(first, "not ")
        return f"not {_rendered(first, level)}"
    if operator in ("in", "null", *IS):
        return _test(Apply(operator, parts), "")
    if operator in ("and", "or"):
        return f" {operator} ".join(_rendered(part, level + 1) for part in parts)
    if operator == "negative":
        return f"-({_rendered(first, 0)})" if isinstance(first, Constant) else f"-{_rendered(first, level)}"
    if level == _LAST:
        return f"{operator}({_rendered(first, 0)})"
    lowest = level + 1 if operator in COMPARISONS else level
    return f"{_rendered(first, lowest)} {operator} {_rendered(parts[1], level + 1)}"


def _test(tree: Apply, denied: str) -> str:
    """`x in [...]` and `x is null`, or the contrary."""
    left = _rendered(tree.parts[0], _LEVEL["null"] + 1)
    if tree.operator != "in":
        return f"{left} is {denied}{IS.get(tree.operator, 'null')}"
    return f"{left} {denied}in [{', '.join(_rendered(part, 0) for part in tree.parts[1:])}]"


def _constant(value: bool | int | float | str | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f'date("{value.isoformat()}")'
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else repr(value)


# ── as JSON ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_json(tree: Tree) -> list[Json]:
    """The tree as nested lists of JSON values."""
    if isinstance(tree, Column):
        return ["column", tree.name, tree.kind]
    if isinstance(tree, Constant):
        return ["moment", tree.value.isoformat()] if isinstance(tree.value, datetime) else ["constant", tree.value]
    return [tree.operator, *(as_json(part) for part in tree.parts)]


def of_json(value: Json) -> Tree:
    """The tree that `as_json` wrote; ExpressionError for anything else."""
    if not isinstance(value, list) or len(value) < 2:
        raise ExpressionError(f"{value!r:.80} is no tree")
    match value:
        case ["column", str(name), ("" | "number" | "text" | "time" | "truth") as known]:
            return Column(name, known)
        case ["constant", bool() | int() | float() | str() as constant]:
            return Constant(constant)
        case ["moment", str(written)]:
            return Constant(moment(written))
        case [str(operator), *parts] if operator not in ("column", "constant", "moment"):
            return Apply(operator, tuple(of_json(part) for part in parts))
    raise ExpressionError(f"{value!r:.80} is no tree")


def moment(text: str) -> datetime:
    """A date or time in ISO 8601, in UTC (where it has no zone, too); ExpressionError for anything else."""
    from auditor.doors.frames import as_time

    found = as_time(text)
    if found is None:
        raise ExpressionError(f"{text!r:.80} is no date or time such as 2024-06-01 or 2024-06-01T12:00:00Z")
    return found.astimezone(UTC)
