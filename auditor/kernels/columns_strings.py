"""Accumulators of texts: how often each value stands in a column, by hash, and what values look like (numbers, dates, null tokens, ...).

A column keeps the VALUES values with the smallest hashes, each with its exact count: all of them while there are no more, else a sample
of the different values that depends on nothing but the values (a value among the smallest of the whole is among the smallest of every
part). The text of a value is kept up to SHORT bytes.

The hash of a text of n bytes, in little-endian words w_i of 8 (the last padded with zeros), is fmix64 of the sum of
(w_i ^ w_i >> 29) * r_i, plus n * LENGTH, modulo 2^64, where r_i is fmix64(i + 1) made odd; that of a text of more than LONG bytes is
the first 8 of its SHA-1. Texts of which it is the same count as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.kernels import columns_numbers
from auditor.kernels.columns_numbers import NOTHING, Numbers, counted, spread
from auditor.kernels.hashes import LENGTH, fmix64
from auditor.kernels.sets import I64, U64, spans
from auditor.kernels.texts import Texts, of_arrow

VALUES = 4096
"""How many values of a column are kept at most."""

SHORT = 64
"""Bytes up to which the text of a value is kept."""

LONG = 256
"""Bytes from which on a text is hashed by itself."""

_CHUNK = 1 << 19
"""Bytes of text that are hashed at a time: they stay in the processor's cache."""

