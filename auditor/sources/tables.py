"""Arrow batches from a file made fit for everybody: validated, plain, of bounded size, under names that occur once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Shard, Tally, UnreadableError, folded
from auditor.sources.limits import batch, columns, held, over, too_wide
from auditor.sources.sizes import decoded, is_read, within

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 10_000
"""Records of a batch at most; once decoded it has twice `batch()` bytes at most, unless it is of one record."""

_DIGITS = {32: 9, 64: 18, 128: 38, 256: 76}
"""The most digits of decimals of so many bits."""

_UNFIT = (ValueError, OverflowError, LookupError)


def named_once(names: Sequence[str]) -> None:
    """UnreadableError where two columns have one name."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        first = seen.setdefault(name, place)
        if first != place:
            raise UnreadableError(f"columns {first} and {place} have one name")


def check_schema(schema: pa.Schema) -> None:
    """UnreadableError where two columns have one name, there are too many, or one is of a type that is not read."""
    import pyarrow as pa

    if len(schema) > columns():
        raise UnreadableError(too_wide("a table"))
    named_once(schema.names)
    for place, kind in enumerate(schema.types, start=1):
        for each in within(kind):
            if pa.types.is_struct(each):
                named_once([field.name for field in each])
            if pa.types.is_decimal(each) and abs(each.scale) > _DIGITS[each.bit_width]:
                raise UnreadableError(f"column {place} is of a decimal type with an impossible scale")
        if not is_read(kind):
            raise UnreadableError(f"column {place} is of a type that is not read (run ends, views of lists, unions): write it plainly")


def looked_at(shard: Shard, schema: pa.Schema) -> list[str] | None:
    """The names of the columns that are looked at; None: all."""
    return [name for name in schema.names if folded(name) in shard.only] if shard.only else None


def batches(shard: Shard, parts: Iterator[pa.RecordBatch], tally: Tally, start: int = 0, group: int | None = None) -> Iterator[Batch]:
    """The records of structurally sound Arrow batches; those that hold a value which their type does not allow are refused.

    `start` is the place of the first record, `group` the row group that they are of.
    """
    for part in parts:
        chunks = (part.slice(at, ROWS) for at in range(0, part.num_rows, ROWS))
        for piece, size in chain.from_iterable(map(_pieces, chunks)):
            records = _allowed(piece, size, tally)
            tally.physical += piece.num_rows
            if records.num_rows:
                yield Batch(shard=shard, start=start, records=records, group=group)
            start += records.num_rows


def check_structure(column: pa.Array) -> None:
    """ArrowInvalid where a column from a file would lead its user out of its memory; single values need not be valid yet."""
    import pyarrow as pa

    bytes_of = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary(), pa.string_view(): pa.binary_view()}
    points_nowhere = pa.types.is_primitive(column.type) or pa.types.is_decimal(column.type)
    (column.view(bytes_of[column.type]) if column.type in bytes_of else column).validate(full=not points_nowhere)


def _pieces(part: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, int]]:
    """The batch in parts that are small once they are decoded, with the size that each will have."""
    size = sum(map(decoded, part.columns))
    if part.num_rows > 1 and size > 2 * batch():
        half = part.num_rows // 2
        yield from _pieces(part.slice(0, half))
        yield from _pieces(part.slice(half))
    else:
        yield part, size


def _decoded(part: pa.RecordBatch) -> pa.RecordBatch:
    """The batch without dictionaries, views, extension types, metadata and nanoseconds (Python has no time finer than a microsecond)."""
    import pyarrow as pa

    arrays = []
    for column in part.columns:
        plain = column.storage if isinstance(column.type, pa.BaseExtensionType) else column
        if pa.types.is_dictionary(plain.type):
            plain = _cast(plain.dictionary).take(plain.indices)
        arrays.append(_cast(plain))
    if not arrays:
        return part
    fields = [pa.field(field.name, column.type) for field, column in zip(part.schema, arrays, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _cast(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    kind = _plain(column.type)
    if kind == column.type:
        return column
    if pa.types.is_nested(kind):
        column = pa.concat_arrays([column])  # a cast takes all that lies inside, also what belongs to other records
    return column.cast(kind, safe=False)


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type of the same values that needs no dictionary and no view, and counts no nanoseconds."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _plain(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_map(kind):
        return pa.map_(_plain(kind.key_type), _plain(kind.item_type), kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type)), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_plain(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    views = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return {pa.time64("ns"): pa.time64("us"), pa.duration("ns"): pa.duration("us"), **views}.get(kind, kind)


def _allowed(piece: pa.RecordBatch, size: int, tally: Tally) -> pa.RecordBatch:
    """The records without what is too large or holds a value that its type does not allow."""
    import pyarrow as pa

    if size > held() and piece.num_rows == 1:
        tally.refuse(over("a record", held()))
        return piece.slice(0, 0)
    part = _decoded(piece)
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
        if any(map(pa.types.is_temporal, within(column.type))):
            _tell(column)


def _tell(column: pa.Array) -> None:
    """Raises what `to_pylist` raises. Of plain times only the least and the greatest are looked at: between them lie the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)) or (getattr(kind, "unit", "") == "ns" and _finer(column)):
        column.to_pylist()
        return
    for end in pc.min_max(column).values():
        end.as_py()


def _finer(column: pa.Array) -> bool:
    """Whether a time in nanoseconds is no whole microsecond, which Python's times cannot say."""
    import pyarrow as pa

    return bool((column.drop_null().view(pa.int64()).to_numpy() % 1000).any())
