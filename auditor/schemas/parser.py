"""Expressions from text: a small parser by recursive descent, which refuses with a reason and a column; nothing is ever evaluated here.

    either     = both { "or" both }
    both       = negated { "and" negated }
    negated    = "not" negated | comparison
    comparison = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum | "is" ["not"] ("null" | type) | ["not"] "in" "[" constants "]" ]
    sum        = product { ("+" | "-") product }
    product    = signed { ("*" | "/") signed }
    signed     = "-" signed | atom
    atom       = number | text | "true" | "false" | name | "`" name "`" | function "(" either ")" | "(" either ")"

Texts stand in '...' or "...", and a quotation mark in one is written twice. The words are understood in any case. `metric` reads what is
computed of a whole column: `quantile(income, 0.95)`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from auditor.model import meant
from auditor.schemas.tree import (
    COMPARISONS,
    DEEPEST,
    TYPES,
    WORDS,
    Apply,
    Column,
    Constant,
    ExpressionError,
    Tree,
    columns,
    kind,
    moment,
    render,
)

LONGEST = 2_000
"""Characters of an expression."""

FUNCTIONS = ("abs", "date", "len", "lower", "trim", "upper")
METRICS: Mapping[str, str] = {
    "rows": "how many records there are",
    "distinct": "how many different values a column has",
    "distinct_share": "different values among all, from 0 to 1",
    "null_share": "missing values among all, from 0 to 1",
    "min": "the smallest value",
    "max": "the largest value",
    "mean": "the arithmetic mean",
    "median": "the median",
    "quantile": "the quantile at a share, `quantile(income, 0.95)`",
    "stdev": "the standard deviation of a sample",
    "sum": "the sum",
}
"""What `metric:` can compute of a column."""

_TOKEN = re.compile(
    r"""(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])|(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')"""
    r"""|`(?P<quoted>(?:[^`]|``)+)`|(?P<name>[^\W\d]\w*)|(?P<sign>==|!=|<=|>=|[-+*/<>()\[\],])"""
)
_INSTEAD = {"=": "==", "<>": "!=", "&": "and", "|": "or", "!": "not", "~": "not", ".": "a name that holds it in backquotes"}
_LARGEST = 2**63

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Metric:
    """What is computed of a column of a whole split; `rows` has no column, `quantile` a share."""

    name: str
    column: str | None = None
    share: float | None = None

    def __str__(self) -> str:
        column = [render(Column(self.column))] if self.column is not None else []
        return f"{self.name}({', '.join(column + ([repr(self.share)] if self.share is not None else []))})"


def parse(text: str) -> Tree:
    """The tree of an expression that is true or not of a record; or ExpressionError."""
    reader = _Reader(text)
    tree = reader.whole(lambda: reader.either(0))
    if kind(tree) not in ("", "truth") or isinstance(tree, Constant):
        raise ExpressionError("this is not true or false of a record; compare it with something", 1)
    if not columns(tree):
        raise ExpressionError("no column is named", 1)
    return tree


def metric(text: str) -> Metric:
    """What is computed of a column; or ExpressionError."""
    reader = _Reader(text)
    return reader.whole(reader.metric)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokens(text: str) -> list[_Token]:
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST:,} characters", LONGEST + 1)
    tokens, place = [], 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        match = _TOKEN.match(text, place)
        if match is None or match[0] + text[match.end() : match.end() + 1] == "<>":
            raise ExpressionError(_unread(text, place), place + 1)
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[kind], place + 1))
        place = match.end()
    return tokens


def _unread(text: str, place: int) -> str:
    sign = "<>" if text.startswith("<>", place) else text[place]
    if sign in "\"'`":
        return f"the quotation mark {sign} is not closed" if text.count(sign, place) == 1 else f"between two {sign} stands no name"
    if sign.isdigit() or text[place + 1 : place + 2].isdigit():
        return "this is no number"
    instead = f"; write {_INSTEAD[sign]}" if sign in _INSTEAD else ""
    return f"{sign!r} does not belong into an expression{instead}"


