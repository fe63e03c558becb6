"""Norm-v1 and the hashes in plain Python, to be read, and to hold the fast kernels against."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from auditor.kernels.hashes import LANES, LENGTH, MASK, STEP, P, Q, token_hash
from auditor.kernels.unicode14 import ALONE, FORMAT, SEPARATOR, classes, fold


def tokens(text: str) -> list[str]:
    """The tokens of a text."""
    table = classes()
    found: list[str] = []
    open_token = False
    for character in fold(text):
        kind = table[ord(character)]
        if kind == FORMAT:
            continue
        if kind == SEPARATOR:
            open_token = False
        elif kind == ALONE or not open_token:
            found.append(character)
            open_token = kind != ALONE
        else:
            found[-1] += character
    return found


def characters(found: list[str]) -> str:
    """The tokens in order, one space between two neighbours neither of which is a code point written without spaces."""
    table = classes()
    line = ""
    for token in found:
        spaced = line and table[ord(line[-1])] != ALONE and table[ord(token[0])] != ALONE
        line += " " + token if spaced else token
    return line


def point_hash(point: int) -> int:
    """The item that a code point is in a `char` shingle."""
    state = point * P & MASK
    return state ^ state >> 32


def shingle_hash(items: list[int]) -> int:
    """The hash of a shingle: of its token hashes, or of its code points."""
    state = sum(item * pow(Q, len(items) - i, 1 << 64) for i, item in enumerate(items)) + len(items) * LENGTH & MASK
    state = (state ^ state >> 32) * P & MASK
    return max(state ^ state >> 29, 1)


def shingles(text: str, kind: str, length: int) -> set[int]:
    """The shingle hashes of a text."""
    found = tokens(text)
    items = [token_hash(token.encode()) for token in found] if kind == "word" else [point_hash(ord(c)) for c in characters(found)]
    if 0 < len(items) < length:
        return {shingle_hash(items)}
    return {shingle_hash(items[i : i + length]) for i in range(len(items) - length + 1)}


def fmix64(state: int) -> int:
    """The finaliser of MurmurHash3."""
    state = (state ^ state >> 33) * LANES[0] & MASK
    state = (state ^ state >> 33) * LANES[1] & MASK
    return state ^ state >> 33


def digest(words: list[int], length: int) -> tuple[int, ...]:
    """The digest of a record of this length."""
    sums = [length * LENGTH & MASK] * len(LANES)
    for place, word in enumerate(words):
        state = (word + place * STEP) * P & MASK
        state ^= state >> 32
        turned = [state * lane & MASK for lane in LANES]
        sums = [total + (each ^ each >> 32) & MASK for total, each in zip(sums, turned, strict=True)]
    return tuple(map(fmix64, sums))


def token_digest(text: str) -> tuple[int, ...]:
    """The digest of a text's tokens."""
    found = tokens(text)
    return digest([token_hash(token.encode()) for token in found], len(found))


def raw_digest(text: str) -> tuple[int, ...]:
    """The digest of a text as it stands."""
    data = text.encode()
    return digest([int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)], len(data))


def spans(text: str) -> list[tuple[int, int]]:
    """Where each of the tokens stands in the text: bytes of its UTF-8, from and up to."""
    table = classes()
    found: list[tuple[int, int]] = []
    open_token, start = False, 0
    for cluster in clusters(text):
        end = start + len(cluster.encode())
        for character in fold(cluster):
            kind = table[ord(character)]
            if kind == FORMAT:
                continue
            if kind == ALONE or (kind != SEPARATOR and not open_token):
                found.append((start, end))
            elif kind != SEPARATOR:
                found[-1] = found[-1][0], end
            open_token = kind not in (SEPARATOR, ALONE)
        start = end
    return found


def clusters(text: str) -> Iterator[str]:
    """The text in parts that can be folded one by one: what composes or changes places stays together."""
    part = ""
    for character in text:
        beginning = not unicodedata.combining(unicodedata.normalize("NFKD", character)[0])
        if part and beginning and fold(part + character) == fold(part) + fold(character):
            yield part
            part = ""
        part += character
    yield part
