"""The Croissant report: the fields of the specification, addresses of licences, digests of files, columns where they are known."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from bills import ALL, DIGEST, FACTS, report, section
from reports_sample import HOSTILE

from auditor.dataset import Document
from auditor.licenses import statements
from auditor.reports.croissant import render

GOLDEN = Path(__file__).parent / "golden" / "report.croissant.json"
PROFILE = {
    "splits": {
        "train": {
            "columns": {
                "text": {"types": {"string": 3}, "stored": ["string"]},
                "steps": {"types": {"integer": 3}, "stored": ["int64"]},
                "day": {"types": {"time": 3}, "stored": ["date32[day]"]},
                "mixed": {"types": {"string": 1, "integer": 2}, "stored": ["string"]},
            }
        }
    }
}


def test_golden() -> None:
    found = report(section("CC-BY-4.0", "CC-BY-4.0"), ALL)
    text = render(dataclasses.replace(found, sections={**found.sections, "profile": PROFILE}))
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("concluded", "license"),
    [
        ("CC-BY-4.0", "https://spdx.org/licenses/CC-BY-4.0"),
        ("CC-BY-4.0 AND MIT", ["https://spdx.org/licenses/CC-BY-4.0", "https://spdx.org/licenses/MIT"]),
        ("CC-BY-4.0 OR MIT", {"@type": "CreativeWork", "name": "CC-BY-4.0 OR MIT"}),
        ("CC-BY-4.0 AND (ISC OR MIT)", {"@type": "CreativeWork", "name": "CC-BY-4.0 AND (ISC OR MIT)"}),
        ("CC-BY-4.0+", {"@type": "CreativeWork", "name": "CC-BY-4.0+"}),
        ("LicenseRef-terms", {"@type": "CreativeWork", "name": "LicenseRef-terms"}),
        (None, None),
    ],
)
def test_licences(concluded: str | None, license: Any) -> None:  # noqa: A002
    text = render(report(section("ISC", concluded)))
    assert json.loads(text).get("license") == license
    if concluded is not None and "LicenseRef" not in concluded:
        (*_, said) = [each.expression for each in statements.find([Document(path="croissant.json", file="x", text=text)])]
        assert said is not None
        assert said in concluded


def test_files_and_columns() -> None:
    found = report(section("MIT", "MIT"), FACTS)
    value = json.loads(render(dataclasses.replace(found, sections={**found.sections, "profile": PROFILE})))
    assert (value["@type"], value["conformsTo"], value["name"]) == ("sc:Dataset", "http://mlcommons.org/croissant/1.1", "demo")
    assert [(each["contentUrl"], each["sha256"], each["encodingFormat"], each["contentSize"]) for each in value["distribution"]] == [
        ("data/00000.csv", "0" * 64, "text/csv", "10 B"),
        ("data/00001.csv", "0" * 63 + "1", "text/csv", "11 B"),
    ]
    (records,) = value["recordSet"]
    assert {each["name"]: each["dataType"] for each in records["field"]} == {
        "day": "sc:Date",
        "mixed": "sc:Text",
        "steps": "sc:Integer",
        "text": "sc:Text",
    }
    assert {each["source"]["fileObject"]["@id"] for each in records["field"]} == {value["distribution"][0]["@id"]}
    ids = [value["distribution"][0]["@id"], value["distribution"][1]["@id"], records["@id"], *(each["@id"] for each in records["field"])]
    assert len(set(ids)) == 7


def test_columns_of_several_files_are_not_guessed() -> None:
    found = report(files=4)
    assert "recordSet" not in json.loads(render(dataclasses.replace(found, sections={"profile": PROFILE})))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_are_plain_strings(hostile: str) -> None:
    facts = {**FACTS, **dict.fromkeys(("originated_by", "version", "description", "copyright"), hostile)}
    splits = {"train": {"rows": 1, "files": [{"path": f"{hostile}.csv", "bytes": 1, "sha256": DIGEST, "rows": 1}]}}
    found = report(None, facts, dataset={"name": hostile, "splits": splits})
    profile = {"splits": {"train": {"columns": {hostile: {"types": {"string": 1}, "stored": ["string"]}}}}}
    text = render(dataclasses.replace(found, sections={**found.sections, "profile": profile}))
    assert text.isascii()
    value, shown = json.loads(text), hostile.replace("\ud800", "\ufffd")
    assert (value["name"], value["creditText"], value["distribution"][0]["name"]) == (shown, shown, f"{shown}.csv")
    assert value["recordSet"][0]["field"][0]["name"] == shown
