"""Joins against brute force, sketches against datasketch."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels import reference
from auditor.kernels.crossjoin import Sought, cross
from auditor.kernels.forest import Forest
from auditor.kernels.hashes import fmix64, token_hash
from auditor.kernels.joins import COUNTERS, Pairs, at_least, frequencies, prefixes, shared, verified
from auditor.kernels.minhash import Keys, band_keys, banding, found_share, keys_of, permutations, sketches
from auditor.kernels.selfjoin import CROWD, within, within_bands
from auditor.kernels.sets import Collection, Sets, collection, joined, spans
from auditor.kernels.shingles import distinct, shingled
from auditor.kernels.texts import of_strings

Rows = list[set[int]]


def flat(rows: Rows, scramble: bool = True) -> Sets:
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    values = np.array([value for row in rows for value in row], np.uint64)
    return distinct(offsets, fmix64(values) if scramble and len(values) else values)


def sets_of(rows: Rows, scramble: bool = True) -> Collection:
    """The rows in two pieces."""
    return collection([flat(rows[: len(rows) // 3], scramble), flat(rows[len(rows) // 3 :], scramble)])


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
    sides = sets_of(left, scramble), sets_of(right, scramble)
    counts = frequencies(sets_of([*left, *right], scramble))
    return overlaps(cross(*sides, counts, Sought(threshold=threshold, containment=0.9), forest, names).pairs)


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
    assert overlaps(within(sets_of(rows, scramble), threshold, 100).pairs) == want


@given(collections, st.lists(st.integers(0, 11), max_size=20))
@settings(max_examples=200, deadline=None)
def test_sets_in_pieces_are_those_that_were_put_in(rows: Rows, chosen: list[int]) -> None:
    sets, chosen = sets_of(rows, scramble=False), [place for place in chosen if place < len(rows)]
    for taken in (sets.take(np.array(chosen, np.int64)), sets.only(np.array(chosen, np.int64)).take(np.arange(len(chosen)))):
        assert [taken.values[a:b].tolist() for a, b in pairwise(taken.offsets)] == [sorted(rows[place]) for place in chosen]
    assert sets.sizes.tolist() == [len(row) for row in rows]
    whole = joined([part for _, part in sets.blocks()])
    assert [whole.values[a:b].tolist() for a, b in pairwise(whole.offsets)] == [sorted(row) for row in rows]


def test_neighbours_in_one_piece_are_not_copied() -> None:
    sets = sets_of([{place, place + 100} for place in range(30)])
    for records, alone in (([12, 13, 14], True), ([8, 9, 10, 11], False), ([12, 14], False)):
        taken = sets.take(np.array(records))
        assert any(np.shares_memory(taken.values, piece) for piece in sets.pieces) == alone
    assert [(first, len(part)) for first, part in sets.blocks()] == [(0, 30)]


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 30), st.sets(st.integers(1, 29)))
def test_spans_cover_everything_once_and_keep_the_limit(sizes: list[int], limit: int, cuts: set[int]) -> None:
    borders = sorted(cut for cut in cuts if cut < len(sizes))
    for found in (
        list(spans(np.array(sizes, np.int64), limit)),
        list(spans(np.array(sizes, np.int64), limit, np.array(borders, np.int64))),
    ):
        assert [place for first, last in found for place in range(first, last)] == list(range(len(sizes)))
        assert all(sum(sizes[first:last]) <= limit or last == first + 1 for first, last in found)
    assert all(last in borders for first, last in found if any(first < border <= last for border in borders))


@given(
    st.lists(st.integers(0, (1 << 32) - 1).map(lambda key: key % 7 << 20 | key % 5), max_size=60), st.sampled_from([np.uint32, np.uint64])
)
def test_keys_that_occur_more_than_once_are_found_in_order(keys: list[int], short: bool) -> None:
    counts = Counter(keys)
    want = sorted((key, place) for place, key in enumerate(keys) if counts[key] > 1)
    assert shared(np.array(keys, np.uint32) if short else np.array(keys, np.uint64)).tolist() == [place for _, place in want]


def test_keys_that_agree_in_most_bits_are_told_apart() -> None:
    keys = np.arange(100_000, dtype=np.uint64) << np.uint64(32)
    keys[[7, 70_000]] = 1 << 63
    assert shared(keys).tolist() == [7, 70_000]


@given(collections, thresholds)
@settings(max_examples=200, deadline=None)
def test_prefixes_are_the_rarest_elements(rows: Rows, share: float) -> None:
    sets = sets_of(rows)
    counts = frequencies(sets)
    assert counts.sum() == sum(len(row) for row in rows)
    smaller = 2 * share / (1 + share)
    rare = prefixes(sets, counts, share, smaller)
    assert (np.diff(rare.records) >= 0).all()
    chosen = [rare.elements[a:b].tolist() for a, b in pairwise(rare.offsets)]
    for place in range(len(rows)):
        values = sets.take(np.array([place])).values.tolist()
        order = sorted(values, key=lambda value: (int(counts[value % COUNTERS]), value))
        few, length = (len(values) - int(at_least(each, np.array([len(values)]))[0]) + 1 if values else 0 for each in (smaller, share))
        assert chosen[place] == order[:length]
        assert int(rare.foremost[rare.offsets[place] : rare.offsets[place + 1]].sum()) == few


@pytest.mark.parametrize("seed", range(20))
def test_small_blocks_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right side indexed in parts, the left one streamed in small blocks, candidates verified a few at a time."""
    draw = np.random.default_rng(seed)
    rows = [set(draw.integers(0, 30, int(draw.integers(0, 30))).tolist()) for _ in range(60)]
    left, right = rows[: 10 + seed], rows[10 + seed :]
    plain = crossed(left, right, 0.5), overlaps(within(sets_of(rows), 0.5, 100).pairs)
    for room in ("sets", "joins", "crossjoin", "selfjoin"):
        monkeypatch.setattr(f"auditor.kernels.{room}.BLOCK", 40)
    monkeypatch.setattr("auditor.kernels.crossjoin.INDEXED", 100)
    assert (crossed(left, right, 0.5), overlaps(within(sets_of(rows), 0.5, 100).pairs)) == plain
    assert len(plain[0]) > 0


