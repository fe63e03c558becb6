"""Accumulators of columns: what stands in a column, of which kinds, how often and how large; any two can be merged, and what comes out
depends on nothing but the multiset of values: not on batches, shards, their order or workers.

As Arrow (`TYPE`, `as_arrow`, `of_arrow`) they cross process borders. What is in one:
- `present`: how many values there are. A split's missing ones are its records less these: null, and in JSON a key that is not there.
- `stored`: the Arrow types of columnar files, as texts (empty for CSV and JSON, which store none).
- `kinds`: counts by KINDS. An integer is a number without a fraction, whatever it is stored as. `true` counts true booleans, `large`
  integers beyond 2^53, which no float64 tells apart: these stand in `strings` too.
- `numbers` and `times` (columns_numbers.Numbers): stored numbers, and stored dates and times in microseconds from 1970 UTC.
- `strings` (columns_strings.Strings): texts, with counts of their forms and of null tokens, lengths in code points, the numbers and
  dates that they read as (numbers only where cells have no types: CSV), and a table of values with exact counts.
`all_numbers` and `all_times` are what was stored and what was read together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.kernels import columns_numbers, columns_strings
from auditor.kernels.columns_numbers import EXACT, NOTHING, Numbers, counted, numbers_of
from auditor.kernels.columns_strings import Strings
from auditor.kernels.sets import I64

KINDS = ("boolean", "integer", "number", "string", "object", "array", "time", "binary", "other")
"""What values are: the types of JSON; dates and timestamps; bytes; and what else columnar files hold (durations, intervals, ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What stands in a column; the module says what the fields are. `kinds` is int64 of shape (len(KINDS),)."""

    present: int = 0
    kinds: I64
    true: int = 0
    large: int = 0
    stored: tuple[str, ...] = ()
    numbers: Numbers = NOTHING
    times: Numbers = NOTHING
    strings: Strings

    def of(self, kind: str) -> int:
        """How many values of this kind there are."""
        return int(self.kinds[KINDS.index(kind)])

    @property
    def all_numbers(self) -> Numbers:
        """The numbers, those that texts read as included."""
        return columns_numbers.merged([part for part in (self.numbers, self.strings.numbers) if part.amount] or [NOTHING])

    @property
    def all_times(self) -> Numbers:
        """The times, those that texts read as included."""
        return columns_numbers.merged([part for part in (self.times, self.strings.times) if part.amount] or [NOTHING])

    @property
    def distinct(self) -> int:
        """How many different values there are, nested and binary ones left out (estimated with 1.6 % where not `exact`)."""
        booleans = (self.true > 0) + (self.of("boolean") > self.true)
        numbers = self.numbers.distinct
        if self.large:  # they are counted among the strings
            small = int((np.abs(numbers_of(self.numbers.cells)) <= EXACT).sum())
            numbers = small if self.numbers.exact else max(0, numbers - self.strings.distinct)
        return booleans + numbers + (self.numbers.nans > 0) + self.times.distinct + self.strings.distinct

    @property
    def exact(self) -> bool:
        """Whether each value is counted by itself: `distinct` is no estimate, and `top` lists all that are frequent."""
        return self.numbers.exact and self.times.exact and not self.strings.cut

    def top(self, most: int) -> list[tuple[str | float | bool, int]]:
        """Up to `most` values with their counts, the most frequent first, then by their text; a text that was withheld is left out.

        Where the column is not `exact`, they are the most frequent of those that are counted by themselves.
        """
        found: list[tuple[str | float | bool, int]] = [(True, self.true), (False, self.of("boolean") - self.true)]
        alone = np.flatnonzero(self.numbers.alone)
        alone = alone[np.argsort(-self.numbers.counts[alone], kind="stable")][:most]
        numbers, counts = numbers_of(self.numbers.lows[alone]).tolist(), self.numbers.counts[alone].tolist()
        found += [each for each in zip(numbers, counts, strict=True) if not self.large or abs(each[0]) <= EXACT]
        texts = self.strings
        some = np.flatnonzero(texts.counts >= np.sort(texts.counts)[-most:].min(initial=0))
        found += zip(texts.texts.take(pa.array(some)).to_pylist(), texts.counts[some].tolist(), strict=True)
        ranked = sorted((each for each in found if each[0] is not None and each[1]), key=lambda each: (-each[1], str(each[0])))
        return ranked[:most]


def nothing() -> Column:
    """The accumulator of no value."""
    return Column(kinds=np.zeros(len(KINDS), np.int64), strings=columns_strings.nothing())


def observed(values: pa.Array, *, nested: bool = False, numeric: bool = False, stored: bool = False, shown: bool = True) -> Column:
    """What stands in an Arrow array.

    `nested`: its strings are JSON texts; `numeric`: texts that read as numbers count as numbers; `stored`: its type is the file's own;
    `shown`: the texts of values may be kept.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    names = (str(kind),) if stored and not pa.types.is_null(kind) else ()
    values = values.drop_null()
    if not len(values):
        return Column(kinds=np.zeros(len(KINDS), np.int64), strings=columns_strings.nothing(), stored=names)
    found = _json(values, shown) if nested else _plain(values, numeric, shown)
    return _column(len(values), found, names)


def veiled(values: pa.Array, *, nested: bool = False) -> Column:
    """What may be known of an array whose values are sensitive: counts by kind, and by the hash of their texts (of truth values, all)."""
    seen = observed(values, nested=nested, shown=False)
    if not any(map(seen.of, ("integer", "number", "string", "time"))):
        return replace(seen, strings=columns_strings.nothing())
    hashes = columns_strings.observed(values.drop_null().cast(pa.large_string()), False, False)
    strings = replace(hashes, forms=np.zeros_like(hashes.forms), tokens=np.zeros_like(hashes.tokens), lengths=NOTHING, times=NOTHING)
    return replace(seen, true=0, large=0, numbers=NOTHING, times=NOTHING, strings=strings)


def _column(present: int, found: Mapping[str, Any], stored: tuple[str, ...] = ()) -> Column:
    """A column of what was found: counts by kind, and accumulators."""
    kinds = np.array([found.get(kind, 0) for kind in KINDS], np.int64)
    given = {field.name: found[field.name] for field in fields(Column) if field.name in found and field.name not in KINDS}
    return Column(**{"strings": columns_strings.nothing(), "present": present, "kinds": kinds, "stored": stored, **given})


def _plain(values: pa.Array, numeric: bool, shown: bool) -> dict[str, Any]:
    """What stands in an array without nulls, by the names of kinds and of fields."""
    kind, is_ = values.type, pa.types
    if is_.is_boolean(kind):
        return {"boolean": len(values), "true": pc.sum(values).as_py()}
    if is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind):
        return {"string": len(values), "strings": columns_strings.observed(values.cast(pa.large_string()), numeric, shown)}
    if is_.is_integer(kind):
        return _integers(values, shown)
    if is_.is_floating(kind) or is_.is_decimal(kind):
        numbers = values.cast(pa.float32()) if is_.is_float16(kind) else values
        floats = numbers.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        whole = int((np.floor(floats) == floats)[np.isfinite(floats)].sum())
        return {"integer": whole, "number": len(values) - whole, "numbers": counted(floats)}
    if is_.is_timestamp(kind) or is_.is_date(kind):
        moments = values.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(pa.int64())
        return {"time": len(values), "times": counted(moments.to_numpy().astype(np.float64))}
    if is_.is_struct(kind) or is_.is_map(kind):
        return {"object": len(values)}
    if is_.is_list(kind) or is_.is_large_list(kind) or is_.is_fixed_size_list(kind) or is_.is_list_view(kind):
        return {"array": len(values)}
    return {"binary" if "binary" in str(kind) else "other": len(values)}


