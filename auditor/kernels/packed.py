"""Arrays of several lengths in one Arrow table, tables of several kinds in one as well, and back without copying."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def packed(arrays: Mapping[str, NDArray[Any]]) -> pa.Table:
    """A table of one row with a list for each array; of truth values bytes are made."""
    plain = {name: array.astype(np.uint8) if array.dtype == np.bool_ else array for name, array in arrays.items()}
    lists = {name: pa.LargeListArray.from_arrays(pa.array([0, len(each)], pa.int64()), pa.array(each)) for name, each in plain.items()}
    return pa.table(lists)


def unpacked(table: pa.Table) -> dict[str, NDArray[Any]]:
    """The arrays, which lie where the table lies."""
    return {name: table.column(name).chunk(0).flatten().to_numpy() for name in table.column_names}


def bundled(tables: Mapping[str, pa.Table]) -> pa.Table:
    """Tables of several schemas as rows of one: their names (`part`) and, as Arrow streams, their contents (`data`)."""
    return pa.table({"part": pa.array(list(tables)), "data": pa.array(map(_stream, tables.values()), pa.large_binary())})


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def unbundled(bundles: pa.Table, part: str, shards: Mapping[int, Any]) -> pa.Table | None:
    """All tables of one name that were observed of some shards, one after the other, each with a column `shard`; None: there is none."""
    found = []
    for row in range(bundles.num_rows):
        shard = bundles["shard"][row].as_py()
        if shard in shards and bundles["part"][row].as_py() == part:
            table = pa.ipc.open_stream(bundles["data"][row].as_buffer()).read_all()
            found.append(table.append_column("shard", pa.array(np.full(table.num_rows, shard))))
    return pa.concat_tables(found) if found else None
