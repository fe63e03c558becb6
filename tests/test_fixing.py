"""`auditor fix`: what leaks goes and is set aside, all else stays as it was, and nothing is written where too much would be lost."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import cli
from auditor.config import Config
from auditor.dataset import Shard, Tally
from auditor.fixing import regrouping, texts
from auditor.fixing.content import Content
from auditor.fixing.fixed import Fixed, Terms, fixed
from auditor.fixing.leaks import LEAKS
from auditor.fixing.quarantine import joined
from auditor.fixing.rewriting import answered, job
from auditor.kernels import reference
from auditor.kernels.forest import components
from auditor.model import AuditorError
from auditor.running.work import How
from auditor.sources import arrow, open_shard

LEAKY = [
    "Guided tours start in the main hall every full hour on all weekdays",
    "Dogs must wait outside by the gate in the shade of the old tree",
    "The museum opens at ten on weekdays and at noon on Sundays",
]
OWN = [f"Ticket {number} of series {number * 37 % 101} admits {number % 7} persons on day {number * 53 % 97}" for number in range(200)]
ACROSS = tuple(rule for rule in LEAKS if rule != "LEAK010")


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(list(words))
    assert isinstance(end.value.code, int)
    return end.value.code


def fix(place: Path, out: Path, workers: int = 1, asked: Config | None = None, **terms: Any) -> Fixed:
    wanted = Terms(**{"rules": ACROSS, "max_loss": 1.0, **terms})
    return fixed(str(place), out, asked or Config(), wanted, How(workers=workers), lambda *_: None)


def csv_of(*rows: str) -> bytes:
    return "".join(["text\n", *(f'"{row}"\n' for row in rows)]).encode()


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# ── every format ──────────────────────────────────────────────────────────────────────────────────────────────────────

BOM = b"\xef\xbb\xbf"

SPREAD: dict[str, list[tuple[bytes, bool]]] = {
    "train/crlf.csv": [
        (BOM + b"id,text,note\r\n", True),
        (f'1,"{LEAKY[0]}","two\r\n\r\nlines"\r\n'.encode(), False),
        (f'2,{OWN[1]},"a ""quoted""\nword"\r\n'.encode(), True),
        (b"\r\n", True),
        (f"3,{LEAKY[1].upper()},\r\n".encode(), False),
        (b"\r\n", True),
        (f"4,{OWN[2]},NA".encode(), True),
    ],
    "train/tabs.tsv": [(b"text\tn\n", True), (f"{OWN[3]}\t 1 \n".encode(), True), (f"{LEAKY[2]}\t2".encode(), False)],
    "train/lines.jsonl": [
        (f' {{"text": "{OWN[4]}", "n": 1.50, "big": 12345678901234567890123}} \n'.encode(), True),
        (b"  \n", True),
        (f'{{"n": null, "text": "{LEAKY[0]}!"}}\r\n'.encode(), False),
        (f'{{"text": "{OWN[5]}\\u00e9"}}'.encode(), True),
    ],
    "train/packed.csv.gz": [(b"text\n", True), (f"{LEAKY[1]}\n".encode(), False), (f"{OWN[6]}\n".encode(), True)],
    "train/packed.jsonl.zst": [(f'{{"text":"{OWN[7]}"}}\n'.encode(), True), (f'{{"text":"{LEAKY[2]}"}}\n'.encode(), False)],
    "train/packed.tsv.bz2": [(b"text\n", True), (f"{LEAKY[2]} \n".encode(), False), (f"{OWN[8]}\n".encode(), True)],
    "train/array.json": [
        (b"[\n ", True),
        (f'{{"text": "{LEAKY[0]}"}},\n  '.encode(), False),
        (f'{{"text": "{OWN[9]}", "deep": {{"n": [1.0, 1e3]}}}}'.encode(), True),
        (f',{{"text": "{LEAKY[1]}"}}'.encode(), False),
        (b"\n]\n", True),
    ],
    "train/object.json.xz": [
        (b'{"version": 1.0, "tags": ["a"], "data": [', True),
        (f'{{"text": "{OWN[10]}"}}'.encode(), True),
        (f' , {{"text": "{LEAKY[2]}"}}'.encode(), False),
        (b'], "more": {"x": [3]}}', True),
    ],
}
"""Files of text, as pieces that stay (True) or go."""


def packed(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(data)
    if name.endswith(".zst"):
        return bytes(pa.compress(data, codec="zstd", asbytes=True))
    return bz2.compress(data) if name.endswith(".bz2") else lzma.compress(data) if name.endswith(".xz") else data


def unpacked(path: Path) -> bytes:
    ways: dict[str, Any] = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
    if path.suffix == ".zst":
        return bytes(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd").read())
    return bytes(ways.get(path.suffix, bytes)(path.read_bytes()))


def table() -> pa.Table:
    rows = [OWN[11], LEAKY[0], OWN[12], LEAKY[1]]
    struct = pa.array(
        [{"a": [1, 2], "b": None}, None, {"a": [], "b": "x"}, {"a": [3], "b": "y"}], pa.struct({"a": pa.list_(pa.int8()), "b": pa.string()})
    )
    fields = [
        pa.field("text", pa.large_string(), nullable=False, metadata={"says": "what"}),
        pa.field("label", pa.dictionary(pa.int8(), pa.string())),
        pa.field("nested", struct.type),
        pa.field("time", pa.timestamp("ns", "UTC")),
    ]
    columns = [rows, pa.array(["u", "v", None, "u"]).dictionary_encode().cast(fields[1].type), struct, [1, None, 3, 4]]
    return pa.Table.from_arrays([pa.array(c, f.type) if isinstance(c, list) else c for c, f in zip(columns, fields, strict=True)],
                                schema=pa.schema(fields, metadata={"huggingface": '{"info": 1}', "licence": "CC0"}))  # fmt: skip


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Fixed]:
    """A dataset with a file of each format, the folder with what became of it, and the fix."""
    room = tmp_path_factory.mktemp("fix")
    data = written(room / "data", {name: packed(name, b"".join(piece for piece, _ in pieces)) for name, pieces in SPREAD.items()})
    codecs = {"text": "zstd", "label": "none", "nested.a.list.element": "gzip", "nested.b": "gzip", "time": "snappy"}
    pq.write_table(table(), data / "train/table.parquet", compression=codecs, row_group_size=3)
    with pa.ipc.new_file(data / "train/file.arrow", table().schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        file.write_table(table(), max_chunksize=3)
    with pa.ipc.new_stream(data / "train/stream.arrow", table().schema) as stream:
        stream.write_table(table())
    written(data, {"test/test.csv": csv_of(*LEAKY, OWN[100]), "README.md": b"# Data\n", "LICENSE": b"MIT\n", "notes.py": b"1\n", ".x": b""})
    return data, room / "out", fix(data, room / "out", workers=2)


def test_of_text_files_what_stays_is_there_byte_for_byte(mended: tuple[Path, Path, Fixed]) -> None:
    _, out, found = mended
    assert not found.left
    for name, pieces in SPREAD.items():
        kept = [piece for piece, stays in pieces if stays]
        assert unpacked(out / "data" / name) == b"".join(kept), name


@pytest.mark.parametrize("name", ["train/file.arrow", "train/stream.arrow"])
def test_an_arrow_file_keeps_its_schema_kind_and_codec(mended: tuple[Path, Path, Fixed], name: str) -> None:
    data, out, _ = mended
    before, after = (arrow.stored(str(place / name)) for place in (data, out / "data"))
    assert (after.is_file, after.codec) == (before.is_file, before.codec) == ((True, "lz4") if "file" in name else (False, None))
    assert after.schema.equals(before.schema, check_metadata=True)
    assert pa.Table.from_batches(after.batches).equals(table().take([0, 2]))


def test_a_parquet_file_keeps_its_schema_and_compression(mended: tuple[Path, Path, Fixed]) -> None:
    data, out, _ = mended
    before, after = (pq.ParquetFile(place / "train/table.parquet") for place in (data, out / "data"))
    assert after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    assert after.read().equals(table().take([0, 2]))
    codecs = [[file.metadata.row_group(0).column(place).compression for place in range(5)] for file in (before, after)]
    assert codecs[0] == codecs[1] == ["ZSTD", "UNCOMPRESSED", "GZIP", "GZIP", "SNAPPY"]


def test_other_files_are_copied_or_named(mended: tuple[Path, Path, Fixed]) -> None:
    data, out, found = mended
    assert all((out / "data" / name).read_bytes() == (data / name).read_bytes() for name in ("README.md", "LICENSE", "test/test.csv"))
    assert [name for name, _ in found.not_copied] == ["(hidden)", "notes.py"]
    assert {path.name for path in out.iterdir()} == {"data", "quarantine.parquet", "fix.json"}


def test_the_quarantine_has_what_was_removed_and_why(mended: tuple[Path, Path, Fixed]) -> None:
    _, out, found = mended
    rows = pq.read_table(out / "quarantine.parquet").to_pylist()
    gone = {name: [piece for piece, stays in pieces if not stays] for name, pieces in SPREAD.items()}
    for name in (each for each in gone if ".json" not in each or "jsonl" in each):
        assert [row["raw"] for row in rows if row["file"] == name] == gone[name]
    assert [row["raw"].decode() for row in rows if row["file"] == "train/array.json"] == [f'{{"text": "{LEAKY[n]}"}}' for n in (0, 1)]
    first = next(row for row in rows if row["file"] == "train/crlf.csv")
    assert first["record"]["note"] == "two\r\n\r\nlines"
    named = ("rule", "split", "line", "partner_split", "partner_row", "partner_file", "relation", "similarity")
    assert [first[name] for name in named] == ["LEAK001", "train", 2, "test", 0, "test/test.csv", "identical", 1.0]
    parquet = [row for row in rows if row["file"] == "train/table.parquet"]
    assert [row["record"]["nested"] for row in parquet] == [None, '{"a":[3],"b":"y"}']  # Arrow and Parquet name what is in lists otherwise
    assert [(row["raw"], row["line"]) for row in parquet] == [(None, None)] * 2
    assert sum(found.removed.values()) == len(rows) == 9 + 3 * 2 + 1


def test_rows_before_are_those_after_and_those_removed(mended: tuple[Path, Path, Fixed]) -> None:
    _, out, found = mended
    before, after = (sum(split["rows"] for split in report.dataset["splits"].values()) for report in (found.before, found.after))
    assert before == after + pq.read_metadata(out / "quarantine.parquet").num_rows
    summary = json.loads((out / "fix.json").read_text())
    assert summary["input"]["dataset"]["digest"] == found.before.dataset["digest"]
    assert summary["output"]["dataset"]["digest"] == found.after.dataset["digest"]
    assert summary["removed"] == dict(found.removed)


def test_one_worker_writes_the_same_bytes_as_two(mended: tuple[Path, Path, Fixed], tmp_path: Path) -> None:
    data, out, _ = mended
    fix(data, tmp_path / "out", workers=1)
    assert everything(tmp_path / "out") == everything(out)


# ── pieces ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CELL = st.text(st.sampled_from('a,"\n\r é'), max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL), max_size=6), end=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.booleans(),
       blank=st.lists(st.booleans(), min_size=7, max_size=7), cut=st.booleans())  # fmt: skip
def test_the_pieces_of_a_table_are_its_bytes_and_each_is_a_record(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], end: str, mark: bool, blank: list[bool], cut: bool
) -> None:
    lines = ["a,b" + end, *(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + end for row in rows)]
    text = "".join(line + end * empty for line, empty in zip(lines, blank, strict=False))
    text = text.removesuffix(end) if cut and rows else text
    data = (BOM if mark else b"") + text.encode()
    path = tmp_path_factory.mktemp("pieces") / "x.csv"
    path.write_bytes(data)
    found = list(texts.pieces(Shard(path="x.csv", file=str(path), split="all", format="csv")))
    assert b"".join(piece for _, piece in found) == data
    records = [(row, piece.decode()) for row, piece in found if row is not None]
    assert [row for row, _ in records] == list(range(len(rows)))
    assert [tuple(next(csv.reader(io.StringIO(piece, newline="")))) for _, piece in records] == rows


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), VALUE, min_size=1, max_size=3), min_size=1, max_size=5), data=st.data())
def test_a_json_array_without_some_elements_has_the_others(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    indent = data.draw(st.sampled_from([None, 0, 2]))
    dropped = data.draw(st.frozensets(st.integers(0, len(rows) - 1)))
    path = tmp_path_factory.mktemp("array") / "x.json"
    path.write_text(json.dumps(rows, indent=indent), encoding="utf-8")
    sink = io.BytesIO()
    texts.write_json(sink, Shard(path="x.json", file=str(path), split="all", format="json"), dropped, ())
    kept = [row for place, row in enumerate(rows) if place not in dropped]
    assert json.dumps(json.loads(sink.getvalue())) == json.dumps(kept)
    if not dropped:
        assert sink.getvalue() == path.read_bytes()


def test_records_of_several_shapes_are_joined() -> None:
    parts = [pa.array([{"a": 1, "b": "x"}]), pa.array([{"b": "y", "c": [1]}]), pa.array([{"a": "z"}])]
    assert joined(parts).to_pylist() == [
        {"a": "1", "b": "x", "c": None},
        {"a": None, "b": "y", "c": [1]},
        {"a": '"z"', "b": None, "c": None},
    ]


# ── what goes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = st.lists(st.sampled_from(["red", "blue", "green", "old", "new", "cat", "dog", "tree"]), min_size=1, max_size=5).map(" ".join)


@settings(max_examples=3, deadline=None)
@given(train=st.lists(WORDS, min_size=1, max_size=8), test=st.lists(WORDS, min_size=1, max_size=5))
def test_only_left_records_of_pairs_go_and_then_nothing_leaks(
    tmp_path_factory: pytest.TempPathFactory, train: list[str], test: list[str]
) -> None:
    room = tmp_path_factory.mktemp("random")
    data = written(room / "data", {"train.csv": csv_of(*train, OWN[0]), "test.csv": csv_of(*test)})
    found = fix(data, room / "out", asked=Config(shingle="word:1", threshold=0.5, text=("text",)))
    rows = pq.read_table(room / "out/quarantine.parquet").to_pylist()
    sets = [[frozenset(reference.tokens(text)) for text in texts_] for texts_ in (train, test)]
    leaks = [row for row, left in enumerate(sets[0]) if any(len(left & right) / len(left | right) >= 0.5 for right in sets[1])]
    assert [row["row"] for row in rows] == leaks
    assert all(row["split"] == "train" and train[row["row"]] == row["record"]["text"] for row in rows)
    assert found.after.findings == ()
    assert (room / "out/data/train.csv").read_bytes() == csv_of(*(t for row, t in enumerate(train) if row not in leaks), OWN[0])


def test_a_large_cluster_goes_but_only_the_records_with_a_partner(tmp_path: Path) -> None:
    copies = [f"{LEAKY[0]} {number}" for number in range(150)]
    data = written(tmp_path / "data", {
        "train.csv": csv_of(*copies, *["The same words again and again"] * 150, *OWN),
        "validation.csv": csv_of(LEAKY[0], OWN[0], "Not at all like the others, and long enough"),
        "test.csv": csv_of(*copies[:60], "The same words again and again", LEAKY[0]),
    })  # fmt: skip
    found = fix(data, tmp_path / "out")
    rows = pq.read_table(tmp_path / "out/quarantine.parquet").to_pylist()
    assert Counter(row["split"] for row in rows) == {"train": 301, "validation": 1}
    assert not found.after.findings


def test_rules_can_be_chosen_and_duplicates_removed(tmp_path: Path) -> None:
    near = LEAKY[1] + " now"
    data = written(
        tmp_path / "data", {"train.csv": csv_of(LEAKY[0], near, OWN[0], OWN[0], OWN[0] + "!", OWN[1]), "test.csv": csv_of(*LEAKY[:2])}
    )
    found = fix(data, tmp_path / "out", rules=("LEAK001",), dedup=True)
    rows = pq.read_table(tmp_path / "out/quarantine.parquet").to_pylist()
    assert [(row["row"], row["rule"], row["partner_row"]) for row in rows] == [(0, "LEAK001", 0), (3, "DUP001", 2), (4, "DUP001", 2)]
    assert (tmp_path / "out/data/train.csv").read_bytes() == csv_of(near, OWN[0], OWN[1])
    assert found.removed == {"DUP001": 2, "LEAK001": 1}


def test_items_of_a_benchmark_go_from_training(tmp_path: Path) -> None:
    question = "Which museum in the old harbour keeps the oldest wooden fishing boat of the region?"
    data = written(tmp_path / "data", {"train.csv": csv_of(f"Our quiz of today: {question} Send us your answer by Friday.", *OWN[:20])})
    quiz = written(tmp_path / "quiz", {"test.csv": csv_of(question)})
    found = fix(data, tmp_path / "out", asked=Config(against=(str(quiz),)), rules=LEAKS)
    (row,) = pq.read_table(tmp_path / "out/quarantine.parquet").to_pylist()
    named = ("rule", "row", "partner_split", "partner_row", "partner_file")
    assert [row[name] for name in named] == ["LEAK010", 0, "quiz: test", 0, "--against quiz"]
    assert not found.left


def test_one_table_with_a_column_of_splits_stays_one_file(tmp_path: Path) -> None:
    lines = ["text,where", f"{LEAKY[0]},test", f"{OWN[0]},Train", f"{LEAKY[0]},train", f"{OWN[1]},train", f"{OWN[2]},test"]
    data = written(tmp_path, {"data/table.csv": "".join(f"{line}\n" for line in lines).encode()}) / "data/table.csv"
    found = fix(data, tmp_path / "out", asked=Config(split_column="where"))
    assert (tmp_path / "out/data/table.csv").read_text().splitlines() == [line for row, line in enumerate(lines) if row != 3]
    assert found.place == tmp_path / "out/data/table.csv"


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes")
def test_names_of_files_may_be_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    name = b"train \n'\"$(x)\xff\\ .csv"
    written(data, {"test.csv": csv_of(*LEAKY)})
    (data / os.fsdecode(name)).write_bytes(csv_of(LEAKY[0], OWN[0]))
    assert run("fix", str(data), "--out", str(tmp_path / "out"), "--max-loss", "1", "--split", "train=train*", "--split", "test=test*") == 0
    assert (tmp_path / "out/data" / os.fsdecode(name)).read_bytes() == csv_of(OWN[0])
    shown = ["leaked   train → test: 33.33 % → 0.00 %", "verdict  leaks → nothing leaks", "rows     train: 2 → 1", "rows     test: 3"]
    shown += [
        "removed  1 record (1 for LEAK001)",
        f"next: auditor scan {tmp_path / 'out/data'} --split 'train=train*' --split 'test=test*'",
    ]
    assert capsys.readouterr().out.splitlines() == shown


# ── splits made anew ──────────────────────────────────────────────────────────────────────────────────────────────────


def grouped(rows: list[tuple[str, str]]) -> bytes:
    return "".join(["text,who\n", *(f"{text},{who}\n" for text, who in rows)]).encode()


def test_no_group_and_no_pair_lies_in_two_splits_any_more(tmp_path: Path) -> None:
    train = [(OWN[n], f"p{n // 4}") for n in range(60)] + [(LEAKY[0], "q"), (LEAKY[1], "r")]
    test = [(OWN[n], f"p{n // 4}") for n in range(62, 90)] + [(LEAKY[0] + "!", "s"), (OWN[150], "p1"), (OWN[151], "q")]
    data = written(tmp_path / "data", {"train.csv": grouped(train), "test.csv": grouped(test)})
    asked = Config(group="who", text=("text",), shingle="word:3", threshold=0.9)
    found = fix(data, tmp_path / "out", asked=asked, resplit=True)
    rows = {name: (tmp_path / f"out/data/{name}.csv").read_text().splitlines()[1:] for name in ("train", "test")}
    assert Counter(rows["train"] + rows["test"]) == Counter(f"{text},{who}" for text, who in train + test)
    assert not {row.rpartition(",")[2] for row in rows["train"]} & {row.rpartition(",")[2] for row in rows["test"]}
    assert abs(len(rows["train"]) - len(train)) <= 3
    assert not found.after.findings
    moved = pq.read_table(tmp_path / "out/moved.parquet").to_pylist()
    assert found.moved == len(moved) > 0
    assert all(f"{row['to_split']}.csv" == row["to_file"] != row["file"] for row in moved)


@pytest.mark.parametrize("form", ["parquet", "json", "arrow", "jsonl"])
def test_records_move_between_files_of_other_formats(tmp_path: Path, form: str) -> None:
    shards = []
    for name, rows in (("train", OWN[:3]), ("test", OWN[10:13])):
        path, some = tmp_path / f"{name}.{form}", pa.table({"text": rows})
        if form == "parquet":
            pq.write_table(some, path)
        elif form == "json":
            path.write_text(json.dumps(some.to_pylist()))
        elif form == "jsonl":
            path.write_text("\n".join(map(json.dumps, some.to_pylist())))
        else:
            with pa.ipc.new_file(path, some.schema) as file:
                file.write_table(some)
        shards.append(Shard(path=path.name, file=str(path), split=name, format=form))
    out = tmp_path / f"out.{form}"
    added = [{"shard": job("", shards[1])["shard"], "rows": [0, 2]}]
    assert answered(job("write", shards[0], dropped=[1], added=added, out=str(out))) == {"written": True}
    read = open_shard(Shard(path=out.name, file=str(out), split="train", format=form), Tally())
    assert [text for batch in read for text in batch.records["text"].to_pylist()] == [OWN[0], OWN[2], OWN[10], OWN[12]]


@settings(max_examples=100, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 12), st.integers(1, 12)), edges=st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=12)
)
def test_components_go_whole_and_sizes_stay_near(sizes: tuple[int, int], edges: list[tuple[int, int]]) -> None:
    import numpy as np

    total = sum(sizes)
    joins = [(a % total, b % total) for a, b in edges]
    shards = [Shard(path=name, file=name, split=name, format="csv") for name in ("train", "test")]
    told = pa.table({"digest": [bytes([n]) for n in range(total)]})
    content = Content(
        files=shards, starts=np.array([0, sizes[0], total]), told=told, kinds=[("csv", "")] * 2, splits={s.path: [s] for s in shards}
    )
    left, right = (np.array([each[side] for each in joins], np.int64) for side in (0, 1))
    home = regrouping.assigned(content, [(left, right)])
    assert (home[left] == home[right]).all()
    largest = max(Counter(components(total, left, right).tolist()).values())
    assert abs(int((home == 0).sum()) - sizes[0]) < largest or largest == 1
    held = regrouping.held(content, home)
    assert sorted(np.concatenate(held).tolist()) == list(range(total))


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_written_where_a_class_would_lose_too_much(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = [(text, "rare") for text in [*LEAKY, *OWN[:8]]] + [(text, "usual") for text in OWN[20:120]]
    data = written(tmp_path / "data", {"train.csv": grouped(train), "test.csv": grouped([(text, "usual") for text in LEAKY])})
    words = ("fix", str(data), "--out", str(tmp_path / "out"), "--label", "who", "--text", "text")
    assert run(*words) == 1
    said = capsys.readouterr().out
    assert "loss     label rare in train: 3 of 11 records (27%)" in said
    assert "1 class would lose more than 20%" in said
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert run(*words, "--max-loss", "0.3", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "removed  3 records (3 for LEAK001)" in said
    assert "nothing was written" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("files", "terms", "reason"),
    [
        ({"train.csv": b"text,n\na,1\nb\n", "test.csv": b"text,n\na,1\n"}, {}, "fewer cells than the header"),
        ({"train.csv": csv_of(OWN[0])}, {}, "there is only one split"),
        ({"train.csv": csv_of(LEAKY[0]), "test.jsonl": b'{"text": "%s"}\n' % LEAKY[0].encode()}, {"resplit": True}, "different formats"),
        ({"train.csv": csv_of(LEAKY[0]), "test.csv": csv_of(LEAKY[0])}, {"resplit": True}, "nothing is left for the split"),
    ],
)
def test_what_cannot_be_mended_is_said(tmp_path: Path, files: dict[str, bytes], terms: dict[str, Any], reason: str) -> None:
    data = written(tmp_path / "data", files)
    with pytest.raises(AuditorError, match=reason) as error:
        fix(data, tmp_path / "out", **terms)
    assert error.value.cure
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_split_is_never_emptied(tmp_path: Path) -> None:
    data = written(tmp_path / "data", {"train.csv": csv_of(LEAKY[0]), "test.csv": csv_of(LEAKY[0])})
    found = fix(data, tmp_path / "out")
    assert [(loss.kind, loss.name) for loss in found.refused] == [("split", "train")]
    assert not (tmp_path / "out").exists()


def test_a_json_document_is_never_emptied(tmp_path: Path) -> None:
    document = json.dumps([{"text": LEAKY[0]}]).encode()
    data = written(tmp_path / "data", {"train/a.json": document, "train/b.csv": csv_of(OWN[0]), "test.csv": csv_of(LEAKY[0])})
    found = fix(data, tmp_path / "out")
    assert [(loss.kind, loss.name, loss.split) for loss in found.refused] == [("file", "train/a.json", "train")]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_records_with_views_of_texts_are_taken_out(tmp_path: Path) -> None:
    some = pa.table({"text": pa.array(OWN[:4], pa.string_view()), "data": pa.array([b"a", b"b", None, b"d"], pa.binary_view())})
    with pa.ipc.new_file(tmp_path / "train.arrow", some.schema) as file:
        file.write_table(some)
    shard = Shard(path="train.arrow", file=str(tmp_path / "train.arrow"), split="train", format="arrow")
    assert answered(job("write", shard, dropped=[0, 3], added=[], out=str(tmp_path / "out.arrow"))) == {"written": True}
    after = arrow.stored(str(tmp_path / "out.arrow"))
    assert after.schema.equals(some.schema)
    assert pa.Table.from_batches(after.batches).to_pylist() == some.slice(1, 2).to_pylist()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "name the new folder with --out"),
        (("--out", "{data}/new"), "lies in the dataset"),
        (("--out", "{room}"), "is there already"),
        (("--out", "{room}/out", "--rule", "LEAK010"), "is none of LEAK001"),
        (("--out", "{room}/out", "--resplit", "--dedup"), "--resplit moves records"),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], reason: str) -> None:
    data = written(tmp_path / "data", {"train.csv": csv_of(OWN[0]), "test.csv": csv_of(OWN[1])})
    before = everything(tmp_path)
    assert run("fix", str(data), *(word.format(data=data, room=tmp_path) for word in words)) == 2
    assert reason in capsys.readouterr().err
    assert everything(tmp_path) == before


def test_a_database_is_not_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("fix", "sqlite:///x.db", "--out", str(tmp_path / "out")) == 2
    assert "export its tables to Parquet" in capsys.readouterr().err
