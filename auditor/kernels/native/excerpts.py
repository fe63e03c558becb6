"""The beginnings of texts."""

from __future__ import annotations

from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.vectors import begun, copied, ones


@inner
def _ended(bits, points):
    """How many of 64 bytes come before the code point after the first so many, where `bits` tell in which bytes code points begin."""
    for place in range(64):
        if (bits >> place) & 1:
            if points == 0:
                return place
            points -= 1
    return 64


@inner
def _tail(data, i, end, left, out, to):
    """Copies the first code points that are left of data[i:end] byte by byte; where that ends."""
    while i < end:
        if data[i] & 0xC0 != 0x80:
            left -= 1
        if left < 0:
            break
        out[to] = data[i]
        i += 1
        to += 1
    return to


@kernel("int64(uint8[::1], int64[::1], int64, int64[::1], uint8[::1])")
def excerpts(data, offsets, points, places, out):
    """Copies the first `points` code points of each text, one after the other; `places` is where each begins, and where the last ends.

    Up to 64 bytes of `out` are written behind what is copied.
    """
    to = 0
    for row in range(len(offsets) - 1):
        places[row] = to
        i, end, left = offsets[row], offsets[row + 1], points
        while i + 64 <= len(data) and i < end and left >= 0:
            copied(data, i, out, to)
            bits = begun(data, i)
            count = ones(bits)
            size = min(64 if count <= left else _ended(bits, left), end - i)
            left -= count
            i += size
            to += size
        if left >= 0:
            to = _tail(data, i, end, left, out, to)
    places[len(offsets) - 1] = to
    return to
