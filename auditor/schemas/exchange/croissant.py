"""Croissant (MLCommons): the fields of a record set with their types and its key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.model import AuditorError, Json, meant
from auditor.schemas.exchange.draft import Draft, Exported, left_out, named
from auditor.schemas.rulefile import ColumnRule, RuleFile

_TYPES = {
    **dict.fromkeys(("Text", "String"), "text"),
    **dict.fromkeys(("Integer", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"), "integer"),
    **dict.fromkeys(("Float", "Number", "Float16", "Float32", "Float64"), "number"),
    "Boolean": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "URL": "text",
}
_BACK = {
    "text": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
_CARRIED = ("@type", "@id", "name", "description", "dataType", "source", "repeated", "isArray", "arrayShape")
CARRIED = ("type", "key")
CONTEXT: Mapping[str, Json] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "sc": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "recordSet": "cr:recordSet",
    "field": "cr:field",
    "key": "cr:key",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "repeated": "cr:repeated",
}


def imported(value: Mapping[str, Json], part: str | None, path: Path) -> Draft:
    """The record set called `part`, else the one with the most fields, as a rule file."""
    found = {_name(each): each for each in named(value.get("recordSet")) if named(each.get("field"))}
    if not found:
        raise AuditorError(f"{path.name}: no record set has fields", "give a Croissant file whose recordSet describes its fields")
    if part is not None and part not in found:
        raise AuditorError(f"{path.name}: there is no record set {part!r}", f"{meant(part, found)}known are {', '.join(found)}")
    name = part if part is not None else max(found, key=lambda each: len(named(found[each]["field"])))
    draft = Draft(name=str(value.get("name") or name))
    for other in sorted(set(found) - {name}):
        draft.note(f"the record set {other} is not carried; `--part {other}` takes it instead")
    columns = {str(each.get("@id") or each.get("name")): _field(each, draft) for each in named(found[name]["field"])}
    key = found[name].get("key")
    ids = [
        str(each.get("@id")) if isinstance(each, Mapping) else str(each)
        for each in (key if isinstance(key, list) else [key] if key else [])
    ]
    if ids and all(columns.get(each) for each in ids):
        draft.identify([columns[each] for each in ids], "the key")
    elif ids:
        draft.note("the key is not carried: it names no field of the record set")
    return draft


def _name(record_set: Mapping[str, Json]) -> str:
    return str(record_set.get("name") or record_set.get("@id") or "records")


def _field(each: Mapping[str, Json], draft: Draft) -> str:
    """The column that a field is read from, which it adds to the draft."""
    source = each.get("source") if isinstance(each.get("source"), Mapping) else {}
    extract = source.get("extract") if source and isinstance(source.get("extract"), Mapping) else {}
    column = str((extract or {}).get("column") or str(each.get("name") or each.get("@id") or "").rpartition("/")[2])
    if not column:
        draft.note("a field without a name is not carried")
        return ""
    said = draft.columns.setdefault(column, {})
    if each.get("repeated") or each.get("isArray"):
        said["type"] = "list"
    elif each.get("subField"):
        said["type"] = "object"
    else:
        _type(column, each.get("dataType"), draft)
    for other in sorted(set(each) - set(_CARRIED)):
        draft.note(f"{column}: {other} is not carried")
    for step in sorted(set(source or {}) - {"fileObject", "fileSet", "extract", "@id", "distribution"}):
        draft.note(f"{column}: {step} of its source is not carried")
    return column


def _type(column: str, given: Json, draft: Draft) -> None:
    words = [str(each).rpartition("/")[2].rpartition(":")[2] for each in (given if isinstance(given, list) else [given] if given else [])]
    known = {_TYPES[word] for word in words if word in _TYPES}
    if len(known) == 1:
        draft.columns[column]["type"] = known.pop()
    if "URL" in words and draft.columns[column].get("type") == "text":
        draft.columns[column]["format"] = "url"
    for word in words:
        if word not in _TYPES:
            draft.note(f"{column}: the data type {word} is not carried")


def exported(file: RuleFile) -> Exported:
    """A record set with the columns as fields; where the values come from is to be added."""
    notes = left_out(file, (*CARRIED, "format"))
    fields = [_described(column, notes) for column in file.columns]
    key = {"key": [{"@id": f"records/{name}"} for name in file.dataset["key"]]} if "key" in file.dataset else {}
    records = {"@type": "cr:RecordSet", "@id": "records", "name": "records", **key, "field": fields}
    head = {"@context": dict(CONTEXT), "@type": "sc:Dataset", "name": file.name, "conformsTo": "http://mlcommons.org/croissant/1.0"}
    notes.append("which files the values are in (distribution, fileObject) is not carried; add it")
    return Exported(value={**head, "recordSet": [records]}, notes=tuple(notes))


def _described(column: ColumnRule, notes: list[str]) -> dict[str, Json]:
    kind: dict[str, Json] = {}
    if column.type == "list":
        kind = {"repeated": True}
    elif column.type in _BACK:
        kind = {"dataType": "sc:URL" if column.format == "url" else _BACK[column.type]}
    elif column.type is not None:
        notes.append(f"{column.name}: the type {column.type} is not carried")
    if column.format is not None and kind.get("dataType") != "sc:URL":
        notes.append(f"{column.name}: format {column.format} is not carried")
    source = {"extract": {"column": column.name}}
    return {"@type": "cr:Field", "@id": f"records/{column.name}", "name": column.name, **kind, "source": source}
