"""Licence facts: every cell rests on a clause, what is expected of well-known licences, and what a lawyer who edits them may get wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.licenses import fact_rows, spdx
from auditor.licenses.facts import ANSWERS, USES, fact, facts
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
    ],
)
def test_what_well_known_licences_permit(license_id: str, expected: str) -> None:
    assert answers(license_id) == expected


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
        fact_rows.read(path)
    assert caught.value.message.startswith(f"mine.yaml:{line}: {reason}")
    assert caught.value.cure
