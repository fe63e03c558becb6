"""A licence as a document states it, before anybody has tried to understand it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.licenses.resolution import Resolution

Place = tuple[int, int]
"""From which character of a document to which."""

Kind = Literal["declared", "detected", "upstream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A licence as some document states it, not yet understood. `others` are further fields of the same entry: a name, an address.

    `at` is where the text stands, in characters of the document; `many` says how the entries of one list are joined; `resolution` is
    what the claim means where its reader knows that by itself (from a licence's text).
    """

    method: str
    text: str
    at: Place | None = None
    others: tuple[str, ...] = ()
    kind: Kind = "declared"
    many: Literal["AND", "OR"] = "AND"
    resolution: Resolution | None = None


def within(text: str, begun: int, end: int, part: str) -> Place:
    """Where a part of a text stands between two of its characters; from the one to the other where it is not written so there."""
    at = text.find(part, begun, end) if part else -1
    return (at, at + len(part)) if at >= 0 else (begun, begun + len(text[begun:end].rstrip()))
