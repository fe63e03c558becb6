"""Where the work of a scan is done: reading processes, their limits, and the folder of partial results."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.doors import python
from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.dataset import Dataset
    from auditor.reading import Progress, Work

LIBRARIES, PARENT = 96 << 20, 96 << 20
"""Bytes that libraries take in a process, which no limit counts, and that the auditing process takes while others read."""

SMALLEST = 384 << 20
"""Bytes that an audit needs at least."""


KERNELS = "AUDITOR_KERNELS"
"""The environment variable that says which kernels are used: numpy, native (machine code), or auto, by the size of the data."""

LOADED, MADE = 4 << 20, 64 << 20
"""Bytes of data from which compiled kernels are worth loading, and from which they are worth making (a quarter of a minute, once)."""


def size(value: str) -> int:
    """Bytes, from a number with an optional K, M, G or T (powers of 1024; `GB` and `GiB` are the same)."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:([KMGT])(?:I?B)?|B)?\s*", value, re.I)
    if not found:
        raise ValueError(f"{value!r} is no size such as 512M or 2G")
    number = int(float(found[1]) * (1 << 10 * " KMGT".index((found[2] or " ").upper())))
    if number < SMALLEST:
        raise ValueError(f"{value} is too little: an audit needs {SMALLEST >> 20}M or more")
    return number


KEPT = 30 * 86_400
"""Seconds for which compiled kernels that nobody uses are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How an audit is carried out; nothing of it changes what is found.

    `max_memory` is in bytes, `work_dir` the folder where partial results are kept, `debug` lets the reading processes be heard.
    """

    workers: int = 1
    max_memory: int = 2 << 30
    work_dir: Path | None = None
    debug: bool = False


@contextmanager
def working(
    path: Path, dataset: Dataset, how: How, progress: Progress, others: Sequence[Dataset] = (), out: Path | None = None
) -> Iterator[Work]:
    """The engine and the folders of partial results, while the dataset at `path` is audited, against others.

    `out` is a folder that the reading processes may write to as well.
    """
    from auditor import partials
    from auditor.doors.limits import limited
    from auditor.engines.local import LocalEngine
    from auditor.reading import Work

    folder, memory = how.work_dir, how.max_memory - LIBRARIES - PARENT
    if folder is not None and folder.resolve().is_relative_to(path.resolve()):
        raise AuditorError(f"--work-dir: {folder} lies in the dataset, of which it would become a part", "name a folder elsewhere")
    kernels = _kernels(dataset, progress)
    with ExitStack() as stack:
        kept = stack.enter_context(partials.opened(folder))
        passing = stack.enter_context(partials.opened(None)) if folder is not None else kept
        settings = {
            "parent": os.getpid(),
            "kernels": str(kernels) if kernels is not None else None,
            "threads": max(1, how.workers // max(1, len(dataset.shards))),  # of workers that have no shard of their own
            "memory": memory,
            "readable": sorted({str(Path(shard.file).resolve().parent) for each in (dataset, *others) for shard in each.shards}),
            "writable": sorted({str(folder.resolve()) for folder in (kept.folder, passing.folder, *([out] if out else ()))}),
        }
        command = python.command("auditor.worker", json.dumps(settings))
        stack.enter_context(limited(how.max_memory - LIBRARIES))
        engine = stack.enter_context(LocalEngine(command, how.workers, memory + LIBRARIES, audible=how.debug))
        if kernels is not None:
            from auditor.kernels import native

            native.load(kernels)
            stack.callback(native.unload)
        yield Work(engine=engine, kept=kept, passing=passing, memory=memory, progress=progress)


def _kernels(dataset: Dataset, progress: Progress) -> Path | None:
    """The file of compiled kernels to use, made if that pays; None where the NumPy kernels do."""
    chosen, size = os.environ.get(KERNELS, "auto"), sum(shard.bytes for shard in dataset.shards)
    if chosen == "numpy" or (chosen == "auto" and size < LOADED):
        return None
    from auditor.kernels import native  # and with it numpy, which an audit of documents can do without

    path = native.cached()
    if chosen == "auto" and size < MADE and not path.is_file():
        return None
    if not path.is_file():
        progress("making machine code (once)", 0, 1)
        make_kernels(path)
    return path if _is_ours(path) else None


def _is_ours(path: Path) -> bool:
    """Whether nobody else can have written the file: what stands in it is run."""
    try:
        found = [each.stat() for each in (path, path.parent)]
    except OSError:
        return False
    return all(each.st_uid == os.getuid() and not each.st_mode & 0o022 for each in found)


def make_kernels(path: Path) -> str:
    """Makes the compiled kernels; what went wrong, in one line, or nothing."""
    command = python.command("auditor.kernels.native.build", str(path))
    made = subprocess.run(command, check=False, env=python.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = made.stderr.decode(errors="replace").strip().splitlines()
    _forget(path)
    return "" if made.returncode == 0 else (said or [f"it ended with status {made.returncode}"])[-1]


def _forget(path: Path) -> None:
    """Removes the kernels of other code that lie beside `path` and have not been read for `KEPT` seconds."""
    for other in path.parent.glob("kernels-*.bin"):
        with suppress(OSError):  # another process may remove it as well
            if other != path and other.stat().st_atime < time.time() - KEPT:
                other.unlink()
