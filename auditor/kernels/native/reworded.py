"""Passages that may say a benchmark item in other words, the same as kernels/reworded_candidates.py finds with NumPy."""

from __future__ import annotations

from auditor.kernels.native.build import inner, kernel

ALIKE = 45
"""As in kernels/reworded_candidates.py."""


@inner
def densest(ids, low, high, length, mark, turn, masses):
    """Where the run of `length` tokens from `low` to `high` begins that holds the most mass of the marked terms, the first of them."""
    total = 0
    for i in range(low, min(low + length, high)):
        if ids[i] >= 0 and mark[ids[i]] == turn:
            total += masses[ids[i]]
    best, start = total, low
    for i in range(low + length, high):
        if ids[i] >= 0 and mark[ids[i]] == turn:
            total += masses[ids[i]]
        out = ids[i - length]
        if out >= 0 and mark[out] == turn:
            total -= masses[out]
        if total > best:
            best, start = total, i - length + 1
    return start


@inner
def inserted(out, first, rows, kept, unit, item, start, end, share):
    """A row put in its place among the rows from `first`: by share, the largest first, then by item; `kept` at most. Returns the rows."""
    place = rows
    while place > first and (share > out[5 * place - 1] or (share == out[5 * place - 1] and item < out[5 * place - 4])):
        if place - first < kept:
            for column in range(5):
                out[5 * place + column] = out[5 * place - 5 + column]
        place -= 1
    if place - first >= kept:
        return rows
    out[5 * place], out[5 * place + 1], out[5 * place + 2], out[5 * place + 3], out[5 * place + 4] = unit, item, start, end, share
    return min(rows + 1, first + kept)


@kernel(
    "int64(int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], int64[::1], int64, int64, int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def passages(
    ids,
    starts,
    ends,
    lows,
    highs,
    masses,
    heads,
    items,
    needed,
    firsts,
    terms,
    whole,
    enough,
    lengths,
    kept,
    other,
    held,
    touched,
    stamp,
    mark,
    early,
    out,
):
    """For each unit (tokens `starts` to `ends` of a record from `lows` to `highs`) its best items, at most `kept`: rows of unit, item,
    first token and end of the passage, share. `other` is the mass of a term that no item has; as many items as `early` has rows are
    looked at closely. Scratch, all zero: `held` and `touched` (a value for each item), `stamp` and `mark` (for each term). Returns the
    rows written.
    """
    rows, turn = 0, 0
    for unit in range(len(starts)):
        count = 0
        for i in range(starts[unit], ends[unit]):
            term = ids[i]
            if term >= 0 and stamp[term] != unit + 1:
                stamp[term] = unit + 1
                for place in range(heads[term], heads[term + 1]):
                    item = items[place]
                    if held[item] == 0:
                        touched[count] = item
                        count += 1
                    held[item] += masses[term]
        close = 0
        for number in range(count):
            item = touched[number]
            named = held[item] >= needed[item]
            held[item] = 0
            if named:
                total = 0
                for place in range(firsts[item], firsts[item + 1]):
                    if stamp[terms[place]] == unit + 1:
                        total += masses[terms[place]]
                if total >= enough[item]:
                    close = inserted(early, 0, close, len(early) // 5, unit, item, 0, 0, (total << 20) // enough[item])
        first = rows
        for number in range(close):
            item = early[5 * number + 1]
            turn += 2
            for place in range(firsts[item], firsts[item + 1]):
                mark[terms[place]] = turn
            low, high = max(lows[unit], starts[unit] - lengths[item]), min(highs[unit], ends[unit] + lengths[item])
            start = densest(ids, low, high, lengths[item], mark, turn, masses)
            end = min(start + lengths[item], high)
            total = 0
            for i in range(start, end):
                if ids[i] >= 0 and mark[ids[i]] == turn:
                    mark[ids[i]] = turn + 1
                    total += masses[ids[i]]
            passage = 0
            turn += 2
            for i in range(start, end):
                if ids[i] < 0:
                    passage += other
                elif mark[ids[i]] != turn:
                    mark[ids[i]] = turn
                    passage += masses[ids[i]]
            if total >= enough[item] and ALIKE * total * total >= whole[item] * passage:
                rows = inserted(out, first, rows, kept, unit, item, start, end, (total << 20) // enough[item])
    return rows
