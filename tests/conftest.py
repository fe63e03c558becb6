"""What many tests share: the kernels as machine code, made once for the whole run."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from auditor.cli.progress import BUILD_SERVERS
from auditor.doors import python
from auditor.kernels import native

for name in (*BUILD_SERVERS, "GITHUB_STEP_SUMMARY"):  # where the tests run must not change what commands write
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def compiled_file(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The file of kernels of this code; processes of one run make it together."""
    room = tmp_path_factory.getbasetemp()
    path = (room if worker_id == "master" else room.parent) / "kernels.bin"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            subprocess.run(python.command("auditor.kernels.native.build", str(path)), check=True, timeout=300)
    return path


@pytest.fixture(scope="session")
def compiled(compiled_file: Path) -> Callable[[], AbstractContextManager[None]]:
    """`with compiled():` this process uses machine code; outside of it, NumPy."""

    @contextmanager
    def loaded() -> Iterator[None]:
        native.load(compiled_file)
        try:
            yield
        finally:
            native.unload()

    return loaded
