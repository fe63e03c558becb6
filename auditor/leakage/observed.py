"""What is observed of the records of a batch, to be compared with others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from auditor.dataset import Batch, json_values, texts
from auditor.model import Json, digest

if TYPE_CHECKING:
    import pyarrow as pa

EXCERPT = 1000
"""Code points of a record's text that are kept to be shown."""


def observed(batch: Batch, context: Mapping[str, Json], threshold: float, no_text: bool) -> pa.Table:
    """A row a record: where it is, digests of tokens, raw text and label, label and text as shown, shingles (ascending), band keys."""
    import hashlib

    import numpy as np
    import pyarrow as pa

    from auditor.kernels.minhash import band_keys
    from auditor.kernels.shingles import shingled

    columns = [texts(batch, name) for name in context["text"]]
    raw = ["\n".join(value or "" for value in values) for values in zip(*columns, strict=True)]
    found = shingled(raw, context["shingle"])
    rows = len(raw)
    bytes_of = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in raw]
    labels = json_values(batch, context["label"]) if context["label"] else [None] * rows
    digests = {each: digest(each) for each in set(labels) if each is not None}
    keys = band_keys(found.shingles, threshold) if context["bands"] else None
    bands = {} if keys is None else {"bands": pa.StructArray.from_arrays(list(map(pa.array, keys)), list(map(str, range(len(keys)))))}
    return pa.table(
        {
            "row": pa.array(np.arange(batch.start, batch.start + rows)),
            "line": pa.array(np.full(rows, -1) if batch.lines is None else batch.lines),
            "tokens": pa.array(found.counts),
            "digest": pa.array(found.digests, pa.binary(16)),
            "raw": pa.array(bytes_of, pa.binary(16)),
            "label": pa.array([digests.get(each or "") for each in labels], pa.large_string()),
            "named": pa.array([None if no_text else each for each in labels], pa.large_string()),
            "text": pa.array([None if no_text else text[:EXCERPT] for text in raw], pa.large_string()),
            "shingles": pa.LargeListArray.from_arrays(pa.array(found.shingles.offsets), pa.array(found.shingles.values)),
        }
        | bands
    )
