"""Labels that are probably wrong: a classifier that has not seen a record is sure of another class."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels import bayes
from auditor.kernels.confident import doubts
from auditor.kernels.hashes import fmix64
from auditor.kernels.sets import I64, U64
from auditor.quality.cells import once
from auditor.quality.labelled import CLASSES, Labelled

SAMPLE = 50_000
"""How many records are judged at most: those with the smallest digests."""

CELLS = 10_000_000
"""How many probabilities are held at most, records times classes."""

FEWEST = 5
"""How often a label must stand to be a class that can be learnt."""

PARTS = 32
"""A number is to a classifier the part in which it lies: of so many with as many numbers each, and of so many of equal width between the
first hundredth and the last."""

GAIN = 0.5
"""How much of the way from the share of the commonest label to 1 a classifier must come for its doubts to mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The doubted `records` (their places in what was observed, int64; most doubted first), the hashes of the labels `given` and
    `suggested`, `margins` (float64), how many records were `examined`, of how many `labelled` ones, how many `classes` there are, the
    share of them for which the classifier found the given class, and how many labels are estimated to be `wrong`.
    """

    records: I64
    given: U64
    suggested: U64
    margins: NDArray[np.float64]
    examined: int
    labelled: int
    classes: int
    agreement: float
    wrong: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The records of a sample (`places` in what was observed) of so many `labelled` ones, the hashes of all `labels`, the number of the one
    `given` to each record, and the `probabilities` (float32, records x labels) by a classifier that has not seen it.
    """

    places: I64
    labels: U64
    given: I64
    probabilities: NDArray[np.float32]
    labelled: int


def judged(labelled: Labelled, names: Collection[str]) -> Judged | str:
    """The doubted labels of these splits; a text says why there can be none."""
    fitted = fit(labelled, names)
    if isinstance(fitted, str):
        return fitted
    agreement = float((fitted.probabilities.argmax(axis=1) == fitted.given).mean())
    commonest = float(np.bincount(fitted.given).max() / len(fitted.given))
    if agreement - commonest < GAIN * (1 - commonest):
        return f"the features do not tell the labels: a classifier agrees with {agreement:.1%}, the commonest has {commonest:.1%}"
    found = doubts(fitted.probabilities, fitted.given)
    return Judged(
        records=fitted.places[found.records],
        given=fitted.labels[fitted.given[found.records]],
        suggested=fitted.labels[found.suggested],
        margins=found.margins,
        examined=len(fitted.places),
        labelled=fitted.labelled,
        classes=len(fitted.labels),
        agreement=agreement,
        wrong=found.wrong,
    )


def fit(labelled: Labelled, names: Collection[str]) -> Fitted | str:
    """The probabilities of the classes for the records of the sample; a text says why there are none."""
    places, high, low, label, known = _sampled(labelled, names)
    classes, counts = np.unique(label, return_counts=True)
    learnt = classes[counts >= FEWEST]
    if not known:
        return "no label is known"
    if len(learnt) < 2:
        return f"fewer than two labels stand {FEWEST} times or more"
    if len(learnt) > CLASSES or counts[counts >= FEWEST].sum() * 2 < len(label):
        return f"the label is no class: it has {len(classes):,} values in {len(label):,} records"
    order = _smallest(high, low, label, np.isin(label, learnt), min(SAMPLE, CELLS // len(learnt)))
    places, given = places[order], np.searchsorted(learnt, label[order])
    probabilities = _probabilities(labelled, places, low[order], given, len(learnt))
    return Fitted(places=places, labels=learnt, given=given, probabilities=probabilities, labelled=known)


def _sampled(labelled: Labelled, names: Collection[str]) -> tuple[I64, U64, U64, U64, int]:
    """The records of the sample: places, digests and labels; and how many have a label."""
    mine = np.array([split.name in names for split in labelled.splits], np.bool_)
    kept, known = [], 0
    for piece in labelled.pieces():
        there = mine[piece.split] & piece.known
        known += int(np.count_nonzero(there))
        there &= piece.sampled
        kept.append((piece.places[there], piece.high[there], piece.low[there], piece.label[there]))
    places, high, low, label = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return places, high, low, label, known


def _smallest(high: U64, low: U64, label: U64, kept: NDArray[np.bool_], most: int) -> I64:
    """The kept records with the smallest digests, in an order that depends on nothing but contents; equal ones all or not at all."""
    chosen = np.flatnonzero(kept)
    order = chosen[np.lexsort((label[chosen], low[chosen], high[chosen]))]
    if len(order) > most:
        order = order[: np.searchsorted(high[order], high[order[most]], side="left")]
    return order


def _probabilities(labelled: Labelled, places: I64, low: U64, given: I64, classes: int) -> NDArray[np.float32]:
    bits = min(16, max(10, 23 - (classes - 1).bit_length()))
    table = labelled.total.select(["tokens", "fields", "numbers"]).take(pa.array(places)).combine_chunks()
    record, token = _listed(table["tokens"])
    owner, binned = _binned(*_listed(table["fields"]), _listed(table["numbers"])[1])
    record, token = np.append(record, owner), np.append(token.astype(np.int64), binned)
    pairs = once(record << bits | token >> (32 - bits))
    record, feature = pairs >> bits, pairs & ((1 << bits) - 1)
    offsets = np.searchsorted(record, np.arange(len(places) + 1))
    folds = (low % np.uint64(bayes.FOLDS)).astype(np.int64)
    return bayes.out_of_sample(feature, offsets, 1 << bits, given, classes, folds)


def _listed(column: pa.ChunkedArray) -> tuple[I64, NDArray[Any]]:
    """The values of a column of lists, each with the number of its record."""
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    sizes = np.concatenate([chunk.value_lengths().to_numpy() for chunk in chunks])
    return np.repeat(np.arange(len(sizes)), sizes), np.concatenate([chunk.flatten().to_numpy() for chunk in chunks])


def _binned(owner: I64, field: NDArray[Any], number: NDArray[Any]) -> tuple[I64, I64]:
    """Numbers as features: for each number twice its record and a hash of 32 bits of its column and the part it lies in."""
    owners, tokens = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for each in np.unique(field):
        mine = np.flatnonzero(field == each)
        ranked = np.sort(number[mine])
        low, high = ranked[len(ranked) // 100], ranked[-1 - len(ranked) // 100]
        for way, edges in enumerate((ranked[np.arange(1, PARTS) * len(ranked) // PARTS], np.linspace(low, high, PARTS + 1))):
            places = np.searchsorted(edges, number[mine], side="right") + 2 * PARTS * way
            owners.append(owner[mine])
            tokens.append((fmix64((np.uint64(each) << np.uint64(16)) + places.astype(np.uint64)) >> np.uint64(32)).astype(np.int64))
    return np.concatenate(owners), np.concatenate(tokens)
