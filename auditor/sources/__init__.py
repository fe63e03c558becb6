"""The ways in: one file per format, each of which yields a shard's records in batches and accounts for every one of them."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import re
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from auditor.dataset import Batch, Reader, Shard, Tally, UnreadableError, texts
from auditor.sources.limits import SCARCE

if TYPE_CHECKING:
    import pyarrow as pa

VALUES = 100
"""How many values a column may have that tells splits apart."""

LONGEST = 1 << 20
"""Bytes of a value among a file's own metadata above which it is not looked at."""

_ROOMS = {"csv": "csv", "tsv": "csv"} | {name: name for name in ("jsonl", "json", "parquet", "arrow", "sketch", "sql")}
_OURS = {"sketch", "sql"}
"""Formats that this package writes itself: no content has to be asked."""

_MACHINE_PATH = re.compile(r"(?<![\w.])/[^\s'\",:]+")


def open_shard(shard: Shard, tally: Tally) -> Iterator[Batch]:
    """The shard's records in order, by the reader its content asks for; UnreadableError is the only exception it raises.

    Where `shard.column` is set, only the records whose text there is `shard.value` (missing is ""); then `tally.physical` counts
    these and, if the shard is primary, the refused ones.
    """
    try:
        if shard.column is None:
            yield from _reader(shard)(shard, tally)
        else:
            yield from _kept(shard, tally, shard.column)
    except UnreadableError:
        raise
    except MemoryError:
        raise UnreadableError(f"it {SCARCE}") from None
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except Exception as error:
        raise UnreadableError(_plain(error, shard), quoting=True) from error


def split_values(shard: Shard, column: str) -> list[str]:
    """The distinct texts of a column that tells splits apart, sorted; UnreadableError where there are more than `VALUES`.

    Of a file that breaks off, those before: what ails it is told when its records are read.
    """
    found: set[str] = set()
    with contextlib.suppress(UnreadableError):
        for batch in open_shard(shard, Tally()):
            found.update(_values(batch, column))
            if len(found) > VALUES:
                break
    if len(found) > VALUES:
        raise UnreadableError(f"its column {column!r} has more than {VALUES} values: it does not tell splits apart")
    return sorted(found)


def header(shard: Shard, keys: Sequence[str]) -> dict[str, str]:
    """What the file's own metadata say under these keys (in any case), as text; UnreadableError as from `open_shard`."""
    try:
        room = _room(shard)
        found = room.schema(shard.file).metadata if hasattr(room, "schema") else None
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(_plain(error, shard), quoting=True) from error
    said = {key.decode(errors="replace"): value for key, value in (found or {}).items() if len(value) <= LONGEST}
    return {key: value.decode(errors="replace") for key, value in sorted(said.items()) if key.casefold() in keys}


def _reader(shard: Shard) -> Reader:
    reader: Reader = _room(shard).read
    return reader


def _room(shard: Shard) -> ModuleType:
    from auditor.sources.content import judged

    kind = shard.format if shard.format in _OURS else judged(shard)
    if kind not in _ROOMS:
        raise UnreadableError(f"there is no reader for the format {kind!r}")
    return importlib.import_module(f"auditor.sources.{_ROOMS[kind]}")


def _kept(shard: Shard, tally: Tally, column: str) -> Iterator[Batch]:
    import pyarrow as pa

    noted = tally if shard.primary else Tally()
    start = 0
    for batch in _reader(shard)(shard, noted):
        rows = [row for row, value in enumerate(_values(batch, column)) if value == shard.value]
        if shard.primary:
            tally.physical -= batch.records.num_rows - len(rows)
        else:
            tally.physical += len(rows)
        if rows:
            places = pa.array(rows, pa.int64())
            lines = None if batch.lines is None else batch.lines.take(places)
            yield dataclasses.replace(batch, start=start, records=_taken(batch.records, places), lines=lines)
            start += len(rows)


def _values(batch: Batch, column: str) -> list[str]:
    """The column as text, null and missing empty."""
    return [value or "" for value in texts(batch, column)]


def _taken(records: pa.RecordBatch, places: pa.Array) -> pa.RecordBatch:
    return records if len(places) == records.num_rows else records.take(places)


def _plain(error: Exception, shard: Shard) -> str:
    """A library's exception in one short line in which no path of this machine stands."""
    if isinstance(error, UnicodeError):
        return "a name in it is no UTF-8"
    text = str(error.strerror if isinstance(error, OSError) and error.strerror else error).strip()
    if not text or isinstance(error, LookupError):
        text = f"something in it is not supported ({type(error).__name__} {text})"
    return _MACHINE_PATH.sub("…", text.splitlines()[0].replace(shard.file, shard.path))[:200]
