"""From UTF-8 to shingles and digests (norm-v1), the same bits as the NumPy kernels (auditor/kernels/hashes.py says which)."""

from __future__ import annotations

import numpy as np

from auditor.kernels.fused import CHAR, DONE, FULL, LARGE, TOKENS
from auditor.kernels.hashes import LANES, LENGTH, MASK, STEP, P, Q
from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.normal import OWN, decoded, entry_of, normalised
from auditor.kernels.native.vectors import PACKS, load64, numbered, ones, spread, zeros_below
from auditor.kernels.sieving import HITS
from auditor.kernels.unicode14 import ALONE

UP, UQ, Q3, ULENGTH, USTEP = (np.uint64(each) for each in (P, Q, Q**3 & MASK, LENGTH, STEP))
LANE0, LANE1 = np.uint64(LANES[0]), np.uint64(LANES[1])
NONE, ONE, TWO, THREE, FOUR, FIVE, EIGHT, NINE, SIXTEEN = (np.uint64(each) for each in (0, 1, 2, 3, 4, 5, 8, 9, 16))
ALL = np.uint64((1 << 64) - 1)
U6, U12, U29, U32, U33, U63, U64 = (np.uint64(each) for each in (6, 12, 29, 32, 33, 63, 64))
SHIFT = np.uint64(21)
SPACE = 32


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
def ended(inside, breaks, words):
    """Makes of the bits of bytes in which tokens begin those of bytes in which they end."""
    for k in range(words):
        breaks[k] = (inside[k] | breaks[k]) & ~(inside[k] >> ONE | inside[k + 1] << U63)


@inner
def listed(bits, words, places):
    """The places of the bits, ascending; how many there are."""
    n = NONE
    for k in range(words):
        some, base = bits[k], k * 64
        if PACKS:
            n += numbered(some, base, places, n)
            continue
        more = n + np.uint64(ones(some))
        while n < more:  # eight at a time, whether or not there are as many: what is too much is written over
            for i in range(EIGHT):
                places[n + i] = base + zeros_below(some)
                some &= some - ONE
            n += EIGHT
        n = more
    return n


@inner
def tokens_of(inside, breaks, p, places, ends):
    """Where the tokens in p bytes begin, and their last bytes; how many there are."""
    words = parted(inside, breaks, p)
    count = listed(breaks, words, places)
    ended(inside, breaks, words)
    listed(breaks, words, ends)
    return count


@inner
def word_of(word, size):
    """The first bytes of a word, 1 to 8 of them."""
    return word & ALL >> (U64 - EIGHT * size)


@inner
def long_hashed(text, at, size):
    """The hash of a token of any size."""
    state = np.uint64(size) * ULENGTH
    for k in range(0, size, 16):
        left = np.uint64(size - k)
        state = turned((state ^ word_of(load64(text, at + k), min(left, EIGHT))) * UP, U32)
        tail = word_of(load64(text, at + k + 8), max(min(left, SIXTEEN), NINE) - EIGHT)
        state = turned((state ^ (tail if left > EIGHT else NONE)) * UP, U32)
    return state


@inner
def hashed(text, places, ends, count, hashes, tails):
    """The hashes of the tokens from places to ends. One thing at a time for all of them, so that it is done with vectors."""
    for i in range(count):
        at = np.int64(places[i])
        hashes[i], tails[i] = load64(text, at), load64(text, at + 8)
    for i in range(count):
        size = ONE + np.uint64(ends[i] - places[i])
        state = turned(((size * ULENGTH) ^ word_of(hashes[i], min(size, EIGHT))) * UP, U32)
        tail = word_of(tails[i], max(min(size, SIXTEEN), NINE) - EIGHT)
        hashes[i] = turned((state ^ (tail if size > EIGHT else NONE)) * UP, U32)
    long = NONE
    for i in range(count):
        tails[long] = i
        long += np.uint64(ends[i] - places[i] >= SIXTEEN)
    for k in range(long):
        i = tails[k]
        hashes[i] = long_hashed(text, np.int64(places[i]), 1 + np.int64(ends[i] - places[i]))


