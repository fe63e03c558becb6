"""The SPDX 3 report: every element and value, nothing invented, readable by the SPDX project's own model, and valid by our own check."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from bills import ALL, DIGEST, FACTS, report, section
from reports_sample import HOSTILE
from spdx_python_model import v3_0_1 as spdx

from auditor.reports.spdx3 import NO_LICENSE, render
from auditor.verification import spdx3

GOLDEN = Path(__file__).parent / "golden" / "report.spdx3.json"


def graph(text: str) -> dict[str, dict[str, Any]]:
    """The elements by the end of their ids."""
    return {str(each.get("spdxId", each.get("@id"))).partition("#")[2]: each for each in json.loads(text)["@graph"]}


def faults(text: str) -> list[tuple[str, str]]:
    checked = spdx3.check(json.loads(text))
    assert checked.elements > 5
    assert not checked.unchecked
    return [(each.element.partition("#")[2], each.field) for each in checked.faults]


def read(text: str) -> spdx.SHACLObjectSet:
    """What the model of the SPDX project reads; it enforces classes, ranges and vocabularies."""
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)
    assert objects.missing_ids - {NO_LICENSE} == set()
    return objects


def test_golden() -> None:
    text = render(report(section("CC-BY-4.0 AND LicenseRef-terms", "CC-BY-4.0", "our terms"), ALL))
    assert faults(text) == []
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_every_fact_stands_in_its_field() -> None:
    package = graph(render(report(section("MIT", "MIT"), ALL)))["dataset"]
    del package["creationInfo"], package["spdxId"], package["originatedBy"], package["suppliedBy"]
    assert package.pop("verifiedUsing")[0]["hashValue"] == DIGEST
    assert package == {
        "type": "dataset_DatasetPackage",
        "name": "demo",
        "comment": "README.md:2 states (declared): as written",
        "description": "Recipes, by step.",
        "builtTime": "2024-02-03T00:00:00Z",
        "releaseTime": "2024-03-03T10:00:00Z",
        "software_downloadLocation": "https://example.org/data",
        "software_homePage": "https://example.org",
        "software_packageVersion": "1.2",
        "software_copyrightText": "Copyright The makers",
        "software_primaryPurpose": "data",
        "dataset_datasetType": ["text", "categorical"],
        "dataset_datasetSize": 21,
        "dataset_intendedUse": "To sort recipes.",
        "dataset_dataCollectionProcess": "By hand.",
        "dataset_dataPreprocessing": ["Trimmed.", "Sorted."],
        "dataset_knownBias": ["Few are from the south."],
        "dataset_datasetNoise": "Some typing errors.",
        "dataset_datasetUpdateMechanism": "Every year.",
        "dataset_anonymizationMethodUsed": ["Names are left out."],
        "dataset_datasetAvailability": "directDownload",
        "dataset_confidentialityLevel": "clear",
        "dataset_hasSensitivePersonalInformation": "no",
    }


def test_the_model_of_the_spdx_project_reads_it() -> None:
    objects = read(render(report(section("MIT", None), ALL)))
    (package,) = objects.foreach_type(spdx.dataset_DatasetPackage)
    assert package.originatedBy[0].name == "The makers"
    assert package.releaseTime.isoformat() == "2024-03-03T10:00:00+00:00"
    relations = {each.relationshipType.rpartition("/")[2]: each for each in objects.foreach_type(spdx.Relationship)}
    assert {each.name for each in relations["contains"].to} == {"data/00000.csv", "data/00001.csv"}
    assert [each.name for each in relations["descendantOf"].to] == ["https://example.org/source", "An older book"]
    assert relations["hasDeclaredLicense"].to[0].simplelicensing_licenseExpression == "MIT"


def test_what_is_missing_is_left_out_and_said() -> None:
    text = render(report(section("MIT", "MIT"), {"built": FACTS["built"]}))
    elements = graph(text)
    assert not {"originatedBy", "releaseTime", "software_downloadLocation"} & elements["dataset"].keys()
    assert elements["dataset"]["dataset_hasSensitivePersonalInformation"] == "noAssertion"
    assert elements["document"]["profileConformance"] == ["core", "software", "simpleLicensing"]
    assert elements["document"]["comment"] == "Nothing states originated_by, released, download_location: the Dataset profile demands it."
    assert faults(text) == [("dataset", field) for field in ("originatedBy", "releaseTime", "software_downloadLocation")]


@pytest.mark.parametrize(
    ("license", "declared", "concluded"),
    [
        (None, None, None),
        (section(None, None), None, None),
        (section(None, "MIT", detected="MIT"), "MIT", "MIT"),
        (section("MIT", "CC-BY-4.0", detected="CC-BY-4.0"), "MIT", "CC-BY-4.0"),
        (section("DocumentRef-x:LicenseRef-y", None), None, None),
        (section("no expression (", "also none"), None, None),
    ],
)
def test_one_licence_of_each_kind(license: dict[str, Any] | None, declared: str | None, concluded: str | None) -> None:  # noqa: A002
    text = render(report(license, FACTS))
    assert faults(text) == []
    elements = graph(text)
    said = {
        each["spdxId"]: each["simplelicensing_licenseExpression"]
        for each in elements.values()
        if "simplelicensing_licenseExpression" in each
    }
    for kind, expected in (("hasDeclaredLicense", declared), ("hasConcludedLicense", concluded)):
        (target,) = elements[kind]["to"]
        assert target == NO_LICENSE if expected is None else said[target] == expected


def test_own_licences_have_their_texts() -> None:
    text = render(report(section("LicenseRef-a AND (MIT OR LicenseRef-b)", "LicenseRef-a", "the terms"), FACTS))
    assert faults(text) == []
    elements = graph(text)
    (declared,) = elements["hasDeclaredLicense"]["to"]
    entries = elements[declared.partition("#")[2]]["simplelicensing_customIdToUri"]
    assert [(each["key"], each["value"].partition("#")[2]) for each in entries] == [
        ("LicenseRef-a", "LicenseRef-a"),
        ("LicenseRef-b", "LicenseRef-b"),
    ]
    assert elements["LicenseRef-a"]["simplelicensing_licenseText"] == "the terms"


@pytest.mark.parametrize(
    ("paths", "text_columns", "types"),
    [
        (["a.csv", "b.parquet"], [], ["structured"]),
        (["a.tsv.gz"], ["text"], ["structured", "text"]),
        (["a.jsonl"], ["text"], ["text"]),
        (["a.jsonl"], [], ["noAssertion"]),
        ([], [], ["noAssertion"]),
    ],
)
def test_kinds_of_data(paths: list[str], text_columns: list[str], types: list[str]) -> None:
    files = [{"path": path, "bytes": 1, "sha256": DIGEST, "rows": None} for path in paths]
    found = report(None, FACTS, dataset={"splits": {"all": {"rows": 1, "files": files}}, "text_columns": text_columns})
    assert graph(render(found))["dataset"]["dataset_datasetType"] == types


def test_a_file_of_several_splits_is_listed_once() -> None:
    files = [{"path": "a.csv", "bytes": 7, "sha256": DIGEST, "rows": 1}]
    found = report(None, FACTS, dataset={"splits": {"train": {"rows": 1, "files": files}, "test": {"rows": 1, "files": files}}})
    elements = graph(render(found))
    assert [each["name"] for each in elements.values() if each["type"] == "software_File"] == ["a.csv"]
    assert elements["dataset"]["dataset_datasetSize"] == 7


def test_the_same_data_give_the_same_document_and_others_other_ids() -> None:
    one, other = report(section("MIT", "MIT"), ALL), report(section("MIT", "MIT"), ALL, dataset={"digest": "sha256:" + "cd" * 32})
    assert render(one) == render(one)
    assert not {each["spdxId"] for each in json.loads(render(one))["@graph"][1:]} & {
        each["spdxId"] for each in json.loads(render(other))["@graph"][1:]
    }


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_are_plain_strings(hostile: str) -> None:
    texts = ("originated_by", "supplied_by", "version", "description", "copyright", "noise")
    facts: dict[str, Any] = {**FACTS, **dict.fromkeys(texts, hostile)}
    facts |= {"sources": (hostile,), "known_bias": (hostile, hostile)}
    files = [{"path": hostile, "bytes": 1, "sha256": DIGEST, "rows": 1}]
    dataset = {"name": hostile, "splits": {"all": {"rows": 1, "files": files}}}
    text = render(report(section("LicenseRef-x", None, hostile), facts, dataset=dataset))
    assert text.isascii()
    assert faults(text) == []
    shown = hostile.replace("\ud800", "\ufffd")
    elements = graph(text)
    assert (elements["dataset"]["name"], elements["dataset"]["dataset_knownBias"]) == (shown, [shown, shown])
    assert elements["LicenseRef-x"]["simplelicensing_licenseText"] == shown
    assert {each["name"] for each in elements.values() if each["type"] in {"software_File", "software_Package"}} == {shown}
    read(text)


def test_facts_of_a_saved_report_that_was_edited_are_not_taken() -> None:
    text = render(report(section("MIT", "MIT"), {**FACTS, "built": "yesterday", "download_location": "no address", "types": ["nonsense"]}))
    package = graph(text)["dataset"]
    assert not {"builtTime", "software_downloadLocation"} & package.keys()
    assert package["dataset_datasetType"] == ["structured", "text"]
