"""What licences ask for and what of it is done, and the NOTICE file that is made of a report."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from reports_sample import HOSTILE, poisoned

from auditor import saved
from auditor.dataset import Document
from auditor.licenses import crediting, mixing, obligations, statements
from auditor.model import Json, Report
from auditor.reports import render

GOLDEN = Path(__file__).parent / "golden" / "attribution.txt"
SHA = "5f" * 32


def documents(**files: str) -> tuple[Document, ...]:
    return tuple(Document(path=path, file="", text=text, sha256=SHA) for path, text in files.items())


def asked(*files: Document) -> dict[tuple[str, str], tuple[bool | None, str | None]]:
    listed = obligations.listed(statements.find(files), files)
    return {(each["license"], each["kind"]): (each["met"], each["file"]) for each in listed}


def card(license_line: str, body: str = "") -> str:
    return f"---\n{license_line}\n---\n# A dataset\n{body}"


def croissant(own: str, *sources: dict[str, Json]) -> str:
    return json.dumps({"@context": {}, "@type": "Dataset", "recordSet": [], "license": own, "isBasedOn": list(sources)})


def test_nothing_is_met_by_a_card_alone() -> None:
    assert asked(*documents(**{"README.md": card("license: cc-by-4.0")})) == {
        ("CC-BY-4.0", "attribution"): (False, None),
        ("CC-BY-4.0", "license-text"): (False, None),
        ("CC-BY-4.0", "state-changes"): (None, None),
    }


def test_what_the_files_do() -> None:
    files = {
        "README.md": card("license: cc-by-sa-4.0", "## Data cleaning\nTwo rows were left out.\n"),
        "LICENSE": "SPDX-License-Identifier: CC-BY-SA-4.0\n",
        "CITATION.cff": "title: Walks\nauthors: [{name: Rana Oduya}]\n",
    }
    assert asked(*documents(**files)) == {
        ("CC-BY-SA-4.0", "attribution"): (True, "CITATION.cff"),
        ("CC-BY-SA-4.0", "license-text"): (True, "LICENSE"),
        ("CC-BY-SA-4.0", "state-changes"): (True, "README.md"),
        ("CC-BY-SA-4.0", "share-alike"): (True, None),
    }


def test_the_address_of_a_licence_is_enough_where_the_licence_says_so() -> None:
    address = "license_link: https://creativecommons.org/licenses/by/4.0/"
    assert asked(*documents(**{"README.md": card(f"license: other\n{address}")}))["CC-BY-4.0", "license-text"] == (True, "README.md")
    mit = card("license: other\nlicense_link: https://opensource.org/licenses/MIT")
    assert asked(*documents(**{"README.md": mit}))["MIT", "license-text"] == (False, None)


def test_sources_are_named_and_share_alike_reaches_the_whole() -> None:
    maps: dict[str, Json] = {"name": "Maps", "license": "ODbL-1.0"}
    found = asked(*documents(**{"croissant.json": croissant("CC-BY-4.0", maps)}))
    assert found["ODbL-1.0", "share-alike"] == (False, None)
    assert found["ODbL-1.0", "attribution"] == (True, "croissant.json")
    assert found["ODbL-1.0", "source-offer"] == (None, None)
    assert found["CC-BY-4.0", "attribution"] == (False, None)
    assert found["CC-BY-4.0", "state-changes"] == (False, None)
    assert asked(*documents(**{"croissant.json": croissant("CC-BY-4.0", {"license": "ODbL-1.0"})}))["ODbL-1.0", "attribution"] == (
        False,
        None,
    )


@pytest.mark.parametrize(("body", "met"), [("", (False, None)), ("Built with Llama.\n", (True, "README.md"))])
def test_lines_that_are_to_be_shown(body: str, met: tuple[bool, str | None]) -> None:
    llama: dict[str, Json] = {"name": "Chats", "license": "llama3.1"}
    found = asked(*documents(**{"README.md": card("license: mit", body), "croissant.json": croissant("MIT", llama)}))
    assert found["LicenseRef-scancode-llama-3.1-license-2024", "built-with"] == met
    assert found["LicenseRef-scancode-llama-3.1-license-2024", "name-prefix"] == (None, None)


def test_of_a_choice_the_branch_that_asks_least() -> None:
    assert asked(*documents(**{"README.md": card("license: CC0-1.0 OR CC-BY-SA-4.0")})) == {}
    assert {name for name, _ in asked(*documents(**{"README.md": card("license: CC-BY-4.0 AND ODbL-1.0")}))} == {"CC-BY-4.0", "ODbL-1.0"}


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def report(files: Sequence[Document]) -> Report:
    said = statements.find(files)
    license_section = {"sources": [statements.as_json(each) for each in said], "obligations": obligations.listed(said, files)}
    sections = {"license": license_section, "license_mix": mixing.section(mixing.sources(said, crediting.find(files)))}
    dataset = {"name": "walks", "digest": f"sha256:{SHA}", "splits": {}, "text_columns": []}
    return Report(run={}, dataset=dataset, config={}, sections=sections)


def walks() -> Report:
    maps: dict[str, Json] = {
        "name": "Maps",
        "license": "ODbL-1.0",
        "url": "https://maps.example/",
        "creator": ["The Survey", {"name": "Mappers"}],
    }
    sources = [maps, maps, {"name": "Chats", "license": "llama3.1"}, {"name": "Web pages"}, {"license": "MIT OR CC-BY-4.0"}]
    files = {
        "README.md": card("license: cc-by-sa-4.0"),
        "LICENSE": "SPDX-License-Identifier: CC-BY-SA-4.0\n",
        "CITATION.cff": "title: Walks\nurl: https://walks.example/\nauthors: [{given-names: Rana, family-names: Oduya}]\n",
        "croissant.json": croissant("CC-BY-SA-4.0", *sources),
    }
    return report(documents(**files))


def test_the_file() -> None:
    text = render("attribution", walks())
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_saved_report_gives_the_same_file(tmp_path: Path) -> None:
    whole = walks()
    path = tmp_path / "report.json"
    path.write_text(render("json", whole), encoding="utf-8")
    assert render("attribution", saved.load(path)) == render("attribution", whole)


def test_a_report_without_a_mix_and_one_without_licences() -> None:
    whole = walks()
    alone = Report(run={}, dataset=whole.dataset, config={}, sections={"license": whole.sections["license"]})
    assert "1. this dataset\n   licence: Creative Commons Attribution Share Alike 4.0 International (CC-BY-SA-4.0)" in render(
        "attribution", alone
    )
    empty = Report(run={}, dataset={}, config={})
    assert "No document names a source or a licence." in render("attribution", empty)
    assert "no legal advice" in render("attribution", empty)


def test_a_file_that_is_not_filled_in_gives_no_credit() -> None:
    stated = {"README.md": card("license: cc-by-4.0")}
    draft = render("attribution", report(documents(**stated)))
    assert asked(*documents(**stated, NOTICE=draft))["CC-BY-4.0", "attribution"] == (False, None)
    done = draft.replace("[To be filled in: what was changed, by whom and when, of which source; or: No changes were made.]", "None.")
    assert asked(*documents(**stated, NOTICE=done))["CC-BY-4.0", "attribution"] == (True, "NOTICE")


def test_sources_that_the_report_does_not_list_are_counted() -> None:
    sources: list[dict[str, Json]] = [{"name": f"s{n}", "license": "CC-BY-4.0"} for n in range(100)]
    files = {
        f"{n}/croissant.json": croissant("CC-BY-4.0", *({**each, "name": f"{each['name']}-{n}"} for each in sources)) for n in range(3)
    }
    text = render("attribution", report(documents(**files)))
    assert "\n200. s98-1\n" in text
    assert "\nand 101 more sources, which the report does not list\n" in text


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_names_are_written_so_that_they_do_nothing(payload: str) -> None:
    hostile = [{"kind": "upstream", "name": payload, "authors": [payload], "url": payload, "expression": payload, "file": payload}]
    sections = {
        "license_mix": {"sources": hostile},
        "license": {"obligations": [{"license": payload, "kind": "built-with", "text": payload}]},
    }
    for each in (Report(run={}, dataset={"name": payload}, config={}, sections=sections), poisoned(payload)):
        text = render("attribution", each)
        assert not any(char in text for char in "\x00\x07\x1b\x90\x9b\r\u202e\u2066\u200f\u061c\u2028\ud800")
        assert "::error" not in [line[:7] for line in text.splitlines()]
