"""How much of everything the page shows: together the limits keep it below 2 MB, whatever the data is."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping

from auditor.model import Json
from auditor.reports import wording

WORD, NAME, CELL, TEXT = 48, 160, 480, 600
"""The longest that a word, a name and a cell may be, in bytes as written, and a text of an example, in characters."""

FINDINGS, PLACES, EVIDENCE = 100, 8, 8
PAIRS, PAIRS_OF_RULE = 15, 3
SPLITS, MATRICES, REASONS = 10, 3, 20
STATEMENTS, USES, OBLIGATIONS, CLAUSES, LICENSES = 60, 12, 40, 4, 40
RESULTS, COLUMNS, SPLITS_OF_COLUMN, TOP = 100, 30, 4, 5
FRAMEWORKS, CONTROLS, EVIDENCE_OF_CONTROL = 12, 120, 8
FILES, RULES, OPTIONS, WAIVERS, STEPS = 60, 150, 60, 40, 30


def word(value: object) -> str:
    """The text with everything in sight, at most WORD bytes long."""
    return within(wording.visible(str(value)[: WORD + 1]), WORD)


def name(value: object) -> str:
    """The same, at most NAME bytes long."""
    return within(wording.visible(str(value)[: NAME + 1]), NAME)


def cell(value: object) -> str:
    """The same, at most CELL bytes long."""
    return within(wording.visible(str(value)[: CELL + 1]), CELL)


def said(value: Json) -> str:
    """A JSON value in words, at most CELL bytes long."""
    return within(wording.said(_short(value)), CELL)


def brief(value: Json) -> str:
    """The same, at most NAME bytes long."""
    return within(wording.said(_short(value)), NAME)


def _short(value: Json) -> Json:
    """As much of a value as a cell could show of it, and a little more: what is cut off is seen to be cut off."""
    if isinstance(value, str):
        return value[: CELL + 1]
    if isinstance(value, Mapping):
        return {str(key)[: CELL + 1]: item for key, item in _enough(value.items())}
    return list(_enough(value)) if isinstance(value, list | tuple) else value


def _enough(items: Iterable[Json]) -> Iterator[Json]:
    spent = 0
    for item in items:
        short = _short(item)
        yield short
        spent += len(str(short))
        if spent > CELL:
            return


def amount(value: Json) -> str:
    """A number for people: whole ones in full, others with two digits behind the point or four that count."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.2f}" if 100 <= abs(value) < 1e15 else f"{value:,.4g}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.4g}"
    return said(value)


def within(text: str, limit: int) -> str:
    """As much of the text as takes `limit` bytes in the page, where a quotation mark takes five and an ideograph three."""
    if len(html.escape(text).encode()) <= limit:
        return text
    written = 0
    for place, char in enumerate(text):
        written += len(_ESCAPED.get(char) or char.encode())
        if written > limit:
            return text[:place] + "…"
    return text


_ESCAPED = {char: html.escape(char) for char in "&<>\"'"}
