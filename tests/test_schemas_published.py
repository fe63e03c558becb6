"""JSON Schemas: sound by themselves, true of every file and report there is, and untrue of broken ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
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
}


def test_a_configuration_is_valid(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text(json.dumps(CONFIG), encoding="utf-8")
    assert config.load(str(tmp_path / "auditor.yaml"), tmp_path, tmp_path).label == "label"
    assert valid(shown("config"), CONFIG)


@pytest.mark.parametrize(
    "change", [{"labl": "x"}, {"label": 3}, {"threshold": 0}, {"shingle": "words"}, {"join": "fast"}, {"fail_on": "bad"}]
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


@pytest.mark.parametrize("words", [("leaky", "--label", "queue"), ("mixed_license", "--select", "LIC")])
def test_real_reports_are_valid(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "auditor", "scan", f"sample_data/{words[0]}", *words[1:], "-o", "json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    jsonschema.validate(json.loads(run.stdout), published.report(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "change", [{"schema": "auditor/report/2"}, {"verdict": "ok"}, {"findings": [{}]}, {"outcomes": None}, {"license": {}}, {"reasons": [1]}]
)
def test_a_report_of_another_shape_is_not(change: dict[str, Any]) -> None:
    report = json.loads((ROOT / "tests" / "golden" / "report.json").read_text(encoding="utf-8"))
    assert not valid(published.report(), {**report, **change})
