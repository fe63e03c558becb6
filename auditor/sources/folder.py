"""Finds what a dataset is made of: walks its folder, tells data from documents, and says of every other file why it is not read."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.dataset import NAMED, OWN_CONFIGURATION, Dataset, Document, Shard, Split, as_document, canonical, stamp
from auditor.model import AuditorError, LedgerEntry
from auditor.sources.code import code
from auditor.sources.content import beginning, sniffed
from auditor.sources.kinds import PEEKED, UNHIDDEN, data_like, format_of, kind_of, split_of
from auditor.sources.saved import Saved, saved
from auditor.sources.splits import Plan, plan

READ = "a dataset holds CSV, TSV, JSONL, JSON, Parquet or Arrow IPC files, each also .gz .zst .bz2 .xz"
NOT_READ = "not read: unknown kind"
CONFIGURATION = f"{OWN_CONFIGURATION}: not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a walk came across, by path relative to the dataset."""

    data: dict[str, Path] = field(default_factory=dict)
    documents: dict[str, Path] = field(default_factory=dict)
    configurations: dict[str, Path] = field(default_factory=dict)
    notes: list[LedgerEntry] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)

    def leave(self, path: str, note: str, doubtful: bool = False) -> None:
        """Notes what became of a file that is not read; a doubtful one makes the audit incomplete."""
        self.notes.append(LedgerEntry(file=path, note=note))
        if doubtful:
            self.doubts.append((path, note))


def find(path: Path, *, splits: tuple[tuple[str, str], ...] = (), subsets: tuple[str, ...] = (), apart: tuple[Path, ...] = ()) -> Dataset:
    """The dataset at a folder or file: splits of shards in canonical order, documents, and a note on everything else.

    `splits` are (name, glob) pairs, `subsets` names of the card's configs, `apart` files that an option names for something else
    (a suite, a policy), which are neither data nor the dataset's own configuration wherever they lie. AuditorError where there is
    nothing to audit.
    """
    found = _found(path)
    _leave_named(found, apart)
    documents = tuple(_documents(found))
    state = saved(found.data, found.documents)
    for left in state.left_out:
        del found.data[left]
        found.leave(left, "not read: state.json does not name it")
    _leave_other_json(found)
    card = next((each.text for each in documents if each.path.lower() == "readme.md"), None)
    planned = plan(sorted(found.data), splits, subsets, card, state)
    assigned = {each for paths in planned.files.values() for each in paths}
    hidden = not splits and not subsets  # by the card: a dataset must not hide its own test data
    for left in sorted(set(found.data) - assigned):
        found.leave(left, "not read: not in any split", doubtful=hidden and split_of(left) is not None)
    made = tuple(_splits(found, planned, state))
    if not found.data and not documents:
        raise AuditorError(f"{path} holds nothing that can be audited", READ)
    return Dataset(
        name=path.resolve().name or "dataset",
        splits=made,
        documents=documents,
        unread=tuple(sorted(found.notes, key=lambda entry: (entry.file, entry.note))),
        doubts=tuple(sorted({*found.doubts, *planned.missing, *((each, "it is named and is not there") for each in state.missing)})),
    )


def _found(path: Path) -> _Found:
    """Everything at a path: a folder's files, or the one file that it is."""
    found = _Found()
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            _walk(found, path.absolute())
        elif stat.S_ISREG(mode) and _format(path.name, path) is not None:
            found.data[_printable(path.name)] = path.absolute()
        else:
            raise AuditorError(f"{path} is a file of an unknown kind", READ)
    except OSError as error:
        raise AuditorError(f"{path} cannot be opened: {error.strerror}", "give the folder or the file of a dataset") from error
    return found


