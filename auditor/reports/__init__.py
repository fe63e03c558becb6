"""Ways out: each file turns the report into one format, and is only loaded when that format is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from auditor.model import AuditorError, Report

FORMATS = (
    "text",
    "json",
    "html",
    "markdown",
    "spdx",
)


def render(format: str, report: Report) -> str:  # noqa: A002
    """The report in one of FORMATS; AuditorError for any other."""
    if format not in FORMATS:
        raise AuditorError(f"there is no report format {format!r}", f"choose one of {', '.join(FORMATS)}")
    way_out: Callable[[Report], str] = importlib.import_module(f"{__name__}.{format}").render
    return way_out(report)
