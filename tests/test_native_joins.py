"""Joins in machine code against those in NumPy, which tests/test_joins.py holds against brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_joins import Rows, collections, crowd, jaccard, of_interest, overlaps, planted, sets_of, thresholds

from auditor.kernels import native
from auditor.kernels.crossjoin import Sought, cross
from auditor.kernels.forest import Forest
from auditor.kernels.joins import Joined, Known, Pairs, frequencies, numbers_of, occurrences, prefixes, shared, verified
from auditor.kernels.minhash import Keys
from auditor.kernels.selfjoin import within, within_bands
from auditor.kernels.sets import Collection, Sets, collection

Compiled = Callable[[], AbstractContextManager[None]]
Found = tuple[dict[tuple[int, int], int], bool]

SLOW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def found(joined: Joined) -> Found:
    return overlaps(joined.pairs), joined.whole


def both(compiled: Compiled, look: Callable[[], object]) -> tuple[object, object]:
    """What NumPy and what machine code find."""
    assert native.kernel("crossed") is None
    plain = look()
    with compiled():
        assert native.kernel("crossed") is not None
        return plain, look()


@contextmanager
def small(crowds: bool) -> Iterator[None]:
    """Rooms, blocks and (where wanted) crowds of a few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.kernels.streaming.ROOM", 1 if not crowds else 64)
        patch.setattr("auditor.kernels.streaming.STREAMED", 20)
        patch.setattr("auditor.kernels.crowds.ROOM", 1)
        patch.setattr("auditor.kernels.crowds.STEP", 3)
        patch.setattr("auditor.kernels.crossjoin.INDEXED", 30)
        if crowds:
            patch.setattr("auditor.kernels.selfjoin.CROWD", 3)
            patch.setattr("auditor.kernels.crossjoin.CROWD", (1, 4))
            patch.setattr("auditor.kernels.crossjoin.FIRST", 2)
        yield


def crossing(left: Rows, right: Rows, threshold: float, scramble: bool, known: Known | None = None) -> Joined:
    names = np.arange(len(left)), np.arange(len(left), len(left) + len(right))
    counts = frequencies(sets_of([*left, *right], scramble))
    forest = Forest(len(left) + len(right), 3)
    sought = Sought(threshold=threshold, containment=0.9)
    return cross(sets_of(left, scramble), sets_of(right, scramble), counts, sought, forest, names, known)


@given(collections, collections, thresholds, st.booleans(), st.booleans())
@SLOW
def test_across(compiled: Compiled, left: Rows, right: Rows, threshold: float, scramble: bool, crowds: bool) -> None:
    with small(crowds):
        plain, fast = both(compiled, lambda: found(crossing(left, right, threshold, scramble)))
    assert fast == plain


@given(collections, thresholds, st.booleans(), st.booleans())
@SLOW
def test_within(compiled: Compiled, rows: Rows, threshold: float, scramble: bool, crowds: bool) -> None:
    with small(crowds):
        plain, fast = both(compiled, lambda: found(within(sets_of(rows, scramble), threshold, 3)))
    assert fast == plain


@given(collections, thresholds, st.booleans(), st.data())
@SLOW
def test_within_bands(compiled: Compiled, rows: Rows, threshold: float, crowds: bool, data: st.DataObject) -> None:
    keys = st.lists(st.integers(0, 4).map(lambda key: key << 29 | 3), min_size=len(rows), max_size=len(rows))
    bands = [[np.array(data.draw(keys), np.uint32)] for _ in range(3)]
    with small(crowds):
        plain, fast = both(
            compiled, lambda: found(within_bands(sets_of(rows), Keys(pieces=bands, records=np.arange(len(rows))), threshold, 3))
        )
    assert fast == plain


@given(collections, collections, st.data())
@SLOW
def test_known_pairs(compiled: Compiled, left: Rows, right: Rows, data: st.DataObject) -> None:
    kept = [np.array(data.draw(st.lists(st.booleans(), min_size=len(side), max_size=len(side))), np.bool_) for side in (left, right)]

    def look() -> list[Found]:
        every = crossing(left, right, 0.5, scramble=True).pairs
        mine = every.where(kept[0][every.left] & kept[1][every.right])
        rows = sets_of(left)
        inside = within(rows, 0.5, 3).pairs
        inner = inside.where(kept[0][inside.left] & kept[0][inside.right])
        return [
            found(crossing(left, right, 0.5, True, Known(pairs=mine, left=kept[0], right=kept[1]))),
            found(within(rows, 0.5, 3, Known(pairs=inner, left=kept[0], right=kept[0]))),
            found(Joined(pairs=every, whole=True)),
            found(Joined(pairs=inside, whole=True)),
        ]

    plain, fast = both(compiled, look)
    assert fast == plain
    assert isinstance(fast, list)
    assert fast[:2] == fast[2:]


