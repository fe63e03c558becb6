"""What the URL of a database means to an audit: which one it is, how it is reached, and a connection that can only read."""

from __future__ import annotations

import importlib.util
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from auditor.model import AuditorError

if TYPE_CHECKING:
    import sqlalchemy as sa

PASSWORD, PASSWORD_FILE = "AUDITOR_SQL_PASSWORD", "AUDITOR_SQL_PASSWORD_FILE"
"""The environment variables with the password of a database, and with the name of a file that holds it."""

INSTALL = "pip install 'dataset-auditor[sql]'"
MAGIC = b"SQLite format 3\0"
MASK = "***"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+_.-]*://")
_SECRETS = {"password", "passwd", "pwd", "sslpassword", "passcode", "token"}
_SETTINGS = ("~/.pgpass", "~/.postgresql", "~/.pg_service.conf")
_NAMES = ("/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/host.conf", "/etc/ssl", "/etc/passwd")
"""What libpq looks at before it connects, and what the C library does to find a host by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database that an audit was given. `url` bears no password; `file` is that of SQLite; `port` the TCP port of a server, if it is
    reached by one. `readable` are further files and folders that the driver needs; `settings` environment variables that it knows.
    """

    url: str
    name: str
    file: Path | None = None
    port: int | None = None
    readable: tuple[Path, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)


def is_database(place: str) -> bool:
    """Whether DATASET is the URL of a database, or a file of SQLite."""
    if _URL.match(place):
        return True
    try:
        with Path(place).open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def database(place: str, environment: Mapping[str, str] = os.environ) -> Database:
    """The database at a URL of SQLAlchemy, or in a file of SQLite. AuditorError (which repeats no URL) for all that cannot be read."""
    if importlib.util.find_spec("sqlalchemy") is None:
        raise AuditorError("databases are read with SQLAlchemy, which is not installed", INSTALL)
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(re.sub(r"^postgres(?=://)", "postgresql", place)) if _URL.match(place) else None
    except (ArgumentError, ValueError):
        raise AuditorError("the URL of the database is malformed", "write postgresql://user@host/name or sqlite:///path") from None
    if url is None:
        return _sqlite(place)
    if url.password is not None or _SECRETS & {key.lower() for key in url.query}:
        cure = f"leave it out of the URL; give it in {PASSWORD}, or in a file that {PASSWORD_FILE} names"
        raise AuditorError("the URL of the database holds a password, which anybody on this machine can see", cure)
    if url.drivername in {"sqlite", "sqlite+pysqlite"} and not url.query and not url.host:
        return _sqlite(url.database or "")
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        return _postgresql(url.set(drivername="postgresql+psycopg"), environment)
    cure = "sqlite:///PATH and postgresql://USER@HOST/NAME are; export other data to Parquet"
    raise AuditorError(f"databases are not read by a URL of the form {url.drivername}://", cure)


def _sqlite(path: str) -> Database:
    if not Path(path).is_file():
        raise AuditorError("the SQLite database is no file", "name an existing one: sqlite:///relative/path or sqlite:////absolute/path")
    file = Path(path).absolute()
    return Database(url="sqlite://", name=file.name, file=file, readable=(file.resolve().parent,))


def _postgresql(url: sa.URL, environment: Mapping[str, str]) -> Database:
    if importlib.util.find_spec("psycopg") is None:
        raise AuditorError("PostgreSQL is read with psycopg, which is not installed", INSTALL)
    settings = {name: value for name, value in environment.items() if name.startswith("PG")}
    host = url.query.get("host") or url.host or settings.get("PGHOST") or "/"
    port = str(url.query.get("port") or url.port or settings.get("PGPORT") or 5432)
    if not isinstance(host, str) or "," in host or not port.isdecimal():
        raise AuditorError("the URL of the database names several hosts, or a port that is no number", "name one host and one port")
    files = [*map(os.path.expanduser, _SETTINGS), *(value for value in settings.values() if value.startswith("/")), *_NAMES]
    return Database(
        url=str(url),
        name=url.database or settings.get("PGDATABASE") or url.username or "postgres",
        port=None if host.startswith("/") else int(port),
        readable=tuple(Path(each) for each in files if Path(each).exists()),
        settings=settings,
        password=_password(environment),
    )


def _password(environment: Mapping[str, str]) -> str | None:
    if PASSWORD in environment:
        return environment[PASSWORD]
    if PASSWORD_FILE not in environment:
        return None
    try:
        return Path(environment[PASSWORD_FILE]).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, ValueError):
        raise AuditorError(f"the file that {PASSWORD_FILE} names cannot be read", "name an existing file of one line") from None


class Broken:
    """A text of SQLite that is no UTF-8."""


@contextmanager
def connected(url: str, file: str | None, password: str | None) -> Iterator[sa.Connection]:
    """A connection in one transaction that sees the database as it is now and can only read; exceptions are those of SQLAlchemy."""
    import sqlalchemy as sa

    how: dict[str, Any] = {"poolclass": sa.NullPool}
    if file is not None:
        engine = sa.create_engine(url, creator=lambda: _opened(file), **how)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")  # not earlier: SQLAlchemy rolls back what was begun before it
            yield connection
        return
    address = sa.make_url(url)
    engine = sa.create_engine(address if password is None else address.set(password=password), **how)
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.exec_driver_sql("SET LOCAL default_transaction_read_only = on")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
        yield connection


def _opened(file: str) -> sqlite3.Connection:
    """A file of SQLite, read-only; what a hostile one could have done by its views is closed.

    One with a write-ahead log that was put away is opened as immutable: else SQLite would have to write beside it.
    """
    with Path(file).open("rb") as stream:
        logged = stream.read(20)[18:20] == b"\x02\x02"
    log = Path(f"{file}-wal")
    still = logged and not (log.exists() and log.stat().st_size)
    found = sqlite3.connect(f"file:{quote(file)}?mode=ro{'&immutable=1' if still else ''}", uri=True, isolation_level=None)
    found.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    found.text_factory = _text
    for pragma in ("query_only = 1", "trusted_schema = 0", "cell_size_check = 1", "mmap_size = 0"):
        found.execute(f"PRAGMA {pragma}")
    return found


def _text(data: bytes) -> str | Broken:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return Broken()
