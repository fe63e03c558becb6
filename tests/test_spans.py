"""Texts looked for in others: grams, alignments and shingles against plain loops, by NumPy and by machine code alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels import overlaps, spans
from auditor.kernels.lookup import lookup
from auditor.kernels.sets import Sets
from auditor.kernels.shingles import hashed
from auditor.kernels.texts import of_strings

WORDS = ["the", "old", "harbour", "keeps", "a", "wooden", "boat", "of", "which", "museum", "opens", "at", "noon", "bells", "ring", "water"]
LINES = st.lists(st.sampled_from(WORDS), min_size=0, max_size=30)

Compiled = Callable[[], AbstractContextManager[None]]


def built(texts: list[list[str]]) -> spans.Index:
    found = hashed(of_strings([" ".join(text) for text in texts]))
    return spans.index(found.hashes, found.firsts, np.ones(len(texts), np.bool_))


def grams(text: list[str]) -> list[tuple[str, ...]]:
    width = len(text) if len(text) < 8 else 4 if len(text) < 10 else 5
    return [tuple(text[i : i + width]) for i in range(len(text) - width + 1)] if text else []


@pytest.mark.parametrize("native", [False, True])
def test_every_gram_of_a_text_is_found_where_it_stands_and_no_other(native: bool, compiled: Compiled) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(LINES, min_size=1, max_size=5), st.lists(LINES, min_size=1, max_size=4))
    def check(texts: list[list[str]], records: list[list[str]]) -> None:
        index, tokens = built(texts), hashed(of_strings([" ".join(record) for record in records]))
        found = spans.hits(index, tokens.hashes, tokens.firsts)
        wanted = {gram for text in texts for gram in grams(text)}
        expected = sorted(
            int(tokens.firsts[place]) + i
            for place, record in enumerate(records)
            for i in range(len(record))
            for width in range(1, 8)
            if i + width <= len(record) and tuple(record[i : i + width]) in wanted
        )
        assert found.place.tolist() == expected
        assert len(index.lookup.keys) == len(wanted)

    with compiled() if native else nullcontext():
        check()


def longest(a: list[int], b: list[int]) -> int:
    rows = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            rows[i + 1][j + 1] = rows[i][j] + 1 if x == y else max(rows[i][j + 1], rows[i + 1][j])
    return rows[-1][-1]


def is_within(part: list[int], whole: list[int]) -> bool:
    rest = iter(whole)
    return all(each in rest for each in part)


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=15))
def test_a_longest_common_subsequence_is_one(item: list[int], window: list[int]) -> None:
    there, first, last = spans.common(item, window)
    chosen = [each for each, kept in zip(item, there, strict=True) if kept]
    assert len(chosen) == longest(item, window)
    assert is_within(chosen, window[first:last])
    if chosen:
        assert window[first] == chosen[0]
        assert window[last - 1] == chosen[-1]


def test_machine_code_aligns_as_many_tokens(compiled: Compiled) -> None:
    random = np.random.default_rng(5)
    with compiled():
        for _ in range(200):
            text, tokens = (random.integers(0, 4, size).astype(np.uint64) for size in random.integers(1, 30, 2))
            index = spans.index(text, np.array([0, len(text)]), np.ones(1, np.bool_))
            begin, end = np.array([0, len(tokens) // 2]), np.array([len(tokens), len(tokens)])
            there, first, last = spans.standing(index, np.zeros(2, np.int64), tokens, begin, end)
            for pair, marks in enumerate(there.reshape(2, -1)):
                chosen = text[marks].tolist()
                assert len(chosen) == longest(text.tolist(), tokens[begin[pair] :].tolist())
                assert is_within(chosen, tokens[first[pair] : last[pair]].tolist())


def candidates(texts: list[str], records: list[str], least: float = 0.5) -> dict[tuple[int, int], float]:
    index, tokens = built([text.split() for text in texts]), hashed(of_strings(records))
    seen = spans.hits(index, tokens.hashes, tokens.firsts)
    found = spans.candidates(index, seen, tokens.hashes, tokens.firsts, least)
    return dict(zip(zip(found.record.tolist(), found.text.tolist(), strict=True), found.shares.tolist(), strict=True))


@pytest.mark.parametrize("native", [False, True])
def test_an_item_with_words_put_in_is_found_whole_in_a_long_record(native: bool, compiled: Compiled) -> None:
    random = np.random.default_rng(3)
    with compiled() if native else nullcontext():
        for size in (8, 9, 10, 12, 20, 60, 150):
            item = [f"w{each}" for each in random.permutation(1000)[:size]]
            edited: list[str] = []
            for place, word in enumerate(item):
                edited += ["inserted"] * (place % 11 == 6) + [word]
            around = [f"x{each}" for each in random.integers(0, 500, 2000)]
            record = " ".join([*around[:1300], *edited, *around[1300:]])
            assert candidates([" ".join(item)], ["nothing of it", record]) == {(1, 0): 1.0}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40), LINES, LINES)
def test_a_verbatim_item_is_always_found(item: list[str], before: list[str], after: list[str]) -> None:
    assert candidates([" ".join(item)], [" ".join([*before, *item, *after])]) == {(0, 0): 1.0}


@pytest.mark.parametrize("native", [False, True])
def test_a_lookup_finds_its_keys(native: bool, compiled: Compiled) -> None:
    random = np.random.default_rng(1)
    values = random.integers(0, 1 << 63, 5000, np.uint64) * np.uint64(2)
    table = lookup(np.unique(values[::7]))
    with compiled() if native else nullcontext():
        places, kinds = table.found(values)
        assert places.tolist() == np.flatnonzero(np.isin(values, table.keys)).tolist()
        assert (table.keys[kinds] == values[places]).all()
        assert lookup(np.zeros(0, np.uint64)).found(values)[0].tolist() == []


def sets(many: list[set[int]]) -> Sets:
    values = [np.array(sorted(each), np.uint64) * np.uint64(0x9E3779B97F4A7C15) for each in many]
    return Sets(offsets=np.cumsum([0, *map(len, values)]), values=np.concatenate([np.zeros(0, np.uint64), *values]))


SETS = st.lists(st.sets(st.integers(1, 60), max_size=25), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(SETS, SETS, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_overlaps_are_those_of_plain_sets(texts: list[set[int]], records: list[set[int]], share: float) -> None:
    found = overlaps.overlaps(overlaps.shingles(sets(texts), share), sets(records), (np.zeros(0, np.int64), np.zeros(0, np.int64)))
    got = dict(zip(zip(found.record.tolist(), found.text.tolist(), strict=True), found.shared.tolist(), strict=True))
    for place, record in enumerate(records):
        for number, text in enumerate(texts):
            if text and len(record & text) >= share * len(text):
                assert got[place, number] == len(record & text)
    assert all(shared == len(records[record] & texts[text]) for (record, text), shared in got.items())
