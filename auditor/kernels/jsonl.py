"""From lines of JSON to Arrow without a Python object a value, where every line is plain: a flat object with the first one's keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from auditor.kernels import native

if TYPE_CHECKING:
    import pyarrow as pa

NULL, FALSE, TRUE, INTEGER, FLOAT, TEXT, ESCAPED = 1, 2, 4, 8, 16, 32, 64
"""Kinds of cells: a cell has one, a column a mask of them. An escaped text is one in which a backslash stands."""

CLOSED, MORE, ODD = 0, 1, 2
"""What stopped the search for cells: the batch is complete, more bytes are needed, or a line is not plain."""

PADDING = 128
"""Line feeds that must follow the bytes to be searched: they stop every scan."""

_EXACT = 1 << 53
"""Integers up to this size are the same as floats."""


class Cells:
    """The cells of a batch of at most `rows` records and the line after which it has `limit` bytes; no line may be over `most`.

    `records` are found so far, in `lines` lines, blank ones among them, of `used` bytes.
    """

    def __init__(self, names: Sequence[str], rows: int, limit: int, most: int) -> None:
        import numpy as np

        keys = [name.encode() + b'"' for name in names]
        self._keys = np.frombuffer(b"".join(keys), np.uint8)
        self._edges = np.cumsum([0, *map(len, keys)])
        self._names, self._limit, self._most = names, limit, most
        self._kinds = np.empty(len(names) * rows, np.uint8)
        self._heads, self._tails = np.empty((2, len(names) * rows), np.int64)
        self._lines = np.empty(rows, np.int64)
        self._masks, self._widths = np.zeros((2, len(names)), np.int64)
        self._state = np.zeros(4, np.int64)

    def find(self, data: bytearray, at: int, end: int, last: bool) -> int:
        """Goes on in data[at:end], which begins where it did before and is followed by `PADDING`; nothing comes after what is `last`.

        CLOSED, MORE, or ODD: then this is of no more use.
        """
        import numpy as np

        search = native.kernel("jsonl_cells")
        assert search is not None
        found = (self._kinds, self._heads, self._tails, self._lines, self._masks, self._widths, self._state)
        return search(np.frombuffer(data, np.uint8), at, end, last, self._limit, self._most, self._keys, self._edges, *found)

    @property
    def records(self) -> int:
        """Records found."""
        return int(self._state[0])

    @property
    def used(self) -> int:
        """Bytes of their lines, and of blank ones."""
        return int(self._state[1])

    @property
    def lines(self) -> int:
        """Lines, blank ones among them."""
        return int(self._state[3])

    def numbers(self, before: int) -> pa.Array:
        """The line of each record, where so many lines were before (int64)."""
        import pyarrow as pa

        return pa.array(self._lines[: self.records] + before)

    def batch(self, data: bytearray, at: int) -> pa.RecordBatch | None:
        """The records as Arrow, with the types of auditor/sources/values.py; None where a column is mixed or a text is invalid."""
        import numpy as np
        import pyarrow as pa

        columns = []
        for place in range(len(self._names)):
            column = self._column(np.frombuffer(data, np.uint8), at, place)
            if column is None:
                return None
            columns.append(column)
        return pa.RecordBatch.from_arrays(columns, names=list(self._names))

    def _column(self, data: Any, at: int, place: int) -> pa.Array | None:
        import numpy as np
        import pyarrow as pa

        mask = int(self._masks[place])
        cells = slice(place, self.records * len(self._names), len(self._names))
        kinds, numbers = self._kinds[cells], self._heads[cells]
        nulls = kinds == NULL if mask & NULL else None
        match mask & ~NULL:
            case 0:
                return pa.nulls(self.records)
            case found if not found & ~(TEXT | ESCAPED):
                return self._texts(data, at, place, TEXT | ESCAPED, None if nulls is None else ~nulls)
            case found if not found & ~(FALSE | TRUE):
                return pa.array(kinds == TRUE, mask=nulls)
            case found if found == INTEGER:
                return pa.array(numbers.copy(), mask=nulls)
            case found if found == FLOAT or (found == FLOAT | INTEGER and np.abs(numbers[kinds == INTEGER]).max() <= _EXACT):
                return self._floats(self._texts(data, at, place, FLOAT, kinds == FLOAT), kinds, numbers, nulls)
        return None

    def _texts(self, data: Any, at: int, place: int, wanted: int, valid: Any) -> pa.Array | None:
        import numpy as np
        import pyarrow as pa

        copy = native.kernel("jsonl_texts")
        assert copy is not None
        offsets, out = np.empty(self.records + 1, np.int32), np.empty(int(self._widths[place]) + 64, np.uint8)
        where = (at, len(self._names), place, self.records, wanted)
        size = copy(data, *where, self._kinds, self._heads, self._tails, offsets, out)
        if size < 0:
            return None
        bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
        column = pa.StringArray.from_buffers(self.records, pa.py_buffer(offsets), pa.py_buffer(out[:size]), bits)
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            return None
        return column

    def _floats(self, texts: pa.Array | None, kinds: Any, numbers: Any, nulls: Any) -> pa.Array | None:
        """The texts of floats as numbers, and the integers among them; None where one is out of range."""
        import numpy as np
        import pyarrow as pa

        assert texts is not None
        try:
            found = texts.cast(pa.float64())
        except pa.ArrowInvalid:
            return None
        values = np.where(kinds == INTEGER, numbers, found.fill_null(0).to_numpy())
        return None if np.isinf(values).any() else pa.array(values, mask=nulls)
