"""What holds between two columns: one is never greater than the other, or both together name a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.inference.learned import ENOUGH, Learned
from auditor.inference.rows import Table
from auditor.inference.tails import EXPECTED
from auditor.kernels.columns_numbers import F64

FEWEST = 0.05
"""The share of records that would break an order if the columns had nothing to do with each other; below it, it says nothing."""

COLUMNS = 24
"""How many columns are compared with each other at most."""


def orders(table: Table, learned: dict[str, Learned]) -> Iterator[tuple[str, str, str]]:
    """Pairs of columns of which the first is never greater, and what that rests on."""
    columns = _comparable(table, learned)
    rows = table.records.num_rows
    turned = np.random.default_rng(0).permutation(rows)
    for left, right in ((a, b) for pair in combinations(columns, 2) for a, b in (pair, pair[::-1])):
        if columns[left][0] != columns[right][0]:
            continue
        a, b = columns[left][1], columns[right][1]
        both = int((np.isfinite(a) & np.isfinite(b)).sum())
        if both >= ENOUGH and not (a > b).any() and (a < b).any():
            by_chance = float((a[turned] > b).mean())
            if by_chance >= FEWEST:
                yield left, right, f"never greater in {both:,} records, in {by_chance:.0%} of them if the columns were independent"


def _comparable(table: Table, learned: dict[str, Learned]) -> dict[str, tuple[str, F64]]:
    """The columns of numbers and of times as numbers, not a number where there is none."""
    found: dict[str, tuple[str, F64]] = {}
    for field, values in zip(table.records.schema, table.records.columns, strict=True):
        rules = learned[field.name].rules
        kind = "time" if rules.get("type") in {"date", "datetime"} else rules.get("type")
        if kind not in {"integer", "number", "time"} or "unique" in rules or len(found) == COLUMNS:
            continue
        whole = values.combine_chunks()
        try:
            numbers = whole.cast(pa.timestamp("us", getattr(whole.type, "tz", None))).cast(pa.int64()) if kind == "time" else whole
            floats = numbers.cast(pa.float64(), safe=False)
        except pa.ArrowInvalid:  # a cell of text that is no number
            continue
        found[field.name] = ("time" if kind == "time" else "number", floats.fill_null(np.nan).to_numpy(zero_copy_only=False))
    return found


def keys(table: Table, learned: dict[str, Learned]) -> Iterator[tuple[str, str, str]]:
    """Pairs of columns that together name a record, and what that rests on: by chance at least EXPECTED records would agree in both."""
    rows = table.records.num_rows
    if rows < ENOUGH or any("unique" in each.rules for each in learned.values()):
        return
    codes = {name: code for name, code in _coded(table, learned) if int(code.max()) < rows // 2}
    agreeing = {name: float((np.bincount(code).astype(np.float64) ** 2).sum() / rows**2) for name, code in codes.items()}
    for left, right in combinations(codes, 2):
        expected = rows * (rows - 1) / 2 * agreeing[left] * agreeing[right]
        if expected >= EXPECTED:
            together = codes[left].astype(np.int64) * (int(codes[right].max()) + 1) + codes[right]
            if len(np.unique(together)) == rows:
                yield left, right, f"{rows:,} records, all different in both, where chance would make {expected:,.0f} agree"


def _coded(table: Table, learned: dict[str, Learned]) -> Iterator[tuple[str, np.ndarray[tuple[int], np.dtype[np.int32]]]]:
    """The columns whose values may name something, without gaps, as numbers of their different values."""
    some = [
        name
        for name, each in learned.items()
        if each.rules.get("nullable") is False and each.rules.get("type") not in {"number", "list", "object"}
    ]
    for name in some[:COLUMNS]:
        values = table.records.column(name)
        if not values.null_count:
            yield name, pc.dictionary_encode(values).combine_chunks().indices.to_numpy()


def named(column: str) -> str:
    """A column as an expression names it."""
    return column if re.fullmatch(r"[A-Za-z_]\w*", column, re.A) and column not in _WORDS else f"`{column}`"


_WORDS = {"and", "or", "not", "is", "in", "null", "true", "false"}
