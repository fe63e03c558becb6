"""YAML from strangers: values and lines of good texts, one error with a line for every bad one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.doors.yaml import YamlError, load, load_as_written, load_with_lines


def test_values_and_lines() -> None:
    assert load("a: [1, x]\nb: {c: null}\n") == {"a": [1, "x"], "b": {"c": None}}
    assert load("") is None
    assert load_with_lines("# a comment\na: 1\n\nb: 2\n") == ({"a": 1, "b": 2}, {"a": 2, "b": 4})
    assert load_with_lines("") == ({}, {})
    value, lines = load_as_written("no: 1\n1:\n- x\n- {2020-01-01: yes}\n")
    assert value == {"no": 1, "1": ["x", {"2020-01-01": True}]}
    assert lines == {(): 1, ("no",): 1, ("1",): 2, ("1", 0): 3, ("1", 1): 4, ("1", 1, "2020-01-01"): 4}
    assert load_as_written("") == (None, {})


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(YamlError, match="the key 'a' is written twice") as caught:
        load_as_written("b: 1\na: 1\na: 1\n")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1\n", 3),
        ("a: &x 1\nb: *x\n", 2),
        ("a: &x [*x]\n", 1),
        ("[" * 100_000, 1),
        ("[" * 100_000 + "]" * 100_000, 1),
        ("a: 1\nb: !!python/object/apply:os.system [x]\n", 2),
        ("--- a\n--- b\n", 2),
        ("\0", 1),
        ("when: 2020-99-99\n", 1),
        ("? {a: b}\n: c\n", 1),
        ("\ud800", 1),
    ],
)
def test_what_is_refused(text: str, line: int) -> None:
    for read in (load, load_with_lines, load_as_written):
        with pytest.raises(YamlError) as caught:
            read(text)
        assert caught.value.reason
        assert caught.value.line == line


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    outcome = ""
    try:
        load(text)
    except YamlError as error:
        outcome = error.reason
    assert len(outcome) < 200
