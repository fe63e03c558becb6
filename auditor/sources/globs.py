"""Globs over the paths of a dataset: *, ?, [...] inside a name, ** across folders."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|.", re.S)
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matching(pattern: str, paths: Iterable[str]) -> list[str]:
    """The paths that a glob matches as a whole, in their order; a malformed class ([z-a]) matches nothing.

    The pattern may come from a hostile card, so the automaton that runs it takes linear time.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(f"(?s:{''.join(map(_translated, _PARTS.findall(pattern.removeprefix('./'))))})", options)
    except (re2.error, UnicodeEncodeError):
        return []
    return [path for path in paths if compiled.fullmatch(path)]


def _translated(part: str) -> str:
    if part in _MEANING:
        return _MEANING[part]
    if len(part) == 1:
        return re.escape(part)
    negated = part[1] in "!^"
    members = re.sub(r"[]\\[^&~|]", r"\\\g<0>", part[2 if negated else 1 : -1])
    return f"[^/{members}]" if negated else f"[{members}]"
