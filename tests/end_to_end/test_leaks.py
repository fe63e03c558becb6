"""The command against brute force over the definition: every pair, whatever the kernels, the join, the order, the files and the workers."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Splits = Mapping[str, Sequence[str]]
Pair = tuple[str, str, str, str, str, float]  # left split, left text, right split, right text, relation, Jaccard similarity

UNSPACED = ((0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF))
WORD = ("L", "M", "N")


def tokens(text: str) -> list[str]:
    """Norm-v1 for the scripts that stand in these tests."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    found, running = [], False
    for point in folded:
        kind = unicodedata.category(point)
        alone = any(first <= ord(point) <= last for first, last in UNSPACED)
        if kind == "Cf":
            continue
        if not (kind.startswith(WORD) or point == "_"):
            running = False
        elif alone or not running:
            found.append(point)
            running = not alone
        else:
            found[-1] += point
    return found


def shingles(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + length]) for i in range(max(1, len(words) - length + 1))} if words else set()


def brute_force(splits: Splits, threshold: float = 0.8) -> list[Pair]:
    """All pairs across and within splits, by word:5."""
    records = [(split, text, tokens(text)) for split, rows in splits.items() for text in rows]
    found = []
    for i, (left_split, left, a) in enumerate(records):
        for right_split, right, b in records[i + 1 :]:
            one, other = shingles(a, 5), shingles(b, 5)
            if not one or not other:
                continue
            jaccard = len(one & other) / len(one | other)
            contained = left_split != right_split and len(one & other) / len(other) >= 0.9 and len(b) >= 8
            relation = "identical" if a == b else "near" if jaccard >= threshold else "contained" if contained else ""
            if relation:
                found.append((left_split, left, right_split, right, relation, round(jaccard, 9)))
    return sorted(found)


def write(folder: Path, splits: Splits, form: str, files: int = 1, rows: int = 7) -> Path:
    """The dataset in some format, each split in several files."""
    folder.mkdir()
    for split, texts in splits.items():
        for number in range(files):
            part = list(texts[number * len(texts) // files : (number + 1) * len(texts) // files])
            path = folder / f"{split}-{number}.{form}"
            if form == "parquet":
                pq.write_table(pa.table({"text": pa.array(part, pa.string())}), path, row_group_size=rows)
            else:
                path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in part), encoding="utf-8")
    return folder


