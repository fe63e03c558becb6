"""The fast engine against the reference: one meaning, so that any difference is an error of one of the two, and never hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from auditor.validation.engine import Judged


def compared(fast: Judged, reference: Judged) -> Judged:
    """The result of both engines where they agree; else an error that says in what they differ."""
    mine, theirs = fast.result, reference.result
    if mine.status != theirs.status:
        told = f" ({mine.message or theirs.message})" if "error" in {mine.status, theirs.status} else ""
        return _differing(fast, f"the engines differ: fast says {mine.status}, Great Expectations {theirs.status}{told}")
    left, right = (np.asarray(each.rows, np.int64) for each in (mine, theirs))
    if len(left) != len(right) or (left != right).any():
        first = int(np.setxor1d(left, right).min())
        side = "fast" if first in left else "Great Expectations"
        place = _row(fast if first in left else reference, first)
        return _differing(fast, f"the engines differ: only {side} refuses row {place}, and {len(np.setxor1d(left, right)):,} rows in all")
    return fast


def _row(judged: Judged, position: int) -> str:
    """The row of the split at a position among all records that were read, with its file."""
    if judged.where is None:
        return str(position)
    place = judged.where[int(np.searchsorted(np.asarray(judged.result.rows), position))]
    return f"{place.row} of {place.file}"


def _differing(judged: Judged, message: str) -> Judged:
    return Judged(result=replace(judged.result, status="error", rows=(), message=message))
