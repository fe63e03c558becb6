"""`auditor explain RULE`: the page of a rule."""

from __future__ import annotations

import click

from auditor.cli import completion
from auditor.running.chosen import unknown_rule


@click.command("explain")
@click.argument("rule", shell_complete=completion.rules)
def command(rule: str) -> None:
    """Explain RULE (an id or a name): what it finds, why it matters, how to mend it, with an example of each.

    \b
    Example:
      auditor explain LEAK002
    """
    from auditor.check import rules
    from auditor.reports.rule import page

    known = {name.casefold(): each for each in rules().values() for name in (each.id, each.name)}
    if rule.casefold() not in known:
        raise unknown_rule(rule, [name for each in rules().values() for name in (each.id, each.name)])
    click.echo(page(known[rule.casefold()]))
