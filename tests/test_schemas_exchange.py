"""Rule files from and to other formats: what both can say comes back the same, what one cannot say is named."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.doors import yaml
from auditor.model import AuditorError
from auditor.schemas import rulefile
from auditor.schemas.exchange import FORMATS, exported, imported, recognised
from auditor.schemas.suites import load_suite


def written(folder: Path, value: Any, name: str = "given.json") -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def brought(folder: Path, value: Any, part: str | None = None, name: str = "given.json") -> tuple[dict[str, Any], list[str]]:
    """What is made of a file, as YAML has it, and the notes; the rule file can be read."""
    draft = imported(written(folder, value, name), part)
    text = draft.text()
    load_suite(written(folder, text, "made.yaml"))
    assert text.count("# ") >= len(draft.notes)
    return yaml.load_as_written(text)[0], draft.notes


def ruled(folder: Path, value: Any) -> rulefile.RuleFile:
    return rulefile.load(written(folder, yaml.dump({"auditor": 1, **value}), "rules.yaml"))


def sent(folder: Path, value: Any, to: str) -> tuple[Any, tuple[str, ...]]:
    found = exported(ruled(folder, value), to)
    return json.loads(found.text), found.notes


# ── what both can say ─────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8) | st.sampled_from(["no", "1", "a/b", "2020-01-01", "<<", "id", "~"])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(["no", "1", "2020-01-01", "null", "1e4"])
LISTED = {
    "text": st.lists(TEXTS, min_size=1, max_size=3, unique=True),
    "integer": st.lists(st.integers(-9, 9), min_size=1, max_size=3, unique=True),
    "number": st.lists(st.sampled_from([0.5, 2, -1e9]), min_size=1, max_size=3, unique=True),
    "boolean": st.just([True]),
    "date": st.just(["2020-01-01", "2021-02-03"]),
    "datetime": st.just(["2020-01-01T10:00:00Z"]),
}
NUMBERS = st.tuples(st.integers(-9, 0), st.integers(1, 9)).map(list) | st.tuples(st.none(), st.integers(0, 9)).map(list)
SIDES = st.fixed_dictionaries({"above": st.integers(-9, 0), "max": st.integers(1, 9)})
COUNTS = st.tuples(st.integers(0, 3), st.integers(3, 9) | st.none()).map(list)
DATES = st.just(["2020-01-01", None])
PATTERNS = st.sampled_from(["a", "[a-z]+|b", "x{2}", "(?:é)", r"\d\."])
CAN = {
    "gx": {"nullable", "unique", "range", "length", "enum", "forbid", "regex", "contains", "excludes", "order", "distinct", "required"},
    "table-schema": {"type", "nullable", "unique", "range", "dates", "length", "enum", "regex", "format", "list", "object"},
    "json-schema": {"type", "nullable", "range", "length", "enum", "forbid", "regex", "contains", "excludes", "format", "list", "object"},
    "croissant": {"type", "list"},
    "hf-features": {"type"},
}


@st.composite
def columns(draw: st.DrawFn, to: str) -> dict[str, Any]:
    """A column, in what the format can say."""
    can = CAN[to]
    kinds = ["text", "integer", "number", "boolean", "date", "datetime", *({"list", "object"} & can)]
    kind = draw(st.sampled_from(sorted(kinds)))
    offers: dict[str, Any] = {"nullable": st.just(False), "unique": st.just(True), "required": st.just(False)}
    if kind in LISTED:
        offers["enum"] = LISTED[kind]
    if kind == "text":
        offers |= {"regex": PATTERNS, "length": COUNTS, "format": st.sampled_from(["email", "url", "uuid"]), "distinct": COUNTS}
        offers |= {"contains": PATTERNS} if to == "gx" else {}
        offers |= {"excludes": PATTERNS} if draw(st.booleans()) or to == "gx" else {"forbid": st.just(["\x00forbidden"])}
    if kind in ("integer", "number"):
        offers |= {"range": NUMBERS | SIDES, "order": st.sampled_from(["increasing", "strictly decreasing"])}
    if kind == "date" and "dates" in can:
        offers["range"] = DATES
    if kind == "list" and to != "croissant":
        offers["length"] = COUNTS
    if kind in ("list", "object"):
        offers.pop("unique")
    if to == "gx" and kind in ("integer", "number", "text"):
        offers.pop("format", None)
    found = draw(st.fixed_dictionaries({}, optional={key: offer for key, offer in sorted(offers.items()) if key in can}))
    if "length" in found and kind == "list" and to == "gx":
        found.pop("length")
    return {**found, **({"type": kind} if "type" in can else {})}


def plain(file: rulefile.RuleFile) -> list[rulefile.ColumnRule]:
    """The columns without where they stand."""
    return [replace(each, terms=replace(each.terms, at="")) for each in file.columns]


@pytest.mark.parametrize("to", FORMATS)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_what_both_can_say_comes_back(tmp_path_factory: pytest.TempPathFactory, to: str, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    wanted = data.draw(st.dictionaries(NAMES, columns(to), min_size=1, max_size=3))
    if to == "gx":
        wanted = {name: each or {"nullable": False} for name, each in wanted.items()}
        wanted = {name: each if set(each) - {"required"} else {"nullable": False, **each} for name, each in wanted.items()}
    file = ruled(folder, {"columns": wanted})
    found = exported(file, to)
    assert not [note for note in found.notes if "distribution" not in note]
    draft = imported(written(folder, found.text))
    assert not draft.notes
    again = rulefile.load(written(folder, draft.text(), "again.yaml"))
    assert plain(again) == plain(file)
    assert (again.statements, again.records) == ((), ())


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_an_exported_json_schema_is_one(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    wanted = data.draw(st.dictionaries(NAMES, columns("json-schema"), min_size=1, max_size=3))
    value, _ = sent(tmp_path_factory.getbasetemp(), {"columns": wanted}, "json-schema")
    jsonschema.Draft202012Validator.check_schema(value)


# ── what one cannot say ───────────────────────────────────────────────────────────────────────────────────────────────

FULL = {
    "description": "tickets",
    "dataset": {"key": ["id"], "label": "label"},
    "columns": {
        "id": {"type": "integer", "nullable": False, "unique": True},
        "label": {"type": "text", "enum": ["a", "b"], "distinct": 2, "severity": "info", "tolerate": 0.01, "why": "w"},
        "text": {"type": "text", "format": "sha256", "length": [1, 9], "contains": "x", "where": "label == 'a'", "required": False},
        "at": {"type": "datetime", "range": ["2020-01-01", None], "order": "increasing"},
        "tags": {"type": "list"},
    },
    "records": [{"id": "role", "path": "$.messages[*].role", "enum": ["user"]}],
    "rules": [{"id": "sums", "expr": "a + b == c"}],
    "thresholds": {"error": 0.1},
}
LOST = {
    "gx": [
        "id.type is not carried: Great Expectations has no expectation for id is integer",
        "text.format is not carried: Great Expectations has no expectation for a format",
    ],
    "table-schema": [f"{what} is not carried" for what in ("label: distinct", "text: contains", "text: format sha256", "label: tolerate")],
    "json-schema": [f"{what} is not carried" for what in ("id: unique", "at: a range of dates", "at: order", "dataset: key")],
    "croissant": [f"{what} is not carried" for what in ("id: nullable", "label: enum", "text: format sha256", "text: where")],
    "hf-features": [
        "tags is not carried: features need the type of its parts",
        "text: required is not carried",
        "label: severity is not carried",
    ],
}


@pytest.mark.parametrize("to", FORMATS)
def test_what_a_format_cannot_say_is_noted(tmp_path: Path, to: str) -> None:
    _, notes = sent(tmp_path, FULL, to)
    assert set(LOST[to]) <= set(notes)
    assert "the rule role about $.messages[*].role is not carried" in notes
    assert any("sums" in note for note in notes)
    assert {"dataset: label is not carried", "thresholds are not carried", "the description is not carried"} <= set(notes)
    assert ("label: why is not carried" in notes) == (to != "gx")


def test_a_suite_keeps_its_names_and_severities(tmp_path: Path) -> None:
    value, _ = sent(tmp_path, FULL, "gx")
    by_id = {each["meta"]["rule_id"]: each for each in value["expectations"]}
    assert by_id["label.enum"]["severity"] == "info"
    assert by_id["label.enum"]["kwargs"] == {"column": "label", "value_set": ["a", "b"], "mostly": 0.99}
    assert [each["id"] for each in load_suite(written(tmp_path, value))["expectations"]] == list(by_id)


SUITE = {
    "name": "s",
    "expectations": [
        {"type": "expect_column_to_exist", "kwargs": {"column": "a"}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}, "meta": {"author": "x"}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 0, "max_value": 9, "strict_min": True}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "b", "min_value": 5, "max_value": 1}},
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": [1], "mostly": 0.9}},
        {
            "type": "expect_column_values_to_be_unique",
            "kwargs": {"column": "a"},
            "severity": "warning",
            "meta": {"rule_id": "u", "why": "w"},
        },
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 3}},
    ],
}


def test_a_suite_becomes_a_rule_file_of_the_same_meaning(tmp_path: Path) -> None:
    value, notes = brought(tmp_path, SUITE)
    assert value["columns"] == {"a": {"nullable": False, "range": {"above": 0, "max": 9}}}
    assert notes == [
        "expect_column_values_to_not_be_null: author of its meta is not carried",
        "expect_column_values_to_be_between#2 is not carried: no value lies between 5 and 1",
    ]

    def meanings(name: str) -> set[tuple[str, str, str | None]]:
        expectations = load_suite(tmp_path / name)["expectations"]
        return {(each["type"], json.dumps(each["kwargs"], sort_keys=True), each["severity"]) for each in expectations}

    dropped = {each for each in meanings("given.json") if '"min_value": 5' in each[1]}
    assert meanings("made.yaml") == meanings("given.json") - dropped


# ── each format by itself ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_table_schema(tmp_path: Path) -> None:
    fields = [
        {"name": "id", "type": "integer", "title": "Key", "constraints": {"required": True, "unique": True}},
        {"name": "mail", "type": "string", "format": "email", "constraints": {"maxLength": 80, "pattern": "[a-z@.]+"}},
        {"name": "born", "type": "date", "format": "%d.%m.%y"},
        {"name": "where", "type": "geopoint"},
        {"name": "sum", "type": "number", "decimalChar": ",", "constraints": {"minimum": 0, "jsonSchema": {}}},
        {"type": "string"},
    ]
    value, notes = brought(tmp_path, {"fields": fields, "primaryKey": "id", "foreignKeys": [], "missingValues": ["-"]})
    assert value["dataset"] == {"key": ["id"]}
    assert value["columns"] == {
        "id": {"type": "integer", "nullable": False, "unique": True},
        "mail": {"type": "text", "format": "email", "regex": "[a-z@.]+", "length": {"max": 80}},
        "born": {},
        "where": {},
        "sum": {"type": "number", "range": {"min": 0}},
    }
    assert notes == [
        "born: type date with format %d.%m.%y is not carried",
        "where: type geopoint is not carried",
        "sum: decimalChar is not carried",
        "sum: jsonSchema is not carried",
        "a field without a name is not carried",
        "foreignKeys is not carried",
        "missingValues is not carried",
    ]


def test_a_resource_of_a_data_package(tmp_path: Path) -> None:
    one, two = ({"name": name, "schema": {"fields": [{"name": name, "type": "string"}]}} for name in ("one", "two"))
    package = {"name": "p", "resources": [{"name": "none"}, one, two]}
    assert list(brought(tmp_path, package)[0]["columns"]) == ["one"]
    assert list(brought(tmp_path, package, "two")[0]["columns"]) == ["two"]
    with pytest.raises(AuditorError, match="there is no resource 'twoo'") as raised:
        brought(tmp_path, package, "twoo")
    assert raised.value.cure == "did you mean 'two'? known are one, two"


def test_a_json_schema(tmp_path: Path) -> None:
    schema = {
        "title": "chat",
        "type": "object",
        "required": ["id", "when"],
        "properties": {
            "id": {"type": "string", "pattern": "^(?:[a-z]+)$"},
            "when": {"type": "string", "format": "date-time", "description": "x"},
            "score": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
            "kind": {"enum": ["a", None]},
            "messages": {"type": "array", "items": {"type": "object", "required": ["role"]}},
            "either": {"type": ["string", "integer"]},
            "odd name": {"type": "object", "properties": {}},
            "remark": {"type": "string"},
        },
    }
    value, notes = brought(tmp_path, schema)
    assert value["columns"] == {
        "id": {"type": "text", "regex": "[a-z]+", "nullable": False},
        "when": {"type": "datetime", "nullable": False},
        "score": {"type": "number", "range": {"above": 0, "max": 1}},
        "kind": {"enum": ["a"]},
        "messages": {},
        "either": {},
        "odd name": {},
        "remark": {"type": "text"},
    }
    assert [(each["id"], each["path"]) for each in value["records"]] == [
        ("messages.shape", "$.messages"),
        ("either.shape", "$.either"),
        ("odd name.shape", '$["odd name"]'),
    ]
    assert notes == ["remark: that it may be missing but not null is not carried: a column knows no difference"]


def test_a_json_schema_that_columns_cannot_say_stays_one(tmp_path: Path) -> None:
    for schema in (
        {"type": "object", "anyOf": [{}]},
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"type": "object", "additionalProperties": False},
    ):
        value, _ = brought(tmp_path, schema)
        assert value["records"] == [{"id": "record", "path": "$", "json_schema": schema}]


CROISSANT: dict[str, Any] = {
    "@context": {},
    "name": "titanic",
    "recordSet": [
        {"name": "genders", "field": [{"name": "label", "dataType": "sc:Text"}]},
        {
            "@id": "people",
            "name": "people",
            "key": {"@id": "people/id"},
            "field": [
                {"@id": "people/id", "name": "people/id", "dataType": "sc:Integer", "source": {"extract": {"column": "ID"}}},
                {"@id": "people/site", "name": "site", "dataType": ["sc:URL", "https://schema.org/Text"], "references": {}},
                {"@id": "people/age", "name": "age", "dataType": "cr:Float32", "source": {"transform": {"regex": "x"}}},
                {"@id": "people/tags", "name": "tags", "dataType": "sc:Text", "repeated": True},
                {"@id": "people/face", "name": "face", "dataType": "sc:ImageObject"},
            ],
        },
    ],
}


def test_croissant(tmp_path: Path) -> None:
    value, notes = brought(tmp_path, CROISSANT)
    assert value == {
        "auditor": 1,
        "name": "titanic",
        "dataset": {"key": ["ID"]},
        "columns": {
            "ID": {"type": "integer"},
            "site": {"type": "text", "format": "url"},
            "age": {"type": "number"},
            "tags": {"type": "list"},
            "face": {},
        },
    }
    assert notes == [
        "the record set genders is not carried; `--part genders` takes it instead",
        "site: references is not carried",
        "age: transform of its source is not carried",
        "face: the data type ImageObject is not carried",
    ]
    assert list(brought(tmp_path, CROISSANT, "genders")[0]["columns"]) == ["label"]


CARD = """---
license: mit
dataset_info:
- config_name: en
  features:
  - {name: text, dtype: string}
  - name: label
    dtype:
      class_label:
        names: {'0': neg, '1': pos}
  - {name: tags, sequence: string}
  - {name: answers, sequence: [{name: text, dtype: string}]}
  - {name: picture, dtype: image}
  - {name: raw, dtype: binary}
  - {name: at, dtype: 'timestamp[us]'}
