"""Licence facts: every cell rests on a clause, what is expected of well-known licences, and what a lawyer who edits them may get wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.licenses import fact_rows, resolve, spdx, vocabularies
from auditor.licenses.facts import ANSWERS, USES, fact, facts
from auditor.licenses.statements import PUBLIC_DOMAIN
from auditor.model import AuditorError

FACTS = facts()


def answers(license_id: str) -> str:
    """The answers for the six uses, by their first letters."""
    return "".join(FACTS[license_id].uses[use].answer[0] for use in USES)


@pytest.mark.parametrize("license_id", FACTS)
def test_every_cell_and_obligation_rests_on_a_clause(license_id: str) -> None:
    found = FACTS[license_id]
    assert set(found.uses) == set(USES)
    for cell in found.uses.values():
        assert cell.clause
        assert cell.source.startswith("https://")
        assert cell.note or cell.answer == "allow", "whatever is no plain permission says why"
        assert "{" not in cell.clause + cell.note
    for each in found.obligations:
        assert each.text
        assert each.clause
        assert set(each.uses) <= set(USES)
        assert each.uses
    assert found.sources
    assert found.title


@pytest.mark.parametrize("license_id", FACTS)
def test_every_id_is_of_the_list_and_current_or_a_reference(license_id: str) -> None:
    assert license_id.startswith("LicenseRef-") or (license_id in spdx.licenses().values() and license_id not in spdx.deprecated())
    assert fact(license_id) == FACTS[license_id]


@pytest.mark.parametrize(
    ("license_id", "expected"),
    [
        ("CC0-1.0", "aaaaaa"),
        ("CC-BY-4.0", "aaaccc"),
        ("CC-BY-SA-4.0", "ccacuu"),
        ("CC-BY-NC-4.0", "dccccu"),
        ("CC-BY-NC-SA-3.0", "dcccuu"),
        ("CC-BY-ND-4.0", "ccacuu"),
        ("CC-BY-ND-3.0", "uuacuu"),
        ("CC-BY-NC-ND-4.0", "dcccuu"),
        ("ODbL-1.0", "aaacuc"),
        ("CDLA-Permissive-2.0", "aaacaa"),
        ("CDLA-Sharing-1.0", "aaacaa"),
        ("C-UDA-1.0", "ccccaa"),
        ("O-UDA-1.0", "aaacaa"),
        ("LicenseRef-scancode-dbcl-1.0", "aaaccc"),
        ("PDDL-1.0", "aaaaaa"),
        ("OpenMDW-1.0", "aaacaa"),
        ("OGL-UK-3.0", "aaaccc"),
        ("MIT", "uuaccc"),
        ("Apache-2.0", "uuaccc"),
        ("GPL-3.0-or-later", "uuacuu"),
        ("GFDL-1.3-no-invariants-only", "ccacuu"),
        ("Unlicense", "aaaaaa"),
        ("PolyForm-Noncommercial-1.0.0", "dccccu"),
        ("LicenseRef-scancode-bigscience-open-rail-m", "uuuuuu"),
        ("LicenseRef-scancode-llama-2-license-2023", "ddccdc"),
        ("LicenseRef-scancode-llama-3.1-license-2024", "cccccc"),
        ("LicenseRef-scancode-gemma-tou-2024-04-01", "cccccc"),
        ("LicenseRef-openai-terms", "uuacuu"),
        ("LicenseRef-all-rights-reserved", "uuuduu"),
        ("LicenseRef-non-commercial", "duuuuu"),
        ("LicenseRef-public-domain", "uuuuuu"),
    ],
)
def test_what_well_known_licences_permit(license_id: str, expected: str) -> None:
    assert answers(license_id) == expected


def test_what_was_read_in_the_texts_about_models_and_outputs() -> None:
    llama_2, llama_3 = FACTS["LicenseRef-scancode-llama-2-license-2023"], FACTS["LicenseRef-scancode-llama-3.1-license-2024"]
    assert (llama_2.uses["train-research"].clause, llama_2.outputs) == ("§1(b)(v)", "restricted")
    assert {each.kind: each.clause for each in llama_3.obligations}["name-prefix"] == "§1(b)(i)"
    assert FACTS["CDLA-Permissive-2.0"].uses["redistribute-model"].clause == "§3.1, §5.4"
    assert FACTS["ODbL-1.0"].uses["redistribute-model"].clause == "§4.3, §4.4"
    assert FACTS["CC-BY-ND-4.0"].uses["train-commercial"].clause == "§2(a)(1)(B)"
    assert FACTS["LicenseRef-scancode-gemma-tou-2024-04-01"].uses["train-research"].clause == "§1.1(e), §3.2"


LISTS = json.loads((Path(__file__).parent / "license_vocabularies.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vocabulary", ["huggingface", "kaggle", "ckan"])
def test_every_licence_of_the_hubs_was_looked_at(vocabulary: str) -> None:
    for name in LISTS[vocabulary]:
        said = resolve(name)
        if said.expression is not None:
            assert fact(said.expression), name
        elif said.reason == "terms":
            assert said.reference is not None, name
            assert fact(said.reference), name


def test_a_reference_is_one_that_a_vocabulary_leads_to() -> None:
    led_to = {entry.reference for entry in vocabularies.vocabulary().values()} - {None}
    assert led_to | {PUBLIC_DOMAIN} == {each for each in FACTS if each.startswith("LicenseRef-")}


def test_there_are_facts_about_two_hundred_licences_in_six_files() -> None:
    assert len(FACTS) >= 200
    assert sum(len(each.uses) for each in FACTS.values()) == 6 * len(FACTS)


KINDS = ("BY", "BY-SA", "BY-NC", "BY-NC-SA", "BY-ND", "BY-NC-ND")
VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")


def test_no_version_of_creative_commons_is_stricter_than_the_one_before() -> None:
    for kind in KINDS:
        for use in USES:
            ranks = [ANSWERS.index(FACTS[f"CC-{kind}-{version}"].uses[use].answer) for version in VERSIONS]
            assert ranks == sorted(ranks, reverse=True)


def test_an_element_more_never_permits_more() -> None:
    for version in VERSIONS:
        for less, more in (
            ("BY", "BY-SA"),
            ("BY", "BY-NC"),
            ("BY", "BY-ND"),
            ("BY-NC", "BY-NC-SA"),
            ("BY-SA", "BY-NC-SA"),
            ("BY-NC", "BY-NC-ND"),
        ):
            for use in USES:
                a, b = (FACTS[f"CC-{kind}-{version}"].uses[use].answer for kind in (less, more))
                assert ANSWERS.index(a) <= ANSWERS.index(b)


def test_a_port_is_read_like_its_licence_and_has_an_address_of_its_own() -> None:
    port, base = FACTS["CC-BY-NC-SA-3.0-DE"], FACTS["CC-BY-NC-SA-3.0"]
    assert [(cell.answer, cell.clause) for cell in port.uses.values()] == [(cell.answer, cell.clause) for cell in base.uses.values()]
    assert port.uses["evaluate"].source == "https://spdx.org/licenses/CC-BY-NC-SA-3.0-DE.html"
    assert {cell.clause for cell in FACTS["CC-BY-SA-2.1-JP"].uses.values()} == {"§3, §5", "§3", "§5; §5", "§5"}


def test_nobody_has_looked_at_it() -> None:
    assert fact("LicenseRef-of-mine") is None
    assert fact("CC-BY-3.0-XX") is None, "a pattern means ids of the list only"


def rows(path: Path) -> list[fact_rows.Row]:
    sheet = fact_rows.Sheet(path)
    return [sheet.row(name) for name in sheet]


HEAD = 'as_of: "2026-11-30"\nlicenses:\n'
WHOLE = "  MIT: {kind: software, outputs: unknown, url: 'https://x', uses: {every: {allow: §1}}}\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (HEAD + "  MIT: {kind: software, outputs: unknown, url: u}\n", 3, "MIT lacks train-commercial"),
        (HEAD + "  MIT:\n    kind: text\n", 4, "kind is 'text'"),
        (HEAD + "  MIT:\n    colour: red\n", 4, "unknown key 'colour'"),
        (HEAD + "  MIT:\n    like: ISC\n", 4, "there is no row 'ISC' above"),
        (HEAD + "  MIT:\n    uses: {training: {allow: §1}}\n", 4, "there is no use 'training'"),
        (HEAD + "  MIT:\n    uses:\n      every: {maybe: §1}\n", 5, "one of allow, condition, unclear, deny is expected"),
        (HEAD + "  MIT:\n    uses:\n      every: {allow: §1, because: x}\n", 5, "unknown key 'because'"),
        (HEAD + "  MIT:\n    uses:\n      every: {allow: 1}\n", 5, "allow: a text is expected, not 1"),
        (HEAD + WHOLE.replace("MIT", "MTI"), 3, "MTI is no id of the SPDX licence list"),
        (HEAD + WHOLE.replace("MIT", "LicenseRef-a"), 3, "LicenseRef-a lacks title"),
        (HEAD + WHOLE.replace("§1", '"§{grant}"'), 3, "{grant} has no meaning in MIT"),
        (HEAD + WHOLE + WHOLE, 4, "the key 'MIT' is written twice"),
        ("licenses: {}\n", 1, "as_of: a text is expected, not None"),
        ("as_of: x\nlicenses: [\n", 3, ""),
        ("[]", 1, "a mapping is expected"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuditorError) as caught:
        rows(path)
    assert caught.value.message.startswith(f"mine.yaml:{line}: {reason}")
    assert caught.value.cure
