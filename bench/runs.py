"""Runs of our own jobs, of whole scans and of peers, each in processes of its own, a peer in an environment of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import judge
from costs import AUDITOR, Cost, cost

HERE = Path(__file__).resolve().parent

PINS = {
    "datasketch": ("datasketch==2.0.0",),
    "rensa": ("rensa==0.5.0",),
    "gaoya": ("gaoya==0.2.2",),
    "text-dedup": ("text-dedup==0.4.0",),
    "datatrove": ("datatrove[processing]==0.10.1", "spacy==3.8.18"),
}
"""What is installed for a peer, whose dependencies are the newest that it allows."""

TEXT_DEDUP = {
    "path": "json",
    "split": "train",
    "column": "text",
    "batch_size": "10000",
    "threshold": "0.8",
    "ngram": "5",
    "min_length": "1",
    "num_perm": "128",
    "hash_func": "xxh3",
    "hash_bits": "32",
    "num_proc": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The corpus, the folder of the peers' environments, and the one that results are left in."""

    corpus: Path
    environments: Path
    results: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A work done: the median seconds of each stage, the peak of the process in bytes, where it left its pairs."""

    seconds: Mapping[str, float]
    peak: int
    result: Path

    def sum(self, *without: str) -> float:
        """The seconds of all stages but these."""
        return sum(taken for stage, taken in self.seconds.items() if stage not in without)

    def found(self, kind: str) -> judge.I64:
        """The pairs of this kind."""
        return judge.pairs(Path(f"{self.result}.{kind}"))


def ours(place: Place, job: str, turns: int) -> Run:
    """A job of ours.py, the median of its turns."""
    result = place.results / f"ours-{job}"
    _ran([sys.executable, str(HERE / "ours.py"), str(place.corpus), str(result), job, str(turns)])
    told = _told(result)
    return Run(seconds={name: statistics.median(taken) for name, taken in told["seconds"].items()}, peak=told["peak"], result=result)


def peer(place: Place, name: str, turns: int, documents: int, *more: str) -> Run:
    """A peer's script over so many training documents, so many times, the median of each stage."""
    script, result, told = HERE / "peers" / f"run_{name}.py", place.results / name, []
    for _ in range(turns):
        _ran([_environment(place, name), str(script), str(place.corpus / "jsonl"), str(result), str(documents), *more])
        told.append(_told(result))
    stages = {stage: statistics.median(each["seconds"][stage] for each in told) for stage in told[0]["seconds"]}
    return Run(seconds=stages, peak=max(each["peak"] for each in told), result=result)


def text_dedup(place: Place) -> Cost:
    """The command of text-dedup over both splits as one, its caches empty."""
    python, caches = _environment(place, "text-dedup"), place.results / "text-dedup"
    files = {"data_files": str(place.corpus / "jsonl" / "*.jsonl"), "cache_dir": str(caches / "cache"), "output": str(caches / "kept")}
    options = [part for name, value in (TEXT_DEDUP | files).items() for part in (f"--{name}", value)]
    took = cost([python, "-m", "text_dedup.minhash", *options], HF_HUB_OFFLINE="1", HF_HOME=str(caches))
    if took.status:
        raise SystemExit(f"text-dedup ended with {took.status}")
    print(f"{took.wall:6.0f} s  text-dedup", file=sys.stderr)
    return took


def scan(folder: Path, turns: int, *options: str) -> Cost:
    """The whole command with kernels made before, so many times after one to warm up: that of the median processor time."""
    command = [*AUDITOR, "scan", str(folder), "--quiet", *options]
    runs = [cost(command, AUDITOR_KERNELS="native") for _ in range(turns + 1)]
    if any(each.status not in (0, 1) for each in runs):
        raise SystemExit(f"{' '.join(command)} ended with {runs[0].status}")
    print(f"{sum(each.wall for each in runs):6.0f} s  scan {' '.join(options)}", file=sys.stderr)
    return sorted(runs[1:], key=lambda each: each.cpu)[turns // 2]


def _environment(place: Place, name: str) -> str:
    """The Python of a peer's environment, made where it is not there as pinned."""
    folder = place.environments / name
    python, mark = folder / "bin" / "python", folder / "pins"
    if not mark.exists() or mark.read_text() != repr(PINS[name]):
        _ran([sys.executable, "-m", "venv", "--clear", str(folder)])
        _ran([str(python), "-m", "pip", "install", "--quiet", *PINS[name]])
        mark.write_text(repr(PINS[name]))
    return str(python)


def _ran(command: Sequence[str]) -> None:
    """Runs a command; its output is shown only where it fails."""
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout.decode(errors='replace')[-3000:]}")
    print(f"{time.monotonic() - started:6.0f} s  {' '.join(Path(each).name for each in command[1:])}", file=sys.stderr)


def _told(result: Path) -> Any:
    return json.loads(Path(f"{result}.json").read_text())
