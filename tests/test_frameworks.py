"""Frameworks: rules/frameworks is true of the catalogue and of reports, and what was not looked for is evidence of nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_sample import sample

from auditor.check import rules
from auditor.frameworks.controls import Control, frameworks, load
from auditor.frameworks.evidence import assessed
from auditor.model import AuditorError, Outcome, Report, Status, family
from auditor.reports import render
from auditor.reports.views import FAMILIES

ROOT = Path(__file__).resolve().parent.parent
CONTROLS = [(framework.id, control) for framework in frameworks() for control in framework.controls]
NAMES = [f"{framework} {control.id}" for framework, control in CONTROLS]


# ── the data ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_frameworks_that_are_promised_are_there() -> None:
    counts = {framework.id: len(framework.controls) for framework in frameworks()}
    assert counts["g7-sbom-ai"] == 10
    assert counts["ca-ab-2013"] == 12
    assert counts["gdpr-30"] == 7
    assert counts.keys() == {"ca-ab-2013", "eu-ai-act", "g7-sbom-ai", "gdpr-30", "iso-42001", "nist-ai-600-1", "nist-ai-rmf", "soc-2"}


@pytest.mark.parametrize(("framework", "control"), CONTROLS, ids=NAMES)
def test_every_rule_named_is_in_the_catalogue(framework: str, control: Control) -> None:
    unknown = [name for name in control.rules if name not in rules() and name not in FAMILIES]
    assert not unknown, f"{framework} {control.id} names rules that there are not"


def test_every_rule_of_the_catalogue_is_evidence_of_something() -> None:
    named = {name for _, control in CONTROLS for name in control.rules}
    forgotten = [rule for rule in rules() if rule not in named and family(rule) not in named]
    assert not forgotten, "name them, or their family, under a control in rules/frameworks"


def test_every_field_named_is_in_reports() -> None:
    """In that of an audit that has everything to say: with licence, pairs and profile."""
    command = [sys.executable, "-m", "auditor", "scan", "sample_data/leaky", "--quiet", "-o", "json"]
    shown = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
    paths = {field for _, control in CONTROLS for field in control.fields}
    missing = [path for path in sorted(paths) if not _there(shown, path)]
    assert not missing
    assert not [field for field in paths if field.partition(".")[0] in {"frameworks", "cost"}]


def _there(value: Any, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return True


def test_nothing_is_ever_called_compliant() -> None:
    for path in (ROOT / "rules" / "frameworks").glob("*.yaml"):
        assert "complian" not in path.read_text(encoding="utf-8").lower(), path.name
    assert "compliant" not in json.dumps(assessed(sample())).lower()


# ── what stands for a control ─────────────────────────────────────────────────────────────────────────────────────────


def outcomes(*became: tuple[str, Status]) -> Report:
    found = tuple(
        Outcome(rule=rule, name=rule, status=status, examined=9 * (status in ("passed", "failed")), found=4 * (status == "failed"))
        for rule, status in became
    )
    return dataclasses.replace(sample(), outcomes=found)


def shown(report: Report, framework: str, control: str) -> Mapping[str, Any]:
    section = next(each for each in assessed(report) if each["id"] == framework)
    found: Mapping[str, Any] = next(each for each in section["controls"] if each["id"] == control)
    return found


@pytest.mark.parametrize(
    ("became", "standing"),
    [
        ([("LIC001", "passed"), ("LIC006", "failed")], "direct"),
        ([("LIC001", "failed")], "direct"),
        ([("LIC001", "skipped"), ("LIC006", "error")], "not-evidenced"),
        ([("LEAK001", "passed")], "not-evidenced"),
        ([], "not-evidenced"),
    ],
)
def test_a_rule_is_evidence_if_it_was_looked_for_whatever_was_found(became: list[tuple[str, Status]], standing: str) -> None:
    assert shown(outcomes(*became), "nist-ai-rmf", "MAP 4.1")["status"] == standing


def test_what_is_direct_is_partial_where_a_part_of_the_evidence_is_missing() -> None:
    report = outcomes(("LIC001", "passed"))
    assert shown(dataclasses.replace(report, policy={}), "nist-ai-rmf", "MAP 4.1")["status"] == "partial"
    assert shown(report, "iso-42001", "A.7.4")["status"] == "not-evidenced"
    assert shown(outcomes(("SCHM001", "skipped"), ("QUAL001", "passed")), "iso-42001", "A.7.4")["status"] == "partial"


def test_a_question_for_people_stays_one() -> None:
    assert shown(sample(), "gdpr-30", "(b)") == {
        "id": "(b)",
        "title": "What the processing is for.",
        "status": "human",
        "evidence": [],
        "note": "",
    }


def test_evidence_has_the_counts_of_its_rules() -> None:
    report = outcomes(("LIC001", "passed"), ("LIC006", "failed"), ("LIC007", "failed"), ("LIC014", "skipped"))
    assert shown(report, "nist-ai-rmf", "MAP 4.1")["evidence"] == [
        {
            "rule": "LIC",
            "status": "failed",
            "examined": 9,
            "found": 8,
            "rules": {"failed": 2, "passed": 1, "error": 0, "skipped": 1},
        },
        {"field": "license.sources", "status": "present", "examined": 2, "found": 0},
        {"field": "policy.digest", "status": "present", "examined": 1, "found": 0},
    ]


@given(st.lists(st.tuples(st.sampled_from(sorted(rules())), st.sampled_from(["skipped", "error"])), max_size=20))
def test_what_was_not_looked_for_evidences_nothing(became: list[tuple[str, Status]]) -> None:
    naming = {(framework, control.id) for framework, control in CONTROLS if control.rules and control.strength != "human"}
    for section in assessed(outcomes(*became)):
        for control in section["controls"]:
            assert (section["id"], control["id"]) not in naming or control["status"] == "not-evidenced"


def test_formats_that_do_not_show_controls_load_none() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests')\nfrom reports_sample import clean\nfrom auditor.reports import render\n"
        "import dataclasses; report = dataclasses.replace(clean(), sections={})\nrender('text', report)\n"
        "assert not any(name.startswith('auditor.frameworks') for name in sys.modules)\nprint('frameworks' in render('json', report))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "True\n"


def test_a_section_that_a_report_has_is_kept() -> None:
    assert json.loads(render("json", sample()))["frameworks"] == sample().sections["frameworks"]


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def tables() -> str:
    """What the frameworks say, as docs/frameworks.md shows it."""
    found = []
    for each in frameworks():
        dates = "".join(f" {day}: {what}." for day, what in each.dates)
        found.append(f"### {each.title}\n\n`{each.id}`, {each.version}, <{each.source}>. {each.scope}{dates}\n")
        rows = [
            f"| {one.id} | {one.gist} | {', '.join((*one.rules, *map('`{}`'.format, one.fields)))} | {one.strength} | {one.note} |"
            for one in each.controls
        ]
        found.append("\n".join(("| control | asks | evidence | at most | where it ends |", "|---|---|---|---|---|", *rows)) + "\n")
    return "\n".join(found)


def test_the_page_shows_every_control() -> None:
    page = ROOT / "docs" / "frameworks.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- controls -->\n")
    made = f"{before}<!-- controls -->\n{tables()}<!-- end -->{rest.partition('<!-- end -->')[2]}"
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        page.write_text(made, encoding="utf-8")
        text = made
    assert text == made, "run `make docs`"


# ── what is wrong with a file ─────────────────────────────────────────────────────────────────────────────────────────

HEAD = "id: x\ntitle: X\nversion: '1'\nsource: https://example.org\nscope: All.\ndates: []\ncontrols:\n"


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        (HEAD + "  - {id: A, gist: g, strength: direct}\n", "x.yaml:8: A names no evidence", "make its strength human"),
        (
            HEAD + "  - {id: A, gist: g, strength: some, rules: LIC}\n",
            "x.yaml:8: strength: one of direct, partial, human is expected, not 'some'",
            "strength",
        ),
        (HEAD + "  - {id: A, gist: g, strength: human}\n  - {id: A, gist: h, strength: human}\n", "x.yaml:9: A stands twice", "of its own"),
        (HEAD + "  - id: A\n    gist: g\n    strengh: human\n", "x.yaml:10: unknown key 'strengh'", "did you mean 'strength'?"),
        (HEAD + "  - id: A\n    strength: human\n", "x.yaml:8: gist is missing", "`gist: ...`"),
        (HEAD + "  - id: A\n    gist: 3\n    strength: human\n", "x.yaml:9: gist: a text is expected, not 3", "gist"),
        (HEAD + "  A: 3\n", "x.yaml:7: controls: a list is expected, not {'A': 3}", "after a dash"),
        (HEAD + "  - 3\n", "x.yaml:8: this is no mapping of keys to values", "`id: ...`"),
        ("[1]\n", "x.yaml:1: this is no mapping of keys to values", "`id: ...`"),
        ("a: [\n", "x.yaml:2: did not find expected node content", "that line"),
    ],
)
def test_a_wrong_file_is_told_with_line_and_cure(text: str, message: str, cure: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AuditorError) as raised:
        load(tmp_path / "x.yaml")
    assert raised.value.message == message
    assert cure in raised.value.cure


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="cannot be read"):
        load(tmp_path / "x.yaml")
