"""The CycloneDX report: valid by the schema of the CycloneDX project and by our own check, which names what is spoiled."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cyclonedx.schema._res as schemas
import jsonschema
import pytest
from bills import ALL, DIGEST, FACTS, report, section
from referencing import Registry, Resource
from reports_sample import HOSTILE

from auditor.model import Outcome, Report
from auditor.reports.cyclonedx import render
from auditor.verification import cyclonedx

GOLDEN = Path(__file__).parent / "golden" / "report.cdx.json"
FOLDER = Path(next(iter(schemas.__path__)))
OUTCOMES = (
    Outcome(rule="LEAK001", name="identical-across-splits", status="failed", examined=30, found=2),
    Outcome(rule="LIC001", name="license-missing", status="passed", examined=1),
    Outcome(rule="SCHM001", name="expectation-not-met", status="skipped", note="there is no suite"),
)
FRAMEWORKS = [
    {
        "id": "frame-1",
        "title": "A frame",
        "version": "1.0",
        "source": "https://example.org/frame",
        "controls": [
            {"id": "A.1", "title": "Licences", "status": "direct", "evidence": [{"rule": "LIC001"}, {"rule": "SCHM001"}], "note": ""},
            {"id": "A.2", "title": "People", "status": "human", "evidence": [], "note": ""},
        ],
    }
]


def schema() -> jsonschema.Draft7Validator:
    def loaded(name: str) -> Any:
        return json.loads((FOLDER / name).read_text(encoding="utf-8"))

    parts = {"spdx.schema.json": "spdx.SNAPSHOT.schema.json", "jsf-0.82.schema.json": "jsf-0.82.SNAPSHOT.schema.json"}
    base = "http://cyclonedx.org/schema/"
    known = [(base + name, Resource.from_contents(loaded(file))) for name, file in parts.items()]
    return jsonschema.Draft7Validator(loaded("bom-1.6.SNAPSHOT.schema.json"), registry=Registry().with_resources(known))


VALIDATOR = schema()


def audited(**more: Any) -> Report:
    found = report(section("CC-BY-4.0 AND LicenseRef-terms", "MIT", "our terms"), ALL, outcomes=OUTCOMES)
    return dataclasses.replace(found, sections={**found.sections, "frameworks": FRAMEWORKS}, **more)


def valid(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    assert [error.message for error in VALIDATOR.iter_errors(value)] == []
    assert cyclonedx.check(value).faults == []
    return value


def test_golden() -> None:
    text = render(audited())
    valid(text)
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_dataset() -> None:
    value = valid(render(audited()))
    whole = value["metadata"]["component"]
    assert (whole["type"], whole["name"], whole["version"]) == ("data", "demo", "1.2")
    assert whole["licenses"] == [{"expression": "MIT", "acknowledgement": "concluded"}]
    assert whole["evidence"] == {"licenses": [{"expression": "CC-BY-4.0 AND LicenseRef-terms", "acknowledgement": "declared"}]}
    assert whole["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    (data,) = whole["data"]
    assert data["governance"] == {
        "owners": [{"organization": {"name": "The makers"}}],
        "custodians": [{"organization": {"name": "A host"}}],
        "stewards": [{"organization": {"name": "A person"}}],
    }
    assert [each["name"] for each in whole["pedigree"]["ancestors"]] == ["https://example.org/source", "An older book"]
    assert [(each["type"], each["name"]) for each in value["components"]] == [("file", "data/00000.csv"), ("file", "data/00001.csv")]


def test_claims_are_what_was_looked_for() -> None:
    value = valid(render(audited()))
    claims = {each["bom-ref"]: each for each in value["declarations"]["claims"]}
    assert claims.keys() == {"claim-LEAK001", "claim-LIC001"}
    assert claims["claim-LIC001"]["evidence"] == ["evidence-LIC001"]
    assert claims["claim-LEAK001"]["counterEvidence"] == ["evidence-LEAK001"]
    (attestation,) = value["declarations"]["attestations"]
    assert attestation["map"] == [
        {"claims": ["claim-LIC001"], "counterClaims": ["claim-LEAK001"]},
        {"requirement": "frame-1/A.1", "claims": ["claim-LIC001"]},
    ]
    (standard,) = value["definitions"]["standards"]
    assert [each["identifier"] for each in standard["requirements"]] == ["A.1", "A.2"]


@pytest.mark.parametrize("given", [report(), report(section(None, None)), report(None, FACTS, files=0, dataset={"name": "", "digest": ""})])
def test_little_is_known(given: Report) -> None:
    value = valid(render(given))
    assert "licenses" not in value["metadata"]["component"]
    assert "definitions" not in value


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_are_plain_strings(hostile: str) -> None:
    facts: dict[str, Any] = {**FACTS, **dict.fromkeys(("originated_by", "supplied_by", "version", "description", "copyright"), hostile)}
    facts |= dict.fromkeys(("owners", "custodians", "stewards", "sources"), (hostile,))
    splits = {"all": {"rows": 1, "files": [{"path": hostile, "bytes": 1, "sha256": DIGEST, "rows": 1}]}}
    outcomes = (Outcome(rule="X001", name=hostile, status="passed", examined=1, note=hostile),)
    text = render(report(section("LicenseRef-x", None, hostile), facts, dataset={"name": hostile, "splits": splits}, outcomes=outcomes))
    assert text.isascii()
    value = valid(text)
    assert value["metadata"]["component"]["name"] == value["components"][0]["name"] == hostile.replace("\ud800", "\ufffd")


SPOILED: dict[str, tuple[Callable[[dict[str, Any]], object], tuple[str, str]]] = {
    "format": (lambda d: d.update(bomFormat="x"), ("document", "bomFormat")),
    "version of the specification": (lambda d: d.update(specVersion="9.9"), ("document", "specVersion")),
    "serial number": (lambda d: d.update(serialNumber="urn:uuid:1"), ("document", "serialNumber")),
    "version": (lambda d: d.update(version=0), ("document", "version")),
    "moment": (lambda d: d["metadata"].update(timestamp="today"), ("document", "timestamp")),
    "type": (lambda d: d["components"][0].update(type="thing"), ("file-1", "type")),
    "no name": (lambda d: d["components"][0].pop("name"), ("file-1", "name")),
    "digest": (lambda d: d["components"][0]["hashes"][0].update(content="ab"), ("file-1", "hashes")),
    "algorithm": (lambda d: d["components"][0]["hashes"][0].update(alg="SHA-0"), ("file-1", "hashes")),
    "expression": (lambda d: d["metadata"]["component"]["licenses"][0].update(expression="MIT AND"), ("dataset", "licenses")),
    "licence id": (lambda d: d["components"][0].update(licenses=[{"license": {"id": "Mine-1.0"}}]), ("file-1", "licenses")),
    "licence of no form": (lambda d: d["components"][0].update(licenses=[{}]), ("file-1", "licenses")),
    "one reference twice": (lambda d: d["components"][1].update({"bom-ref": "dataset"}), ("dataset", "bom-ref")),
    "dependency on nothing": (lambda d: d["dependencies"][0]["dependsOn"].append("x"), ("dependencies[0]", "dependsOn")),
    "claim about nothing": (lambda d: d["declarations"]["claims"][0].update(target="x"), ("claim-LEAK001", "target")),
    "assessor who is nobody": (lambda d: d["declarations"]["attestations"][0].update(assessor="x"), ("attestations[0]", "assessor")),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_document(name: str) -> None:
    document = copy.deepcopy(valid(render(audited())))
    spoil, expected = SPOILED[name]
    spoil(document)
    assert expected in {(each.element, each.field) for each in cyclonedx.check(document).faults}


def test_sections_that_are_not_looked_at_are_counted() -> None:
    found = cyclonedx.check({**json.loads(render(audited())), "vulnerabilities": [{}, {}], "services": []})
    assert (found.faults, dict(found.unchecked)) == ([], {"services": 0, "vulnerabilities": 2})
