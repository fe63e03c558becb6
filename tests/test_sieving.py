"""The sieve in front of a large side: it lets everything through that makes a pair, and what it lets through is kept whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kernels import fused
from auditor.kernels.joins import frequencies
from auditor.kernels.sets import Sets, collection
from auditor.kernels.shingles import Shingled, shingled
from auditor.kernels.sieving import HITS, Passing, passing, rarest
from auditor.kernels.texts import Texts, of_strings

Loaded = Callable[[], AbstractContextManager[None]]

ways = pytest.mark.parametrize("machine", [False, True])
elements = st.frozensets(st.integers(1, 60).map(lambda number: number * 0x9E3779B97F4A7C15 % (1 << 64)), max_size=24)


def sets_of(sets: Sequence[frozenset[int]]) -> Sets:
    values = [np.array(sorted(each), np.uint64) for each in sets]
    return Sets(
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum([len(each) for each in sets], dtype=np.int64)]),
        values=np.concatenate([np.zeros(0, np.uint64), *values]),
    )


def members(sets: Sets) -> list[frozenset[int]]:
    return [frozenset(part.tolist()) for part in np.split(sets.values, sets.offsets[1:-1])]


@given(st.lists(elements, max_size=6), st.lists(elements, max_size=6), st.sampled_from([0.05, 0.3, 0.5, 0.8, 0.9, 1.0]))
def test_whatever_shares_enough_is_let_through(left: list[frozenset[int]], right: list[frozenset[int]], share: float) -> None:
    known = collection([sets_of(right)])
    chosen = rarest(known, frequencies(known), share)
    kept = members(passing(chosen).passed(sets_of(left))) if left else []
    times = Counter(chosen.tolist())
    for whole, found in zip(left, kept, strict=True):
        assert found == (whole if sum(times[each] for each in whole) >= HITS else frozenset())
        if any(other and len(whole & other) >= share * len(other) for other in right):
            assert found == whole


def test_without_elements_nothing_is_let_through() -> None:
    assert members(passing(np.zeros(0, np.uint64)).passed(sets_of([frozenset([1, 2]), frozenset()]))) == [frozenset(), frozenset()]


def filtered(texts: Texts, kind: str, sieve: Passing) -> tuple[list[frozenset[int]], Shingled]:
    """What is to be found: the sets of all texts, filtered element by element."""
    every, times = shingled(texts, kind), Counter(sieve.elements.tolist())
    return [each if sum(times[one] for one in each) >= HITS else frozenset() for each in members(every.shingles)], every


def checked(texts: Texts, kind: str, sieve: Passing, machine: AbstractContextManager[None], threads: int = 1) -> None:
    expected, every = filtered(texts, kind, sieve)
    with machine:
        found = shingled(texts, kind, threads, sieve)
    assert members(found.shingles) == expected
    assert found.shingles.offsets.tolist() == np.cumsum([0, *map(len, expected)]).tolist()
    assert found.counts.tolist() == every.counts.tolist()
    assert found.digests.tolist() == every.digests.tolist()


word = st.sampled_from(["one", "two", "three", "Four", "fünf", "e\u0323\u0301", "가각", "東京", "ﬁ", "x" * 40])
records = st.lists(st.lists(word, max_size=14).map(" ".join), min_size=1, max_size=8)


@ways
@given(texts=records, asked=records, kind=st.sampled_from(["word:1", "word:2", "word:5", "char:3"]))
def test_a_sieve_in_the_pass_is_one_behind_it(texts: list[str], asked: list[str], kind: str, machine: bool, compiled: Loaded) -> None:
    known = collection([shingled(of_strings(asked), kind).shingles])
    sieve = passing(rarest(known, frequencies(known), 0.8))
    checked(of_strings(texts), kind, sieve, compiled() if machine else nullcontext())


@ways
@pytest.mark.parametrize("kind", ["word:2", "char:5"])
def test_long_repeated_and_folded_records(kind: str, machine: bool, compiled: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "LARGEST", 1 << 9)
    draw = np.random.default_rng(7)
    texts = [" ".join(f"w{number}" for number in draw.integers(0, 300, size)) for size in draw.integers(0, 900, 60).tolist()]
    texts += [text + " e\u0323\u0301" for text in texts[:20]] + ["again and again " * 300, "e\u0323\u0301 " * 700, "\ufdfa" * 3000, ""]
    known = collection([shingled(of_strings(texts[::9]), kind).shingles])
    sieve = passing(rarest(known, frequencies(known), 0.8))
    kept = members(sieve.passed(shingled(of_strings(texts), kind).shingles))
    assert 0 < sum(len(each) > 0 for each in kept) < len(texts)
    for threads in (1, 3):
        checked(of_strings(texts), kind, sieve, compiled() if machine else nullcontext(), threads)


@ways
def test_an_element_that_is_repeated_in_a_record_counts_once(machine: bool, compiled: Loaded) -> None:
    asked = shingled(of_strings(["a b c d e f g h i j k l"]), "word:1").shingles
    once, often = (passing(np.repeat(asked.values, times)) for times in (1, HITS))
    repeated = of_strings(["a a a a a a a a a b b c", "a b c d e f g h"])
    for sieve, expected in ((once, [0, 8]), (often, [3, 8])):
        with compiled() if machine else nullcontext():
            assert shingled(repeated, "word:1", 1, sieve).shingles.sizes.tolist() == expected