def _integers(values: pa.Array, shown: bool) -> dict[str, Any]:
    whole = values.to_numpy(zero_copy_only=False)
    large = (whole > EXACT) | (whole < -EXACT) if whole.itemsize == 8 else np.zeros(0, np.bool_)
    found = {"integer": len(whole), "numbers": counted(whole.astype(np.float64)), "large": int(large.sum())}
    if found["large"]:
        texts = values.filter(pa.array(large)).cast(pa.large_string())
        found["strings"] = columns_strings.observed(texts, False, shown)
    return found


def _json(values: pa.Array, shown: bool) -> dict[str, Any]:
    """What stands in an array of JSON texts: what begins like an object or array is one, the rest is parsed."""
    first = pc.utf8_slice_codeunits(values.cast(pa.large_string()), 0, 1)
    found: dict[str, Any] = {kind: pc.sum(pc.equal(first, mark)).as_py() for kind, mark in (("object", "{"), ("array", "["))}
    others = values.filter(pc.invert(pc.is_in(first, value_set=pa.array(["{", "["], pa.large_string()))))
    scalars = [json.loads(text) for text in others.to_pylist()]
    texts = [each for each in scalars if isinstance(each, str)]
    booleans = [each for each in scalars if isinstance(each, bool)]
    numbers = [each for each in scalars if isinstance(each, int | float) and not isinstance(each, bool)]
    whole = [each for each in numbers if float(each).is_integer()]
    large = [str(each) for each in numbers if isinstance(each, int) and abs(each) > EXACT]
    found |= {"boolean": len(booleans), "true": sum(booleans), "string": len(texts), "large": len(large)}
    found |= {"integer": len(whole), "number": len(numbers) - len(whole), "numbers": counted(np.array(numbers, np.float64))}
    parts = [columns_strings.observed(pa.array(some, pa.large_string()), False, shown) for some in (texts, large)]
    return {**found, "strings": columns_strings.merged(parts)}


