"""Splits that belong together, compared: the numbers and the pairs for each two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.kernels.again import known, remembered, told_apart
from auditor.kernels.joins import Joined, Known
from auditor.kernels.pairing import (
    CONTAINED,
    IDENTICAL,
    NEAR,
    RELATIONS,
    Comparison,
    Join,
    Records,
    Wanted,
    compared,
    join_texts,
    ways,
)  # fmt: skip
from auditor.kernels.planted import Recovered, apart, beside, invented, parted, recovered, unknown
from auditor.kernels.records import Observed, gather, hide_labels, of_shards, similarities
from auditor.kernels.sets import I64

OTHER_LABEL = "other label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Splits in canonical order and what comparing them found. `label_differs` (bool) and `ends` (int64: place of the left split times
    the number of splits, plus that of the right) are one a listed pair, and `by_ends` gives the pairs for each value of it; `rows` are all
    rows of each split; from `memory` the next comparison of these splits may start. `controls` is what became of the control records,
    which are in nothing else.
    """

    names: Sequence[str]
    training: Sequence[bool]
    rows: Sequence[int]
    seen: Observed
    found: Comparison
    ends: I64
    by_ends: Mapping[int, I64]
    label_differs: NDArray[np.bool_]
    memory: Mapping[str, pa.Table]
    controls: Recovered

    @property
    def compared(self) -> list[tuple[int, int]]:
        """The places of each two splits that were compared."""
        return [ends for ends in combinations_with_replacement(range(len(self.names)), 2) if ends in self.found.identical]

    @property
    def of_two_training_splits(self) -> list[bool]:
        """For each listed pair whether it lies between two different training splits."""
        width = len(self.names)
        both = [a != b and self.training[a] and self.training[b] for a in range(width) for b in range(width)]
        return [both[ends] for ends in self.ends.tolist()]

    def listed(self, left: int, right: int) -> Mapping[str, I64]:
        """Which listed pairs lie between two splits, by relation, and those of them whose labels differ."""
        here = self.by_ends.get(left * len(self.names) + right, self.ends[:0])
        relation = self.found.listed.relation[here]
        chosen = {RELATIONS[kind]: here[relation == kind] for kind in (IDENTICAL, NEAR, CONTAINED)}
        return chosen | {OTHER_LABEL: here[self.label_differs[here]]}

    def identical_rows(self, left: int, right: int) -> int:
        """How many rows of the right split have an identical one in the left split (of a split with itself: an earlier one)."""
        counts = self.found.counts
        return int(np.maximum(counts[:, left] - 1, 0).sum() if left == right else counts[counts[:, left] > 0, right].sum())

    def contradictions(self, left: int, right: int) -> int:
        """How many pairs of two splits have different labels: all of the identical ones, listed or not, and the listed near ones."""
        known = (self.seen.records.text >= 0) & (self.seen.label >= 0)
        text, label, split = self.seen.records.text[known], self.seen.label[known], self.seen.records.split[known]
        alike = np.unique(text * (len(self.seen.labels) + 1) + label, return_inverse=True)[1]
        a, b = split == left, split == right
        different = _pairs_of_equals(text, a, b, left == right) - _pairs_of_equals(alike, a, b, left == right)
        near = self.listed(left, right)[OTHER_LABEL]
        return different + int((self.found.listed.relation[near] == NEAR).sum())

    def examined(self, across: bool, of_labels: bool) -> set[int]:
        """The places of the splits that were compared with another one (or with themselves) and have what a rule looks at."""
        there = [rows > 0 for rows in self.rows]
        if of_labels:
            there = [has and labelled for has, labelled in zip(there, self.labelled(), strict=True)]
        ends = [{a, b} for a, b in self.compared if (a != b) == across and not (across and self.training[a] and self.training[b])]
        return set().union(*(pair for pair in ends if all(there[place] for place in pair)))

    def labelled(self) -> list[bool]:
        """For each split whether the label of any of its records is known."""
        known = self.seen.records.split[self.seen.label >= 0]
        return [bool((known == place).any()) for place in range(len(self.names))]

    def is_capped(self, left: int, right: int) -> bool:
        """Whether some cluster over the cap has records in both splits, so that not all of its near pairs are listed."""
        clusters = [set(self.found.cluster[self.found.capped & (self.seen.records.split == place)].tolist()) for place in (left, right)]
        return bool(clusters[0] & clusters[1])

    def share(self, left: int, right: int) -> float | None:
        """The share of all right rows with a partner in the left split; None for a split with itself."""
        if left == right:
            return None
        return self.found.hit[left, right] / self.rows[right] if self.rows[right] else 0.0

    def row(self, left: int, right: int) -> dict[str, Any]:
        """The row of `pairs_of_splits` in the JSON report."""
        listed = self.listed(left, right)
        row = {
            "left": self.names[left],
            "right": self.names[right],
            "right_rows": self.rows[right],
            "identical": self.found.identical[left, right],
            "near": len(listed["near"]),
            "contained": len(listed["contained"]),
            "share": self.share(left, right),
        }
        return row | ({"capped": True} if self.is_capped(left, right) else {})

    def empty(self) -> dict[str, int]:
        """How many records of each split have no token and were compared with nothing."""
        there = self.seen.records.split[self.seen.records.text < 0]
        return {name: int((there == place).sum()) for place, name in enumerate(self.names)}

    def pairs(self, rules: Sequence[str | None]) -> pa.Table:
        """All listed pairs as pairs.parquet has them, ordered by split and row; `rules` are one a pair."""
        listed, split = self.found.listed, self.seen.records.split
        jaccard, left, right = similarities(listed, self.seen.records)
        return pa.table(
            {
                "left_split": pa.array([self.names[place] for place in split[listed.left].tolist()], pa.string()),
                "left_row": pa.array(self.seen.row[listed.left]),
                "right_split": pa.array([self.names[place] for place in split[listed.right].tolist()], pa.string()),
                "right_row": pa.array(self.seen.row[listed.right]),
                "relation": pa.array([RELATIONS[relation] for relation in listed.relation.tolist()], pa.string()),
                "raw_identical": pa.array(self.seen.raw_identical(listed.left, listed.right)),
                "jaccard": pa.array(jaccard),
                "containment_left": pa.array(left),
                "containment_right": pa.array(right),
                "rule": pa.array(rules, pa.string()),
            }
        )

    def clusters(self, start: int, above: int = 0) -> pa.Table:
        """The clusters as clusters.parquet has them, numbered from `start` in order of their representatives, with so many records `above`.
        Records of one text have the place of the first of them as `text`.
        """
        members = np.flatnonzero(self.found.cluster >= 0)
        firsts, number = np.unique(self.found.cluster[members], return_inverse=True)
        order = np.lexsort((members, number))
        members, number = members[order], number[order]
        _, same, which = np.unique(self.seen.records.text[members], return_index=True, return_inverse=True)
        return pa.table(
            {
                "cluster": pa.array(number.astype(np.int64) + start),
                "split": pa.array([self.names[place] for place in self.seen.records.split[members].tolist()], pa.string()),
                "row": pa.array(self.seen.row[members]),
                "representative": pa.array((firsts[number] == members).tolist(), pa.bool_()),
                "text": pa.array(same[which].astype(np.int64) + above),
            }
        )


