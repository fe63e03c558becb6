"""Rules inferred from tables of which it is known what holds: exactly these rules, the same for any order, and none that is chance."""

from __future__ import annotations

import contextlib
import io
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import inferring, mutating
from auditor.cli import _status, group
from auditor.dataset import Batch, Shard
from auditor.doors import yaml
from auditor.inference import rows, shapes, tails
from auditor.inference.mutants import mutants
from auditor.inference.rows import Table, chosen, joined, level
from auditor.inference.updating import updated
from auditor.inference.written import Inferred, scalar, written
from auditor.kernels.columns_numbers import counted
from auditor.model import Json

RANDOM = np.random.default_rng(5)
ROWS = 6000
SHARD = Shard(path="", file="", split="all", format="memory")


def table(**columns: object) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def inferred(records: pa.Table, typed: bool = True) -> Inferred:
    parts = [chosen(Batch(shard=SHARD, start=0, records=batch, typed=typed), 0, 0.5) for batch in records.to_batches(1000)]
    sides = [joined([(part[side], typed) for part in parts]) for side in (0, 1)]
    return inferring.infer(sides[0], sides[1], 1e-6)


LOW = RANDOM.normal(20, 5, ROWS)
KNOWN: dict[str, tuple[object, dict[str, Json]]] = {
    "ids": (list(range(ROWS)), {"type": "integer", "nullable": False, "unique": True}),
    "codes": ([f"T-{n:06d}" for n in range(ROWS)], {"type": "text", "nullable": False, "unique": True, "regex": "T-[0-9]{6}"}),
    "labels": (["abc"[n % 3] for n in range(ROWS)], {"type": "text", "nullable": False, "enum": ["a", "b", "c"]}),
    "marks": ([n % 5 + 1 for n in range(ROWS)], {"type": "integer", "nullable": False, "enum": [1, 2, 3, 4, 5]}),
    "flags": ([n % 2 == 0 for n in range(ROWS)], {"type": "boolean", "nullable": False}),
    "shares": (RANDOM.random(ROWS), {"type": "number", "nullable": False, "range": [0, 1]}),
    "mails": ([f"u{n % 4000}@example.org" for n in range(ROWS)], {"type": "text", "nullable": False, "format": "email"}),
    "days": ([f"2024-01-{n % 28 + 1:02}" for n in range(ROWS)], {"type": "text", "nullable": False, "format": "date"}),
    "lists": ([[n] for n in range(ROWS)], {"type": "list", "nullable": False}),
    "gaps": ([None if n % 3 == 0 else n % 977 + 0.25 for n in range(ROWS)], {"type": "number", "range": [0, 0]}),
    "nothing": ([None] * ROWS, {}),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_column_is_what_it_was_made_to_be(name: str) -> None:
    values, rules = KNOWN[name]
    found = inferred(table(**{name: values}))
    mine = dict(found.columns[name])
    if name == "gaps":
        low, high = mine.pop("range")
        assert -100 < low <= 0
        assert 976 <= high <= 1500
        rules = {"type": "number"}
    assert mine == rules
    assert not found.dropped


def test_rare_gaps_are_tolerated_and_common_ones_are_none_s_business() -> None:
    rare = [None if n % 100 == 0 else 1.5 + n % 977 for n in range(ROWS)]
    found = inferred(table(rare=rare)).columns["rare"]
    assert found["nullable"] is False
    assert 0.01 < found["tolerate"] < 0.03


def test_few_records_prove_little() -> None:
    found = inferred(table(a=[1, 2, 3, 4] * 40, b=["x", "y"] * 80, c=RANDOM.random(160)))
    assert {key for keys in found.columns.values() for key in keys} == {"type", "nullable", "tolerate"}
    assert all(keys["tolerate"] > 0.01 for keys in found.columns.values())


def test_values_that_go_on_are_no_closed_set() -> None:
    words = [f"w{n}" for n in RANDOM.zipf(1.6, ROWS)]
    found = inferred(table(words=words, counts=RANDOM.poisson(1, ROWS)))
    assert "enum" not in found.columns["words"]
    assert "enum" not in found.columns["counts"]
    assert found.columns["counts"]["range"][1] > 6


def test_numbers_that_go_on_with_the_records_have_no_upper_bound() -> None:
    found = inferred(table(visit=[n // 20 for n in range(ROWS)], year=RANDOM.normal(2000, 5, ROWS), weight=RANDOM.normal(60, 5, ROWS)))
    assert {name: "range" in keys for name, keys in found.columns.items()} == {"visit": True, "year": False, "weight": True}
    low, high = found.columns["visit"]["range"]
    assert low <= 0
    assert high is None


def test_an_order_that_would_be_broken_by_chance_is_a_rule_and_one_that_would_not_is_none() -> None:
    found = inferred(table(low=LOW, high=LOW + RANDOM.gamma(2, 3, ROWS), far=LOW + 1000, other=RANDOM.normal(20, 5, ROWS)))
    assert [rule["expr"] for rule in found.rules] == ["low <= high"]


def test_two_columns_may_name_a_record_together() -> None:
    day, shop = np.divmod(np.arange(ROWS), 40)
    found = inferred(table(day=day, shop=[f"S{each:02d}" for each in shop], sold=RANDOM.poisson(3, ROWS)))
    assert [rule["kwargs"] for rule in found.rules if "kwargs" in rule] == [{"column_list": ["day", "shop"]}]


def test_texts_are_clean_but_for_a_share_that_may_have_been_missed() -> None:
    texts = [
        " ".join(["river", "mill", "goat", "soup", "iron", "lamp", "late"][: n % 7 + 1]) + chr(97 + n % 26) * (n % 17 + 1)
        for n in range(ROWS)
    ]
    (rule,) = inferred(table(text=texts)).rules
    assert rule["id"] == "inferred-text-clean"
    assert 0 < rule["tolerate"] < 0.002
    for spoilt, found in ((" x", True), ("x ", True), ("Ã©", True), ("â€™", True), ("x\x00", True), ("é and so on", False)):
        assert bool(re.search(rule["kwargs"]["regex"], spoilt)) == found


def test_cells_of_csv_are_what_they_read_as() -> None:
    cells = table(
        n=[str(n % 700) for n in range(ROWS)], x=[f"{n % 700}.5" for n in range(ROWS)], code=[f"{n % 900:04d}" for n in range(ROWS)]
    )
    found = inferred(cells, typed=False).columns
    assert (found["n"]["type"], found["x"]["type"]) == ("integer", "number")
    assert found["code"] == {"nullable": False, "regex": "[0-9]{4}"}


def test_a_rule_that_alarms_on_the_records_held_out_is_dropped_with_its_reason() -> None:
    learning = Table(records=table(a=["x", "y"] * 1000), typed=True)
    held = Table(records=table(a=["x", "y", "z", "x"] * 500), typed=True)
    found = inferring.infer(learning, held, 1e-6)
    assert found.columns["a"] == {"type": "text", "nullable": False}
    assert found.dropped == {"a.enum": "500 of 2,000 held out break it"}


def test_missing_values_among_the_records_held_out_loosen_a_rule() -> None:
    learning = Table(records=table(a=[1.5, 2.5] * 1000), typed=True)
    held = Table(records=table(a=[1.5, 2.5] * 990 + [None] * 20), typed=True)
    found = inferring.infer(learning, held, 1e-6)
    assert found.columns["a"]["nullable"] is False
    assert 0.01 < found.columns["a"]["tolerate"] < 0.02


def test_of_a_sensitive_column_no_value_is_written() -> None:
    side = Table(records=table(a=["x", "y"] * 1000), typed=True)
    assert inferring.infer(side, side, 1e-6, ("a",)).columns["a"] == {"type": "text", "nullable": False}


# ── which records ─────────────────────────────────────────────────────────────────────────────────────────────────────


VARIED = {
    "a": pa.array([1, 2, 3] * 200),
    "b": pa.array(["x", None, "z"] * 200),
    "c": pa.array([0.5, 1.5, None] * 200),
    "d": pa.array([[1], None, [2, 3]] * 200),
    "e": pa.array([True, False, None] * 200),
    "f": pa.array(["x", "y", "x"] * 200).dictionary_encode(),
}


def test_the_order_of_records_does_not_matter_and_each_side_has_some_of_all() -> None:
    records = pa.record_batch(VARIED)
    sides = chosen(Batch(shard=SHARD, start=0, records=records), 0, 0.5)
    assert sides[0].num_rows + sides[1].num_rows == 600
    assert all({row["a"] for row in side.to_pylist()} == {1, 2, 3} for side in sides)
    turned = records.take(pa.array(range(599, -1, -1)))
    again = chosen(Batch(shard=SHARD, start=0, records=turned), 0, 0.5)
    assert [sorted(map(str, side.to_pylist())) for side in again] == [sorted(map(str, side.to_pylist())) for side in sides]


@pytest.mark.parametrize("name", VARIED)
def test_records_that_differ_in_any_column_are_told_apart(name: str) -> None:
    values = VARIED[name].slice(0, 3)
    records = pa.record_batch({"same": pa.array([1, 1, 1]), name: values})
    assert len(set(rows.hashes(records).tolist())) == 3


def test_the_share_that_is_held_out_is_the_one_asked_for() -> None:
    records = pa.record_batch({"a": pa.array(range(10_000))})
    assert chosen(Batch(shard=SHARD, start=0, records=records), 0, 0.2)[1].num_rows == pytest.approx(2000, abs=200)
    assert sum(part.num_rows for part in chosen(Batch(shard=SHARD, start=0, records=records), 2, 0.2)) == pytest.approx(2500, abs=250)


@pytest.mark.parametrize(("sizes", "bits"), [([], 0), ([1], 0), ([rows.SAMPLE], 0), ([rows.SAMPLE, 1], 1), ([rows.SAMPLE] * 5, 3)])
def test_of_large_files_a_part_is_looked_at(sizes: list[int], bits: int) -> None:
    assert level(sizes) == bits


def test_columns_of_several_types_are_joined_as_json() -> None:
    parts = [pa.record_batch({"a": pa.array([1])}), pa.record_batch({"a": pa.array(["x"])}), pa.record_batch({"b": pa.array([2])})]
    assert joined([(part, True) for part in parts]).records.to_pylist() == [
        {"a": "1", "b": None},
        {"a": '"x"', "b": None},
        {"a": None, "b": 2},
    ]


# ── bounds, shapes, text of the file ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("numbers", "low", "high"),
    [
        (RANDOM.random(5000), 0, 1),
        (RANDOM.uniform(-90, 90, 5000), -90, 90),
        (RANDOM.exponential(5, 5000), 0, None),
        (-RANDOM.exponential(5, 5000), None, 0),
        (RANDOM.integers(0, 101, 5000), 0, 100),
        (np.where(RANDOM.random(5000) < 0.1, 0.0, RANDOM.normal(50, 5, 5000)), 0, None),
    ],
)
def test_numbers_that_end_at_an_edge_have_it_as_their_bound(numbers: object, low: float | None, high: float | None) -> None:
    found = tails.ends(counted(np.asarray(numbers, np.float64)), 1e-6, False)
    assert low is None or found[0] == low
    assert high is None or found[1] == high


@pytest.mark.parametrize("middle", [4.0, 1e6, -3.0])
def test_a_bound_lies_beyond_what_was_seen_and_is_no_edge_by_chance(middle: float) -> None:
    found = tails.ends(counted(RANDOM.normal(middle, 1, 5000)), 1e-6, False)
    assert found[0] is not None and found[1] is not None
    assert found[0] < middle - 5 and found[1] > middle + 5


@pytest.mark.parametrize("numbers", [[1.0] * 5000, [1.0, 2.0], [float("nan"), *range(2000)], [float("inf"), *range(2000)]])
def test_where_nothing_is_known_of_tails_there_is_no_bound(numbers: list[float]) -> None:
    assert tails.ends(counted(np.array(numbers)), 1e-6, False) == (None, None)


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["AB 12", "CD 345"], r"[A-Z]{2} [0-9]+"),
        (["x.1", "x.2"], r"x\.[0-9]"),
        (["(1)", "(2)"], r"\([0-9]\)"),
        (["a1", "2b"], "[0-9][a-z]|[a-z][0-9]"),
        (["word", "other"], None),
        (["é1"], None),
        (["a1", ""], None),
        (["a", "1", "A", "-", "a1"], None),
    ],
)
def test_shapes_of_texts(texts: list[str], pattern: str | None) -> None:
    assert shapes.pattern([(text, 1) for text in texts]) == pattern


