"""From UTF-8 to shingles and sketches (norm-v1), the same bits as the NumPy kernels."""

from __future__ import annotations

from auditor.kernels.native.build import inner, kernel


@inner
def fmix64(value):
    """The finaliser of MurmurHash3."""
    value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD
    value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53
    return value ^ (value >> 33)


@kernel("int64(uint64[::1], uint64[::1])")
def mixed(values, out):
    """fmix64 of each value."""
    for i in range(len(values)):
        out[i] = fmix64(values[i])
    return len(values)
