"""Which records an audit says should go, each with the partner that it is removed for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from auditor.model import Report

if TYPE_CHECKING:
    import pyarrow as pa

LEAKS = ("LEAK004", "LEAK001", "LEAK002", "LEAK003", "LEAK010")
"""The rules about pairs of which the left record can be removed, the gravest first: it is the one that a removal names."""

DUPLICATES = ("DUP001", "DUP002")

SHAPE = ("rule", "left_split", "left_row", "right_split", "right_row", "relation", "similarity")
"""The columns of a table of removals: the record that goes, and its partner. `similarity` is a Jaccard similarity or null."""


def leaking(report: Report) -> pa.Table:
    """The left records of all pairs that break a rule, each once, with its gravest and then most similar pair."""
    import pyarrow as pa

    found = [_of_pairs(report.tables["pairs"])] if "pairs" in report.tables else []
    found += [_of_benchmarks(report.tables["benchmarks"])] if "benchmarks" in report.tables else []
    return _first(pa.concat_tables([*found, _empty()], promote_options="default"))


def _of_pairs(pairs: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    chosen = pairs.filter(pc.is_in(pairs["rule"], value_set=_texts(LEAKS)))
    return chosen.rename_columns({"jaccard": "similarity"}).select(SHAPE)


def _of_benchmarks(matches: pa.Table) -> pa.Table:
    """Matches with items of --against, whose splits are named after the dataset they are of."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = matches.filter(pc.is_in(matches["rule"], value_set=_texts(LEAKS)))
    names = pc.binary_join_element_wise(chosen["against"], chosen["right_split"], ": ")
    columns = {"right_split": names, "relation": chosen["kind"], "similarity": chosen["jaccard"]}
    return pa.table({name: columns[name] if name in columns else chosen[name] for name in SHAPE})


def _first(found: pa.Table) -> pa.Table:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    rank = pc.index_in(found["rule"], value_set=_texts(LEAKS)).to_numpy()
    similarity = pc.fill_null(found["similarity"], 0.0).to_numpy()
    left, right = (found[f"{side}_split"].combine_chunks().dictionary_encode().indices.to_numpy() for side in ("left", "right"))
    order = np.lexsort((found["right_row"].to_numpy(), right, -similarity, rank, found["left_row"].to_numpy(), left))
    keys = np.stack([left, found["left_row"].to_numpy()])[:, order]
    new = np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))[: len(order)]
    return found.take(pa.array(order[new]))


def repeated(report: Report) -> pa.Table:
    """All records of clusters but the first of each split, which is the partner of the others."""
    import pyarrow as pa

    if "clusters" not in report.tables:
        return _empty()
    pairs = report.tables["pairs"].select(["left_split", "left_row", "right_split", "right_row", "relation", "jaccard"]).to_pylist()
    listed = {tuple(row.values())[:4]: (row["relation"], row["jaccard"]) for row in pairs}
    firsts: dict[tuple[int, str], int] = {}
    rows = []
    for each in report.tables["clusters"].to_pylist():
        split, row = each["split"], each["row"]
        first = firsts.setdefault((each["cluster"], split), row)
        if first != row:
            relation, similarity = listed.get((split, first, split, row), ("cluster", None))
            rule = DUPLICATES[relation != "identical"]
            rows.append((rule, split, row, split, first, relation, similarity))
    return pa.Table.from_pylist([dict(zip(SHAPE, row, strict=True)) for row in rows], _empty().schema)


def _empty() -> pa.Table:
    import pyarrow as pa

    kinds = {"left_row": pa.int64(), "right_row": pa.int64(), "similarity": pa.float64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in SHAPE]).empty_table()


def _texts(values: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.string())
