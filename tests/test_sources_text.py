"""CSV, JSON lines and JSON: what is a record, what is refused and why, and on which line."""

from __future__ import annotations

import bz2
import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_sources import Reading, read

from auditor.dataset import as_json, json_values
from auditor.sources.lines import lines

# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_cell_is_text_and_an_empty_one_null() -> None:
    reading = read(b'a,b,c\n1,NA,\n"",null,"x, ""y"""\n')
    assert reading.rows == [{"a": "1", "b": "NA", "c": None}, {"a": None, "b": "null", "c": 'x, "y"'}]
    assert not reading.batches[0].typed
    assert reading.types == {"a": "string", "b": "string", "c": "string"}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_ends_a_line(end: bytes, last: bool) -> None:
    data = b"\xef\xbb\xbf" + end.join([b"a,b", b"1,2", b"", b'3,"x\r\ny"', b"5,6"]) + (end if last else b"")
    reading = read(data)
    assert reading.rows == [{"a": "1", "b": "2"}, {"a": "3", "b": "x\r\ny"}, {"a": "5", "b": "6"}]
    assert reading.lines == [2, 4, 6]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"1", "fewer cells than the header"),
        (b"1,2,3", "more cells than the header"),
        (b"1,\xff", "invalid UTF-8"),
        (b"1,\xed\xa0\x80", "invalid UTF-8"),
        (b"1,a\0b", "NUL character"),
        (b'1,"a"b', "characters after a closing quote"),
        (b'1,"a\nb"c', "characters after a closing quote, in a record of several lines (an unclosed quote before?)"),
        (b'"a\n\xff"', "invalid UTF-8"),
    ],
)
def test_a_bad_record_is_refused_and_takes_no_other_with_it(bad: bytes, reason: str) -> None:
    reading = read(b"a,b\nx,y\n" + bad + b"\np,q\n")
    assert reading.rows == [{"a": "x", "b": "y"}, {"a": "p", "b": "q"}]
    assert reading.refused == {reason: 1}
    assert reading.places == {reason: (3,)}
    assert reading.lines == [2, 4 + bad.count(b"\n")]


def test_an_unclosed_quote_says_that_it_took_the_rest() -> None:
    reading = read(b'a,b\n1,2\n3,"4\n5,6\n')
    assert reading.rows == [{"a": "1", "b": "2"}]
    assert reading.refused == {"unclosed quote: everything up to the end of the file stands in this record": 1}
    assert reading.places == {"unclosed quote: everything up to the end of the file stands in this record": (3,)}
    assert read(b'a,b\n1,2\n3,"4').refused == {"unclosed quote": 1}


def test_a_quote_inside_a_bare_cell_is_itself() -> None:
    assert read(b"a\n5' 3\" tall\n").rows == [{"a": "5' 3\" tall"}]


def test_a_header_alone_is_a_table_of_no_records() -> None:
    reading = read(b"a,b\n\n\n")
    assert (reading.rows, reading.failure) == ([], None)


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", "it has no header"),
        (b"\n\r\n", "it has no header"),
        (b"a,b,a\n1,2,3\n", "columns 1 and 3 have one name"),
        (b"a,,\n1,2,3\n", "columns 2 and 3 have one name"),
        (b"a,\xff\n1,2\n", "its header: invalid UTF-8 (line 1)"),
        (b'\n"a"b,c\n1,2\n', "its header: characters after a closing quote (line 2)"),
        ("a,b\n1,2\n".encode("utf-16"), "its header: invalid UTF-8 (line 1)"),
    ],
)
def test_a_table_without_a_sound_header_is_unreadable(data: bytes, failure: str) -> None:
    assert read(data).failure == failure


def test_tabs_separate_the_cells_of_tsv() -> None:
    assert read(b'a\tb\n1,5\t"x\ty"\n', "data.tsv").rows == [{"a": "1,5", "b": "x\ty"}]


def test_a_cell_longer_than_the_standard_library_likes_is_read() -> None:
    text = "x" * 300_000
    assert read(f"a,b\n1,{text}\n".encode()).rows == [{"a": "1", "b": text}]


