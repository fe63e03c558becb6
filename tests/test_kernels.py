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
from auditor.kernels.hashes import token_hash
from auditor.kernels.norm import tokenize
from auditor.kernels.shingles import CHUNK, count_tokens, hashed, raw_digests, shingled
from auditor.kernels.texts import Texts, of_strings

GOLDEN = "The Quick brown fox, naïve ÅNGSTRÖM; ½ 東京 zero\u200bwidth"
"""What it hashes to. A change of these numbers is a change of definition: stored sketches and partials no longer compare."""

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
    found = tokenize(of_strings(records))
    spelled = ["".join(map(chr, found.points[a:b])) for a, b in zip(found.starts, found.ends, strict=True)]
    assert [spelled[a:b] for a, b in itertools.pairwise(found.firsts)] == [reference.tokens(text) for text in records]


@given(texts, st.sampled_from(["word:1", "word:5", "char:3", "char:5"]))
@settings(max_examples=300, deadline=None)
def test_shingles_are_the_reference(records: list[str], shingle: str) -> None:
    kind, _, length = shingle.partition(":")
    found = shingled(of_strings(records), shingle)
    for place, text in enumerate(records):
        values = found.shingles.values[found.shingles.offsets[place] : found.shingles.offsets[place + 1]].tolist()
        assert values == sorted(reference.shingles(text, kind, int(length)))
        assert found.counts[place] == len(reference.tokens(text))


@given(texts)
@settings(max_examples=200, deadline=None)
def test_equal_digests_mean_equal_token_sequences(records: list[str]) -> None:
    digests = shingled(of_strings(records), "word:5").digests.tolist()
    sequences = [reference.tokens(text) for text in records]
    for (a, x), (b, y) in itertools.combinations(zip(digests, sequences, strict=True), 2):
        assert (a == b) == (x == y)


def test_long_tokens_and_long_texts() -> None:
    records = ["a" * 65, "a" * 64, "b" * 3000, "word " * (CHUNK // 5 + 10), "tail end of it all here", ""]
    for shingle in ("word:5", "char:5"):
        kind, _, length = shingle.partition(":")
        found = shingled(of_strings(records), shingle)
        for place, text in enumerate(records):
            values = found.shingles.values[found.shingles.offsets[place] : found.shingles.offsets[place + 1]].tolist()
            assert values == sorted(reference.shingles(text, kind, int(length)))


def test_no_record_at_all() -> None:
    assert len(shingled(of_strings([]), "char:5").shingles) == 0
    assert shingled(of_strings(["", "--"]), "char:5").shingles.offsets.tolist() == [0, 0, 0]


@given(texts)
@settings(max_examples=200, deadline=None)
def test_where_tokens_stand(records: list[str]) -> None:
    for text in records:
        spans, tokens, data = reference.spans(text), reference.tokens(text), text.encode()
        assert "".join(reference.clusters(text)) == text
        assert len(spans) == len(tokens)
        assert all(token in reference.tokens(data[a:b].decode()) for token, (a, b) in zip(tokens, spans, strict=True))
        assert spans == sorted(spans)


def test_a_token_stands_with_what_composes_with_it() -> None:
    assert reference.spans("É x\u200by, e\u0301a ½東") == [(0, 2), (3, 8), (10, 14), (15, 17), (15, 17), (17, 20)]


def test_golden_vectors() -> None:
    texts = of_strings([GOLDEN])
    assert [f"{each:016x}" for each in hashed(texts).hashes[[0, 5, 6, 10]]] == [
        "7a132356eb8f9ca6",
        "fff0005db72d2fd6",
        "d3d9bc38cc9ae58b",
        "a277ecb811f3feb6",
    ]
    assert [f"{each:016x}" for each in shingled(texts, "word:5").shingles.values[:2]] == ["0b0ad1b7b1c7416f", "0dd9d8d1469a7788"]
    assert [f"{each:016x}" for each in shingled(texts, "char:5").shingles.values[:2]] == ["00b323d24f35b634", "0f621c1f7fb02504"]
    assert [f"{each:016x}" for each in shingled(texts, "word:5").digests[0]] == ["61d8f78185ef3503", "3c798c0a2dde2bae"]
    assert [f"{each:016x}" for each in raw_digests(texts)[0]] == ["6bd4ad194828b66e", "1a39d436c9a96170"]


@given(texts)
@settings(max_examples=200, deadline=None)
def test_hashes_and_digests_are_the_reference(records: list[str]) -> None:
    found, raw, digests = hashed(of_strings(records)), raw_digests(of_strings(records)), shingled(of_strings(records), "word:5").digests
    for place, text in enumerate(records):
        tokens = found.hashes[found.firsts[place] : found.firsts[place + 1]].tolist()
        assert tokens == [token_hash(token.encode()) for token in reference.tokens(text)]
        assert tuple(digests[place].tolist()) == reference.token_digest(text)
        assert tuple(raw[place].tolist()) == reference.raw_digest(text)


def test_texts_that_begin_in_the_middle_of_their_data() -> None:
    whole = of_strings(["one two", "three", "fœur five six", ""])
    part = Texts(offsets=whole.offsets[1:], data=whole.data)
    assert part.strings() == ["three", "fœur five six", ""]
    assert count_tokens(part).tolist() == [1, 3, 0]
    assert hashed(part).hashes.tolist() == hashed(whole).hashes[2:].tolist()
    assert raw_digests(part).tolist() == raw_digests(whole)[1:].tolist()


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        of_strings(["fine", "not \ud800 fine"])


def test_thue_morse_texts_do_not_collide() -> None:
    """Two long words that every polynomial modulo 2^64 hashes alike."""
    bits = np.array([0])
    for _ in range(12):
        bits = np.concatenate([bits, 1 - bits])
    one, other = ("".join("ab"[b] for b in each) for each in (bits, 1 - bits))
    found = shingled(of_strings([one, other]), "word:5")
    assert found.shingles.values[0] != found.shingles.values[1]
    assert found.digests[0].tolist() != found.digests[1].tolist()
