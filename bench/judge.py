"""What a tool found, judged by the exact truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

I64 = NDArray[np.int64]

CONTAINED = 0.9

CAP = 100
"""In a cluster of more documents than this we list only pairs with its representative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How much of what is there was found, and how much of what was found is there (1 where nothing was)."""

    recall: float
    precision: float
    there: int

    def __str__(self) -> str:
        return f"{_share(self.recall)} / {_share(self.precision)}"


def _share(value: float) -> str:
    """Three digits, never rounded up to 1."""
    return f"{int(value * 1000) / 1000:.3f}" if value < 1 else "1.000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Pairs as keys (ascending int64), documents numbered through train and then test: near ones in all and across, contained ones."""

    every: I64
    cross: I64
    contained: I64


def keys(left: I64, right: I64) -> I64:
    """Pairs as numbers, each once, ascending; the order of the two does not matter."""
    return np.unique(np.minimum(left, right) << np.int64(32) | np.maximum(left, right))


def truth(path: Path, border: int, threshold: float) -> Truth:
    """What a file of true pairs says; contained are those across that are not near."""
    table = pq.read_table(path)
    left, right = numbered(table, border)
    near, across = table.column("jaccard").to_numpy() >= threshold, (left < border) & (right >= border)
    contained = across & ~near & (table.column("containment_right").to_numpy() >= CONTAINED)
    return Truth(
        every=keys(left[near], right[near]),
        cross=keys(left[near & across], right[near & across]),
        contained=keys(left[contained], right[contained]),
    )


def numbered(table: pa.Table, border: int) -> tuple[I64, I64]:
    """The documents of a table of pairs (left_split, left_row, ...)."""
    sides = []
    for side in ("left", "right"):
        test = pc.equal(table.column(f"{side}_split"), "test").to_numpy()
        sides.append(table.column(f"{side}_row").to_numpy() + test * border)
    return sides[0], sides[1]


def pairs(path: Path) -> I64:
    """The keys of a file of pairs, two int64 each."""
    flat = np.fromfile(path, np.int64).reshape(-1, 2)
    return keys(flat[:, 0], flat[:, 1])


def judged(found: I64, there: I64, listed: I64 | None = None) -> Judged:
    """Recall and precision of some pairs. Where `listed` is given, those of the near pairs within a cluster above the cap, of which we
    need not list all, are left out of what is there, as far as they were not found.
    """
    if listed is not None:
        large = clustered(listed)
        there = there[~(np.isin(there >> 32, large) & np.isin(there & 0xFFFFFFFF, large)) | np.isin(there, found)]
    both = len(np.intersect1d(found, there, assume_unique=True))
    return Judged(recall=both / len(there) if len(there) else 1.0, precision=both / len(found) if len(found) else 1.0, there=len(there))


def clustered(near: I64) -> I64:
    """The documents of connected components of more than CAP documents."""
    documents, places = np.unique(np.concatenate([near >> 32, near & 0xFFFFFFFF]), return_inverse=True)
    left, right = places[: len(near)], places[len(near) :]
    label = np.arange(len(documents))
    while True:
        least = label.copy()
        np.minimum.at(least, left, label[right])
        np.minimum.at(least, right, label[left])
        if np.array_equal(least, label):
            return documents[np.bincount(label, minlength=len(documents))[label] > CAP] if len(documents) else documents
        label = least


def scanned(evidence: Path, there: Truth, border: int) -> tuple[Judged, Judged]:
    """Near (with identical) and contained pairs across splits that a scan listed."""
    table = pq.read_table(evidence / "pairs.parquet")
    left, right = numbered(table, border)
    across, contained = (left < border) & (right >= border), pc.equal(table.column("relation"), "contained").to_numpy()
    near, inside = (keys(left[chosen], right[chosen]) for chosen in (across & ~contained, across & contained))
    return judged(near, there.cross, there.cross), judged(inside, there.contained, there.cross)
