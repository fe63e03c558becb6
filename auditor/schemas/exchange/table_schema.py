"""Table Schema (Frictionless Data): fields with their types, formats and constraints; also the schema of a resource of a data package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.model import AuditorError, Json, meant
from auditor.schemas import kinds
from auditor.schemas.exchange.draft import Draft, Exported, left_out, named
from auditor.schemas.kinds import Bounds
from auditor.schemas.rulefile import ColumnRule, RuleFile

_TYPES = {
    "string": "text",
    "integer": "integer",
    "year": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "array": "list",
    "object": "object",
}
_FORMATS = {"email": "email", "uri": "url", "uuid": "uuid"}
_CONSTRAINTS = (
    "required",
    "unique",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
)
_KNOWN = ("name", "type", "format", "constraints", "title", "description", "example", "rdfType")
_UNTYPED = {"any", None}
CARRIED = ("type", "nullable", "unique", "enum", "regex", "range", "length", "format", "key")


def imported(value: Mapping[str, Json], part: str | None, path: Path) -> Draft:
    """A Table Schema, or that of the resource called `part` (the first that has one) of a data package, as a rule file."""
    schema, name = _schema(value, part, path)
    draft = Draft(name=name)
    for each in named(schema.get("fields")):
        _field(each, draft)
    key = schema.get("primaryKey")
    if key:
        draft.identify(key, "primaryKey")
    for other in sorted(set(schema) - {"fields", "primaryKey", "$schema", "title", "description"}):
        draft.note(f"{other} is not carried")
    return draft


def _schema(value: Mapping[str, Json], part: str | None, path: Path) -> tuple[Mapping[str, Json], str]:
    if "fields" in value:
        return value, str(value.get("name") or "")
    found = {
        str(each.get("name") or number): each["schema"] for number, each in enumerate(named(value.get("resources"))) if _has_fields(each)
    }
    if not found:
        raise AuditorError(f"{path.name}: no resource has a schema with fields", "give a data package whose resources are described")
    name = part or next(iter(found))
    if name not in found:
        raise AuditorError(f"{path.name}: there is no resource {name!r}", f"{meant(name, found)}known are {', '.join(found)}")
    return found[name], name


def _has_fields(resource: Mapping[str, Json]) -> bool:
    return isinstance(resource.get("schema"), Mapping) and isinstance(resource["schema"].get("fields"), list)


def _field(each: Mapping[str, Json], draft: Draft) -> None:
    name = each.get("name")
    kind, form = (value if value is None else str(value) for value in (each.get("type"), each.get("format", "default")))
    if not isinstance(name, str) or not name:
        draft.note("a field without a name is not carried")
        return
    draft.columns[name] = {}
    if kind in _TYPES and not (kind in ("date", "datetime") and form not in ("default", "any")):
        draft.columns[name]["type"] = _TYPES[kind]
    elif kind not in _UNTYPED:
        draft.note(f"{name}: type {kind} with format {form} is not carried" if kind in _TYPES else f"{name}: type {kind} is not carried")
    if kind == "string" and form in _FORMATS:
        draft.columns[name]["format"] = _FORMATS[form]
    elif kind == "string" and form != "default":
        draft.note(f"{name}: format {form} is not carried")
    for other in sorted(set(each) - set(_KNOWN)):
        draft.note(f"{name}: {other} is not carried")
    constraints = each.get("constraints") or {}
    if isinstance(constraints, Mapping):
        _constraints(name, constraints, draft)


def _constraints(name: str, given: Mapping[str, Json], draft: Draft) -> None:
    for other in sorted(set(given) - set(_CONSTRAINTS)):
        draft.note(f"{name}: {other} is not carried")
    if given.get("required") is True:
        draft.columns[name]["nullable"] = False
    if given.get("unique") is True:
        draft.columns[name]["unique"] = True
    if "enum" in given:
        draft.take(name, "enum", given["enum"], kinds.values, f"{name}: enum")
    if "pattern" in given:
        draft.take(name, "regex", given["pattern"], kinds.pattern, f"{name}: pattern")
    sides = {"min": "minimum", "above": "exclusiveMinimum", "max": "maximum", "below": "exclusiveMaximum"}
    bounds = {side: given[key] for side, key in sides.items() if key in given}
    if bounds:
        draft.take(name, "range", bounds, kinds.bounds, f"{name}: its bounds")
    lengths = {side: given[key] for side, key in (("min", "minLength"), ("max", "maxLength")) if key in given}
    if lengths:
        draft.take(name, "length", lengths, kinds.counts, f"{name}: its length")


# ── and back ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_BACK = {ours: theirs for theirs, ours in _TYPES.items() if theirs != "year"}
_FORMATS_BACK = {ours: theirs for theirs, ours in _FORMATS.items()}


def exported(file: RuleFile) -> Exported:
    """The columns as a Table Schema."""
    notes = left_out(file, CARRIED)
    fields = [_described(column, notes) for column in file.columns]
    key = {"primaryKey": list(file.dataset["key"])} if "key" in file.dataset else {}
    return Exported(value={"fields": fields, **key}, notes=tuple(notes))


def _described(column: ColumnRule, notes: list[str]) -> dict[str, Json]:
    kind = {"type": _BACK[column.type]} if column.type else {"type": "string"} if column.format in _FORMATS_BACK else {"type": "any"}
    form = {"format": _FORMATS_BACK[column.format]} if column.format in _FORMATS_BACK else {}
    if column.format and not form:
        notes.append(f"{column.name}: format {column.format} is not carried")
    constraints: dict[str, Json] = {}
    constraints |= {"required": True} if column.nullable is False else {}
    constraints |= {"unique": True} if column.unique else {}
    constraints |= {"enum": list(column.enum)} if column.enum is not None else {}
    constraints |= {"pattern": column.regex} if column.regex is not None else {}
    constraints |= limits(column.range, "imum") | limits(column.length, "Length")
    return {"name": column.name, **kind, **form, **({"constraints": constraints} if constraints else {})}


def limits(bounds: Bounds | None, ending: str) -> dict[str, Json]:
    """Bounds as `minimum`, `maximum` and their kin, which JSON Schema has, too."""
    if bounds is None:
        return {}
    if ending == "Length":  # of whole numbers: a bound that is left out is the next one
        low, high = (None if each is None else int(each) for each in (bounds.low, bounds.high))
        sides: dict[str, Json] = {
            "minLength": low if low is None else low + bounds.above,
            "maxLength": high if high is None else high - bounds.below,
        }
    else:
        lower, upper = ("exclusiveMinimum" if bounds.above else "minimum"), ("exclusiveMaximum" if bounds.below else "maximum")
        sides = {lower: bounds.low, upper: bounds.high}
    return {key: bound for key, bound in sides.items() if bound is not None}
