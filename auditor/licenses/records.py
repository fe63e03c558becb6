"""What the records of each split say of their licence: which columns count, what their values mean, and how many records have each."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from auditor.dataset import Dataset, folded
from auditor.licenses import expression
from auditor.licenses.recorded import CUT
from auditor.licenses.resolution import resolve
from auditor.licenses.statements import PUBLIC_DOMAIN
from auditor.licenses.vocabularies import table

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]
    I64 = NDArray[np.int64]

LOOKED = 20_000
"""Different values of a column that are looked at, those of most records first: a column of more is not one of licences."""

_UNDERSTOOD = {"family", "several", "terms", "public-domain", "reference", "qualified", "expression"}
"""Reasons why a value has no expression, and yet is about a licence."""

_LEGAL = re.compile(
    r"licen[sc]|proprietary|copyright|\brights\b|commercial|permission|\b(?:research|academic) (?:use )?only", re.IGNORECASE
)
"""Words of a value that is about a licence, though it means none that is known."""

_NOTHING = {"placeholder", "template"}

_QUOTED = re.compile(r"\[\s*'[^'\"]*'(\s*,\s*'[^'\"]*')*\s*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a value means: an expression, or `why` there is none (none: nothing is stated, family: it is not said which, unresolved).

    `about` says whether it is about a licence at all.
    """

    expression: str | None = None
    why: str = ""
    about: bool = True


NONE = Meaning(why="none", about=False)
UNRESOLVED = Meaning(why="unresolved", about=False)


@lru_cache(maxsize=100_000)
def meaning(text: str, depth: int = 0) -> Meaning:
    """What a value of a column means; the entries of a list (JSON, or as Python writes it) all hold."""
    if text.endswith(CUT) or depth > 2:
        return UNRESOLVED
    if text.startswith(("[", "{")):
        value = _read(text)
        if isinstance(value, list):
            return _all([meaning(each.strip() if isinstance(each, str) else json.dumps(each), depth + 1) for each in value])
        if isinstance(value, dict):
            named = next((value[key] for key in table("records")["fields"] if isinstance(value.get(key), str) and value[key].strip()), "")
            return meaning(named.strip(), depth + 1)
    if not text:
        return NONE
    found = resolve(text, similar=False)
    if found.expression is not None:
        return Meaning(expression=found.expression)
    if found.reason == "public-domain":
        return Meaning(expression=PUBLIC_DOMAIN)
    if found.reason == "reference":
        return Meaning(expression=expression.render(expression.parse(text)))
    if found.reason in _NOTHING:
        return NONE
    about = found.reason in _UNDERSTOOD or _LEGAL.search(text) is not None
    return Meaning(why="family" if found.reason == "family" else "unresolved", about=about)


def _read(text: str) -> Any:
    try:
        return json.loads(text.replace("'", '"') if _QUOTED.fullmatch(text) else text)
    except (ValueError, RecursionError):
        return None


