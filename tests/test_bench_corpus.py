"""The corpus that speed and recall are measured on: its pieces, its plants, and its exact truth against brute force."""

from __future__ import annotations

import random
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels import reference

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))
import corpus
import judge
import leakage
import packages
import truth

WORDS = [f"word{number}" for number in range(30)]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS[:4]), max_size=14).map(" ".join), max_size=12)
UNICODE_14 = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the truth is told by Python 3.11")


def test_pieces_cover_the_text_in_order_and_keep_their_lengths() -> None:
    text = " ".join(f"w{number}" for number in range(20_000))
    cut = list(corpus.pieces(text, random.Random(3)))
    assert text.startswith(" ".join(cut))
    assert all(corpus.SHORTEST // 2 <= len(piece) <= corpus.LONGEST for piece in cut)
    assert cut == list(corpus.pieces(text, random.Random(3)))
    assert 900 < sum(map(len, cut)) / len(cut) < 1500


def test_text_without_white_space_is_cut_too() -> None:
    assert "".join(corpus.pieces("語" * 9000, random.Random(1))) == "語" * 9000


def test_edits() -> None:
    text = " ".join(f"a{number}" for number in range(200))
    assert corpus.edited(text, 0, WORDS, random.Random(1)) == text
    kept = set(corpus.edited(text, 0.1, WORDS, random.Random(1)).split()) & set(text.split())
    assert 180 <= len(kept) < 200
    assert corpus.edited("one", 0.01, ["two"], random.Random(0)) in ("two", "", "two one")


def test_a_zero_width_space_in_every_word_changes_no_token() -> None:
    changed = corpus.zero_width("Every word of two, a or more")
    assert changed.count(corpus.ZERO_WIDTH) == 6
    assert reference.tokens(changed) == reference.tokens("Every word of two, a or more")


def test_homoglyphs_change_tokens() -> None:
    changed = corpus.copied("homoglyphs", "a copy", [], random.Random(1))
    assert changed != "a copy"
    assert not set(reference.tokens(changed)) & {"a", "copy"}


def test_plants_are_where_they_are_said_to_be() -> None:
    chance = random.Random(5)
    drawn = [" ".join(f"{number}x{chance.randrange(10**6)}" for _ in range(60)) for number in range(389)]
    train, test, plants = corpus.planted(drawn, 20, random.Random(1))
    assert (len(train), len(test), len(plants)) == (380, 20, 13)
    assert sorted(plant.kind for plant in plants) == sorted(corpus.KINDS)
    assert len({plant.test_row for plant in plants}) == len({plant.train_row for plant in plants}) == 13
    by_kind = {plant.kind: (train[plant.train_row], test[plant.test_row]) for plant in plants}
    left, right = by_kind["edited 0 %"]
    assert left == right
    left, right = by_kind["embedded"]
    assert right in left
    assert right != left
    left, right = by_kind["truncated"]
    assert left.startswith(right)
    assert len(right) < len(left)
    left, right = by_kind["zero-width"]
    assert right.replace(corpus.ZERO_WIDTH, "") == left


def test_markup_is_dropped() -> None:
    page = "<html><script>var a = '<b>';</script><p>One &amp; <b>two</b></p>\n\n\n<!-- no -->three</html>"
    assert packages.plain(page) == "One & two\n\nthree"


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    package = packages.PACKAGES[0]
    (tmp_path / package.file).write_bytes(b"something else")
    with pytest.raises(packages.MissingPackageError, match="is not the file that was measured"):
        packages.fetched(package, tmp_path)


@UNICODE_14
@given(st.text(max_size=40))
def test_the_truth_cuts_tokens_as_the_reference_does(text: str) -> None:
    assert NORM(text) == reference.tokens(text)


NORM = truth.norm_v1() if sys.version_info[:2] == (3, 11) else truth.words


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_the_truth_is_what_brute_force_finds(train: list[str], test: list[str]) -> None:
    found = {
        (row["left_split"], row["left_row"], row["right_split"], row["right_row"]): (row["overlap"], row["identical"])
        for row in truth.table(train, test, truth.words).to_pylist()
    }
    documents = [(split, row, text.split()) for split, texts in (("train", train), ("test", test)) for row, text in enumerate(texts)]
    there = {}
    for (left, left_row, a), (right, right_row, b) in combinations(documents, 2):
        first, second = (
            {tuple(words[place : place + 5]) for place in range(max(len(words) - 4, 1))} if words else set() for words in (a, b)
        )
        overlap, union = len(first & second), len(first | second)
        contained = left != right and len(b) >= 8 and overlap >= 0.9 * len(second)
        if first and second and (2 * overlap >= union or contained):
            there[left, left_row, right, right_row] = (overlap, a == b)
    assert found == there


def test_what_was_found_is_judged(tmp_path: Path) -> None:
    rows = [
        ("train", 0, "test", 1, 0.9, 1.0),
        ("train", 1, "test", 0, 0.6, 0.95),
        ("train", 0, "train", 1, 0.8, 0.9),
        ("train", 1, "test", 1, 0.6, 0.2),
    ]
    names = ["left_split", "left_row", "right_split", "right_row", "jaccard", "containment_right"]
    pq.write_table(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))), tmp_path / "truth.parquet")
    there = judge.truth(tmp_path / "truth.parquet", 2, 0.8)
    assert there.cross.tolist() == [3]
    assert there.every.tolist() == [1, 3]
    assert there.contained.tolist() == [1 << 32 | 2]
    np.array([[3, 0], [0, 3], [2, 1]], np.int64).tofile(tmp_path / "found")
    judged = judge.judged(judge.pairs(tmp_path / "found"), there.every)
    assert (judged.recall, judged.precision, judged.there) == (0.5, 0.5, 2)
    assert str(judge.Judged(recall=0.99999, precision=1, there=9)) == "0.999 / 1.000"


def test_clusters_above_the_cap_need_not_be_listed_whole() -> None:
    star = np.array([5 << 32 | other for other in range(6, 6 + judge.CAP)], np.int64)
    chain = np.array([number << 32 | number + 1 for number in range(1000, 1000 + judge.CAP - 1)], np.int64)
    near = np.concatenate([star, chain])
    assert judge.clustered(near).tolist() == list(range(5, 6 + judge.CAP))
    inside = np.sort(np.append(near, 6 << 32 | 7))
    assert judge.judged(near, inside, near).recall == 1
    assert judge.judged(star, inside, near).recall == judge.CAP / (2 * judge.CAP - 1)
    assert judge.judged(chain, inside, near).recall == 1
    assert judge.clustered(np.zeros(0, np.int64)).tolist() == []


def test_the_measured_part_of_the_results_is_replaced() -> None:
    first = leakage.replaced("# What was measured\n\nbefore\n", "one")
    assert leakage.replaced(first, "two") == first.replace("one", "two")
    assert first.startswith("# What was measured\n\nbefore\n\n")
    assert leakage.replaced(first + "after\n", "two").endswith("after\n")
