"""What is sensitive never leaves as text: values are marked where they are read, and masked wherever a report would show them."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, TypeVar

from auditor.dataset import SPLIT_WORDS, Batch, as_json, is_json
from auditor.model import SHOWN, Finding, Location, Outcome, Report, Rule

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

SHORTEST, LONGEST = 4, 72
"""Code points that a value must have to be marked, and how many of its first ones the mark is over: checks cut what they quote at 200,
so that a mark over all of a longer value would miss it, and only 69 lengths have to be looked for."""

PIECE = 1 << 16
"""Code points that are searched at a time, so that the arrays stay in the cache's reach."""

POINTS = 0x110000
"""How many code points there are; stands between two texts that are searched as one, since it is none itself."""

_WORDS = """
    across adaptation against allow answer applied as_stated asked authors bands because bits bound bytes capped cell check checks chosen
    clause cluster cluster_cap clusters collection column columns concluded condition config contained contained_tokens containment
    containment_left containment_right controls cost count coverage critical dataset datasketch declared definition denied deny description
    detected digest duplicate element_count embedded empty_records error evidence exact examined examples expectation_severity expectations
    expression fail fail_on failed false false_positives families family file files findings fingerprint folder found frameworks gaps given
    group groups high identical ignore incomplete infinity info input invalid items items_found jaccard join kind kinds kwargs label leakage
    leaked ledger left left_out license license_mix line lines listed lsh matrices medium message met method missing name near none note
    null number obligations observed other outcomes pairs pairs_count pairs_of_splits parsed partner parts pass pass-with-waivers passed
    path physical place planted policy rate raw_identical_share reason reasons recall recall_at_threshold records recovered rejected
    relation reported require resolved results review reworded reworded_untold right right_rows right_rows_involved rows rule ruled rules
    samples schema scope score sections select sensitive severity sha256 shard share shingle shingles skipped source_overlap sources span
    split split_column splits spurious start stated status stricter subject subset suggestions suite tables target terms text text_columns
    threshold time title tokens tool true type typed unclear under unexpected unexpected_share unknown upstream uses value values verdict
    version waived warning waste weak where whole wilson_high wilson_low within words"""
WORDS = {*_WORDS.split(), *SPLIT_WORDS, *SPLIT_WORDS.values()}
"""A report's own words. A text that is one of them is never changed, and a value that is one is not marked: it would tell nothing."""

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?")
_COMPUTED = re.compile(r"(sha256:)?[0-9a-f]{32,64}")
_OWN = {
    Finding: ("rule", "name", "where", "identity"),
    Outcome: ("rule", "name", "status"),
    Report: ("verdict", "version"),
    Location: ("digest", "identity"),
}

T = TypeVar("T")


def named(columns: Iterable[str]) -> set[str]:
    """Those names of columns that look like values, as in a table without a header: with three digits or more, or with an @."""
    return {name for name in columns if "@" in name or sum(map(str.isdigit, name)) >= 3}


def values(batch: Batch, columns: Sequence[str]) -> set[str]:
    """The distinct values of these columns in every form in which a report could show them; nulls and booleans have none.

    Strings as they are, stripped, and as JSON, Python and the Unicode normal forms C and D write them; numbers and dates as text and as
    JSON; where every cell is text, numbers also as if they had been read as such; nested values as JSON, and all that is in them.
    """
    import pyarrow as pa

    found = set[str]()
    for field, column in zip(batch.records.schema, batch.records.columns, strict=True):
        if field.name in columns:
            for value in (column if pa.types.is_nested(column.type) else column.unique()).to_pylist():
                found.update(_forms(value, batch.typed))
                if value is not None and is_json(field):
                    found.update(_forms(json.loads(value), True))
    return found - {""}


def _forms(value: Any, typed: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield from _written(value)
        if not typed and _NUMBER.fullmatch(value.strip()):
            yield from _forms(float(value), True)
    elif isinstance(value, Mapping | list | tuple):
        plain = as_json(value)
        yield from (plain, str(value), json.dumps(json.loads(plain), sort_keys=True, separators=(",", ":")))
        yield from named(value) if isinstance(value, Mapping) else ()
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _forms(each, True)
    elif isinstance(value, bytes):
        yield from (str(value), *_written(value.decode("utf-8", "replace")))
    elif value is not None and not isinstance(value, bool):
        plain = as_json(value).strip('"')
        if len(plain) >= SHORTEST:
            yield from (plain, str(value), value.isoformat() if isinstance(value, date) else plain)


def _written(text: str) -> Iterator[str]:
    core = text.strip()
    yield from (text, core)
    if len(core) < SHORTEST or (text.isascii() and text.isprintable() and '"' not in text and "\\" not in text):
        return
    for form in {text, core, unicodedata.normalize("NFC", core), unicodedata.normalize("NFD", core)}:
        yield from (form, json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1], repr(form)[1:-1])


