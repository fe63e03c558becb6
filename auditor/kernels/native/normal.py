"""Norm-v1 of UTF-8, as UTF-8 with a space for what separates: the images of code points one after the other, where that is all it is."""

from __future__ import annotations

import numpy as np

from auditor.kernels.fused import CRAMPED, FOLD, SPARE
from auditor.kernels.native import images
from auditor.kernels.native.build import inner
from auditor.kernels.native.vectors import BLOCK, lowered, zeros_below
from auditor.kernels.unicode14 import ALONE, FORMAT, LETTER, SEPARATOR

STARTS, ENTRIES, UNITS = images.STARTS, images.ENTRIES, images.UNITS
OWN, KIND, FIRST, SECOND, COMBINING, PLACE = images.OWN, images.KIND, images.FIRST, images.SECOND, images.COMBINING, images.PLACE
SHIFTED, MANY, HARD, WIDTH, NEAREST = images.SHIFTED, images.MANY, images.HARD, images.WIDTH, images.NEAREST

NONE, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64((1 << 64) - 1)
U63 = np.uint64(63)
SPACE = 32

RUN = 60
"""Bytes up to which a run goes on, so that its bits and one more code point's fit into one word."""

MARKED = 1 << images.SECOND | 0x3F << images.COMBINING | 2 << images.KIND
"""The bits of an entry of which none is set where a code point is its own image or has one at a distance, whatever stands before it."""


@inner
def put(bits, place, some):
    """Ors bits into an array of bits from a place on; the word behind is begun anew."""
    word, shift = place >> 6, np.uint64(place & 63)
    bits[word] |= some << shift
    bits[word + 1] = (some >> ONE) >> (U63 - shift)


@inner
def decoded(data, at, end):
    """The code point that begins at data[at], times 8 plus its bytes; U+FFFF where there is none."""
    a = np.int64(data[at])
    if a < 0x80:
        return a << 3 | 1
    if a < 0xE0:
        if at + 2 > end or a < 0xC2:
            return 0xFFFF << 3 | 1
        return ((a & 31) << 6 | (data[at + 1] & 63)) << 3 | 2
    if a < 0xF0:
        if at + 3 > end:
            return 0xFFFF << 3 | 1
        return ((a & 15) << 12 | np.int64(data[at + 1] & 63) << 6 | (data[at + 2] & 63)) << 3 | 3
    if at + 4 > end or a > 0xF4:
        return 0xFFFF << 3 | 1
    c = (a & 7) << 18 | np.int64(data[at + 1] & 63) << 12 | np.int64(data[at + 2] & 63) << 6 | (data[at + 3] & 63)
    return min(c, 0x10FFFF) << 3 | 4


@inner
def entry_of(c):
    """What is known of a code point (images.py)."""
    return np.int64(ENTRIES[STARTS[c >> WIDTH] + (c & ((1 << WIDTH) - 1))])


@inner
def emitted(c, kind, text, p, inside, breaks):
    """Appends a code point of a class; where the text ends then."""
    if kind == FORMAT:
        return p
    if kind == SEPARATOR:
        text[p] = SPACE
        put(inside, p, NONE)
        put(breaks, p, NONE)
        return p + 1
    size = 1
    if c < 0x80:
        text[p] = c
    elif c < 0x800:
        size = 2
        text[p], text[p + 1] = 0xC0 | c >> 6, 0x80 | c & 63
    elif c < 0x10000:
        size = 3
        text[p], text[p + 1], text[p + 2] = 0xE0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63
    else:
        size = 4
        text[p], text[p + 1], text[p + 2], text[p + 3] = 0xF0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63
    put(inside, p, (ONE << np.uint64(size)) - ONE)
    put(breaks, p, ONE | ONE << np.uint64(size) if kind == ALONE else NONE)
    return p + size