def test_long_tables_come_in_batches() -> None:
    reading = read(b"n\n" + b"".join(b"%d\n" % n for n in range(25_000)))
    assert [batch.records.num_rows for batch in reading.batches] == [10_000, 10_000, 5_000]
    assert [row["n"] for row in reading.rows] == [str(n) for n in range(25_000)]
    wide = read(b"n\n" + (b"x" * 1_000_000 + b"\n") * 20)
    assert [batch.records.num_rows for batch in wide.batches] == [9, 9, 2]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


ENDS, QUOTING = st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])


@given(st.lists(st.tuples(CELL, CELL), max_size=8), ENDS, QUOTING)
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str]], end: str, quoting: Any) -> None:
    out = io.StringIO(newline="")
    breaks = any(character in cell for row in rows for cell in row for character in "\r\n")  # not every writer quotes both
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if breaks else quoting).writerows([("a", "b"), *rows])
    reading = read(out.getvalue().encode())
    assert [(row["a"] or "", row["b"] or "") for row in reading.rows] == rows
    assert reading.refused == {}


@given(st.lists(st.sampled_from([b",", b'"', b"\n", b"\r", b"a", b"\xff", b"\xc3\xa9", b"\0", b'""', b"\n1,2\n"]), max_size=40))
def test_every_record_of_any_table_is_accounted_for(parts: list[bytes]) -> None:
    reading = read(b"a,b\n" + b"".join(parts))
    assert all(set(row) == {"a", "b"} for row in reading.rows)
    assert reading.lines == sorted(set(reading.lines))


# ── JSON lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def jsonl(*values: str) -> Reading:
    return read("\n".join(values).encode() + b"\n", "data.jsonl")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", None, ""], "string"),
        ([True, None, False], "bool"),
        ([1, None, -(2**63), 2**63 - 1], "int64"),
        ([1, 2.5, None, 2**53], "double"),
        ([1, 2.5, 2**53 + 1], "json"),
        ([1, 2**63], "json"),
        ([10**4000], "json"),
        ([1, True], "json"),
        (["a", 1], "json"),
        ([[1, {"b": None}], {"é": [1.5]}, None], "json"),
        ([None, None], "null"),
    ],
)
def test_a_column_has_the_type_that_all_its_values_have(values: list[Any], kind: str) -> None:
    reading = jsonl(*(json.dumps({"v": value}) for value in values))
    assert reading.types == {"v": kind}
    assert [row["v"] for row in reading.rows] == values


def test_columns_stand_in_the_order_in_which_their_names_came() -> None:
    reading = jsonl('{"b": 1}', "", '{"a": 2, "b": 3}', "{}")
    assert list(reading.types) == ["b", "a"]
    assert reading.rows == [{"b": 1, "a": None}, {"b": 3, "a": 2}, {"b": None, "a": None}]
    assert reading.lines == [1, 3, 4]


def test_records_without_any_key_are_records() -> None:
    reading = jsonl("{}", "{}")
    assert reading.rows == [{}, {}]


def test_records_that_share_no_key_do_not_make_a_huge_empty_table() -> None:
    reading = jsonl(*(json.dumps({f"k{n}-{m}": n for m in range(20)}) for n in range(600)))
    assert len(reading.rows) == 600
    assert len(reading.batches) > 1
    assert reading.rows[599]["k599-19"] == 599


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"a": NaN}', "NaN or Infinity"),
        (b'{"a": [-Infinity]}', "NaN or Infinity"),
        (b'{"a": 1e999}', "number out of range"),
        (b'{"a": "\\ud800"}', "lone surrogate"),
        (b'{"\\udc00x": 1}', "lone surrogate"),
        (b'{"a": "\xff"}', "invalid UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "invalid UTF-8"),
        (b'{"a": ' + b"1" * 4301 + b"}", "integer of more than 4,300 digits"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "nested more than 256 deep"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b"[1]", "not an object"),
        (b'"text"', "not an object"),
        (b'{"a": 1', "invalid JSON: expecting ',' delimiter"),
        (b'{"a": 1} {"a": 2}', "invalid JSON: something follows the object"),
        (b'{"a": "\x01"}', "invalid JSON: Invalid control character"),
        (b"\0\0\0", "invalid JSON: expecting value"),
        (b"a,b", "invalid JSON: expecting value"),
        (b'{"license": "MIT", "license": "GPL-3.0-only"}', "duplicate key 'license'"),
        (b'{"x": [{"Label": 1, "Label": 1}]}', "duplicate key 'label'"),
        (b'{"license_name": 1, "license_name": 2}', "duplicate key 'license_…'"),
    ],
)
def test_a_bad_line_is_refused_by_itself(bad: bytes, reason: str) -> None:
    reading = read(b'{"a": "x"}\n' + bad + b'\n{"a": "y"}\n', "data.jsonl")
    assert [row["a"] for row in reading.rows] == ["x", "y"]
    assert reading.places == {reason: (2,)}
    assert reading.lines == [1, 3]


