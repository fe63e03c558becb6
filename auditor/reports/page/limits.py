"""How much of everything the page shows: together the limits keep it below 2 MB, whatever the data is."""

from __future__ import annotations

import html

from auditor.model import Json
from auditor.reports import wording

NAME, CELL, TEXT = 160, 480, 600
"""The longest that a name and a cell may be, in bytes as written, and a text of an example, in characters."""

FINDINGS, PLACES, EVIDENCE = 120, 8, 10
PAIRS, PAIRS_OF_RULE = 15, 3
SPLITS, MATRICES, REASONS = 10, 3, 20
STATEMENTS, OBLIGATIONS, CLAUSES, LICENSES = 60, 40, 4, 40
RESULTS, COLUMNS, SPLITS_OF_COLUMN, TOP = 100, 40, 4, 5
FILES, RULES, OPTIONS, CONTROLS, WAIVERS, STEPS = 60, 200, 60, 120, 40, 30


def name(value: object) -> str:
    """The text with everything in sight, at most NAME bytes long."""
    return within(wording.visible(value), NAME)


def cell(value: object) -> str:
    """The same, at most CELL bytes long."""
    return within(wording.visible(value), CELL)


def said(value: Json) -> str:
    """A JSON value in words, at most CELL bytes long."""
    return within(wording.said(value), CELL)


def amount(value: Json) -> str:
    """A number for people: whole ones in full, others with two digits behind the point or four that count."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.2f}" if 100 <= abs(value) < 1e15 else f"{value:,.4g}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.4g}"
    return said(value)


def within(text: str, limit: int) -> str:
    """As much of the text as takes `limit` bytes in the page, where a quotation mark takes five and an ideograph three."""
    written = 0
    for place, char in enumerate(text):
        written += len(html.escape(char).encode())
        if written > limit:
            return text[:place] + "…"
    return text
