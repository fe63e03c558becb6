"""Norm-v1, from texts to tokens, for many texts at once: folding text by text, the rest on arrays of code points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64
from auditor.kernels.texts import Texts
from auditor.kernels.unicode14 import ALONE, FORMAT, LETTER, classes, fold

POINTS = NDArray[np.uint8] | NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of some texts. `points` (uint8 or uint32) and `kinds` (uint8: LETTER or ALONE) are their code points, one after the
    other; token i is points[starts[i]:ends[i]] (int64), and text j holds the tokens firsts[j] to firsts[j + 1] (int64, one more than
    texts).
    """

    points: POINTS
    kinds: NDArray[np.uint8]
    starts: I64
    ends: I64
    firsts: I64

    @property
    def counts(self) -> I64:
        """How many tokens each text has."""
        counts: I64 = np.diff(self.firsts)
        return counts


def tokenize(texts: Texts) -> Tokens:
    """The tokens of each text."""
    points, kinds, bounds = _classified(texts)
    inside, letter, alone = kinds != 0, kinds == LETTER, kinds == ALONE
    first, last = np.ones(len(points) + 1, np.bool_), np.ones(len(points) + 1, np.bool_)
    first[1:-1] = ~letter[:-1]
    last[: len(points) - 1] = ~letter[1:]
    first[bounds] = True
    last[bounds[bounds > 0] - 1] = True
    starts = np.flatnonzero(alone | (letter & first[:-1]))
    ends = np.flatnonzero(alone | (letter & last[:-1])) + 1
    firsts = np.searchsorted(starts, bounds)
    place = np.cumsum(inside) - inside
    return Tokens(
        points=points[inside],
        kinds=kinds[inside],
        starts=place[starts],
        ends=place[ends - 1] + 1,
        firsts=firsts.astype(np.int64),
    )


def _classified(texts: Texts) -> tuple[POINTS, NDArray[np.uint8], I64]:
    """The code points of the folded texts without format characters, their classes, and where each text begins (one more than texts)."""
    data = texts.bytes()
    if data.isascii():
        letters = np.frombuffer(data.lower(), np.uint8)
        return letters, classes()[:128][letters], texts.offsets - texts.offsets[0]
    folded = [fold(text) for text in texts.strings()]
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in folded], out=bounds[1:])
    points = np.frombuffer("".join(folded).encode("utf-32-le"), np.dtype("<u4"))
    kinds = classes()[points]
    kept = kinds != FORMAT
    if kept.all():
        return points, kinds, bounds
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return points[kept], kinds[kept], before[bounds]
