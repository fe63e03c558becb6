"""The ids of whole vocabularies: each of them is an SPDX id, or is refused with a reason; none is unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.licenses import resolve

LISTS: dict[str, list[str]] = json.loads((Path(__file__).parent / "license_vocabularies.json").read_text(encoding="utf-8"))
WILD = json.loads((Path(__file__).parent / "license_names.json").read_text(encoding="utf-8"))
"""Names as cards and papers have them, read and judged by a person."""

COUNTS = {"huggingface": 83, "kaggle": 28, "ckan": 15, "open-definition": 122, "citation-cff": 459}
REFUSED = {"family", "placeholder", "terms", "public-domain"}


def test_the_lists_are_whole() -> None:
    assert {name: len(set(ids)) for name, ids in LISTS.items()} == COUNTS


@pytest.mark.parametrize("name", COUNTS)
def test_every_id_is_mapped_or_refused_with_a_reason(name: str) -> None:
    answers = {each: resolve(each) for each in LISTS[name]}
    assert [each for each, said in answers.items() if said.expression is None and said.reason not in REFUSED] == []
    assert all(said.note for said in answers.values() if said.expression is None)


def test_an_id_of_the_citation_format_is_always_a_licence() -> None:
    assert [each for each in LISTS["citation-cff"] if resolve(each).expression is None] == []


@pytest.mark.parametrize("name", ["cc", "bsd", "gpl", "lgpl", "gfdl", "openrail", "cc-by", "cc-by-sa", "uk-ogl", "cc-nc", "bsd-license"])
def test_a_family_is_never_guessed(name: str) -> None:
    answer = resolve(name)
    assert (answer.expression, answer.status, answer.reason) == (None, "ambiguous", "family")


def test_clear_names_in_the_wild_are_resolved() -> None:
    assert [(name, resolve(name).expression) for name, _ in WILD["clear"]] == [tuple(each) for each in WILD["clear"]]


def test_unclear_names_in_the_wild_are_left_alone_with_a_reason() -> None:
    answers = [(name, resolve(name)) for name, *_ in WILD["vague"]]
    assert [(name, said.expression, said.status, said.reason) for name, said in answers] == [(n, None, s, r) for n, s, r in WILD["vague"]]
