"""From UTF-8 to shingles and digests (norm-v1), the same bits as the NumPy kernels (auditor/kernels/hashes.py says which)."""

from __future__ import annotations

import numpy as np

from auditor.kernels.fused import CHAR, CRAMPED, DONE, FOLD, FULL, LARGE, SPARE, TOKENS
from auditor.kernels.hashes import LANES, LENGTH, STEP, P, Q
from auditor.kernels.native import images
from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.vectors import BLOCK, load64, lowered, ones, spread, zeros_below
from auditor.kernels.unicode14 import ALONE, FORMAT, SEPARATOR

STARTS, ENTRIES, UNITS = images.STARTS, images.ENTRIES, images.UNITS
OWN, KIND, FIRST, SECOND, COMBINING, PLACE = images.OWN, images.KIND, images.FIRST, images.SECOND, images.COMBINING, images.PLACE
SHIFTED, MANY, HARD, WIDTH, NEAREST = images.SHIFTED, images.MANY, images.HARD, images.WIDTH, images.NEAREST

UP, UQ, ULENGTH, USTEP = np.uint64(P), np.uint64(Q), np.uint64(LENGTH), np.uint64(STEP)
LANE0, LANE1 = np.uint64(LANES[0]), np.uint64(LANES[1])
NONE, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64((1 << 64) - 1)
U29, U32, U33, U63 = np.uint64(29), np.uint64(32), np.uint64(33), np.uint64(63)
EIGHT, SHIFT = np.uint64(8), np.uint64(21)
SPACE = 32

HEADS = np.array([(1 << 8 * min(size, 8)) - 1 for size in range(17)], np.uint64)
TAILS = np.array([(1 << 8 * max(size - 8, 0)) - 1 for size in range(17)], np.uint64)
"""By the bytes that a token has left, those of its next two words."""


@inner
def fmix64(value):
    """The finaliser of MurmurHash3."""
    value = (value ^ (value >> U33)) * LANE0
    value = (value ^ (value >> U33)) * LANE1
    return value ^ (value >> U33)


@inner
def turned(value, bits):
    """value ^ (value >> bits)."""
    return value ^ (value >> bits)


@inner
def put(bits, place, some):
    """Ors bits into an array of bits from a place on; the word behind is begun anew."""
    word, shift = place >> 6, np.uint64(place & 63)
    bits[word] |= some << shift
    bits[word + 1] = (some >> ONE) >> (U63 - shift)


@inner
def taken(bits, place):
    """The 64 bits from a place on."""
    word, shift = place >> 6, np.uint64(place & 63)
    return (bits[word] >> shift) | ((bits[word + 1] << ONE) << (U63 - shift))


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


@inner
def parted(inside, breaks, p):
    """Makes of the bits of bytes in tokens those of bytes in which tokens go on, and of the breaks those where tokens begin."""
    before = NONE
    words = (p + 63) >> 6
    for k in range(words):
        here = inside[k]
        begun = here & (~(here << ONE | before) | breaks[k])
        before = here >> U63
        inside[k], breaks[k] = here & ~begun, begun
    inside[words], inside[words + 1] = NONE, NONE
    return words


@inner
def run(inside, place):
    """How many bits from a place on are ones."""
    size = zeros_below(~taken(inside, place))
    total = size
    while size == 64:
        size = zeros_below(~taken(inside, place + total))
        total += size
    return total


@inner
def token_rest(text, at, size, state):
    """The hash of a token that goes on at text[at] for `size` bytes."""
    while size > 0:
        state = turned((state ^ (load64(text, at) & HEADS[min(size, 16)])) * UP, U32)
        state = turned((state ^ (load64(text, at + 8) & TAILS[min(size, 16)])) * UP, U32)
        at, size = at + 16, size - 16
    return state


@inner
def begun(breaks, words, places):
    """The places of the bits, ascending; how many there are."""
    n = NONE
    for k in range(words):
        bits, base = breaks[k], k * 64
        more = n + np.uint64(ones(bits))
        while n < more:  # eight at a time, whether or not there are as many: what is too much is written over
            for i in range(EIGHT):
                places[n + i] = base + zeros_below(bits)
                bits &= bits - ONE
            n += EIGHT
        n = more
    return n


@inner
def hashed(text, inside, places, count, hashes):
    """The hashes of the tokens that begin at the places."""
    for i in range(count):
        at = np.int64(places[i])
        size = 1 + zeros_below(~taken(inside, at + 1))
        head = np.uint64(min(size, 16))
        state = turned(((np.uint64(size) * ULENGTH) ^ (load64(text, at) & HEADS[head])) * UP, U32)
        state = turned((state ^ (load64(text, at + 8) & TAILS[head])) * UP, U32)
        if size > 16:
            size = 1 + run(inside, at + 1)
            state = token_rest(text, at, size, np.uint64(size) * ULENGTH)
        hashes[i] = state


@inner
def lined(text, inside, places, count, items):
    """The items of the code points of the tokens, a space between two neighbours neither of which is written without spaces; how many."""
    n, spaced = NONE, NONE
    for i in range(count):
        at = np.int64(places[i])
        end = at + 1 + run(inside, at + 1)
        alone = text[at] >= 0xE0 and entry_of(decoded(text, at, end) >> 3) >> OWN & 3 == ALONE
        items[n] = turned(np.uint64(SPACE) * UP, U32)
        n += NONE if alone else spaced
        spaced = NONE if alone else ONE
        while at < end:
            size = min(end - at, zeros_below(spread(text, at, items, n)))
            at, n = at + size, n + np.uint64(size)
            if size < 16 and at < end:
                packed = decoded(text, at, end)
                items[n] = turned(np.uint64(packed >> 3) * UP, U32)
                at, n = at + (packed & 7), n + ONE
    return n


