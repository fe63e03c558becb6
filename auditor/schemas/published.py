"""JSON Schemas (2020-12) of what is shared with others: rule files, for editors, and the JSON report, for programs that read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from auditor.model import Json, Severity, Status, Verdict
from auditor.schemas import keys

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_COUNT: Json = {"type": "integer", "minimum": 0}
_MAPPING: Json = {"type": "object"}
_FINGERPRINT: Json = {"type": "string", "pattern": "^[0-9a-f]{32}$"}


def rules() -> dict[str, Json]:
    """The JSON Schema of rule files. What it accepts may still be refused: expressions and regular expressions are texts to it."""
    sections: dict[str, Json] = {}
    for name, (says, table) in keys.SECTIONS.items():
        if name in ("records", "rules"):
            one = {**_mapping(table), "required": ["id", "path"]} if name == "records" else {**_mapping(table), "oneOf": _one_of_three()}
            sections[name] = {"type": "array", "items": one}
        elif name == "columns":
            sections[name] = {"type": "object", "additionalProperties": {"anyOf": [_mapping(table), {"type": "null"}]}}
        else:
            sections[name] = dict(keys.SPLITS.schema) if name == "splits" else _mapping(table)
        sections[name] |= {"description": says}
    top = _mapping(keys.TOP, removable=False)
    return {
        "$schema": DRAFT,
        "title": "Rule file of auditor",
        **top,
        "properties": {**top["properties"], **sections},
        "required": ["auditor"],
    }


def _mapping(table: Mapping[str, keys.Key], removable: bool = True) -> dict[str, Json]:
    """A mapping of these keys; null, where it is `removable`, takes back what an extended file says."""
    described = {key: {"description": each.says, **_or_null(each.schema, removable)} for key, each in table.items()}
    return {"type": "object", "properties": described, "additionalProperties": False}


def _or_null(schema: Mapping[str, Json], removable: bool) -> dict[str, Json]:
    return {"anyOf": [dict(schema), {"type": "null"}]} if removable else dict(schema)


def _one_of_three() -> list[Json]:
    """A rule has an expression, a metric with its bounds, or an expectation by its type."""
    return [{"required": ["id", "expr"]}, {"required": ["id", "metric", "between"]}, {"required": ["gx"]}]


def report() -> dict[str, Json]:
    """The JSON Schema of `auditor/report/1`. Fields are added, never renamed or removed: unknown ones are to be left alone."""
    sections = dict.fromkeys(("run", "config", "policy", "cost"), _MAPPING)
    return {
        "$schema": DRAFT,
        "title": "JSON report of auditor",
        **_fields(
            schema={"const": "auditor/report/1"},
            tool=_fields(name=_TEXT, version=_TEXT),
            **sections,
            dataset=_fields(name=_TEXT, digest={"type": "string", "pattern": "^sha256:"}, splits=_by_name(_split()), text_columns=_TEXTS),
            verdict={"enum": list(get_args(Verdict))},
            reasons=_TEXTS,
            outcomes=_list(_outcome()),
            findings=_list(_finding()),
            ledger=_list(_entry()),
            gaps=_TEXTS,
            leakage=_fields(pairs_of_splits=_list(_pair()), controls=_MAPPING, method=_MAPPING),
            license=_license(),
            frameworks=_list(_framework()),
        ),
    }


def _fields(**properties: Json) -> dict[str, Json]:
    """A mapping that has all of these fields, and maybe others."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(items: Json) -> dict[str, Json]:
    return {"type": "array", "items": items}


def _by_name(value: Json) -> dict[str, Json]:
    return {"type": "object", "additionalProperties": value}


def _or_nothing(kind: str) -> dict[str, Json]:
    return {"type": [kind, "null"]}


def _split() -> dict[str, Json]:
    rows: Json = {"type": ["integer", "null"], "minimum": 0}  # null where records were not read
    return _fields(rows=rows, files=_list(_fields(path=_TEXT, bytes=_COUNT, sha256=_TEXT, rows=rows)))


def _outcome() -> dict[str, Json]:
    return _fields(rule=_TEXT, name=_TEXT, status={"enum": list(get_args(Status))}, examined=_COUNT, found=_COUNT, note=_TEXT)


def _finding() -> dict[str, Json]:
    return _fields(
        rule=_TEXT,
        name=_TEXT,
        severity={"enum": [str(each) for each in Severity]},
        message=_TEXT,
        subject=_TEXT,
        check=_or_nothing("string"),
        fingerprint=_FINGERPRINT,
        where=_list(_place(fingerprint=_FINGERPRINT)),
        evidence=_fields(count=_COUNT),
        waived=_or_nothing("object"),
    )


