"""Expectations about several columns of a record: which records of a batch do not meet them, and which are not looked at at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from auditor.model import Json
from auditor.validation.cells import Bools, Unjudged, View, flags

Kwargs = Mapping[str, Json]
Judge = Callable[[Sequence[View], Kwargs], Bools]
"""Which records do not meet an expectation about these columns."""

_NUMERIC = {"integer", "float", "bool"}
_EXACT = 2**53
_ALL = {"both_values_are_missing", "all_values_are_missing", None}
_ANY = {"either_value_is_missing", "any_value_is_missing"}
_NONE = {"neither", "never"}


def looked_at(views: Sequence[View], ignore: Json) -> Bools | None:
    """Which records are looked at, None for all, where those are ignored of which all values are missing, or any, or none."""
    there = [view.present for view in views]
    if ignore in _NONE or (ignore in _ALL and any(each is None for each in there)):
        return None
    if ignore not in _ALL | _ANY:
        raise Unjudged(f"ignore_row_if has no value {ignore!r}")
    found: Bools | None = None
    for each in there:
        if each is not None:
            found = each if found is None else found & each if ignore in _ANY else found | each
    return found


def _numbers(views: Sequence[View]) -> list[np.ndarray[Any, Any]] | None:
    """The numbers of columns that can be compared as such without a loss; None where that is not so."""
    if not all(view.kind in _NUMERIC for view in views):
        return None
    if any(view.kind == "float" for view in views):
        for view in views:
            if view.kind == "integer" and view.size and max(abs(int(view.values.max())), abs(int(view.values.min()))) > _EXACT:
                return None
    if len({view.values.dtype for view in views}) > 1 and any(view.values.dtype == np.uint64 for view in views):
        return None
    return [view.values for view in views]


def _known(views: Sequence[View]) -> Bools:
    found = np.ones(views[0].size, np.bool_)
    for view in views:
        if view.present is not None:
            found &= view.present
    return found


def _equal(left: View, right: View) -> Bools:
    """Where both values are there and equal."""
    numbers = _numbers([left, right])
    if numbers is not None:
        same = numbers[0] == numbers[1]
    elif left.kind == right.kind == "text":
        same = flags(pc.equal(left.values, right.values))
    elif left.kind == right.kind == "time":
        if left.zoned != right.zoned:
            raise Unjudged("times with a zone are not compared with times without one")
        same = left.values == right.values
    elif {left.kind, right.kind} & {"other"} or (left.kind in _NUMERIC and right.kind in _NUMERIC):
        same = np.array([a == b for a, b in zip(left.objects(), right.objects(), strict=True)], np.bool_)
    else:
        return np.zeros(left.size, np.bool_)
    found: Bools = same & _known([left, right])
    return found


def _pair_equal(views: Sequence[View], kwargs: Kwargs) -> Bools:
    return ~_equal(views[0], views[1])


def _greater(views: Sequence[View], kwargs: Kwargs) -> Bools:
    left, right = views
    equal, numbers = bool(kwargs.get("or_equal")), _numbers(views)
    if numbers is None and left.kind == right.kind == "time":
        if left.zoned != right.zoned:
            raise Unjudged("times with a zone are not compared with times without one")
        numbers = [left.values, right.values]
    if numbers is not None:
        found = numbers[0] >= numbers[1] if equal else numbers[0] > numbers[1]
    elif left.kind == right.kind == "text":
        found = flags((pc.greater_equal if equal else pc.greater)(left.values, right.values))
    else:
        found = _by_hand(left, right, equal)
    return ~(found & _known(views))


def _by_hand(left: View, right: View, equal: bool) -> Bools:
    pairs = zip(left.objects(), right.objects(), strict=True)
    try:
        return np.array([a is not None and b is not None and (a > b or (equal and a == b)) for a, b in pairs], np.bool_)
    except TypeError:
        raise Unjudged("values of the columns are not of one type") from None


def _pair_in_set(views: Sequence[View], kwargs: Kwargs) -> Bools:
    wanted = kwargs.get("value_pairs_set")
    if wanted is None:
        return np.zeros(views[0].size, np.bool_)
    try:
        pairs = {(a, b) for a, b in wanted}
        return np.array([pair not in pairs for pair in zip(views[0].objects(), views[1].objects(), strict=True)], np.bool_)
    except (TypeError, ValueError):
        raise Unjudged("value_pairs_set is no list of pairs of plain values") from None


def _sum(views: Sequence[View], kwargs: Kwargs) -> Bools:
    if not all(view.kind in _NUMERIC for view in views):
        raise Unjudged("a column is not numeric")
    total = views[0].values.astype(np.float64 if any(view.kind == "float" for view in views) else np.int64)
    for view in views[1:]:
        total = total + view.values
    found: Bools = (total == kwargs["sum_total"]) & _known(views)
    return ~found


def _all_equal(views: Sequence[View], kwargs: Kwargs) -> Bools:
    found = np.ones(views[0].size, np.bool_)
    for view in views[1:]:
        blank = ~_known([view]) & ~_known([views[0]])
        found &= _equal(view, views[0]) | blank
    return ~found


def _unique_within(views: Sequence[View], kwargs: Kwargs) -> Bools:
    """Two values of a record are alike where they are equal, or both missing."""
    found = np.ones(views[0].size, np.bool_)
    for place, left in enumerate(views):
        for right in views[place + 1 :]:
            found &= ~(_equal(left, right) | (~_known([left]) & ~_known([right])))
    return ~found


ROWS: Mapping[str, Judge] = {
    "expect_column_pair_values_to_be_equal": _pair_equal,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_in_set": _pair_in_set,
    "expect_multicolumn_sum_to_equal": _sum,
    "expect_multicolumn_values_to_be_equal": _all_equal,
    "expect_select_column_values_to_be_unique_within_record": _unique_within,
}
"""By type of expectation."""
