"""Sets of 64-bit hashes, one for each record: side by side in one array, or in many pieces that stay where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

BLOCK = 1 << 20
"""Elements, or candidate pairs, that are worked on at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """Sets side by side: set i is values[offsets[i]:offsets[i + 1]] (offsets int64, from 0), distinct, in any order."""

    offsets: I64
    values: U64

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> I64:
        """How many elements each set has."""
        sizes: I64 = np.diff(self.offsets)
        return sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Sets in pieces, which may be mapped files: set i is pieces[piece[i]][starts[i]:starts[i] + sizes[i]] (all int64)."""

    pieces: Sequence[U64]
    piece: I64
    starts: I64
    sizes: I64

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def addresses(self) -> U64:
        """Where each set lies in memory, for machine code; the pieces must be there as long as it is looked at."""
        bases = np.array([piece.ctypes.data for piece in self.pieces], np.uint64)
        addresses: U64 = bases[self.piece] + self.starts.astype(np.uint64) * np.uint64(8)
        return addresses

    def only(self, records: I64) -> Collection:
        """The sets of these records, in this order, without copying any."""
        return Collection(pieces=self.pieces, piece=self.piece[records], starts=self.starts[records], sizes=self.sizes[records])

    def take(self, records: I64) -> Sets:
        """The same side by side. Neighbours are copied together; where all are neighbours, nothing is."""
        piece, starts, sizes = self.piece[records], self.starts[records], self.sizes[records]
        ends = starts + sizes
        heads = np.flatnonzero(np.append(True, (starts[1:] != ends[:-1]) | (piece[1:] != piece[:-1]))[: len(sizes)])
        tails = np.append(heads[1:], len(sizes))[: len(heads)] - 1
        spans = zip(piece[heads].tolist(), starts[heads].tolist(), ends[tails].tolist(), strict=True)
        runs = [self.pieces[number][start:end] for number, start, end in spans]
        values = runs[0] if len(runs) == 1 else np.concatenate([np.zeros(0, np.uint64), *runs])
        return Sets(offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), values=values)

    def blocks(self) -> Iterator[tuple[int, Sets]]:
        """All sets, in runs of about BLOCK elements, each with the number of its first; a run ends where a piece does, if one does."""
        borders = np.append(np.flatnonzero(self.piece[1:] != self.piece[:-1]) + 1, len(self))
        for first, last in spans(self.sizes, BLOCK, borders):
            yield first, self.take(np.arange(first, last))


def spans(sizes: I64, limit: int, borders: I64 | None = None) -> Iterator[tuple[int, int]]:
    """Runs of neighbours (first, last) whose sizes add up to no more than `limit`, or single ones. Where there are `borders`
    (ascending) in a run, it ends at the last of them.
    """
    ends = np.cumsum(sizes)
    first = 0
    while first < len(sizes):
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + limit, side="right")), first + 1)
        border = 0 if borders is None else int(np.append(0, borders)[np.searchsorted(borders, last, side="right")])
        last = border if first < border else last
        yield first, last
        first = last


def collection(parts: Sequence[Sets]) -> Collection:
    """Several lists of sets as one, each a piece."""
    counts = np.array([len(part) for part in parts], np.int64)
    none = [np.zeros(0, np.int64)]
    return Collection(
        pieces=[part.values for part in parts],
        piece=np.repeat(np.arange(len(parts)), counts),
        starts=np.concatenate([part.offsets[:-1] for part in parts] or none),
        sizes=np.concatenate([part.sizes for part in parts] or none),
    )


def joined(parts: Sequence[Sets], each: Callable[..., Iterable[None]] = map) -> Sets:
    """Several lists of sets, one after the other, side by side; `each` is `map`, or that of threads that share the copying."""
    if len(parts) == 1:
        return parts[0]
    sizes = np.concatenate([np.zeros(0, np.int64), *(part.sizes for part in parts)])
    borders = np.cumsum([0, *(len(part.values) for part in parts)])
    values = np.empty(borders[-1], np.uint64)
    for _ in each(np.copyto, np.split(values, borders[1:-1]) if parts else [], [part.values for part in parts]):
        pass
    return Sets(offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), values=values)


def ranges(starts: I64, lengths: I64) -> I64:
    """starts[0], starts[0] + 1, ... (lengths[0] of them), then those from starts[1], and so on."""
    ends: I64 = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places: I64 = np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - lengths), lengths)
    return places