def _walk(found: _Found, root: Path) -> None:
    hidden, folders = 0, [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            if folder == root:
                raise
            found.leave(_relative(folder, root), f"a folder that cannot be opened: {error.strerror}", doubtful=True)
            continue
        seen = [entry for entry in entries if not entry.name.startswith((".", "_")) or entry.name in UNHIDDEN]
        hidden += len(entries) - len(seen)
        folders += [Path(entry.path) for entry in seen if entry.is_dir(follow_symlinks=False)]
        for entry in seen:
            if not entry.is_dir(follow_symlinks=False):
                _file(found, root, Path(entry.path), link=entry.is_symlink())
    if hidden:
        what = "1 name that begins" if hidden == 1 else f"{hidden} names that begin"
        found.notes.append(LedgerEntry(file="(hidden)", note=f"left out: {what} with . or _"))


def _file(found: _Found, root: Path, file: Path, link: bool) -> None:
    """Puts what is no folder where it belongs."""
    path = _relative(file, root)
    doubtful = data_like(path) and split_of(path) is not None
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            return found.leave(path, "not read: a link to a folder", doubtful=split_of(path) is not None)
        if not stat.S_ISREG(mode):
            return found.leave(path, "not opened: no regular file", doubtful)
        kind, runs = kind_of(path, file), code(path, file, root)
    except OSError as error:
        return found.leave(path, f"cannot be opened: {error.strerror}", doubtful)
    if link:
        found.notes.append(LedgerEntry(file=path, note="a link to a file, followed"))
    if kind == "data":
        found.data[path] = file
    elif kind == "document":
        found.documents[path] = file
    elif kind == "configuration":
        found.configurations[path] = file
    else:
        found.leave(path, runs or NOT_READ, doubtful)
    return None


def _documents(found: _Found) -> Iterator[Document]:
    for path, file in sorted(found.documents.items()):
        try:
            yield as_document(path, file)
        except OSError as error:
            found.leave(path, f"cannot be opened: {error.strerror}", doubtful=True)


def _leave_named(found: _Found, apart: tuple[Path, ...]) -> None:
    """Sets aside the files that options name, and notes the configuration that none does."""
    for files, what in ((found.data, NAMED), (found.configurations, "named by an option")):
        for name in _same(files, apart):
            del files[name]
            found.leave(name, what)
    for name in found.configurations:
        found.leave(name, CONFIGURATION)


def _same(files: Mapping[str, Path], others: tuple[Path, ...]) -> list[str]:
    """Which of the files are the others."""
    there = [other for other in others if other.exists()]
    return [name for name, file in files.items() if any(file.samefile(other) for other in there)]


def _leave_other_json(found: _Found) -> None:
    """Sets aside, beside other data, JSON objects without an array of objects (a list of label names): they hold no records.

    One whose path names a split stays, to be refused by its reader.
    """
    others = [path for path in sorted(found.data) if path.lower().endswith(".json") and split_of(path) is None]
    without = [path for path in others if _holds_no_records(found.data[path])]
    for path in without if len(without) < len(found.data) else ():
        del found.data[path]
        found.leave(path, "not read: a JSON object without an array of objects")


def _holds_no_records(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            value = json.loads(stream.read(PEEKED))
    except (OSError, ValueError, RecursionError):
        return False
    arrays = [each for each in value.values() if isinstance(each, list)] if isinstance(value, dict) else [[{}]]
    return not any(isinstance(each, dict) for array in arrays for each in array)


def _splits(found: _Found, planned: Plan, state: Saved) -> Iterator[Split]:
    """The splits in canonical order; in each the files by path, but those of a saved folder in its own order."""
    ordinals, files = itertools.count(), {}
    for path in sorted({path for paths in planned.files.values() for path in paths}):
        try:
            files[path] = _shard(path, found.data[path])
        except OSError as error:
            found.leave(path, f"cannot be opened: {error.strerror}", doubtful=True)
    for name in canonical(list(planned.files)):
        paths = sorted(planned.files[name], key=lambda path: state.order.get(path, (path, 0)))
        shards = [dataclasses.replace(files[path], split=name, ordinal=next(ordinals)) for path in paths if path in files]
        yield Split(name=name, shards=tuple(shards), config=planned.configs.get(name))


def _shard(path: str, file: Path) -> Shard:
    with file.open("rb") as stream:
        before = stamp(os.fstat(stream.fileno()))
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    return Shard(path=path, file=str(file), split="", format=_format(path, file) or "", bytes=size, sha256=sha256, stamp=before)


def _format(path: str, file: Path) -> str | None:
    """By the ending; for the one file that a dataset may be, else by its first bytes."""
    return format_of(path) or sniffed(beginning(str(file), 4096))


def _relative(path: Path, root: Path) -> str:
    return _printable(path.relative_to(root).as_posix())


def _printable(path: str) -> str:
    """A path as text that can be written anywhere: bytes of a name that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
