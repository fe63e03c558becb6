"""Profiles as the report shows them: compact JSON values, enough to compare a later version of the data with, without this one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from auditor.model import Json

if TYPE_CHECKING:
    from auditor.kernels.columns import Column
    from auditor.kernels.columns_numbers import Numbers
    from auditor.profiles.gathered import Profiles

VERSION = 1
"""The version of what stands here; it changes when a field changes its meaning."""

TOP, LABELS, BINS = 50, 1000, 32
"""How many frequent values (of the label: all of its classes should be among them) and how many bins of a histogram are shown."""

OFTEN = 3
"""A text is shown as a frequent value if it stands in so many records at least: names and addresses mostly do not."""

SHARES = tuple(share / 100 for share in range(101))
"""The shares of the quantiles."""

WIDE = 1000
"""Of a split with more columns than these only counts are shown."""


def section(
    profiles: Profiles, rows: Mapping[str, int], withheld: frozenset[str], names: frozenset[str | None], label: str | None = None
) -> dict[str, Json]:
    """The profile of every column of every split; of columns that are `withheld` only counts, of those that hold `names` (of records or
    groups) no frequent values, of the `label` more than of others. `rows` are the records of each split.
    """

    def most(name: str) -> int:
        return 0 if name in names else LABELS if name == label else TOP

    return {
        "version": VERSION,
        "splits": {
            split: {
                "rows": rows[split],
                "columns": {
                    name: _counts(column, rows[split]) | ({} if name in withheld or len(columns) > WIDE else _measures(column, most(name)))
                    for name, column in columns.items()
                },
            }
            for split, columns in profiles.items()
        },
    }


def _counts(column: Column, rows: int) -> dict[str, Json]:
    from auditor.kernels.columns import KINDS
    from auditor.kernels.columns_strings import FORMS, TOKENS

    strings = column.strings
    found: dict[str, Json] = {
        "present": column.present,
        "missing": rows - column.present,
        "distinct": column.distinct,
        "exact": column.exact,
        "types": {kind: count for kind, count in zip(KINDS, column.kinds.tolist(), strict=True) if count},
        "forms": {form: count for form, count in zip(FORMS, strings.forms.tolist(), strict=True) if count},
        "null_tokens": {token: count for token, count in zip(TOKENS, strings.tokens.tolist(), strict=True) if count},
    }
    if column.stored:
        found["stored"] = list(column.stored)
    return found


def _measures(column: Column, most: int) -> dict[str, Json]:
    top = column.top(most) if most else []
    found: dict[str, Json] = {"top": [[_plain(value), count] for value, count in top if not isinstance(value, str) or count >= OFTEN]}
    measures = {"numbers": column.all_numbers, "lengths": column.strings.lengths}
    found |= {name: _numbers(numbers) for name, numbers in measures.items() if numbers.amount}
    if column.all_times.count:
        found["times"] = _times(column.all_times)
    return found


def _numbers(numbers: Numbers) -> dict[str, Json]:
    counts = {"count": numbers.count} | {name: getattr(numbers, name) for name in ("nans", "infinities") if getattr(numbers, name)}
    if not numbers.count:
        return counts
    return {
        **counts,
        "mean": numbers.mean,
        "deviation": math.sqrt(numbers.variance),
        "quantiles": [_plain(value) for value in numbers.quantiles(SHARES).tolist()],
        "histogram": _histogram(numbers),
    }


def _times(times: Numbers) -> dict[str, Json]:
    return {
        "count": times.count,
        "first": _moment(times.low),
        "last": _moment(times.high),
        "quantiles": [_moment(value) for value in times.quantiles(SHARES).tolist()],
    }


def _moment(microseconds: float) -> str | None:
    """ISO 8601, to the microsecond; None where the calendar does not reach."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None


def _histogram(numbers: Numbers) -> list[int]:
    """How many numbers lie in each of BINS bins of one width from the lowest to the highest; all in one where they are equal.

    Numbers that share a cell are counted where its middle lies.
    """
    import numpy as np

    low, high = numbers.low, numbers.high
    width = high / BINS - low / BINS
    if not width:
        return [numbers.count]
    bins = np.clip(np.floor(numbers.values() / width - low / width), 0, BINS - 1).astype(np.int64)
    return [int(count) for count in np.bincount(bins, weights=numbers.counts, minlength=BINS)]


def _plain(value: str | float) -> Json:
    """A whole number without its fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
