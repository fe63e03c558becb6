"""`auditor license NAME`: a licence name as an SPDX expression."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from auditor.licenses import Resolution


@click.command("license")
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to answer.")
@click.pass_context
def command(ctx: click.Context, name: str, form: str) -> None:
    """Turn the licence NAME into an SPDX expression; `-` reads names from standard input, one a line.

    Nothing is guessed: a family ("gpl"), a name without its version or several licences at once are said to be ambiguous.

    \b
    Example:
      auditor license "CC BY-NC-SA 4.0"

    \b
    Exit codes:
      0 all resolved   1 not all
    """
    from auditor.licenses import resolve

    names = sys.stdin.buffer.read().decode("utf-8", "replace").split("\n") if name == "-" else [name]
    if name == "-" and names[-1] == "":
        names.pop()
    found = [resolve(each.removesuffix("\r")) for each in names]
    for each in found:
        click.echo(_as_json(each) if form == "json" else _as_text(each, len(found) > 1))
    ctx.exit(0 if all(each.status == "resolved" for each in found) else 1)


def _as_json(found: Resolution) -> str:
    fields = ("input", "expression", "status", "suggestions")
    return json.dumps({field: getattr(found, field) for field in fields})


def _as_text(found: Resolution, several: bool) -> str:
    from auditor.reports.wording import visible

    answer = found.expression or found.status
    if found.note:
        answer += f" ({found.note})"
    if found.suggestions and not found.expression:
        answer += f"; did you mean {', '.join(found.suggestions)}?"
    return visible(f"{found.input}: {answer}" if several else answer)
