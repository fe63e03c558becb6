"""YAML read safely: no tags beyond the standard ones, no aliases (a few bytes of them can stand for billions of values)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import yaml

_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C, a hundred times as fast as the one in Python, where PyYAML was built with it."""


class _Loader(_Safe):  # type: ignore[misc]
    """The safe loader, without integers that Python would not write (`0x…` may have any number of digits)."""


def _integer(loader: Any, node: Any) -> int:
    value: int = loader.construct_yaml_int(node)
    str(value)
    return value


def _timestamp(loader: Any, node: Any) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(None, None, f"{node.value} is no day of the calendar ({error})", node.start_mark) from None


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)

DEPTH = 100
"""Levels of nesting that are read."""

Value = TypeVar("Value")


class YamlError(Exception):
    """What is wrong with a YAML text, and on which of its lines (from 1)."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def load(text: str) -> Any:
    """The value of one YAML document; YamlError for anything else."""
    return _guarded(text, lambda: yaml.load(text, Loader=_Loader))  # noqa: S506 - the safe loader, in C


def load_with_lines(text: str) -> tuple[Any, dict[str, int]]:
    """The value, and the line of each top-level key; ({}, {}) for an empty text."""

    def both() -> tuple[Any, dict[str, int]]:
        node = yaml.compose(text, Loader=_Loader)
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        value = yaml.load(text, Loader=_Loader) if node is not None else {}  # noqa: S506 - the safe loader, in C
        return value, {str(key.value): key.start_mark.line + 1 for key, _ in pairs}

    return _guarded(text, both)


Lines = dict[tuple[str | int, ...], int]
"""The line of each value, by the keys and numbers that lead to it."""


def load_as_written(text: str) -> tuple[Any, Lines]:
    """The value, its keys as they are written (`no`, `1`), and the line of each of its parts; a key that stands twice is an error."""

    def both() -> tuple[Any, Lines]:
        loader, lines = _Loader(text), Lines()
        try:
            node = loader.get_single_node()
            return (_written(loader, node, (), lines) if node is not None else None), lines
        finally:
            loader.dispose()

    return _guarded(text, both)


def load_with_places(text: str) -> tuple[Any, dict[str, tuple[int, int]]]:
    """The value, and where the value of each top-level key stands, in characters; ({}, {}) for an empty text."""

    def both() -> tuple[Any, dict[str, tuple[int, int]]]:
        node = yaml.compose(text, Loader=_Loader)
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        value = yaml.load(text, Loader=_Loader) if node is not None else {}  # noqa: S506 - the safe loader, in C
        return value, {str(key.value): (inside.start_mark.index, inside.end_mark.index) for key, inside in pairs}

    return _guarded(text, both)


def dump(value: Any) -> str:
    """A value of texts, numbers, truth values, None, lists and mappings as YAML: mappings in their order, the innermost on one line."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
    return text


class _Dumper(yaml.SafeDumper):
    """The safe dumper, without aliases, which are not read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _written(loader: Any, node: Any, place: tuple[str | int, ...], lines: Lines) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_written(loader, each, (*place, number), lines) for number, each in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode) or node.tag != "tag:yaml.org,2002:map":
        return loader.construct_object(node, deep=True)
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError("a key is a text", line)
        if key.value in found:
            raise YamlError(f"the key {key.value!r} is written twice", line)
        found[key.value] = _written(loader, value, (*place, key.value), lines)
        lines[(*place, key.value)] = line
    return found


def _checked(text: str) -> None:
    """Looks at the events before anything is built of them: aliases multiply, and nesting takes the stack of the C loader."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise YamlError("aliases (*name) are not allowed", line)
        if depth > DEPTH:
            raise YamlError(f"nested deeper than {DEPTH} levels", line)


def _guarded(text: str, read: Callable[[], Value]) -> Value:
    try:
        _checked(text)
        return read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem or error.context), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], 1) from None
    except (RecursionError, ValueError, OverflowError, TypeError, AttributeError, LookupError) as error:
        raise YamlError(f"cannot be read ({type(error).__name__})", 1) from None
