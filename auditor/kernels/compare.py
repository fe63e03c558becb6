"""Texts in memory compared, between two splits or among those of one: what the check `leakage` does with the records of files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.kernels.joins import frequencies, numbers_of
from auditor.kernels.pairing import CONTAINMENT, Listed, Records, Wanted, compare
from auditor.kernels.sets import collection
from auditor.kernels.shingles import Shingled, shingled
from auditor.kernels.sieving import passing, rarest
from auditor.kernels.texts import Texts

SAMPLED = 64
"""Neighbouring left texts that are looked at together, and one of how many such runs is, to say which shingles are rare."""


def between(left: Texts, right: Texts, shingle: str, threshold: float = 0.8, threads: int = 1) -> Listed:
    """The identical, near and contained pairs of a left and a right text, by their places in the two: all there are, apart from those
    of clusters over the cap, of which each text's first one is listed. `shingle` is `word:N` or `char:N`. Of the left texts only those
    are kept as sets that hold one of the rarest shingles of a right one.
    """
    wanted = Wanted(across=True, within=False, threshold=threshold, join="auto")
    small = shingled(right, shingle, threads)
    some = [shingled(left.part(first, first + SAMPLED), shingle, 1).shingles for first in range(0, len(left), SAMPLED * SAMPLED)]
    known = collection([small.shingles])
    needed = passing(rarest(known, frequencies(collection([*some, small.shingles])), min(threshold, CONTAINMENT)))
    found = _compared([shingled(left, shingle, threads, needed), small], wanted)
    return Listed(left=found.left, right=found.right - len(left), relation=found.relation, overlap=found.overlap)


def among(texts: Texts, shingle: str, threshold: float = 0.8, join: str = "auto", threads: int = 1) -> Listed:
    """The identical and near pairs among texts, the earlier one left; `join` is auto, exact or lsh, by which some may be missed."""
    return _compared([shingled(texts, shingle, threads)], Wanted(across=False, within=True, threshold=threshold, join=join))


def _compared(splits: Sequence[Shingled], wanted: Wanted) -> Listed:
    digests, counts = np.concatenate([each.digests for each in splits]), np.concatenate([each.counts for each in splits])
    text, founders = numbers_of(*np.ascontiguousarray(digests.T))
    records = Records(
        split=np.repeat(np.arange(len(splits)), [len(each.counts) for each in splits]),
        text=np.where(counts > 0, text, -1),
        texts=collection([each.shingles for each in splits]).only(founders),
        tokens=counts[founders],
    )
    return compare(records, len(splits), wanted, {}).listed
