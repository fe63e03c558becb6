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
_TRUTH: Json = {"type": "boolean"}
_DAY: Json = {"type": "string", "format": "date"}
_SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_ANSWER: Json = {"enum": ["allow", "condition", "unclear", "deny"]}
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
    return {
        "$schema": DRAFT,
        "title": "JSON report of auditor",
        **_with_maybe(_needed(), license_records=_license_records(), license_mix=_license_mix(), waivers=_waivers(), baseline=_baseline()),
    }


def _needed() -> dict[str, Json]:
    """What every report has."""
    return _fields(
        schema={"const": "auditor/report/1"},
        tool=_fields(name=_TEXT, version=_TEXT),
        run=_with_maybe({}, tree=_with_maybe({}, folder=_or_nothing("string"), file=_or_nothing("string"), config=_or_nothing("string"))),
        config=_MAPPING,
        policy=_with_maybe(_fields(name=_TEXT, fail_on=_TEXT), digest=_TEXT, use=_TEXTS, roles=_MAPPING, checks=_MAPPING),
        dataset=_dataset(),
        verdict={"enum": list(get_args(Verdict))},
        reasons=_TEXTS,
        outcomes=_list(_outcome()),
        findings=_list(_finding()),
        ledger=_list(_entry()),
        gaps=_TEXTS,
        leakage=_fields(pairs_of_splits=_list(_pair()), controls=_MAPPING, method=_MAPPING),
        license=_license(),
        frameworks=_list(_framework()),
        cost=_with_maybe({}, inputs=_list(_input()), steps=_list(_step()), summary=_TEXT),
    )


