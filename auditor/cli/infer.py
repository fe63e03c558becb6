"""`auditor infer DATASET -o FILE`: a rule file from the records themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor import __version__
from auditor.cli.sampled import records, sampled
from auditor.model import AuditorError, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.inference.updating import Change
    from auditor.inference.written import Inferred

HOLDOUT = "The share of the records on which rules are tested instead of being learnt from."
ALARM = "The share of records of the same kind that may break a rule by chance."
UPDATE = "An older rule file: what is new and tighter is added to it, what would be looser is told and left."


@click.command("infer")
@click.argument("dataset", type=str)
@click.option("-o", "output", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write them.")
@click.option("--holdout", type=click.FloatRange(0.05, 0.95), default=0.5, show_default=True, metavar="SHARE", help=HOLDOUT)
@click.option("--false-alarm", type=click.FloatRange(1e-12, 0.01), default=1e-6, show_default=True, metavar="SHARE", help=ALARM)
@click.option("--update", type=click.Path(path_type=Path, dir_okay=False), metavar="OLD", help=UPDATE)
@click.option("--allow-loosening", is_flag=True, help="With --update: let rules become looser where the data want it.")
@click.option("--explain", is_flag=True, help="Say what each rule rests on, and which were dropped.")
@sampled
@click.pass_context
def command(ctx: click.Context, /, dataset: str, output: Path, **options: Any) -> None:
    """Infer the rules that DATASET keeps, and write them as a rule file.

    They are learnt from one part of the records and tested on the other; beside each stands how many of these break it, and a bound of
    95 % certainty. A rule that alarms is loosened or dropped.

    \b
    Example:
      auditor infer my_dataset/ -o rules/schemas/my_dataset.yaml
      auditor scan my_dataset/ --schema rules/schemas/my_dataset.yaml

    \b
    Exit codes:
      0 the file is written   1 with --update: rules would become looser   2 wrong option   3 not all could be read
    """
    from auditor import inferring
    from auditor.doors.files import replacing
    from auditor.inference.written import written

    if options["allow_loosening"] and options["update"] is None:
        raise AuditorError("--allow-loosening is about --update, which is not there", "name the older rule file with --update")
    old = _old(options["update"]) if options["update"] is not None else None
    apart = tuple(each for each in (output, options["update"]) if each is not None)
    learning, held, asked, found = records(dataset, options, options["holdout"], apart)
    inferred = inferring.infer(learning, held, options["false_alarm"], asked.sensitive)
    changes: list[Change] = []
    if old is not None:
        from auditor.inference.updating import updated

        inferred, changes = updated(old, inferred, options["allow_loosening"])
    text = written(inferred, str((old or {}).get("name") or output.stem), _head(found.name, inferred), old or {})
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    loose = [each for each in changes if each.kind == "loosened"]
    _say(inferred, changes, output, options)
    ctx.exit(1 if loose and not options["allow_loosening"] else 0)


def _head(name: str, inferred: Inferred) -> tuple[str, ...]:
    """What the file says of itself."""
    from auditor.inference.written import scalar

    numbers = f"learnt from {inferred.learnt_from:,} records, tested on {inferred.held_out:,} others."
    return (
        f"Inferred by auditor {__version__} from {scalar(name)}: {numbers}",
        "Beside each rule stands what it rests on, and how many of the others break it, with a bound of 95 % certainty.",
    )


def _old(path: Path) -> Mapping[str, Json]:
    """The older rule file as YAML has it, once it is known to be one."""
    from auditor.doors import yaml
    from auditor.schemas.suites import rule_file

    if rule_file(path) is None:
        raise AuditorError(f"{path.name}: a suite of Great Expectations cannot be updated", "name a rule file (`auditor: 1`)")
    found: Mapping[str, Json] = yaml.load(path.read_text(encoding="utf-8-sig"))
    return found


def _say(inferred: Inferred, changes: list[Change], output: Path, options: Mapping[str, Any]) -> None:
    from auditor.reports.wording import visible

    rules = sum(len(keys) for keys in inferred.columns.values()) + len(inferred.rules)
    if options["explain"]:
        for place, tested in inferred.tested.items():
            click.echo(visible(f"{place}: {tested}"))
        for place, reason in inferred.dropped.items():
            click.echo(visible(f"{place}: not kept, {reason}"))
    for change in changes:
        click.echo(visible(str(change)))
    if any(each.kind == "loosened" for each in changes) and not options["allow_loosening"]:
        click.echo("these rules would become looser and were left as they were; --allow-loosening takes the new ones")
    if not options["quiet"]:
        counts = f"{rules:,} rules for {len(inferred.columns):,} columns, {len(inferred.dropped):,} dropped"
        click.echo(f"{counts} · next: auditor rules test {visible(output.name)} DATASET")
