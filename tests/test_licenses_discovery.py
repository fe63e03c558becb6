"""Where licences are stated beside the card: catalogues, REUSE, SPDX and CycloneDX documents, sources, and opt-outs of a crawl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.check import Conclusion
from auditor.checks.license_fit import LicenseFit
from auditor.dataset import Dataset, Document
from auditor.licenses import optouts
from auditor.licenses.statements import concluded, declared, detected_in, find, troubles
from auditor.model import Location, Rule
from auditor.sources.folder import find as folder

BY = "https://creativecommons.org/licenses/by/4.0/"
SPDX3 = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def doc(path: str, value: Any) -> Document:
    return Document(path=path, file="", text=value if isinstance(value, str) else json.dumps(value))


def said(path: str, value: Any) -> list[tuple[str, str, str | None]]:
    return [(each.kind, each.method, each.expression) for each in find([doc(path, value)])]


RIGHTS = [{"rights": "Creative Commons Attribution 4.0 International", "rightsUri": BY, "rightsIdentifier": "cc-by-4.0"}]
CRATE = [
    {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
    {"@id": "./", "@type": "Dataset", "license": {"@id": BY}},
    {"@id": BY, "@type": "CreativeWork", "name": "CC BY 4.0"},
    {"@id": "pictures/", "@type": "Dataset", "license": "CC-BY-NC-4.0"},
]
DCAT = {"@context": {}, "@type": "dcat:Dataset", "dct:license": {"@id": "http://www.opendatacommons.org/licenses/odbl/1.0/"}}
SPDX2 = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {"SPDXID": "SPDXRef-data", "licenseConcluded": "CC-BY-4.0", "licenseDeclared": "NOASSERTION"},
        {"SPDXID": "SPDXRef-tool", "licenseConcluded": "GPL-3.0-only"},
    ],
    "relationships": [{"relationshipType": "DESCRIBES", "spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-data"}],
}
SPDX_3 = {
    "@context": SPDX3,
    "@graph": [
        {"type": "dataset_DatasetPackage", "spdxId": "urn:data"},
        {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:one", "simplelicensing_licenseExpression": "ODbL-1.0"},
        {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:two", "simplelicensing_licenseExpression": "GPL-2.0-only"},
        {"type": "Relationship", "from": "urn:data", "to": ["urn:one"], "relationshipType": "hasConcludedLicense"},
        {"type": "Relationship", "from": "urn:tool", "to": ["urn:two"], "relationshipType": "hasConcludedLicense"},
    ],
}
BOM = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "data", "licenses": [{"license": {"id": "CDLA-Permissive-2.0"}}]},
        {"type": "library", "licenses": [{"license": {"id": "MIT"}}]},
    ],
}
TOML = """version = 1

[[annotations]]
path = "data/**"
SPDX-FileCopyrightText = "2026 Somebody"
SPDX-License-Identifier = "CC-BY-4.0"

