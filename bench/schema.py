"""Schema checks measured against peers on the same table in one run; writes its part of RESULTS.md.

usage: python bench/schema.py FOLDER [--turns 3] [--environments DIR] [--write]

Thirty rules (bench/tables.py) over 1,000,000 and 10,000,000 rows of twelve columns in Parquet, read and with all failing rows. Seconds
are of the processor, on one core, medians; loading libraries is counted apart. A peer runs in an environment of its own below DIR.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import tables
from costs import AUDITOR, cost

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
START, END = "<!-- bench/schema.py writes from here -->", "<!-- bench/schema.py to here -->"
MIB = 1 << 20
PINS = {
    "gx": ("great_expectations==1.24.1", "pandas==3.1.1", "pyarrow==26.0.1"),
    "pointblank": ("pointblank==1.1.1", "numpy==2.4.6", "polars==2.1.0", "pyarrow==26.0.1"),
    "pandera": ("pandera[polars]==0.35.0", "numpy==2.4.6", "polars==2.1.0", "pyarrow==26.0.1"),
}
NOTES = """\
The library call is `auditor.validation.direct.judged` on `direct.parquet`. A scan is the whole process tree, reading under limits and
writing every failing row (`--evidence`) included. Great Expectations on pandas: one `batch.validate` of the suite, COMPLETE, judges all
thirty rules. pointblank on polars judges 23 of them, pandera on polars 21: for the rest they have no check. All find the same failing rows
for the rules they have; pandera counts 1,497 failure cases."""


def main() -> None:
    """Measures, prints, and with --write keeps the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--environments", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    environments = given.environments or given.folder / "environments"
    small, large = (_made(given.folder / str(rows), rows) for rows in (1_000_000, 10_000_000))
    ours, ten = (_told([sys.executable], "ours", folder, turns) for folder, turns in ((small, given.turns), (large, 1)))
    scans = [_scan(folder) for folder in (small, large)]
    growth, more = ten["judge"] / ours["judge"], scans[1].cpu / scans[0].cpu
    rows = [
        _row("the library call, 1 M rows", _seconds(ours), ours["peak"], "≤ 0.5 s, ≤ 350 MiB"),
        _row("the library call, 10 M rows", f"{_seconds(ten)}, {growth:.1f}×", ten["peak"], "≤ 10.5×, ≤ 500 MiB"),
        _row("`auditor scan --select SCHM001 --evidence`, 1 M rows", f"{scans[0].cpu:.2f} s", scans[0].peak, ""),
        _row("the same, 10 M rows", f"{scans[1].cpu:.2f} s, {more:.1f}×", scans[1].peak, ""),
    ]
    for name in PINS:
        told = _told([_environment(environments, name)], name, small, given.turns)
        _agreed(name, told["found"], ours["found"])
        rows.append(_row(f"{name}, 1 M rows", f"{_seconds(told)}, {told['judge'] / ours['judge']:.1f}× ours", told["peak"], ""))
    text = _text(rows)
    print(text)
    if given.write:
        _kept(text)


def _row(work: str, took: str, peak: int, goal: str) -> str:
    return f"| {work} | {took} | {peak // MIB} MiB | {goal} |"


def _seconds(told: dict[str, Any]) -> str:
    return f"{told['judge']:.2f} s (+ {told['import']:.2f} s import)"


def _made(folder: Path, rows: int) -> Path:
    if not (folder / "suite.json").is_file():
        tables.write(folder / "data" / "train.parquet", rows)
        (folder / "suite.json").write_text(json.dumps(tables.suite()))
    return folder


def _told(python: list[str], name: str, folder: Path, turns: int) -> dict[str, Any]:
    """The median seconds of a peer's stages, its peak and what it found."""
    told = []
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(HERE.parent)}
    one |= {"ARROW_DEFAULT_MEMORY_POOL": "system"} if name == "ours" else {}
    with tempfile.TemporaryDirectory() as room:
        result = Path(room) / "told.json"
        for _ in range(turns):
            script = HERE / "peers" / f"run_schema_{name}.py"
            command = [*python, str(script), str(folder / "data" / "train.parquet"), str(result)]
            subprocess.run(command, check=True, env=os.environ | one, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            told.append(json.loads(result.read_text()))
    stages = {stage: statistics.median(each["seconds"][stage] for each in told) for stage in ("import", "judge")}
    return {**stages, "peak": max(each["peak"] for each in told), "found": told[0]["found"]}


def _agreed(name: str, found: dict[str, int], ours: dict[str, int]) -> None:
    for number, count in found.items():
        if number != "all" and count != ours[number]:
            raise SystemExit(f"{name} finds {count} rows for rule {number}, we {ours[number]}")


def _scan(folder: Path) -> Any:
    with tempfile.TemporaryDirectory() as room:
        options = ["--select", "SCHM001", "--schema", str(folder / "suite.json"), "--evidence", room, "--quiet"]
        took = cost([*AUDITOR, "scan", str(folder / "data"), *options])
    if took.status != 1:
        raise SystemExit(f"the scan ended with {took.status}")
    return took


def _environment(folder: Path, name: str) -> str:
    """The Python of a peer's environment, made where it is not there as pinned."""
    python, mark = folder / name / "bin" / "python", folder / name / "pins"
    if not mark.exists() or mark.read_text() != repr(PINS[name]):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / name)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINS[name]], check=True)
        mark.write_text(repr(PINS[name]))
    return str(python)


def _text(rows: list[str]) -> str:
    machine = f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    pins = ", ".join(pin for each in PINS.values() for pin in each[:1])
    head = "| thirty rules, read and all failing rows | processor time | peak | goal |\n| --- | --- | --- | --- |"
    return "\n".join(["## Schema: `python bench/schema.py FOLDER --write`", "", f"{machine}; {pins}.", "", head, *rows, "", NOTES])


def _kept(text: str) -> None:
    old = RESULTS.read_text()
    before, _, rest = old.partition(START)
    after = rest.partition(END)[2] if rest else ""
    RESULTS.write_text(f"{before.rstrip()}\n\n{START}\n{text}\n{END}\n{after.lstrip()}")


if __name__ == "__main__":
    main()
