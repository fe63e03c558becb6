"""What happens in the child process that reads: a shard's first records are looked at, or all of them are shown to the checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor import preview, redaction
from auditor.check import Check, build
from auditor.dataset import Batch, Reader, Roles, Shard, Tally, UnreadableError, changed
from auditor.model import AuditorError, Json
from auditor.partials import Writer, tabled

MEMORY = "it needs more memory than there is: raise --max-memory"
CHANGED = "it was written to while it was audited"


def preview_shard(job: Mapping[str, Json], reader: Reader) -> dict[str, Json]:
    """Answers a preview job: what the first `limit` records of the shard say."""
    roles: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in job["roles"].items()}
    return preview.look(_sound(reader(Shard(**job["shard"]), Tally())), Roles(**roles), job["limit"])


def _sound(batches: Iterator[Batch]) -> Iterator[Batch]:
    try:
        yield from batches
    except (UnreadableError, MemoryError):
        return


def observe_shard(job: Mapping[str, Json], reader: Reader) -> dict[str, Json]:
    """Answers an observe job: what every check sees in a shard and which values are sensitive, as Arrow files; what the reader noted.

    A job names the `shard`; the `checks`, each with its name, options, context, and the folder and key of its files; `marks`, where
    the marks of sensitive values go, their `columns` and the `secret` they are made with (or null); and whether the words of libraries
    are `withheld`, since they may quote a record. `tables` is the folder in which the tables of contexts lie.
    """
    shard, tally = Shard(**job["shard"]), Tally()
    observers = [_Observer(each, Path(job["tables"]), job["withheld"]) for each in job["checks"]]
    marker = _Marker(job["marks"]) if job["marks"] else None
    rows, failure = 0, None
    try:
        for batch in reader(shard, tally):
            rows += batch.records.num_rows
            for observer in observers:
                observer.see(batch)
            if marker is not None:
                marker.see(batch, observers)
    except UnreadableError as error:
        failure = "it cannot be read (the reason may quote it and is withheld)" if error.quoting and job["withheld"] else str(error)
    except MemoryError:
        failure = MEMORY
    if failure is None and changed(shard):
        failure = CHANGED
    return {
        "rows": rows,
        "physical": tally.physical,
        "troubles": [dataclasses.asdict(trouble) for trouble in tally.troubles],
        "failure": failure,
        "files": {observer.check.name: observer.close() for observer in observers},
        "errors": {observer.check.name: observer.error for observer in observers if observer.error},
        "marks": marker.close() if marker is not None else [],
    }


class _Observer:
    """One check's view of a shard. One that raised is not asked again."""

    def __init__(self, asked: Mapping[str, Json], tables: Path, withheld: bool) -> None:
        self.check: Check = build(asked["name"], asked["options"])
        self.context: Mapping[str, Json] = tabled(asked["context"], tables)
        self.error = ""
        self._withheld = withheld
        self._writer = Writer(Path(asked["folder"]), asked["key"], asked["durable"])

    def see(self, batch: Batch) -> None:
        """Lets the check observe a batch, and writes what it saw."""
        if self.error:
            return
        try:
            partial = self.check.observe(batch, self.context)
            if partial is not None and partial.num_rows:
                self._writer.add(partial)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a check that fails is an outcome; the others go on
            self.error = told(error, self._withheld)

    def close(self) -> list[str]:
        """The names of the files with what was seen."""
        try:
            return self._writer.close()
        except AuditorError as error:
            self.error = self.error or told(error, self._withheld)
            return []


class _Marker:
    """Marks the values of a shard that must never leave as text."""

    def __init__(self, asked: Mapping[str, Json]) -> None:
        self._columns, self._secret = asked["columns"], bytes.fromhex(asked["secret"])
        self._writer = Writer(Path(asked["folder"]), asked["key"], asked["durable"])
        self._marks: list[Any] = []

    def see(self, batch: Batch, observers: list[_Observer]) -> None:
        """Marks what the configuration and the checks call sensitive in a batch."""
        values = redaction.values(batch, self._columns)
        for observer in observers:
            values.update(observer.check.sensitive(batch, observer.context))
        self._marks.append(redaction.marks(values, self._secret))

    def close(self) -> list[str]:
        """The name of the file with the marks."""
        self._writer.add(redaction.merged(self._marks))
        return self._writer.close()


def told(error: BaseException, withheld: bool) -> str:
    """An exception of a check in one line; only its kind where its words are withheld."""
    if isinstance(error, AuditorError):
        return "; ".join(filter(None, (error.message, error.cure)))
    if isinstance(error, MemoryError):
        return MEMORY
    words = str(error).splitlines()
    name = type(error).__name__
    if withheld:
        return f"{name} (its text may quote a record and is withheld)"
    return f"{name}: {words[0][:200]}" if words else name
