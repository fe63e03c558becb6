"""What one column is learnt to be: type, format, missing values, uniqueness, its set of values, ranges, lengths and shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.dataset import is_json, tokens
from auditor.inference import shapes, tails
from auditor.inference.formats import format_of
from auditor.kernels import columns
from auditor.kernels.columns import Column
from auditor.kernels.columns_strings import FORMS
from auditor.kernels.statistics_intervals import wilson
from auditor.model import Json

ENOUGH = 1000
"""Records from which on what was never seen is taken for what must not be: the true share is below 3 in n, with 95 % certainty (the rule
of three, Hanley and Lippman-Hand, 1983).
"""

RARE = 0.05
"""The share of missing values up to which they are tolerated; a column with more may lack values."""

LIKELY = 0.99
"""The share of texts that are of a format, or read as numbers, from which on the column is said to be of it."""

UNSEEN, LEAST, VALUES = 0.001, 10, 200
"""A set of values is closed if the share of values that were not seen is estimated below UNSEEN (values seen once, of all: Good, 1953), no
value was seen less than LEAST times, and there are at most VALUES.
"""

CLOSED = frozenset({"language", "spdx"})
"""Formats of which a column may hold a closed set of values: there will be other days and addresses."""

ONE_SIDED = 1.6448536269514722
"""The quantile of the standard normal variable for a bound of 95 % on one side."""

KEYS = frozenset({"id", "uuid", "guid", "key", "index", "idx", "rowid"})
"""Names of columns that name the record; also as `record_id` and the like where numbers are dense."""


SPOILT = (r"^\s", r"\s$", "Ã[\u0080-\u00bf]|Â[\u0080-\u00bf]|â€|\ufffd", r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""White space at an end, UTF-8 that was read as Latin-1 or replaced, and control characters: what texts have not by intention."""


GOING_ON = frozenset(
    {"time", "timestamp", "ts", "epoch", "date", "year", "day", "created", "updated", "modified", "seq", "sequence", "version"}
)
"""Names of columns whose numbers grow with time: what comes next lies beyond all that was seen."""


@dataclass(slots=True, kw_only=True)
class Learned:
    """What was learnt of a column: the keys of a rule file and, for each, what it rests on; the share of records that may break them."""

    name: str
    rules: dict[str, Json] = field(default_factory=dict)
    grounds: dict[str, str] = field(default_factory=dict)
    tolerate: float = 0.0

    def add(self, key: str, value: Json, ground: str) -> None:
        """One more key."""
        self.rules[key], self.grounds[key] = value, ground


def upper(count: int, total: int) -> float:
    """The share below which the true one lies with 95 % certainty (Wilson), rounded up to two digits."""
    bound = wilson(count, total, ONE_SIDED)[1]
    return float(np.format_float_positional(min(1.0, bound * 1.005), precision=2, fractional=False)) if total else 1.0


def learn(field_: pa.Field, values: pa.ChunkedArray, typed: bool, share: float) -> Learned:
    """What a column is, from the values to learn from; at most a `share` of records of the same kind is to break what is said."""
    found = Learned(name=field_.name)
    chunks = [columns.observed(chunk, nested=is_json(field_), numeric=not typed) for chunk in values.chunks]
    seen, total = columns.merged(chunks), len(values)
    if not seen.present:
        return found
    missing = total - seen.present
    tolerated = upper(missing, total) if missing or total < ENOUGH else 0.0
    if missing <= RARE * total:
        found.add("nullable", False, f"{missing:,} of {total:,} are missing")
        found.tolerate = tolerated
    elif total < ENOUGH:
        found.tolerate = upper(0, seen.present)
    kind = _type(field_, seen, typed)
    if kind is not None:
        found.add("type", kind[0], f"{kind[1]:,} of {seen.present:,} are")
        if kind[1] < seen.present:
            found.tolerate = max(found.tolerate, upper(seen.present - kind[1], seen.present))
    _values(found, field_, values, seen, typed, share)
    return found