def merged(parts: Sequence[Column]) -> Column:
    """All that stands in the parts."""
    if len(parts) == 1:
        return parts[0]
    sums = {name: sum(getattr(part, name) for part in parts) for name in ("present", "true", "large")}
    return Column(
        numbers=columns_numbers.merged([part.numbers for part in parts]),
        times=columns_numbers.merged([part.times for part in parts]),
        kinds=np.sum([nothing().kinds, *(part.kinds for part in parts)], axis=0),
        stored=tuple(sorted({name for part in parts for name in part.stored})),
        strings=columns_strings.merged([part.strings for part in parts]),
        **sums,
    )


# ── as Arrow ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_COUNTS = pa.list_(pa.int64())
_HASHES = pa.list_(pa.uint64())
_NUMBERS = pa.struct(
    {
        **dict.fromkeys(("bits", "nans", "infinities"), pa.int64()),
        **dict.fromkeys(("total", "squares"), pa.string()),
        **dict.fromkeys(("cells", "lows", "highs", "sample"), _HASHES),
        "counts": _COUNTS,
    }
)
_STRINGS = pa.struct(
    {
        "hashes": _HASHES,
        "texts": pa.large_list(pa.large_string()),
        "cut": pa.bool_(),
        **dict.fromkeys(("counts", "forms", "tokens"), _COUNTS),
        **dict.fromkeys(("lengths", "numbers", "times"), _NUMBERS),
    }
)
TYPE = pa.struct(
    {
        **dict.fromkeys(("present", "true", "large"), pa.int64()),
        "kinds": _COUNTS,
        "stored": pa.list_(pa.string()),
        **dict.fromkeys(("numbers", "times"), _NUMBERS),
        "strings": _STRINGS,
    }
)
"""The Arrow type of a Column: structs of the fields. Sums are hexadecimal; `lows` and `highs` are empty where they are the cells."""


def as_arrow(columns: Sequence[Column]) -> pa.StructArray:
    """Columns as an array of `TYPE`."""
    return _array(columns, TYPE)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_struct(kind):
        parts = [_array([_part(value, field.name) for value in values], field.type) for field in kind]
        return pa.StructArray.from_arrays(parts, fields=list(kind))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        offsets = np.cumsum([0, *map(len, values)])
        flat = [each if isinstance(each, pa.Array) else pa.array(each, kind.value_type) for each in values]
        lists = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
        whole = pa.concat_arrays(flat or [pa.array([], kind.value_type)])
        return lists.from_arrays(pa.array(offsets, pa.int64() if lists is pa.LargeListArray else pa.int32()), whole, type=kind)
    return pa.array(values, kind)


def _part(value: Any, name: str) -> Any:
    part = getattr(value, name)
    if isinstance(value, Numbers):
        if name in {"total", "squares"}:
            return format(part, "x")
        return part[:0] if value.exact and name in {"lows", "highs"} else part
    return part


def of_arrow(columns: pa.StructArray) -> list[Column]:
    """The columns of an array of `TYPE`; what is large in them stays where the array lies."""
    return [_read(scalar, Column) for scalar in columns]


def _read(scalar: pa.StructScalar, kind: Any) -> Any:
    found: dict[str, Any] = {}
    for field in scalar.type:
        part = scalar[field.name]
        if field.type == _NUMBERS:
            found[field.name] = _read(part, Numbers)
        elif field.type == _STRINGS:
            found[field.name] = _read(part, Strings)
        elif field.name == "texts":
            found[field.name] = part.values
        elif field.type in (_COUNTS, _HASHES):
            found[field.name] = part.values.to_numpy()
        else:
            found[field.name] = part.as_py()
    if kind is Numbers:
        found |= {name: int(found[name], 16) for name in ("total", "squares")}
        if found["bits"] == 64:
            found |= {"lows": found["cells"], "highs": found["cells"]}
    if kind is Column:
        found["stored"] = tuple(found["stored"])
    return kind(**found)
