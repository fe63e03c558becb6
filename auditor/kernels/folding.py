"""Many texts folded at once (NFKC, then casefold): code point by code point where that gives the same, else text by text."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64
from auditor.kernels.texts import Texts
from auditor.kernels.unicode14 import FORMAT, classes, fold

GAP = b"\n"
"""What is put before, between and behind texts: it is in no token, and nothing composes with it."""

DROPPED = 0xFF
"""A byte that UTF-8 does not have."""

UNKNOWN, SIMPLE, HARD = 0, 1, 2
"""Code points: not looked at so far; with an image of their own, wherever they stand; with none, or with a longer one."""

JAMO = range(0x1160, 0x1200)
"""Vowels and finals of Hangul, which compose though they are no marks."""


def folded(texts: Texts) -> tuple[bytes, I64]:
    """The folded texts in UTF-8 without format characters, each behind a GAP and a last one behind them all; where they begin, and where
    the next one would.
    """
    edges, data = (texts.offsets - texts.offsets[0]).tolist(), texts.bytes()
    apart = GAP.join([b"", *[data[a:b] for a, b in pairwise(edges)], b""])
    bounds = np.cumsum(np.append(0, texts.sizes) + len(GAP))
    if data.isascii():
        return apart.lower(), bounds
    images, places, hard = _imaged(apart, bounds)
    sizes, parts, done = np.diff(places), list[bytes](), 0
    for place in hard.tolist():
        image = _whole(data[edges[place] : edges[place + 1]].decode())
        parts += [images[done : places[place]], image]
        sizes[place], done = len(image) + len(GAP), places[place + 1] - len(GAP)
    return b"".join([*parts, images[done:]]), np.cumsum(np.append(len(GAP), sizes))


def _whole(text: str) -> bytes:
    """A folded text without format characters."""
    points = np.frombuffer(fold(text).encode("utf-32-le"), np.dtype("<u4"))
    kept: bytes = points[classes()[points] != FORMAT].tobytes()
    return kept.decode("utf-32-le").encode()


def _imaged(data: bytes, bounds: I64) -> tuple[bytes, I64, I64]:
    """The texts with each code point's image in its place, where they begin then, and which ones are not folded that way."""
    raw = np.frombuffer(bytearray(data.lower()), np.uint8)
    points, widths, high = wide(data)
    kinds, table = _known(points)
    parts = table[points][np.arange(4) < widths[:, None]]
    raw[high] = parts
    dropped = high[parts == DROPPED]
    hard = high[(np.cumsum(widths) - widths)[kinds[points] == HARD]]
    texts = np.unique(np.searchsorted(bounds, hard, side="right") - 1)
    images = raw.tobytes()
    return images.translate(None, bytes([DROPPED])) if len(dropped) else images, bounds - np.searchsorted(dropped, bounds), texts


def wide(data: bytes) -> tuple[NDArray[np.uint32], I64, I64]:
    """The code points of a text in UTF-8 that are not ASCII, how many bytes each has, and the places of these bytes."""
    raw = np.frombuffer(data, np.uint8)
    high = np.flatnonzero(raw >= 0x80)
    points = np.frombuffer(raw[high].tobytes().decode().encode("utf-32-le"), np.dtype("<u4"))
    return points, 2 + (points >= 0x800).astype(np.int64) + (points >= 0x10000), high


def _known(points: NDArray[np.uint32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What each code point is, those of `points` at least, and its image in UTF-8 (4 bytes, the rest DROPPED); itself where it is hard."""
    kinds, images = _tables()
    for point in np.unique(points[kinds[points] == UNKNOWN]).tolist():
        kind, image = _look(point)
        images[point] = np.frombuffer(image.ljust(4, bytes([DROPPED])), np.uint8)
        kinds[point] = kind  # last: another thread that sees it uses the image
    return kinds, images


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return np.zeros(0x110000, np.uint8), np.zeros((0x110000, 4), np.uint8)


def _look(point: int) -> tuple[int, bytes]:
    """What a code point is, and its image, or itself.

    Normal forms of neighbours are put side by side where none of their code points is a mark or a jamo: only those change places with
    what is before them, or compose with it.
    """
    text = chr(point)
    normal = unicodedata.normalize("NFKC", text)
    image = "".join(each for each in fold(text) if classes()[ord(each)] != FORMAT).encode()
    moves = any(unicodedata.category(each)[0] == "M" or ord(each) in JAMO for each in normal)
    return (HARD, text.encode()) if moves or len(image) > len(text.encode()) else (SIMPLE, image)
