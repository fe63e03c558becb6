"""The report as GitLab Code Quality: what a merge request shows beside the files it changes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from auditor.model import Finding, Json, Report, Severity
from auditor.reports import anchors, views
from auditor.reports.wording import cut, visible

SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}
WORDS = 1_000


def render(report: Report) -> str:
    """A list with one entry a finding, at its first place. The format knows no waivers: a waived finding is `info`, and says so."""
    return json.dumps([_entry(report, each) for each in views.ordered(report)], indent=1).replace("##", "#\\u0023") + "\n"


def _entry(report: Report, finding: Finding) -> Json:
    path, line = anchors.anchored(report, finding)
    return {
        "description": cut(visible(f"{finding.rule} {finding.name}, {views.level(finding)}: {finding.message}"), WORDS),
        "check_name": cut(visible(finding.rule), WORDS),
        "fingerprint": finding.fingerprint,
        "severity": "info" if finding.waived is not None else SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": line}},
    }
