"""What the profile of columns costs: processor time of scans with and without it, of long texts and of a table.

.venv/bin/python bench/columns.py [RUNS]
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from costs import AUDITOR, cost

RULES = ("SCHM002",)
"""What is concluded from the profile; without them none is made."""


def texts(folder: Path) -> int:
    """44,000 texts of 150 words with a label; the number of cells."""
    rng = np.random.default_rng(0)
    words = ["".join(chr(97 + each) for each in rng.integers(0, 26, rng.integers(2, 10))) for _ in range(5000)]
    for name, rows in (("train", 40_000), ("test", 4_000)):
        with (folder / f"{name}.jsonl").open("w") as stream:
            for _ in range(rows):
                text = " ".join(words[each] for each in rng.integers(0, 5000, 150))
                stream.write(json.dumps({"text": text, "label": int(rng.integers(0, 3))}) + "\n")
    return 88_000


def table(folder: Path) -> int:
    """300,000 records of ten columns: numbers, categories, addresses, times; the number of cells."""
    rng, rows = np.random.default_rng(0), 300_000
    columns = {
        "id": np.arange(rows),
        "x": rng.normal(size=rows),
        "y": rng.gamma(2, 2, rows),
        "k": rng.integers(0, 50, rows),
        "category": pa.array([f"c{each}" for each in rng.integers(0, 20, rows)]),
        "user": pa.array([f"user{each}@example.org" for each in rng.integers(0, 10**5, rows)]),
        "time": pa.array(np.datetime64("2024-01-01") + rng.integers(0, 10**7, rows).astype("timedelta64[s]")),
        "flag": rng.random(rows) < 0.3,
        "share": rng.random(rows),
        "z": rng.integers(0, 10**6, rows),
    }
    pq.write_table(pa.table(columns), folder / "train.parquet")
    return rows * len(columns)


def seconds(folder: Path, *options: str) -> float:
    """The processor time of a scan and its children."""
    return cost([*AUDITOR, "scan", str(folder), "--quiet", *options]).cpu


def main(runs: int) -> None:
    """A line for each kind of data."""
    print(f"{'':8}{'default':>9}{'without':>9}{'read only':>11}{'profile only':>14}{'a million cells':>17}   (CPU s, medians of {runs})")
    for make, apart in ((texts, ()), (table, ("--ignore", "LEAK,DUP"))):  # nobody compares the texts of a table of numbers
        with tempfile.TemporaryDirectory() as room:
            cells = make(Path(room))
            ways = ((*apart,), (*apart, "--ignore", ",".join(RULES)), ("--select", "INPUT"), ("--select", RULES[0]))
            rounds = [[seconds(Path(room), *way) for way in ways] for _ in range(runs)]
            default, without, read, alone = (statistics.median(column) for column in zip(*rounds, strict=True))
        each = (alone - read) / cells * 1e6
        print(f"{make.__name__:8}{default:>9.2f}{without:>9.2f}{read:>11.2f}{alone:>14.2f}{each:>17.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
