"""Leakage detection measured against every peer that installs, on the same documents in one run; writes its part of RESULTS.md.

usage: python bench/leakage.py CORPUS [--peers NAME,...] [--turns 3] [--environments DIR] [--write]

CORPUS is what corpus.py makes. One core, processor time (user and system of the whole process tree), medians. A peer runs in an environment
of its own below DIR, with the versions pinned in runs.py. What a tool finds is judged by the exact truth of its own definition: ours by
norm-v1, the others' by word 5-grams of `\\w+` in lower case.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import judge
import runs
from runs import Place, Run

RESULTS = runs.HERE / "RESULTS.md"
START, END = "<!-- bench/leakage.py writes from here -->", "<!-- to here -->"
HEAD = """\
| work; compared with | ours | the other | ratio | goal | recall / precision | of the other |
| --- | --- | --- | --- | --- | --- | --- |"""

THRESHOLD, MIB = 0.8, 1 << 20

FEW = 10_000
"""Documents given to a peer that takes minutes for all."""

COMPARED = (
    ("cross", "datasketch", "≥ 80×"),
    ("cross", "rensa", "≥ 22×"),
    ("cross", "gaoya", "≥ 19×"),
    ("numpy", "datasketch", "≥ 8×"),
    ("all", "datasketch", ""),
    ("all-bands", "datasketch", "≥ 45×"),
)
WORKS = {
    "cross": "(a) across splits, J ≥ 0.8, texts in memory to verified pairs",
    "numpy": "(k) the same by the NumPy kernels",
    "all": "(d) all pairs, J ≥ 0.8, texts in memory to verified pairs, exact",
    "all-bands": "(d) the same by MinHash bands (`--join lsh`), verified",
}

NOTES = """\
Seconds are of the processor (user and system), on one core, medians: in memory of turns after two others, else of processes; a ratio is
the other's time by ours unless the goal is an upper bound.
Recall and precision are those of the pairs with J ≥ 0.8 against exact joins, by norm-v1 for us, by `\\w+` in lower case for the others.
datasketch: shingles by Python, `MinHash.bulk` and `MinHashLSH(threshold=0.8, num_perm=128)`, candidates. rensa: shingles by Python,
`RMinHash.from_token_sets` (128), `RMinHashLSH` of 32 bands, candidates of similarity ≥ 0.8. gaoya: its own words, 32 bands of 4, 32 bits.
text-dedup: its command over both splits (xxh3, 128 permutations, one process), clusters. datatrove: signatures, buckets (14 of 8) and
clusters. A scan is the whole process tree, the kernels and Python's byte code made before. Of a cluster above 100 documents we list only
the pairs with its representative, so its others are left out of our recall; across splits we look for contained texts in the same pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where things are, how often each work is done, which peers take part, documents of each split, the true pairs by both definitions."""

    place: Place
    turns: int
    peers: Sequence[str]
    train: int
    test: int
    norm: judge.Truth
    words: judge.Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: the work, what it took us and the other, their ratio and the goal, and what each found."""

    work: str
    ours: str
    other: str = ""
    ratio: str = ""
    goal: str = ""
    found: str = ""
    other_found: str = ""

    def __str__(self) -> str:
        return f"| {self.work} | {self.ours} | {self.other} | {self.ratio} | {self.goal} | {self.found} | {self.other_found} |"


def compared(work: str, own: float, other: float, goal: str, found: judge.Judged | str = "", other_found: judge.Judged | str = "") -> Row:
    """A row of two times; the ratio is of ours to the other's where the goal is an upper bound."""
    ratio = own / other if goal.startswith("≤") else other / own
    return Row(
        work=work,
        ours=f"{own:.3g} s",
        other=f"{other:.3g} s",
        ratio=f"{ratio:.1f}×" if ratio >= 10 else f"{ratio:.2f}×",
        goal=goal,
        found=str(found),
        other_found=str(other_found),
    )


def in_memory(bench: Bench) -> Iterator[Row]:
    """Texts in memory to pairs, against those who find pairs; then against reading the same text from Parquet."""
    own = {job: runs.ours(bench.place, job, bench.turns) for job in WORKS}
    finders = [name for name in ("datasketch", "rensa", "gaoya") if name in bench.peers]
    others = {name: runs.peer(bench.place, name, bench.turns, bench.train) for name in finders}
    for job, name, goal in COMPARED:
        if name in others:
            run, other = own[job], others[name]
            took = other.sum("parse", "query test") if job.startswith("all") else other.sum("parse", "insert test", "query all")
            mine, theirs = (bench.norm.every, bench.words.every) if job.startswith("all") else (bench.norm.cross, bench.words.cross)
            found = judge.judged(run.found("pairs"), mine, mine)
            other_found = judge.judged(other.found("all" if job.startswith("all") else "cross"), theirs)
            yield compared(f"{WORKS[job]}; {name}", run.sum(), took, goal, found, other_found)
    read = runs.ours(bench.place, "read", bench.turns).sum()
    yield compared("(e) as (a); pyarrow reading the Parquet text column", own["cross"].sum(), read, "≤ 2.2×")
    if "datasketch" in others:
        yield from whole_scan(bench, others["datasketch"])


