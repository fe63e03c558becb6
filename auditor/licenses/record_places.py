"""The records that have certain values in a column, as places: made when they are asked for, since there may be millions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

import numpy as np

from auditor.licenses.records import Column, Piece
from auditor.model import KEYED, Location, Locations, digest

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.licenses.records import I64

Meant = tuple[Column, Set[str | None]]
"""A column of a split, and the values that are meant."""


class Places(Locations):
    """The records of some splits that have one of some values (None: none), in the order of the splits and records."""

    def __init__(self, meant: Sequence[Meant], paths: Mapping[int, str]) -> None:
        self._paths = paths
        some = [(column, piece, _codes(piece, values)) for column, values in meant for piece in column.pieces]
        tallies = [each for column, _ in meant for each in column.tallies]
        sizes = [int(tally[codes + 1].sum()) for tally, (_, _, codes) in zip(tallies, some, strict=True)]
        self._pieces = [each for each, size in zip(some, sizes, strict=True) if size]
        self._ends = np.cumsum([size for size in sizes if size], dtype=np.int64).tolist()

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._ends else 0

    def at(self, place: int) -> Location:
        """The place of a record."""
        number = bisect_right(self._ends, place)
        column, piece, codes = self._pieces[number]
        rows = np.flatnonzero(np.isin(piece.codes, codes))
        return located(column, piece, int(rows[place - self._ends[number]]), self._paths)

    def tables(self) -> Iterator[pa.Table]:
        """All places as Arrow tables: `split`, `row`, `column`, `file`, `line`, `digest` (16 bytes), `row_group`, `key`."""
        import pyarrow as pa

        for column, piece, codes in self._pieces:
            rows = np.flatnonzero(np.isin(piece.codes, codes))
            keys = piece.keys.take(pa.array(rows)).cast(pa.string()) if len(piece.keys) else pa.nulls(len(rows), pa.string())
            yield pa.table(
                {
                    "split": _same(column.split, len(rows)),
                    "row": pa.array(rows + piece.row),
                    "column": _same(column.name, len(rows)),
                    "file": _same(self._paths[piece.shard], len(rows)),
                    "line": pa.array(piece.lines[rows]) if len(piece.lines) else pa.nulls(len(rows), pa.int64()),
                    "digest": _digests(column, piece, rows),
                    "row_group": pa.array([piece.group] * len(rows), pa.int32()),
                    "key": keys,
                }
            )


def located(column: Column, piece: Piece, row: int, paths: Mapping[int, str]) -> Location:
    """The place of one record of a piece."""
    key = piece.keys[row].as_py() if len(piece.keys) else None
    return Location(
        split=column.split,
        row=piece.row + row,
        column=column.name,
        file=paths[piece.shard],
        line=int(piece.lines[row]) if len(piece.lines) else None,
        digest=KEYED + _digest(column, piece, int(piece.codes[row]), key),
        row_group=piece.group,
        key=key,
    )


def _codes(piece: Piece, values: Set[str | None]) -> I64:
    """The codes of the values in a piece."""
    found = [place for place, text in enumerate(piece.texts) if text in values]
    return np.array([*found, *([-1] if None in values else [])], np.int64)


def _digest(column: Column, piece: Piece, code: int, key: str | None) -> str:
    """What identifies a record by its contents: the value in the column, and its key where it has one."""
    return digest(column.name, piece.texts[code] if code >= 0 else "", key or "")


def _digests(column: Column, piece: Piece, rows: I64) -> pa.Array:
    """The digests of records, 16 bytes each; those without keys once a value."""
    import pyarrow as pa

    if len(piece.keys):
        pairs = zip(piece.codes[rows].tolist(), piece.keys.take(pa.array(rows)).to_pylist(), strict=True)
        return pa.array([bytes.fromhex(_digest(column, piece, code, key)) for code, key in pairs], pa.binary(16))
    distinct, which = np.unique(piece.codes[rows], return_inverse=True)
    made = b"".join(bytes.fromhex(_digest(column, piece, code, None)) for code in distinct.tolist())
    chosen = np.frombuffer(made, np.uint8).reshape(-1, 16)[which]
    return pa.Array.from_buffers(pa.binary(16), len(rows), [None, pa.py_buffer(np.ascontiguousarray(chosen))])


def _same(value: str, size: int) -> pa.Array:
    """One text for all, held once."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array([value], pa.string()))
