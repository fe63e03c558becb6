"""Physical lines of a byte stream, and records gathered into batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from auditor.dataset import Batch, Shard
from auditor.sources.compression import HELD

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, BYTES = 10_000, 8 << 20
"""A batch is closed when it has this many records or was made of this many bytes."""

T = TypeVar("T")


class _Held:
    """The beginning of a line whose end has not been read yet; of one that is too long, only that it is."""

    def __init__(self, limit: int) -> None:
        self._limit, self._data, self._lost = limit, bytearray(), False

    def add(self, part: bytes) -> None:
        self._lost = self._lost or len(self._data) + len(part) > self._limit
        self._data = bytearray(part[-1:]) if self._lost else self._data + part

    def ends_in_cr(self) -> bool:
        return self._data.endswith(b"\r")

    def take(self) -> Iterator[bytes | None]:
        if self._data:
            yield None if self._lost else bytes(self._data)
        self._data, self._lost = bytearray(), False


def lines(source: Iterable[bytes], limit: int = HELD) -> Iterator[bytes | None]:
    """The lines with their ends (LF, CRLF or CR), a byte order mark dropped; None for one of more than `limit` bytes."""
    each = _lines(source, limit)
    for first in each:
        yield first.removeprefix(b"\xef\xbb\xbf") if first else first
        break
    yield from each


def _lines(source: Iterable[bytes], limit: int) -> Iterator[bytes | None]:
    held = _Held(limit)
    for block in source:
        if held.ends_in_cr() and not block.startswith(b"\n"):
            yield from held.take()
        first, *others = block.splitlines(keepends=True)
        held.add(first)
        if not others and not first.endswith(b"\n"):
            continue
        yield from held.take()
        last = others.pop() if others and not others[-1].endswith(b"\n") else b""
        yield from others
        held.add(last)
    yield from held.take()


def batches(
    shard: Shard, rows: Iterator[tuple[int, T, int]], build: Callable[[list[T]], Iterator[pa.RecordBatch]], typed: bool = True
) -> Iterator[Batch]:
    """Batches of the rows (line, record, bytes). What `rows` raises is raised after the records that came before it."""
    import pyarrow as pa

    start, failure, more = 0, None, True
    while more:
        taken: list[tuple[int, T]] = []
        more, failure = _gather(rows, taken)
        at = 0
        for records in build([record for _, record in taken]) if taken else ():
            numbers = pa.array([line for line, _ in taken[at : at + records.num_rows]], pa.int64())
            yield Batch(shard=shard, start=start + at, records=records, lines=numbers, typed=typed)
            at += records.num_rows
        start += at
    if failure is not None:
        raise failure


def _gather(rows: Iterator[tuple[int, T, int]], taken: list[tuple[int, T]]) -> tuple[bool, Exception | None]:
    """Moves rows to `taken` until it is a batch; whether more may follow, and what went wrong."""
    size = 0
    try:
        for line, record, width in rows:
            taken.append((line, record))
            size += width
            if size >= BYTES or len(taken) >= ROWS:
                return True, None
    except Exception as error:  # noqa: BLE001 - it is raised again, after the batch
        return False, error
    return False, None
