"""Splits compared record by record: against brute force over the definition, caps and shares included."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels.pairing import CONTAINED, IDENTICAL, NEAR, Comparison, Records, Wanted, compare
from auditor.kernels.sets import collection
from auditor.kernels.shingles import distinct

Splits = list[list[int]]  # for each split the texts of its records, by number
Pair = tuple[int, int, int, int]  # left record, right record, relation, intersection


def records_of(splits: Splits, texts: list[set[int]], tokens: list[int]) -> Records:
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    sets = distinct(offsets, np.array([value for text in texts for value in text], np.uint64))
    return Records(
        split=np.array([place for place, members in enumerate(splits) for _ in members], np.int64),
        text=np.array([text for members in splits for text in members], np.int64),
        texts=collection([sets]),
        tokens=np.array(tokens, np.int64),
    )


def relation(a: set[int], b: set[int], across: bool, tokens: int, threshold: float) -> int | None:
    if len(a & b) / len(a | b) >= threshold:
        return NEAR
    if across and len(a & b) / len(b) >= 0.9 and tokens >= 8:
        return CONTAINED
    return None


def brute_force(splits: Splits, texts: list[set[int]], tokens: list[int], threshold: float) -> list[Pair]:
    flat = [(place, text) for place, members in enumerate(splits) for text in members]
    pairs = []
    for (i, (one, a)), (j, (other, b)) in combinations(enumerate(flat), 2):
        if a < 0 or b < 0:
            continue
        kind = IDENTICAL if a == b else relation(texts[a], texts[b], one != other, tokens[b], threshold)
        if kind is not None:
            pairs.append((i, j, kind, len(texts[a] & texts[b])))
    return pairs


def listed(found: Comparison) -> list[Pair]:
    pairs = found.listed
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), pairs.relation.tolist(), pairs.overlap.tolist(), strict=True))


text_sets = st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=18), min_size=1, max_size=8, unique_by=frozenset)
everything = Wanted(across=True, within=True, threshold=0.6, join="auto")


@given(text_sets, st.data())
@settings(max_examples=300, deadline=None)
def test_compare_is_brute_force(texts: list[set[int]], data: st.DataObject) -> None:
    numbers = st.integers(-1, len(texts) - 1)
    splits = data.draw(st.lists(st.lists(numbers, max_size=8), min_size=1, max_size=3))
    tokens = [len(text) for text in texts]
    found = compare(records_of(splits, texts, tokens), len(splits), everything, {})
    want = brute_force(splits, texts, tokens, 0.6)
    assert listed(found) == want
    starts = np.cumsum([0, *map(len, splits)])
    for (a, b), hit in found.hit.items():
        rights = {j for i, j, *_ in want if starts[a] <= i < starts[a + 1] and starts[b] <= j < starts[b + 1]}
        assert hit == len(rights)
    assert_clusters(found, [(i, j) for i, j, kind, _ in want if kind != CONTAINED])


def assert_clusters(found: Comparison, edges: list[tuple[int, int]]) -> None:
    """The clusters are the connected components, named after their first record."""
    first = {record: record for edge in edges for record in edge}
    for _ in first:
        for i, j in edges:
            first[i] = first[j] = min(first[i], first[j])
    assert {record: int(c) for record, c in enumerate(found.cluster) if c >= 0} == first


@given(text_sets, st.data(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_only_what_is_wanted_is_sought(texts: list[set[int]], data: st.DataObject, across: bool) -> None:
    splits = data.draw(st.lists(st.lists(st.integers(0, len(texts) - 1), max_size=6), min_size=2, max_size=2))
    wanted = Wanted(across=across, within=not across, threshold=0.6, join="exact")
    found = compare(records_of(splits, texts, [9] * len(texts)), 2, wanted, {})
    border = len(splits[0])
    want = [pair for pair in brute_force(splits, texts, [9] * len(texts), 0.6) if (pair[0] < border <= pair[1]) == across]
    assert listed(found) == want


def test_a_large_cluster_lists_the_representative_s_pairs_and_one_for_each_other_member() -> None:
    texts = [set(range(20)), set(range(1, 21)), set(range(3, 23)), set(range(100, 120))]  # 0 ~ 1 ~ 2, not 0 ~ 2
    splits = [[0] * 60 + [1] * 30 + [2] * 20 + [3], [0, 1, 2, 3]]
    wanted = Wanted(across=True, within=True, threshold=0.8, join="exact")
    found = compare(records_of(splits, texts, [20] * 4), 2, wanted, {})
    pairs = listed(found)
    of_representative = [(0, j, IDENTICAL, 20) for j in [*range(1, 60), 111]] + [(0, j, NEAR, 19) for j in [*range(60, 90), 112]]
    others = [(60, j, NEAR, 18) for j in [*range(90, 110), 113]]
    small = [(110, 114, IDENTICAL, 20)]
    assert pairs == sorted(of_representative + others + small)
    assert found.identical == {(0, 0): 60 * 59 // 2 + 30 * 29 // 2 + 20 * 19 // 2, (0, 1): 60 + 30 + 20 + 1, (1, 1): 0}
    assert found.hit == {(0, 1): 4}
    assert found.capped.tolist() == [True] * 110 + [False] + [True] * 3 + [False]


@pytest.mark.parametrize("join", ["exact", "lsh"])
def test_both_joins_list_the_same(join: str) -> None:
    draw = np.random.default_rng(3)
    texts: list[set[int]] = []
    for _ in range(300):
        one = set(draw.integers(0, 1 << 40, 50).tolist())
        texts += [one, set(list(one)[2:]) | {7}]
    splits = [draw.permutation(600).tolist(), [5, 7, 9]]
    found = compare(records_of(splits, texts, [50] * 600), 2, Wanted(across=True, within=True, threshold=0.8, join=join), {})
    assert len(listed(found)) == 300 + 3 + 3
    assert found.joins == {0: join, 1: join}


def test_nothing_to_compare() -> None:
    found = compare(records_of([[], [-1]], [{1}], [1]), 2, everything, {})
    assert listed(found) == []
    assert found.hit == {(0, 1): 0}


def capped_listing(splits: Splits, every: list[Pair], wanted: Wanted, cap: int) -> set[Pair]:
    """What is to be listed of all pairs: in clusters over the cap each record's pair with the first one, else its own first pair."""
    split_of = [place for place, members in enumerate(splits) for _ in members]
    text_of = [text for members in splits for text in members]

    def is_wanted(pair: Pair) -> bool:
        return wanted.within if split_of[pair[0]] == split_of[pair[1]] else wanted.across

    sought = {(text_of[i], text_of[j]) for i, j, kind, _ in filter(is_wanted, every) if kind == NEAR}
    sought |= {(b, a) for a, b in sought}
    edges = [(i, j) for i, j, kind, _ in every if kind == IDENTICAL or (kind == NEAR and (text_of[i], text_of[j]) in sought)]
    first = list(range(len(text_of)))
    for _ in first:
        for i, j in edges:
            first[i] = first[j] = min(first[i], first[j])
    pairs = [pair for pair in every if is_wanted(pair)]
    large = {root for root in set(first) if first.count(root) > cap}
    kept = {pair for pair in pairs if pair[2] == CONTAINED or first[pair[0]] not in large}
    for record, root in enumerate(first):
        mine = [pair for pair in pairs if record in pair[:2] and pair[2] != CONTAINED]
        if root in large and record != root and mine:
            kept.add(next((pair for pair in mine if pair[0] == root), min(mine)))
    return kept


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_crowds_leave_the_listing_as_it_is(seed: int, within: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.kernels.crossjoin.CROWD", (1, 4))
    monkeypatch.setattr("auditor.kernels.crossjoin.FIRST", 2)
    monkeypatch.setattr("auditor.kernels.selfjoin.CROWD", 2)
    monkeypatch.setattr("auditor.kernels.pairing.CLUSTER_CAP", 6)
    draw = np.random.default_rng(seed)
    texts = [{*range(14), *draw.integers(100, 10_000, int(draw.integers(1, 6))).tolist()} for _ in range(24)]
    texts = [set(text) for text in dict.fromkeys(map(frozenset, texts))]
    drawn = [draw.integers(0, len(texts), int(draw.integers(4, 14))).tolist() for _ in range(3)]
    numbers = {text: number for number, text in enumerate(dict.fromkeys(text for members in drawn for text in members))}
    splits, used = [[numbers[text] for text in members] for members in drawn], [texts[text] for text in numbers]
    wanted = Wanted(across=True, within=within, threshold=0.7, join="exact")
    found = compare(records_of(splits, used, [9] * len(used)), 3, wanted, {})
    every = brute_force(splits, used, [9] * len(used), 0.7)
    want = capped_listing(splits, every, wanted, 6)
    got = set(listed(found))
    assert {pair for pair in got if pair[2] != CONTAINED} == {pair for pair in want if pair[2] != CONTAINED}
    assert got <= set(every)
