"""What a command costs: processor and wall time and peak memory, its children's included."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

AUDITOR = (sys.executable, "-m", "auditor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command took, its children's included: seconds of processor and of wall time, peak bytes of the whole process tree and of its
    largest process.
    """

    status: int
    cpu: float
    wall: float
    peak: int
    largest: int


def cost(command: Sequence[str], **environment: str) -> Cost:
    """Runs a command, its output dropped. Python may keep its byte code, as where a package is installed."""
    before, clock, peak = os.times(), time.perf_counter(), [0, 0]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=kept | environment)
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    status = process.wait()
    watcher.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(status=status, cpu=cpu, wall=time.perf_counter() - clock, peak=peak[0], largest=peak[1])


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    """The sum of what each process of the tree has in memory, a shared page counted in parts (PSS), fifty times a second."""
    while process.poll() is None:
        held = [_held(each) for each in _tree(process.pid)]
        peak[:] = max(peak[0], sum(held)), max(peak[1], *held)
        time.sleep(0.02)


def _tree(process: int) -> Iterator[int]:
    yield process
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = tasks.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _held(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
