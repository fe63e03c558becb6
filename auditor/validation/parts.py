"""What was observed of a split, batch by batch, put together again; large values stay in the files of the partial results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.dataset import Dataset
from auditor.doors import pages
from auditor.model import Json
from auditor.validation.cells import Cells, indices
from auditor.validation.observed import BATCH, FAILED, KEPT, lines_at

I64 = NDArray[np.int64]

FEW = 32 << 20
"""Bytes of failing records that are kept unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a batch says of a rule beside counts; the row of the table has the failing records."""

    batch: int
    row: int
    problem: str
    gathered: Json


@dataclass(kw_only=True)
class Seen:
    """One batch: the `shard`'s ordinal, the split's row of its first record, its place among all records of the split that were seen.

    `counts` are examined, failing, refused and meant, for each rule and meaning; `file` is the path of its shard. `at` is its row of the
    table, `reference` that with its records (None: they were not kept), `failed` that with those that fail.
    """

    shard: int
    file: str
    row: int
    place: int
    size: int
    group: int | None
    typed: bool
    columns: list[str]
    counts: I64
    at: int
    reference: int | None = None
    failed: int | None = None


@dataclass(kw_only=True)
class Part:
    """A split as observed: its batches in order, and by rule and meaning what they say of it."""

    split: str
    table: pa.Table
    batches: list[Seen] = field(default_factory=list)
    said: dict[tuple[int, int], list[Said]] = field(default_factory=dict)
    meanings: list[int] = field(default_factory=list)
    _few: dict[int, pa.RecordBatch] = field(default_factory=dict)
    """Failing records by their row of the table: each is asked for by every rule."""
    _room: int = FEW
    _pieces: dict[str, tuple[list[pa.Array], I64]] = field(default_factory=dict)
    """The pieces of columns and the row that each begins with: a table of thousands would look through them for every value."""

    @property
    def rows(self) -> int:
        """How many records were seen."""
        return self.batches[-1].place + self.batches[-1].size if self.batches else 0

    @cached_property
    def columns(self) -> list[str]:
        """The names of all columns, in the order in which they were seen."""
        return list(dict.fromkeys(name for batch in self.batches for name in batch.columns))

    @cached_property
    def places(self) -> I64:
        """The place of the first record of each batch."""
        return np.array([batch.place for batch in self.batches], np.int64)

    def counts(self, item: int, meaning: int) -> I64:
        """The sums of the counts of a rule (its place in the plan) under one of its meanings."""
        first = sum(self.meanings[:item]) + meaning
        found: I64 = np.array([batch.counts[4 * first : 4 * first + 4] for batch in self.batches], np.int64).reshape(-1, 4).sum(axis=0)
        return found

    def buffer(self, column: str, row: int) -> pa.Buffer | None:
        """A large value of the table, where it lies."""
        if column not in self._pieces:
            pieces = self.table[column].chunks
            self._pieces[column] = pieces, np.cumsum([0, *map(len, pieces)])
        pieces, firsts = self._pieces[column]
        number = int(np.searchsorted(firsts, row, "right")) - 1
        cell = pieces[number][row - int(firsts[number])]
        return cell.as_buffer() if cell.is_valid else None

    def kept(self, batch: Seen) -> Cells:
        """The values of a batch that were kept for what is judged late."""
        return self._unpacked(batch, batch.at)

    def reference(self, batch: Seen) -> Cells:
        """The values of a batch that were kept for Great Expectations."""
        return self._unpacked(batch, batch.at if batch.reference is None else batch.reference)

    def failed(self, batch: Seen, rows: NDArray[Any]) -> pa.RecordBatch:
        """What records of a batch say that do not meet some rule."""
        assert batch.failed is not None
        everyone = np.frombuffer(self.buffer("failing", batch.failed) or b"", np.int32)
        records = self._few.get(batch.failed)
        if records is None:
            records = self._unpacked(batch, batch.failed).records
            if records.nbytes <= self._room:
                self._room -= records.nbytes
                self._few[batch.failed] = records
        return records if len(rows) == len(everyone) else records.take(indices(np.searchsorted(everyone, rows)))

    def _unpacked(self, batch: Seen, row: int) -> Cells:
        data = self.buffer("data", row)
        pages.looked_at(0 if data is None else data.size)
        if data is None:
            return Cells(pa.RecordBatch.from_pylist([{}] * batch.size), batch.typed)
        with pa.ipc.open_stream(data) as stream:
            return Cells(stream.read_next_batch(), batch.typed)

    def lines(self, batch: Seen, rows: NDArray[Any]) -> I64 | None:
        """The physical lines of some records of a batch, where its format has lines."""
        runs = self.buffer("failing", batch.at)
        return None if runs is None else lines_at(runs, rows)


def parts(total: pa.Table, dataset: Dataset) -> list[Part]:
    """The splits of a dataset as observed, in order; also those of which no record was read."""
    shards, firsts = {shard.ordinal: shard for shard in dataset.shards}, dataset.first_rows()
    found = {split.name: Part(split=split.name, table=total) for split in dataset.splits}
    light = total.select(["shard", "start", "item", "rows", "group", "typed", "meaning", "counts", "said"]).to_pylist()
    order = sorted(range(len(light)), key=lambda row: (light[row]["shard"], light[row]["start"], light[row]["item"]))
    for row in order:
        each = light[row]
        shard = shards[each["shard"]]
        part, said = found[shard.split], json.loads(each["said"] or "{}")
        if each["item"] == BATCH:
            part.meanings = said["meanings"]
            part.batches.append(_batch(each, said, part.rows, firsts[shard.ordinal], shard.path, row))
        elif each["item"] == KEPT:
            part.batches[-1].reference = row
        elif each["item"] == FAILED:
            part.batches[-1].failed = row
        else:
            key = each["item"], each["meaning"]
            told = Said(batch=len(part.batches) - 1, row=row, problem=said.get("problem") or "", gathered=said.get("gathered"))
            part.said.setdefault(key, []).append(told)
    return list(found.values())


def _batch(each: Mapping[str, Any], said: Mapping[str, Any], place: int, first: int, path: str, row: int) -> Seen:
    return Seen(
        shard=each["shard"],
        file=path,
        row=first + each["start"],
        place=place,
        size=each["rows"],
        group=each["group"],
        typed=each["typed"],
        columns=said["columns"],
        counts=np.frombuffer(each["counts"], np.int64),
        at=row,
    )


def failing(part: Part, said: Sequence[Said]) -> Iterator[tuple[Seen, NDArray[np.int32]]]:
    """The batches in which records do not meet a rule, and which those are."""
    for each in said:
        found = part.buffer("failing", each.row)
        if found is not None:
            yield part.batches[each.batch], np.frombuffer(found, np.int32)
