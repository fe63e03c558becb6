"""YAML read safely: no tags beyond the standard ones, no aliases (a few bytes of them can stand for billions of values)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # type: ignore[no-untyped-call]
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not allowed", mark)
        return super().compose_node(parent, index)  # type: ignore[no-any-return, no-untyped-call]


@dataclass(frozen=True, slots=True)
class YamlError(Exception):
    """What is wrong with a YAML text, and on which of its lines (from 1)."""

    reason: str
    line: int


def load(text: str) -> Any:
    """The value of one YAML document; YamlError for anything else."""
    return _guarded(text, lambda loader: loader.get_single_data())


def load_with_lines(text: str) -> tuple[Any, dict[str, int]]:
    """The value, and the line of each top-level key; ({}, {}) for an empty text."""

    def both(loader: _Loader) -> tuple[Any, dict[str, int]]:
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        lines = {str(key.value): key.start_mark.line + 1 for key, _ in pairs}
        return loader.construct_document(node), lines  # type: ignore[no-untyped-call]

    value: tuple[Any, dict[str, int]] = _guarded(text, both)
    return value


def _guarded(text: str, read: Any) -> Any:
    try:
        loader = _Loader(text)
        try:
            return read(loader)
        finally:
            loader.dispose()  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem or error.context), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], 1) from None
    except (RecursionError, ValueError, OverflowError, TypeError) as error:
        raise YamlError(f"cannot be read ({type(error).__name__})", 1) from None