def test_another_key_twice_is_a_doubt() -> None:
    reading = jsonl('{"text": 1, "text": 2, "inner": {"x": 1, "x": 2}}', '{"text": 3}')
    assert [row["text"] for row in reading.rows] == [2, 3]
    assert reading.doubts == {"duplicate key (its last value was taken)": 1}
    assert reading.refused == {}


def test_the_last_line_cut_off_is_refused() -> None:
    reading = read(b'{"a": 1}\n{"a": 2, "b": "tex', "data.jsonl")
    assert reading.rows == [{"a": 1}]
    assert reading.refused == {"the last line is cut off or no JSON": 1}
    assert read(b'{"a": 1}\n{"a": 2}', "data.jsonl").rows == [{"a": 1}, {"a": 2}]


def test_line_separators_of_unicode_end_no_line() -> None:
    assert jsonl('{"a": "x\u2028y\u0085z"}').rows == [{"a": "x\u2028y\u0085z"}]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert jsonl('{"a": "\\ud83d\\ude00"}').rows == [{"a": "😀"}]


def test_nothing_is_a_file_of_no_lines() -> None:
    assert (read(b"", "data.jsonl").rows, read(b"\xef\xbb\xbf\n \r\n", "data.jsonl").failure) == ([], None)


TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
NUMBER = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("abcé"), VALUE, max_size=4), max_size=8)


def same(reading: Reading, records: list[dict[str, Any]]) -> None:
    found: dict[str, list[str | None]] = {name: [] for name in "abcé"}
    for batch in reading.batches:
        for name, values in found.items():
            values += json_values(batch, name)
    for name, values in found.items():
        assert values == [None if (value := record.get(name)) is None else as_json(value) for record in records]


@given(RECORDS, st.booleans())
def test_what_a_json_writer_writes_is_read_back(records: list[dict[str, Any]], ascii_only: bool) -> None:
    texts = [json.dumps(record, ensure_ascii=ascii_only) for record in records]
    same(read("".join(text + "\n" for text in texts).encode(), "data.jsonl"), records)
    same(read(("[" + ",\n".join(texts) + "]").encode(), "data.json"), records)


PARTS = [b'{"a": 1}', b'"a"', b"\\ud800", b"NaN", b"\xef\xbb\xbf", *(bytes([byte]) for byte in b'\n{}"[],:\xff1 e')]


@given(st.lists(st.sampled_from(PARTS), max_size=30), st.sampled_from(["data.jsonl", "data.json"]))
def test_every_record_of_any_json_is_accounted_for(parts: list[bytes], name: str) -> None:
    reading = read(b"".join(parts), name)
    for row in reading.rows:
        assert json.loads(json.dumps(row, ensure_ascii=False).encode()) == row


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_blocks(data: bytes, size: int) -> bytes:
    """The bytes compressed so that a reader gets them in blocks of this size."""
    return b"".join(bz2.compress(data[at : at + size], 1) for at in range(0, len(data), size))


DOCUMENT = '[ {"a": "é😀", "n": -1.5e+3},\r\n{"a": "\\ud83d\\ude00", "n": 12345678}, {"a": null, "t": true , "n": [ ]}\n]\n'
PARSED = [{"a": "é😀", "n": -1500, "t": None}, {"a": "😀", "n": 12345678, "t": None}, {"a": None, "n": [], "t": True}]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 1000])
def test_values_may_be_cut_anywhere_between_two_blocks(size: int) -> None:
    for data in (DOCUMENT, "\ufeff" + DOCUMENT, f'{{"version": 1.25, "more": {{"x": [1]}}, "data" :\n{DOCUMENT}, "none": []}}'):
        reading = read(in_blocks(data.encode(), size), "data.json")
        assert reading.failure is None
        assert reading.rows == PARSED


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_lines_may_be_cut_anywhere_between_two_blocks(size: int) -> None:
    reading = read(in_blocks('a,b\r\n1,"é\r\n"\r\n\r\n3,4\r'.encode(), size), "data.csv")
    assert reading.rows == [{"a": "1", "b": "é\r\n"}, {"a": "3", "b": "4"}]
    assert reading.lines == [2, 5]


