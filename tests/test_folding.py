"""Many texts folded at once are each of them folded by itself, without format characters."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernels.folding import GAP, folded
from auditor.kernels.texts import of_strings
from auditor.kernels.unicode14 import FORMAT, classes, fold


def alone(text: str) -> str:
    return "".join(each for each in fold(text) if classes()[ord(each)] != FORMAT)


def together(texts: list[str]) -> list[str]:
    data, bounds = folded(of_strings(texts))
    assert data[: len(GAP)] == GAP
    assert all(data[b - len(GAP) : b] == GAP for b in bounds.tolist())
    return [data[a : b - len(GAP)].decode() for a, b in pairwise(bounds.tolist())]


TRICKY = "a\u0301\u00ad\u1100\u1161\u11a8\u314f\uff76\uff9e\ufb01\u00df\u0130"
"""Marks, jamo, ligatures and others that compose, change places, vanish, or become longer or shorter."""


@given(st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from(TRICKY))))
@settings(max_examples=300, deadline=None)
def test_folded_together_is_folded_alone(texts: list[str]) -> None:
    assert together(texts) == list(map(alone, texts))


def test_every_code_point_behind_and_before_others() -> None:
    points = [point for point in range(0x20000) if not 0xD800 <= point < 0xE000 and not 0x4E00 <= point < 0xD700]
    texts = ["".join(f"e{chr(point)}\uac00{chr(point)}\u1100" for point in points[k : k + 16]) for k in range(0, len(points), 16)]
    assert together(texts) == list(map(alone, texts))
