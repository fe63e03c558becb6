"""What the reading process does for a fix: it looks at all records of a file, takes some out, and writes the file without them."""

from __future__ import annotations

import bisect
import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from auditor.dataset import Batch, Shard, Tally, UnreadableError, as_json, changed, json_values, texts
from auditor.fixing import tables
from auditor.fixing import texts as written
from auditor.fixing.compressing import like
from auditor.model import Json
from auditor.partials import Writer
from auditor.sources import open_shard
from auditor.sources.content import judged

if TYPE_CHECKING:
    import pyarrow as pa

Job = Mapping[str, Json]

_WRITERS: Mapping[str, Callable[[BinaryIO, Shard, written.Rows, written.Added], None]] = {
    "csv": written.write_lines,
    "tsv": written.write_lines,
    "jsonl": written.write_lines,
    "json": written.write_json,
    "parquet": tables.write_parquet,
    "arrow": tables.write_arrow,
}


def answered(job: Job) -> Json:
    """Answers a job for a fix, by its `step`; what could not be done is the `failure`."""
    steps: Mapping[str, Callable[[Shard, Job], Json]] = {"survey": survey, "take": take, "write": write}
    shard = Shard(**job["shard"])
    try:
        answer = steps[job["step"]](shard, job)
    except (UnreadableError, OSError, ValueError, NotImplementedError) as error:
        return {"failure": " ".join(str(error).split())[:200]}
    except MemoryError:
        return {"failure": "it needs more memory than there is: raise --max-memory"}
    return {"failure": "it was written to meanwhile"} if changed(shard) else answer


def survey(shard: Shard, job: Job) -> Json:
    """What decides about the records of a file, one row each: line (0: none), the text that tells the split, label and group as JSON,
    and, where they are wanted, digests of the contents.
    """
    writer, rows, shape = Writer(Path(job["folder"]), job["key"], False), 0, ""
    for batch in open_shard(shard, Tally()):
        writer.add(_decisive(batch, job))
        rows += batch.records.num_rows
        shape = shape or _shape(batch)
    return {"files": writer.close(), "rows": rows, "kind": judged(shard), "shape": shape}


def _decisive(batch: Batch, job: Job) -> pa.Table:
    import pyarrow as pa

    size = batch.records.num_rows
    told = [value or "" for value in texts(batch, job["told"])] if job["told"] else [""] * size
    values = {name: json_values(batch, job[name]) if job[name] else [None] * size for name in ("label", "group")}
    digests = [_digest(row) for row in batch.records.to_pylist()] if job["digests"] else [b""] * size
    return pa.table(
        {
            "line": pa.array([0] * size, pa.int64()) if batch.lines is None else batch.lines,
            "told": pa.array(told, pa.large_string()),
            **{name: pa.array(some, pa.large_string()) for name, some in values.items()},
            "digest": pa.array(digests, pa.binary()),
        }
    )


def _digest(row: Mapping[str, Json]) -> bytes:
    return hashlib.sha256(as_json(row).encode("utf-8", "surrogatepass")).digest()[:16]


def _shape(batch: Batch) -> str:
    """What two files must have in common for records to move between them."""
    objects = batch.typed and batch.lines is not None  # of JSON, each with keys of its own
    return "" if objects else str([(field.name, str(field.type) if batch.typed else "") for field in batch.records.schema])


def take(shard: Shard, job: Job) -> Json:
    """Some records of a file (`rows`, ascending) as they are read, and where the file is a text the bytes of each."""
    import pyarrow as pa

    writer, rows, start = Writer(Path(job["folder"]), job["key"], False), job["rows"], 0
    raws = _raws(shard, frozenset(rows))
    for batch in open_shard(shard, Tally()):
        first, last = (bisect.bisect_left(rows, row) for row in (start, start + batch.records.num_rows))
        if first < last:
            places = pa.array([row - start for row in rows[first:last]], pa.int64())
            raw = pa.array([next(raws) for _ in range(first, last)], pa.large_binary())
            writer.add(pa.table({"raw": raw, "record": batch.records.take(places).to_struct_array()}))
        start += batch.records.num_rows
    return {"files": writer.close()}


def _raws(shard: Shard, rows: frozenset[int]) -> Iterator[bytes | None]:
    kind = judged(shard)
    if kind == "json":
        yield from written.elements(shard, rows)
    elif kind in {"parquet", "arrow"}:
        yield from (None for _ in rows)
    else:
        yield from (data for row, data in written.pieces(shard) if row in rows)


def write(shard: Shard, job: Job) -> Json:
    """The file without the rows that are `dropped`, at its end the records that are `added` from others, as `out`."""
    added = [(Shard(**each["shard"]), frozenset(each["rows"])) for each in job["added"]]
    with like(shard.file, Path(job["out"])) as sink:
        _WRITERS[judged(shard)](sink, shard, frozenset(job["dropped"]), added)
    return {"written": True}


def job(step: str, shard: Shard, **asked: Json) -> dict[str, Json]:
    """A job about a whole file, whichever splits its records are of."""
    base = dataclasses.replace(shard, column=None, value="", primary=True, only=())
    return {"moment": "fix", "step": step, "shard": dataclasses.asdict(base), **asked}
