"""Texts to measure with: words drawn by Zipf's law, the same for the same seed; and what a command costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AUDITOR = (sys.executable, "-m", "auditor")


def texts(rows: int, words: int, seed: int) -> list[str]:
    """`rows` texts of `words` words in the mean, of a vocabulary of 60,000."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, 60_001) ** 1.05
    vocabulary = np.array([np.base_repr(7919 * rank % 60_000_017, 36).lower() for rank in range(1, 60_001)])
    lengths = rng.integers(words // 2, words * 3 // 2, rows)
    drawn = vocabulary[np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(int(lengths.sum())))]
    ends = np.cumsum(lengths)
    return [" ".join(drawn[end - length : end]) for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)]


def shards(folder: Path, rows: int, words: int, count: int) -> None:
    """A dataset of `count` Parquet shards for training with `rows` rows in all, and a test split of a hundredth of them."""
    folder.mkdir(parents=True)
    for number in range(count):
        pq.write_table(pa.table({"text": texts(rows // count, words, number)}), folder / f"train-{number:05d}.parquet")
    pq.write_table(pa.table({"text": texts(rows // 100, words, count)}), folder / "test-00000.parquet")


def large(path: Path, size: int) -> None:
    """A file of about `size` bytes in the format of its ending; a block of 64 MB is written again and again."""
    block = texts(200_000, 50, 0)
    if path.suffix == ".parquet":
        table = pa.table({"id": np.arange(len(block)), "text": block})
        with pq.ParquetWriter(path, table.schema, compression="none", use_dictionary=False) as writer:
            while path.stat().st_size < size:
                writer.write_table(table, row_group_size=50_000)
        return
    lines = (json.dumps({"id": n, "text": text}) if path.suffix == ".jsonl" else f"{n},{text}" for n, text in enumerate(block))
    data = "\n".join(lines).encode() + b"\n"
    with path.open("wb") as stream:
        stream.write(b"" if path.suffix == ".jsonl" else b"id,text\n")
        while stream.tell() < size:
            stream.write(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command took, its children's included: seconds of processor and of wall time, peak bytes of the whole process tree."""

    status: int
    cpu: float
    wall: float
    peak: int


def cost(command: Sequence[str], **environment: str) -> Cost:
    """Runs a command, its output dropped."""
    before, clock, peak = os.times(), time.perf_counter(), [0]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | environment)
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    status = process.wait()
    watcher.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(status=status, cpu=cpu, wall=time.perf_counter() - clock, peak=peak[0])


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    """The sum of what each process of the tree has in memory, a shared page counted in parts (PSS), fifty times a second."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(_held(each) for each in _tree(process.pid)))
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
