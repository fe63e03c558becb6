"""Ways out: each file turns the report into one format, and is only loaded when that format is asked for."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable

from auditor.model import AuditorError, Report

FORMATS = (
    "text",
    "json",
    "html",
    "markdown",
    "sarif",
    "junit",
    "github",
    "gitlab",
    "csv",
    "oscal",
    "badge",
    "spdx",
    "spdx3",
    "cyclonedx",
    "croissant",
    "attribution",
    "eu53",
    "ab2013",
)

SHOWING_CONTROLS = frozenset({"json", "html", "markdown", "oscal", "cyclonedx"})
"""The formats that say what the report is evidence of; for the others no framework is loaded."""


def render(format: str, report: Report) -> str:  # noqa: A002
    """The report in one of FORMATS; AuditorError for any other."""
    if format not in FORMATS:
        raise AuditorError(f"there is no report format {format!r}", f"choose one of {', '.join(FORMATS)}")
    if format in SHOWING_CONTROLS:
        report = _with_controls(report)
    way_out: Callable[[Report], str] = importlib.import_module(f"{__name__}.{format}").render
    return way_out(report)


def summary(report: Report, taken: int = 0) -> str:
    """The report in Markdown for the summary of a build step that holds `taken` bytes already; "" where there is no room left."""
    from auditor.reports import markdown

    return markdown.summary(_with_controls(report), taken)


def _with_controls(report: Report) -> Report:
    if "frameworks" in report.sections:
        return report
    from auditor.frameworks.evidence import assessed

    return dataclasses.replace(report, sections={**report.sections, "frameworks": assessed(report)})