def marks(values: Iterable[str], key: bytes) -> pa.Table:
    """The marks of values under a secret key: `length` (int32, code points) and `hash` (uint64), distinct and in order.

    The hash is fmix64(secret ^ sum of c_i * base^i mod 2^64) over the code points c_i in one case, with an odd base from the key.
    What has fewer than 4 code points (white space around it not counted) is not marked, nor are a report's own words, booleans and
    words for null: they would be found everywhere. Of a value of more than 72 code points the first 72 are marked.
    """
    import numpy as np
    import pyarrow as pa

    from auditor.kernels.hashes import fmix64

    groups: dict[int, set[str]] = {}
    for value in values:
        core = value.strip()
        if len(core) >= SHORTEST and core.lower() not in WORDS:
            groups.setdefault(min(len(value), LONGEST), set()).add(value[:LONGEST])
    powers, _, secret = _secrets(key)
    tables = []
    for length, group in groups.items():
        points = np.frombuffer(_folded("".join(group)).encode("utf-32-le", "surrogatepass"), "<u4").reshape(-1, length)
        sums = np.zeros(len(group), np.uint64)
        for place in range(length):
            sums += points[:, place] * powers[place]
        tables.append(pa.table({"length": pa.array(np.full(len(group), length), pa.int32()), "hash": fmix64(sums ^ secret)}))
    return merged(tables)


def merged(tables: Iterable[pa.Table]) -> pa.Table:
    """Several tables of marks as one, distinct and in order."""
    import pyarrow as pa

    table = pa.concat_tables([pa.schema([("length", pa.int32()), ("hash", pa.uint64())]).empty_table(), *tables])
    return table.group_by(["length", "hash"]).aggregate([]).sort_by([("length", "ascending"), ("hash", "ascending")])


@lru_cache(maxsize=4)
def _secrets(key: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint64], np.uint64]:
    """base^i and base^-i mod 2^64 for as many i as a piece has code points, base being odd, and 64 bits to mix in."""
    import numpy as np

    drawn = hashlib.blake2b(key, digest_size=16, person=b"marks").digest()
    base = int.from_bytes(drawn[:8], "little") | 1
    both = np.ones((2, 2 * (PIECE + LONGEST)), np.uint64)
    both[0, 1:], both[1, 1:] = np.uint64(base), np.uint64(pow(base, -1, 1 << 64))
    np.multiply.accumulate(both, axis=1, out=both)
    return both[0], both[1], np.uint64(int.from_bytes(drawn[8:], "little"))


def _folded(text: str) -> str:
    """The text in lower case, code point by code point: as long as it was, and without the sigma that only ends words."""
    return text.replace("İ", "i").lower().replace("ς", "σ")


def find(texts: Iterable[str], marks: pa.Table, key: bytes) -> set[str]:
    """What is marked in the texts, in any case and wherever it stands in them: as it stands there.

    The hashes of all runs of one length come from the prefix sums of c_i * base^i: their difference, times base^-start. Most runs are
    told by a sieve of the first bits of the marks. Memory is bounded by a piece of the texts and 32 bytes a mark, 64 MB at most.
    """
    import numpy as np

    from auditor.kernels.hashes import fmix64

    marked, (powers, inverses, secret) = marks["hash"].to_numpy(), _secrets(key)
    lengths, firsts = np.unique(marks["length"].to_numpy(), return_index=True)
    groups = list(zip(lengths.tolist(), np.split(marked, firsts[1:]), strict=False))
    bits = min(max(len(marked).bit_length() + 4, 16), 26)
    sieve = np.zeros(1 << bits, np.bool_)
    sieve[marked >> np.uint64(64 - bits)] = True
    found = set[str]()
    for parts in _pieces(texts):
        text = "\0".join(parts)
        points = np.frombuffer(_folded(text).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
        points[[end - 1 for end in accumulate(len(part) + 1 for part in parts)][:-1]] = POINTS
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(points * powers[: len(points)])])
        for length, hashes in groups:
            runs = fmix64((sums[length:] - sums[:-length]) * inverses[: max(0, len(sums) - length)] ^ secret)
            places = np.flatnonzero(sieve[runs >> np.uint64(64 - bits)])
            at = np.minimum(np.searchsorted(hashes, runs[places]), len(hashes) - 1)
            found.update(text[place : place + length] for place in places[hashes[at] == runs[places]].tolist())
    return found


