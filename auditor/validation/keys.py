"""128-bit keys of values: equal values have equal keys, also where one is an integer and the other a fraction without a rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.dataset import as_json
from auditor.kernels import hashes
from auditor.kernels.sets import U64
from auditor.validation.cells import Unjudged, View

WHOLE, LARGE, FRACTION, TIME, ZONED, TEXT, NONE = range(1, 8)
"""What a number in the second half of a key says of the first (of texts and other values both halves are a digest)."""

_LIMIT = 2.0**63


def keys(view: View) -> U64:
    """The keys of the values, uint64 of shape (records, 2); of those that are missing one that no value has."""
    if view.kind == "other" and any(isinstance(value, list | dict) for value in view.objects()):
        raise Unjudged("lists and objects are not compared with each other")
    return _keys_of_all(view)


def _keys_of_all(view: View) -> U64:
    found = _keys(view)
    if view.present is not None:
        found[~view.present] = (0, NONE)
    return found


def _keys(view: View) -> U64:
    found = np.empty((view.size, 2), np.uint64)
    if view.kind == "text":
        few = None if view.column is None else view.column.few
        return text_keys(view.values) if few is None else text_keys(few.dictionary)[few.indices]
    if view.kind == "other":
        return _object_keys(view.objects())
    found[:, 1] = {"time": ZONED if view.zoned else TIME}.get(view.kind, WHOLE)
    if view.kind != "float":
        found[:, 0] = view.values.astype(np.int64 if view.values.dtype.kind != "u" else np.uint64).view(np.uint64)
        if view.values.dtype == np.uint64:
            found[found[:, 0] >> np.uint64(63) > 0, 1] = LARGE
        return found
    values = view.values.astype(np.float64)
    with np.errstate(invalid="ignore"):
        whole = (np.floor(values) == values) & (values >= -_LIMIT) & (values < _LIMIT)
        found[:, 0] = np.where(whole, np.where(whole, values, 0).astype(np.int64).view(np.uint64), values.view(np.uint64))
    found[~whole, 1] = FRACTION
    return found


def text_keys(array: pa.Array) -> U64:
    """The keys of strings (of null anything)."""
    if not len(array):
        return np.empty((0, 2), np.uint64)
    wide = array.cast(pa.large_string())
    offsets = np.frombuffer(wide.buffers()[1], np.int64, len(wide) + 1, wide.offset * 8)
    data = wide.buffers()[2]
    inside = memoryview(data)[int(offsets[0]) : int(offsets[-1])] if data is not None else memoryview(b"")
    return hashes.byte_digests(bytes(inside), offsets - offsets[0])


def _object_keys(values: Sequence[Any]) -> U64:
    numeric = [isinstance(value, int | float) and abs(value) < _LIMIT for value in values]
    texts = [None if n or value is None else value if isinstance(value, str) else f"{type(value).__name__} {as_json(value)}"
             for value, n in zip(values, numeric, strict=True)]  # fmt: skip
    found = text_keys(pa.array(texts, pa.large_string()))
    for place, value in enumerate(values):
        if numeric[place]:
            number = np.array([value], np.float64 if isinstance(value, float) else np.int64)
            found[place] = _keys(View(kind="float" if isinstance(value, float) else "integer", held=number, size=1))[0]
    return found


def combined(parts: Sequence[U64]) -> U64:
    """One key for the several of each record."""
    found = parts[0]
    for part in parts[1:]:
        first = hashes.fmix64(found[:, 0] * np.uint64(hashes.P) + part[:, 0])
        second = part[:, 1] ^ (part[:, 0] * np.uint64(hashes.STEP))
        found = np.stack([first, hashes.fmix64(found[:, 1] * np.uint64(hashes.Q) + second)], axis=1)
    return found


def digests(views: Sequence[View]) -> U64:
    """What identifies records by their values in these columns, whatever those are."""
    first = np.full((views[0].size, 2), 1, np.uint64)
    return combined([first, *map(_keys_of_all, views)])
