"""Folders that `save_to_disk` of Hugging Face datasets wrote: only the files that state.json names belong to them, in its order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.sources.kinds import PEEKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What such folders say of the files in them, by path."""

    order: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of each file that state.json names: its folder and its place there."""
    splits: dict[str, str] = field(default_factory=dict)
    """Of each of these in a split of dataset_dict.json: the split."""
    left_out: list[str] = field(default_factory=list)
    """Data files of such a folder that state.json does not name."""
    missing: list[str] = field(default_factory=list)
    """Files and folders that are named and are not there."""


def saved(data: Mapping[str, Path], documents: Mapping[str, Path]) -> Saved:
    """What the state.json and dataset_dict.json among the documents say; one that says nothing readable is passed over."""
    found = Saved()
    for path in sorted(documents):
        folder, _, name = path.rpartition("/")
        value = _value(documents[path]) if name in {"state.json", "dataset_dict.json"} else {}
        if name == "state.json" and isinstance(files := value.get("_data_files"), list):
            _state(found, folder, [str(each.get("filename")) for each in files if isinstance(each, dict)], data)
    for path in sorted(documents):
        folder, _, name = path.rpartition("/")
        if name == "dataset_dict.json" and isinstance(splits := _value(documents[path]).get("splits"), list):
            _dict(found, folder, [split for split in splits if isinstance(split, str)])
    return found


def _state(found: Saved, folder: str, names: list[str], data: Mapping[str, Path]) -> None:
    named = {_join(folder, name): place for place, name in enumerate(names)}
    found.missing.extend(_printable(path) for path in named if path not in data)
    for path in data:
        if path in named:
            found.order[path] = (f"{folder}/", named[path])
        elif path.rpartition("/")[0] == folder:
            found.left_out.append(path)


def _dict(found: Saved, folder: str, splits: list[str]) -> None:
    for split in splits:
        members = [path for path, (home, _) in found.order.items() if home == f"{_join(folder, split)}/"]
        found.splits.update(dict.fromkeys(members, split))
        if not members:
            found.missing.append(_printable(_join(folder, split)))


def _printable(path: str) -> str:
    """A path as text that can be written anywhere: JSON may hold half a surrogate pair."""
    return path.encode("utf-8", "backslashreplace").decode()


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _value(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            value = json.loads(stream.read(PEEKED))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
