"""Which of very many integers occur more than once, where they lie close together, as records' numbers do: each has a byte that counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.validation.gathered import ascending

I64 = NDArray[np.int64]
Integers = tuple[NDArray[Any], I64]
"""Integers (of any type but uint64) and the places they stand at."""

WIDE = 8
"""Numbers from the least to the greatest, for each that there is, up to which they are counted."""

MOST = 64 << 20
"""Bytes of counts at most."""


class TooWide(Exception):  # noqa: N818 - no error: who asks looks for another way
    """The integers do not lie close enough together."""


def repeated(integers: Callable[[], Iterable[Integers]]) -> tuple[int, I64]:
    """How many integers there are, and the places of those that occur more than once, in their order. They are gone through up to three
    times. TooWide where they do not lie close together.
    """
    count, low, high = 0, 0, -1
    for values, _, least, most in _ends(integers):
        low, high = (min(low, least), max(high, most)) if count else (least, most)
        count += len(values)
    if high - low >= min(WIDE * count, MOST):
        raise TooWide
    counts = np.zeros(high - low + 1, np.uint8)
    for values, _, least, most in _ends(integers):
        offsets = values.astype(np.int64) - low
        if most - least < WIDE * len(values):
            mine, several = counts[least - low : most - low + 1], np.bincount(offsets - (least - low))
            np.minimum(mine + np.minimum(several, 2).astype(np.uint8), 2, out=mine)
        else:
            offsets.sort()
            counts[offsets[1:][offsets[1:] == offsets[:-1]]] = 1
            once = ascending(offsets)
            counts[once] = np.minimum(counts[once] + 1, 2)
    if not (counts > 1).any():
        return count, np.empty(0, np.int64)
    found = [places[counts[values.astype(np.int64) - low] > 1] for values, places, _, _ in _ends(integers)]
    return count, np.concatenate(found)


def _ends(integers: Callable[[], Iterable[Integers]]) -> Iterator[tuple[NDArray[Any], I64, int, int]]:
    """The integers with the least and the greatest of each part, those that have any."""
    for values, places in integers():
        if len(values):
            least, most = int(values.min()), int(values.max())
            if most - least >= MOST:
                raise TooWide
            yield values, places, least, most