def _pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in lists that are searched at a time; a long text in parts that overlap."""
    held, size = list[str](), 0
    for text in texts:
        for first in range(0, len(text), PIECE):
            held.append(text[first : first + PIECE + LONGEST - 1])
            size += len(held[-1]) + 1
            if size >= PIECE:
                yield held
                held, size = [], 0
    if held:
        yield held


def masks(found: set[str], key: bytes | None) -> Masker:
    """What masks these values: as `[sensitive]`, and with a key of the user's as `[sensitive:1a2b3c4d]`."""
    return Masker(found, key)


class Masker:
    """Makes texts without any of the values, and leaves those as they are that have none.

    What is masked is the union of all that is found. A value of 72 code points or more may go on: all after it is masked with it.
    With a key (one of more than 64 bytes is hashed first), a mask has the first 8 hexadecimal digits of the keyed BLAKE2b of what is
    masked, in lower case, so that reports made with the same key can be compared.
    """

    def __init__(self, found: Iterable[str], key: bytes | None) -> None:
        self._values = {_folded(value) for value in found if value}
        self._key = hashlib.blake2b(key).digest() if key and len(key) > hashlib.blake2b.MAX_KEY_SIZE else key
        self._head = min(map(len, self._values), default=1)
        self._lengths: dict[str, list[int]] = {}
        for head, length in sorted({(value[: self._head], len(value)) for value in self._values}, reverse=True):
            self._lengths.setdefault(head, []).append(length)
        used = set("".join(self._values))
        self.block = next(char for char in map(chr, range(0x2588, POINTS)) if _folded(char) not in used)
        self._masked = lru_cache(maxsize=1 << 14)(self._made)

    def __call__(self, text: str) -> str:
        return text if text in WORDS or not self._values else self._masked(text)

    def _made(self, text: str) -> str:
        spans = self._spans(text)
        masked = _with(text, spans, self._mask)
        # A mask may be, or make, a value; the block is part of none.
        return _with(text, spans, lambda _: self.block) if spans and self._spans(masked) else masked

    def _spans(self, text: str) -> list[tuple[int, int, int]]:
        """Where values begin and end, those as one that overlap, and where what may be shown goes on."""
        folded, spans = _folded(text), list[tuple[int, int, int]]()
        for start in range(len(text) - self._head + 1):
            lengths = self._lengths.get(folded[start : start + self._head], ())
            length = next((each for each in lengths if folded[start : start + each] in self._values), 0)
            if length:
                first, last, _ = spans.pop() if spans and start < spans[-1][1] else (start, start, start)
                end = max(last, min(start + length, len(text)))
                spans.append((first, end, len(text) if length >= LONGEST else end))
                if length >= LONGEST:
                    break
        return spans

    def _mask(self, value: str) -> str:
        data = _folded(value).encode("utf-8", "surrogatepass")
        return f"[sensitive:{hashlib.blake2b(data, key=self._key).hexdigest()[:8]}]" if self._key else "[sensitive]"


def _with(text: str, spans: Sequence[tuple[int, int, int]], mask: Callable[[str], str]) -> str:
    shown = [0, *(after for *_, after in spans)]
    parts = (text[first:start] + mask(text[start:end]) for first, (start, end, _) in zip(shown, spans, strict=False))
    return "".join(parts) + text[shown[-1] :]


def redacted(value: T, masker: Masker) -> T:
    """Any value a report is made of, with all of its texts masked: mappings (keys too), sequences, nouns, Arrow tables.

    Numbers, rules and what a report computes (digests, fingerprints, verdict, statuses) stay, as do all numbers of elements and their
    order. Keys that a mask would make equal are told apart. Where places are many, they are masked when they are asked for.
    """
    result: T = _Walk(mask=masker, block=masker.block).of(value)
    return result


