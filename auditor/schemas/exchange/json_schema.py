"""JSON Schema of one record: properties that a column can say become columns, what lies deeper becomes rules about nested records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from auditor.model import Json
from auditor.schemas import kinds
from auditor.schemas.exchange.draft import Draft, Exported, left_out
from auditor.schemas.exchange.table_schema import limits
from auditor.schemas.published import DRAFT
from auditor.schemas.rulefile import ColumnRule, RuleFile

_TYPES = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean", "array": "list", "object": "object"}
_FORMATS = {"email": "email", "uri": "url", "uuid": "uuid", "ipv4": "ipv4", "ipv6": "ipv6"}
_MOMENTS = {"date": "date", "date-time": "datetime"}
_TOLD = {"title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "writeOnly"}
_FLAT = {
    *("type", "format", "enum", "const", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minItems", "maxItems", "not"),
}
_ROOT = {"$schema", "$id", "type", "properties", "required", "additionalProperties"}
_WHOLE = re.compile(r"\^\(\?:(.*)\)\$", re.DOTALL)
CARRIED = ("type", "nullable", "enum", "forbid", "regex", "contains", "excludes", "range", "length", "format", "records")


def imported(value: Mapping[str, Json], _: str | None, __: Path) -> Draft:
    """A JSON Schema as a rule file. What columns cannot say stays JSON Schema, in a rule about the record or a part of it."""
    draft = Draft(name=str(value.get("title") or ""))
    properties = value.get("properties") or {}
    required = value.get("required") if isinstance(value.get("required"), list) else []
    deeper = set(value) - _ROOT - _TOLD or value.get("additionalProperties", True) is not True or not isinstance(properties, Mapping)
    if deeper or value.get("type", "object") != "object":
        draft.records.append({"id": "record", "path": "$", "json_schema": dict(value)})
        return draft
    for name, each in properties.items():
        _property(str(name), each, name in (required or []), draft)
    for name in required or []:
        if isinstance(name, str):
            draft.columns.setdefault(name, {})["nullable"] = False
    return draft


def _property(name: str, each: Json, required: bool, draft: Draft) -> None:
    draft.columns[name] = {}
    if each is True or each == {}:
        return
    if not _is_flat(each):
        step = f"$.{name}" if re.fullmatch(r"[^\W\d][\w-]*", name) else f'$["{name}"]'
        try:
            kinds.path(step)
        except ValueError:
            draft.note(f"{name}: its schema is not carried: no path leads to a column of that name")
            return
        draft.records.append({"id": f"{name}.shape", "path": step, "json_schema": each if isinstance(each, Mapping) else {"not": {}}})
        return
    kind = [each["type"]] if isinstance(each.get("type"), str) else list(each.get("type") or [])
    plain = [word for word in kind if word != "null"]
    if plain and plain[0] == "string" and each.get("format") in _MOMENTS:
        draft.columns[name]["type"] = _MOMENTS[each["format"]]
    elif plain:
        draft.columns[name]["type"] = _TYPES[plain[0]]
    refused = ("null" not in kind) if kind else (None not in each["enum"] if isinstance(each.get("enum"), list) else "const" in each)
    if required != refused and (required or kind or "enum" in each or "const" in each):
        allowed = "null but not missing" if required else "missing but not null"
        draft.note(f"{name}: that it may be {allowed} is not carried: a column knows no difference")
    _values(name, each, draft)


def _is_flat(each: Json) -> bool:
    """Whether a column can say all that a schema says."""
    if not isinstance(each, Mapping) or set(each) - _FLAT - _TOLD:
        return False
    kind = each.get("type")
    plain = [word for word in (kind if isinstance(kind, list) else [kind] if kind else []) if word != "null"]
    if len(plain) > 1 or not all(isinstance(word, str) and word in _TYPES for word in plain) or ("null" in (kind or ()) and not plain):
        return False
    denied = each.get("not", {})
    if each.get("format") not in (None, *_FORMATS, *_MOMENTS) or not isinstance(denied, Mapping) or len(denied) > 1:
        return False
    if set(denied) - {"enum", "pattern"} or ("pattern" in each and _cannot(each["pattern"])):
        return False
    texts = {"pattern", "minLength", "maxLength", "format"} & set(each)
    numbers = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & set(each)
    lists = {"minItems", "maxItems"} & set(each)
    fits = {"string": not numbers and not lists, "array": not numbers and not texts, "boolean": not numbers and not lists and not texts}
    untyped = not plain and (texts or numbers or lists)  # JSON Schema asks each only of values of its type
    return not untyped and fits.get(plain[0] if plain else "", not texts and not lists)


def _cannot(pattern: Json) -> bool:
    try:
        kinds.pattern(pattern)
    except ValueError:
        return True
    return False


def _values(name: str, each: Mapping[str, Json], draft: Draft) -> None:
    if each.get("format") in _FORMATS:
        draft.columns[name]["format"] = _FORMATS[each["format"]]
    listed = each.get("enum", [each["const"]] if "const" in each else None)
    if listed is not None:
        some = [item for item in listed if item is not None] if isinstance(listed, list) else listed
        draft.take(name, "enum", some, kinds.values, f"{name}: enum")
    if "pattern" in each:
        whole = _WHOLE.fullmatch(each["pattern"])
        draft.columns[name] |= {"regex": whole[1]} if whole else {"contains": each["pattern"]}
    sides = {"min": "minimum", "above": "exclusiveMinimum", "max": "maximum", "below": "exclusiveMaximum"}
    bounds = {side: each[key] for side, key in sides.items() if key in each}
    if bounds:
        draft.take(name, "range", bounds, kinds.bounds, f"{name}: its bounds")
    for low, high in (("minLength", "maxLength"), ("minItems", "maxItems")):
        lengths = {side: each[key] for side, key in (("min", low), ("max", high)) if key in each}
        if lengths:
            draft.take(name, "length", lengths, kinds.counts, f"{name}: its length")
    denied = each.get("not", {})
    if "enum" in denied:
        draft.take(name, "forbid", denied["enum"], kinds.values, f"{name}: not enum")
    if "pattern" in denied:
        draft.take(name, "excludes", denied["pattern"], kinds.pattern, f"{name}: not pattern")


# ── and back ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_BACK = {ours: theirs for theirs, ours in _TYPES.items()}
_BACK_FORMATS = {ours: theirs for theirs, ours in _FORMATS.items()}
_BACK_MOMENTS = {ours: theirs for theirs, ours in _MOMENTS.items()}


def exported(file: RuleFile) -> Exported:
    """The JSON Schema of one record."""
    notes = left_out(file, CARRIED)
    properties = {column.name: _described(column, notes) for column in file.columns}
    required = [column.name for column in file.columns if column.nullable is False]
    value: dict[str, Json] = {"$schema": DRAFT, "title": file.name, "type": "object", "properties": properties}
    value |= {"required": required} if required else {}
    parts = [_part(each.path, each.json_schema) for each in file.records if each.json_schema is not None]
    whole = [part for part in parts if part is not None]
    notes += [f"the rule {each.id} about {each.path} is not carried" for each in file.records if _part(each.path, each.json_schema) is None]
    return Exported(value=value | ({"allOf": whole} if whole else {}), notes=tuple(notes))


def _part(path: str, schema: Mapping[str, Json] | None) -> dict[str, Json] | None:
    """A schema for a part of the record as one for the record, where the path is `$` or `$.name`."""
    if schema is None or not re.fullmatch(r"\$(\.[^\W\d][\w-]*)?", path):
        return None
    return dict(schema) if path == "$" else {"properties": {path[2:]: dict(schema)}}


def _described(column: ColumnRule, notes: list[str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if column.type in _BACK_MOMENTS:
        found |= {"type": "string", "format": _BACK_MOMENTS[column.type]}
        if column.range is not None:
            notes.append(f"{column.name}: a range of dates is not carried")
    elif column.type is not None:
        found["type"] = _BACK[column.type]
    if column.nullable is not False and "type" in found:
        found["type"] = [found["type"], "null"]
    if column.format in _BACK_FORMATS:
        found |= {"type": found.get("type", ["string", "null"]), "format": _BACK_FORMATS[column.format]}
    elif column.format is not None:
        notes.append(f"{column.name}: format {column.format} is not carried")
    if column.enum is not None:
        found["enum"] = [*column.enum, *([None] if column.nullable is not False else [])]
    if column.range is not None and not column.range.times:
        found |= limits(column.range, "imum")
    if column.length is not None:
        lengths = limits(column.length, "Length")
        found |= {key.replace("Length", "Items"): bound for key, bound in lengths.items()} if column.type == "list" else lengths
    return found | _patterns(column, notes)


def _patterns(column: ColumnRule, notes: list[str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if column.regex is not None:
        found["pattern"] = f"^(?:{column.regex})$"
        if column.contains is not None:
            notes.append(f"{column.name}: contains is not carried beside regex")
    elif column.contains is not None:
        found["pattern"] = column.contains
    if column.forbid is not None:
        found["not"] = {"enum": list(column.forbid)}
        if column.excludes is not None:
            notes.append(f"{column.name}: excludes is not carried beside forbid")
    elif column.excludes is not None:
        found["not"] = {"pattern": column.excludes}
    return found
