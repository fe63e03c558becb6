"""`auditor schema`: JSON Schemas of the files that people write and read, and rule files to and from other formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.model import AuditorError
from auditor.schemas.exchange import FORMATS

if TYPE_CHECKING:
    from auditor.model import Json


@click.group("schema")
def command() -> None:
    """Show the JSON Schemas of configurations, reports and rule files; bring rule files from other formats, and to them.

    \b
    Example:
      auditor schema rules > rules.schema.json
    """


@command.command("config")
def config() -> None:
    """The JSON Schema of auditor.yaml.

    \b
    Example:
      auditor schema config > auditor.schema.json
    """
    from auditor.config import described
    from auditor.schemas.published import DRAFT

    _show(
        {"$schema": DRAFT, "title": "Configuration of auditor", "type": "object", "properties": described(), "additionalProperties": False}
    )


@command.command("report")
def report() -> None:
    """The JSON Schema of the JSON report, auditor/report/1.

    \b
    Example:
      auditor schema report > report.schema.json
    """
    from auditor.schemas import published

    _show(published.report())


@command.command("diff")
def diff() -> None:
    """The JSON Schema of what `auditor diff -o json` writes, auditor/diff/1.

    \b
    Example:
      auditor schema diff > diff.schema.json
    """
    from auditor.schemas import published

    _show(published.diff())


@command.command("rules")
def rules() -> None:
    """The JSON Schema of rule files, with which an editor completes and checks them.

    \b
    Example:
      auditor schema rules > rules.schema.json
    """
    from auditor.schemas import published

    _show(published.rules())


@command.command("waivers")
def waivers() -> None:
    """The JSON Schema of auditor-waivers.yaml.

    \b
    Example:
      auditor schema waivers > waivers.schema.json
    """
    from auditor.schemas.published import DRAFT
    from auditor.waivers.file import described

    listed = {"waivers": {"type": "array", "items": described()}}
    _show({"$schema": DRAFT, "title": "Waivers of auditor", "type": "object", "properties": listed, "additionalProperties": False})


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "output", type=click.Path(path_type=Path), metavar="PATH", help="Where the rule file goes.  [default: standard output]")
@click.option("--part", metavar="NAME", help="Which of several tables: a resource, record set or configuration.")
def import_(file: Path, output: Path | None, part: str | None) -> None:
    """Make a rule file of FILE: a Great Expectations suite, Table Schema, data package, JSON Schema, Croissant, or a Hugging Face card.

    What a rule file cannot say stands in comments at its top.

    \b
    Example:
      auditor schema import datapackage.json -o rules/schemas/mine.yaml
    """
    from auditor.schemas.exchange import imported

    draft = imported(file, part)
    _given(draft.text(), output, draft.notes)


@command.command("export")
@click.argument("rules")
@click.option("--to", required=True, type=click.Choice(FORMATS), help="The format.")
@click.option("-o", "output", type=click.Path(path_type=Path), metavar="PATH", help="Where it goes.  [default: standard output]")
def export(rules: str, to: str, output: Path | None) -> None:
    """Write RULES, a rule file or the name of one in rules/schemas, in another format; what that cannot say is told on standard error.

    \b
    Example:
      auditor schema export text_classification --to json-schema
    """
    from auditor.rulebook import preset_or_file
    from auditor.schemas.exchange import exported
    from auditor.schemas.suites import rule_file

    file = rule_file(preset_or_file("schemas", rules))
    if file is None:
        raise AuditorError(f"{rules} is no rule file: it has no key `auditor`", "`auditor schema import` makes one of other formats")
    found = exported(file, to)
    _given(found.text, output, found.notes)


def _given(text: str, output: Path | None, notes: Sequence[str]) -> None:
    """The text where it is to go, and what is lost on standard error."""
    from auditor.doors.files import replacing
    from auditor.reports.wording import visible

    if output is None:
        click.echo(text, nl=False)
    else:
        with replacing(output) as temporary:
            temporary.write_text(text, encoding="utf-8")
    for note in notes:
        click.echo(f"note: {visible(note)}", err=True)


def _show(schema: Json) -> None:
    click.echo(json.dumps(schema, indent=1))
