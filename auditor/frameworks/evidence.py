"""What a report is evidence of: for each control direct, partial, not evidenced, or a question for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from auditor.frameworks.controls import Control, Framework, frameworks
from auditor.model import Json, Outcome, Report, family

Standing = Literal["direct", "partial", "not-evidenced", "human"]

SEEN = ("failed", "passed", "present")
"""The states of evidence that is there: what was looked for, whether it was found or not, and fields that say something."""

_STATES = ("failed", "passed", "error", "skipped")
"""What became of the rules of a family is the first of these that any of them has."""


def assessed(report: Report) -> list[dict[str, Json]]:
    """The section `frameworks` of a report: every framework with its controls, what stands for each, and how far it goes.

    Of a rule that was looked for `examined` are the records or documents and `found` what broke it; a family has the largest and the
    sum, and `rules` says how many of its rules passed, failed, were skipped or in error. Of a field, `examined` are its entries.
    """
    by_name: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        for name in (outcome.rule, family(outcome.rule)):
            by_name.setdefault(name, []).append(outcome)
    return [_framework(each, by_name, report) for each in frameworks()]


def _framework(framework: Framework, by_name: Mapping[str, Sequence[Outcome]], report: Report) -> dict[str, Json]:
    return {
        **{name: getattr(framework, name) for name in ("id", "title", "version", "source", "scope")},
        "dates": [{"on": day, "what": what} for day, what in framework.dates],
        "controls": [_control(each, by_name, report) for each in framework.controls],
    }


def _control(control: Control, by_name: Mapping[str, Sequence[Outcome]], report: Report) -> dict[str, Json]:
    evidence = [_of_rule(rule, by_name.get(rule, ())) for rule in control.rules]
    evidence += [_of_field(field, report) for field in control.fields]
    return {
        "id": control.id,
        "title": control.gist,
        "status": _standing(control, evidence),
        "evidence": evidence,
        "note": control.note,
    }


def _standing(control: Control, evidence: Sequence[Mapping[str, Json]]) -> Standing:
    """Where rules are named and none of them was looked for, fields alone evidence nothing; where anything is missing, no evidence is
    more than a part.
    """
    if control.strength == "human":
        return "human"
    there = [each["status"] in SEEN for each in evidence]
    if not any(there[: len(control.rules)] or there):
        return "not-evidenced"
    return "direct" if control.strength == "direct" and all(there) else "partial"


def _of_rule(name: str, outcomes: Sequence[Outcome]) -> dict[str, Json]:
    """What became of a rule, or of all rules of a family."""
    counts = {state: sum(each.status == state for each in outcomes) for state in _STATES}
    found: dict[str, Json] = {
        "rule": name,
        "status": next((state for state in _STATES if counts[state]), "absent"),
        "examined": max((each.examined for each in outcomes), default=0),
        "found": sum(each.found for each in outcomes),
    }
    return found | ({"rules": counts} if outcomes and outcomes[0].rule != name else {})


def _of_field(path: str, report: Report) -> dict[str, Json]:
    """Whether a field of the report says anything."""
    first, *rest = path.split(".")
    value = report.sections.get(first) if first in report.sections else getattr(report, first, None)
    for name in rest:
        value = value.get(name) if isinstance(value, Mapping) else None
    there = value is not None and value not in ("", {}, [], ())
    size = len(value) if there and isinstance(value, Mapping | list | tuple) else int(there)
    return {"field": path, "status": "present" if there else "absent", "examined": size, "found": 0}
