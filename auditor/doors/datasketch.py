"""The one place that imports datasketch: its MinHashLSH as the reference way to find pairs, and sketches as its LeanMinHash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from datasketch import LeanMinHash, MinHashLSH
from numpy.typing import NDArray

from auditor.model import AuditorError

SCHEME = "affine32"
"""The permutations by which sketches here are made: datasketch's default since 2.0."""

Rows = NDArray[np.uint32]


def candidates(left: Rows, right: Rows | None, threshold: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs (int64 places) of left and right sketches that MinHashLSH with its default bands finds; None: of left ones, earlier first.

    No sketch may be that of an empty set: those are all equal. AuditorError where the bands would be fewer than two.
    """
    try:
        index = MinHashLSH(threshold=threshold, num_perm=left.shape[1])
    except ValueError:
        raise AuditorError(f"datasketch takes no threshold as high as {threshold}", "lower --threshold, or use another --join") from None
    for place, row in enumerate(left):
        index.insert(place, _lean(row, 1), check_duplication=False)
    asked = left if right is None else right
    pairs = [(found, place) for place, row in enumerate(asked) for found in index.query(_lean(row, 1))]
    both = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    both = both if right is not None else both[both[:, 0] < both[:, 1]]
    return both[:, 0], both[:, 1]


def exported(sketches: Rows, seed: int = 1) -> list[bytes]:
    """Each sketch (a row of uint32, made with this seed) as the bytes of LeanMinHash.serialize, little-endian."""
    found = []
    for row in sketches:
        lean = _lean(row, seed)
        buffer = bytearray(lean.bytesize("<"))
        lean.serialize(buffer, "<")
        found.append(bytes(buffer))
    return found


def imported(buffers: Iterable[bytes], seed: int = 1) -> Rows:
    """The sketches (uint32, a row each) in the bytes of LeanMinHash.serialize, little-endian.

    AuditorError where bytes are no sketch, where one was made by another scheme or with another seed, or where lengths differ: hash
    values of different kinds can be compared, and say nothing.
    """
    rows = [_imported(place, buffer, seed) for place, buffer in enumerate(buffers)]
    if len({len(row) for row in rows}) > 1:
        raise AuditorError("the sketches have different numbers of permutations", "make them all with one num_perm")
    return np.array(rows, np.uint32).reshape(len(rows), len(rows[0]) if rows else 0)


def _imported(place: int, buffer: bytes, seed: int) -> Sequence[int]:
    try:
        lean = LeanMinHash.deserialize(buffer, "<")
        whole = len(buffer) == lean.bytesize("<")
    except Exception:  # noqa: BLE001 - bytes from elsewhere: whatever the library stumbles over, they are no sketch
        whole = False
    if not whole:
        raise AuditorError(f"sketch {place} is damaged, or no LeanMinHash in little-endian bytes", 'write it by serialize(buffer, "<")')
    if lean.scheme != SCHEME:
        cure = f'make it anew by datasketch 2 or later with scheme="{SCHEME}"'
        raise AuditorError(f"sketch {place} was made by the scheme {lean.scheme}, and others by {SCHEME} are not like it", cure)
    if lean.seed != seed:
        raise AuditorError(f"sketch {place} was made with the seed {lean.seed}, not {seed}", "make all sketches with one seed")
    values: Sequence[int] = lean.hashvalues
    return values


def _lean(row: Rows, seed: int) -> Any:
    return LeanMinHash(seed=seed, hashvalues=row, scheme=SCHEME)
