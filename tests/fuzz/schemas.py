"""Rule files: expressions that are read as they are written, files and foreign formats that are read, or refused at a line."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pyarrow as pa

from auditor.model import AuditorError
from auditor.schemas.evaluation import CellError, evaluate
from auditor.schemas.exchange import FORMATS, exported, imported
from auditor.schemas.parser import parse
from auditor.schemas.rulefile import load
from auditor.schemas.suites import load_suite
from auditor.schemas.tree import ExpressionError, as_json, of_json, render

from . import spoil
from .documents import YAML_SPICES, YAML_VALUES
from .rules import presets
from .target import Outcome, Target, hold
from .texts import JSON_SPICES, VALUES

# ── expressions ───────────────────────────────────────────────────────────────────────────────────────────────────────

_EXPRESSIONS = (
    b"end >= start and end is not null",
    b"not (a + b * 2 == -c) or `odd name` in ['x', \"it''s\"]",
    b"len(lower(trim(s))) > 3 and abs(a - b) / c <= 1.5e3",
    b"when < date('2024-06-01T10:00:00+02:00') and ok == true and s is integer",
)
_SIGNS: tuple[bytes, ...] = (
    *(b"and", b"or", b"not", b"in", b"is", b"null", b"true", b"false", b"(", b")", b"[", b"]", b",", b"==", b"!=", b"<=", b"<", b"-", b"/"),
    *(
        b"len(",
        b"date(",
        b"lower(",
        b"mean(",
        b"`",
        b"'",
        b'"',
        b"''",
        b"``",
        b"9" * 19,
        b"9" * 30,
        b"1e999",
        b"0x1",
        b".5",
        b"5.",
        b"a",
        b"s",
    ),
    *(b"(" * 60, b"not " * 60, b"-" * 60, b"a+" * 60, "ü".encode(), b"\x00", b"=", b"<>", b"&", b"a.b", b"__import__('os')", b"is text"),
)
_RECORDS = {
    "a": pa.array([1, None, 0]),
    "b": pa.array([0.5, float("nan"), 0.0]),
    "c": pa.array([2**62, 1, 0]),
    "s": pa.array(["x", None, " 7 "]),
    "when": pa.array(["2024-06-01", "soon", None]),
    "ok": pa.array([True, False, None]),
    "odd name": pa.array([["x"], [], None]),
}


def _expression(rng: Random) -> bytes:
    return spoil.text(rng.choice(_EXPRESSIONS), rng, rng.choice((_SIGNS, spoil.SPICES)), _EXPRESSIONS)


def _parsed(data: bytes, _: Path) -> Outcome:
    text = data.decode("utf-8", "replace")
    try:
        tree = parse(text)
    except ExpressionError as error:
        hold(bool(error.reason) and 0 < error.column <= len(text) + 1, "a column that the text has not")
        return Outcome(accepted=False, told={"failure": str(error)})
    hold(parse(render(tree)) == tree, "an expression changes when it is written and read")
    hold(of_json(json.loads(json.dumps(as_json(tree)))) == tree, "a tree changes when it is written and read")
    told = []
    for typed in (True, False):
        try:
            told.append(evaluate(tree, pa.RecordBatch.from_pydict(_RECORDS), typed).to_pylist())
        except CellError as error:
            told.append([str(error)])
    return Outcome(accepted=True, told={"expression": render(tree), "answers": told})


# ── rule files ────────────────────────────────────────────────────────────────────────────────────────────────────────

_RULES = (
    b"""\
auditor: 1
dataset: {key: [id], label: label, match: '*.csv'}
defaults: {severity: warning, tolerate: 1%}
columns:
  id: {type: integer, nullable: false, unique: true, range: [1, null]}
  label: {enum: [cat, 'no'], distinct: [2, 3]}
  at: {type: date, range: [2020-01-01, 2030-01-01], order: strictly increasing}
  text: {regex: '[a-z]+', length: {min: 1, below: 9}}
records:
  - {id: r, path: '$.messages[*].role', required: true, enum: [user]}
  - {id: s, path: $, json_schema: {type: object}}
rules:
  - {id: a, expr: end >= start, where: label == 'cat', why: w, maps_to: [X]}
  - {id: b, metric: 'quantile(n, 0.9)', between: [1e4, 2]}
  - {gx: expect_column_to_exist, kwargs: {column: x}}
