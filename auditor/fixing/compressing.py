"""A file that is written as another one is compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from auditor.sources.compression import compression


@contextmanager
def like(file: str, out: Path) -> Iterator[BinaryIO]:
    """Where the bytes go that `out` is to hold, compressed as `file` is; the same bytes make the same file."""
    with Path(file).open("rb") as source:
        kind = compression(source.read(10))
    with out.open("xb") as raw:
        if not kind:
            yield raw
            return
        with _WAYS[kind](raw) as packed:
            yield cast("BinaryIO", packed)


def _gz(raw: BinaryIO) -> Any:
    import gzip

    return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)


def _zst(raw: BinaryIO) -> Any:
    import pyarrow as pa

    return pa.CompressedOutputStream(raw, "zstd")


def _bz2(raw: BinaryIO) -> Any:
    import bz2

    return bz2.BZ2File(raw, "wb")


def _xz(raw: BinaryIO) -> Any:
    import lzma

    return lzma.LZMAFile(raw, "wb")


_WAYS: dict[str, Callable[[BinaryIO], Any]] = {"gz": _gz, "zst": _zst, "bz2": _bz2, "xz": _xz}
