"""Where the work of a scan is done: reading processes, their limits, and the folder of partial results."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.dataset import Dataset
    from auditor.reading import Progress, Work

LIBRARIES, PARENT = 96 << 20, 96 << 20
"""Bytes that libraries take in a process, which no limit counts, and that the auditing process takes while others read."""

SMALLEST = 384 << 20
"""Bytes that an audit needs at least."""


def size(value: str) -> int:
    """Bytes, from a number with an optional K, M, G or T (powers of 1024; `GB` and `GiB` are the same)."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:([KMGT])(?:I?B)?|B)?\s*", value, re.I)
    if not found:
        raise ValueError(f"{value!r} is no size such as 512M or 2G")
    number = int(float(found[1]) * (1 << 10 * " KMGT".index((found[2] or " ").upper())))
    if number < SMALLEST:
        raise ValueError(f"{value} is too little: an audit needs {SMALLEST >> 20}M or more")
    return number


@contextmanager
def working(path: Path, dataset: Dataset, options: Mapping[str, Any], progress: Progress) -> Iterator[Work]:
    """The engine and the folders of partial results, while the dataset at `path` is audited."""
    from auditor import partials
    from auditor.doors import python
    from auditor.doors.limits import limited
    from auditor.engines.local import LocalEngine
    from auditor.reading import Work

    folder, memory = options["work_dir"], options["max_memory"] - LIBRARIES - PARENT
    if folder is not None and folder.resolve().is_relative_to(path.resolve()):
        raise AuditorError(f"--work-dir: {folder} lies in the dataset, of which it would become a part", "name a folder elsewhere")
    with ExitStack() as stack:
        kept = stack.enter_context(partials.opened(folder))
        passing = stack.enter_context(partials.opened(None)) if folder is not None else kept
        settings = {
            "parent": os.getpid(),
            "memory": memory,
            "readable": sorted({str(Path(shard.file).resolve().parent) for shard in dataset.shards}),
            "writable": sorted({str(each.folder.resolve()) for each in (kept, passing)}),
        }
        command = python.command("auditor.cli.worker", json.dumps(settings))
        stack.enter_context(limited(options["max_memory"] - LIBRARIES))
        engine = stack.enter_context(LocalEngine(command, options["workers"], memory + LIBRARIES, audible=options["debug"]))
        yield Work(engine=engine, kept=kept, passing=passing, memory=memory, progress=progress)

