"""One piece of our own work on the corpus, in a process of its own: processor time of each turn, peak memory, the pairs.

usage: python bench/ours.py CORPUS RESULT JOB TURNS     (called by leakage.py; kernels that are not in the cache are made first)
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.doors import python
from auditor.kernels import compare, minhash, native
from auditor.kernels.pairing import CONTAINED, Listed
from auditor.kernels.shingles import shingled
from auditor.kernels.texts import Texts, of_arrow

Seconds = Mapping[str, list[float]]

THRESHOLD, WORDS, CHARACTERS = 0.8, "word:5", "char:5"


def texts(folder: Path, *splits: str) -> Texts:
    """The texts of these splits, one after the other, in memory."""
    tables = [pa.ipc.open_file(folder / f"{split}.arrow").read_all() for split in splits]
    return of_arrow(pa.concat_arrays([chunk for table in tables for chunk in table.column("text").chunks]))


def timed(turns: int, work: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> tuple[list[float], Any]:
    """Seconds of each turn (of the processor: all threads and the system included), and what the last one gave. Two turns before them
    are not counted: in a virtual machine it takes the system long to give a process its memory for the first time.
    """
    taken = []
    for _ in range(2 + turns):
        started = clock()
        found = work()
        taken.append(clock() - started)
    return taken[2:], found


def cross(corpus: Path, result: Path, turns: int, form: str = "arrow") -> Seconds:
    """Arrow buffers to verified pairs across the splits: identical, near and contained ones."""
    train, test = texts(corpus / form, "train"), texts(corpus / form, "test")
    taken, pairs = timed(turns, lambda: compare.between(train, test, WORDS, THRESHOLD))
    write(result, pairs, len(train))
    return {"cross": taken}


def every(corpus: Path, result: Path, turns: int, form: str = "arrow", join: str = "exact") -> Seconds:
    """Arrow buffers to verified pairs among all documents."""
    both = texts(corpus / form, "train", "test")
    taken, pairs = timed(turns, lambda: compare.among(both, WORDS, THRESHOLD, join))
    write(result, pairs, 0)
    return {"all": taken}


def write(result: Path, pairs: Listed, border: int) -> None:
    """Writes the identical and near pairs as two int64 each, numbered through train and then test, and the contained ones."""
    both, contained = np.stack([pairs.left, pairs.right + border], axis=1), pairs.relation == CONTAINED
    Path(f"{result}.pairs").write_bytes(both[~contained].tobytes())
    Path(f"{result}.contained").write_bytes(both[contained].tobytes())


def read(corpus: Path, _result: Path, turns: int) -> Seconds:
    """pyarrow reading the text column of the Parquet files, with one thread."""
    files = [corpus / "parquet" / f"{split}.parquet" for split in ("train", "test")]
    return {"read": timed(turns, lambda: [pq.read_table(file, columns=["text"], use_threads=False) for file in files])[0]}


def hashes(corpus: Path, _result: Path, turns: int) -> Seconds:
    """Texts to shingle sets, by words and by characters."""
    both = texts(corpus / "arrow", "train", "test")
    return {shingle: timed(turns, partial(shingled, both, shingle))[0] for shingle in (WORDS, CHARACTERS)}


def threads(corpus: Path, _result: Path, turns: int) -> Seconds:
    """Texts to shingle sets by one thread and by two: seconds of the clock."""
    both = texts(corpus / "arrow", "train", "test")
    return {str(count): timed(turns, partial(shingled, both, WORDS, threads=count), time.perf_counter)[0] for count in (1, 2)}


def sketches(corpus: Path, result: Path, turns: int) -> Seconds:
    """The sketches of shingles that are hashed already; the hashes are left for the kernel of another."""
    sets = shingled(texts(corpus / "arrow", "train", "test"), WORDS).shingles
    folder = Path(f"{result}.hashes")
    folder.mkdir(exist_ok=True)
    (folder / "hashes").write_bytes(sets.values.tobytes())
    (folder / "offsets").write_bytes(sets.offsets.tobytes())
    taken, _ = timed(turns, partial(minhash.sketches, sets, *minhash.permutations()))
    return {"sketches": taken, "ns a shingle": [1e9 * each / len(sets.values) for each in taken]}


JOBS: Mapping[str, Callable[[Path, Path, int], Seconds]] = {
    "cross": cross,
    "all": every,
    "all-bands": partial(every, join="lsh"),
    "numpy": cross,
    "short-cross": partial(cross, form="short"),
    "short-all": partial(every, form="short", join="lsh"),
    "read": read,
    "hashes": hashes,
    "threads": threads,
    "sketches": sketches,
}


def load() -> None:
    """Loads the machine code, made first where it is not there."""
    path = native.cached()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(python.command("auditor.kernels.native.build", str(path)), check=True)
    native.load(path)


def main() -> None:
    """Does the job; RESULT.json gets the seconds of each turn and the peak of the process in bytes, RESULT.pairs the pairs."""
    corpus, result, job, turns = sys.argv[1:]
    if job != "numpy":
        load()
    seconds = JOBS[job](Path(corpus), Path(result), int(turns))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    Path(f"{result}.json").write_text(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main()
