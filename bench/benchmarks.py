"""The search for benchmark items in training data, measured: speed, recall of planted copies by kind, and what else is found.

usage: python bench/benchmarks.py CORPUS ITEMS [--copies 300] [--turns 1]

CORPUS is what corpus.py makes; ITEMS a folder of JSON lines (also .gz) with a `question`, perhaps an `answer`. Distinct questions are the
items. Copies are planted in the training side: an item as a record of its own, an item somewhere in a document of about 2,000 words, and
the same with another word put in before one word in twelve (items of 8 words or more). The rest of the corpus, in which there is much
boilerplate and hardly an item, tells what is found that was not planted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import runs
from corpus import WORD, inserted

SHORT = 8
"""An item of fewer words is short: found as a whole only."""

AROUND = 2000
"""Words of a document that an item is put into."""

RECORD, RECORD_SHORT, INSIDE, INSERTED = "a record of its own", "a record of its own, short", "inside", "inside, words inserted"


def items(folder: Path) -> list[dict[str, str]]:
    """The distinct questions below a folder, each with its first answer."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for path in sorted(folder.rglob("*.jsonl*")):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                words = tuple(WORD.findall(record["question"].lower()))
                if words:
                    found.setdefault(words, {"question": record["question"], "answer": str(record.get("answer") or "")})
    return list(found.values())


def planted(
    train: list[str], asked: Sequence[str], copies: int, chance: random.Random
) -> tuple[list[str], dict[tuple[int, int], str]]:
    """The training side with copies, and of which kind the copy in a row of an item is."""
    length = [len(WORD.findall(question)) for question in asked]
    long = chance.sample([number for number, words in enumerate(length) if words >= SHORT], 3 * copies)
    short = [number for number, words in enumerate(length) if words < SHORT]
    chosen = {RECORD: long[:copies], INSIDE: long[copies : 2 * copies], INSERTED: long[2 * copies :]}
    chosen[RECORD_SHORT] = chance.sample(short, min(copies, len(short)))
    vocabulary = [word for text in train[:2000] for word in WORD.findall(text)[:50]]
    rows, kinds = iter(chance.sample(range(len(train)), 3 * copies + len(chosen[RECORD_SHORT]))), {}
    made = list(train)
    for kind, numbers in chosen.items():
        for number in numbers:
            row, text = next(rows), asked[number]
            if kind in (INSIDE, INSERTED):
                text = within(train, inserted(text, 12, vocabulary, chance) if kind == INSERTED else text, chance)
            made[row] = text
            kinds[row, number] = kind
    return made, kinds


def within(train: Sequence[str], item: str, chance: random.Random) -> str:
    """The item somewhere between the words of training documents."""
    around: list[str] = []
    while len(around) < AROUND:
        around += chance.choice(train).split(" ")
    place = chance.randrange(len(around))
    return " ".join([*around[:place], item, *around[place:]])


def write(path: Path, records: Iterable[dict[str, str]]) -> None:
    """Records as JSON lines."""
    path.parent.mkdir()
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def main() -> None:
    """Prints what it took and what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("items", type=Path)
    parser.add_argument("--copies", type=int, default=300)
    parser.add_argument("--turns", type=int, default=1)
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sought = items(given.items)
    with (given.corpus / "jsonl" / "train.jsonl").open(encoding="utf-8") as lines:
        train = [json.loads(line)["text"] for line in lines]
    train, kinds = planted(train, [item["question"] for item in sought], given.copies, random.Random(1))
    size = sum(len(text.encode()) for text in train) / 1e6
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder / "data" / "train.jsonl", ({"text": text} for text in train))
        write(folder / "tenth" / "train.jsonl", ({"text": text} for text in train[::10]))
        tenth = sum(len(text.encode()) for text in train[::10]) / 1e6
        write(folder / "items" / "test.jsonl", sought)
        del train
        plain = runs.scan(folder / "data", given.turns, "--select", "INPUT")
        options = ("--select", "LEAK010", "--against", str(folder / "items"), "--evidence", str(folder / "evidence"))
        less = runs.scan(folder / "tenth", given.turns, *options)
        took = runs.scan(folder / "data", given.turns, *options)
        matches = pq.read_table(folder / "evidence" / "benchmarks.parquet")
        rows = matches.select(["left_row", "right_row", "kind", "rule"]).to_pylist()
    print(f"{len(sought):,} items, {size:.0f} MB of training text: {took.cpu:.2f} s of processor, {took.peak / 2**20:.0f} MiB", end=", ")
    print(f"{took.cpu - plain.cpu:.2f} s more than reading alone; {less.cpu:.2f} s for a tenth of the text", end=", ")
    print(f"so {(size - tenth) / (took.cpu - less.cpu):.0f} MB/s, reading included, once the items are indexed")
    found = {(row["left_row"], row["right_row"]): row["kind"] for row in rows}
    for kind, count in Counter(kinds.values()).items():
        there = Counter(found[place] for place, its in kinds.items() if its == kind and place in found)
        print(f"{kind}: {there.total()} of {count} found, {dict(there)}")
    holding = {row for row, _item in kinds}
    for told, held in (("other items in records with a copy", True), ("in records without", False)):
        others = [row for row in rows if (row["left_row"], row["right_row"]) not in kinds and (row["left_row"] in holding) is held]
        print(f"{told}: {len(others)}, by rule and kind {dict(Counter((row['rule'], row['kind']) for row in others))}")


if __name__ == "__main__":
    main()
