"""The text kernels as machine code against the NumPy ones, which test_kernels.py holds against plain Python."""

from __future__ import annotations

import os
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.doors import python
from auditor.kernels import fused, native
from auditor.kernels.minhash import HELD, TOGETHER, band_keys, permutations, sketches
from auditor.kernels.sets import Sets
from auditor.kernels.shingles import SHARED, count_tokens, distinct, hashed, raw_digests, shingled
from auditor.kernels.texts import Texts, of_strings

Loaded = Callable[[], AbstractContextManager[None]]

ODD = (
    "İıßſΣςσ\u0301\u0327\u200b\u00ad\u200dﬁﷺ①Ａａ東京カタｶﾅﾞ가각กำခ္မြ_-'’0²½㌀㏂\0\1\n\u2028\U00020000\U000e0041\U0001f600"
    "\u0345ᾳ\u1e9eக़ொநிǰΐĚ\u0870\U0001e030"
)
MARKS = "".join(chr(c) for c in range(0x110000) if unicodedata.combining(chr(c)))
letters = st.one_of(st.sampled_from(ODD), st.sampled_from(MARKS), st.characters(exclude_categories=["Cs"]), st.sampled_from("ab cE1é"))
texts = st.lists(st.one_of(st.text(letters, max_size=80), st.text("ab, C_1", max_size=300)), max_size=6)
shingle = st.sampled_from(["word:1", "word:5", "char:3", "char:5", "word:64", "char:64"])


def in_order(sets: Sets) -> list[list[int]]:
    """The elements of each set, ascending: there is no order among them."""
    return [sorted(part.tolist()) for part in np.split(sets.values, sets.offsets[1:-1])]


def same(compiled: Loaded, records: Texts, kind: str) -> None:
    """Both ways give the same bits."""
    plain, tokens, raw = shingled(records, kind), hashed(records), raw_digests(records)
    with compiled():
        assert native.kernel("fused") is not None
        fast, fast_tokens, fast_raw = shingled(records, kind), hashed(records), raw_digests(records)
    assert fast_tokens.hashes.tolist() == tokens.hashes.tolist()
    assert fast_tokens.firsts.tolist() == tokens.firsts.tolist()
    assert in_order(fast.shingles) == in_order(plain.shingles)
    assert fast.counts.tolist() == plain.counts.tolist()
    assert fast.digests.tolist() == plain.digests.tolist()
    assert fast_raw.tolist() == raw.tolist()


def test_loaded_only_inside(compiled: Loaded) -> None:
    assert native.kernel("fused") is None
    with compiled():
        assert native.kernel("fused") is not None
    assert native.kernel("fused") is None


def test_the_same_bits(compiled: Loaded) -> None:
    @given(texts, shingle)
    @settings(max_examples=400, deadline=None)
    def whatever_the_texts(records: list[str], kind: str) -> None:
        same(compiled, of_strings(records), kind)

    whatever_the_texts()


def neighbours() -> Iterator[str]:
    """Every code point that composes, is reordered or has an image of its own, before, between and behind others of its kind."""
    special = [chr(c) for c in range(0x110000) if unicodedata.decomposition(chr(c)) and not 0xAC00 < c < 0xD7A3]
    special += [*MARKS, *map(chr, range(0x1100, 0x1200)), *"aeiouAE<=>กনநர가각"]
    order = np.random.default_rng(7)
    for _ in range(40):
        yield "".join(a + " " if place % 3 == 2 else a for place, a in enumerate(order.permutation(special)))
    for a in "aEé東กনக가각ᄀĚ<":
        yield from (a + mark + other for mark, other in zip(order.permutation(list(MARKS)), MARKS, strict=True))


def test_whatever_composes_or_changes_places(compiled: Loaded) -> None:
    records = of_strings(list(neighbours()))
    tokens = hashed(records)
    with compiled():
        found = hashed(records)
    assert found.firsts.tolist() == tokens.firsts.tolist()
    assert found.hashes.tolist() == tokens.hashes.tolist()


def test_records_of_every_length_up_to_some_blocks(compiled: Loaded) -> None:
    words = "It is not 1 word_ but many-many, naïve "
    for text in (words * 6, "a" * 260, "ab" * 130, "東京" * 90, " " * 200):
        same(compiled, of_strings([text[:size] for size in range(200)] + [text]), "word:2")
        same(compiled, of_strings([text[-size:] for size in range(200)]), "char:5")


@pytest.mark.parametrize("kind", ["word:5", "char:5"])
def test_too_large_for_the_table_and_images_longer_than_their_text(compiled: Loaded, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(3).integers(0, 4000, 30_000)
    long = " ".join(f"w{number}" for number in numbers)
    monkeypatch.setattr(fused, "LARGEST", 1 << 12)
    same(compiled, of_strings(["a few words", long, long + "e\u0323\u0301", "\ufdfa" * 3000, "tail", "", "\ufdfae\u0301 " * 2000]), kind)


def test_texts_that_begin_in_the_middle_of_their_data(compiled: Loaded) -> None:
    whole = of_strings(["one two", "three", "fœur five six", "", "seven"])
    same(compiled, whole.part(1, 4), "word:2")
    same(compiled, whole.part(2, 2), "word:2")


def test_two_threads_are_one(compiled: Loaded) -> None:
    records = of_strings([f"record {number} of many, {number % 7} naïve e\u0301" for number in range(SHARED // 20)])
    with compiled():
        one, two = shingled(records, "word:2"), shingled(records, "word:2", threads=2)
        assert two.shingles.offsets.tolist() == one.shingles.offsets.tolist()
        assert two.shingles.values.tolist() == one.shingles.values.tolist()
        assert two.counts.tolist() == one.counts.tolist()
        assert two.digests.tolist() == one.digests.tolist()
        assert count_tokens(records).tolist() == one.counts.tolist()


@pytest.mark.parametrize("count", [1, TOGETHER - 1, TOGETHER, 128, 200])
def test_sketches_are_the_same(compiled: Loaded, count: int) -> None:
    sizes = np.array([0, 1, 3, 0, HELD, HELD + 1, 2 * HELD, 5, 0])
    values = np.random.default_rng(5).integers(1, 1 << 64, sizes.sum(), np.uint64)
    sets = distinct(np.concatenate([[0], np.cumsum(sizes)]), values)
    plain, keys = sketches(sets, *permutations(count)), [band_keys(sets, share) for share in (0.5, 0.8, 0.95)]
    with compiled():
        assert sketches(sets, *permutations(count)).tolist() == plain.tolist()
        assert [band_keys(sets, share).tolist() for share in (0.5, 0.8, 0.95)] == [each.tolist() for each in keys]


def test_a_plain_processor_gives_the_same_bits(tmp_path: Path) -> None:
    path, oldest = tmp_path / "kernels.bin", {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}
    command = python.command("auditor.kernels.native.build", str(path), "text", "sketches")
    subprocess.run(command, check=True, env=os.environ | oldest, timeout=300)

    @contextmanager
    def loaded() -> Iterator[None]:
        native.load(path)
        try:
            yield
        finally:
            native.unload()

    records = [*(record[:2000] for record in neighbours()), "It is NOT 1 word_ but-many, naïve " * 40]
    same(loaded, of_strings(records), "char:5")
    test_sketches_are_the_same(loaded, 128)
