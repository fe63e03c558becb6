"""Mixing as a user meets it: `auditor license --mix`, the rules about mixes in an audit, and the section of the report."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.check import Conclusion
from auditor.checks.license_mix import LicenseMix
from auditor.cli import main
from auditor.dataset import Dataset, Document
from auditor.licenses import crediting, mixing, obligations, statements
from auditor.licenses.spdx import list_version
from auditor.model import Json


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["license", *arguments])
    shown = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, shown.out, shown.err


def test_a_mix_that_may_be_published(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "cc by 4.0", "MIT", "--under", "cc-by-sa-4.0")
    assert code == 0
    assert out.splitlines()[0] == "As one dataset under CC-BY-SA-4.0: yes"
    assert "  CC-BY-4.0: yes; CC-BY-SA-4.0 keeps what it asks for (section 3(a))" in out
    assert "no legal advice" in out


def test_a_mix_that_may_not_names_the_terms_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "CC-BY-SA-4.0", "CC-BY-NC-4.0")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "As one dataset: no, there is no licence under which all of it may be published"
    assert lines[1] == "  CC-BY-NC-4.0 with CC-BY-SA-4.0: no"
    assert lines[3] == "    CC-BY-NC-4.0: it forbids commercial use, and CC-BY-SA-4.0 does not (section 2(a)(1))"
    assert "As a collection of parts that stay apart: yes, each part under its own licence" in lines


def test_what_is_unclear_is_no_yes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "CC-BY-4.0", "ODbL-1.0")
    assert (code, out.splitlines()[0]) == (1, "As one dataset: unclear; perhaps under ODbL-1.0")
    code, out, _ = ask(capsys, "--mix", "llama3.1", "--under", "MIT")
    assert (code, out.splitlines()[1].split(":")[0]) == (1, "  LicenseRef-scancode-llama-3.1-license-2024")
    code, out, _ = ask(capsys, "--mix", "LicenseRef-own", "public domain", "--under", "MIT")
    assert (code, out.splitlines()[0]) == (1, "As one dataset under MIT: unclear")


def test_answers_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--mix", "CC-BY-SA-3.0", "CC-BY-4.0", "--format", "json")
    answer = json.loads(out)
    assert (code, answer["answer"], answer["outcomes"]) == (0, "allow", ["CC-BY-SA-4.0"])
    assert [each["license"] for each in answer["collection"]] == ["CC-BY-4.0", "CC-BY-SA-3.0"]
    code, out, _ = ask(capsys, "--mix", "CC-BY-4.0", "--under", "CC0-1.0", "--format", "json")
    answer = json.loads(out)
    assert (code, answer["answer"], answer["under"]) == (1, "deny", "CC0-1.0")
    assert answer["reasons"][0]["url"] == "https://creativecommons.org/licenses/by/4.0/legalcode"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mix", "cc", "MIT"), "'cc' is not one licence"),
        (("--mix", "MIT", "--under", "MIT OR ISC"), "--under: MIT OR ISC is more than one licence"),
        (("--mix", "MIT", "--under", "cc-by-sa"), "did you mean CC-BY-SA-4.0?"),
        (("MIT", "ISC"), "or ask with --mix"),
        (("MIT", "--under", "ISC"), "--under is the licence of a mix"),
        (("--mix",), "Missing argument"),
        (("--mix", ""), "'' is not one licence"),
        (("--mix", "MIT\x1b[31m"), "is not one licence"),
    ],
)
def test_wrong_questions(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    code, out, err = ask(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err and "\x1b" not in err


# ── in an audit ───────────────────────────────────────────────────────────────────────────────────────────────────────


def concluded(**files: str) -> Conclusion:
    names = {"card": "README.md", "text": "LICENSE", "croissant": "croissant.json", "package": "datapackage.json", "spdx": "data.spdx.json"}
    documents = tuple(Document(path=names.get(key, key), file="", text=text) for key, text in files.items())
    return LicenseMix().conclude(None, {}, Dataset(name="d", documents=documents))


def front(*lines: str, body: str = "") -> str:
    return "\n".join(("---", *lines, "---", body))


def croissant(own: str, *sources: dict[str, str], **more: Json) -> str:
    based = [{"@type": "Dataset", **each} for each in sources]
    return json.dumps({"@context": {}, "@type": "Dataset", "recordSet": [], "license": own, "isBasedOn": based, **more})


def status(found: Conclusion) -> dict[str, tuple[str, int, int]]:
    return {each.rule: (each.status, each.examined, each.found) for each in found.outcomes}


def broken(found: Conclusion) -> list[tuple[str, str]]:
    return [(each.rule, str(each.severity)) for each in found.findings]


def test_nothing_is_mixed_and_nothing_is_stated() -> None:
    assert {each.status for each in concluded(card=front("license: unknown")).outcomes} == {"skipped"}
    assert concluded(card="# A dataset").sections["license_mix"] == {
        "sources": [],
        "count": 0,
        "collection": {},
        "adaptation": {},
        "pairs": [],
        "pairs_count": 0,
    }
    found = concluded(card=front("license: cc-by-4.0"))
    assert status(found)["LIC016"] == ("skipped", 0, 0)
    assert found.sections["license_mix"]["adaptation"]["answer"] == "allow"


def test_sources_that_exclude_each_other() -> None:
    text = croissant("CC-BY-SA-4.0", {"name": "Maps", "license": "ODbL-1.0"}, {"name": "Free", "license": "CC0-1.0"}, creator="Rana Oduya")
    found = concluded(croissant=text)
    assert broken(found) == [("LIC016", "medium")]
    assert status(found)["LIC016"] == ("failed", 3, 1)
    (finding,) = found.findings
    assert "CC-BY-SA-4.0 and ODbL-1.0 cannot be published as one" in finding.message
    assert finding.message.endswith("As parts that stay apart, each keeps its own licence.")
    assert (finding.evidence["pairs_count"], finding.evidence["collection"]) == (1, "allow")
    section = found.sections["license_mix"]
    assert [(each["kind"], each["name"], each["expression"]) for each in section["sources"]] == [
        ("own", None, "CC-BY-SA-4.0"),
        ("upstream", "Maps", "ODbL-1.0"),
        ("upstream", "Free", "CC0-1.0"),
    ]
    assert section["sources"][0]["authors"] == ("Rana Oduya",)
    assert (section["adaptation"]["answer"], section["collection"]["answer"]) == ("deny", "allow")
    assert (section["adaptation"]["as_stated"]["under"], section["adaptation"]["as_stated"]["answer"]) == ("CC-BY-SA-4.0", "deny")


def test_a_list_in_a_card_is_a_mix_and_a_choice_is_none() -> None:
    assert ("LIC016", "medium") in broken(concluded(card=front("license: [cc-by-sa-4.0, cc-by-nc-4.0]")))
    assert ("LIC016", "medium") not in broken(concluded(card=front("license: CC-BY-SA-4.0 OR CC-BY-NC-4.0")))


def test_an_unclear_mix_is_no_finding_and_says_so() -> None:
    found = concluded(card=front("license: [cc-by-4.0, odbl]"))
    (outcome,) = [each for each in found.outcomes if each.rule == "LIC016"]
    assert (outcome.status, outcome.note) == ("passed", "whether a licence for all of it exists is unclear")
    found = concluded(croissant=croissant("CC-BY-4.0", {"name": "Web pages"}))
    (outcome,) = [each for each in found.outcomes if each.rule == "LIC016"]
    assert (outcome.status, outcome.note) == ("skipped", "1 of 2 sources are under no licence that is known")
    assert found.sections["license_mix"]["adaptation"]["answer"] == "unclear"


def test_parts_of_a_data_package() -> None:
    resources = [{"name": "a", "license": "CC-BY-SA-4.0"}, {"name": "b", "license": "CC-BY-NC-SA-4.0"}]
    found = concluded(package=json.dumps({"name": "d", "resources": resources}))
    assert {each["kind"] for each in found.sections["license_mix"]["sources"]} == {"own", "part"}
    assert ("LIC016", "medium") in broken(found)


def test_data_made_from_what_may_not_be_changed() -> None:
    found = concluded(croissant=croissant("CC-BY-4.0", {"name": "Poems", "license": "CC-BY-ND-4.0"}, creator="Rana Oduya"))
    assert ("LIC017", "high") in broken(found)
    assert next(each for each in found.findings if each.rule == "LIC017").message.startswith("Poems is under CC-BY-ND-4.0")
    assert status(concluded(card=front("license: cc-by-nd-4.0")))["LIC017"] == ("skipped", 0, 0)
    assert status(concluded(card=front("license: cc-by-nd-4.0", "source_datasets: [original]")))["LIC017"] == ("skipped", 0, 0)
    found = concluded(card=front("license: cc-by-nd-4.0", "source_datasets: [extended|squad]", body="## Citation\nRana Oduya, 2026"))
    assert broken(found) == [("LIC017", "medium")]
    assert "was made from squad, whose licence is not stated" in found.findings[0].message
    found = concluded(croissant=croissant("CC-BY-ND-4.0", {"name": "Poems", "license": "CC-BY-4.0"}, creator="Rana Oduya"))
    assert broken(found) == []


@pytest.mark.parametrize(
    ("files", "credited"),
    [
        ({}, False),
        ({"NOTICE": " \n"}, False),
        ({"NOTICE": "Made by Rana Oduya"}, True),
        ({"ATTRIBUTION.md": "Made by Rana Oduya"}, True),
        ({"CITATION.cff": "title: A dataset\nauthors:\n- family-names: Oduya\n  given-names: Rana\n"}, True),
        ({"dataset-metadata.json": '{"title": "A dataset"}'}, False),
        ({"datapackage.json": '{"name": "d", "contributors": [{"title": "Rana Oduya"}]}'}, True),
        ({"croissant.json": '{"@context": {}, "@type": "Dataset", "citeAs": "Oduya 2026"}'}, True),
        ({"LICENSE": "MIT License\n\nCopyright (c) 2026 Rana Oduya\n"}, True),
        ({"LICENSE": "MIT License\n\nCopyright (c) <year> <copyright holders>\n"}, False),
        ({"REUSE.toml": "version = 1\n[[annotations]]\nSPDX-FileCopyrightText = 'Rana'\n"}, False),
        ({"train.csv.license": "SPDX-FileCopyrightText: 2026 Rana Oduya\n"}, True),
    ],
)
def test_what_gives_credit(files: dict[str, str], credited: bool) -> None:
    found = concluded(card=front("license: mit"), **files)
    assert (("LIC019", "low") in broken(found)) is not credited


@pytest.mark.parametrize(
    ("body", "credited"),
    [
        ("## Citation\n\n[More Information Needed](https://x.org)\n", False),
        ("## Citation Information\n@misc{a}\n", True),
        ("## Curators\n\n", False),
    ],
)
def test_a_section_of_the_card_gives_credit_if_something_is_in_it(body: str, credited: bool) -> None:
    assert (("LIC019", "low") in broken(concluded(card=front("license: cc-by-4.0", body=body)))) is not credited


def test_no_credit_is_due_in_the_public_domain() -> None:
    assert status(concluded(card=front("license: cc0-1.0")))["LIC019"] == ("skipped", 0, 0)
    assert status(concluded(card=front("license: MIT OR CC0-1.0")))["LIC019"] == ("skipped", 0, 0)


def test_a_later_list_of_licences() -> None:
    def stated(version: str) -> Conclusion:
        package = {"SPDXID": "SPDXRef-d", "name": "d", "licenseDeclared": "CC-BY-99.0"}
        document = {"spdxVersion": "SPDX-2.3", "creationInfo": {"licenseListVersion": version}, "packages": [package]}
        return concluded(spdx=json.dumps(document))

    assert status(stated("3.29"))["LIC030"] == ("passed", 1, 0)
    assert status(stated("3.9"))["LIC030"] == ("passed", 1, 0)
    (finding,) = [each for each in stated("3.100.1").findings if each.rule == "LIC030"]
    assert finding.evidence == {"stated": "3.100", "known": list_version(), "not_understood": ["CC-BY-99.0"]}


def test_whom_documents_name() -> None:
    cff = "title: A dataset\ndoi: 10.5281/zenodo.1\nauthors:\n- {family-names: Oduya, given-names: Rana}\n- {name: The Survey}\n"
    based = {
        "@id": "#maps",
        "@type": "Dataset",
        "name": "Maps",
        "url": "https://maps.example/",
        "license": "ODbL-1.0",
        "creator": {"@id": "#c"},
    }
    graph = [{"@id": "./", "@type": "Dataset", "name": "Walks", "isBasedOn": {"@id": "#maps"}}, based, {"@id": "#c", "name": "Mappers"}]
    documents = [
        Document(path="CITATION.cff", file="", text=cff),
        Document(
            path="ro-crate-metadata.json", file="", text=json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})
        ),
        Document(path="README.md", file="", text=front("source_datasets: [original, extended|other-news, extended]")),
        Document(path="broken.json", file="", text="{"),
        Document(path="deep.json", file="", text="[" * 100_000),
    ]
    found = crediting.find(documents)
    own = [(each.name, each.authors, each.url) for each in found if each.kind == "own"]
    assert ("A dataset", ("Rana Oduya", "The Survey"), "https://doi.org/10.5281/zenodo.1") in own
    upstream = [(each.name, each.authors, each.url, each.expression) for each in found if each.kind == "upstream"]
    assert upstream == [
        ("Maps", ("Mappers",), "https://maps.example/", "ODbL-1.0"),
        ("news", (), None, None),
        (None, (), None, None),
    ]
    assert [each for each, _ in crediting.given(documents)] == ["CITATION.cff"]


def test_licences_of_records_are_sources_too() -> None:
    found = mixing.of(
        [Document(path="README.md", file="", text=front("license: cc-by-4.0"))], records=["CC-BY-SA-4.0", "CC-BY-NC-4.0", None]
    )
    assert [(each.kind, each.expression) for each in found] == [
        ("own", "CC-BY-4.0"),
        ("record", "CC-BY-SA-4.0"),
        ("record", "CC-BY-NC-4.0"),
        ("record", None),
    ]
    section = mixing.section(found)
    assert (section["adaptation"]["answer"], section["collection"]["answer"]) == ("deny", "unclear")


def test_many_sources_are_cut_and_counted() -> None:
    own = Document(path="README.md", file="", text=front("license: cc-by-sa-4.0"))
    section = mixing.section(mixing.of([own], records=[*(f"LicenseRef-{n:04}" for n in range(300)), "ODbL-1.0", "MIT"]))
    assert (section["count"], len(section["sources"])) == (303, mixing.SHOWN)
    assert (section["collection"]["count"], len(section["collection"]["parts"])) == (303, mixing.SHOWN)
    assert (section["pairs_count"], len(section["pairs"])) == (303 * 302 // 2, mixing.SHOWN)
    assert (section["adaptation"]["answer"], section["pairs"][0]["left"], section["pairs"][0]["answer"]) == (
        "deny",
        "CC-BY-SA-4.0",
        "unclear",
    )
    assert ("CC-BY-SA-4.0", "ODbL-1.0", "deny") in [(each["left"], each["right"], each["answer"]) for each in section["pairs"]]


KEYS = st.sampled_from(
    [
        *(
            "@context",
            "@type",
            "@id",
            "@graph",
            "name",
            "title",
            "titles",
            "license",
            "licenses",
            "creator",
            "authors",
            "isBasedOn",
            "sources",
        ),
        *("prov:wasDerivedFrom", "url", "doi", "metadata", "data", "givenName", "familyName", "citeAs", "resources", "contributors"),
    ]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["Dataset", "MIT", "ODbL-1.0", "cc", "", "\ud800", "./"])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


@given(
    st.dictionaries(KEYS, VALUES, max_size=6),
    st.sampled_from(["croissant.json", "datapackage.json", "datacite.json", "CITATION.cff", "README.md"]),
)
def test_any_metadata_is_read_without_an_error(value: dict[str, Json], path: str) -> None:
    text = json.dumps(value)
    document = Document(path=path, file="", text=f"---\n{text}\n---\n" if path == "README.md" else text)
    found = LicenseMix().conclude(None, {}, Dataset(name="d", documents=(document,)))
    assert len(found.outcomes) == 4
    assert json.loads(json.dumps(found.sections["license_mix"]))["count"] >= 0
    assert isinstance(obligations.listed(statements.find([document]), [document]), list)
