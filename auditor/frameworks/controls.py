"""The frameworks of rules/frameworks as typed values; every error names file, line and cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from auditor import rulebook
from auditor.doors.rules import FOLDER
from auditor.doors.yaml import Lines, YamlError, load_as_written
from auditor.model import AuditorError, Json, meant

Strength = Literal["direct", "partial", "human"]
"""The most that a report can be for a control: evidence of what it asks, of a part of it, or of nothing, since people must say."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What a framework asks (`gist`, in our own words), and what of a report is evidence of it.

    `rules` are ids or families of rules: that they were looked for is evidence, whatever was found. `fields` are paths into the report.
    `note` says where the evidence ends.
    """

    id: str
    gist: str
    strength: Strength
    rules: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A law or standard: the version that was read, where it stands, what of it is here (`scope`), its dates and controls."""

    id: str
    title: str
    version: str
    source: str
    scope: str
    dates: tuple[tuple[str, str], ...]
    controls: tuple[Control, ...]


@cache
def frameworks() -> tuple[Framework, ...]:
    """All frameworks of rules/frameworks, by the names of their files."""
    return tuple(load(path) for path in sorted((FOLDER / "frameworks").glob("*.yaml")))


def load(path: Path) -> Framework:
    """The framework in a file."""
    try:
        value, lines = load_as_written(path.read_text(encoding="utf-8-sig"))
    except YamlError as error:
        raise AuditorError(f"{path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path.name}: cannot be read ({type(error).__name__})", "give a readable UTF-8 file") from None
    written = _Written(path.name, lines)
    values = written.mapping((), value, _FRAMEWORK)
    dates = tuple((each["on"], each["what"]) for each in written.mappings(("dates",), values["dates"], _DATE))
    controls = [Control(**each) for each in written.mappings(("controls",), values["controls"], _CONTROL)]
    for place, control in enumerate(controls):
        if control.strength != "human" and not (control.rules or control.fields):
            raise written.wrong(("controls", place), f"{control.id} names no evidence", "name rules or fields, or make its strength human")
        if control.id in {each.id for each in controls[:place]}:
            raise written.wrong(("controls", place), f"{control.id} stands twice", "give every control an id of its own")
    return Framework(**{**values, "dates": dates, "controls": tuple(controls)})


@dataclass(frozen=True, slots=True)
class _Written:
    """A file as it is written: its name, and the lines of its parts."""

    name: str
    lines: Lines

    def wrong(self, place: Place, what: str, cure: str) -> AuditorError:
        """An error at a place, or at the nearest one around it whose line is known."""
        while place and place not in self.lines:
            place = place[:-1]
        return AuditorError(f"{self.name}:{self.lines.get(place, 1)}: {what}", cure)

    def mappings(self, place: Place, value: Json, shape: Mapping[str, rulebook.Kind]) -> list[dict[str, Any]]:
        """A list of mappings of one shape."""
        if not isinstance(value, list):
            raise self.wrong(place, f"{place[-1]}: a list is expected, not {value!r}", "write one entry a line, each after a dash")
        return [self.mapping((*place, number), each, shape) for number, each in enumerate(value)]

    def mapping(self, place: Place, value: Json, shape: Mapping[str, rulebook.Kind]) -> dict[str, Any]:
        """A mapping with no other keys than those of a shape, and all of them that are not OPTIONAL."""
        if not isinstance(value, Mapping):
            raise self.wrong(place, "this is no mapping of keys to values", f"write lines such as `{next(iter(shape))}: ...`")
        typed = {}
        for key, item in value.items():
            if key not in shape:
                raise self.wrong((*place, key), f"unknown key {key!r}", f"{meant(key, shape)}known are {', '.join(shape)}")
            try:
                typed[key] = shape[key](item)
            except ValueError as error:
                raise self.wrong((*place, key), f"{key}: {error}", f"change the value of {key}") from None
        for key in shape.keys() - OPTIONAL - value.keys():
            raise self.wrong(place, f"{key} is missing", f"add a line `{key}: ...`")
        return typed


def _strength(value: Json) -> str:
    if value not in get_args(Strength):
        raise ValueError(f"one of {', '.join(get_args(Strength))} is expected, not {value!r}")
    return str(value)


def _anything(value: Json) -> Json:
    return value


OPTIONAL = frozenset({"rules", "fields", "note"})
_FRAMEWORK: Mapping[str, rulebook.Kind] = {
    **dict.fromkeys(("id", "title", "version", "source", "scope"), rulebook.text),
    **dict.fromkeys(("dates", "controls"), _anything),
}
_DATE: Mapping[str, rulebook.Kind] = {"on": rulebook.text, "what": rulebook.text}
_CONTROL: Mapping[str, rulebook.Kind] = {
    "id": rulebook.text,
    "gist": rulebook.text,
    "strength": _strength,
    "rules": rulebook.texts,
    "fields": rulebook.texts,
    "note": rulebook.text,
}