@inner
def shingled(items, count, length, values, used):
    """The hashes of the shingles of items, from values[used] on; how many there are."""
    width = min(length, count)
    shingles = count - width + ONE
    odd = width & ONE
    for i in range(shingles):
        values[used + i] = items[i] * UQ if odd else (items[i] * UQ + items[i + ONE]) * UQ
    for k in range(ONE if odd else ONE + ONE, width, ONE + ONE):  # two at a time: half the loads and stores
        for i in range(shingles):
            values[used + i] = ((values[used + i] + items[i + k]) * UQ + items[i + k + ONE]) * UQ
    for i in range(shingles):
        state = turned(turned(values[used + i] + width * ULENGTH, U32) * UP, U29)
        values[used + i] = max(state, ONE)
    return shingles


@inner
def cleared(table, count):
    """Empties as much of the table as a set of `count` elements needs; the mask of its slots."""
    slots = EIGHT
    while slots < count + count:
        slots <<= ONE
    for slot in range(slots):
        table[slot] = NONE
    return slots - ONE


@inner
def sifted(source, first, count, shift, table, values, used, others):
    """Of the values from source[first] on those that come first where their bits from `shift` on are looked up, each once, go to
    values[used:], those that find another one there to others[0:]. Where the former end, and how many the latter are.
    """
    mask, left = cleared(table, count), NONE
    for i in range(count):
        value = source[first + i]
        slot = (value >> shift) & mask
        held = table[slot]
        free = held == NONE
        table[slot] = value if free else held
        values[used] = value
        used += np.uint64(free)
        others[left] = value
        left += np.uint64(not free) & np.uint64(held != value)
    return used, left


@inner
def distinct(values, used, count, table, others):
    """Moves the distinct ones of the values from values[used] on to the front; where they end.

    Equal values share every slot, so that they are always sifted together; what is left is less and less, and no branch depends on it.
    """
    used, left = sifted(values, used, count, NONE, table, values, used, others)
    shift = NONE
    while left > NONE:
        shift = shift + SHIFT if shift < SHIFT + SHIFT else NONE
        used, left = sifted(others, NONE, left, shift, table, values, used, others)
    return used


@inner
def digested(state, place, lane0, lane1):
    """The lanes of a digest after the word at a place."""
    state = turned((state + place * USTEP) * UP, U32)
    return lane0 + turned(state * LANE0, U32), lane1 + turned(state * LANE1, U32)


@kernel(
    "int64(uint8[::1], int64[::1], int64, int64, int64, int64, uint64, uint8[::1], uint64[::1], uint64[::1], uint32[::1], uint64[::1],"
    " uint64[::1], uint64[::1], int64[::1], int64[::1], uint64[::1], int64[::1])"
)
def fused(
    data, offsets, record, last, folded, kind, length, text, inside, breaks, places, hashes, table, values, bounds, counts, digests, why
):
    """The pass of auditor/kernels/fused.py over the records from `record` to `last`; the one at which it stopped, and `why`."""
    while record < last:
        p = normalised(data, offsets[record], offsets[record + 1], folded, text, inside, breaks)
        if p < 0:
            why[0] = -p
            return record
        used = np.uint64(bounds[record])
        tokens = begun(breaks, parted(inside, breaks, p), places)
        hashed(text, inside, places, tokens, hashes)
        items = tokens
        if kind != TOKENS:
            lane0 = lane1 = tokens * ULENGTH
            for i in range(tokens):
                lane0, lane1 = digested(hashes[i], i, lane0, lane1)
            digests[2 * record], digests[2 * record + 1] = fmix64(lane0), fmix64(lane1)
        if kind == CHAR:
            items = lined(text, inside, places, tokens, hashes)
        if used + items > np.uint64(len(values)):
            why[0] = FULL
            return record
        if kind == TOKENS:
            for i in range(tokens):
                values[used + i] = hashes[i]
            used += tokens
        elif items > NONE:
            if len(table) > 0 and items + items > np.uint64(len(table)):
                why[0] = LARGE
                return record
            shingles = shingled(hashes, items, length, values, used)
            used = distinct(values, used, shingles, table, hashes) if len(table) > 0 else used + shingles
        bounds[record + 1], counts[record] = used, tokens
        record += 1
    why[0] = DONE
    return record


@kernel("int64(uint8[::1], int64[::1], uint64[::1])")
def raw_digests(data, offsets, digests):
    """The digests of the records as they stand."""
    for record in range(len(offsets) - 1):
        at, size = offsets[record], offsets[record + 1] - offsets[record]
        lane0 = lane1 = np.uint64(size) * ULENGTH
        whole = size >> 3
        for i in range(whole):
            lane0, lane1 = digested(load64(data, at + 8 * i), np.uint64(i), lane0, lane1)
        if size & 7:
            word = NONE
            for i in range(size & 7):
                word |= np.uint64(data[at + 8 * whole + i]) << np.uint64(8 * i)
            lane0, lane1 = digested(word, np.uint64(whole), lane0, lane1)
        digests[2 * record], digests[2 * record + 1] = fmix64(lane0), fmix64(lane1)
    return len(offsets) - 1
