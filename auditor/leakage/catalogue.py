"""The catalogue of all items that must not be in training data: their different texts, indexed, and which records use each and as what."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditor.dataset import Against
from auditor.kernels.lookup import Lookup
from auditor.kernels.overlaps import Shingles, shingles
from auditor.kernels.packed import packed, unpacked
from auditor.kernels.shingles import hashed, raw_digests, shingled
from auditor.kernels.spans import Index, index
from auditor.kernels.texts import of_strings
from auditor.kernels.unicode14 import ALONE, classes
from auditor.partials import mapped

if TYPE_CHECKING:
    import pyarrow as pa

QUESTION, RECORD, PASSAGE, ANSWER = range(4)
"""What a text is of an item: what is asked, the whole record, what it is about, what is answered."""

FIELDS = ("question", "record", "passage", "answer")

EXCERPT = 1000
"""Code points of an item's text that are kept to be shown."""

UNITS = 8
"""Words from which a text says something by itself; two code points written without spaces count as one word."""

COMMON = 10
"""Questions with the same answer from which on it says nothing about any of them."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The texts, by number: an index of the tokens of those that are sought inside records (the others have none there), one of their
    shingles, two halves of a digest of all texts' token sequences (`digests`, ascending, and the text of each), their length in words
    (`units`), which tokens of the index are a number, and the texts' short answers: those of text i are the tokens
    answers[answer_bounds[j]:answer_bounds[j + 1]] for j from answered[i] to answered[i + 1].
    """

    index: Index
    shingles: Shingles
    digests: NDArray[np.uint64]
    digested: NDArray[np.int64]
    units: NDArray[np.float64]
    numbers: NDArray[np.bool_]
    answers: NDArray[np.uint64]
    answer_bounds: NDArray[np.int64]
    answered: NDArray[np.int64]

    def tables(self) -> dict[str, pa.Table]:
        """What it is made of, as Arrow tables."""
        own = _fields(self)
        index, sets = _fields(own.pop("index")), _fields(own.pop("shingles"))
        parts = {"grams": _fields(index.pop("lookup")), "index": index, "keys": _fields(sets.pop("lookup")), "shingles": sets, "own": own}
        return {name: packed(arrays) for name, arrays in parts.items()}


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def of_tables(tables: Mapping[str, pa.Table]) -> Catalogue:
    """The catalogue of its tables, where they lie."""
    parts = {name: unpacked(tables[name]) for name in ("grams", "index", "keys", "shingles", "own")}
    parts["own"]["numbers"] = parts["own"]["numbers"].view(np.bool_)
    return Catalogue(
        index=Index(lookup=Lookup(**parts["grams"]), **parts["index"]),
        shingles=Shingles(lookup=Lookup(**parts["keys"]), **parts["shingles"]),
        **parts["own"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The uses of texts by records of the benchmarks, one value an array for each (int64): the text and what it is there, the dataset,
    its shard, the row in its split, the physical line (-1: none), and the digest of the raw text (two uint64).
    """

    text: NDArray[np.int64]
    role: NDArray[np.int64]
    against: NDArray[np.int64]
    shard: NDArray[np.int64]
    row: NDArray[np.int64]
    line: NDArray[np.int64]
    raw: NDArray[np.uint64]

    def table(self) -> pa.Table:
        """The same as an Arrow table."""
        return packed({**{name: getattr(self, name) for name in self.__slots__}, "raw": self.raw.reshape(-1)})


def uses_of(table: pa.Table) -> Uses:
    """The uses of their table."""
    arrays = unpacked(table)
    return Uses(**{**arrays, "raw": arrays["raw"].reshape(-1, 2)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collected:
    """Texts as they are met, each once, what they are of and their short answers."""

    places: dict[str, int] = dataclasses.field(default_factory=dict)
    uses: list[tuple[int, int, int, int, int, int]] = dataclasses.field(default_factory=list)
    answers: dict[int, dict[str, None]] = dataclasses.field(default_factory=dict)

    def add(self, text: str, role: int, at: tuple[int, int, int, int]) -> int:
        """Notes the use of a text; its number."""
        place = self.places.setdefault(text, len(self.places))
        self.uses.append((place, role, *at))
        return place


def catalogue(against: Sequence[Against], check: str, shingle: str, share: float) -> tuple[Catalogue, Uses, list[str]]:
    """The catalogue of what a check collected of some datasets, the uses of its texts, and the texts; `share` is the least part of a
    text's shingles that makes a pair.
    """
    found = _Collected()
    for number, each in enumerate(against):
        firsts = each.dataset.first_rows()
        for ordinal, path in each.observed.get(check, ()):
            for record in _rows(mapped(path)):
                _note(found, record, (number, ordinal, firsts[ordinal] + record["row"], record["line"]))
    strings = list(found.places)
    raw = of_strings(strings)
    tokens = hashed(raw)
    founders, kind = _distinct(tokens.hashes, tokens.firsts)
    string, role, other, shard, row, line = np.array(found.uses, np.int64).reshape(-1, 6).T
    used = Uses(text=kind[string], role=role, against=other, shard=shard, row=row, line=line, raw=raw_digests(raw)[string])
    made = _made([strings[place] for place in founders.tolist()], used, _answers(found, kind), shingle, share)
    return made, used, [strings[place] for place in founders.tolist()]


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _note(found: _Collected, row: Mapping[str, Any], at: tuple[int, int, int, int]) -> None:
    question = found.add(row["question"], QUESTION, at)
    if row["record"] is not None:
        found.add(row["record"], RECORD, at)
    for passage in row["passages"]:
        found.add(passage, PASSAGE, at)
    for answer in row["answers"]:
        found.answers.setdefault(question, {})[answer] = None
        found.add(answer, ANSWER, at)


def _distinct(tokens: NDArray[np.uint64], firsts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first text of each token sequence, and the number of each text's sequence in that order."""
    seen: dict[bytes, int] = {}
    data, edges = tokens.tobytes(), (firsts * 8).tolist()
    kind = np.array([seen.setdefault(data[a:b], len(seen)) for a, b in pairwise(edges)], np.int64)
    return np.unique(kind, return_index=True)[1].astype(np.int64), kind


def _answers(found: _Collected, kind: NDArray[np.int64]) -> dict[int, list[str]]:
    """The answers of each text that tell something: no single letters or digits, and none that many questions have."""
    merged: dict[int, dict[str, None]] = {}
    for place, answers in found.answers.items():
        merged.setdefault(int(kind[place]), {}).update(answers)
    asked = Counter(answer for answers in merged.values() for answer in answers)
    return {text: [each for each in answers if len(each) > 1 and asked[each] <= COMMON] for text, answers in merged.items()}


def _made(strings: list[str], uses: Uses, answers: Mapping[int, list[str]], shingle: str, share: float) -> Catalogue:
    texts = of_strings(strings)
    tokens = hashed(texts)
    counts = np.diff(tokens.firsts)
    units = counts - _unspaced(strings) / 2
    roles = np.zeros((4, len(strings)), np.bool_)
    roles[uses.role, uses.text] = True
    sought = (counts > 0) & (roles[QUESTION] | (roles[PASSAGE] | roles[ANSWER]) & (units >= UNITS))
    looked_for = tokens.hashes[np.repeat(sought, counts)]
    bounds = np.concatenate([[0], np.cumsum(np.where(sought, counts, 0))])
    numbers = hashed(of_strings(sorted({each for text in strings for each in _NUMBER.findall(text)}))).hashes
    parts = [answers.get(text, []) for text in range(len(strings))]
    said = hashed(of_strings([each for part in parts for each in part]))
    found = shingled(texts, shingle)
    digests = found.digests
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    sets = found.shingles
    kept = np.repeat(sought, sets.sizes)
    offsets = np.concatenate([[0], np.cumsum(np.where(sought, sets.sizes, 0))])
    return Catalogue(
        index=index(looked_for, bounds, roles[QUESTION]),
        shingles=shingles(dataclasses.replace(sets, offsets=offsets, values=sets.values[kept]), share),
        digests=np.ascontiguousarray(digests[order].reshape(-1)),
        digested=order,
        units=units,
        numbers=_among(looked_for, np.sort(numbers)),
        answers=said.hashes,
        answer_bounds=said.firsts,
        answered=np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64),
    )


def _among(values: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which values are among the known (ascending)."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    there: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return there


def _unspaced(strings: Sequence[str]) -> NDArray[np.int64]:
    """How many code points of each text are written without spaces."""
    alone = classes() == ALONE
    points = (np.frombuffer(each.encode("utf-32-le", "surrogatepass"), "<u4") for each in strings)
    return np.array([np.count_nonzero(alone[each]) for each in points], np.int64)


def key_of(tables: Mapping[str, pa.Table]) -> str:
    """A digest of the catalogue's tables."""
    state = hashlib.sha256()
    for name in sorted(tables):
        for column in tables[name].itercolumns():
            state.update(memoryview(column.chunk(0).flatten().to_numpy()).cast("B"))
    return state.hexdigest()[:32]
