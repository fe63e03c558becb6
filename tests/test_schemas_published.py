"""JSON Schemas: sound by themselves, true of every file and report there is, and untrue of broken ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from test_schemas_rulefile import WHOLE

from auditor import config
from auditor.doors import yaml
from auditor.doors.rules import FOLDER
from auditor.model import AuditorError
from auditor.schemas import keys, published
from auditor.schemas.suites import load_suite

ROOT = Path(__file__).resolve().parent.parent


def shown(*words: str) -> Any:
    run = subprocess.run([sys.executable, "-m", "auditor", "schema", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def valid(schema: Mapping[str, Any], value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("name", ["config", "report", "rules"])
def test_each_is_a_schema(name: str) -> None:
    schema = shown(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == published.DRAFT


# ── rule files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_written(text: str) -> Any:
    """The values as YAML has them, dates as text, as editors see them."""
    return json.loads(json.dumps(yaml.load_as_written(text)[0], default=lambda each: each.isoformat()))


def test_rule_files_are_valid() -> None:
    files = [path.read_text(encoding="utf-8") for path in (FOLDER / "schemas").glob("*.yaml")]
    ours = [text for text in files if "\nauditor: 1\n" in "\n" + text]
    for text in [WHOLE, "auditor: 1\ncolumns: {a: null, b: {range: null}}\n", *ours]:
        jsonschema.validate(as_written(text), published.rules(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "text",
    [
        "name: x",
        "auditor: 2",
        "auditor: 1\nnam: x",
        "auditor: 1\ncolumns: {a: {typ: text}}",
        "auditor: 1\ncolumns: {a: {type: string}}",
        "auditor: 1\ncolumns: {a: {range: [1, 2, 3]}}",
        "auditor: 1\ncolumns: {a: {range: {low: 1}}}",
        "auditor: 1\ncolumns: {a: {length: -1}}",
        "auditor: 1\ncolumns: {a: {enum: []}}",
        "auditor: 1\ncolumns: {a: {tolerate: 2}}",
        "auditor: 1\ncolumns: {a: {severity: high}}",
        "auditor: 1\nrules: [{id: x}]",
        "auditor: 1\nrules: [{id: x, metric: mean(a)}]",
        "auditor: 1\nrules: [{id: x, python: y}]",
        "auditor: 1\nrecords: [{id: x, type: text}]",
        "auditor: 1\nthresholds: {high: 1%}",
        "auditor: 1\nextends: []",
    ],
)
def test_what_the_linter_refuses_editors_mark(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    assert not valid(published.rules(), as_written(text))
    with pytest.raises(AuditorError):
        load_suite(path)


def test_every_key_says_what_it_is() -> None:
    for _, table in keys.SECTIONS.values():
        assert all(key.says.endswith((".", "missing).")) for key in table.values())


# ── configurations ────────────────────────────────────────────────────────────────────────────────────────────────────

CONFIG = {
    "split": {"train": "data/train-*", "test": ["a", "b"]},
    "text": ["text"],
    "label": "label",
    "policy": "strict",
    "threshold": 0.9,
    "shingle": "word:5",
    "join": "exact",
    "fail_on": "high",
    "select": "LEAK",
    "use": ["train-commercial", "evaluate"],
    "dataset": {"version": "2", "types": ["text"], "sources": ["the museum"]},
    "cost": {"parameters": 1_000_000_000},
    "waivers": "auditor-waivers.yaml",
    "baseline": "before.json",
    "lock": "auditor.lock",
    "license_column": "license",
    "embargo": "7d",
}


def test_every_key_of_a_configuration_is_described() -> None:
    assert [key for key, described in config.described().items() if not described] == []


def test_a_configuration_is_valid(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text(json.dumps(CONFIG), encoding="utf-8")
    assert config.load(str(tmp_path / "auditor.yaml"), tmp_path, tmp_path).label == "label"
    assert valid(shown("config"), CONFIG)


WRONG: tuple[dict[str, Any], ...] = (
    {"use": "sell"},
    {"use": ["sell"]},
    {"dataset": {"colour": "red"}},
    {"dataset": {"types": ["smell"]}},
    {"cost": {"rent": 3}},
    {"lock": 3},
)


@pytest.mark.parametrize(
    "change", [{"labl": "x"}, {"label": 3}, {"threshold": 0}, {"shingle": "words"}, {"join": "fast"}, {"fail_on": "bad"}, *WRONG]
)
def test_a_wrong_configuration_is_not(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "auditor.yaml").write_text(json.dumps({**CONFIG, **change}), encoding="utf-8")
    with pytest.raises(AuditorError):
        config.load(str(tmp_path / "auditor.yaml"), tmp_path, tmp_path)
    assert not valid(shown("config"), {**CONFIG, **change})


# ── reports ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_golden_report_is_valid() -> None:
    report = json.loads((ROOT / "tests" / "golden" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, published.report(), cls=jsonschema.Draft202012Validator)


def audited(folder: Path, *words: str) -> Any:
    """The JSON report that an audit of a sample gives, which the schema must accept."""
    command = [sys.executable, "-m", "auditor", "scan", str(ROOT / "sample_data" / words[0]), *words[1:], "-o", "json"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    report = json.loads(run.stdout)
    jsonschema.validate(report, published.report(), cls=jsonschema.Draft202012Validator)
    return report


@pytest.mark.parametrize(
    "words",
    [
        ("leaky", "--against", str(ROOT / "sample_data" / "clean"), "--select", "LEAK"),
        ("leaky_table", "--group", "patient", "--select", "LEAK020,QUAL"),
        ("broken_schema", "--schema", str(ROOT / "sample_data" / "broken_schema" / "suite.yaml"), "--select", "SCHM"),
        ("broken_chat", "--schema", "chat", "--select", "SCHM"),
        ("mixed_license", "--use", "train-commercial", "--select", "LIC"),
        ("mixed_records", "--select", "LIC"),
        ("unlicensed", "--select", "LIC,CARD"),
    ],
    ids=lambda words: words[0],
)
def test_real_reports_are_valid(words: tuple[str, ...], tmp_path: Path) -> None:
    assert audited(tmp_path, *words)["outcomes"]


def test_reports_with_waivers_and_a_baseline_are_valid(tmp_path: Path) -> None:
    words = ("mixed_license", "--select", "LIC,WAIV")
    before = audited(tmp_path, *words)
    (tmp_path / "before.json").write_text(json.dumps(before), encoding="utf-8")
    waived = {"until": f"{datetime.now(UTC).date() + timedelta(days=30)}", "owner": "me", "reason": "known"}
    entries = [{**waived, "fingerprint": print_} for print_ in (before["findings"][0]["fingerprint"], 32 * "0")]
    (tmp_path / "auditor-waivers.yaml").write_text(json.dumps({"waivers": entries}), encoding="utf-8")
    after = audited(tmp_path, *words, "--baseline", "before.json")
    assert {each["state"] for each in after["waivers"]["entries"]} == {"holds", "not looked for"}
    assert after["baseline"]["report"] == "before.json"
    assert [each["waived"]["by"] for each in after["findings"] if each["waived"]] == [before["findings"][0]["fingerprint"]]


BROKEN: tuple[dict[str, Any], ...] = (
    {"license_mix": {}},
    {"license_records": {"columns": {}}},
    {"waivers": {"entries": [{}]}},
    {"baseline": {}},
    {"cost": {"steps": [{}]}},
)


@pytest.mark.parametrize(
    "change",
    [{"schema": "auditor/report/2"}, {"verdict": "ok"}, {"findings": [{}]}, {"outcomes": None}, {"license": {}}, {"reasons": [1]}, *BROKEN],
)
def test_a_report_of_another_shape_is_not(change: dict[str, Any]) -> None:
    report = json.loads((ROOT / "tests" / "golden" / "report.json").read_text(encoding="utf-8"))
    assert not valid(published.report(), {**report, **change})
