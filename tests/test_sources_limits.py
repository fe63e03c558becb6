"""Readers stay inside a small memory, whatever they are pointed at: it is read, or refused with a reason and a cure."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_sources_arrow import ipc

from auditor.dataset import Shard, Tally
from auditor.sources import limits
from auditor.sources.lines import batches

MEMORY = 384
"""MiB that the process may use; so a record may have 24."""

READING = """
import json, os, resource, sys
os.environ.update(ARROW_DEFAULT_MEMORY_POOL="system", MALLOC_ARENA_MAX="2")
from auditor.doors import pandas; pandas.close()
import pyarrow.parquet
from auditor.dataset import Shard, Tally, UnreadableError
from auditor.sources import open_shard
name, memory = sys.argv[1], int(sys.argv[2]) << 20
resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
def peak():
    return next(int(line.split()[1]) >> 10 for line in open("/proc/self/status") if line.startswith("VmHWM"))
before, tally, rows, failure, lines = peak(), Tally(), 0, None, []
try:
    for batch in open_shard(Shard(path="data", file=name, split="all", format=name.split(".")[-1]), tally):
        rows += batch.records.num_rows
        lines += batch.lines.to_pylist()[:5] if batch.lines is not None else []
except UnreadableError as error:
    failure = str(error)
refused = {each.reason: each.count for each in tally.troubles}
print(json.dumps([rows, refused, failure, peak() - before, tally.physical, lines]))
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a file in a process of limited memory, and by how many MiB that grew."""

    rows: int
    refused: dict[str, int]
    failure: str | None
    grown: int
    lines: list[int]


def read(file: Path, memory: int = MEMORY) -> Reading:
    run = subprocess.run([sys.executable, "-c", READING, str(file), str(memory)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rows, refused, failure, grown, physical, lines = json.loads(run.stdout)
    assert physical == rows + sum(refused.values())
    return Reading(rows, refused, failure, grown, lines)


def written(file: Path, *parts: bytes) -> Path:
    with file.open("wb") as stream:
        stream.writelines(parts)
    return file


def long(size: int) -> Iterator[bytes]:
    """So many MiB of text."""
    for _ in range(size):
        yield b"x" * (1 << 20)


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (256 << 20, [16 << 20, 4 << 20, 4 << 20, 6826]),
        (1856 << 20, [116 << 20, 8 << 20, 29 << 20, 75093]),
        (64 << 30, [128 << 20, 8 << 20, 1 << 30, 2792106]),
        (resource.RLIM_INFINITY, [128 << 20, 8 << 20, 32 << 20, 83285]),
    ],
)
def test_the_limits_follow_the_memory(memory: int, expected: list[int]) -> None:
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({memory}, {memory}))\n"
        "from auditor.sources import limits; print([limits.held(), limits.batch(), limits.footer(), limits.columns()])"
    )
    assert json.loads(subprocess.check_output([sys.executable, "-c", code])) == expected


# ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_line_is_refused_between_sound_ones(tmp_path: Path) -> None:
    reason = "a line of over 24 MiB: more with --max-memory"
    file = written(tmp_path / "data.jsonl", b'{"a": "x"}\n{"a": "', *long(120), b'"}\n{"a": "y"}\n')
    reading = read(file)
    assert (reading.rows, reading.refused, reading.failure, reading.lines) == (2, {reason: 1}, None, [1, 3])
    assert reading.grown < 60
    reading = read(written(tmp_path / "data.csv", b"a,b\nx,y\nx,", *long(120), b"\nx,y\n"))
    assert (reading.rows, reading.refused, reading.failure, reading.lines) == (2, {reason: 1}, None, [2, 4])
    assert reading.grown < 60


@pytest.mark.parametrize("opening", [b'{"a": "', b'{"a": ["', b'{"a": ' + b" " * (30 << 20)], ids=["string", "list", "space"])
def test_a_long_element_ends_an_array(opening: bytes, tmp_path: Path) -> None:
    reading = read(written(tmp_path / "data.json", b'[{"a": "x"},\n', opening, *long(60), b'"}]'))
    assert (reading.rows, reading.refused) == (1, {})
    assert reading.failure == "a record of over 24 Mi characters: more with --max-memory (line 2, character 14 of the file)"
    assert reading.grown < 150


def test_an_array_that_begins_with_endless_space_is_given_up(tmp_path: Path) -> None:
    reading = read(written(tmp_path / "data.json", b'{"data": [', *[b" " * (1 << 20)] * 30, b"{}]}"))
    assert reading.failure == "a record of over 24 Mi characters: more with --max-memory (line 1, character 10 of the file)"


def test_a_record_whose_value_does_not_fit_is_refused_by_itself(tmp_path: Path) -> None:
    lists = b'{"a": [' + b"[]," * 4_000_000 + b"1]}"
    reading = read(written(tmp_path / "data.jsonl", b'{"a": 1}\n', lists, b'\n{"a": 2}\n'), 192)
    assert reading.refused == {"a record needs more memory than there is: raise --max-memory": 1}
    assert (reading.rows, reading.failure, reading.lines) == (2, None, [1, 3])
    reading = read(written(tmp_path / "data.json", b'[{"a": 1},', lists, b"]"), 192)
    assert reading.rows == 1
    assert reading.failure == "a record needs more memory than there is: raise --max-memory (line 1, character 11 of the file)"


def test_a_record_of_many_lines_is_given_up_when_it_is_too_large(tmp_path: Path) -> None:
    cell = b'","' + b"x" * (1 << 20) + b"\n"  # to the record it is a cell more; by itself it is wrong
    reading = read(written(tmp_path / "data.csv", b'a,b\n1,2\n"x\n', *[cell] * 30, b"1,2\n"))
    assert reading.refused == {
        "a record of over 24 MiB: more with --max-memory (an unclosed quote?)": 1,
        "characters after a closing quote": 6,
    }
    assert (reading.rows, reading.failure, reading.lines) == (2, None, [2, 34])
    assert reading.grown < 100


def test_rows_that_do_not_fit_together_are_built_apart() -> None:
    def build(rows: list[int]) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"n": rows[:1]})
        if len(rows) > 3 or 66 in rows:
            raise MemoryError
        if rows[1:]:
            yield pa.RecordBatch.from_pydict({"n": rows[1:]})

    def fits(rows: list[int]) -> Iterator[pa.RecordBatch]:
        if 66 in rows:
            raise MemoryError
        yield from build(rows)

    shard, tally = Shard(path="data", file="data", split="all", format="csv"), Tally()
    rows = [*range(60, 75)]
    found = list(batches(shard, ((n * 10, n, 1) for n in rows), fits, tally))
    assert [n for each in found for n in each.records.column("n").to_pylist()] == [n for n in rows if n != 66]
    assert [line for each in found if each.lines is not None for line in each.lines.to_pylist()] == [n * 10 for n in rows if n != 66]
    assert [each.start for each in found] == [sum(other.records.num_rows for other in found[:place]) for place in range(len(found))]
    assert [(each.reason, each.count, each.lines) for each in tally.troubles] == [
        ("a record needs more memory than there is: raise --max-memory", 1, (660,))
    ]


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(size: int) -> pa.Table:
    """Numbers that do not compress, of so many MiB."""
    return pa.table({"n": np.random.default_rng(7).integers(0, 1 << 62, size << 17)})


def test_a_large_row_group_is_not_held(tmp_path: Path) -> None:
    pq.write_table(table(100), tmp_path / "data.parquet", row_group_size=1 << 30, use_dictionary=False)
    reading = read(tmp_path / "data.parquet")
    assert (reading.rows, reading.failure) == (100 << 17, None)
    assert reading.grown < 50


@pytest.mark.parametrize("stream", [False, True])
def test_a_large_record_batch_is_not_held(stream: bool, tmp_path: Path) -> None:
    reading = read(written(tmp_path / "data.arrow", ipc(table(150), stream)))
    assert (reading.rows, reading.failure) == (150 << 17, None)
    assert reading.grown < 50


def test_what_has_to_be_held_and_does_not_fit_is_refused_with_its_cure(tmp_path: Path) -> None:
    zeros = pa.table({f"n{place}": np.zeros(60 << 14, np.int64) for place in range(20)})
    packed = written(tmp_path / "data.arrow", ipc_packed(zeros))
    assert read(packed, 192).failure == "a record batch needs more memory than there is: raise --max-memory, or write smaller batches"
    assert read(packed).rows == 60 << 14
    cell = pa.table({"text": ["a", "x" * (90 << 20), "b"]})
    pq.write_table(cell, tmp_path / "data.parquet", use_dictionary=False, compression="lz4", write_statistics=False)
    reading = read(tmp_path / "data.parquet", 192)
    cure = "raise --max-memory, or write smaller row groups and pages"
    assert reading.failure == f"a row group needs more memory than there is: {cure}"


def ipc_packed(data: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, data.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(data)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def test_a_table_of_too_many_columns_is_refused_before_it_costs_anything(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(5_000)]
    wide = pa.table({name: [1] for name in names})
    pq.write_table(wide, tmp_path / "data.parquet", store_schema=False)
    written(tmp_path / "data.arrow", ipc(wide))
    written(tmp_path / "data.csv", ",".join(names).encode() + b"\n")
    for ending in ("parquet", "arrow", "csv"):
        reading = read(tmp_path / f"data.{ending}", 192)
        assert reading.failure == "a table of over 4,096 columns: more with --max-memory"
        assert read(tmp_path / f"data.{ending}", 256).failure is None
    record = json.dumps(dict.fromkeys(names, 1)).encode()
    reading = read(written(tmp_path / "data.jsonl", b'{"c1": 1}\n', record, b'\n{"c1": 2}\n'), 192)
    assert (reading.rows, reading.refused) == (2, {"a record of over 4,096 columns: more with --max-memory": 1})


@pytest.mark.parametrize("write", ["parquet", "arrow"])
def test_a_long_description_of_a_table_is_not_parsed(write: str, tmp_path: Path) -> None:
    schema = pa.schema([pa.field("n", pa.int64(), metadata={"note": "x" * (4 << 20)})])
    data = pa.Table.from_arrays([pa.array([1])], schema=schema)
    if write == "parquet":
        pq.write_table(data, tmp_path / "data.parquet")
    else:
        written(tmp_path / "data.arrow", ipc(data))
    reading = read(tmp_path / f"data.{write}", 192)
    assert reading.failure == "a description of the table of over 3 MiB: more with --max-memory"
    assert read(tmp_path / f"data.{write}", 1856).rows == 1


def test_a_footer_that_is_longer_than_its_file_is_damage(tmp_path: Path) -> None:
    for ending, data in (
        ("parquet", b"PAR1" + b"\0" * 8 + b"\xff\xff\xff\x7fPAR1"),
        ("arrow", b"ARROW1" + b"\0" * 8 + b"\xff\xff\xff\x7fARROW1"),
    ):
        failure = read(written(tmp_path / f"data.{ending}", data)).failure
        assert failure is not None
        assert "max-memory" not in failure


def test_the_reason_names_the_limit_in_few_digits() -> None:
    assert limits.over("a line", 5 << 19) == "a line of over 2.5 MiB: more with --max-memory"
    assert limits.over("a line", 116 << 20) == "a line of over 116 MiB: more with --max-memory"
