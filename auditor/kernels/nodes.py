"""JSON texts, or nested Arrow columns, become a table of nodes: one for each value, with its parent, its key and its kind.

So a question about a part of nested records is a few operations on whole arrays, and no Python object is made for a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.kernels import native

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ints = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]

NULL, FALSE, TRUE, INTEGER, FLOAT, TEXT, ARRAY, OBJECT = (1 << bit for bit in range(8))
"""Kinds of nodes. An integer is one of 64 bits; a larger one is a FLOAT."""

ELEMENT, OTHER = -2, -1
"""The key of a node in an array, and of one whose key nobody asks for."""

DEPTH = 256
"""How deep texts are read by the kernel; deeper ones are read by Python."""

FULL, ODD = -1, -2
"""What stops the kernel: there is no more room, or a text that it leaves to Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The values of some records. The first `records` nodes are the records themselves, as objects.

    Of each node: the index of its parent (`parents`, int32; -1 for a record), its kind (`kinds`, uint8), the number of its key among
    `keys`, ELEMENT or OTHER (`names`, int32), its place in an array or -1 (`places`, int32), and its value (`numbers`, int64: an INTEGER,
    and for TEXT and FLOAT the place among `texts`, where a FLOAT stands as JSON).
    """

    records: int
    keys: Mapping[str, int]
    parents: Ints
    kinds: np.ndarray[Any, np.dtype[np.uint8]]
    names: Ints
    places: Ints
    numbers: Ints
    texts: pa.LargeStringArray

    def record(self, node: int) -> int:
        """The record that a node belongs to."""
        while node >= self.records:
            node = int(self.parents[node])
        return node


class Builder:
    """Makes the nodes of a batch of records, of which only values under `keys` are asked for."""

    def __init__(self, records: int, keys: Sequence[str]) -> None:
        import numpy as np

        self._records, self._keys = records, {key: place for place, key in enumerate(keys)}
        self._count = records
        none = np.full(records, -1, np.int32)
        self._parts: list[tuple[Any, ...]] = [(none, np.full(records, OBJECT, np.uint8), none, none, np.zeros(records, np.int64))]
        self._texts: list[pa.Array] = []
        self._slots = 0

    def nodes(self) -> Nodes:
        """What was added."""
        import numpy as np
        import pyarrow as pa

        parents, kinds, names, places, numbers = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        return Nodes(
            records=self._records,
            keys=self._keys,
            parents=parents,
            kinds=kinds,
            names=names,
            places=places,
            numbers=numbers,
            texts=pa.concat_arrays(self._texts) if self._texts else pa.array([], pa.large_string()),
        )

    def add_texts(self, name: str, texts: pa.Array) -> None:
        """A member of every record, as a JSON text; where there is none, null."""
        if not self._scanned(name, texts):
            self._walked(name, texts)

    def add(self, name: str, column: pa.Array) -> None:
        """A member of every record, as Arrow; null where there is none, and so inside objects."""
        import numpy as np

        key, none = np.full(self._records, self._keys.get(name, OTHER), np.int32), np.full(self._records, -1, np.int32)
        self._column(column, np.arange(self._records, dtype=np.int32), key, none, False)

    # ── texts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _scanned(self, name: str, texts: pa.Array) -> bool:
        """Whether there is a kernel and it could read the texts, whose nodes are added then."""
        import numpy as np
        import pyarrow as pa

        kernel = native.kernel("json_nodes")
        if kernel is None:
            return False
        column = texts.cast(pa.large_string())
        offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
        values = np.frombuffer(column.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
        data = np.zeros(len(values) + 2 * 64, np.uint8)
        data[: len(values)] = values
        there = np.asarray(column.is_valid()).astype(np.uint8)
        keys = [json.dumps(key, ensure_ascii=False)[1:-1].encode() for key in self._keys]
        named = np.frombuffer(b"".join(keys) or b"\0", np.uint8), np.cumsum([0, *map(len, keys)])
        room, out = len(values) // 8 + 2 * len(column) + 64, np.empty(len(data) + 64, np.uint8)
        while True:
            kinds, (parents, names, places) = np.empty(room, np.uint8), np.empty((3, room), np.int32)
            numbers, slots = np.empty(room, np.int64), np.empty(room + 1, np.int64)
            state, stack = np.zeros(3, np.int64), np.empty(3 * (DEPTH + 2), np.int64)
            how = (self._keys.get(name, OTHER), self._count, self._slots)
            done = kernel(
                *(data, offsets - offsets[0], there, *how, *named, parents, kinds, names, places, numbers, slots, out, stack, state)
            )
            if done != FULL:
                break
            room *= 2
        if done == ODD:
            return False
        count, texts_found, size = map(int, state)
        self._parts.append(tuple(part[:count] for part in (parents, kinds, names, places, numbers)))
        slots[texts_found] = size
        buffers = [None, pa.py_buffer(slots), pa.py_buffer(out)]
        self._texts.append(pa.Array.from_buffers(pa.large_string(), texts_found, buffers))
        self._count += count
        self._slots += texts_found
        return True

    def _walked(self, name: str, texts: pa.Array) -> None:
        """The same by Python: the reference, and for what the kernel leaves."""
        import numpy as np
        import pyarrow as pa

        found: list[tuple[int, int, int, int, int]] = []
        values: list[str] = []
        key = self._keys.get(name, OTHER)
        waiting = [(row, key, -1, json.loads(text)) for row, text in enumerate(texts.to_pylist()) if text is not None][::-1]
        while waiting:
            parent, key, place, value = waiting.pop()
            node = self._count + len(found)
            kind, number = _kind(value), 0
            if kind == INTEGER:
                number = value
            elif kind in {TEXT, FLOAT}:
                number = self._slots + len(values)
                values.append(value if kind == TEXT else json.dumps(value))
            found.append((parent, kind, key, place, number))
            if kind == OBJECT:
                waiting += [(node, self._keys.get(name, OTHER), -1, each) for name, each in reversed(value.items())]
            elif kind == ARRAY:
                waiting += [(node, ELEMENT, place, each) for place, each in reversed(list(enumerate(value)))]
        types = np.int32, np.uint8, np.int32, np.int32, np.int64
        columns = zip(*found, strict=True) if found else [()] * 5
        self._parts.append(tuple(np.array(column, kind) for column, kind in zip(columns, types, strict=True)))
        self._texts.append(pa.array(values, pa.large_string()))
        self._count += len(found)
        self._slots += len(values)

    # ── Arrow ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _column(self, column: pa.Array, parents: Ints, names: Ints, places: Ints, nulls: bool) -> None:
        """The values of a column, each below its parent (-1: it is left out); null ones are nodes where `nulls`, else they are left out."""
        import numpy as np
        import pyarrow as pa

        valid = np.asarray(column.is_valid())
        if nulls:
            self._append(NULL, *(part[~valid & (parents >= 0)] for part in (parents, names, places)))
        kept = valid & (parents >= 0)
        if not kept.all():
            column, parents, names, places = column.filter(pa.array(kept)), parents[kept], names[kept], places[kept]
        first, count, kind = self._count, len(column), column.type
        if pa.types.is_struct(kind):
            self._append(OBJECT, parents, names, places)
            for field, part in zip(kind, column.flatten(), strict=True):
                key, none = np.full(count, self._keys.get(field.name, OTHER), np.int32), np.full(count, -1, np.int32)
                self._column(part, np.arange(first, first + count, dtype=np.int32), key, none, False)
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            self._append(ARRAY, parents, names, places)
            lengths = np.asarray(column.value_lengths()).astype(np.int64)
            inside = (np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)).astype(np.int32)
            owners = np.repeat(np.arange(first, first + count, dtype=np.int32), lengths)
            self._column(column.flatten(), owners, np.full(len(inside), ELEMENT, np.int32), inside, True)
        else:
            self._leaves(column, parents, names, places)

    def _leaves(self, column: pa.Array, parents: Ints, names: Ints, places: Ints) -> None:
        import numpy as np
        import pyarrow as pa

        kind = column.type
        if pa.types.is_boolean(kind):
            self._append(np.where(np.asarray(column), TRUE, FALSE).astype(np.uint8), parents, names, places)
        elif pa.types.is_integer(kind) and kind != pa.uint64():
            self._append(INTEGER, parents, names, places, np.asarray(column).astype(np.int64))
        elif pa.types.is_null(kind):
            return
        else:
            number = pa.types.is_floating(kind) or pa.types.is_decimal(kind) or kind == pa.uint64()
            texts = _as_texts(column)
            self._append(FLOAT if number else TEXT, parents, names, places, np.arange(self._slots, self._slots + len(column)))
            self._texts.append(texts)
            self._slots += len(texts)

    def _append(self, kind: Any, parents: Ints, names: Ints, places: Ints, numbers: Ints | None = None) -> None:
        import numpy as np

        count = len(parents)
        kinds = kind if isinstance(kind, np.ndarray) else np.full(count, kind, np.uint8)
        self._parts.append((parents, kinds, names, places, np.zeros(count, np.int64) if numbers is None else numbers))
        self._count += count


def _as_texts(column: pa.Array) -> pa.Array:
    """The values of a flat column as texts: floats as JSON, times as ISO 8601, bytes in hexadecimal."""
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.large_string())
    values = column.to_pylist()
    if pa.types.is_floating(column.type):
        return pa.array(map(json.dumps, values), pa.large_string())
    return pa.array(map(_told, values), pa.large_string())


def _told(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _kind(value: Any) -> int:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int):
        return INTEGER if -(1 << 63) < value < 1 << 63 else FLOAT
    return {float: FLOAT, str: TEXT, list: ARRAY, dict: OBJECT}[type(value)]
