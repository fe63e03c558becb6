"""Expectations about the type of a column, in the names that NumPy and Python have for types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from auditor.model import Json
from auditor.validation.cells import Bools, Unjudged, View
from auditor.validation.plan import NATIVE

_SAME = {"object", "object_", "O"}
LISTED = "expect_column_values_to_be_in_type_list"


def _named(kind: str, kwargs: Mapping[str, Json]) -> list[str] | None:
    if kind == LISTED:
        return None if kwargs.get("type_list") is None else [str(each) for each in kwargs["type_list"]]
    return None if kwargs.get("type_") is None else [str(kwargs["type_"])]


def _types(names: Sequence[str]) -> tuple[type, ...]:
    """The types of NumPy and of Python that go by these names."""
    found: list[type] = []
    for name in names:
        with suppress(TypeError):
            found.append(np.dtype(name).type)
        if name.lower() in NATIVE:
            found.append(NATIVE[name.lower()])
    return tuple(found)


def unlike(kind: str, view: View, kwargs: Mapping[str, Json]) -> Bools:
    """Which values, as Python objects, are of none of the types; none in an array of NumPy's, which is asked as a whole."""
    names = _named(kind, kwargs)
    if names is None or held(view) != "object":
        return np.zeros(view.size, np.bool_)
    wanted = _types(names)
    if view.kind == "text":
        return np.full(view.size, not issubclass(str, wanted))
    return np.array([value is not None and not isinstance(value, wanted) for value in view.objects()], np.bool_)


def held(view: View) -> str:
    """What NumPy calls the type of the array that holds the values; "" for values of no type, since all are null."""
    if view.kind in {"integer", "float"}:
        return str(view.values.dtype)
    if view.empty:
        return ""
    return {"bool": "bool", "time": "datetime64[us]"}.get(view.kind, "object")


def joined(names: Iterable[str]) -> str:
    """The type that holds what arrays of these types hold; Unjudged where only Python objects could hold it."""
    given = sorted(set(names) - {""})
    if len(given) < 2:
        return given[0] if given else "object"
    if "object" in given or "bool" in given or any(name.startswith("datetime") for name in given):
        raise Unjudged("its files give it different types")
    return str(np.result_type(*map(np.dtype, given)))


def by_values(kind: str, kwargs: Mapping[str, Json], held: str) -> bool:
    """Whether the values are asked one by one, as the column is an array of Python objects."""
    names = _named(kind, kwargs)
    return held == "object" and names is not None and not (kind != LISTED and set(names) & _SAME)


def met(kind: str, kwargs: Mapping[str, Json], held: str) -> tuple[bool, str]:
    """Whether a column of this type is of a named one, and what NumPy calls it."""
    names, dtype = _named(kind, kwargs), np.dtype(held)
    return names is None or dtype.type in _types(names), dtype.type.__name__
