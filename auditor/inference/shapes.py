"""Regular expressions from texts: runs of digits, of small and of capital letters, and the characters between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

MOST = 4
"""How many shapes a column has at most that is said to have shapes."""

_CLASSES = (("[0-9]", "0123456789"), ("[a-z]", "abcdefghijklmnopqrstuvwxyz"), ("[A-Z]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_CLASS = {character: name for name, characters in _CLASSES for character in characters}

_SPECIAL = re.compile(r"[][\\.^$*+?{}|()]")

Piece = tuple[str, str]
"""A run of one text: its class, or "" for other characters, and the run."""


def pattern(counted: Sequence[tuple[str, int]]) -> str | None:
    """An expression that all texts match from end to end, or None where they have no shape in common. `counted` are the different texts
    with how often each was seen.

    Texts have a shape in common if they fall into at most MOST sequences of classes, each of which holds a hundredth of the texts, and at
    least one holds a digit or a character that is no letter. Runs of one length keep it, others are of one or more; runs that are
    the same throughout are written out.
    """
    shapes: dict[tuple[str, ...], list[list[Piece]]] = {}
    weights: Counter[tuple[str, ...]] = Counter()
    for text, count in counted:
        if not text or not text.isascii() or not text.isprintable():
            return None
        pieces = _pieces(text)
        shape = tuple(kind or run for kind, run in pieces)
        weights[shape] += count
        shapes.setdefault(shape, []).append(pieces)
        if len(shapes) > MOST:
            return None
    total = weights.total()
    if not total or min(weights.values()) * 100 < total or all(shape in {("[a-z]",), ("[A-Z]",), ("[A-Z]", "[a-z]")} for shape in shapes):
        return None
    written = sorted({_written(texts) for texts in shapes.values()})
    return written[0] if len(written) == 1 else "|".join(written)


def _pieces(text: str) -> list[Piece]:
    return [(kind, "".join(run)) for kind, run in groupby(text, lambda character: _CLASS.get(character, ""))]


def _written(texts: Sequence[Sequence[Piece]]) -> str:
    return "".join(_run([pieces[place] for pieces in texts], len(texts)) for place in range(len(texts[0])))


def _run(runs: Iterable[Piece], many: int) -> str:
    found = list(runs)
    kind, first = found[0]
    if not kind or (many > 1 and kind != "[0-9]" and len({run for _, run in found}) == 1):
        return _SPECIAL.sub(r"\\\g<0>", first)
    lengths = {len(run) for _, run in found}
    if len(lengths) > 1:
        return f"{kind}+"
    (length,) = lengths
    return kind if length == 1 else f"{kind}{{{length}}}"
