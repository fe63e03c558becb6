"""Files of which the memory holds only the pages that are being looked at."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    import pyarrow as pa

MANY = 64 << 20
"""Bytes of mapped files that the memory holds, about."""

_MAPPED: WeakSet[Mapping] = WeakSet()
_looked_at = [0]


class Mapping(mmap.mmap):
    """A file mapped to be read."""


def mapped(path: Path) -> pa.Buffer:
    """The contents of a file, which stay there until they are looked at."""
    import pyarrow as pa

    with path.open("rb") as file:
        mapping = Mapping(file.fileno(), 0, access=mmap.ACCESS_READ)
    _MAPPED.add(mapping)
    return pa.py_buffer(mapping)


def looked_at(size: int) -> None:
    """Says that so many bytes of mapped files were looked at: once they are MANY, the pages of all mapped files are given back. Whoever
    looks at one again has it read again.
    """
    _looked_at[0] += size
    if _looked_at[0] >= MANY:
        _looked_at[0] = 0
        for mapping in list(_MAPPED):
            mapping.madvise(mmap.MADV_DONTNEED)
