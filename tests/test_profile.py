"""The profile of columns in the report: what it says, on what it does not depend, and what it withholds."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from auditor.cli import group
from auditor.kernels import columns
from auditor.model import Json
from auditor.profiles.gathered import by_split, gathered

CSV = "id,score,note,when,kind\n" + "".join(
    f"{row},{row % 7}.5,note {row % 3},2024-01-{row % 28 + 1:02},{'ab'[row % 2]}\n" for row in range(60)
)


def scanned(folder: Path, *options: str) -> Json:
    result = CliRunner().invoke(group, ["scan", str(folder), "-o", "json", "--quiet", "--select", "SCHM002", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return json.loads(result.stdout)


def profile(folder: Path, split: str = "all", *options: str) -> Json:
    return scanned(folder, *options)["profile"]["splits"][split]


def test_a_csv_is_profiled(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(CSV)
    found = profile(tmp_path)
    assert found["rows"] == 60
    score, note, when = (found["columns"][name] for name in ("score", "note", "when"))
    assert (score["present"], score["missing"], score["distinct"], score["exact"]) == (60, 0, 7, True)
    assert score["types"] == {"string": 60}
    assert score["forms"] == {"number": 60}
    assert (score["numbers"]["quantiles"][0], score["numbers"]["quantiles"][100]) == (0.5, 6.5)
    assert score["numbers"]["mean"] == sum(row % 7 + 0.5 for row in range(60)) / 60
    assert sum(score["numbers"]["histogram"]) == 60
    assert note["top"] == [["note 0", 20], ["note 1", 20], ["note 2", 20]]
    assert (when["times"]["first"], when["times"]["last"]) == ("2024-01-01T00:00:00Z", "2024-01-28T00:00:00Z")
    assert when["forms"] == {"date": 60}


def test_a_parquet_file_says_its_types(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([1, None, 3], pa.int32()), "b": [[1], [], None]}), tmp_path / "data.parquet")
    found = profile(tmp_path)["columns"]
    assert (found["a"]["stored"], found["a"]["missing"], found["a"]["types"]) == (["int32"], 1, {"integer": 2})
    assert found["b"]["types"] == {"array": 2}


def test_neither_files_nor_the_order_of_records_matter(tmp_path: Path) -> None:
    header, *rows = CSV.splitlines(keepends=True)
    for name in ("one", "two", "jsonl"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "data.csv").write_text(CSV)
    (tmp_path / "two" / "a.csv").write_text(header + "".join(rows[::-1][:13]))
    (tmp_path / "two" / "b.csv").write_text(header + "".join(rows[::-1][13:]))
    assert profile(tmp_path / "one") == profile(tmp_path / "two")
    names = header.strip().split(",")
    records = [json.dumps(dict(zip(names, row.strip().split(","), strict=True))) for row in rows]
    (tmp_path / "jsonl" / "data.jsonl").write_text("\n".join(records) + "\n")
    of_jsonl = profile(tmp_path / "jsonl")["columns"]
    assert of_jsonl["note"] == profile(tmp_path / "one")["columns"]["note"]


def test_a_sensitive_column_shows_only_counts(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "data.csv").write_text(CSV)
    (tmp_path / "auditor.yaml").write_text("sensitive: [score]\n")
    found = profile(tmp_path / "data", "all", "--config", str(tmp_path / "auditor.yaml"))["columns"]
    assert found["score"] == {
        "present": 60, "missing": 0, "distinct": 7, "exact": True, "types": {"string": 60}, "forms": {}, "null_tokens": {}
    }  # fmt: skip
    assert found["note"]["top"] == []


def test_without_text_no_text_is_shown(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(CSV)
    assert "note 1" not in json.dumps(scanned(tmp_path, "--no-text")["profile"])
    assert "note 1" in json.dumps(scanned(tmp_path)["profile"])


@pytest.mark.parametrize("option", ["--id", "--group"])
def test_names_of_records_and_groups_are_no_frequent_values(option: str, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(CSV)
    found = profile(tmp_path, "all", option, "kind")["columns"]
    assert found["kind"]["top"] == []
    assert found["kind"]["distinct"] == 2


def test_rare_texts_are_no_frequent_values(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"a": "often"}\n' * 3 + '{"a": "twice"}\n' * 2 + '{"a": 7}\n')
    assert profile(tmp_path)["columns"]["a"]["top"] == [["often", 3], [7, 1]]


def test_nothing_is_profiled_where_nothing_needs_it(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(CSV)
    result = CliRunner().invoke(group, ["scan", str(tmp_path), "-o", "json", "--quiet", "--select", "LEAK"])
    assert "profile" not in json.loads(result.stdout)


def test_of_a_wide_table_only_counts_are_shown(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(1001)]
    (tmp_path / "data.csv").write_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    assert "numbers" not in profile(tmp_path)["columns"]["c1000"]


@pytest.mark.parametrize(
    ("train", "test", "messages"),
    [
        ('{"a": 1}\n', '{"a": 1.5}\n', []),
        ('{"a": 1}\n', '{"a": null}\n', []),
        ('{"a": 1}\n', '{"a": "1"}\n', ["a: number in train; string in test"]),
        ('{"a": 1}\n{"a": "x"}\n', '{"a": "y"}\n', []),
        ('{"a": 1, "b": true}\n', '{"a": 1}\n', ["b: there is no such column in test, but in train"]),
    ],
)
def test_splits_that_disagree(train: str, test: str, messages: list[str], tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(train)
    (tmp_path / "test.jsonl").write_text(test)
    assert [each["message"] for each in scanned(tmp_path)["findings"] if each["rule"] == "SCHM002"] == messages


def test_cells_of_csv_are_compared_as_they_read(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a,b\n1,x\n2,y\n")
    (tmp_path / "test.csv").write_text("a,b\none,z\n,1\n")
    found = [each["message"] for each in scanned(tmp_path)["findings"] if each["rule"] == "SCHM002"]
    assert found == ["a: number in train; string in test"]


def test_many_batches_of_a_column_are_folded_into_one() -> None:
    seen = columns.as_arrow([columns.observed(pa.array([number, 1.0])) for number in map(float, range(50))])
    total = pa.table({"column": ["a"] * 50, "seen": seen, "shard": pa.array([0, 1] * 25, pa.int64())})
    found = by_split(gathered(total, {0: "train", 1: "test"}))
    assert {split: some["a"].present for split, some in found.items()} == {"train": 50, "test": 50}
    assert found["test"]["a"].top(1) == [(1.0, 26)]
