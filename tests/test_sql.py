"""Databases as datasets: SQLite in every test run."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.config import Config
from auditor.dataset import Dataset, Tally, UnreadableError, json_values
from auditor.model import AuditorError
from auditor.running.opened import opened
from auditor.sources import cells, open_shard
from auditor.sources.database import PASSWORD, PASSWORD_FILE, database, is_database
from auditor.sources.sql import Contents

MEMORY = 1 << 30
TEXTS = ["how do I pay the bill with my card", "where does the parcel wait that I sent", "thanks"]


def made(path: Path, script: str, rows: Mapping[str, list[tuple[Any, ...]]] | None = None) -> str:
    """A database of SQLite; its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        for table, some in (rows or {}).items():
            connection.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(some[0]))})', some)
        connection.commit()
    return f"sqlite:///{path}"


def read(dataset: Dataset) -> dict[str, list[dict[str, Any]]]:
    """The records of each shard, by its path; UnreadableError where one breaks off."""
    found: dict[str, list[dict[str, Any]]] = {}
    for shard in dataset.shards:
        found[shard.path] = [row for batch in open_shard(shard, Tally()) for row in batch.records.to_pylist()]
    return found


def audit(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A run of the command."""
    command = [sys.executable, "-m", "auditor", "scan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


# what is read


def test_tables_become_splits_as_files_do(tmp_path: Path) -> None:
    script = """
        CREATE TABLE train_v1 (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE train_v2 (id INTEGER PRIMARY KEY, text TEXT);
        CREATE TABLE users (name TEXT); CREATE TABLE log (line TEXT); CREATE VIEW heldout AS SELECT id + 100 AS id, text FROM train_v1;
    """
    rows: dict[str, list[tuple[Any, ...]]] = {"train_v1": [(2, TEXTS[1]), (1, TEXTS[0])], "train_v2": [(7, TEXTS[2])], "users": [("ann",)]}
    url = made(tmp_path / "data.sqlite", script, rows)
    with opened(url, Config(), MEMORY) as dataset:
        assert dataset.name == "data.sqlite"
        assert [(split.name, [shard.path for shard in split.shards]) for split in dataset.splits] == [
            ("train", ["train_v1", "train_v2"]),
            ("test", ["heldout"]),
        ]
        assert [shard.ordinal for shard in dataset.shards] == [0, 1, 2]
        assert {entry.file: entry.note for entry in dataset.unread} == dict.fromkeys(
            ("log", "users"), "not read: its name says no split; name it with --table"
        )
        assert read(dataset) == {
            "train_v1": [{"id": 1, "text": TEXTS[0]}, {"id": 2, "text": TEXTS[1]}],
            "train_v2": [{"id": 7, "text": TEXTS[2]}],
            "heldout": [{"id": 101, "text": TEXTS[0]}, {"id": 102, "text": TEXTS[1]}],
        }
        files = [Path(shard.file) for shard in dataset.shards]
    assert not any(file.exists() for file in files)


@pytest.mark.parametrize(
    ("asked", "splits"),
    [
        (Config(split=(("train", "a*"), ("test", "b"))), {"train": ["a1", "a2"], "test": ["b"]}),
        (Config(table=("b",)), {"all": ["b"]}),
        (Config(table=("a1", "b"), split=(("dev", "b"),)), {"dev": ["b"]}),
        (Config(query=(("test", "SELECT n FROM a1 WHERE n > 1;"),)), {"test": ["query 1"]}),
        (
            Config(table=("a2",), query=(("all", "SELECT 1 AS n"), ("test", "SELECT 2 AS n"))),
            {"all": ["a2", "query 1"], "test": ["query 2"]},
        ),
    ],
)
def test_what_is_named_is_read(tmp_path: Path, asked: Config, splits: dict[str, list[str]]) -> None:
    url = made(tmp_path / "d.db", "CREATE TABLE a1 (n); CREATE TABLE a2 (n); CREATE TABLE b (n); INSERT INTO a1 VALUES (1), (2), (3)")
    with opened(url, asked, MEMORY) as dataset:
        assert {split.name: [shard.path for shard in split.shards] for split in dataset.splits} == splits
        if asked.query == (("test", "SELECT n FROM a1 WHERE n > 1;"),):
            assert read(dataset) == {"query 1": [{"n": 2}, {"n": 3}]}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Config(), "no table of the database says in its name which split it is; name tables with --table or queries"),
        (Config(table=("user",)), "--table: there is no table or view 'user'; did you mean 'users'? there are logs, users"),
        (Config(split=(("train", "x*"),)), "--split train=x* matches no data file; globs are relative to the dataset: logs, users"),
        (Config(table=("logs",), subset=("en",)), "there is no subset 'en'"),
    ],
)
def test_what_cannot_be_meant_is_an_error(tmp_path: Path, asked: Config, said: str) -> None:
    url = made(tmp_path / "d.db", "CREATE TABLE users (n); CREATE TABLE logs (n)")
    with pytest.raises(AuditorError) as error, opened(url, asked, MEMORY):
        pass
    assert f"{error.value.message}; {error.value.cure}".startswith(said)


def test_an_empty_database_and_a_lone_table(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="holds no table"), opened(made(tmp_path / "e.db", "PRAGMA user_version = 1"), Config(), MEMORY):
        pass
    with opened(made(tmp_path / "l.db", "CREATE TABLE things (n); INSERT INTO things VALUES (1)"), Config(), MEMORY) as dataset:
        assert [split.name for split in dataset.splits] == ["all"]
        assert read(dataset) == {"things": [{"n": 1}]}


def test_a_file_of_sqlite_is_a_database(tmp_path: Path) -> None:
    made(tmp_path / "d", "CREATE TABLE train (n); INSERT INTO train VALUES (1)")
    assert is_database(str(tmp_path / "d"))
    assert not is_database(str(tmp_path))
    with opened(str(tmp_path / "d"), Config(), MEMORY) as dataset:
        assert read(dataset) == {"train": [{"n": 1}]}


def test_options_for_databases_need_one(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="DATASET is none"), opened(str(tmp_path), Config(table=("a",)), MEMORY):
        pass


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:hunter2@host/name", "holds a password"),
        ("postgresql://ann@host/name?password=hunter2", "holds a password"),
        ("postgres://ann@host/name?sslpassword=hunter2", "holds a password"),
        ("mysql://ann@host/hunter2", "not read by a URL of the form mysql://"),
        ("postgresql+asyncpg://ann@host/hunter2", "not read by a URL of the form postgresql+asyncpg://"),
        ("postgresql://ann@host:hunter2/name", "malformed"),
        ("postgresql://ann@a,hunter2/name?host=a,hunter2", "several hosts"),
        ("sqlite://", "no file"),
        ("sqlite:///:memory:", "no file"),
        ("sqlite:///hunter2.db", "no file"),
        ("sqlite:///file:hunter2?mode=rwc&uri=true", "not read by a URL of the form sqlite://"),
    ],
)
def test_a_url_that_is_refused_is_not_repeated(url: str, said: str) -> None:
    with pytest.raises(AuditorError) as error:
        database(url, {})
    assert said in error.value.message
    assert "hunter2" not in f"{error.value.message} {error.value.cure}"


def test_passwords_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    url, named = "postgresql://ann@host:99/name", {PASSWORD_FILE: str(tmp_path / "secret")}
    assert (database(url, {}).password, database(url, named).password) == (None, "from a file")
    assert database(url, {**named, PASSWORD: "given"}).password == "given"
    assert "given" not in repr(database(url, {PASSWORD: "given"}))
    with pytest.raises(AuditorError, match=PASSWORD_FILE):
        database(url, {PASSWORD_FILE: str(tmp_path / "nowhere")})


@pytest.mark.parametrize(
    ("url", "environment", "port"),
    [
        ("postgresql://ann@host:99/name", {}, 99),
        ("postgresql://ann@host/name", {"PGPORT": "98"}, 98),
        ("postgresql:///name?host=/run/postgresql", {"PGHOST": "elsewhere"}, None),
        ("postgresql:///name", {}, None),
        ("postgresql:///name", {"PGHOST": "elsewhere"}, 5432),
    ],
)
def test_only_the_port_that_is_needed_is_opened(url: str, environment: dict[str, str], port: int | None) -> None:
    assert database(url, environment).port == port


# values


def test_values_of_every_kind_keep_their_types(tmp_path: Path) -> None:
    script = 'CREATE TABLE train (id INTEGER PRIMARY KEY, n, big, r, mix, numbers, t, b, nul, "nothing")'
    rows: list[tuple[Any, ...]] = [
        (1, 1, 1 << 62, 0.5, 1, 1, "a\0b", b"\x00\xff", None, None),
        (2, None, -(1 << 63), None, "x", 2.5, "é", b"", None, None),
        (3, 3, 0, float("inf"), b"\xff", None, "", None, "v", None),
    ]
    with opened(made(tmp_path / "d.db", script, {"train": rows}), Config(), MEMORY) as dataset:
        (batch,) = open_shard(dataset.shards[0], Tally())
    kinds = {field.name: str(field.type) for field in batch.records.schema}
    numbers = {"id": "int64", "n": "int64", "big": "int64", "r": "double", "numbers": "double", "nothing": "null"}
    assert kinds == {**numbers, "mix": "string", "t": "string", "b": "binary", "nul": "string"}
    assert batch.records.to_pylist()[0] == {
        "id": 1,
        "n": 1,
        "big": 1 << 62,
        "r": 0.5,
        "mix": "1",
        "numbers": 1.0,
        "t": "a\0b",
        "b": b"\x00\xff",
        "nul": None,
        "nothing": None,
    }
    assert json_values(batch, "mix") == ["1", '"x"', '"ff"']
    assert batch.records.column("r").to_pylist()[2] == float("inf")


def test_a_column_has_one_type_however_far_apart_its_kinds_are(tmp_path: Path) -> None:
    rows: list[tuple[Any, ...]] = [(n, n, None if n < 15_000 else 0.5, n if n < 15_000 else 1.5) for n in range(20_000)]
    rows[-1] = (19_999, "odd", 0.5, 1.5)
    url = made(tmp_path / "d.db", "CREATE TABLE train (id INTEGER PRIMARY KEY, mix, late, number)", {"train": rows})
    with opened(url, Config(), MEMORY) as dataset:
        batches = list(open_shard(dataset.shards[0], Tally()))
    assert {str(batch.records.schema.types) for batch in batches} == {str([pa.int64(), pa.string(), pa.float64(), pa.float64()])}
    assert sum(batch.records.num_rows for batch in batches) == 20_000
    assert (json_values(batches[0], "mix")[7], json_values(batches[-1], "mix")[-1]) == ("7", '"odd"')


KINDS = st.one_of(
    *(st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(), st.text(), st.binary(), st.uuids(), st.dates(), st.times()),
    *(st.timedeltas(), st.datetimes(), st.datetimes(timezones=st.just(datetime.UTC)), st.decimals(), st.lists(st.integers(), max_size=2)),
)


@settings(deadline=None)
@given(st.lists(KINDS, max_size=8), st.integers(0, 8))
def test_values_in_parts_are_those_of_the_whole(values: list[Any], cut: int) -> None:
    wholes = [pair for some in (values[:cut], values[cut:]) if some for pair in [cells.column(some)]]
    whole, kind = cells.column(values)
    fields = [pa.field("c", array.type, metadata={cells.KIND: each}) for array, each in wholes]
    if not fields:
        assert (len(whole), kind) == (0, "null")
        return
    field = cells.joined(fields)
    parts = [cells.cast(array, each, field) for array, each in wholes]
    alone = cells.joined([pa.field("c", whole.type, metadata={cells.KIND: kind})])
    assert field.equals(alone, check_metadata=True) or "decimal" in str(field.type)
    shown = [repr(value) for part in parts for value in part.to_pylist()]
    assert shown == [repr(value) for value in cells.cast(whole, kind, alone).cast(field.type).to_pylist()]


@settings(deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.integers(-9, 9)), st.one_of(st.none(), st.booleans()))))
def test_the_digest_is_over_the_rows_and_not_the_batches(rows: list[tuple[Any, ...]]) -> None:
    fields = [pa.field("t", pa.string()), pa.field("n", pa.decimal128(9, 2)), pa.field("b", pa.bool_())]

    def columns(some: list[tuple[Any, ...]]) -> list[pa.Array]:
        return [pa.array([row[place] for row in some], field.type) for place, field in enumerate(fields)]

    whole, parts = Contents(fields), Contents(fields)
    whole.add(columns(rows))
    for row in rows:
        parts.add(columns([row]))
    sliced = Contents(fields)
    sliced.add([column.slice(1) for column in columns([("x", 1, True), *rows])])
    assert whole.sha256({}) == parts.sha256({}) == sliced.sha256({})
    assert whole.rows == len(rows)
    if rows:
        fewer = Contents(fields)
        fewer.add(columns(rows[1:]))
        assert fewer.sha256({}) != whole.sha256({})


def test_the_digest_is_what_the_page_says() -> None:
    found = Contents([pa.field("t", pa.string()), pa.field("n", pa.int64())])
    found.add([pa.array(["é", None]), pa.array([None, -1])])

    def sha(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    lengths = (2).to_bytes(8, "little") + bytes(8)
    texts = ["t", "string", sha(b"\1\0"), sha(lengths), sha("é".encode())]
    numbers = ["n", "int64", sha(b"\0\1"), sha(b""), sha(bytes(8) + b"\xff" * 8)]
    told: dict[str, Any] = {"json": [], "refused": [], "failure": None}
    assert found.sha256(told) == sha(json.dumps([2, [texts, numbers], told], separators=(",", ":")).encode())


def test_the_same_rows_have_the_same_digest_wherever_they_lie(tmp_path: Path) -> None:
    one = made(tmp_path / "1.db", "CREATE TABLE train (a, b); INSERT INTO train VALUES (2, 'y'), (1, 'x'), (NULL, 'z')")
    two = made(tmp_path / "2.db", "CREATE TABLE train (a, b); INSERT INTO train VALUES (NULL, 'z'), (2, 'y'), (1, 'x')")
    other = made(tmp_path / "3.db", "CREATE TABLE train (a, b); INSERT INTO train VALUES (2, 'y'), (1, 'x'), (3, 'z')")
    digests = []
    for url in (one, two, other):
        with opened(url, Config(), MEMORY) as dataset:
            digests.append(dataset.shards[0].sha256)
    assert digests[0] == digests[1] != digests[2]


# hostile


def test_what_cannot_be_read_is_refused_by_itself(tmp_path: Path) -> None:
    script = """
        CREATE TABLE train (id INTEGER PRIMARY KEY, t);
        INSERT INTO train VALUES (1, 'good'), (2, CAST(x'ff00' AS TEXT)), (3, 'fine');
        INSERT INTO train VALUES (4, zeroblob(40000000)), (5, 'last');
    """
    with opened(made(tmp_path / "d.db", script), Config(), 512 << 20) as dataset:
        tally = Tally()
        rows = [row["t"] for batch in open_shard(dataset.shards[0], tally) for row in batch.records.to_pylist()]
    assert rows == ["good", "fine", "last"]
    assert [trouble.count for trouble in tally.troubles] == [1, 1]
    assert tally.troubles[0].reason.startswith("a record of over ")
    assert tally.troubles[1].reason == "invalid UTF-8"
    assert tally.physical == 5


def test_a_view_that_fails_midway_gives_its_rows_and_its_reason(tmp_path: Path) -> None:
    script = """
        CREATE TABLE train (n INTEGER PRIMARY KEY); INSERT INTO train VALUES (1), (2), (3);
        CREATE VIEW test AS SELECT n, CASE WHEN n = 3 THEN abs(-9223372036854775808) ELSE n END AS m FROM train;
        CREATE VIEW dev AS SELECT * FROM nowhere;
    """
    with opened(made(tmp_path / "d.db", script), Config(), MEMORY) as dataset:
        reasons = {}
        for shard in dataset.shards:
            try:
                list(open_shard(shard, Tally()))
            except UnreadableError as error:
                reasons[shard.path] = str(error)
    assert reasons == {"test": "integer overflow", "dev": "no such table: main.nowhere"}


def test_a_view_without_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.running.opened.SECONDS", 1)
    count = "CREATE VIEW train AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"
    with pytest.raises(AuditorError, match="died: ") as error, opened(made(tmp_path / "d.db", count), Config(), MEMORY):
        pass
    assert error.value.code == 3


def test_rows_without_an_end_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.running.opened.SPOOLED", 20_000_000)
    rows = "WITH RECURSIVE c(n, t) AS (SELECT 1, hex(zeroblob(99999)) UNION ALL SELECT n + 1, t FROM c) SELECT * FROM c"
    url = made(tmp_path / "d.db", f"CREATE VIEW train AS {rows}")
    with opened(url, Config(), MEMORY) as dataset, pytest.raises(UnreadableError, match="disk"):
        read(dataset)


def test_what_has_to_be_sorted_on_disk_is(tmp_path: Path) -> None:
    script = """
        CREATE TABLE train (t TEXT); WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 29999)
        INSERT INTO train SELECT printf('%05d', 7919 * n % 30000) || hex(zeroblob(500)) FROM c;
    """
    with opened(made(tmp_path / "d.db", script), Config(), MEMORY) as dataset:
        assert [int(row["t"][:5]) for row in read(dataset)["train"]] == list(range(30_000))


WRITES = ["DELETE FROM train", "SELECT 1) AS x; DROP TABLE train; --", "ATTACH 'x' AS y", "PRAGMA user_version = 7"]


@pytest.mark.parametrize("query", WRITES)
def test_nothing_is_written(tmp_path: Path, query: str) -> None:
    url = made(tmp_path / "d.db", "CREATE TABLE train (n); INSERT INTO train VALUES (1)")
    before = (tmp_path / "d.db").read_bytes()
    with opened(url, Config(query=(("test", query),)), MEMORY) as dataset, pytest.raises(UnreadableError):
        read(dataset)
    assert (tmp_path / "d.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["d.db"]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    url = made(tmp_path / "d.db", "CREATE TABLE train (n)")
    with opened(url, Config(query=(("test", "SELECT 1 AS a, 2 AS a"),)), MEMORY) as dataset:
        assert read(dataset) == {"query 1": [{"a": 1, "a:1": 2}]}


def test_names_that_are_no_identifiers(tmp_path: Path) -> None:
    url = made(tmp_path / "d.db", 'CREATE TABLE "train \'; DROP" ("a ""b" TEXT, "SELECT" TEXT, "c:d%(e)s" TEXT); CREATE TABLE t (n)')
    with closing(sqlite3.connect(tmp_path / "d.db")) as connection:
        connection.execute("INSERT INTO \"train '; DROP\" VALUES ('1', '2', '3')")
        connection.commit()
    with opened(url, Config(), MEMORY) as dataset:
        assert read(dataset) == {"train '; DROP": [{'a "b': "1", "SELECT": "2", "c:d%(e)s": "3"}]}


def test_a_damaged_file_is_said_to_be(tmp_path: Path) -> None:
    url = made(tmp_path / "d.db", "CREATE TABLE train (n); INSERT INTO train VALUES (1)")
    with (tmp_path / "d.db").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 200)
    with pytest.raises(AuditorError) as error, opened(url, Config(), MEMORY):
        pass
    assert (error.value.code, error.value.message) == (3, "the database cannot be read: database disk image is malformed")


# while others write


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[tuple[str, sqlite3.Connection]]:
    """A database with a write-ahead log, and a connection that writes to it."""
    with closing(sqlite3.connect(tmp_path / "d.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE train (n INTEGER PRIMARY KEY)")
        writer.execute("INSERT INTO train VALUES (1)")
        yield f"sqlite:///{tmp_path / 'd.db'}", writer


def test_what_stands_in_the_log_alone_is_read(logged: tuple[str, sqlite3.Connection]) -> None:
    with opened(logged[0], Config(), MEMORY) as dataset:
        assert read(dataset) == {"train": [{"n": 1}]}


def test_a_log_that_was_put_away_is_not_missed(logged: tuple[str, sqlite3.Connection], tmp_path: Path) -> None:
    logged[1].close()
    assert [path.name for path in tmp_path.iterdir()] == ["d.db"]
    with opened(logged[0], Config(), MEMORY) as dataset:
        assert read(dataset) == {"train": [{"n": 1}]}
    assert [path.name for path in tmp_path.iterdir()] == ["d.db"]


def test_a_snapshot_is_of_one_moment(logged: tuple[str, sqlite3.Connection]) -> None:
    """While it is taken, another connection moves rows between two tables: each is in one of them."""
    url, writer = logged
    writer.execute("CREATE TABLE test (n INTEGER PRIMARY KEY)")
    writer.execute("BEGIN")
    writer.executemany("INSERT INTO train VALUES (?)", [(n,) for n in range(2, 2001)])
    writer.execute("COMMIT")
    ended = threading.Event()

    def move() -> None:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as mover:
            for n in range(1, 2001):
                mover.executescript(f"BEGIN; DELETE FROM train WHERE n = {n}; INSERT INTO test VALUES ({n}); COMMIT")
                if ended.is_set():
                    return

    thread = threading.Thread(target=move)
    thread.start()
    try:
        with opened(url, Config(), MEMORY) as dataset:
            found = read(dataset)
    finally:
        ended.set()
        thread.join()
    assert sorted(row["n"] for rows in found.values() for row in rows) == list(range(1, 2001))


# the command


def test_a_scan_finds_what_leaks_between_tables(tmp_path: Path) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {
        "train": [(n, text) for n, text in enumerate(TEXTS)],
        "test": [(n, text) for n, text in enumerate(reversed(TEXTS[:2]))],
    }
    script = "CREATE TABLE train (id INTEGER PRIMARY KEY, text); CREATE TABLE test (id INTEGER PRIMARY KEY, text)"
    url = made(tmp_path / "d.db", script, rows)
    suite = tmp_path / "suite.yaml"
    suite.write_text("expectations: [{type: expect_column_values_to_be_between, kwargs: {column: id, max_value: 1}}]\n", encoding="utf-8")
    report = tmp_path / "report.json"
    done = audit(url, "-o", f"json:{report}", "--evidence", tmp_path / "evidence", "--schema", suite)
    assert done.returncode == 1, done.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    leak, broken = (next(each for each in found["findings"] if each["rule"] == rule) for rule in ("LEAK001", "SCHM001"))
    assert [(place["file"], place["row"], place["partner"]["file"], place["partner"]["row"]) for place in leak["where"]] == [
        ("train", 0, "test", 1),
        ("train", 1, "test", 0),
    ]
    assert [(place["file"], place["row"]) for place in broken["where"]] == [("train", 2)]
    assert str(tmp_path) not in report.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "auditor", "verify", str(report), url, "--evidence", str(tmp_path / "evidence")]
    verified = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert verified.returncode == 0, verified.stdout


def test_the_configuration_names_queries(tmp_path: Path) -> None:
    url = made(tmp_path / "d.db", "CREATE TABLE tickets (day, text); INSERT INTO tickets VALUES (1, 'the first'), (9, 'the last')")
    config = tmp_path / "auditor.yaml"
    asked = {"query": {"train": "SELECT * FROM tickets WHERE day < 5", "test": "SELECT * FROM tickets WHERE day >= 5"}}
    config.write_text(json.dumps(asked), encoding="utf-8")
    done = audit(url, "--config", config, "-o", "json")
    found = json.loads(done.stdout)
    assert {name: split["rows"] for name, split in found["dataset"]["splits"].items()} == {"train": 1, "test": 1}


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "PathFinder.find_spec = lambda name, *rest: None if name.startswith('sqlalchemy') else find(name, *rest)\n"
        "from auditor.cli import main; main(['scan', 'sqlite:///x.db'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "SQLAlchemy, which is not installed" in done.stderr and "pip install 'dataset-auditor[sql]'" in done.stderr


def test_values_that_no_arrow_type_holds() -> None:
    for odd in ("NaN", "Infinity"):
        assert cells.column([decimal.Decimal(odd), decimal.Decimal(1)])[1] == "json"
    assert cells.column([uuid.UUID(int=1), None])[0].to_pylist() == [str(uuid.UUID(int=1)), None]
    assert cells.column([{"a": float("nan")}, [b"\1"]])[0].to_pylist() == ['{"a":"nan"}', '["01"]']
