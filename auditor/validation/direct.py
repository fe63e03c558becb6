"""The fast engine for Arrow tables in memory, without an audit around it: as a library call, and to be held against others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from auditor.dataset import Batch, Dataset, Shard, ShardResult, Split
from auditor.doors.great_expectations import Sheet
from auditor.model import AuditorError, Json
from auditor.validation.engine import Judged, judge
from auditor.validation.observed import observe, schema
from auditor.validation.parts import parts
from auditor.validation.plan import plan, uncovered

ROWS = 10_000
"""Records of a batch, as the readers have them."""

_CODED = 2
"""Bytes of a text in a file at most for its column to be one of few texts."""


def validate(suite: Mapping[str, Any], sheets: Sequence[Sheet], rows: int = ROWS) -> list[Judged]:
    """What becomes of every expectation ({"id", "type", "kwargs"}, ids unique) of a suite in every sheet, in that order.

    AuditorError where an expectation is not covered or its arguments are wrong.
    """
    return judged(suite, {sheet.name: (_batches(sheet.records, rows), sheet.typed) for sheet in sheets})


def _batches(records: pa.Table, rows: int) -> list[pa.RecordBatch]:
    """The records in batches; an empty one where there are none, which still has columns."""
    found = list(records.to_batches(rows))
    return found or [pa.RecordBatch.from_arrays([pa.array([], field.type) for field in records.schema], schema=records.schema)]


def parquet(path: Path, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
    """The batches of a Parquet file that is trusted, the columns with few different texts as dictionaries."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        coded = [name for place, name in enumerate(file.schema_arrow.names) if _is_coded(file, place)]
    with pq.ParquetFile(path, read_dictionary=coded, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=rows, use_threads=False)


def _is_coded(file: Any, place: int) -> bool:
    """Whether a column of texts takes so little room in its file that its texts must be few."""
    field = file.schema_arrow.field(place)
    if len(file.schema_arrow) != file.metadata.num_columns or not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
        return False
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    sizes = [(group.column(place).total_uncompressed_size, group.num_rows) for group in groups]
    return bool(sum(size for size, _ in sizes) <= _CODED * sum(rows for _, rows in sizes))


def judged(suite: Mapping[str, Any], splits: Mapping[str, tuple[Iterable[pa.RecordBatch], bool]]) -> list[Judged]:
    """The same for splits that come in batches, each with whether its cells are typed; of a batch nothing is kept but what must be."""
    for each in suite["expectations"]:
        reason = uncovered(each)
        if reason:
            raise AuditorError(f"expectation {each['id']} is not covered: {reason}", "use Great Expectations for it")
    looked: dict[str, Json] = {}
    chosen = plan({"suite": suite, "columns": []}, range(len(suite["expectations"])))
    for rule in chosen.rules:
        looked |= dict.fromkeys((*rule.columns, *rule.numbers))
    chosen = plan({"suite": suite, "columns": list(looked)}, range(len(suite["expectations"])))
    tables, results = [], []
    for ordinal, (name, (batches, typed)) in enumerate(splits.items()):
        shard = Shard(path=name, file=name, split=name, format="memory", ordinal=ordinal)
        start = 0
        for records in batches:
            batch = Batch(shard=shard, start=start, records=records, typed=typed)
            tables.append(_of(observe(chosen, batch, records.schema.names), ordinal))
            start += records.num_rows
        results.append(ShardResult(shard=shard, rows=start))
    dataset = Dataset(
        name="memory",
        splits=tuple(Split(name=each.shard.split, shards=(each.shard,)) for each in results),
        results=tuple(results),
    )
    if not tables:
        tables = [_of(schema().empty_table(), 0)]
    total = pa.concat_tables(tables)
    return [found for part in parts(total, dataset) for found in judge(chosen, part)]


def _of(table: pa.Table, ordinal: int) -> pa.Table:
    return table.append_column("shard", pa.array([ordinal] * table.num_rows, pa.int64()))
