"""Parquet and Arrow IPC: every record or a reason, whatever the file does; and plain columns for everybody after."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_sources import parquet, read

from auditor.dataset import Shard, Tally
from auditor.sources import open_shard

TABLE = pa.table({"text": ["a", None, "é"], "n": [1, 2, None], "inner": [{"x": [1]}, {"x": []}, None]})


def ipc(table: pa.Table, stream: bool = False, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table, **options)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def strings(*values: bytes | None) -> pa.Array:
    """An array of strings that need not be UTF-8."""
    return pa.array(values, pa.binary()).view(pa.string())


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (parquet(TABLE), "data.parquet"),
        (parquet(TABLE, row_group_size=1, compression="zstd", version="1.0"), "data.parquet"),
        (ipc(TABLE), "data.arrow"),
        (ipc(TABLE, max_chunksize=2), "data.feather"),
        (ipc(TABLE, stream=True), "data.ipc"),
    ],
)
def test_a_table_is_read_as_it_was_written(data: bytes, name: str) -> None:
    reading = read(data, name.replace("feather", "arrow").replace("ipc", "arrow"))
    assert reading.rows == TABLE.to_pylist()
    assert reading.types["text"] == "string"
    assert reading.lines == []
    assert reading.batches[0].typed


@pytest.mark.parametrize("write", [parquet, ipc])
def test_strings_that_are_no_utf8_are_refused_with_their_records(write: Any) -> None:
    table = pa.table({"n": range(6), "text": strings(b"a", b"\xff", b"b", None, b"\xc3", b"c"), "more": strings(*[b"x"] * 5, b"\xe9")})
    reading = read(write(table), f"data.{'parquet' if write is parquet else 'arrow'}")
    assert [row["n"] for row in reading.rows] == [0, 2, 3]
    assert reading.refused == {"invalid UTF-8": 3}


def test_nested_strings_of_parquet_that_are_no_utf8_are_refused_too() -> None:
    lists = pa.ListArray.from_arrays([0, 1, 2, 3], strings(b"a", b"\xff", b"b"))
    reading = read(parquet(pa.table({"n": [0, 1, 2], "list": lists})), "data.parquet")
    assert [row["n"] for row in reading.rows] == [0, 2]
    assert reading.refused == {"invalid UTF-8": 1}


@pytest.mark.parametrize("write", [parquet, ipc])
def test_times_that_no_calendar_has_are_refused(write: Any) -> None:
    table = pa.table({"when": pa.array([0, 2**62, 86_400_000], pa.timestamp("ms"))})
    reading = read(write(table), f"data.{'parquet' if write is parquet else 'arrow'}")
    assert [row["when"].day for row in reading.rows] == [1, 2]
    assert reading.refused == {"a value its type does not allow": 1}


def test_nanoseconds_are_cut_to_microseconds() -> None:
    table = pa.table({"when": pa.array([1_001, 2_999], pa.timestamp("ns")), "long": pa.array([1_999, 0], pa.duration("ns"))})
    reading = read(ipc(table), "data.arrow")
    assert [row["when"].microsecond for row in reading.rows] == [1, 2]
    assert reading.rows[0]["long"] == datetime.timedelta(microseconds=1)


def test_dictionaries_become_what_they_stand_for() -> None:
    table = pa.table({"label": pa.array(["a", "b", None, "a"]).dictionary_encode(), "n": pa.array([5, 5, 6, 6]).dictionary_encode()})
    for data, name in ((parquet(table), "data.parquet"), (ipc(table), "data.arrow")):
        reading = read(data, name)
        assert reading.types["label"] == "string"
        assert [(row["label"], row["n"]) for row in reading.rows] == [("a", 5), ("b", 5), (None, 6), ("a", 6)]


def test_nothing_a_file_says_of_itself_makes_its_strings_json() -> None:
    table = pa.table([["{"]], schema=pa.schema([pa.field("text", pa.string(), metadata={"auditor": "json"})]))
    for data, name in ((parquet(table), "data.parquet"), (ipc(table), "data.arrow")):
        assert read(data, name).types == {"text": "string"}


def test_two_columns_of_one_name_are_unreadable() -> None:
    table = pa.table([[1], [2], [3]], names=["a", "b", "a"])
    for data, name in ((parquet(table), "data.parquet"), (ipc(table), "data.arrow"), (ipc(table, stream=True), "data.arrow")):
        assert read(data, name).failure == "columns 1 and 3 have one name"


@pytest.mark.parametrize("write", [parquet, ipc])
def test_a_few_bytes_do_not_become_a_huge_batch(write: Any, tmp_path: Path) -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000, pa.int32()), pa.array(["x" * 200_000]))
    file = tmp_path / "bomb"
    file.write_bytes(write(pa.table({"text": coded})))
    assert file.stat().st_size < 500_000
    shard = Shard(path="bomb", file=str(file), split="all", format="parquet" if write is parquet else "arrow")
    sizes = [(batch.records.num_rows, batch.records.nbytes) for batch in open_shard(shard, Tally())]
    assert sum(rows for rows, _ in sizes) == 3_000
    assert max(size for _, size in sizes) <= 17 << 20


def test_long_tables_come_in_batches() -> None:
    table = pa.table({"n": range(25_000)})
    for data in (parquet(table), ipc(table)):
        reading = read(data, "data.parquet")
        assert [row["n"] for row in reading.rows] == list(range(25_000))
        assert [batch.records.num_rows for batch in reading.batches] == [10_000, 10_000, 5_000]


def test_no_records_are_none() -> None:
    for data in (parquet(TABLE.slice(0, 0)), ipc(TABLE.slice(0, 0)), ipc(TABLE.slice(0, 0), stream=True)):
        reading = read(data, "data.arrow")
        assert (reading.rows, reading.failure) == ([], None)


def test_records_without_columns_are_records() -> None:
    empty = pa.RecordBatch.from_struct_array(pa.array([{}, {}], pa.struct([])))
    assert read(ipc(pa.Table.from_batches([empty])), "data.arrow").rows == [{}, {}]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1 and no footer", parquet(TABLE)[:-1], parquet(TABLE)[:-8]])
def test_parquet_without_its_footer_is_truncated(data: bytes) -> None:
    assert read(data, "data.parquet").failure == "truncated, or no Parquet file: its footer is missing"


@given(st.integers(0, len(ipc(TABLE)) - 1))
def test_an_arrow_file_that_is_cut_off_is_never_read_in_silence(size: int) -> None:
    assert read(ipc(TABLE)[:size], "data.arrow").failure is not None


def test_the_sound_batches_of_a_stream_that_is_cut_off_are_read() -> None:
    data = ipc(TABLE, stream=True, max_chunksize=1)
    reading = read(data[: len(data) - 100], "data.arrow")
    assert [row["text"] for row in reading.rows] == ["a", None]
    assert reading.failure is not None
    assert reading.failure.startswith("damaged or truncated Arrow data")


@pytest.mark.parametrize(
    ("places", "failure"),
    [
        ({0}, "damaged: its footer contradicts itself about the number of records"),
        ({2}, "damaged: its footer contradicts itself about the number of records"),
        ({0, 2}, "damaged: a row group does not hold as many records as the footer says"),
        ({0, 1, 2}, "damaged: a row group does not hold as many records as the footer says"),
    ],
)
def test_parquet_that_claims_another_number_of_records_is_damaged(places: set[int], failure: str) -> None:
    data = parquet(pa.table({"n": range(100)}), compression="none", use_dictionary=False, write_statistics=False)
    hundred, more = b"\x16\xc8\x01", b"\x16\xca\x01"  # 100 and 101 in the footer: records of the file, of a column, of the row group
    first, *others = data.split(hundred)
    assert len(others) == 3
    changed = first + b"".join((more if place in places else hundred) + part for place, part in enumerate(others))
    assert read(changed, "data.parquet").failure == failure


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_changed_byte_of_a_page_is_found_by_its_checksum(place: int, byte: int) -> None:
    data = bytearray(parquet(pa.table({"n": range(100)}), compression="none", use_dictionary=False, write_page_checksum=True))
    at = data.index((1).to_bytes(8, "little")) + place
    data[at] = (data[at] + 1 + byte) % 256 if byte < 255 else data[at] ^ 1
    assert read(bytes(data), "data.parquet").failure is not None


def test_offsets_that_point_out_of_the_file_are_found_before_they_are_used() -> None:
    offsets = b"".join(place.to_bytes(4, "little") for place in (0, 3, 8))
    for wild in ((0, 3, 1 << 30), (0, 1 << 30, 8), (1 << 31, 3, 8), (0, 8, 3)):
        data = ipc(pa.table({"text": ["abc", "defgh"]})).replace(offsets, b"".join(place.to_bytes(4, "little") for place in wild))
        reading = read(data, "data.arrow")
        assert reading.rows == []
        assert reading.failure is not None
        assert reading.failure.startswith("damaged or truncated Arrow data")