def _place(**more: Json) -> dict[str, Json]:
    span: Json = {"anyOf": [{"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}, {"type": "null"}]}
    text, number = _or_nothing("string"), _or_nothing("integer")
    return _fields(split=text, row=number, column=text, file=text, line=number, span=span, **more)


def _entry() -> dict[str, Json]:
    return _fields(file=_TEXT, physical=_COUNT, parsed=_COUNT, rejected=_list(_fields(reason=_TEXT, count=_COUNT)), note=_TEXT)


def _pair() -> dict[str, Json]:
    share: Json = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    return _fields(left=_TEXT, right=_TEXT, right_rows=_COUNT, identical=_COUNT, near=_COUNT, contained=_COUNT, share=share)


def _license() -> dict[str, Json]:
    named = {name: _or_nothing("string") for name in ("declared", "detected", "concluded")}
    because = _fields(license=_TEXT, clause=_TEXT, source=_TEXT, note=_TEXT)
    judged = _fields(
        answer={"enum": ["allow", "condition", "unclear", "deny"]},
        because=_list(because),
        chosen=_or_nothing("string"),
        asked={"type": "boolean"},
    )
    uses: Json = {"type": "object", "additionalProperties": judged}
    return _fields(**named, sources=_list(_MAPPING), obligations={"type": "array"}, uses=uses)


def _framework() -> dict[str, Json]:
    named = dict.fromkeys(("id", "title", "version", "source", "scope"), _TEXT)
    status: Json = {"enum": ["direct", "partial", "not-evidenced", "human"]}
    evidence = {
        "type": "object",
        "anyOf": [_fields(rule=_TEXT), _fields(field=_TEXT)],
        **_fields(status=_TEXT, examined=_COUNT, found=_COUNT),
    }
    control = _fields(id=_TEXT, title=_TEXT, status=status, evidence=_list(evidence), note=_TEXT)
    return _fields(**named, dates=_list(_fields(on=_TEXT, what=_TEXT)), controls=_list(control))


def diff() -> dict[str, Json]:
    """The JSON Schema of `auditor/diff/1`, what `auditor diff -o json` writes. Fields are added, never renamed or removed."""
    side = _fields(name=_TEXT, kind={"enum": ["report", "dataset"]}, dataset=_TEXT, digest=_TEXT)
    severity: Json = {"enum": [str(each) for each in Severity]}
    count, share, text = ({"type": [kind, "null"], "minimum": 0} for kind in ("integer", "number", "string"))
    changed = _fields(name=_TEXT, before={}, after={})
    finding = _fields(rule=_TEXT, name=_TEXT, severity=severity, fingerprint=_FINGERPRINT, message=_TEXT, before=_COUNT, after=_COUNT)
    kinds = {kind: _list(finding) for kind in ("new", "grown", "shrunk", "gone")}
    pair = _fields(left=_TEXT, right=_TEXT, before=share, after=share, severity={"anyOf": [severity, {"type": "null"}]})
    column = _fields(split=_TEXT, column=_TEXT, change={"enum": ["added", "removed", "type"]}, before=text, after=text)
    drifted = _list(_fields(rule=_TEXT, severity=severity, message=_TEXT))
    moved = _fields(split=_TEXT, column=_TEXT, size={"type": "number"}, drifted=drifted)
    return {
        "$schema": DRAFT,
        "title": "JSON diff of auditor",
        **_fields(
            schema={"const": "auditor/diff/1"},
            tool=_fields(name=_TEXT, version=_TEXT),
            old=side,
            new=side,
            fail_on=severity,
            verdict={"enum": ["not-worse", "worse", "incomplete"]},
            incomplete=_list({"enum": ["old", "new"]}),
            worse=_list(_fields(severity=severity, part=_TEXT, message=_TEXT)),
            splits=_list(_fields(split=_TEXT, before=count, after=count)),
            files=_fields(added=_TEXTS, removed=_TEXTS, changed=_TEXTS, renamed=_list(_MAPPING)),
            records={"anyOf": [_fields(unknown=_TEXT), _flows()]},
            findings=_fields(**kinds, same=_COUNT),
            leakage=_list(pair),
            schema_changes={"anyOf": [_list(column), {"type": "null"}]},
            drift=_fields(compared=_COUNT, columns=_list(moved), unknown=text),
            license={"type": ["object", "null"]},
            waivers=_fields(begun=_list(_MAPPING), ended=_list(_MAPPING)),
            judgement=_fields(verdict=_MAPPING, policy=_list(changed), options=_list(changed), rules=_MAPPING, version=_MAPPING),
        ),
    }


def _flows() -> dict[str, Json]:
    """What became of the records of two datasets; null for what no column was named."""
    flows = _list(_fields(**{"from": _TEXT, "to": _TEXT, "rows": _COUNT, "examples": {"type": "array"}}))
    ends = _list(_fields(split=_TEXT, rows=_COUNT, examples=_list(_COUNT)))
    maybe = {"anyOf": [flows, {"type": "null"}]}
    columns = {"anyOf": [_TEXTS, {"type": "null"}]}
    return _fields(kept=_COUNT, moved=flows, relabelled=maybe, changed=maybe, removed=ends, added=ends, columns=columns)
