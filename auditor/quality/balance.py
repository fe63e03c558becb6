"""How evenly the records of a split are spread over classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.kernels.statistics_intervals import wilson
from auditor.model import Json
from auditor.quality.labelled import CLASSES

SHOWN = 20
"""How many classes a report names, the smallest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The classes of a split, each as the hash of its label with the number of its records: the largest first, equal ones by hash."""

    counts: tuple[tuple[int, int], ...]

    @property
    def records(self) -> int:
        """How many records have a label."""
        return sum(count for _, count in self.counts)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.counts)

    @property
    def smallest(self) -> int:
        """How many records the smallest class has."""
        return self.counts[-1][1]

    @property
    def entropy(self) -> float:
        """Shannon's entropy of the classes by that of equal shares: 1 for equal shares, near 0 where one class has nearly all records."""
        shares = [count / self.records for _, count in self.counts]
        return -math.fsum(share * math.log(share) for share in shares) / math.log(self.classes) if self.classes > 1 else 1.0

    def below(self, part: float) -> tuple[tuple[int, int], ...]:
        """The classes with less than this part of an equal share."""
        return tuple((label, count) for label, count in self.counts if count * self.classes < part * self.records)

    def described(self, names: Mapping[int, str]) -> dict[str, Json]:
        """The numbers, and the smallest classes by name (null where it is withheld)."""
        return {
            "records": self.records,
            "classes": self.classes,
            "smallest_share": round(self.smallest / self.records, 6),
            "smallest_interval": [round(each, 6) for each in wilson(self.smallest, self.records)],
            "ratio": round(self.smallest / self.counts[0][1], 6),
            "entropy": round(self.entropy, 6),
            "smallest": [{"label": names.get(label), "records": count} for label, count in reversed(self.counts[-SHOWN:])],
        }


def balance(counts: Mapping[int, int]) -> Balance | None:
    """The balance of labels, by how often each hash stands; None where they are no classes: over CLASSES, or more than every other one
    is different.
    """
    if not counts or len(counts) > CLASSES or (len(counts) > 2 and 2 * len(counts) > sum(counts.values())):
        return None
    return Balance(counts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))))
