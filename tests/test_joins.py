"""Joins against brute force, sketches against datasketch."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels import reference
from auditor.kernels.crossjoin import cross
from auditor.kernels.forest import Forest
from auditor.kernels.joins import Pairs, at_least
from auditor.kernels.minhash import band_keys, banding, found_share, sketches
from auditor.kernels.selfjoin import CROWD, within, within_bands
from auditor.kernels.shingles import Sets, distinct, fmix64, shingled

Rows = list[set[int]]


def sets_of(rows: Rows, scramble: bool = True) -> Sets:
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    values = np.array([value for row in rows for value in row], np.uint64)
    return distinct(offsets, fmix64(values) if scramble and len(values) else values)


def overlaps(pairs: Pairs) -> dict[tuple[int, int], int]:
    triples = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.overlap.tolist(), strict=True)
    found = {(a, b): overlap for a, b, overlap in triples}
    assert len(found) == len(pairs)
    return found


def jaccard(a: set[int], b: set[int]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def crossed(left: Rows, right: Rows, threshold: float, scramble: bool = True, cap: int = 100) -> dict[tuple[int, int], int]:
    names = np.arange(len(left)), np.arange(len(left), len(left) + len(right))
    forest = Forest(len(left) + len(right), cap)
    return overlaps(cross(sets_of(left, scramble), sets_of(right, scramble), threshold, 0.9, forest, names))


base = st.lists(st.integers(0, 40), min_size=0, max_size=25).map(set)
collections = st.lists(base, max_size=12)
thresholds = st.sampled_from([0.1, 0.3, 0.5, 0.55, 0.7, 0.8, 0.9, 1.0])


@given(collections, collections, thresholds, st.booleans())
@settings(max_examples=300, deadline=None)
def test_cross_is_brute_force(left: Rows, right: Rows, threshold: float, scramble: bool) -> None:
    want = {
        (i, j): len(a & b)
        for (i, a), (j, b) in product(enumerate(left), enumerate(right))
        if a & b and (jaccard(a, b) >= threshold or len(a & b) / len(b) >= 0.9)
    }
    assert crossed(left, right, threshold, scramble) == want


@given(collections, thresholds, st.booleans())
@settings(max_examples=300, deadline=None)
def test_within_is_brute_force(rows: Rows, threshold: float, scramble: bool) -> None:
    want = {(i, j): len(a & b) for (i, a), (j, b) in combinations(enumerate(rows), 2) if a & b and jaccard(a, b) >= threshold}
    assert overlaps(within(sets_of(rows, scramble), threshold, 100)) == want


def test_elements_that_agree_in_their_upper_bits_are_told_apart() -> None:
    """The keys that verification sorts by keep only the upper bits of an element."""
    high = 7 << 40
    left, right = [{high + i for i in range(6)}], [{high + i for i in range(3, 9)}]
    assert crossed(left, right, 0.3, scramble=False) == {(0, 0): 3}


@pytest.mark.parametrize(("share", "size", "least"), [(0.55, 20, 11), (0.8, 5, 4), (0.7, 10, 7), (0.9, 10, 9), (0.8, 6, 5), (1.0, 3, 3)])
def test_at_least_is_not_misled_by_floats(share: float, size: int, least: int) -> None:
    assert at_least(share, np.array([size])).tolist() == [least]


def planted(count: int, seed: int) -> Rows:
    """Sets of 60 elements, each with a partner that shares 54 or more of them (Jaccard from 0.81)."""
    draw = np.random.default_rng(seed)
    rows: Rows = []
    for _ in range(count):
        one = set(draw.integers(0, 1 << 40, 60).tolist())
        changed = int(draw.integers(0, 7))
        rows += [one, set(list(one)[changed:]) | set(draw.integers(0, 1 << 40, changed).tolist())]
    return rows


def test_bands_find_what_the_exact_join_finds() -> None:
    sets = sets_of(planted(3000, seed=5))
    exact = overlaps(within(sets, 0.8, 100))
    bands, rows = banding(0.8)
    found = overlaps(within_bands(sets, band_keys(sketches(sets), bands, rows), 0.8, 100))
    assert len(exact) > 2500
    assert found.items() <= exact.items()
    assert len(found) >= 0.999 * len(exact)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95])
def test_banding_keeps_its_promise_and_wastes_nothing(threshold: float) -> None:
    bands, rows = banding(threshold)
    assert found_share(threshold, bands, rows) >= 0.999
    assert found_share(threshold, 128 // (rows + 1), rows + 1) < 0.999


@pytest.mark.parametrize("shingle", ["word:5", "char:5", "word:2"])
@pytest.mark.parametrize("seed", [1, 7])
def test_sketches_are_those_of_datasketch(shingle: str, seed: int) -> None:
    datasketch = pytest.importorskip("datasketch")
    kind, _, length = shingle.partition(":")
    records = ["The cat sat on the mat and looked at İstanbul.", "日本語のテキスト、と English too", "short", "", "a" * 90 + " b c d e f"]

    def lower_half(item: bytes) -> int:
        text = item.decode()
        items = [reference.token_hash(t) for t in text.split(" ")] if kind == "word" else [ord(c) for c in text]
        return reference.shingle_hash(items) & 0xFFFFFFFF

    ours = sketches(shingled(records, shingle).shingles, 128, seed)
    for text, row in zip(records, ours, strict=True):
        tokens = reference.tokens(text)
        parts = tokens if kind == "word" else list(reference.characters(tokens))
        grams = [parts[i : i + int(length)] for i in range(max(1, len(parts) - int(length) + 1))] if parts else []
        theirs = datasketch.MinHash(num_perm=128, seed=seed, scheme="affine32", hashfunc=lower_half)
        theirs.update_batch([(" " if kind == "word" else "").join(gram).encode() for gram in grams])
        assert row.dtype == theirs.hashvalues.dtype
        assert row.tolist() == theirs.hashvalues.tolist()


def crowd(size: int, seed: int) -> Rows:
    """A template of 40 elements filled in `size` times with 0 to 9 elements of its own, some of them twice, and some strangers."""
    draw = np.random.default_rng(seed)
    rows = [{*range(40), *draw.integers(1 << 20, 1 << 40, int(draw.integers(0, 10))).tolist()} for _ in range(size)]
    rows += [set(draw.integers(1 << 20, 1 << 40, 30).tolist()) for _ in range(20)]
    rows += [{*range(12), *draw.integers(1 << 20, 1 << 40, 14).tolist()} for _ in range(size // 2)]
    return [rows[place] for place in draw.permutation(len(rows)).tolist()]


def of_interest(pairs: dict[tuple[int, int], int], cap: int, count: int) -> dict[tuple[int, int], int]:
    """Of all pairs those in clusters up to the cap; in larger ones those of the first set and every other set's first pair."""
    first = list(range(count))
    for _ in range(count):
        before = first.copy()
        for a, b in pairs:
            first[a] = first[b] = min(first[a], first[b])
        if before == first:
            break
    sizes = {root: first.count(root) for root in set(first)}
    partner: dict[int, int] = {}
    for a, b in sorted(pairs):
        partner[a], partner[b] = min(partner.get(a, count), b), min(partner.get(b, count), a)
    return {
        (a, b): overlap
        for (a, b), overlap in pairs.items()
        if sizes[first[a]] <= cap or a == first[a] or partner[b] == a or partner[a] == b
    }


