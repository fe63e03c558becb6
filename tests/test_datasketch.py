"""datasketch: our sketches are its sketches, row for row; its join is the reference; its bands are shown beside ours."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH
from datasketch.lsh import _optimal_param
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.doors import datasketch as door
from auditor.kernels.banding import datasketch_parameters
from auditor.kernels.lshjoin import by_datasketch
from auditor.kernels.minhash import banding, found_share
from auditor.kernels.pairing import IDENTICAL, Comparison, Records, Wanted, compare
from auditor.kernels.sets import Collection, Sets, collection
from auditor.kernels.signatures import Hash, hash32, hash32_of_characters, shingle_bytes, signatures
from auditor.model import AuditorError

WORDS = st.lists(st.sampled_from(["the", "Museum", "opens", "AT", "ten", "né", "東京", "İ", "ΟΔΟΣ", "zero\u200bwidth", "9"]), max_size=12)
TEXTS = st.lists(WORDS.map(" ".join), max_size=6)


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS, shingle=st.sampled_from(["word:5", "word:1", "char:5"]), function=st.sampled_from(["auditor", "sha1"]),
       count=st.sampled_from([2, 16, 128]), seed=st.sampled_from([0, 1, 42, 2**32 - 1]))  # fmt: skip
def test_our_rows_are_those_of_datasketch(texts: list[str], shingle: str, function: Hash, count: int, seed: int) -> None:
    ours = hash32 if shingle.startswith("word") else hash32_of_characters
    rows = signatures(texts, shingle, count, seed, function)
    assert rows.shape == (len(texts), count) and rows.dtype == np.uint32
    for row, text in zip(rows, texts, strict=True):
        made = MinHash(num_perm=count, seed=seed, scheme="affine32", **({} if function == "sha1" else {"hashfunc": ours}))
        made.update_batch(shingle_bytes(text, shingle))
        assert row.tolist() == made.hashvalues.tolist()


def test_what_a_shingle_is_in_bytes() -> None:
    assert shingle_bytes("The museum OPENS, at ten on", "word:5") == [b"museum opens at ten on", b"the museum opens at ten"]
    assert shingle_bytes("Opens", "word:5") == [b"opens"]
    assert shingle_bytes("a 東京b", "char:3") == ["a東京".encode(), "東京b".encode()]
    assert shingle_bytes("?!", "word:5") == []


def test_a_text_without_a_token_has_the_row_of_an_empty_minhash() -> None:
    for function in ("auditor", "sha1"):
        assert signatures(["?!", ""], "word:5", 8, 1, function).tolist() == [MinHash(num_perm=8).hashvalues.tolist()] * 2


def test_sketches_go_out_and_come_back_as_lean_minhash() -> None:
    rows = signatures(["the museum opens at ten", "it closes at six", ""], "word:2", 16, seed=7)
    out = door.exported(rows, seed=7)
    assert [len(each) for each in out] == [8 + 4 + 1 + 16 * 4] * 3
    read = [LeanMinHash.deserialize(each, "<") for each in out]
    assert [(each.seed, each.scheme, each.hashvalues.tolist()) for each in read] == [(7, "affine32", row) for row in rows.tolist()]
    assert door.imported(out, seed=7).tolist() == rows.tolist()
    assert door.imported([]).shape == (0, 0)


def _serialized(minhash: MinHash) -> bytes:
    lean = LeanMinHash(minhash)
    buffer = bytearray(lean.bytesize("<"))
    lean.serialize(buffer, "<")
    return bytes(buffer)


def _sketch(scheme: str = "affine32", count: int = 8, seed: int = 1) -> bytes:
    return _serialized(MinHash(num_perm=count, seed=seed, scheme=scheme))


@pytest.mark.parametrize(
    ("buffers", "message"),
    [
        ([_sketch(), _sketch("legacy")], "sketch 1 was made by the scheme legacy"),
        ([_sketch("affine64")], "sketch 0 was made by the scheme affine64"),
        ([_sketch(seed=2)], "sketch 0 was made with the seed 2, not 1"),
        ([_sketch(), _sketch(count=16)], "different numbers of permutations"),
        ([b""], "sketch 0 is damaged"),
        ([_sketch()[:-1]], "sketch 0 is damaged"),
        ([_sketch() + b"\0"], "sketch 0 is damaged"),
        ([b"\x01" + b"\0" * 7 + b"\xf8\xff\xff\xff\x09" + b"\0" * 32], "sketch 0 is damaged"),
        ([b"\x01" + b"\0" * 7 + b"\x00\x00\x00\x80\x01" + b"\0" * 32], "sketch 0 is damaged"),
    ],
)
def test_what_cannot_be_compared_is_refused(buffers: list[bytes], message: str) -> None:
    with pytest.raises(AuditorError, match=message):
        door.imported(buffers)


@pytest.mark.parametrize("count", [64, 128, 256])
def test_its_bands_are_found_without_it(count: int) -> None:
    thresholds = [step / 20 for step in range(2, 20)]
    assert [datasketch_parameters(each, count) for each in thresholds] == [_optimal_param(each, count, 0.5, 0.5) for each in thresholds]


def test_its_bands_and_ours_at_the_usual_threshold() -> None:
    assert (datasketch_parameters(0.8), banding(0.8)) == ((9, 13), (25, 5))
    assert round(found_share(0.8, *datasketch_parameters(0.8)), 2) == 0.4
    assert found_share(0.8, *banding(0.8)) > 0.999


def _random(seed: int, count: int) -> Collection:
    """Sets of which neighbours are alike, some of them empty."""
    generator = np.random.default_rng(seed)
    sets, last = [], np.arange(40, dtype=np.uint64)
    for _ in range(count):
        last = np.where(generator.random(40) < 0.04, generator.integers(0, 1 << 62, 40, dtype=np.uint64), last)
        if generator.random() < 0.1:
            last = generator.integers(0, 1 << 62, 40, dtype=np.uint64)
        sets.append(np.unique(last) if generator.random() > 0.05 else last[:0])
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in sets])]).astype(np.int64)
    return collection([Sets(offsets=offsets, values=np.concatenate(sets))])


def _oracle(left: list[set[int]], right: list[set[int]] | None, threshold: float) -> set[tuple[int, int, int]]:
    """The same by datasketch alone, with its own MinHash over the elements' lower halves, and Python's sets."""
    index = MinHashLSH(threshold=threshold, num_perm=128)
    for place, each in enumerate(left):
        if each:
            index.insert(place, _minhash(each))
    found = set()
    for place, each in enumerate(left if right is None else right):
        near = index.query(_minhash(each)) if each else []
        found |= {(other, place, len(left[other] & each)) for other in near if right is not None or other < place}
    return {each for each in found if each[2]}


def _minhash(elements: set[int]) -> MinHash:
    made = MinHash(num_perm=128, hashfunc=lambda value: value & 0xFFFFFFFF)
    made.update_batch(sorted(elements))
    return made


@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_the_reference_join_finds_what_datasketch_finds_with_true_overlaps(threshold: float) -> None:
    left, right = _random(1, 60), _random(1, 80)
    plain = [[set(sets.take(np.array([place])).values.tolist()) for place in range(len(sets))] for sets in (left, right)]
    for other, others in ((None, None), (right, plain[1])):
        found = by_datasketch(left, other, threshold).pairs
        mine = list(zip(found.left.tolist(), found.right.tolist(), found.overlap.tolist(), strict=True))
        expected = _oracle(plain[0], others, threshold)
        assert len(mine) == len(set(mine)) and set(mine) == expected
        assert len(expected) > 20


def _compared(join: str) -> tuple[set[tuple[int, ...]], Comparison]:
    """The listed pairs of two splits of the same 90 texts: those below 60 and those from 40 on."""
    sets = _random(3, 90)
    text = np.concatenate([np.arange(60), np.arange(40, 90)])
    text = np.where(sets.sizes[text] > 0, text, -1)
    records = Records(split=np.repeat([0, 1], [60, 50]), text=text, texts=sets, tokens=np.full(90, 44))
    found = compare(records, 2, Wanted(across=True, within=True, threshold=0.6, join=join), {})
    pairs = found.listed
    rows = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.relation.tolist(), pairs.overlap.tolist(), strict=True)
    return set(rows), found


def test_a_comparison_by_datasketch_lists_true_pairs_and_all_identical_ones() -> None:
    (some, by_reference), (all_, exact) = _compared("datasketch"), _compared("exact")
    assert some < all_ and len(some) > len(all_) / 3
    assert {each for each in all_ if each[2] == IDENTICAL} <= some and by_reference.identical == exact.identical
    assert set(by_reference.joined) == {(0, 0, "datasketch"), (1, 1, "datasketch"), (0, 1, "datasketch")}
    assert not any(each.whole for each in by_reference.joined.values())  # so that no later audit takes them for all there are


def test_what_the_page_about_sketches_shows_is_true() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "sketches.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert block.count("assert") == 2
    exec(block, {})


def test_a_threshold_that_datasketch_does_not_take_is_refused() -> None:
    with pytest.raises(AuditorError, match=r"as high as 1\.0"):
        by_datasketch(_random(1, 3), None, 1.0)
