"""Lines of JSON, each one flat object with the same keys in the same order, become cells, and cells become columns."""

from __future__ import annotations

from auditor.kernels.jsonl import CLOSED, ESCAPED, FALSE, FLOAT, INTEGER, MORE, NULL, ODD, TEXT, TRUE
from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.vectors import copied, stops, zeros_below


@inner
def _blank(data, i):
    """The place of the first byte from i on that is neither space nor tab."""
    while data[i] == 32 or data[i] == 9:
        i += 1
    return i


@inner
def _quoted(data, i):
    """Where the quote is that ends a string begun before i, and whether the string is escaped; -1 at a control character."""
    kind = TEXT
    while True:
        bits = stops(data, i)
        if bits == 0:
            i += 64
            continue
        i += zeros_below(bits)
        if data[i] == 34:
            return i, kind
        if data[i] != 92:
            return -1, kind
        kind = ESCAPED
        i += 2


@inner
def _digits(data, i):
    while 48 <= data[i] <= 57:
        i += 1
    return i


@inner
def _number(data, i):
    """Where the number ends that begins at i, its kind, and its value if it is an integer; -1 where it is none, or too large."""
    first = i + (data[i] == 45)
    i = _digits(data, first)
    size = i - first
    if size == 0 or (size > 1 and data[first] == 48):
        return -1, INTEGER, 0
    if data[i] == 46 or data[i] == 101 or data[i] == 69:
        return _fraction(data, i), FLOAT, 0
    value = 0
    for place in range(first, i):
        value = value * 10 + (data[place] - 48)
    if size > 19 or value < 0:  # 19 digits pass 2^63 at most once
        return -1, INTEGER, 0
    return i, INTEGER, -value if data[first - 1] == 45 else value


@inner
def _fraction(data, i):
    """Where the number ends whose fraction or exponent begins at i; -1 where it is none."""
    if data[i] == 46:
        first = i + 1
        i = _digits(data, first)
        if i == first:
            return -1
    if data[i] == 101 or data[i] == 69:
        i += 1
        first = i + (data[i] == 43 or data[i] == 45)
        i = _digits(data, first)
        if i == first:
            return -1
    return i


@inner
def _word(data, i):
    """Where true, false or null ends, and which it is; -1 where there is none of them."""
    a, b, c, d = data[i], data[i + 1], data[i + 2], data[i + 3]
    if a == 110 and b == 117 and c == 108 and d == 108:
        return i + 4, NULL
    if a == 116 and b == 114 and c == 117 and d == 101:
        return i + 4, TRUE
    if a == 102 and b == 97 and c == 108 and d == 115 and data[i + 4] == 101:
        return i + 5, FALSE
    return -1, NULL


@inner
def _value(data, i):
    """Where the value ends that begins at i (-1: there is none that is plain), its kind, and the bounds of its text or its number."""
    first = data[i]
    if first == 34:
        end, kind = _quoted(data, i + 1)
        return end + 1 if end > 0 else -1, kind, i + 1, end
    if first == 45 or 48 <= first <= 57:
        end, kind, value = _number(data, i)
        return (end, kind, value, 0) if kind == INTEGER else (end, kind, i, end)
    end, kind = _word(data, i)
    return end, kind, 0, 0


@inner
def _key(data, i, keys, first, last):
    """Where the colon after the key ends; -1 where another key stands."""
    if data[i] != 34:
        return -1
    for place in range(first, last):
        i += 1
        if data[i] != keys[place]:
            return -1
    i = _blank(data, i + 1)
    return _blank(data, i + 1) if data[i] == 58 else -1


@inner
def _record(data, i, at, cell, keys, edges, kinds, heads, tails, masks, widths):
    """Where the object ends that begins at i, its cells being noted from `cell` on; -1 where there is none that is plain."""
    count = len(edges) - 1
    if data[i] != 123:
        return -1
    for column in range(count):
        i = _key(data, _blank(data, i + 1), keys, edges[column], edges[column + 1])
        if i < 0:
            return -1
        i, kind, head, tail = _value(data, i)
        if i < 0:
            return -1
        if kind & (TEXT | ESCAPED | FLOAT):
            widths[column] += tail - head
            head -= at
            tail -= at
        kinds[cell + column], heads[cell + column], tails[cell + column] = kind, head, tail
        masks[column] |= kind
        i = _blank(data, i)
        if data[i] != (44 if column < count - 1 else 125):
            return -1
    return i + 1


@inner
def _ended(data, i):
    """The place of the line feed that ends a line of which only blanks remain at i; -1 where something else remains."""
    i = _blank(data, i)
    if data[i] == 13:
        i += 1
    return i if data[i] == 10 else -1


