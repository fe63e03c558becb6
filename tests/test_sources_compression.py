"""Compressed files: by their first bytes, whole, and never more of them than was asked for."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_sources import parquet, read
from test_sources_arrow import ipc

from auditor.dataset import UnreadableError
from auditor.sources import compression
from auditor.sources.compression import blocks, whole


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(data)
    content: bytes = sink.getvalue().to_pybytes()
    return content


PACK: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zstd, "bz2": bz2.compress, "xz": lzma.compress}
EVERY = pytest.mark.parametrize("kind", PACK)
LINES = b"".join(json.dumps({"n": n, "text": f"text {n * n}"}).encode() + b"\n" for n in range(3_000))
ROWS = [json.loads(line) for line in LINES.splitlines()]


@EVERY
def test_the_content_says_how_a_file_is_compressed(kind: str) -> None:
    assert compression.compression(PACK[kind](b"")[:10]) == kind
    for ending in ("", f".{kind}", ".gz"):
        assert read(PACK[kind](LINES), f"data.jsonl{ending}").rows == ROWS


def test_a_plain_file_with_a_compressed_ending_is_plain() -> None:
    assert read(LINES, "data.jsonl.gz").rows == ROWS
    assert read(b"BZh,b\n1,2\n", "data.csv").rows == [{"BZh": "1", "b": "2"}]
    assert read(b"", "data.jsonl.zst").rows == []


@EVERY
def test_all_parts_of_a_file_that_was_put_together_are_read(kind: str) -> None:
    parts = [LINES[:5_000], b"", LINES[5_000:70_000], LINES[70_000:]]
    reading = read(b"".join(map(PACK[kind], parts)), f"data.jsonl.{kind}")
    assert reading.rows == ROWS
    assert reading.failure is None


@EVERY
def test_a_file_that_is_cut_off_is_truncated_after_its_sound_records(kind: str) -> None:
    packed = PACK[kind](LINES)
    reading = read(PACK[kind](LINES[:60_000]) + packed[: len(packed) // 2], f"data.jsonl.{kind}")
    assert reading.failure == f"truncated: the {kind} data end early"
    assert len(reading.rows) > 1_000
    assert reading.rows[:1_000] == ROWS[:1_000]


@EVERY
@pytest.mark.parametrize("tail", [b"rubbish after the end", b"\0\0\0\1"])
def test_rubbish_after_the_data_is_not_passed_over(kind: str, tail: bytes) -> None:
    reading = read(PACK[kind](LINES) + tail * 3, f"data.jsonl.{kind}")
    assert reading.rows[:1_000] == ROWS[:1_000]
    assert reading.failure in {f"damaged: no valid {kind} data", f"truncated: the {kind} data end early"}


def test_padding_between_and_after_xz_streams_is_none_of_the_data() -> None:
    reading = read(lzma.compress(LINES[:5_000]) + b"\0" * 8 + lzma.compress(LINES[5_000:]) + b"\0" * 4, "data.jsonl.xz")
    assert (reading.rows, reading.failure) == (ROWS, None)


@EVERY
@given(data=st.data())
def test_a_changed_byte_is_damage_or_changes_nothing_unseen(kind: str, data: st.DataObject) -> None:
    packed = bytearray(PACK[kind](LINES[:300]))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    reading = read(bytes(packed), f"data.jsonl.{kind}")
    assert reading.failure is not None or reading.refused or kind in {"zst", "gz"}


@EVERY
def test_tables_that_are_read_from_their_end_are_decompressed_first(kind: str) -> None:
    table = pa.table({"n": [1, 2]})
    assert read(PACK[kind](parquet(table)), f"data.parquet.{kind}").rows == [{"n": 1}, {"n": 2}]
    assert read(PACK[kind](ipc(table)), f"data.arrow.{kind}").rows == [{"n": 1}, {"n": 2}]
    assert read(PACK[kind](ipc(table, stream=True)), f"data.arrow.{kind}").rows == [{"n": 1}, {"n": 2}]


def test_what_must_be_held_whole_is_limited(tmp_path: Path) -> None:
    file = tmp_path / "data.parquet.gz"
    file.write_bytes(gzip.compress(b"PAR1" + b"\0" * (128 << 20), 1))
    with pytest.raises(UnreadableError, match=r"cannot be read as a stream, of over 128 MiB: more with --max-memory, or decompress it"):
        whole(str(file))


@EVERY
def test_a_bomb_is_given_up(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "FREE", 1 << 20)
    file = tmp_path / "bomb"
    file.write_bytes(PACK[kind](b"\0" * (20 << 20)))
    found: list[int] = []
    with pytest.raises(UnreadableError, match="more than 200 times its size"):
        found.extend(map(len, blocks(str(file))))
    assert max(found) <= compression.BLOCK
    assert sum(found) <= max(1 << 20, 200 * file.stat().st_size)


def test_a_small_file_may_become_a_quarter_of_a_gibibyte(tmp_path: Path) -> None:
    file = tmp_path / "bomb"
    file.write_bytes(gzip.compress(b"\0" * (1 << 20)) * 257)
    found: list[int] = []
    with pytest.raises(UnreadableError, match="more than 200 times its size"):
        found.extend(map(len, blocks(str(file))))
    assert sum(found) == 256 << 20


def test_xz_data_that_ask_for_a_huge_dictionary_are_refused() -> None:
    packed = bytearray(lzma.compress(LINES, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]))
    assert read(bytes(packed), "data.jsonl.xz").rows == ROWS
    header = slice(12, 12 + 4 * packed[12])
    packed[12 + 4] = 37  # the property of the one filter: 1.5 GiB
    packed[header.stop : header.stop + 4] = zlib.crc32(packed[header]).to_bytes(4, "little")
    reading = read(bytes(packed), "data.jsonl.xz")
    assert (reading.rows, reading.failure) == ([], "the xz data take too much memory to decompress: decompress it, or raise --max-memory")


@pytest.mark.parametrize(("exponent", "sound"), [(20, True), (27, True), (30, False), (38, False)])
def test_zstd_data_that_ask_for_a_huge_window_are_refused(exponent: int, sound: bool) -> None:
    record = b'{"a": 1}\n'
    header = b"\x28\xb5\x2f\xfd\0" + bytes([(exponent - 10) << 3])
    reading = read(header + (len(record) << 3 | 1).to_bytes(3, "little") + record, "data.jsonl.zst")
    assert reading.rows == ([{"a": 1}] if sound else [])
    assert reading.failure == (None if sound else "the zst data take too much memory to decompress: decompress it, or raise --max-memory")
