"""Audits one dataset under hash seeds, worker counts, Python versions, locales, time zones and orders of files: the report must be one.

usage: python bench/same.py [--seeds N] [--workers 1,2,4] [PYTHON ...]     (each a Python that has the project installed)
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from resume import dataset

LOCALES, ZONES = ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"), ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham")


def copied(source: Path, target: Path, backwards: bool) -> Path:
    """The same files, made in another order."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir(), reverse=backwards):
        (target / path.name).write_bytes(path.read_bytes())
    return target


def report(python: str, folder: Path, workers: int, environment: dict[str, str]) -> str:
    """The digest of the report without its field `run`."""
    command = [python, "-m", "auditor", "scan", str(folder), "-o", "json", "--workers", str(workers)]
    done = subprocess.run(command, capture_output=True, env=os.environ | environment, check=False)
    found = json.loads(done.stdout)
    del found["run"]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def main() -> None:
    """Prints how many different reports there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("pythons", nargs="*", default=[sys.executable])
    given = parser.parse_args()
    workers = [int(count) for count in given.workers.split(",")]
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        dataset(Path(temporary) / "made")
        orders = [copied(Path(temporary) / "made", Path(temporary) / str(place) / "data", bool(place)) for place in range(2)]
        for seed, count, python in itertools.product(range(given.seeds), workers, given.pythons):
            environment = {"PYTHONHASHSEED": str(seed), "LC_ALL": LOCALES[seed % 4], "TZ": ZONES[seed // 4 % 4]}
            found[report(python, orders[seed % 2], count, environment)] += 1
    print(f"{given.seeds} hash seeds x {len(workers)} worker counts x {len(given.pythons)} versions")
    print(f"{found.total()} audits, {len(found)} digest(s)")
    sys.exit(len(found) != 1)


if __name__ == "__main__":
    main()
