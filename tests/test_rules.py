"""Every rule on its own examples, and its page in docs/rules."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.check import rules
from auditor.cli import group
from auditor.model import Example, Json, Rule
from auditor.reports.rule import page

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "rules"


def audited(example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Json:
    """The JSON report of an audit of the example's files, made in their folder."""
    for path, content in example.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(group, ["scan", ".", "-o", "json", "--quiet", *example.options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: str(rule.id))
def test_a_rule_finds_its_failing_example(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(rule.failing, tmp_path, monkeypatch)
    outcome = next(outcome for outcome in report["outcomes"] if outcome["rule"] == rule.id)
    assert outcome["status"] == "failed"
    assert rule.id in {finding["rule"] for finding in report["findings"]}


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: str(rule.id))
def test_a_rule_passes_its_passing_example(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = audited(rule.passing, tmp_path, monkeypatch)
    outcome = next(outcome for outcome in report["outcomes"] if outcome["rule"] == rule.id)
    assert outcome["status"] == "passed"
    assert outcome["examined"] > 0
    assert rule.id not in {finding["rule"] for finding in report["findings"]}


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: str(rule.id))
def test_a_rule_s_page_is_the_generated_one(rule: Rule) -> None:
    path = PAGES / f"{rule.id}.md"
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        path.write_text(page(rule) + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page(rule) + "\n", "run `make docs`"


def test_there_is_no_page_of_a_rule_that_is_not() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(rules())


def test_names_and_ids_are_unique_and_well_formed() -> None:
    names = [rule.name for rule in rules().values()]
    assert len(names) == len(set(names))
    for rule in rules().values():
        assert rule.id == f"{rule.family}{rule.id.removeprefix(rule.family)}"
        assert rule.name == rule.name.lower().replace(" ", "-")
        assert all(text.endswith(".") for text in (rule.summary, rule.why, rule.fix))
