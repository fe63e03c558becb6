"""Texts to measure with: words drawn by Zipf's law, the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


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
