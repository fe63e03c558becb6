"""What is wrong with columns, from their profiles: pure functions of accumulators, each with the size of the effect and its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.kernels import columns as accumulators
from auditor.kernels.columns import Column
from auditor.kernels.columns_numbers import numbers_of
from auditor.kernels.columns_strings import FORMS, TOKENS
from auditor.kernels.statistics_counts import association
from auditor.kernels.statistics_functions import normal_quantile
from auditor.kernels.statistics_intervals import adjusted, wilson

if TYPE_CHECKING:
    from auditor.model import Json

MANY, MOST = 0.05, 0.5
"""The shares of missing values from which there is a finding, and from which it is medium."""

APART, CHANCE = 0.05, 0.05
"""The difference of two shares of missing values from which there is a finding, and what its adjusted p-value stays below."""

FEWEST, LARGE, NEARLY = 10, 1000, 0.999
"""Records from which a column can be constant, and nearly constant; the share of one value from which it is that."""

ODD = 0.1
"""Up to this share texts among numbers or dates are the odd values of a column of these."""

WORDS = ("none", "unknown", "missing", "-", "--", "?", ".", "None", "NONE", "nil", "na")
"""Tokens that are words or signs of their own: they mean nothing only where the column holds numbers or dates."""

CATEGORIES = 1000
"""How many different values a category has at most; a tenth of the records, where those are fewer."""

USUAL, WHISKER, FAR = 30, 3.0, 3.5
"""Numbers from which some can be outlying; how many interquartile ranges from the quartiles, and robust standard deviations from the
median, they must be (the latter grows with the number of records, so that of a normal distribution one in twenty columns has any).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something wrong with `column`: where (names of splits), what to say, how often, and the numbers."""

    column: str
    splits: tuple[str, ...]
    message: str
    count: int
    severe: bool = False
    evidence: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The columns of every split (by name, in their order), and the records of each split; `hidden` is the label, which may be missing
    from a whole split.
    """

    splits: Mapping[str, Mapping[str, Column]]
    rows: Mapping[str, int]
    hidden: str | None = None

    @property
    def names(self) -> list[str]:
        """All columns."""
        return list(dict.fromkeys(name for columns in self.splits.values() for name in columns))

    def pooled(self, name: str) -> tuple[Column, int]:
        """A column of all splits that have it, and how many records these have."""
        there = [split for split, columns in self.splits.items() if name in columns]
        return accumulators.merged([self.splits[split][name] for split in there]), sum(self.rows[split] for split in there)

    def missing(self, split: str, name: str) -> int:
        """How many records of a split have nothing in a column: neither a value nor a text of at least one character."""
        column = self.splits[split][name]
        return self.rows[split] - column.present + _form(column, "empty")

    def shares(self, name: str) -> Iterator[tuple[str, int, int]]:
        """For each split that has records and the column: its name, how many values are missing, of how many records."""
        for split, columns in self.splits.items():
            if name in columns and self.rows[split]:
                missing = self.missing(split, name)
                if not (name == self.hidden and missing == self.rows[split]):
                    yield split, missing, self.rows[split]


def _form(column: Column, *names: str) -> int:
    return sum(int(column.strings.forms[FORMS.index(name)]) for name in names)


def _rounded(*numbers: float) -> list[float]:
    return [round(number, 6) for number in numbers]


def missing(sheet: Sheet) -> Iterator[Effect]:
    """Columns of which more than 5 % are missing in a split."""
    for name in sheet.names:
        found = [each for each in sheet.shares(name) if each[1] > MANY * each[2]]
        if found:
            rows = {split: {"missing": count, "records": rows, "share": round(count / rows, 6), "interval": _rounded(*wilson(count, rows))}
                    for split, count, rows in found}  # fmt: skip
            said = ", ".join(f"{count / rows:.1%} in {split}" for split, count, rows in found)
            severe = any(count >= MOST * rows for _, count, rows in found)
            total, message = sum(count for _, count, _ in found), f"no value: {said}"
            yield Effect(column=name, splits=tuple(rows), message=message, count=total, severe=severe, evidence={"splits": rows})


