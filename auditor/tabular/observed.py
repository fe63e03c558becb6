"""What is observed of a table's records for the rules of leakage in tables, and how it is read again split by split.

A row a record: `row` (its place in the shard) and `line` (-1: none); for each of `keys` (group, id, a guessed group) a digest in two
columns; `time`, and whether it is a `moment`; of the id its text without numbers (a hash)
and its last number; the cells of every feature and, after them, the label; and `content`, a hash of these by which records are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.dataset import Batch, Dataset, Split
from auditor.kernels.hashes import digests as mixed
from auditor.kernels.sets import I64, U64
from auditor.model import Json, Location, Locations, digest
from auditor.tabular.cells import NUMBER, OTHER, Cells, cells, digested, digests, moments, plain

if TYPE_CHECKING:
    from auditor.tabular.cells import F64


def observed(batch: Batch, context: Mapping[str, Json]) -> pa.Table:
    """What the batch says of the columns that the context names under `keys`, `time`, `label`, `id` and `features`."""
    size = batch.records.num_rows
    columns: dict[str, NDArray[np.generic]] = {"row": np.arange(batch.start, batch.start + size)}
    columns["line"] = batch.lines.to_numpy() if batch.lines is not None else np.full(size, -1)
    for key, name in context["keys"].items():
        columns[f"{key} 0"], columns[f"{key} 1"] = digests(batch, name).T
    if context["time"] is not None:
        columns["time"], columns["moment"] = moments(batch, context["time"])
    if context["id"] is not None:
        columns["id text"], columns["id number"] = _parts(plain(batch, context["id"]))
    seen = [cells(batch, name) for name in context["features"]]
    if context["label"] is not None:
        seen.append(cells(batch, context["label"]))
    for place, each in enumerate(seen):
        columns[f"kind {place}"], columns[f"cell {place}"] = each.kinds, each.keys
    if seen:
        words = np.stack([each.keys + each.kinds for each in seen], axis=1)
        offsets = np.arange(size + 1) * len(seen)
        columns["content"] = mixed(words.ravel(), offsets, np.full(size, len(seen)))[:, 0]
    return pa.table({name: pa.array(np.ascontiguousarray(column)) for name, column in columns.items()})


def _parts(values: pa.LargeStringArray) -> tuple[U64, F64]:
    """Of ids as texts, the hash of what is left without digits, and the last number (NaN: none, or of over 15 digits)."""
    letters = digested(pc.replace_substring_regex(values, "[0-9]+", "0"))[:, 0]
    last = pc.replace_substring_regex(values, r"^.*?([0-9]*)[^0-9]*$", r"\1")
    short = pc.and_(pc.greater(pc.binary_length(last), 0), pc.less_equal(pc.binary_length(last), 15))
    numbers = pc.if_else(short, last, pa.scalar(None, pa.large_string())).cast(pa.float64()).fill_null(np.nan)
    return letters, numbers.to_numpy(zero_copy_only=False)


@dataclass(frozen=True)
class Side:
    """The records of one split, in order, as observed. `names` are the features, in the order of their cells; the label's come last."""

    split: Split
    table: pa.Table
    names: tuple[str, ...]
    firsts: Mapping[int, int]
    paths: Mapping[int, str]

    def __len__(self) -> int:
        size: int = self.table.num_rows
        return size

    @cached_property
    def rows(self) -> I64:
        """The row of each record in the split."""
        starts = np.array([self.firsts.get(shard, 0) for shard in range(max(self.firsts, default=0) + 1)], np.int64)
        rows: I64 = starts[self.column("shard")] + self.column("row")
        return rows

    def column(self, name: str) -> NDArray[np.generic]:
        """A column of what was observed."""
        found: NDArray[np.generic] = self.table.column(name).to_numpy()
        return found

    @property
    def times(self) -> F64:
        """The times; NaN where there is none."""
        return self.column("time").astype(np.float64)

    def key(self, name: str) -> U64:
        """Digests of a key column: uint64 of shape (records, 2), zeros for what is missing."""
        return np.stack([self.column(f"{name} 0"), self.column(f"{name} 1")], axis=1).astype(np.uint64)

    def cells(self, place: int, some: I64 | None = None) -> Cells:
        """The cells of a feature, or of the label after the last: of all records or of some."""
        table = self.table.select([f"kind {place}", f"cell {place}"])
        table = table if some is None else table.take(pa.array(some))
        kinds, keys = (table.column(name).to_numpy() for name in table.column_names)
        return Cells(kinds=kinds, keys=keys)

    @cached_property
    def _at(self) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        return self.column("shard"), self.column("line")

    def place(self, record: int, column: str) -> Location:
        """Where a record stands."""
        shard, line = (int(each[record]) for each in self._at)
        row = self.firsts[shard] + int(self.table.column("row")[record].as_py())
        return Location(split=self.split.name, row=row, column=column, file=self.paths[shard], line=line if line > 0 else None)

    @cached_property
    def _contents(self) -> U64:
        """A digest of all that was observed of each record but its place."""
        names = [name for name in self.table.column_names if name not in {"row", "line", "shard"}]
        words = np.stack([_words(self.column(name)) for name in names], axis=1)
        return mixed(words.ravel(), np.arange(len(self) + 1) * len(names), np.full(len(self), len(names)))

    def said(self, record: int) -> str:
        """What identifies a record's contents, as far as they were observed."""
        return " ".join(map(str, self._contents[record].tolist()))


def _words(column: NDArray[np.generic]) -> U64:
    return column.view(np.uint64) if column.dtype.itemsize == 8 else column.astype(np.uint64)


def sides(total: pa.Table, splits: Sequence[Split], names: Sequence[str], dataset: Dataset) -> list[Side]:
    """The records of each split that has any."""
    shards = total.column("shard").to_numpy()
    firsts, paths = dataset.first_rows(), {shard.ordinal: shard.path for shard in dataset.shards}
    found = []
    for split in splits:
        ordinals = [shard.ordinal for shard in split.shards]
        if ordinals:
            first, last = np.searchsorted(shards, [min(ordinals), max(ordinals) + 1]).tolist()
            part = total.slice(first, last - first)
            found.append(Side(split=split, table=part, names=tuple(names), firsts=firsts, paths=paths))
    return [each for each in found if len(each)]


class Records(Locations):
    """The places of some records of a split, each with that of its partner where there is one (-1: none)."""

    def __init__(self, side: Side, records: I64, column: str, other: Side | None = None, partners: I64 | None = None) -> None:
        self._side, self._records, self._column = side, records, column
        self._other, self._partners = other, partners

    def __len__(self) -> int:
        return len(self._records)

    def at(self, place: int) -> Location:
        """The place of a record."""
        record = int(self._records[place])
        here, said = self._side.place(record, self._column), self._side.said(record)
        if self._other is None or self._partners is None:
            return replace(here, digest=digest(self._column, said))
        partner = int(self._partners[place])
        return here.beside(self._other.place(partner, self._column), digest(self._column, said, self._other.said(partner)))


def is_numeric(sides: Sequence[Side], place: int) -> bool:
    """Whether a column holds numbers and nothing else in every split."""
    kinds = [side.column(f"kind {place}") for side in sides]
    return not any(np.any(each == OTHER) for each in kinds) and any(np.any(each == NUMBER) for each in kinds)
