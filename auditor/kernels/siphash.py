"""SipHash-2-4 of many 64-bit numbers at once: a pseudo-random function, by which hashes say nothing to those without the key."""

from __future__ import annotations

import numpy as np

from auditor.kernels import native
from auditor.kernels.sets import U64

CACHED = 1 << 13
"""Numbers that are worked on at a time: each of the some two hundred steps passes over their states again."""

_INITIAL = 0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573
_LENGTH = np.uint64(8 << 56)


def siphash(values: U64, key: bytes) -> U64:
    """SipHash-2-4 of each value as a message of 8 bytes, little-endian; the key has 16 bytes (Aumasson and Bernstein 2012)."""
    out = np.empty(len(values), np.uint64)
    if (machine := native.kernel("siphash24")) is not None:
        machine(np.ascontiguousarray(values), *(int.from_bytes(key[at : at + 8], "little") for at in (0, 8)), out)
        return out
    for start in range(0, len(values), CACHED):
        out[start : start + CACHED] = _siphash(values[start : start + CACHED], key)
    return out


def _siphash(message: U64, key: bytes) -> U64:
    halves = (int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")) * 2
    state = [np.full(len(message), start ^ half, np.uint64) for start, half in zip(_INITIAL, halves, strict=True)]
    spare = np.empty(len(message), np.uint64)
    for block in (message, _LENGTH):
        state[3] ^= block
        _rounds(state, spare, 2)
        state[0] ^= block
    state[2] ^= np.uint64(0xFF)
    _rounds(state, spare, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rounds(state: list[U64], spare: U64, count: int) -> None:
    """SipRounds, in place."""
    a, b, c, d = state
    for _ in range(count):
        for one, other, first, second in ((a, b, 13, 32), (c, d, 16, 0), (a, d, 21, 0), (c, b, 17, 32)):
            one += other
            _rotate(other, spare, first)
            other ^= one
            _rotate(one, spare, second)


def _rotate(values: U64, spare: U64, bits: int) -> None:
    """Rotates each value to the left, in place."""
    if bits:
        np.right_shift(values, np.uint64(64 - bits), out=spare)
        np.left_shift(values, np.uint64(bits), out=values)
        values |= spare
