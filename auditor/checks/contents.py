"""Contents: what identifies each record by its values, for two versions of a dataset to be compared by; it finds nothing wrong itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion
from auditor.dataset import Batch, Dataset
from auditor.model import Json, Rule

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Contents(Check):
    """Keeps 128 bits of each record's values, of them without its label, and of its id. The column that tells the splits is no part of
    them; `columns` says which ones are, where not all of them.

    No rule is its own: it looks only where an audit is told to (`extra` of auditor.running.auditing.audited).
    """

    name: ClassVar[str] = "contents"
    rules: ClassVar[tuple[Rule, ...]] = ()
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    label: str | None = None
    id: str | None = None
    split_column: str | None = None
    columns: tuple[str, ...] = ()

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row a record: `key` in two columns of uint64, `rest` (without the label) and `id` likewise, where such columns are named."""
        import pyarrow as pa

        from auditor.quality.cells import record_digests

        columns = [name for name in batch.records.schema.names if name != self.split_column and (not self.columns or name in self.columns)]
        found = {"key": record_digests(batch, columns)}
        if self.label is not None:
            found["rest"] = record_digests(batch, [name for name in columns if name != self.label])
        if self.id is not None:
            found["id"] = record_digests(batch, [self.id])
        return pa.table({f"{name}_{half}": values[:, half].copy() for name, values in found.items() for half in (0, 1)})

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """The table `contents`: with the place of each record's split among those of the dataset, and its row there."""
        if total is None:
            return Conclusion(outcomes=())
        import numpy as np
        import pyarrow as pa

        places = {split.name: place for place, split in enumerate(dataset.splits)}
        counts = np.array([dataset.rows(split.name) for split in dataset.splits], np.int64)
        splits = np.zeros(max(shard.ordinal for shard in dataset.shards) + 1, np.int32)
        for shard in dataset.shards:
            splits[shard.ordinal] = places[shard.split]
        split = splits[total["shard"].to_numpy()]
        rows = np.arange(total.num_rows) - (np.cumsum(counts) - counts)[split]
        table = total.drop_columns(["shard"]).append_column("split", pa.array(split)).append_column("row", pa.array(rows))
        return Conclusion(outcomes=(), tables={"contents": table})
