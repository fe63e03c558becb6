"""Arrow batches from a file made fit for everybody: validated, plain, of bounded size, under names that occur once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, BYTES = 10_000, 16 << 20
"""Records, and bytes once dictionaries are decoded, of a batch at most; a single record may be larger."""

_UNFIT = (ValueError, OverflowError, LookupError)


def named_once(names: Sequence[str]) -> None:
    """UnreadableError where two columns have one name."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        first = seen.setdefault(name, place)
        if first != place:
            raise UnreadableError(f"columns {first} and {place} have one name")


def batches(shard: Shard, parts: Iterator[pa.RecordBatch], tally: Tally) -> Iterator[Batch]:
    """The records of structurally sound Arrow batches; those that hold a value which their type does not allow are refused."""
    start = 0
    for part in parts:
        chunks = (part.slice(at, ROWS) for at in range(0, part.num_rows, ROWS))
        for piece in chain.from_iterable(map(_pieces, chunks)):
            records = _allowed(_plain(piece), tally)
            tally.physical += piece.num_rows
            if records.num_rows:
                yield Batch(shard=shard, start=start, records=records)
            start += records.num_rows


def check_structure(part: pa.RecordBatch) -> None:
    """ArrowInvalid where a batch from a file would lead its user out of its memory; single values need not be valid yet."""
    import pyarrow as pa

    bytes_of = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}
    for column in part.columns:
        points_nowhere = pa.types.is_primitive(column.type) or pa.types.is_decimal(column.type)
        (column.view(bytes_of[column.type]) if column.type in bytes_of else column).validate(full=not points_nowhere)


def _pieces(part: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if part.num_rows > 1 and _size(part) > BYTES:
        half = part.num_rows // 2
        yield from _pieces(part.slice(0, half))
        yield from _pieces(part.slice(half))
    else:
        yield part


def _size(part: pa.RecordBatch) -> int:
    """Bytes the batch takes when its dictionaries of strings are decoded: a few bytes of a file can stand for gigabytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size = 0
    for column in part.columns:
        if not pa.types.is_dictionary(column.type):
            size += column.nbytes
        elif _has_length(column.type.value_type):
            size += pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
        else:
            size += column.indices.nbytes
    return size


def _has_length(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return kind in {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}


def _plain(part: pa.RecordBatch) -> pa.RecordBatch:
    """The batch without dictionaries, extension types, metadata and nanoseconds (Python has no time finer than a microsecond)."""
    import pyarrow as pa

    columns = []
    for column in part.columns:
        plain = column.storage if isinstance(column.type, pa.BaseExtensionType) else column
        if pa.types.is_dictionary(plain.type):
            plain = plain.dictionary.take(plain.indices)
        columns.append(plain if (finest := _microseconds(plain.type)) is None else plain.cast(finest, safe=False))
    if not columns:
        return part
    fields = [pa.field(field.name, column.type) for field, column in zip(part.schema, columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _microseconds(kind: pa.DataType) -> pa.DataType | None:
    """The type for whole microseconds, of one that counts nanoseconds."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    return {pa.time64("ns"): pa.time64("us"), pa.duration("ns"): pa.duration("us")}.get(kind)


def _allowed(part: pa.RecordBatch, tally: Tally) -> pa.RecordBatch:
    import pyarrow as pa

    try:
        _prove(part)
    except _UNFIT as error:
        good = _good(part, list(range(part.num_rows)))
        tally.refuse("invalid UTF-8" if "UTF8" in str(error) else "a value its type does not allow", count=part.num_rows - len(good))
        return part.take(pa.array(good, pa.int64()))
    return part


def _good(part: pa.RecordBatch, rows: list[int]) -> list[int]:
    """Those of the rows that are fit by themselves."""
    import pyarrow as pa

    try:
        _prove(part.take(pa.array(rows, pa.int64())))
    except _UNFIT:
        half = len(rows) // 2
        return _good(part, rows[:half]) + _good(part, rows[half:]) if half else []
    return rows


def _prove(part: pa.RecordBatch) -> None:
    """Raises one of `_UNFIT` where a value is invalid, or a time that Python has not: whoever looks at it would stumble."""
    import pyarrow as pa

    part.validate(full=True)
    for column in part.columns:
        if pa.types.is_temporal(column.type):
            column.to_pylist()
