"""The records of a dataset that commands learn from and try rules on, and the options that say how they are read."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.options import Checked, how
from auditor.cli.scan import MEMORY, WORKERS, _size, _split
from auditor.model import AuditorError, meant

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.dataset import Dataset
    from auditor.inference.rows import Table

SPLIT_NAME = "A split whose records are taken (repeatable; default: all)."

_OPTIONS = (
    click.option("--split", multiple=True, type=Checked("NAME=GLOB", _split), help="Which files make which split (repeatable)."),
    click.option("--split-name", multiple=True, metavar="NAME", help=SPLIT_NAME),
    click.option("--config", metavar="FILE", help="The configuration (default: the nearest auditor.yaml from here upwards)."),
    click.option("--workers", type=click.IntRange(1, 64), default=1, metavar="N", help=WORKERS),
    click.option("--max-memory", type=Checked("SIZE", _size), default="2G", metavar="SIZE", help=MEMORY),
    click.option("--quiet", is_flag=True, help="No progress."),
    click.option("--verbose", is_flag=True, help="Say on standard error what is being done."),
    click.option("--no-color", is_flag=True, help="No colours (as the environment variable NO_COLOR)."),
    click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error."),
)


def sampled(command: Callable[..., None]) -> Callable[..., None]:
    """The options with which records are read, on a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def records(place: str, options: Mapping[str, Any], holdout: float, apart: tuple[Path, ...] = ()) -> tuple[Table, Table, Config, Dataset]:
    """The records to learn from and those held out; the configuration, and the dataset as found."""
    from auditor import config, inferring
    from auditor.cli.progress import watching
    from auditor.doors import pandas
    from auditor.doors.isolation import offline
    from auditor.doors.python import MODEST
    from auditor.running.opened import opened
    from auditor.running.work import working

    pandas.close()
    os.environ.update({**MODEST, **os.environ})
    path = Path(place)
    asked = config.override(config.load(options["config"], Path.cwd(), path), {"split": options["split"]})
    with opened(place, asked, options["max_memory"], apart=apart) as found:
        dataset = _only(dataclasses.replace(found, roles=asked.roles), options["split_name"])
        with offline(), watching(options) as progress, working(path, dataset, how(options), progress) as work:
            return (*inferring.taken(dataset, work, holdout), asked, dataset)


def _only(dataset: Dataset, names: tuple[str, ...]) -> Dataset:
    """The dataset with only the splits that are named, all where none is."""
    known = [split.name for split in dataset.splits]
    for name in names:
        if name not in known:
            raise AuditorError(f"there is no split {name!r}", f"{meant(name, known)}there are {', '.join(known)}")
    return dataclasses.replace(dataset, splits=tuple(split for split in dataset.splits if not names or split.name in names))
