"""Which training records can make a pair at all, told by what is rare in the evaluation records: of the others no shingle is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.dataset import Dataset, Split

if TYPE_CHECKING:
    import pyarrow as pa

LARGE, SMALL = 8 << 20, 64 << 20
"""Bytes of training files from which it pays, and of evaluation files up to which what is rare in them is held in memory."""


def together(dataset: Dataset) -> list[list[Split]]:
    """The splits that are compared with each other: those of each configuration."""
    found: dict[str | None, list[Split]] = {}
    for split in dataset.splits:
        found.setdefault(split.config, []).append(split)
    return list(found.values())


def ahead(dataset: Dataset) -> frozenset[str]:
    """The names of the evaluation splits, if they are to be observed first; pairs of two training splits need all of their records."""
    kinds = {training: [split for split in dataset.splits if split.training == training] for training in (True, False)}
    train, rest = (sum(shard.bytes for split in kinds[kind] for shard in split.shards) for kind in (True, False))
    alone = all(sum(split.training for split in splits) == 1 for splits in together(dataset))
    return frozenset(split.name for split in kinds[False]) if alone and train >= LARGE and rest <= min(SMALL, train) else frozenset()


def sought(total: pa.Table | None, planted: Sequence[pa.Table], dataset: Dataset, threshold: float) -> Mapping[str, pa.Table]:
    """The table `sought` of shingles (uint64; one that counts more than once stands there as often), by which every training record is
    let through that makes a pair with an evaluation record (auditor/kernels/sieving.py).

    `total` is what was observed of the evaluation splits, `planted` for each configuration its control records, with the place of the
    split as `shard`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from auditor.kernels.joins import frequencies
    from auditor.kernels.pairing import CONTAINMENT
    from auditor.kernels.records import sets_of
    from auditor.kernels.sieving import rarest

    columns = [] if total is None else [total["shingles"]]
    for table, splits in zip(planted, together(dataset), strict=True):
        places = [place for place, split in enumerate(splits) if not split.training]
        columns.append(table.filter(pc.is_in(table["shard"], pa.array(places, pa.int64())))["shingles"])
    sets = sets_of(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.large_list(pa.uint64())))
    return {"sought": pa.table({"shingle": pa.array(rarest(sets, frequencies(sets), min(threshold, CONTAINMENT)))})}
