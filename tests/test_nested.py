"""Nested records: nodes of JSON and Arrow, paths, JSON Schema held to the jsonschema library, and findings at their places."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.cli import group
from auditor.dataset import JSON_FIELD, Batch, Shard
from auditor.kernels.nodes import DEPTH, Builder, Nodes
from auditor.model import AuditorError
from auditor.nested import paths, schema, slowly
from auditor.nested.demands import Breach, Demand, Demands, demand
from auditor.nested.sight import Sight
from auditor.schemas.rulefile import load

SHARD = Shard(path="train.jsonl", file="", split="train", format="jsonl")
KEYS = ["v", "a", "b", "messages", "role", "content", 'odd "key"\n']


def nodes(texts: list[str | None]) -> Nodes:
    """The nodes of a column `v` of JSON texts."""
    builder = Builder(len(texts), KEYS)
    builder.add_texts("v", pa.array(texts, pa.string()))
    return builder.nodes()


def shown(found: Nodes) -> list[Any]:
    """Every node, as plain values."""
    return [
        *(getattr(found, name).tolist() for name in ("parents", "kinds", "names", "places", "numbers")),
        found.texts.to_pylist(),
    ]


def batch(records: list[dict[str, Any]]) -> Batch:
    """Records as a JSON lines reader gives them: every column as JSON texts."""
    names = list(dict.fromkeys(name for record in records for name in record))
    cells = [[None if record.get(name) is None else json.dumps(record[name]) for record in records] for name in names]
    columns = [pa.array(each, pa.string()) for each in cells]
    fields = pa.schema([pa.field(name, pa.string(), metadata=JSON_FIELD) for name in names])
    return Batch(shard=SHARD, start=0, records=pa.RecordBatch.from_arrays(columns, schema=fields))


def as_arrow(records: list[dict[str, Any]]) -> Batch:
    """Records as Parquet has them: lists and structs."""
    names = dict.fromkeys(name for record in records for name in record)
    return Batch(shard=SHARD, start=0, records=pa.RecordBatch.from_pylist([{name: each.get(name) for name in names} for each in records]))


def breaches(demanded: Demand, given: Batch) -> list[tuple[int, str, str]]:
    """Where a demand is broken."""
    ((_, found),) = Demands([demanded]).broken(given)
    return [(each.row, each.path, each.reason) for each in found]


# nodes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 66), 1 << 66) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(values=st.lists(JSON, max_size=4), escaped=st.booleans(), indent=st.sampled_from([None, 1]))
@example(values=[-(1 << 63), (1 << 63) - 1, 1 << 63, 0.1, -0.0, 1e300, "\U0001f600", "\0", {}, [], [[]]], escaped=True, indent=None)
def test_the_kernel_reads_json_as_python_does(
    values: list[Any], escaped: bool, indent: int | None, compiled: Callable[[], AbstractContextManager[None]]
) -> None:
    texts: list[str | None] = [None, *(json.dumps(value, ensure_ascii=escaped, indent=indent) for value in values)]
    by_python = shown(nodes(texts))
    with compiled():
        assert shown(nodes(texts)) == by_python


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"a" 1}', '"\x01"', "01", "nul", "[1] 2", '"\\ud800"', "1e", '{"a":1,}', '"\\x"', "-"])
def test_what_is_no_json_is_left_to_python(text: str, compiled: Callable[[], AbstractContextManager[None]]) -> None:
    with compiled():
        builder = Builder(1, KEYS)
        assert not builder._scanned("v", pa.array([text])), text


@pytest.mark.parametrize("depth", [DEPTH - 1, DEPTH, DEPTH + 1, 10_000])
def test_deep_texts_are_read(depth: int, compiled: Callable[[], AbstractContextManager[None]]) -> None:
    text = "[" * depth + "1" + "]" * depth
    with compiled():
        builder = Builder(1, KEYS)
        assert builder._scanned("v", pa.array([text])) == (depth <= DEPTH)
    if depth <= DEPTH + 1:
        assert len(nodes([text]).kinds) == depth + 2


RECORDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "a": st.integers(-5, 5),
            "b": st.lists(st.none() | st.text(max_size=2), max_size=3),
            "messages": st.lists(
                st.fixed_dictionaries({}, optional={"role": st.text(max_size=2), "content": st.lists(st.booleans(), max_size=2)}),
                max_size=3,
            ),
        },
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(RECORDS, st.booleans())
def test_arrow_and_json_are_judged_alike(records: list[dict[str, Any]], sliced: bool) -> None:
    meant: dict[str, Any] = {
        "required": ["a"],
        "properties": {
            "a": {"minimum": 0},
            "b": {"minItems": 1, "items": {"type": "string", "maxLength": 1}},
            "messages": {"items": {"required": ["role"], "properties": {"role": {"enum": ["x"]}, "content": {"items": {"const": True}}}}},
        },
    }
    nested = as_arrow([*records, *records]) if sliced else as_arrow(records)
    if sliced:
        nested = Batch(shard=SHARD, start=0, records=nested.records.slice(len(records)))
    if nested.records.num_columns:
        whole = Demand(id="whole", path="$", schema=meant)
        assert breaches(whole, nested) == breaches(whole, batch(records))


# paths


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", ()),
        ("$.messages[*].role", ("messages", None, "role")),
        ("$['odd key'][0][-1]", ("odd key", 0, -1)),
        ('$["a\\"b"]["é"]', ('a"b', "é")),
    ],
)
def test_paths_are_read_and_written(path: str, steps: tuple[paths.Step, ...]) -> None:
    assert paths.steps(path) == steps
    known = [step for step in steps if step is not None]
    assert paths.steps(paths.written(known)) == tuple(known)


@pytest.mark.parametrize("path", ["", "messages", "$messages", "$.", "$[", "$[1.5]", "$..a", "$[?(@.a)]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        paths.steps(path)


TURNS: list[dict[str, Any]] = [
    {"messages": [{"role": "user"}, {"role": "assistant"}, {"role": "user"}]},
    {"messages": [{"role": "system"}, {"role": "assistant"}, {"role": "tool"}, {"role": "user"}]},
    {"messages": [{"role": "user"}, {"role": "user"}, {}, {"role": "assistant"}]},
    {"messages": []},
    {"messages": None},
    {"messages": "user"},
    {},
]


@pytest.mark.parametrize("nested", [False, True])
def test_turns_and_last_elements(nested: bool) -> None:
    given = as_arrow(TURNS[:5]) if nested else batch(TURNS)
    assert breaches(Demand(id="t", path="$.messages[*].role", alternate=("user", "assistant")), given) == [
        (1, "$.messages[1].role", "is not 'user', whose turn it is"),
        (2, "$.messages[1].role", "is not 'assistant', whose turn it is"),
    ]
    assert breaches(Demand(id="l", path="$.messages[-1].role", own={"enum": ["assistant"]}), given) == [
        (0, "$.messages[2].role", "is none of 'assistant'"),
        (1, "$.messages[3].role", "is none of 'assistant'"),
    ]
    assert breaches(Demand(id="r", path="$.messages[*].role", required=True), given) == [(2, "$.messages[2]", "has no 'role'")]
    assert breaches(Demand(id="f", path="$.messages[0]", required=True), given)[0] == (3, "$.messages", "has no element 0")
    assert (3, "$.messages", "has no element") in breaches(Demand(id="e", path="$.messages[*]", required=True), given)


def test_null_and_missing_differ_inside_json() -> None:
    given = batch([{"v": {"a": None}}, {"v": {}}, {"v": {"a": 1}}, {"v": None}])
    assert breaches(Demand(id="n", path="$.v.a", nullable=False, own={"type": "integer"}), given) == [(0, "$.v.a", "is null")]
    assert breaches(Demand(id="r", path="$.v.a", required=True), given) == [(1, "$.v", "has no 'a'")]
    assert breaches(Demand(id="v", path="$.v", required=True), given) == [(3, "$", "has no 'v'")]


def test_times_and_their_bounds() -> None:
    given = batch([{"v": text} for text in ("2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31", "yesterday", 7, None)])
    assert breaches(Demand(id="d", path="$.v", own={"type": "string"}, time="date", bounds=("2026-01-01", None, False, False)), given) == [
        (1, "$.v", "is no date"),
        (2, "$.v", "is before 2026-01-01"),
        (3, "$.v", "is no date"),
        (4, "$.v", "is no date"),
        (4, "$.v", "is no string"),
    ]


# JSON Schema

SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, -3, "", "x", "xy", "é", 1 << 70])
KIND = st.sampled_from([*schema.TYPES])
SIMPLE: list[st.SearchStrategy[dict[str, Any]]] = [
    st.builds(lambda kind: {"type": kind}, KIND | st.lists(KIND, min_size=1, unique=True)),
    st.builds(lambda values: {"enum": values}, st.lists(SCALARS, min_size=1, max_size=3)),
    st.builds(lambda value: {"const": value}, SCALARS),
    st.builds(lambda names: {"required": names}, st.lists(st.sampled_from(["a", "b"]), unique=True)),
    st.builds(lambda word, n: {word: n}, st.sampled_from(["minItems", "maxItems", "minProperties", "maxProperties"]), st.integers(0, 3)),
    st.builds(lambda word, n: {word: n}, st.sampled_from(["minLength", "maxLength"]), st.integers(0, 3)),
    st.builds(
        lambda word, n: {word: n},
        st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]),
        st.sampled_from([0, 1, 1.5, -3.0, 1 << 65]),
    ),
    st.builds(lambda text: {"pattern": text}, st.sampled_from(["^x", "y$", "^$", "[a-z]{2}"])),
    st.just({"$ref": "#/$defs/end"}),
    st.just({"title": "nothing", "format": "email", "unknown": 3}),
]


def _larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=2)
    return st.one_of(
        st.builds(lambda a, b: {"properties": {"a": a, "b": b}}, inner, inner),
        st.builds(lambda a, more: {"properties": {"a": a}, "additionalProperties": more}, inner, st.booleans()),
        st.builds(lambda each: {"items": each}, inner),
        st.builds(lambda word, each: {word: each}, st.sampled_from(["allOf", "anyOf", "oneOf"]), some),
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda a, b: {**a, **b} if isinstance(a, dict) and isinstance(b, dict) else a, inner, inner),
    )


SCHEMAS = st.recursive(st.booleans() | st.one_of(*SIMPLE), _larger, max_leaves=6)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3), max_leaves=8
)


def by_the_library(meant: Any, value: Any) -> Counter[tuple[str, str]]:
    """The places and keywords that the jsonschema library finds wrong; where `false` is broken it names no place."""
    errors = jsonschema.Draft202012Validator(meant).iter_errors(value)
    return Counter((paths.written(["v", *error.absolute_path]) if error.validator else "", error.validator or "") for error in errors)


@settings(deadline=None, max_examples=300)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=4))
def test_schemas_are_judged_as_the_library_does(meant: Any, values: list[Any]) -> None:
    root = {"$defs": {"end": {"type": "string"}}, **(meant if isinstance(meant, dict) else {"allOf": [meant]})}
    kind = jsonschema.Draft202012Validator
    assert schema.unsupported(root, frozenset(kind.VALIDATORS), root, True) is None
    keys = list(dict.fromkeys(["v", "a", "b", *schema.names(root)]))
    builder = Builder(len(values), keys)
    builder.add_texts("v", pa.array([json.dumps(value) for value in values]))
    sight = Sight(builder.nodes())
    found: list[Counter[tuple[str, str]]] = [Counter() for _ in values]

    def sink(some: Any, keyword: str, _: str) -> None:
        for node in some.tolist():
            path = paths.written(paths.of_node(sight.nodes, node, keys))
            found[sight.nodes.record(node)][path if keyword else "", keyword] += 1

    good = schema.Judge(root=root, sight=sight).judge(root, sight.members(sight.records, "v"), sink)
    expected = [by_the_library(root, value) for value in values]
    assert found == expected
    assert good.tolist() == [not errors for errors in expected]


def test_a_schema_that_is_true_of_itself_is_followed_as_deep_as_records_go() -> None:
    tree = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "kids": {"items": {"$ref": "#"}}}}
    record: dict[str, Any] = {"n": "wrong"}
    for _ in range(100):
        record = {"n": 1, "kids": [record]}
    ((_, found),) = Demands([Demand(id="t", path="$.v", schema=tree)]).broken(batch([{"v": record}]))
    assert [(each.path, each.reason) for each in found] == [("$.v" + ".kids[0]" * 100 + ".n", "is no integer")]


SLOW = {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "properties": {"tags": {"uniqueItems": True}}}


def test_other_keywords_are_judged_value_by_value() -> None:
    assert slowly.is_needed(SLOW, "rules.yaml:1: x")
    given = batch([{"v": {"x-a": 1}}, {"v": {"tags": [1, 1]}}, {"v": {"tags": [1, 2], "x-b": "y"}}, {"v": 3}, {}])
    assert breaches(Demand(id="s", path="$.v", schema=SLOW, slow=True), given) == [
        (0, "$.v.x-a", "breaks type"),
        (1, "$.v.tags", "breaks uniqueItems"),
        (3, "$.v", "breaks type"),
    ]


@pytest.mark.parametrize(
    "meant",
    [
        {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1},
        {"prefixItems": [{"type": "string"}]},
        {"if": {"type": "string"}, "then": {"minLength": 1}},
        {"enum": [[1]]},
        {"additionalProperties": {"type": "string"}},
        {"properties": {"a": {"$id": "other", "$ref": "#"}}},
        {"$ref": "#anchor"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a", "minLength": 1, "definitions": {"a": {}}},
    ],
)
def test_what_is_not_judged_here_is_known(meant: dict[str, Any]) -> None:
    assert slowly.is_needed(meant, "rules.yaml:1: x")


@pytest.mark.parametrize("draft", ["draft-06/schema#", "draft-07/schema#", "draft/2019-09/schema", "draft/2020-12/schema"])
def test_drafts_that_agree_are_judged_at_once(draft: str) -> None:
    secure = "s" if "/20" in draft else ""
    assert not slowly.is_needed({"$schema": f"http{secure}://json-schema.org/{draft}", "items": {"type": "string"}}, "")


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        ({"$ref": "https://example.org/chat.json"}, "refers to 'https://example.org/chat.json'"),
        ({"properties": {"a": {"$ref": "chat.json#/a"}}}, "refers to 'chat.json#/a'"),
        ({"type": "text"}, "is no JSON Schema: at $.type"),
        ({"pattern": "(?=a)"}, "pattern: '(?=a)' is refused"),
        ({"pattern": r"(a)\1"}, "is refused"),
    ],
)
def test_a_schema_that_cannot_be_judged_is_an_error(meant: dict[str, Any], said: str) -> None:
    with pytest.raises(AuditorError, match=r"^rules\.yaml:3: x") as error:
        slowly.is_needed(meant, "rules.yaml:3: x")
    assert said in error.value.message


def test_no_pattern_is_made_slow() -> None:
    bomb = [{"v": "a" * 50_000 + "!"}]
    assert breaches(Demand(id="p", path="$.v", own={"pattern": "^(a+)+$"}), batch(bomb)) == [(0, "$.v", "does not match ^(a+)+$")]
    slow = {"pattern": "^(a+)+$", "uniqueItems": True}
    assert breaches(Demand(id="p", path="$.v", schema=slow, slow=True), batch(bomb)) == [(0, "$.v", "breaks pattern")]


def test_huge_arrays_and_many_keys() -> None:
    given = batch([{"v": list(range(300_000))}, {"v": {str(n): n for n in range(50_000)}}])
    assert breaches(Demand(id="m", path="$.v[*]", own={"maximum": 299_998}), given) == [(0, "$.v[299999]", "is above 299998")]
    whole = {"maxProperties": 10, "properties": {"7": {}}, "additionalProperties": False}
    assert [each[2] for each in breaches(Demand(id="k", path="$.v", schema=whole), given)] == [
        "has a key that is not described",
        "has more than 10 keys",
    ]


# rule files

RULES = """\
auditor: 1
records:
  - {id: chat, path: $.messages, required: true, type: list, length: [1, 3]}
  - {id: role, path: "$.messages[*].role", required: true, enum: [user, assistant]}
  - {id: content, path: "$.messages[*].content", type: text, nullable: false, length: [1, null], regex: "[^<]*", severity: warning}
  - {id: score, path: $.score, type: number, range: {above: 0, max: 1}, why: probabilities}
  - {id: shape, path: "$.messages[*]", json_schema: {additionalProperties: false, properties: {role: {}, content: {}}}}
  - {id: never, path: $.nowhere, type: text}
