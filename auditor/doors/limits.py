"""What a process may use."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


def limit(kind: int, most: int) -> None:
    """Sets one of the limits of this process (resource.RLIMIT_...), so that it can be raised again by itself."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


@contextmanager
def limited(memory: int) -> Iterator[None]:
    """While this is active, this process and those it starts may use so many bytes of memory each; more is a MemoryError.

    RLIMIT_DATA counts private memory; reservations and mapped files do not count, and no privilege is needed.
    """
    before = resource.getrlimit(resource.RLIMIT_DATA)
    limit(resource.RLIMIT_DATA, memory)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
