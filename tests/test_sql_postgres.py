"""PostgreSQL as a dataset, against a real server."""

from __future__ import annotations

import datetime
import decimal
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from postgres import MISSING, USER, Server, binaries, server
from postgres import PASSWORD as SECRET

from auditor.config import Config
from auditor.dataset import Dataset, Tally, UnreadableError, json_values
from auditor.model import AuditorError
from auditor.running.opened import opened
from auditor.sources import open_shard
from auditor.sources.database import PASSWORD

MEMORY = 1 << 30


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server; the tests are skipped where none is installed."""
    programs = binaries()
    if programs is None:
        pytest.skip(MISSING)
    with server(programs) as found:
        yield found


@pytest.fixture
def place(running: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server with an empty database, and its password in the environment."""
    monkeypatch.setenv(PASSWORD, SECRET)
    yield running
    do(running, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS other CASCADE")


def do(place: Server, script: str) -> None:
    """Runs statements."""
    import psycopg

    how: dict[str, Any] = {"host": str(place.folder), "port": place.port, "user": USER, "password": SECRET, "dbname": "postgres"}
    with psycopg.connect(**how, autocommit=True) as connection:
        connection.execute(script.encode())


def rows(dataset: Dataset) -> dict[str, list[dict[str, Any]]]:
    """The records of each shard, by its path."""
    return {shard.path: [row for batch in open_shard(shard, Tally()) for row in batch.records.to_pylist()] for shard in dataset.shards}


@pytest.mark.parametrize("way", ["by_socket", "by_tcp"])
def test_tables_views_and_schemas_are_read(place: Server, way: str) -> None:
    do(
        place,
        """
        CREATE TABLE train (id text PRIMARY KEY, t text); INSERT INTO train VALUES ('b', '2'), ('B', '3'), ('a', '1');
        CREATE VIEW test_view AS SELECT * FROM train WHERE t > '1'; CREATE MATERIALIZED VIEW dev AS SELECT 7 AS n;
        CREATE TABLE users (n int); CREATE SCHEMA other; CREATE TABLE other.train (n int); INSERT INTO other.train VALUES (2), (1), (NULL);
        """,
    )
    url = getattr(place, way)
    with opened(url, Config(), MEMORY) as dataset:
        assert dataset.name == "postgres"
        assert [(split.name, [shard.path for shard in split.shards]) for split in dataset.splits] == [
            ("train", ["train"]),
            ("validation", ["dev"]),
            ("test", ["test_view"]),
        ]
        assert rows(dataset) == {
            "train": [{"id": "B", "t": "3"}, {"id": "a", "t": "1"}, {"id": "b", "t": "2"}],
            "dev": [{"n": 7}],
            "test_view": [{"id": "B", "t": "3"}, {"id": "b", "t": "2"}],
        }
    with opened(url, Config(table=("other.train",), query=(("test", "SELECT '%d :x' AS t, '1'::int AS n"),)), MEMORY) as dataset:
        assert rows(dataset) == {"other.train": [{"n": 1}, {"n": 2}, {"n": None}], "query 1": [{"t": "%d :x", "n": 1}]}


def test_values_of_every_kind_keep_their_types(place: Server) -> None:
    do(
        place,
        """
        CREATE TABLE train (id int PRIMARY KEY, j jsonb, a int[], n numeric, ts timestamptz, d date, u uuid, b bytea, f float4, big bigint,
                            yes boolean, tm time, iv interval, r int4range, ip inet, e text);
        INSERT INTO train VALUES (1, '{"b": [1, null], "a": "é"}', '{1,2,null}', 1.50, '2026-01-01 00:00+00', '2020-02-29',
            '00000000-0000-0000-0000-000000000001', '\\x00ff', 1.5, 9223372036854775807, true, '10:00', '1 day', '[1,3)', '10.0.0.1', '');
        INSERT INTO train (id, n) VALUES (2, 123456789012345678901234567890.125);
        """,
    )
    with opened(place.by_socket, Config(), MEMORY) as dataset:
        (batch,) = open_shard(dataset.shards[0], Tally())
    first, second = batch.records.to_pylist()
    assert (first["n"], second["n"]) == (decimal.Decimal("1.500"), decimal.Decimal("123456789012345678901234567890.125"))
    assert first["ts"] == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert (first["d"], first["tm"], first["iv"]) == (datetime.date(2020, 2, 29), datetime.time(10), datetime.timedelta(days=1))
    assert (first["u"], first["b"], first["f"]) == ("00000000-0000-0000-0000-000000000001", b"\0\xff", 1.5)
    assert (first["big"], first["yes"], first["e"]) == ((1 << 63) - 1, True, "")
    assert json_values(batch, "j")[0] == '{"a":"é","b":[1,null]}'
    assert json_values(batch, "a")[0] == "[1,2,null]"
    assert [json_values(batch, name)[0] for name in ("r", "ip")] == ['"[1, 3)"', '"10.0.0.1"']
    assert [value for name, value in second.items() if name not in {"id", "n"}] == [None] * 14


def test_many_rows_come_in_order_and_in_little_memory(place: Server) -> None:
    do(place, "CREATE TABLE train AS SELECT n, repeat(n::text, 200) AS t FROM generate_series(25000, 1, -1) AS n")
    with opened(place.by_socket, Config(), 512 << 20) as dataset:
        found = [value for batch in open_shard(dataset.shards[0], Tally()) for value in batch.records.column("n").to_pylist()]
    assert found == sorted(range(1, 25_001), key=str)


def test_a_snapshot_is_of_one_moment(place: Server) -> None:
    do(place, "CREATE TABLE train AS SELECT generate_series(1, 3000) AS n; CREATE TABLE test (n int)")
    ended = threading.Event()

    def move() -> None:
        for n in range(1, 3001):
            do(place, f"WITH gone AS (DELETE FROM train WHERE n = {n} RETURNING n) INSERT INTO test SELECT n FROM gone")
            if ended.is_set():
                return

    thread = threading.Thread(target=move)
    thread.start()
    try:
        with opened(place.by_socket, Config(), MEMORY) as dataset:
            found = rows(dataset)
    finally:
        ended.set()
        thread.join()
    assert sorted(row["n"] for some in found.values() for row in some) == list(range(1, 3001))


WRITES = [
    "DELETE FROM train RETURNING n",
    "WITH gone AS (DELETE FROM train RETURNING n) SELECT * FROM gone",
    "SELECT nextval('counter')",
    "SELECT 1) AS x; DROP TABLE train; --",
]


@pytest.mark.parametrize("query", WRITES)
def test_nothing_is_written(place: Server, query: str) -> None:
    do(place, "CREATE TABLE train (n int PRIMARY KEY); INSERT INTO train VALUES (1); CREATE SEQUENCE counter")
    with opened(place.by_socket, Config(table=("train",), query=(("test", query),)), MEMORY) as dataset:
        train, test = dataset.shards
        assert [batch.records.to_pylist() for batch in open_shard(train, Tally())] == [[{"n": 1}]]
        with pytest.raises(UnreadableError):
            list(open_shard(test, Tally()))
    with opened(place.by_socket, Config(table=("train",)), MEMORY) as dataset:
        assert rows(dataset) == {"train": [{"n": 1}]}


def test_one_view_that_fails_spoils_no_other(place: Server) -> None:
    do(
        place,
        """
        CREATE TABLE a_train (n int PRIMARY KEY); INSERT INTO a_train SELECT generate_series(1, 9);
        CREATE VIEW b_train AS SELECT 1 / (n - 5) AS m FROM a_train; CREATE TABLE c_train AS SELECT 'infinity'::date AS d;
        CREATE TABLE test (n int PRIMARY KEY); INSERT INTO test VALUES (1);
        """,
    )
    reasons = {}
    with opened(place.by_socket, Config(), MEMORY) as dataset:
        for shard in dataset.shards:
            try:
                reasons[shard.path] = sum(batch.records.num_rows for batch in open_shard(shard, Tally()))
            except UnreadableError as error:
                reasons[shard.path] = str(error)
    assert reasons == {"a_train": 9, "b_train": "division by zero", "c_train": "date too large (after year 10K): 'infinity'", "test": 1}


def test_a_value_that_is_too_large_is_refused_by_itself(place: Server) -> None:
    do(place, "CREATE TABLE train (id int PRIMARY KEY, t text); INSERT INTO train VALUES (1, 'a'), (2, repeat('x', 30000000)), (3, 'c')")
    tally = Tally()
    with opened(place.by_socket, Config(), 512 << 20) as dataset:
        assert [row["t"] for batch in open_shard(dataset.shards[0], tally) for row in batch.records.to_pylist()] == ["a", "c"]
    assert [trouble.count for trouble in tally.troubles] == [1]


@pytest.mark.parametrize("given", [None, "hunter2"])
def test_a_wrong_password_is_an_error_that_does_not_repeat_it(place: Server, given: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != PASSWORD} | ({PASSWORD: given} if given else {})
    command = [sys.executable, "-m", "auditor", "scan", place.by_tcp, "--verbose"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == 3
    assert "the database cannot be read: " in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_a_server_that_is_not_there_is_an_error(place: Server) -> None:
    with pytest.raises(AuditorError) as error, opened(f"postgresql://{USER}@127.0.0.1:9/postgres", Config(), MEMORY):
        pass
    assert error.value.code == 3
    assert "the database cannot be read: " in error.value.message


def test_no_output_names_the_password_or_the_user(place: Server) -> None:
    do(place, "CREATE TABLE train (id int PRIMARY KEY, text text); INSERT INTO train VALUES (1, 'how do I pay the bill')")
    command = [sys.executable, "-m", "auditor", "scan", place.by_tcp, "-o", "json", "--verbose"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    for private in (SECRET, "p%40ss", "127.0.0.1", str(place.port), f"{USER}@"):
        assert private not in done.stdout + done.stderr
