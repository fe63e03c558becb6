"""The image of each code point under norm-v1 (folded, without format characters), as tables for machine code.

casefold(NFKC(text)) is the images of its code points, one after the other, except where code points compose or change places. That
can only be where the second of a composition follows the first of one, where combining classes fall, or where an image holds a mark
(HARD); a text in which it may be is folded by Python.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from auditor.kernels.unicode14 import ALONE, FORMAT, SEPARATOR, classes, fold, unassigned_points

SAME, SHIFTED, MANY, HARD = 0, 1, 2, 3
"""What the image of a code point is: itself; another one at a distance; a sequence in UNITS; not known without its neighbours."""

OWN, KIND, FIRST, SECOND, COMBINING, PLACE = 2, 4, 6, 7, 8, 14
"""The bits of an entry. From 0: class of the image; then the code point's own class; what the image is; whether any of its parts may be
the first of a composition, and itself is the second of one; rank of its combining class; distance - NEAREST, or place in UNITS.
"""

WIDTH = 7
"""Bits of a code point that find an entry in its page; the others find the page."""

NEAREST, FARTHEST = -(1 << 17), (1 << 17) - 1
"""Distances for which there is room."""

INSIDE, APART, ELSE, RANK, BYTES = 5, 14, 15, 24, 0x3F3F1F
"""The bits of an entry of the other table, for code points of two or three bytes whose image has as many: a one for each byte in a token;
whether it is one; whether it is not that simple; the rank of the combining class; the bits of its BYTES, first one lowest, that change.
"""


def _compositions() -> tuple[set[int], set[int]]:
    """The code points that may be first and those that may be second when two compose."""
    absent = unassigned_points()
    firsts, seconds = set(range(0x1100, 0x1113)), {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    firsts.update(range(0xAC00, 0xD7A4, 28))
    for c in range(0x110000):
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and parts[0][0] != "<" and c not in absent and unicodedata.normalize("NFC", chr(c)) == chr(c):
            firsts.add(int(parts[0], 16))
            seconds.add(int(parts[1], 16))
    return firsts, seconds


def _image(c: int, units: list[int]) -> tuple[int, int, int]:
    """Class, kind and place of an image that does not depend on neighbours; a sequence is appended to the units."""
    kinds = classes()
    image = [ord(each) for each in fold(chr(c)) if kinds[ord(each)] != FORMAT]
    if all(kinds[each] == SEPARATOR for each in image):
        return (SEPARATOR if image else FORMAT), SAME, 0
    if len(image) == 1 and NEAREST <= image[0] - c <= FARTHEST:
        return int(kinds[image[0]]), SAME if image[0] == c else SHIFTED, image[0] - c - NEAREST
    units += [len(image), *(each * 4 + int(kinds[each]) for each in image)]
    return 0, MANY, len(units) - len(image) - 1


def _entries() -> tuple[list[int], list[int]]:
    """An entry for each code point, and the sequences: each the number of its code points, then these times four plus their class."""
    (firsts, seconds), absent, kinds = _compositions(), unassigned_points(), classes()
    ranks = {each: rank for rank, each in enumerate(sorted({unicodedata.combining(chr(c)) for c in range(0x110000) if c not in absent}))}
    entries, units = [0] * 0x110000, list[int]()
    for c in range(0x110000):
        if c in absent or 0xD800 <= c < 0xE000:
            continue
        normal = unicodedata.normalize("NFKC", chr(c))
        hard = normal != chr(c) and any(unicodedata.combining(each) or ord(each) in seconds for each in normal)
        of_image, kind, place = (0, HARD, 0) if hard else _image(c, units)
        parts = unicodedata.normalize("NFKD", chr(c))
        flags = any(ord(each) in firsts for each in parts) << FIRST | (c in seconds) << SECOND | int(kinds[c]) << OWN
        entries[c] = of_image | kind << KIND | flags | ranks[unicodedata.combining(chr(c))] << COMBINING | place << PLACE
    return entries, units


def _in_place(c: int, entry: int) -> int:
    """The entry in the other table of a code point with such an entry."""
    kind, of_image = entry >> KIND & 3, entry & 3
    if c in range(0xD800, 0xE000) or kind in (MANY, HARD) or of_image == FORMAT or entry >> SECOND & 1:
        return 1 << ELSE
    own, image = (chr(each).encode() for each in (c, c + (entry >> PLACE) + NEAREST if kind == SHIFTED else c))
    if len(own) not in (2, 3) or len(image) != len(own):
        return 1 << ELSE
    inside = 0 if of_image == SEPARATOR else (1 << len(own)) - 1
    flags = inside << INSIDE | (of_image == ALONE) << APART | (entry >> COMBINING & 63) << RANK
    return flags | int.from_bytes(own, "little") ^ int.from_bytes(image, "little")


def _pages(entries: list[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]]]:
    """The entries in pages, equal ones once: where the page of a code point begins, and the pages."""
    known: dict[tuple[tuple[int, int], ...], int] = {}
    size = 1 << WIDTH
    starts = []
    for first in range(0, len(entries), size):
        page = tuple(entries[first : first + size])
        starts.append(known.setdefault(page, len(known) * size))
    return starts, [each for page in known for each in page]


_ALL, _SEQUENCES = _entries()
_STARTS, _PAGES = _pages([(entry, _in_place(c, entry)) for c, entry in enumerate(_ALL)])
STARTS, UNITS = np.array(_STARTS, np.int32), np.array(_SEQUENCES, np.int32)
ENTRIES, IN_PLACE = (np.array(each, np.uint32) for each in zip(*_PAGES, strict=True))