thresholds: {critical: 5%, error: 1%}
splits: {drift: {js: 0.1}}
""",
    b"auditor: 1\nextends: text_classification\ncolumns:\n  label: {enum: [a, b], nullable: null}\n  text:\n",
)
_KEYS: tuple[bytes, ...] = (
    *(
        b"auditor: 1\n",
        b"extends: rules.yaml\n",
        b"extends: support_tickets\n",
        b"extends: [x, x]\n",
        b"python: x",
        b"null",
        b"{}",
        b"[]",
        b"5%",
    ),
    *(b"[5, 1]", b"[.nan, 1]", b"[2020-01-01, 1]", b"{above: 1, min: 2}", b"type: list", b"type: text", b"101%", b"1e400", b"-1", b"'('"),
    *(b"$..a", b"$[?(@)]", b"$.a[99999999999]", b"a ==", b"len(a)", b"mean(a)", b"rows()", b"quantile(a)", b"json_schema: rules.yaml"),
)


def _rule_file(rng: Random) -> bytes:
    seeds = (*_RULES, *presets("schemas"))
    if rng.random() < 0.6:
        return spoil.values(rng.choice(seeds), rng, (*_KEYS, *YAML_VALUES, *_EXPRESSIONS), spoil.YAML_VALUE)
    return spoil.text(rng.choice(seeds), rng, rng.choice((_KEYS, YAML_SPICES, spoil.SPICES)), seeds)


def _obeyed(data: bytes, folder: Path) -> Outcome:
    file = folder / "rules.yaml"
    file.write_bytes(data)
    try:
        suite = load_suite(file)
        json.dumps(suite, allow_nan=False)
        if data.lstrip().startswith(b"auditor"):
            for form in FORMATS:
                json.loads(exported(load(file), form).text)
    except AuditorError as error:
        hold(error.code == 2 and bool(error.message) and bool(error.cure), "an error without a message or a cure")
        return Outcome(accepted=False, told={"failure": error.message, "cure": error.cure})
    return Outcome(accepted=True, told={"ids": [each["id"] for each in suite["expectations"]]})


# ── other formats ─────────────────────────────────────────────────────────────────────────────────────────────────────

_BETWEEN = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 0, "strict_min": True}}
_DATES = {"required": True, "minimum": "2020-01-01", "enum": ["2020-02-02"]}
_TEXT = {"type": ["string", "null"], "pattern": "^(?:x)$", "not": {"enum": ["y"]}}
_FIELD = {"@id": "r/a", "name": "r/a", "dataType": ["sc:Integer"], "source": {"extract": {"column": "A"}}}
_FOREIGN = tuple(
    json.dumps(value).encode()
    for value in (
        {
            "name": "s",
            "expectations": [
                {**_BETWEEN, "meta": {"rule_id": "r", "why": "w"}, "severity": "info"},
                {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "b", "regex": "x"}},
            ],
        },
        {
            "fields": [
                {"name": "a", "type": "date", "format": "default", "constraints": _DATES},
                {"name": "b", "type": "string", "format": "email", "constraints": {"pattern": "x", "maxLength": 3}},
            ],
            "primaryKey": ["a"],
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": _TEXT, "b": {"type": "array", "items": {"type": "integer"}}, "c": {"const": 1, "exclusiveMinimum": 0}},
        },
        {
            "@context": {},
            "recordSet": [{"name": "r", "key": {"@id": "r/a"}, "field": [_FIELD, {"name": "b", "dataType": "sc:URL", "repeated": True}]}],
        },
        {"default": {"features": {"a": {"dtype": "int32", "_type": "Value"}, "b": {"names": ["x", "y"], "_type": "ClassLabel"}}}},
        {
            "dataset_info": {
                "features": [{"name": "a", "dtype": {"class_label": {"names": {"0": "x"}}}}, {"name": "b", "sequence": "string"}]
            }
        },
    )
)


def _foreign(rng: Random) -> bytes:
    if rng.random() < 0.7:
        return spoil.values(rng.choice(_FOREIGN), rng, VALUES)
    return spoil.text(rng.choice(_FOREIGN), rng, rng.choice((JSON_SPICES, spoil.SPICES)), _FOREIGN)


def _brought(data: bytes, folder: Path) -> Outcome:
    file, made = folder / "given.json", folder / "made.yaml"
    file.write_bytes(data)
    try:
        draft = imported(file)
    except AuditorError as error:
        hold(error.code == 2 and bool(error.message) and bool(error.cure), "an error without a message or a cure")
        return Outcome(accepted=False, told={"failure": error.message, "cure": error.cure})
    made.write_text(draft.text(), encoding="utf-8")
    try:
        load_suite(made)
    except AuditorError as error:
        hold(False, f"a rule file that was made cannot be read: {error.message}")
    return Outcome(accepted=True, told={"columns": list(draft.columns), "notes": draft.notes})


TARGETS = (
    Target(name="expression", make=_expression, run=_parsed, ending="txt"),
    Target(name="rule-file", make=_rule_file, run=_obeyed, ending="yaml"),
    Target(name="schema-import", make=_foreign, run=_brought, ending="json"),
)
