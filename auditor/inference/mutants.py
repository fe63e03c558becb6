"""Data that is corrupted on purpose, to see which rules notice: each mutant is one fault in one column, of which it is known from the sound
data whether a rule about records can tell it.

A fault befalls every SPOILT-th of the records, chosen by a seed. What a rule can tell: that something is missing where nearly nothing is,
of another type, outside of where sound values lie, not in a small closed set, not of the one shape that all have. What it cannot: labels
that are shuffled, texts that end too soon, times that are later than all before, records that are left out. Such mutants are made as well,
and marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.dataset import is_json
from auditor.inference.learned import ENOUGH, LEAST, VALUES
from auditor.inference.rows import Table
from auditor.kernels import columns
from auditor.kernels.columns import Column
from auditor.kernels.columns_strings import FORMS

SPOILT = 10
"""One of so many records is spoilt."""

LAST = (1 << 63) // 1000
"""The last moment that Arrow's nanoseconds hold, in microseconds from 1970: no time is moved beyond it."""

MANY = 0.01
"""The share of records that a fault must change for a rule to tell it, which may tolerate a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault: its kind, the column it befalls, whether a rule about records can tell it, and the spoilt records."""

    kind: str
    column: str
    killable: bool
    table: Table

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.kind}: {self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is known of a sound column, from which follows what can be told."""

    name: str
    seen: Column
    rows: int
    nested: bool

    @property
    def missing(self) -> float:
        return 1 - self.seen.present / self.rows

    @property
    def numeric(self) -> bool:
        return bool(self.seen.present) and self.seen.all_numbers.count == self.seen.present

    @property
    def textual(self) -> bool:
        return bool(self.seen.present) and self.seen.of("string") == self.seen.present and not self.numeric

    @property
    def dated(self) -> bool:
        return self.textual and self.seen.strings.times.count == self.seen.present

    @property
    def timed(self) -> bool:
        return self.dated or (bool(self.seen.present) and self.seen.of("time") == self.seen.present)

    @property
    def span(self) -> timedelta:
        """By how much a time is moved to lie beyond the last."""
        times = self.seen.all_times
        return timedelta(days=1, microseconds=times.high - times.low)

    @property
    def late(self) -> float:
        """Where the last time is moved to, in microseconds from 1970."""
        return float(self.seen.all_times.high) + self.span / timedelta(microseconds=1)

    @property
    def closed(self) -> bool:
        """Whether its values are a small set of which none is rare."""
        counts = [count for _, count in self.seen.top(VALUES + 1)]
        every = self.seen.exact and len(counts) <= VALUES and sum(counts) == self.seen.present
        return self.seen.present >= ENOUGH and every and len(counts) > 1 and counts[-1] >= LEAST

    @property
    def unique(self) -> bool:
        """Whether its values name records: all are different, and no fractions or long texts."""
        short = not self.textual or self.seen.strings.forms[FORMS.index("long")] == 0
        return self.seen.exact and self.seen.distinct == self.seen.present and not self.seen.of("number") and bool(short)

    @property
    def one_length(self) -> bool:
        return self.textual and self.seen.strings.lengths.low == self.seen.strings.lengths.high

    def outside(self, spoilt: list[float]) -> bool:
        """Whether a tenth of some numbers lie as far outside of the sound ones as these are wide, or have another sign than all."""
        numbers = self.seen.all_numbers
        if numbers.count < ENOUGH or not spoilt:
            return False
        values, width = np.array(spoilt), numbers.high - numbers.low
        beyond = (values > numbers.high + width) | (values < numbers.low - width)
        if 0 <= numbers.low < 0.05 * numbers.high:
            beyond |= values < 0
        return bool(beyond.mean() >= 0.1)


def mutants(table: Table, seed: int) -> Iterator[Mutant]:
    """Every mutant of some records."""
    rng = np.random.default_rng(seed)
    rows = table.records.num_rows
    facts = [_facts(table, name) for name in table.records.column_names]
    for place, fact in enumerate(facts):
        which = np.zeros(rows, np.bool_)
        which[rng.permutation(rows)[: max(1, rows // SPOILT)]] = True
        sound = rows >= 100
        for kind, killable, spoilt in _of_column(table, fact, which, rng):
            yield Mutant(kind=kind, column=fact.name, killable=killable and sound, table=spoilt)
        other = facts[(place + 1) % len(facts)]
        if other is not fact:
            yield _swapped(table, fact, other, which, sound)
    half = np.arange(rows) % 2 == 0
    yield Mutant(kind="half of the records left out", column="*", killable=False, table=_table(table, table.records.filter(pa.array(half))))


def _facts(table: Table, name: str) -> _Facts:
    field = table.records.schema.field(name)
    chunks = [columns.observed(chunk, nested=is_json(field), numeric=not table.typed) for chunk in table.records.column(name).chunks]
    return _Facts(
        name=name, seen=columns.merged(chunks), rows=table.records.num_rows, nested=is_json(field) or pa.types.is_nested(field.type)
    )


def _of_column(table: Table, fact: _Facts, which: NDArray[np.bool_], rng: np.random.Generator) -> Iterator[tuple[str, bool, Table]]:
    """The mutants of one column: kind, whether it can be told, the spoilt records."""
    place = table.records.column_names.index(fact.name)
    yield "left out", True, _table(table, table.records.remove_column(place))
    if not fact.seen.present:
        return
    if not table.never_missing(fact.name):
        yield "missing", fact.missing <= 0.01, _replaced(table, fact.name, which, lambda values: [None] * len(values))
    if fact.nested:
        return
    shuffled = table.records.column(fact.name).take(pa.array(rng.permutation(fact.rows)))
    yield "shuffled", False, _table(table, table.records.set_column(place, table.records.schema.field(fact.name), shuffled))
    if fact.unique:
        first = table.records.column(fact.name).drop_null()[0].as_py()
        yield "one value for many", True, _replaced(table, fact.name, which, lambda values: [first] * len(values))
    if fact.numeric or fact.seen.of("time") or fact.seen.of("boolean") or fact.dated:
        yield "another type", True, _replaced(table, fact.name, which, lambda values: ["spoilt"] * len(values), as_text=True)
    if fact.timed and fact.late < LAST:
        yield "later than all", False, _replaced(table, fact.name, which, partial(_moved, fact.span))
    for kind, spoil in _NUMERIC.items() if fact.numeric else ():
        numbers = [float(value) for value in table.records.column(fact.name).filter(pa.array(which)).drop_null().to_pylist()]
        told = fact.outside([spoil(number) for number in numbers]) or (fact.closed and kind != "sign turned")
        yield kind, told, _replaced(table, fact.name, which, partial(_written, spoil))
    if fact.textual:
        yield from _of_texts(table, fact, which)


def _of_texts(table: Table, fact: _Facts, which: NDArray[np.bool_]) -> Iterator[tuple[str, bool, Table]]:
    forms = dict(zip(FORMS, fact.seen.strings.forms.tolist(), strict=True))
    enough = fact.seen.present >= ENOUGH
    for kind, spoil in _TEXTUAL.items():
        spoilt = _replaced(table, fact.name, which, partial(_spoilt, spoil))
        changed = pc.sum(pc.not_equal(spoilt.records.column(fact.name), table.records.column(fact.name))).as_py() or 0
        if changed:
            told = {
                "white space around": enough and forms["padded"] == 0,
                "read in another encoding": enough and changed >= MANY * fact.rows,
                "new value": fact.closed or fact.dated,
                "cut off": fact.closed or (fact.one_length and enough),
                "in capitals": fact.closed,
                "empty": enough and forms["empty"] == 0,
            }
            yield kind, told[kind], spoilt


_NUMERIC: dict[str, Callable[[float], float]] = {
    "unit times 100": lambda value: value * 100,
    "sign turned": lambda value: -value,
    "a thousand times off": lambda value: value * 1000 + 1,
    "-999 for missing": lambda _: -999.0,
}


def _mojibake(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")


_TEXTUAL: dict[str, Callable[[str], str]] = {
    "white space around": lambda text: f" {text} ",
    "read in another encoding": _mojibake,
    "new value": lambda _: "never seen before",
    "cut off": lambda text: text[: len(text) // 2],
    "in capitals": lambda text: text.upper() if text != text.upper() else text.lower(),
    "empty": lambda _: "",
}


def _spoilt(spoil: Callable[[str], str], values: list[Any]) -> list[Any]:
    return [None if value is None else spoil(value) for value in values]


def _moved(span: timedelta, values: list[Any]) -> list[Any]:
    """Times moved by a span, in the form of the values: as times, or as text."""
    return [_late(value, span) if isinstance(value, str) else value and value + span for value in values]


def _late(text: str, span: timedelta) -> str:
    moment = datetime.fromisoformat(text) + span
    return moment.date().isoformat() if len(text) == len("2024-06-01") else moment.isoformat()


def _written(spoil: Callable[[float], float], values: list[Any]) -> list[Any]:
    """Spoilt numbers in the form of the values: as numbers, or as text."""
    found: list[Any] = []
    for value in values:
        number = None if value is None else spoil(float(value))
        plain = int(number) if number is not None and number.is_integer() else number
        found.append(str(plain) if isinstance(value, str) else plain)
    return found


def _swapped(table: Table, fact: _Facts, other: _Facts, which: NDArray[np.bool_], sound: bool) -> Mutant:
    """Two columns change places in some records; it can be told where one holds numbers and the other does not."""
    left, right = (_texts(table.records.column(each.name)) for each in (fact, other))
    mask = pa.array(which)
    records = table.records
    for name, own, foreign in ((fact.name, left, right), (other.name, right, left)):
        field = pa.field(name, pa.string())
        records = records.set_column(records.column_names.index(name), field, pc.if_else(mask, foreign, own))
    told = {fact.numeric, other.numeric} == {True, False} and sound and not {fact.nested, other.nested} & {True}
    many = min(fact.seen.present, other.seen.present) >= 0.5 * fact.rows
    return Mutant(kind=f"swapped with {other.name}", column=fact.name, killable=told and many, table=_table(table, records))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    whole = column.combine_chunks()
    try:
        return whole.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if value is None else str(value) for value in whole.to_pylist()], pa.string())


def _replaced(table: Table, name: str, which: NDArray[np.bool_], spoil: Callable[[list[Any]], list[Any]], as_text: bool = False) -> Table:
    """The records with some values of a column replaced."""
    field = table.records.schema.field(name)
    whole = table.records.column(name).combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], field.type)
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if as_text:
        whole = _texts(pa.chunked_array([whole]))
    values = spoil(whole.filter(pa.array(which)).to_pylist())
    try:
        spoilt = pa.array(values, whole.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        whole, spoilt = whole.cast(pa.float64()), pa.array([None if v is None else float(v) for v in values], pa.float64())
    order = np.arange(len(whole))
    order[which] = len(whole) + np.arange(len(spoilt))
    cells = pa.concat_arrays([whole, spoilt]).take(pa.array(order))
    place = table.records.column_names.index(name)
    return _table(table, table.records.set_column(place, pa.field(name, whole.type, metadata=field.metadata), cells))


def _table(like: Table, records: pa.Table) -> Table:
    return replace(like, records=records)
