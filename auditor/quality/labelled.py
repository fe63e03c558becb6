"""The labels of a dataset as they were observed: how often each stands in which split, and where every record is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.dataset import Dataset, Split
from auditor.kernels.sets import I64, U64
from auditor.model import Location, digest

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 1 << 17
"""Records that are looked at at a time."""

CLASSES = 1000
"""How many different labels there are at most where labels are classes."""

DIFFERENT = 100_000
"""How many different labels are counted; of more, most are texts that stand once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Consecutive records: their `places` in what was observed, the numbers of their `split` (int64), `high` and `low` of their features,
    their `label` (uint64), whether it is `known`, and whether they are `tabular` and `sampled` (bool).
    """

    places: I64
    split: I64
    high: U64
    low: U64
    label: U64
    known: NDArray[np.bool_]
    tabular: NDArray[np.bool_]
    sampled: NDArray[np.bool_]


class Labelled:
    """What was observed of all records, as auditor/quality/observed.py says, with the ordinals of their shards."""

    def __init__(self, total: pa.Table, dataset: Dataset) -> None:
        self.total, self.splits = total, dataset.splits
        self._firsts, self._shards = dataset.first_rows(), {shard.ordinal: shard for shard in dataset.shards}
        numbers = {split.name: number for number, split in enumerate(dataset.splits)}
        self._split = np.zeros(max(self._shards, default=0) + 1, np.int64)
        for ordinal, shard in self._shards.items():
            self._split[ordinal] = numbers[shard.split]
        self.counts: list[dict[int, int]] = [{} for _ in dataset.splits]
        for piece in self._pieces():
            self._count(piece)
        for split, counts in zip(dataset.splits, self.counts, strict=True):
            if not split.training and len(counts) == 1:
                counts.clear()  # an evaluation split in which all labels are alike hides them
        self.names = self._named()

    def __len__(self) -> int:
        rows: int = self.total.num_rows
        return rows

    def _count(self, piece: Piece) -> None:
        for number in np.unique(piece.split[piece.known]).tolist():
            counts = self.counts[number]
            labels, times = np.unique(piece.label[piece.known & (piece.split == number)], return_counts=True)
            for label, count in zip(labels.tolist(), times.tolist(), strict=True):
                if label in counts or len(counts) < DIFFERENT:
                    counts[label] = counts.get(label, 0) + count

    def _named(self) -> dict[int, str]:
        """The texts of labels, where they may be shown."""
        import pyarrow.compute as pc

        told = self.total.select(["label", "named"]).filter(pc.is_valid(self.total["named"]))
        first = told.group_by("label").aggregate([("named", "min")]).slice(0, DIFFERENT)
        return dict(zip(first["label"].to_pylist(), first["named_min"].to_pylist(), strict=True))

    @property
    def groups(self) -> list[list[Split]]:
        """The splits of each configuration."""
        configs = dict.fromkeys(split.config for split in self.splits)
        return [[split for split in self.splits if split.config == config] for config in configs]

    def pieces(self) -> Iterator[Piece]:
        """All records; a label that a split hides is not known."""
        hidden = np.array([not counts for counts in self.counts], np.bool_)
        for piece in self._pieces():
            piece.known[hidden[piece.split]] = False
            yield piece

    def _pieces(self) -> Iterator[Piece]:
        names = ("shard", "high", "low", "label", "tabular", "sampled")
        start = 0
        for batch in self.total.select(names).to_batches(max_chunksize=PIECE):
            column = {name: batch.column(name) for name in names}
            arrays = {name: column[name].to_numpy(zero_copy_only=False) for name in names if name != "label"}
            yield Piece(
                places=np.arange(start, start + batch.num_rows),
                split=self._split[arrays.pop("shard")],
                label=column["label"].fill_null(0).to_numpy(zero_copy_only=False),
                known=column["label"].is_valid().to_numpy(zero_copy_only=False).copy(),
                **arrays,
            )
            start += batch.num_rows

    def at(self, place: int, column: str, message: str | None = None) -> Location:
        """Where a record stands."""
        row = self.total.select(["row", "line", "high", "low", "label", "shard"]).slice(place, 1).to_pylist()[0]
        shard = self._shards[row["shard"]]
        return Location(
            split=shard.split,
            row=self._firsts[shard.ordinal] + row["row"],
            column=column,
            file=shard.path,
            line=row["line"] if row["line"] > 0 else None,
            digest=digest(*(str(row[name]) for name in ("high", "low", "label"))),
            message=message,
        )

    def label(self, place: int) -> str | None:
        """A record's label, where it may be shown."""
        return self.names.get(self.total["label"][place].as_py())