def missing_differs(sheet: Sheet, pairs: Sequence[tuple[str, str]]) -> Iterator[Effect]:
    """Columns of which a larger share is missing in one split of a pair; p-values are adjusted for all columns and pairs."""
    asked = []
    for name in sheet.names:
        shares = {split: (count, rows) for split, count, rows in sheet.shares(name)}
        asked += [(name, pair, shares[pair[0]], shares[pair[1]]) for pair in pairs if pair[0] in shares and pair[1] in shares]
    tests = [association([[a, n - a], [b, m - b]]).p for _, _, (a, n), (b, m) in asked]
    told: dict[str, dict[str, Any]] = {}
    for (name, (left, right), (a, n), (b, m)), p in zip(asked, adjusted(tests), strict=True):
        if abs(a / n - b / m) >= APART and p < CHANCE:
            low, high = _difference(a, n, b, m)
            found = {"shares": _rounded(a / n, b / m), "difference": round(a / n - b / m, 6), "interval": _rounded(low, high)}
            told.setdefault(name, {})[f"{left} → {right}"] = found | {"p": p}
    for name, apart in told.items():
        said = "; ".join(f"{pair}: {each['shares'][0]:.1%} and {each['shares'][1]:.1%}" for pair, each in apart.items())
        splits = tuple(dict.fromkeys(split for pair in apart for split in pair.split(" → ")))
        message = f"different shares of missing values: {said}"
        yield Effect(column=name, splits=splits, message=message, count=len(apart), evidence={"pairs": apart})


