"""The 64-bit hashes of tokens, shingles and whole records, on arrays.

All modulo 2^64; `>>` is of the state before it:
- a token of L bytes of UTF-8, padded with zeros to a multiple of 16 and taken as little-endian words of 8, starts from L * LENGTH; each
  word w makes the state (state ^ w) * P, then state ^ (state >> 32);
- a code point c of a `char` shingle is c * P, then ^ (>> 32);
- n such items x_0 ... make the shingle s = sum of x_i * Q^(n - i), plus n * LENGTH, then ^ (>> 32), then * P, then ^ (>> 29); 0 counts
  as 1, so that no shingle is 0;
- the words w_0 ... of a record (its token hashes, or its bytes, the last word padded with zeros) and its length L (in tokens, or bytes)
  make for each of two LANES the sum of y * lane ^ (y * lane >> 32), where y is (w_i + i * STEP) * P, then ^ (>> 32); plus L * LENGTH,
  then fmix64.
kernels/reference.py says the same in plain Python.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, U64, ranges

P = 0x9E3779B97F4A7C15
Q = 0xD6E8FEB86659FD93
LENGTH = 0xA0761D6478BD642F
STEP = 0x8EBC6AF09C88C6E3
LANES = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
"""Odd numbers without a pattern in their bits."""

MASK = (1 << 64) - 1
LONG = 64
"""Bytes of a token up to which many are hashed at once."""

_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""By a number of bytes, these of a word."""


def fmix64(values: U64) -> U64:
    """The finaliser of MurmurHash3 (a bijection of 64-bit integers)."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(LANES[0])
    values = (values ^ (values >> np.uint64(33))) * np.uint64(LANES[1])
    return values ^ (values >> np.uint64(33))


def token_hash(token: bytes) -> int:
    """The hash of one token (its UTF-8)."""
    state, words = len(token) * LENGTH & MASK, -(-len(token) // 16) * 2
    for word in struct.unpack(f"<{words}Q", token.ljust(8 * words, b"\0")):
        state = (state ^ word) * P & MASK
        state ^= state >> 32
    return state


def token_hashes(data: bytes, starts: I64, ends: I64) -> U64:
    """The hashes of the tokens data[start:end]."""
    lengths = ends - starts
    words = _words(data + bytes(LONG))
    hashes = lengths.astype(np.uint64)
    hashes *= np.uint64(LENGTH)
    _step(hashes, words[starts] & _MASKS.take(lengths, mode="clip"))
    wider = np.flatnonzero(lengths > 8)
    hashes[wider] ^= words[starts[wider] + 8] & _MASKS.take(lengths[wider] - 8, mode="clip")
    _step(hashes, np.uint64(0))
    for place in range(16, LONG, 16):
        wider = wider[lengths[wider] > place]
        state, heads, left = hashes[wider], starts[wider] + place, lengths[wider] - place
        _step(state, words[heads] & _MASKS.take(left, mode="clip"))
        _step(state, words[heads + 8] & _MASKS[np.clip(left - 8, 0, 8)])
        hashes[wider] = state
    for each in wider[lengths[wider] > LONG].tolist():
        hashes[each] = token_hash(data[starts[each] : ends[each]])
    return hashes


def _step(states: U64, words: U64 | np.uint64) -> None:
    """Puts a word into each state, in place."""
    states ^= words
    states *= np.uint64(P)
    states ^= states >> np.uint64(32)


def point_hashes(points: NDArray[np.uint8] | NDArray[np.uint32]) -> U64:
    """The items that code points are in `char` shingles."""
    return _turned(points.astype(np.uint64) * np.uint64(P), 32)


def shingle_hashes(items: U64, offsets: I64, length: int) -> tuple[U64, I64]:
    """The hashes of `length` consecutive items of each record, of all of them where it has fewer; and offsets of the records in them."""
    sizes = np.diff(offsets)
    counts = np.where(sizes >= length, sizes - length + 1, np.minimum(sizes, 1))
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    padded = np.concatenate([items, np.zeros(length, np.uint64)])
    sums = np.zeros(len(items), np.uint64)
    for place in range(length):
        sums += padded[place : place + len(items)]
        sums *= np.uint64(Q)
    sums = sums[ranges(offsets[:-1], counts)] + np.uint64(length * LENGTH & MASK)
    short = np.flatnonzero((sizes < length) & (sizes > 0))
    whole = np.zeros(len(short), np.uint64)
    for place in range(length):
        inside = sizes[short] > place
        whole[inside] = (whole[inside] + items[offsets[short[inside]] + place]) * np.uint64(Q)
    sums[bounds[short]] = whole + sizes[short].astype(np.uint64) * np.uint64(LENGTH)
    sums = _turned(_turned(sums, 32) * np.uint64(P), 29)
    return np.maximum(sums, np.uint64(1)), bounds


def digests(words: U64, offsets: I64, lengths: I64) -> U64:
    """The digests of records, words[offsets[i]:offsets[i + 1]] each with a length: uint64 of shape (records, 2)."""
    places = np.arange(len(words)) - np.repeat(offsets[:-1], np.diff(offsets))
    mixed = _turned((words + places.astype(np.uint64) * np.uint64(STEP)) * np.uint64(P), 32)
    found = np.empty((len(lengths), 2), np.uint64)
    sums = np.zeros(len(words) + 1, np.uint64)
    for lane, factor in enumerate(LANES):
        np.cumsum(_turned(mixed * np.uint64(factor), 32), out=sums[1:])
        found[:, lane] = fmix64(sums[offsets[1:]] - sums[offsets[:-1]] + lengths.astype(np.uint64) * np.uint64(LENGTH))
    return found


def byte_digests(data: bytes, offsets: I64) -> U64:
    """The digests of records of bytes, data[offsets[i]:offsets[i + 1]]."""
    sizes = np.diff(offsets)
    counts = -(-sizes // 8)
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    heads = np.repeat(offsets[:-1] - 8 * bounds[:-1], counts) + 8 * np.arange(bounds[-1])
    left = np.repeat(offsets[1:], counts) - heads
    return digests(_words(data + bytes(8))[heads] & _MASKS[np.minimum(left, 8)], bounds, sizes)


def _words(data: bytes) -> U64:
    """The little-endian words that begin at each byte but the last seven."""
    return np.ndarray((len(data) - 7,), np.dtype("<u8"), data, strides=(1,))


def _turned(values: U64, bits: int) -> U64:
    turned: U64 = values ^ (values >> np.uint64(bits))
    return turned
