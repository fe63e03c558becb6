"""The SPDX report: valid by the library's own parser and validator, and the same for the same data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from auditor.model import Report
from auditor.reports.spdx import render

DIGEST = "ab" * 32


def report(section: dict[str, Any] | None, **dataset: Any) -> Report:
    return Report(
        run={"started": "2026-03-01T12:30:45.678+02:00"},
        dataset={"name": "demo", "digest": f"sha256:{DIGEST}", **dataset},
        config={},
        sections={} if section is None else {"license": section},
    )


def section(declared: str | None, concluded: str | None, text: str = "as written") -> dict[str, Any]:
    source = {"file": "README.md", "line": 2, "method": "card-yaml", "kind": "declared", "text": text, "expression": declared}
    return {"declared": declared, "detected": None, "concluded": concluded, "sources": [source], "obligations": [], "uses": {}}


def valid(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    document = JsonLikeDictParser().parse(value)
    assert [message.validation_message for message in validate_full_spdx_document(document)] == []
    return value


def test_the_document() -> None:
    value = valid(render(report(section("MIT", "MIT AND CC-BY-4.0"))))
    (package,) = value["packages"]
    assert value["spdxVersion"] == "SPDX-2.3"
    assert value["creationInfo"]["created"] == "2026-03-01T10:30:45Z"
    assert value["creationInfo"]["licenseListVersion"] == "3.29"
    assert (package["name"], package["licenseDeclared"], package["licenseConcluded"]) == ("demo", "MIT", "MIT AND CC-BY-4.0")
    assert package["checksums"] == [{"algorithm": "SHA256", "checksumValue": DIGEST}]
    assert (package["downloadLocation"], package["filesAnalyzed"], package["primaryPackagePurpose"]) == ("NOASSERTION", False, "OTHER")
    assert package["licenseComments"] == "README.md:2 states (declared): as written"
    assert value["relationships"][0]["relationshipType"] == "DESCRIBES"


@pytest.mark.parametrize("given", [None, section(None, None)])
def test_nothing_known_is_no_assertion(given: dict[str, Any] | None) -> None:
    (package,) = valid(render(report(given)))["packages"]
    assert (package["licenseDeclared"], package["licenseConcluded"]) == ("NOASSERTION", "NOASSERTION")


@pytest.mark.parametrize(
    "expression",
    ["MIT OR Apache-2.0", "(MIT OR ISC) AND CC-BY-4.0", "GPL-2.0-only WITH Classpath-exception-2.0", "CC-BY-NC-SA-3.0-IGO", "CC-BY-NC-4.0"],
)
def test_expressions_stand_as_they_are(expression: str) -> None:
    (package,) = valid(render(report(section(expression, expression))))["packages"]
    assert package["licenseConcluded"] == expression


@pytest.mark.parametrize("expression", ["CC-BY-4.0+", "CC-BY-NC-3.0-IGO", "OpenMDW-1.0", "Nunit", "BSD-2-Clause-FreeBSD"])
def test_ids_that_the_library_does_not_know_are_not_lost(expression: str) -> None:
    (package,) = json.loads(render(report(section(expression, expression))))["packages"]
    assert package["licenseDeclared"] == expression


def test_references_have_their_texts() -> None:
    value = valid(render(report(section("LicenseRef-public-domain", "LicenseRef-public-domain", "U.S. Government Works"))))
    (extracted,) = value["hasExtractedLicensingInfos"]
    assert (extracted["licenseId"], extracted["extractedText"]) == ("LicenseRef-public-domain", "U.S. Government Works")


def test_a_reference_into_another_document_is_not_asserted() -> None:
    (package,) = valid(render(report(section("DocumentRef-x:LicenseRef-y", None))))["packages"]
    assert package["licenseDeclared"] == "NOASSERTION"


def test_the_same_data_give_the_same_document_and_others_another_namespace() -> None:
    one, other = report(section("MIT", "MIT")), report(section("MIT", "MIT"), digest="sha256:" + "cd" * 32)
    assert render(one) == render(one)
    assert json.loads(render(one))["documentNamespace"] != json.loads(render(other))["documentNamespace"]


def test_strange_names_and_no_digest(capfd: pytest.CaptureFixture[str]) -> None:
    value = valid(render(report(section("MIT", "MIT", "a\u2028b\ud800"), name="données <x>\n", digest="")))
    assert value["packages"][0].get("checksums") is None
    assert capfd.readouterr() == ("", "")
