"""Kernels of texts that are looked for in others: hashes looked up in a table, grams of tokens likewise, and the alignment of tokens."""

from __future__ import annotations

import numpy as np

from auditor.kernels.native.build import inner, kernel

BEGUN = 3
"""Tokens at the beginning of a gram by which most of what is none is turned away (auditor/kernels/spans.py makes the map of them)."""


@inner
def marked(value, sieve, first, bits):
    """Whether the first bits of a hash are set in the map that begins at word `first`."""
    slot = value >> np.uint64(64 - bits)
    return (sieve[first + np.int64(slot >> np.uint64(6))] >> (slot & np.uint64(63))) & np.uint64(1) != np.uint64(0)


@inner
def place_of(value, keys, buckets, shift, sieve, first, bits):
    """The place of a hash in the keys (ascending), -1 where it is none of them; the map of bits begins at word `first`."""
    if not marked(value, sieve, first, bits):
        return np.int64(-1)
    bucket = np.int64(value >> np.uint64(64 - shift))
    for place in range(np.int64(buckets[bucket]), np.int64(buckets[bucket + 1])):
        if keys[place] == value:
            return place
    return np.int64(-1)


@kernel("int64(uint64[::1], uint64[::1], int64[::1], uint64[::1], int64, int64, int64[::1], int64[::1])")
def looked_up(values, keys, buckets, sieve, bits, shift, places, kinds):
    """Writes which values are keys, and which keys; there is room for all. How many are."""
    count = np.int64(0)
    for i in range(len(values)):
        kind = place_of(values[i], keys, buckets, shift, sieve, np.int64(0), bits)
        if kind >= 0:
            places[count], kinds[count] = i, kind
            count += 1
    return count


@kernel(
    "int64(uint64[::1], int64[::1], int64[::1], uint64[::1], uint64[::1],"
    " uint64[::1], int64[::1], int64, uint64[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def grams_sought(tokens, firsts, widths, seeds, weights, keys, buckets, shift, sieves, starts, bits, places, grams):
    """Writes which runs of tokens within a record are keys, by their place and width (ascending); how many are, also beyond the room.

    The hash of a run of `widths[k]` tokens begins with seeds[k]; token i of it counts weights[i] times. The map of the grams of that
    width begins at word starts[k] of `sieves` and has 2 ** bits[k] bits; the last one is of the first BEGUN tokens of all longer grams.
    """
    count = np.int64(0)
    for record in range(len(firsts) - 1):
        end = firsts[record + 1]
        for place in range(firsts[record], end):
            total, done = np.uint64(0), np.int64(0)
            for k in range(len(widths)):
                if place + widths[k] > end:
                    break
                if done < BEGUN <= widths[k]:
                    while done < BEGUN:
                        total += tokens[place + done] * weights[done]
                        done += 1
                    if not marked(total, sieves, starts[len(widths)], bits[len(widths)]):
                        break
                while done < widths[k]:
                    total += tokens[place + done] * weights[done]
                    done += 1
                gram = place_of(total + seeds[k], keys, buckets, shift, sieves, starts[k], bits[k])
                if gram >= 0:
                    if count < len(places):
                        places[count], grams[count] = place, gram
                    count += 1
    return count


@inner
def align(items, a, b, tokens, low, high, there, at, scratch, reached, pair):
    """Marks in `there`, from place `at` on, which of items[a:b] are in their longest common subsequence with tokens[low:high], as
    auditor/kernels/spans.py does it, and writes the first and last token (end) of that in `reached`.
    """
    rows, width = b - a, high - low + 1
    for j in range(width):
        scratch[j] = 0
    for i in range(rows):
        above, mine = i * width, (i + 1) * width
        scratch[mine] = 0
        for j in range(width - 1):
            if items[a + i] == tokens[low + j]:
                scratch[mine + j + 1] = scratch[above + j] + 1
            else:
                scratch[mine + j + 1] = max(scratch[above + j + 1], scratch[mine + j])
    i, j = rows, width - 1
    reached[2 * pair], reached[2 * pair + 1] = 0, 0
    while i > 0 and j > 0:
        here = scratch[i * width + j]
        if scratch[(i - 1) * width + j] == here:
            i -= 1
        elif scratch[i * width + j - 1] == here:
            j -= 1
        else:
            i -= 1
            j -= 1
            there[at + i] = 1
            if reached[2 * pair + 1] == 0:
                reached[2 * pair + 1] = j + 1
            reached[2 * pair] = j


@kernel("int64(uint64[::1], int64[::1], int64[::1], uint64[::1], int64[::1], int64[::1], int64[::1], uint8[::1], int32[::1], int64[::1])")
def aligned(items, a, b, tokens, low, high, places, there, scratch, reached):
    """The same for many pairs of items[a[i]:b[i]] and tokens[low[i]:high[i]]; `there` is 0 from places[i] on, and `scratch` has room for
    the (b - a + 1) * (high - low + 1) numbers of each.
    """
    for pair in range(len(a)):
        align(items, a[pair], b[pair], tokens, low[pair], high[pair], there, places[pair], scratch, reached, pair)
    return np.int64(len(a))


@inner
def stands(answers, a, b, tokens, low, high):
    """Whether answers[a:b], which is not empty, stands in tokens[low:high]."""
    for start in range(low, high - (b - a) + 1):
        size = 0
        while size < b - a and answers[a + size] == tokens[start + size]:
            size += 1
        if size == b - a:
            return True
    return False


@kernel("int64(uint64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], uint64[::1], int64[::1], int64[::1], uint8[::1])")
def answered(tokens, low, first, last, high, text, answers, bounds, owned, out):
    """Marks the occurrences, tokens[first[i]:last[i]], before which (from low[i] on) or after which (to high[i]) an answer to their text
    stands: answers[bounds[j]:bounds[j + 1]] for j from owned[text[i]] to owned[text[i] + 1]. How many are marked.
    """
    count = np.int64(0)
    for i in range(len(text)):
        for j in range(owned[text[i]], owned[text[i] + 1]):
            a, b = bounds[j], bounds[j + 1]
            if a < b and (stands(answers, a, b, tokens, low[i], first[i]) or stands(answers, a, b, tokens, last[i], high[i])):
                out[i] = 1
                count += 1
                break
    return count
