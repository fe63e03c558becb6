"""A rule file beside what is inferred anew: what is new, what is tighter, and what would be looser, which never happens in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from auditor.inference.written import Inferred, scalar
from auditor.model import Json

WIDER = {("integer", "number"), ("date", "datetime")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is different: `kind` is added, tightened or loosened; `place` is column and key, or the rule."""

    kind: str
    place: str
    old: Json
    new: Json

    def __str__(self) -> str:
        told = {"added": "", "tightened": f"{_shown(self.old)} becomes ", "loosened": f"{_shown(self.old)} would become "}
        return f"{self.kind:<9} {self.place}: {told[self.kind]}{_shown(self.new)}"


def _shown(value: Json) -> str:
    return "nothing" if value is None else scalar(value)[:200]


def updated(old: Mapping[str, Json], new: Inferred, loosening: bool) -> tuple[Inferred, list[Change]]:
    """The rules of an old file (as YAML gives it) with what the new ones add and tighten and, where `loosening` is allowed, loosen."""
    changes: list[Change] = []
    before: Mapping[str, Json] = old.get("columns") or {}
    columns = {
        name: _column(name, before.get(name) or {}, new.columns.get(name), changes, loosening)
        for name in dict.fromkeys([*before, *new.columns])
    }
    if loosening:
        columns = {name: keys for name, keys in columns.items() if name in new.columns}
    known = {_said(rule): rule for rule in old.get("rules") or ()}
    fresh = {_said(rule): rule for rule in new.rules}
    changes += [Change(kind="added", place=f"rules.{said}", old=None, new=rule) for said, rule in fresh.items() if said not in known]
    inferable = {said: rule for said, rule in known.items() if said not in fresh and str(rule.get("id", "")).startswith("inferred-")}
    changes += [Change(kind="loosened", place=f"rules.{said}", old=rule, new=None) for said, rule in inferable.items()]
    kept = [rule for said, rule in known.items() if not (loosening and said in inferable)]
    rules = kept + [rule for said, rule in fresh.items() if said not in known]
    tested = {place: each for place, each in new.tested.items() if _same(place, columns, new)}
    return replace(new, columns=columns, rules=rules, tested=tested), changes


def _same(place: str, columns: Mapping[str, Mapping[str, Json]], new: Inferred) -> bool:
    """Whether what stands in the file is what was tested."""
    column, _, key = place.rpartition(".")
    return column not in columns or columns[column].get(key) == new.columns.get(column, {}).get(key)


def _said(rule: Mapping[str, Json]) -> str:
    return str(rule.get("expr") or rule.get("metric") or scalar([rule.get("gx"), rule.get("kwargs")]))


def _column(name: str, old: Mapping[str, Json], new: Mapping[str, Json] | None, changes: list[Change], loosening: bool) -> dict[str, Json]:
    if new is None:
        changes.append(Change(kind="loosened", place=name, old=dict(old), new=None))
        return dict(old)
    found = dict(old)
    for key in dict.fromkeys([*INFERRED, *new]):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        for kind, value in _compared(key, before, after):
            changes.append(Change(kind=kind, place=f"{name}.{key}", old=before, new=after))
            if kind != "loosened" or loosening:
                found[key] = value if kind != "loosened" else after
    return {key: value for key, value in found.items() if value is not None}


INFERRED = ("type", "nullable", "unique", "format", "enum", "range", "length", "regex", "excludes", "tolerate")


def _compared(key: str, old: Json, new: Json) -> list[tuple[str, Json]]:
    """How a key has changed, each with the value that the tighter side gives it."""
    if key == "tolerate":
        return [("tightened" if _share(new) < _share(old) else "loosened", new)]
    if old is None or (key == "nullable" and old is True):
        return [("added", new)] if new is not None else []
    if new is None:
        return [("loosened", old)]
    if key in {"range", "length"} and all(isinstance(each, list) and len(each) == 2 for each in (old, new)):
        return _bounds(old, new)
    if key == "enum" and isinstance(old, list):
        return [("tightened", new)] if {*map(scalar, new)} < {*map(scalar, old)} else [("loosened", old)]
    if key == "type" and (new, old) in WIDER:
        return [("tightened", new)]
    return [("loosened", old)]


def _bounds(old: list[Json], new: list[Json]) -> list[tuple[str, Json]]:
    low, high = (_side(a, b, sign) for a, b, sign in ((old[0], new[0], 1), (old[1], new[1], -1)))
    tighter = [new[place] if kind == "tightened" else old[place] for place, kind in enumerate((low, high))]
    return [(kind, tighter) for kind in dict.fromkeys((low, high)) if kind]


def _side(old: Json, new: Json, sign: int) -> str:
    if old == new:
        return ""
    if new is None:
        return "loosened"
    return "tightened" if old is None or sign * new > sign * old else "loosened"


def _share(value: Json) -> float:
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip().removesuffix("%")) / 100
    return float(value or 0)
