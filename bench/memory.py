"""How much memory the whole process tree takes that reads a large file: a larger file must take no more.

usage: python bench/memory.py [--sizes 1,10] [--formats jsonl,csv,parquet] [--folder DIR]     (sizes in GB; DIR needs the room)
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from costs import AUDITOR, cost
from synthetic import large


def main() -> None:
    """Prints a line for each format and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,10")
    parser.add_argument("--formats", default="jsonl,csv,parquet")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    print(f"{'':<16}{'exit':>5}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}{'growth':>9}")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for form in given.formats.split(","):
            first = None
            for size in given.sizes.split(","):
                path = Path(folder) / f"train.{form}"
                large(path, int(float(size) * 1e9))
                took = cost([*AUDITOR, "scan", str(path), "--select", "INPUT", "--quiet"])
                path.unlink()
                first = first or took.peak
                told = f"{took.status:>5}{took.cpu:>9.1f}{took.wall:>9.1f}{took.peak / 2**20:>10.0f}{took.peak / first - 1:>+9.1%}"
                print(f"{size + ' GB ' + form:<16}{told}", flush=True)


if __name__ == "__main__":
    main()
