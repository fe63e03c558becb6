"""JSON lines read by compiled kernels: the same batches, to the last type and bit, and the same accounts as line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from fuzz.readers import PLAIN
from fuzz.target import random_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_sources import Reading, read
from test_sources_text import in_blocks

from auditor.dataset import Tally
from auditor.sources.jsonl import plain
from auditor.sources.window import Window

Compiled = Callable[[], AbstractContextManager[None]]

ONCE = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def same(data: bytes, compiled: Compiled, name: str = "data.jsonl") -> Reading:
    """What is read with and without compiled kernels, which is the same."""
    slow = read(data, name)
    with compiled():
        fast = read(data, name)
    assert fast.lines == slow.lines
    assert (fast.failure, fast.refused, fast.places, fast.doubts) == (slow.failure, slow.refused, slow.places, slow.doubts)
    assert [batch.start for batch in fast.batches] == [batch.start for batch in slow.batches]
    for one, other in zip(fast.batches, slow.batches, strict=True):
        assert one.records.equals(other.records, check_metadata=True), (one.records.schema, other.records.schema)
        assert one.lines is not None and other.lines is not None and one.lines.type == other.lines.type
    return fast


NUMBERS = [
    *(b"null", b"true", b"false", b"nul", b"True", b"truefalse", b"-0", b"01", b"-", b"+1", b"1.", b".5", b"1e5", b"1E+5", b"1e", b"0x1"),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775807", b"-9223372036854775808", b"9999999999999999999"),
    *(b"99999999999999999999", b"1.5", b"-2.5e-3", b"1e999", b"1e-999", b"9007199254740993", b"NaN", b"Infinity", b"[1]", b'{"c": {}}'),
    *(b"0.1", b"2.2250738585072011e-308", b"123456789012345678901234567890.5", b'"1"', b"1 2"),
]
STRINGS = [
    *(b'\\n\\t\\r\\b\\f\\/\\\\\\"', b"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\\u0000", b"\\ud800", b"\\udc00", b"\\ud800\\u0041", b"\\ud83d"),
    *(b"\\x", b"\\", b"\\u12", b"\\u12G4", b"\\u+123", b"\x00", b"\x1f", b"\x7f", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc3\\u00a9"),
    *("é€😀\u2028".encode(), b"x" * 63, b"x" * 64, b"x" * 65, b"x" * 200 + b"\\n" + b"y" * 200, b"\\u00e9" * 100, b"\xc0\x80"),
]
GOOD = b'{"a": "x", "b": 1}\n'


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": "", "b": 0}',
        b'{"b": 1, "a": "x"}',
        b'{"a": "x"}',
        b'{"a": "x", "b": 1, "c": 2}',
        b'{"a": "x", "b": 1, "b": 2}',
        b'{"a": "x", "a": "y", "b": 1}',
        b' \t{ "a"\t: "x" ,"b" :1 } \t',
        b'{"a":"x","b":1}\r',
        b'{"a":"x",\r"b":1}',
        b'{"a":"x","b":1}\r\r',
        b"\r",
        b" \t ",
        b"\x0b",
        b'{"a": "x", "b": 1}}',
        b'{"a": "x", "b": 1,}',
        b'{"a": "x" "b": 1}',
        b'{"a" "x", "b": 1}',
        b'{"a": x, "b": 1}',
        b'{a: "x", "b": 1}',
        b'{"a": "x", "b": 1',
        b'{"a": "x',
        b"{}",
        b"[]",
        b"1",
        b'"a"',
        *(b'{"a": "x", "b": %s}' % value for value in NUMBERS),
        *(b'{"a": "%s", "b": 1}' % value for value in STRINGS),
        b'{"\\u0061": "x", "b": 1}',
        b"\xef\xbb\xbf" + GOOD[:-1],
    ],
)  # fmt: skip
def test_any_line_at_any_place_is_read_as_without_kernels(line: bytes, compiled: Compiled) -> None:
    for data in (line, line + b"\n", GOOD + line, GOOD + line + b"\n" + GOOD, line + b"\n" + GOOD, b"\xef\xbb\xbf" + line + b"\n" + GOOD):
        same(data, compiled)


def test_columns_have_the_types_of_their_values(compiled: Compiled) -> None:
    rows = [
        {"text": "é\n", "none": None, "flag": True, "number": 2**63 - 1, "share": 0.1, "both": 1},
        {"text": None, "none": None, "flag": None, "number": None, "share": None, "both": 2.5},
        {"text": "", "none": None, "flag": False, "number": -(2**63) + 1, "share": -1e300, "both": None},
    ]
    found = same("".join(json.dumps(row) + "\n\n" for row in rows).encode(), compiled)
    assert found.rows == rows
    assert found.lines == [1, 3, 5]
    kinds = {"text": "string", "none": "null", "flag": "bool", "number": "int64", "share": "double", "both": "double"}
    assert found.types == kinds


def test_what_is_plain_is_read_by_kernels(compiled: Compiled) -> None:
    tally = Tally()
    with compiled():
        found = plain(Window(iter([GOOD * 3]), 0, 1000), tally)
    assert found is not None and [records.num_rows for _, records in found] == [3]
    assert tally.physical == 3
    assert plain(Window(iter([GOOD]), 0, 1000), tally) is None


@pytest.mark.parametrize("odd", [0, 9_999, 10_000, 15_000, 24_999])
def test_batches_end_where_they_do_without_kernels(odd: int, compiled: Compiled) -> None:
    lines = [b'{"n": %d, "t": "%d"}\n' % (n, n) for n in range(25_000)]
    lines[odd] = b'{"n": [1], "t": null}\n'
    found = same(b"\n" + b"".join(lines), compiled)
    assert [batch.records.num_rows for batch in found.batches] == [10_000, 10_000, 5_000]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_long_lines_are_read_in_pieces(end: bytes, compiled: Compiled) -> None:
    lines = [b'{"n": %d, "t": "%s"}' % (n, b"x" * (400_000 * (n % 7))) for n in range(30)]
    lines[11] = b'{"n": 11, "t": "' + b"\\u00e9" * 2_000_000 + b'"}'
    found = same(end.join(lines), compiled)
    assert [row["n"] for row in found.rows] == list(range(30))
    assert found.rows[11]["t"] == "é" * 2_000_000


def test_what_comes_before_the_damage_is_read(compiled: Compiled) -> None:
    data = in_blocks(GOOD * 100, 64)
    found = same(data[:-40], compiled, "data.jsonl.bz2")
    assert found.failure is not None and 0 < len(found.rows) < 100


TEXT = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(["", "x" * 64, "\u2028", '"\\/\x00', "😀" * 20])
VALUE = st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False) | TEXT
ROWS = st.lists(st.fixed_dictionaries({"a": TEXT, "é": VALUE, "c": st.integers(0, 9)}), max_size=8)
STYLE = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\t: ")]), "sort_keys": st.booleans()}
)


@ONCE
@given(ROWS, STYLE, st.sampled_from(["\n", "\r\n", "\n \n"]), st.booleans(), st.integers(0, 3))
def test_what_a_writer_writes_is_read_as_without_kernels(
    compiled: Compiled, rows: list[dict[str, Any]], style: dict[str, Any], end: str, last: bool, cut: int
) -> None:
    data = (end.join(json.dumps(row, **style) for row in rows) + (end if last else "")).encode()
    same(data[: len(data) - cut], compiled)


@ONCE
@given(st.integers(0, 2**32))
def test_spoiled_lines_are_read_as_without_kernels(compiled: Compiled, seed: int) -> None:
    same(PLAIN["jsonl"](random_of("jsonl", seed, 0)), compiled)


@pytest.mark.parametrize("name", sorted(path.name for path in Path(__file__).with_name("crashes").glob("jsonl--*")))
def test_what_once_did_harm_is_read_as_without_kernels(name: str, compiled: Compiled) -> None:
    same(Path(__file__).with_name("crashes").joinpath(name).read_bytes(), compiled)


# ── lines of a stream ─────────────────────────────────────────────────────────────────────────────────────────────────


def taken(window: Window) -> list[bytes | None]:
    lines = []
    while (line := window.line()) != b"":
        lines.append(line)
    assert window.number == len(lines)
    return lines


@given(st.binary(max_size=60).map(lambda data: bytes(b"a\n\r\xff"[byte % 4] for byte in data)), st.integers(1, 9), st.integers(1, 9))
def test_lines_do_not_depend_on_the_blocks(data: bytes, size: int, limit: int) -> None:
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    lines = [line if len(line) <= limit else None for line in data.splitlines(keepends=True)]
    assert taken(Window(blocks, 0, limit)) == lines


def test_a_line_that_is_too_long_is_not_held() -> None:
    block = 1 << 20
    window = Window((b"x" * block for _ in range(50)), 0, 2 * block)
    assert taken(window) == [None]
    assert len(window.data) < 6 * block
    blocks = [b"ab\n", *[b"x" * block] * 9, b"\r", b"\ncd", b"\n"]
    assert taken(Window(iter(blocks), 0, 2 * block)) == [b"ab\n", None, b"cd\n"]


def test_a_failure_is_raised_after_the_whole_lines() -> None:
    def broken() -> Any:
        yield b"a\nb\r\nc"
        raise OSError("torn")

    window = Window(broken(), 0, 100)
    assert [window.line(), window.line()] == [b"a\n", b"b\r\n"]
    for _ in range(2):
        with pytest.raises(OSError, match="torn"):
            window.line()
