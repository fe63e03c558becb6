"""`auditor history FOLDER`: the saved reports of a folder in a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.diff import FORMATTED, written


@click.command("history")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N runs of each dataset.")
@click.option("-o", "output", **FORMATTED)
@click.option("--quiet", is_flag=True, help="Of the text only the last line.")
def command(folder: Path, last: int | None, **options: Any) -> None:
    """Show the JSON reports in FOLDER by the time of their runs, each with what had changed since the one before.

    Of each dataset (by its name) there is a table. Files that are no reports are named and left out.

    \b
    Example:
      auditor scan my_dataset/ -o json:reports/2026-11-30.json
      auditor history reports/

    \b
    Exit codes:
      0 there are reports   2 wrong option, or there is none
    """
    from auditor.comparing import history
    from auditor.comparing.diff import as_json

    found = history.history(folder)
    ways = {
        "text": lambda: history.text(found, last),
        "markdown": lambda: history.markdown(found, last),
        "json": lambda: as_json(history.document(found, last)),
    }
    written(options, ways, history.summary(found))
