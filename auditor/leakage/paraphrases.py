"""Benchmark items said in other words, as the benchmark search observes and concludes them (auditor/kernels/reworded.py finds them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels import reworded
from auditor.kernels.packed import unbundled
from auditor.kernels.texts import Texts
from auditor.leakage.catalogue import QUESTION, UNITS, Catalogue, Uses
from auditor.model import Json

I64 = NDArray[np.int64]


def asked(known: Catalogue, uses: Uses) -> I64:
    """The texts of the catalogue that are asked and long enough to be told from others in other words."""
    there = np.zeros(len(known.units), np.bool_)
    there[uses.text[uses.role == QUESTION]] = True
    return np.flatnonzero(there & (known.units >= UNITS))


def tables(known: Catalogue, uses: Uses, strings: Sequence[str]) -> dict[str, pa.Table]:
    """What the worker needs: the index of the items, and which text of the catalogue each is."""
    some = asked(known, uses)
    return {"reworded": reworded.index([strings[text] for text in some.tolist()]).table(), "asked": pa.table({"text": some})}


def observed(texts: Texts, context: Mapping[str, Json]) -> tuple[pa.Table, pa.Table]:
    """The candidates among the records of a batch (`row` counts from 0), and the counts of terms."""
    found, counts = reworded.candidates(texts, reworded.read(context["tables"]["reworded"]))
    return found, pa.table({"count": counts})


def decided(total: pa.Table, shards: Mapping[int, Any], context: Mapping[str, Json]) -> pa.Table:
    """The matches: shard, row (in the shard), text of the catalogue, score."""
    index = reworded.read(context["tables"]["reworded"])
    found, counted = unbundled(total, "candidates", shards), unbundled(total, "terms", shards)
    empty = pa.table({name: pa.array([], pa.int64()) for name in ("shard", "row", "text", "score")})
    if found is None or counted is None or not len(found):
        return empty
    counts = counted["count"].to_numpy().reshape(-1, len(index.terms) + 1).sum(axis=0)
    shard, row = found["shard"].to_numpy(), found["row"].to_numpy()
    wide = int(row.max()) + 1
    columns = found.drop_columns(["shard"]).set_column(found.schema.get_field_index("row"), "row", pa.array(shard * wide + row))
    matched = reworded.decide(columns, counts, index)
    shard, row = np.divmod(matched["row"].to_numpy(), wide)
    text = context["tables"]["asked"]["text"].to_numpy()[matched["item"].to_numpy()]
    return pa.table({"shard": shard, "row": row, "text": text, "score": matched["score"]})
