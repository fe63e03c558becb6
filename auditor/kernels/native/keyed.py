"""Keyed functions of hashes, the same bits as the NumPy kernels."""

from __future__ import annotations

import numpy as np

from auditor.kernels.native.build import inner, kernel


@inner
def rotated(value, bits):
    """The value rotated to the left."""
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@inner
def rounds(a, b, c, d, count):
    """So many SipRounds."""
    for _ in range(count):
        a += b
        c += d
        b = rotated(b, 13) ^ a
        d = rotated(d, 16) ^ c
        a = rotated(a, 32)
        c += b
        a += d
        b = rotated(b, 17) ^ c
        d = rotated(d, 21) ^ a
        c = rotated(c, 32)
    return a, b, c, d


@kernel("int64(uint64[::1], uint64, uint64, uint64[::1])")
def siphash24(values, low, high, out):
    """SipHash-2-4 of each value as a message of 8 bytes, under the key of two halves."""
    length = np.uint64(8 << 56)
    for i in range(len(values)):
        a, b = low ^ np.uint64(0x736F6D6570736575), high ^ np.uint64(0x646F72616E646F6D)
        c, d = low ^ np.uint64(0x6C7967656E657261), high ^ np.uint64(0x7465646279746573)
        a, b, c, d = rounds(a, b, c, d ^ values[i], 2)
        a, b, c, d = rounds(a ^ values[i], b, c, d ^ length, 2)
        a, b, c, d = rounds(a ^ length, b, c ^ np.uint64(0xFF), d, 4)
        out[i] = a ^ b ^ c ^ d
    return len(values)
