"""The places of the records that do not meet an expectation: made when they are asked for, since there may be one for every record."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.dataset import Batch, Shard
from auditor.kernels.sets import U64
from auditor.model import KEYED, SHOWN, Location, Locations
from auditor.validation.cells import Cells
from auditor.validation.observed import SAMPLES, identified, samples
from auditor.validation.parts import Part, Seen

I64 = NDArray[np.int64]

TOGETHER = 10_000
"""Records of several batches from which on they are not joined by more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """Records of one batch: their rows in it, their digests, and their keys as texts (None where there is no column of keys)."""

    batch: Seen
    rows: NDArray[Any]
    digests: U64
    keys: pa.Array | None


class Places(Locations):
    """The places at which a split does not meet an expectation about `column`, some a batch."""

    def __init__(self, part: Part, column: str | None, sizes: Sequence[int]) -> None:
        self._part, self._column = part, column
        self._ends = np.cumsum(np.array(sizes, np.int64)).tolist()
        self._last: tuple[int, Some] | None = None
        self._shown = list[Location]()

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._ends else 0

    def some(self, number: int) -> Some:
        """Those of the batch of this number among the batches that have any."""
        raise NotImplementedError

    def everywhere(self) -> Iterator[Some]:
        """Those of all batches that have any, in order."""
        return map(self.some, range(len(self._ends)))

    def at(self, place: int) -> Location:
        """The place of this number."""
        if place < 0:
            place += len(self)
        number = bisect_right(self._ends, place)
        if self._last is None or self._last[0] != number:
            self._last = number, self.some(number)
        some = self._last[1]
        return self._location(some, place - (self._ends[number] - len(some.rows)))

    def __iter__(self) -> Iterator[Location]:
        if not self._shown:  # every format shows the first ones: they are made once
            self._shown = list(islice(self._made(), SHOWN))
        yield from self._shown
        if len(self) > len(self._shown):
            yield from islice(self._made(), len(self._shown), None)

    def _made(self) -> Iterator[Location]:
        for some in self.everywhere():
            yield from (self._location(some, each) for each in range(len(some.rows)))

    def _location(self, some: Some, each: int) -> Location:
        batch, row = some.batch, int(some.rows[each])
        lines = self._part.lines(batch, some.rows[each : each + 1])
        return Location(
            split=self._part.split,
            row=batch.row + row,
            column=self._column,
            file=batch.file,
            line=None if lines is None else int(lines[0]),
            digest=KEYED + some.digests[each].tobytes().hex(),
            row_group=batch.group,
            key=None if some.keys is None else some.keys[each].as_py(),
        )

    def tables(self) -> Iterator[pa.Table]:
        """All places as Arrow tables: `split`, `row`, `column`, `file`, `line`, `digest` (16 bytes), `row_group`, `key`."""
        for some in self.everywhere():
            size, batch = len(some.rows), some.batch
            lines = self._part.lines(batch, some.rows)
            yield pa.table(
                {
                    "split": _same(self._part.split, size),
                    "row": pa.array(some.rows.astype(np.int64) + batch.row),
                    "column": _same(self._column, size),
                    "file": _same(batch.file, size),
                    "line": pa.nulls(size, pa.int64()) if lines is None else pa.array(lines),
                    "digest": pa.Array.from_buffers(pa.binary(16), size, [None, pa.py_buffer(np.ascontiguousarray(some.digests))]),
                    "row_group": pa.nulls(size, pa.int32()) if batch.group is None else pa.array(np.full(size, batch.group, np.int32)),
                    "key": pa.nulls(size, pa.string()) if some.keys is None else some.keys,
                }
            )


def _same(value: str | None, size: int) -> pa.Array:
    """One text for all, held once."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array([value], pa.string()))


Source = Callable[[Seen, NDArray[Any]], pa.RecordBatch]
"""What records of a batch say."""


class Found(Places):
    """Places by batch: `rows` of each that has any. `source` gives what records say, `looked` are the columns that make one out, `key` is
    that of the records' keys.
    """

    def __init__(
        self,
        part: Part,
        column: str | None,
        rows: Sequence[tuple[Seen, NDArray[Any]]],
        source: Source,
        looked: Sequence[str],
        key: str | None,
    ) -> None:
        self._pieces, self._source, self._looked, self._key = rows, source, looked, key
        super().__init__(part, column, [len(each) for _, each in rows])

    def some(self, number: int) -> Some:
        """Those of one batch."""
        batch, rows = self._pieces[number]
        digests, keys = identified(self._looked, self._key, Cells(self._source(batch, rows), batch.typed))
        return Some(batch=batch, rows=rows, digests=digests, keys=keys)

    def everywhere(self) -> Iterator[Some]:
        """Those of all batches; where few records of each are meant, batches of one schema are looked at together."""
        held, many = list[tuple[Seen, NDArray[Any], pa.RecordBatch]](), 0
        for batch, rows in self._pieces:
            records = self._source(batch, rows)
            if many >= TOGETHER or (held and (held[-1][0].typed, held[-1][2].schema) != (batch.typed, records.schema)):
                yield from self._identified(held)
                held, many = [], 0
            held.append((batch, rows, records))
            many += len(rows)
        yield from self._identified(held)

    def _identified(self, held: Sequence[tuple[Seen, NDArray[Any], pa.RecordBatch]]) -> Iterator[Some]:
        if not held:
            return
        records = pa.concat_batches([records for _, _, records in held])
        digests, keys = identified(self._looked, self._key, Cells(records, held[0][0].typed))
        end = 0
        for batch, rows, _ in held:
            start, end = end, end + len(rows)
            yield Some(batch=batch, rows=rows, digests=digests[start:end], keys=None if keys is None else keys.slice(start, len(rows)))

    def samples(self, own: Sequence[str]) -> tuple[str, ...]:
        """The values of the first records in some columns, as JSON."""
        shard, listed = Shard(path="", file="", split="", format=""), list[str]()
        for seen, rows in self._pieces:
            if len(listed) >= SAMPLES:
                break
            batch = Batch(shard=shard, start=0, records=self._source(seen, rows[:SAMPLES]), typed=seen.typed)
            listed += samples(batch, own)
        return tuple(listed[:SAMPLES])


def by_batch(part: Part, positions: I64) -> list[tuple[Seen, NDArray[Any]]]:
    """Positions in a split (ascending) as rows of its batches."""
    ends = np.searchsorted(positions, np.append(part.places[1:], part.rows))
    firsts = np.concatenate([[0], ends[:-1]])
    pieces = zip(part.batches, firsts, ends, strict=True)
    return [(batch, positions[a:b] - batch.place) for batch, a, b in pieces if b > a]
