"""Schema: suites are read or refused with a cure; every record that does not meet an expectation is named, and only those."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.check import Conclusion, Skip, of_shard
from auditor.checks.schema import Schema
from auditor.dataset import JSON_FIELD, Batch, Dataset, Roles, Shard, ShardResult, Split
from auditor.doors import conditions, frames
from auditor.doors.great_expectations import Sheet, validate
from auditor.doors.rules import FOLDER
from auditor.model import AuditorError, Finding, Json, Severity
from auditor.schemas.suites import load_suite
from auditor.validation.observed import BATCH, FAILED

COLUMN = "expect_column_"


class Source:
    """A dataset in memory, made of shards of batches."""

    def __init__(self, text: tuple[str, ...] = ()) -> None:
        self.batches: list[Batch] = []
        self._text, self._results, self._names = text, list[ShardResult](), list[str]()

    def add(self, split: str, path: str, *batches: pa.RecordBatch, typed: bool = True, lines: bool = False) -> None:
        shard = Shard(path=path, file=path, split=split, format="test", ordinal=len(self._results))
        start = 0
        for batch in batches:
            numbers = pa.array(range(start + 2, start + 2 + batch.num_rows), pa.int64()) if lines else None
            self.batches.append(Batch(shard=shard, start=start, records=batch, lines=numbers, typed=typed))
            start += batch.num_rows
        self._results.append(ShardResult(shard=shard, rows=start, physical=start))
        if split not in self._names:
            self._names.append(split)

    @property
    def dataset(self) -> Dataset:
        shards = [result.shard for result in self._results]
        splits = tuple(Split(name=name, shards=tuple(each for each in shards if each.split == name)) for name in self._names)
        return Dataset(name="memory", splits=splits, roles=Roles(text=self._text), results=tuple(self._results))


def records(**columns: pa.Array | list[Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


def expect(name: str, kind: str, severity: str | None = None, **kwargs: Json) -> dict[str, Json]:
    return {"type": kind, "kwargs": kwargs, "meta": {"rule_id": name}, "severity": severity}


def suite(*expectations: dict[str, Json]) -> str:
    return json.dumps({"name": "suite", "expectations": expectations})


def audit(source: Source, suite: Path, engine: str, order: Sequence[int] | None = None, no_text: bool = False) -> Conclusion:
    check = Schema(suite=str(suite), schema_engine=engine, no_text=no_text)
    prepared = check.prepare(source.dataset)
    assert not isinstance(prepared, Skip)
    context = json.loads(json.dumps(prepared))
    total = None
    for number in order or range(len(source.batches)):
        part = of_shard(check.observe(source.batches[number], context), source.batches[number].shard.ordinal)
        total = part if total is None else check.merge(total, part)
    return check.conclude(total, context, source.dataset)


def places(finding: Finding) -> list[tuple[int | None, str | None, int | None]]:
    return [(place.row, place.file, place.line) for place in finding.where]


def states(conclusion: Conclusion, split: str) -> dict[str, str]:
    (section,) = [each for each in conclusion.sections["schema"]["splits"] if each["split"] == split]
    return {each["check"]: each["status"] for each in section["results"]}


# ── suites ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def written(folder: Path, text: str, name: str = "suite.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_suite_as_great_expectations_writes_it(tmp_path: Path) -> None:
    value = {
        "name": "s",
        "id": None,
        "meta": {"great_expectations_version": "1.24.1"},
        "notes": None,
        "expectations": [
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "a"}, "meta": {}, "severity": "critical", "id": "x"},
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "b"}, "meta": {}, "severity": "warning"},
            {"type": "expect_column_to_exist", "kwargs": {"column": "b"}, "meta": {"rule_id": "b-there"}},
            {"type": "expect_column_to_exist", "kwargs": {"column": "c"}, "meta": {"rule_id": "b-there"}},
        ],
    }
    suite = load_suite(written(tmp_path, json.dumps(value), "suite.json"))
    assert suite["name"] == "s"
    assert [(each["id"], each["severity"], each["kwargs"]["column"]) for each in suite["expectations"]] == [
        ("expect_column_values_to_be_unique", "critical", "a"),
        ("expect_column_values_to_be_unique#2", "warning", "b"),
        ("b-there", None, "b"),
        ("b-there#2", None, "c"),
    ]


def test_an_older_suite_and_yaml_with_a_date(tmp_path: Path) -> None:
    kind = "expect_table_row_count_to_equal"
    old = {"expectation_suite_name": "old", "expectations": [{"expectation_type": kind, "kwargs": {"value": 3}}]}
    assert load_suite(written(tmp_path, json.dumps(old), "old.json")) == {
        "name": "old",
        "expectations": [{"id": kind, "type": kind, "kwargs": {"value": 3}, "severity": None}],
    }
    text = "expectations:\n- type: expect_column_max_to_be_between\n  kwargs: {column: day, max_value: 2024-06-01}\n"
    suite = load_suite(written(tmp_path, text, "days.yml"))
    assert (suite["name"], suite["expectations"][0]["kwargs"]) == ("days", {"column": "day", "max_value": "2024-06-01"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "suite.yaml: this is no mapping"),
        ("expectation: []\n", "suite.yaml: unknown key 'expectation'"),
        ("name: s\n", "suite.yaml: there is no list of expectations"),
        ("expectations: []\n", "suite.yaml: there is no list of expectations"),
        ("expectations: [3]\n", "suite.yaml: expectation 1: this is no mapping"),
        ("expectations: [{kwargs: {}}]\n", "suite.yaml: expectation 1 has no type"),
        ("expectations: [{type: [a]}]\n", "suite.yaml: expectation 1 has no type"),
        ("expectations: [{type: expect_column_to_exist, kwarg: {}}]\n", "suite.yaml: expectation 1: unknown key 'kwarg'"),
        ("expectations: [{type: expect_column_to_exist, kwargs: [a]}]\n", "suite.yaml: expectation 1: kwargs and meta are mappings"),
        ("expectations: [{type: expect_column_to_exist, severity: bad}]\n", "suite.yaml: expectation 1: there is no severity 'bad'"),
        ("expectations: [{type: expect_colum_to_exist}]\n", "suite.yaml: expectation 1: there is no type 'expect_colum_to_exist'"),
        ("a: &x [1]\nb: *x\n", "suite.yaml:2: aliases"),
        ("a: !!python/object/apply:os.system [id]\n", "suite.yaml:1: "),
        ("a: [\n", "suite.yaml:2: "),
    ],
)
def test_what_is_wrong_with_a_suite_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(AuditorError) as raised:
        load_suite(written(tmp_path, text))
    assert raised.value.message.startswith(said)
    assert raised.value.cure
    assert raised.value.code == 2


def test_a_type_that_is_nearly_right_is_named(tmp_path: Path) -> None:
    with pytest.raises(AuditorError) as raised:
        load_suite(written(tmp_path, "expectations: [{type: expect_column_values_to_be_uniqe}]\n"))
    assert raised.value.cure == "did you mean 'expect_column_values_to_be_unique'?"


@pytest.mark.parametrize(
    ("name", "content"), [("s.json", b"{\n,"), ("s.json", b"[" * 100_000), ("s.yaml", b"\xff\xfe\x00"), ("gone.yaml", None)]
)
def test_a_suite_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AuditorError, match=r"s\.json|s\.yaml|gone\.yaml"):
        load_suite(tmp_path / name)


def test_the_suites_that_come_along_can_be_used() -> None:
    for path in sorted((FOLDER / "schemas").glob("*.yaml")):
        assert load_suite(path)["name"] == path.stem


def test_without_a_suite_nothing_is_checked() -> None:
    assert Schema().prepare(Source().dataset) == Skip(reason="no suite was given; name one with --schema")


def test_a_suite_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(AuditorError, match="nowhere"):
        Schema(suite="nowhere").prepare(Source().dataset)


# ── row conditions ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        (None, {}),
        ("label == 'a' and age > 3", {"label": False, "age": True}),
        ("label == 'a' & age > 3", {"label": True, "age": True}),
        ("`full name`.isnull() or not ok", {"full name": False, "ok": False}),
        ("label in ['`x`', 'y']", {"label": False}),
        ({"type": "comparison", "column": {"name": "n"}, "operator": ">", "parameter": -1}, {"n": True}),
        ({"type": "comparison", "column": {"name": "n"}, "operator": "IN", "parameter": ["a"]}, {"n": False}),
        ({"type": "nullity", "column": {"name": "n"}, "is_null": True}, {"n": False}),
        ({"type": "pass_through", "pass_through_filter": "n < 2"}, {"n": True}),
        (
            {
                "type": "or",
                "conditions": [
                    {"type": "nullity", "column": {"name": "n"}},
                    {"type": "pass_through", "pass_through_filter": "n<2"},
                ],
            },
            {"n": True},
        ),
    ],
)
def test_the_columns_of_a_row_condition(condition: Json, columns: Mapping[str, bool]) -> None:
    assert conditions.columns(condition) == columns


@pytest.mark.parametrize(
    "condition",
    [
        "@pd.compat.os.system('id')",
        "__import__('os').system('id')",
        "a.__class__",
        "label == '`' or __import__('os') or '`'",
        "label == '\\'' or a",
        "[x for x in y]",
        "(lambda: 1)()",
        "f'{a}' == 'b'",
        "a == 1 # b",
        "a = 1",
        "",
        "(" * 10_000,
        {"type": "comparison", "column": {"name": "a` or @pd or `"}, "operator": "==", "parameter": 1},
        {"type": "pass_through", "pass_through_filter": "@pd"},
        {"type": "what"},
        ["a"],
        3,
    ],
)
def test_a_row_condition_that_does_more_is_refused(condition: Json) -> None:
    with pytest.raises(ValueError, match="row condition"):
        conditions.columns(condition)


@given(st.text())
def test_no_row_condition_does_harm(text: str) -> None:
    try:
        names = conditions.columns(text)
    except ValueError:
        names = {}
    assert not names or "@" not in re.sub("'[^']*'|\"[^\"]*\"|`[^`]*`", "", text)


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_was_written(number: float) -> None:
    text = repr(number)
    assert frames.as_number(f" {text}\t") == number or len(text) > 300


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1e", "nan", "inf", "Infinity", "1_000", "1,000", "0x10", "１", "١", "n/a", "1 2", "True", "9" * 301]
)
def test_what_is_no_number(text: str) -> None:
    assert frames.as_number(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-01", "2024-06-01T00:00:00+00:00"),
        (" 2024-06-01T12:00:00+02:00 ", "2024-06-01T10:00:00+00:00"),
        ("2024-06-01 12:00:00Z", "2024-06-01T12:00:00+00:00"),
        ("0001-01-01T00:00:00+02:00", None),
        ("2024-13-01", None),
        ("yesterday", None),
    ],
)
def test_a_time_is_read_in_utc(text: str, moment: str | None) -> None:
    read = frames.as_time(text)
    assert (read and read.isoformat()) == moment


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)), st.sampled_from(["one", "many"]))
def test_no_integer_loses_digits(values: list[int | None], shape: frames.Shape) -> None:
    series = frames.series(pa.chunked_array([pa.array(values, pa.int64())]), pa.field("n", pa.int64()), shape)
    assert [None if missing else int(value) for value, missing in zip(series, series.isna(), strict=True)] == values


# ── the check ─────────────────────────────────────────────────────────────────────────────────────────────────────────

QUANTILES = {"quantiles": [0.5], "value_ranges": [[0, 0.1]]}

SUITE = suite(
    expect("ids", f"{COLUMN}values_to_be_unique", severity="critical", column="id"),
    expect("score", f"{COLUMN}values_to_be_between", severity="warning", column="score", min_value=0, max_value=1),
    expect("mostly", f"{COLUMN}values_to_be_between", column="score", min_value=0, max_value=1, mostly=0.5),
    expect("mean", f"{COLUMN}mean_to_be_between", severity="info", column="score", max_value=0.6),
    expect("whole", f"{COLUMN}values_to_be_of_type", column="n", type_="int64"),
    expect("few", f"{COLUMN}values_to_be_in_set", column="n", value_set=[1, 2]),
    expect("digit", f"{COLUMN}values_to_match_regex", column="n", regex="^[0-9]$"),
    expect("text", f"{COLUMN}value_lengths_to_be_between", column="text", min_value=1),
    expect("text-there", f"{COLUMN}values_to_not_be_null", column="text"),
    expect("label-there", f"{COLUMN}values_to_not_be_null", column="label"),
    expect("label", f"{COLUMN}values_to_be_in_set", column="label", value_set=["a", "b"]),
    expect("nothing", f"{COLUMN}values_to_be_unique", column="nothing"),
    expect("order", f"{COLUMN}pair_values_a_to_be_greater_than_b", column_A="end", column_B="start"),
    expect("until", f"{COLUMN}values_to_be_between", column="end", max_value="2024-06-01"),
    expect("some", f"{COLUMN}values_to_be_between", column="score", max_value=0.4, row_condition="n > 1", condition_parser="pandas"),
    expect("quantile", f"{COLUMN}quantile_values_to_be_between", column="score", quantile_ranges=QUANTILES),
    expect("rows", "expect_table_row_count_to_be_between", min_value=1),
    expect("columns", "expect_table_columns_to_match_set", column_set=["id"], exact_match=False),
    expect("absent-there", f"{COLUMN}to_exist", column="absent"),
)

TRAIN_A = records(
    id=["1", "2"], score=["0.5", "17"], n=["1", "2"], text=["x", None], label=["a", None], nothing=pa.nulls(2, pa.string()),
    start=["2024-01-01", "2024-01-05"], end=["2024-01-02", "2024-01-04"], other=["p", "q"],
)  # fmt: skip
TRAIN_B = records(
    id=["3"], score=["n/a"], n=["3"], text=["x"], label=["c"], nothing=pa.nulls(1, pa.string()),
    start=["2024-01-01"], end=["2025-01-01"], other=["p"],
)  # fmt: skip
TRAIN_C = records(
    id=["1", None], score=["0.25", None], n=["two", "1"], text=["x", "y"], label=["b", "a"], nothing=pa.nulls(2, pa.string()),
    start=["2024-01-01", "no"], end=["2024-01-02", "2024-01-02"], other=["p", "q"],
)  # fmt: skip


@pytest.fixture(scope="module")
def source() -> Source:
    made = Source(text=("text",))
    made.add("train", "train/a.csv", TRAIN_A, TRAIN_B, typed=False, lines=True)
    made.add("train", "train/b.csv", TRAIN_C, typed=False, lines=True)
    made.add("test", "test.csv", typed=False)
    return made


@pytest.fixture(scope="module", params=["gx", "fast", "both"])
def everything(source: Source, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conclusion]:
    folder = tmp_path_factory.mktemp("dataset")
    written(folder, "raise SystemExit(0)", "great_expectations.py")  # code in a dataset is never run, wherever the audit is started
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield audit(source, written(folder, SUITE), request.param, order=[2, 0, 1])


@pytest.mark.parametrize(
    ("check", "severity", "expected"),
    [
        ("ids", Severity.CRITICAL, [(0, "train/a.csv", 2), (3, "train/b.csv", 2)]),
        ("score", Severity.MEDIUM, [(1, "train/a.csv", 3), (2, "train/a.csv", 4)]),
        ("mean", Severity.INFO, [(2, "train/a.csv", 4)]),
        ("whole", Severity.HIGH, [(3, "train/b.csv", 2)]),
        ("few", Severity.HIGH, [(2, "train/a.csv", 4), (3, "train/b.csv", 2)]),
        ("digit", Severity.HIGH, [(3, "train/b.csv", 2)]),
        ("text", Severity.HIGH, [(1, "train/a.csv", 3)]),
        ("label-there", Severity.HIGH, [(1, "train/a.csv", 3)]),
        ("label", Severity.HIGH, [(2, "train/a.csv", 4)]),
        ("order", Severity.HIGH, [(1, "train/a.csv", 3), (4, "train/b.csv", 3)]),
        ("until", Severity.HIGH, [(2, "train/a.csv", 4)]),
        ("some", Severity.HIGH, [(1, "train/a.csv", 3), (2, "train/a.csv", 4)]),
        ("quantile", Severity.HIGH, [(2, "train/a.csv", 4)]),
        ("absent-there", Severity.HIGH, [(None, None, None)]),
    ],
)
def test_every_record_that_does_not_meet_an_expectation(
    everything: Conclusion, check: str, severity: Severity, expected: list[tuple[int | None, str | None, int | None]]
) -> None:
    (finding,) = [each for each in everything.findings if each.check == check and each.subject == f"{check} @ train"]
    assert places(finding) == expected
    assert (finding.rule, finding.severity, finding.count) == ("SCHM001", severity, len(expected))


def test_what_else_became_of_the_suite(everything: Conclusion) -> None:
    train = states(everything, "train")
    assert {name: state for name, state in train.items() if state != "failed"} == {
        "mostly": "passed",
        "text-there": "passed",
        "nothing": "vacuous",
        "rows": "passed",
        "columns": "passed",
    }
    test = states(everything, "test")
    assert {name: state for name, state in test.items() if state != "vacuous"} == {
        "rows": "failed",
        "columns": "failed",
    }
    (outcome,) = everything.outcomes
    assert (outcome.rule, outcome.status, outcome.examined, outcome.found) == ("SCHM001", "failed", 5, 21)
    assert outcome.note.startswith("18 of 38 results found nothing to check: nothing @ train, ids @ test")


def test_what_a_finding_says(everything: Conclusion) -> None:
    (score,) = [each for each in everything.findings if each.subject == "score @ train"]
    assert score.message == "score: score is not met by 2 of 4 records (cells that are no number: 1) in split train"
    assert score.evidence == {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "score", "min_value": 0, "max_value": 1},
        "expectation_severity": "warning",
        "unexpected": 2,
        "examined": 4,
        "unexpected_share": 0.5,
        "observed": None,
        "reason": "cells that are no number: 1",
        "samples": ['"17"', '"n/a"'],
    }
    (order,) = [each for each in everything.findings if each.subject == "order @ train"]
    assert order.evidence["samples"] == ['{"end":"2024-01-04","start":"2024-01-05"}', '{"end":"2024-01-02","start":"no"}']
    assert [place.column for place in order.where] == ["end, start", "end, start"]
    (rows,) = [each for each in everything.findings if each.subject == "rows @ test"]
    assert rows.message == "rows is not met (observed 0) in split test"


def test_places_know_their_record_wherever_it_lies(everything: Conclusion) -> None:
    by_check = {each.check: each for each in everything.findings if each.subject.endswith("@ train")}
    first, last = by_check["score"].where
    assert first.digest != last.digest
    same, again = by_check["ids"].where
    assert same.digest == again.digest  # what is wrong with them is that they are the same
    assert by_check["score"].where[0].digest == by_check["label-there"].where[0].digest
    assert by_check["score"].where[-1] == by_check["score"].where[1:][0]


def test_only_what_the_suite_names_is_kept(source: Source, tmp_path: Path) -> None:
    check = Schema(suite=str(written(tmp_path, SUITE)), schema_engine="gx")
    context = check.prepare(source.dataset)
    assert not isinstance(context, Skip)
    partial = check.observe(source.batches[0], context)
    with pa.ipc.open_stream(partial["data"][1].as_buffer()) as stream:
        kept = stream.read_all()
    assert set(kept.schema.names) == {"id", "score", "n", "text", "label", "nothing", "start", "end"}
    assert kept.column("text").to_pylist() == ["x", ""]
    assert kept.column("label").to_pylist() == ["a", None]
    assert partial.schema == check.observe(Batch(shard=source.batches[0].shard, start=0, records=records(q=[1])), context).schema


def test_the_fast_engine_keeps_only_what_cannot_be_judged_by_batches(source: Source, tmp_path: Path) -> None:
    check = Schema(suite=str(written(tmp_path, SUITE)))
    context = check.prepare(source.dataset)
    assert not isinstance(context, Skip) and not context["reference"]
    partial = check.observe(source.batches[0], context)
    with pa.ipc.open_stream(partial["data"][0].as_buffer()) as stream:
        assert stream.read_all().schema.names == ["id", "nothing", "score"]
    kept = dict(zip(partial["item"].to_pylist(), partial["data"].to_pylist(), strict=True))
    assert {item for item, data in kept.items() if data is not None} == {BATCH, FAILED}
    with pa.ipc.open_stream(kept[FAILED]) as stream:
        failed = stream.read_all()
    assert failed.column("score").to_pylist() == ["0.5", "17"] and "other" not in failed.schema.names


def test_nothing_read_is_no_pass(tmp_path: Path) -> None:
    conclusion = audit(Source(), written(tmp_path, SUITE), "auto")
    assert [(each.status, each.note) for each in conclusion.outcomes] == [("skipped", "no record was read")]


# ── typed records ─────────────────────────────────────────────────────────────────────────────────────────────────────

NEVER = {"type": "comparison", "column": {"name": "big"}, "operator": "==", "parameter": -5}

TYPED = suite(
    expect("big", f"{COLUMN}values_to_be_between", column="big", max_value=2**53),
    expect("inexact", f"{COLUMN}values_to_be_between", column="big", max_value=2**53 + 1),
    expect("big-unique", f"{COLUMN}values_to_be_unique", column="big"),
    expect("big-type", f"{COLUMN}values_to_be_of_type", column="big", type_="int64"),
    expect("other-case", f"{COLUMN}values_to_be_unique", column="Big"),
    expect("mixed", f"{COLUMN}values_to_be_between", column="mixed", min_value=2),
    expect("json", f"{COLUMN}values_to_be_in_set", column="json", value_set=[1, "a"]),
    expect("nested", f"{COLUMN}values_to_match_json_schema", column="nested", json_schema={"type": "object", "required": ["k"]}),
    expect("network", f"{COLUMN}values_to_match_json_schema", column="nested", json_schema={"$ref": "http://example.org/s"}),
    expect("when", f"{COLUMN}values_to_be_between", column="when", min_value="2024-01-02"),
    expect("absent", f"{COLUMN}values_to_be_unique", column="absent"),
    expect("many", f"{COLUMN}values_to_not_be_null", column="many"),
    expect("none-meant", f"{COLUMN}mean_to_be_between", column="mixed", min_value=0, row_condition=NEVER),
    expect("query", "unexpected_rows_expectation", unexpected_rows_query="select * from {batch}"),
)


@pytest.fixture(scope="module", params=["gx", "auto"])
def typed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Conclusion:
    made = Source()
    field = pa.field("json", pa.string(), metadata=JSON_FIELD)
    moments = pa.array([1_704_067_200, 1_704_153_600, None], pa.timestamp("s", tz="+02:00"))
    first = records(
        big=[2**53 + 1, None, 2**53 + 1], Big=[1, 2, 3], mixed=[1, 2, None], json=["a", "b", None],
        nested=[{"k": 1}, {"k": None}, None], when=moments, many=[None, None, None],
    )  # fmt: skip
    second = records(big=[2**53], Big=[4], mixed=[1.5], json=["1"], nested=[1], when=[None])
    second = second.cast(second.schema.set(3, field))
    made.add("train", "a.jsonl", first)
    made.add("train", "b.jsonl", second)
    made.add("test", "c.jsonl", records(big=pa.nulls(500), many=pa.nulls(500)))
    return audit(made, written(tmp_path_factory.mktemp("typed"), TYPED), request.param, no_text=True)


def test_typed_records(typed: Conclusion) -> None:
    rows = {each.check: [place.row for place in each.where] for each in typed.findings if each.subject.endswith("@ train")}
    assert rows == {
        "big": [0, 2],
        "big-unique": [0, 2],
        "mixed": [0, 3],
        "json": [1],
        "nested": [3],
        "when": [0],
        "many": [0, 1, 2, 3],
        "none-meant": [None],
    }


def test_no_value_of_a_record_is_shown_where_texts_are_withheld(typed: Conclusion) -> None:
    assert [each.evidence["samples"] for each in typed.findings] == [[]] * len(typed.findings)
    results = typed.sections["schema"]["splits"][0]["results"]
    assert {each["message"] for each in results if each["check"] in {"network", "query"}} == {"it raised an exception"}
    assert not any(isinstance(each["observed"], str | list | dict) for each in results)


def test_more_than_the_library_lists_and_none_is_lost(typed: Conclusion) -> None:
    (many,) = [each for each in typed.findings if each.subject == "many @ test"]
    assert [place.row for place in many.where] == list(range(500))
    assert many.count == 500


def test_an_expectation_that_could_not_be_judged_is_an_error_and_no_pass(typed: Conclusion, request: pytest.FixtureRequest) -> None:
    train = states(typed, "train")
    exact = {"inexact"} if "auto" in request.node.name else set()
    assert {name for name, state in train.items() if state == "error"} == {"inexact", "network", "absent", "query"} - exact
    assert {name for name, state in train.items() if state == "passed"} == {"big-type", "other-case"} | exact
    (outcome,) = typed.outcomes
    assert outcome.status == "error"
    assert exact or "inexact @ train (max_value 9007199254740993 has no floating-point number of its own" in outcome.note
    assert states(typed, "test")["big-unique"] == "vacuous"


# ── the door ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "code",
    ["raise SystemExit(0)", "import os; os._exit(0)", "import os; os.write(1, b'{}'); os._exit(0)", "import os; os.abort()", "1/0"],
)
def test_a_library_that_dies_is_never_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    package = tmp_path / "great_expectations"
    package.mkdir()
    written(package, code, "__init__.py")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sheet = Sheet(name="train", records=pa.table({"a": [1]}))
    with pytest.raises(AuditorError, match="before it had judged the suite") as raised:
        validate({"expectations": [{"id": "a", "type": "expect_column_to_exist", "kwargs": {"column": "a"}}]}, [sheet], tmp_path)
    assert raised.value.code == 3
    assert raised.value.cure


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    sheet = Sheet(name="train", records=pa.table({"a": [1]}))
    wrong = {"id": "bounds", "type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "least": 1}}
    with pytest.raises(AuditorError, match=r"expectation bounds: its kwargs are wrong: least") as raised:
        validate({"expectations": [wrong]}, [sheet], tmp_path)
    assert raised.value.code == 2


def test_what_great_expectations_alone_would_get_wrong(tmp_path: Path) -> None:
    kinds: list[tuple[str, dict[str, Json]]] = [
        (f"{COLUMN}values_to_be_between", {"column": "a", "max_value": 5, "row_condition": "b > 2", "condition_parser": "pandas"}),
        (f"{COLUMN}values_to_be_between", {"column": "a", "max_value": 5, "mostly": 0.25}),
        (f"{COLUMN}values_to_be_between", {"column": "a", "max_value": 5, "mostly": 0.26}),
        (f"{COLUMN}values_to_be_unique", {"column": "a"}),
        (f"{COLUMN}pair_values_to_be_equal", {"column_A": "a", "column_B": "A"}),
        (f"{COLUMN}values_to_be_between", {"column": "a", "min_value": "2", "result_format": "BASIC"}),
    ]
    expectations = [{"id": str(number), "type": kind, "kwargs": kwargs} for number, (kind, kwargs) in enumerate(kinds)]
    cells = pa.array(["1", "x", "x", "9"])
    twice = pa.Table.from_arrays([cells, cells], names=["a", "a"])
    sheets = [
        Sheet(name="text", records=pa.table({"A": ["p", "p", "q", "q"], "a": cells, "b": ["1", "1", "5", "5"]}), typed=False),
        Sheet(name="twice", records=twice, typed=False),
    ]
    results = validate({"expectations": expectations}, sheets, tmp_path)
    assert [(each.status, each.rows, each.examined) for each in results if each.split == "text"] == [
        ("failed", (2, 3), 2),
        ("passed", (1, 2, 3), 4),
        ("failed", (1, 2, 3), 4),
        ("failed", (1, 2), 4),
        ("error", (), 0),
        ("failed", (0, 1, 2), 4),
    ]
    assert {each.message for each in results if each.split == "twice"} >= {"more than one column is called 'a'"}
    assert {each.status for each in results if each.split == "twice"} == {"error"}


def test_the_check_loads_nothing_heavy() -> None:
    code = "import auditor.checks.schema, sys; print(sorted({'numpy', 'pandas', 'pyarrow', 'great_expectations'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
