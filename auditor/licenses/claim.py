"""A licence as a document states it, before anybody has tried to understand it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["declared", "detected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A licence as some document states it, not yet understood. `others` are further fields of the same entry: a name, an address.

    `many` says how the entries of one list are joined; `known` is the expression where the reader knows it by itself (from a
    licence's text); `void` is why the claim counts for nothing.
    """

    method: str
    text: str
    line: int | None = None
    others: tuple[str, ...] = ()
    kind: Kind = "declared"
    many: Literal["AND", "OR"] = "AND"
    known: str | None = None
    void: str = ""
