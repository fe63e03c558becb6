"""The findings as CSV by RFC 4180, one a row, for spreadsheets: no cell is a formula."""

from __future__ import annotations

import csv
import io

from auditor.model import Finding, Location, Report
from auditor.reports import views
from auditor.reports.wording import cut, unheeded, visible

COLUMNS = (
    *("rule", "name", "severity", "waived", "message", "count", "split", "row", "column", "file", "line"),
    *("check", "fingerprint", "waived_until", "waived_by", "waived_because"),
)
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet computes; the last four are what some turn into the first four."""
WORDS = 10_000
"""Characters of a cell; spreadsheets hold 32,767."""


def render(report: Report) -> str:
    """The header, then the findings, the worst first, each with its first place and the number of all of them.

    A text that begins like a formula has an apostrophe before it. Texts are in quotes, numbers are not.
    """
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    rows.writerow(COLUMNS)
    rows.writerows([_cell(each) for each in _row(finding)] for finding in views.ordered(report))
    return written.getvalue()


def _row(finding: Finding) -> tuple[str | int | None, ...]:
    place = next(iter(finding.where), None) or Location()
    waiver = finding.waived or {}
    return (
        *(finding.rule, finding.name, str(finding.severity), "no" if finding.waived is None else "yes", finding.message, finding.count),
        *(place.split, place.row, place.column, place.file, place.line, finding.check, finding.fingerprint),
        *(waiver.get("until"), waiver.get("owner"), waiver.get("reason")),
    )


def _cell(value: str | int | None) -> str | int:
    if isinstance(value, int):
        return value
    text = unheeded(cut(visible("" if value is None else value), WORDS))
    return f"'{text}" if text.lstrip().startswith(FORMULAS) else text
