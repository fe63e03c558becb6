"""Texts to shingles, as sets of 64-bit hashes, with token counts and 128-bit digests: by machine code where there is, else by NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from auditor.kernels import fused, hashes, native
from auditor.kernels.hashes import byte_digests, digests, point_hashes, shingle_hashes
from auditor.kernels.norm import Spelled, Tokens, decoded, spelled
from auditor.kernels.sets import I64, U64, Sets, joined
from auditor.kernels.sieving import Passing
from auditor.kernels.texts import Texts
from auditor.kernels.unicode14 import LETTER, classes

SPACE = 32

CHUNK = 1 << 18
"""Bytes that are worked on at a time, so that the arrays stay in the cache's reach (a longer text is a chunk of its own)."""

SHARED = 1 << 16
"""Bytes from which work is shared among threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingled:
    """Some texts as `shingles` (distinct, in no promised order, none is 0), with their token counts (int64) and the digests of their
    token sequences (uint64 of shape (texts, 2)).
    """

    shingles: Sets
    counts: I64
    digests: U64


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """The token hashes of some texts (uint64), one after the other: text i has those from firsts[i] to firsts[i + 1] (int64)."""

    hashes: U64
    firsts: I64


def parse(shingle: str) -> tuple[str, int]:
    """`word:5` as ("word", 5)."""
    kind, _, length = shingle.partition(":")
    return kind, int(length)


def shingled(texts: Texts, shingle: str, threads: int | None = None, passing: Passing | None = None) -> Shingled:
    """The texts' shingles, `word:N` or `char:N`; the same for any number of threads (which machine code gains by; None: those that this
    process may use). A text whose set `passing` does not let through has an empty one; its token count and its digest are as ever.
    """
    threads = native.threads() if threads is None else threads
    if threads == 1 or texts.offsets[-1] - texts.offsets[0] < SHARED:
        return _fused(texts, *parse(shingle), passing)
    borders = np.searchsorted(texts.offsets, np.linspace(texts.offsets[0], texts.offsets[-1], threads + 1)).tolist()
    parts = [texts.part(first, last) for first, last in pairwise([0, *borders[1:-1], len(texts)])]
    with ThreadPoolExecutor(threads) as pool:
        return _joined(list(pool.map(lambda part: _fused(part, *parse(shingle), passing), parts)), pool.map)


def _fused(texts: Texts, kind: str, length: int, passing: Passing | None) -> Shingled:
    found = fused.passed(texts, fused.CHAR if kind == "char" else fused.WORD, length, passing)
    if found is not None:
        return Shingled(shingles=Sets(offsets=found.bounds, values=found.values), counts=found.counts, digests=found.digests)
    return _joined([_shingled(chunk, kind, length, passing) for chunk in texts.chunks(CHUNK)])


def _joined(parts: Sequence[Shingled], each: Callable[..., Iterable[None]] = map) -> Shingled:
    return Shingled(
        shingles=joined([part.shingles for part in parts], each),
        counts=np.concatenate([np.zeros(0, np.int64), *(part.counts for part in parts)]),
        digests=np.concatenate([np.zeros((0, 2), np.uint64), *(part.digests for part in parts)]),
    )


def hashed(texts: Texts) -> Hashed:
    """The texts' tokens as hashes."""
    found = fused.passed(texts, fused.TOKENS, 1)
    if found is not None:
        return Hashed(hashes=found.values, firsts=found.bounds)
    parts = [spelled(chunk) for chunk in texts.chunks(CHUNK)]
    counts = np.concatenate([np.zeros(1, np.int64), *(part.counts for part in parts)])
    return Hashed(hashes=np.concatenate([np.zeros(0, np.uint64), *map(_hashed, parts)]), firsts=np.cumsum(counts))


def count_tokens(texts: Texts) -> I64:
    """How many tokens each text has."""
    counts: I64 = np.diff(hashed(texts).firsts)
    return counts


def raw_digests(texts: Texts) -> U64:
    """The digests of the texts as they stand: uint64 of shape (texts, 2)."""
    found = fused.raw_digests(texts)
    if found is not None:
        return found
    parts = [byte_digests(chunk.bytes(), chunk.offsets - chunk.offsets[0]) for chunk in texts.chunks(CHUNK)]
    return np.concatenate([np.zeros((0, 2), np.uint64), *parts])


def _shingled(texts: Texts, kind: str, length: int, passing: Passing | None) -> Shingled:
    tokens = spelled(texts)
    words = _hashed(tokens)
    items, offsets = (words, tokens.firsts) if kind == "word" else _characters(decoded(tokens))
    values, bounds = shingle_hashes(items, offsets, length)
    made = Sets(offsets=bounds, values=values)
    if passing is None:
        sets = distinct(made.offsets, made.values)
    else:  # what is not let through with repeats is not let through without
        some = passing.passed(made)
        sets = passing.passed(distinct(some.offsets, some.values))
    return Shingled(shingles=sets, counts=tokens.counts, digests=digests(words, tokens.firsts, tokens.counts))


def _hashed(tokens: Spelled) -> U64:
    return hashes.token_hashes(tokens.data, tokens.starts, tokens.ends)


def token_hashes(tokens: Tokens) -> U64:
    """The hash of each token."""
    widths = 1 + (tokens.points >= 0x80) + (tokens.points >= 0x800) + (tokens.points >= 0x10000)
    places = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths)])
    data = tokens.points.tobytes().decode("utf-32-le").encode()
    return hashes.token_hashes(data, places[tokens.starts], places[tokens.ends])


def _characters(tokens: Tokens) -> tuple[U64, I64]:
    """Each text's code points in order, a space between two neighbouring tokens neither of which is written without spaces; offsets."""
    points, starts = tokens.points.copy(), tokens.starts
    change = np.zeros(len(points) + 1, np.int8)
    change[starts] += 1
    change[tokens.ends] -= 1  # of neighbours without anything between them, one ends where the other begins
    kept = np.cumsum(change[:-1]) > 0
    letter = classes()[points[starts]] == LETTER
    spaced = letter[1:] & letter[:-1]
    spaced[tokens.firsts[1:-1][(tokens.firsts[1:-1] > 0) & (tokens.firsts[1:-1] < len(starts))] - 1] = False
    spaces = starts[1:][spaced] - 1
    points[spaces], kept[spaces] = SPACE, True
    before = np.append(0, np.cumsum(kept))
    offsets: I64 = np.append(before[starts], before[-1])[tokens.firsts]
    return point_hashes(points[kept]), offsets


def distinct(offsets: I64, values: U64) -> Sets:
    """Sets from lists of hashes: each record's sorted, in place, and every value once."""
    several = np.flatnonzero(np.diff(offsets) > 1)
    for a, b in zip(offsets[several].tolist(), offsets[several + 1].tolist(), strict=True):
        values[a:b].sort()
    kept = np.ones(len(values), np.bool_)
    kept[1:] = values[1:] != values[:-1]
    kept[offsets[:-1][offsets[:-1] < len(values)]] = True
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return Sets(offsets=before[offsets], values=values[kept])
