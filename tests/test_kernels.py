"""The kernels against their plain-Python reference, unicodedata and datasketch."""

from __future__ import annotations

import itertools
import os
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels import reference, unicode14
from auditor.kernels.norm import looks_like_text, tokenize
from auditor.kernels.shingles import CHUNK, shingled

ODD = "İıßſΣςσ\u0301\u200b\u00ad\u200dﬁﷺ①Ａａ東京カタｶﾅกำខ္မြ_-'’0²½\0\1\n\u2028\U00020000\U000e0041\U0001f600\u0345ᾳ\u1e9e"
letters = st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"]), st.sampled_from("ab c1"))
texts = st.lists(st.text(letters, max_size=60), max_size=8)


def kind_of(code_point: int) -> str:
    category = unicodedata.category(chr(code_point))
    if category[0] in "LMN" or code_point == ord("_"):
        return "L"
    return {"Cf": "F", "Cn": "U"}.get(category, "")


@pytest.mark.skipif(not unicode14.FROZEN, reason="this Python's unicodedata is not of Unicode 14.0.0")
def test_the_table_is_unicode_14() -> None:
    lines = []
    for kind, group in itertools.groupby(range(0x110000), kind_of):
        members = list(group)
        if kind:
            lines.append(f"{members[0]:X} {members[-1]:X} {kind}")
    expected = "\n".join(lines) + "\n"
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        unicode14.TABLE.write_text(expected, encoding="ascii")
    assert unicode14.TABLE.read_text(encoding="ascii") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The quick, brown FOX's 2nd_try!", ["the", "quick", "brown", "fox", "s", "2nd_try"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("ΣΊΣΥΦΟΣ σίσυφος", ["σίσυφοσ", "σίσυφοσ"]),
        ("İstanbul", ["i̇stanbul"]),
        ("ﬁne ① Ａｂ", ["fine", "1", "ab"]),
        ("zero\u200bwidth soft\u00adhyphen", ["zerowidth", "softhyphen"]),
        ("日本語 text です", ["日", "本", "語", "text", "で", "す"]),
        ("ab東cd", ["ab", "東", "cd"]),
        ("นี่คือ", ["น", "ี", "่", "ค", "ื", "อ"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("e\u0301tude \u00e9tude", ["étude", "étude"]),
        ("!?… \n", []),
        ("nul\0inside", ["nul", "inside"]),
        ("\u0870\U0001dfff a", ["\u0870", "a"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert reference.tokens(text) == expected


def test_a_code_point_unassigned_in_unicode_14_separates_and_composes_with_nothing() -> None:
    assert reference.tokens("a\U0001e030b") == ["a", "b"]
    assert reference.tokens("e\u0cf3\u0301") == ["e", "\u0301"]


@given(texts)
@settings(max_examples=300, deadline=None)
def test_tokenize_is_the_reference(records: list[str]) -> None:
    found = tokenize(records)
    spelled = ["".join(map(chr, found.points[a:b])) for a, b in zip(found.starts, found.ends, strict=True)]
    assert [spelled[a:b] for a, b in itertools.pairwise(found.firsts)] == [reference.tokens(text) for text in records]


@given(texts, st.sampled_from(["word:1", "word:5", "char:3", "char:5"]))
@settings(max_examples=300, deadline=None)
def test_shingles_are_the_reference(records: list[str], shingle: str) -> None:
    kind, _, length = shingle.partition(":")
    found = shingled(records, shingle)
    for place, text in enumerate(records):
        values = found.shingles.values[found.shingles.offsets[place] : found.shingles.offsets[place + 1]].tolist()
        assert values == sorted(reference.shingles(text, kind, int(length)))
        assert found.counts[place] == len(reference.tokens(text))


@given(texts)
@settings(max_examples=200, deadline=None)
def test_equal_digests_mean_equal_token_sequences(records: list[str]) -> None:
    digests = shingled(records, "word:5").digests
    sequences = [reference.tokens(text) for text in records]
    for (a, x), (b, y) in itertools.combinations(zip(digests, sequences, strict=True), 2):
        assert (a == b) == (x == y)


def test_long_tokens_and_long_texts() -> None:
    records = ["a" * 65, "a" * 64, "b" * 3000, "word " * (CHUNK // 5 + 10), "tail end of it all here", ""]
    for shingle in ("word:5", "char:5"):
        kind, _, length = shingle.partition(":")
        found = shingled(records, shingle)
        for place, text in enumerate(records):
            values = found.shingles.values[found.shingles.offsets[place] : found.shingles.offsets[place + 1]].tolist()
            assert values == sorted(reference.shingles(text, kind, int(length)))


def test_no_record_at_all() -> None:
    assert len(shingled([], "char:5").shingles) == 0
    assert shingled(["", "--"], "char:5").shingles.offsets.tolist() == [0, 0, 0]


def test_looks_like_text() -> None:
    assert all(map(looks_like_text, ["a b", "a\nb", "東京", "กา"]))
    assert not any(map(looks_like_text, ["", "id-0001", "naïve"]))


def test_thue_morse_texts_do_not_collide() -> None:
    """Two long words that every polynomial modulo 2^64 hashes alike."""
    bits = np.array([0])
    for _ in range(12):
        bits = np.concatenate([bits, 1 - bits])
    one, other = ("".join("ab"[b] for b in each) for each in (bits, 1 - bits))
    found = shingled([one, other], "word:5")
    assert found.shingles.values[0] != found.shingles.values[1]
    assert found.digests[0] != found.digests[1]
