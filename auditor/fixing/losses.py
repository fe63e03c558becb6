"""What a removal would take from each class: a split, a file, a label and a group, so that none is lost unseen."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.fixing.content import Bools, Content

LEAST = 10
"""Records of a class at least: of fewer, one or two are a large share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A class, by the kind of its name (split, file, label, group), and how many of its `rows` are `lost`."""

    kind: str
    name: str
    split: str
    rows: int
    lost: int

    @property
    def share(self) -> float:
        """The share of the class that is lost."""
        return self.lost / self.rows


def losses(content: Content, gone: Bools) -> Iterator[Loss]:
    """What each class of each split loses, the split itself first."""
    import pyarrow as pa

    for split, records in content.in_splits(content.whole()).items():
        lost = gone[records]
        if len(records):
            yield Loss(kind="split", name=split, split=split, rows=len(records), lost=int(lost.sum()))
        told = content.told.take(pa.array(records))
        paths = [each.path for each in content.files]
        classes = {
            "file": pa.DictionaryArray.from_arrays(pa.array(content.file_of(records), pa.int32()), pa.array(paths, pa.string())),
            "label": told["label"],
            "group": told["group"],
        }
        for kind, values in classes.items():
            table = pa.table({"name": values, "rows": np.ones(len(records), np.int64), "lost": lost.astype(np.int64)})
            for row in table.group_by("name").aggregate([("rows", "sum"), ("lost", "sum")]).to_pylist():
                if row["name"] is not None:
                    name = row["name"] if kind == "file" else _text(row["name"])
                    yield Loss(kind=kind, name=name, split=split, rows=row["rows_sum"], lost=row["lost_sum"])


def _text(value: str) -> str:
    """A label or group as it stands in the data: a text without quotation marks."""
    found = json.loads(value)
    return found if isinstance(found, str) else value


def too_great(content: Content, gone: Bools, most: float, withheld: frozenset[str]) -> list[Loss]:
    """The classes of `LEAST` records or more that would lose a greater share than `most`, and splits that would lose all, worst first.

    JSON documents must not lose all either: one without an array of objects is no data. Of kinds that are `withheld` no name is told.
    """
    documents = {shard.path for shard, (kind, _) in zip(content.files, content.kinds, strict=True) if kind == "json"}
    found = []
    for each in losses(content, gone):
        needed = each.kind == "split" or (each.kind == "file" and each.name in documents)
        if (each.rows >= LEAST and each.share > most) or (needed and each.lost == each.rows):
            found.append(each)
    told = [dataclasses.replace(each, name="(withheld)") if each.kind in withheld else each for each in found]
    return sorted(told, key=lambda each: (-each.share, -each.lost, each.kind, each.split, each.name))
