"""Reads CSV and TSV by RFC 4180: the header first, every cell text, a record that breaks the rules refused by itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.sources.compression import HELD, blocks
from auditor.sources.lines import batches, lines
from auditor.sources.tables import named_once

if TYPE_CHECKING:
    import pyarrow as pa

CELL = 16 << 20
"""Characters of a cell at most; an unclosed quote is given up there."""


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records of a table; its cells are strings, an empty one is null. UnreadableError without a header of distinct names."""
    csv.field_size_limit(CELL)
    table = _Table(shard)
    header = table.header()

    def build(rows: list[list[str]]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        columns = [pa.array([cell or None for cell in column], pa.string()) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names=header)

    return batches(shard, table.records(len(header), tally), build, typed=False)


class _Table:
    """The rows of a file; it remembers which lines the row in hand stands on and what is wrong with them."""

    def __init__(self, shard: Shard) -> None:
        self._fault: str | None = None
        self._bytes = 0
        self._rows = csv.reader(self._lines(shard.file), delimiter="\t" if shard.format == "tsv" else ",", strict=True)

    def header(self) -> list[str]:
        """The names of the columns."""
        row, fault, line, _ = next(self._each(), ([], "it has no header", 1, 0))
        if fault is not None:
            raise UnreadableError(fault if not row and line == 1 else f"its header: {fault} (line {line})")
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
            self._fault, self._bytes, line = None, 0, self._rows.line_num + 1
            row: list[str] | None = []
            try:
                row = next(self._rows, None)
            except csv.Error as error:
                self._fault = self._fault or _reason(str(error), self._rows.line_num > line)
            if row is None:
                return
            if row or self._fault is not None:
                yield row, self._fault, line, self._bytes

    def _lines(self, file: str) -> Iterator[str]:
        for line in lines(blocks(file)):
            if line is None:
                self._fault = f"line of over {HELD >> 20} MiB"
                yield "\n"
                continue
            self._bytes += len(line)
            if b"\0" in line:
                self._fault = "NUL character"
            try:
                text = line.decode()
            except UnicodeDecodeError:
                self._fault = "invalid UTF-8"
                text = line.decode(errors="replace")
            yield text


def _reason(error: str, several: bool) -> str:
    """What the standard library's parser says, in our words."""
    if "unexpected end" in error:
        return "unclosed quote: everything up to the end of the file stands in this record" if several else "unclosed quote"
    if "field limit" in error:
        return f"a cell of over {CELL >> 20} Mi characters (an unclosed quote?)"
    return "characters after a closing quote" + (", in a record of several lines (an unclosed quote before?)" if several else "")