def texts(value: object) -> Iterator[str]:
    """Every text in such a value that `redacted` could change, once; of a finding those of the first 100 places."""
    heard: dict[str, str] = {}
    _Walk(mask=lambda text: heard.setdefault(text, text), shown=SHOWN).of(value)
    return iter(heard)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding(Finding):
    """A finding that is known, as are its places, by the fingerprints it had; `nowhere` is that of no place in particular."""

    nowhere: str

    def fingerprint_at(self, place: Location) -> str:
        return place.identity or self.nowhere


class _Places(Sequence[Location]):
    """The places of a finding, masked when they are asked for."""

    def __init__(self, finding: Finding, chosen: range, walk: _Walk) -> None:
        self._finding, self._chosen, self._walk = finding, chosen, walk

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return _Places(self._finding, self._chosen[index], self._walk)
        return self._walk.place(self._finding.where[self._chosen[index]], self._finding)

    def __iter__(self) -> Iterator[Location]:
        where = self._finding.where
        places = where if len(self) == len(where) and self._chosen.step == 1 else map(where.__getitem__, self._chosen)
        return (self._walk.place(place, self._finding) for place in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """Goes through a value; where `shown` is given, only so many places of a finding are looked at, at once."""

    mask: Callable[[str], str]
    block: str = ""
    shown: int | None = None

    def of(self, value: Any) -> Any:
        """The value with its texts masked."""
        if value is None or isinstance(value, int | float | enum.Enum | Rule):
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            return tuple(map(self.of, value)) if isinstance(value, tuple) else [self.of(each) for each in value]
        if isinstance(value, Finding):
            return self._finding(value)
        return self._noun(value) if dataclasses.is_dataclass(value) else self._foreign(value)

    def _mapping(self, value: Mapping[Any, Any]) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, item in value.items():
            name = self.of(key)
            while name in made:
                name += self.block
            computed = key in ("digest", "sha256") and isinstance(item, str) and _COMPUTED.fullmatch(item)
            made[name] = item if computed else self.of(item)
        return made

    def _noun(self, value: Any) -> Any:
        own = next((names for kind, names in _OWN.items() if isinstance(value, kind)), ())
        names = [field.name for field in dataclasses.fields(value) if field.name not in own]
        return dataclasses.replace(value, **{name: self.of(getattr(value, name)) for name in names})

    def _finding(self, finding: Finding) -> Finding:
        where: Sequence[Location] = _Places(finding, range(len(finding.where)), self)
        if self.shown is not None or isinstance(finding.where, list | tuple):
            where = tuple(islice(where, self.shown))
        known = {"identity": finding.fingerprint, "nowhere": finding.fingerprint_at(Location())}
        masked = self._noun(finding)
        fields = {field.name: getattr(masked, field.name) for field in dataclasses.fields(Finding)}
        return _Finding(**{**fields, "where": where, **known})

    def place(self, place: Location, finding: Finding) -> Location:
        """The place of a finding with its texts masked."""
        masked: Location = self._noun(place)
        return dataclasses.replace(masked, identity=finding.fingerprint_at(place))

    def _foreign(self, value: Any) -> Any:
        import pyarrow as pa

        if isinstance(value, pa.Table):
            return pa.table([self._column(column) for column in value.columns], schema=value.schema)
        text = str(value)
        return value if self.mask(text) == text else self.mask(text)

    def _column(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        import pyarrow as pa

        kind = column.type
        if "string" not in str(kind):
            return column
        if pa.types.is_dictionary(kind):
            plain = column.cast(kind.value_type)
            masked = self._column(plain)
            return column if masked.equals(plain) else masked.dictionary_encode().cast(kind)
        if pa.types.is_nested(kind) or pa.types.is_string_view(kind):
            return pa.chunked_array([pa.array(self._inside(column.to_pylist()), kind)], kind)
        chunks = column.dictionary_encode().chunks
        return pa.chunked_array([pa.array(self._inside(each.dictionary.to_pylist()), kind).take(each.indices) for each in chunks], kind)

    def _inside(self, value: Any) -> Any:
        """The cells of a column with their texts masked; the names of a struct's fields belong to its type and stay."""
        if isinstance(value, dict):
            return {name: self._inside(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._inside, value))
        return self.mask(value) if isinstance(value, str) else value
