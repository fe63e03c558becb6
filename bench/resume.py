"""Kills audits with SIGKILL at random moments and lets them go on: the report must be that of an undisturbed audit, byte for byte.

usage: python bench/resume.py [KILLS] [SEED]
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from costs import AUDITOR
from synthetic import texts

from auditor.partials import PREFIX, Partials

SHARDS = 12


def dataset(folder: Path) -> None:
    """Some shards in several formats, with leaks, duplicates and refused records."""
    folder.mkdir()
    shared = texts(300, 30, 1000)
    for number in range(SHARDS):
        split = "test" if number % 4 == 0 else "train"
        rows = texts(1500, 30, number) + shared[number * 20 : number * 20 + 60]
        stem = folder / f"{split}-{number:02d}"
        if number % 3 == 0:
            pq.write_table(pa.table({"text": rows}), f"{stem}.parquet")
        elif number % 3 == 1:
            lines = [json.dumps({"text": row}) for row in rows]
            Path(f"{stem}.jsonl").write_text("\n".join([*lines, '{"text": "cut', ""]))
        else:
            Path(f"{stem}.csv").write_text("\n".join(["text", *rows, "one,too many", ""]))


def command(folder: Path, work: Path, out: Path) -> list[str]:
    """The audit."""
    outputs = ["-o", f"json:{out / 'report.json'}", "-o", f"html:{out / 'report.html'}", "--evidence", str(out / "evidence")]
    return [*AUDITOR, "scan", str(folder), "--work-dir", str(work), "--workers", "2", "--quiet", *outputs]


def digest(out: Path) -> str:
    """Of all that the audit wrote, without the field `run`."""
    report = json.loads((out / "report.json").read_text())
    del report["run"]
    state = hashlib.sha256(json.dumps(report, sort_keys=True).encode())
    for path in sorted((out / "evidence").iterdir()):
        state.update(path.name.encode() + path.read_bytes())
    return state.hexdigest()


def torn(out: Path) -> int:
    """How many of the files that are there are not whole."""
    found = 0
    for path in out.rglob("*") if out.exists() else ():
        try:
            if path.suffix == ".json":
                json.loads(path.read_bytes())
            elif path.suffix == ".parquet":
                pq.read_table(path)
            elif path.suffix == ".html":
                assert path.read_text().rstrip().endswith("</html>")
        except (ValueError, AssertionError, pa.ArrowException, OSError):
            found += 1
    return found


def orphans(work: Path, out: Path, room: Path) -> int:
    """How many files are left that belong to nothing."""
    before = set(work.iterdir())
    Partials(work, durable=True).sweep()
    left = len(before - set(work.iterdir()))
    return left + len(list(room.glob(f"{PREFIX}*"))) + sum(path.name.endswith(".tmp") for path in out.rglob("*"))


def main() -> None:
    """Prints how many audits went on to the same bytes, and what was torn or left."""
    kills, seed = (int(given) for given in (*sys.argv[1:], *("200", "1")[len(sys.argv) - 1 :]))
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder, room = Path(temporary), Path(temporary) / "tmp"
        room.mkdir()
        environment = os.environ | {"TMPDIR": str(room)}
        dataset(folder / "data")
        clock = time.perf_counter()
        subprocess.run(command(folder / "data", folder / "fresh-work", folder / "fresh"), env=environment, check=False)
        usual = time.perf_counter() - clock
        wanted, same, broken, left, early = digest(folder / "fresh"), 0, 0, 0, 0
        for number in range(kills):
            work, out = folder / f"work-{number}", folder / f"out-{number}"
            out.mkdir()
            child = subprocess.Popen(command(folder / "data", work, out), env=environment)
            try:
                child.wait(timeout=chance.uniform(0, usual))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                early += 1
            broken += torn(out)
            subprocess.run(command(folder / "data", work, out), env=environment, check=False)
            same += digest(out) == wanted
            left += orphans(work, out, room)
            subprocess.run(["rm", "-rf", str(work), str(out)], check=True)
    print(f"{kills} audits of {usual:.1f} s, {early} of them killed before their end")
    print(f"{same} went on to the same bytes, {broken} torn files, {left} orphans")
    sys.exit(same != kills or broken > 0 or left > 0)


if __name__ == "__main__":
    main()
