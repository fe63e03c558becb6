"""Partial results in a folder, each under a key of all it was made from: an audit that was killed goes on where it was, and what has
not changed is not read again.

An entry is a small JSON file, KEY.json, which names the Arrow files, KEY-0000.arrow and so on, that belong to it. Every file is
written under another name and renamed when it is complete; the JSON file comes last, so that what it says is there. Nothing is
pickled.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.doors import pages
from auditor.doors.files import synced, written
from auditor.model import AuditorError, Json, digest

if TYPE_CHECKING:
    import pyarrow as pa

KEPT = 30 * 24 * 3600
"""Seconds after which an entry that no audit has used is removed."""

PREFIX = "auditor-"
"""How the temporary folders begin in which partial results lie where no folder is named."""

LIBRARIES = ("datasketch", "great-expectations", "numpy", "pandas", "pyarrow")
"""Distributions whose versions results depend on."""

_OURS = re.compile(r"\.?[0-9a-f]{32}(-\d{4})?\.(json|arrow)(-\w+)?(\.tmp)?")


def full(error: OSError) -> AuditorError:
    """What to say where a partial result cannot be written."""
    reason = error.strerror or str(error).splitlines()[0]
    cure = "free some space, or name a folder on another disk with --work-dir"
    return AuditorError(f"partial results cannot be written ({reason})", cure, code=3)


class Partials:
    """The entries of one folder. A `durable` folder outlasts the audit, and what is saved in it a power failure."""

    def __init__(self, folder: Path, durable: bool) -> None:
        self.folder, self.durable = folder, durable

    def load(self, key: str) -> Any | None:
        """The value saved under a key, or None."""
        path = self._entry(key)
        try:
            entry = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return None
        return entry["value"]

    def save(self, key: str, value: Json, files: list[str] | None = None) -> None:
        """Saves a JSON value, and that these Arrow files of the folder belong to it."""
        entry = json.dumps({"value": value, "files": files or []}).encode()
        try:
            if self.durable:
                written(self._entry(key), entry)
            else:
                self._entry(key).write_bytes(entry)
        except OSError as error:
            raise full(error) from None

    def save_tables(self, tables: Mapping[str, pa.Table]) -> dict[str, str]:
        """Writes Arrow tables, each to a file named by its contents; the names of the files, by name of the table."""
        files = {}
        for name, table in tables.items():
            key = _contents(table)
            writer = Writer(self.folder, key, self.durable)
            writer.add(table)
            files[name] = writer.close()[0]
            self.save(key, None, [files[name]])
        return files

    def secret(self) -> bytes:
        """32 bytes that nobody knows who cannot read the folder."""
        path = self.folder / "key"
        with suppress(OSError):
            found = path.read_bytes()
            if len(found) == 32:
                return found
        try:
            written(path, os.urandom(32), mode=0o600)
        except OSError as error:
            raise full(error) from None
        return path.read_bytes()

    def sweep(self) -> None:
        """Removes what no entry names, entries whose files are gone, and those that were not used for long."""
        entries = {path.stem: path for path in self.folder.glob("*.json") if _OURS.fullmatch(path.name)}
        named: set[str] = set()
        for path in entries.values():
            files = _files(path)
            if files is None or not all((self.folder / name).is_file() for name in files) or time.time() - path.stat().st_mtime > KEPT:
                path.unlink()
            else:
                named |= {path.name, *files}
        for path in list(self.folder.iterdir()):
            if _OURS.fullmatch(path.name) and path.name not in named:
                path.unlink(missing_ok=True)

    def _entry(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def _contents(table: pa.Table) -> str:
    """A digest of the table's contents, 32 hexadecimal digits."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return hashlib.sha256(memoryview(sink.getvalue())).hexdigest()[:32]


def _files(path: Path) -> list[str] | None:
    try:
        entry = json.loads(path.read_bytes())
        return [str(name) for name in entry["files"]]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def mapped(path: Path) -> pa.Table:
    """What stands in an Arrow file of an entry; its values stay in the file until they are looked at."""
    import pyarrow as pa

    return pa.ipc.open_file(pages.mapped(path)).read_all()


def tabled(context: Mapping[str, Json], folder: Path) -> Mapping[str, Json]:
    """A context whose `tables` are files of the folder, with what stands in them instead of their names."""
    if "tables" not in context:
        return context
    return {**context, "tables": {name: mapped(folder / file) for name, file in context["tables"].items()}}


class Writer:
    """Writes the Arrow files of one entry, a new one where the schema changes."""

    def __init__(self, folder: Path, key: str, durable: bool) -> None:
        self._folder, self._key, self._durable = folder, key, durable
        self._files: list[str] = []
        self._temporary: Path | None = None
        self._schema: pa.Schema | None = None
        self._writer: Any = None

    def add(self, table: pa.Table) -> None:
        """Writes a table; AuditorError where there is no room for it."""
        import pyarrow as pa

        try:
            if self._schema is None or not table.schema.equals(self._schema):
                self.close()
                self._schema = table.schema
                self._temporary = self._folder / f"{self._key}-{len(self._files):04d}.arrow-{os.getpid()}.tmp"
                self._writer = pa.ipc.new_file(str(self._temporary), table.schema)
            self._writer.write_table(table)
        except OSError as error:
            raise full(error) from None

    def close(self) -> list[str]:
        """Ends the file being written; the names of all files."""
        if self._writer is not None and self._temporary is not None:
            try:
                self._writer.close()
                if self._durable:
                    synced(self._temporary)
                name = f"{self._key}-{len(self._files):04d}.arrow"
                self._temporary.replace(self._folder / name)
                if self._durable:
                    synced(self._folder)
            except OSError as error:
                raise full(error) from None
            self._files.append(name)
            self._writer = None
        return self._files


@contextmanager
def opened(folder: Path | None) -> Iterator[Partials]:
    """The partial results in a folder, which is made where it is not there; None: in a temporary one that is removed at the end.

    AuditorError where the folder cannot be used, or is used by another audit.
    """
    if folder is None:
        with _temporary() as partials:
            yield partials
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _locked(folder)
    except OSError as error:
        raise AuditorError(f"--work-dir: {folder} cannot be used ({error.strerror})", "name a folder that can be written") from None
    if lock is None:
        raise AuditorError(f"--work-dir: {folder} is in use by another audit", "wait until it has ended, or name another folder")
    try:
        partials = Partials(folder, durable=True)
        partials.sweep()
        yield partials
    finally:
        os.close(lock)


@contextmanager
def _temporary() -> Iterator[Partials]:
    """A folder of its own; first those are removed that audits left behind which were killed."""
    room = Path(tempfile.gettempdir())
    for left in room.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if left.is_dir() and left.stat().st_uid == os.getuid() and (left / "lock").is_file() and (lock := _locked(left)) is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(lock)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = _locked(folder)
    try:
        yield Partials(folder, durable=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """A handle that holds the folder's lock until it is closed or the process ends; None where another process holds it."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


@cache
def code() -> str:
    """A digest of this package's code, the libraries that read and compute, and other distributions' checks: results of another code
    are other results.
    """
    import importlib.metadata

    root = Path(__file__).parent
    state = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        state.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    found = {entry.dist.name: entry.dist.version for entry in importlib.metadata.entry_points(group="auditor.checks") if entry.dist}
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES} | found
    return digest(state.hexdigest(), sys.version, json.dumps(versions, sort_keys=True))
