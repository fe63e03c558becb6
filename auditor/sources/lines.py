"""Physical lines of a byte stream, and records gathered into batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from auditor.dataset import Batch, Shard, Tally
from auditor.sources.limits import MOST, SCARCE, batch

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 10_000
"""A batch is closed when it has this many records or was made of `batch()` bytes."""

T = TypeVar("T")


class _Held:
    """The beginning of a line whose end has not been read yet; of one that is too long, only that it is."""

    def __init__(self, limit: int) -> None:
        self._limit, self._data, self._lost = limit, bytearray(), False

    def add(self, part: bytes) -> None:
        self._lost = self._lost or len(self._data) + len(part) > self._limit
        if self._lost:
            self._data = bytearray(part[-1:])
        else:
            self._data += part

    def ends_in_cr(self) -> bool:
        return self._data.endswith(b"\r")

    def take(self) -> Iterator[bytes | None]:
        if self._data:
            yield self._taken()

    def _taken(self) -> bytes | None:
        """The line, of which nothing is kept: it may be large."""
        line = None if self._lost else bytes(self._data)
        self._data, self._lost = bytearray(), False
        return line


def lines(source: Iterable[bytes], limit: int = MOST) -> Iterator[bytes | None]:
    """The lines with their ends (LF, CRLF or CR), a byte order mark dropped; None for one of more than `limit` bytes."""
    each = _lines(source, limit)
    for first in each:
        yield first.removeprefix(b"\xef\xbb\xbf") if first else first
        break
    yield from each


def _lines(source: Iterable[bytes], limit: int) -> Iterator[bytes | None]:
    beginning = _Held(limit)
    for block in source:
        if beginning.ends_in_cr() and not block.startswith(b"\n"):
            yield from beginning.take()
        first, *others = block.splitlines(keepends=True)
        beginning.add(first)
        if not others and not first.endswith(b"\n"):
            continue
        yield from beginning.take()
        last = others.pop() if others and not others[-1].endswith(b"\n") else b""
        yield from others
        beginning.add(last)
    yield from beginning.take()


def batches(
    shard: Shard,
    rows: Iterator[tuple[int, T, int]],
    build: Callable[[list[T]], Iterator[pa.RecordBatch]],
    tally: Tally,
    typed: bool = True,
) -> Iterator[Batch]:
    """Batches of the rows (line, record, bytes). What `rows` raises is raised after the records that came before it."""
    start, failure, more = 0, None, True
    while more:
        taken: list[tuple[int, T]] = []
        more, failure = gather(rows, taken)
        for numbers, records in built(taken, build, tally):
            yield Batch(shard=shard, start=start, records=records, lines=numbers, typed=typed)
            start += records.num_rows
    if failure is not None:
        raise failure


def built(
    taken: list[tuple[int, T]], build: Callable[[list[T]], Iterator[pa.RecordBatch]], tally: Tally
) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
    """The rows as Arrow, with their lines (int64); a row for which there is not memory enough is refused by itself."""
    import pyarrow as pa

    done, enough = 0, True
    try:
        for records in build([record for _, record in taken]) if taken else ():
            yield pa.array([line for line, _ in taken[done : done + records.num_rows]], pa.int64()), records
            done += records.num_rows
    except MemoryError:
        enough = False
    if not enough and len(taken) - done == 1:
        tally.refuse(f"a record {SCARCE}", taken[done][0])
    elif not enough:
        middle = done + (len(taken) - done) // 2
        yield from built(taken[done:middle], build, tally)
        yield from built(taken[middle:], build, tally)


def gather(rows: Iterator[tuple[int, T, int]], taken: list[tuple[int, T]]) -> tuple[bool, Exception | None]:
    """Moves rows to `taken` until it is a batch; whether more may follow, and what went wrong."""
    size, limit = 0, batch()
    try:
        for line, record, width in rows:
            taken.append((line, record))
            size += width
            if size >= limit or len(taken) >= ROWS:
                return True, None
    except Exception as error:  # noqa: BLE001 - it is raised again, after the batch
        return False, error
    return False, None
