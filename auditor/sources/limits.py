"""What a reader may hold at once, as a part of the memory that its process may use (the soft limit RLIMIT_DATA)."""

from __future__ import annotations

import resource

MOST = 128 << 20
"""Bytes of one line, one record or one file that are held at once at most, however much memory there is."""

SCARCE = "needs more memory than there is: raise --max-memory"
"""The reason to give up what ends in a MemoryError."""

_UNLIMITED = 2 << 30
"""Bytes reckoned with where the process has no limit."""

_LIBRARIES, _COLUMN = 96 << 20, 24 << 10
"""Bytes that are taken before anything is read, and that a column may take: Arrow needs about 2 KiB for one, Parquet 15.

Where memory runs out over many small pieces, and not over a large one, the library does not say so but dies.
"""


def held() -> int:
    """Bytes of one line, record or wholly compressed file that may be held at once: a sixteenth of the memory, at most `MOST`.

    A sixteenth, as text of one byte a character may take four, once as it came, once decoded and once as a value.
    """
    return min(MOST, _memory() // 16)


def batch() -> int:
    """Bytes of text of which a batch is made at most, unless it is of one record: 8 MiB, less where memory is short."""
    return min(8 << 20, held() // 4)


def footer() -> int:
    """Bytes that the description of a table in its file may have: a 64th of the memory; its parsed form takes up to 20 times as much."""
    return _memory() // 64


def columns() -> int:
    """How many columns a table, and keys a record, may have."""
    return max(1000, (_memory() - _LIBRARIES) // _COLUMN)


def over(what: str, limit: int) -> str:
    """The reason to refuse what has more than `limit` bytes."""
    return f"{what} of over {limit / (1 << 20):.3g} MiB: more with --max-memory"


def too_wide(what: str) -> str:
    """The reason to refuse what has more than `columns()` columns."""
    return f"{what} of over {columns():,} columns: more with --max-memory"


def _memory() -> int:
    soft = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft
