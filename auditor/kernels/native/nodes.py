"""JSON texts become a table of nodes; auditor/kernels/nodes.py says what is what, and does the same by Python."""

from __future__ import annotations

from auditor.kernels.jsonl import ESCAPED
from auditor.kernels.native.build import inner, kernel
from auditor.kernels.native.jsonl import _number, _quoted, _unescaped, _word
from auditor.kernels.nodes import ARRAY, DEPTH, ELEMENT, FLOAT, FULL, INTEGER, OBJECT, ODD, OTHER, TEXT


@inner
def _space(data, i):
    """The place of the first byte from i on that is no white space of JSON; behind the data stand zeros."""
    while data[i] == 32 or data[i] == 10 or data[i] == 13 or data[i] == 9:
        i += 1
    return i


@inner
def _member(data, i, keys, edges):
    """Where the value begins whose key begins at i, and the number of the key; -1 where there is none, or an escaped one."""
    if data[i] != 34:
        return -1, OTHER
    end, kind = _quoted(data, i + 1)
    if end < 0 or kind == ESCAPED:
        return -1, OTHER
    size, found = end - i - 1, OTHER
    for key in range(len(edges) - 1):
        first = edges[key]
        if edges[key + 1] - first == size:
            same = 0
            while same < size and data[i + 1 + same] == keys[first + same]:
                same += 1
            if same == size:
                found = key
                break
    i = _space(data, end + 1)
    return (_space(data, i + 1) if data[i] == 58 else -1), found


@inner
def _copied(data, i, end, out, to):
    """Writes data[i:end], a number; where it ends."""
    for place in range(i, end):
        out[to] = data[place]
        to += 1
    return to


@kernel(
    "int64(uint8[::1], int64[::1], uint8[::1], int64, int64, int64, uint8[::1], int64[::1],"
    " int32[::1], uint8[::1], int32[::1], int32[::1], int64[::1], int64[::1], uint8[::1], int64[::1], int64[::1])"
)
def json_nodes(data, offsets, there, name, base, text_base, keys, edges, parents, kinds, names, places, numbers, slots, out, stack, state):
    """The nodes of the texts at `offsets` of the data, each below the record of its number; 0, FULL or ODD.

    `name` is the key of the texts, `base` and `text_base` the nodes and texts there are already. `state` is what was found: nodes, texts,
    bytes of texts. `stack` holds, for each level, the node, whether it is an object, and the place of its last element.
    """
    count, texts, to = 0, 0, 0
    for row in range(len(there)):
        if there[row] == 0:
            continue
        i, depth, key, place = _space(data, offsets[row]), 0, name, -1
        stack[0] = row
        while True:  # a value begins at i
            if count >= len(kinds):
                return FULL
            parents[count], names[count], places[count], numbers[count] = stack[3 * depth], key, place, 0
            first = data[i]
            opened = first == 123 or first == 91
            if opened:
                depth += 1
                if depth > DEPTH:
                    return ODD
                kinds[count] = OBJECT if first == 123 else ARRAY
                stack[3 * depth], stack[3 * depth + 1], stack[3 * depth + 2] = base + count, first == 123, 0
                i = _space(data, i + 1)
                opened = data[i] != first + 2
            elif first == 34:
                end, _ = _quoted(data, i + 1)
                if end < 0:
                    return ODD
                slots[texts], numbers[count], kinds[count] = to, text_base + texts, TEXT
                to = _unescaped(data, i + 1, end, out, to)
                if to < 0:
                    return ODD
                texts += 1
                i = end + 1
            elif first == 45 or 48 <= first <= 57:
                end, kind, value = _number(data, i)
                if end < 0:
                    return ODD
                if kind == INTEGER:
                    kinds[count], numbers[count] = INTEGER, value
                else:
                    slots[texts], numbers[count], kinds[count] = to, text_base + texts, FLOAT
                    to = _copied(data, i, end, out, to)
                    texts += 1
                i = end
            else:
                i, kind = _word(data, i)
                if i < 0:
                    return ODD
                kinds[count] = kind
            count += 1
            more = opened
            if opened:
                key, place = ELEMENT, 0
            while depth > 0 and not more:  # a value has ended before i, or an empty one ends at it
                i = _space(data, i)
                if data[i] == 44:
                    i = _space(data, i + 1)
                    more = True
                    stack[3 * depth + 2] += 1
                    key, place = ELEMENT, stack[3 * depth + 2]
                elif data[i] == (125 if stack[3 * depth + 1] else 93):
                    depth -= 1
                    i += 1
                else:
                    return ODD
            if not more:
                break
            if stack[3 * depth + 1]:
                place = -1
                i, key = _member(data, i, keys, edges)
                if i < 0:
                    return ODD
        if _space(data, i) != offsets[row + 1]:
            return ODD
    state[0], state[1], state[2] = count, texts, to
    return 0
