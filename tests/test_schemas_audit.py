"""Rule files in an audit: what they demand becomes findings, with why and where it was demanded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def audited(folder: Path, rules: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of an audit of one small table."""
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "train.csv").write_text("id,double,state\n" + ROWS, encoding="utf-8")
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    command = [sys.executable, "-m", "auditor", "scan", "data", "--schema", "rules.yaml", "--select", "SCHM001", "-o", "json"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
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
