"""Datasets whose every text is hostile, from their files to every format: what each format's reader makes of it is looked at."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hostile_dataset import written
from hostile_texts import HOSTILE
from test_reports_hostile import CHECKS, UNSEEN, Page, looked_at, tokens
from workflow import commands

from auditor import saved
from auditor.model import Report
from auditor.reports import FORMATS
from auditor.verification.documents import checked

TEXTS = tuple(text[:300] for text in HOSTILE)
PARTS = {"plain": [f"word{n}" for n in range(12)], **{str(n): TEXTS[n : n + 91] for n in range(0, len(TEXTS), 91)}}


@dataclass(frozen=True)
class Written:
    """What an audit wrote: a text by format, evidence, and what it said."""

    texts: Mapping[str, str]
    report: Report
    evidence: Path
    said: str


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Written]:
    """The audit of one of PARTS, made once."""
    made: dict[str, Written] = {}

    def audit(part: str) -> Written:
        if part not in made:
            made[part] = _audited(tmp_path_factory.mktemp(f"part{part}"), PARTS[part])
        return made[part]

    return audit


def _audited(home: Path, texts: Sequence[str]) -> Written:
    out = home / "out"
    out.mkdir()
    arguments = [*written(home, texts), "--evidence", str(out / "evidence"), *(f"-o{form}:{out / form}" for form in FORMATS)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    run = subprocess.run([sys.executable, "-m", "auditor", "scan", *arguments], capture_output=True, timeout=300, env=environment)
    said = (run.stdout + run.stderr).decode()
    assert run.returncode == 3, said
    shown = {form: (out / form).read_bytes().decode() for form in FORMATS}
    return Written(texts=shown, report=saved.load(out / "json"), evidence=out / "evidence", said=said)


@pytest.mark.parametrize("part", PARTS)
def test_every_format_stays_inert(audits: Callable[[str], Written], part: str) -> None:
    """In what a reader of the format sees there is no element, link, formula, command or escape that comes from the data."""
    audit = audits(part)
    for form in CHECKS.keys() - {"html", "json", "github"}:
        looked_at(form, audit.texts[form], audit.report)
    page, plain = Page(audit.texts["html"]), Page(audits("plain").texts["html"])
    assert {each[0] for each in page.found} <= {each[0] for each in plain.found} | {"mark", "ins", "del"}
    assert {name for each in page.found for name in each[1:]} <= {name for each in plain.found for name in each[1:]}
    assert page.style == plain.style
    assert all(link.startswith("#") for link in page.links)
    assert not UNSEEN.search(audit.texts["html"].replace("\u200b", ""))
    found = commands(audit.texts["github"])
    assert len(found) == audit.texts["github"].count("\n")
    assert {each.name for each in found} <= {"error", "warning", "notice"}
    assert not any(UNSEEN.search(f"{each.message}{''.join(each.properties.values())}") for each in found)
    assert not UNSEEN.search(audit.said) and commands(audit.said) == []


@pytest.mark.parametrize("part", PARTS)
def test_every_format_tells_of_the_same_findings(audits: Callable[[str], Written], part: str) -> None:
    texts, report = audits(part).texts, audits(part).report
    assert len(report.findings) > 10
    rows = list(csv.DictReader(io.StringIO(texts["csv"], newline="")))
    assert [(each["rule"], each["fingerprint"]) for each in rows] == sorted_as(report, rows)
    (run,) = json.loads(texts["sarif"])["runs"]
    entries = json.loads(texts["gitlab"])
    suites = ET.fromstring(texts["junit"])
    failed = {each.rule for each in report.findings}
    assert len(run["results"]) == len(entries) == len(rows) == len(report.findings)
    assert {case.get("name", "").split()[0] for case in suites.iter("testcase") if case.find("failure") is not None} <= failed
    listed = Counter(pq.read_table(audits(part).evidence / "findings.parquet", columns=["rule"])["rule"].to_pylist())
    assert listed == {rule: sum(max(len(each.where), 1) for each in report.findings if each.rule == rule) for rule in failed}


def sorted_as(report: Report, rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    """The rules and fingerprints of the report's findings in the order of the rows."""
    order = {each["fingerprint"]: number for number, each in enumerate(rows)}
    return [(each.rule, each.fingerprint) for each in sorted(report.findings, key=lambda one: order[one.fingerprint])]


@pytest.mark.parametrize("part", PARTS)
def test_bills_of_materials_are_valid_and_text_of_ascii(audits: Callable[[str], Written], part: str) -> None:
    """They say what the data says, letter by letter, since programs look files and columns up by it; as JSON it is all escaped."""
    for form in ("spdx", "spdx3", "cyclonedx", "croissant"):
        text = audits(part).texts[form]
        assert text.isascii() and commands(text) == [], form
        found = checked(json.loads(text))
        assert (found is None) == (form == "croissant")
        assert found is None or list(found[1].faults) == [], form


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("form", ["attribution", "eu53", "ab2013"])
def test_documents_for_people_stay_text(audits: Callable[[str], Written], part: str, form: str) -> None:
    text = audits(part).texts[form]
    assert not UNSEEN.search(text.replace("\u200b", ""))
    assert commands(text) == []
    if form != "attribution":
        kinds = {"paragraph", "inline", "text", "softbreak", "heading", "bullet_list", "list_item", "link"}
        assert {each.type.removesuffix("_open").removesuffix("_close") for each in tokens(text)} <= kinds
        links = {str(each.attrs["href"]) for each in tokens(text) if each.type == "link_open"}
        assert links == {str(each.attrs["href"]) for each in tokens(audits("plain").texts[form]) if each.type == "link_open"}
