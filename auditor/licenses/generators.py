"""Which models wrote records, by what a column says, and what the terms of these models say about it (rules/licenses/generators.yaml)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from auditor.licenses.records import LOOKED, Column
from auditor.licenses.vocabularies import table

Outputs = Literal["free", "named", "restricted", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of some models: what becomes of their `outputs`, told in our words, and where that was read."""

    id: str
    title: str
    pattern: re.Pattern[str]
    outputs: Outputs
    told: str
    clause: str = ""
    source: str = ""
    as_of: str = ""


@cache
def terms() -> tuple[Terms, ...]:
    """All entries of the table, in its order."""
    return tuple(Terms(**{**row, "pattern": re.compile(row["pattern"])}) for row in table("generators")["terms"])


@lru_cache(maxsize=100_000)
def terms_of(value: str) -> tuple[Terms, ...]:
    """The terms of the model that a value names, or of the models in a list; none where it is not known."""
    names = _listed(value)
    found = (next((each for each in terms() if each.pattern.search(name.casefold())), None) for name in names)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _listed(value: str) -> list[str]:
    if not value.startswith("["):
        return [value]
    try:
        entries = json.loads(value)
    except (ValueError, RecursionError):
        return [value]
    return [str(each) for each in entries] if isinstance(entries, list) else [value]


def named(column: Column) -> Mapping[str, tuple[Terms, ...]]:
    """The terms of each value of a column that names a model of the table."""
    values = [value for value in list(column.counts)[:LOOKED] if value is not None]
    return {value: found for value in values if (found := terms_of(value))}


def by_terms(column: Column) -> Mapping[Terms, Mapping[str, int]]:
    """For each terms the names of models under them, and how many records each has; in the order of the table."""
    found: dict[Terms, Counter[str]] = {}
    for value, some in named(column).items():
        for each in some:
            found.setdefault(each, Counter())[value] = column.counts[value]
    return {each: dict(found[each]) for each in terms() if each in found}