- config_name: de
  features:
  - {name: wort, dtype: large_string}
---
# A card
"""


def test_the_features_of_a_card(tmp_path: Path) -> None:
    value, notes = brought(tmp_path, CARD, name="README.md")
    assert value["columns"] == {
        "text": {"type": "text"},
        "label": {"type": "integer", "enum": [0, 1], "why": "classes: 0 neg, 1 pos"},
        "tags": {"type": "list"},
        "answers": {"type": "object"},
        "picture": {"type": "object"},
        "raw": {},
        "at": {"type": "datetime"},
    }
    assert notes == [
        "the configuration de is not carried; `--part de` takes it instead",
        "label: -1, by which Hugging Face marks a record without a class, is not among its values",
        "raw: the feature binary is not carried",
    ]
    assert brought(tmp_path, CARD, "de", "README.md")[0] == {"auditor": 1, "name": "de", "columns": {"wort": {"type": "text"}}}


def test_features_in_json(tmp_path: Path) -> None:
    features = {
        "ids": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "Sequence"},
        "qa": {"feature": {"q": {"dtype": "string", "_type": "Value"}}, "_type": "Sequence"},
        "label": {"num_classes": 3, "names": ["a", "b", "c"], "_type": "ClassLabel"},
        "many": {"num_classes": 5000, "_type": "ClassLabel"},
        "both": {"languages": ["de", "en"], "_type": "Translation"},
        "inner": {"x": {"dtype": "string", "_type": "Value"}},
        "listed": [{"x": {"dtype": "string", "_type": "Value"}}],
    }
    kinds = {"ids": "list", "qa": "object", "label": "integer", "many": "integer", "both": "object", "inner": "object", "listed": "list"}
    for value in ({"features": features}, {"default": {"features": features, "splits": {}}}):
        made, _ = brought(tmp_path, value)
        assert {name: each["type"] for name, each in made["columns"].items()} == kinds
        assert (made["columns"]["label"]["enum"], made["columns"]["many"]["range"]) == ([0, 1, 2], [0, 4999])


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[]", "this is no format that can be brought in"),
        ("{}", "this is no format"),
        ('{"a": 1}', "this is no format"),
        ('{"recordSet": []}', "no record set has fields"),
        ('{"features": []}', "there are no features"),
        ('{"resources": [{}]}', "no resource has a schema"),
        ('{"fields": []}', "nothing in it says anything of columns"),
        ('{"expectations": []}', "there is no list of expectations"),
        ('{"fields":\n,', "given.json:2: "),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_what_cannot_be_brought_in(tmp_path: Path, value: str, said: str) -> None:
    with pytest.raises(AuditorError, match=said) as raised:
        imported(written(tmp_path, value))
    assert raised.value.cure


def test_a_part_of_what_has_none(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="it describes one table only"):
        imported(written(tmp_path, SUITE), "x")


KEYS = [
    *(
        "fields",
        "name",
        "type",
        "format",
        "constraints",
        "enum",
        "minimum",
        "maxLength",
        "pattern",
        "required",
        "primaryKey",
        "resources",
        "schema",
    ),
    *(
        "properties",
        "$schema",
        "not",
        "items",
        "recordSet",
        "field",
        "dataType",
        "key",
        "source",
        "extract",
        "column",
        "@id",
        "features",
        "dtype",
    ),
    *(
        "class_label",
        "names",
        "sequence",
        "_type",
        "feature",
        "dataset_info",
        "config_name",
        "num_classes",
        "repeated",
        "$ref",
        "minItems",
        "const",
    ),
]
LEAVES = st.sampled_from(
    [None, True, False, 0, -1, 2.5, "", "string", "integer", "date", "sc:Text", "ClassLabel", "Sequence", "a", "^(?:a)$", "("]
)
ANYTHING = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inside, max_size=5), max_leaves=6
)


GIVEN: list[Any] = [
    SUITE,
    CROISSANT,
    yaml.load(CARD.split("---")[1]),
    {"fields": [{"name": "a", "type": "date", "format": "any", "constraints": {"minimum": 1, "enum": ["a"]}}], "primaryKey": ["a"]},
    {"properties": {"a": {"type": ["string", "null"], "pattern": "a", "not": {"enum": [1]}, "format": "uri"}}, "required": ["a"]},
    {"features": {"a": {"names": ["x"], "_type": "ClassLabel"}, "b": {"feature": {"dtype": "x", "_type": "Value"}, "_type": "Sequence"}}},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inside for place in places(each, (*path, key)))]


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_anything_is_brought_in_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    value = json.loads(json.dumps(data.draw(st.sampled_from(GIVEN))))
    *outer, last = data.draw(st.sampled_from([place for place in places(value) if place]))
    inner = value
    for key in outer:
        inner = inner[key]
    inner[last] = data.draw(ANYTHING)
    text, cure = "", ""
    try:
        text = imported(written(folder, value)).text()
    except AuditorError as error:
        cure = error.cure
    assert text or cure
    if text:
        load_suite(written(folder, text, "made.yaml"))


def test_formats_are_told_apart() -> None:
    assert recognised(SUITE) == "gx"
    assert recognised(CROISSANT) == "croissant"
    others: list[Any] = [{"fields": []}, {"resources": []}, {"properties": {}}, {"default": {"features": {}}}, 3]
    assert [recognised(each) for each in others] == [
        *("table-schema", "table-schema", "json-schema", "hf-features", ""),
    ]


# ── the commands ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_and_back_on_the_command_line(tmp_path: Path) -> None:
    written(
        tmp_path, {"fields": [{"name": "id", "type": "integer", "constraints": {"required": True}}], "missingValues": ["-"]}, "table.json"
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "auditor", "schema", *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    made = run("import", "table.json", "-o", "rules.yaml")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "note: missingValues is not carried\n")
    assert (tmp_path / "rules.yaml").read_text(encoding="utf-8").startswith("# missingValues is not carried\nauditor: 1\n")
    back = run("export", "rules.yaml", "--to", "json-schema")
    assert (back.returncode, back.stderr) == (0, "")
    assert json.loads(back.stdout)["properties"] == {"id": {"type": "integer"}}
    wrong = run("export", "table.json", "--to", "gx")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "table.json is no rule file: it has no key `auditor`" in wrong.stderr
