"""Labels that are made wrong on purpose: how many of them an audit doubts, and how many others; cleanlab on the same probabilities.

usage: python bench/labels.py [FOLDER TEXT LABEL]...

Always 200 of 20,000 records in ten classes that are easily told apart; of each FOLDER of CSV files two in a hundred, where what was wrong
before is counted among the others. cleanlab is `pip install dataset-auditor[labels]`.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from costs import AUDITOR, cost

from auditor.check import of_shard
from auditor.checks.labels import Labels
from auditor.dataset import Dataset, Roles, ShardResult, Tally
from auditor.quality.labelled import Labelled
from auditor.quality.mislabelled import Fitted, fit
from auditor.sources import open_shard
from auditor.sources.folder import find

Records = list[tuple[str, str]]


def easy(count: int, classes: int = 10) -> Records:
    """Texts of twelve words, six of them of 60 words of the record's class."""
    chance = random.Random(7)
    topics = [chance.sample(range(2000), 60) for _ in range(classes)]
    kinds = [chance.randrange(classes) for _ in range(count)]
    return [(" ".join(f"w{n}" for n in chance.choices(topics[kind], k=6) + chance.choices(range(2000), k=6)), str(kind)) for kind in kinds]


def read(folder: Path, text: str, label: str) -> Records:
    """The records of all CSV files of a folder."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found += [(row[text], row[label]) for row in csv.DictReader(stream)]
    return found


def spoilt(records: Records, count: int) -> tuple[Records, Mapping[int, str]]:
    """The records with `count` labels replaced by other ones, and the right ones of these by row."""
    chance = random.Random(11)
    labels = sorted({label for _, label in records})
    right = {row: records[row][1] for row in chance.sample(range(len(records)), count)}
    given = [(text, chance.choice([each for each in labels if each != label]) if row in right else label)
             for row, (text, label) in enumerate(records)]  # fmt: skip
    return given, right


def told(name: str, found: Sequence[tuple[int, str]], right: Mapping[int, str], seconds: float) -> str:
    """A line of the table."""
    planted = sum(row in right for row, _ in found)
    as_it_was = sum(right.get(row) == suggested for row, suggested in found)
    others = len(found) - planted
    return f"  {name:22} {planted:4} of {len(right)} planted ({as_it_was} with the right label), {others} others, {seconds:.1f} s CPU"


def audited(folder: Path) -> tuple[list[tuple[int, str]], float, float]:
    """What an audit doubts, as rows with the label that it suggests; what it cost, and what one cost that leaves this out."""
    command = [*AUDITOR, "scan", str(folder / "data"), "--label", "label", "--text", "text", "--quiet"]
    cpu = cost([*command, "--select", "QUAL022", "--evidence", str(folder / "evidence")]).cpu
    without = cost([*command, "--select", "QUAL020"]).cpu
    table = pq.read_table(folder / "evidence" / "labels.parquet", columns=["row", "suggested"])
    return list(zip(*(table[name].to_pylist() for name in ("row", "suggested")), strict=True)), cpu, without


def fitted(folder: Path) -> tuple[Fitted, Labelled]:
    """The probabilities that the audit works with."""
    found = find(folder / "data")
    dataset = Dataset(name="data", splits=found.splits, roles=Roles(label="label", text=("text",)))
    check = Labels()
    context = dict(check.prepare(dataset))  # type: ignore[arg-type]
    (shard,) = dataset.shards
    batches = list(open_shard(shard, Tally()))
    parts = [of_shard(check.observe(batch, context), 0) for batch in batches]
    total = parts[0]
    for part in parts[1:]:
        total = check.merge(total, part)
    rows = sum(batch.records.num_rows for batch in batches)
    labelled = Labelled(total, Dataset(name="data", splits=dataset.splits, results=(ShardResult(shard=shard, rows=rows),)))
    probabilities = fit(labelled, ["train"])
    assert isinstance(probabilities, Fitted)
    return probabilities, labelled


def of_cleanlab(folder: Path) -> tuple[list[tuple[int, str]], float]:
    """What cleanlab's find_label_issues doubts, with its defaults, given the same probabilities."""
    from cleanlab.filter import find_label_issues

    found, labelled = fitted(folder)
    names = [labelled.names[label] for label in found.labels.tolist()]
    chances = found.probabilities.astype(np.float64)
    clock = time.process_time()
    chances /= chances.sum(axis=1, keepdims=True)
    issues = find_label_issues(found.given, chances, return_indices_ranked_by="normalized_margin", n_jobs=1)
    seconds = time.process_time() - clock
    best = found.probabilities.argmax(axis=1)
    return [(int(labelled.total["row"][int(found.places[each])].as_py()), names[best[each]]) for each in issues], seconds


def main() -> None:
    """Prints the table."""
    given = sys.argv[1:]
    sets = [("easy, 10 classes", easy(20_000), 200)]
    for folder, text, label in zip(*(given[place::3] for place in range(3)), strict=True):
        records = read(Path(folder), text, label)
        sets.append((Path(folder).name, records, len(records) // 50))
    for name, records, count in sets:
        spoilt_records, right = spoilt(records, count)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            (folder / "data").mkdir()
            with (folder / "data" / "train.csv").open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([("text", "label"), *spoilt_records])
            print(f"{name}: {len(records):,} records, {len({label for _, label in records})} classes")
            found, cpu, without = audited(folder)
            print(told("auditor", found, right, cpu), f"({without:.1f} s without the rule)")
            if find_spec("cleanlab") is None:
                print("  cleanlab is not installed")
                continue
            found, cpu = of_cleanlab(folder)
            print(told("cleanlab (the filter)", found, right, cpu))


if __name__ == "__main__":
    main()
