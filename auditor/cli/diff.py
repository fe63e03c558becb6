"""`auditor diff OLD NEW`: two versions of a dataset, or their saved reports, set side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from auditor.cli import scan
from auditor.cli.options import Checked, Headed, how
from auditor.model import Severity

if TYPE_CHECKING:
    from auditor.model import Json, Report

FORMATS = ("text", "markdown", "json")
HEADINGS = {
    "What comes out": ("output", "fail_on", "quiet"),
    **{heading: scan.HEADINGS[heading] for heading in ("What is read", "What the columns are for")},
    "What is looked for": tuple(name for name in scan.HEADINGS["What is looked for"] if name != "drift_baseline"),
    "What is accepted": ("policy", "use", "waivers"),
    "How it is done": ("no_text", "workers", "max_memory", "work_dir", "verbose", "no_color"),
}
OWN = ("output", "fail_on", "quiet")
OUTPUTS = "text, markdown or json; without PATH to standard output (repeatable).  [default: text]"
AUDITING = tuple(name for heading, names in HEADINGS.items() if heading != "What comes out" for name in names)
"""The options with which datasets are audited: those of `scan`."""
SILENT = ("verbose", "no_color")
"""Those of them that do no harm where nothing is audited."""


def form_and_path(value: str) -> tuple[str, str | None]:
    """FORMAT or FORMAT:PATH as the two."""
    form, _, path = value.partition(":")
    if form not in FORMATS:
        raise ValueError(f"{form!r} is no format; one of {', '.join(FORMATS)} is expected, as FORMAT or FORMAT:PATH")
    return form, path or None


FORMATTED: Mapping[str, Any] = {"multiple": True, "type": Checked("FORMAT[:PATH]", form_and_path), "help": OUTPUTS}
FAIL_ON = "Exit with 1 where something this bad got worse.  [default: what the policy says, mostly high]"
ASKED = [param for param in scan.command.params if param.name in {*AUDITING, "debug"}]


@click.command("diff", cls=Headed, headings=HEADINGS, params=ASKED)
@click.argument("old")
@click.argument("new")
@click.option("-o", "output", **FORMATTED)
@click.option("--fail-on", type=click.Choice([str(each) for each in Severity]), help=FAIL_ON)
@click.option("--quiet", is_flag=True, help="No progress; of the text only the last line.")
@click.pass_context
def command(ctx: click.Context, /, old: str, new: str, **options: Any) -> None:
    """Say how the dataset NEW differs from OLD, and what of it is worse. Each is a folder, file or database, or a saved JSON report.

    Datasets are audited first, both with the same options. Which records moved, came or went is told of two datasets.

    \b
    Example:
      auditor scan my_dataset/ -o json:january.json
      auditor diff january.json my_dataset/ -o markdown:comment.md

    \b
    Exit codes:
      0 nothing got worse   1 something did, at or above --fail-on
      2 wrong option or file   3 one side could not be audited
    """
    from auditor.comparing.diff import as_json, compared, document
    from auditor.comparing.sides import is_report, sides

    given = [name for name in AUDITING if name not in SILENT and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given and is_report(old) and is_report(new):
        flag = f"--{given[0].replace('_', '-')}"
        raise click.UsageError(f"{flag} is for audits, and both OLD and NEW are saved reports", ctx)
    before, after = sides(old, new, lambda place, columns: _audited(place, columns, options))
    diff = compared(before, after, None if options["fail_on"] is None else Severity.of(options["fail_on"]))
    from auditor.comparing import shown

    ways = {"text": lambda: shown.text(diff), "markdown": lambda: shown.markdown(diff), "json": lambda: as_json(document(diff))}
    written(options, ways, shown.verdict_line(diff))
    ctx.exit(diff.exit_code)


def _audited(place: str, columns: tuple[str, ...], options: Mapping[str, Any]) -> Report:
    """The report on a dataset with what its records hold; where that is asked of some columns, with nothing else."""
    from auditor.cli.progress import watching
    from auditor.running.auditing import audited

    asked, apart = scan.asked_for(place, {**options, "baseline": None, "lock": None, "drift_baseline": None})
    asked = dataclasses.replace(asked, baseline="", lock="", drift_baseline="")  # what a configuration names: here it is the old version
    extra: dict[str, Json] = {"contents": {"columns": columns}}
    if columns:
        asked = dataclasses.replace(asked, select=("INPUT",), ignore=(), schema=None, against=(), policy="default")
    else:
        extra["profile"] = {}
    with watching(options) as progress:
        return audited(place, asked, how(options), progress, apart=apart, key=None if columns else options["key"], extra=extra)


def written(options: Mapping[str, Any], ways: Mapping[str, Any], last: str) -> None:
    """Writes in the formats that were asked for; the last line to standard error where all of it goes to files."""
    from auditor.doors.files import replacing
    from auditor.reports.wording import visible

    outputs = options["output"] or (("text", None),)
    for form, path in outputs:
        if path is not None:
            with replacing(Path(path)) as temporary:
                temporary.write_text(ways[form](), encoding="utf-8")
        elif form == "text" and options["quiet"]:
            click.echo(visible(last))
        else:
            click.echo(ways[form](), nl=False)
    if not options["quiet"] and all(path is not None for _, path in outputs):
        click.echo(visible(last), err=True)
