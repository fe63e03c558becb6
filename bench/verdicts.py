"""Whether verdicts depend on what else is judged at the same time: usage: python bench/verdicts.py [--runs 320] [--workers 8]

The thirty rules of bench/tables.py on two tables in turn, by so many threads of one process and by so many processes; each verdict with its
failing rows is compared with that of a run alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache

import pyarrow as pa
import tables

from auditor.doors.great_expectations import Sheet
from auditor.validation import direct

Verdicts = list[tuple[str, str, tuple[int, ...]]]


@cache
def sheet(which: int) -> pa.Table:
    """One of the two tables; they fail in other rows, and the second has an id twice."""
    found = tables.table(5_000, 100_000 * which)
    return pa.concat_tables([found, found.slice(7, which)])


def verdicts(which: int) -> Verdicts:
    """Rule, status and failing rows."""
    judged = direct.validate(tables.suite(), [Sheet(name="train", records=sheet(which), typed=True)], rows=700)
    return [(one.result.id, one.result.status, tuple(map(int, one.result.rows))) for one in judged]


def main() -> None:
    """Prints how many of the runs said anything else than a run alone."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--runs", type=int, default=320)
    parser.add_argument("--workers", type=int, default=8)
    given = parser.parse_args()
    alone = [verdicts(0), verdicts(1)]
    if alone[0] == alone[1]:
        raise SystemExit("the two tables must not be judged alike")
    spawned = multiprocessing.get_context("spawn")
    pools: dict[str, Executor] = {
        "threads": ThreadPoolExecutor(given.workers),
        "processes": ProcessPoolExecutor(given.workers, mp_context=spawned),
    }
    for name, pool in pools.items():
        with pool:
            wrong = sum(found != alone[run % 2] for run, found in enumerate(pool.map(verdicts, [run % 2 for run in range(given.runs)])))
        print(f"{given.runs} runs by {given.workers} {name}: {wrong} wrong")


if __name__ == "__main__":
    main()
