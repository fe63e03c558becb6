"""`auditor fix DATASET --out DIR`: a copy of a dataset without what leaks, or with splits through which nothing leaks."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import completion
from auditor.cli.options import Checked, Headed, how, separated
from auditor.cli.scan import MEMORY, WORKERS, _shingle, _size, _split

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.fixing.fixed import Fixed, Terms
    from auditor.model import Report

SHOWN = 5
"""How many classes and files are named."""

OUT = "The new folder: data/ with the dataset, quarantine.parquet with what was removed, fix.json with what was done."
RULE = "The rules whose pairs are broken up, of LEAK001 to LEAK004 and LEAK010 (default: all of them)."
RESPLIT = "Remove nothing: move similar records, and those of a --group, whole into one split, near to the sizes that the splits had."
DEDUP = "Remove within each split all but the first of similar records, too."
LOSS = (
    "Write nothing if a split, file, label or group of 10 records or more would lose a greater share of its records"
    " in a split.  [default: 0.2]"
)
AGAINST = "A benchmark or other dataset whose items must not be in the training split (repeatable)."

HEADINGS = {
    "What is done": ("out", "rule", "resplit", "dedup", "max_loss", "dry_run"),
    "What is read": ("split", "split_column", "subset"),
    "What the columns are for": ("text", "label", "id", "group", "time"),
    "What is compared": ("config", "against", "threshold", "shingle", "policy"),
    "How it is done": ("workers", "max_memory", "quiet", "verbose", "no_color"),
}


@click.command("fix", cls=Headed, headings=HEADINGS)
@click.argument("dataset")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help=OUT)
@click.option("--rule", multiple=True, callback=separated, metavar="RULES", shell_complete=completion.rules, help=RULE)
@click.option("--resplit", is_flag=True, help=RESPLIT)
@click.option("--dedup", is_flag=True, help=DEDUP)
@click.option("--max-loss", type=click.FloatRange(0, 1), default=0.2, metavar="SHARE", help=LOSS)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option("--split", multiple=True, type=Checked("NAME=GLOB", _split), help="Which files make which split (repeatable).")
@click.option("--split-column", metavar="COLUMN", help="The column that names each record's split, where one table holds several.")
@click.option("--subset", multiple=True, metavar="NAME", help="A configuration of a Hugging Face card (repeatable; default: all).")
@click.option("--text", multiple=True, metavar="COLUMN", help="A column that is compared as text (repeatable; default: found out).")
@click.option("--label", metavar="COLUMN", help="The column with the label.")
@click.option("--id", metavar="COLUMN", help="The column with the record's key.")
@click.option("--group", metavar="COLUMN", help="The column that names whom or what a record belongs to.")
@click.option("--time", metavar="COLUMN", help="The column with the record's time.")
@click.option("--config", metavar="FILE", help="The configuration (default: the nearest auditor.yaml from the working directory upwards).")
@click.option("--against", multiple=True, metavar="PATH", help=AGAINST)
@click.option("--threshold", type=click.FloatRange(0.1, 1), metavar="FLOAT", help="Jaccard similarity of near duplicates.  [default: 0.8]")
@click.option("--shingle", type=Checked("SHINGLE", _shingle), help="auto, word:N or char:N: what is compared.  [default: auto]")
@click.option("--policy", shell_complete=completion.policies, metavar="NAME|FILE", help="Its options for checks hold, as in a scan.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, metavar="N", help=WORKERS)
@click.option("--max-memory", type=Checked("SIZE", _size), default="2G", metavar="SIZE", help=MEMORY)
@click.option("--quiet", is_flag=True, help="No progress; only the last line.")
@click.option("--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.option("--no-color", is_flag=True, help="No colours (as the environment variable NO_COLOR).")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.pass_context
def command(ctx: click.Context, /, dataset: str, **options: Any) -> None:
    """Write a copy of DATASET without the records that leak: of each pair the training record goes, of two evaluation splits the one
    of the earlier split. DATASET itself is never changed.

    The copy is audited again; it is kept only if nothing leaks any more. What was removed is set aside with the reason.

    \b
    Example:
      auditor fix my_dataset/ --out fixed/
      auditor fix my_dataset/ --out fixed/ --resplit --group patient

    \b
    Exit codes:
      0 nothing leaks any more   1 not mended: too much would be lost, or something is left
      2 wrong option             3 the dataset could not be audited in full
    """
    from auditor.cli.progress import watching
    from auditor.fixing.fixed import fixed

    asked, apart = _asked(dataset, options)
    terms = _terms(options, asked)
    with tempfile.TemporaryDirectory(prefix="auditor-fix-") as room, watching(options) as progress:
        out = options["out"] if not terms.dry_run else Path(room) / "fixed"
        found = fixed(dataset, out, asked, terms, how(options), progress, apart)
    lines = list(_lines(found, terms, _again(options)))
    for line in lines[-1:] if options["quiet"] else lines:
        click.echo(line)
    ctx.exit(1 if found.refused or found.left else 0)


def _asked(place: str, options: Mapping[str, Any]) -> tuple[Config, tuple[Path, ...]]:
    from auditor import config
    from auditor.config import SHAPE

    given = {key: value for key, value in options.items() if key in SHAPE}
    asked = config.override(config.load(options["config"], Path.cwd(), Path(place)), given)
    return asked, (Path(options["config"]),) if options["config"] else ()


def _terms(options: Mapping[str, Any], asked: Config) -> Terms:
    """What is to be done; a usage error where that does not go together."""
    from auditor.check import rules
    from auditor.fixing.fixed import Terms
    from auditor.fixing.leaks import LEAKS
    from auditor.model import means

    if options["out"] is None and not options["dry_run"]:
        raise click.UsageError("name the new folder with --out, or see with --dry-run what would be done")
    if options["resplit"] and (options["rule"] or options["dedup"] or options["against"]):
        raise click.UsageError("--resplit moves records and removes none: it does not go with --rule, --dedup or --against")
    known = sorted(LEAKS) if asked.against and not options["resplit"] else [each for each in sorted(LEAKS) if each != "LEAK010"]
    for pattern in options["rule"]:
        if not any(means(pattern, each, rules()[each].name) for each in known):
            raise click.UsageError(f"--rule: {pattern!r} is none of {', '.join(known)} (LEAK010: with --against)")
    chosen = tuple(each for each in known if not options["rule"] or any(means(some, each, rules()[each].name) for some in options["rule"]))
    return Terms(
        rules=chosen,
        resplit=options["resplit"],
        dedup=options["dedup"],
        max_loss=options["max_loss"],
        dry_run=options["dry_run"],
    )


def _again(options: Mapping[str, Any]) -> str:
    """The options that an audit of the result needs, as they are typed."""
    words = []
    for name in (*HEADINGS["What is read"], *HEADINGS["What the columns are for"], *HEADINGS["What is compared"]):
        given = options[name] if isinstance(options[name], tuple) else (options[name],)
        for value in (each for each in given if each is not None):
            words += [f"--{name.replace('_', '-')}", shlex.quote("=".join(value) if isinstance(value, tuple) else str(value))]
    return "".join(f" {word}" for word in words)


def _lines(found: Fixed, terms: Terms, again: str) -> Iterator[str]:
    """What is said of a fix, line by line; `again` are the options of an audit of it."""
    from auditor.reports.wording import counted, visible

    yield from _shares(found)
    yield f"verdict  {_verdict(found.before)}" + ("" if found.refused else f" → {_verdict(found.after)}")
    if found.refused:
        yield from _refusal(found, terms)
        return
    yield from _rows(found)
    if terms.resplit:
        yield f"moved    {counted(found.moved, 'record')} to another split"
    else:
        reasons = ", ".join(f"{count:,} for {rule}" for rule, count in found.removed.items())
        yield f"removed  {counted(sum(found.removed.values()), 'record')}" + (f" ({reasons})" if reasons else "")
    if found.not_copied:
        names = ", ".join(visible(file) for file, _ in found.not_copied[:SHOWN])
        yield f"not copied  {names}" + (f" and {len(found.not_copied) - SHOWN} more" if len(found.not_copied) > SHOWN else "")
    if found.left:
        yield f"not mended: {counted(found.left, 'finding')} left after several rounds; nothing was written"
    elif terms.dry_run:
        yield "nothing was written; next: the same with --out DIR and without --dry-run"
    else:
        yield f"next: auditor scan {visible(shlex.quote(str(found.place)) + again)}"


def _shares(found: Fixed) -> Iterator[str]:
    """What leaks before and after, by pair of splits and by benchmark."""
    from auditor.dataset import is_training
    from auditor.reports.wording import number, percent, visible

    sides = [report.sections for report in (found.before, *([] if found.refused else [found.after]))]
    rows = [side.get("leakage", {}).get("pairs_of_splits", []) for side in sides]
    for each in zip(*rows, strict=True):
        left, right = each[0]["left"], each[0]["right"]
        if left != right and not (is_training(left) and is_training(right)):
            yield f"leaked   {visible(left)} → {visible(right)}: " + " → ".join(percent(row["share"]) for row in each)
    for each in zip(*(side.get("benchmarks", {}).get("against", []) for side in sides), strict=True):
        yield f"leaked   {visible(each[0]['name'])} → training: " + " → ".join(f"{number(row['items_found'])} items" for row in each)


def _verdict(report: Report) -> str:
    return "leaks" if report.findings else "nothing leaks"


def _rows(found: Fixed) -> Iterator[str]:
    from auditor.reports.wording import number, visible

    sides = [report.dataset["splits"] for report in (found.before, found.after)]
    for name in sides[0]:
        before, after = (side.get(name, {"rows": 0})["rows"] for side in sides)
        yield f"rows     {visible(name)}: {number(before)}" + (f" → {number(after)}" if after != before else "")


def _refusal(found: Fixed, terms: Terms) -> Iterator[str]:
    from auditor.reports.wording import number, visible

    for each in found.refused[:SHOWN]:
        where = "" if each.kind == "split" else f" in {visible(each.split)}"
        yield f"loss     {each.kind} {visible(each.name)}{where}: {each.lost:,} of {each.rows:,} records ({each.share:.0%})"
    if len(found.refused) > SHOWN:
        yield f"loss     and {len(found.refused) - SHOWN} more"
    many = f"{number(len(found.refused))} class{'es' * (len(found.refused) != 1)} would lose more than {terms.max_loss:.0%}"
    yield f"not mended: {many}; nothing was written. Look at them, then give a greater --max-loss, or use --resplit"
