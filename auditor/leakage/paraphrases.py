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
    """What the worker needs: the index of the items, how near they are to each other, and which text each is, of which benchmark."""
    some = asked(known, uses)
    items = [strings[text] for text in some.tolist()]
    index = reworded.index(items)
    against = np.zeros(len(known.units), np.int64)
    against[uses.text[::-1]] = uses.against[::-1]
    told = pa.table({"text": some, "against": against[some]})
    return {"reworded": index.table(), "neighbours": reworded.neighbours(items, index), "asked": told}


def observed(texts: Texts, context: Mapping[str, Json]) -> tuple[pa.Table, pa.Table]:
    """The candidates among the records of a batch (`row` counts from 0), and the counts of terms."""
    found, counts = reworded.candidates(texts, reworded.read(context["tables"]["reworded"]))
    return found, pa.table({"count": counts})


def decided(total: pa.Table, shards: Mapping[int, Any], context: Mapping[str, Json]) -> tuple[pa.Table, I64]:
    """The matches: shard, row (in the shard), text of the catalogue, score; and for each further one of a benchmark of which nothing can be
    told the number of that benchmark.
    """
    index = reworded.read(context["tables"]["reworded"])
    found, counted = unbundled(total, "candidates", shards), unbundled(total, "terms", shards)
    empty = pa.table({name: pa.array([], pa.int64()) for name in ("shard", "row", "text", "score")})
    if found is None or counted is None or not len(found):
        return empty, np.zeros(0, np.int64)
    counts = counted["count"].to_numpy().reshape(-1, len(index.terms) + 1).sum(axis=0)
    shard, row = found["shard"].to_numpy(), found["row"].to_numpy()
    wide = int(row.max()) + 1
    columns = found.drop_columns(["shard"]).set_column(found.schema.get_field_index("row"), "row", pa.array(shard * wide + row))
    items = context["tables"]["asked"]
    every = reworded.decide(columns, counts, index, context["tables"]["neighbours"], items["against"].to_numpy())
    crowded = every["crowded"].to_numpy()
    matched = every.filter(pa.array(~crowded))
    shard, row = np.divmod(matched["row"].to_numpy(), wide)
    text = items["text"].to_numpy()[matched["item"].to_numpy()]
    found = pa.table({"shard": shard, "row": row, "text": text, "score": matched["score"]})
    return found, items["against"].to_numpy()[every["item"].to_numpy()[crowded]]
