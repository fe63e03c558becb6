"""The readers: whatever a file holds, records that are fit for use, a ledger that adds up, or UnreadableError."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from auditor.dataset import Batch, Shard, Tally, UnreadableError, json_values, texts
from auditor.sources import compression, lines, open_shard, split_values

from . import spoil
from . import texts as written
from .target import Outcome, Target, hold

LINED = ("csv", "tsv", "jsonl", "json")


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What came of reading a file, in a form that two ways of reading it must agree on."""

    rows: int = 0
    values: list[dict[str, str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, int] = field(default_factory=dict)
    failure: str | None = None


def reading(shard: Shard, keep: bool = False) -> _Reading:
    """Reads a file and holds the reader to everything that every reader promises; `keep` the values too."""
    tally, found = Tally(), _Reading()
    try:
        for batch in open_shard(shard, tally):
            _fit(batch, shard, found.rows)
            found.rows += batch.records.num_rows
            if keep:
                columns = {name: json_values(batch, name) for name in batch.records.schema.names}
                found.values += ({name: column[row] for name, column in columns.items()} for row in range(batch.records.num_rows))
            found.lines += batch.lines.to_pylist() if batch.lines is not None else []
    except UnreadableError as error:
        found.failure = str(error)
        hold(bool(found.failure.strip()) and "\n" not in found.failure and len(found.failure) <= 400, "the reason is no short line")
        hold(str(Path(shard.file).parent) not in found.failure, "a path of this machine stands in the reason")
    for trouble in tally.troubles:
        (found.doubts if trouble.accepted else found.refused)[trouble.reason] = trouble.count
    hold(tally.physical == found.rows + sum(found.refused.values()), f"the ledger: {tally.physical} != {found.rows} + {found.refused}")
    hold(found.lines == sorted(found.lines) and (not found.lines or found.lines[0] > 0), "lines do not ascend")
    json.dumps(found.refused, ensure_ascii=False).encode()
    return found


def _fit(batch: Batch, shard: Shard, start: int) -> None:
    batch.records.validate(full=True)
    hold(batch.shard == shard and batch.start == start, "a batch is not where it says it is")
    hold(batch.records.num_rows > 0, "an empty batch")
    hold(batch.lines is None or len(batch.lines) == batch.records.num_rows, "not one line a record")
    names = batch.records.schema.names
    hold(len(set(names)) == len(names), "two columns of one name")
    for name in names:
        for value in texts(batch, name):
            if value is not None:
                value.encode()


def put_to_the_test(data: bytes, folder: Path, form: str, ending: str) -> Outcome:
    """Reads the bytes as a file; of some, by their checksum, also in small blocks and batches, and as one split of a table."""
    file = folder / f"data.{ending}"
    file.write_bytes(data)
    shard = Shard(path=file.name, file=str(file), split="all", format=form)
    mark = zlib.crc32(data)
    twice = mark % 4 == 0 and ending in LINED
    found = reading(shard, keep=twice)
    if twice:
        with _narrow(max(1, len(data) // 300) + mark // 4 % 13, 1 + mark // 64 % 5):
            again = reading(shard, keep=True)
        hold(_comparable(again) == _comparable(found), "small blocks or batches make a difference")
    if mark % 8 == 1:
        _split(shard, found)
    told = {"rows": found.rows, "refused": found.refused, "doubts": found.doubts, "failure": found.failure}
    return Outcome(accepted=found.failure is None, told=told)


def _comparable(found: _Reading) -> tuple[Any, ...]:
    rows = [{name: value for name, value in row.items() if value is not None} for row in found.values]
    return rows, found.lines, found.refused, found.doubts, found.failure


@contextlib.contextmanager
def _narrow(block: int, rows: int) -> Iterator[None]:
    """While it is active, files are read a few bytes at a time, and batches hold a few records."""
    before = compression.BLOCK, lines.ROWS
    compression.BLOCK, lines.ROWS = block, rows
    try:
        yield
    finally:
        compression.BLOCK, lines.ROWS = before


def _split(shard: Shard, whole: _Reading) -> None:
    """The shards of one table share its records among them."""
    try:
        values = split_values(shard, "label")
    except UnreadableError:
        return
    parts = [
        reading(Shard(path=shard.path, file=shard.file, split=value, format=shard.format, column="label", value=value, primary=not place))
        for place, value in enumerate(values)
    ]
    hold(sum(part.rows for part in parts) == whole.rows, "the splits of a table do not have all of its records")
    hold(not parts or parts[0].refused == whole.refused, "the primary shard does not answer for what was refused")


# ── inputs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


_SOUND: dict[str, Callable[[Random], bytes]] = {
    "csv": partial(written.table, comma=","),
    "tsv": partial(written.table, comma="\t"),
    "jsonl": written.jsonl,
    "json": written.json_document,
}


def _text(form: str, rng: Random) -> bytes:
    one = _SOUND[form]
    spices = written.CSV_SPICES if form in {"csv", "tsv"} else written.JSON_SPICES
    if form in {"jsonl", "json"} and rng.random() < 0.6:
        return spoil.values(one(rng), rng, written.VALUES)
    others = [one(rng), written.jsonl(rng)]
    return spoil.text(one(rng), rng, spices if rng.random() < 0.7 else spoil.SPICES, others)


def _parquet(rng: Random) -> bytes:
    from . import parquet

    return parquet.spoiled(rng)


def _arrow(rng: Random, is_file: bool) -> bytes:
    from . import arrow

    return arrow.spoiled(rng, is_file)


PLAIN: dict[str, Callable[[Random], bytes]] = {
    **{form: partial(_text, form) for form in LINED},
    "parquet": _parquet,
    "arrow-file": partial(_arrow, is_file=True),
    "arrow-stream": partial(_arrow, is_file=False),
}


def _zstd(data: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.compress(data, "zstd", asbytes=True)
    return packed


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": partial(gzip.compress, compresslevel=1, mtime=0),
    "zst": _zstd,
    "bz2": partial(bz2.compress, compresslevel=1),
    "xz": partial(lzma.compress, preset=0),
}


def _packed(form: str, kind: str, rng: Random) -> bytes:
    """Spoiled content compressed, or compressed content spoiled, or both; in one stream or several."""
    content = PLAIN[form](rng)
    way = rng.random()
    if way < 0.3:
        return PACK[kind](content)
    cut = rng.randrange(len(content) + 1)
    data = PACK[kind](content) if way < 0.7 else PACK[kind](content[:cut]) + PACK[kind](content[cut:])
    if rng.random() < 0.2:
        return data + rng.choice((b"\0" * 4, b"\0", b"rubbish", data, rng.randbytes(6)))
    return spoil.binary(data, rng)


def _targets() -> Iterator[Target]:
    weights = {"parquet": 6, "arrow-file": 4, "arrow-stream": 4, "csv": 4, "jsonl": 4, "json": 4}
    for form, make in PLAIN.items():
        kind = form.partition("-")[0]
        run = partial(put_to_the_test, form=kind, ending=kind)
        yield Target(name=form, make=make, run=run, ending=kind, weight=weights.get(form, 2))
    for form in PLAIN:
        kind = form.partition("-")[0]
        for pack in PACK:
            ending = f"{kind}.{pack}"
            run = partial(put_to_the_test, form=kind, ending=ending)
            yield Target(name=f"{form}.{pack}", make=partial(_packed, form, pack), run=run, ending=ending)


TARGETS = tuple(_targets())
