"""Inferred rules as the text of a rule file, with what each rests on and how it did on the records that were held out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.inference.learned import upper
from auditor.model import Json

ORDER = ("type", "nullable", "unique", "format", "enum", "range", "length", "regex", "excludes", "tolerate")
"""The keys of a column, in the order in which they are written."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.A)
_TAKEN = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_UNPRINTABLE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """How a rule did on the records held out: how many were examined, how many of them break it; and what it rests on."""

    examined: int
    broken: int
    ground: str = ""

    @property
    def bound(self) -> float:
        """The share of records that break it is below this one, with 95 % certainty."""
        return upper(self.broken, self.examined)

    def __str__(self) -> str:
        held = f"held out: {self.broken:,} of {self.examined:,} break it, fewer than {self.bound * 1e6:,.0f} in a million do"
        return "; ".join(filter(None, (self.ground, held if self.examined else "held out: no record has it")))


@dataclass(slots=True, kw_only=True)
class Inferred:
    """Rules of columns by name and key, and rules about several columns (`id` and `expr`, or `gx` and `kwargs`), as a rule file has them.

    `tested` says how each did, by `column.key` or id; `dropped` why a rule that was learnt is not among them.
    """

    columns: dict[str, dict[str, Json]] = field(default_factory=dict)
    rules: list[dict[str, Json]] = field(default_factory=list)
    tested: dict[str, Tested] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    learnt_from: int = 0
    held_out: int = 0


def scalar(value: Json) -> str:
    """A value as YAML in one line: that of JSON, what YAML does not print escaped, plain names unquoted."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _TAKEN:
            return value
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(scalar, value)) + "]"
    return json.dumps(value)


def written(inferred: Inferred, name: str, comments: Sequence[str], others: Mapping[str, Json] | None = None) -> str:
    """The text of the rule file, with a head of comments; `others` has sections that stand in it as they are."""
    return "".join(f"{line}\n" for line in _lines(inferred, name, comments, others or {}))


def _lines(inferred: Inferred, name: str, comments: Sequence[str], others: Mapping[str, Json]) -> Iterator[str]:
    yield from (f"# {line}" for line in comments)
    yield "auditor: 1"
    yield f"name: {scalar(name)}"
    yield from (f"{key}: {scalar(value)}" for key, value in others.items() if key not in {"auditor", "name", "columns", "rules"})
    if inferred.columns:
        yield "columns:"
    for column, keys in inferred.columns.items():
        yield f"  {scalar(column)}:" + ("" if keys else " {}")
        for key in (*ORDER, *(each for each in keys if each not in ORDER)):
            if key in keys:
                yield f"    {key}: {scalar(keys[key])}{_told(inferred.tested.get(f'{column}.{key}'))}"
    if inferred.rules:
        yield "rules:"
    yield from (f"  - {scalar(rule)}{_told(inferred.tested.get(rule.get('id', '')))}" for rule in inferred.rules)
    if inferred.dropped:
        yield "# Learnt, but not kept:"
    yield from (f"# {scalar(place)}: {reason}" for place, reason in inferred.dropped.items())


def _told(tested: Tested | None) -> str:
    return "" if tested is None else f"  # {tested}"
