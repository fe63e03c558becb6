"""What a dataset card says about its files: the `data_files` of the `configs` in its YAML front matter (Hugging Face's convention)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Config = list[tuple[str | None, list[str]]]
"""The data files of a configuration: a split's name (None where the card names none) and its globs."""

FRONT_MATTER = 1 << 20
"""Characters of front matter that are read at most."""

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.S | re.M)


def configs(text: str | None) -> dict[str, Config]:
    """The configurations of a card that name data files, by name; none where the card says nothing or cannot be read."""
    front = _FRONT.match((text or "")[:FRONT_MATTER])
    if front is None or "data_files" not in front[1]:
        return {}
    from auditor.doors.yaml import YamlError, load

    try:
        metadata = load(front[1])
    except YamlError:
        return {}
    entries = metadata.get("configs") if isinstance(metadata, dict) else None
    found: dict[str, Config] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (files := _data_files(entry.get("data_files"), entry.get("data_dir"))):
            found[str(entry.get("config_name", "default"))] = files
    return found


def _data_files(value: Any, folder: Any) -> Config:
    """A string, a list of strings, or a list of {split, path: string or list}; what is anything else says nothing."""
    entries = [value] if isinstance(value, str | dict) else value if isinstance(value, list) else []
    unnamed = _globs([entry for entry in entries if isinstance(entry, str)], folder)
    named = [(str(entry["split"]), _globs(entry.get("path"), folder)) for entry in entries if isinstance(entry, dict) and "split" in entry]
    return [*([(None, unnamed)] if unnamed else []), *((split, globs) for split, globs in named if globs)]


def _globs(value: Any, folder: Any) -> list[str]:
    globs: Sequence[Any] = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    prefix = f"{folder.strip('/')}/" if isinstance(folder, str) and folder.strip("./") else ""
    return [prefix + glob.removeprefix("./") for glob in globs if isinstance(glob, str)]