@given(st.binary(max_size=60).map(lambda data: bytes(b"a\n\r\xff"[byte % 4] for byte in data)), st.integers(1, 9))
def test_lines_do_not_depend_on_the_blocks(data: bytes, size: int) -> None:
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(lines(blocks)) == data.splitlines(keepends=True)


def test_a_line_that_is_too_long_is_not_held() -> None:
    blocks = [b"ab\n", b"x" * 30, b"y" * 30 + b"\r", b"\ncd", b"\n"]
    assert list(lines(blocks, limit=50)) == [b"ab\n", None, b"cd\n"]


def test_elements_that_are_no_sound_objects_are_refused_by_line() -> None:
    data = b'[{"a": 1},\n 5, {"a": NaN},\n{"a": "\xff"}, {"a": "\\udc80"},\n{"label": 1, "label": 2}, [], {"a": 2}]'
    reading = read(data, "data.json")
    assert reading.rows == [{"a": 1}, {"a": 2}]
    assert reading.lines == [1, 4]
    assert reading.places == {
        "not an object": (2, 4),
        "NaN or Infinity": (2,),
        "invalid UTF-8": (3,),
        "lone surrogate": (3,),
        "duplicate key 'label'": (4,),
    }


@pytest.mark.parametrize(
    ("data", "rows", "failure"),
    [
        (b'[{"a": 1}, {"a": 2} {"a": 3}]', 2, "expecting , or ] after a record (line 1, character 22 of the file)"),
        (b'[{"a": 1},\n {"a": x}]', 1, "invalid JSON: expecting value (line 2, character 19 of the file)"),
        (b'[{"a": 1}, {"a": 2', 1, "truncated: it ends inside a value (line 1, character 19 of the file)"),
        (b'[{"a": 1}, {"a": "te', 1, "truncated: it ends inside a value (line 1, character 18 of the file)"),
        (b'[{"a": 1},', 1, "truncated: it ends inside a value (line 1, character 11 of the file)"),
        (b'[{"a": 1}', 1, "truncated: the array does not end (line 1, character 10 of the file)"),
        (b'[{"a": 1}] x', 1, "something follows the end of the data (line 1, character 12 of the file)"),
        (b'[{"a": 1},]', 1, "invalid JSON: expecting value (line 1, character 11 of the file)"),
        (b'{"d": [{"a": 1}]', 1, "truncated: the object does not end (line 1, character 17 of the file)"),
        (
            b'{"d": [{"a": 1}], "e": [{"a": 2}]}',
            1,
            "more than one array of objects; make a JSONL file of each (line 1, character 24 of the file)",
        ),
        (b'{"d": [{"a": 1}], 5: 6}', 1, "expecting a name (line 1, character 19 of the file)"),
        (b'{"d" [{"a": 1}]}', 0, "expecting : after a name (line 1, character 7 of the file)"),
        (b'{"d": 1}', 0, "an object without an array of objects (line 1, character 9 of the file)"),
        (b"{}", 0, "an object without an array of objects (line 1, character 2 of the file)"),
        (b"5", 0, "neither an array of objects nor an object that holds one (line 1, character 1 of the file)"),
        (b"", 0, "neither an array of objects nor an object that holds one (line 1, character 1 of the file)"),
        (b"[" + b"1" * 4301 + b"]", 0, "integer of more than 4,300 digits (line 1, character 2 of the file)"),
        (b"[" * 100_000, 0, "nested too deeply (line 1, character 2 of the file)"),
    ],
)
def test_a_document_that_breaks_off_is_unreadable_after_what_came_before(data: bytes, rows: int, failure: str) -> None:
    reading = read(data, "data.json")
    assert [row["a"] for row in reading.rows] == list(range(1, rows + 1))
    assert reading.failure == failure


def test_an_empty_array_holds_no_records() -> None:
    assert (read(b" [ ]\n", "data.json").rows, read(b"[]", "data.json").failure) == ([], None)
