"""The facts about a dataset that a report holds: what its documents state, or at least what the configuration does."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.cards.facts import REQUIRED, SHAPE
from auditor.model import Json, Report


def known(report: Report) -> dict[str, Json]:
    """The facts by key; without the section `card` (its rule was not selected) those that the configuration states."""
    section = report.sections.get("card")
    if isinstance(section, Mapping) and isinstance(section.get("facts"), Mapping):
        given = {key: fact.get("value") for key, fact in section["facts"].items() if isinstance(fact, Mapping)}
    else:
        given = dict(report.config.get("dataset") or {})
    found = {}
    for key in (each for each in SHAPE if each in given):
        try:
            found[key] = SHAPE[key](given[key])
        except ValueError:  # a saved report may have been edited
            continue
    return found


def missing(facts: Mapping[str, Json]) -> list[str]:
    """The facts that a valid document of the Dataset profile needs and nobody states."""
    return [key for key in REQUIRED if key not in facts]
