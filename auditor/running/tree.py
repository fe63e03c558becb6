"""Where a dataset lies in the working tree of a repository: services that show findings beside files ask for paths from there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def tree(place: str, working: Path, named: Iterable[Path]) -> dict[str, str | None]:
    """`folder` or `file`: the dataset's path from the top of the working tree (null: it lies elsewhere); `config`: that of the first of
    the `named` files that lies in it.

    The top is the nearest folder from `working` upwards that git keeps; where there is none, `working` itself.
    """
    top = next((each for each in (working, *working.parents) if (each / ".git").exists()), working)
    kind = "file" if Path(place).is_file() else "folder"
    found = _within(Path(place), top) if Path(place).exists() else None
    return {kind: found, "config": next((path for each in named if each.is_file() and (path := _within(each, top))), None)}


def _within(path: Path, top: Path) -> str | None:
    """The path from `top`, by the names that were given (links stay what they are); None where it leads out."""
    inside = os.path.relpath(os.path.normpath(path.absolute()), top)
    return None if inside.split(os.sep, 1)[0] == os.pardir else os.fsencode(inside).decode("utf-8", "backslashreplace")
