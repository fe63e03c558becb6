"""The evidence tables: every pair, cluster and place as Parquet, uncapped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.doors.files import replacing
from auditor.model import AuditorError, Location, Report

if TYPE_CHECKING:
    import pyarrow as pa

PLACES = 50_000
"""Places of findings that are held in memory at a time."""


def write(report: Report, folder: Path) -> None:
    """Writes findings.parquet and the report's own tables into `folder`, each atomically."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AuditorError(f"the evidence cannot be written to {folder} ({error.strerror})", "name a folder that can be written") from None
    for name, table in report.tables.items():
        with replacing(folder / f"{name}.parquet") as path:
            pq.write_table(table, path)
    schema = _schema()
    with replacing(folder / "findings.parquet") as path, pq.ParquetWriter(path, schema) as writer:
        rows: list[dict[str, Any]] = []
        for row in _rows(report):
            rows.append(row)
            if len(rows) == PLACES:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, schema))


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = ("rule", "check", "severity", "fingerprint", "split")
    places = (("row", pa.int64()), ("column", pa.string()), ("file", pa.string()), ("line", pa.int64()), ("message", pa.string()))
    return pa.schema([*((name, pa.string()) for name in texts), *places])


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    for finding in report.findings:
        for place in finding.where or (Location(),):
            yield {
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
            }