def _pairs_of_equals(keys: I64, left: NDArray[np.bool_], right: NDArray[np.bool_], same: bool) -> int:
    """How many pairs of a left and a right record have one key; `same`: both are the same records, each pair counts once."""
    width = int(keys.max(initial=-1)) + 1
    a, b = np.bincount(keys[left], minlength=width).astype(np.int64), np.bincount(keys[right], minlength=width).astype(np.int64)
    return int((a * (a - 1) // 2).sum() if same else (a * b).sum())


def compare_splits(
    observed: pa.Table,
    places: Mapping[int, int],
    firsts: Mapping[int, int],
    names: Sequence[str],
    training: Sequence[bool],
    rows: Sequence[int],
    wanted: Wanted,
    memory: Mapping[str, pa.Table],
    controls: pa.Table,
) -> Group:
    """Compares the splits whose shards `places` maps to their places; `firsts` gives the row each shard begins with in its split, and
    `memory` is that of an earlier comparison of the same splits, or empty. `controls` are records as observed, with the place of their
    split as `shard`: they pass the same joins as the others, and then the same code apart from them.
    """
    real = of_shards(observed, places)
    everyone = gather(*beside(real, controls, places, firsts))
    seen, planted = parted(everyone, real.num_rows)
    hide_labels(seen, [not each for each in training])
    shards = list(told_apart(seen))
    counts = everyone.records.counts(len(names))
    joined, theirs, mixed = _joined(everyone.records, seen, counts, wanted, known(memory, seen, shards))
    found = compared(seen.records, counts[: len(seen.founders)], wanted, joined)
    left, right = found.listed.left, found.listed.right
    labelled = (seen.label[left] >= 0) & (seen.label[right] >= 0) & (found.listed.relation != CONTAINED)
    ends = seen.records.split[left] * len(names) + seen.records.split[right]
    order = np.argsort(ends, kind="stable")
    values, starts = np.unique(ends[order], return_index=True)
    return Group(
        names=names,
        training=training,
        rows=rows,
        seen=seen,
        found=found,
        ends=ends,
        by_ends=dict(zip(values.tolist(), np.split(order, starts[1:]), strict=False)),
        memory=remembered(found.joined, seen, shards),
        label_differs=labelled & (seen.label[left] != seen.label[right]),
        controls=recovered(planted, counts[len(seen.founders) :], wanted, theirs, mixed),
    )


def _joined(
    everyone: Records, seen: Observed, counts: I64, wanted: Wanted, known: Mapping[Join, Known]
) -> tuple[Mapping[Join, Joined], Mapping[Join, Joined], int]:
    """What the joins of all records find among those seen, what among the controls, and how much they invent between the two."""
    texts = len(seen.founders)
    joined = join_texts(everyone, counts, ways(counts[:texts], wanted), wanted, unknown(known, len(counts)))
    real, controls, mixed = apart(joined, texts)
    return real, controls, invented(mixed, everyone.texts, wanted.threshold)
