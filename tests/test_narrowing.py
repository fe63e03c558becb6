"""Training records of which nothing is kept, since no evaluation record can make a pair with them: the report is the same."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.cli.scan import command
from auditor.dataset import Dataset, Shard, Split
from auditor.leakage import narrowing

CHANCE = random.Random(11)
WORDS = ["".join(CHANCE.choices("abcdefghik", k=5)) for _ in range(300)]


def text(length: int) -> str:
    return " ".join(CHANCE.choices(WORDS, k=length))


def changed(value: str, place: int) -> str:
    words = value.split()
    return " ".join([*words[:place], "changed", *words[place + 1 :]])


def dataset(folder: Path, short: bool) -> Path:
    """Two configurations, each with a training split and two evaluation splits that share identical, near and contained records."""
    folder.mkdir()
    names = {"first": ("train", "validation", "test"), "second": ("train", "test")}
    configs = [
        {"config_name": name, "data_files": [{"split": split, "path": f"{name}-{split}.jsonl"} for split in splits]}
        for name, splits in names.items()
    ]
    (folder / "README.md").write_text(f"---\nlicense: mit\nconfigs: {json.dumps(configs)}\n---\n")
    for name, splits in names.items():
        train = [text(12 if short else 60) for _ in range(300)]
        rows = {
            "train": train,
            "validation": [train[0].upper(), changed(train[1], 7), *(text(20) for _ in range(20))],
            "test": [train[2], changed(train[1], 7), " ".join(train[3].split()[1:11]), "", text(3), *(text(20) for _ in range(20))],
        }
        for split in splits:
            (folder / f"{name}-{split}.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows[split]))
    return folder


def report(data: Path, *options: str) -> dict[str, Any]:
    done = CliRunner().invoke(command, [str(data), "--select", "LEAK", "-o", "json", "--shingle", "word:3", *options])
    found: dict[str, Any] = json.loads(done.stdout)
    del found["run"]
    return found


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("threshold", ["0.5", "0.95"])
def test_the_report_is_that_of_keeping_everything(short: bool, threshold: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = dataset(tmp_path / "data", short)
    whole = report(data, "--threshold", threshold)
    monkeypatch.setattr(narrowing, "LARGE", 0)
    assert report(data, "--threshold", threshold) == whole
    relations = {row["left"] + row["right"]: (row["identical"], row["near"]) for row in whole["leakage"]["pairs_of_splits"]}
    assert relations["first/trainfirst/validation"][0] == 1 and whole["leakage"]["controls"]["spurious"] == 0


def test_a_fault_in_what_is_sought_is_seen_by_the_controls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.kernels import sieving

    rarest = sieving.rarest
    monkeypatch.setattr(narrowing, "LARGE", 0)
    monkeypatch.setattr(sieving, "rarest", lambda sets, counts, share: rarest(sets, counts, share)[::7])
    done = CliRunner().invoke(command, [str(dataset(tmp_path / "data", False)), "--select", "LEAK", "-o", "json"])
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (3, "incomplete")


def split(name: str, size: int, config: str | None = None) -> Split:
    return Split(name=name, shards=(Shard(path=name, file="", split=name, format="csv", bytes=size),), config=config)


MIB = 1 << 20


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        ([split("train", 9 * MIB), split("test", MIB)], {"test"}),
        ([split("train", 9 * MIB), split("validation", MIB), split("test", MIB)], {"validation", "test"}),
        ([split("train", 7 * MIB), split("test", MIB)], set()),
        ([split("train", 9 * MIB), split("test", 10 * MIB)], set()),
        ([split("train", 999 * MIB), split("test", 65 * MIB)], set()),
        ([split("train", 9 * MIB), split("unsupervised", 9 * MIB), split("test", MIB)], set()),
        ([split("a/train", 9 * MIB, "a"), split("a/test", MIB, "a"), split("b/train", 9 * MIB, "b")], {"a/test"}),
        ([split("a/train", 9 * MIB, "a"), split("a/test", MIB, "a"), split("b/test", MIB, "b")], set()),
    ],
)
def test_evaluation_splits_are_read_first_where_that_tells_something(splits: list[Split], expected: set[str]) -> None:
    assert narrowing.ahead(Dataset(name="museum", splits=tuple(splits))) == expected
