"""What a report and its evidence claim of records: pairs, numbers of pairs, clusters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.model import AuditorError, Json

SCHEMA = "auditor/report/1"

RELATIONS: Mapping[str, tuple[str, ...]] = {
    "LEAK001": ("identical",),
    "LEAK002": ("near",),
    "LEAK003": ("contained",),
    "LEAK004": ("identical", "near"),
    "DUP001": ("identical",),
    "DUP002": ("near",),
    "DUP003": ("identical", "near"),
}
"""The relations that the pairs of a rule may have."""
OF_LABELS = ("LEAK004", "DUP003")
"""Rules whose pairs have different labels."""

At = tuple[str, int]
"""A split and a row in it."""

MEASURES = ("jaccard", "containment_left", "containment_right", "raw_identical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair that is claimed in `part` of the report: between two records, by one of some relations, with these measures.

    `labels` says that the labels differ; `files` are the files in which the records are claimed to lie (None: no claim).
    """

    part: str
    left: At
    right: At
    relations: tuple[str, ...]
    measures: Mapping[str, Json]
    labels: bool = False
    files: tuple[str | None, str | None] = (None, None)

    def __str__(self) -> str:
        return f"{self.left[0]} row {self.left[1]} ~ {self.right[0]} row {self.right[1]}"


def loaded(path: Path) -> Mapping[str, Json]:
    """The JSON report at a path; AuditorError where there is none."""
    cure = "name a report written by `auditor scan DATASET -o json:REPORT`"
    try:
        report = json.loads(path.read_bytes())
    except OSError as error:
        raise AuditorError(f"{path.name} cannot be opened ({error.strerror})", cure) from None
    except (ValueError, RecursionError):
        raise AuditorError(f"{path.name} is no JSON", cure) from None
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise AuditorError(f"{path.name} is no report of the kind {SCHEMA}", cure)
    if not (isinstance(report.get("leakage"), dict) and report["leakage"].get("method")):
        raise AuditorError(f"{path.name} says nothing of pairs of records", "audit the dataset without leaving LEAK and DUP out", code=3)
    return report


def of_report(report: Mapping[str, Json]) -> Iterator[Pair]:
    """The pairs that the report itself shows: at the places of its findings, and as examples."""
    for finding in report["findings"]:
        rule = finding["rule"]
        for place in finding["where"] if rule in RELATIONS else ():
            other = place["partner"]
            yield Pair(
                part="places of findings",
                left=_at(place),
                right=_at(other),
                relations=RELATIONS[rule],
                measures={},
                labels=rule in OF_LABELS,
                files=(place["file"], other["file"]),
            )
    for example in report["leakage"].get("examples", ()):
        if example["rule"] in RELATIONS:
            left, right = example["left"], example["right"]
            yield Pair(
                part="examples",
                left=_at(left),
                right=_at(right),
                relations=(example["relation"],),
                measures={name: example[name] for name in MEASURES if name in example},
                labels=example["rule"] in OF_LABELS,
                files=(left["file"], right["file"]),
            )


def of_evidence(folder: Path) -> Iterator[Pair]:
    """The pairs of pairs.parquet, one after the other."""
    for row in rows(folder, "pairs"):
        rule = row["rule"]
        allowed = (row["relation"],) if rule is None or row["relation"] in RELATIONS.get(rule, ()) else ()
        yield Pair(
            part="pairs.parquet",
            left=(row["left_split"], row["left_row"]),
            right=(row["right_split"], row["right_row"]),
            relations=allowed,
            measures={name: row[name] for name in MEASURES},
            labels=rule in OF_LABELS,
        )


def rows(folder: Path, table: str) -> Iterator[Mapping[str, Json]]:
    """The rows of an evidence table; AuditorError where there is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{table}.parquet"
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(10_000):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException):
        raise AuditorError(f"{path.name} cannot be read", "name the folder that `auditor scan --evidence DIR` wrote", code=3) from None


def _at(place: Mapping[str, Json]) -> At:
    return place["split"], place["row"]


def files(report: Mapping[str, Json]) -> dict[tuple[str, str], Mapping[str, Json]]:
    """What the report says of each file, by split and path."""
    splits: Mapping[str, Json] = report["dataset"]["splits"]
    return {(split, file["path"]): file for split, said in splits.items() for file in said["files"]}


def starts(report: Mapping[str, Json], split: str) -> list[tuple[int, str]]:
    """The row with which each file of a split begins, and its path."""
    said = report["dataset"]["splits"][split]["files"]
    firsts = itertools.accumulate((file["rows"] or 0 for file in said), initial=0)
    return [(first, file["path"]) for first, file in zip(firsts, said, strict=False)]
