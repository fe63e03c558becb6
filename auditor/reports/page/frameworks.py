"""Which controls of a framework the report is evidence of, with what it says of each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.model import Json, Report
from auditor.reports import wording
from auditor.reports.page import limits

STATES = ("direct", "partial", "not-evidenced", "human")


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework with the controls that have room, and how many there are of each state, in words."""

    facts: Mapping[str, Json]
    controls: Sequence[Mapping[str, Json]]
    more: int
    summary: str


def frameworks(report: Report) -> tuple[list[Framework], int]:
    """The first frameworks, and how many more there are; all their controls share one limit."""
    shown, more = wording.capped(report.sections.get("frameworks") or (), limits.FRAMEWORKS)
    sizes = itertools.accumulate((len(each["controls"]) for each in shown), initial=0)
    return [_framework(each, max(0, limits.CONTROLS - before)) for each, before in zip(shown, sizes, strict=False)], more


def _framework(facts: Mapping[str, Json], room: int) -> Framework:
    controls, more = wording.capped(facts["controls"], room)
    states = [each["status"] for each in facts["controls"]]
    told = [f"{wording.number(states.count(state))} {state}" for state in STATES if state in states]
    return Framework(facts=facts, controls=controls, more=more, summary=", ".join(told) or "no control")
