"""Reads keyed sketches (auditor/leakage/sketch.py), which are Parquet of one schema with a header among their metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.leakage.sketch import FIELD, header_of, schema
from auditor.model import AuditorError
from auditor.sources import parquet

if TYPE_CHECKING:
    import pyarrow as pa

DAMAGED = "damaged, or no sketch"


def read(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The items of a sketch; the schema of each batch has the header among its metadata."""
    found = parquet.schema(shard.file)
    try:
        header_of(found.metadata, shard.path)
    except AuditorError as error:
        raise UnreadableError(f"{error.message}: {error.cure}") from None
    if not found.equals(schema()):
        raise UnreadableError(f"{DAMAGED}: its columns are others")
    for batch in parquet.read(shard, tally):
        _check(batch.records)
        described = batch.records.schema.with_metadata({FIELD: found.metadata[FIELD]})
        yield dataclasses.replace(batch, records=batch.records.replace_schema_metadata(described.metadata))


def _check(records: pa.RecordBatch) -> None:
    """UnreadableError where a set of shingles is empty or not ascending, or holds 0."""
    import numpy as np

    column = records.column("shingles")
    offsets = np.asarray(column.offsets) - column.offsets[0].as_py()
    values = np.asarray(column.flatten())
    falling = np.flatnonzero(values[1:] <= values[:-1]) + 1
    if not (np.diff(offsets).all() and values.all() and np.isin(falling, offsets).all()):
        raise UnreadableError(f"{DAMAGED}: a set of shingles is empty or out of order, or holds 0")
