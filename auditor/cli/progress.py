"""How far the audit is: a live line on a terminal, a line a stage with --verbose, nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def watching(options: Mapping[str, Any]) -> Iterator[Callable[[str, int, int], None]]:
    """The function to tell how far the audit is: stage, steps done, steps."""
    if options["quiet"] or not (options["verbose"] or sys.stderr.isatty()):
        yield _nothing
    elif options["verbose"]:
        yield _lines()
    else:
        with _bar(options["no_color"]) as tell:
            yield tell


def _nothing(_stage: str, _done: int, _steps: int) -> None:
    pass


def _lines() -> Callable[[str, int, int], None]:
    stages: set[str] = set()

    def tell(stage: str, _done: int, steps: int) -> None:
        if stage not in stages:
            stages.add(stage)
            click.echo(f"auditor: {stage} ({steps})", err=True)

    return tell


@contextmanager
def _bar(no_color: bool) -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True, no_color=no_color or None), transient=True) as bar:
        task = bar.add_task("looking at the dataset", total=None)
        yield lambda stage, done, steps: bar.update(task, description=stage, completed=done, total=steps)
