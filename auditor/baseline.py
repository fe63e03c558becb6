"""A report set against an earlier one: what is known, what is new or has grown, and what is gone. Counts may only fall."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

from auditor.model import AuditorError, Finding, Json, Report


def compared(report: Report, baseline: Report, name: str) -> Report:
    """The report, each finding marked as known or not, and with a section `baseline`; `name` is that of the baseline's file.

    A finding is known if the baseline has it (by its fingerprint) with as many places or more. What is waived in the baseline is not
    known by it, or a waiver would never end. AuditorError where the baseline is about another dataset.
    """
    mine, other = report.dataset.get("name"), baseline.dataset.get("name")
    if mine != other:
        cure = f"name a report on {mine!r}; a dataset is known by the name of its folder"
        raise AuditorError(f"--baseline: {name} is a report on {other!r}, not on {mine!r}", cure)
    before, now = counts(baseline.findings), counts(report.findings)
    known = {print_ for print_, count in now.items() if count <= before[print_]}
    findings = tuple(dataclasses.replace(each, known=each.fingerprint in known) for each in report.findings)
    gone = [each for each in baseline.findings if each.waived is None and each.fingerprint not in now]
    grown = [_row(each, before=before[each.fingerprint]) for each in findings if not each.known and before[each.fingerprint]]
    section = {
        "report": name,
        "digest": baseline.dataset.get("digest"),
        "known": sum(each.known is True for each in findings),
        "new": sum(each.known is False for each in findings),
        "grown": grown,
        "gone": [_row(each) for each in gone],
    }
    return dataclasses.replace(report, findings=findings, sections={**report.sections, "baseline": section})


def counts(findings: Iterable[Finding]) -> Counter[str]:
    """How many places each finding has that nobody has waived."""
    counts = Counter[str]()
    for each in findings:
        if each.waived is None:
            counts[each.fingerprint] += each.count
    return counts


def _row(finding: Finding, **more: Json) -> dict[str, Json]:
    return {"rule": finding.rule, "fingerprint": finding.fingerprint, "message": finding.message, "count": finding.count, **more}