@pytest.mark.parametrize("cap", [5, 100, 10_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_a_crowd_keeps_every_pair_of_interest_and_no_wrong_one(cap: int, seed: int, threshold: float) -> None:
    rows = crowd(CROWD * 2, seed)
    every = {(i, j): len(a & b) for (i, a), (j, b) in combinations(enumerate(rows), 2) if jaccard(a, b) >= threshold}
    sets = sets_of(rows)
    banded = within_bands(sets, [np.ones(len(rows), np.uint64)], threshold, cap)
    for found in map(overlaps, (within(sets, threshold, cap), banded)):
        assert of_interest(every, cap, len(rows)).items() <= found.items() <= every.items()


@pytest.mark.parametrize("cap", [5, 100, 10_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_crowds_of_two_sides_keep_every_pair_of_interest_and_a_partner_for_each(cap: int, seed: int, threshold: float) -> None:
    rows = crowd(CROWD * 3, seed)
    left, right = rows[:350], rows[350:]
    every = {
        (i, j): len(a & b)
        for (i, a), (j, b) in product(enumerate(left), enumerate(right))
        if jaccard(a, b) >= threshold or len(a & b) / len(b) >= 0.9
    }
    found = crossed(left, right, threshold, cap=cap)
    assert found.items() <= every.items()
    near = {(i, 350 + j): overlap for (i, j), overlap in every.items() if jaccard(left[i], right[j]) >= threshold}
    wanted = of_interest(near, cap, len(rows))
    assert {(i, j - 350) for i, j in wanted} <= set(found)
    assert {j for _, j in near} == {350 + j for i, j in found if (i, 350 + j) in near}
    assert {pair for pair in every if (pair[0], 350 + pair[1]) not in near} <= set(found) or cap < 10_000
