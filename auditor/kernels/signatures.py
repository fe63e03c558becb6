"""Sketches of texts as datasketch's users make and keep them: their rows, whichever of two hash functions is under them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import numpy as np

from auditor.kernels.hashes import token_hash
from auditor.kernels.minhash import PERMUTATIONS, U32, permutations, sketches
from auditor.kernels.reference import characters, point_hash, shingle_hash, tokens
from auditor.kernels.sets import Sets
from auditor.kernels.shingles import parse, shingled
from auditor.kernels.texts import of_strings

Hash = Literal["auditor", "sha1"]


def signatures(texts: Sequence[str], shingle: str, count: int = PERMUTATIONS, seed: int = 1, function: Hash = "auditor") -> U32:
    """A row a text (uint32, of shape (texts, count)): that of MinHash(num_perm=count, seed=seed) updated with `shingle_bytes`.

    With "auditor" the MinHash has the hash function `hash32` (for char:N `hash32_of_characters`), with "sha1" datasketch's own
    default. A text without a token has 2^32 - 1 throughout, as an empty MinHash.
    """
    sets = _sha1(texts, shingle) if function == "sha1" else shingled(of_strings(texts), shingle).shingles
    return sketches(sets, *permutations(count, seed))


def shingle_bytes(text: str, shingle: str) -> list[bytes]:
    """The different shingles of a text in UTF-8, sorted: N tokens joined by one space (`word:N`), or N code points (`char:N`)."""
    kind, length = parse(shingle)
    found = tokens(text)
    items: Sequence[str] = found if kind == "word" else characters(found)
    last = max(len(items) - length + 1, min(len(items), 1))
    space = " " if kind == "word" else ""
    return sorted({space.join(items[i : i + length]).encode() for i in range(last)})


def hash32(shingle: bytes) -> int:
    """The lower half of our hash of a shingle of words, as datasketch wants a hash function: from its bytes."""
    return shingle_hash([token_hash(token) for token in shingle.split(b" ")]) & 0xFFFFFFFF


def hash32_of_characters(shingle: bytes) -> int:
    """The same of a shingle of code points."""
    return shingle_hash([point_hash(ord(character)) for character in shingle.decode()]) & 0xFFFFFFFF


def sha1_hash32(shingle: bytes) -> int:
    """The first four bytes of SHA-1, little-endian: datasketch's default hash function."""
    return int.from_bytes(hashlib.sha1(shingle, usedforsecurity=False).digest()[:4], "little")


def _sha1(texts: Sequence[str], shingle: str) -> Sets:
    """The hashes of the texts' shingles by datasketch's default function: 32 bits, of which a sketch is made all the same."""
    found = [sorted({sha1_hash32(each) for each in shingle_bytes(text, shingle)}) for text in texts]
    offsets = np.zeros(len(found) + 1, np.int64)
    np.cumsum([len(each) for each in found], out=offsets[1:])
    return Sets(offsets=offsets, values=np.array([each for some in found for each in some], np.uint64))
