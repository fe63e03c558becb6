"""How a child Python is started: with this one's packages, and never with code that lies in the working directory."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from pathlib import Path

SPARED = ("PATH", "HOME", "LANG", "LC_", "LD_", "PYTHON", "TMPDIR", "TZ", "VIRTUAL_ENV")
"""How the names of the environment variables begin that a child gets to see: no token of a pipeline is among them."""

MODEST = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Settings under which libraries reserve no memory that they do not use."""

KEPT = {"MALLOC_TRIM_THRESHOLD_": str(128 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}
"""Settings under which a process keeps memory of such sizes that it gave up: to get it anew, page by page and cleared, takes longer than
much that is done with it.
"""


def environment() -> dict[str, str]:
    """The environment of a child process."""
    return {name: value for name, value in os.environ.items() if name.startswith(SPARED)} | MODEST | KEPT


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs `main()` of a module of this package in a new process; there the arguments are sys.argv[2:].

    `-P` keeps the working directory, which may be a dataset with a json.py in it, off the path.
    """
    return [sys.executable, "-P", __file__, module, *arguments]


def collect_rarely() -> None:
    """Looks for garbage in cycles once in 50,000 new objects, not in 700: imports make many, and little of an audit's garbage is in any."""
    gc.set_threshold(50_000)


if __name__ == "__main__":
    collect_rarely()
    sys.path.append(str(Path(__file__).resolve().parent.parent.parent))
    importlib.import_module(sys.argv[1]).main()
