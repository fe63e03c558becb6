"""Takes tables and queries out of a database, in one read-only transaction, into Arrow files that are then read like any other data.

So the database is read once, all splits are of one moment, and the processes that look at the records reach no database.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.dataset import Shard, Tally, UnreadableError, canonical, stamp
from auditor.model import AuditorError, Json, meant
from auditor.sources import cells
from auditor.sources.database import MASK, Broken, connected
from auditor.sources.kinds import split_of
from auditor.sources.limits import SCARCE, batch, held, over
from auditor.sources.saved import Saved
from auditor.sources.splits import plan
from auditor.sources.sql import Contents, beside
from auditor.sources.tables import ROWS, named_once

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

_UNASKED = "not read: its name says no split; name it with --table"
_UNNAMED = "not read: --table, --query and --split name others"
_FEW = 10
"""Rows that are asked for first; how many come at a time after that depends on how long they are."""

_PATH = re.compile(r"(?<![\w.])/[^\s'\",:]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A table or view (`schema` None: the default one), or a query, as `path` in the dataset and part of a split."""

    path: str
    split: str
    schema: str | None = None
    table: str = ""
    query: str = ""


def take(job: Mapping[str, Json]) -> Json:
    """Answers a job for a snapshot: the shards as JSON values and notes for the ledger (path, note); or what AuditorError takes, `refused`.

    A job names the `url`, the `file` of SQLite or null, the `password`; the `tables`, `queries` (split, SQL), `splits` (split, glob) and
    `subsets` that were asked for; and the `folder` for the files.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with connected(job["url"], job["file"], job["password"]) as connection:
            sources, notes = _sources(connection, job)
            files = [Path(job["folder"]) / f"{number:04d}.arrow" for number in range(len(sources))]
            taken = [_taken(connection, source, file, job["password"]) for source, file in zip(sources, files, strict=True)]
        return {"shards": list(map(dataclasses.asdict, taken)), "notes": notes}
    except AuditorError as error:
        return {"refused": [error.message, error.cure, error.code]}
    except SQLAlchemyError as error:
        cure = "see that the server runs, that the URL names it, and that its user may connect and read"
        return {"refused": [f"the database cannot be read: {_reason(error, job['password'])}", cure, 3]}


# ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _sources(connection: sa.Connection, job: Mapping[str, Json]) -> tuple[list[_Source], list[tuple[str, str]]]:
    """What is read, by split in canonical order and then by name, and a note on every other table of the default schema."""
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    names = sorted({*inspector.get_table_names(), *inspector.get_view_names(), *_materialized(inspector)})
    tables = {name: _table(name, names, inspector) for name in job["tables"]}
    if not tables and not job["queries"]:
        tables = {name: (None, name) for name in _chosen(names, bool(job["splits"]))}
    planned = plan(sorted(tables), [tuple(each) for each in job["splits"]], job["subsets"], None, Saved())
    sources = [
        _Source(path=path, split=split, schema=tables[path][0], table=tables[path][1])
        for split, paths in planned.files.items()
        for path in paths
    ]
    for place, (split, query) in enumerate(job["queries"], start=1):
        sources.append(_Source(path=f"query {place}", split=split, query=query.strip().rstrip(";")))
    order = canonical(sorted({source.split for source in sources}))
    read = {source.path for source in sources}
    named = job["tables"] or job["queries"] or job["splits"]
    notes = [(name, _UNNAMED if named else _UNASKED) for name in names if name not in read]
    return sorted(sources, key=lambda source: (order.index(source.split), source.path)), notes


def _materialized(inspector: sa.Inspector) -> list[str]:
    try:
        return inspector.get_materialized_view_names()
    except NotImplementedError:
        return []


def _table(name: str, names: Sequence[str], inspector: sa.Inspector) -> tuple[str | None, str]:
    """The schema and the name of a table or view that --table names."""
    if name in names:
        return None, name
    schema, dot, table = name.partition(".")
    if dot and inspector.has_table(table, schema):
        return schema, table
    raise AuditorError(f"--table: there is no table or view {name!r}", f"{meant(name, names)}there are {_some(names)}")


def _chosen(names: Sequence[str], named: bool) -> list[str]:
    """The tables to read where none was named: all for globs to choose from, else those whose names say a split, else the only one."""
    chosen = list(names) if named else [name for name in names if split_of(name) is not None]
    if chosen or len(names) == 1:
        return chosen or list(names)
    if not names:
        raise AuditorError("the database holds no table", "name another database, or a table as SCHEMA.TABLE with --table")
    cure = f"name tables with --table or queries with --query SPLIT=SQL; there are {_some(names)}"
    raise AuditorError("no table of the database says in its name which split it is", cure)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") if names else "none"


# ── in which order ────────────────────────────────────────────────────────────────────────────────────────────────────


def _selected(connection: sa.Connection, source: _Source) -> tuple[sa.Select[Any], list[str]]:
    """The statement that reads a source in an order that is the same each time, and its columns.

    That order is a table's primary key; else the contents of the rows, column by column.
    """
    import sqlalchemy as sa

    if source.query:
        asked = sa.text(f"({source.query.replace(':', chr(92) + ':')}\n) AS asked")
        names = list(connection.execute(sa.select(sa.text("*")).select_from(asked).limit(0)).keys())
        named_once(names)
        columns = [_column(name) for name in names]
        return sa.select(*columns).select_from(asked).order_by(*_by_content(connection, columns)), names
    inspector = sa.inspect(connection)
    found = inspector.get_columns(source.table, source.schema)
    columns = [_column(each["name"]) for each in found]
    key = inspector.get_pk_constraint(source.table, source.schema)["constrained_columns"]
    types = {each["name"]: each["type"] for each in found}
    order: list[Any] = [_keyed(connection, _column(name), types[name]) for name in key]
    if not key or (connection.dialect.name == "sqlite" and not (len(key) == 1 and str(types[key[0]]) == "INTEGER")):
        order += _by_content(connection, [column for column in columns if column.name not in key])  # SQLite lets keys be null, and so equal
    return sa.select(*columns).select_from(_named(source)).order_by(*order), [each["name"] for each in found]


def _column(name: str) -> sa.ColumnClause[Any]:
    """A column by its name, in quotes: what is a word of the language differs from database to database."""
    import sqlalchemy as sa

    return sa.column(sa.quoted_name(name, quote=True))


def _named(source: _Source) -> sa.TableClause:
    import sqlalchemy as sa

    schema = None if source.schema is None else sa.quoted_name(source.schema, quote=True)
    return sa.table(sa.quoted_name(source.table, quote=True), schema=schema)


def _keyed(connection: sa.Connection, column: sa.ColumnClause[Any], kind: Any) -> Any:
    """A column of a key to order by: texts by their bytes, whatever the language of the server."""
    import sqlalchemy as sa

    textual = isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)
    return sa.collate(column, "BINARY" if connection.dialect.name == "sqlite" else "C") if textual else column


def _by_content(connection: sa.Connection, columns: Sequence[sa.ColumnClause[Any]]) -> list[Any]:
    import sqlalchemy as sa

    if connection.dialect.name == "sqlite":
        return [sa.collate(column, "BINARY") for column in columns]
    return [sa.collate(sa.cast(column, sa.Text), "C") for column in columns]


# ── how it is taken ───────────────────────────────────────────────────────────────────────────────────────────────────


def _taken(connection: sa.Connection, source: _Source, file: Path, password: str | None) -> Shard:
    """The records of a source as an Arrow file; what went wrong stands beside it."""
    from sqlalchemy.exc import SQLAlchemyError

    spool, failure = _Spool(file), None
    try:
        with connection.begin_nested():
            statement, names = _selected(connection, source)
            _copied(connection, statement, names, spool)
    except SQLAlchemyError as error:
        failure = _reason(error, password)
    except UnreadableError as error:
        failure = str(error)
    except MemoryError:
        failure = f"a record {SCARCE}"
    except (OverflowError, ValueError) as error:
        failure = f"a value that cannot be read ({type(error).__name__})"
    contents, fields = spool.close()
    told = {
        "json": [field.name for field in fields if field.metadata],
        "refused": [[trouble.reason, trouble.count] for trouble in spool.tally.troubles],
        "failure": failure,
    }
    beside(file).write_text(json.dumps(told), encoding="utf-8")
    sha256 = contents.sha256(told)
    return Shard(
        path=source.path, file=str(file), split=source.split, format="sql", bytes=contents.bytes, sha256=sha256, stamp=stamp(file.stat())
    )


def _copied(connection: sa.Connection, statement: sa.Select[Any], names: Sequence[str], spool: _Spool) -> None:
    """Fetches the rows in parts of about the size of a batch, from a cursor of the server where there is one."""
    wanted = _FEW
    with connection.execute(statement, execution_options={"stream_results": True}) as result:
        while rows := result.fetchmany(wanted):
            wanted = max(1, min(ROWS, 4 * wanted, batch() * len(rows) // (1 + spool.add(names, rows))))


class _Spool:
    """What has been taken, first in parts with the types that their own values have, at the end with those that all values have."""

    def __init__(self, file: Path) -> None:
        self.tally = Tally()
        self._file, self._parts = file, file.with_suffix(".parts")
        self._fields: list[dict[tuple[str, str], pa.Field]] = []

    def add(self, names: Sequence[str], rows: Sequence[Any]) -> int:
        """Some further rows, but those that no reader could hold; how many bytes they take."""
        import pyarrow as pa

        fields, columns = _columns(names, rows)
        size = sum(int(column.nbytes) for column in columns)
        if size > held() or any(field.metadata[cells.KIND] == b"json" for field in fields):
            fields, columns = _columns(names, [row for row in rows if self._accepts(row)])
        self._fields = self._fields or [{} for _ in fields]
        for seen, field in zip(self._fields, fields, strict=True):
            seen.setdefault((str(field.type), str(field.metadata)), field)
        schema = pa.schema(fields)
        with self._parts.open("ab") as sink, pa.ipc.new_stream(sink, schema) as stream:
            stream.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        return size

    def _accepts(self, row: Sequence[Any]) -> bool:
        """Whether a row is neither too large nor holds a text that is none; the tally is told."""
        if any(isinstance(value, Broken) for value in row):
            self.tally.refuse("invalid UTF-8")
        elif sum(len(value) for value in row if isinstance(value, str | bytes)) > held():
            self.tally.refuse(over("a record", held()))
        else:
            return True
        return False

    def close(self) -> tuple[Contents, list[pa.Field]]:
        """Writes the file; a digest of what stands in it, and its columns."""
        import pyarrow as pa

        fields = [cells.joined(seen.values()) for seen in self._fields]
        contents, schema = Contents(fields), pa.schema([field.remove_metadata() for field in fields])
        with pa.ipc.new_file(str(self._file), schema) as writer:
            for part in self._taken():
                kinds = [field.metadata[cells.KIND].decode() for field in part.schema]
                columns = [cells.cast(column, kind, field) for column, kind, field in zip(part.columns, kinds, fields, strict=True)]
                contents.add(columns)
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
        self._parts.unlink(missing_ok=True)
        return contents, fields

    def _taken(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        if not self._fields:
            return
        with self._parts.open("rb") as source:
            end = self._parts.stat().st_size
            while source.tell() < end:
                with pa.ipc.open_stream(source) as stream:
                    yield from stream


def _columns(names: Sequence[str], rows: Sequence[Any]) -> tuple[list[pa.Field], list[pa.Array]]:
    """The rows by column, each with the type and the kind of its values."""
    import pyarrow as pa

    found = [cells.column(values) for values in (zip(*rows, strict=True) if rows else [()] * len(names))]
    fields = [pa.field(name, part.type, metadata={cells.KIND: kind}) for name, (part, kind) in zip(names, found, strict=True)]
    return fields, [part for part, _ in found]


def _reason(error: Exception, password: str | None) -> str:
    """What a driver says, in one short line without a password and without a path of this machine."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    return _PATH.sub("…", said[0].replace(password, MASK) if password else said[0])[:200]
