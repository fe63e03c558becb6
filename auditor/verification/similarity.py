"""The relation of two records by norm-v1, written from its definition in plain Python; it shares no code with the search for pairs.

The steps have the numbers of the definition. Only the table of Unicode 14.0.0 is shared: which code points are letters, marks or
numbers (L), which are format characters (F), and which are not assigned (U).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import auditor

TABLE = Path(auditor.__file__).parent / "kernels" / "unicode14.txt"
ALONE = (
    *(slice(0x0E00, 0x0F00), slice(0x1000, 0x10A0), slice(0x1780, 0x1800), slice(0x3005, 0x3008), slice(0x3040, 0x3100)),
    *(slice(0x31F0, 0x3200), slice(0x3400, 0x4DC0), slice(0x4E00, 0xA000), slice(0xF900, 0xFB00), slice(0xFF66, 0xFFA0)),
    slice(0x20000, 0x40000),
)
"""Code points that are written without spaces between words (the list of step 3)."""
CONTAINED, CONTAINED_TOKENS = 0.9, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A record: its raw text, its tokens and its set of shingles."""

    raw: str
    tokens: tuple[str, ...]
    shingles: frozenset[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """What there is to say of a left and a right record; `relation` is None where they are no pair."""

    relation: str | None
    jaccard: float
    containment_left: float
    containment_right: float
    raw_identical: bool


@cache
def _kinds() -> bytes:
    """Of each code point L, F or U; A for a letter that is a token of its own; S for everything else, which separates."""
    kinds = bytearray(b"S" * 0x110000)
    for line in TABLE.read_text(encoding="ascii").splitlines():
        first, last, kind = line.split()
        some = slice(int(first, 16), int(last, 16) + 1)
        kinds[some] = kind.encode() * (some.stop - some.start)
    for some in ALONE:
        kinds[some] = kinds[some].replace(b"L", b"A")
    return bytes(kinds)


def _kind(character: str) -> str:
    return chr(_kinds()[ord(character)])


def normalised(text: str) -> str:
    """Step 2: NFKC, casefold, without format characters; what Unicode 14.0.0 does not assign is left as it is."""
    folded = ""
    for unassigned, characters in groupby(text, lambda character: _kind(character) == "U"):
        run = "".join(characters)
        folded += run if unassigned else unicodedata.normalize("NFKC", run).casefold()
    return "".join(character for character in folded if _kind(character) != "F")


def tokens(text: str) -> tuple[str, ...]:
    """Step 3."""
    found: list[str] = []
    for kind, characters in groupby(normalised(text), _kind):
        if kind == "L":
            found.append("".join(characters))
        elif kind == "A":
            found += characters
    return tuple(found)


def shingles(found: tuple[str, ...], shingle: str) -> frozenset[object]:
    """Step 4: of `word:N` or `char:N`; none where there is no token."""
    kind, _, length = shingle.partition(":")
    line = ""
    for token in found if kind == "char" else ():
        spaced = line and _kind(line[-1]) != "A" and _kind(token[0]) != "A"
        line += f" {token}" if spaced else token
    items = line if kind == "char" else found
    size = min(int(length), len(items))
    return frozenset(items[place : place + size] for place in range(len(items) - size + 1 if size else 0))


def text(raw: str, shingle: str) -> Text:
    """A record of this raw text."""
    found = tokens(raw)
    return Text(raw=raw, tokens=found, shingles=shingles(found, shingle))


def similarity(left: Text, right: Text, threshold: float, across: bool) -> Similarity:
    """Step 5; `across`: the records are of different splits."""
    shared, together = len(left.shingles & right.shingles), len(left.shingles | right.shingles)
    jaccard, in_right, in_left = (shared / count if count else 0.0 for count in (together, len(left.shingles), len(right.shingles)))
    relation = None
    if left.tokens and left.tokens == right.tokens:
        relation = "identical"
    elif together and jaccard >= threshold:
        relation = "near"
    elif across and in_left >= CONTAINED and len(right.tokens) >= CONTAINED_TOKENS:
        relation = "contained"
    return Similarity(
        relation=relation, jaccard=jaccard, containment_left=in_right, containment_right=in_left, raw_identical=left.raw == right.raw
    )
