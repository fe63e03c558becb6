"""Terms that are added to a licence: words beside its text or its name that it does not have of its own."""

from __future__ import annotations

import re
from functools import cache

from auditor.licenses.groups import groups_of
from auditor.licenses.vocabularies import table

KINDS = ("noncommercial", "research", "training", "derivatives", "conditions")
"""The kinds of terms, in the order in which they are told."""

_OWN = {"noncommercial": "noncommercial", "research": "noncommercial", "derivatives": "noderivatives"}
"""The group of licences (rules/licenses/groups.yaml) that say so themselves."""


def added(text: str, license_ids: tuple[str, ...], kinds: tuple[str, ...] = KINDS) -> tuple[str, ...]:
    """The phrases of `text` (words in lower case, one blank between) that restrict more than the licences themselves do."""
    groups = frozenset(group for each in license_ids for group in groups_of(each))
    plain = _harmless(groups).sub(" ", f" {text} ")
    own = {kind for kind, group in _OWN.items() if group in groups}
    return tuple(dict.fromkeys(match[1] for kind in kinds if kind not in own for match in _pattern(kind).finditer(plain)))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<= )({_either(table('restrictions')[kind])})(?= )")


@cache
def _harmless(groups: frozenset[str]) -> re.Pattern[str]:
    own = [phrase for group, phrases in table("restrictions")["own"].items() if group in groups for phrase in phrases]
    return re.compile(rf"(?<= )(?<! non )(?<! not )(?<! no )(?:{_either([*table('restrictions')['harmless'], *own])})(?= )")


def _either(phrases: list[str]) -> str:
    longest = sorted(map(str, phrases), key=len, reverse=True)
    return "|".join(re.escape(each).replace(r"\*", r"\w*").replace(r"\ ", " ") for each in longest)
