"""The report as SARIF 2.1.0, as GitHub code scanning takes it: each result has a place in the working tree, waived ones are suppressed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping

from auditor.check import rules
from auditor.model import Finding, Json, Location, Report, Rule, Severity, family
from auditor.policy import EXIT_CODES
from auditor.reports import anchors, views
from auditor.reports.rule import page
from auditor.reports.wording import counted, cut, moment, number, said, visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LIMIT = 10_000_000
"""Characters (all are ASCII): what code scanning takes."""
RESULTS, PLACES, LOCATIONS = 5_000, 100, 10_000
"""What is kept of a run: results, places of each, and places altogether."""
WORDS, REASONS = 1_000, 50
LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note"}
SECURITY = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.5", Severity.INFO: "0.0"}
"""What code scanning calls critical, high, medium and low; given for rules of these families only."""
SECURED = ("PII", "SEC", "POIS")
ENDS = {0: "may pass", 1: "may not pass", 3: "the audit could not be completed"}


def render(report: Report) -> str:
    """The log: one run, a result for each finding, the worst first; what is left out is counted in a notification."""
    places = max(1, min(PLACES, LOCATIONS // max(1, len(report.findings))))
    text = ""
    for results, each in ((RESULTS, places), (RESULTS, 1), (RESULTS // 10, 1), (RESULTS // 100, 1)):
        text = json.dumps(_log(report, results, each), sort_keys=True, indent=1).replace("##", "#\\u0023") + "\n"
        if len(text) <= LIMIT:
            break
    return text


def _log(report: Report, results: int, places: int) -> Json:
    findings = views.ordered(report)
    described = _rules(report)
    index = {name: place for place, name in enumerate(described)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "auditor", "version": _words(report.version, 100), "rules": list(described.values())}},
                "automationDetails": {"id": f"auditor/{_words(report.dataset.get('name'), 100)}"},
                "invocations": [_invocation(report, findings, results)],
                "results": [_result(report, each, index, places) for each in findings[:results]],
                "properties": {
                    "verdict": report.verdict,
                    "summary": _words(views.verdict_line(report)),
                    "digest": _words(report.dataset.get("digest")),
                    "results": len(findings),
                },
            }
        ],
    }


def _words(text: object, width: int = WORDS) -> str:
    """Text in which nothing is a link: those of SARIF messages look like those of Markdown."""
    return cut(visible(text), width).replace("](", "] (")


def _rules(report: Report) -> dict[str, Json]:
    """The descriptors of all rules that were looked for or found, by id."""
    names = {each.rule: each.name for each in report.findings} | {each.rule: each.name for each in report.outcomes}
    return {_words(rule, 100): _descriptor(rule, name, rules().get(rule)) for rule, name in sorted(names.items())}


def _descriptor(rule: str, name: str, known: Rule | None) -> Json:
    unknown = "This version of auditor does not know the rule."
    described = {
        "id": _words(rule, 100),
        "name": _words(name, 100),
        "shortDescription": {"text": known.summary if known else unknown},
        "fullDescription": {"text": known.why if known else unknown},
        "help": {"text": f"{known.why}\n\n{known.fix}", "markdown": page(known)} if known else {"text": unknown},
        "properties": {"tags": [_words(views.FAMILIES.get(family(rule), "Other"))]},
    }
    if known:
        described["defaultConfiguration"] = {"level": LEVELS[known.severity]}
        if known.family in SECURED:
            described["properties"] = {"tags": ["security"], "security-severity": SECURITY[known.severity]}
    return described


def _result(report: Report, finding: Finding, index: Mapping[str, int], places: int) -> Json:
    shown: list[Location | None] = list(itertools.islice(finding.where, places)) or [None]
    more = finding.count - len(shown) if finding.where else 0
    message = _words(finding.message) + (f" (and {counted(more, 'more place')})" if more > 0 else "")
    rule = _words(finding.rule, 100)
    return {
        "ruleId": rule,
        "ruleIndex": index[rule],
        "level": LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location(report, each) for each in shown],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint, "auditor/v1": finding.fingerprint},
        "suppressions": [] if finding.waived is None else [_suppression(finding.waived)],
        "properties": {"severity": str(finding.severity), "count": finding.count},
    }


def _location(report: Report, place: Location | None) -> Json:
    path, line = anchors.anchor(report, place)
    at: dict[str, Json] = {"physicalLocation": {"artifactLocation": {"uri": anchors.uri(path)}, "region": {"startLine": line}}}
    if place is not None:
        at["message"] = {"text": _words(views.place(place), 300)}
    return at


def _suppression(waiver: Mapping[str, Json]) -> Json:
    return {"kind": "external", "status": "accepted", "justification": _words(said(waiver))}


def _invocation(report: Report, findings: list[Finding], results: int) -> Json:
    code = EXIT_CODES[report.verdict]
    return {
        "executionSuccessful": report.verdict != "incomplete",
        "exitCode": code,
        "exitCodeDescription": ENDS[code],
        "startTimeUtc": moment(report),
        "toolExecutionNotifications": list(_notifications(report, len(findings), results)),
    }


def _notifications(report: Report, found: int, listed: int) -> Iterator[Json]:
    reasons = report.reasons if report.verdict == "incomplete" else ()
    for reason in reasons[:REASONS]:
        yield {"level": "error", "message": {"text": _words(reason)}}
    if len(reasons) > REASONS:
        yield {"level": "error", "message": {"text": f"and {counted(len(reasons) - REASONS, 'more reason')}"}}
    if found > listed:
        yield {"level": "warning", "message": {"text": f"{number(listed)} of {counted(found, 'result')} are listed, the worst first"}}
