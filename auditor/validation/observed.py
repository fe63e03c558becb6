"""What the fast engine observes of a batch, as an Arrow table: a row for the batch, and one for each rule that there is more to say of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.dataset import Batch, as_json, json_values
from auditor.kernels.sets import U64
from auditor.validation import keys
from auditor.validation.cells import Cells, indices
from auditor.validation.gathered import ascending
from auditor.validation.judged import Seen, judge
from auditor.validation.plan import Plan, Rule

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

SAMPLES, SAMPLE = 5, 200
"""How many failing values are shown, and how long each may be."""

BATCH, FAILED, KEPT = -3, -2, -1
"""The items that are the batch itself, its records that fail at all, and those that are kept for Great Expectations."""

FEW = 64
"""Places up to which it costs less to take their records than to look at all of the batch."""


def schema() -> pa.Schema:
    """The table's columns: the batch's `start`, `rows`, row `group` and whether it is `typed`; `item`, a rule's number or one of those
    above, judged under which of its meanings; `counts`, `failing` records, what is `said`, and `data`.
    """
    return pa.schema(
        {
            "start": pa.int64(),
            "rows": pa.int64(),
            "group": pa.int32(),
            "typed": pa.bool_(),
            "item": pa.int32(),
            "meaning": pa.int32(),
            "counts": pa.binary(),
            "failing": pa.large_binary(),
            "said": pa.string(),
            "data": pa.large_binary(),
        }
    )


def observe(plan: Plan, batch: Batch, columns: Sequence[str], keep: bool = False) -> pa.Table:
    """What a batch says, of a file that has these columns; `keep` says that its records are kept as they are.

    The row of the batch has in `counts` four int64 for each rule and meaning (examined, failing, refused, meant), in `said` the columns,
    in `failing` the physical lines and in `data` the values of the columns that are kept. The row of a rule has in `failing` the records
    (int32) that do not meet it; the row FAILED has those that fail at all, with what they say in the columns that are looked at.
    """
    cells = Cells(_completed(plan, batch.records), batch.typed, plan.asked)
    seen = [(rule, each) for rule in plan.rules for each in enumerate(judge(rule, cells, plan.trees.get(rule.number)))]
    counts = np.array([(each.examined, len(each.rows), each.refused, each.meant) for _, (_, each) in seen], np.int64)
    common = {"start": batch.start, "rows": cells.size, "group": batch.group, "typed": batch.typed}
    rows: list[dict[str, Any]] = [
        {
            **common,
            "item": BATCH,
            "counts": counts.tobytes(),
            "failing": _line_runs(batch),
            "said": json.dumps({"columns": list(columns), "meanings": _meanings(plan, seen)}),
            "data": _spilled(plan, cells),
        }
    ]
    failing = [each.rows for rule, (_, each) in seen if len(each.rows) and rule.family != "late"]
    if failing:
        rows.append({**common, "item": FAILED, **_failed(plan, cells, _union(failing, cells.size))})
    if keep:
        rows.append({**common, "item": KEPT, "data": _packed(batch.records)})
    for rule, (meaning, each) in seen:
        if len(each.rows) or each.problem or each.gathered is not None:
            told = {key: value for key, value in (("problem", each.problem), ("gathered", each.gathered)) if value}
            said, where = json.dumps(told) if told else None, each.rows.tobytes() if len(each.rows) else None
            rows.append({**common, "item": rule.number, "meaning": meaning, "said": said, "failing": where})
    return pa.Table.from_pylist(rows, schema())


def _failed(plan: Plan, cells: Cells, rows: I32) -> dict[str, Any]:
    """What the records say that fail at all."""
    names = dict.fromkeys((*plan.looked, *((plan.key,) if plan.key is not None else ())))
    there = [place for place, name in enumerate(cells.records.schema.names) if name in names]
    records = cells.records.select(there)
    return {"failing": rows.tobytes(), "data": _packed(records.take(indices(rows)) if len(rows) < cells.size else records)}


def _meanings(plan: Plan, seen: Sequence[tuple[Rule, tuple[int, Seen]]]) -> list[int]:
    """How many meanings each rule was judged under."""
    many = dict.fromkeys((rule.number for rule in plan.rules), 0)
    for rule, _ in seen:
        many[rule.number] += 1
    return list(many.values())


def _completed(plan: Plan, records: pa.RecordBatch) -> pa.RecordBatch:
    """The records with null columns for those that the rules name and this file does not have."""
    names = set(records.schema.names)
    for rule in plan.rules:
        for name in (*rule.columns, *rule.numbers) if rule.type != "expect_column_to_exist" else rule.numbers:
            if name not in names:
                names.add(name)
                records = records.append_column(name, pa.nulls(records.num_rows))
    return records


def _union(some: Sequence[I32], size: int) -> I32:
    if sum(map(len, some)) < FEW:
        return ascending(np.sort(np.concatenate(some)))
    marked = np.zeros(size, np.bool_)
    for each in some:
        marked[each] = True
    return np.flatnonzero(marked).astype(np.int32)


def identified(looked: Sequence[str], key: str | None, cells: Cells) -> tuple[U64, pa.Array | None]:
    """A digest of each record over the columns that are looked at, and its key as text, where there is a column of keys."""
    names = [name for name in looked if name in cells.records.schema.names]
    views = [cells.column(name).view() for name in names]
    digests = keys.digests(views) if views else np.zeros((cells.size, 2), np.uint64)
    return digests, None if key is None or key not in cells.records.schema.names else key_texts(cells, key)


def key_texts(cells: Cells, name: str) -> pa.Array:
    """The values of a column as texts."""
    column = cells.column(name)
    if pa.types.is_string(column.array.type) and not column.json:
        return column.array
    if pa.types.is_integer(column.array.type):
        return column.array.cast(pa.string())
    return pa.array([None if value is None else as_json(value) for value in column.view().objects()], pa.string())


def samples(batch: Batch, own: Sequence[str]) -> list[str]:
    """The values of records in the columns that an expectation is about, as JSON."""
    values = [[json.loads(cell or "null") for cell in json_values(batch, name)] for name in own]
    if not values:
        return []
    records = values[0] if len(own) == 1 else [dict(zip(own, record, strict=True)) for record in zip(*values, strict=True)]
    return [as_json(record)[:SAMPLE] for record in records]


def _line_runs(batch: Batch) -> bytes | None:
    """The physical lines, as the records at which they do not go on by one, and the lines there."""
    if batch.lines is None:
        return None
    lines = batch.lines.to_numpy()
    breaks = np.concatenate([[0], np.flatnonzero(np.diff(lines) != 1) + 1]) if len(lines) else np.empty(0, np.int64)
    return np.stack([breaks, lines[breaks]]).astype(np.int64).tobytes()


def lines_at(runs: bytes, rows: NDArray[Any]) -> I64:
    """The physical lines of some records."""
    breaks, lines = np.frombuffer(runs, np.int64).reshape(2, -1)
    at = np.searchsorted(breaks, rows, side="right") - 1
    found: I64 = lines[at] + (rows.astype(np.int64) - breaks[at])
    return found


def _spilled(plan: Plan, cells: Cells) -> bytes | None:
    if not plan.spilled:
        return None
    names = [name for name in plan.spilled if cells.records.schema.names.count(name) == 1]
    columns = [cells.records.column(name) for name in names]
    fields = [cells.records.schema.field(name) for name in names]
    return _packed(pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields)))


def _packed(records: pa.RecordBatch) -> bytes:
    columns = [column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in records.columns]
    fields = [field.with_type(column.type) for field, column in zip(records.schema, columns, strict=True)]
    records = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields)) if columns else records
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, records.schema) as writer:
        writer.write_batch(records)
    found: bytes = sink.getvalue().to_pybytes()
    return found