@inner
def _is_whole(data, i, end):
    """Whether a line ends in data[i:end]."""
    while i < end and data[i] != 10:
        i += 1
    return i < end


@kernel(
    "int64(uint8[::1], int64, int64, int64, int64, int64, uint8[::1], int64[::1],"
    " uint8[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])"
)
def jsonl_cells(data, at, end, last, limit, most, keys, edges, kinds, heads, tails, lines, masks, widths, state):
    """The cells of the lines in data[at:end], behind which 128 line feeds stand; kernels/jsonl.py says what is what.

    `state` is what was done before and is now: records, bytes passed, bytes of records, lines.
    """
    columns = len(edges) - 1
    while state[0] < len(lines) and state[2] < limit:
        start = at + state[1]
        if start >= end:
            return CLOSED if last else MORE
        feed = _ended(data, start)
        is_record = feed < 0
        if is_record:
            stop = _record(data, _blank(data, start), at, state[0] * columns, keys, edges, kinds, heads, tails, masks, widths)
            feed = _ended(data, stop) if stop >= 0 else -1
        if feed < 0 and (last or _is_whole(data, start, end)):
            return ODD
        if feed < 0 or (feed >= end and not last):
            return MORE
        size = min(feed + 1, end) - start
        if size > most:
            return ODD
        state[1] += size
        state[3] += 1
        if is_record:
            lines[state[0]] = state[3]
            state[0] += 1
            state[2] += size
    return CLOSED


@inner
def _hexadecimal(data, i):
    """The number of four digits; -1 where there is none."""
    value = 0
    for place in range(i, i + 4):
        digit = data[place] | 32
        if 48 <= data[place] <= 57:
            value = value * 16 + (data[place] - 48)
        elif 97 <= digit <= 102:
            value = value * 16 + (digit - 87)
        else:
            return -1
    return value


@inner
def _escape(data, i):
    """The code point for which the escape stands whose backslash is at i, and the escape's length; -1 where there is none."""
    mark = data[i + 1]
    if mark == 34 or mark == 92 or mark == 47:
        return int(mark), 2
    if mark == 110:
        return 10, 2
    if mark == 116:
        return 9, 2
    if mark == 114:
        return 13, 2
    if mark == 98:
        return 8, 2
    if mark == 102:
        return 12, 2
    point = _hexadecimal(data, i + 2) if mark == 117 else -1
    if point < 0xD800 or point > 0xDFFF:
        return point, 6
    low = _hexadecimal(data, i + 8) if data[i + 6] == 92 and data[i + 7] == 117 else -1
    if point > 0xDBFF or low < 0xDC00 or low > 0xDFFF:
        return -1, 6
    return 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00), 12


@inner
def _write(out, to, point):
    """Writes a code point as UTF-8; where it ends."""
    if point < 0x80:
        out[to] = point
        return to + 1
    if point < 0x800:
        out[to] = 0xC0 | point >> 6
        out[to + 1] = 0x80 | point & 63
        return to + 2
    if point < 0x10000:
        out[to] = 0xE0 | point >> 12
        out[to + 1] = 0x80 | point >> 6 & 63
        out[to + 2] = 0x80 | point & 63
        return to + 3
    out[to] = 0xF0 | point >> 18
    out[to + 1] = 0x80 | point >> 12 & 63
    out[to + 2] = 0x80 | point >> 6 & 63
    out[to + 3] = 0x80 | point & 63
    return to + 4


@inner
def _unescaped(data, i, end, out, to):
    """Writes data[i:end] without escapes; where it ends, -1 where an escape is wrong."""
    while i < end:
        copied(data, i, out, to)
        bits = stops(data, i)
        run = min(zeros_below(bits), end - i)
        i += run
        to += run
        while i < end and data[i] == 92:
            point, size = _escape(data, i)
            if point < 0:
                return -1
            to = _write(out, to, point)
            i += size
    return to


@kernel("int64(uint8[::1], int64, int64, int64, int64, int64, uint8[::1], int64[::1], int64[::1], int32[::1], uint8[::1])")
def jsonl_texts(data, at, columns, column, rows, wanted, kinds, heads, tails, offsets, out):
    """The texts of the cells of a column whose kind is wanted, one after the other, of others nothing; -1 where an escape is wrong."""
    to = 0
    for row in range(rows):
        offsets[row] = to
        cell = row * columns + column
        i, end = at + heads[cell], at + tails[cell]
        if kinds[cell] & wanted == 0:
            continue
        if kinds[cell] == ESCAPED:
            to = _unescaped(data, i, end, out, to)
            if to < 0:
                return -1
            continue
        start = to
        while i < end:
            copied(data, i, out, to)
            i += 64
            to += 64
        to = start + tails[cell] - heads[cell]
    offsets[rows] = to
    return to
