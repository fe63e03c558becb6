"""What an audit costs that was made before: unchanged data, and one of 16 shards changed, in CPU seconds beyond an audit of one row.

usage: python bench/again.py [ROWS] [WORDS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from costs import AUDITOR, Cost, cost
from synthetic import shards, texts


def main() -> None:
    """Prints a line an audit."""
    rows, words = (int(given) for given in (*sys.argv[1:], *("1000000", "60")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shards(folder / "data", rows, words, 16)
        (folder / "one").mkdir()
        pq.write_table(pa.table({"text": texts(1, words, 0)}), folder / "one" / "train.parquet")

        def audit(name: str, work: str) -> Cost:
            return cost([*AUDITOR, "scan", str(folder / name), "--work-dir", str(folder / work), "--quiet"])

        base = audit("one", "other")
        first, again = audit("data", "work"), audit("data", "work")
        changed = folder / "data" / "train-00007.parquet"
        pq.write_table(pa.table({"text": texts(rows // 16, words, 99)}), changed)
        after = audit("data", "work")
        kept = sum(path.stat().st_size for path in (folder / "work").iterdir())
    print(f"{rows:,} rows of {words} words in 16 shards; partial results take {kept / 1e6:,.0f} MB")
    whole = first.cpu - base.cpu
    for name, took in {"one row": base, "first": first, "unchanged": again, "one shard changed": after}.items():
        share = f"{(took.cpu - base.cpu) / whole:>8.1%}"
        print(f"{name:<20}exit {took.status}{took.cpu:>9.2f} s CPU{took.wall:>9.2f} s{took.peak / 2**20:>8.0f} MiB{share}")


if __name__ == "__main__":
    main()
