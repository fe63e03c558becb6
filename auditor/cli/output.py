"""Where a report goes: to files and standard output, in the formats that were asked for."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import completion
from auditor.cli.options import Checked
from auditor.model import AuditorError
from auditor.reports import FORMATS

if TYPE_CHECKING:
    from auditor.model import Report

_COLOURED = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"})
"""What rich takes as a terminal that shows colours, where standard output is none."""

OUTPUTS = f"{', '.join(FORMATS)}; without PATH to standard output (repeatable).  [default: text]"


def form_and_path(value: str) -> tuple[str, str | None]:
    """FORMAT or FORMAT:PATH as the two."""
    form, _, path = value.partition(":")
    if form not in FORMATS:
        raise ValueError(f"{form!r} is no format; one of {', '.join(FORMATS)} is expected, as FORMAT or FORMAT:PATH")
    return form, path or None


FORMATTED: Mapping[str, Any] = {"multiple": True, "type": Checked("FORMAT[:PATH]", form_and_path), "shell_complete": completion.formats}
"""How an option for FORMAT[:PATH] is read and completed."""


def check_folders(options: Mapping[str, Any]) -> None:
    """AuditorError, before an audit that may take long, where a file of the option `output` would lie in no folder."""
    for _, path in options["output"]:
        if path is not None and not Path(path).parent.is_dir():
            raise AuditorError(f"{path} cannot be written: there is no folder {Path(path).parent}", "make the folder, or name another")


def written(report: Report, options: Mapping[str, Any]) -> None:
    """Writes the report by the options `output`, `quiet` and `no_color`; the verdict to standard error where all of it goes to files."""
    from auditor.doors.files import replacing
    from auditor.reports import render
    from auditor.reports.views import verdict_line

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every encoding has all that a dataset may say
    outputs: Sequence[tuple[str, str | None]] = options["output"] or _usual()
    for form, path in outputs:
        if path is not None:
            with replacing(Path(path)) as temporary:
                temporary.write_text(render(form, report), encoding="utf-8")
        elif form == "text":
            _text(report, options)
        else:
            click.echo(render(form, report), nl=False)
    if ("github", None) in outputs:
        _summarised(report)
    if not options["quiet"] and all(path is not None for _, path in outputs):
        click.echo(verdict_line(report), err=True)


def _usual() -> tuple[tuple[str, None], ...]:
    """What is written where nothing is asked for: the report as text, and on GitHub Actions its annotations too."""
    return (("text", None), ("github", None)) if os.environ.get("GITHUB_ACTIONS") == "true" else (("text", None),)


def _summarised(report: Report) -> None:
    """Adds the report to the summary of the build step, where there is one (GITHUB_STEP_SUMMARY)."""
    from auditor.reports import summary

    path = Path(os.environ.get("GITHUB_STEP_SUMMARY", ""))
    if not path.name:
        return
    try:
        page = summary(report, path.stat().st_size if path.exists() else 0)
        with path.open("a", encoding="utf-8") as file:
            file.write(page)
    except OSError as error:
        raise AuditorError(f"GITHUB_STEP_SUMMARY: {path} cannot be written ({error.strerror})", "name a file that can be written") from None
    if not page:
        click.echo("auditor: the summary of this step is full; nothing was added to it", err=True)


def _text(report: Report, options: Mapping[str, Any]) -> None:
    from auditor.reports.text import render, styled
    from auditor.reports.views import verdict_line

    if options["quiet"]:
        click.echo(verdict_line(report))
        return
    if not sys.stdout.isatty() and _COLOURED.isdisjoint(os.environ):
        click.echo(render(report), nl=False)
        return
    from rich.console import Console  # a seventh of the time that an audit of a few documents takes

    Console(no_color=options["no_color"] or None, soft_wrap=True, highlight=False, markup=False, emoji=False).print(styled(report), end="")
