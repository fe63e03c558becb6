"""The drift of a column between two distributions: effect sizes with intervals, and a p-value that is adjusted later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditor.drift.distributions import Distribution, Values, aligned
from auditor.kernels import statistics_counts as counts
from auditor.kernels import statistics_samples as samples
from auditor.kernels.statistics_functions import normal_tail
from auditor.kernels.statistics_intervals import wilson
from auditor.model import Json

SHIFT, DISTANCE = 0.1, 0.1
"""From here on a column has drifted: Wasserstein's distance in standard deviations, or Kolmogorov and Smirnov's D, of numbers; the
Jensen-Shannon distance of categories.
"""

STABLE = 0.25
"""The population stability index from which on numbers have drifted, unless chance makes as much of samples of that size."""

LACKING = 0.05
"""A change of the share of missing values that is told."""

SHOWN = 20
"""New categories that are shown."""

FEW = 50
"""Records that both sides must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What was measured: whether the effect is `large`, in words for the message, `p` not yet adjusted, and all numbers as evidence."""

    large: bool
    told: str
    p: float
    evidence: Mapping[str, Json]


def numbers(left: Values, right: Values) -> Drift:
    """How far numbers have moved."""
    values, a, b = aligned(left, right)
    n, m = int(a.sum()), int(b.sum())
    scale = left.scale or right.scale or 1.0
    shift = samples.wasserstein(values, a, b) / scale
    low, high = (each / scale for each in samples.wasserstein_interval(values, a, b))
    difference = samples.kolmogorov_smirnov(a, b)
    edges = samples.deciles(values, a)
    index = counts.stability_index(samples.binned(values, a, edges), samples.binned(values, b, edges))
    cut = max(STABLE, counts.stability_cut(n, m, len(edges) + 1))
    d_low, d_high = samples.kolmogorov_smirnov_interval(difference, n, m)
    moved = {"wasserstein": shift, "wasserstein_low": low, "wasserstein_high": high}
    apart = {"ks": difference, "ks_low": d_low, "ks_high": d_high, "psi": index, "psi_cut": cut}
    return Drift(
        large=shift >= SHIFT or difference >= DISTANCE or index >= cut,
        told=f"its numbers moved by {shift:.2f} standard deviations (KS {difference:.2f})",
        p=samples.kolmogorov_smirnov_p(a, b),
        evidence=_rounded(moved | apart),
    )


def categories(left: Mapping[Any, int], right: Mapping[Any, int]) -> Drift:
    """How far the shares of categories have moved."""
    keys = sorted({*left, *right}, key=str)
    a, b = (np.array([side.get(key, 0) for key in keys], np.float64) for side in (left, right))
    tied = counts.association([a, b])
    distance, variation = counts.jensen_shannon(a, b) ** 0.5, counts.total_variation(a, b)
    low, high = (each**0.5 for each in counts.jensen_shannon_interval(a, b))
    v_low, v_high = counts.total_variation_interval(a, b)
    evidence = {
        "jensen_shannon": distance,
        "jensen_shannon_low": low,
        "jensen_shannon_high": high,
        "total_variation": variation,
        "total_variation_low": v_low,
        "total_variation_high": v_high,
        "largest_difference": counts.largest_difference(a, b),
        "cramers_v": tied.v,
        "cramers_v_low": tied.low,
        "cramers_v_high": tied.high,
    }
    return Drift(
        large=distance >= DISTANCE,
        told=f"{100 * variation:.1f} % of its records changed category (Jensen-Shannon distance {distance:.2f})",
        p=tied.p,
        evidence=_rounded(evidence),
    )


def missing(left: Distribution, right: Distribution) -> Drift:
    """How the share of missing values has changed."""
    lacking = [each.rows - each.present for each in (left, right)]
    shares = [lack / each.rows for lack, each in zip(lacking, (left, right), strict=True)]
    pooled = sum(lacking) / (left.rows + right.rows)
    error = (pooled * (1 - pooled) * (1 / left.rows + 1 / right.rows)) ** 0.5
    change = shares[1] - shares[0]
    ends = [wilson(lack, each.rows) for lack, each in zip(lacking, (left, right), strict=True)]
    down = ((shares[1] - ends[1][0]) ** 2 + (ends[0][1] - shares[0]) ** 2) ** 0.5  # Newcombe 1998, method 10
    up = ((ends[1][1] - shares[1]) ** 2 + (shares[0] - ends[0][0]) ** 2) ** 0.5
    evidence = {"missing_before": shares[0], "missing_after": shares[1], "change_low": change - down, "change_high": change + up}
    return Drift(
        large=abs(change) >= LACKING,
        told=f"{100 * shares[1]:.1f} % of its values are missing, after {100 * shares[0]:.1f} %",
        p=min(2 * normal_tail(abs(change) / error), 1.0) if error else 1.0,
        evidence=_rounded(evidence),
    )


def new(left: Mapping[Any, int], right: Mapping[Any, int]) -> Drift:
    """The categories that only the right side has, the most frequent first. That training lacks them is no matter of chance where it would
    hardly have missed their share: p is the probability that none of its records has one.
    """
    found = sorted(({*right} - {*left}), key=lambda key: (-right[key], str(key)))
    count, total, before = sum(right[key] for key in found), sum(right.values()), sum(left.values())
    low, high = wilson(count, total)
    evidence = {"records": count, "share": count / total, "share_low": low, "share_high": high, "categories": len(found)}
    shown = [[key, right[key]] for key in found if isinstance(key, str)][:SHOWN]
    return Drift(
        large=bool(found),
        told=f"{count:,} records have one of {len(found):,} categories that are new",
        p=(1 - count / total) ** before if found else 1.0,
        evidence={**_rounded(evidence), "new": shown},
    )


def lengths(left: Values, right: Values) -> Drift:
    """How far the lengths of texts have moved."""
    seen = numbers(left, right)
    return Drift(large=seen.large, told=seen.told.replace("numbers", "lengths"), p=seen.p, evidence=seen.evidence)


def _rounded(values: Mapping[str, float]) -> dict[str, Json]:
    return {name: float(f"{value:.6g}") for name, value in values.items()}
