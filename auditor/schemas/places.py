"""Places in a rule file: the value that stands there, what it is called, and the error that names its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from auditor.doors import yaml
from auditor.model import AuditorError, Json, meant

LARGEST = 1 << 20
"""Bytes of a rule file, or of a JSON Schema that one names."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a file, with the keys that lead to it."""

    file: Path
    value: Json
    lines: yaml.Lines
    keys: tuple[str | int, ...] = ()

    @property
    def at(self) -> str:
        """`file.yaml:12`."""
        return f"{self.file.name}:{self.lines.get(self.keys, 1)}"

    @property
    def name(self) -> str:
        """`columns.age.range`."""
        return ".".join(f"[{key}]" if isinstance(key, int) else key for key in self.keys).replace(".[", "[")

    def wrong(self, reason: str, cure: str) -> AuditorError:
        """The error that something is wrong here."""
        return AuditorError(": ".join(filter(None, (self.at, self.name, reason))), cure)

    def parts(self) -> dict[str, Place]:
        """The places of a mapping's values, by key."""
        if not isinstance(self.value, Mapping):
            raise self.wrong(
                f"a mapping of keys to values is expected, not {self.value!r:.80}", "write lines such as `key: value` under it"
            )
        return {key: Place(self.file, value, self.lines, (*self.keys, key)) for key, value in self.value.items()}

    def items(self) -> list[Place]:
        """The places of a list's items."""
        if not isinstance(self.value, list):
            raise self.wrong(f"a list is expected, not {self.value!r:.80}", "write items under it that begin with `-`")
        return [Place(self.file, value, self.lines, (*self.keys, number)) for number, value in enumerate(self.value)]

    def known(self, keys: Mapping[str, Any]) -> dict[str, Place]:
        """The places of a mapping with no other keys than these."""
        found = self.parts()
        for key, place in found.items():
            if key not in keys:
                raise place.wrong("unknown key", f"{meant(key, keys)}known are {', '.join(keys)}")
        return found

    def read(self, kind: Callable[[Json], Value]) -> Value:
        """The value as one of this kind, which raises ValueError with what is expected."""
        try:
            return kind(self.value)
        except ValueError as error:
            raise self.wrong(str(error), f"change the value of {self.keys[-1] if self.keys else 'it'}") from None


def opened(path: Path) -> Place:
    """The whole of a YAML file."""
    try:
        if path.stat().st_size > LARGEST:
            raise AuditorError(
                f"{path.name}: it has more than {LARGEST >> 20} MiB", "a rule file is written by hand; split it, or use `extends:`"
            )
        value, lines = yaml.load_as_written(path.read_text(encoding="utf-8-sig"))
    except yaml.YamlError as error:
        raise AuditorError(f"{path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path.name}: cannot be read ({type(error).__name__})", "give a readable UTF-8 file") from None
    return Place(path, value, lines)