@inner
def lined(text, places, ends, count, items):
    """The items of the code points of the tokens, a space between two neighbours neither of which is written without spaces; how many."""
    n, spaced = NONE, NONE
    for i in range(count):
        at = np.int64(places[i])
        end = np.int64(ends[i]) + 1
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
    if width == FIVE:  # what is usual, in one go
        for i in range(shingles):
            state = (items[i] * UQ + items[i + ONE]) * Q3 + (items[i + TWO] * UQ + items[i + THREE]) * UQ + items[i + FOUR]
            state = turned(turned(state * UQ + FIVE * ULENGTH, U32) * UP, U29)
            values[used + i] = max(state, ONE)
        return shingles
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
        now = value if held == NONE else held
        table[slot] = now
        values[used] = value
        used += np.uint64(held == NONE)
        others[left] = value
        left += np.uint64(now != value)
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
def let_through(values, used, count, elements, starts, shift, bitmap, others):
    """Whether the values from values[used] on, each once, hit the elements often enough (auditor/kernels/sieving.py)."""
    mask, n = np.uint64(len(bitmap) - 1), NONE
    for i in range(count):  # no branch: what passes the bitmap is put aside
        value = values[used + i]
        marks = ONE << (value & U63) | ONE << ((value >> U6) & U63)
        others[n] = value
        n += np.uint64((bitmap[(value >> U12) & mask] & marks) == marks)
    hits, kept = 0, 0
    for i in range(n):
        value, times = others[i], 0
        for place in range(starts[value >> shift], starts[(value >> shift) + ONE]):
            times += elements[place] == value
        for k in range(kept):
            if others[k] == value:
                times = 0
        if times > 0:
            others[kept] = value
            kept, hits = kept + 1, hits + times
            if hits >= HITS:
                return True
    return False


@inner
def digested(state, place, lane0, lane1):
    """The lanes of a digest after the word at a place."""
    state = turned((state + place * USTEP) * UP, U32)
    return lane0 + turned(state * LANE0, U32), lane1 + turned(state * LANE1, U32)


@kernel(
    "int64(uint8[::1], int64[::1], uint8[::1], int64, int64, int64, uint64, uint8[::1], uint64[::1], uint64[::1], uint32[::1],"
    " uint32[::1], uint64[::1], uint64[::1], uint64[::1], uint64[::1], int64[::1], uint64, uint64[::1], uint64[::1], int64[::1],"
    " int64[::1], uint64[::1], int64[::1])"
)
def fused(
    data, offsets, folded, record, last, kind, length, text, inside, breaks, places, ends, hashes, tails, table,
    elements, starts, shift, bitmap, values, bounds, counts, digests, why,
):  # fmt: skip
    """The pass of auditor/kernels/fused.py over the records from `record` to `last`; the one at which it stopped, and `why`. The first one
    is `folded`, where that is given. Where there is a bitmap, only those records' shingles are kept that are let through.
    """
    while record < last:
        own = len(folded) == 0
        source, at, end = data if own else folded, offsets[record] if own else 0, offsets[record + 1] if own else len(folded)
        p = normalised(source, at, end, not own, text, inside, breaks)
        if p < 0:
            why[0] = -p
            return record
        used = np.uint64(bounds[record])
        tokens = tokens_of(inside, breaks, p, places, ends)
        hashed(text, places, ends, tokens, hashes, tails)
        items = tokens
        if kind != TOKENS:
            lane0 = lane1 = tokens * ULENGTH
            for i in range(tokens):
                lane0, lane1 = digested(hashes[i], i, lane0, lane1)
            digests[2 * record], digests[2 * record + 1] = fmix64(lane0), fmix64(lane1)
        if kind == CHAR:
            items = lined(text, places, ends, tokens, hashes)
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
            if len(bitmap) == 0 or let_through(values, used, shingles, elements, starts, shift, bitmap, hashes):
                used = distinct(values, used, shingles, table, hashes) if len(table) > 0 else used + shingles
        bounds[record + 1], counts[record] = used, tokens
        folded, record = folded[:0], record + 1
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
