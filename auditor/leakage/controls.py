"""Control records: pairs of known similarity that are planted among the records of a run, to measure what its joins find and invent.

A control pair shares a run of words and differs in the words around it. The words are letters out of SHAKE-128 over a seed that depends
on the data, so that no dataset can hold them. How similar a pair is, and so what must be reported of it, is told by sets of plain
strings. Wilson's interval: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from itertools import count as numbers

LETTERS = bytes(97 + byte % 26 for byte in range(256))
CYRILLIC = str.maketrans({97 + place: 0x430 + place for place in range(26)})
WIDE = str.maketrans({97 + place: 0xFF41 + place for place in range(26)})
HAN = 0x4E00
WORD = 8
"""Letters of a word."""
SHORTEST = 4
"""Characters that shingles must have at least, so that controls are like no other text."""

OFFSETS = (0.0, 0.02, 0.05, 0.1)
"""How far above the threshold near pairs are planted, as far as there is room."""

MISSES = (0.02, 0.05, 0.3)
"""How far below the threshold pairs are planted that must not be reported; the last of them share a template, say."""

CONTAINED = (1.0, 0.95, 0.9)
"""The parts of a short record that a long one holds, and one that is too small a part."""
CONTAINED_MISS = 0.85
CONTAINMENT, CONTAINED_TOKENS = 0.9, 8
"""What makes a contained pair, by norm-v1."""

CYCLE = 0.985
"""The similarity above which two records that differ at all would be long: those planted have equal shingles in other numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Two texts, the places of their splits, by what relation they must be reported (None: not at all), and their Jaccard similarity."""

    left: str
    right: str
    places: tuple[int, int]
    relation: str | None
    jaccard: float

    @property
    def across(self) -> bool:
        """Whether the pair stands in two splits."""
        return self.places[0] != self.places[1]


@lru_cache(maxsize=64)
def planted(seed: str, shingle: str, threshold: float, ends: tuple[tuple[int, int], ...], count: int) -> tuple[Control, ...]:
    """What `plant` gives, made once where it is asked for again: before the records are read, and when they are compared."""
    return tuple(plant(seed, shingle, threshold, ends, count))


def plant(seed: str, shingle: str, threshold: float, ends: Sequence[tuple[int, int]], count: int) -> Iterator[Control]:
    """Controls in the pairs of splits of these places (a split with itself is one), which take turns: between splits, and within them,
    `count` near pairs and others in proportion. None where shingles are so short that any two texts share many.
    """
    if shingle.startswith("char") and _length(shingle) < SHORTEST:
        return
    words = _words(seed)
    for across in (True, False):
        mine = [each for each in ends if (each[0] != each[1]) == across]
        pairs = enumerate(_pairs(words, shingle, threshold, across, count)) if mine else ()
        for number, (left, right) in pairs:
            yield _control(left, right, shingle, threshold, mine[number % len(mine)], number)


Words = list[str]


def _words(seed: str) -> Iterator[str]:
    """Words without end, always the same for a seed."""
    return chain.from_iterable(_block(seed, number) for number in numbers())


def _block(seed: str, number: int) -> Words:
    letters = hashlib.shake_128(f"{number} {seed}".encode()).digest(4096 * WORD).translate(LETTERS).decode("ascii")
    return [letters[place : place + WORD] for place in range(0, len(letters), WORD)]


def _pairs(words: Iterator[str], shingle: str, threshold: float, across: bool, count: int) -> Iterator[tuple[Words, Words]]:
    for number in range(count):
        yield _near(words, shingle, threshold + OFFSETS[number % len(OFFSETS)], number)
    for number in range(count // 4):
        yield _near(words, shingle, max(threshold - MISSES[number % len(MISSES)], 0), number)
    for number in range(count // 8):
        same = list(islice(words, 3 + number % 20))
        yield same, same
        some = list(islice(words, 16 + number % 8))
        yield some, sorted(some)
    for number in range(count // 2 if across else 0):
        yield _inside(words, shingle, threshold, CONTAINED[number % len(CONTAINED)], number)
        if number % 4 == 0:
            yield _inside(words, shingle, threshold, CONTAINED_MISS, number)


def _near(words: Iterator[str], shingle: str, similarity: float, number: int) -> tuple[Words, Words]:
    """Two records of about this Jaccard similarity, not below it."""
    unit, length = _unit(shingle, number), _length(shingle)
    if similarity > CYCLE:
        cycle = list(islice(words, length + 3))
        return cycle * 2, cycle * 3
    own = max(1, round((1 - similarity) * (16 + number % 9) / (1 if unit == 1 else 2)))
    shared = list(islice(words, _run(similarity / (1 - similarity) * own * unit, unit, length)))
    around = [list(islice(words, (own + (place + number) % 4) // 4)) for place in range(4)]
    return around[0] + shared + around[1], around[2] + shared + around[3]


def _inside(words: Iterator[str], shingle: str, threshold: float, part: float, number: int) -> tuple[Words, Words]:
    """A long record and a short one of whose shingles about this part is in the long one."""
    unit, length = _unit(shingle, number), _length(shingle)
    foreign = 1 + number % 2 if part < 1 else 0
    shared = list(islice(words, max(_run(part / (1 - part) * foreign * unit if foreign else 12, unit, length), CONTAINED_TOKENS)))
    before, after = (list(islice(words, math.ceil(len(shared) * (1 / threshold - 0.5) / 2) + 1)) for _ in range(2))
    return before + shared + after, shared + list(islice(words, foreign))


def _unit(shingle: str, number: int) -> int:
    """How many shingles a word makes."""
    return 1 if shingle.startswith("word") or _script(number, shingle) == "han" else WORD + 1


def _run(shingles: float, unit: int, length: int) -> int:
    """How many words it takes to make so many shingles of this length."""
    return math.ceil((round(shingles, 6) + length - (unit == 1)) / unit)


def _script(number: int, shingle: str) -> str:
    """The script of a pair; a few ideographs are shared by chance."""
    script = ("latin", "latin", "cyrillic", "han")[number % 4]
    return script if script != "han" or _length(shingle) >= 3 else "latin"


def _length(shingle: str) -> int:
    return int(shingle.partition(":")[2])


def _control(left: Words, right: Words, shingle: str, threshold: float, places: tuple[int, int], number: int) -> Control:
    script = _script(number, shingle)
    a, b = (_written(words, script) for words in (left, right))
    left_ones, right_ones = (_shingles(words, "" if script == "han" else " ", shingle) for words in (a, b))
    shared = len(left_ones & right_ones)
    jaccard, inside = shared / (len(left_ones) + len(right_ones) - shared), shared / len(right_ones)
    relation = None
    if a == b:
        relation = "identical"
    elif jaccard >= threshold:
        relation = "near"
    elif places[0] != places[1] and inside >= CONTAINMENT and len(b) >= CONTAINED_TOKENS:
        relation = "contained"
    return Control(left=" ".join(a), right=_disguised(b, number // 4), places=places, relation=relation, jaccard=jaccard)


def _written(words: Words, script: str) -> Words:
    if script == "han":
        return [chr(HAN + int(word[:4], 36) % 20_000) for word in words]
    return " ".join(words).translate(CYRILLIC).split(" ") if script == "cyrillic" else words


def _disguised(words: Words, number: int) -> str:
    """The words as another text that has the same tokens."""
    ways = (
        " ".join,
        lambda some: ", ".join(some).upper() + "!",
        lambda some: " \u2014 ".join(word[:1] + "\u200b\u00ad" + word[1:] for word in some),
        lambda some: "\t".join(word.capitalize() for word in some),
        lambda some: " ".join(some).translate(WIDE),
    )
    return ways[number % len(ways)](words)


def _shingles(words: Words, between: str, shingle: str) -> set[object]:
    items: Sequence[str] = between.join(words) if shingle.startswith("char") else words
    size = min(_length(shingle), len(items))
    runs = zip(*(items[place:] for place in range(size)), strict=False)  # of the same length, so the shortest ends them all
    return set(runs)
