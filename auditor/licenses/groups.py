"""What licences have in common, and which of two is the stricter."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from auditor.licenses.expression import License, parse, worst
from auditor.licenses.vocabularies import table

RESTRICTIVE = ("noncommercial", "noderivatives", "sharealike")
"""The groups whose licences forbid something; of two of them neither need be the stricter."""


def groups() -> tuple[str, ...]:
    """The names of the groups (rules/licenses/groups.yaml)."""
    return tuple(table("groups"))


@cache
def groups_of(license_id: str) -> frozenset[str]:
    """The groups that a licence is in."""
    return frozenset(name for name, group in table("groups").items() if any(fnmatchcase(license_id, each) for each in group["licenses"]))


def stricter(a: str, b: str) -> str:
    """The expression that forbids more; `a` where neither does. Of AND the strictest licence counts, of OR the least strict one."""
    return b if _strictness(b) > _strictness(a) else a


def _strictness(expression: str) -> int:
    return worst(parse(expression), _weight)


def _weight(one: License) -> int:
    return sum(table("groups")[name]["weight"] for name in groups_of(one.id))