def scan(dataset: Path, out: Path, kernels: str, *options: str) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """The exit code, the report and the pairs."""
    command = [sys.executable, "-m", "auditor", "scan", str(dataset), "-o", "json", "--evidence", str(out), "--shingle", "word:5", *options]
    environment = os.environ | {"AUDITOR_KERNELS": kernels}
    done = subprocess.run(command, cwd=dataset.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{"), done.stderr
    return done.returncode, json.loads(done.stdout), pq.read_table(out / "pairs.parquet").to_pylist()


def pairs(found: Sequence[Mapping[str, Any]], splits: Splits) -> list[Pair]:
    """The pairs as brute force gives them."""
    listed = []
    for each in found:
        left, right = splits[each["left_split"]][each["left_row"]], splits[each["right_split"]][each["right_row"]]
        listed.append((each["left_split"], left, each["right_split"], right, each["relation"], round(each["jaccard"], 9)))
    return sorted(listed)


def sentences(chance: random.Random, count: int) -> list[str]:
    words = ["".join(chance.choices("bcdfgklmnprst", k=2)) + chance.choice("aeiou") + chance.choice("xyz") for _ in range(400)]
    return [" ".join(chance.choices(words, k=chance.randrange(3, 60))) for _ in range(count)]


def planted() -> dict[str, list[str]]:
    """Splits with pairs of every kind that the definition tells apart."""
    chance = random.Random(4)
    base = sentences(chance, 30)
    long = " ".join(sentences(chance, 12))
    hindi = "किताब मेज़ पर है और पानी नदी में बहता है आज मौसम अच्छा है"
    train = [
        *base,
        long,
        long,
        "one two three four",
        "",
        "...",
        hindi,
        "東京都は日本の首都である",
        "ภาษาไทยเขียนโดยไม่เว้นวรรค",
        "İstanbul ΣΊΣΥΦΟΣ ﬁle",
    ]
    test = [
        "Inserted " + long,
        "\u200b".join(long),
        base[0].upper() + "!",
        base[1].replace(" ", "  \n"),
        " ".join(long.split()[40:90]),
        long.replace(long.split()[100], "changed", 1),
        "one two three four",
        "one two three five",
        hindi,
        hindi.replace("किताब", "कताब"),
        "東京都は日本の首都であります",
        "東京都は日本の首都である。",
        "ภาษาไทยเขียนโดยไม่เว้นวรรค",
        "ภาษาไทยเขยนโดยไม่เว้นวรรค",
        "i\u0307stanbul σίσυφοσ file",
        *sentences(chance, 10),
    ]
    return {"train": train, "test": test}


@pytest.mark.parametrize("kernels", ["numpy", "native"])
@pytest.mark.parametrize("join", ["exact", "lsh"])
def test_every_pair_of_the_definition_is_found_and_no_other(kernels: str, join: str, tmp_path: Path) -> None:
    splits = planted()
    status, report, found = scan(write(tmp_path / "data", splits, "jsonl"), tmp_path / "out", kernels, "--join", join)
    expected = brute_force(splits)
    kinds = {(left, right, relation) for left, _, right, _, relation, _ in expected}
    assert kinds >= {
        ("train", "test", "identical"),
        ("train", "test", "near"),
        ("train", "test", "contained"),
        ("train", "train", "identical"),
    }
    assert (pairs(found, splits), status) == (expected, 1)
    assert report["leakage"]["method"]["empty_records"] == {"train": 2, "test": 0}


def test_order_files_batches_and_workers_change_no_pair(tmp_path: Path) -> None:
    splits = planted()
    expected = brute_force(splits)
    shuffled = {name: random.Random(9).sample(rows, len(rows)) for name, rows in splits.items()}
    for number, (rows, form, files, workers) in enumerate(
        [(splits, "parquet", 1, "1"), (shuffled, "parquet", 3, "2"), (shuffled, "jsonl", 2, "2")]
    ):
        data = write(tmp_path / f"data{number}", rows, form, files)
        found = scan(data, tmp_path / f"out{number}", "native", "--workers", workers)[2]
        undirected = [tuple(sorted(each[:4:2])) + tuple(sorted(each[1:4:2])) + each[4:] for each in pairs(found, rows)]
        assert sorted(undirected) == sorted(tuple(sorted(e[:4:2])) + tuple(sorted(e[1:4:2])) + e[4:] for e in expected)


def test_workers_without_a_file_of_their_own_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    chance = random.Random(5)
    texts = sentences(chance, 2000)  # so many that threads share them
    data = write(tmp_path / "data", {"train": texts, "test": [*sentences(chance, 50), *texts[::100]]}, "jsonl")
    one, eight = (scan(data, tmp_path / workers, "native", "--workers", workers) for workers in ("1", "8"))
    assert (one[1].pop("run")["readers"]["workers"], eight[1].pop("run")["readers"]["workers"]) == (1, 8)
    assert len(one[2]) == 20
    assert eight == one
    assert (tmp_path / "8" / "pairs.parquet").read_bytes() == (tmp_path / "1" / "pairs.parquet").read_bytes()


@pytest.mark.parametrize("kernels", ["numpy", "native"])
def test_a_corpus_of_one_text(kernels: str, tmp_path: Path) -> None:
    splits = {
        "train": ["The museum opens at ten on weekdays and at noon on Sundays"] * 3000,
        "test": ["the museum OPENS at ten on weekdays, and at noon on Sundays"] * 500,
    }
    status, report, found = scan(write(tmp_path / "data", splits, "jsonl"), tmp_path / "out", kernels)
    between = {(each["left"], each["right"]): (each["identical"], each["share"]) for each in report["leakage"]["pairs_of_splits"]}
    assert between == {("train", "train"): (4498500, None), ("train", "test"): (1500000, 1.0), ("test", "test"): (124750, None)}
    assert status == 1 and len(found) == 3499 and {each["left_row"] for each in found} == {0}


def test_a_record_of_fifty_megabytes(tmp_path: Path) -> None:
    words = [f"{number * 2654435761 % 1000003:x}" for number in range(100_000)]
    long = " ".join(words) + " "
    splits = {
        "train": [long * 90, "a short one beside it"],
        "test": [" ".join(words[500:700]), "nothing that stands elsewhere at all, I hope"],
    }
    assert len(splits["train"][0]) > 50_000_000
    status, report, found = scan(write(tmp_path / "data", splits, "jsonl"), tmp_path / "out", "native")
    assert [(each["relation"], each["left_row"], each["right_row"], each["containment_right"]) for each in found] == [
        ("contained", 0, 0, 1.0)
    ]
    assert (status, report["ledger"][1]["parsed"]) == (1, 2)


@pytest.mark.parametrize("kernels", ["numpy", "native"])
def test_lone_surrogates_are_refused(kernels: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    lines = [
        '{"text": "a sound record of some words"}',
        '{"text": "half \\ud83d of a pair"}',
        '{"text": "a pair \\ud83d\\ude00 of both halves"}',
    ]
    (data / "train.jsonl").write_text("\n".join(lines))
    (data / "test.jsonl").write_bytes(b'{"text": "a sound record, of some words"}\n{"text": "half \xed\xa0\xbd encoded"}\n')
    status, report, found = scan(data, tmp_path / "out", kernels)
    refused = {each["file"]: [(r["reason"], r["count"]) for r in each["rejected"]] for each in report["ledger"]}
    assert refused == {"train.jsonl": [("lone surrogate", 1)], "test.jsonl": [("invalid UTF-8", 1)]}
    assert (status, [(each["relation"], each["left_row"], each["right_row"]) for each in found]) == (3, [("identical", 0, 0)])
