"""MinHash sketches, row for row those of datasketch (scheme `affine32`), for many sets at once, and the bands to join them by."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.joins import blocks
from auditor.kernels.shingles import U64, Sets, fmix64

PERMUTATIONS = 128
RECALL = 0.999
"""The least probability with which a pair exactly at the threshold falls together in some band."""


def permutations(count: int = PERMUTATIONS, seed: int = 1) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The factors (odd) and summands of datasketch.MinHash(num_perm=count, seed=seed, scheme="affine32")."""
    generator = np.random.RandomState(seed)
    factors = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, generator.randint(0, 1 << 32, count, dtype=np.uint32)


def fmix32(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The 32-bit finaliser of MurmurHash3."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


def sketches(sets: Sets, count: int = PERMUTATIONS, seed: int = 1) -> NDArray[np.uint32]:
    """The sketch of each set: uint32 of shape (sets, count), 2^32 - 1 throughout where a set is empty.

    Row i of a sketch is the least (a_i * fmix32(h) + b_i) mod 2^32 over the lower halves h of the set's hashes.
    """
    factors, summands = permutations(count, seed)
    found = np.full((len(sets), count), 0xFFFFFFFF, np.uint32)
    for first, last in blocks(sets):
        part = sets.take(np.arange(first, last))
        filled = np.flatnonzero(part.sizes > 0)
        if not len(filled):
            continue
        mixed = fmix32((part.values & np.uint64(0xFFFFFFFF)).astype(np.uint32))
        for row in range(count):
            found[first + filled, row] = np.minimum.reduceat(mixed * factors[row] + summands[row], part.offsets[filled])
    return found


def found_share(similarity: float, bands: int, rows: int) -> float:
    """The probability that sketches of sets with this Jaccard similarity agree in all rows of some band."""
    return float(1 - (1 - similarity**rows) ** bands)


def banding(threshold: float, count: int = PERMUTATIONS, recall: float = RECALL) -> tuple[int, int]:
    """(bands, rows): the most rows a band can have while a pair at the threshold is found with probability `recall`."""
    fitting = [rows for rows in range(1, count + 1) if found_share(threshold, count // rows, rows) >= recall]
    rows = max(fitting, default=1)
    return count // rows, rows


def band_keys(rows_of: NDArray[np.uint32], bands: int, rows: int) -> Iterator[U64]:
    """For each band the key of every sketch (uint64): equal where all rows of the band are."""
    for band in range(bands):
        keys = np.full(len(rows_of), band, np.uint64)
        for row in range(band * rows, (band + 1) * rows):
            keys = fmix64(keys * np.uint64(0x9E3779B97F4A7C15) + rows_of[:, row])
        yield keys
