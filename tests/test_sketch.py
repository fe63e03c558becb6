"""Keyed sketches: what stands in them, what does not, that they find what an open comparison finds, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dataset import Batch, Shard, Tally, UnreadableError
from auditor.kernels.pairing import RELATIONS
from auditor.kernels.records import digests, numbers, sets_of
from auditor.kernels.reference import shingles, tokens
from auditor.kernels.siphash import CACHED, siphash
from auditor.leakage import blind, sketch
from auditor.leakage.observed import observed
from auditor.leakage.sketch import Header, Key
from auditor.model import AuditorError
from auditor.sources import open_shard

ROOT = Path(__file__).resolve().parent.parent
SECRET = b"sixteen bytes or more"
KEY = sketch.key_of(SECRET)
MASK = (1 << 64) - 1


def plain_siphash(message: bytes, key: bytes) -> int:
    """SipHash-2-4 as its paper tells it, for messages of any length."""

    def rotated(value: int, bits: int) -> int:
        return (value << bits | value >> (64 - bits)) & MASK

    k0, k1 = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v0, v1, v2, v3 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def rounds(v0: int, v1: int, v2: int, v3: int, count: int) -> tuple[int, int, int, int]:
        for _ in range(count):
            v0, v2 = (v0 + v1) & MASK, (v2 + v3) & MASK
            v1, v3 = rotated(v1, 13) ^ v0, rotated(v3, 16) ^ v2
            v0 = rotated(v0, 32)
            v2, v0 = (v2 + v1) & MASK, (v0 + v3) & MASK
            v1, v3 = rotated(v1, 17) ^ v2, rotated(v3, 21) ^ v0
            v2 = rotated(v2, 32)
        return v0, v1, v2, v3

    padded = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) & 0xFF])
    for at in range(0, len(padded), 8):
        block = int.from_bytes(padded[at : at + 8], "little")
        v0, v1, v2, v3 = rounds(v0, v1, v2, v3 ^ block, 2)
        v0 ^= block
    v0, v1, v2, v3 = rounds(v0, v1, v2 ^ 0xFF, v3, 4)
    return v0 ^ v1 ^ v2 ^ v3


def plainly_keyed(shingle: int) -> int:
    return plain_siphash(shingle.to_bytes(8, "little"), KEY.shingles)


def test_siphash_gives_the_published_vectors() -> None:
    key = bytes(range(16))
    assert plain_siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5  # appendix A of the paper
    assert plain_siphash(bytes(range(8)), key) == 0x93F5F5799A932462  # the eighth of its reference code's vectors
    assert siphash(np.array([0x0706050403020100], np.uint64), key).tolist() == [0x93F5F5799A932462]


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.integers(0, MASK), max_size=8), key=st.binary(min_size=16, max_size=16))
def test_siphash_is_the_one_of_the_paper(values: list[int], key: bytes) -> None:
    found = siphash(np.array(values, np.uint64), key)
    assert found.tolist() == [plain_siphash(value.to_bytes(8, "little"), key) for value in values]


def test_siphash_of_more_than_it_works_on_at_a_time() -> None:
    values = np.arange(2 * CACHED + 3, dtype=np.uint64)
    found = siphash(values, KEY.shingles)
    some = (0, CACHED - 1, CACHED, len(values) - 1)
    assert [found[place] for place in some] == [plainly_keyed(place) for place in some]


def test_siphash_in_machine_code_is_the_same(compiled: Callable[[], AbstractContextManager[None]]) -> None:
    values = np.random.default_rng(1).integers(0, MASK, 1000, np.uint64, endpoint=True)
    expected = siphash(values, KEY.shingles)
    with compiled():
        assert siphash(values, KEY.shingles).tolist() == expected.tolist()
        assert siphash(values[::3], KEY.shingles).tolist() == expected[::3].tolist()
        assert siphash(values[:0], KEY.shingles).tolist() == []


# ── the comparison ────────────────────────────────────────────────────────────────────────────────────────────────────


def seen(texts: Sequence[str], shingle: str) -> pa.Table:
    """The texts as the leakage check observes them."""
    shard = Shard(path="a.csv", file="a.csv", split="train", format="csv")
    batch = Batch(shard=shard, start=0, records=pa.record_batch({"text": pa.array(texts, pa.string())}))
    return observed(batch, {"text": ["text"], "label": None, "shingle": shingle, "bands": False}, 0.8, True)


def sketch_of(texts: Sequence[str], shingle: str, key: Key = KEY) -> pa.Table:
    """The sketch of texts of which no two are equal and none is empty."""
    found = seen(texts, shingle)
    tables = sketch.sketched(digests(found["digest"]), numbers(found["tokens"]), sets_of(found["shingles"]), key)
    return pa.concat_tables([sketch.schema().empty_table(), *tables])


def blindly(records: Sequence[str], items: Sequence[str], shingle: str, threshold: float) -> set[tuple[int, int, str, int]]:
    """(record, item, relation, overlap), by way of a sketch; the items by their places among the texts."""
    table = sketch_of(items, shingle)
    found = blind.matched(seen(records, shingle), blind.items_of(table, threshold), KEY, threshold)
    mine = {each: place for place, each in enumerate(sketch.keyed_digests(digests(seen(items, shingle)["digest"]), KEY))}
    item = [mine[each] for each in table["digest"].to_pylist()]
    rows = zip(found.record.tolist(), found.item.tolist(), found.relation.tolist(), found.overlap.tolist(), strict=True)
    return {(record, item[place], RELATIONS[relation], overlap) for record, place, relation, overlap in rows}


def openly(records: Sequence[str], items: Sequence[str], shingle: str, threshold: float) -> set[tuple[int, int, str, int]]:
    """The same by definition, in plain Python, from the texts."""
    kind, length = shingle.split(":")
    found = set()
    for record, text in enumerate(records):
        for item, other in enumerate(items):
            a, b = shingles(text, kind, int(length)), shingles(other, kind, int(length))
            both = len(a & b)
            if tokens(text) == tokens(other):
                found.add((record, item, "identical", both))
            elif both and both / len(a | b) >= threshold:
                found.add((record, item, "near", both))
            elif both >= 0.9 * len(b) - 1e-9 and len(tokens(other)) >= 8:
                found.add((record, item, "contained", both))
    return found


OPENS = "the museum opens at ten on weekdays and at noon on sundays"


def test_identical_near_and_contained_items_are_found_under_the_key() -> None:
    items = [OPENS, "where may I leave my coat and my umbrella please", "dogs must wait outside"]
    records = ["THE MUSEUM opens at ten on weekdays -- and at noon on Sundays!", OPENS.replace("sundays", "holidays"),
               f"Welcome to our house. {OPENS}. Dogs must wait outside, please.", "nothing of this", "?!"]  # fmt: skip
    assert blindly(records, items, "word:5", 0.7) == {(0, 0, "identical", 8), (1, 0, "near", 7), (2, 0, "contained", 8)}


WORDS = st.lists(st.sampled_from(["the", "museum", "opens", "at", "ten", "on", "sundays", "東京", "né"]), min_size=1, max_size=14)


@settings(max_examples=60, deadline=None)
@given(
    items=st.lists(WORDS.map(" ".join), max_size=6, unique=True),
    records=st.lists(st.tuples(WORDS, st.integers(0, 5), st.integers(0, 13), st.booleans()), max_size=6),
    shingle=st.sampled_from(["word:5", "word:2", "char:5"]),
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
)
def test_the_blind_result_is_the_open_one(
    items: list[str], records: list[tuple[list[str], int, int, bool]], shingle: str, threshold: float
) -> None:
    texts = []
    for words, number, place, put_in in records:  # copies of items, changed at a place, or put between other words
        copied = items[number].split() if number < len(items) else []
        texts.append(" ".join([*words, *copied, *words] if put_in else [*copied[:place], *copied[place + 1 :]]))
    assert blindly(texts, items, shingle, threshold) == openly(texts, items, shingle, threshold)


def test_another_key_finds_nothing() -> None:
    items = blind.items_of(sketch_of(TEXTS, "word:5"), 0.5)
    assert len(blind.matched(seen(TEXTS, "word:5"), items, KEY, 0.5).record) == 3
    assert len(blind.matched(seen(TEXTS, "word:5"), items, sketch.key_of(SECRET + b"2"), 0.5).record) == 0


def test_a_template_of_many_items_and_records_is_found_whole() -> None:
    items = [f"{OPENS} says guide number {number}" for number in range(60)]
    records = [f"{OPENS} says warden number {number}" for number in range(50)] * 2
    found = blindly(records, items, "word:5", 0.4)
    assert found == {(record, item, "near", 9) for record in range(100) for item in range(60)}


def test_machine_code_finds_the_same(compiled: Callable[[], AbstractContextManager[None]]) -> None:
    items = [f"{OPENS} says guide number {number}" for number in range(20)] + TEXTS[1:]
    records = [f"{OPENS} says warden number {number}" for number in range(20)] + [f"before {each} after" for each in items]
    expected = openly(records, items, "word:5", 0.5)
    assert blindly(records, items, "word:5", 0.5) == expected and len(expected) > 400
    with compiled():
        assert blindly(records, items, "word:5", 0.5) == expected


# ── what stands in the file ───────────────────────────────────────────────────────────────────────────────────────────

TEXTS = [OPENS, "where may I leave my coat and my umbrella please", "opens"]


def header(shingle: str = "word:5", **changes: Any) -> Header:
    values = {"shingle": shingle, "hashes": sketch.hashes(shingle), "key": KEY.check, "records": 3, "empty": 0, "items": 3}
    return Header(**{**values, **changes})


def test_the_rows_are_keyed_and_in_an_order_that_tells_nothing() -> None:
    table, found = sketch_of(TEXTS, "word:5"), seen(TEXTS, "word:5")
    raw = digests(found["digest"])
    rows = sorted(
        (keyed, len(tokens(text)) >= 8, sorted(map(plainly_keyed, shingles(text, "word", 5))))
        for keyed, text in zip(sketch.keyed_digests(raw, KEY), TEXTS, strict=True)
    )
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert not {each.tobytes() for each in raw} & set(table["digest"].to_pylist())
    assert sketch_of(TEXTS[::-1], "word:5").equals(table)


def test_another_key_makes_another_sketch_of_which_no_value_is_the_same() -> None:
    one, other = sketch_of(TEXTS, "word:5"), sketch_of(TEXTS, "word:5", sketch.key_of(SECRET + b"2"))
    for name in ("digest", "shingles"):
        columns = [table[name].combine_chunks() for table in (one, other)]
        values = [set((column if name == "digest" else column.flatten()).to_pylist()) for column in columns]
        assert not values[0] & values[1]


def test_neither_text_nor_hash_nor_pickle_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.sketch"
    sketch.write(path, header(), iter([sketch_of(TEXTS, "word:5")]))
    content = path.read_bytes()
    for text in TEXTS:
        for token in tokens(text):
            assert len(token) < 4 or token.encode() not in content
        for value in shingles(text, "word", 5):
            assert value.to_bytes(8, "little") not in content
    assert all(each.tobytes() not in content for each in digests(seen(TEXTS, "word:5")["digest"]))
    assert SECRET not in content and KEY.digests not in content and KEY.shingles not in content
    assert b"pickle" not in content
    again = tmp_path / "again.sketch"
    sketch.write(again, header(), iter([sketch_of(TEXTS, "word:5")]))
    assert again.read_bytes() == content


def test_the_metadata_say_how_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "x.sketch"
    sketch.write(path, header(), iter([sketch_of(TEXTS, "word:5")]))
    assert json.loads(pq.read_schema(path).metadata[b"auditor"]) == {
        "sketch": "auditor/sketch/1", "definition": "norm-v1", "shingle": "word:5", "hashes": sketch.hashes("word:5"), "key": KEY.check,
        "records": 3, "empty": 0, "items": 3,
    }  # fmt: skip
    assert sketch.header_of(pq.read_schema(path).metadata, "x") == header()


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


def read(path: Path) -> list[Batch]:
    shard = Shard(path=path.name, file=str(path), split="all", format="sketch")
    return list(open_shard(shard, Tally()))


def test_a_sketch_is_read_with_its_header(tmp_path: Path) -> None:
    path = tmp_path / "x.sketch"
    table = sketch_of(TEXTS, "word:5")
    sketch.write(path, header(), iter([table]))
    (batch,) = read(path)
    assert batch.records.to_pylist() == table.to_pylist()
    assert sketch.header_of(batch.records.schema.metadata, "x") == header()


def damaged(path: Path, how: str) -> None:
    table = sketch_of(TEXTS, "word:5")
    if how == "cut":
        sketch.write(path, header(), iter([table]))
        path.write_bytes(path.read_bytes()[:-20])
    elif how == "a byte":
        sketch.write(path, header(), iter([table]))
        content = bytearray(path.read_bytes())
        content[content.index(table["digest"][0].as_py())] ^= 1
        path.write_bytes(content)
    elif how == "no header":
        pq.write_table(table, path)
    elif how == "header without fields":
        pq.write_table(table.replace_schema_metadata({b"auditor": b'{"sketch": "auditor/sketch/1"}'}), path)
    elif how == "deep header":
        pq.write_table(table.replace_schema_metadata({b"auditor": b"[" * 100_000}), path)
    elif how == "version":
        sketch.write(path, header(sketch="auditor/sketch/2"), iter([table]))
    elif how == "columns":
        described = table.append_column("text", pa.array(TEXTS)).replace_schema_metadata(None)
        sketch.write(path, header(), iter([table]))
        pq.write_table(described.replace_schema_metadata(pq.read_schema(path).metadata), path)
    else:
        lists = {"zero": [[0, 1]], "order": [[2, 1]], "twice": [[1, 1]], "empty set": [[]]}[how]
        rows = pa.table({"digest": [b"0" * 16], "long": [True], "shingles": lists}, schema=sketch.schema())
        sketch.write(path, header(), iter([rows]))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("cut", "footer is missing"),
        ("a byte", "CRC"),
        ("no header", "no sketch, or a damaged one"),
        ("header without fields", "no sketch, or a damaged one"),
        ("deep header", "no sketch, or a damaged one"),
        ("version", "another version than auditor/sketch/1"),
        ("columns", "its columns are others"),
        ("zero", "holds 0"),
        ("order", "out of order"),
        ("twice", "out of order"),
        ("empty set", "out of order"),
    ],
)
def test_a_damaged_sketch_is_refused(tmp_path: Path, how: str, message: str) -> None:
    path = tmp_path / "x.sketch"
    damaged(path, how)
    with pytest.raises(UnreadableError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("changes", "message", "cure"),
    [
        ({"key": "0" * 32}, "under another key", "--key"),
        ({"shingle": "char:5"}, "made of char:5, and this dataset is compared by word:5", "--shingle char:5"),
        ({"hashes": "0" * 32}, "hashes otherwise", "anew"),
        ({"definition": "norm-v2"}, "hashes otherwise", "anew"),
    ],
)
def test_what_cannot_be_compared_is_said_with_its_cure(changes: dict[str, str], message: str, cure: str) -> None:
    made = header(**changes)
    with pytest.raises(AuditorError, match=message) as raised:
        sketch.check(made, KEY, "word:5", "x.sketch")
    assert cure in raised.value.cure and raised.value.code == 2


def test_a_fitting_sketch_is_not_refused() -> None:
    sketch.check(header(), KEY, "word:5", "x.sketch")
    assert sketch.hashes("word:5") != sketch.hashes("char:5") != sketch.hashes("word:4")


def test_keys_are_read_without_the_line_end_of_an_editor(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(SECRET + b"\r\n")
    assert sketch.read_key(path) == SECRET
    assert repr(KEY).find(KEY.digests.hex()) == -1 and KEY.shingles.hex() not in repr(KEY)
    for short in (b"", b"fifteen bytes..", b"fifteen bytes..\n\n"):
        path.write_bytes(short)
        with pytest.raises(AuditorError, match="16 or more"):
            sketch.read_key(path)
    with pytest.raises(AuditorError, match="cannot be read"):
        sketch.read_key(tmp_path / "nowhere")


# ── the command ───────────────────────────────────────────────────────────────────────────────────────────────────────

Run = subprocess.CompletedProcess[str]


def auditor(*arguments: str, cwd: Path) -> Run:
    command = [sys.executable, "-m", "auditor", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.fixture
def room(tmp_path: Path) -> Path:
    data = tmp_path / "benchmark"
    data.mkdir()
    (data / "train.csv").write_text("question\nthis is for training and not for testing at all\n", encoding="utf-8")
    rows = [{"question": OPENS}, {"question": OPENS.upper()}, {"question": "?"}, {"question": TEXTS[1]}]
    (data / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "key").write_bytes(SECRET + b"\n")
    return tmp_path


def test_the_command_sketches_the_evaluation_splits(room: Path) -> None:
    run = auditor("sketch", "benchmark", "--key", "key", "-o", "b.sketch", cwd=room)
    assert (run.returncode, run.stdout, run.stderr) == (0, "2 different texts of 4 records (test; text: question; word:5)\n", "")
    table = pq.read_table(room / "b.sketch")
    assert table.to_pylist() == sketch_of(TEXTS[:2], "word:5").to_pylist()
    assert sketch.header_of(table.schema.metadata, "b") == header(records=4, empty=1, items=2)
    assert sorted(path.name for path in room.iterdir()) == ["b.sketch", "benchmark", "key"]


def test_the_command_sketches_the_splits_and_columns_that_are_named(room: Path) -> None:
    run = auditor("sketch", "benchmark", "--key", "key", "-o", "b.sketch", "--split-name", "train", "--text", "question", cwd=room)
    assert (run.returncode, run.stdout) == (0, "1 different texts of 1 records (train; text: question; word:5)\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--key", "key", "--split-name", "tset"), 2, ["no split 'tset'", "did you mean 'test'?"]),
        (("--key", "key", "--text", "qestion"), 2, ["qestion", "did you mean 'question'?"]),
        (("--key", "short"), 2, ["16 or more"]),
    ],
)
def test_wrong_options_are_said(room: Path, arguments: tuple[str, ...], code: int, words: list[str]) -> None:
    (room / "short").write_text("short")
    run = auditor("sketch", "benchmark", "-o", "b.sketch", *arguments, cwd=room)
    assert run.returncode == code and all(word in run.stderr for word in words), run.stderr
    assert not (room / "b.sketch").exists()


def test_a_sketch_that_would_lack_records_is_not_made(room: Path) -> None:
    with (room / "benchmark" / "test.jsonl").open("a") as file:
        file.write("{no json\n")
    run = auditor("sketch", "benchmark", "--key", "key", "-o", "b.sketch", cwd=room)
    assert run.returncode == 3 and "test.jsonl: 1 records were refused" in run.stderr
    assert not (room / "b.sketch").exists()


# ── an audit against a sketch ─────────────────────────────────────────────────────────────────────────────────────────

RECORDS = [
    "THE MUSEUM opens at ten on weekdays -- and at noon on Sundays!",
    OPENS.replace("sundays", "holidays"),
    f"Welcome to our house. {OPENS}. Dogs must wait outside, please.",
    "please leave wet umbrellas in the stand by the door",
    "?",
    OPENS,
]
SCAN = ("scan", "data", "--select", "LEAK010,LEAK011", "--shingle", "word:5", "--threshold", "0.7", "-o", "json:r.json", "--evidence",
        "evidence")  # fmt: skip


@pytest.fixture
def audit(room: Path) -> Path:
    """A room with a sketch of the benchmark, and data of which some records are its items; items stand in other splits as well."""
    sketch.write(room / "b.sketch", header(records=4, empty=1, items=2), iter([sketch_of(TEXTS[:2], "word:5")]))
    (room / "data").mkdir()
    for name, texts in (("train-1.jsonl", RECORDS[:2]), ("train-2.jsonl", RECORDS[2:]), ("test.jsonl", [OPENS])):
        lines = (json.dumps({"text": text}) + "\n" for text in texts)
        (room / "data" / name).write_text("".join(lines), encoding="utf-8")
    return room


SHARES = ("jaccard", "containment_left", "containment_right")


def rows(room: Path) -> list[tuple[Any, ...]]:
    names = ("left_split", "left_row", "against", "right_row", "kind", "relation", *SHARES, "rule")
    return [tuple(row[name] for name in names) for row in pq.read_table(room / "evidence" / "benchmarks.parquet").to_pylist()]


def test_an_audit_finds_the_items_of_a_sketch(audit: Path) -> None:
    run = auditor(*SCAN, "--against", "b.sketch", "--key", "key", cwd=audit)
    assert run.returncode == 1, run.stderr
    item = pq.read_table(audit / "b.sketch")["digest"].to_pylist().index(sketch_of([OPENS], "word:5")["digest"][0].as_py())
    expected = [
        ("train", 0, "b.sketch", item, "whole", "identical", 1.0, 1.0, 1.0, "LEAK010"),
        ("train", 1, "b.sketch", item, "near", "near", 7 / 9, 7 / 8, 7 / 8, "LEAK010"),
        ("train", 2, "b.sketch", item, "contained", "contained", 8 / 17, 8 / 17, 1.0, "LEAK010"),
        ("train", 5, "b.sketch", item, "whole", "identical", 1.0, 1.0, 1.0, "LEAK010"),
    ]
    assert rows(audit) == expected
    report = json.loads((audit / "r.json").read_text())
    (finding,) = report["findings"]
    outcomes = [(each["status"], each["found"]) for each in report["outcomes"] if each["rule"].startswith("LEAK01")]
    assert outcomes == [("failed", 4), ("skipped", 0)]
    assert finding["message"] == "b.sketch in train: 1 of 2 items, in 4 records (2 whole, 1 near, 1 contained)"
    assert [(place["file"], place["line"], place["partner"]["row"]) for place in finding["where"]] == [
        ("train-1.jsonl", 1, item), ("train-1.jsonl", 2, item), ("train-2.jsonl", 1, item), ("train-2.jsonl", 4, item),
    ]  # fmt: skip
    (other,) = report["benchmarks"]["against"]
    assert (other["name"], other["items"], other["items_found"]) == ("b.sketch", 2, 1)
    assert other["found"] == {"whole": 2, "near": 1, "contained": 1}
    assert {"records": 4, "empty": 1, "items": 2}.items() <= other["sketch"].items() and "key" not in other["sketch"]


def test_no_secret_and_no_path_of_it_stands_in_any_output(audit: Path) -> None:
    run = auditor(*SCAN, "--against", "b.sketch", "--key", "key", "--work-dir", "work", "--verbose", "-o", "text", cwd=audit)
    written = run.stdout.encode() + run.stderr.encode()
    written += b"".join(path.read_bytes() for name in ("work", "evidence") for path in (audit / name).rglob("*") if path.is_file())
    written += (audit / "r.json").read_bytes()
    secrets = (SECRET, KEY.digests, KEY.shingles)
    assert not any(each in written or each.hex().encode() in written for each in secrets)
    assert KEY.check.encode() not in (audit / "r.json").read_bytes() and str(audit).encode() not in (audit / "r.json").read_bytes()
    first = rows(audit)
    again = auditor(*SCAN, "--against", "b.sketch", "--key", "key", "--work-dir", "work", cwd=audit)
    assert again.returncode == 1 and rows(audit) == first


def test_items_of_an_open_benchmark_and_of_a_sketch_are_found_together(audit: Path) -> None:
    run = auditor(*SCAN, "--against", "b.sketch", "--key", "key", "--against", "benchmark", cwd=audit)
    assert run.returncode == 1, run.stderr
    found = rows(audit)
    sketched = {row[:2] + row[4:] for row in found if row[2] == "b.sketch"}
    opened = {row[:2] + row[4:] for row in found if row[2] == "benchmark"}
    assert len(sketched) == 4 and sketched == {row for row in opened if row[2] in {"whole", "near", "contained"}}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--against", "b.sketch"), 2, ["only under the key", "--key"]),
        (("--against", "b.sketch", "--key", "another"), 2, ["made under another key"]),
        (("--against", "b.sketch", "--key", "key", "--shingle", "char:5"), 2, ["made of word:5", "scan with --shingle word:5"]),
        (("--against", "cut.sketch", "--key", "key"), 3, ["INCOMPLETE", "cut.sketch was not read to its end"]),
    ],
)
def test_a_sketch_that_cannot_be_compared_is_no_pass(audit: Path, arguments: tuple[str, ...], code: int, words: list[str]) -> None:
    (audit / "another").write_bytes(b"a key that is another one")
    (audit / "cut.sketch").write_bytes((audit / "b.sketch").read_bytes()[:-9])
    run = auditor(*SCAN, "--quiet", "-o", "text", *arguments, cwd=audit)
    assert run.returncode == code and all(word in run.stdout + run.stderr for word in words), run.stdout + run.stderr