def test_an_empty_side_has_no_pairs_whatever_the_other_has_in_common() -> None:
    template = [set(range(150)) | {place} for place in range(1000, 1200)]
    assert crossed([], template, 0.8) == crossed(template, [], 0.8) == crossed([set()], template, 0.8) == {}


def test_right_sets_without_enough_elements_on_a_small_left_side_are_passed_over() -> None:
    right = [set(range(place, place + 20)) for place in range(0, 4000, 7)]
    assert crossed([set(range(702, 720)), {5}], right, 0.8) == {(0, 100): 18}


@given(collections, collections, st.data())
@settings(max_examples=100, deadline=None)
def test_verified_counts_what_is_shared(left: Rows, right: Rows, data: st.DataObject) -> None:
    left, right = [{0}, *left], [{1}, *right]
    pairs = data.draw(st.lists(st.tuples(st.integers(0, len(left) - 1), st.integers(0, len(right) - 1), st.integers(0, 9)), max_size=30))
    sides = np.array(pairs, np.int64).reshape(-1, 3).T
    found = verified(sets_of(left), sets_of(right), (sides[0], sides[1]), sides[2])
    want = [(a, b, len(left[a] & right[b])) for a, b, least in pairs if len(left[a] & right[b]) >= least]
    assert list(zip(found.left.tolist(), found.right.tolist(), found.overlap.tolist(), strict=True)) == want


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
    exact = overlaps(within(sets, 0.8, 100).pairs)
    found = overlaps(within_bands(sets, keys_of(sets, 0.8), 0.8, 100).pairs)
    assert len(exact) > 2500
    assert found.items() <= exact.items()
    assert len(found) >= 0.999 * len(exact)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95])
def test_banding_keeps_its_promise_and_wastes_nothing(threshold: float) -> None:
    bands, rows = banding(threshold)
    assert found_share(threshold, bands, rows) >= 0.999
    assert found_share(threshold, 128 // (rows + 1), rows + 1) < 0.999


@pytest.mark.parametrize("threshold", [0.3, 0.8])
def test_band_keys_are_equal_where_all_rows_of_the_band_are(threshold: float) -> None:
    sets = flat([*planted(200, seed=2), set(), {5}])
    bands, rows = banding(threshold)
    keys = band_keys(sets, threshold)
    sketched = sketches(sets, *permutations())
    assert keys.shape == (bands, len(sets))
    for band in range(bands):
        part = [row.tobytes() for row in sketched[:, band * rows : (band + 1) * rows]]
        assert len(set(zip(part, keys[band].tolist(), strict=True))) == len(set(part)) == len(set(keys[band].tolist()))


@pytest.mark.parametrize("shingle", ["word:5", "char:5", "word:2"])
@pytest.mark.parametrize("seed", [1, 7])
def test_sketches_are_those_of_datasketch(shingle: str, seed: int) -> None:
    datasketch = pytest.importorskip("datasketch")
    kind, _, length = shingle.partition(":")
    records = ["The cat sat on the mat and looked at İstanbul.", "日本語のテキスト、と English too", "short", "", "a" * 90 + " b c d e f"]

    def lower_half(item: bytes) -> int:
        text = item.decode()
        items = [token_hash(t.encode()) for t in text.split(" ")] if kind == "word" else [reference.point_hash(ord(c)) for c in text]
        return reference.shingle_hash(items) & 0xFFFFFFFF

    ours = sketches(shingled(of_strings(records), shingle).shingles, *permutations(128, seed))
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
    banded = within_bands(sets, Keys(pieces=[[np.ones(len(rows), np.uint32)]], records=np.arange(len(rows))), threshold, cap)
    assert not banded.whole
    for found in map(overlaps, (within(sets, threshold, cap).pairs, banded.pairs)):
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
