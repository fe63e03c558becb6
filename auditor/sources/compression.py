"""From a file to its decompressed bytes, block by block; the first bytes say how it is compressed, whatever its name says."""

from __future__ import annotations

import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from auditor.dataset import UnreadableError
from auditor.sources.limits import held, over

BLOCK = 1 << 20
"""Bytes of a block at most."""

RATIO, FREE = 200, 256 << 20
"""What decompresses to over `RATIO` times its size is refused from `FREE` bytes on."""

_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}
_BZ2_BODIES = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")


def compression(head: bytes) -> str:
    """How a file that begins so (10 bytes suffice) is compressed: gz, zst, bz2, xz, or "" for not at all."""
    name = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")
    return "" if name == "bz2" and not head[4:].startswith(_BZ2_BODIES) else name


def blocks(file: str) -> Iterator[bytes]:
    """The decompressed bytes; UnreadableError, after the blocks that are sound, where the file is damaged, cut off or a bomb."""
    with Path(file).open("rb") as raw:
        name, size, total = compression(raw.read(10)), os.fstat(raw.fileno()).st_size, 0
        raw.seek(0)
        try:
            for block in _WAYS[name](raw):
                total += len(block)
                if total > max(FREE, RATIO * size):
                    raise UnreadableError(f"it decompresses to more than {RATIO} times its size: decompress it first if it is sound")
                yield block
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            if not name:
                raise
            raise UnreadableError(_reason(error, name)) from error


def whole(file: str) -> bytearray:
    """All decompressed bytes of a file whose format has to be read from its end; UnreadableError above `held()` of them."""
    data, limit = bytearray(), held()
    for block in blocks(file):
        data += block
        if len(data) > limit:
            raise UnreadableError(f"{over('it decompresses to what cannot be read as a stream,', limit)}, or decompress it")
    return data


def _reason(error: Exception, name: str) -> str:
    """What a library says is wrong with compressed data, in our words."""
    text = str(error).lower()
    if "memory" in text:
        return f"the {name} data take too much memory to decompress: decompress it, or raise --max-memory"
    if isinstance(error, EOFError) or "truncated" in text:
        return f"truncated: the {name} data end early"
    return f"damaged: no valid {name} data"


def _as_it_is(raw: BinaryIO) -> Iterator[bytes]:
    small = max(1, BLOCK >> 2)  # what is copied on from the cache of the processor is copied for nothing
    return iter(lambda: raw.read(small), b"")


def _gz(raw: BinaryIO) -> Iterator[bytes]:
    import gzip

    with gzip.GzipFile(fileobj=raw) as stream:
        yield from iter(lambda: stream.read1(BLOCK), b"")


def _zst(raw: BinaryIO) -> Iterator[bytes]:
    import pyarrow as pa

    small = 4 << 10  # a read that fails loses what it had decompressed
    with pa.CompressedInputStream(raw, "zstd") as stream:
        yield from iter(lambda: stream.read(small), b"")


def _bz2(raw: BinaryIO) -> Iterator[bytes]:
    import bz2

    return _members(raw, bz2.BZ2Decompressor)


def _xz(raw: BinaryIO) -> Iterator[bytes]:
    memory = 4 * held()  # the usual levels take up to 65 MiB
    return _members(raw, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=memory))


def _members(raw: BinaryIO, new: Callable[[], Any]) -> Iterator[bytes]:
    """One compressed stream after the other. The library's own files take a damaged second one for the end, in silence."""
    data = raw.read(BLOCK)
    while data:
        machine = new()
        while not machine.eof:
            if not data and machine.needs_input and not (data := raw.read(BLOCK)):
                raise EOFError
            block = machine.decompress(data, BLOCK)
            data = b""
            if block:
                yield block
        data = machine.unused_data or raw.read(BLOCK)
        while data and not (data := data.lstrip(b"\0")):  # padding between the streams of an xz file
            data = raw.read(BLOCK)


_WAYS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {"": _as_it_is, "gz": _gz, "zst": _zst, "bz2": _bz2, "xz": _xz}
