"""Rule files in an audit: what they demand becomes findings, with why and where it was demanded."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor import policy
from auditor.check import Check
from auditor.config import Config
from auditor.model import AuditorError
from auditor.running.chosen import chosen as _chosen
from auditor.running.ruled import filled

ROWS = "".join(f"{n},{n * 2},{'open' if n % 2 else 'closed'}\n" for n in range(40))

RULES = """\
auditor: 1
name: tickets
columns:
  id: {nullable: false, unique: true}
  state: {enum: [open], severity: info, why: nobody may see closed ones, remedy: drop them, maps_to: [A:1]}
  gone: {nullable: false, severity: warning}
  spare: {required: false, enum: [x]}
rules:
  - {id: twice, expr: double > id, severity: critical}
"""


def scanned(folder: Path, rules: str, *words: str) -> subprocess.CompletedProcess[str]:
    """An audit of one small table."""
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "train.csv").write_text("id,double,state\n" + ROWS, encoding="utf-8")
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    command = [sys.executable, "-m", "auditor", "scan", "data", "--schema", "rules.yaml", *words, "-o", "json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def audited(folder: Path, rules: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of an audit of the schema alone."""
    run = scanned(folder, rules, "--select", "SCHM001")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def test_what_a_rule_file_demands_is_found(tmp_path: Path) -> None:
    code, report = audited(tmp_path, RULES)
    found = {each["evidence"]["at"] + " " + each["where"][0]["column"]: each for each in report["findings"]}
    assert {name: (each["severity"], each["evidence"]["count"]) for name, each in found.items()} == {
        "rules.yaml:5 state": ("info", 20),
        "rules.yaml:6 gone": ("medium", 1),
        "rules.yaml:9 double, id": ("critical", 1),
    }
    told = found["rules.yaml:5 state"]["evidence"]
    assert (told["why"], told["remedy"], told["maps_to"]) == ("nobody may see closed ones", "drop them", ["A:1"])
    assert [place["row"] for place in found["rules.yaml:9 double, id"]["where"]] == [0]
    states = {each["check"]: each["status"] for each in report["expectations"]["splits"][0]["results"]}
    assert (states["id.unique"], states["gone.required"], states["gone.nullable"], states["spare.enum"]) == (
        *("passed", "failed", "vacuous", "vacuous"),
    )
    assert (code, report["verdict"]) == (1, "fail")


def test_the_share_that_fails_makes_the_severity(tmp_path: Path) -> None:
    code, report = audited(tmp_path, RULES + "thresholds: {critical: 40%, warning: 2%}\n")
    graded = {each["where"][0]["column"]: each["severity"] for each in report["findings"]}
    assert graded == {"state": "critical", "gone": "critical", "double, id": "medium"}
    assert code == 1


def test_a_rule_file_that_demands_nothing_of_columns_is_skipped(tmp_path: Path) -> None:
    _, report = audited(tmp_path, "auditor: 1\nrecords: [{id: x, path: $, type: object}]\n")
    (outcome,) = [each for each in report["outcomes"] if each["rule"] == "SCHM001"]
    assert (outcome["status"], outcome["note"]) == ("skipped", "the rule file rules demands nothing of columns")


def test_a_column_of_splits_is_one_of_the_dataset(tmp_path: Path) -> None:
    run = scanned(tmp_path, "auditor: 1\ndataset: {split_column: state}\n", "--select", "SCHM001")
    assert sorted(json.loads(run.stdout)["dataset"]["splits"]) == ["closed", "open"]


def test_rules_for_other_files_are_refused(tmp_path: Path) -> None:
    run = scanned(tmp_path, "auditor: 1\ndataset:\n  match: ['*.parquet', 'en/*.csv']\n")
    assert (run.returncode, run.stdout) == (2, "")
    assert "rules.yaml:3: dataset.match: no data file of data is meant by *.parquet, en/*.csv" in run.stderr


def chosen(folder: Path, text: str) -> tuple[Config, dict[str, Check]]:
    """The configuration and the checks of an audit by a rule file."""
    (folder / "rules.yaml").write_text(f"auditor: 1\n{text}\n", encoding="utf-8")
    asked, rules = filled(Config(schema=str(folder / "rules.yaml"), label="own", sensitive=("a",)))
    return asked, {each.name: each for each in _chosen(asked, policy.load("default"), None, rules)}


