"""The places of pairs of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.dataset import Dataset
from auditor.model import Json, Location, Locations, digest

if TYPE_CHECKING:
    from auditor.kernels.groups import Group
    from auditor.kernels.sets import I64


class Places(Locations):
    """The places of pairs, made when they are asked for: the left record is the one to act on, the right one its partner."""

    def __init__(self, group: Group, pairs: I64, dataset: Dataset, labels: bool) -> None:
        self._group, self._pairs, self._labels = group, pairs, labels
        self._paths = {shard.ordinal: shard.path for shard in dataset.shards}

    def __len__(self) -> int:
        return len(self._pairs)

    def at(self, place: int) -> Location:
        """The place of a pair."""
        left, right = self._ends(place)
        seen = self._group.seen
        parts = [seen.raw_digest(left), seen.raw_digest(right), *(map(self._label, (left, right)) if self._labels else ())]
        return self._at(left).beside(self._at(right), digest(*map(str, parts)))

    def _ends(self, place: int) -> tuple[int, int]:
        listed = self._group.found.listed
        return int(listed.left[self._pairs[place]]), int(listed.right[self._pairs[place]])

    def _at(self, record: int) -> Location:
        seen = self._group.seen
        line = int(seen.line[record])
        return Location(
            split=self._group.names[int(seen.records.split[record])],
            row=int(seen.row[record]),
            file=self._paths[int(seen.shard[record])],
            line=line if line > 0 else None,
        )

    def _label(self, record: int) -> str | None:
        number = int(self._group.seen.label[record])
        return self._group.seen.labels[number] if number >= 0 else None

    def example(self, place: int, no_text: bool) -> dict[str, Json]:
        """One pair with both ends, their texts (unless there must be none) and how similar they are."""
        from auditor.kernels.pairing import RELATIONS
        from auditor.kernels.records import similarities

        pair = self._pairs[place : place + 1]
        listed = self._group.found.listed
        jaccard, inside_left, inside_right = similarities(listed, self._group.seen.records, pair)
        sides = {}
        for side, record in zip(("left", "right"), self._ends(place), strict=True):
            at = self._at(record)
            text = None if no_text else self._group.seen.text(record)
            label = None if no_text or self._label(record) is None else self._group.seen.named(record)
            sides[side] = {"split": at.split, "row": at.row, "file": at.file, "line": at.line, "text": text, "label": label}
        return sides | {
            "relation": RELATIONS[int(listed.relation[pair][0])],
            "jaccard": float(jaccard[0]),
            "containment_left": float(inside_left[0]),
            "containment_right": float(inside_right[0]),
        }
