"""What norm-v1 knows of each code point, frozen at Unicode 14.0.0 whatever the Python that runs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEPARATOR, LETTER, ALONE, FORMAT = 0, 1, 2, 3
"""Classes: what ends a token; what makes one (L*, M*, N*, `_`); the same where each is a token of its own; what is dropped (Cf)."""

UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x3FFFF),
)  # fmt: skip
"""Ranges of code points that are written without spaces between words (list 3 of norm-v1)."""

TABLE = Path(__file__).with_name("unicode14.txt")
"""One range a line, hexadecimal: first, last, and L (letter), F (format) or U (unassigned); tests hold it against unicodedata 14.0.0."""

FROZEN = unicodedata.unidata_version == "14.0.0"
"""Whether this Python's own tables are the frozen ones."""


@cache
def classes() -> NDArray[np.uint8]:
    """The class of every code point: uint8 of length 0x110000."""
    import numpy as np

    table = np.zeros(0x110000, np.uint8)
    for first, last, kind in _ranges():
        if kind != "U":
            table[first : last + 1] = LETTER if kind == "L" else FORMAT
    for first, last in UNSPACED:
        part = table[first : last + 1]
        part[part == LETTER] = ALONE
    table.flags.writeable = False
    return table


def _ranges() -> list[tuple[int, int, str]]:
    lines = (line.split() for line in TABLE.read_text(encoding="ascii").splitlines())
    return [(int(first, 16), int(last, 16), kind) for first, last, kind in lines]


@cache
def unassigned_points() -> frozenset[int]:
    """The code points that Unicode 14.0.0 does not assign."""
    return frozenset(point for first, last, kind in _ranges() if kind == "U" for point in range(first, last + 1))


@cache
def _unassigned() -> re.Pattern[str]:
    """Runs of code points that Unicode 14.0.0 does not assign."""
    inside = "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last, kind in _ranges() if kind == "U")
    return re.compile(f"([{inside}]+)")


def fold(text: str) -> str:
    """NFKC, then casefold, by Unicode 14.0.0: a code point unassigned there is left alone and composes with nothing."""
    if text.isascii():
        return text.lower()
    if FROZEN:
        return unicodedata.normalize("NFKC", text).casefold()
    pieces = _unassigned().split(text)
    pieces[::2] = [unicodedata.normalize("NFKC", piece).casefold() for piece in pieces[::2]]
    return "".join(pieces)
