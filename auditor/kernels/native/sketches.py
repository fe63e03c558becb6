"""MinHash sketches of sets and their band keys, the same bits as the NumPy kernels (auditor/kernels/minhash.py says which)."""

from __future__ import annotations

import numpy as np

from auditor.kernels.hashes import P
from auditor.kernels.minhash import TOGETHER
from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.text import fmix64
from auditor.kernels.native.vectors import least

EMPTY, FACTOR, HALF = np.uint32(0xFFFFFFFF), np.uint64(P), np.uint64(32)


@inner
def sketched(values, first, last, factors, summands, mixed, row):
    """The sketch of the set values[first:last]."""
    for i in range(len(row)):
        row[i] = EMPTY
    while first < last:
        count = min(last - first, len(mixed))
        for k in range(count):
            value = np.uint32(values[first + k])
            value = np.uint32(np.uint32(value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            value = np.uint32(np.uint32(value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            mixed[k] = value ^ (value >> np.uint32(16))
        for place in range(0, len(row), TOGETHER):
            least(mixed, count, factors, summands, place, row, place)
        first += count


@kernel("int64(int64[::1], uint64[::1], uint32[::1], uint32[::1], uint32[::1], uint32[::1], int64, uint32[::1])")
def sketches(offsets, values, factors, summands, mixed, row, count, out):
    """The sketches of sets, `count` numbers each; there are TOGETHER factors and summands, or a multiple of that."""
    for record in range(len(offsets) - 1):
        sketched(values, offsets[record], offsets[record + 1], factors, summands, mixed, row)
        for i in range(count):
            out[record * count + i] = row[i]
    return len(offsets) - 1


@kernel("int64(int64[::1], uint64[::1], uint32[::1], uint32[::1], uint32[::1], uint32[::1], int64, int64, uint32[::1])")
def band_keys(offsets, values, factors, summands, mixed, row, bands, rows, out):
    """The keys of sets in each band, band by band."""
    records = len(offsets) - 1
    for record in range(records):
        sketched(values, offsets[record], offsets[record + 1], factors, summands, mixed, row)
        for band in range(bands):
            state = np.uint64(0)
            for i in range(band * rows, (band + 1) * rows):
                state = state * FACTOR + np.uint64(row[i])
            out[band * records + record] = fmix64(state) >> HALF
    return records
