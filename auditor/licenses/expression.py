"""SPDX licence expressions: text to a small tree and back, and what can be asked of the tree.

Grammar: SPDX specification 2.3, annex D. Ids are matched in any case, the operators AND, OR and WITH only in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from auditor.licenses import spdx

LONGEST, DEEPEST = 10_000, 100

_TOKEN = re.compile(r"\s*([()+]|[A-Za-z0-9.:-]+)")
_REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_OPERATORS = ("AND", "OR", "WITH")


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """One licence: an id of the list or a LicenseRef; `later` is the `+`, `exception` what follows WITH."""

    id: str
    later: bool = False
    exception: str | None = None

    @property
    def reference(self) -> bool:
        """Whether it is a LicenseRef, which means nothing outside the document that defines it."""
        return "LicenseRef-" in self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Several expressions: all of them hold (AND), or one may be chosen (OR)."""

    by: Literal["AND", "OR"]
    parts: tuple[Expression, ...]


Expression = License | Joined


class ExpressionError(ValueError):
    """The text is no SPDX expression; `column` (from 1) is where that shows."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(f"{reason} at column {column}")
        self.reason, self.column = reason, column


def parse(text: str) -> Expression:
    """The tree of an expression, with ids as the list spells them and deprecated GNU ids as their successors; or ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST:,} characters", LONGEST + 1)
    reader = _Reader(_tokens(text), len(text) + 1)
    if not reader.tokens:
        raise ExpressionError("nothing is written", 1)
    tree = reader.alternatives(0)
    if reader.peek() is not None:
        raise ExpressionError(f"{reader.peek()!r} is not expected", reader.column)
    return tree


def render(tree: Expression) -> str:
    """The tree as text, with as few parentheses as AND before OR allows."""
    if isinstance(tree, License):
        return tree.id + "+" * tree.later + (f" WITH {tree.exception}" if tree.exception else "")
    texts = [f"({render(part)})" if isinstance(part, Joined) and tree.by == "AND" else render(part) for part in tree.parts]
    return f" {tree.by} ".join(texts)


def licenses(tree: Expression) -> tuple[License, ...]:
    """The licences of a tree, in order, with repetitions."""
    return (tree,) if isinstance(tree, License) else tuple(each for part in tree.parts for each in licenses(part))


def ids(expression: str) -> tuple[str, ...]:
    """The ids in an expression, each once, in order."""
    return tuple(dict.fromkeys(each.id for each in licenses(parse(expression))))


def join(by: Literal["AND", "OR"], expressions: list[str]) -> str | None:
    """The expressions as one, each once, in order; None of none."""
    parts = tuple(dict.fromkeys(part for text in expressions for part in _flat(parse(text), by)))
    if not parts:
        return None
    return render(parts[0] if len(parts) == 1 else Joined(by=by, parts=parts))


def worst(tree: Expression, rank: Callable[[License], int]) -> int:
    """The rank of a tree: of AND the highest, of OR the lowest of its parts."""
    return chosen(tree, rank)[0]


def chosen(tree: Expression, rank: Callable[[License], int]) -> tuple[int, Expression]:
    """The rank of a tree, and the tree without OR: of each, the first part with the lowest rank."""
    if isinstance(tree, License):
        return rank(tree), tree
    found = [chosen(part, rank) for part in tree.parts]
    if tree.by == "OR":
        return min(found, key=lambda each: each[0])
    parts = tuple(dict.fromkeys(inner for _, part in found for inner in _flat(part, "AND")))
    return max(each[0] for each in found), parts[0] if len(parts) == 1 else replace(tree, parts=parts)


def _flat(tree: Expression, by: str) -> tuple[Expression, ...]:
    return tree.parts if isinstance(tree, Joined) and tree.by == by else (tree,)


def _tokens(text: str) -> list[tuple[str, int]]:
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            column = place + len(text[place:]) - len(text[place:].lstrip()) + 1
            raise ExpressionError(f"{text[column - 1]!r} does not belong into an expression", column)
        tokens.append((match[1], match.start(1) + 1))
        place = match.end()
    return tokens


class _Reader:
    """The tokens of one text, and how far they are read; one method per level of the grammar."""

    def __init__(self, tokens: list[tuple[str, int]], end: int) -> None:
        self.tokens, self.end, self.place = tokens, end, 0

    @property
    def column(self) -> int:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else self.end

    def peek(self) -> str | None:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else None

    def next(self) -> str:
        token = self.peek()
        if token is None:
            raise ExpressionError("something is missing", self.column)
        self.place += 1
        return token

    def alternatives(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise ExpressionError(f"an expression nests at most {DEEPEST} parentheses", self.column)
        return self._chain("OR", lambda: self._chain("AND", lambda: self._one(depth)))

    def _chain(self, by: Literal["AND", "OR"], read: Callable[[], Expression]) -> Expression:
        parts = list(_flat(read(), by))
        while self.peek() == by:
            self.place += 1
            parts.extend(_flat(read(), by))
        return parts[0] if len(parts) == 1 else Joined(by=by, parts=tuple(parts))

    def _one(self, depth: int) -> Expression:
        column, word = self.column, self.next()
        if word == "(":
            inside = self.alternatives(depth + 1)
            if self.peek() != ")":
                raise ExpressionError("a closing parenthesis is missing", self.column)
            self.place += 1
            return inside
        if word in _OPERATORS or word in ")+":
            raise ExpressionError(f"{word!r} is not expected", column)
        found = self._license(word, column)
        if self.peek() == "WITH":
            if found.exception:
                raise ExpressionError(f"{word} has its exception already", self.column)
            self.place += 1
            found = replace(found, exception=self._exception())
        return found

    def _license(self, token: str, column: int) -> License:
        later = self.peek() == "+" and self.column == column + len(token)
        if later:
            self.place += 1
        if _REFERENCE.fullmatch(token):
            if later:
                raise ExpressionError("a LicenseRef takes no +", column)
            return License(id=token)
        known = spdx.licenses()
        if later and f"{token}+".casefold() in known:  # GPL-2.0+ is an id of the list
            token, later = f"{token}+", False
        name = known.get(token.casefold())
        if name is None:
            raise ExpressionError(f"{token} is not on the SPDX licence list", column)
        license_id, _, exception = spdx.successor(name).partition(" WITH ")
        if later and license_id.endswith("-only"):  # GFDL-1.2+ is none, and still says it
            license_id, later = f"{license_id.removesuffix('-only')}-or-later", False
        return License(id=license_id, later=later, exception=exception or None)

    def _exception(self) -> str:
        column, token = self.column, self.next()
        name = spdx.exceptions().get(token.casefold())
        if name is None and not re.fullmatch(r"AdditionRef-[A-Za-z0-9.-]+", token):
            raise ExpressionError(f"{token} is not on the SPDX list of exceptions", column)
        return name or token