def _all(parts: Sequence[Meaning]) -> Meaning:
    """What a list of values means together."""
    unknown = next((part for part in parts if part.expression is None), None)
    if unknown is not None or not parts:
        return dataclasses.replace(unknown or NONE, about=any(part.about for part in parts))
    return Meaning(expression=expression.join("AND", [str(part.expression) for part in parts]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A batch: its shard, the row of its first record in the split, row group, values, and for each record the number of its value (-1:
    none), its line and its key (empty where there are none).
    """

    shard: int
    row: int
    group: int | None
    texts: Sequence[str]
    codes: I32
    lines: I64
    keys: pa.Array


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a split: its name, how many records the split has, and what was observed of them."""

    split: str
    name: str
    rows: int
    pieces: Sequence[Piece] = field(repr=False)

    @cached_property
    def tallies(self) -> Sequence[I64]:
        """For each piece how many of its records have no value, and each of its values."""
        import numpy as np

        return [np.bincount(piece.codes + 1, minlength=len(piece.texts) + 1) for piece in self.pieces]

    @cached_property
    def counts(self) -> Mapping[str | None, int]:
        """How many records have each value, most records first; then None: those without a value, or without such a column."""
        found = Counter[str]()
        for piece, numbers in zip(self.pieces, self.tallies, strict=True):
            found.update(dict(zip(piece.texts, numbers[1:].tolist(), strict=True)))
        ordered = dict[str | None, int](sorted(found.items(), key=lambda each: (-each[1], each[0])))
        rest = self.rows - sum(found.values())
        return ordered | ({None: rest} if rest else {})

    @cached_property
    def meanings(self) -> Mapping[str | None, Meaning]:
        """What each of the values means; of all beyond `LOOKED` nothing is known."""
        values = list(self.counts)
        return {None: NONE} | {
            value: meaning(value) if place < LOOKED else UNRESOLVED for place, value in enumerate(values) if value is not None
        }

    @property
    def overlooked(self) -> int:
        """How many different values were not looked at."""
        return max(0, len([each for each in self.counts if each is not None]) - LOOKED)

    @cached_property
    def by_license(self) -> Mapping[str, int]:
        """How many records are under each licence that is known."""
        found = Counter[str]()
        for value, rows in self.counts.items():
            if (known := self.meanings[value].expression) is not None:
                found[known] += rows
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    @property
    def unknown(self) -> Mapping[str, int]:
        """How many records say nothing that can be kept to, by the reason why."""
        found = Counter[str]()
        for value, rows in self.counts.items():
            if self.meanings[value].expression is None:
                found[self.meanings[value].why] += rows
        return dict(sorted(found.items()))


def columns(total: pa.Table, dataset: Dataset) -> Mapping[str, Mapping[str, Column]]:
    """What was observed (`licenses.recorded`, with the ordinals of shards), by split and name of the column."""
    splits, firsts = {shard.ordinal: shard.split for shard in dataset.shards}, dataset.first_rows()
    pieces: dict[str, dict[str, list[Piece]]] = {split.name: {} for split in dataset.splits}
    for shard, name, piece in _pieces(total, firsts):
        pieces[splits[shard]].setdefault(name, []).append(piece)
    rows = {result.shard.ordinal: result.rows for result in dataset.results}
    shards = {split.name: [(each.ordinal, firsts[each.ordinal], rows[each.ordinal]) for each in split.shards] for split in dataset.splits}
    return {split: {name: _column(split, name, some, shards[split]) for name, some in named.items()} for split, named in pieces.items()}


def _column(split: str, name: str, pieces: Sequence[Piece], shards: Sequence[tuple[int, int, int]]) -> Column:
    """A column of all records: those whose batch has no such column have no value. `shards` are ordinals, first rows, numbers of rows."""
    import numpy as np
    import pyarrow as pa

    whole, places = list[Piece](), iter(pieces)
    piece = next(places, None)
    for shard, first, rows in shards:
        at = first
        while at < first + rows:
            there = piece is not None and piece.shard == shard
            begins = piece.row if piece is not None and there else first + rows
            if at < begins:
                nothing = np.broadcast_to(np.int32(-1), begins - at)
                none = np.zeros(0, np.int64), pa.nulls(0, pa.large_string())
                whole.append(Piece(shard=shard, row=at, group=None, texts=(), codes=nothing, lines=none[0], keys=none[1]))
                at = begins
            if piece is not None and there:
                whole.append(piece)
                at += len(piece.codes)
                piece = next(places, None)
    return Column(split=split, name=name, rows=sum(rows for _, _, rows in shards), pieces=whole)


def _pieces(total: pa.Table, firsts: Mapping[int, int]) -> Iterator[tuple[int, str, Piece]]:
    for part in total.to_batches():
        codes, lines = (_parts(part[name]) for name in ("codes", "lines"))
        keys = part["keys"]
        told = [part[name].to_pylist() for name in ("shard", "column", "row", "group", "texts")]
        for place, (shard, name, row, group, texts) in enumerate(zip(*told, strict=True)):
            piece = Piece(
                shard=shard,
                row=firsts[shard] + row,
                group=group,
                texts=texts,
                codes=codes[place],
                lines=lines[place],
                keys=keys[place].values,
            )
            yield shard, name, piece


def _parts(column: pa.Array) -> list[Any]:
    """The lists of a column as arrays."""
    offsets, values = column.offsets.to_numpy(), column.values.to_numpy()
    return [values[first:last] for first, last in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]


def chosen(found: Mapping[str, Mapping[str, Column]], names: Sequence[str], counts: Callable[[Column], bool]) -> Mapping[str, Column]:
    """The column of each split that has one: the first of the names of which, in some split, a column counts."""
    order = {name: place for place, name in enumerate(names)}
    there = {name for split in found.values() for name, column in split.items() if counts(column)}
    ranked = sorted(there, key=lambda name: (order.get(folded(name.rpartition(".")[2]), order.get(folded(name), len(order))), name))
    first = {split: next((name for name in ranked if name in named), None) for split, named in found.items()}
    return {split: found[split][name] for split, name in first.items() if name is not None}


def others(found: Mapping[str, Mapping[str, Column]], first: Mapping[str, Column]) -> Mapping[str, Column]:
    """The further columns of licences beside the first of their split, by "split (column)"."""
    there = [(split, column) for split in first for name, column in found[split].items() if name != first[split].name and licensed(column)]
    return {f"{split} ({column.name})": column for split, column in there}


def licensed(column: Column) -> bool:
    """Whether some value of a column is about a licence."""
    return any(each.about for each in column.meanings.values())


def known(columns: Iterable[Column]) -> list[str]:
    """All licences that are known of some record, those of most records first."""
    found = Counter[str]()
    for column in columns:
        found.update(column.by_license)
    return [name for name, _ in sorted(found.items(), key=lambda each: (-each[1], each[0]))]