def _values(found: Learned, field_: pa.Field, values: pa.ChunkedArray, seen: Column, typed: bool, share: float) -> None:
    numbers, texts = seen.all_numbers, seen.of("string") == seen.present
    numeric = numbers.count >= LIKELY * seen.present
    form = format_of(field_.name, seen, typed) if texts and not numeric else None
    if form is not None:
        found.add("format", form[0], f"{form[1]:,} of {seen.present:,} are")
        found.tolerate = max(found.tolerate, upper(seen.present - form[1], seen.present) if form[1] < seen.present else 0.0)
    unique = _unique(field_.name, values, seen, form[0] if form else "")
    if unique:
        found.add("unique", True, unique)
    if seen.present < ENOUGH or seen.of("object") or seen.of("array"):
        return
    closed = _closed(seen, numeric) if form is None or form[0] in CLOSED else None
    if closed is not None:
        found.add("enum", closed[0], closed[1])
    elif numeric and not unique and not GOING_ON & {*tokens(field_.name)}:
        whole = numbers.count == seen.of("integer") + int(seen.strings.forms[FORMS.index("integer")])
        low, high = tails.ends(numbers, share, whole)
        _between(found, "range", (low, None if _goes_on(seen) else high), numbers.count)
    elif texts and form is None and not numeric:
        _shaped(found, seen, share)
        _clean(found, values, seen)


def _type(field_: pa.Field, seen: Column, typed: bool) -> tuple[str, int] | None:
    """The type of a column, and how many values are of it; None where they are mixed, or texts in a table of texts."""
    whole, numbers = seen.of("integer"), seen.of("integer") + seen.of("number")
    floating = pa.types.is_floating(field_.type) or pa.types.is_decimal(field_.type)
    kinds = {
        "boolean": seen.of("boolean"),
        "integer": 0 if floating else whole,
        "number": numbers,
        "text": seen.of("string") if typed else 0,
        "object": seen.of("object"),
        "list": seen.of("array"),
        "date" if pa.types.is_date(field_.type) else "datetime": seen.of("time"),
    }
    if not typed:
        forms = dict(zip(FORMS, seen.strings.forms.tolist(), strict=True))
        kinds |= {"integer": forms["integer"], "number": forms["integer"] + forms["number"]}
    least = seen.present if typed else LIKELY * seen.present
    return next(((kind, count) for kind, count in kinds.items() if count and count >= least), None)


def _unique(name: str, values: pa.ChunkedArray, seen: Column, form: str) -> str:
    """Why no two records have the same value and none ever should, or "" where that is chance or not so."""
    if seen.present < 2 or seen.of("object") or seen.of("array") or seen.of("number") or seen.of("boolean") or seen.of("time"):
        return ""
    if (seen.exact and seen.distinct < seen.present) or pc.count_distinct(values, mode="only_valid").as_py() < seen.present:
        return ""
    if form in {"uuid", "sha256", "sha1", "md5"}:
        return f"{seen.present:,} values, all different, of the format {form}"
    room = _room(values, seen)
    if room and seen.present**2 / (2 * room) >= tails.EXPECTED:
        return f"{seen.present:,} numbers among {room:,.0f}, all different"
    named = tokens(name)
    if named and named[-1] in KEYS and (len(named) == 1 or named[0] in {"record", "row", "example", "sample", "item"}):
        return f"{seen.present:,} values, all different, in a column of that name"
    return ""


def _room(values: pa.ChunkedArray, seen: Column) -> float:
    """From how many integers the values are taken, or the digits in texts that are alike but for them; 0 where that is not known."""
    numbers = seen.all_numbers
    if numbers.count == seen.present:
        return numbers.high - numbers.low + 1
    if seen.of("string") < seen.present or seen.strings.lengths.high > 64:
        return 0
    if pc.count_distinct(pc.replace_substring_regex(values, "[0-9]+", "0")).as_py() > 1:
        return 0
    digits = pc.replace_substring_regex(values, "[^0-9]+", "")
    if pc.max(pc.binary_length(digits)).as_py() > 18 or pc.count_distinct(digits).as_py() < seen.present:
        return 0
    ends = pc.min_max(pc.cast(digits, pa.int64())).as_py()
    return float(ends["max"] - ends["min"] + 1)


