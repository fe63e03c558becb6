"""What build servers make of a line of output: the commands that they would obey, read as their runners read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_V2 = re.compile(r"\s*::(?P<name>[^\s:]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)
_V1 = re.compile(r"##\[(?P<name>[^\s\]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
_AZURE = re.compile(r"##vso\[(?P<name>[^\s\]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
_TEAMCITY = re.compile(r"##teamcity\[(?P<name>[^\s\]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
_GITLAB = re.compile(r"(?P<name>section_(?:start|end)):(?P<data>\d+:[^\r]*\r\x1b\[0K.*)(?P<properties>)", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command as the runner understands it."""

    name: str
    properties: Mapping[str, str]
    message: str


def _plain(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(output: str) -> list[Command]:
    """The commands in an output. A runner splits it at line ends, also at a carriage return alone."""
    found = []
    for line in re.split(r"\r\n|\n|\r", output):
        command = _V2.match(line)
        match = command or _V1.search(line) or _AZURE.search(line) or _TEAMCITY.search(line) or _GITLAB.search(line)
        if match:
            given = [each.partition("=") for each in re.split("," if command else ";", match["properties"] or "") if each]
            found.append(Command(match["name"], {key: _plain(value) for key, _, value in given}, _plain(match["data"])))
    return found
