"""The dataset that a command line names: a folder, a file, or a database, of which a snapshot is taken for as long as it is audited."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.dataset import Dataset
    from auditor.model import Json
    from auditor.sources.database import Database

SECONDS, SPEED = 120, 20_000
"""Seconds of processor time that a snapshot may take, and one more for so many bytes of a database that is a file."""

SPOOLED, GROWTH = 1 << 30, 16
"""Bytes that a file of a snapshot may have, and so many more for each byte of a database that is a file."""

SERVED = 1 << 40
"""Bytes that a database is reckoned with that is no file."""


@contextmanager
def opened(place: str, asked: Config, memory: int, apart: tuple[Path, ...] = ()) -> Iterator[Dataset]:
    """The dataset at `place`, while it is needed; a snapshot of a database may use so many bytes of `memory`."""
    from auditor.sources.database import database, is_database
    from auditor.sources.folder import find

    if is_database(place):
        from auditor.partials import opened as room

        with room(None) as partials:
            yield _snapshot(database(place), asked, partials.folder.resolve(), memory)
    elif asked.table or asked.query:
        raise AuditorError("--table and --query read a database, and DATASET is none", "give its URL as DATASET, or leave them out")
    else:
        yield find(Path(place), splits=asked.split, subsets=asked.subset, apart=apart)


def _snapshot(source: Database, asked: Config, folder: Path, memory: int) -> Dataset:
    """What is taken out of a database, by a process that can reach it, and nothing else, and can write to the folder."""
    from auditor.doors import python
    from auditor.engines.local import LocalEngine
    from auditor.running.work import LIBRARIES, PARENT

    limit, size = memory - LIBRARIES - PARENT, SERVED if source.file is None else source.file.stat().st_size
    settings = {
        "parent": os.getpid(),
        "kernels": None,
        "threads": 1,
        "memory": limit,
        "readable": sorted(map(str, source.readable)),
        "writable": [str(folder)],
        "port": source.port,
    }
    job = {
        "moment": "snapshot",
        "tables": asked.table,
        "queries": asked.query,
        "splits": asked.split,
        "subsets": asked.subset,
        "url": source.url,
        "file": None if source.file is None else str(source.file),
        "password": source.password,
        "environment": {**source.settings, "SQLITE_TMPDIR": str(folder)},
        "folder": str(folder),
        "seconds": SECONDS + size / SPEED,
        "output": SPOOLED + GROWTH * size,
    }
    with LocalEngine(python.command("auditor.worker", json.dumps(settings)), memory=limit + LIBRARIES) as engine:
        (answer,) = engine.map([job])
    if "crash" in answer:
        raise AuditorError(f"the process that read the database died: {answer['crash']}", "see whether --max-memory is enough", 3)
    if "refused" in answer:
        message, cure, code = answer["refused"]
        raise AuditorError(message, cure, code)
    return _dataset(source.name, answer)


def _dataset(name: str, answer: Json) -> Dataset:
    from auditor.dataset import Dataset, Shard, Split
    from auditor.model import LedgerEntry

    shards = [dataclasses.replace(Shard(**each), ordinal=place) for place, each in enumerate(answer["shards"])]
    splits = tuple(Split(name=split, shards=tuple(some)) for split, some in itertools.groupby(shards, key=lambda shard: shard.split))
    notes = sorted((path, note) for path, note in answer["notes"])
    return Dataset(name=name, splits=splits, unread=tuple(LedgerEntry(file=path, note=note) for path, note in notes))
