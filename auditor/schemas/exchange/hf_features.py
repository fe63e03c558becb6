"""Features of Hugging Face datasets: in the YAML of a card, in dataset_info.json and in dataset_infos.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from auditor.model import AuditorError, Json, meant
from auditor.schemas.exchange.draft import Draft, Exported, left_out, named
from auditor.schemas.rulefile import ColumnRule, RuleFile

_WORDS = (
    (re.compile(r"(large_)?string|string_view"), "text"),
    (re.compile(r"u?int(8|16|32|64)"), "integer"),
    (re.compile(r"float(16|32|64)?|double|half_float|decimal(128|256)?\(.*\)"), "number"),
    (re.compile(r"bool|boolean"), "boolean"),
    (re.compile(r"date(32|64)"), "date"),
    (re.compile(r"timestamp\[.*\]"), "datetime"),
)
_BACK = {"text": "string", "integer": "int64", "number": "float64", "boolean": "bool", "date": "date32", "datetime": "timestamp[us]"}
_STRUCTURES = {"image", "audio", "video", "pdf", "translation", "translationvariablelanguages"}
MOST = 1_000
"""Classes up to which the values of a label are listed."""


def imported(value: Mapping[str, Json], part: str | None, path: Path) -> Draft:
    """The features of the configuration called `part` (the first) as a rule file."""
    found = _configurations(value)
    if not found:
        raise AuditorError(f"{path.name}: there are no features", "give a card, a dataset_info.json or a dataset_infos.json with features")
    name = part if part is not None else next(iter(found))
    if name not in found:
        raise AuditorError(f"{path.name}: there is no configuration {name!r}", f"{meant(name, found)}known are {', '.join(found)}")
    draft = Draft(name=name)
    for other in list(found)[1:] if part is None else ():
        draft.note(f"the configuration {other} is not carried; `--part {other}` takes it instead")
    features = found[name]
    columns = features.items() if isinstance(features, Mapping) else [(each.get("name"), each) for each in named(features)]
    for column, feature in columns:
        if isinstance(column, str) and column:
            draft.columns[column] = {}
            _feature(column, feature, draft)
    return draft


def _configurations(value: Mapping[str, Json]) -> dict[str, Json]:
    """The features by configuration, in order."""
    infos = value.get("dataset_info", value)
    listed: list[Mapping[str, Json]] = [infos] if isinstance(infos, Mapping) and "features" in infos else named(infos)
    if not listed and isinstance(infos, Mapping):
        listed = [{"config_name": name, **each} for name, each in infos.items() if isinstance(each, Mapping)]
    return {str(each.get("config_name") or ""): each["features"] for each in listed if each.get("features")}


def _feature(column: str, feature: Json, draft: Draft) -> None:
    if isinstance(feature, list):
        draft.columns[column]["type"] = "list"
        return
    given = feature if isinstance(feature, Mapping) else {}
    word = given.get("dtype")
    kind = str(given.get("_type") or "").lower()
    if kind == "classlabel" or (isinstance(word, Mapping) and "class_label" in word):
        inside = given if kind or not isinstance(word, Mapping) else word["class_label"]
        _label(column, inside if isinstance(inside, Mapping) else {}, draft)
    elif kind in ("sequence", "list", "largelist") or {"sequence", "list"} & set(given):
        inner = given.get("feature", given.get("sequence"))
        of_structures = kind == "sequence" and isinstance(inner, Mapping) and "_type" not in inner
        draft.columns[column]["type"] = "object" if of_structures or isinstance(given.get("sequence"), list) else "list"
    elif kind in _STRUCTURES or str(word) in _STRUCTURES or "struct" in given or (not word and not kind and given):
        draft.columns[column]["type"] = "object"
    else:
        known = next((ours for pattern, ours in _WORDS if pattern.fullmatch(str(word))), None)
        if known is None:
            draft.note(f"{column}: the feature {str(word or kind or feature)[:60]} is not carried")
        else:
            draft.columns[column]["type"] = known


def _label(column: str, given: Mapping[str, Json], draft: Draft) -> None:
    """Classes are kept as their numbers."""
    names = given.get("names")
    listed = [str(each) for each in (names.values() if isinstance(names, Mapping) else names if isinstance(names, list) else [])]
    count = len(listed) or given.get("num_classes")
    draft.columns[column]["type"] = "integer"
    if isinstance(count, int) and not isinstance(count, bool) and count > 0:
        draft.columns[column] |= {"enum": list(range(count))} if count <= MOST else {"range": [0, count - 1]}
    if listed and len(listed) <= 50:
        draft.columns[column]["why"] = "classes: " + ", ".join(f"{number} {each}" for number, each in enumerate(listed))
    draft.note(f"{column}: -1, by which Hugging Face marks a record without a class, is not among its values")


def exported(file: RuleFile) -> Exported:
    """The columns as `features` of a dataset_info.json."""
    notes = left_out(file, ("type",))
    features = {column.name: each for column in file.columns if (each := _described(column, notes)) is not None}
    return Exported(value={"features": features}, notes=tuple(notes))


def _described(column: ColumnRule, notes: list[str]) -> dict[str, Json] | None:
    if column.type in _BACK:
        return {"dtype": _BACK[column.type], "_type": "Value"}
    notes.append(
        f"{column.name} is not carried: features need the type of its parts"
        if column.type
        else f"{column.name} is not carried: it has no type"
    )
    return None
