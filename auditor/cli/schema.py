"""`auditor schema`: JSON Schemas of the files that people write and read, and rule files to and from other formats."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

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


@command.command("rules")
def rules() -> None:
    """The JSON Schema of rule files, with which an editor completes and checks them.

    \b
    Example:
      auditor schema rules > rules.schema.json
    """
    from auditor.schemas import published

    _show(published.rules())


def _show(schema: Json) -> None:
    click.echo(json.dumps(schema, indent=1))
