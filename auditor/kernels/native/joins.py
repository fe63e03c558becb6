"""Kernels of sets that share elements: candidates and their exact verification.

Sets lie anywhere in memory (auditor/kernels/sets.py): a set is the address of its first element and a size. Tables are of powers of
two; their slots are bits of the elements, which are hashes.
"""

from __future__ import annotations

import numpy as np

from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.keys import element


@inner
def placed(head, size, table):
    """Puts a set into an empty table, in which 0 is a free slot; whether 0 is in the set. The mask of the table used is `reach(size)`."""
    mask, zero = reach(size), False
    for slot in range(np.int64(mask) + 1):
        table[slot] = np.uint64(0)
    for k in range(size):
        value = element(head, k)
        if value == np.uint64(0):
            zero = True
            continue
        slot = value & mask
        while table[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        table[slot] = value
    return zero


@inner
def reach(size):
    """The mask of the table for a set: at least twice as many slots as it has elements."""
    slots = np.uint64(16)
    while slots < np.uint64(2 * size):
        slots <<= np.uint64(1)
    return slots - np.uint64(1)


@inner
def common(head, size, table, mask, zero, least):
    """How many elements of a set are in the table, -1 where fewer than `least` are."""
    spare, missing = size - least, 0
    if spare < 0:
        return -1
    for k in range(size):
        value = element(head, k)
        if value == np.uint64(0):
            if zero:
                continue
        else:
            slot = value & mask
            held = table[slot]
            while held != value and held != np.uint64(0):
                slot = (slot + np.uint64(1)) & mask
                held = table[slot]
            if held == value:
                continue
        missing += 1
        if missing > spare:
            return -1
    return size - missing


@kernel("int64(uint64[::1], int32[::1], int32[::1], uint64[::1])")
def indexed(elements, slots, nexts, bitmap):
    """Chains the places of the elements that fall into one slot (ended by -1), and marks the elements' bits."""
    shift, mask = np.uint64(64), np.uint64(len(bitmap) - 1)
    for bit in range(63):
        if len(slots) >> bit > 1:
            shift -= np.uint64(1)
    for place in range(len(elements) - 1, -1, -1):
        value = elements[place]
        slot = value >> shift
        nexts[place], slots[slot] = slots[slot], np.int32(place)
        bitmap[(value >> np.uint64(6)) & mask] |= np.uint64(1) << (value & np.uint64(63))
    return np.int64(shift)


@inner
def alike(one, other, threshold):
    """About how many elements two sets share at least that have this Jaccard similarity: so many, or one fewer."""
    least = (one + other) * (threshold / (1.0 + threshold)) - 1e-6
    whole = np.int64(least)
    return max(whole + 1 if least > whole else whole, 1)


@kernel(
    "int64(int64, int64, uint64[::1], int64[::1], uint64[::1], int64[::1], uint64[::1], int64[::1], uint64[::1], int64[::1], "
    "int32[::1], int32[::1], uint64[::1], uint64, int64[::1], float64, int64, int64[::1], uint64[::1], int64[::1], int64[::1], "
    "int64[::1], int64[::1], int64[::1])"
)
def crossed(
    first, end, asked, askings, heads, sizes, right_heads, right_sizes, elements, records, slots,
    nexts, bitmap, shift, inside, threshold, itself, names, table, stamps, left, right, overlap, state,
):  # fmt: skip
    """The pairs of sets first..end with indexed ones: set i is looked up by the elements at asked[i] (askings[i] of them).

    A pair shares `inside` elements (of the right set), or about so many as makes the Jaccard similarity. Joined with `itself`, a set
    (names[i]) pairs only with those before it in the order of sizes. Returns up to which set it came: not to `end` where there was no room
    for the pairs of the next one. state: pairs found, stamps given.
    """
    mask, found = np.uint64(len(bitmap) - 1), 0
    for i in range(first, end):
        state[1] += 1
        state[0], size, there, zero = found, sizes[i], False, False
        for k in range(askings[i]):
            value = element(asked[i], k)
            if (bitmap[(value >> np.uint64(6)) & mask] >> (value & np.uint64(63))) & np.uint64(1) == np.uint64(0):
                continue
            place = slots[value >> shift]
            while place >= 0:
                other = records[place]
                if elements[place] == value and stamps[other] != state[1]:
                    stamps[other] = state[1]
                    wide = right_sizes[other]
                    least = min(inside[other], alike(size, wide, threshold))
                    if least <= min(size, wide) and (itself == 0 or wide < size or (wide == size and other < names[i])):
                        if not there:
                            zero, there = placed(heads[i], size, table), True
                        shared = common(right_heads[other], wide, table, reach(size), zero, least)
                        if shared >= 0:
                            if found == len(left):
                                return i
                            left[found], right[found], overlap[found] = names[i], other, shared
                            found += 1
                place = nexts[place]
    state[0] = found
    return end


@kernel(
    "int64(int64, int64, uint64[::1], int64[::1], uint64[::1], int32[::1], int32[::1], uint64[::1], uint64, int64[::1], int64[::1],"
    "int64[::1])"
)
def held(first, end, heads, sizes, elements, slots, nexts, bitmap, shift, owners, places, state):
    """Which of the sets first..end hold which indexed elements (distinct), by their places; returns and state as of `crossed`."""
    mask, found = np.uint64(len(bitmap) - 1), 0
    for i in range(first, end):
        state[0] = found
        for k in range(sizes[i]):
            value = element(heads[i], k)
            if (bitmap[(value >> np.uint64(6)) & mask] >> (value & np.uint64(63))) & np.uint64(1) == np.uint64(0):
                continue
            place = slots[value >> shift]
            while place >= 0:
                if elements[place] == value:
                    if found == len(owners):
                        return i
                    owners[found], places[found] = i, place
                    found += 1
                place = nexts[place]
    state[0] = found
    return end


@kernel("int64(int64[::1], uint64[::1], int64[::1], uint64[::1], int64[::1], int64[::1], uint64[::1], int64[::1])")
def overlaps(first, heads, sizes, other_heads, other_sizes, least, table, out):
    """How many elements the sets at heads[i] and other_heads[i] share, -1 where fewer than least[i]. Equal neighbours in `first` say
    that the one set is the same.
    """
    zero, mask, there = False, np.uint64(0), False
    for i in range(len(first)):
        if i > 0 and first[i] != first[i - 1]:
            there = False
        if sizes[i] < least[i] or other_sizes[i] < least[i]:
            out[i] = -1
            continue
        if not there:
            zero, mask, there = placed(heads[i], sizes[i], table), reach(sizes[i]), True
        out[i] = common(other_heads[i], other_sizes[i], table, mask, zero, least[i])
    return 0


@kernel("int64(int64, int64[::1], int64[::1], int64[::1], int64[::1], int32[::1], int64[::1], int64, int64, uint64[::1], int64[::1])")
def paired(first, records, edges, sizes, smallest, groups, rows, bands, band, out, state):
    """The pairs within the groups of a band (records[edges[g]:edges[g + 1]]), lower record in the upper half, that are in no group of an
    earlier band together and whose sizes allow the threshold. `groups` has for row rows[record] the group's number in each band (0:
    none). Begins with group `first`; the number of groups done. state: pairs found.
    """
    found = 0
    for group in range(first, len(edges) - 1):
        start, end = edges[group], edges[group + 1]
        if found + (end - start) * (end - start - 1) // 2 > len(out):
            state[0] = found
            return group
        for i in range(start, end):
            for j in range(i + 1, end):
                a, b = records[i], records[j]
                if min(sizes[a], sizes[b]) < max(smallest[a], smallest[b]):
                    continue
                one, other, known = rows[a] * bands, rows[b] * bands, False
                for k in range(band):
                    if groups[one + k] == groups[other + k] and groups[one + k] != 0:
                        known = True
                        break
                if not known:
                    out[found] = np.uint64(min(a, b)) << np.uint64(32) | np.uint64(max(a, b))
                    found += 1
    state[0] = found
    return len(edges) - 1


@inner
def root_of(parents, node):
    """The first node of a node's cluster; the way there is halved."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@kernel(
    "int64(int64, int64, int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], "
    "int64[::1], uint64[::1], int64[::1], float64, int64, int64[::1], int64[::1], int64[::1], int64[::1], uint64[::1], int64[::1], "
    "int64[::1], int64[::1], int64[::1])"
)
def pivoted(
    first, last, pivots, bounds, places, crowd_of, edges, members, rest, opened, open_ends, closed,
    heads, sizes, threshold, cap, parents, weights, partners, stamps, table, left, right, overlap, state,
):  # fmt: skip
    """Compares sets, pivots[first:last], with the later ones of their crowds, pair by pair, where a pair is of interest
    (auditor/kernels/crowds.py) and they can share enough of the `rest` of their elements.

    A crowd has the members edges[c]:edges[c + 1], ascending, and pivot p stands at places[bounds[p]:bounds[p + 1]] among them. `opened`,
    from edges[c] to open_ends[c], are the places of members that are not settled with every later one of the cluster of closed[c], a
    node (-1: none yet). Returns up to which pivot it came; state as of `crossed`.
    """
    found = 0
    for p in range(first, last):
        state[1] += 1
        state[0], one, there, zero = found, pivots[p], False, False
        size, root = sizes[one], root_of(parents, one)
        large = weights[root] > cap and root != one
        for at in range(bounds[p], bounds[p + 1]):
            place = places[at]
            crowd = crowd_of[place]
            few = large and partners[one] < one and closed[crowd] >= 0 and root_of(parents, closed[crowd]) == root
            begin, end = (edges[crowd], open_ends[crowd]) if few else (place + 1, edges[crowd + 1])
            kept = begin
            for each in range(begin, end):
                spot = opened[each] if few else each
                other = members[spot]
                if few:
                    if spot <= place:
                        continue
                    opened[kept] = spot
                    kept += 1
                if stamps[other] == state[1]:
                    continue
                above = root_of(parents, other)
                if large and above == root and other != root and partners[other] < one and partners[one] < other:
                    stamps[other] = state[1]
                    if few:
                        kept -= 1
                    continue
                if alike(size, sizes[other], threshold) > min(rest[place], rest[spot]):
                    continue
                stamps[other], least = state[1], alike(size, sizes[other], threshold)
                if not there:
                    zero, there = placed(heads[one], size, table), True
                shared = common(heads[other], sizes[other], table, reach(size), zero, least)
                if shared >= 0 and shared / (size + sizes[other] - shared) >= threshold:
                    if found == len(left):
                        return p
                    left[found], right[found], overlap[found] = one, other, shared
                    found += 1
            if few:
                open_ends[crowd] = kept
            elif large and closed[crowd] < 0 and partners[one] < one:
                closed[crowd] = one
        for each in range(state[0], found):
            other = right[each]
            partners[other], partners[one] = min(partners[other], one), min(partners[one], other)
            a, b = root_of(parents, one), root_of(parents, other)
            if a != b:
                parents[max(a, b)] = min(a, b)
                weights[min(a, b)] += weights[max(a, b)]
    state[0] = found
    return last
