"""Norm-v1, from texts to tokens, for many texts at once: folding text by text, the rest on arrays of code points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.unicode14 import ALONE, FORMAT, LETTER, classes, fold, unspaced

END = "\0"
"""Stands between texts; a NUL inside a text becomes another control character, which separates tokens just as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of some texts. `points` (uint32) and `kinds` (uint8: LETTER or ALONE) are their code points, one after the other;
    token i is points[starts[i]:ends[i]] (int64), and text j holds the tokens firsts[j] to firsts[j + 1] (int64, one more than texts).
    """

    points: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    firsts: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many tokens each text has."""
        return np.diff(self.firsts)


def tokenize(texts: Sequence[str]) -> Tokens:
    """The tokens of each text."""
    joined = END.join([fold(text.replace(END, "\1")) for text in texts])
    points, kinds = _classified(joined)
    before = np.concatenate([np.zeros(1, np.uint8), kinds[:-1]]) if len(kinds) else kinds
    after = np.concatenate([kinds[1:], np.zeros(1, np.uint8)]) if len(kinds) else kinds
    alone, letter = kinds == ALONE, kinds == LETTER
    starts = np.flatnonzero(alone | (letter & (before != LETTER)))
    ends = np.flatnonzero(alone | (letter & (after != LETTER))) + 1
    bounds = np.concatenate([[0], np.flatnonzero(points == 0), [len(points)]]) if len(texts) else np.zeros(1, np.int64)
    firsts = np.searchsorted(starts, bounds)
    inside = alone | letter
    place = np.cumsum(inside) - inside
    return Tokens(
        points=points[inside].astype(np.uint32, copy=False),
        kinds=kinds[inside],
        starts=place[starts],
        ends=place[ends - 1] + 1 if len(ends) else ends,
        firsts=firsts.astype(np.int64),
    )


def _classified(joined: str) -> tuple[NDArray[np.uint32] | NDArray[np.uint8], NDArray[np.uint8]]:
    """The code points of the text and their classes, without format characters."""
    if joined.isascii():
        letters = np.frombuffer(joined.encode("ascii"), np.uint8)
        return letters, classes()[:128][letters]
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
    kinds = classes()[points]
    kept = kinds != FORMAT
    return (points, kinds) if kept.all() else (points[kept], kinds[kept])


def count_tokens(texts: Sequence[str]) -> list[int]:
    """How many tokens each text has."""
    counts: list[int] = tokenize(texts).counts.tolist()
    return counts


def looks_like_text(value: str) -> bool:
    """Whether the value holds white space or a code point that is written without spaces between words."""
    return unspaced().search(value) is not None