def test_options_of_checks(tmp_path: Path) -> None:
    for text, said in (
        ("splits: {leakege: {threshold: 0.9}}", "rules.yaml:2: splits: there is no check 'leakege'"),
        ("splits: {leakage: {treshold: 0.9}}", "rules.yaml:2: splits: leakage has no option 'treshold'"),
        ("splits: {leakage: {threshold: high}}", "rules.yaml:2: splits: leakage: threshold: a value such as 0.8 is expected"),
    ):
        with pytest.raises(AuditorError, match=said) as raised:
            chosen(tmp_path, text)
        assert raised.value.cure
    asked, checks = chosen(tmp_path, "splits: {leakage: {threshold: 0.95}}")
    assert checks["leakage"].options["threshold"] == 0.95
    stricter = replace(asked, threshold=0.7)
    rules = filled(asked)[1]
    found = {each.name: each for each in _chosen(stricter, policy.load("default"), None, rules)}
    assert found["leakage"].options["threshold"] == 0.7


def test_what_a_configuration_says_stays(tmp_path: Path) -> None:
    said = "dataset: {label: x, time: t, group: g, text: [b], key: [id, n], sensitive: [a, c], split_column: part}"
    asked, _ = chosen(tmp_path, said)
    assert (asked.label, asked.time, asked.group, asked.text, asked.id) == ("own", "t", "g", ("b",), None)
    assert (asked.sensitive, asked.split_column) == (("a", "c"), "part")
    assert filled(Config(split=(("train", "*"),), schema=asked.schema))[0].split_column is None
    assert filled(Config()) == (Config(), None)


def test_types_formats_and_expressions_are_judged(tmp_path: Path) -> None:
    rules = """\
auditor: 1
columns:
  id: {type: integer}
  double: {type: date, severity: info}
  state: {type: text, regex: open|closed, format: email}
rules:
  - {id: half, expr: double / 2 == id}
  - {id: odd, expr: "len(state) == 4 or id > 10", where: "trim(state) != 'x'", tolerate: 20%}
  - {id: even, expr: "len(state) == 4 or id > 10", severity: warning}
"""
    _, report = audited(tmp_path, rules.replace("type: date, severity", "type: number, range: [0, 77], severity"))
    found = {each["check"]: (each["severity"], each["evidence"]["count"], each["where"][0]["row"]) for each in report["findings"]}
    assert found == {"double.range": ("info", 1, 39), "state.format": ("high", 40, 0), "even": ("medium", 6, 0)}
    results = {each["check"]: (each["status"], each["examined"]) for each in report["expectations"]["splits"][0]["results"]}
    assert {results[name] for name in ("id.type", "state.regex", "half", "odd")} == {("passed", 40)}


@pytest.mark.parametrize("engine", ["auto", "both"])
def test_a_split_without_records_lacks_no_column(tmp_path: Path, engine: str) -> None:
    """What a file of a header alone would have had in its columns is not known to be missing."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("x\na\n", encoding="utf-8")
    (tmp_path / "data" / "test.csv").write_text("x\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("auditor: 1\ncolumns: {x: {enum: [a]}}\n", encoding="utf-8")
    words = ["--schema", "rules.yaml", "--select", "SCHM001", "--schema-engine", engine, "-o", "json"]
    command = [sys.executable, "-m", "auditor", "scan", "data", *words]
    report = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout)
    (outcome,) = [each for each in report["outcomes"] if each["rule"] == "SCHM001"]
    assert (outcome["status"], report["findings"]) == ("passed", [])
    assert outcome["note"] == "2 of 4 results found nothing to check: x.required @ test, x.enum @ test"


EMPTY = """\
auditor: 1
columns: {closed: {nullable: false, format: date}}
rules:
  - {id: share, metric: null_share(closed), between: [0, 0.1]}
  - {id: there, expr: closed is not null}
"""


@pytest.mark.parametrize(
    ("words", "broken"),
    [((), {"closed.nullable": 2, "share": 1, "there": 2}), (("--text", "closed"), {"closed.format": 2})],
    ids=["table", "prose"],
)
def test_an_empty_cell_is_missing_but_in_columns_of_prose(tmp_path: Path, words: tuple[str, ...], broken: dict[str, int]) -> None:
    """A table without prose has all its columns compared as text, which makes none of them prose."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("n,closed\n1,2024-01-01\n2,\n3,\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(EMPTY, encoding="utf-8")
    command = [sys.executable, "-m", "auditor", "scan", "data", "--schema", "rules.yaml", "--select", "SCHM001", *words, "-o", "json"]
    report = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout)
    found = {each["message"].split(": ")[1].split(" ")[0]: each["evidence"]["count"] for each in report["findings"]}
    assert found == broken
