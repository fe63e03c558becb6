"""How long the command takes to start and to audit a small dataset: CPU and wall seconds, medians of whole processes.

usage: python bench/start_up.py [RUNS]     (with the Python that has the project installed, from the checkout)
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_data"
BROKEN = SAMPLES / "broken_schema"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "auditor --help": ["-m", "auditor", "--help"],
    "auditor license MIT": ["-m", "auditor", "license", "MIT"],
    "scan of documents alone": ["-m", "auditor", "scan", str(SAMPLES / "clean"), "--select", "LIC", "--quiet"],
    "scan without a suite": ["-m", "auditor", "scan", str(SAMPLES / "clean"), "--quiet"],
    "scan with a suite": ["-m", "auditor", "scan", str(BROKEN), "--quiet", "--schema", str(BROKEN / "suite.yaml")],
}


def measured(arguments: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of one run, its children's included."""
    before, clock = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, time.perf_counter() - clock


def main() -> None:
    """Prints a line a command."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'':<26}{'CPU s':>8}{'wall s':>8}   (medians of {runs}, after one run to warm up)")
    for name, arguments in COMMANDS.items():
        measured(arguments)
        cpu, wall = zip(*(measured(arguments) for _ in range(runs)), strict=True)
        print(f"{name:<26}{statistics.median(cpu):>8.3f}{statistics.median(wall):>8.3f}")


if __name__ == "__main__":
    main()
