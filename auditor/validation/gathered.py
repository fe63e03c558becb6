"""Which of very many keys occur more than once, and how many there are: in memory, or in pieces by way of files where they are too many."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import U64

I64 = NDArray[np.int64]
Piece = tuple[U64, U64 | None, I64]
"""Heads and tails of keys (tails None: all are alike), and the places they stand at."""

MOST = 1 << 20
"""Keys that are compared in memory at once, about."""

PIECES = 64
"""Files over which more keys are spread, by their heads: a power of two."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio by 2^64: the first bits of a head's product with it say its file (Knuth, The Art of Computer Programming 3, 6.4)."""

_DENSE = 8
"""Heads that lie this close together are counted rather than sorted."""

_MARKS = 1 << 20
"""Marks by which most heads that are not looked for are told at once."""

_PLAIN = 8
"""Tails below say what kind of value a head is; one that all keys have need not be compared."""


class Keys:
    """Keys (uint64 of shape (records, 2)) and the places they stand at. Close it at the end."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self.count = most, 0
        self._held: list[tuple[U64, U64, I64]] = []
        self._files: list[IO[bytes]] = []
        self._parts: list[list[tuple[int, int | None]]] = [[] for _ in range(PIECES)]
        """Of each file how many keys were written at a time, and the tail of them all, where they have one."""
        self._stack = ExitStack()

    def __enter__(self) -> Keys:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.close()

    def add(self, keys: U64, places: I64) -> None:
        """Takes the keys of some records."""
        if not len(keys):
            return
        tails = np.ascontiguousarray(keys[:, 1])
        alike = tails[0] < _PLAIN and bool((tails == tails[0]).all())
        self._held.append((np.ascontiguousarray(keys[:, 0]), tails[:1] if alike else tails, places))
        self.count += len(keys)
        if sum(len(heads) for heads, _, _ in self._held) > self._most:
            self._spill()

    def repeated(self) -> I64:
        """The places of all keys that occur more than once, in ascending order."""
        found = [_repeated(*piece) for piece in self._pieces()]
        return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)

    def distinct(self) -> int:
        """How many different keys there are."""
        return sum(_distinct(heads, tails) for heads, tails, _ in self._pieces())

    def _spill(self) -> None:
        if not self._files:
            self._files = [self._stack.enter_context(tempfile.TemporaryFile()) for _ in range(PIECES)]  # noqa: SIM115
        alike = int(self._held[0][1][0])
        heads, tails, places = _joined(self._held)
        self._held = []
        piece = (heads * _SPREAD >> np.uint64(64 - PIECES.bit_length() + 1)).astype(np.uint8)
        order = np.argsort(piece, kind="stable")  # of bytes: by counting
        ends = np.cumsum(np.bincount(piece, minlength=PIECES)).tolist()
        columns = [each[order] for each in (heads, places, tails) if each is not None]
        for number, (first, last) in enumerate(pairwise([0, *ends])):
            for column in columns:
                self._files[number].write(column[first:last].data)
            self._parts[number].append((last - first, alike if tails is None else None))

    def _pieces(self) -> Iterator[Piece]:
        if not self._files:
            if self._held:
                yield _joined(self._held)
            return
        if self._held:
            self._spill()
        for file, written in zip(self._files, self._parts, strict=True):
            file.seek(0)
            parts = [_read(file, size, alike) for size, alike in written if size]
            if parts:
                yield _joined(parts)


def _read(file: IO[bytes], size: int, alike: int | None) -> tuple[U64, U64, I64]:
    heads, places = np.frombuffer(file.read(8 * size), np.uint64), np.frombuffer(file.read(8 * size), np.int64)
    return heads, np.frombuffer(file.read(8 * size), np.uint64) if alike is None else np.array([alike], np.uint64), places


def _joined(held: list[tuple[U64, U64, I64]]) -> Piece:
    """All as one; a single tail stands for as many as there are heads."""
    heads = np.concatenate([each for each, _, _ in held])
    places = np.concatenate([each for _, _, each in held])
    if all(len(tails) == 1 and tails[0] == held[0][1][0] for _, tails, _ in held) and held[0][1][0] < _PLAIN:
        return heads, None, places
    return heads, np.concatenate([np.broadcast_to(tails, len(each)) for each, tails, _ in held]), places


def _twice(heads: U64) -> U64:
    """The heads that occur more than once, ascending."""
    least, most = (int(each) for each in (heads.min(), heads.max()))
    if most - least < _DENSE * len(heads):
        often = np.bincount((heads - np.uint64(least)).view(np.int64))
        return np.flatnonzero(often > 1).astype(np.uint64) + np.uint64(least)
    ranked = np.sort(heads)
    again = ranked[1:] == ranked[:-1]
    return ascending(ranked[1:][again])


def ascending(ranked: NDArray[Any]) -> NDArray[Any]:
    """The different values of an array that is sorted (`numpy.unique` would load another module first)."""
    if not len(ranked):
        return ranked
    found: NDArray[Any] = ranked[np.concatenate([[True], ranked[1:] != ranked[:-1]])]
    return found


def _among(heads: U64, some: U64) -> NDArray[np.bool_]:
    """Which heads are among some, which are sorted."""
    marked = np.zeros(_MARKS, np.bool_)
    marked[some % np.uint64(_MARKS)] = True
    found: NDArray[np.bool_] = marked[heads % np.uint64(_MARKS)]
    likely = np.flatnonzero(found)
    at = np.searchsorted(some, heads[likely])
    found[likely] = some[np.minimum(at, len(some) - 1)] == heads[likely]
    return found


def _repeated(heads: U64, tails: U64 | None, places: I64) -> I64:
    twice = _twice(heads)
    if not len(twice):
        return np.empty(0, np.int64)
    some = np.flatnonzero(_among(heads, twice))
    if tails is None:
        return places[some]
    order = np.lexsort((tails[some], heads[some]))
    ranked = some[order]
    same = (heads[ranked][1:] == heads[ranked][:-1]) & (tails[ranked][1:] == tails[ranked][:-1])
    found: I64 = places[ranked[np.concatenate([same, [False]]) | np.concatenate([[False], same])]]
    return found


def _distinct(heads: U64, tails: U64 | None) -> int:
    if not len(heads):
        return 0
    ranked = np.sort(heads)
    again = ranked[1:] == ranked[:-1]
    found = len(heads) - int(again.sum())
    if tails is None or not again.any():
        return found
    twice = ascending(ranked[1:][again])
    some = np.flatnonzero(_among(heads, twice))
    order = np.lexsort((tails[some], heads[some]))
    first, second = heads[some][order], tails[some][order]
    return found - len(twice) + int(((first[1:] != first[:-1]) | (second[1:] != second[:-1])).sum()) + 1
