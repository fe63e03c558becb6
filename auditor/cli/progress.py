"""How far the audit is: a live line on a terminal, a line a stage with --verbose and on a build server, else nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

BUILD_SERVERS = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL")
"""Variables of which build servers set at least one: their logs have no terminal, and who reads them wants to know where it stands."""


@contextmanager
def watching(options: Mapping[str, Any]) -> Iterator[Callable[[str, int, int], None]]:
    """The function to tell how far the audit is: stage, steps done, steps."""
    if options["quiet"]:
        yield _nothing
    elif options["verbose"] or (not sys.stderr.isatty() and _built()):
        yield _lines()
    elif sys.stderr.isatty():
        with _bar(options["no_color"]) as tell:
            yield tell
    else:
        yield _nothing


def _built() -> bool:
    """Whether this runs on a build server; people turn it off with `CI=false`."""
    return any(os.environ.get(name, "").lower() not in ("", "0", "false") for name in BUILD_SERVERS)


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
