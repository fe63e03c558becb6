"""How to come to the same report again: the command with its options."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from auditor.config import Config
from auditor.model import Json, Report
from auditor.reports import wording
from auditor.reports.page import limits

IN_THE_FILE = ("cost", "sensitive")
"""What has no option, and stands in auditor.yaml."""


LONGEST = 4 * limits.CELL
"""Bytes of the command that are shown."""


def command(report: Report) -> str:
    """The command that asks for the same audit, on one line; files outside the dataset by their names only."""
    line = f"auditor scan {_quoted(report.dataset.get('name') or 'DATASET')}"
    for word in _options(report):
        if len(line) <= LONGEST:
            line += f" {_quoted(word)}"
    return limits.within(wording.visible(line), LONGEST)


def _quoted(word: Json) -> str:
    return shlex.quote(str(word)[: LONGEST + 1])


def _options(report: Report) -> Iterator[str]:
    usual = Config().as_json()
    for key, value in sorted(report.config.items()):
        if key not in IN_THE_FILE and value != usual.get(key) and value not in (None, False, "", [], ()):
            yield from _option(f"--{key.replace('_', '-')}", value)


def _option(name: str, value: Json) -> Iterator[str]:
    if value is True:
        yield name
    elif isinstance(value, list | tuple):
        for each in value:
            yield from (name, "=".join(map(str, each)) if isinstance(each, list | tuple) else str(each))
    else:
        yield from (name, str(value))