def _difference(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """The 95 % interval of a/n - b/m from Wilson's of each: method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998), 873-890."""
    p, q, (low, high), (lower, higher) = a / n, b / m, wilson(a, n), wilson(b, m)
    return p - q - math.hypot(p - low, higher - q), p - q + math.hypot(high - p, q - lower)


def constant(sheet: Sheet) -> Iterator[Effect]:
    """Columns with one value in every record."""
    for name in sheet.names:
        column, rows = sheet.pooled(name)
        nested = sum(map(column.of, ("object", "array", "binary", "other")))
        if rows >= FEWEST and column.present == rows and column.distinct == 1 and not nested and not _form(column, "empty"):
            yield Effect(column=name, splits=(), message=f"the same value in all {rows:,} records", count=rows, evidence={"records": rows})


def nearly_constant(sheet: Sheet) -> Iterator[Effect]:
    """Columns with one value in almost every record."""
    for name in sheet.names:
        column, rows = sheet.pooled(name)
        if rows < LARGE or column.distinct < 2:
            continue
        counts = (column.numbers.counts[column.numbers.alone], column.strings.counts, column.times.counts[column.times.alone])
        most = max(column.true, column.of("boolean") - column.true, *(int(each.max(initial=0)) for each in counts))
        if most >= NEARLY * rows:
            evidence = {"records": rows, "with_it": most, "share": round(most / rows, 6), "interval": _rounded(*wilson(most, rows))}
            message = f"one value in {most:,} of {rows:,} records, {column.distinct - 1:,} other{'s' * (column.distinct > 2)} in the rest"
            yield Effect(column=name, splits=(), message=message, count=rows - most, evidence=evidence)


def mixed(sheet: Sheet, read: Mapping[str, bool]) -> Iterator[Effect]:
    """Columns with values of several types; of the splits that are `read` from texts those in which a tenth at most is odd."""
    for name in sheet.names:
        rows = {}
        for split, columns in sheet.splits.items():
            types = _odd(columns[name]) if name in columns and read[split] else _types(columns[name]) if name in columns else {}
            if len(types) > 1:
                rows[split] = types
        if rows:
            counts = {split: ", ".join(f"{count:,} {kind}" for kind, count in types.items()) for split, types in rows.items()}
            said = "; ".join(f"{each} in {split}" for split, each in counts.items())
            count = sum(sum(types.values()) - max(types.values()) for types in rows.values())
            yield Effect(column=name, splits=tuple(rows), message=f"mixed types: {said}", count=count, evidence={"types": rows})


def _types(column: Column) -> dict[str, int]:
    """How many values are of which type, the commonest first."""
    counts = {kind: column.of(kind) for kind in accumulators.KINDS if kind != "integer"}
    counts["number"] += column.of("integer")
    return dict(sorted(((kind, count) for kind, count in counts.items() if count), key=lambda item: (-item[1], item[0])))


def _odd(column: Column) -> dict[str, int]:
    """The same of cells that are all texts, by how they read; nothing where they are texts for the most part. Codes such as 00501 are odd
    among dates, but not among numbers: a column of codes has numbers, too.
    """
    forms = {"number": _form(column, "integer", "number"), "date": _form(column, "date", "datetime")}
    null = int(column.strings.tokens.sum()) + _form(column, "empty")
    kind = max(forms, key=lambda each: (forms[each], each))
    others = column.of("string") - forms[kind] - null - (_form(column, "code") if kind == "number" else 0)
    return {kind: forms[kind], "other": others} if 0 < others <= ODD * (forms[kind] + others) else {}


def is_measure(column: Column) -> bool:
    """Whether most values are numbers or dates, or read as such."""
    measured = column.of("integer") + column.of("number") + column.of("time") + _form(column, "integer", "number", "date", "datetime")
    return 2 * measured >= max(column.present, 1)


def null_tokens(sheet: Sheet) -> Iterator[Effect]:
    """Columns with texts that say that there is no value."""
    for name in sheet.names:
        column, rows = sheet.pooled(name)
        meant = [place for place, token in enumerate(TOKENS) if token not in WORDS or is_measure(column)]
        counts = {TOKENS[place]: int(column.strings.tokens[place]) for place in meant if column.strings.tokens[place]}
        total = sum(counts.values())
        if total:
            said = ", ".join(f"{token!r} {count:,} times" if count > 1 else f"{token!r} once" for token, count in counts.items())
            evidence = {"tokens": counts, "records": rows, "share": round(total / rows, 6), "interval": _rounded(*wilson(total, rows))}
            yield Effect(column=name, splits=(), message=f"null in letters: {said}", count=total, evidence=evidence)


def categories(sheet: Sheet) -> Iterator[tuple[str, Column, int]]:
    """The columns of few different texts, as far as these may be looked at: names, columns of all splits, and their records."""
    for name in sheet.names:
        column, rows = sheet.pooled(name)
        strings = column.strings
        many = strings.cut or len(strings.hashes) > min(CATEGORIES, column.of("string") / 10)
        if not many and not is_measure(column) and strings.texts.null_count < len(strings.texts):
            yield name, column, rows


def variants(sheet: Sheet) -> Iterator[Effect]:
    """Categories with values that differ in case or white space alone."""
    for name, column, rows in categories(sheet):
        groups: dict[str, list[tuple[int, str]]] = {}
        for text, count in zip(column.strings.texts.to_pylist(), column.strings.counts.tolist(), strict=True):
            if text is not None:
                groups.setdefault(" ".join(text.split()).casefold(), []).append((count, text))
        several = [sorted(some, key=lambda each: (-each[0], each[1])) for _, some in sorted(groups.items()) if len(some) > 1]
        count = sum(sum(times for times, _ in some[1:]) for some in several)
        if several:
            plural = "s" * (len(several) > 1)
            message = f"{len(several):,} value{plural} written in several ways, the rarer ones in {count:,} of {rows:,} records"
            shown = [[{"value": text, "records": times} for times, text in some] for some in several]
            evidence = {"variants": shown, "share": round(count / rows, 6), "interval": _rounded(*wilson(count, rows))}
            yield Effect(column=name, splits=(), message=message, count=count, evidence=evidence)


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Fences:
    """Where the numbers of a column become outlying: below `low` and above `high`; how they are spread."""

    low: float
    high: float
    median: float
    deviation: float
    quartiles: tuple[float, float]
    count: int


def fences(column: Column) -> Fences | None:
    """The fences of a column of numbers, which both measures and, where all numbers are positive, those of their logarithms must exceed
    (of counts, which are whole and may be 0, the logarithms of one more); None where there are too few numbers, or half of them are equal.
    """
    found = column.all_numbers
    if found.count < USUAL:
        return None
    plain = _fences(found.values(), found.counts)
    one = float(found.low == 0 and all(not np.any(np.mod(numbers_of(each), 1)) for each in (found.lows, found.highs)))
    if plain is None or found.low + one <= 0:
        return plain
    scaled = _fences(np.log(found.values() + one), found.counts)
    if scaled is None:
        return None
    low, high = min(plain.low, math.exp(scaled.low) - one), max(plain.high, _exp(scaled.high) - one)
    return Fences(low=low, high=high, **{name: getattr(plain, name) for name in ("median", "deviation", "quartiles", "count")})


def _exp(number: float) -> float:
    return math.exp(number) if number < 700 else math.inf


def _fences(values: Any, counts: Any) -> Fences | None:
    total = int(counts.sum())
    first, median, third = (float(values[np.searchsorted(np.cumsum(counts), share * total)]) for share in (0.25, 0.5, 0.75))
    away = np.abs(values - median)
    order = np.argsort(away, kind="stable")
    deviation = float(away[order][np.searchsorted(np.cumsum(counts[order]), total / 2)]) / 0.6744897501960817
    if not deviation or not math.isfinite(third - first):
        return None
    far = max(FAR, normal_quantile(1 - 0.025 / total))
    low, high = median - far * deviation, median + far * deviation
    whisker = WHISKER * (third - first)
    return Fences(
        low=min(low, first - whisker),
        high=max(high, third + whisker),
        median=median,
        deviation=deviation,
        quartiles=(first, third),
        count=total,
    )
