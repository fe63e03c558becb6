"""Which labels are probably wrong, by the confident joint (Northcutt, Jiang and Chuang, 2021, Confident learning)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64

F64 = NDArray[np.float64]

MARGIN = 0.5
"""How much more probable than the given class another one must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """The records whose label is doubted (int64, in the order of their margins, greatest first), the class suggested for each, and its
    probability less that of the given class. `wrong` estimates how many labels are wrong.
    """

    records: I64
    suggested: I64
    margins: F64
    wrong: float


def doubts(probabilities: NDArray[np.float32], given: I64) -> Doubts:
    """The doubted labels, from probabilities of shape (records, classes) by a classifier that has not seen the record.

    As many are doubted as the confident joint has off its diagonal, and two standard errors of that count more: those with the greatest
    margin, if it is at least MARGIN.
    """
    joint = confident_joint(probabilities, given)
    wrong = float(joint.sum() - np.trace(joint))
    likeliest = probabilities.argmax(axis=1)
    rows = np.arange(len(given))
    margins = probabilities[rows, likeliest].astype(np.float64) - probabilities[rows, given]
    clear = np.flatnonzero(margins >= MARGIN)
    found = clear[np.argsort(-margins[clear], kind="stable")][: round(wrong + 2 * math.sqrt(wrong))]
    return Doubts(records=found, suggested=likeliest[found], margins=margins[found], wrong=wrong)


def confident_joint(probabilities: NDArray[np.float32], given: I64) -> F64:
    """How many records have which given class (rows) and which true one (columns), as far as can be told; float64, rows add up to how
    many were given the class.

    A record counts as of the most probable of those classes whose probability is at least the mean that the records have which were
    given that class; where there is no such class it does not count. Each row is then scaled to all records that it stands for.
    """
    rows, classes = np.arange(len(given)), probabilities.shape[1]
    counts = np.bincount(given, minlength=classes)
    means = np.bincount(given, probabilities[rows, given], classes) / np.maximum(counts, 1)
    confident = np.where(probabilities >= np.where(counts > 0, means - 1e-6, np.inf), probabilities, -1)
    true = confident.argmax(axis=1)
    sure = confident[rows, true] >= 0
    joint = np.bincount(given[sure] * classes + true[sure], minlength=classes * classes).reshape(classes, classes).astype(np.float64)
    unsure = np.flatnonzero(joint.sum(axis=1) == 0)
    joint[unsure, unsure] = 1
    scaled: F64 = joint * (counts / joint.sum(axis=1))[:, None]
    return scaled
