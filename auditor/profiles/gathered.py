"""From the accumulators of batches to one for each column of each split, as an Arrow table and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.dataset import Batch
    from auditor.kernels.columns import Column

FOLDED = 16
"""How many accumulators of a column are merged at a time."""

Profiles = Mapping[str, Mapping[str, "Column"]]
"""The columns of each split, by name, in the order in which they were first seen."""


def observed(batch: Batch, shown: bool, sensitive: Sequence[str]) -> pa.Table:
    """A row for each column of a batch: its name (`column`) and what stands in it (`seen`, of columns.TYPE).

    `shown`: texts of values may be kept; of `sensitive` columns no value is, not even a number.
    """
    import pyarrow as pa

    from auditor.dataset import is_json
    from auditor.kernels import columns

    stored = batch.shard.format in {"parquet", "arrow"}
    found = [
        columns.veiled(values, nested=is_json(field))
        if field.name in sensitive
        else columns.observed(values, nested=is_json(field), numeric=not batch.typed, stored=stored, shown=shown)
        for field, values in zip(batch.records.schema, batch.records.columns, strict=True)
    ]
    return pa.table({"column": pa.array(batch.records.schema.names, pa.string()), "seen": columns.as_arrow(found)})


def gathered(total: pa.Table, splits: Mapping[int, str]) -> pa.Table:
    """A row for each column of each split, from those of all batches: `split`, `column` and `seen`. `splits` are those of the shards."""
    import pyarrow as pa

    from auditor.kernels import columns

    parts: dict[tuple[str, str], list[Column]] = {}
    for batch in total.to_batches():
        shards, names = (batch.column(name).to_pylist() for name in ("shard", "column"))
        for shard, name, seen in zip(shards, names, columns.of_arrow(batch.column("seen")), strict=True):
            mine = parts.setdefault((splits[shard], name), [])
            mine.append(seen)
            if len(mine) == FOLDED:
                mine[:] = [columns.merged(mine)]
    return pa.table(
        {
            "split": pa.array([split for split, _ in parts], pa.string()),
            "column": pa.array([name for _, name in parts], pa.string()),
            "seen": columns.as_arrow([columns.merged(some) for some in parts.values()]),
        }
    )


def by_split(table: pa.Table | None) -> Profiles:
    """The columns of each split, from a table as `gathered` makes it."""
    from auditor.kernels import columns

    found: dict[str, dict[str, Column]] = {}
    for batch in table.to_batches() if table is not None else ():
        names = zip(batch.column("split").to_pylist(), batch.column("column").to_pylist(), strict=True)
        for (split, name), seen in zip(names, columns.of_arrow(batch.column("seen")), strict=True):
            found.setdefault(split, {})[name] = seen
    return found
