"""How much of training is spent on records that leak or stand there more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.kernels.pairing import CONTAINED
from auditor.model import Json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.kernels.groups import Group


def wasted(group: Group, across: bool, within: bool) -> list[dict[str, Json]]:
    """For each training split its records and words (tokens of norm-v1), and those of them that leak or are duplicates.

    A record leaks if it is identical or near to one of an evaluation split; one that only contains such a record teaches something
    beside it, and is not counted. What remains of a cluster without those that leak is needed once: all but its first record, of any
    training split, are duplicates. Where `across` or `within` says that such pairs were not sought, their count is None. `capped`:
    not all near pairs are listed, so that there may be more that leak.
    """
    records, found = group.seen.records, group.found
    training = np.array(group.training, np.bool_)
    mine = training[records.split]
    words = np.where(records.text >= 0, records.tokens[records.text], 0) if len(records.tokens) else np.zeros(len(records.text), np.int64)
    leaks = _leaking(group, training) & mine
    left = np.flatnonzero(mine & ~leaks & (found.cluster >= 0))
    again = np.zeros(len(mine), np.bool_)
    again[left] = True
    first = np.zeros(len(mine), np.int64)
    first[found.cluster[left][::-1]] = left[::-1]  # of equal places the last to be written stays: the first record
    again[first[found.cluster[left]]] = False

    def counted(chosen: NDArray[Any]) -> dict[str, Json]:
        return {"records": int(chosen.sum()), "words": int(words[chosen].sum())}

    rows: list[dict[str, Json]] = []
    for place in np.flatnonzero(training).tolist():
        here = records.split == place
        leaked, duplicate = counted(here & leaks) if across else None, counted(here & again) if within else None
        capped = bool((found.capped & here).any())
        rows.append({"split": group.names[place], **counted(here), "leaked": leaked, "duplicate": duplicate, "capped": capped})
    return rows


def _leaking(group: Group, training: NDArray[Any]) -> NDArray[Any]:
    """Which records are identical or near to one of an evaluation split."""
    records, listed = group.seen.records, group.found.listed
    tested = group.found.counts[:, ~training].sum(axis=1) > 0
    leaks = (records.text >= 0) & (tested[records.text] if len(tested) else False)
    split = records.split
    across = (listed.relation != CONTAINED) & training[split[listed.left]] & ~training[split[listed.right]]
    leaks[listed.left[across]] = True
    return leaks