@given(st.lists(st.text("ab1.X-+ ", min_size=1, max_size=6), min_size=1, max_size=12))
@settings(deadline=None, max_examples=100)
def test_a_pattern_matches_all_texts_that_it_was_made_of(texts: list[str]) -> None:
    pattern = shapes.pattern([(text, 1) for text in texts])
    assert pattern is None or all(re.fullmatch(pattern, text) for text in texts)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=4
    )
)
@settings(deadline=None, max_examples=40)
def test_what_is_written_is_read_as_it_was(value: Json) -> None:
    assert yaml.load(f"a: {scalar(value)}\n") == {"a": value}


# ── an older file ─────────────────────────────────────────────────────────────────────────────────────────────────────

OLD: dict[str, Json] = {
    "columns": {
        "a": {"type": "integer", "range": [0, 10], "severity": "warning"},
        "b": {"enum": ["x", "y"], "unique": True},
        "gone": {"nullable": False},
    },
    "rules": [{"id": "mine", "expr": "a > 0"}],
}
NEW = Inferred(columns={"a": {"type": "integer", "range": [1, 20]}, "b": {"enum": ["x", "y", "z"]}, "new": {"type": "text"}})


def test_an_update_adds_and_tightens_and_tells_what_would_be_looser() -> None:
    found, changes = updated(OLD, NEW, loosening=False)
    assert found.columns == {
        "a": {"type": "integer", "range": [1, 10], "severity": "warning"},
        "b": {"enum": ["x", "y"], "unique": True},
        "gone": {"nullable": False},
        "new": {"type": "text"},
    }
    assert found.rules == OLD["rules"]
    assert [(each.kind, each.place) for each in changes] == [
        ("tightened", "a.range"),
        ("loosened", "a.range"),
        ("loosened", "b.unique"),
        ("loosened", "b.enum"),
        ("loosened", "gone"),
        ("added", "new.type"),
    ]


