"""Records with the same features and different labels, found by their digests in bounded memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, U64
from auditor.quality.labelled import Labelled

AT_ONCE = 1 << 21
"""Records that are sorted at a time: about 100 bytes of memory each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradictions:
    """The `records` (their places in what was observed, int64, ascending) whose features stand elsewhere with another label, and a
    `partner` of each: the first of these with another label. `groups` counts their different features, `excess` those that have not the
    commonest label of their features, `twins` all records whose features stand more than once, of those `examined`.
    """

    records: I64
    partners: I64
    groups: int
    excess: int
    twins: int
    examined: int


def contradictions(labelled: Labelled, names: Collection[str]) -> Contradictions:
    """Those among the records of these splits that have a label and more features than one text."""
    mine = np.array([split.name in names for split in labelled.splits], np.bool_)
    slices = max(1, -(-len(labelled) // AT_ONCE))
    parts = [_found(*_slice(labelled, mine, number, slices)) for number in range(slices)]
    records = np.concatenate([part.records for part in parts])
    order = np.argsort(records)
    return Contradictions(
        records=records[order],
        partners=np.concatenate([part.partners for part in parts])[order],
        **{name: sum(getattr(part, name) for part in parts) for name in ("groups", "excess", "twins", "examined")},
    )


def _slice(labelled: Labelled, mine: NDArray[np.bool_], number: int, slices: int) -> tuple[I64, U64, U64, U64]:
    """The records whose digests fall into one of several slices: places, digests and labels."""
    kept = []
    for piece in labelled.pieces():
        wanted = mine[piece.split] & piece.known & piece.tabular & ((piece.high | piece.low) > 0)
        wanted &= (piece.high >> np.uint64(32)) % np.uint64(slices) == number
        kept.append((piece.places[wanted], piece.high[wanted], piece.low[wanted], piece.label[wanted]))
    places, high, low, label = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return places, high, low, label


def _found(places: I64, high: U64, low: U64, label: U64) -> Contradictions:
    """The contradictions among some records, in which equal features are together."""
    order = np.lexsort((places, label, low, high))
    places, high, low, label = places[order], high[order], low[order], label[order]
    group = _starts((high, low))
    run = _starts((high, low, label))
    number = np.cumsum(group) - 1
    firsts, runs = np.flatnonzero(group), np.flatnonzero(run)
    sizes = np.bincount(number, minlength=len(firsts))
    commonest = np.zeros(len(firsts), np.int64)
    np.maximum.at(commonest, number[runs], np.diff(np.append(runs, len(places))))
    several = np.bincount(number[runs], minlength=len(firsts)) > 1
    wrong = np.flatnonzero(several[number])
    return Contradictions(
        records=places[wrong],
        partners=_partners(places, number, np.cumsum(run) - 1, wrong, len(firsts)),
        groups=int(several.sum()),
        excess=int((sizes - commonest)[several].sum()),
        twins=int(sizes[sizes > 1].sum()),
        examined=len(places),
    )


def _partners(places: I64, number: I64, run: I64, wrong: I64, groups: int) -> I64:
    """For each of the wrong records the first one of its group with another label: the group's first, or the first in no run of that."""
    leader = _first(places, number, wrong, groups)
    apart = wrong[run[wrong] != run[leader[number[wrong]]]]
    other = _first(places, number, apart, groups)
    mine = number[wrong]
    partners: I64 = places[np.where(run[leader[mine]] == run[wrong], other[mine], leader[mine])]
    return partners


def _first(places: I64, number: I64, some: I64, groups: int) -> I64:
    """Of some records, for each group the one that stands first in the data; -1 where there is none."""
    ordered = some[np.argsort(places[some])]
    found, first = np.unique(number[ordered], return_index=True)
    firsts = np.full(groups, -1)
    firsts[found] = ordered[first]
    return firsts


def _starts(keys: tuple[U64, ...]) -> NDArray[np.bool_]:
    """Where in sorted records one of the keys changes."""
    changed = np.zeros(len(keys[0]), np.bool_)
    changed[:1] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return changed
