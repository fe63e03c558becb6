"""Tokens to shingles: one 64-bit hash for each, as sorted sets, and a digest of each text's whole token sequence.

A token of up to 64 code points c_i hashes to fmix64(sum of c_i * P^i + length * LENGTH) mod 2^64, a longer one to the first 8 bytes of
BLAKE2b over its UTF-32-LE (polynomials collide on long texts made for it); n items x_i (token hashes, or code points) make the
shingle fmix64(sum of x_i * Q^i + n * LENGTH). fmix64 is the finaliser of MurmurHash3. kernels/reference.py says the same in plain
Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from auditor.kernels.norm import Tokens, tokenize
from auditor.kernels.sets import I64, U64, Sets, joined, ranges
from auditor.kernels.unicode14 import LETTER

P = 0x9E3779B97F4A7C15
Q = 0xD6E8FEB86659FD93
LENGTH = 0xA0761D6478BD642F
LONG = 64
SPACE = 32

CHUNK = 1 << 18
"""Code points that are worked on at a time, so that the arrays stay in the cache's reach (a longer text is a chunk of its own)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingled:
    """Some texts as `shingles`, with their token counts (int64) and the digest (16 bytes) of each one's token sequence."""

    shingles: Sets
    counts: I64
    digests: list[bytes]


def parse(shingle: str) -> tuple[str, int]:
    """`word:5` as ("word", 5)."""
    kind, _, length = shingle.partition(":")
    return kind, int(length)


def shingled(texts: Sequence[str], shingle: str) -> Shingled:
    """The texts' shingles, `word:N` or `char:N`."""
    parts = [_shingled(chunk, *parse(shingle)) for chunk in _chunks(texts)]
    if len(parts) == 1:
        return parts[0]
    return Shingled(
        shingles=joined([part.shingles for part in parts]),
        counts=np.concatenate([part.counts for part in parts]) if parts else np.zeros(0, np.int64),
        digests=[each for part in parts for each in part.digests],
    )


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first, size = 0, 0
    for place, text in enumerate(texts):
        if size and size + len(text) > CHUNK:
            yield texts[first:place]
            first, size = place, 0
        size += len(text) + 1
    if first < len(texts):
        yield texts[first:]


def _shingled(texts: Sequence[str], kind: str, length: int) -> Shingled:
    tokens = tokenize(texts)
    hashes = token_hashes(tokens)
    if kind == "word":
        sets = _sets(hashes, tokens.firsts, length)
    else:
        sets = _sets(*_characters(tokens), length)
    data, bounds = hashes.tobytes(), (tokens.firsts * 8).tolist()
    digests = [hashlib.blake2b(data[a:b], digest_size=16).digest() for a, b in pairwise(bounds)]
    return Shingled(shingles=sets, counts=tokens.counts, digests=digests)


def token_hashes(tokens: Tokens) -> U64:
    """The 64-bit hash of each token."""
    powers, inverses = _powers(1 << len(tokens.points).bit_length())
    sums = np.zeros(len(tokens.points) + 1, np.uint64)
    np.cumsum(tokens.points * powers[: len(tokens.points)], out=sums[1:])
    lengths = tokens.ends - tokens.starts
    hashes = (sums[tokens.ends] - sums[tokens.starts]) * inverses[tokens.starts]
    hashes = fmix64(hashes + lengths.astype(np.uint64) * np.uint64(LENGTH))
    for place in np.flatnonzero(lengths > LONG).tolist():
        data = tokens.points[tokens.starts[place] : tokens.ends[place]].astype("<u4").tobytes()
        hashes[place] = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
    return hashes


@cache
def _powers(size: int) -> tuple[U64, U64]:
    """P^i and P^-i mod 2^64 for i from 0."""
    inverse = pow(P, -1, 1 << 64)
    both = np.ones((2, size), np.uint64)
    both[0, 1:], both[1, 1:] = np.uint64(P), np.uint64(inverse)
    np.multiply.accumulate(both, axis=1, out=both)
    return both[0], both[1]


def fmix64(values: U64) -> U64:
    """The finaliser of MurmurHash3 (a bijection of 64-bit integers)."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def _characters(tokens: Tokens) -> tuple[U64, I64]:
    """Each text's code points in order, a space between two neighbouring tokens neither of which is written without spaces; offsets."""
    spaced = np.zeros(len(tokens.points), np.bool_)
    starts = tokens.starts[tokens.kinds[tokens.starts] == LETTER]
    starts = starts[starts > 0]
    spaced[starts] = tokens.kinds[starts - 1] == LETTER
    beginnings = tokens.starts[tokens.firsts[:-1][tokens.counts > 0]]
    spaced[beginnings] = False
    shift = np.cumsum(spaced)
    line = np.full(len(tokens.points) + (int(shift[-1]) if len(shift) else 0), SPACE, np.uint64)
    line[np.arange(len(tokens.points)) + shift] = tokens.points
    edges = np.append(tokens.starts, len(tokens.points))[tokens.firsts]
    shifted = np.append(shift - spaced, shift[-1] if len(shift) else 0)
    offsets: I64 = (edges + shifted[edges]).astype(np.int64)
    return line, offsets


def _sets(items: U64, offsets: I64, length: int) -> Sets:
    """The sets of the hashes of `length` consecutive items of each record; of all of them where it has fewer."""
    sizes = np.diff(offsets)
    counts = np.where(sizes >= length, sizes - length + 1, np.minimum(sizes, 1))
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    heads = ranges(offsets[:-1], counts)
    widths = np.minimum(length, sizes)
    sums = np.zeros(len(heads), np.uint64)
    short = np.flatnonzero((sizes < length) & (sizes > 0))
    padded = np.concatenate([items, np.zeros(length, np.uint64)])
    weight = 1
    for place in range(length):
        sums += padded[heads + place] * np.uint64(weight)
        weight = weight * Q % (1 << 64)
    if len(short):
        sums[bounds[short]] = _whole(items, offsets[short], sizes[short], length)
    hashes = fmix64(sums + np.repeat(widths, counts).astype(np.uint64) * np.uint64(LENGTH))
    return distinct(bounds, hashes)


def _whole(items: U64, starts: I64, sizes: I64, length: int) -> U64:
    """The weighted sums of whole records that are shorter than a shingle."""
    sums = np.zeros(len(starts), np.uint64)
    weight = 1
    for place in range(length):
        inside = sizes > place
        sums[inside] += items[starts[inside] + place] * np.uint64(weight)
        weight = weight * Q % (1 << 64)
    return sums


def distinct(offsets: I64, hashes: U64) -> Sets:
    """Sets from lists of hashes: each record's sorted, in place, and every value once."""
    edges = offsets.tolist()
    for a, b in pairwise(edges):
        hashes[a:b].sort()
    kept = np.ones(len(hashes), np.bool_)
    kept[1:] = hashes[1:] != hashes[:-1]
    kept[offsets[:-1][offsets[:-1] < len(hashes)]] = True
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return Sets(offsets=before[offsets], values=hashes[kept])
