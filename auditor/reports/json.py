"""The report for programs: the shape that other tools may rely on, in ASCII and in one order."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import islice

from auditor.model import SHOWN, Finding, Json, LedgerEntry, Location, Outcome, Report
from auditor.saved import EMPTY, RENAMED, SCHEMA


def render(report: Report) -> str:
    """The JSON report: keys sorted, everything beyond ASCII escaped, NaN and infinities as null; `run` alone differs from run to run.

    Of `##` the second is escaped: with a word and a bracket behind it, build servers take it for a command.
    """
    return json.dumps(_plain(document(report)), sort_keys=True, indent=1, allow_nan=False).replace("##", "#\\u0023") + "\n"


def document(report: Report) -> dict[str, Json]:
    """The report as nested mappings; sections stand under their names, that of the schema checks under `expectations`."""
    sections = {RENAMED.get(name, name): section for name, section in report.sections.items()}
    filled = {name: {**empty, **sections.get(name, {})} if isinstance(empty, dict) else empty for name, empty in EMPTY.items()}
    return {
        **filled,
        **{name: section for name, section in sections.items() if not isinstance(EMPTY.get(name), dict)},
        "schema": SCHEMA,
        "tool": {"name": "auditor", "version": report.version},
        "run": report.run,
        "dataset": report.dataset,
        "config": report.config,
        "policy": report.policy,
        "verdict": report.verdict,
        "reasons": report.reasons,
        "outcomes": [_fields(each, ("rule", "name", "status", "examined", "found", "note")) for each in report.outcomes],
        "findings": [_finding(each) for each in report.findings],
        "ledger": [_entry(each) for each in report.ledger],
        "gaps": report.gaps,
    }


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "subject": finding.subject,
        "check": finding.check,
        "fingerprint": finding.fingerprint,
        "where": [{**_place(each), "fingerprint": finding.fingerprint_at(each)} for each in islice(finding.where, SHOWN)],
        "evidence": {**finding.evidence, "count": finding.count},
        "waived": finding.waived,
        **({} if finding.known is None else {"baseline": finding.known}),
        **({} if finding.found_as is None else {"found_as": str(finding.found_as)}),
    }


def _place(place: Location) -> dict[str, Json]:
    fields = _fields(place, ("split", "row", "column", "file", "line", "span"))
    fields |= {name: value for name, value in _fields(place, ("digest", "message")).items() if value is not None}
    return fields if place.partner is None else {**fields, "partner": _place(place.partner)}


def _fields(noun: Location | Outcome, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: getattr(noun, name) for name in names}


def _entry(entry: LedgerEntry) -> dict[str, Json]:
    rejected = [{"reason": reason, "count": count} for reason, count in entry.rejected]
    return {"file": entry.file, "physical": entry.physical, "parsed": entry.parsed, "rejected": rejected, "note": entry.note}


def _plain(value: Json) -> Json:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