"""
LINES = [
    {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "score": 1},
    {"messages": [{"role": "bot", "content": ""}, {"content": None, "name": "x"}], "score": 0},
    {"messages": [], "score": 1.5},
    {"other": 1},
    {"messages": [{"role": "user", "content": "<b>"}] * 4, "score": "high"},
]
EXPECTED = [
    ("chat", 2, 4, "$.messages", "has fewer than 1 items"),
    ("chat", 3, 5, "$", "has no 'messages'"),
    ("chat", 4, 7, "$.messages", "has more than 3 items"),
    ("content", 1, 2, "$.messages[0].content", "has fewer than 1 code points"),
    ("content", 1, 2, "$.messages[1].content", "is null"),
    *(("content", 4, 7, f"$.messages[{n}].content", "does not match [^<]*") for n in range(4)),
    ("role", 1, 2, "$.messages[0].role", "is none of 'user', 'assistant'"),
    ("role", 1, 2, "$.messages[1]", "has no 'role'"),
    ("score", 1, 2, "$.score", "is not above 0"),
    ("score", 2, 4, "$.score", "is above 1"),
    ("score", 4, 7, "$.score", "is no number"),
    ("shape", 1, 2, "$.messages[1]", "has a key that is not described"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with rules, and records with blank lines between them."""
    lines = list(map(json.dumps, LINES))
    (tmp_path / "train.jsonl").write_text("\n".join([*lines[:2], "", *lines[2:4], "", lines[4]]) + "\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    return tmp_path


def scanned(folder: Path, *options: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The JSON report of an audit, and the table of places."""
    command = ["scan", str(folder / "train.jsonl"), "--schema", str(folder / "rules.yaml"), "--select", "SCHM003", "-o", "json", *options]
    done = CliRunner().invoke(group, [*command, "--evidence", str(folder / "evidence")])
    assert done.stdout.startswith("{"), done.output
    return json.loads(done.stdout), pq.read_table(folder / "evidence" / "findings.parquet").to_pylist()


def test_every_place_is_found_at_its_line_and_path(place: Path) -> None:
    report, places = scanned(place)
    keys = ("check", "row", "line", "column", "message")
    assert sorted(tuple(each[key] for key in keys) for each in places) == EXPECTED
    findings = {each["evidence"]["path"] + " " + str(each["severity"]): each["evidence"] for each in report["findings"]}
    assert findings["$.score high"] == {
        "path": "$.score",
        "examined": 4,
        "records": 3,
        "why": "probabilities",
        "count": 3,
        "reasons": {"is above 1": 1, "is no number": 1, "is not above 0": 1},
    }
    assert "$.messages[*].content medium" in findings
    (outcome,) = [each for each in report["outcomes"] if each["rule"] == "SCHM003"]
    assert (outcome["status"], outcome["examined"], outcome["found"]) == ("failed", 5, len(EXPECTED))
    assert outcome["note"] == "1 of 6 rules found nothing to check: never"


def test_a_rule_that_met_nothing_has_not_passed(place: Path) -> None:
    (place / "rules.yaml").write_text('auditor: 1\nrecords: [{id: x, path: "$.nowhere", type: text}]\n', encoding="utf-8")
    report, places = scanned(place)
    (outcome,) = [each for each in report["outcomes"] if each["rule"] == "SCHM003"]
    assert (outcome["status"], places) == ("skipped", [])


def test_places_are_known_again_by_their_contents(place: Path) -> None:
    _, before = scanned(place)
    lines = (place / "train.jsonl").read_text(encoding="utf-8").splitlines()
    random.Random(3).shuffle(lines)
    (place / "train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _, after = scanned(place)
    assert Counter(each["fingerprint"] for each in after) == Counter(each["fingerprint"] for each in before)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ('{id: x, path: $.a, regex: "(?=a)"}', "rules.yaml:2: x: regex: '\\\\\\\\A(?:(?=a))\\\\\\\\z' is refused"),
        ("{id: x, path: $.a, json_schema: {$ref: 'http://example.org'}}", "rules.yaml:2: x: json_schema refers to 'http://example.org'"),
        ("{id: x, path: $.a, json_schema: {type: 7}}", "rules.yaml:2: x: json_schema is no JSON Schema: at $.type"),
    ],
)
def test_rules_that_cannot_be_judged_name_their_line(tmp_path: Path, records: str, said: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"auditor: 1\nrecords: [{records}]\n", encoding="utf-8")
    with pytest.raises(AuditorError) as error:
        demand(load(path).records[0])
    assert error.value.message.startswith(said.replace("\\\\\\\\", "\\\\"))


def test_breaches_are_the_same_however_batches_are_cut() -> None:
    records = [{"messages": [{"role": role} for role in roles]} for roles in (["user"], ["bot", "x"], [], ["assistant"] * 3)] * 5
    demands = Demands([Demand(id="r", path="$.messages[*].role", own={"enum": ["user"]})])

    def found(size: int) -> list[Breach]:
        return [
            Breach(row=start + each.row, path=each.path, reason=each.reason)
            for start in range(0, len(records), size)
            for _, some in demands.broken(batch(records[start : start + size]))
            for each in some
        ]

    assert found(1) == found(7) == found(20)
    assert len(found(20)) == 25
    assert np.unique([each.row for each in found(3)]).tolist() == [row for row in range(20) if row % 4 in {1, 3}]
