"""Reads CSV and TSV by RFC 4180: the header first, every cell text, a record that breaks the rules refused by itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import blocks
from auditor.sources.limits import SCARCE, columns, held, over, too_wide
from auditor.sources.lines import batches, lines
from auditor.sources.tables import named_once

if TYPE_CHECKING:
    import pyarrow as pa

CELL = 16 << 20
"""Characters of a cell at most, or a quarter of the bytes of a record; an unclosed quote is given up there."""


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a table; its cells are strings, an empty one is null. UnreadableError without a header of distinct names."""
    csv.field_size_limit(min(CELL, held() // 4))
    table = _Table(shard)
    header = table.header()

    def build(rows: list[list[str]]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        columns = [pa.array([cell or None for cell in column], pa.string()) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names=header)

    return batches(shard, table.records(len(header), tally), build, tally, typed=False)


class _Table:
    """The rows of a file; it remembers which lines the row in hand stands on and what is wrong with them."""

    def __init__(self, shard: Shard) -> None:
        self._fault: str | None = None
        self._number, self._bytes, self._limit = 0, 0, held()
        self._lines = lines(blocks(shard.file), self._limit)
        # no generator: what `_line` raises must not end it
        self._rows = csv.reader(iter(self._line, None), delimiter="\t" if shard.format == "tsv" else ",", strict=True)

    def header(self) -> list[str]:
        """The names of the columns."""
        row, fault, line, _ = next(self._each(), ([], "it has no header", 1, 0))
        if fault is not None:
            raise UnreadableError(fault if not row and line == 1 else f"its header: {fault} (line {line})")
        if len(row) > columns():
            raise UnreadableError(too_wide("a table"))
        named_once(row)
        return row

    def records(self, width: int, tally: Tally) -> Iterator[tuple[int, list[str], int]]:
        """Line, cells and bytes of every record that has `width` cells; the others are refused."""
        for row, fault, line, size in self._each():
            tally.physical += 1
            if fault is None and len(row) != width:
                fault = "fewer cells than the header" if len(row) < width else "more cells than the header"
            if fault is None:
                yield line, row, size
            else:
                tally.refuse(fault, line)

    def _each(self) -> Iterator[tuple[list[str], str | None, int, int]]:
        """Every row that is not an empty line: its cells, what is wrong with it, its first line and its bytes."""
        while True:
            self._fault, self._bytes, line = None, 0, self._number + 1
            row: list[str] | None = []
            try:
                row = next(self._rows, None)
            except csv.Error as error:
                self._fault = self._fault or _reason(str(error), self._number > line)
            except MemoryError:
                if self._number < line:  # without a line read it would happen for ever
                    raise
                self._fault = f"a record {SCARCE}"
            if row is None:
                return
            if row or self._fault is not None:
                yield row, self._fault, line, self._bytes

    def _line(self) -> str | None:
        """The next line, None at the end. It raises csv.Error to give up a record of several lines that has grown too large."""
        try:
            line = next(self._lines, b"")
        except MemoryError:  # here the lines end, and with them the file
            raise UnreadableError(f"a line {SCARCE}") from None
        self._number += line != b""
        if line is None:
            self._fault = over("a line", self._limit)
            return "\n"
        self._bytes += len(line)
        if self._bytes > self._limit:
            self._fault = f"{over('a record', self._limit)} (an unclosed quote?)"
            raise csv.Error
        if b"\0" in line:
            self._fault = "NUL character"
        try:
            return line.decode() or None
        except UnicodeDecodeError:
            self._fault = "invalid UTF-8"
            return line.decode(errors="replace")


def _reason(error: str, several: bool) -> str:
    """What the standard library's parser says, in our words."""
    if "unexpected end" in error:
        return "unclosed quote: everything up to the end of the file stands in this record" if several else "unclosed quote"
    if "field limit" in error:
        return f"a cell of over {csv.field_size_limit() / (1 << 20):.3g} Mi characters (an unclosed quote?)"
    return "characters after a closing quote" + (", in a record of several lines (an unclosed quote before?)" if several else "")
