"""What is observed of the records of a batch, to be compared with others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from auditor.dataset import Batch, json_values, text_column
from auditor.model import Json, digest

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.kernels.sieving import Passing

EXCERPT = 1000
"""Code points of a record's text that are kept to be shown."""


_made: list[tuple[pa.Table, Passing]] = []
"""What was made of the last table: it is the same for all batches of a shard."""


def observed(batch: Batch, context: Mapping[str, Json], threshold: float, no_text: bool) -> pa.Table:
    """A row a record: where it is, digests of tokens, raw text and label, label and text as shown, shingles (in no order), band keys."""
    import numpy as np
    import pyarrow as pa

    from auditor.kernels.minhash import band_keys
    from auditor.kernels.shingles import raw_digests, shingled
    from auditor.kernels.texts import of_arrow

    column = text_column(batch, context["text"])
    texts, rows = of_arrow(column), len(column)
    passing = _passing(context)
    found = shingled(texts, context["shingle"], passing=passing)
    label, named = _labels(batch, context["label"])
    keys = band_keys(found.shingles, threshold) if context["bands"] else None
    bands = {} if keys is None else {"bands": pa.StructArray.from_arrays(list(map(pa.array, keys)), list(map(str, range(len(keys)))))}
    withheld = pa.nulls(rows, pa.large_string())
    return pa.table(
        {
            "row": pa.array(np.arange(batch.start, batch.start + rows)),
            "line": pa.array(np.full(rows, -1)) if batch.lines is None else batch.lines,
            "tokens": pa.array(found.counts),
            "digest": _digests(found.digests),
            "raw": _digests(raw_digests(texts)),
            "label": label,
            "named": withheld if no_text else named,
            "text": withheld if no_text else _shown(column, (found.shingles.sizes > 0) | (passing is None)),
            "shingles": pa.LargeListArray.from_arrays(pa.array(found.shingles.offsets), pa.array(found.shingles.values)),
        }
        | bands
    )


def _passing(context: Mapping[str, Json]) -> Passing | None:
    """What a record must hold one of for its shingles to be kept; None: nothing."""
    table = context.get("tables", {}).get("sought")
    if table is None:
        return None
    import numpy as np

    from auditor.kernels.sieving import passing

    if not any(each is table for each, _ in _made):
        _made[:] = [(table, passing(np.concatenate([np.zeros(0, np.uint64), *(c.to_numpy() for c in table["shingle"].chunks)])))]
    return _made[0][1]


def _shown(column: pa.LargeStringArray, kept: Any) -> pa.LargeStringArray:
    """The excerpts of the texts that are kept (bool, one a text); of the others, which no pair is made of, null."""
    import numpy as np
    import pyarrow as pa

    from auditor.kernels.excerpts import excerpts

    if kept.all():
        return excerpts(column, EXCERPT)
    places = pa.array(np.cumsum(kept) - 1, mask=~kept)
    return excerpts(column.filter(pa.array(kept)), EXCERPT).take(places)


def _digests(pairs: Any) -> pa.Array:
    """Digests of 16 bytes from pairs of uint64."""
    import numpy as np
    import pyarrow as pa

    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(pairs), [None, pa.py_buffer(np.ascontiguousarray(pairs))])


def _labels(batch: Batch, column: str | None) -> tuple[pa.Array, pa.Array]:
    """The digest of each record's label and the label as it is shown, as large strings; null where there is none."""
    import pyarrow as pa

    if column is None or column not in batch.records.schema.names:
        return pa.nulls(batch.records.num_rows, pa.large_string()), pa.nulls(batch.records.num_rows, pa.large_string())
    values = batch.records.column(column)
    places, distinct = pa.array(range(len(values))), values
    if not pa.types.is_nested(values.type):
        encoded = values.dictionary_encode()
        places, distinct = encoded.indices, encoded.dictionary
    schema = pa.schema([batch.records.schema.field(column)])
    shown = json_values(dataclasses.replace(batch, records=pa.RecordBatch.from_arrays([distinct], schema=schema)), column)
    digests = [None if each is None else digest(each) for each in shown]
    return tuple(pa.array(each, pa.large_string()).take(places) for each in (digests, shown))
