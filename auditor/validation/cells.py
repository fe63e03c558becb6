"""The cells of one batch as expectations look at them: plain arrays, which of them are there, and which are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.dataset import is_json
from auditor.doors import frames
from auditor.model import meant

Bools = NDArray[np.bool_]
Kind = Literal["integer", "float", "bool", "text", "time", "other"]
"""How the values of a column are held: as a NumPy array, as strings, or (`other`: JSON, dates, lists, ...) as Python objects."""

_WHOLE = r"^[ \t]*[+-]?[0-9]{1,18}[ \t]*$"
_DIGITS = r"^[+-]?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?$"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{6})?)?)?$"
_FAR = 2**62
_FEW = 4
"""A batch has few different texts if it has at least so many records for each."""


class Unjudged(Exception):  # noqa: N818 - it is an answer
    """An expectation that cannot be judged; the text says why, in words of ours that quote no record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The cells of a column as one kind of value. `values` is a NumPy array (integers and floats as they are, truth values as uint8,
    times as int64 microseconds in UTC), an Arrow array of strings, or a list of Python objects; where `present` or `wrong` is None,
    all cells are there, or none is wrong. Cells that are wrong are not present.
    """

    kind: Kind
    held: Any
    size: int
    present: Bools | None = None
    wrong: Bools | None = None
    zoned: bool = False
    column: Column | None = None
    empty: bool = False
    """Whether the column has no type, since all its cells are null."""

    @property
    def values(self) -> Any:
        """The values, which a column of texts gives when they are asked for."""
        return self.column.array if self.held is None and self.column is not None else self.held

    def chosen(self, among: Bools | None) -> Bools | None:
        """Which of some records have the value; None: all."""
        return among if self.present is None else self.present if among is None else self.present & among

    def objects(self) -> list[Any]:
        """The values as Python objects, None where there is none."""
        if self.kind == "other":
            return list(self.values)
        if self.kind == "text":
            found: list[Any] = self.values.to_pylist()
            return found
        if self.kind == "time":
            zone = "UTC" if self.zoned else None
            moments = pa.array(self.values, pa.timestamp("us", tz=zone), mask=None if self.present is None else ~self.present)
            return list(moments.to_pylist())
        values = (self.values.astype(bool) if self.kind == "bool" else self.values).tolist()
        return list(values) if self.present is None else [v if p else None for v, p in zip(values, self.present, strict=True)]

    def each(self, answer: Callable[[pa.Array], Bools]) -> Bools:
        """The answer for each text; where a batch has few different ones, each is asked for once."""
        few = self.column.few if self.column is not None and self.column.asked > 1 else None
        return answer(self.values) if few is None else answer(few.dictionary)[few.indices]


@dataclass(frozen=True, slots=True)
class Few:
    """The different texts of a batch, and which of them each record has (0 where it has none)."""

    dictionary: pa.Array
    indices: NDArray[np.int32]


class Column:
    """One column of a batch. `asked` is how many expectations ask for its texts."""

    def __init__(self, array: pa.Array, field: pa.Field, asked: int = 0) -> None:
        self._given, self._views = array, dict[str, View]()
        self._coded = array if pa.types.is_dictionary(array.type) else None
        self.type = array.type if self._coded is None else array.type.value_type
        self.field, self.json, self.asked = field.with_type(self.type), is_json(field), 2 if self._coded is not None else asked

    @cached_property
    def array(self) -> pa.Array:
        """The cells, without a dictionary."""
        return self._given if self._coded is None else self._given.dictionary_decode()

    @cached_property
    def few(self) -> Few | None:
        """The different texts, where they are few."""
        coded = self._coded
        if coded is None:
            head = self.array.slice(0, 256)
            if not len(head) or len(head.dictionary_encode().dictionary) * _FEW > len(head):
                return None
            coded = self.array.dictionary_encode()
        if len(coded.dictionary) * _FEW > len(coded) or not len(coded.dictionary):
            return None
        indices = coded.indices.fill_null(0) if coded.indices.null_count else coded.indices
        return Few(coded.dictionary, indices.to_numpy())

    def view(self, meaning: frames.Meaning = "") -> View:
        """The cells as they are, or as numbers, times or JSON."""
        if meaning not in self._views:
            self._views[meaning] = self._meant(meaning) if meaning else self._plain()
        return self._views[meaning]

    def _plain(self) -> View:
        kind, size = self.type, len(self._given)
        if pa.types.is_null(kind):
            return View(kind="other", held=[None] * size, size=size, present=np.zeros(size, np.bool_), empty=True)
        present = validity(self._given)
        if self.json:
            values = [None if cell is None else json.loads(cell) for cell in self.array.to_pylist()]
            return View(kind="other", held=values, size=size, present=_there(values))
        if pa.types.is_integer(kind):
            return View(kind="integer", held=numbers(self.array), size=size, present=present)
        if pa.types.is_floating(kind):
            floats = numbers(self.array)
            nan = np.isnan(floats)
            if nan.any():
                present = ~nan if present is None else present & ~nan
            return View(kind="float", held=floats, size=size, present=present)
        if pa.types.is_boolean(kind):
            return View(kind="bool", held=flags(self.array).view(np.uint8), size=size, present=present)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return View(kind="text", held=None, size=size, present=present, column=self)
        if pa.types.is_timestamp(kind):
            return self._moments(self.array, present)
        return View(kind="other", held=self.array.to_pylist(), size=size, present=present)

    def _moments(self, array: pa.Array, present: Bools | None, wrong: Bools | None = None) -> View:
        zoned, values = array.type.tz is not None, numbers(array.cast(pa.int64()))
        times = {"s": 10**6, "ms": 10**3}.get(array.type.unit, 1)
        if array.type.unit == "ns":
            values = values // 1000
        elif times > 1 and len(values):
            if present is not None:
                values = np.where(present, values, 0)
            if max(abs(int(values.min())), abs(int(values.max()))) > _FAR // times:
                raise Unjudged("it holds times that are too far away")
            values = values * times
        return View(kind="time", held=values, size=len(array), present=present, wrong=wrong, zoned=zoned)

    def _meant(self, meaning: frames.Meaning) -> View:
        if meaning == "number" and self.array.type == pa.string() and not self.json:
            found = _read_numbers(self.array)
            if found is not None:
                return found
        if meaning == "time" and not self.json:
            found = self._read_times()
            if found is not None:
                return found
        column, wrong = frames.as_meant(pa.chunked_array([self.array]), self.field, meaning)
        array, bad = column.combine_chunks(), np.array(wrong, np.bool_)
        wrongs = bad if bad.any() else None
        if meaning == "time":
            return self._moments(array, validity(array), wrongs)
        kind: Kind = "text" if meaning == "json" else "integer" if pa.types.is_integer(array.type) else "float"
        values = array if meaning == "json" else numbers(array)
        return View(kind=kind, held=values, size=len(array), present=validity(array), wrong=wrongs)

    def _read_times(self) -> View | None:
        """Plain dates and times by Arrow; None where there is anything else."""
        kind = self.array.type
        if pa.types.is_timestamp(kind):
            return replace(self._moments(self.array, validity(self.array)), zoned=True) if _near(self.array) else None
        given = len(self.array) - self.array.null_count
        if not pa.types.is_string(kind) or flags(pc.match_substring_regex(self.array, _ISO)).sum() != given:
            return None
        try:
            return self._moments(self.array.cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC")), validity(self.array))
        except pa.ArrowInvalid:
            return None


class Cells:
    """The columns of a batch by name. `asked` says how many expectations ask for the texts of a column."""

    def __init__(self, records: pa.RecordBatch, typed: bool, asked: dict[str, int] | None = None) -> None:
        self.records, self.typed, self.size = records, typed, records.num_rows
        self._asked, self._columns = asked or {}, dict[str, Column]()

    def column(self, name: str) -> Column:
        """The column of this name; Unjudged where there is none, or more than one."""
        if name not in self._columns:
            names = self.records.schema.names
            if names.count(name) != 1:
                raise Unjudged(no_column(name, names))
            place = names.index(name)
            self._columns[name] = Column(self.records.column(place), self.records.schema.field(place), self._asked.get(name, 0))
        return self._columns[name]


def no_column(name: str, names: Sequence[str]) -> str:
    """What to say of a column that is missing, or there more than once."""
    if name in names:
        return f"more than one column is called {name!r}"
    return "; ".join(filter(None, (f"there is no column {name!r}", meant(name, names).rstrip())))


def numbers(array: pa.Array) -> NDArray[Any]:
    """The numbers of a primitive array, without a copy; anything where there is none."""
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if data is None or not len(array):
        return np.zeros(len(array), array.type.to_pandas_dtype())
    return np.frombuffer(data, array.type.to_pandas_dtype(), len(array), array.offset * width)


def indices(rows: NDArray[Any]) -> pa.Array:
    """Rows as an Arrow array; `pyarrow.array` would load a part of NumPy first that nobody else needs."""
    rows = np.ascontiguousarray(rows, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows)])


def validity(array: pa.Array) -> Bools | None:
    """Which values are not null; None: all."""
    return None if not array.null_count else _bits(array.buffers()[0], array.offset, len(array))


def flags(array: pa.BooleanArray) -> Bools:
    """The truth values of an array, False for null."""
    values = _bits(array.buffers()[1], array.offset, len(array)) if len(array) else np.zeros(0, np.bool_)
    there = validity(array)
    return values if there is None else values & there


def _bits(buffer: pa.Buffer, offset: int, size: int) -> Bools:
    first, inside = divmod(offset, 8)
    packed = np.frombuffer(buffer, np.uint8, -(-(inside + size) // 8), first)
    return np.unpackbits(packed, bitorder="little", count=inside + size)[inside:].view(np.bool_)


def _there(values: Sequence[Any]) -> Bools | None:
    there = np.fromiter((value is not None for value in values), np.bool_, len(values))
    return None if there.all() else there


def _near(array: pa.Array) -> bool:
    """Whether all moments are ones that Python has."""
    ends = pc.min_max(array.cast(pa.int64()))
    unit = {"s": 1, "ms": 10**3, "us": 10**6}.get(array.type.unit, 10**9)
    low, high = (ends[key].as_py() or 0 for key in ("min", "max"))
    return bool(-62_000_000_000 * unit < low and high < 253_000_000_000 * unit)


def _read_numbers(array: pa.Array) -> View | None:
    """Plain numbers in digits; None where cells need a closer look."""
    present, given = validity(array), len(array) - array.null_count
    try:
        if flags(pc.match_substring_regex(array, _WHOLE)).sum() == given:
            values = numbers(pc.utf8_trim_whitespace(array).cast(pa.int64()))
            return View(kind="integer", held=values, size=len(array), present=present)
        good = flags(pc.match_substring_regex(array, _DIGITS))
        left = ~good if present is None else ~good & present
        odd = array.filter(pa.array(left)).to_pylist()
        if any(frames.as_number(cell) is not None for cell in odd):
            return None
        wrong = np.zeros(len(array), np.bool_)
        wrong[np.flatnonzero(left)] = [bool(cell.strip()) for cell in odd]
        kept = pc.if_else(pa.array(good), array, None)
        if flags(pc.match_substring_regex(kept, r"^[+-]?[0-9]{1,18}$")).sum() == good.sum():
            return _numeric(kept.cast(pa.int64()), "integer", wrong)
        if flags(pc.match_substring_regex(kept, r"^[+-]?[0-9]{16,}$")).any():
            return None  # integers that a floating-point number may not hold
        return _numeric(kept.cast(pa.float64()), "float", wrong)
    except pa.ArrowInvalid:
        return None


def _numeric(array: pa.Array, kind: Kind, wrong: Bools) -> View:
    return View(kind=kind, held=numbers(array), size=len(array), present=validity(array), wrong=wrong if wrong.any() else None)


def together(some: Iterator[Bools | None]) -> Bools | None:
    """The records that are in all of the choices; None: all."""
    both: Bools | None = None
    for each in some:
        both = each if both is None else both if each is None else both & each
    return both
