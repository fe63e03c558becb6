"""The facts about a dataset: what the configuration may say, what documents state, which of them count, and what is missing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from auditor.cards import facts, stated
from auditor.checks.card_facts import CardFacts
from auditor.cli import main
from auditor.config import load
from auditor.dataset import Dataset, Document
from auditor.model import AuditorError


def document(path: str, value: Any) -> Document:
    return Document(path=path, file=path, text=value if isinstance(value, str) else json.dumps(value))


def known(*documents: Document, **told: Any) -> dict[str, Any]:
    section: dict[str, Any] = CardFacts(dataset=told).conclude(None, {}, Dataset(name="x", documents=documents)).sections["card"]
    return section


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-01", "2024-03-01T00:00:00Z"),
        ("2024-03-01T12:00", "2024-03-01T12:00:00Z"),
        ("2024-03-01 12:00:59.5", "2024-03-01T12:00:59Z"),
        ("2024-03-01T01:00:00+02:00", "2024-02-29T23:00:00Z"),
        (date(2024, 2, 29), "2024-02-29T00:00:00Z"),
    ],
)
def test_moments(written: Any, read: str) -> None:
    assert facts.moment(written) == read
    assert facts.moment(read) == read


@pytest.mark.parametrize(
    "written", ["2024", "2024-02-30", "1 March 2024", "0001-01-01T00:00+14:00", "2024-03-01T25:00", 2024, None, ["2024-03-01"], ""]
)
def test_no_moments(written: Any) -> None:
    with pytest.raises(ValueError, match="a day or moment of ISO 8601"):
        facts.moment(written)


@pytest.mark.parametrize(
    "written", ["example.org/x", "https://a b", "_:b", "javascript:<x>", "https://x/\u00e9", "https://x/%zz", "", 3, None]
)
def test_no_addresses(written: Any) -> None:
    with pytest.raises(ValueError, match="an address is expected"):
        facts.address(written)


def test_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text(
        "dataset:\n  originated_by: We\n  built: 2024-03-01\n  types: text\n  sensitive_personal_information: no\n  known_bias: [a, b]\n"
    )
    asked = load(None, tmp_path, tmp_path / "data")
    assert asked.dataset == {
        "originated_by": "We",
        "built": "2024-03-01T00:00:00Z",
        "types": ("text",),
        "sensitive_personal_information": "no",
        "known_bias": ("a", "b"),
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "built: soon",
            "auditor.yaml:1: dataset: built: a day or moment of ISO 8601 is expected, such as 2024-03-01 or",
        ),
        ("built: 2024-02-30", "auditor.yaml:2: 2024-02-30 is no day of the calendar (day is out of range for month)"),
        ("bilt: 2024-02-03", "auditor.yaml:1: dataset: unknown key 'bilt'; did you mean 'built'? known are"),
        ("availability: directdownload", "availability: did you mean 'directDownload'? one of clickthrough"),
        ("originated_by: 3", "originated_by: a text is expected, not 3"),
        ("download_location: a b", "download_location: an address is expected"),
        ("types: []", "types: at least one of audio"),
        ("known_bias: ['']", "known_bias: a text or a list of texts is expected"),
    ],
)
def test_errors_of_a_configuration(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "auditor.yaml").write_text(f"dataset:\n  {line}\n")
    with pytest.raises(AuditorError) as error:
        load(None, tmp_path, tmp_path / "data")
    assert message in error.value.message


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (
            "croissant.json",
            {
                "@context": {},
                "@type": "sc:Dataset",
                "creator": [{"@type": "Person", "name": "Ada"}],
                "publisher": {"name": "Host"},
                "dateCreated": "2024-02-01",
                "datePublished": "2024-03-01",
                "url": "https://example.org/x",
                "version": 2,
                "isBasedOn": [{"name": "Older", "url": "https://example.org/old"}, "https://example.org/other"],
                "rai:dataCollection": "By hand.",
            },
            {
                "originated_by": "Ada",
                "supplied_by": "Host",
                "built": "2024-02-01T00:00:00Z",
                "released": "2024-03-01T00:00:00Z",
                "download_location": "https://example.org/x",
                "version": "2",
                "sources": ["https://example.org/old", "https://example.org/other"],
                "collection_process": "By hand.",
            },
        ),
        ("croissant.json", {"@context": {}, "@type": "Dataset", "creator": [{"name": "Ada"}, {"name": "Bob"}]}, {}),
        ("croissant.json", {"@context": {}, "@graph": [{"@type": "Dataset", "version": "1"}, {"@type": "Dataset", "version": "2"}]}, {}),
        ("croissant.json", {"@type": "Dataset", "version": "1"}, {}),
        (
            "datapackage.json",
            {
                "created": "2024-02-01T10:00:00Z",
                "homepage": "https://example.org",
                "contributors": [{"title": "Ada", "role": "author"}, {"title": "Bob", "role": "maintainer"}],
                "sources": [{"title": "Older", "path": "https://example.org/old"}, {"title": "Book"}],
            },
            {
                "originated_by": "Ada",
                "built": "2024-02-01T10:00:00Z",
                "home_page": "https://example.org",
                "sources": ["https://example.org/old", "Book"],
            },
        ),
        (
            ".zenodo.json",
            {"creators": [{"name": "Ada"}], "publication_date": "2024-03-01"},
            {"originated_by": "Ada", "released": "2024-03-01T00:00:00Z"},
        ),
        (
            "dataset_info.json",
            {"homepage": "https://example.org", "description": "x"},
            {"home_page": "https://example.org", "description": "x"},
        ),
        (
            "CITATION.cff",
            "authors:\n  - given-names: Ada\n    family-names: L\ndate-released: 2024-03-01\nurl: https://example.org\n",
            {"originated_by": "Ada L", "released": "2024-03-01T00:00:00Z", "home_page": "https://example.org"},
        ),
        ("README.md", "---\nsource_datasets:\n- original\n- extended|squad\n---\n# x\n", {"sources": ["squad"]}),
        ("README.md", "# no front matter\n", {}),
        ("README.md", "---\n{broken\n---\n", {}),
        ("datapackage.json", "{broken", {}),
        ("datapackage.json", [1], {}),
        ("datapackage.json", {"created": "once", "homepage": "here", "contributors": 3, "sources": {"a": 1}}, {}),
    ],
)
def test_what_documents_state(path: str, value: Any, found: dict[str, Any]) -> None:
    assert {each.key: each.value for each in stated.find([document(path, value)])} == found


def test_the_configuration_comes_first_and_differing_documents_are_not_taken() -> None:
    one = document("datapackage.json", {"created": "2024-02-01", "version": "1"})
    other = document(
        "croissant.json", {"@context": {}, "@type": "Dataset", "dateCreated": "2024-02-02", "version": "1", "url": "https://e.org"}
    )
    found = known(one, other, download_location="https://mine.org")
    assert found["facts"] == {
        "download_location": {"value": "https://mine.org", "source": "auditor.yaml"},
        "version": {"value": "1", "source": "croissant.json (version)"},
    }
    assert found["differing"]["built"] == [
        {"value": "2024-02-02T00:00:00Z", "source": "croissant.json (dateCreated)"},
        {"value": "2024-02-01T00:00:00Z", "source": "datapackage.json (created)"},
    ]
    assert found["missing"] == ["originated_by", "built", "released"]


def test_the_finding_names_what_is_missing() -> None:
    other = document("datapackage.json", {"created": "2024-02-01"})
    more = document(
        "croissant.json", {"@context": {}, "@type": "Dataset", "dateCreated": "2024-02-02", "creator": "Ada", "url": "https://e.org"}
    )
    found = CardFacts().conclude(None, {}, Dataset(name="x", documents=(more, other)))
    (finding,) = found.findings
    assert finding.message == "It is not stated when it was made (documents differ), when it was published."
    assert [place.file for place in finding.where] == ["croissant.json", "datapackage.json"]
    assert (found.outcomes[0].status, found.outcomes[0].examined, found.outcomes[0].found) == ("failed", 2, 1)


def test_without_a_metadata_record_nothing_is_asked() -> None:
    found = CardFacts().conclude(None, {}, Dataset(name="x", documents=(document("CITATION.cff", "version: 1\n"),)))
    assert (found.findings, found.outcomes[0].status) == ((), "skipped")
    assert found.sections["card"]["missing"] == list(facts.REQUIRED)
    assert CardFacts(dataset={"version": "1"}).conclude(None, {}, Dataset(name="x")).outcomes[0].status == "failed"


def test_facts_of_a_policy_are_held_to_their_kinds() -> None:
    with pytest.raises(AuditorError, match="card-facts: dataset: built: a day or moment"):
        CardFacts(dataset={"built": "soon"})


def test_facts_reach_the_document(tmp_path: Path) -> None:
    (tmp_path / "auditor.yaml").write_text("dataset:\n  originated_by: Ada\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("text\na text\n")
    out = tmp_path / "x.json"
    for selected in ("CARD", "LIC"):
        with pytest.raises(SystemExit):
            main(
                [
                    "scan",
                    str(tmp_path / "data"),
                    "--config",
                    str(tmp_path / "auditor.yaml"),
                    "--select",
                    selected,
                    "--quiet",
                    "-o",
                    f"spdx3:{out}",
                ]
            )
        names = [each.get("name") for each in json.loads(out.read_text())["@graph"]]
        assert "Ada" in names
