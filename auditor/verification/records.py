"""The records that claims are about: taken out of the files by a reading process, and looked up by split and row."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import Reader, Shard, Tally, UnreadableError, json_values, texts
from auditor.model import Json
from auditor.partials import Writer, mapped
from auditor.verification.claims import At

if TYPE_CHECKING:
    import pyarrow as pa


def collected(job: Mapping[str, Json], reader: Reader) -> dict[str, Json]:
    """Answers a job for records of a `shard`: those of some `rows` (ascending), their text from the `columns` and their `label`.

    They are written as Arrow files, whose names the answer has; beside them how many records there are, or the failure to read them.
    """
    writer, rows, read = Writer(Path(job["folder"]), job["key"], False), job["rows"], 0
    try:
        for batch in reader(Shard(**job["shard"]), Tally()):
            first, last = (bisect.bisect_left(rows, row) for row in (read, read + batch.records.num_rows))
            if first < last:
                places = [row - read for row in rows[first:last]]
                writer.add(_taken(dataclasses.replace(batch, records=batch.records.take(places)), rows[first:last], job))
            read += batch.records.num_rows
    except UnreadableError as error:
        return {"failure": str(error)}
    return {"rows": read, "files": writer.close()}


def _taken(batch: Any, rows: Sequence[int], job: Mapping[str, Json]) -> pa.Table:
    import pyarrow as pa

    columns = [texts(batch, name) for name in job["columns"]]
    raw = ["\n".join(value or "" for value in values) for values in zip(*columns, strict=True)]
    labels = json_values(batch, job["label"]) if job["label"] else [None] * len(rows)
    kinds = (("row", rows, pa.int64()), ("text", raw, pa.large_string()), ("label", labels, pa.large_string()))
    return pa.table({name: pa.array(values, kind) for name, values, kind in kinds})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record's raw text, its label as JSON (None: missing) and the file it lies in."""

    text: str
    label: str | None
    file: str


class Records:
    """Records of many files; of each file `add` tells the split, the row there with which it begins, and what was collected."""

    def __init__(self) -> None:
        self._tables: dict[str, list[tuple[int, int, str, pa.Table, list[int]]]] = {}

    def add(self, split: str, first: int, count: int, file: str, tables: Iterable[Path]) -> None:
        """`count` records of the split lie in this file, from the row `first` on."""
        for path in tables:
            table = mapped(path)
            self._tables.setdefault(split, []).append((first, first + count, file, table, table["row"].to_pylist()))

    def at(self, at: At) -> Record | None:
        """The record, if it is there and was collected."""
        for first, last, file, table, rows in self._tables.get(at[0], ()):
            if first <= at[1] < last:
                place = bisect.bisect_left(rows, at[1] - first)
                if place < len(rows) and rows[place] == at[1] - first:
                    return Record(text=table["text"][place].as_py(), label=table["label"][place].as_py(), file=file)
        return None
