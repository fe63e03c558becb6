"""Norm-v1 and the shingle hashes in plain Python, to be read, and to hold the fast kernels against."""

from __future__ import annotations

import hashlib

from auditor.kernels.shingles import LENGTH, LONG, SPACE, P, Q
from auditor.kernels.unicode14 import ALONE, FORMAT, SEPARATOR, classes, fold

_MASK = (1 << 64) - 1


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
        line += chr(SPACE) + token if spaced else token
    return line


def fmix64(value: int) -> int:
    """The finaliser of MurmurHash3."""
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33


def token_hash(token: str) -> int:
    """The 64-bit hash of a token."""
    if len(token) > LONG:
        return int.from_bytes(hashlib.blake2b(token.encode("utf-32-le", "surrogatepass"), digest_size=8).digest(), "little")
    return fmix64((sum(ord(c) * pow(P, i, 1 << 64) for i, c in enumerate(token)) + len(token) * LENGTH) & _MASK)


def shingle_hash(items: list[int]) -> int:
    """The 64-bit hash of a shingle: of its token hashes, or of its code points."""
    return fmix64((sum(item * pow(Q, i, 1 << 64) for i, item in enumerate(items)) + len(items) * LENGTH) & _MASK)


def shingles(text: str, kind: str, length: int) -> set[int]:
    """The shingle hashes of a text."""
    found = tokens(text)
    items = [token_hash(token) for token in found] if kind == "word" else [ord(c) for c in characters(found)]
    if 0 < len(items) < length:
        return {shingle_hash(items)}
    return {shingle_hash(items[i : i + length]) for i in range(len(items) - length + 1)}
