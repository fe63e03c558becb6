"""The profile of a saved JSON report as distributions to compare with: numbers from their quantiles, categories from frequent values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from auditor.drift.distributions import Distribution, Values
from auditor.kernels.columns_numbers import keys_of
from auditor.model import AuditorError, Json

CURE = "name a JSON report of `auditor scan -o json:FILE` that has a profile"


def profile(path: Path) -> Json:
    """The part `profile` of a saved report. AuditorError where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise AuditorError(f"--drift-baseline: {path} cannot be read ({error.strerror})", CURE) from None
    except (ValueError, RecursionError):
        raise AuditorError(f"--drift-baseline: {path} is no JSON", CURE) from None
    part = found.get("profile") if isinstance(found, dict) else None
    if not (isinstance(part, dict) and part.get("version") == 1 and isinstance(part.get("splits"), dict)):
        raise AuditorError(f"--drift-baseline: {path} has no profile that can be compared with", CURE)
    return part


def distributions(part: Json) -> dict[str, dict[str, Distribution]]:
    """The columns of each split, by name. AuditorError where the profile is not as an audit writes it."""
    try:
        return {
            split: {name: _distribution(column, int(found["rows"])) for name, column in found["columns"].items()}
            for split, found in part["splits"].items()
        }
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise AuditorError("--drift-baseline: its profile is not as an audit writes it", CURE) from None


def _distribution(column: Mapping[str, Json], rows: int) -> Distribution:
    present = int(column["present"])
    numbers = _values(column["numbers"], present) if "numbers" in column else None
    top = {str(value).lower() if isinstance(value, bool) else value: int(count) for value, count in column.get("top", [])}
    whole = bool(column.get("exact")) and sum(top.values()) == present and all(isinstance(value, str) for value in top)
    return Distribution(
        rows=rows,
        present=present,
        numbers=numbers,
        categories=top if whole and numbers is None else None,
        lengths=_values(column["lengths"], None) if "lengths" in column and numbers is None else None,
    )


def _values(measures: Mapping[str, Any], present: int | None) -> Values | None:
    """Numbers from their 101 quantiles, each as often as a part of so many records is; None where not all values are numbers."""
    count = int(measures["count"])
    if not count or (present is not None and count != present):
        return None
    quantiles = np.array([float(value) for value in measures["quantiles"]])
    if not np.isfinite(quantiles).all() or len(quantiles) < 2 or (np.diff(quantiles) < 0).any() or not math.isfinite(measures["deviation"]):
        raise ValueError
    ends = np.round(np.linspace(0, count, len(quantiles))).astype(np.int64)
    middles, counts = (quantiles[1:] + quantiles[:-1]) / 2, np.diff(ends)
    return Values(keys=keys_of(middles), bits=64, middles=middles, counts=counts, scale=float(measures["deviation"]))
