"""`auditor sketch SPLIT`: fingerprints under a key, to compare without sharing text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from auditor.cli.options import Checked, how
from auditor.cli.scan import MEMORY, WORKERS, _shingle, _size

SPLIT_NAME = "A split to sketch, where SPLIT has several (repeatable; default: the evaluation splits, or all where there is none)."

SHINGLE = "word:N, char:N (from which a holder of the key can put text together again) or auto, as in scan.  [default: word:5]"


@click.command("sketch")
@click.argument("split", type=click.Path(path_type=Path))
@click.option("--key", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The key: a file of 16 bytes or more.")
@click.option("-o", "output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where to write the sketch.")
@click.option("--split-name", multiple=True, metavar="NAME", help=SPLIT_NAME)
@click.option("--text", multiple=True, metavar="COLUMN", help="A column that is compared as text (repeatable; default: found out).")
@click.option("--shingle", type=Checked("SHINGLE", _shingle), default="word:5", help=SHINGLE)
@click.option("--workers", type=click.IntRange(1, 64), default=1, metavar="N", help=WORKERS)
@click.option("--max-memory", type=Checked("SIZE", _size), default="2G", metavar="SIZE", help=MEMORY)
@click.option("--quiet", is_flag=True, help="Say nothing.")
@click.option("--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.option("--no-color", is_flag=True, help="No colours (as the environment variable NO_COLOR).")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
def command(split: Path, key: Path, output: Path, split_name: tuple[str, ...], text: tuple[str, ...], shingle: str, **options: Any) -> None:
    """Make keyed fingerprints of SPLIT, a folder or a file, for somebody with the same key to compare with: no text stands in them.

    \b
    Example:
      auditor sketch benchmark.jsonl --key shared.key -o benchmark.sketch
      auditor scan my_dataset/ --against benchmark.sketch --key shared.key

    \b
    Exit codes:
      0 the sketch is written   2 wrong option   3 not all could be read
    """
    import dataclasses

    from auditor import sketching
    from auditor.cli.progress import watching
    from auditor.dataset import Roles
    from auditor.doors import pandas
    from auditor.doors.files import replacing
    from auditor.doors.isolation import offline
    from auditor.leakage.sketch import key_of, read_key
    from auditor.running.work import working
    from auditor.sources.folder import find

    pandas.close()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # others reserve more than a limit allows
    secret = key_of(read_key(key))
    found = dataclasses.replace(sketching.chosen(find(split, apart=(key,)), split_name), roles=Roles(text=text))
    with offline(), watching(options) as progress, working(split, found, how(options), progress) as work, replacing(output) as temporary:
        header, read = sketching.make(found, shingle, work, secret, temporary)
    if not options["quiet"]:
        names = ", ".join(each.name for each in read.splits)
        columns = ", ".join(read.roles.text)
        click.echo(f"{header.items:,} different texts of {header.records:,} records ({names}; text: {columns}; {header.shingle})")
