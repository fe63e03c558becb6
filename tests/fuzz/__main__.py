"""`python -m tests.fuzz`: so many inputs of every target, a table of what became of them, exit status 1 if any did what none may do."""

from __future__ import annotations

import argparse
import queue
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TextIO

from .catalogue import TARGETS
from .supervisor import Child, Count, Fault
from .target import random_of

ROUNDS = 100
"""Every target gets its inputs in so many parts, so that a run that is cut short has been everywhere."""

KEPT = 3
"""Inputs that are saved of each kind of fault."""

Job = tuple[str, int, int]
"""Target, first input, number of inputs."""


@dataclass(slots=True, kw_only=True)
class Run:
    """A run: what it was told, what is left to do, what has been done."""

    seed: int
    until: float
    jobs: queue.SimpleQueue[Job]
    counts: dict[str, Count] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    told: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line says."""
    options = _options(arguments)
    if options.child:
        from .child import main as bear

        bear(Path(options.child))
        return 0
    if options.replay:
        with Child() as child:
            _say(str(child.replay(options.replay[0], Path(options.replay[1]))), sys.stdout)
        return 0
    weights = dict.fromkeys(options.only, 1) if options.only else {name: target.weight for name, target in TARGETS.items()}
    run = Run(seed=options.seed, until=time.monotonic() + options.seconds, jobs=queue.SimpleQueue())
    for job in jobs(weights, options.inputs, options.first):
        run.jobs.put(job)
    with ThreadPoolExecutor(options.workers) as pool:
        for done in [pool.submit(_worker, run) for _ in range(options.workers)]:
            done.result()
    return _report(run, options)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="inputs of all targets together (%(default)s)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no new inputs after so many seconds")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same inputs (%(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first input of each target (%(default)s)")
    parser.add_argument("--only", nargs="+", metavar="TARGET", choices=TARGETS, help=f"some of {', '.join(TARGETS)}")
    parser.add_argument("--workers", type=int, default=1, help="processes at a time (%(default)s)")
    parser.add_argument("--save", type=Path, help="folder for inputs that did what none may do (a temporary one)")
    parser.add_argument("--replay", nargs=2, metavar=("TARGET", "FILE"), help="what comes of one file, and nothing else")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def jobs(weights: Mapping[str, int], inputs: int, first: int) -> Iterator[Job]:
    """Parts of the inputs, in turns of the targets; each target's share is by its weight, and together they are `inputs`."""
    ends = [0, *accumulate(weights.values())]
    shares = [inputs * b // ends[-1] - inputs * a // ends[-1] for a, b in pairwise(ends)]
    for turn in range(ROUNDS):
        for target, share in zip(weights, shares, strict=True):
            begins, end = share * turn // ROUNDS, share * (turn + 1) // ROUNDS
            if end > begins:
                yield target, first + begins, end - begins


def _say(text: str, stream: TextIO) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def _worker(run: Run) -> None:
    with Child() as child:
        while time.monotonic() < run.until:
            try:
                target, first, count = run.jobs.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            done = child.work(target, run.seed, first, count)
            done.seconds = time.monotonic() - began
            with run.lock:
                run.counts[target] = run.counts.get(target, Count()) + done
                _progress(run, done)


def _progress(run: Run, done: Count) -> None:
    for fault in done.faults[:KEPT]:
        _say(f"{fault.kind}: {fault.target} --seed {fault.seed} --first {fault.number}: {fault.what} ({fault.message})", sys.stderr)
    if time.monotonic() - run.told > 5:
        run.told = time.monotonic()
        total = sum(run.counts.values(), Count())
        _say(f"{total.inputs:,} inputs, {len(total.faults):,} faults", sys.stderr)


def _report(run: Run, options: argparse.Namespace) -> int:
    """Saves what is needed to see the faults again, prints the table, gives the exit status."""
    total = sum(run.counts.values(), Count())
    names = [name for name in TARGETS if name in run.counts]
    heads = f"{'inputs':>10}{'accepted':>10}{'refused':>10}{'failures':>9}{'deaths':>7}{'inputs/s':>10}{'slowest':>9}"
    _say(f"{'target':<20}{heads}", sys.stdout)
    for name, count in [*((name, run.counts[name]) for name in names), ("all", total)]:
        cells = f"{count.inputs:>10,}{count.accepted:>10,}{count.refused:>10,}{count.of('failure', 'hang'):>9,}{count.of('death'):>7,}"
        _say(f"{name:<20}{cells}{count.inputs / max(count.seconds, 1e-9):>10,.0f}{count.slowest:>8.2f}s", sys.stdout)
    if total.faults:
        _saved(total.faults, options.save or Path(tempfile.mkdtemp(prefix="fuzz-faults-")))
    return int(total.of("failure", "hang") > 0)


def _saved(faults: Sequence[Fault], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kinds = Counter((fault.target, fault.kind, fault.what) for fault in faults)
    _say(f"\nfaults, {KEPT} inputs of each in {folder}", sys.stdout)
    for (target, kind, what), count in kinds.most_common():
        alike = [fault for fault in faults if (fault.target, fault.kind, fault.what) == (target, kind, what)][:KEPT]
        first = alike[0]
        _say(f"{count:>7,} {target} {kind}: {what}; for instance --seed {first.seed} --first {first.number}: {first.message}", sys.stdout)
        for fault in alike:
            data = TARGETS[target].make(random_of(target, fault.seed, fault.number))
            (folder / f"{target}--{fault.seed}-{fault.number}.{TARGETS[target].ending}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
