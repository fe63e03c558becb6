"""Suites of Great Expectations: what they say of one column becomes keys of it, everything else a rule by its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from auditor.model import Json
from auditor.schemas import keys, kinds
from auditor.schemas.compiling import compiled
from auditor.schemas.exchange.draft import Draft, Exported, left_out
from auditor.schemas.rulefile import RuleFile
from auditor.schemas.suites import load_suite

_VALUES = "expect_column_values_to_"
_WHOLE = re.compile(r"\\A\(\?:(.*)\)\\Z", re.DOTALL)
_TYPED = ("auditor_expression", "auditor_format")


def imported(value: Mapping[str, Json], _: str | None, path: Path) -> Draft:
    """The suite as a rule file. An expectation with an id, a share or a condition of its own stays one, by its type."""
    suite = load_suite(path)
    draft = Draft(name=suite["name"])
    listed = value["expectations"]
    there = [each["kwargs"].get("column") for each in suite["expectations"] if each["type"] == "expect_column_to_exist"]
    for each, original in zip(suite["expectations"], listed, strict=True):
        meta = original.get("meta") or {}
        for key in meta:
            if key not in ("rule_id", "why", "remedy", "maps_to"):
                draft.note(f"{each['id']}: {key} of its meta is not carried")
        if not (_plain(each) and _of_column(each, meta.get("rule_id"), draft)):
            _by_name(each, meta, draft)
    for name, column in draft.columns.items():
        if name not in there:
            column["required"] = False
    return draft


def _by_name(each: Mapping[str, Json], meta: Mapping[str, Json], draft: Draft) -> None:
    low, high = each["kwargs"].get("min_value"), each["kwargs"].get("max_value")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        draft.note(f"{each['id']} is not carried: no value lies between {low} and {high}")
        return
    told: dict[str, Json] = {}
    for key in ("why", "remedy", "maps_to"):
        try:
            told |= {key: keys.TERMS[key].read(meta[key]) and meta[key]} if meta.get(key) else {}
        except ValueError as error:
            draft.note(f"{each['id']}: {key} is not carried: {error}")
    severity = {"severity": each["severity"]} if each["severity"] else {}
    draft.rules.append({"id": each["id"], "gx": each["type"], "kwargs": each["kwargs"], **severity, **told})


def _plain(each: Mapping[str, Json]) -> bool:
    """Whether an expectation says nothing but what it expects of a column."""
    return not each["severity"] and isinstance(each["kwargs"].get("column"), str) and bool(each["kwargs"]["column"])


def _of_column(each: Mapping[str, Json], name: Json, draft: Draft) -> bool:
    """Takes an expectation as a key of its column; False where it has none, has it already, or has a name of its own."""
    kind, kwargs = each["type"].removeprefix(_VALUES), {key: item for key, item in each["kwargs"].items() if key != "column"}
    column = draft.columns.get(each["kwargs"]["column"], {})
    if kind not in _KEYS:
        return False
    found = _KEYS[kind](kwargs)
    if found is None or found[0] in column or name not in (None, f"{each['kwargs']['column']}.{found[0]}"):
        return False
    key, value = found
    notes = len(draft.notes)
    if key == "required":
        draft.columns.setdefault(each["kwargs"]["column"], {})
    else:
        draft.take(each["kwargs"]["column"], key, value, _READS[key], each["id"])
    if len(draft.notes) > notes:
        draft.notes.pop()  # it stays an expectation by its type, and nothing is lost
        return False
    return True


_Kwargs = dict[str, Json]
_Said = tuple[str, Json] | None


def _flag(key: str, value: bool) -> Callable[[_Kwargs], _Said]:
    return lambda kwargs: None if kwargs else (key, value)


def _limits(key: str) -> Callable[[_Kwargs], _Said]:
    def read(kwargs: _Kwargs) -> _Said:
        if set(kwargs) - {"min_value", "max_value", "strict_min", "strict_max"}:
            return None
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        strict_low, strict_high = bool(kwargs.get("strict_min")), bool(kwargs.get("strict_max"))
        if strict_low or strict_high:
            sides = {"above" if strict_low else "min": low, "below" if strict_high else "max": high}
            return key, {name: bound for name, bound in sides.items() if bound is not None}
        return key, [low, high]

    return read


def _set(key: str) -> Callable[[_Kwargs], _Said]:
    return lambda kwargs: (key, kwargs["value_set"]) if set(kwargs) == {"value_set"} else None


def _pattern(kwargs: _Kwargs) -> _Said:
    if set(kwargs) != {"regex"}:
        return None
    whole = _WHOLE.fullmatch(str(kwargs["regex"]))
    return ("regex", whole[1]) if whole else ("contains", kwargs["regex"])


def _order(direction: str) -> Callable[[_Kwargs], _Said]:
    def read(kwargs: _Kwargs) -> _Said:
        strictly = "strictly " if kwargs.get("strictly") else ""
        return ("order", strictly + direction) if set(kwargs) <= {"strictly"} else None

    return read


_KEYS: Mapping[str, Callable[[_Kwargs], _Said]] = {
    "expect_column_to_exist": _flag("required", True),
    "not_be_null": _flag("nullable", False),
    "be_unique": _flag("unique", True),
    "be_between": _limits("range"),
    "expect_column_value_lengths_to_be_between": _limits("length"),
    "expect_column_unique_value_count_to_be_between": _limits("distinct"),
    "be_in_set": _set("enum"),
    "not_be_in_set": _set("forbid"),
    "match_regex": _pattern,
    "not_match_regex": lambda kwargs: ("excludes", kwargs["regex"]) if set(kwargs) == {"regex"} else None,
    "be_increasing": _order("increasing"),
    "be_decreasing": _order("decreasing"),
}
_READS: Mapping[str, Callable[[Json], Json]] = {
    **dict.fromkeys(("nullable", "unique"), kinds.flag),
    **dict.fromkeys(("length", "distinct"), kinds.counts),
    **dict.fromkeys(("enum", "forbid"), kinds.values),
    **dict.fromkeys(("regex", "contains", "excludes"), kinds.pattern),
    "range": kinds.bounds,
    "order": kinds.order,
}


def exported(file: RuleFile) -> Exported:
    """The suite that the rule file becomes, without what Great Expectations has no expectation for."""
    notes, expectations = [], []
    for each in compiled(file)["expectations"]:
        if each["type"] in _TYPED:
            notes.append(f"{each['id']} is not carried: Great Expectations has no expectation for {each['kwargs'].get('text', 'a format')}")
            continue
        severity = None if each["severity"] == "error" else each["severity"]
        meta = {"rule_id": each["id"], **{key: each[key] for key in ("why", "remedy", "maps_to") if key in each}}
        expectations.append({"type": each["type"], "kwargs": each["kwargs"], "meta": meta, **({"severity": severity} if severity else {})})
    carried = {"rules", "key", *keys.COLUMN}  # what has no expectation is noted above
    return Exported(value={"name": file.name, "expectations": expectations, "meta": {}}, notes=(*notes, *left_out(file, carried)))
