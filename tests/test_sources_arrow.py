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
from auditor.sources.sizes import decoded, within

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


# ── what a few bytes stand for ────────────────────────────────────────────────────────────────────────────────────────

MEBIBYTE = pa.array(["x" * (1 << 20)])
SAME = pa.DictionaryArray.from_arrays(pa.array([0] * 500, pa.int32()), MEBIBYTE)


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_a_footer_that_lists_other_records_than_the_messages_hold_is_refused(compression: str | None) -> None:
    sink = pa.BufferOutputStream()
    schema = pa.schema([("a", pa.string())])
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        for value in ("one", "two"):
            writer.write_batch(pa.record_batch({"a": [value]}, schema))
    data = sink.getvalue().to_pybytes()
    assert read(data, "t.arrow").rows == [{"a": "one"}, {"a": "two"}]
    footer = len(data) - 10 - int.from_bytes(data[-10:-6], "little")
    messages = pa.ipc.MessageReader.open_stream(pa.BufferReader(data[8:]))
    lengths = [len(messages.read_next_message().serialize()) for _ in range(3)]
    blocks = [(8 + sum(lengths[:place])).to_bytes(8, "little") for place in (1, 2)]
    assert data.count(blocks[1], footer) == 1
    twice = data[:footer] + data[footer:].replace(blocks[1], blocks[0])
    assert pa.ipc.open_file(twice).read_all().to_pydict() == {"a": ["one", "one"]}
    found = read(twice, "t.arrow")
    assert found.rows == []
    assert found.failure == "damaged: its footer and its messages are not of the same records, so that readers would disagree"


def views(column: pa.Array) -> pa.Array:
    """The strings as views, all of which look at one place where they are equal."""
    return column.cast(pa.string_view())


def same_views() -> pa.Array:
    validity, first, *data = views(MEBIBYTE).buffers()
    return pa.Array.from_buffers(pa.string_view(), 500, [validity, pa.py_buffer(first.to_pybytes()[:16] * 500), *data])


@pytest.mark.parametrize(
    "column",
    [
        SAME,
        same_views(),
        pa.DictionaryArray.from_arrays(SAME.indices, views(MEBIBYTE)),
        pa.DictionaryArray.from_arrays(SAME.indices, pa.array([b"x" * (1 << 20)], pa.binary(1 << 20))),
        pa.ListArray.from_arrays(pa.array(range(501), pa.int32()), SAME),
        pa.FixedSizeListArray.from_arrays(SAME, 1),
        pa.MapArray.from_arrays(pa.array(range(501), pa.int32()), pa.array(range(500)), SAME),
        pa.StructArray.from_arrays([SAME], ["inner"]),
    ],
    ids=["dictionary", "views", "dictionary of views", "dictionary of bytes", "list", "list of one", "map", "struct"],
)
def test_values_that_are_shared_come_in_small_batches(column: pa.Array, tmp_path: Path) -> None:
    file = tmp_path / "bomb"
    file.write_bytes(ipc(pa.table({"n": range(500), "text": column})))
    assert file.stat().st_size < 2 << 20
    seen = []
    for batch in open_shard(Shard(path="bomb", file=str(file), split="all", format="arrow"), Tally()):
        assert batch.records.nbytes <= 17 << 20
        assert not any(map(pa.types.is_dictionary, within(batch.records.schema.field("text").type)))
        seen += batch.records.column("n").to_pylist()
    assert seen == list(range(500))


def test_a_record_that_stands_for_gigabytes_is_refused_by_itself(tmp_path: Path) -> None:
    offsets = pa.array([0, 1, 500, 500], pa.int32())
    for column in (
        pa.ListArray.from_arrays(offsets, SAME),
        pa.ListArray.from_arrays(pa.array([0, 1, 2**31 - 1, 2**31 - 1], pa.int32()), pa.nulls(2**31 - 1)),
    ):
        reading = read(ipc(pa.table({"n": [1, 2, 3], "list": column})), "data.arrow")
        assert [row["n"] for row in reading.rows] == [1, 3]
        assert reading.refused == {"a record of over 128 MiB: more with --max-memory": 1}


