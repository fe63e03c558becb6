"""rules/*.yaml, and the user's own files of the same kind, as typed values; every error names file, line and cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.doors.rules import FOLDER
from auditor.doors.yaml import YamlError, load_with_lines
from auditor.model import AuditorError, Json, Severity, meant

Kind = Callable[[Json], Any]
"""Turns a value of a rule file into what the code works with, or raises ValueError with what is expected instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The values of a rule file, by key, each of its kind."""

    path: Path
    values: Mapping[str, Any]


def presets(room: str) -> list[str]:
    """The names of the files in rules/<room>."""
    return sorted(path.stem for path in (FOLDER / room).glob("*.yaml"))


def preset_or_file(room: str, name: str) -> Path:
    """The file of rules/<room> called `name`, or the user's own file at that path."""
    own = Path(name)
    if name in presets(room):
        return FOLDER / room / f"{name}.yaml"
    if is_file(own):
        return own
    known = presets(room)
    cure = f"{meant(name, known)}name one of {', '.join(known)}, or a file of your own"
    raise AuditorError(f"there is no {name!r} in rules/{room}, and no file of that name", cure)


def is_file(path: Path) -> bool:
    """Whether there is a file at a path, which may be any text."""
    try:
        return path.is_file()
    except OSError:  # a name that is too long
        return False


def read_yaml(path: Path, shape: Mapping[str, Kind]) -> RuleFile:
    """The YAML file at `path`, a mapping with no other keys than those of `shape`."""
    try:
        value, lines = load_with_lines(path.read_text(encoding="utf-8-sig"))
    except YamlError as error:
        raise AuditorError(f"{path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path.name}: cannot be read ({type(error).__name__})", "give a readable UTF-8 file") from None
    return RuleFile(path=path, values=_typed(path.name, value, shape, lines))


def read_toml_table(path: Path, table: str, shape: Mapping[str, Kind]) -> RuleFile | None:
    """The table `tool.<table>` of a pyproject.toml, or None where it has none."""
    import tomllib

    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError, RecursionError) as error:
        raise AuditorError(f"{path.name}: {error}", "mend the TOML, or name a configuration with --config") from None
    if not isinstance(tools, Mapping) or table not in tools:
        return None
    return RuleFile(path=path, values=_typed(f"{path.name} [tool.{table}]", tools[table], shape, {}))


def _typed(where: str, value: Json, shape: Mapping[str, Kind], lines: Mapping[str, int]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise AuditorError(f"{where}: this is no mapping of keys to values", f"write lines such as `{next(iter(shape))}: ...`")
    typed = {}
    for key, item in value.items():
        at = f"{where}:{lines[str(key)]}" if str(key) in lines else where
        if key not in shape:
            raise AuditorError(f"{at}: unknown key {key!r}", f"{meant(str(key), shape)}known are {', '.join(shape)}")
        try:
            typed[str(key)] = shape[key](item)
        except ValueError as error:
            raise AuditorError(f"{at}: {key}: {error}", f"change the value of {key}") from None
    return typed


def text(value: Json) -> str:
    """A text."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text is expected, not {value!r}")
    return value


def texts(value: Json) -> tuple[str, ...]:
    """A text, or a list of them."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"a text or a list of texts is expected, not {value!r}")
    return tuple(items)


def pairs(value: Json) -> tuple[tuple[str, str], ...]:
    """A mapping of texts to texts (or lists of texts), as pairs in its order."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"a mapping such as `train: data/train-*` is expected, not {value!r}")
    return tuple((text(name), item) for name, items in value.items() for item in texts(items))


def share(value: Json) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"a number from 0 to 1 is expected, not {value!r}")
    return float(value)


def severity(value: Json) -> Severity:
    """A severity by its name."""
    names = [str(each) for each in Severity]
    if value not in names:
        raise ValueError(f"one of {', '.join(names)} is expected, not {value!r}")
    return Severity.of(str(value))


def severities(value: Json) -> dict[str, Severity]:
    """A mapping of rule ids, names or families to severities."""
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping such as `DUP001: info` is expected, not {value!r}")
    return {text(rule): severity(level) for rule, level in value.items()}


def table(shape: Mapping[str, Kind]) -> Kind:
    """A mapping with the keys of `shape`."""

    def read(value: Json) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError(f"a mapping is expected, not {value!r}")
        for key in value:
            if key not in shape:
                raise ValueError(f"unknown key {key!r}; {meant(str(key), shape)}known are {', '.join(shape)}")
        return {key: shape[key](item) for key, item in value.items()}

    return read


def options(value: Json) -> dict[str, dict[str, Json]]:
    """A mapping of names to mappings of options, whose values the owner of the name has to judge."""
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
        raise ValueError(f"a mapping such as `licenses: {{deny: [MIT]}}` is expected, not {value!r}")
    return {text(name): {text(key): item for key, item in each.items()} for name, each in value.items()}


_SEVERITY: Json = {"enum": [str(each) for each in Severity]}
_TEXT: Json = {"type": "string", "minLength": 1}
_TEXTS: Json = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
DESCRIBED: Mapping[Kind, Mapping[str, Json]] = {
    text: _TEXT,
    texts: _TEXTS,
    pairs: {"type": "object", "additionalProperties": _TEXTS, "minProperties": 1},
    share: {"type": "number", "minimum": 0, "maximum": 1},
    severity: _SEVERITY,
    severities: {"type": "object", "additionalProperties": _SEVERITY},
    options: {"type": "object", "additionalProperties": {"type": "object"}},
}
"""The JSON Schema of each kind of value."""
