"""What the licences of records cost: a column of twelve different values, in CPU seconds on one core, beside what others would do.

usage: python bench/license_column.py [ROWS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from costs import AUDITOR, cost

from auditor.check import of_shard
from auditor.checks.license_records import LicenseRecords
from auditor.dataset import Batch, Dataset, Shard, ShardResult, Split
from auditor.licenses.resolution import resolve

VALUES = (
    *("CC-BY-4.0", "CC-BY-NC-4.0", "mit", "Apache-2.0", "cc0-1.0", "CC BY-SA 4.0", "odc-by", "BSD-3-Clause", "cc", "unknown"),
    *("https://creativecommons.org/licenses/by/3.0/", "Creative Commons Attribution-NonCommercial 4.0 International"),
)
TURNS, BATCH = 5, 10_000


def ours(batches: list[pa.RecordBatch]) -> int:
    """Observes and concludes, as an audit does."""
    check = LicenseRecords()
    shard = Shard(path="train.parquet", file="", split="train", format="parquet")
    dataset = Dataset(
        name="d", splits=(Split(name="train", shards=(shard,)),), results=(ShardResult(shard=shard, rows=sum(map(len, batches))),)
    )
    context = check.prepare(dataset)
    assert isinstance(context, Mapping)
    seen, start = [], 0
    for records in batches:
        seen.append(check.observe(Batch(shard=shard, start=start, records=records), context))
        start += len(records)
    total = of_shard(pa.concat_tables(seen), 0)
    return len(check.conclude(total, {**context, "after": None}, dataset).findings)


def counted(batches: list[pa.RecordBatch]) -> int:
    """The values and how often each is there, by pyarrow alone."""
    return len(pa.chunked_array([each.column(0) for each in batches]).value_counts())


def loop(batches: list[pa.RecordBatch]) -> int:
    """A loop over the values in Python; each different one is understood once."""
    licences = Counter[str | None]()
    known: dict[str, str | None] = {}
    for records in batches:
        for value in records.column(0).to_pylist():
            if value not in known:
                known[value] = resolve(value).expression
            licences[known[value]] += 1
    return len(licences)


def median(work: Callable[[list[pa.RecordBatch]], Any], batches: list[pa.RecordBatch]) -> float:
    """The median of some turns, in CPU seconds."""
    took = []
    for _ in range(TURNS):
        began = time.process_time()
        work(batches)
        took.append(time.process_time() - began)
    return statistics.median(took)


def main() -> None:
    """Prints a line a way, for plain and for dictionary-encoded values."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    codes = np.random.default_rng(0).integers(0, len(VALUES), rows).astype(np.int32)
    encoded = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(VALUES))
    print(f"{rows:,} records, {len(VALUES)} different values; CPU seconds, medians of {TURNS}")
    for name, column in (("plain", encoded.cast(pa.string())), ("dictionary", encoded)):
        batches = pa.table({"license": column}).to_batches(max_chunksize=BATCH)
        took = {way.__name__: median(way, batches) for way in (ours, counted, loop)}
        print(
            f"{name:<12}"
            + "".join(f"{way} {seconds:.3f} s  " for way, seconds in took.items())
            + f"loop / ours {took['loop'] / took['ours']:.1f}"
        )
    with tempfile.TemporaryDirectory() as temporary:
        scans = {}
        for name, size in (("one", 1), ("all", rows)):
            folder = Path(temporary) / name
            folder.mkdir()
            pq.write_table(pa.table({"license": encoded.cast(pa.string())[:size]}), folder / "train.parquet")
            command = [*AUDITOR, "scan", str(folder), "--select", "LIC", "--quiet"]
            scans[name] = statistics.median(cost(command).cpu for _ in range(3))
    print(f"scan --select LIC: {scans['all']:.2f} s, of one record {scans['one']:.2f} s")


if __name__ == "__main__":
    main()
