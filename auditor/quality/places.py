"""The places of cells, and of records whose labels are contradicted or doubted, made when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.dataset import Dataset
from auditor.kernels.sets import I64
from auditor.model import Location, Locations, digest
from auditor.quality.labelled import Labelled

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.quality.mislabelled import Judged


class Cells(Locations):
    """Cells of one column, from rows of auditor/quality/glances.py with the ordinals of their shards: in the order of the data."""

    def __init__(self, seen: pa.Table, dataset: Dataset) -> None:
        self._seen = seen.sort_by([("shard", "ascending"), ("row", "ascending")])
        self._firsts, self._shards = dataset.first_rows(), {shard.ordinal: shard for shard in dataset.shards}

    def __len__(self) -> int:
        cells: int = self._seen.num_rows
        return cells

    def at(self, place: int) -> Location:
        """The place of a cell."""
        cell = self._seen.slice(place, 1).to_pylist()[0]
        shard = self._shards[cell["shard"]]
        return Location(
            split=shard.split,
            row=self._firsts[shard.ordinal] + cell["row"],
            column=cell["column"],
            file=shard.path,
            line=cell["line"] if cell["line"] > 0 else None,
            digest=digest(cell["column"], str(cell["high"]), str(cell["low"])),
        )


class Contradicted(Locations):
    """Records, each with one that has the same features and another label."""

    def __init__(self, labelled: Labelled, column: str, records: I64, partners: I64) -> None:
        self._labelled, self._column, self._records, self._partners = labelled, column, records, partners

    def __len__(self) -> int:
        return len(self._records)

    def at(self, place: int) -> Location:
        """The place of a record, beside its partner."""
        mine, other = (self._labelled.at(int(each[place]), self._column) for each in (self._records, self._partners))
        assert mine.digest is not None
        return mine.beside(other, mine.digest)


class Doubted(Locations):
    """Records whose label is doubted, the most doubted first."""

    def __init__(self, labelled: Labelled, column: str, judged: Sequence[Judged]) -> None:
        self._labelled, self._column = labelled, column
        none = np.zeros(0, np.int64)
        margins = np.concatenate([none.astype(np.float64), *(each.margins for each in judged)])
        order = np.argsort(-margins, kind="stable")
        self._margins = margins[order]
        self._records = np.concatenate([none, *(each.records for each in judged)])[order]
        self._suggested = np.concatenate([none.astype(np.uint64), *(each.suggested for each in judged)])[order]

    def __len__(self) -> int:
        return len(self._records)

    def at(self, place: int) -> Location:
        """The place of a record, with both labels where they may be shown."""
        record = int(self._records[place])
        given, suggested = self._labelled.label(record), self._labelled.names.get(int(self._suggested[place]))
        message = None if given is None or suggested is None else f"given {given!r}, probably {suggested!r}"
        return self._labelled.at(record, self._column, message)

    def table(self) -> pa.Table:
        """All of them as an evidence table: rank, split, row, file, line, given, suggested, margin."""
        import pyarrow as pa

        places = [self.at(place) for place in range(len(self))]
        names = self._labelled.names
        return pa.table(
            {
                "rank": pa.array(range(1, len(self) + 1), pa.int64()),
                **{name: pa.array([getattr(place, name) for place in places], pa.string()) for name in ("split", "file")},
                **{name: pa.array([getattr(place, name) for place in places], pa.int64()) for name in ("row", "line")},
                "given": pa.array([self._labelled.label(int(each)) for each in self._records], pa.string()),
                "suggested": pa.array([names.get(int(each)) for each in self._suggested], pa.string()),
                "margin": pa.array(self._margins.round(6)),
            }
        )
