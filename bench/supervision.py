"""What it costs to read in a supervised child process: the same audit in one process without supervision, CPU seconds, medians.

usage: python bench/supervision.py [RUNS] [MEGABYTES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from costs import AUDITOR, cost
from synthetic import large

ASKED = ("--select", "LEAK", "--split", "train=train*", "--split", "test=test*", "--quiet")


class Unsupervised:
    """An engine that does the work in this process."""

    isolation: dict[str, object] = {}  # noqa: RUF012

    def __init__(self, *_settings: object, **_more: object) -> None:
        pass

    def __enter__(self) -> Unsupervised:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def map(self, jobs: Iterable[dict[str, str]]) -> Iterator[object]:
        """The answers to the jobs."""
        from auditor import worker

        for job in jobs:
            yield worker.MOMENTS[job["moment"]](job)

    def rest(self) -> None:
        """Nothing is held."""


def unsupervised(path: str) -> None:
    """The audit in this process alone."""
    from auditor import cli
    from auditor.engines import local

    local.LocalEngine = Unsupervised  # type: ignore[assignment,misc]
    cli.main(["scan", path, *ASKED])


def main() -> None:
    """Prints what both ways cost, and the difference."""
    runs, size = (int(given) for given in (*sys.argv[1:], *("5", "250")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder) / "train.jsonl", size * 1_000_000)
        large(Path(folder) / "test.jsonl", 1_000_000)
        ways = {"unsupervised": [sys.executable, __file__, "--here", folder], "supervised": [*AUDITOR, "scan", folder, *ASKED]}
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, command in ways.items():
                took[name].append(cost(command).cpu)
    here, there = (statistics.median(took[name]) for name in ways)
    print(f"{size} MB of JSON lines: unsupervised {here:.2f} s, supervised {there:.2f} s of CPU: {there - here:+.2f} s")
    print(f"goal: at most 0.25 s + 5 % = {0.25 + 0.05 * here:.2f} s")


if __name__ == "__main__":
    unsupervised(sys.argv[2]) if sys.argv[1:2] == ["--here"] else main()
