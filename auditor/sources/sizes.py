"""How large Arrow values become when they are decoded: a few bytes of a file can stand for gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def within(kind: pa.DataType) -> Iterator[pa.DataType]:
    """The type and all types inside it."""
    import pyarrow as pa

    yield kind
    if isinstance(kind, pa.BaseExtensionType):
        yield from within(kind.storage_type)
    elif pa.types.is_dictionary(kind) or _is_list(kind):
        yield from within(kind.value_type)
    elif pa.types.is_map(kind):
        yield from within(kind.key_type)
        yield from within(kind.item_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from within(field.type)


def is_read(kind: pa.DataType) -> bool:
    """Whether values of the type are read: flat ones, lists, maps, structs, and dictionaries of flat ones.

    The others (run ends, list views, unions) let any number of places share a value; hardly anyone writes them.
    """
    import pyarrow as pa

    return all(
        not pa.types.is_nested(each) or _is_list(each) or pa.types.is_map(each) or pa.types.is_struct(each)
        if not pa.types.is_dictionary(each)
        else not pa.types.is_nested(each.value_type) and not pa.types.is_dictionary(each.value_type)
        for each in within(kind)
    )


def decoded(column: pa.Array) -> int:
    """Bytes that a column of a type that `is_read` takes without dictionaries and views, and one for each value, null or not."""
    import pyarrow as pa

    kind, size = column.type, len(column)
    if not size:  # its buffers may be missing, and the library does not look whether they are
        return 0
    if isinstance(kind, pa.BaseExtensionType):
        return decoded(column.storage)
    if pa.types.is_dictionary(kind):
        return size + _sum(_lengths(column.dictionary).take(column.indices))
    if _is_view(kind):
        return size + _sum(_lengths(column))
    if pa.types.is_struct(kind):
        return size + sum(map(decoded, column.flatten()))
    if pa.types.is_fixed_size_list(kind):
        return size + decoded(column.flatten())
    if _is_list(kind) or pa.types.is_map(kind):
        first, last = (column.offsets[place].as_py() for place in (0, -1))
        children = (column.keys, column.items) if pa.types.is_map(kind) else (column.values,)
        return size + sum(decoded(child.slice(first, last - first)) for child in children)
    return size + int(column.nbytes)


def _lengths(column: pa.Array) -> pa.Array:
    """The bytes of each value of a flat column, as 64-bit integers; of a null 0 or null."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if _is_view(column.type):
        views = np.frombuffer(column.buffers()[1] or b"", np.int32).reshape(-1, 4)[column.offset : column.offset + len(column), 0]
        return pa.array(np.where(column.is_valid().to_numpy(zero_copy_only=False), views, 0), pa.int64())
    if pa.types.is_fixed_size_binary(column.type) or not _has_length(column.type):
        width = 0 if pa.types.is_null(column.type) else column.type.bit_width // 8
        return pa.array(np.full(len(column), width, np.int64))
    return pc.binary_length(column).cast(pa.int64())


def _sum(lengths: pa.Array) -> int:
    import pyarrow.compute as pc

    total: Any = pc.sum(lengths).as_py()
    return total or 0


def _has_length(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return kind in {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}


def _is_view(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return kind in {pa.string_view(), pa.binary_view()}


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))
