"""Kernels of elements and keys: how often they occur, which are the rarest of a set, which are there more than once.

Elements and keys are hashes: their bits are the slots of tables, which are of powers of two. A set is the address of its first element
and a size (auditor/kernels/sets.py).
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from auditor.kernels.native.build import inner, kernel

SMALL = 24
"""Entries up to which insertion sorts faster."""


@intrinsic
def element(typingctx, address, index):
    """The uint64 that stands `index` places behind an address."""

    def code(context, builder, signature, arguments):
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(builder.gep(pointer, [arguments[1]]))

    return types.uint64(types.uint64, types.int64), code


@inner
def before(weights, values, a, weight, value):
    """Whether entry a comes before another one, by weight, then by value."""
    return weights[a] < weight or (weights[a] == weight and values[a] < value)


@inner
def swap(weights, values, a, b):
    """Exchanges two entries."""
    weights[a], weights[b] = weights[b], weights[a]
    values[a], values[b] = values[b], values[a]


@inner
def parted(weights, values, low, high):
    """Parts the entries low..high (three at least) by one of them: no entry up to the place returned comes after one behind it."""
    middle = (low + high) >> 1
    for a, b in ((low, middle), (low, high), (middle, high)):
        if before(weights, values, b, weights[a], values[a]):
            swap(weights, values, a, b)
    weight, value = weights[middle], values[middle]
    i, j = low, high
    while True:
        while before(weights, values, i, weight, value):
            i += 1
        while weight < weights[j] or (weight == weights[j] and value < values[j]):
            j -= 1
        if i >= j:
            return j
        swap(weights, values, i, j)
        i += 1
        j -= 1


@inner
def inserted(weights, values, low, high):
    """Sorts the entries low..high by insertion."""
    for i in range(low + 1, high + 1):
        weight, value = weights[i], values[i]
        j = i
        while j > low and not before(weights, values, j - 1, weight, value):
            weights[j], values[j] = weights[j - 1], values[j - 1]
            j -= 1
        weights[j], values[j] = weight, value


@inner
def selected(weights, values, low, high, count):
    """Brings the first `count` of the entries low..high to the front, in any order."""
    last = low + count - 1
    while high - low >= SMALL:
        border = parted(weights, values, low, high)
        if last <= border:
            high = border
        else:
            low = border + 1
    inserted(weights, values, low, high)


@inner
def ordered(weights, values, low, high, stack):
    """Sorts the entries low..high; `stack` (int64, 128) holds the parts that are left."""
    depth = 0
    while True:
        while high - low >= SMALL:
            border = parted(weights, values, low, high)
            if border - low > high - border:  # the larger part waits: so few wait at a time
                stack[depth], stack[depth + 1] = low, border
                low = border + 1
            else:
                stack[depth], stack[depth + 1] = border + 1, high
                high = border
            depth += 2
        inserted(weights, values, low, high)
        if depth == 0:
            return
        depth -= 2
        low, high = stack[depth], stack[depth + 1]


@kernel("int64(uint64[::1], int64[::1], uint32[::1], int64)")
def counted(heads, sizes, counts, step):
    """Adds `step` to the counter of every element of the sets."""
    mask, step = np.uint64(len(counts) - 1), np.uint32(step)
    for i in range(len(heads)):
        for k in range(sizes[i]):
            counts[element(heads[i], k) & mask] += step
    return 0


@kernel("int64(uint64[::1], int64[::1], int64[::1], uint32[::1], uint64[::1], uint64[::1], int64[::1], uint64[::1])")
def rarest(heads, sizes, lengths, counts, weights, values, stack, out):
    """The `lengths` rarest elements of each set, in order, one set after the other."""
    mask, end = np.uint64(len(counts) - 1), 0
    for i in range(len(heads)):
        if lengths[i] == 0:
            continue
        for k in range(sizes[i]):
            value = element(heads[i], k)
            values[k], weights[k] = value, np.uint64(counts[value & mask])
        selected(weights, values, 0, sizes[i] - 1, lengths[i])
        ordered(weights, values, 0, lengths[i] - 1, stack)
        for k in range(lengths[i]):
            out[end + k] = values[k]
        end += lengths[i]
    return end


@kernel("int64(uint64[::1], int64, int64[::1], uint64[::1], uint64[::1], int64[::1], int64[::1])")
def repeated(keys, bits, starts, partly, places, stack, out):
    """The places of keys that are there more than once, ordered by key, then by place; how many. Buckets are the keys' upper bits."""
    shift = np.uint64(64 - bits)
    for i in range(len(keys)):
        starts[np.int64(keys[i] >> shift) + 2] += 1
    for bucket in range(2, len(starts)):
        starts[bucket] += starts[bucket - 1]
    for i in range(len(keys)):
        bucket = np.int64(keys[i] >> shift) + 1
        place = starts[bucket]
        starts[bucket] = place + 1
        partly[place], places[place] = keys[i], np.uint64(i)
    found = 0
    for bucket in range(len(starts) - 2):
        low, high = starts[bucket], starts[bucket + 1] - 1
        if high <= low:
            continue
        ordered(partly, places, low, high, stack)
        for i in range(low, high + 1):
            if (i > low and partly[i - 1] == partly[i]) or (i < high and partly[i + 1] == partly[i]):
                out[found] = np.int64(places[i])
                found += 1
    return found


@kernel("int64(uint64[::1], uint64[::1], int32[::1], int64[::1], int64[::1])")
def numbered(upper, lower, slots, number, firsts):
    """Numbers keys of two halves in order of first appearance; `firsts` are where each first appears; how many. Free slots are -1."""
    mask, found = np.uint64(len(slots) - 1), 0
    for i in range(len(upper)):
        slot = upper[i] & mask
        while slots[slot] >= 0:
            first = firsts[slots[slot]]
            if upper[first] == upper[i] and lower[first] == lower[i]:
                break
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot], firsts[found] = np.int32(found), i
            found += 1
        number[i] = slots[slot]
    return found
