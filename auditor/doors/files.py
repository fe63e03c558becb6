"""Files that are there as a whole or not at all, however the process ends."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from auditor.model import AuditorError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when all of it is written; if anything goes wrong, nothing is left of it.

    A device or a pipe (/dev/stdout) is written to and never replaced; of a link, the file it leads to is. What a process that was killed
    left beside `path` is removed. AuditorError where nothing can be written.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            yield path
            return
        path = path.resolve() if path.is_symlink() else path
        _sweep(path)
        with _placed(path, 0o666) as temporary:
            yield temporary
    except OSError as error:
        problem = f"{path} cannot be written ({error.strerror or type(error).__name__})"
        raise AuditorError(problem, "name a file in an existing folder that can be written") from None


def written(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Writes a file as a whole; OSError where it cannot be written."""
    with _placed(path, mode) as temporary:
        temporary.write_bytes(data)


@contextmanager
def _placed(path: Path, mode: int) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}-{os.getpid()}.tmp")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode))
        yield temporary
        synced(temporary)
        temporary.replace(path)
        synced(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


def synced(path: Path) -> None:
    """Returns when what was written to a file, or the names in a folder, would survive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def alive(process: int) -> bool:
    """Whether a process of this number runs, other than this one."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return process != os.getpid()


def _sweep(path: Path) -> None:
    """Removes the temporary files of dead processes, and of a namesake of this one."""
    ours = re.compile(re.escape(f".{path.name}-") + r"(\d{1,9})\.tmp")
    for beside in list(path.parent.iterdir()):
        if (found := ours.fullmatch(beside.name)) and not alive(int(found[1])):
            beside.unlink(missing_ok=True)
