"""How probable each class is for each record, by a classifier that has not seen it: multinomial naive Bayes, cross-validated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, spans

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

FOLDS = 5
SMOOTHING = 0.1
"""What is added to the weight of every feature in every class, of which a record has at most the square root of its features in all."""

CELLS = 1 << 22
"""Numbers that are worked on at a time: features of records times classes."""

SHARPEST, CALIBRATED = 12, 5000
"""Scores are multiplied by a power of the square root of 2 from 2^0 to 2^12; it is found on this many records."""


def out_of_sample(features: I64, offsets: I64, wide: int, given: I64, classes: int, folds: I64) -> F32:
    """The probabilities of shape (records, classes): each record's by a classifier fitted to those of other folds.

    Record i has the distinct features[offsets[i]:offsets[i + 1]] (from 0 to wide - 1), the class given[i] and the fold folds[i]. Features
    weigh log(records / records that have it); a record's weights are scaled to length 1 (Rennie et al., 2003, Tackling the poor
    assumptions of naive Bayes text classifiers). All classes are equally probable beforehand. How sharp the probabilities are is the
    one choice for all records under which their given classes are most probable.
    """
    weights = _weights(features, offsets, wide)
    record = np.repeat(np.arange(len(given)), np.diff(offsets))
    cells = features * classes + given[record]
    total = np.bincount(cells, weights, wide * classes)
    scores = np.zeros((len(given), classes), np.float32)
    for fold in range(FOLDS):
        held = folds[record] == fold
        known = total - np.bincount(cells[held], weights[held], wide * classes)
        likely = _likely(np.maximum(known, 0).reshape(wide, classes))
        for rows, part in _blocks(np.flatnonzero(folds == fold), offsets, classes):
            scores[rows] = _summed(likely, features[part], weights[part], np.diff(offsets)[rows])
    return _probabilities(scores, given)


def _weights(features: I64, offsets: I64, wide: int) -> F64:
    """The weight of each feature in each record."""
    records = len(offsets) - 1
    weights = np.log(records / np.maximum(np.bincount(features, minlength=wide), 1))[features]
    sums = np.append(0, np.cumsum(weights * weights))
    lengths = np.sqrt(sums[offsets[1:]] - sums[offsets[:-1]])
    scaled: F64 = weights / np.repeat(np.maximum(lengths, 1e-9), np.diff(offsets))
    return scaled


def _likely(known: F64) -> F32:
    """log P(feature | class), of shape (features, classes)."""
    known += SMOOTHING
    likely: F32 = (np.log(known) - np.log(known.sum(axis=0))).astype(np.float32)
    return likely


def _blocks(rows: I64, offsets: I64, classes: int) -> Iterator[tuple[I64, I64]]:
    """Some of the rows at a time, with the places of their features."""
    sizes = np.diff(offsets)[rows]
    for first, last in spans(sizes, max(CELLS // classes, 1)):
        chosen = rows[first:last]
        places = [np.arange(a, b) for a, b in zip(offsets[chosen].tolist(), offsets[chosen + 1].tolist(), strict=True)]
        yield chosen, np.concatenate(places)


def _summed(likely: F32, features: I64, weights: F64, sizes: I64) -> F32:
    """For each record the weighted sum of its features' rows; zeros where it has none."""
    rows = likely[features] * weights[:, None].astype(np.float32)
    starts = np.cumsum(sizes) - sizes
    scores = np.zeros((len(sizes), likely.shape[1]), np.float32)
    some = sizes > 0
    if some.any():
        scores[some] = np.add.reduceat(rows, starts[some])
    return scores


def _probabilities(scores: F32, given: I64) -> F32:
    """The scores as probabilities, sharpened as fits the given classes best."""
    some, labels = scores[:CALIBRATED], given[:CALIBRATED]
    sharpness = [2 ** (power / 2) for power in range(2 * SHARPEST + 1)]
    fits = [float(np.log(np.maximum(_softmax(some, each)[np.arange(len(some)), labels], 1e-12)).sum()) for each in sharpness]
    return _softmax(scores, sharpness[int(np.argmax(fits))])


def _softmax(scores: F32, sharpness: float) -> F32:
    shifted: F32 = (scores - scores.max(axis=1, keepdims=True)) * np.float32(sharpness)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=1, keepdims=True)
    return shifted