[[annotations]]
path = "images/**"
SPDX-License-Identifier = ["CC0-1.0", "CC-BY-4.0"]
"""


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("datacite.json", {"data": {"attributes": {"rightsList": RIGHTS}}}, [("datacite", "CC-BY-4.0")]),
        ("datacite.json", {"rightsList": RIGHTS}, [("datacite", "CC-BY-4.0")]),
        ("zenodo.json", {"upload_type": "dataset", "license": "cc-by-sa-4.0"}, [("zenodo", "CC-BY-SA-4.0")]),
        ("zenodo.json", {"metadata": {"resource_type": {}, "rights": [{"id": "cc-by-4.0"}]}}, [("zenodo", "CC-BY-4.0")]),
        ("ckan.json", {"result": {"license_id": "odc-odbl", "license_title": "ODbL"}}, [("ckan", "ODbL-1.0")]),
        ("ckan.json", {"license_id": "cc-by", "license_title": "Creative Commons Attribution"}, [("ckan", None)]),
        ("ro-crate-metadata.json", {"@context": {}, "@graph": CRATE}, [("ro-crate", "CC-BY-4.0"), ("ro-crate-part", "CC-BY-NC-4.0")]),
        ("dcat.json", DCAT, [("dcat", "ODbL-1.0")]),
        ("x.jsonld", {"@context": {}, "@type": "dcat:Dataset", "dcat:distribution": [{"dct:license": BY}]}, [("dcat", "CC-BY-4.0")]),
        ("data.spdx.json", SPDX2, [("spdx-document", "CC-BY-4.0")]),
        ("data.spdx3.json", SPDX_3, [("spdx-document", "ODbL-1.0")]),
        ("bom.json", BOM, [("cyclonedx", "CDLA-Permissive-2.0")]),
        ("REUSE.toml", TOML, [("reuse", "CC-BY-4.0"), ("reuse", "CC0-1.0")]),
    ],
)
def test_declared_in_documents_of_other_kinds(path: str, value: Any, expected: list[tuple[str, str | None]]) -> None:
    assert said(path, value) == [("declared", *each) for each in expected]


def test_a_licence_file_beside_data_is_a_tag() -> None:
    assert said("train.csv.license", "SPDX-FileCopyrightText: 2026 X\nSPDX-License-Identifier: CC0-1.0\n") == [
        ("detected", "spdx-tag", "CC0-1.0")
    ]


def test_all_annotations_of_a_reuse_file_hold_and_each_has_its_place() -> None:
    document = doc("REUSE.toml", TOML)
    found = find([document])
    assert declared(found) == "CC-BY-4.0 AND CC0-1.0"
    assert [(each.line, each.bytes and TOML.encode()[slice(*each.bytes)]) for each in found] == [(6, b"CC-BY-4.0"), (10, b"CC0-1.0")]


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("REUSE.toml", "[[annotations]", "TOML"),
        ("REUSE.toml", "x = 1\n" * 200_000, "characters"),
        ("datacite.json", "[1, 2", "JSON"),
        ("bom.json", "[" * 100_000, "nests"),
    ],
)
def test_broken_documents_are_troubles(path: str, text: str, reason: str) -> None:
    ((_, told),) = troubles([doc(path, text)])
    assert reason in told
    assert find([doc(path, text)]) == ()


def test_what_sources_say_is_kept_apart_and_never_the_dataset_s_own() -> None:
    value = {
        "@context": {},
        "@type": "Dataset",
        "recordSet": [],
        "isBasedOn": [{"name": "A", "license": "CC-BY-NC-4.0"}, "https://example.org/b"],
    }
    found = find([doc("croissant.json", value)])
    assert [(each.kind, each.expression) for each in found] == [("upstream", "CC-BY-NC-4.0")]
    assert (declared(found), detected_in(found), concluded(found)) == (None, None, None)


KEYS = st.sampled_from(
    ["license", "@graph", "@context", "@type", "@id", "rightsList", "packages", "spdxVersion", "bomFormat", "components", "isBasedOn"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Dataset", "MIT", "SPDX-2.3", "CycloneDX", "./", SPDX3]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["datacite.json", "bom.json", "x.spdx.json", "ro-crate-metadata.json", "tdmrep.json"])


@given(NAMES, st.dictionaries(KEYS, VALUES, max_size=5))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_is_read_without_a_crash(name: str, value: dict[str, Any]) -> None:
    assert troubles([doc(name, value)]) == ()
    assert optouts.find((doc(name, value), doc("tdmrep.json", [value]))) == ()


def test_the_documents_are_found_in_a_folder(tmp_path: Path) -> None:
    names = ("datacite.json", "ro-crate-metadata.json", "REUSE.toml", "robots.txt", "x.spdx.json", "about.jsonld", "train.csv.license")
    for name in names:
        (tmp_path / name).write_text("{}" if name.endswith("json") else "", encoding="utf-8")
    (tmp_path / "train.csv").write_text("text\na\n", encoding="utf-8")
    assert {each.path for each in folder(tmp_path).documents} == set(names)


ROBOTS = """# kept with the crawl of 2026-05-01
User-agent: GPTBot
User-agent: CCBot   # both
Disallow: /

User-agent: *
Disallow: /private
Content-Signal: search=yes, ai-train=no
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("crawl/robots.txt", ROBOTS, [(4, "robots"), (8, "content-signal")]),
        ("robots.txt", "User-agent: GPTBot\nAllow: /\n", []),
        ("robots.txt", "User-agent: GPTBot\nDisallow:\nUser-agent: *\nDisallow: /\n", []),
        ("ai.txt", "User-Agent: Spawning-AI\nDisallow: *\n", [(2, "robots")]),
        ("tdmrep.json", '[{"location": "/", "tdm-reservation": 1}, {"location": "/b", "tdm-reservation": 0}]', [(1, "tdmrep")]),
        ("tdmrep.json", "{", []),
        ("rsl.xml", "<rsl>\n<prohibits type='usage'>train-ai</prohibits></rsl>", [(2, "rsl")]),
        ("other.txt", ROBOTS, []),
    ],
)
def test_opt_outs(path: str, text: str, expected: list[tuple[int, str]]) -> None:
    assert [(each.line, each.signal) for each in optouts.find((doc(path, text),))] == expected


def fit(*documents: Document) -> Conclusion:
    return LicenseFit().conclude(None, {}, Dataset(name="d", documents=documents))


def card(front: str) -> Document:
    return doc("README.md", f"---\n{front}\n---\n")


