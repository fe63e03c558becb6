"""The fused pass as machine code: UTF-8 to tokens to shingles in one go, record by record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import native
from auditor.kernels.sets import I64, U64
from auditor.kernels.texts import Texts, of_strings
from auditor.kernels.unicode14 import fold

TOKENS, WORD, CHAR = 0, 1, 2
"""What is made: token hashes in order; the distinct shingles of words; those of code points."""

SPARE = 256
"""Bytes of scratch space beyond a text's own: loads and stores are of whole blocks, and an image may be longer than its code point."""

LARGEST = 1 << 19
"""Shingles of a record up to which its distinct ones are found by a table; beyond, by sorting."""

DONE, FOLD, LARGE, CRAMPED, FULL = range(5)
"""Why the kernel came back: all records are done; the next must be folded by Python; it has more than LARGEST shingles; the scratch
space is too small for it; the space for values is.
"""

_NO_TABLE = np.zeros(0, np.uint64)


@dataclass(slots=True, kw_only=True)
class Passed:
    """Record i has values[bounds[i]:bounds[i + 1]] (uint64; int64), a number of tokens (int64) and a digest (uint64, shape (texts, 2))."""

    values: U64
    bounds: I64
    counts: I64
    digests: U64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scratch:
    """Where one record is worked on: its norm-v1 text, which bytes of it are what, where its tokens begin, their hashes, or its items."""

    text: NDArray[np.uint8]
    inside: U64
    breaks: U64
    places: NDArray[np.uint32]
    hashes: U64


def _scratch(size: int, kind: int) -> _Scratch:
    """Space for a record of so many bytes."""
    bits = np.empty((2, size // 64 + 4), np.uint64)
    return _Scratch(
        text=np.empty(size, np.uint8),
        inside=bits[0],
        breaks=bits[1],
        places=np.empty(size // 2 + 16, np.uint32),
        hashes=np.empty(size if kind == CHAR else size // 2 + 16, np.uint64),
    )


def passed(texts: Texts, kind: int, length: int) -> Passed | None:
    """The texts' token hashes, or shingles of so many words or code points; None where no machine code is loaded."""
    kernel = native.kernel("fused")
    if kernel is None:
        return None
    longest = int(texts.sizes.max(initial=0))
    found = Passed(
        values=np.empty(int(texts.sizes.sum()) // (1 if kind == CHAR else 2) + len(texts) + SPARE, np.uint64),
        bounds=np.zeros(len(texts) + 1, np.int64),
        counts=np.zeros(len(texts), np.int64),
        digests=np.zeros((len(texts), 2), np.uint64),
    )
    table = np.empty(1 << (2 * min(longest + 32, LARGEST) - 1).bit_length(), np.uint64)
    _fill(kernel, texts, (kind, length, False), found, 0, table)
    found.values.resize(int(found.bounds[-1]), refcheck=False)
    return found


def _fill(kernel: native.Kernel, texts: Texts, how: tuple[int, int, bool], found: Passed, at: int, table: U64) -> None:
    """Puts what the texts make where the records from `at` on are."""
    kind, length, folded = how
    size = int(texts.sizes.max(initial=0)) + SPARE
    scratch = _scratch(size, kind)
    place, why, digests = 0, np.zeros(1, np.int64), found.digests.reshape(-1)
    while place < len(texts):
        alone = why[0] == LARGE
        place = kernel(
            texts.data, texts.offsets, place, place + 1 if alone else len(texts), folded, kind, length,
            scratch.text, scratch.inside, scratch.breaks, scratch.places, scratch.hashes, _NO_TABLE if alone else table,
            found.values, found.bounds[at:], found.counts[at:], digests[2 * at :], why,
        )  # fmt: skip
        if why[0] == FOLD:
            one = of_strings([fold(texts.part(place, place + 1).strings()[0])])
            _fill(kernel, one, (kind, length, True), found, at + place, table)
            place += 1
        elif why[0] == CRAMPED:
            size *= 2
            scratch = _scratch(size, kind)
        elif why[0] == FULL:
            found.values.resize(len(found.values) * 3 // 2 + size, refcheck=False)
        elif alone:
            _sort(found, at + place - 1)


def _sort(found: Passed, record: int) -> None:
    """Keeps the distinct ones of a record's values, the last there are."""
    first, last = found.bounds[record : record + 2].tolist()
    values = found.values[first:last]
    values.sort()
    kept = values[np.append(True, values[1:] != values[:-1])]
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