class _Reader:
    """The tokens of one text, and how far they are read; one method per level of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens, self.place, self.end = _tokens(text), 0, len(text) + 1

    @property
    def column(self) -> int:
        return self.tokens[self.place].column if self.place < len(self.tokens) else self.end

    def peek(self) -> str:
        """The next token where it is a sign or a word of the language, in small letters; else ""."""
        token = self.tokens[self.place] if self.place < len(self.tokens) else None
        if token is None or token.kind not in ("sign", "name"):
            return ""
        return token.text if token.kind == "sign" else token.text.lower() * (token.text.lower() in WORDS)

    def take(self, *wanted: str) -> str:
        """The next token, if it is one of those wanted, and goes on behind it; else ""."""
        found = self.peek()
        if found and found in wanted:
            self.place += 1
            return found
        return ""

    def need(self, wanted: str, what: str) -> None:
        if not self.take(wanted):
            raise ExpressionError(f"{what} is missing", self.column)

    def whole(self, read: Callable[[], Value]) -> Value:
        """What `read` makes of the tokens, if it uses all of them."""
        if not self.tokens:
            raise ExpressionError("nothing is written", 1)
        found = read()
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            more = "; compare two at a time, and join them with `and`" if token.text in COMPARISONS else ""
            raise ExpressionError(f"{token.text!r} is not expected{more}", token.column)
        return found

    def made(self, column: int, operator: str, *parts: Tree) -> Tree:
        try:
            return Apply(operator, parts)
        except ExpressionError as error:
            raise ExpressionError(error.reason, column) from None

    # ── the grammar ───────────────────────────────────────────────────────────────────────────────────────────────────

    def either(self, depth: int) -> Tree:
        if depth > DEEPEST:
            raise ExpressionError(f"an expression has at most {DEEPEST} levels", self.column)
        return self._joined("or", lambda: self._joined("and", lambda: self._negated(depth)))

    def _joined(self, word: str, read: Callable[[], Tree]) -> Tree:
        column, parts = self.column, [read()]
        while self.take(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else self.made(column, word, *parts)

    def _negated(self, depth: int) -> Tree:
        column = self.column
        if self.take("not"):
            if depth > DEEPEST:
                raise ExpressionError(f"an expression has at most {DEEPEST} levels", column)
            return self.made(column, "not", self._negated(depth + 1))
        return self._compared(depth)

    def _compared(self, depth: int) -> Tree:
        column, left = self.column, self._sum(depth)
        at = self.column
        if operator := self.take(*COMPARISONS):
            return self.made(at, operator, left, self._sum(depth))
        if self.take("is"):
            denied = self.take("not")
            tested = self.made(at, self._type(), left)
        else:
            denied = self.take("not")
            if not self.take("in"):
                if denied:
                    raise ExpressionError("`in` is missing", self.column)
                return left
            tested = self.made(at, "in", left, *self._constants(depth))
        return self.made(column, "not", tested) if denied else tested

    def _type(self) -> str:
        if self.take("null"):
            return "null"
        token = self.tokens[self.place] if self.place < len(self.tokens) else None
        if token is None or token.text not in TYPES:
            raise ExpressionError(f"`null` or a type is missing ({', '.join(TYPES)})", self.column)
        self.place += 1
        return f"is {token.text}"

    def _constants(self, depth: int) -> list[Tree]:
        self.need("[", "`[` before the values")
        found: list[Tree] = []
        while not found or self.take(","):
            column, value = self.column, self._signed(depth)
            if not isinstance(value, Constant):
                raise ExpressionError("between [ and ] stand constants", column)
            found.append(value)
        self.need("]", "`]` after the values")
        return found

    def _sum(self, depth: int) -> Tree:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/"), lambda: self._signed(depth)))

    def _chain(self, signs: tuple[str, ...], read: Callable[[], Tree]) -> Tree:
        tree = read()
        column = self.column
        while sign := self.take(*signs):
            tree = self.made(column, sign, tree, read())
            column = self.column
        return tree

    def _signed(self, depth: int) -> Tree:
        column = self.column
        if depth > DEEPEST:
            raise ExpressionError(f"an expression has at most {DEEPEST} levels", column)
        if not self.take("-"):
            return self._atom(depth)
        if self.place < len(self.tokens) and self.tokens[self.place].kind == "number":
            self.place += 1
            return self._number(self.tokens[self.place - 1], -1)
        return self.made(column, "negative", self._signed(depth + 1))

    def _atom(self, depth: int) -> Tree:
        if self.place == len(self.tokens):
            raise ExpressionError("something is missing", self.end)
        token, word = self.tokens[self.place], self.peek()
        self.place += 1
        if token.kind == "number":
            return self._number(token, 1)
        if token.kind == "text":
            return Constant(_unquoted(token.text))
        if token.kind == "quoted":
            return Column(token.text.replace("``", "`"))
        if word in ("true", "false"):
            return Constant(word == "true")
        if word == "(":
            inside = self.either(depth + 1)
            self.need(")", "`)`")
            return inside
        if token.kind == "sign" or word:
            raise ExpressionError(f"{token.text!r} is not expected", token.column)
        return self._applied(token, depth) if self.peek() == "(" else Column(token.text)

    def _applied(self, name: _Token, depth: int) -> Tree:
        if name.text not in FUNCTIONS:
            raise ExpressionError(_no_function(name.text), name.column)
        self.place += 1
        column, inside = self.column, self.either(depth + 1)
        self.need(")", "`)`")
        if name.text != "date":
            return self.made(name.column, name.text, inside)
        try:
            return Constant(moment(str(inside.value) if isinstance(inside, Constant) else render(inside)))
        except ExpressionError as error:
            raise ExpressionError(error.reason, column) from None

    def _number(self, token: _Token, sign: int) -> Constant:
        value = sign * (int(token.text) if token.text.isdecimal() and len(token.text) < 20 else float(token.text))
        if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
            value = float(value)
        if token.text.isdecimal() and isinstance(value, float):
            raise ExpressionError("an integer has at most 64 bits", token.column)
        if math.isinf(value):
            raise ExpressionError("the number is too large", token.column)
        return Constant(value)

    def metric(self) -> Metric:
        """A metric, with the column and the share that it takes."""
        name, at = self.tokens[0], self.column
        if name.kind != "name" or name.text not in METRICS:
            raise ExpressionError(f"{name.text!r} is no metric; {meant(name.text, METRICS)}known are {', '.join(METRICS)}", at)
        self.place = 1
        self.need("(", "`(`")
        column, share = None, None
        if name.text != "rows":
            at, given = self.column, self._atom(0)
            if not isinstance(given, Column):
                raise ExpressionError("a column is expected", at)
            column = given.name
        if name.text == "quantile":
            self.need(",", "`,` and a share")
            at, given = self.column, self._atom(0)
            if not isinstance(given, Constant) or kind(given) != "number" or not 0 <= float(given.value) <= 1:  # type: ignore[arg-type]
                raise ExpressionError("a share from 0 to 1 is expected", at)
            share = float(given.value)  # type: ignore[arg-type]
        self.need(")", "`)`")
        return Metric(name.text, column, share)


def _unquoted(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0])


def _no_function(name: str) -> str:
    if name.lower() in METRICS:
        return f"{name} is about a whole column; write it as `metric: {name.lower()}(...)` with `between:`"
    return f"there is no function {name!r}; {meant(name, FUNCTIONS)}known are {', '.join(FUNCTIONS)}"
