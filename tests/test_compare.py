"""Texts in memory compared, and mapped files that give their pages back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.doors import pages
from auditor.kernels import reference
from auditor.kernels.compare import among, between
from auditor.kernels.pairing import CONTAINED, IDENTICAL, NEAR, Listed
from auditor.kernels.texts import of_strings
from auditor.partials import mapped

WORDS = [f"w{n}" for n in range(40)]


def drawn(seed: int, count: int) -> list[str]:
    """Texts of three kinds that differ in a few words, some of them equal, some empty, some within longer ones."""
    draw = np.random.default_rng(seed)
    bases = [draw.choice(WORDS, 14).tolist() for _ in range(3)]
    found = []
    for _ in range(count):
        words = list(bases[draw.integers(3)])
        words[draw.integers(14)] = str(draw.choice(WORDS))
        if draw.integers(3) == 0:
            words = [*draw.choice(WORDS, 12).tolist(), *words]
        found.append("" if draw.integers(9) == 0 else " ".join(words))
    return found


def related(one: str, other: str, across: bool) -> tuple[int, int] | None:
    """The relation of two texts and how many shingles they share, None where they make no pair."""
    a, b = (reference.shingles(text, "word", 2) for text in (one, other))
    if not a or not b:
        return None
    shared = len(a & b)
    if reference.tokens(one) == reference.tokens(other):
        return IDENTICAL, shared
    if shared / len(a | b) >= 0.6:
        return NEAR, shared
    contained = across and shared / len(b) >= 0.9 and len(reference.tokens(other)) >= 8
    return (CONTAINED, shared) if contained else None


def rows(found: Listed) -> list[tuple[int, int, int, int]]:
    return list(zip(found.left.tolist(), found.right.tolist(), found.relation.tolist(), found.overlap.tolist(), strict=True))


@pytest.mark.parametrize("seed", [0, 1, 3])
@pytest.mark.parametrize("machine", [False, True])
def test_texts_in_memory(seed: int, machine: bool, compiled: Callable[[], AbstractContextManager[None]]) -> None:
    left, right = drawn(seed, 30), drawn(seed, 20)
    ends = ((i, j, related(a, b, across=True)) for (i, a), (j, b) in product(enumerate(left), enumerate(right)))
    across = [(i, j, *kind) for i, j, kind in ends if kind is not None]
    inner = ((i, j, related(a, b, across=False)) for (i, a), (j, b) in combinations(enumerate(left), 2))
    inside = [(i, j, *kind) for i, j, kind in inner if kind is not None]
    with compiled() if machine else nullcontext():
        assert rows(between(of_strings(left), of_strings(right), "word:2", 0.6)) == across
        assert rows(among(of_strings(left), "word:2", 0.6)) == inside
        assert set(rows(among(of_strings(left), "word:2", 0.6, join="lsh"))) <= set(inside)
    assert {kind for *_, kind, _ in across} == {IDENTICAL, NEAR, CONTAINED}


def test_pages_that_were_given_back_are_read_again(tmp_path: Path) -> None:
    table = pa.table({"number": np.arange(300_000)})
    with pa.ipc.new_file(str(tmp_path / "numbers.arrow"), table.schema) as writer:
        writer.write_table(table)
    seen = mapped(tmp_path / "numbers.arrow")
    column = np.frombuffer(seen["number"].chunk(0).buffers()[1], np.int64)
    for _ in range(3):
        assert int(column.sum()) == 300_000 * 299_999 // 2
        pages.looked_at(pages.MANY)
    assert seen.equals(table)
