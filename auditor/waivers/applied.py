"""Waivers set against findings: what they excuse, what has expired, what has outgrown its waiver, and which excuse nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from auditor.check import tally
from auditor.model import Finding, Json, Location, Outcome, Report, Rule, found
from auditor.waivers import catalogue
from auditor.waivers.file import Waiver

State = Literal["holds", "expired", "outgrown", "unused", "not looked for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """What waivers meet: by fingerprint the finding, or the places of findings and how many of them."""

    findings: dict[str, Finding] = field(default_factory=dict)
    places: dict[str, list[tuple[Finding, int]]] = field(default_factory=dict)


def applied(report: Report, waivers: Sequence[Waiver], of_policy: Sequence[Waiver], today: date) -> Report:
    """The report with what is waived marked as such, with the findings about waivers, and a section `waivers`.

    `of_policy` are those that the policy gives (licence contracts). Where one fingerprint has two waivers, the one of the file counts.
    """
    every = {each.fingerprint: each for each in (*of_policy, *waivers)}
    if not every:
        return report
    findings = [each for each in report.findings if each.rule not in {rule.id for rule in catalogue.RULES}]
    met = _met(findings, every)
    kept = tuple(_marked(each, every, met, today) for each in findings)
    told = [each for waiver in every.values() for each in _told(waiver, met, report, today, waiver in of_policy)]
    sought = {each.rule for each in report.outcomes}
    told = [each for each in told if each.rule in sought]
    rows = [_row(waiver, met, report, today) for waiver in every.values()]
    return dataclasses.replace(
        report,
        findings=(*kept, *told),
        outcomes=tuple(
            next((_outcome(rule, told, waivers, of_policy) for rule in catalogue.RULES if rule.id == each.rule), each)
            for each in report.outcomes
        ),
        sections={**report.sections, "waivers": {"entries": rows}},
    )


def _outcome(rule: Rule, told: Sequence[Finding], waivers: Sequence[Waiver], of_policy: Sequence[Waiver]) -> Outcome:
    examined = {"WAIV001": len(waivers), "LIC026": len(of_policy)}.get(rule.id, len(waivers) + len(of_policy))
    return tally(rule, examined, sum(each.rule == rule.id for each in told), "" if examined else "there is no waiver of the kind")


def _met(findings: Sequence[Finding], waivers: Mapping[str, Waiver]) -> _Met:
    met = _Met()
    for each in findings:
        waiver = waivers.get(each.fingerprint)
        if waiver is not None and waiver.rule in (None, each.rule):
            met.findings[each.fingerprint] = each
    of_places = [each for print_, each in waivers.items() if print_ not in met.findings]
    for finding in findings:
        prints = frozenset(each.fingerprint for each in of_places if each.rule in (None, finding.rule))
        for print_, count in (_counted(finding, prints) if prints else {}).items():
            met.places.setdefault(print_, []).append((finding, count))
    return met


def _counted(finding: Finding, prints: frozenset[str]) -> Counter[str]:
    """How many places of the finding have each of the fingerprints."""
    if hasattr(finding.where, "tables"):
        return _counted_together(finding, prints)
    there = map(finding.fingerprint_at, finding.where or (Location(),))
    return Counter(each for each in there if each in prints)


def _counted_together(finding: Finding, prints: frozenset[str]) -> Counter[str]:
    """The same where places come as tables: the keys that their contents must have, instead of the fingerprints of millions."""
    import numpy as np

    keyed = int(finding.keyed, 16)
    keys = {(int(each, 16) ^ keyed).to_bytes(16, "big"): each for each in prints}
    sought = np.array(list(keys), "V16")
    counts = Counter[str]()
    for table in finding.where.tables():  # type: ignore[attr-defined]
        digests = np.frombuffer(table["digest"].combine_chunks().buffers()[1], "V16", table.num_rows)
        counts.update(keys[each] for each in digests[np.isin(digests, sought)].tolist())
    return counts


def _marked(finding: Finding, waivers: Mapping[str, Waiver], met: _Met, today: date) -> Finding:
    """The finding, waived as a whole or place by place; or not, and then with how many of its places are."""
    waiver = waivers.get(finding.fingerprint)
    if waiver is not None and finding.fingerprint in met.findings:
        holds = waiver.until >= today and finding.count <= waiver.places
        return dataclasses.replace(finding, waived=_mark(waiver) if holds else None)
    there = [(waivers[print_], count) for print_, some in met.places.items() for each, count in some if each is finding]
    held = [(each, count) for each, count in there if each.until >= today]
    covered = sum(count for _, count in held)
    if covered and covered == len(finding.where or (None,)) >= finding.count:
        first = min((each for each, _ in held), key=lambda each: (each.until, each.fingerprint))
        return dataclasses.replace(finding, waived={**_mark(first), "waivers": len(held)})
    evidence = {**finding.evidence, "waived_places": covered} if covered else finding.evidence
    return dataclasses.replace(finding, waived=None, evidence=evidence)


def _mark(waiver: Waiver) -> dict[str, Json]:
    said = {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "until": waiver.until.isoformat(),
        "by": waiver.fingerprint,
        "file": waiver.file,
    }
    return said if waiver.ticket is None else {**said, "ticket": waiver.ticket}


def _state(waiver: Waiver, met: _Met, report: Report, today: date) -> State:
    meant = met.findings.get(waiver.fingerprint)
    if meant is None and waiver.fingerprint not in met.places:
        return "unused" if _looked_for(waiver, report) else "not looked for"
    if waiver.until < today:
        return "expired"
    return "outgrown" if meant is not None and meant.count > waiver.places else "holds"


def _looked_for(waiver: Waiver, report: Report) -> bool:
    """Whether the audit would have found what is waived, were it there, and all places of its rule are at hand."""
    if any(0 < len(each.where) < each.count and waiver.rule in (None, each.rule) for each in report.findings):
        return False
    if waiver.rule is None:
        return not (report.config.get("select") or report.config.get("ignore"))
    return any(each.rule == waiver.rule and each.status in ("passed", "failed") for each in report.outcomes)


def _told(waiver: Waiver, met: _Met, report: Report, today: date, of_policy: bool) -> list[Finding]:
    """What is to be said of a waiver."""
    state, meant = _state(waiver, met, report, today), met.findings.get(waiver.fingerprint)
    what = f"the waiver of {_named(waiver, met)} by {waiver.owner}"
    where = (Location(file=waiver.file, line=waiver.line),)
    evidence = {"waiver": waiver.fingerprint, "until": waiver.until.isoformat(), "owner": waiver.owner, "reason": waiver.reason}
    told = []
    if state == "expired":
        rule = catalogue.LIC026 if of_policy else catalogue.WAIV001
        told.append(found(rule, f"{what} ended on {waiver.until}", waiver.fingerprint, where=where, evidence=evidence))
    if state == "unused":
        told.append(found(catalogue.WAIV002, f"{what} excuses nothing", waiver.fingerprint, where=where, evidence=evidence))
    if meant is not None and meant.count > waiver.places:
        message = f"{what} covers {waiver.places:,} of {meant.count:,} places"
        grown = {**evidence, "places": waiver.places, "found": meant.count}
        told.append(found(catalogue.WAIV003, message, waiver.fingerprint, where=where, evidence=grown))
    return told


def _named(waiver: Waiver, met: _Met) -> str:
    """The finding by its rule, as far as it is known, and the beginning of the fingerprint."""
    meant = met.findings.get(waiver.fingerprint) or next((each for each, _ in met.places.get(waiver.fingerprint, ())), None)
    rule = meant.rule if meant is not None else waiver.rule
    return f"{rule} {waiver.fingerprint[:12]}" if rule else waiver.fingerprint[:12]


def _row(waiver: Waiver, met: _Met, report: Report, today: date) -> dict[str, Json]:
    meant = met.findings.get(waiver.fingerprint)
    covers = meant.count if meant is not None else sum(count for _, count in met.places.get(waiver.fingerprint, ()))
    state = _state(waiver, met, report, today)
    return {**_mark(waiver), "rule": waiver.rule, "places": waiver.places, "line": waiver.line, "state": state, "covers": covers}
