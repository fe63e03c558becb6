"""One hash for a list of entries: the Merkle tree of RFC 6962, section 2.1."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def root(entries: Sequence[bytes]) -> bytes:
    """The Merkle tree hash (SHA-256) of entries in their order.

    Leaves and nodes are told apart by a first byte, so that no node can be passed off as an entry.
    """
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    left = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(entries[:left]) + root(entries[left:])).digest()
