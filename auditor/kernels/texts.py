"""Texts as they lie in memory: UTF-8, one after the other, as in an Arrow array of large strings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditor.kernels.sets import I64, spans

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Text i is data[offsets[i]:offsets[i + 1]] (uint8, valid UTF-8; offsets int64, which need not begin with 0)."""

    offsets: I64
    data: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> I64:
        """How many bytes each text has."""
        sizes: I64 = np.diff(self.offsets)
        return sizes

    def part(self, first: int, last: int) -> Texts:
        """The texts from `first` up to `last`, where they lie."""
        return Texts(offsets=self.offsets[first : last + 1], data=self.data)

    def chunks(self, size: int) -> Iterator[Texts]:
        """The texts in parts of at most `size` bytes; a longer text is a part of its own."""
        return (self.part(first, last) for first, last in spans(self.sizes, size))

    def bytes(self) -> bytes:
        """The texts, one after the other."""
        return self.data[self.offsets[0] : self.offsets[-1]].tobytes()

    def strings(self) -> list[str]:
        """The texts as Python strings."""
        edges = (self.offsets - self.offsets[0]).tolist()
        data = self.bytes()
        return [data[a:b].decode() for a, b in pairwise(edges)]


def of_strings(strings: Sequence[str]) -> Texts:
    """Python strings as texts; UnicodeEncodeError where one holds a lone surrogate."""
    encoded = [each.encode() for each in strings]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(each) for each in encoded], out=offsets[1:])
    return Texts(offsets=offsets, data=np.frombuffer(b"".join(encoded), np.uint8))


def of_arrow(array: pa.LargeStringArray) -> Texts:
    """An Arrow array of large strings without nulls, where it lies."""
    if not len(array):
        return Texts(offsets=np.zeros(1, np.int64), data=np.zeros(0, np.uint8))
    _, offsets, data = array.buffers()
    return Texts(
        offsets=np.frombuffer(offsets, np.int64, len(array) + 1, array.offset * 8),
        data=np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8),
    )
