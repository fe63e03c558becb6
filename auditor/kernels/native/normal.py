"""Norm-v1 of UTF-8, as UTF-8 with a space for what separates: the images of code points one after the other, where that is all it is."""

from __future__ import annotations

import numpy as np

from auditor.kernels.fused import CRAMPED, FOLD, SPARE
from auditor.kernels.native import images
from auditor.kernels.native.build import inner
from auditor.kernels.native.vectors import BLOCK, begun, load64, lowered, zeros_below
from auditor.kernels.unicode14 import ALONE, FORMAT, SEPARATOR

STARTS, ENTRIES, UNITS, IN_PLACE = images.STARTS, images.ENTRIES, images.UNITS, images.IN_PLACE
OWN, KIND, FIRST, SECOND, COMBINING, PLACE = images.OWN, images.KIND, images.FIRST, images.SECOND, images.COMBINING, images.PLACE
SHIFTED, MANY, HARD, WIDTH, NEAREST = images.SHIFTED, images.MANY, images.HARD, images.WIDTH, images.NEAREST
UELSE, UAPART, URANK, UBYTES = (np.uint64(each) for each in (1 << images.ELSE, images.APART, images.RANK, images.BYTES))
UWIDTH, UPAGE = np.uint64(WIDTH), np.uint64((1 << WIDTH) - 1)

NONE, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64((1 << 64) - 1)
U2, U5, U6, U7, U8, U16, U31, U63 = (np.uint64(each) for each in (2, 5, 6, 7, 8, 16, 31, 63))
LAST = np.uint64(7 << 61)
SPACE = 32


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
def below(n):
    """The lowest n bits, up to 64."""
    return ALL >> np.uint64(BLOCK - n) if n > 0 else NONE


@inner
def imaged(text, p, n, leads, found):
    """Puts images in the place of the code points that begin at the bits of `leads` in text[p:p + n], as long as they have the same size:
    how many bytes that are, the bits of those in tokens, `found` among them, and of those where a token must end or begin.
    """
    last = leads & LAST  # what is not there as a whole is for the next block, and where a token ends there is a bit for it
    n = zeros_below(last) if last != NONE else n
    leads &= below(n)
    cuts, ended, before = NONE, NONE, NONE
    while leads != NONE:
        i = np.uint64(zeros_below(leads))
        leads &= leads - ONE
        word = load64(text, p + np.int64(i))
        wide = word >> U5 & ONE
        c = (word & U31) << U6 | word >> U8 & U63
        c = c << U6 | word >> U16 & U63 if wide != NONE else c
        entry = np.uint64(IN_PLACE[np.uint64(STARTS[c >> UWIDTH]) + (c & UPAGE)])
        rank, end = entry >> URANK, i + U2 + wide
        if entry & UELSE != NONE or (rank != NONE and (i == NONE or (ended == i and rank < before))):
            return np.int64(i), found, cuts
        if entry & UBYTES != NONE:
            word ^= entry & UBYTES
            for k in range(U2 + wide):
                text[p + np.int64(i + k)] = word >> U8 * k
        apart = entry >> UAPART & ONE
        found |= (entry >> U5 & U7) << i
        cuts |= apart << i | apart << end
        ended, before = end, rank
    return n, found, cuts


@inner
def block(data, at, end, folded, text, p, inside, breaks):
    """Appends what is at data[at], up to a block, as long as it is ASCII or, unless `folded`, has an image of the same size; how many
    bytes.
    """
    if at + BLOCK <= len(data):
        found, high = lowered(data, at, text, p)
    else:
        spare = len(text) - BLOCK
        for i in range(len(data) - at):
            text[spare + i] = data[at + i]
        found, high = lowered(text, spare, text, p)
    n, cuts = min(BLOCK, end - at), NONE
    high &= below(n)
    if high != NONE:
        if folded:
            n = zeros_below(high)
        else:
            n, found, cuts = imaged(text, p, n, high & begun(text, p), found)
    put(inside, p, found & below(n))
    put(breaks, p, cuts)
    return n


@inner
def known_before(data, begin, at):
    """What is known of the code point before data[at]; nothing at the beginning."""
    if at == begin:
        return 0
    place = at - 1
    while data[place] & 0xC0 == 0x80:
        place -= 1
    return entry_of(decoded(data, place, at) >> 3)


@inner
def normalised(data, at, end, folded, text, inside, breaks):
    """Norm-v1 of data[at:end] in UTF-8, with a space for what separates; the bits of the bytes that are in tokens, and of those where a
    token must end or begin. Its length; -FOLD where it is not that of its code points one after the other, -CRAMPED.

    What separates keeps the bytes it has where its image is as long.
    """
    begin, p, room = at, 0, len(text) - SPARE // 2
    inside[0], breaks[0] = NONE, NONE
    while at < end:
        if p > room:
            return -CRAMPED
        n = block(data, at, end, folded, text, p, inside, breaks)
        p, at = p + n, at + n
        if n > BLOCK - 4 or at >= end:
            continue
        packed, before = decoded(data, at, end), known_before(data, begin, at)
        c, entry = packed >> 3, entry_of(packed >> 3)
        at += packed & 7
        if folded:
            p = emitted(c, entry >> OWN & 3, text, p, inside, breaks)
            continue
        first, combining = before >> FIRST & 1, before >> COMBINING & 63
        rank, kind = entry >> COMBINING & 63, entry >> KIND & 3
        if kind == HARD or (rank > 0 and rank < combining):
            return -FOLD
        if entry >> SECOND & 1 and (first or (rank > 0 and combining > 0)):
            return -FOLD
        if kind == MANY:
            place = entry >> PLACE
            for i in range(place + 1, place + 1 + UNITS[place]):
                p = emitted(np.int64(UNITS[i] >> 2), UNITS[i] & 3, text, p, inside, breaks)
        else:
            p = emitted(c + (entry >> PLACE) + NEAREST if kind == SHIFTED else c, entry & 3, text, p, inside, breaks)
    return p
