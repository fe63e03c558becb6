"""Keyed sketches: what of records can be handed to somebody who holds the same key, and lets them find copies without the text.

Of each text there is a digest and a set of shingles, both under keyed pseudo-random functions: HMAC-SHA256 and SipHash-2-4. The keys of
the two follow from one secret. docs/sketches.md describes the file, and what it still tells.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.model import AuditorError, Json

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.kernels.sets import I64, U64, Collection

VERSION = "auditor/sketch/1"
ENDING = ".sketch"
FIELD = b"auditor"
"""The name under which the metadata of the Parquet file hold the header, as JSON."""

SHORTEST = 16
"""Bytes a secret has at least."""

GROUP = 1 << 20
"""Shingles of a row group, or few more."""

PROBE = "Of this text, in Straße and 東京, every version that makes equal sketches makes one digest and 1 set of shingles."


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a sketch says of itself: how texts became shingles (`shingle`, and `hashes`, which differs where the code's hashes do), a
    check value of the secret, how many records there were, how many of them without a token, and how many different texts (the items).
    """

    sketch: str = VERSION
    definition: str = "norm-v1"
    shingle: str
    hashes: str
    key: str
    records: int
    empty: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Key:
    """The keys that follow from a secret: for digests, for shingles (16 bytes), and the value by which equal secrets are known."""

    digests: bytes
    shingles: bytes
    check: str


def key_of(secret: bytes) -> Key:
    """The keys of a secret: HMAC-SHA256 of a label for each."""

    def derived(use: str) -> bytes:
        return hmac.digest(secret, f"{VERSION} {use}".encode(), "sha256")

    return Key(digests=derived("digests"), shingles=derived("shingles")[:16], check=derived("check")[:16].hex())


def read_key(path: Path) -> bytes:
    """The secret in a file, without line ends behind it; AuditorError where there is none that is long enough."""
    cure = "make one, for instance by: openssl rand -hex 32, and give it to nobody but those who shall compare"
    try:
        with path.open("rb") as file:
            secret = file.read(1 << 16).rstrip(b"\r\n")
    except OSError as error:
        raise AuditorError(f"--key: {path} cannot be read ({error.strerror})", cure) from None
    if len(secret) < SHORTEST:
        raise AuditorError(f"--key: {path} holds {len(secret)} bytes; a key has {SHORTEST} or more", cure)
    return secret


@cache
def hashes(shingle: str) -> str:
    """What the digest and the shingles of one text are in this code: sketches in which they differ cannot be compared."""
    from hashlib import sha256

    import numpy as np

    from auditor.kernels.shingles import shingled
    from auditor.kernels.texts import of_strings

    found = shingled(of_strings([PROBE]), shingle)
    return sha256(found.digests.tobytes() + np.sort(found.shingles.values).tobytes()).hexdigest()[:32]


def schema() -> pa.Schema:
    """The columns: the keyed digest of a text, whether it has so many tokens that it may be contained, its keyed shingles, ascending."""
    import pyarrow as pa

    shingles = pa.large_list(pa.field("element", pa.uint64(), nullable=False))
    fields = {"digest": pa.binary(16), "long": pa.bool_(), "shingles": shingles}
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields.items()])


def keyed_digests(digests: U64, key: Key) -> list[bytes]:
    """The keyed digest of each digest of a token sequence (two uint64 each)."""
    return [hmac.digest(key.digests, each.tobytes(), "sha256")[:16] for each in digests]


def keyed_shingles(shingles: U64, key: Key) -> U64:
    """The keyed hash of each shingle, none of which is 0, as no hash of a shingle is."""
    import numpy as np

    from auditor.kernels.siphash import siphash

    return np.maximum(siphash(shingles, key.shingles), np.uint64(1))


def sketched(digests: U64, tokens: I64, sets: Collection, key: Key) -> Iterator[pa.Table]:
    """The rows of the sketch of some texts, of which no two are equal and none is empty; in order of their keyed digests, which is none."""
    import numpy as np
    import pyarrow as pa

    from auditor.kernels.pairing import CONTAINED_TOKENS
    from auditor.kernels.sets import spans

    keyed = keyed_digests(digests, key)
    order = np.array(sorted(range(len(keyed)), key=keyed.__getitem__), np.int64)
    for first, last in spans(sets.sizes[order], GROUP):
        some = order[first:last]
        part = sets.take(some)
        values = keyed_shingles(part.values, key)
        values = values[np.lexsort((values, np.repeat(np.arange(len(part)), part.sizes)))]
        columns = [
            pa.array([keyed[place] for place in some.tolist()], pa.binary(16)),
            pa.array(tokens[some] >= CONTAINED_TOKENS),
            pa.LargeListArray.from_arrays(pa.array(part.offsets), pa.array(values), type=schema().field("shingles").type),
        ]
        yield pa.Table.from_arrays(columns, schema=schema())


def write(path: Path, header: Header, tables: Iterator[pa.Table]) -> None:
    """Writes a sketch as Parquet."""
    import pyarrow.parquet as pq

    described = schema().with_metadata({FIELD: json.dumps(asdict(header), sort_keys=True)})
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}  # what is random cannot be made smaller
    with pq.ParquetWriter(path, described, **plain, write_page_checksum=True) as writer:
        for table in tables:
            writer.write_table(table.replace_schema_metadata(described.metadata))


def header_of(metadata: Mapping[bytes, bytes] | None, name: str) -> Header:
    """The header in the metadata of a file; AuditorError where there is none, or one of another version."""
    try:
        values: Json = json.loads((metadata or {})[FIELD])
        version = values["sketch"]
        header = Header(**values) if version == VERSION else None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise AuditorError(f"{name} is no sketch, or a damaged one", "make it anew by auditor sketch", code=3) from None
    if header is None:
        cure = "compare with the version of auditor by which it was made, or have it made anew by this one"
        raise AuditorError(f"{name} is a sketch of another version than {VERSION}", cure)
    return header


def check(header: Header, key: Key, shingle: str, name: str) -> None:
    """AuditorError where sketches made here under the key could not be compared with that one."""
    if not hmac.compare_digest(header.key.encode(), key.check.encode()):
        raise AuditorError(f"{name} was made under another key", "name the file with the key that it was made with: --key")
    if header.shingle != shingle:
        cure = f"scan with --shingle {header.shingle}, or have it made with --shingle {shingle}"
        raise AuditorError(f"{name} was made of {header.shingle}, and this dataset is compared by {shingle}", cure)
    if header.definition != "norm-v1" or header.hashes != hashes(shingle):
        cure = "have it made anew by the version of auditor that compares, or compare by the one that made it"
        raise AuditorError(f"{name} was made by a version of auditor that hashes otherwise", cure)
