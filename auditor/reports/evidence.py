"""The evidence tables: every pair, cluster and place as Parquet, uncapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.doors.files import replacing
from auditor.model import AuditorError, Finding, Location, Report

if TYPE_CHECKING:
    import pyarrow as pa

PLACES = 50_000
"""Places of findings that are held in memory at a time."""


def write(report: Report, folder: Path) -> None:
    """Writes findings.parquet and the report's own tables into `folder`, each atomically."""
    import pyarrow.parquet as pq

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AuditorError(f"the evidence cannot be written to {folder} ({error.strerror})", "name a folder that can be written") from None
    for name, table in report.tables.items():
        with replacing(folder / f"{name}.parquet") as path:
            pq.write_table(table, path)
    schema = _schema()
    with replacing(folder / "findings.parquet") as path, pq.ParquetWriter(path, schema, **_WRITTEN) as writer:
        for table in _together(table for finding in report.findings for table in _tables(finding, schema)):
            writer.write_table(table)


_REPEATED = ("rule", "check", "severity", "split", "column", "file", "message")
_WRITTEN: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": list(_REPEATED),
    "column_encoding": {"row": "DELTA_BINARY_PACKED", "line": "DELTA_BINARY_PACKED"},
    "store_schema": False,
}
"""Rows and lines ascend and are written as differences; that texts come as dictionaries here is nothing to a reader."""


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = {name: pa.dictionary(pa.int32(), pa.string()) for name in _REPEATED}
    numbers = {"row": pa.int64(), "line": pa.int64(), "row_group": pa.int32()}
    order = ("rule", "check", "severity", "fingerprint", "split", "row", "column", "file", "line", "message", "row_group", "key")
    return pa.schema({name: (texts | numbers).get(name, pa.string()) for name in order})


def _together(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same, the small ones joined: each makes a row group of the file."""
    import pyarrow as pa

    held, rows = list[pa.Table](), 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= PLACES:
            yield pa.concat_tables(held).unify_dictionaries()
            held, rows = [], 0
    if held:
        yield pa.concat_tables(held).unify_dictionaries()


def _tables(finding: Finding, schema: pa.Schema) -> Iterator[pa.Table]:
    """All places of a finding, in tables of a size that the memory holds."""
    import pyarrow as pa

    if hasattr(finding.where, "tables"):
        for table in finding.where.tables():
            yield _completed(finding, table, schema)
        return
    places = iter(finding.where or (Location(),))
    while rows := [_row(finding, place) for place in islice(places, PLACES)]:
        yield pa.Table.from_pylist(rows, schema)


def _completed(finding: Finding, places: pa.Table, schema: pa.Schema) -> pa.Table:
    """Places that come as a table, with what the finding says of all of them."""
    import numpy as np
    import pyarrow as pa

    size = places.num_rows
    keys = np.frombuffer(places["digest"].combine_chunks().buffers()[1], np.uint8, 16 * size).reshape(-1, 16)
    prints = _pairs()[keys ^ np.frombuffer(bytes.fromhex(finding.keyed), np.uint8)]
    offsets = pa.py_buffer(np.arange(0, 32 * size + 1, 32, dtype=np.int32))
    of_finding = {"rule": finding.rule, "check": finding.check, "severity": str(finding.severity), "message": finding.message}
    columns = {name: _repeated(value, size) for name, value in of_finding.items()}
    columns["fingerprint"] = pa.Array.from_buffers(pa.string(), size, [None, offsets, pa.py_buffer(np.ascontiguousarray(prints))])
    return pa.table([columns[name] if name in columns else places[name] for name in schema.names], schema=schema)


def _repeated(value: str | None, size: int) -> pa.Array:
    """One text for all, held once; a dictionary must not hold null, which its indices are then."""
    import numpy as np
    import pyarrow as pa

    if value is None:
        return pa.nulls(size, pa.dictionary(pa.int32(), pa.string()))
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array([value], pa.string()))


def _row(finding: Finding, place: Location) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "check": finding.check,
        "severity": str(finding.severity),
        "fingerprint": finding.fingerprint_at(place),
        "split": place.split,
        "row": place.row,
        "column": place.column,
        "file": place.file,
        "line": place.line,
        "message": place.message or finding.message,
        "row_group": place.row_group,
        "key": place.key,
    }


def _pairs() -> Any:
    """The two hexadecimal digits of each byte, as one number of 16 bits."""
    import numpy as np

    return np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
