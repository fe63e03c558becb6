"""The texts of the SPDX list as hashes of neighbouring words: with which of them a text shares its words, no text being kept.

The file `texts.index` is written by `python -m auditor.licenses.index_build`; its first line says from what.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, islice, pairwise
from pathlib import Path

FILE = Path(__file__).with_name("texts.index")

_WORD = re.compile(r"[^\W_]+")
_URL = re.compile(r"https?://[^\s<>\"']+")
_SPELLINGS = {"licence": "license", "licences": "licenses", "licenced": "licensed", "sublicence": "sublicense"}


def text_words(text: str) -> list[str]:
    """The words of a text as the index compares them: in lower case, without punctuation and addresses, `licence` as `license`."""
    return [_SPELLINGS.get(word, word) for word in _WORD.findall(_URL.sub(" ", text.casefold()))]


def bigrams(words: Sequence[str]) -> list[int]:
    """The hash (CRC-32 of the UTF-8 bytes) of each two neighbouring words, in order; one fewer than the words."""
    return [zlib.crc32(f"{a} {b}".encode("utf-8", "surrogatepass")) for a, b in pairwise(words)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One text: whose it is (several ids where their texts are identical), and how many different bigrams it has."""

    ids: tuple[str, ...]
    size: int


@dataclass(frozen=True, kw_only=True)
class TextIndex:
    """Every bigram of every text once, sorted, with the number of the set of texts that hold it."""

    source: dict[str, str]
    texts: tuple[Known, ...]
    hashes: Sequence[int]
    owners: Sequence[int]
    sets: tuple[tuple[int, ...], ...]

    @cached_property
    def sizes(self) -> Counter[int]:
        """How many bigrams have each set."""
        return Counter(self.owners)

    def found(self, hashes: Iterable[int]) -> list[int]:
        """The set number of each hash; -1 for a bigram of no text."""
        last = len(self.hashes)
        places = [(bisect_left(self.hashes, each), each) for each in hashes]
        return [self.owners[at] if at < last and self.hashes[at] == each else -1 for at, each in places]

    def hits(self, found: Iterable[int]) -> dict[int, int]:
        """How many of the given set numbers (one for each different bigram) are of each text that has any."""
        counted = [0] * len(self.texts)
        for number, times in Counter(found).items():
            if number >= 0:
                for text in self.sets[number]:
                    counted[text] += times
        return {text: count for text, count in enumerate(counted) if count}

    def shared(self, a: int, b: int) -> int:
        """How many bigrams two texts have in common."""
        return sum(self.sizes[number] for number, texts in enumerate(self.sets) if a in texts and b in texts)


@cache
def index() -> TextIndex:
    """The index that the package holds (read once: some tens of milliseconds)."""
    return decode(FILE.read_bytes())


def encode(source: dict[str, str], texts: Sequence[tuple[tuple[str, ...], Sequence[str]]]) -> bytes:
    """The file of an index of texts, each given as its ids and its words."""
    holders: dict[int, list[int]] = {}
    for number, (_, words) in enumerate(texts):
        for each in set(bigrams(words)):
            holders.setdefault(each, []).append(number)
    hashes = sorted(holders)
    sets = [each for each, _ in Counter(tuple(holders[each]) for each in hashes).most_common()]
    numbers = {each: number for number, each in enumerate(sets)}
    head = {"source": source, "texts": [[list(ids), len(set(bigrams(words)))] for ids, words in texts], "hashes": len(hashes)}
    parts = (
        array("I", [b - a for a, b in zip([0, *hashes], hashes, strict=False)]),
        array("I", [numbers[tuple(holders[each])] for each in hashes]),
        array("H", [value for each in sets for value in (len(each), *each)]),
    )
    return json.dumps(head, sort_keys=True).encode() + b"\n" + zlib.compress(b"".join(map(_little, parts)), 9)


def decode(data: bytes) -> TextIndex:
    """The index that a file holds."""
    first, _, packed = data.partition(b"\n")
    head, body = json.loads(first), zlib.decompress(packed)
    count = 4 * head["hashes"]
    deltas, owners, lists = _array("I", body[:count]), _array("I", body[count : 2 * count]), _array("H", body[2 * count :])
    values = iter(lists)
    sets = tuple(tuple(islice(values, length)) for length in values)
    texts = tuple(Known(ids=tuple(ids), size=size) for ids, size in head["texts"])
    return TextIndex(
        source=head["source"],
        texts=texts,
        hashes=array("Q", accumulate(deltas)),
        owners=owners,
        sets=sets,
    )


def _little(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _array(code: str, data: bytes) -> array[int]:
    values = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values
