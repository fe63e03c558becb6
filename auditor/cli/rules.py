"""`auditor rules`: what can be found."""

from __future__ import annotations

import json

import click


@click.command("rules")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to list them.")
def command(form: str) -> None:
    """List every rule: its id, its name, how severe it is by default, and what it finds.

    \b
    Example:
      auditor rules
    """
    from auditor.check import rules

    if form == "json":
        fields = ("id", "name", "family", "summary", "why", "fix")
        listed = [{field: getattr(rule, field) for field in fields} | {"severity": str(rule.severity)} for rule in rules().values()]
        click.echo(json.dumps(listed, indent=1))
        return
    width = max(len(rule.name) for rule in rules().values())
    for rule in rules().values():
        click.echo(f"{rule.id:<9} {rule.name:<{width}}  {rule.severity!s:<8}  {rule.summary}")
    click.echo("\nnext: auditor explain LEAK002")
