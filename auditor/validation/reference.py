"""Great Expectations as the reference: the kept records of each split as one table, and its results with the places they speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.dataset import JSON_FIELD, Batch, Shard, is_json, json_values
from auditor.doors import great_expectations as door
from auditor.partials import opened
from auditor.validation.engine import Judged
from auditor.validation.parts import Part, Seen
from auditor.validation.places import Found, Source, by_batch
from auditor.validation.plan import ARGUMENTS

_NOWHERE = Shard(path="", file="", split="", format="")


def judge(expectations: Sequence[Mapping[str, Any]], parts: Sequence[Part], context: Mapping[str, Any]) -> Iterator[Judged]:
    """What becomes of expectations in all splits, with what identifies records as the fast engine has it."""
    by_id, by_split = {each["id"]: each for each in expectations}, {part.split: part for part in parts}
    with opened(None) as room:
        results = door.validate({"expectations": expectations}, [_sheet(part) for part in parts], room.folder)
    for result in results:
        if not result.rows:
            yield Judged(result=result)
            continue
        each, part = by_id[result.id], by_split[result.split]
        own = door.own_columns(each["type"], each["kwargs"])
        late = each["type"] in ARGUMENTS and ARGUMENTS[each["type"]][0] == "late"
        positions = np.array(result.rows, np.int64)
        kept: Source = lambda batch, rows, part=part: part.reference(batch).records.take(pa.array(rows))  # type: ignore[misc]  # noqa: E731
        rows, looked = by_batch(part, positions), own if late else context["columns"]
        where = Found(part, ", ".join(own) or None, rows, kept, looked, context["key"])
        yield Judged(result=result, where=where, samples=where.samples(own) if context["shown"] else ())


def _sheet(part: Part) -> door.Sheet:
    """The split as one table. A column that files of the split give different types has the one that holds all values, else JSON."""
    batches = [_batch(part, each) for each in part.batches]
    columns = [_joined(batches, name) for name in part.columns]
    schema = pa.schema([field for field, _ in columns])
    records = pa.Table.from_arrays([column for _, column in columns], schema=schema)
    return door.Sheet(name=part.split, records=records, typed=all(batch.typed for batch in batches))


def _batch(part: Part, seen: Seen) -> Batch:
    return Batch(shard=_NOWHERE, start=0, records=part.reference(seen).records, typed=seen.typed)


def _joined(batches: Sequence[Batch], name: str) -> tuple[pa.Field, pa.ChunkedArray]:
    given = [batch.records.schema.field(name) for batch in batches if name in batch.records.schema.names]
    if not any(map(is_json, given)):
        try:
            field = pa.unify_schemas([pa.schema([each.remove_metadata()]) for each in given], promote_options="permissive").field(0)
            return field, pa.chunked_array([_cast(batch, field) for batch in batches], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            pass  # no type holds all of them
    field = pa.field(name, pa.string(), metadata=JSON_FIELD)
    return field, pa.chunked_array([pa.array(json_values(batch, name), pa.string()) for batch in batches], pa.string())


def _cast(batch: Batch, field: pa.Field) -> pa.Array:
    if field.name not in batch.records.schema.names:
        return pa.nulls(batch.records.num_rows, field.type)
    return batch.records.column(field.name).cast(field.type)
