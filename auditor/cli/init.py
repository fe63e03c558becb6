"""`auditor init DATASET`: the files of a first audit."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import completion
from auditor.cli.options import separated
from auditor.cli.sampled import records, sampled
from auditor.model import AuditorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.dataset import Dataset
    from auditor.inference.rows import Table
    from auditor.initial.written import Seen

CONFIGURATION, RULES = "auditor.yaml", "auditor-rules.yaml"
PASSWORD = re.compile(r"(?<=[^:/@]):[^/@]*@")
"""The password in the URL of a database, which is written down nowhere."""
CI = "Write what this pipeline needs, too: github, gitlab or pre-commit (repeatable)."
OUT = "Where the files are written; never in the dataset.  [default: here]"
POLICY = "The policy that is written down.  [default: default]"


@click.command("init")
@click.argument("dataset")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="DIR", help=OUT)
@click.option("--ci", multiple=True, type=click.Choice(["github", "gitlab", "pre-commit"]), help=CI)
@click.option("--policy", default="default", shell_complete=completion.policies, metavar="NAME|FILE", help=POLICY)
@click.option("--use", multiple=True, callback=separated, metavar="USES", help="What you mean to do with the data; see auditor scan --use.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@sampled
def command(dataset: str, out: Path, ci: tuple[str, ...], policy: str, use: tuple[str, ...], force: bool, **options: Any) -> None:
    """Look at DATASET and write what its audits need: a configuration with comments, draft rules, and what a pipeline needs.

    Nothing is written into the dataset, and nothing is written over unless --force is given. What is guessed says so in the file.

    \b
    Example:
      auditor init my_dataset/ --ci github
      auditor scan my_dataset/

    \b
    Exit codes:
      0 the files are written   2 wrong option, or a file is there   3 not all could be read
    """
    from auditor.initial.written import PIPELINES, configuration, pipeline

    paths = {name: out / name for name in (CONFIGURATION, RULES, *(PIPELINES[each] for each in ci))}
    _check(dataset, out, paths, force)
    learning, held, asked, found = records(dataset, options, 0.5)
    place = PASSWORD.sub("@", dataset, count=1) if "://" in dataset else os.path.relpath(dataset, out)
    texts = {}
    rules = _rules(learning, held, found, asked.sensitive)
    if rules is not None:
        texts[RULES] = rules
    seen = _seen(place, learning, held, found, RULES if rules is not None else None, policy, use)
    texts |= {CONFIGURATION: configuration(seen)} | {PIPELINES[each]: pipeline(each, place) for each in ci}
    _write({paths[name]: text for name, text in texts.items()})
    if not options["quiet"]:
        _say(seen, [paths[name] for name in texts], dataset)


def _check(dataset: str, out: Path, paths: Mapping[str, Path], force: bool) -> None:
    if out.resolve().is_relative_to(Path(dataset).resolve()) and Path(dataset).is_dir():
        raise AuditorError(f"{out} lies in the dataset, which must not judge itself", "name a folder outside of it with --out")
    there = [str(path) for path in paths.values() if path.exists()]
    if there and not force:
        raise AuditorError(f"{', '.join(there)} is there already", "write over it with --force, or name another folder with --out")


def _rules(learning: Table, held: Table, found: Dataset, sensitive: tuple[str, ...]) -> str | None:
    """The draft of the rules; None where nothing could be learnt."""
    from auditor import inferring
    from auditor.inference.written import scalar, written

    inferred = inferring.infer(learning, held, 1e-6, sensitive)
    if not inferred.columns:
        return None
    numbers = f"learnt from {inferred.learnt_from:,} records, tested on {inferred.held_out:,} others"
    head = (
        f"A draft: rules that {scalar(found.name)} keeps, {numbers}.",
        "Beside each stands how many of the others break it. Make tighter what you know better, and delete what is chance.",
    )
    return written(inferred, Path(RULES).stem, head)


def _seen(place: str, learning: Table, held: Table, found: Dataset, rules: str | None, policy: str, uses: tuple[str, ...]) -> Seen:
    import pyarrow as pa

    from auditor.initial.roles import guessed
    from auditor.initial.written import Seen
    from auditor.licenses import statements

    records = pa.concat_tables([learning.records, held.records], promote_options="permissive")
    return Seen(
        dataset=place,
        splits=tuple((split.name, len(split.shards)) for split in found.splits),
        text=learning.prose,
        guesses=guessed(records, learning.prose),
        licence=statements.concluded(statements.find(found.documents)),
        rules=rules,
        policy=policy,
        uses=uses,
    )


def _write(texts: Mapping[Path, str]) -> None:
    from auditor.doors.files import replacing

    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _say(seen: Seen, paths: list[Path], dataset: str) -> None:
    from auditor.reports.wording import visible

    click.echo(f"splits   {', '.join(visible(name) for name, _ in seen.splits)}")
    click.echo(f"text     {', '.join(map(visible, seen.text)) or 'none: records are compared by their values'}")
    for each in seen.guesses:
        click.echo(f"{each.role:<9}{visible(each.column)} ({each.why})")
    click.echo(f"licence  {visible(seen.licence) if seen.licence else 'none found'}")
    for path in paths:
        click.echo(f"wrote    {visible(path)}")
    click.echo(f"next: read {visible(paths[-1] if len(paths) == 1 else CONFIGURATION)}, then auditor scan {visible(dataset)}")
