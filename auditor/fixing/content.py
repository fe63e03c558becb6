"""All records of a dataset under one number each, and where they stand in its files and splits, before and after some are moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.dataset import Shard

if TYPE_CHECKING:
    import pyarrow as pa

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The files of a dataset, in order of their paths, and its splits.

    Records are numbered through all files; the first of each file is that of `starts`, which ends with how many there are. `told` has
    for each record its line, the text that tells its split, its label and its group (JSON) and a digest; `kinds` what each file is
    like: records can move between files that are alike. `splits` are the shards of each split, in its order.
    """

    files: Sequence[Shard]
    starts: I64
    told: pa.Table
    kinds: Sequence[tuple[str, str]]
    splits: Mapping[str, Sequence[Shard]]

    @property
    def size(self) -> int:
        """How many records there are."""
        return int(self.starts[-1])

    def place(self, shard: Shard) -> int:
        """Which of the files a shard is of."""
        return [each.path for each in self.files].index(shard.path)

    def whole(self) -> list[I64]:
        """For each file its records."""
        return [np.arange(first, last) for first, last in zip(self.starts[:-1], self.starts[1:], strict=True)]

    def in_splits(self, held: Sequence[I64]) -> dict[str, I64]:
        """For each split its records in order, where the files hold these."""
        return {name: np.concatenate([np.zeros(0, np.int64), *(self._of(s, held) for s in some)]) for name, some in self.splits.items()}

    def _of(self, shard: Shard, held: Sequence[I64]) -> I64:
        import pyarrow as pa
        import pyarrow.compute as pc

        mine = held[self.place(shard)]
        if shard.column is None:
            return mine
        here = pc.equal(self.told["told"].take(pa.array(mine)), shard.value)
        found: I64 = mine[here.to_numpy().astype(np.bool_)]
        return found

    def rows(self, file: int, some: I64) -> list[int]:
        """The rows, in a file, of some of its records."""
        return [int(row) for row in some - self.starts[file]]

    def file_of(self, records: I64) -> I64:
        """Which file each record lies in."""
        found: I64 = np.searchsorted(self.starts, records, side="right") - 1
        return found