def test_an_update_loosens_where_it_may() -> None:
    found, _ = updated(OLD, NEW, loosening=True)
    assert found.columns == {
        "a": {"type": "integer", "range": [1, 20], "severity": "warning"},
        "b": {"enum": ["x", "y", "z"]},
        "new": {"type": "text"},
    }
    assert found.rules == OLD["rules"]


# ── the commands ──────────────────────────────────────────────────────────────────────────────────────────────────────


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, [*arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    lines = [f"{n},{'abc'[n % 3]},{n % 7}.5,2024-01-{n % 28 + 1:02}" for n in range(4000)]
    (folder / "train.csv").write_text("id,label,score,day\n" + "\n".join(lines) + "\n")
    return folder


def test_inferred_rules_are_a_rule_file_that_the_data_meet(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "rules.yaml"
    assert run("infer", str(data), "-o", str(out), "--quiet").exit_code == 0
    first = out.read_text()
    assert "label:\n" in first and "enum: [a, b, c]  # 3 values in " in first
    assert re.search(r"unique: true  # [\d,]+ numbers among [34],\d+, all different; held out: 0 of [\d,]+ break it, fewer than \d", first)
    assert run("infer", str(data), "-o", str(out), "--quiet", "--workers", "2").exit_code == 0
    assert out.read_text() == first
    scan = run("scan", str(data), "--schema", str(out), "--select", "SCHM001", "-o", "json", "--quiet")
    (outcome,) = [each for each in json.loads(scan.stdout)["outcomes"] if each["rule"] == "SCHM001"]
    assert outcome["status"] == "passed"


def test_empty_cells_of_prose_are_learnt_from_as_they_are_judged(tmp_path: Path) -> None:
    """In the column of sentences an empty cell is the empty text; in the others it is missing."""
    (tmp_path / "data").mkdir()
    lines = [
        f"{n},{'' if n % 10 == 0 else f'please tell me how to pay bill number {n}'},{'' if n % 8 == 0 else 'abc'[n % 3]}"
        for n in range(4000)
    ]
    (tmp_path / "data" / "train.csv").write_text("id,text,label\n" + "\n".join(lines) + "\n")
    out, data = str(tmp_path / "rules.yaml"), str(tmp_path / "data")
    assert run("infer", data, "-o", out, "--quiet").exit_code == 0
    scan = run("scan", data, "--schema", out, "--select", "SCHM001", "-o", "json", "--quiet")
    (outcome,) = [each for each in json.loads(scan.stdout)["outcomes"] if each["rule"] == "SCHM001"]
    assert outcome["status"] == "passed"
    assert "nullable" not in yaml.load(Path(out).read_text())["columns"]["text"]
    told = json.loads(run("rules", "test", out, data, "--format", "json", "--quiet").stdout)
    assert [each["column"] for each in told["mutants"] if each["kind"] == "missing"] == ["id", "label"]


def test_rules_that_only_great_expectations_judges_are_named_and_the_others_tried(data: Path, tmp_path: Path) -> None:
    other = "{gx: expect_column_values_to_be_dateutil_parseable, kwargs: {column: day}}"
    (tmp_path / "rules.yaml").write_text(f"auditor: 1\ncolumns: {{label: {{enum: [a, b, c]}}}}\nrules: [{other}]\n")
    found = run("rules", "test", str(tmp_path / "rules.yaml"), str(data), "--quiet")
    assert found.exit_code == 0
    assert "not tried  expect_column_values_to_be_dateutil_parseable: only Great Expectations can judge it" in found.stdout
    assert "new value: label" not in found.stdout  # it is killed


def test_rules_are_tried_on_all_records_of_a_small_dataset(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("auditor: 1\ncolumns: {x: {enum: [a]}}\n")
    for number in range(1, 5):
        (tmp_path / f"train{number}").mkdir()
        (tmp_path / f"train{number}" / "train.csv").write_text("x\n" + "a\n" * number)
        found = run("rules", "test", str(tmp_path / "rules.yaml"), str(tmp_path / f"train{number}"), "--format", "json", "--quiet")
        assert (found.exit_code, json.loads(found.stdout)["records"]) == (0, number)


def test_an_update_from_the_command_line_never_loosens_in_silence(data: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text("auditor: 1\nname: mine\ncolumns:\n  label: {enum: [a, b], why: because}\n")
    found = run("infer", str(data), "-o", str(new), "--update", str(old), "--quiet")
    assert found.exit_code == 1
    assert "loosened  label.enum: [a, b] would become [a, b, c]" in found.stdout
    assert yaml.load(new.read_text())["columns"]["label"] == {"enum": ["a", "b"], "nullable": False, "why": "because"}
    assert run("infer", str(data), "-o", str(new), "--update", str(old), "--quiet", "--allow-loosening").exit_code == 0
    assert yaml.load(new.read_text())["columns"]["label"]["enum"] == ["a", "b", "c"]


def test_explaining_says_what_rules_rest_on(data: Path, tmp_path: Path) -> None:
    found = run("infer", str(data), "-o", str(tmp_path / "rules.yaml"), "--explain")
    assert re.search(r"label\.enum: 3 values in [\d,]+, the rarest \d+ times; held out: 0 of", found.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["infer", "DATA", "-o", "OUT", "--allow-loosening"], 2, "--update"),
        (["infer", "DATA", "-o", "OUT", "--split-name", "tran"], 2, "train"),
        (["infer", "DATA", "-o", "OUT", "--update", "GX"], 2, "Great Expectations"),
        (["infer", "DATA", "-o", "OUT", "--holdout", "1"], 2, "holdout"),
        (["infer", "BROKEN", "-o", "OUT"], 3, "no Parquet"),
        (["rules", "test", "nowhere", "DATA"], 2, "nowhere"),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(arguments: list[str], code: int, words: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "train.parquet").write_text("this is no Parquet file")
    (tmp_path / "gx.yaml").write_text("name: s\nexpectations:\n  - type: expect_column_to_exist\n    kwargs: {column: id}\n")
    places = {"DATA": data, "OUT": tmp_path / "out.yaml", "GX": tmp_path / "gx.yaml", "BROKEN": tmp_path / "broken"}
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        assert _status([str(places.get(each, each)) for each in arguments]) == code
    assert words in errors.getvalue()
    assert not (tmp_path / "out.yaml").exists()


SUITE: dict[str, Json] = {
    "name": "s",
    "expectations": [
        {
            "id": "label",
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "label", "value_set": ["a", "b"]},
            "severity": None,
        },
        {"id": "there", "type": "expect_column_to_exist", "kwargs": {"column": "n"}, "severity": None},
        {"id": "idle", "type": "expect_column_values_to_be_between", "kwargs": {"column": "n", "min_value": -1e12}, "severity": None},
        {"id": "false", "type": "expect_column_values_to_be_null", "kwargs": {"column": "n"}, "severity": None},
    ],
}


def test_a_trial_says_which_rules_find_which_faults() -> None:
    trial = mutating.tried(SUITE, Table(records=table(label=["a", "b"] * 1000, n=list(range(1, 2001))), typed=True), 0)
    fates = {mutant.name: mutant for mutant in trial.mutants}
    assert fates["new value: label"].killers == ("label",)
    assert fates["in capitals: label"].killers == ("label",)
    assert fates["left out: n"].killers == ("there", "idle")
    assert fates["missing: n"].killable and not fates["missing: n"].killers
    assert not fates["shuffled: label"].killable and not fates["shuffled: label"].killers
    assert trial.sound["false"] == "failed"
    assert "false" not in trial.kills
    assert trial.share == len([each for each in trial.killable if each.killers]) / len(trial.killable)


def test_late_rows_are_found_by_a_bound_in_time() -> None:
    """Days, texts of days and of moments are moved beyond the last one; where nanoseconds end, nothing is."""
    days = [date(2024, 1, n % 28 + 1) for n in range(200)]
    texts = [f"{day}T10:00:00+01:00" for day in days]
    names = ("day", "text", "moment")
    some = table(day=days, text=[str(day) for day in days], moment=texts, far=[date(9999, 1, 1), *days[1:]])
    bounds = [
        {"id": name, "type": "expect_column_values_to_be_between", "kwargs": {"column": name, "max_value": "2024-01-29"}, "severity": None}
        for name in names
    ]
    trial = mutating.tried({"name": "s", "expectations": bounds}, Table(records=some, typed=True), 0)
    late = {each.column: each for each in trial.mutants if each.kind == "later than all"}
    assert {name: (each.killers, each.killable) for name, each in late.items()} == {name: ((name,), False) for name in names}
    spoilt = next(each.table.records for each in mutants(Table(records=some, typed=True), 0) if each.name == "later than all: text")
    moved = [(old, new) for old, new in zip(some["text"].to_pylist(), spoilt["text"].to_pylist(), strict=True) if old != new]
    assert len(moved) == 20
    assert {(date.fromisoformat(new) - date.fromisoformat(old)).days for old, new in moved} == {28}


def test_where_no_mutant_can_be_told_nothing_is_shown(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("id\n" + "\n".join(map(str, range(50))) + "\n")
    (tmp_path / "rules.yaml").write_text("auditor: 1\ncolumns: {id: {unique: true}}\n")
    command = ("rules", "test", str(tmp_path / "rules.yaml"), str(tmp_path / "data"), "--quiet")
    found = run(*command, "--min-killed", "0.9")
    assert found.exit_code == 1
    assert "0 of 0 mutants killed (0.0%)" in found.stdout and "nothing is shown of the rules" in found.stdout
    assert run(*command).exit_code == 0


def test_the_same_seed_spoils_the_same_records() -> None:
    some = Table(records=table(label=["a", "b"] * 1000, n=list(range(1, 2001))), typed=True)
    assert mutating.tried(SUITE, some, 1) == mutating.tried(SUITE, some, 1)


def test_inferred_rules_kill_nearly_all_mutants_they_can(data: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "rules.yaml")
    run("infer", str(data), "-o", out, "--quiet")
    found = run("rules", "test", out, str(data), "--format", "json", "--min-killed", "0.9")
    assert found.exit_code == 0
    told = json.loads(found.stdout)
    assert told["killed"] >= 0.9 * told["killable"] > 10
    assert {(each["kind"], each["column"]) for each in told["mutants"]} >= {("missing", "label"), ("unit times 100", "score")}
    few = run("rules", "test", "text_classification", str(data), "--min-killed", "0.9")
    assert few.exit_code == 1
    assert "mutants killed" in few.stdout and "not tried" in few.stdout


def test_the_list_of_rules_is_still_there() -> None:
    assert "LEAK001" in run("rules").stdout


def test_a_file_says_which_of_its_rules_were_dropped() -> None:
    text = written(Inferred(columns={"a": {}}, dropped={"a.enum": "because"}), "some", ("head",))
    assert text == '# head\nauditor: 1\nname: some\ncolumns:\n  a: {}\n# Learnt, but not kept:\n# "a.enum": because\n'
