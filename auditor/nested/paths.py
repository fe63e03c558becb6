"""Paths into records: `$` and steps `.name`, `["name"]`, `[0]`, `[-1]` and `[*]`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.kernels.nodes import Nodes

Step = str | int | None
"""A key, a place in an array (from its end where negative), or None: every element."""

_STEP = re.compile(r"""\.([^\W\d][\w-]*)|\[(?:(-?\d{1,9})|(\*)|"((?:[^"\\]|\\.)*)"|'([^']*)')\]""")
_PLAIN = re.compile(r"[^\W\d][\w-]*")


def steps(path: str) -> tuple[Step, ...]:
    """The steps of a path; ValueError where it is none."""
    found: list[Step] = []
    place = 1
    while path.startswith("$") and place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            raise ValueError(f"{path[place:]!r:.80} is no step of a path")
        name, index, every, quoted, plain = step.groups()
        if index is not None:
            found.append(int(index))
        elif every:
            found.append(None)
        else:
            found.append(name or plain or json.loads(f'"{quoted or ""}"'))
        place = step.end()
    if not path.startswith("$"):
        raise ValueError("a path begins with $")
    return tuple(found)


def written(parts: Sequence[str | int]) -> str:
    """The path with these steps."""
    return "$" + "".join(_written(part) for part in parts)


def _written(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN.fullmatch(part) else f"[{json.dumps(part, ensure_ascii=False)}]"


def of_node(nodes: Nodes, node: int, keys: Sequence[str]) -> list[str | int]:
    """The steps that lead to a node; `keys` are those of the nodes in the order of their numbers."""
    parts: list[str | int] = []
    while node >= nodes.records:
        name = int(nodes.names[node])
        parts.append(keys[name] if name >= 0 else int(nodes.places[node]))
        node = int(nodes.parents[node])
    return parts[::-1]