def _fields(**properties: Json) -> dict[str, Json]:
    """A mapping that has all of these fields, and maybe others."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _with_maybe(schema: Mapping[str, Json], **properties: Json) -> dict[str, Json]:
    """The schema of a mapping that may have these fields too."""
    return {"type": "object", **schema, "properties": {**schema.get("properties", {}), **properties}}


def _list(items: Json) -> dict[str, Json]:
    return {"type": "array", "items": items}


def _by_name(value: Json) -> dict[str, Json]:
    return {"type": "object", "additionalProperties": value}


def _or_nothing(kind: str) -> dict[str, Json]:
    return {"type": [kind, "null"]}


def _dataset() -> dict[str, Json]:
    digest: Json = {"type": "string", "pattern": "^sha256:"}
    needed = _fields(name=_TEXT, digest=digest, splits=_by_name(_split()), text_columns=_TEXTS)
    return _with_maybe(needed, documents=_list(_fields(path=_TEXT, sha256=_TEXT)))


def _split() -> dict[str, Json]:
    rows: Json = {"type": ["integer", "null"], "minimum": 0}  # null where records were not read
    return _fields(rows=rows, files=_list(_fields(path=_TEXT, bytes=_COUNT, sha256=_TEXT, rows=rows)))


def _outcome() -> dict[str, Json]:
    return _fields(rule=_TEXT, name=_TEXT, status={"enum": list(get_args(Status))}, examined=_COUNT, found=_COUNT, note=_TEXT)


def _finding() -> dict[str, Json]:
    severity: Json = {"enum": [str(each) for each in Severity]}
    needed = _fields(
        rule=_TEXT,
        name=_TEXT,
        severity=severity,
        message=_TEXT,
        subject=_TEXT,
        check=_or_nothing("string"),
        fingerprint=_FINGERPRINT,
        where=_list(_place(fingerprint=_FINGERPRINT)),
        evidence=_fields(count=_COUNT),
        waived={"anyOf": [_waived(), {"type": "null"}]},
    )
    return _with_maybe(needed, baseline=_TRUTH, found_as=severity)


def _waived() -> dict[str, Json]:
    """By whom, why and until when a finding is accepted; `waivers` counts them where each place has its own."""
    needed = _fields(reason=_TEXT, owner=_TEXT, until=_DAY, by=_FINGERPRINT, file=_TEXT)
    return _with_maybe(needed, ticket=_TEXT, waivers=_COUNT)


def _place(**more: Json) -> dict[str, Json]:
    span: Json = {"anyOf": [{"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}, {"type": "null"}]}
    text, number = _or_nothing("string"), _or_nothing("integer")
    plain = _fields(split=text, row=number, column=text, file=text, line=number, span=span)
    needed = {"properties": {**plain["properties"], **more}, "required": sorted([*plain["required"], *more])}
    return _with_maybe(needed, digest=_TEXT, message=_TEXT, **({"partner": _place()} if more else {}))


def _entry() -> dict[str, Json]:
    return _fields(file=_TEXT, physical=_COUNT, parsed=_COUNT, rejected=_list(_fields(reason=_TEXT, count=_COUNT)), note=_TEXT)


def _pair() -> dict[str, Json]:
    share: Json = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    return _fields(left=_TEXT, right=_TEXT, right_rows=_COUNT, identical=_COUNT, near=_COUNT, contained=_COUNT, share=share)


def _license() -> dict[str, Json]:
    named = {name: _or_nothing("string") for name in ("declared", "detected", "concluded")}
    because = _fields(license=_TEXT, clause=_TEXT, source=_TEXT, note=_TEXT)
    judged = _fields(answer=_ANSWER, because=_list(because), chosen=_or_nothing("string"), asked=_TRUTH)
    ruled: Json = {"enum": ["allow", "review", "deny", None]}  # by a list of the policy
    duty = _fields(license=_TEXT, kind=_TEXT, text=_TEXT, clause=_TEXT, uses=_TEXTS, met=_or_nothing("boolean"), file=_or_nothing("string"))
    needed = _fields(**named, sources=_list(_statement()), obligations=_list(duty), uses=_by_name(_with_maybe(judged, ruled=ruled)))
    return _with_maybe(needed, advice=_TEXT)


def _statement() -> dict[str, Json]:
    """What one document says of a licence."""
    expression = _or_nothing("string")
    return _fields(file=_TEXT, line=_or_nothing("integer"), method=_TEXT, kind=_TEXT, text=_TEXT, expression=expression, status=_TEXT)


def _license_records() -> dict[str, Json]:
    row = _fields(expression=_or_nothing("string"), text=_or_nothing("string"), rows=_COUNT, share=_SHARE)
    split = _fields(licenses=_list(row), rows=_COUNT, unknown_rows=_COUNT)
    return _with_maybe(_fields(columns=_by_name(_TEXT), splits=_by_name(split)), copies=_MAPPING, generators=_MAPPING)


def _license_mix() -> dict[str, Json]:
    pair = _fields(left=_or_nothing("string"), right=_or_nothing("string"), answer=_TEXT, reason=_TEXT)
    mixed = _with_maybe({}, answer=_TEXT)  # empty where no source is named
    return _fields(sources=_list(_MAPPING), count=_COUNT, collection=mixed, adaptation=mixed, pairs=_list(pair), pairs_count=_COUNT)


def _waivers() -> dict[str, Json]:
    state: Json = {"enum": ["holds", "expired", "outgrown", "unused", "not looked for"]}
    said = _fields(by=_FINGERPRINT, owner=_TEXT, reason=_TEXT, until=_DAY, file=_TEXT)
    entry = {**said["properties"], "rule": _or_nothing("string"), "places": _COUNT, "covers": _COUNT, "state": state}
    return _fields(entries=_list(_with_maybe(_fields(**entry), ticket=_TEXT)))


def _baseline() -> dict[str, Json]:
    row = _fields(rule=_TEXT, fingerprint=_FINGERPRINT, message=_TEXT, count=_COUNT)
    grown = _list(_with_maybe(row, before=_COUNT))
    return _fields(report=_TEXT, digest=_TEXT, known=_COUNT, new=_COUNT, grown=grown, gone=_list(row))


def _input() -> dict[str, Json]:
    """A number that the costs rest on, with its range; `given` where the user gave it."""
    number: Json = {"type": "number"}
    return _fields(name=_TEXT, value=number, low=number, high=number, unit=_TEXT, source=_TEXT, given=_TRUTH)


def _step() -> dict[str, Json]:
    number: Json = {"type": "number"}
    return _fields(label=_TEXT, formula=_TEXT, value=number, low=number, high=number, unit=_TEXT)


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
