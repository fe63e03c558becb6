"""What is observed of the records of a batch to judge their labels: digests of features and label, and what a classifier learns from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.dataset import Batch, text_column, texts
from auditor.kernels.hashes import P, fmix64
from auditor.kernels.sets import I64, U64
from auditor.kernels.shingles import raw_digests, shingled
from auditor.kernels.texts import of_arrow, of_strings
from auditor.model import Json
from auditor.quality.cells import cell_digests, numbers, once, record_digests

SHINGLES = ("word:1", "word:2", "char:4")
"""What a classifier learns from texts."""

MOST = 256
"""How many such features of a record are kept: those with the smallest hashes."""


def observed(batch: Batch, context: Mapping[str, Json], no_text: bool) -> pa.Table:
    """A row a record: `row`, `line` (-1: none), `high` and `low` (the digest of its features, 0 and 0 without any), `label` (its hash, or
    null), `named` (the label as text, at its first record of the batch), `tabular` (whether its features are more than one text) and,
    of records that are in the sample, the features that a classifier learns from.
    """
    rows = batch.records.num_rows
    columns = [name for name in batch.records.schema.names if name not in context["apart"]]
    digests = record_digests(batch, columns)
    label, known, named = _labels(batch, context["label"], no_text)
    sampled = known & digests.any(axis=1) & (digests[:, 0] >> np.uint64(64 - 32) < np.uint64((1 << 32) >> context["halvings"]))
    if not context["learn"]:
        sampled[:] = False
    return pa.table(
        {
            "row": pa.array(np.arange(batch.start, batch.start + rows)),
            "line": pa.array(np.full(rows, -1)) if batch.lines is None else batch.lines,
            "high": digests[:, 0],
            "low": digests[:, 1],
            "label": pa.array(label, mask=~known),
            "named": named,
            "tabular": pa.array(np.full(rows, not (len(columns) == 1 and columns[0] in context["text"]))),
            "sampled": pa.array(sampled),
        }
        | _features(batch, columns, context["text"], np.flatnonzero(sampled))
    )


def _labels(batch: Batch, column: str, no_text: bool) -> tuple[U64, Any, pa.Array]:
    """The hash of each record's label, whether it is known, and its text where it stands first."""
    rows = batch.records.num_rows
    named: list[str | None] = [None] * rows
    if column not in batch.records.schema.names:
        return np.zeros(rows, np.uint64), np.zeros(rows, np.bool_), pa.array(named, pa.large_string())
    digests, known = cell_digests(batch, column)
    label = np.ascontiguousarray(digests[:, 0])
    first = np.unique(label[known], return_index=True)[1]
    places = np.flatnonzero(known)[first]
    if not no_text:
        alone = dataclasses.replace(batch, records=batch.records.select([column]).take(pa.array(places)))
        for place, text in zip(places.tolist(), texts(alone, column), strict=True):
            named[place] = text
    return label, known, pa.array(named, pa.large_string())


def _features(batch: Batch, columns: list[str], text: list[str], chosen: I64) -> dict[str, pa.Array]:
    """Of the chosen records (of others empty lists): `tokens`, hashes of 32 bits of what they have, and `fields` (hashes of columns) with
    the `numbers` that stand in them.
    """
    rows, some = batch.records.num_rows, dataclasses.replace(batch, records=batch.records.take(pa.array(chosen)))
    tokens, found = [(np.zeros(0, np.int64), np.zeros(0, np.uint64))], [(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0))]
    for name in columns if len(chosen) else ():
        salt = raw_digests(of_strings([repr(name)]))[0, 0]
        read, values = numbers(some, name)
        where = np.flatnonzero(read)
        found.append((chosen[where], np.full(len(where), salt), values[where]))
        tokens += [(chosen[record], fmix64(each + salt)) for record, each in _tokens(some, name, name in text, ~read)]
    record, token = (np.concatenate(parts) for parts in zip(*tokens, strict=True))
    owner, field, number = (np.concatenate(parts) for parts in zip(*found, strict=True))
    record, token = _fewest(record, token >> np.uint64(32))
    order = np.argsort(owner, kind="stable")
    return {
        "tokens": _lists(record, token.astype(np.uint32), rows),
        "fields": _lists(owner[order], (field[order] >> np.uint64(32)).astype(np.uint32), rows),
        "numbers": _lists(owner[order], number[order], rows),
    }


def _tokens(batch: Batch, column: str, is_read: bool, wanted: Any) -> Iterator[tuple[I64, U64]]:
    """Pairs of records (of those wanted) and 64-bit hashes: the shingles of a text that is read, else the value as a whole."""
    if not is_read:
        digests, known = cell_digests(batch, column)
        places = np.flatnonzero(known & wanted)
        yield places, digests[places, 0] * np.uint64(P)
        return
    places = np.flatnonzero(wanted)
    lain = of_arrow(text_column(batch, [column]).take(pa.array(places)))
    for number, shingle in enumerate(SHINGLES):
        found = shingled(lain, shingle).shingles
        yield places[np.repeat(np.arange(len(places)), found.sizes)], fmix64(found.values + np.uint64(number))


def _fewest(record: I64, token: U64) -> tuple[I64, U64]:
    """Each record's smallest tokens, each once, in order."""
    pairs = once(record.astype(np.uint64) << np.uint64(32) | token)
    record = (pairs >> np.uint64(32)).astype(np.int64)
    kept = np.arange(len(pairs)) - np.searchsorted(record, record) < MOST
    return record[kept], (pairs & np.uint64(0xFFFFFFFF))[kept]


def _lists(record: I64, values: Any, rows: int) -> pa.LargeListArray:
    """Values as a list for each record; `record` ascends."""
    return pa.LargeListArray.from_arrays(pa.array(np.searchsorted(record, np.arange(rows + 1))), pa.array(values))
