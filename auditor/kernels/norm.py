"""Norm-v1, from texts to tokens, for many texts at once: on arrays of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.folding import folded, wide
from auditor.kernels.sets import I64
from auditor.kernels.texts import Texts
from auditor.kernels.unicode14 import ALONE, LETTER, classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """The tokens of some texts in UTF-8: token i is data[starts[i]:ends[i]], and text j holds those from firsts[j] to firsts[j + 1]
    (all int64, `firsts` one more than texts).
    """

    data: bytes
    starts: I64
    ends: I64
    firsts: I64

    @property
    def counts(self) -> I64:
        """How many tokens each text has."""
        counts: I64 = np.diff(self.firsts)
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens of some texts as code points: token i is points[starts[i]:ends[i]] (uint32; int64), with something between it and the
    next that is in no token, or nothing; text j holds those from firsts[j] to firsts[j + 1] (int64, one more than texts).
    """

    points: NDArray[np.uint32]
    starts: I64
    ends: I64
    firsts: I64

    @property
    def counts(self) -> I64:
        """How many tokens each text has."""
        counts: I64 = np.diff(self.firsts)
        return counts


def tokenize(texts: Texts) -> Tokens:
    """The tokens of each text as code points."""
    return decoded(spelled(texts))


def decoded(tokens: Spelled) -> Tokens:
    """The same tokens as code points."""
    begun = np.frombuffer(tokens.data, np.int8) >= -64  # bytes that go on lie below
    place = np.append(0, np.cumsum(begun))
    points = np.frombuffer(tokens.data.decode().encode("utf-32-le"), np.dtype("<u4"))
    return Tokens(points=points, starts=place[tokens.starts], ends=place[tokens.ends], firsts=tokens.firsts)


def spelled(texts: Texts) -> Spelled:
    """The tokens of each text in UTF-8."""
    data, bounds = folded(texts)
    raw = data.translate(_letters())
    starts, ends = _runs(np.frombuffer(raw, np.uint8)) if data.isascii() else _mixed(data, np.frombuffer(bytearray(raw), np.uint8))
    return Spelled(data=data, starts=starts, ends=ends, firsts=np.searchsorted(starts, bounds))


@cache
def _letters() -> bytes:
    """By an ASCII byte, whether it is in tokens; of other bytes nothing."""
    return bytes(classes()[:0x80]).ljust(0x100, bytes(1))


def _runs(letters: NDArray[np.uint8]) -> tuple[I64, I64]:
    """Where runs of ones begin and end; the first number and the last are 0."""
    turns = np.flatnonzero((letters[1:] ^ letters[:-1]).view(np.bool_)) + 1
    return turns[::2], turns[1::2]


def _mixed(data: bytes, letters: NDArray[np.uint8]) -> tuple[I64, I64]:
    """Where the tokens of folded text begin and end that is not all ASCII; `letters` says which ASCII bytes are in tokens."""
    points, widths, high = wide(data)
    kinds = classes()[points]
    letters[high] = np.repeat(kinds == LETTER, widths)
    starts, ends = _runs(letters)
    alone = kinds == ALONE
    if alone.any():
        places, sizes = high[(np.cumsum(widths) - widths)[alone]], widths[alone]
        starts, ends = np.sort(np.append(starts, places), kind="stable"), np.sort(np.append(ends, places + sizes), kind="stable")
    return starts, ends
