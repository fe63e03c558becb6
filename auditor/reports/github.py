"""The report as workflow commands of GitHub Actions: annotations of files, few enough that none is dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from auditor.model import Finding, Report, Severity
from auditor.reports import anchors, views
from auditor.reports.wording import counted, cut, unheeded, visible

SHOWN = 9
"""Annotations before the one that counts the rest: a step has at most 10 of each kind, and those beyond are dropped in silence."""
PLACES, WORDS, TITLE = 3, 1_000, 200
KINDS: Mapping[Severity, str] = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}


def render(report: Report) -> str:
    """A command a line, for the findings, the worst first; an incomplete audit begins with an error that says why. Nothing where there is
    nothing to say."""
    return "".join(f"{line}\n" for line in _commands(report))


def _commands(report: Report) -> Iterator[str]:
    incomplete = report.verdict == "incomplete"
    if incomplete:
        reasons = "\n".join(report.reasons[:PLACES]) or "nothing was looked at"
        yield _command("error", {"title": "the audit could not be completed"}, reasons)
    findings = views.ordered(report)
    shown = SHOWN - incomplete
    yield from (_annotation(report, each) for each in findings[:shown])
    if rest := findings[shown:]:
        levels = ", ".join(f"{count} {level}" for level, count in Counter(map(views.level, rest)).items())
        yield _command("notice", {"title": "auditor"}, f"and {counted(len(rest), 'more finding')}: {levels}")


def _annotation(report: Report, finding: Finding) -> str:
    path, line = anchors.anchored(report, finding)
    shown, more = views.places(finding, PLACES, WORDS // PLACES)
    lines = [finding.message, *shown, *([f"and {counted(more, 'more place')}"] if more else []), f"auditor explain {finding.rule}"]
    kind = "notice" if finding.waived is not None else KINDS[finding.severity]
    title = f"{finding.rule} {finding.name}: {views.level(finding)}"
    return _command(kind, {"file": path, "line": str(line), "title": title}, "\n".join(lines))


def _command(kind: str, properties: Mapping[str, str], message: str) -> str:
    """A workflow command, escaped as the runner unescapes: properties also where they would end."""
    given = ",".join(f"{key}={_escaped(_words(value, TITLE if key == 'title' else len(value)), ':,')}" for key, value in properties.items())
    lines = (_escaped(_words(line, WORDS)) for line in message.split("\n"))
    return f"::{kind} {given}::{'%0A'.join(lines)}"


def _words(text: str, width: int) -> str:
    return unheeded(cut(visible(text), max(width, 1)))


def _escaped(text: str, more: str = "") -> str:
    return re.sub(f"[%\r\n{more}]", lambda match: f"%{ord(match[0]):02X}", text)
