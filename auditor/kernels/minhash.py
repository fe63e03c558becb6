"""MinHash sketches, row for row those of datasketch (scheme `affine32`), for many sets at once, and the bands to join them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from auditor.kernels import native
from auditor.kernels.hashes import P, fmix64
from auditor.kernels.joins import Sieve
from auditor.kernels.sets import I64, Collection, Sets, spans

U32 = NDArray[np.uint32]

PERMUTATIONS = 128
RECALL = 0.999
"""The least probability with which a pair exactly at the threshold falls together in some band."""

CACHED = 1 << 17
"""Elements that are worked on at a time: every permutation passes over them again."""

TOGETHER, HELD = 64, 1 << 10
"""Permutations that machine code makes together, and elements it mixes before it does."""


def permutations(count: int = PERMUTATIONS, seed: int = 1) -> tuple[U32, U32]:
    """The factors (odd) and summands of datasketch.MinHash(num_perm=count, seed=seed, scheme="affine32")."""
    generator = np.random.RandomState(seed)
    factors = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, generator.randint(0, 1 << 32, count, dtype=np.uint32)


def fmix32(values: U32) -> U32:
    """The 32-bit finaliser of MurmurHash3."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def sketches(sets: Sets, factors: U32, summands: U32) -> U32:
    """The sketch of each set: uint32 of shape (sets, permutations), 2^32 - 1 throughout where a set is empty.

    Row i of a sketch is the least (a_i * fmix32(h) + b_i) mod 2^32 over the lower halves h of the set's hashes, with a_i and b_i the
    permutation's factor and summand.
    """
    kernel = native.kernel("sketches")
    if kernel is not None:
        rows = np.empty((len(sets), len(factors)), np.uint32)
        kernel(sets.offsets, sets.values, *_padded(factors, summands), len(factors), rows.reshape(-1))
        return rows
    filled = np.flatnonzero(sets.sizes)
    starts, ends = sets.offsets[filled], sets.offsets[filled + 1]
    least = np.empty((len(factors), len(filled)), np.uint32)
    for first, last in spans(ends - starts, CACHED):
        mixed = fmix32(sets.values[starts[first] : ends[last - 1]].astype(np.uint32))
        permuted, heads = np.empty_like(mixed), starts[first:last] - starts[first]
        for row, (factor, summand) in enumerate(zip(factors, summands, strict=True)):
            np.multiply(mixed, factor, out=permuted)
            np.add(permuted, summand, out=permuted)
            np.minimum.reduceat(permuted, heads, out=least[row, first:last])
    found = np.full((len(factors), len(sets)), 0xFFFFFFFF, np.uint32)
    found[:, filled] = least
    return found.T


def _padded(factors: U32, summands: U32) -> tuple[U32, U32, U32, U32]:
    """What machine code needs of the permutations: as many as it makes together, or a multiple; space for hashes and for a sketch."""
    padded = np.zeros((2, -(-len(factors) // TOGETHER) * TOGETHER), np.uint32)
    padded[0, : len(factors)], padded[1, : len(factors)] = factors, summands
    return padded[0], padded[1], np.empty(HELD, np.uint32), np.empty(padded.shape[1], np.uint32)


def found_share(similarity: float, bands: int, rows: int) -> float:
    """The probability that sketches of sets with this Jaccard similarity agree in all rows of some band."""
    return float(1 - (1 - similarity**rows) ** bands)


@cache
def banding(threshold: float, count: int = PERMUTATIONS, recall: float = RECALL) -> tuple[int, int]:
    """(bands, rows): the most rows a band can have while a pair at the threshold is found with probability `recall`."""
    fitting = [rows for rows in range(1, count + 1) if found_share(threshold, count // rows, rows) >= recall]
    rows = max(fitting, default=1)
    return count // rows, rows


def band_keys(sets: Sets, threshold: float) -> U32:
    """The key of each set in each band: uint32 of shape (bands, sets), equal where all rows of the band are (and, rarely, elsewhere)."""
    bands, rows = banding(threshold)
    factors, summands = (each[: bands * rows] for each in permutations())
    keys = np.empty((bands, len(sets)), np.uint32)
    kernel = native.kernel("band_keys")
    if kernel is not None:
        kernel(sets.offsets, sets.values, *_padded(factors, summands), bands, rows, keys.reshape(-1))
        return keys
    sketched = sketches(sets, factors, summands)
    for band in range(bands):
        mixed = np.zeros(len(sets), np.uint64)
        for row in range(band * rows, (band + 1) * rows):
            mixed = mixed * np.uint64(P) + sketched[:, row]
        keys[band] = fmix64(mixed) >> np.uint64(32)
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Band keys: for each band those of all records in pieces (uint32), one after the other; set i's are those of `records[i]`."""

    pieces: Sequence[Sequence[U32]]
    records: I64

    def only(self, sets: I64) -> Keys:
        """Those of these sets, in this order."""
        return Keys(pieces=self.pieces, records=self.records[sets])

    def __iter__(self) -> Iterator[U32]:
        """For each band the keys of the sets."""
        for pieces in self.pieces:
            yield np.concatenate(pieces)[self.records]

    def beside(self, few: I64) -> Iterator[tuple[I64, U32]]:
        """For each band the sets that share a key with one of a few, those too (and hardly any others), with their keys."""
        number = np.full(sum(map(len, self.pieces[0])) if self.pieces else 0, -1)
        number[self.records] = np.arange(len(self.records))
        for pieces in self.pieces:
            keys = np.concatenate(pieces)
            places = Sieve(keys[self.records[few]]).passing(keys)
            places = places[number[places] >= 0]
            yield number[places], keys[places]


def keys_of(sets: Collection, threshold: float) -> Keys:
    """The band keys of these sets."""
    parts = [band_keys(part, threshold) for _, part in sets.blocks()]
    return Keys(pieces=list(zip(*parts, strict=True)), records=np.arange(len(sets)))
