"""What is observed of the columns in which records name their licence, or the model that wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from auditor.dataset import Batch, as_json, folded, is_json, is_text

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Coded = tuple[list[str], NDArray[np.int32]]

LONGEST = 2_000
"""Characters of a text that are kept; a longer one is no name of a licence."""

KEPT = 100
"""Characters that are kept of such a longer text, in front of the mark that it is one."""

CUT = "\x00…"
"""How a text ends of which only the beginning is kept; no name of a licence ends so."""

ENTRIES = 100
"""Entries of a list that are kept."""


def observed(batch: Batch, sought: Mapping[str, Any]) -> pa.Table | None:
    """A row for each column of the batch with one of the `names` sought (as `folded` has them), also as a field of an object in a column
    `inside`, but for those named in `apart`; None where there is none. `key` is the column of the records' keys, or None.

    `column` is its name, `row` where the batch begins in its shard, `texts` its different values, `codes` (int32, one a record) which of
    them each record has (-1: none); `lines` are the records' lines and `keys` the texts of their key, null where there are none. A list
    of one value is that value, another one its JSON.
    """
    import pyarrow as pa

    found, key = list(_columns(batch, sought)), sought["key"]
    if not found:
        return None
    keys = pa.nulls(0, pa.large_string()) if key is None or key not in batch.records.schema.names else _keys(batch, key)
    lines = pa.nulls(0, pa.int64()) if batch.lines is None else batch.lines
    return pa.table(
        {
            "column": pa.array([name for name, _ in found], pa.string()),
            "row": pa.array([batch.start] * len(found), pa.int64()),
            "rows": pa.array([batch.records.num_rows] * len(found), pa.int64()),
            "group": pa.array([batch.group] * len(found), pa.int32()),
            "texts": pa.array([texts for _, (texts, _) in found], pa.list_(pa.large_string())),
            "codes": _listed([pa.array(codes) for _, (_, codes) in found]),
            "lines": _listed([lines] * len(found)),
            "keys": _listed([keys] * len(found)),
        }
    )


def _listed(parts: Sequence[pa.Array]) -> pa.Array:
    """A list a part."""
    import numpy as np
    import pyarrow as pa

    offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64)
    return pa.LargeListArray.from_arrays(pa.array(offsets), pa.concat_arrays(parts))


def _keys(batch: Batch, key: str) -> pa.Array:
    import pyarrow as pa

    column = batch.records[key]
    if is_text(batch.records.schema.field(key)):
        return column.cast(pa.large_string())
    return pa.array([None if value is None else value if isinstance(value, str) else as_json(value) for value in column.to_pylist()],
                    pa.large_string())  # fmt: skip


def _columns(batch: Batch, sought: Mapping[str, Any]) -> Iterator[tuple[str, Coded]]:
    """The columns with their different values and which of them each record has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names, inside = sought["names"], sought["inside"]
    for field, column in zip(batch.records.schema, batch.records.columns, strict=True):
        name = folded(field.name)
        if field.name in sought["apart"]:
            continue
        if name in names:
            yield field.name, _coded(column, is_json(field))
        elif name in inside and pa.types.is_struct(column.type):
            for place, part in enumerate(column.type):
                if folded(part.name) in names:
                    yield f"{field.name}.{part.name}", _coded(pc.struct_field(column, [place]), False)
        elif name in inside and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            yield from _of_objects(field.name, column, names)


def _of_objects(name: str, column: pa.Array, names: Sequence[str]) -> Iterator[tuple[str, Coded]]:
    """Those of the fields of JSON objects that have one of the names."""
    import pyarrow as pa

    objects = [_object(text) for text in column.to_pylist()]
    fields = dict.fromkeys(field for each in objects for field in each if folded(field) in names)
    for field in fields:
        values = [_text(each.get(field)) for each in objects]
        yield f"{name}.{field}", _coded(pa.array(values, pa.large_string()), False)


def _object(text: str | None) -> dict[str, Any]:
    if text is None or not text.lstrip().startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _coded(column: pa.Array, encoded: bool) -> Coded:
    """The different texts of a column (`encoded`: of JSON texts), and which of them each record has."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_null(column.type):
        return [], np.full(len(column), -1, np.int32)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return _of_lists(column)
    if pa.types.is_nested(column.type):
        column = pa.array([_text(value) for value in column.to_pylist()], pa.large_string())
    found = column.dictionary_encode()
    values = found.dictionary.to_pylist()
    indices = found.indices.fill_null(len(values)) if found.indices.null_count else found.indices
    codes = indices.to_numpy().astype(np.int32, copy=False)
    return _numbered([_text(json.loads(value) if encoded and value is not None else value) for value in values], codes)


def _numbered(values: Sequence[str | None], codes: NDArray[np.int32]) -> Coded:
    """The different texts among the values, and the codes of records as numbers of those: a code beyond the values, or of None, is -1."""
    import numpy as np

    texts: dict[str, int] = {}
    numbers = [-1 if value is None else texts.setdefault(value, len(texts)) for value in values]
    return list(texts), np.array([*numbers, -1], np.int32)[codes]


def _of_lists(column: pa.Array) -> Coded:
    """Lists: those of one length are told apart together."""
    import numpy as np
    import pyarrow.compute as pc

    lengths = pc.list_value_length(column).fill_null(0).to_numpy().astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    texts, entries = _coded(column.flatten(), False)
    codes, values = np.full(len(column), -1, np.int32), list[str | None]()
    for length in np.unique(lengths[lengths > 0]).tolist():
        rows = np.flatnonzero(lengths == length)
        taken = min(length, ENTRIES)
        distinct, which = np.unique(entries[starts[rows][:, None] + np.arange(taken)], axis=0, return_inverse=True)
        codes[rows] = which.reshape(-1) + len(values)
        values += [_joined([texts[code] for code in each if code >= 0], length > taken) for each in distinct.tolist()]
    return _numbered([*values, None], np.where(codes < 0, len(values), codes).astype(np.int32))


def _joined(parts: Sequence[str], more: bool) -> str | None:
    """The text of a list: its JSON, or that of its only entry."""
    if more:
        return json.dumps(parts, ensure_ascii=False)[:KEPT] + CUT
    distinct = list(dict.fromkeys(parts))
    return _cut(json.dumps(distinct, ensure_ascii=False)) if len(distinct) > 1 else distinct[0] if distinct else None


def _text(value: Any) -> str | None:
    """A value as text; None for what says nothing."""
    if value is None or value != value:
        return None
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, list):
        return _joined([text for each in value[:ENTRIES] if (text := _text(each)) is not None], len(value) > ENTRIES)
    text = value.strip() if isinstance(value, str) else as_json(value)
    return _cut(text) if text else None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:KEPT] + CUT