TOKENS = (
    *("NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "NULL", "Null", "null", "None", "none", "NONE", "nil", "-", "--", "?", ".", "#N/A"),
    *("<NA>", "\\N", "(null)", "undefined", "missing", "unknown"),
)
"""Texts that often stand for a missing value; `Strings.tokens` counts them in this order."""

BOOLEANS = tuple(spelled for word in ("true", "false", "yes", "no") for spelled in (word, word.capitalize(), word.upper()))

FORMS = ("empty", "padded", "integer", "number", "code", "boolean", "date", "datetime", "long")
"""What `Strings.forms` counts: texts of no byte; with ASCII white space at an end; that read as an integer, as a number that is none, as
a code (digits with leading zeros, which are no integer), as a boolean, as a date or as a date with a time (ISO 8601); of more than SHORT
bytes.
"""

_NUMBER = r"^[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_BROKEN = r"[.eE]"
_CODE = r"^0[0-9]+$"
_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_DATETIME = _DATE[:-1] + r"[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strings:
    """The texts of a column: the smallest `hashes` (uint64, ascending), how often each value stands there (`counts`, int64) and what it is
    (`texts`: large strings, null where it is long or withheld). `cut` says that there are more values than these. `forms` and `tokens`
    (int64) count as FORMS and TOKENS say. `lengths` are code points; `numbers` those that texts read as (where asked for), `times` the
    dates, in microseconds from 1970 UTC.
    """

    hashes: U64
    counts: I64
    texts: pa.LargeStringArray
    cut: bool
    forms: I64
    tokens: I64
    lengths: Numbers
    numbers: Numbers
    times: Numbers

    @property
    def distinct(self) -> int:
        """How many different values there are: exact up to VALUES, else estimated with a standard error of 1.6 %."""
        return spread(self.hashes) if self.cut else len(self.hashes)


def nothing() -> Strings:
    """The accumulator of no text."""
    return Strings(
        hashes=np.zeros(0, np.uint64),
        counts=np.zeros(0, np.int64),
        texts=pa.array([], pa.large_string()),
        cut=False,
        forms=np.zeros(len(FORMS), np.int64),
        tokens=np.zeros(len(TOKENS), np.int64),
        lengths=NOTHING,
        numbers=NOTHING,
        times=NOTHING,
    )


def observed(texts: pa.LargeStringArray, numeric: bool, shown: bool) -> Strings:
    """What there is of texts (without nulls). `numeric`: texts that read as numbers count as such; `shown`: the texts of values may be
    kept.
    """
    if not len(texts):
        return nothing()
    if texts.nbytes > len(texts) * (SHORT + 8):
        weights = np.ones(len(texts), np.int64)
    else:
        encoded = texts.dictionary_encode()
        texts = encoded.dictionary
        weights = np.bincount(encoded.indices.to_numpy(), minlength=len(texts))
    lain = of_arrow(texts)
    hashes, sizes = hashed(lain), lain.sizes
    looks = _Looks(texts, lain, weights)
    numbers, times = looks.numbers(numeric), looks.times()
    order = np.argsort(hashes)
    found = _kept(hashes[order], weights[order], order)
    kept = texts.take(pa.array(found[2]))
    withheld = sizes[found[2]] > SHORT if shown else np.ones(len(found[2]), np.bool_)
    return Strings(
        hashes=found[0],
        counts=found[1],
        texts=pc.if_else(pa.array(withheld), pa.scalar(None, pa.large_string()), kept),
        cut=found[3],
        forms=looks.forms,
        tokens=looks.tokens(),
        lengths=counted(pc.utf8_length(texts).to_numpy().astype(np.float64), weights),
        numbers=numbers,
        times=times,
    )


def merged(parts: Sequence[Strings]) -> Strings:
    """All texts of the parts."""
    if len(parts) == 1:
        return parts[0]
    parts = parts or [nothing()]
    hashes = np.concatenate([part.hashes for part in parts])
    order = np.argsort(hashes, kind="stable")
    found = _kept(hashes[order], np.concatenate([part.counts for part in parts])[order], order)
    texts = pa.chunked_array([part.texts for part in parts], pa.large_string())
    measures = {name: columns_numbers.merged([getattr(part, name) for part in parts]) for name in ("lengths", "numbers", "times")}
    return Strings(
        hashes=found[0],
        counts=found[1],
        texts=texts.take(pa.array(found[2])).combine_chunks(),
        cut=found[3] or any(part.cut for part in parts),
        forms=np.sum([part.forms for part in parts], axis=0),
        tokens=np.sum([part.tokens for part in parts], axis=0),
        **measures,
    )


def _kept(hashes: U64, counts: I64, order: I64) -> tuple[U64, I64, I64, bool]:
    """Of sorted hashes the VALUES smallest, each once with the sum of its counts and its first place in `order`; whether there are more."""
    first = np.flatnonzero(np.concatenate([np.ones(min(1, len(hashes)), np.bool_), hashes[1:] != hashes[:-1]]))
    if len(first) < len(hashes):
        counts = np.add.reduceat(counts, first)
    kept = first[:VALUES]
    return hashes[kept], counts[:VALUES], order[kept], len(first) > VALUES


@cache
def _factors() -> U64:
    return fmix64(np.arange(1, LONG // 8 + 1, dtype=np.uint64)) | np.uint64(1)


def hashed(texts: Texts) -> U64:
    """The hashes of texts."""
    sizes = texts.sizes
    hashes = np.zeros(len(sizes), np.uint64)
    long = sizes > LONG
    if long.any():
        data, places = texts.data.data, np.flatnonzero(long)
        edges = zip(texts.offsets[places].tolist(), texts.offsets[places + 1].tolist(), strict=True)
        whole = b"".join(hashlib.sha1(data[first:last], usedforsecurity=False).digest()[:8] for first, last in edges)
        hashes[places] = np.frombuffer(whole, "<u8")
    if not long.all():
        places = np.flatnonzero(~long)
        for first, last in spans(sizes[places], _CHUNK):
            some = places[first:last]
            hashes[some] = _hashed(texts.data, texts.offsets[some], sizes[some])
    return hashes


def _hashed(data: NDArray[np.uint8], starts: I64, sizes: I64) -> U64:
    counts = sizes + 7 >> 3
    ends = np.cumsum(counts)
    firsts = ends - counts
    first, last = int(starts[0]), int(starts[-1] + sizes[-1])
    padded = data[first:last].tobytes() + bytes(8)
    words = np.ndarray((last - first + 1,), np.dtype("<u8"), padded, strides=(1,))
    places = np.arange(int(ends[-1])) - np.repeat(firsts, counts)
    found = words[np.repeat(starts - first, counts) + 8 * places]
    rest = sizes & 7
    short = np.flatnonzero(rest)
    found[ends[short] - 1] &= (np.uint64(1) << (rest[short] * 8).astype(np.uint64)) - np.uint64(1)
    found ^= found >> np.uint64(29)
    found *= _factors()[places]
    sums = np.zeros(len(found) + 1, np.uint64)
    np.cumsum(found, out=sums[1:])
    return fmix64(sums[ends] - sums[firsts] + sizes.astype(np.uint64) * np.uint64(LENGTH))


class _Looks:
    """What values look like: only those whose first byte makes it possible are looked at closely."""

    def __init__(self, texts: pa.LargeStringArray, lain: Texts, weights: I64) -> None:
        self._texts, self._weights, self._sizes = texts, weights, lain.sizes
        self.forms = np.zeros(len(FORMS), np.int64)
        data = lain.data if len(lain.data) else np.zeros(1, np.uint8)
        last = len(data) - 1
        self._first = np.where(self._sizes > 0, data[np.minimum(lain.offsets[:-1], last)], 0)
        ending = np.where(self._sizes > 0, data[np.maximum(lain.offsets[1:] - 1, 0)], 0)
        self._fifth = np.where(self._sizes > 4, data[np.minimum(lain.offsets[:-1] + 4, last)], 0)
        self._add("empty", self._sizes == 0)
        self._add("padded", _SPACE[self._first] | _SPACE[ending])
        self._add("long", self._sizes > SHORT)

    def _add(self, form: str, which: NDArray[np.bool_] | I64) -> None:
        self.forms[FORMS.index(form)] += int(self._weights[which].sum())

    def _like(self, candidates: I64, pattern: str) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.asarray(pc.match_substring_regex(self._texts.take(pa.array(candidates)), pattern))
        return found

    def numbers(self, wanted: bool) -> Numbers:
        """The numbers that values read as (none, unless they are wanted); counts them, and booleans."""
        few = np.flatnonzero(self._sizes <= 5)
        if len(few):
            words = np.asarray(pc.is_in(self._texts.take(pa.array(few)), value_set=pa.array(BOOLEANS, pa.large_string())))
            self._add("boolean", few[words])
        candidates = np.flatnonzero(_NUMERIC[self._first] & (self._sizes <= SHORT))
        if not len(candidates):
            return NOTHING
        padded = candidates[(self._first[candidates] == ord("0")) & (self._sizes[candidates] > 1)]
        self._add("code", padded[self._like(padded, _CODE)])
        candidates = candidates[self._like(candidates, _NUMBER)]
        whole = ~self._like(candidates, _BROKEN)
        self._add("integer", candidates[whole])
        self._add("number", candidates[~whole])
        if not wanted:
            return NOTHING
        found = self._texts.take(pa.array(candidates))
        bare = pc.utf8_ltrim(found, "+") if (self._first[candidates] == ord("+")).any() else found
        return counted(bare.cast(pa.float64()).to_numpy(), self._weights[candidates])

    def times(self) -> Numbers:
        """The dates that values read as, in microseconds; counts them."""
        candidates = np.flatnonzero((self._fifth == ord("-")) & (self._first >= ord("0")) & (self._first <= ord("9")) & (self._sizes <= 35))
        found = [NOTHING]
        for form, pattern in (("date", _DATE), ("datetime", _DATETIME)):
            if len(candidates):
                some = candidates[self._like(candidates, pattern)]
                stamps, sound = _stamps(self._texts.take(pa.array(some)))
                self._add(form, some[sound])
                found.append(counted(stamps, self._weights[some[sound]]))
        return columns_numbers.merged(found)

    def tokens(self) -> I64:
        """How often each of TOKENS stands there."""
        few = np.flatnonzero(self._sizes <= max(map(len, TOKENS)))
        counts = np.zeros(len(TOKENS), np.int64)
        if len(few):
            places = pc.index_in(self._texts.take(pa.array(few)), value_set=pa.array(TOKENS, pa.large_string())).fill_null(-1).to_numpy()
            np.add.at(counts, places[places >= 0], self._weights[few[places >= 0]])
        return counts


_SPACE, _NUMERIC = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
_SPACE[[9, 10, 11, 12, 13, 32]] = True
_NUMERIC[list(b"0123456789+-.")] = True


def _stamps(texts: pa.LargeStringArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The microseconds from 1970 UTC of texts that look like dates, and which of the texts are dates (30 February is none)."""
    from datetime import UTC, datetime, timedelta

    try:
        found = pc.replace_substring_regex(texts, "Z$", "").cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
        return found.astype(np.float64), np.ones(len(texts), np.bool_)
    except pa.ArrowInvalid:  # a zone, or no date
        pass
    stamps, sound, epoch = [], np.zeros(len(texts), np.bool_), datetime(1970, 1, 1, tzinfo=UTC)
    for place, text in enumerate(texts.to_pylist()):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        stamps.append(float((moment.replace(tzinfo=moment.tzinfo or UTC) - epoch) // timedelta(microseconds=1)))
        sound[place] = True
    return np.array(stamps, np.float64), sound
