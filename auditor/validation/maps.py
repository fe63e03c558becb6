"""Expectations about each value of a column: which values of a batch do not meet them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.model import Json
from auditor.validation.bounds import Bounds, bounds, outside
from auditor.validation.cells import Bools, Unjudged, View, flags
from auditor.validation.formats import unfit
from auditor.validation.sets import belongs, moments

Kwargs = Mapping[str, Json]
Judge = Callable[[View, Kwargs], Bools]
"""Which values of a column do not meet an expectation with such arguments (anything where there is no value)."""

_SURE: Mapping[str, str] = {
    "%Y-%m-%d": r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    "%Y-%m-%d %H:%M:%S": r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
    "%Y-%m-%dT%H:%M:%S": r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
}
"""Patterns of texts that certainly are of a format; Python is asked about others."""


def _between(view: View, kwargs: Kwargs) -> Bools:
    return outside(view, bounds(kwargs))


def _in_set(view: View, kwargs: Kwargs) -> Bools:
    return _none(view) if kwargs.get("value_set") is None else ~belongs(view, kwargs["value_set"])


def _not_in_set(view: View, kwargs: Kwargs) -> Bools:
    if kwargs.get("value_set") is None:
        return _none(view)
    return (moments if view.kind == "time" else belongs)(view, kwargs["value_set"])


def _none(view: View) -> Bools:
    return np.zeros(view.size, np.bool_)


def _missing(view: View, kwargs: Kwargs) -> Bools:
    return _none(view) if view.present is None else ~view.present


def _there(view: View, kwargs: Kwargs) -> Bools:
    return ~_missing(view, kwargs)


def texts(view: View) -> View:
    """The values as Python writes them."""
    if view.kind == "text":
        return view
    if view.kind == "integer":
        array = pa.array(view.values).cast(pa.string())
    elif view.kind == "bool":
        array = pa.array(["False", "True"]).take(pa.array(view.values))
    else:
        array = pa.array([None if value is None else str(value) for value in view.objects()], pa.string())
    return View(kind="text", held=array, size=view.size, present=view.present)


def matches(view: View, pattern: str) -> Bools:
    """Which texts hold a match of a regular expression (RE2)."""
    return view.each(lambda array: flags(pc.match_substring_regex(array, re2(pattern))))


def re2(pattern: str) -> str:
    """A regular expression as RE2 spells it: the end of a text is Python's `\\Z`, RE2's `\\z`."""
    return f"{pattern[:-2]}\\z" if re.search(r"(?<!\\)(\\\\)*\\Z\Z", pattern) else pattern


def _matched(several: str, every: bool, wanted: bool) -> Judge:
    """The judge of regular expressions: `several` names them, `every` of them has to match, or any; matches are `wanted` or not."""

    def judge(view: View, kwargs: Kwargs) -> Bools:
        patterns = kwargs[several] if several == "regex_list" else [kwargs[several]]
        said, one = texts(view), every
        if several == "regex_list" and wanted:
            if kwargs.get("match_on", "any") not in {"any", "all"}:
                raise Unjudged("match_on must be either 'any' or 'all'")
            one = kwargs.get("match_on", "any") == "all"
        if not patterns:
            raise Unjudged("there is no regular expression in the list")
        found = matches(said, patterns[0])
        for pattern in patterns[1:]:
            found = found & matches(said, pattern) if one else found | matches(said, pattern)
        return ~found if wanted else found

    return judge


def _length(view: View, kwargs: Kwargs) -> Bools:
    limits = bounds(kwargs) if "value" not in kwargs else Bounds(low=kwargs["value"], high=kwargs["value"])
    if view.kind == "text":
        return view.each(lambda array: _long(pc.utf8_length(array).fill_null(0).to_numpy(), limits))
    try:
        sizes = np.array([0 if value is None else len(value) for value in view.objects()], np.int64)
    except TypeError:
        raise Unjudged("its values have no length") from None
    return _long(sizes, limits)


def _long(sizes: np.ndarray[Any, Any], limits: Bounds) -> Bools:
    return outside(View(kind="integer", held=sizes, size=len(sizes)), limits)


def _strftime(view: View, kwargs: Kwargs) -> Bools:
    pattern = kwargs["strftime_format"]
    if view.kind != "text" and any(value is not None and not isinstance(value, str) for value in view.objects()):
        raise Unjudged("its values are no texts")
    array = view.values if view.kind == "text" else pa.array(view.objects(), pa.string())
    sure = flags(pc.match_substring_regex(array, _SURE[pattern])) if pattern in _SURE else np.zeros(view.size, np.bool_)
    return _each_unsure(array, sure, lambda text: _is_time(text, pattern))


def _each_unsure(array: pa.Array, sure: Bools, good: Callable[[str], bool]) -> Bools:
    """Which texts are not good, of those that are not surely so; each different one is looked at once."""
    wrong, unsure = np.zeros(len(array), np.bool_), np.flatnonzero(~sure)
    coded = array.take(pa.array(unsure)).dictionary_encode()
    bad = np.array([not good(text) for text in coded.dictionary.to_pylist()], np.bool_)
    if len(bad):
        wrong[unsure] = bad[coded.indices.fill_null(0).to_numpy()]
    return wrong


def _is_time(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _json(view: View, kwargs: Kwargs) -> Bools:
    if view.kind == "text":
        return _each_unsure(view.values, np.zeros(view.size, np.bool_), _is_json)
    return np.array([value is not None and not _is_json(value) for value in view.objects()], np.bool_)


def _is_json(value: Any) -> bool:
    try:
        json.loads(value)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _format(view: View, kwargs: Kwargs) -> Bools:
    return unfit(texts(view), kwargs["format"])


MAPS: Mapping[str, Judge] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_be_null": _there,
    "expect_column_values_to_not_be_null": _missing,
    "expect_column_values_to_match_regex": _matched("regex", True, True),
    "expect_column_values_to_not_match_regex": _matched("regex", False, False),
    "expect_column_values_to_match_regex_list": _matched("regex_list", False, True),
    "expect_column_values_to_not_match_regex_list": _matched("regex_list", False, False),
    "expect_column_value_lengths_to_be_between": _length,
    "expect_column_value_lengths_to_equal": _length,
    "expect_column_values_to_match_strftime_format": _strftime,
    "expect_column_values_to_be_json_parseable": _json,
    "auditor_format": _format,
}
"""By type of expectation."""

WHOLE = {"expect_column_values_to_be_null", "expect_column_values_to_not_be_null"}
"""Those that look at missing values too."""