@pytest.mark.parametrize("rule", LicenseFit.rules, ids=lambda rule: str(rule.id))
def test_every_rule_on_its_own_examples(rule: Rule) -> None:
    for example, expected in ((rule.failing, True), (rule.passing, False)):
        documents = [doc(path, text) for path, text in example.files.items()]
        assert (rule.id in [each.rule for each in fit(*documents).findings]) is expected


@pytest.mark.parametrize(
    ("front", "rules"),
    [
        ("license: cc-by-4.0", []),
        ("license: mit", ["LIC011"]),
        ("license: MIT OR CC-BY-4.0", ["LIC011"]),
        ("license: cc-by-sa-3.0", ["LIC029"]),
        ("license: cc0-1.0", []),
        ("license: llama3.1", ["LIC012"]),
        ("license: odbl", ["LIC028"]),
        ("license: [odbl, DbCL-1.0]", []),
        ("license: https://creativecommons.org/licenses/by/4.0/", []),
        ("license: https://creativecommons.org/licenses/by/5.0/", ["LIC010"]),
        ("license: https://choosealicense.com/licenses/odc-by/", ["LIC010"]),
        ('license: "{{ license }}"', ["LIC009"]),
        ("license: unknown", []),
    ],
)
def test_what_a_statement_is_worth_for_data(front: str, rules: list[str]) -> None:
    result = fit(card(front))
    assert [each.rule for each in result.findings] == rules
    assert all(each.where == (Location(file="README.md", line=2),) for each in result.findings)


def test_outcomes_say_what_was_examined() -> None:
    result = {each.rule: (each.status, each.examined, each.found) for each in fit(card("license: mit")).outcomes}
    assert result["LIC011"] == ("failed", 1, 1)
    assert result["LIC012"] == ("passed", 1, 0)
    assert result["LIC010"] == ("passed", 1, 0)
    assert result["LIC024"] == ("skipped", 0, 0)
    assert result["LIC027"] == ("skipped", 0, 0)


def test_a_source_that_permits_as_much_is_no_finding_and_a_stricter_one_names_both() -> None:
    def croissant(source: str) -> Document:
        value = {"@context": {}, "@type": "Dataset", "recordSet": [], "license": "cc-by-4.0", "isBasedOn": {"license": source}}
        return doc("croissant.json", value)

    assert [each.rule for each in fit(croissant("cc-by-3.0")).findings] == []
    (finding,) = fit(croissant("cc-by-sa-4.0")).findings
    assert (finding.rule, finding.evidence["expression"]) == ("LIC024", "CC-BY-SA-4.0")
    assert "CC-BY-4.0" in finding.message


def test_opt_outs_of_a_file_are_one_finding_with_their_lines() -> None:
    (finding,) = fit(card("license: cc-by-4.0"), doc("crawl/robots.txt", ROBOTS)).findings
    assert (finding.rule, finding.count) == ("LIC027", 2)
    assert finding.where == (Location(file="crawl/robots.txt", line=4), Location(file="crawl/robots.txt", line=8))


def test_data_licences_notices_and_two_hidden_names_are_read_from_a_folder(tmp_path: Path) -> None:
    files = {
        "train.csv": "text\na\n",
        "README.md": "---\nlicense: mit\n---\n",
        "DATA_LICENSE": "Licensed under CC BY-NC 4.0.\n",
        "NOTICE": "This dataset is licensed under CC BY-NC-SA 4.0.\n",
        "data_license.py": "print('CC BY-ND 4.0')\n",
        ".zenodo.json": '{"title": "A dataset", "license": "cc-by-nc-nd-4.0"}',
        ".reuse/dep5": "Format: 1.0\n\nFiles: *\nLicense: CC-BY-NC-3.0\n",
        ".hidden/LICENSE": "Licensed under the Apache License, Version 2.0.\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    found = find(folder(tmp_path).documents)
    assert [(each.file, each.line, each.method, each.expression) for each in found] == [
        ("README.md", 2, "card-yaml", "MIT"),
        (".zenodo.json", 1, "zenodo", "CC-BY-NC-ND-4.0"),
        (".reuse/dep5", 4, "reuse", "CC-BY-NC-3.0"),
        ("DATA_LICENSE", 1, "license-file", "CC-BY-NC-4.0"),
        ("NOTICE", 1, "notice", "CC-BY-NC-SA-4.0"),
    ]


@pytest.mark.parametrize("text", ["This product has software under the Apache License, Version 2.0.", "Thanks to the MIT.", ""])
def test_a_notice_that_is_not_clear_states_nothing(text: str) -> None:
    assert find([Document(path="NOTICE", file="NOTICE", text=text)]) == ()