def whole_scan(bench: Bench, datasketch: Run) -> Iterator[Row]:
    """The whole command over JSON lines: its time, its memory, and whether that grows with the training side."""
    folder, evidence = bench.place.corpus / "jsonl", bench.place.results / "evidence"
    took = runs.scan(folder, bench.turns, "--select", "LEAK", "--evidence", str(evidence))
    near, contained = judge.scanned(evidence, bench.norm, bench.train)
    other = datasketch.sum("insert test", "query all")
    found = judge.judged(datasketch.found("cross"), bench.words.cross)
    yield compared("(b) `auditor scan --select LEAK` from JSONL; datasketch, parsing included", took.cpu, other, "≥ 40×", near, found)
    yield Row(work="(l) the same: contained pairs", ours=f"{contained.there:,} pairs", found=str(contained))
    few = bench.place.results / "few"
    few.mkdir()
    (few / "test.jsonl").symlink_to((folder / "test.jsonl").resolve())
    with (folder / "train.jsonl").open("rb") as lines, (few / "train.jsonl").open("wb") as some:
        some.writelines(line for number, line in enumerate(lines) if number < bench.train // 4)
    less = runs.scan(few, 1, "--select", "LEAK")
    told = f"{took.peak / MIB:.0f} MiB, largest process {took.largest / MIB:.0f}"
    yield Row(
        work="(g) the same: peak of the process tree; with a quarter of the training side",
        ours=told,
        other=f"{less.peak / MIB:.0f} MiB, largest process {less.largest / MIB:.0f}",
        goal="≤ 512 MiB, largest ≤ 350",
    )


def against_commands(bench: Bench) -> Iterator[Row]:
    """Whole commands that look for duplicates among all documents."""
    if "text-dedup" in bench.peers:
        took = runs.scan(bench.place.corpus / "jsonl", bench.turns, "--select", "LEAK,DUP")
        work, other = "(c) `auditor scan --select LEAK,DUP` from JSONL; text-dedup's command", runs.text_dedup(bench.place).cpu
        yield compared(work, took.cpu, other, "≥ 50×", "", "clusters")
    if "datatrove" in bench.peers:
        own = runs.ours(bench.place, "all", 1).sum() / (bench.train + bench.test)
        some = min(FEW, bench.train)
        other = runs.peer(bench.place, "datatrove", 1, some).sum("parse") / (some + bench.test)
        work = f"all pairs, seconds for 10⁵ documents; datatrove, measured on {some + bench.test:,}"
        yield compared(work, own * 1e5, other * 1e5, "", "", "clusters")


def of_kernels(bench: Bench) -> Iterator[Row]:
    """Sketches against another kernel, characters against words, two threads against one, short documents."""
    sketches = runs.ours(bench.place, "sketches", bench.turns)
    if "rensa" in bench.peers:
        other = runs.peer(bench.place, "rensa", 1, 1, f"{sketches.result}.hashes")
        kernel = sorted(taken for stage, taken in other.seconds.items() if stage.startswith("kernel"))[1]
        told = f"(f) 128 permutations of the same hashed shingles ({sketches.seconds['ns a shingle']:.1f} ns each); rensa's RMinHash"
        yield compared(told, sketches.seconds["sketches"], kernel, "≥ 1.2×")
    hashed = runs.ours(bench.place, "hashes", bench.turns).seconds
    yield compared("(j) texts to shingle sets, char:5; word:5", hashed["char:5"], hashed["word:5"], "≤ 2.5×")
    for job, goal in (("short-cross", "≤ 2 s"), ("short-all", "≤ 5 s")):
        run = runs.ours(bench.place, job, bench.turns)
        work = "across splits" if job == "short-cross" else "all pairs"
        yield Row(work=f"(i) {5 * (bench.train + bench.test):,} short documents, {work}, word:5", ours=f"{run.sum():.3g} s", goal=goal)


def threaded(bench: Bench) -> Row:
    """Two threads against one, by the clock: the one figure that needs two free cores."""
    clock = runs.ours(bench.place, "threads", bench.turns).seconds
    return compared("(h) texts to shingle sets by two threads; by one (seconds of the clock)", clock["2"], clock["1"], "≥ 1.7×")


def measured(bench: Bench) -> Iterator[Row]:
    """All rows. The process and its children are bound to one core, but where threads are measured."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    for part in (in_memory, against_commands, of_kernels):
        yield from part(bench)
    os.sched_setaffinity(0, cores)
    if len(cores) > 1:
        yield threaded(bench)


def replaced(text: str, section: str) -> str:
    """The text with the part between the marks replaced, added at its end where there are none."""
    before, _, rest = text.partition(START)
    parts = (before.strip(), f"{START}\n{section}\n{END}", rest.partition(END)[2].strip())
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    """Prints each row as it is measured; with --write, puts the table into RESULTS.md."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "auditor-bench"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--peers", default=",".join(runs.PINS))
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--environments", type=Path, default=cache / "peers")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    made = json.loads((given.corpus / "manifest.json").read_text())
    documents = made["documents"]
    truths = [judge.truth(given.corpus / f"{name}.parquet", documents["train"], THRESHOLD) for name in ("truth", "truth-words")]
    with tempfile.TemporaryDirectory() as results:
        place = Place(corpus=given.corpus.resolve(), environments=given.environments.resolve(), results=Path(results))
        bench = Bench(place=place, turns=given.turns, peers=given.peers.split(","), **documents, norm=truths[0], words=truths[1])
        rows = []
        for row in measured(bench):
            print(row, flush=True)
            rows.append(str(row))
    size = f"{sum(documents.values()):,} documents, {made['bytes'] / 1e6:.0f} MB of text, {len(truths[0].every):,} pairs with J ≥ 0.8"
    across = f"{len(truths[0].cross):,} across splits; {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    versions = ", ".join(pin.replace("==", " ") for name in bench.peers for pin in runs.PINS[name])
    title = "## Leakage: `python bench/corpus.py CORPUS` and `python bench/leakage.py CORPUS --write`"
    section = "\n".join([title, "", f"{size}, {across}; {versions}.", "", HEAD, *rows, "", NOTES])
    if given.write:
        RESULTS.write_text(replaced(RESULTS.read_text(encoding="utf-8"), section), encoding="utf-8")
        print(f"written into {RESULTS.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
