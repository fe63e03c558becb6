"""The fast engine for Arrow tables in memory, without an audit around it: as a library call, and to be held against others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


def validate(suite: Mapping[str, Any], sheets: Sequence[Sheet], rows: int = ROWS) -> list[Judged]:
    """What becomes of every expectation ({"id", "type", "kwargs"}, ids unique) of a suite in every sheet, in that order.

    AuditorError where an expectation is not covered or its arguments are wrong.
    """
    return judged(suite, {sheet.name: (sheet.records.to_batches(rows), sheet.typed) for sheet in sheets})


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