@pytest.mark.parametrize("cap", [5, 100, 10_000])
@pytest.mark.parametrize("seed", [1, 2])
def test_crowds(compiled: Compiled, cap: int, seed: int) -> None:
    rows = crowd(220, seed)
    sets = sets_of(rows)
    plain, fast = both(compiled, lambda: found(within(sets, 0.8, cap)))
    assert fast == plain
    every = {(i, j): len(a & b) for (i, a), (j, b) in combinations(enumerate(rows), 2) if jaccard(a, b) >= 0.8}
    assert isinstance(fast, tuple)
    assert of_interest(every, cap, len(rows)).items() <= fast[0].items() <= every.items()


@given(collections, thresholds, st.data())
@SLOW
def test_parts_of_a_join(compiled: Compiled, rows: Rows, threshold: float, data: st.DataObject) -> None:
    rows = [{0, 1}, *rows]
    ends = data.draw(st.lists(st.tuples(*[st.integers(0, len(rows) - 1)] * 2, st.integers(0, 9)), max_size=20))
    first, second, least = np.array(sorted(ends), np.int64).reshape(-1, 3).T
    keys = np.array(data.draw(st.lists(st.integers(0, 9).map(lambda key: key << 60 | key % 3), max_size=30)), np.uint64)

    def look() -> list[object]:
        sets: Collection = sets_of(rows, scramble=False)
        counts = frequencies(sets)
        rare = prefixes(sets, counts, threshold, 2 * threshold / (1 + threshold))
        pairs: Pairs = verified(sets, sets, (first, second), least)
        return [
            counts.tolist(),
            [side.tolist() for side in (rare.elements, rare.offsets, rare.firsts)],
            [side.tolist() for side in (pairs.left, pairs.right, pairs.overlap)],
            shared(keys).tolist(),
            shared((keys >> np.uint64(32)).astype(np.uint32)).tolist(),
            occurrences(keys).tolist(),
            [side.tolist() for side in numbers_of(keys, keys >> np.uint64(1))],
        ]

    plain, fast = both(compiled, look)
    assert fast == plain


def test_large_sets_and_many_equal_weights(compiled: Compiled) -> None:
    """Sets of thousands of elements: what is selected and sorted in parts, not by insertion."""
    draw = np.random.default_rng(1)
    one = set(draw.integers(0, 1 << 40, 5000).tolist())
    rows = [one, set(list(one)[300:]), *({place, *list(one)[: 20 * place]} for place in range(60)), *planted(300, seed=4)]
    plain, fast = both(compiled, lambda: found(within(sets_of(rows), 0.8, 100)))
    assert fast == plain
    keys = draw.integers(0, 40, 30_000).astype(np.uint64) << np.uint64(50)
    plain, fast = both(compiled, lambda: shared(np.append(keys, np.arange(50_000).astype(np.uint64))).tolist())
    assert fast == plain


@pytest.mark.parametrize("banded", [False, True])
def test_twenty_thousand_sets_of_one_template(compiled: Compiled, banded: bool) -> None:
    """60 elements of which each set has replaced up to 12 at the end by its own: those with up to 6 are alike, and no others."""
    draw = np.random.default_rng(7)
    own = draw.integers(0, 13, 20_000)
    template, others = draw.integers(1 << 40, 1 << 62, 60), draw.integers(1 << 40, 1 << 62, (20_000, 60))
    values = np.where(np.arange(60) < 60 - own[:, None], template, others).astype(np.uint64)
    sets = collection([Sets(offsets=np.arange(0, values.size + 1, 60), values=values.reshape(-1))])
    keys = Keys(pieces=[[np.zeros(len(own), np.uint32)]], records=np.arange(len(own)))
    with compiled():
        joined = within_bands(sets, keys, 0.8, 100) if banded else within(sets, 0.8, 100)
    alike = np.flatnonzero(own <= 6)
    pairs, whole = found(joined)
    assert not whole
    assert {(int(alike[0]), other): 60 - int(max(own[alike[0]], own[other])) for other in alike[1:].tolist()}.items() <= pairs.items()
    assert {each for pair in pairs for each in pair} == set(alike.tolist())
    assert len(pairs) < 2 * len(alike)
