"""Checking bills of materials: every kind of spoiled document is caught, at the element and the field that is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bills import ALL, report, section
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from auditor.cli import main
from auditor.reports import spdx as two
from auditor.reports import spdx3 as three
from auditor.verification import spdx2, spdx3
from auditor.verification.documents import checked
from auditor.verification.faults import Checked

Document = dict[str, Any]
VALID: Document = json.loads(three.render(report(section("CC-BY-4.0 AND LicenseRef-terms", "MIT", "our terms"), ALL)))
OLD: Document = json.loads(two.render(report(section("CC-BY-4.0 AND LicenseRef-terms", "MIT", "our terms"), ALL)))


def element(document: Document, name: str) -> dict[str, Any]:
    """The element whose id ends so."""
    return next(each for each in document["@graph"] if str(each.get("spdxId", each.get("@id"))).endswith(f"#{name}"))


def kind(document: Document, name: str) -> dict[str, Any]:
    """The first element of the class."""
    return next(each for each in document["@graph"] if each["type"] == name)


def places(found: Checked) -> set[tuple[str, str]]:
    return {(each.element.rpartition("#")[2], each.field) for each in found.faults}


def spoiled(spoil: Callable[[Document], object]) -> set[tuple[str, str]]:
    document = copy.deepcopy(VALID)
    spoil(document)
    return places(spdx3.check(document))


def drop(name: str, key: str) -> Callable[[Document], object]:
    return lambda document: element(document, name).pop(key)


def put(name: str, key: str, value: Any) -> Callable[[Document], object]:
    return lambda document: element(document, name).update({key: value})


def in_expression(key: str, value: Any) -> Callable[[Document], object]:
    return lambda document: kind(document, "simplelicensing_LicenseExpression").update({key: value})


LICENSE = kind(VALID, "simplelicensing_LicenseExpression")["spdxId"].rpartition("#")[2]
FILE = kind(VALID, "software_File")["spdxId"].rpartition("#")[2]
MUTATIONS: dict[str, tuple[Callable[[Document], object], set[tuple[str, str]]]] = {
    "no originator": (drop("dataset", "originatedBy"), {("dataset", "originatedBy")}),
    "two originators": (
        lambda d: element(d, "dataset")["originatedBy"].append(element(d, "auditor")["spdxId"]),
        {("dataset", "originatedBy")},
    ),
    "no built time": (drop("dataset", "builtTime"), {("dataset", "builtTime")}),
    "no release time": (drop("dataset", "releaseTime"), {("dataset", "releaseTime")}),
    "no download location": (drop("dataset", "software_downloadLocation"), {("dataset", "software_downloadLocation")}),
    "no purpose": (drop("dataset", "software_primaryPurpose"), {("dataset", "software_primaryPurpose")}),
    "no type of data": (drop("dataset", "dataset_datasetType"), {("dataset", "dataset_datasetType")}),
    "empty types of data": (put("dataset", "dataset_datasetType", []), {("dataset", "dataset_datasetType")}),
    "no declared licence": (lambda d: d["@graph"].remove(element(d, "hasDeclaredLicense")), {("dataset", "hasDeclaredLicense")}),
    "two concluded licences": (
        lambda d: d["@graph"].append({**element(d, "hasConcludedLicense"), "spdxId": "https://x.org#again"}),
        {("dataset", "hasConcludedLicense")},
    ),
    "two licences in one relationship": (
        lambda d: element(d, "hasConcludedLicense")["to"].append(element(d, LICENSE)["spdxId"]),
        {("hasConcludedLicense", "to")},
    ),
    "a licence that is none": (
        lambda d: element(d, "hasConcludedLicense").update(to=[element(d, "tool")["spdxId"]]),
        {("hasConcludedLicense", "to")},
    ),
    "one id twice": (
        lambda d: element(d, FILE).update(spdxId=element(d, "tool")["spdxId"]),
        {("tool", "spdxId"), ("contains", "to"), ("hasDataFile", "to"), ("_:made", "createdUsing")},
    ),
    "an id that is no address": (
        put("document", "spdxId", "no address"),
        {("no address", "spdxId")},
    ),
    "no id": (drop("document", "spdxId"), {(f"@graph[{len(VALID['@graph']) - 1}]", "spdxId")}),
    "a reference to nothing": (put("contains", "to", ["https://x.org/nothing"]), {("contains", "to")}),
    "a reference to another class": (
        lambda d: element(d, "dataset").update(suppliedBy=element(d, "tool")["spdxId"]),
        {("dataset", "suppliedBy")},
    ),
    "no creation info": (drop("tool", "creationInfo"), {("tool", "creationInfo")}),
    "creation info of nobody": (lambda d: d["@graph"][0].update(createdBy=[]), {("_:made", "createdBy")}),
    "another version": (lambda d: d["@graph"][0].update(specVersion="3.1.0"), {("_:made", "specVersion")}),
    "a version that is none": (lambda d: d["@graph"][0].update(specVersion="3"), {("_:made", "specVersion")}),
    "a word of no vocabulary": (put("dataset", "dataset_confidentialityLevel", "pink"), {("dataset", "dataset_confidentialityLevel")}),
    "a relationship of no vocabulary": (put("contains", "relationshipType", "holds"), {("contains", "relationshipType")}),
    "a date": (put("dataset", "builtTime", "2024-03-01"), {("dataset", "builtTime")}),
    "a day that is none": (put("dataset", "releaseTime", "2024-02-30T00:00:00Z"), {("dataset", "releaseTime")}),
    "a size below nothing": (put("dataset", "dataset_datasetSize", -1), {("dataset", "dataset_datasetSize")}),
    "a size as text": (put("dataset", "dataset_datasetSize", "1"), {("dataset", "dataset_datasetSize")}),
    "a list for one value": (put("dataset", "description", ["x"]), {("dataset", "description")}),
    "one value for a list": (put("dataset", "dataset_knownBias", "x"), {("dataset", "dataset_knownBias")}),
    "a property of no class": (put("tool", "dataset_datasetSize", 1), {("tool", "dataset_datasetSize")}),
    "a short digest": (lambda d: element(d, FILE)["verifiedUsing"][0].update(hashValue="ab"), {(f"{FILE} verifiedUsing", "hashValue")}),
    "a digest that is no text": (
        lambda d: element(d, FILE)["verifiedUsing"][0].update(hashValue=3),
        {(f"{FILE} verifiedUsing", "hashValue")},
    ),
    "an algorithm of no vocabulary": (
        lambda d: element(d, FILE)["verifiedUsing"][0].update(algorithm="sha0"),
        {(f"{FILE} verifiedUsing", "algorithm")},
    ),
    "a hash that is none": (lambda d: element(d, FILE).update(verifiedUsing=[3]), {(FILE, "verifiedUsing")}),
    "an expression that is none": (
        in_expression("simplelicensing_licenseExpression", "CC-BY-4.0 AND"),
        {(LICENSE, "simplelicensing_licenseExpression")},
    ),
    "an id of no list": (in_expression("simplelicensing_licenseExpression", "CC-BY-9.0"), {(LICENSE, "simplelicensing_licenseExpression")}),
    "a list version that is none": (
        in_expression("simplelicensing_licenseListVersion", "3.29"),
        {(LICENSE, "simplelicensing_licenseListVersion")},
    ),
    "a licence defined nowhere": (
        in_expression("simplelicensing_customIdToUri", []),
        {(LICENSE, "simplelicensing_customIdToUri")},
    ),
    "a licence text that is gone": (
        lambda d: d["@graph"].remove(kind(d, "simplelicensing_SimpleLicensingText")),
        {(LICENSE, "simplelicensing_customIdToUri")},
    ),
    "two documents": (
        lambda d: d["@graph"].append({**element(d, "document"), "spdxId": "https://x.org#other"}),
        {("other", "type")},
    ),
    "a root that is gone": (put("document", "rootElement", ["https://x.org/gone"]), {("document", "rootElement")}),
    "no context": (lambda d: d.update({"@context": "https://spdx.org/rdf/3.0.0/spdx-context.jsonld"}), {("document", "@context")}),
    "an abstract class": (
        lambda d: d["@graph"].append({"type": "Artifact", "spdxId": "https://x.org#a", "creationInfo": "_:made"}),
        {("a", "type")},
    ),
    "an element that is a text": (lambda d: d["@graph"].append("x"), {(f"@graph[{len(VALID['@graph'])}]", "")}),
    "an element of no class": (lambda d: d["@graph"].append({"spdxId": "https://x.org#a"}), {("a", "type")}),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_spoiled_spdx_3_document(name: str) -> None:
    spoil, expected = MUTATIONS[name]
    assert spoiled(spoil) == expected


def test_a_sound_document_has_no_fault() -> None:
    found = spdx3.check(VALID)
    nested = sum(len(each.get("verifiedUsing", ())) + len(each.get("simplelicensing_customIdToUri", ())) for each in VALID["@graph"])
    assert (found.faults, found.elements, dict(found.unchecked)) == ([], len(VALID["@graph"]) + nested, {})


def test_what_is_imported_may_be_pointed_to() -> None:
    assert spoiled(put("contains", "to", ["https://x.org/far"])) == {("contains", "to")}

    def spoil(document: Document) -> None:
        element(document, "contains")["to"] = ["https://x.org/far"]
        element(document, "document")["import"] = [{"type": "ExternalMap", "externalSpdxId": "https://x.org/far"}]

    assert spoiled(spoil) == set()


def test_classes_beyond_the_model_are_counted() -> None:
    document = copy.deepcopy(VALID)
    document["@graph"] += [{"type": "https://x.org/Own", "spdxId": f"https://x.org#{n}"} for n in range(3)]
    found = spdx3.check(document)
    assert (found.faults, dict(found.unchecked)) == ([], {"https://x.org/Own": 3})


def test_licences_of_a_later_list_are_counted() -> None:
    document = copy.deepcopy(VALID)
    kind(document, "simplelicensing_LicenseExpression").update(
        simplelicensing_licenseExpression="New-1.0", simplelicensing_licenseListVersion="99.1.0", simplelicensing_customIdToUri=[]
    )
    found = spdx3.check(document)
    assert (found.faults, dict(found.unchecked)) == ([], {"an expression of licence list 99.1.0": 1})


def test_a_single_object_without_a_graph() -> None:
    agent = {"type": "Agent", "spdxId": "https://x.org/a", "creationInfo": "_:c"}
    info = {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2024-03-01T00:00:00Z", "createdBy": [agent]}
    agent["creationInfo"] = "_:c"
    assert spdx3.check({"@context": VALID["@context"], **info}).faults == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "spdxId", "to", "from", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 999), st.integers(0, 99), JSON)
def test_any_json_is_judged(victim: int, key: int, value: Any) -> None:
    document, old = copy.deepcopy(VALID), copy.deepcopy(OLD)
    elements = [old, old["creationInfo"], *old["packages"], *old["relationships"], *old["hasExtractedLicensingInfos"]]
    for those in (document["@graph"], elements):
        chosen = those[victim % len(those)]
        chosen[sorted(chosen)[key % len(chosen)]] = value
    assert spdx3.check(document).elements >= 0
    assert spdx2.check(old).elements >= 0


def peer(document: Document) -> bool:
    """Whether spdx-tools finds the document valid."""
    try:
        return not validate_full_spdx_document(JsonLikeDictParser().parse(copy.deepcopy(document)))
    except SPDXParsingError:
        return False


OLD_MUTATIONS: dict[str, tuple[Callable[[Document], object], set[tuple[str, str]]]] = {
    "another id": (lambda d: d.update(SPDXID="SPDXRef-x"), {("document", "SPDXID")}),
    "another data licence": (lambda d: d.update(dataLicense="MIT"), {("document", "dataLicense")}),
    "a namespace with a fragment": (lambda d: d.update(documentNamespace="https://x.org/#a"), {("document", "documentNamespace")}),
    "no name": (lambda d: d.pop("name"), {("document", "name")}),
    "no creator": (lambda d: d["creationInfo"].update(creators=[]), {("document", "creators")}),
    "a creator of no kind": (lambda d: d["creationInfo"].update(creators=["auditor"]), {("document", "creators")}),
    "a day": (lambda d: d["creationInfo"].update(created="2024-03-01"), {("document", "created")}),
    "no location": (lambda d: d["packages"][0].pop("downloadLocation"), {("SPDXRef-dataset", "downloadLocation")}),
    "a location that is none": (
        lambda d: d["packages"][0].update(downloadLocation="over there"),
        {("SPDXRef-dataset", "downloadLocation")},
    ),
    "an id twice": (
        lambda d: d["packages"][1].update(SPDXID="SPDXRef-dataset"),
        {("SPDXRef-dataset", "SPDXID"), ("relationships[1]", "relatedSpdxElement")},
    ),
    "a short checksum": (lambda d: d["packages"][0]["checksums"][0].update(checksumValue="ab"), {("SPDXRef-dataset", "checksums")}),
    "an expression that is none": (
        lambda d: d["packages"][0].update(licenseConcluded="MIT AND"),
        {("SPDXRef-dataset", "licenseConcluded")},
    ),
    "an own licence without text": (
        lambda d: d["packages"][0].update(licenseConcluded="LicenseRef-b"),
        {("SPDXRef-dataset", "licenseConcluded")},
    ),
    "a purpose of no vocabulary": (
        lambda d: d["packages"][0].update(primaryPackagePurpose="DATA"),
        {("SPDXRef-dataset", "primaryPackagePurpose")},
    ),
    "a relationship of no vocabulary": (
        lambda d: d["relationships"][0].update(relationshipType="IS"),
        {("relationships[0]", "relationshipType"), ("document", "relationships")},
    ),
    "a reference to nothing": (
        lambda d: d["relationships"][1].update(relatedSpdxElement="SPDXRef-x"),
        {("relationships[1]", "relatedSpdxElement")},
    ),
    "nothing described": (lambda d: d.update(relationships=[]), {("document", "relationships")}),
    "a text without an id": (
        lambda d: d["hasExtractedLicensingInfos"][0].update(licenseId="terms"),
        {("hasExtractedLicensingInfos[0]", "licenseId"), ("SPDXRef-dataset", "licenseDeclared")},
    ),
    "a file without SHA-1": (
        lambda d: d.update(files=[{"SPDXID": "SPDXRef-f", "fileName": "./f", "checksums": []}]),
        {("SPDXRef-f", "checksums")},
    ),
}


@pytest.mark.parametrize("name", OLD_MUTATIONS)
def test_a_spoiled_spdx_2_document(name: str) -> None:
    document = copy.deepcopy(OLD)
    assert (spdx2.check(document).faults, peer(document)) == ([], True)
    spoil, expected = OLD_MUTATIONS[name]
    spoil(document)
    assert places(spdx2.check(document)) == expected
    assert not peer(document), "the library sees it too"


def test_fields_that_there_are_not() -> None:
    document = copy.deepcopy(OLD)
    document["packages"][0]["licence"] = "MIT"
    assert places(spdx2.check(document)) == {("SPDXRef-dataset", "licence")}


@pytest.mark.parametrize("value", [{}, {"@context": "https://schema.org"}, {"bomFormat": "x"}])
def test_what_is_no_bill_of_materials(value: Document) -> None:
    assert checked(value) is None


def test_the_command_names_element_field_and_what_was_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = copy.deepcopy(VALID)
    document["@graph"] += [{"type": "https://x.org/Own", "spdxId": "https://x.org#own"}]
    path = tmp_path / "x.spdx3.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["verify", str(path)])
    assert end.value.code == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["not checked: https://x.org/Own (1)", "the document holds"]
    element(document, "dataset").pop("builtTime")
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["verify", str(path), "--format", "json"])
    assert end.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["unchecked"] == {"https://x.org/Own": 1}
    (failed,) = answer["failed"]
    assert failed["what"] == f"{element(document, 'dataset')['spdxId']}: builtTime"


def test_a_document_that_nests_too_deeply(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = '{"type": "Agent", "creationInfo": {"type": "CreationInfo", "createdBy": [' * 400
    text = '{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [' + inside + "]}}" * 400 + "]}"
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["verify", str(path)])
    assert end.value.code in {2, 3}
    assert "x.json" in capsys.readouterr().err
