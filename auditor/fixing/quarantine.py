"""The records that were removed, with all that stood in them, and why: one Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import as_json
from auditor.partials import mapped

if TYPE_CHECKING:
    import pyarrow as pa


def write(path: Path, why: Mapping[str, Sequence[Any]], parts: Iterable[Path]) -> None:
    """Writes why records were removed, and the records out of the files in which they were set aside, in the same order.

    Columns: `rule`, `split`, `row`, `file`, `line`, `partner_split`, `partner_row`, `partner_file`, `relation`, `similarity`; `record`, a
    struct of all columns of the data; `raw`, the bytes of the record where its file is a text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [mapped(each) for each in parts]
    numbers = dict.fromkeys(("row", "line", "partner_row"), pa.int64()) | {"similarity": pa.float64()}
    columns: dict[str, Any] = {name: pa.array(values, numbers.get(name, pa.string())) for name, values in why.items()}
    records = [chunk for table in tables for chunk in table["record"].chunks]
    if records:
        columns["record"] = joined(records)
    columns["raw"] = pa.concat_arrays([pa.array([], pa.large_binary()), *(chunk for table in tables for chunk in table["raw"].chunks)])
    pq.write_table(pa.table(columns), path, compression="zstd")


def joined(records: Sequence[pa.StructArray]) -> pa.StructArray:
    """Records of several shapes as one: a column that is not of one type everywhere is JSON text."""
    import pyarrow as pa

    names = list(dict.fromkeys(field.name for each in records for field in each.type))
    arrays = []
    for name in names:
        parts = [each.field(name) if each.type.get_field_index(name) >= 0 else pa.nulls(len(each)) for each in records]
        kinds = {each.type for each in parts if each.type != pa.null()}
        kind = kinds.pop() if len(kinds) == 1 else pa.null() if not kinds else None
        if kind is None:
            values = [[None if value is None else as_json(value) for value in part.to_pylist()] for part in parts]
            arrays.append(pa.array([value for some in values for value in some], pa.large_string()))
        else:
            arrays.append(pa.concat_arrays([part if part.type == kind else pa.nulls(len(part), kind) for part in parts]))
    return pa.StructArray.from_arrays(arrays, names=names)