def _closed(seen: Column, numeric: bool) -> tuple[list[Json], str] | None:
    """The set of all values a column has, and what it rests on; None where there may be others."""
    if not seen.exact or seen.distinct > VALUES or seen.of("boolean") or seen.of("time"):
        return None
    top = seen.top(VALUES + 1)
    counts = [count for _, count in top]
    if sum(counts) < seen.present or len(top) < 2 or counts[-1] < LEAST or counts.count(1) > UNSEEN * seen.present:
        return None
    if numeric:
        return None if not _coded(seen) else (_sorted_numbers(seen), _ground(seen, counts))
    return sorted(str(value) for value, _ in top), _ground(seen, counts)


def _coded(seen: Column) -> bool:
    """Whether numbers are codes or marks: few integers in a row, with no tail on either side."""
    numbers = seen.all_numbers
    counts, values = numbers.counts, numbers.values()
    in_row = len(values) <= 32 and bool((np.diff(values) == 1).all() and (values == np.floor(values)).all()) and not numbers.nans
    return in_row and bool(min(counts[0], counts[-1]) * 5 * len(values) >= counts.sum())


def _goes_on(seen: Column) -> bool:
    """Whether numbers count on with the records that come: integers that are all there, of which the last are not rare."""
    numbers = seen.all_numbers
    values, counts = numbers.values(), numbers.counts
    room = numbers.high - numbers.low + 1
    if not numbers.exact or (numbers.low >= 0 and numbers.high <= 100) or len(values) < 0.9 * room or (values != np.floor(values)).any():
        return False
    return bool(min(counts[:3].sum(), counts[-3:].sum()) * 5 * len(values) >= 3 * counts.sum())


def _sorted_numbers(seen: Column) -> list[Json]:
    return [int(value) for value in seen.all_numbers.values().tolist()]


def _ground(seen: Column, counts: list[int]) -> str:
    return f"{len(counts)} values in {seen.present:,}, the rarest {counts[-1]:,} times"


def _between(found: Learned, key: str, ends: tuple[float | None, float | None], count: int) -> None:
    if ends != (None, None):
        found.add(key, [None if each is None else int(each) if each.is_integer() else each for each in ends], f"the tails of {count:,}")


def _shaped(found: Learned, seen: Column, share: float) -> None:
    """A regular expression, or at least a length."""
    texts = seen.strings
    counted = [(text, count) for text, count in zip(texts.texts.to_pylist(), texts.counts.tolist(), strict=True)]
    if len(counted) >= 20 and all(text is not None for text, _ in counted):
        pattern = shapes.pattern(counted)
        if pattern is not None:
            found.add("regex", pattern, f"{len(counted):,} different values have this shape")
            return
    low, high = tails.ends(texts.lengths, share, True)
    least = 1.0 if texts.lengths.low >= 1 else None  # no text was empty (the rule of three)
    _between(found, "length", (low if low is not None and low > 0 else least, high), texts.lengths.count)


def _clean(found: Learned, values: pa.ChunkedArray, seen: Column) -> None:
    """What spoils texts and was seen in none of them."""
    if "regex" in found.rules:
        return
    parts = [part for part in SPOILT if not pc.any(pc.match_substring_regex(values, part)).as_py()]
    if parts:
        found.add("excludes", "|".join(parts), f"in none of {seen.present:,}")


def grounds(learned: Mapping[str, Learned]) -> Iterator[tuple[str, str]]:
    """What each rule rests on, by `column.key`."""
    for each in learned.values():
        yield from ((f"{each.name}.{key}", ground) for key, ground in each.grounds.items())
