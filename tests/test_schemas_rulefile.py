"""Rule files: what they say as typed values, every mistake with its line and a cure, and what they become for the engines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.doors.great_expectations import known_types
from auditor.model import AuditorError
from auditor.schemas import rulefile
from auditor.schemas.compiling import graded
from auditor.schemas.kinds import FORMATS, Bounds
from auditor.schemas.parser import Metric, parse
from auditor.schemas.selecting import row_condition
from auditor.schemas.suites import load_suite, rule_file
from auditor.schemas.tree import Tree, of_json, render

VALUES = "expect_column_values_to_"

WHOLE = """\
auditor: 1
name: support chats
dataset: {key: id, label: label, group: user, match: ["data/*.csv"], sensitive: email}
defaults: {severity: warning, tolerate: 1%}
columns:
  id: {type: integer, nullable: false, unique: true, tolerate: 0}
  age:
    type: number
    range: {above: 0, max: 120}
    severity: critical
  email: {format: email, required: false}
  label: {enum: [cat, dog], distinct: [2, null], why: two are needed, remedy: drop it, maps_to: [A:1]}
  code: {regex: "[a-z]+", contains: "a", excludes: "b", length: 3, forbid: [abc]}
  at: {type: datetime, range: [2020-01-01, "2030-01-01T00:00:00Z"], order: strictly increasing}
  tags: {type: list, length: [1, 5]}
records:
  - {id: chat, path: "$.messages[*].role", required: true, enum: [user, bot], severity: critical}
  - {id: shape, path: $, json_schema: {type: object}}
rules:
  - {id: order, expr: "end >= start", where: "end is not null"}
  - {id: sums, expr: "a + b == total"}
  - {id: p95, metric: "quantile(income, 0.95)", between: [1e4, 1.0e+6]}
  - {gx: expect_column_to_exist, kwargs: {column: x}}
