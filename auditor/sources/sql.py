"""Reads what was taken out of a database (auditor/sources/snapshot.py): an Arrow file, and beside it what was refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import JSON_FIELD, Batch, Shard, Tally, UnreadableError
from auditor.model import Json
from auditor.sources import arrow

if TYPE_CHECKING:
    import pyarrow as pa


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The records that were taken; what was refused then is told now, and UnreadableError raised, at the end, where it broke off."""
    told = json.loads(beside(Path(shard.file)).read_bytes())
    for batch in arrow.read(shard, tally):
        fields = [field.with_metadata(JSON_FIELD) if field.name in told["json"] else field for field in batch.records.schema]
        yield dataclasses.replace(batch, records=batch.records.cast(_schema(fields)))
    for reason, count in told["refused"]:
        tally.physical += count
        tally.refuse(reason, count=count)
    if told["failure"] is not None:
        raise UnreadableError(told["failure"], quoting=True)


def beside(file: Path) -> Path:
    """Where it stands what became of the records in a file."""
    return file.with_suffix(".json")


def _schema(fields: list[pa.Field]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(fields)


class Contents:
    """A digest of a table's contents, whatever database, driver and size of batches they came by.

    SHA-256 over JSON: the number of rows and, of each column, its name, its type and three SHA-256: over a byte for each row (1, or 0 for
    null), over the lengths of the values (64 bits, little-endian; texts and bytes only) and over the values themselves (in UTF-8, or as
    Arrow lays them out, little-endian; a null is nothing there, or zeros).
    """

    def __init__(self, fields: list[pa.Field]) -> None:
        self.rows = self.bytes = 0
        self._columns = [(field, [hashlib.sha256() for _ in range(3)]) for field in fields]

    def add(self, columns: list[pa.Array]) -> None:
        """Some further rows, column by column."""
        self.rows += len(columns[0]) if columns else 0
        for column, (_, states) in zip(columns, self._columns, strict=True):
            for state, data in zip(states, _streams(column), strict=True):
                self.bytes += len(data)
                state.update(data)

    def sha256(self, told: Json) -> str:
        """The digest, over what else is told of the table too."""
        columns = [
            [field.name, "json" if field.metadata else str(field.type), *(state.hexdigest() for state in states)]
            for field, states in self._columns
        ]
        described = json.dumps([self.rows, columns, told], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(described.encode()).hexdigest()


def _streams(column: pa.Array) -> tuple[Any, Any, Any]:
    """The three parts of a column: which values there are, their lengths, and themselves."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    there = memoryview(column.is_valid().cast(pa.uint8()).buffers()[1])[: len(column)]
    if pa.types.is_null(kind) or not len(column):
        return there, b"", b""
    if kind in {pa.string(), pa.binary()}:
        filled = pc.fill_null(column, "" if kind == pa.string() else b"")
        offsets = pa.Array.from_buffers(pa.int32(), len(filled) + 1, [None, filled.buffers()[1]], offset=filled.offset)
        lengths = pc.binary_length(filled).cast(pa.int64()).buffers()[1]
        return there, memoryview(lengths), memoryview(filled.buffers()[2] or b"")[offsets[0].as_py() : offsets[-1].as_py()]
    plain = column.cast(pa.uint8()) if pa.types.is_boolean(kind) else column
    nothing = pa.Array.from_buffers(plain.type, 1, [None, pa.py_buffer(bytes(32))])[0]
    filled, width = pc.fill_null(plain, nothing), plain.type.bit_width // 8
    return there, b"", memoryview(filled.buffers()[1])[width * filled.offset :][: width * len(filled)]
