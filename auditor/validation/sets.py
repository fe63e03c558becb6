"""Sets of values that expectations name, and which cells are in them: as Python compares values, so that 1, 1.0 and True are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.doors import frames
from auditor.model import Json
from auditor.validation.bounds import micros
from auditor.validation.cells import Bools, Unjudged, View, flags


def belongs(view: View, values: Sequence[Json]) -> Bools:
    """Which values are in the set (anything where there is none)."""
    if view.kind == "text":
        texts = [value for value in values if isinstance(value, str)]
        return view.each(lambda array: flags(pc.is_in(array, pa.array(texts, array.type))))
    if view.kind in {"integer", "float", "bool"}:
        return _among(view.values, values)
    if view.kind == "time":
        return np.zeros(view.size, np.bool_)  # a suite names moments as texts, which are no moments
    return np.fromiter((value is not None and _in(value, values) for value in view.objects()), np.bool_, view.size)


def moments(view: View, values: Sequence[Json]) -> Bools:
    """Which times are among those that the texts of a set say."""
    said = [frames.as_time(value) for value in values]
    if None in said:
        raise Unjudged("a value of the set is no date or time")
    found: Bools = np.isin(view.values, np.array([micros(each) for each in said if each is not None], np.int64))
    return found if not view.zoned else np.zeros(view.size, np.bool_)


def _among(numbers: np.ndarray[Any, Any], values: Sequence[Json]) -> Bools:
    wanted = [value for value in values if isinstance(value, int | float)]
    if numbers.dtype.kind in "iu":
        ends = np.iinfo(numbers.dtype)
        wanted = [int(each) for each in wanted if each == each // 1 and ends.min <= each <= ends.max]  # inf // 1 is nan
    if not wanted:
        return np.zeros(len(numbers), np.bool_)
    if len(wanted) > 8:
        return np.isin(numbers, np.array(wanted, numbers.dtype if numbers.dtype.kind in "iu" else np.float64))
    found: Bools = numbers == wanted[0]
    for each in wanted[1:]:
        found |= numbers == each
    return found


def _in(value: Any, values: Sequence[Json]) -> bool:
    return any(value == each and isinstance(value, str) == isinstance(each, str) for each in values if each is not None)