thresholds: {critical: 5%, error: 1%}
splits: {drift: {js: 0.1}}
"""


def written(folder: Path, text: str, name: str = "rules.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def suite(folder: Path, text: str) -> dict[str, dict[str, Any]]:
    """What a rule file becomes, by id."""
    return {each["id"]: each for each in load_suite(written(folder, "auditor: 1\n" + text))["expectations"]}


def test_what_a_rule_file_says(tmp_path: Path) -> None:
    found = rulefile.load(written(tmp_path, WHOLE))
    assert (found.name, found.dataset["key"], found.dataset["label"]) == ("support chats", ("id",), "label")
    assert found.splits == {"drift": {"js": 0.1}}
    assert found.thresholds == {"critical": 0.05, "error": 0.01}
    columns = {each.name: each for each in found.columns}
    assert list(columns) == ["id", "age", "email", "label", "code", "at", "tags"]
    assert columns["age"].range == Bounds(low=0, high=120, above=True)
    assert (columns["age"].terms.severity, columns["age"].terms.tolerate, columns["age"].terms.at) == ("critical", 0.01, "rules.yaml:7")
    assert columns["id"].terms.tolerate == 0
    assert columns["at"].range == Bounds(low="2020-01-01", high="2030-01-01T00:00:00Z")
    assert [each.required for each in found.columns].count(False) == 1
    first, second = found.records
    assert (first.id, first.path, first.required, first.enum, first.severity) == (
        "chat",
        "$.messages[*].role",
        True,
        ("user", "bot"),
        "critical",
    )
    assert (second.json_schema, second.severity, second.at) == ({"type": "object"}, "warning", "rules.yaml:18")
    assert found.statements[2].metric == Metric("quantile", "income", 0.95)
    assert found.statements[2].between == Bounds(low=10_000, high=1_000_000)


def test_what_a_rule_file_becomes(tmp_path: Path) -> None:
    found = {each["id"]: each for each in load_suite(written(tmp_path, WHOLE))["expectations"]}
    kwargs = {name: (each["type"].replace(VALUES, ""), each["kwargs"]) for name, each in found.items()}
    most = {"mostly": 0.99}
    assert kwargs["key.id.nullable"] == ("not_be_null", {"column": "id"})
    assert kwargs["key.unique"] == ("be_unique", {"column": "id"})
    assert kwargs["id.required"] == ("expect_column_to_exist", {"column": "id"})
    assert "email.required" not in kwargs
    assert kwargs["id.unique"] == ("be_unique", {"column": "id"})
    assert kwargs["age.range"] == ("be_between", {"column": "age", "min_value": 0, "max_value": 120, "strict_min": True, **most})
    assert kwargs["age.type"][1]["expression"] == ["is number", ["column", "age", ""]]
    assert kwargs["email.format"] == ("auditor_format", {"column": "email", "format": "email", **most})
    assert kwargs["label.enum"] == ("be_in_set", {"column": "label", "value_set": ["cat", "dog"], **most})
    assert kwargs["label.distinct"] == ("expect_column_unique_value_count_to_be_between", {"column": "label", "min_value": 2})
    assert kwargs["code.regex"] == ("match_regex", {"column": "code", "regex": r"\A(?:[a-z]+)\Z", **most})
    assert kwargs["code.contains"] == ("match_regex", {"column": "code", "regex": "a", **most})
    assert kwargs["code.excludes"] == ("not_match_regex", {"column": "code", "regex": "b", **most})
    three = {"min_value": 3, "max_value": 3}
    assert kwargs["code.length"] == ("expect_column_value_lengths_to_be_between", {"column": "code", **three, **most})
    assert kwargs["code.forbid"] == ("not_be_in_set", {"column": "code", "value_set": ["abc"], **most})
    assert kwargs["at.order"] == ("be_increasing", {"column": "at", "strictly": True, **most})
    assert kwargs["tags.length"][1]["text"] == "len(tags) >= 1 and len(tags) <= 5"
    pair = {"column_A": "end", "column_B": "start", "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    given: dict[str, Any] = {"row_condition": {"type": "nullity", "column": {"name": "end"}, "is_null": False}}
    assert kwargs["order"] == ("expect_column_pair_values_a_to_be_greater_than_b", {**pair, **given, **most})
    assert (kwargs["sums"][0], kwargs["sums"][1]["columns"]) == ("auditor_expression", ["a", "b", "total"])
    ranges = {"quantiles": [0.95], "value_ranges": [[10_000.0, 1_000_000.0]]}
    assert kwargs["p95"] == ("expect_column_quantile_values_to_be_between", {"column": "income", "quantile_ranges": ranges})
    assert kwargs["expect_column_to_exist"] == ("expect_column_to_exist", {"column": "x"})
    assert {each["severity"] for name, each in found.items() if name.startswith("age.")} == {"critical"}
    assert (found["label.enum"]["why"], found["label.enum"]["remedy"], found["label.enum"]["maps_to"]) == (
        "two are needed",
        "drop it",
        ["A:1"],
    )
    assert (found["order"]["at"], found["order"]["severity"]) == ("rules.yaml:20", "warning")
    assert [found[name].get("optional") for name in ("age.required", "age.range", "order")] == [None, True, None]
    json.dumps(found)


def test_a_key_is_there_has_values_and_is_unique(tmp_path: Path) -> None:
    found = suite(tmp_path, "dataset: {key: [a, b]}\ndefaults: {severity: info, tolerate: 1%}\ncolumns: {b: {required: false}}\n")
    assert [(name, each.get("optional"), each["severity"], each["at"]) for name, each in found.items()] == [
        ("key.a.required", None, "info", "rules.yaml:2"),
        ("key.a.nullable", True, "info", "rules.yaml:2"),
        ("key.b.nullable", True, "info", "rules.yaml:2"),
        ("key.unique", True, "info", "rules.yaml:2"),
    ]
    assert found["key.unique"]["type"] == "expect_compound_columns_to_be_unique"
    assert found["key.unique"]["kwargs"] == {"column_list": ["a", "b"]}


def test_every_type_that_comes_out_is_known(tmp_path: Path) -> None:
    types = {each["type"] for each in load_suite(written(tmp_path, WHOLE))["expectations"]}
    assert {each for each in types if not each.startswith("auditor_")} <= set(known_types())


def test_every_format_is_judged() -> None:
    from auditor.validation.formats import FORMATS as JUDGED

    assert set(FORMATS) == set(JUDGED)


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

LINT = [
    ("nam: x", "rules.yaml:2: nam: unknown key", "did you mean 'name'?"),
    ("auditor: 1", "rules.yaml:2: the key 'auditor' is written twice", "mend the YAML"),
    ("columns: [a]", "rules.yaml:2: columns: a mapping of keys to values is expected", "write lines"),
    ("columns:\n  age:\n    typ: integer", "rules.yaml:4: columns.age.typ: unknown key", "did you mean 'type'?"),
    (
        "columns:\n  age: {type: integr}",
        "rules.yaml:3: columns.age.type: 'integr' is not known; did you mean 'integer'?",
        "change the value of type",
    ),
    ("columns:\n  age: 3", "rules.yaml:3: columns.age: a mapping", "write lines"),
    ("columns:\n  '': {type: text}", "rules.yaml:3: columns.: a column has a name", "before the colon"),
    ("columns:\n  a: {}\n  b: {}\n  a: {}", "rules.yaml:5: the key 'a' is written twice", "mend the YAML"),
    ("columns: {a: {nullable: 0}}", "columns.a.nullable: true or false is expected, not 0", "change the value"),
    ("columns: {a: {range: [5, 1]}}", "columns.a.range: no value lies between 5 and 1", "change the value of range"),
    ("columns: {a: {range: {above: 1, max: 1}}}", "no value lies between 1 and 1", "change"),
    ("columns: {a: {range: {min: 1, above: 1}}}", "only one can stand", "change"),
    ("columns: {a: {range: [null, null]}}", "one of the bounds must be given", "change"),
    ("columns: {a: {range: [1, 2, 3]}}", "[LOW, HIGH] or {min: LOW, below: HIGH} is expected", "change"),
    ("columns: {a: {range: {low: 1}}}", "[LOW, HIGH] or", "change"),
    ("columns: {a: {range: [1, soon]}}", "'soon' is no date or time", "change"),
    ("columns: {a: {range: [1, 2020-01-01]}}", "both bounds are numbers, or both are dates", "change"),
    ("columns: {a: {range: [.nan, 1]}}", "a number, a date or null is expected as a bound", "change"),
    ("columns: {a: {range: [1, 1e400]}}", "a number, a date or null is expected as a bound", "change"),
    ("columns: {a: {type: text, range: [1, 2]}}", "columns.a.range: range does not go with the type text", "leave range or the type out"),
    ("columns: {a: {type: date, range: [1, 2]}}", "numbers do not go with the type date", "change the bounds"),
    ("columns: {a: {type: integer, range: [2020-01-01, null]}}", "dates do not go with the type integer", "change the bounds"),
    ("columns: {a: {type: integer, regex: x}}", "regex does not go with the type integer", "leave regex"),
    ("columns: {a: {type: list, enum: [x]}}", "enum does not go with the type list", "leave enum"),
    ("columns: {a: {length: [-1, 2]}}", "whole numbers from 0 are expected", "change"),
    ("columns: {a: {length: 1.5}}", "[LOW, HIGH] or", "change"),
    ("columns: {a: {distinct: [0.5, 2]}}", "whole numbers from 0 are expected", "change"),
    ("columns: {a: {enum: []}}", "a list of values is expected", "change"),
    ("columns: {a: {enum: x}}", "a list of values is expected", "change"),
    ("columns: {a: {enum: [1, 1.0]}}", "a value stands twice", "change"),
    ("columns: {a: {enum: [[1]]}}", "texts, numbers, truth values and dates are expected", "change"),
    ("columns: {a: {enum: [null]}}", "texts, numbers, truth values and dates are expected", "change"),
    ("columns: {a: {type: integer, enum: ['1']}}", "columns.a.enum: '1' is no integer", "in quotes"),
    ("columns: {a: {type: text, enum: [yes, x]}}", "True is no text", "in quotes"),
    ("columns: {a: {type: integer, forbid: [true]}}", "True is no integer", "in quotes"),
    ("columns: {a: {type: date, enum: [soon]}}", "'soon' is no date", "in quotes"),
    ("columns: {a: {enum: [x, y], forbid: [y]}}", "columns.a.forbid: 'y' is in enum, too", "leave it out"),
    ("columns: {a: {regex: '('}}", "columns.a.regex: this is no regular expression", "change"),
    ("columns: {a: {format: emial}}", "'emial' is not known; did you mean 'email'?", "change"),
    ("columns: {a: {order: up}}", "known are increasing, decreasing", "change"),
    ("columns: {a: {severity: high}}", "known are critical, error, warning, info", "change"),
    ("columns: {a: {tolerate: 2}}", "a share such as 0.1% or 0.001 is expected, not 2", "change"),
    ("columns: {a: {tolerate: 101%}}", "a share such as 0.1%", "change"),
    ("columns: {a: {maps_to: [x, x]}}", "one of them stands twice", "change"),
    ("columns:\n  a:\n    where: b ==", "rules.yaml:4: columns.a.where: something is missing at column 5", "change the value of where"),
    (
        "columns: {a: {where: 'len(b) > 3', nullable: false}}",
        "columns.a.where: this condition can only stand beside expr",
        "write the whole as a rule",
    ),
    ("columns: {a: {where: true}}", "an expression is a text, not True", "change"),
    (
        "columns: {n: {type: integer}, a: {where: n == 'x'}}",
        "columns.a.where: a number cannot be compared with a text",
        "compare the column with values of its type",
    ),
    ("dataset: {labl: x}", "dataset.labl: unknown key", "did you mean 'label'?"),
    ("dataset: {key: []}", "dataset.key: a text or a list of texts", "change"),
    ("defaults: {type: text}", "defaults.type: unknown key", "known are severity, tolerate, required, nullable"),
    ("thresholds: {critical: 1%, error: 5%}", "thresholds.critical: critical is reached before error", "larger share"),
    ("thresholds: {high: 1%}", "thresholds.high: unknown key", "known are critical"),
    ("splits: {drift: 1}", "splits: a mapping such as", "change the value of splits"),
    ("rules: {a: b}", "rules: a list is expected", "begin with `-`"),
    ("rules:\n  - {expr: a == 1}", "rules.yaml:3: rules[0]: it has no id", "write `id: NAME`"),
    (
        "rules:\n  - {id: x, expr: a == 1}\n  - {id: x, expr: a == 2}",
        "rules.yaml:4: rules[1].id: the id 'x' stands at rules.yaml:3 already",
        "its own id",
    ),
    (
        "rules:\n  - id: x\n    expr: a = 1",
        "rules.yaml:4: rules[0].expr: '=' does not belong into an expression; write == at column 3",
        "change the value",
    ),
    ("rules: [{id: x}]", "rules[0]: a rule has one of expr, metric and gx; here is none of them", "write for instance"),
    ("rules: [{id: x, expr: a == 1, gx: expect_column_to_exist}]", "here is expr and gx", "write for instance"),
    ("rules: [{id: x, metric: mean(a)}]", "rules[0]: a metric has no bounds", "write `between"),
    ("rules: [{id: x, metric: mean(a), between: [2020-01-01, null]}]", "dates are no bounds of mean", "write numbers"),
    ("rules: [{id: x, metric: mean(a), between: [1, 2], tolerate: 1%}]", "a metric is one number", "widen"),
    ("rules: [{id: x, metric: 'quantile(a, 0.5)', between: {above: 1}}]", "bounds of a quantile may be reached", "write min and max"),
    ("rules: [{id: x, metric: average(a), between: [1, 2]}]", "'average' is no metric", "change"),
    ("rules: [{id: x, expr: a == 1, between: [1, 2]}]", "rules[0].between: between goes with metric only", "leave between out"),
    ("rules: [{id: x, expr: a == 1, kwargs: {}}]", "kwargs goes with gx only", "leave kwargs out"),
    ("rules: [{gx: expect_colum_to_exist}]", "rules[0].gx: Great Expectations has no such type", "did you mean 'expect_column_to_exist'?"),
    ("rules: [{gx: expect_column_to_exist, kwargs: [a]}]", "rules[0].kwargs: a mapping is expected", "change"),
    ("rules: [{gx: expect_column_mean_to_be_between, kwargs: {min_value: 3, max_value: 1}}]", "no value lies between 3 and 1", "exchange"),
    (
        "rules: [{gx: expect_column_values_to_be_null, kwargs: {mostly: 1}, tolerate: 1%}]",
        "mostly among the kwargs says it, too",
        "leave one",
    ),
    ("rules:\n  - id: x\n    python: rules/custom.py:check", "rules.yaml:4: rules[0].python: code is never run", "write it as `expr:`"),
    ("records: [{id: x, type: text}]", "records[0]: the path is missing", "write `path: $"),
    ("records: [{id: x, path: $.a}]", "records[0]: nothing is demanded at this path", "add one of json_schema"),
    ("records: [{id: x, path: a.b, type: text}]", "records[0].path: a path begins with $", "change"),
    ("records: [{id: x, path: '$..a', type: text}]", "records[0].path: '..a' is no step of a path", "change"),
    ("records: [{id: x, path: '$[?(@.a)]', type: text}]", "is no step of a path", "change"),
    ("records: [{id: x, path: $.a, type: text, enum: [1]}]", "records[0].enum: 1 is no text", "in quotes"),
    ("records: [{id: x, path: $, json_schema: gone.json}]", "records[0].json_schema: gone.json: cannot be read", "name a JSON file"),
    ("extends: nowhere", "rules.yaml:2: extends: there is no 'nowhere' in rules/schemas", "or a file beside this one"),
    ("extends: rules.yaml", "rules.yaml:2: extends: rules.yaml extends itself", "leave one"),
    ("a: &x 1\nb: *x", "rules.yaml:3: aliases", "mend the YAML"),
    ("name: !!python/object/apply:os.system [id]", "rules.yaml:2: ", "mend the YAML"),
    ("? [a]\n: b", "rules.yaml:2: found unhashable key", "mend the YAML"),
    ("name: " + "[" * 200 + "]" * 200, "rules.yaml:2: nested deeper", "mend the YAML"),
]


@pytest.mark.parametrize(("text", "said", "cure"), LINT, ids=[text[:60] for text, _, _ in LINT])
def test_a_mistake_is_told_with_its_line_and_its_cure(tmp_path: Path, text: str, said: str, cure: str) -> None:
    with pytest.raises(AuditorError) as raised:
        load_suite(written(tmp_path, f"auditor: 1\n{text}\n"))
    if not said.startswith("rules.yaml"):
        assert raised.value.message.startswith("rules.yaml:2: ")
    assert said in raised.value.message
    assert cure in raised.value.cure
    assert raised.value.code == 2


@pytest.mark.parametrize("value", ["2", "true", "'1'", "null"])
def test_another_version_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(AuditorError, match=r"rules\.yaml:1: auditor: this auditor reads version 1"):
        load_suite(written(tmp_path, f"auditor: {value}\n"))


def test_a_file_without_the_key_is_no_rule_file(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="unknown key 'columns'"):
        load_suite(written(tmp_path, "columns: {}\n"))
    path = written(tmp_path, "name: x\n")
    with pytest.raises(AuditorError, match="the key `auditor` is missing"):
        rulefile.load(path)
    assert rule_file(path) is None


def test_a_rule_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="more than 1 MiB"):
        rulefile.load(written(tmp_path, "auditor: 1\n" + "# nothing\n" * 120_000))


def test_keys_are_what_is_written(tmp_path: Path) -> None:
    """`no`, `1` and `2020-01-01` are names of columns like any other."""
    found = rulefile.load(
        written(tmp_path, "auditor: 1\ncolumns:\n  no: {type: text}\n  1: {type: text}\n  2020-01-01:\n  <<: {type: text}\n")
    )
    assert [each.name for each in found.columns] == ["no", "1", "2020-01-01", "<<"]


def test_an_empty_rule_file_demands_nothing(tmp_path: Path) -> None:
    assert load_suite(written(tmp_path, "auditor: 1\n", "empty.yaml")) == {"name": "empty", "expectations": []}


def test_json_is_yaml(tmp_path: Path) -> None:
    value = {"auditor": 1, "columns": {"a": {"nullable": False}}}
    found = load_suite(written(tmp_path, json.dumps(value, indent=1), "rules.json"))
    assert [each["id"] for each in found["expectations"]] == ["a.required", "a.nullable"]


def test_a_schema_lies_beside_the_rule_file(tmp_path: Path) -> None:
    text = "auditor: 1\nrecords: [{id: x, path: $, json_schema: shapes/chat.json}]\n"
    written(tmp_path, '{"type": "object"}', "shapes/chat.json")
    assert rulefile.load(written(tmp_path, text)).records[0].json_schema == {"type": "object"}
    for broken, said in (('{"type":\n,', "chat.json:2:"), ("[1]", "a mapping is expected"), ("[" * 100_000, "RecursionError")):
        written(tmp_path, broken, "shapes/chat.json")
        with pytest.raises(AuditorError, match=said):
            rulefile.load(written(tmp_path, text))


# ── files that extend others ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_extended_is_added_to_and_changed(tmp_path: Path) -> None:
    written(
        tmp_path,
        "auditor: 1\ncolumns: {a: {type: text, nullable: false}}\nrules: [{id: r, expr: a == 'x'}, {id: s, expr: a != 'y'}]\n",
        "one.yaml",
    )
    written(tmp_path, "auditor: 1\nname: two\ndefaults: {severity: info}\ncolumns: {a: {regex: x}}\n", "sub/two.yaml")
    own = "auditor: 1\nextends: [one.yaml, sub/two.yaml]\ncolumns:\n  a: {nullable: null, regex: y+}\n  b:\n"
    own += "rules: [{id: r, expr: a == 'z'}]\n"
    found = rulefile.load(written(tmp_path, own))
    a, b = found.columns
    assert (found.name, a.type, a.nullable, a.regex, a.terms.severity, b.name) == ("rules", "text", None, "y+", "info", "b")
    assert [(each.id, render(each.expr) if each.expr else "") for each in found.statements] == [("r", 'a == "z"'), ("s", 'a != "y"')]
    assert (found.statements[0].terms.at, found.statements[1].terms.at) == ("rules.yaml:6", "one.yaml:3")


def test_a_mistake_in_an_extended_file_is_told_where_it_is(tmp_path: Path) -> None:
    written(tmp_path, "auditor: 1\n\ncolumns: {a: {typ: text}}\n", "one.yaml")
    with pytest.raises(AuditorError, match=r"^one\.yaml:3: columns\.a\.typ: unknown key$"):
        rulefile.load(written(tmp_path, "auditor: 1\nextends: one.yaml\n"))


def test_what_does_not_go_together_is_told_of_the_file_that_says_it(tmp_path: Path) -> None:
    written(tmp_path, "auditor: 1\ncolumns: {a: {regex: x}}\n", "one.yaml")
    with pytest.raises(AuditorError, match=r"^one\.yaml:2: columns\.a\.regex: regex does not go with the type integer$"):
        rulefile.load(written(tmp_path, "auditor: 1\nextends: one.yaml\ncolumns: {a: {type: integer}}\n"))


def test_circles_and_long_chains_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "auditor: 1\nextends: b.yaml\n", "a.yaml")
    written(tmp_path, "auditor: 1\nextends: a.yaml\n", "b.yaml")
    with pytest.raises(AuditorError, match="extends itself"):
        rulefile.load(tmp_path / "a.yaml")
    for number in range(12):
        written(tmp_path, f"auditor: 1\nextends: {number + 1}.yaml\n", f"{number}.yaml")
    written(tmp_path, "auditor: 1\n", "12.yaml")
    with pytest.raises(AuditorError, match="extend one another"):
        rulefile.load(tmp_path / "0.yaml")
    assert rulefile.load(tmp_path / "5.yaml").columns == ()


# ── expressions as expectations ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expr", "kind", "kwargs"),
    [
        ("a is not null", f"{VALUES}not_be_null", {"column": "a"}),
        ("a is null", f"{VALUES}be_null", {"column": "a"}),
        ("a in ['x', 'y']", f"{VALUES}be_in_set", {"column": "a", "value_set": ["x", "y"]}),
        ("a not in [1]", f"{VALUES}not_be_in_set", {"column": "a", "value_set": [1]}),
        ("a == 'x'", f"{VALUES}be_in_set", {"column": "a", "value_set": ["x"]}),
        ("a != 'x'", f"{VALUES}not_be_in_set", {"column": "a", "value_set": ["x"]}),
        ("a > 3", f"{VALUES}be_between", {"column": "a", "min_value": 3, "strict_min": True}),
        ("a <= 3", f"{VALUES}be_between", {"column": "a", "max_value": 3}),
        ("a < date('2024-06-01')", f"{VALUES}be_between", {"column": "a", "max_value": "2024-06-01T00:00:00+00:00", "strict_max": True}),
        ("a == b", "expect_column_pair_values_to_be_equal", {"column_A": "a", "column_B": "b", "ignore_row_if": "either_value_is_missing"}),
        ("a is integer", "auditor_expression", None),
        ("a != b", "auditor_expression", None),
        ("n == m", "auditor_expression", None),
        ("s < t", "auditor_expression", None),
        ("a > 1 and b > 1", "auditor_expression", None),
        ("a == true", "auditor_expression", None),
        ("not (a > 1)", "auditor_expression", None),
        ("3 < a", "auditor_expression", None),
        ("len(a) > 3", "auditor_expression", None),
        ("lower(a) is null", "auditor_expression", None),
    ],
)
def test_what_an_expression_becomes(tmp_path: Path, expr: str, kind: str, kwargs: dict[str, Any] | None) -> None:
    types = "columns: {n: {type: number}, m: {type: number}, s: {type: text}, t: {type: text}}"
    found = suite(tmp_path, f'{types}\nrules: [{{id: x, expr: "{expr}"}}]\n')["x"]
    assert found["type"] == kind
    if kwargs is not None:
        assert found["kwargs"] == kwargs
    else:
        assert render(of_json(found["kwargs"]["expression"])) == found["kwargs"]["text"] == render(parse(expr))


def test_columns_of_a_type_are_read_as_it(tmp_path: Path) -> None:
    text = "columns: {n: {type: integer}, d: {type: date}}\nrules: [{id: x, expr: \"d > '2024-06-01' and n > m\"}]\n"
    tree = suite(tmp_path, text)["x"]["kwargs"]["expression"]
    moment = ["moment", "2024-06-01T00:00:00+00:00"]
    assert tree == ["and", [">", ["column", "d", "time"], moment], [">", ["column", "n", "number"], ["column", "m", ""]]]


def test_a_condition_that_only_we_understand_goes_into_the_expression(tmp_path: Path) -> None:
    found = suite(tmp_path, 'rules: [{id: x, expr: "a > 3", where: "len(b) > 2", tolerate: 1%}]\n')["x"]
    assert (found["type"], found["kwargs"]["mostly"]) == ("auditor_expression", 0.99)
    assert found["kwargs"]["expression"][0] == "when"
    assert found["kwargs"]["columns"] == ["b", "a"]


@pytest.mark.parametrize(
    ("metric", "between", "kind", "kwargs"),
    [
        ("rows()", "[30, null]", "table_row_count", {"min_value": 30}),
        (
            "mean(a)",
            "{above: 1, below: 2}",
            "column_mean",
            {"column": "a", "min_value": 1, "max_value": 2, "strict_min": True, "strict_max": True},
        ),
        ("stdev(a)", "[0, 1]", "column_stdev", {"column": "a", "min_value": 0, "max_value": 1}),
        ("max(a)", "[2020-01-01, null]", "column_max", {"column": "a", "min_value": "2020-01-01"}),
        ("distinct(a)", "[2, 3]", "column_unique_value_count", {"column": "a", "min_value": 2, "max_value": 3}),
        ("distinct_share(a)", "[0.5, null]", "column_proportion_of_unique_values", {"column": "a", "min_value": 0.5}),
        ("null_share(a)", "{max: 0.1}", "column_proportion_of_non_null_values", {"column": "a", "min_value": 0.9}),
    ],
)
def test_what_a_metric_becomes(tmp_path: Path, metric: str, between: str, kind: str, kwargs: dict[str, Any]) -> None:
    found = suite(tmp_path, f"defaults: {{tolerate: 1%}}\nrules: [{{id: x, metric: {metric}, between: {between}, where: b == 'x'}}]\n")["x"]
    condition = {"row_condition": {"type": "comparison", "column": {"name": "b"}, "operator": "==", "parameter": "x"}}
    assert (found["type"], found["kwargs"]) == (f"expect_{kind}_to_be_between", {**kwargs, **condition})
    assert found["type"] in known_types()


# ── conditions ────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["a", "b", "c"])
ATOMS = st.one_of(
    st.builds(
        lambda name, sign, value: f"{name} {sign} {value}", NAMES, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 3)
    ),
    st.builds(
        lambda name, sign, value: f"{value} {sign} {name}", NAMES, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 3)
    ),
    st.builds(lambda name, no: f"{name} is {no}null", NAMES, st.sampled_from(["", "not "])),
    st.builds(lambda name, no: f"{name} {no}in [1, 2]", NAMES, st.sampled_from(["", "not "])),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inside: (
        st.builds("({} and {})".format, inside, inside) | st.builds("({} or {})".format, inside, inside) | inside.map("not ({})".format)
    ),
    max_leaves=5,
)


def _holds(condition: Mapping[str, Any], record: Mapping[str, int | None]) -> Any:
    """What Great Expectations takes a condition for: comparisons with nothing are false, but for `!=` and `NOT_IN`, which are true."""
    if condition["type"] in ("and", "or"):
        parts = [_holds(each, record) for each in condition["conditions"]]
        return all(parts) if condition["type"] == "and" else any(parts)
    value = record[condition["column"]["name"]]
    if condition["type"] == "nullity":
        return (value is None) == condition["is_null"]
    operator, other = condition["operator"], condition["parameter"]
    if value is None:
        return operator in ("!=", "NOT_IN")
    if operator in ("IN", "NOT_IN"):
        return (value in other) == (operator == "IN")
    return _COMPARE[operator](value, other)


_COMPARE = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


@settings(deadline=None)
@given(CONDITIONS, st.fixed_dictionaries({name: st.none() | st.integers(0, 3) for name in "abc"}))
def test_a_row_condition_means_the_records_of_which_the_condition_is_true(text: str, record: dict[str, int | None]) -> None:
    import pyarrow as pa

    from auditor.schemas.evaluation import evaluate

    tree: Tree = parse(text)
    condition = row_condition(tree)
    assert condition is not None
    batch = pa.RecordBatch.from_pylist([record], schema=pa.schema({name: pa.int64() for name in "abc"}))
    assert _holds(condition, record) is (evaluate(tree, batch).to_pylist() == [True])


@pytest.mark.parametrize(
    "text", ["a == b", "len(a) > 1", "a + 1 > 2", "a > 1 or b == c", "a == true", "a > date('2020-01-01')", "a", "`x``y` > 1"]
)
def test_a_condition_that_great_expectations_has_not(text: str) -> None:
    assert row_condition(parse(text)) is None


def test_a_condition_of_too_many_parts_is_none() -> None:
    assert row_condition(parse(" and ".join(f"(a == {n} or b == {n})" for n in range(12)))) is None
    assert row_condition(parse(" or ".join(f"a == {n}" for n in range(101)))) is None


# ── severities ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("failing", "level"), [(1.0, "critical"), (0.05, "critical"), (0.04, "error"), (0.01, "error"), (0.001, "info")])
def test_the_severity_by_the_share_that_fails(failing: float, level: str) -> None:
    thresholds = {"error": 0.01, "critical": 0.05}
    assert graded({"severity": "warning", "thresholds": thresholds}, failing) == level
    assert graded({"severity": "warning"}, failing) == "warning"
    assert graded({"severity": None}, failing) is None


# ── anything at all ───────────────────────────────────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    [
        *WHOLE.splitlines(),
        "columns:",
        "  a: {}",
        "  - x",
        "rules:",
        "  - {id: x, expr: a}",
        "extends: rules.yaml",
        "auditor: 2",
        "\t",
        "- ",
        "{",
        "[",
        ": ",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=30).map("\n".join))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = written(tmp_path_factory.getbasetemp(), "auditor: 1\n" + text)
    told, cure = "x:1", "none"
    try:
        json.dumps(load_suite(path), allow_nan=False)
    except AuditorError as error:
        told, cure = error.message, error.cure
    assert cure
    assert 0 < int(told.split(":")[1]) <= text.count("\n") + 3
