"""`auditor rules`: what can be found; `auditor rules test`: which faults the rules of a file find."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.sampled import records, sampled

if TYPE_CHECKING:
    from auditor.mutating import Trial

SHOWN = 40
"""How many mutants that were not killed, and rules that killed none, the text shows."""

_UNTRIED = {
    "failed": "failed on the sound records",
    "error": "error on the sound records",
    "not covered": "only Great Expectations can judge it",
}

LEAST = "Exit with 1 if a smaller share of the mutants is killed that a rule can tell."


@click.group("rules", invoke_without_command=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to list them.")
@click.pass_context
def command(ctx: click.Context, form: str) -> None:
    """List every rule: its id, its name, how severe it is by default, and what it finds.

    \b
    Example:
      auditor rules
      auditor rules test rules/schemas/my_dataset.yaml my_dataset/
    """
    if ctx.invoked_subcommand is not None:
        return
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


@command.command("test")
@click.argument("schema", type=str)
@click.argument("dataset", type=str)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N", help="Which records are spoilt.")
@click.option("--min-killed", type=click.FloatRange(0, 1), default=0.0, show_default=True, metavar="SHARE", help=LEAST)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to tell it.")
@sampled
@click.pass_context
def test(ctx: click.Context, /, schema: str, dataset: str, seed: int, min_killed: float, form: str, **options: Any) -> None:
    """Try the rules of SCHEMA on records of DATASET that are spoilt on purpose, one fault at a time.

    Says which faults (mutants) the rules find (kill), which they do not although a rule about records can tell them, and which rules
    find none of them.

    \b
    Example:
      auditor rules test rules/schemas/my_dataset.yaml my_dataset/ --min-killed 0.9

    \b
    Exit codes:
      0 enough are killed   1 fewer than --min-killed   2 wrong option   3 not all could be read
    """
    from auditor import mutating
    from auditor.rulebook import preset_or_file
    from auditor.schemas.suites import load_suite

    path = preset_or_file("schemas", schema)
    suite = load_suite(path)
    table, _, _, _ = records(dataset, options, 0.0, (Path(schema),))
    trial = mutating.tried(suite, table, seed)
    click.echo(json.dumps(trial.as_json(), indent=1) if form == "json" else _text(trial), nl=form == "json")
    ctx.exit(1 if trial.share < min_killed else 0)


def _text(trial: Trial) -> str:
    """The trial for people."""
    from auditor.reports.wording import visible

    lines = []
    unsound = [(name, status) for name, status in trial.sound.items() if status in {"failed", "error", "not covered"}]
    lines += [f"not tried  {visible(name)}: {_UNTRIED[status]}" for name, status in unsound]
    alive = [each for each in trial.killable if not each.killers]
    idle = [name for name, kills in trial.kills.items() if not kills]
    for title, names in (("alive     ", [each.name for each in alive]), ("idle rule ", idle)):
        lines += [f"{title} {visible(name)}" for name in names[:SHOWN]]
        lines += [f"{title} and {len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    lines += [] if trial.killable else ["nothing is shown of the rules: the sound data do not say of any mutant that a rule can tell it"]
    others = [each for each in trial.mutants if not each.killable]
    killed, by_luck = (sum(bool(each.killers) for each in some) for some in (trial.killable, others))
    lines.append(f"{killed:,} of {len(trial.killable):,} mutants killed ({trial.share:.1%}), made of {trial.records:,} records")
    lines.append(f"and {by_luck:,} of {len(others):,} of which the sound data do not say that a rule can tell them")
    return "".join(f"{line}\n" for line in lines)
