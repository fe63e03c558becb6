"""The ways in as everybody uses them: open_shard, its accounting, and the records of one split of a table. (And how tests read.)"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.dataset import Batch, Shard, Tally, UnreadableError, texts
from auditor.sources import VALUES, open_shard, split_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading some bytes as a file: JSON texts are parsed, reasons counted."""

    rows: list[dict[str, Any]]
    lines: list[int]
    refused: dict[str, int]
    places: dict[str, tuple[int, ...]]
    doubts: dict[str, int]
    failure: str | None
    batches: list[Batch]

    @property
    def types(self) -> dict[str, str]:
        """The Arrow type of each column of the first batch, "json" for JSON texts."""
        schema = self.batches[0].records.schema
        return {field.name: "json" if field.metadata else str(field.type) for field in schema}


def read(data: bytes, name: str = "data.csv", *, column: str | None = None, value: str = "", primary: bool = True) -> Reading:
    """Reads the bytes as a file of this name, and holds the reader to everything that every reader promises."""
    form = name.split(".")[1]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        shard = Shard(path=name, file=str(file), split="all", format=form, column=column, value=value, primary=primary)
        tally, failure = Tally(), None
        batches: list[Batch] = []
        try:
            batches.extend(open_shard(shard, tally))
        except UnreadableError as error:
            failure = str(error)
            assert folder not in failure
            assert failure.strip()
            assert "\n" not in failure
    start = 0
    for batch in batches:
        batch.records.validate(full=True)
        assert batch.shard == shard
        assert batch.start == start
        assert 0 < batch.records.num_rows <= 10_000
        assert batch.lines is None or len(batch.lines) == batch.records.num_rows
        start += batch.records.num_rows
    troubles = [(each.reason, each.count, each.lines, each.accepted) for each in tally.troubles]
    refused = {reason: count for reason, count, _, accepted in troubles if not accepted}
    assert tally.physical == start + sum(refused.values())
    return Reading(
        rows=[row for batch in batches for row in _rows(batch)],
        lines=[line for batch in batches if batch.lines is not None for line in batch.lines.to_pylist()],
        refused=refused,
        places={reason: lines for reason, _, lines, _ in troubles},
        doubts={reason: count for reason, count, _, accepted in troubles if accepted},
        failure=failure,
        batches=batches,
    )


def _rows(batch: Batch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.records.to_pylist()
    for field in batch.records.schema:
        for row in rows if field.metadata else ():
            row[field.name] = None if row[field.name] is None else json.loads(row[field.name])
    return rows


def parquet(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    content: bytes = sink.getvalue().to_pybytes()
    return content


TABLE = b"text,split\na,train\nb,test\nragged\nc,train\nd,\n\xff,train\ne,train\n"


def test_the_records_of_one_split_of_a_table_are_counted_from_nought() -> None:
    reading = read(TABLE, column="split", value="train")
    assert [row["text"] for row in reading.rows] == ["a", "c", "e"]
    assert reading.lines == [2, 5, 8]
    assert reading.refused == {"fewer cells than the header": 1, "invalid UTF-8": 1}


def test_only_the_primary_shard_of_a_table_answers_for_what_was_refused() -> None:
    reading = read(TABLE, column="split", value="test", primary=False)
    assert [row["text"] for row in reading.rows] == ["b"]
    assert reading.refused == {}


def test_a_missing_value_of_the_split_column_is_the_empty_text() -> None:
    assert [row["text"] for row in read(TABLE, column="split").rows] == ["d"]
    assert len(read(TABLE, column="no such column").rows) == 5
    assert read(TABLE, column="no such column", value="train").rows == []


@given(st.lists(st.sampled_from(["train", "test", "", None, 3]), max_size=30))
def test_the_shards_of_a_table_share_its_records_among_them(values: list[str | int | None]) -> None:
    data = b"".join(json.dumps({"n": place, "split": value}).encode() + b"\n" for place, value in enumerate(values)) + b"oops\n"
    shares = [read(data, "data.jsonl", column="split", value=value, primary=value == "3") for value in ("train", "test", "", "3")]
    assert sorted(row["n"] for share in shares for row in share.rows) == list(range(len(values)))
    assert [sum(share.refused.values()) for share in shares] == [0, 0, 0, 1]


def test_the_values_that_tell_splits_apart_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes(TABLE)
    assert split_values(Shard(path="data.csv", file=str(file), split="all", format="csv"), "split") == ["", "test", "train"]


def test_the_values_before_a_file_breaks_off_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    file.write_text('[{"s": "a"}, {"s": 5}, x')
    assert split_values(Shard(path="data.json", file=str(file), split="all", format="json"), "s") == ["5", "a"]


def test_a_column_of_a_thousand_values_tells_no_splits_apart(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("id\n" + "".join(f"{place}\n" for place in range(VALUES + 1)))
    with pytest.raises(UnreadableError, match="does not tell splits apart"):
        split_values(Shard(path="data.csv", file=str(file), split="all", format="csv"), "id")


ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
LINES = b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n'
ARRAY = b'[{"a": 1, "b": "x"},\n {"a": 2, "b": "y"}]\n'


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (LINES, "data.json"),
        (ARRAY, "data.jsonl"),
        (json.dumps(ROWS).encode() + b"\n", "data.jsonl"),
        (b"\xef\xbb\xbf\n \n" + LINES, "data.json"),
        (LINES, "data.parquet"),
        (ARRAY, "data.parquet"),
        (parquet(pa.Table.from_pylist(ROWS)), "data.csv"),
        (parquet(pa.Table.from_pylist(ROWS)), "data.json"),
        (LINES, "data.csv"),
    ],
)
def test_the_content_is_believed_where_the_ending_says_something_else(data: bytes, name: str) -> None:
    reading = read(data, name)
    assert reading.rows == ROWS
    assert reading.failure is None


def test_an_ending_that_content_leaves_open_is_believed() -> None:
    assert read(b'{"a": 1}', "data.jsonl").rows == [{"a": 1}]
    assert read(b'{"a": [{"b": 1}]}', "data.json").rows == [{"b": 1}]
    assert read(b'{"a": [{"b": 1}]}', "data.jsonl").rows == [{"a": [{"b": 1}]}]
    assert read(b"[a,{b\n[1,{2\n", "data.csv").rows == [{"[a": "[1", "{b": "{2"}]


def test_an_array_of_one_record_a_line_is_no_file_of_lines() -> None:
    assert read(b'[\n{"a": 1}\n]', "data.jsonl").rows == [{"a": 1}]


def test_lines_of_arrays_are_refused_one_by_one() -> None:
    reading = read(b'[1, 2]\n[3, 4]\n{"a": 1}\n', "data.jsonl")
    assert reading.rows == [{"a": 1}]
    assert reading.places == {"not an object": (1, 2)}


def test_a_missing_file_is_told_without_a_path_of_the_machine(tmp_path: Path) -> None:
    shard = Shard(path="gone.csv", file=str(tmp_path / "gone.csv"), split="all", format="csv")
    with pytest.raises(UnreadableError) as caught:
        list(open_shard(shard, Tally()))
    assert str(caught.value) == "No such file or directory"


def test_an_unknown_format_is_told() -> None:
    assert read(b"x", "data.xml").failure == "there is no reader for the format 'xml'"


def test_in_a_column_of_mixed_values_strings_are_themselves_and_the_rest_is_json() -> None:
    reading = read(b'{"a": [1, "\xc3\xa9"]}\n{"a": "s"}\n{}\n', "data.jsonl")
    assert texts(reading.batches[0], "a") == ['[1,"é"]', "s", None]