@inner
def run_of_letters(data, at, end, text, p, inside, breaks):
    """Appends the code points from data[at] on that are letters of two or three bytes, and spaces between such, with one code point each
    as their image, up to a run; how many bytes are read, how many written, and whether the last may be the first of a composition.
    """
    begin, n, bits, cuts, opening = at, 0, NONE, NONE, 0
    while n < RUN and at + 3 <= end:
        a = np.int64(data[at])
        if a == SPACE and data[at + 1] >= 0xC2:
            text[p + n] = SPACE
            at, n, opening = at + 1, n + 1, 0
            continue
        if a < 0xC2 or a >= 0xF0:
            break
        size = 2 if a < 0xE0 else 3
        c = (a & 31) << 6 | np.int64(data[at + 1] & 63)
        if size == 3:
            c = (a & 15) << 12 | np.int64(data[at + 1] & 63) << 6 | np.int64(data[at + 2] & 63)
        entry = entry_of(c)
        kind = entry & 3
        if entry & MARKED or (kind != LETTER and kind != ALONE):
            break
        c += (entry >> PLACE) + NEAREST if entry >> KIND & 3 == SHIFTED else 0
        if c < 0x80:
            break
        where, wide = np.uint64(n), ONE if kind == ALONE else NONE
        if c < 0x800:
            text[p + n], text[p + n + 1] = 0xC0 | c >> 6, 0x80 | c & 63
            bits |= np.uint64(3) << where
            n += 2
        elif c < 0x10000:
            text[p + n], text[p + n + 1], text[p + n + 2] = 0xE0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63
            bits |= np.uint64(7) << where
            n += 3
        else:
            break
        cuts |= wide << where | wide << np.uint64(n)
        at, opening = at + size, entry >> FIRST & 1
    put(inside, p, bits)
    put(breaks, p, cuts)
    return at - begin, n, opening


@inner
def block(data, at, end, text, p, inside, breaks):
    """Appends the ASCII at data[at], up to a block; how many bytes."""
    if at + BLOCK <= len(data):
        found, high = lowered(data, at, text, p)
    else:
        spare = len(text) - BLOCK
        for i in range(len(data) - at):
            text[spare + i] = data[at + i]
        found, high = lowered(text, spare, text, p)
    n = min(BLOCK, end - at)
    n = min(n, zeros_below(high))
    found &= ALL >> np.uint64(BLOCK - n) if n > 0 else NONE
    put(inside, p, found)
    put(breaks, p, NONE)
    return n


@inner
def normalised(data, at, end, folded, text, inside, breaks):
    """Norm-v1 of data[at:end] in UTF-8, with a space for what separates; the bits of the bytes that are in tokens, and of those where a
    token must end or begin. Its length; -FOLD where it is not that of its code points one after the other, -CRAMPED.
    """
    p, first, combining = 0, 0, 0
    inside[0], breaks[0] = NONE, NONE
    room = len(text) - SPARE // 2
    while at < end:
        if p > room:
            return -CRAMPED
        n = block(data, at, end, text, p, inside, breaks)
        p, at = p + n, at + n
        if n == BLOCK or at >= end:
            continue
        if n > 0:
            first, combining = entry_of(np.int64(data[at - 1])) >> FIRST & 1, 0
        while at < end and (data[at] >= 0x80 or (at + 1 < end and data[at + 1] >= 0x80)):
            if p > room:
                return -CRAMPED
            if not folded:
                read, wrote, opening = run_of_letters(data, at, end, text, p, inside, breaks)
                if read > 0:
                    at, p, first, combining = at + read, p + wrote, opening, 0
                    continue
            packed = decoded(data, at, end)
            c, entry = packed >> 3, entry_of(packed >> 3)
            at += packed & 7
            if folded:
                p = emitted(c, entry >> OWN & 3, text, p, inside, breaks)
                continue
            rank, kind = entry >> COMBINING & 63, entry >> KIND & 3
            if kind == HARD or (rank > 0 and rank < combining):
                return -FOLD
            if entry >> SECOND & 1 and (first or (rank > 0 and combining > 0)):
                return -FOLD
            first, combining = entry >> FIRST & 1, rank
            if kind == MANY:
                place = entry >> PLACE
                for i in range(place + 1, place + 1 + UNITS[place]):
                    p = emitted(np.int64(UNITS[i] >> 2), UNITS[i] & 3, text, p, inside, breaks)
            else:
                p = emitted(c + (entry >> PLACE) + NEAREST if kind == SHIFTED else c, entry & 3, text, p, inside, breaks)
    return p