@pytest.mark.parametrize(
    "column",
    [
        pa.RunEndEncodedArray.from_arrays(pa.array([2**31 - 1], pa.int32()), pa.array(["x"])),
        pa.array([[1], [2]], pa.list_view(pa.int64())),
        pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array(["a", "b"])]),
        pa.array([[[1]], [[2]]], pa.list_(pa.list_view(pa.int64()))),
        pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array([[1]])),
    ],
    ids=["run ends", "list views", "union", "list views inside", "dictionary of lists"],
)
def test_types_that_hardly_anyone_writes_are_refused(column: pa.Array) -> None:
    reading = read(ipc(pa.table([pa.nulls(len(column)), column], names=["a", "b"])), "data.arrow")
    assert reading.rows == []
    assert reading.failure == "column 2 is of a type that is not read (run ends, views of lists, unions): write it plainly"


TEXTS = st.lists(st.none() | st.lists(st.none() | st.text(max_size=20), max_size=4), max_size=12)


@given(TEXTS, st.integers(0, 12), st.integers(0, 12))
def test_the_decoded_size_counts_values_and_their_bytes(values: list[list[str | None] | None], first: int, count: int) -> None:
    items = [text for value in values for text in value or []]
    offsets = pa.array([sum(len(value or []) for value in values[:place]) for place in range(len(values) + 1)], pa.int32())
    plain = pa.array(items, pa.string())
    part = [value or [] for value in values][first : first + count]
    expected = len(part) + sum(len(value) for value in part) + sum(len((text or "").encode()) for value in part for text in value)
    for child in (
        plain.dictionary_encode(),
        views(plain),
        pa.DictionaryArray.from_arrays(pa.array(range(len(items)), pa.int32()), views(plain)),
    ):
        column = pa.ListArray.from_arrays(offsets, child).slice(first, count)
        assert decoded(column) == expected
        assert decoded(pa.StructArray.from_arrays([column], ["x"])) == expected + len(part)


def test_views_and_dictionaries_of_views_become_strings() -> None:
    text = pa.array(["a", "b" * 30, None, "é"])
    coded = pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 3], pa.uint32()), views(text))
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 2, 3, 4], pa.int32()), views(text))
    reading = read(ipc(pa.table({"text": views(text), "coded": coded, "lists": lists})), "data.arrow")
    assert reading.types == {"text": "large_string", "coded": "large_string", "lists": "list<item: large_string>"}
    assert [row["text"] for row in reading.rows] == text.to_pylist()
    assert [row["coded"] for row in reading.rows] == ["b" * 30, "a", None, "é"]
    assert [row["lists"] for row in reading.rows] == [["a", "b" * 30], [], [None], ["é"]]


def test_a_view_that_is_no_utf8_is_refused_with_its_record() -> None:
    column = pa.array([b"a", b"\xff" * 20, b"b"], pa.binary_view()).view(pa.string_view())
    reading = read(ipc(pa.table({"text": column, "n": [1, 2, 3]})), "data.arrow")
    assert [row["n"] for row in reading.rows] == [1, 3]
    assert reading.refused == {"invalid UTF-8": 1}


def test_times_inside_others_follow_the_same_rules() -> None:
    wrong = pa.array([[0], [2**62], [86_400_000]], pa.list_(pa.timestamp("ms")))
    fine = pa.array([{"x": 1_999}, {"x": 0}, None], pa.struct([("x", pa.timestamp("ns"))]))
    reading = read(ipc(pa.table({"wrong": wrong, "fine": fine})), "data.arrow")
    assert [row["wrong"][0].day for row in reading.rows] == [1, 2]
    assert reading.refused == {"a value its type does not allow": 1}
    assert reading.rows[0]["fine"]["x"].microsecond == 1


def test_a_batch_is_read_in_pieces_of_its_own_records_only() -> None:
    lists = pa.array([[str(n), str(n + 1)] for n in range(25_000)], pa.list_(pa.dictionary(pa.int32(), pa.string())))
    reading = read(ipc(pa.table({"lists": lists})), "data.arrow")
    assert [row["lists"] for row in reading.rows] == [[str(n), str(n + 1)] for n in range(25_000)]
    assert [len(batch.records.column("lists").values) for batch in reading.batches] == [20_000, 20_000, 10_000]
