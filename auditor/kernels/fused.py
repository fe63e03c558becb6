"""The fused pass as machine code: UTF-8 to tokens to shingles in one go, record by record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import native
from auditor.kernels.sets import I64, U64
from auditor.kernels.sieving import Passing
from auditor.kernels.texts import Texts
from auditor.kernels.unicode14 import fold

TOKENS, WORD, CHAR = 0, 1, 2
"""What is made: token hashes in order; the distinct shingles of words; those of code points."""

SPARE = 256
"""Bytes of scratch space beyond a text's own: loads and stores are of whole blocks, and an image may be longer than its code point."""

BYTES = 4
"""Bytes that a token and what separates it from the next have mostly, or more; where they have fewer, space is made as it is needed."""

LARGEST = 1 << 19
"""Shingles of a record up to which its distinct ones are found by a table; beyond, by sorting."""

DONE, FOLD, LARGE, CRAMPED, FULL = range(5)
"""Why the kernel came back: all records are done; the next must be folded by Python; it has more than LARGEST shingles; the scratch
space is too small for it; the space for values is.
"""

_NONE: U64 = np.zeros(0, np.uint64)
_NO_TEXT: NDArray[np.uint8] = np.zeros(0, np.uint8)
_NO_SIEVE = _NONE, np.zeros(0, np.int64), 0, _NONE


@dataclass(slots=True, kw_only=True)
class Passed:
    """Record i has values[bounds[i]:bounds[i + 1]] (uint64; int64), a number of tokens (int64) and a digest (uint64, shape (texts, 2))."""

    values: U64
    bounds: I64
    counts: I64
    digests: U64


def _scratch(size: int, kind: int) -> tuple[native.Pointed, ...]:
    """Space for a record of so many bytes: its norm-v1 text, which bytes of it are what, where its tokens begin and end, their hashes, or
    its items, and their second halves.
    """
    text, bits = np.empty(size, np.uint8), np.empty((2, size // 64 + 4), np.uint64)
    places = np.empty((2, size // 2 + 16), np.uint32)
    hashes, tails = np.empty(size if kind == CHAR else size // 2 + 16, np.uint64), np.empty(size // 2 + 16, np.uint64)
    return tuple(map(native.pointed, (text, *bits, *places, hashes, tails)))


def passed(texts: Texts, kind: int, length: int, passing: Passing | None = None) -> Passed | None:
    """The texts' token hashes, or shingles of so many words or code points, of texts that are let through; None where no machine code
    is loaded.
    """
    if native.kernel("fused") is None:
        return None
    found = Passed(
        values=np.empty(int(texts.sizes.sum()) // (1 if kind == CHAR else BYTES) + len(texts) + SPARE, np.uint64),  # memory once it is used
        bounds=np.zeros(len(texts) + 1, np.int64),
        counts=np.zeros(len(texts), np.int64),
        digests=np.zeros((len(texts), 2), np.uint64),
    )
    _fill(texts, (kind, length), found, passing)
    found.values.resize(int(found.bounds[-1]), refcheck=False)
    return found


def _fill(texts: Texts, how: tuple[int, int], found: Passed, passing: Passing | None) -> None:
    fused = native.kernel("fused")
    assert fused is not None
    longest = int(texts.sizes.max(initial=0))
    table = native.pointed(np.empty(1 << (2 * min(longest + 32, LARGEST) - 1).bit_length(), np.uint64))
    elements, starts, shift, bitmap = _NO_SIEVE if passing is None else (passing.elements, passing.starts, passing.shift, passing.bitmap)
    size, place, why, folded = longest + SPARE, 0, np.zeros(1, np.int64), _NO_TEXT
    scratch, values = _scratch(size, how[0]), native.pointed(found.values)
    given = native.pointed(texts.data), native.pointed(texts.offsets)
    sieve = native.pointed(elements), native.pointed(starts), shift, native.pointed(bitmap)
    made = [native.pointed(each) for each in (found.bounds, found.counts, found.digests.reshape(-1), why)]
    while place < len(texts):
        alone, before = why[0] == LARGE, place
        place = fused(
            *given, folded, place, place + 1 if alone else len(texts), *how, *scratch, _NONE if alone else table, *sieve, values, *made
        )
        folded = folded if place == before else _NO_TEXT
        if why[0] == FOLD:
            folded = np.frombuffer(fold(texts.part(place, place + 1).bytes().decode()).encode(), np.uint8)
        elif why[0] == CRAMPED:
            size *= 2
            scratch = _scratch(size, how[0])
        elif why[0] == FULL:
            found.values.resize(len(found.values) * 3 // 2 + size, refcheck=False)
            values = native.pointed(found.values)
        elif why[0] == DONE and alone:
            _sort(found, place - 1)


def _sort(found: Passed, record: int) -> None:
    """Keeps the distinct ones of a record's values, the last there are."""
    first, last = found.bounds[record : record + 2].tolist()
    values = found.values[first:last]
    values.sort()
    kept = values[np.append(True, values[1:] != values[:-1])[: len(values)]]
    found.values[first : first + len(kept)] = kept
    found.bounds[record + 1] = first + len(kept)


def raw_digests(texts: Texts) -> U64 | None:
    """The digests of the texts' bytes: uint64 of shape (texts, 2); None where no machine code is loaded."""
    kernel = native.kernel("raw_digests")
    if kernel is None:
        return None
    found = np.empty((len(texts), 2), np.uint64)
    kernel(texts.data, texts.offsets, found.reshape(-1))
    return found
