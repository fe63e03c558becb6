"""Claims held against the records: how many hold, and of those that do not both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from auditor.dataset import is_training
from auditor.model import Json
from auditor.verification.claims import At, Pair
from auditor.verification.records import Record
from auditor.verification.similarity import Text, similarity, text

LISTED = 100
"""Claims that do not hold of which both sides are kept."""

HELD = 10_000
"""Texts that are held ready, since records are in many pairs."""

CAP = 100
"""In clusters of more records not all pairs are listed."""

RELATIONS = ("identical", "near", "contained")
RULES = (("LEAK001", "LEAK002", "LEAK003"), ("DUP001", "DUP002", None))
"""The rules under which pairs across splits, and within one, are listed, by relation."""
FAMILIES = ({"LEAK001", "LEAK002", "LEAK003", "LEAK004"}, {"DUP001", "DUP002", "DUP003"})
"""The rules for which pairs across splits, and within one, are sought."""


@dataclass(slots=True, kw_only=True)
class Verification:
    """For each part of the report how many claims were looked at and how many hold; `failed` are the first that do not, `unchecked`
    what could not be judged, with its number.

    `about` is what makes the claims, and `says` its gist in a sentence, where it has one.
    """

    about: str = "the report"
    says: str = ""
    held: dict[str, int] = field(default_factory=dict)
    of: dict[str, int] = field(default_factory=dict)
    failed: list[dict[str, Json]] = field(default_factory=list)
    unchecked: dict[str, int] = field(default_factory=dict)

    def note(self, part: str, what: str, claimed: Json, found: Json) -> None:
        """One claim, which holds if both sides are equal."""
        self.of[part] = self.of.get(part, 0) + 1
        self.held[part] = self.held.get(part, 0) + (claimed == found)
        if claimed != found and len(self.failed) < LISTED:
            self.failed.append({"part": part, "what": what, "claimed": claimed, "found": found})

    @property
    def wrong(self) -> int:
        """How many claims do not hold."""
        return sum(self.of.values()) - sum(self.held.values())


def judge_pairs(verification: Verification, pairs: Iterable[Pair], find: Callable[[At], Record | None], how: tuple[str, float]) -> None:
    """Every pair, computed anew from the two records; `how` are the shingle and the threshold."""

    @lru_cache(HELD)
    def known(at: At) -> tuple[Record, Text] | None:
        record = find(at)
        return None if record is None else (record, text(record.text, how[0]))

    for pair in pairs:
        ends = known(pair.left), known(pair.right)
        if ends[0] is None or ends[1] is None:
            verification.note(pair.part, str(pair), "two records", "there is no such record")
        else:
            verification.note(pair.part, str(pair), *_sides(pair, ends[0], ends[1], how[1]))


def _sides(pair: Pair, left: tuple[Record, Text], right: tuple[Record, Text], threshold: float) -> tuple[Json, Json]:
    """What is claimed of a pair, and what is so."""
    true = similarity(left[1], right[1], threshold, pair.left[0] != pair.right[0])
    right_kind = true.relation in pair.relations
    claimed: dict[str, Json] = {"relation": true.relation if right_kind else " or ".join(pair.relations), **pair.measures}
    found: dict[str, Json] = {"relation": true.relation, **{name: getattr(true, name) for name in pair.measures}}
    if pair.labels:
        labels = left[0].label, right[0].label
        claimed["labels differ"], found["labels differ"] = True, None not in labels and labels[0] != labels[1]
    for side, file, record in zip(("left", "right"), pair.files, (left[0], right[0]), strict=True):
        if file is not None:
            claimed[f"{side} file"], found[f"{side} file"] = file, record.file
    return claimed, found


def judge_counts(verification: Verification, report: Mapping[str, Json], pairs: Iterable[Pair]) -> None:
    """The numbers for each two splits, counted again in the list of pairs, which has all but identical ones of capped clusters."""
    counts: dict[tuple[str, str, str], int] = {}
    hit: dict[tuple[str, str], set[int]] = {}
    for pair in pairs:
        between = pair.left[0], pair.right[0]
        for relation in pair.relations:
            counts[(*between, relation)] = counts.get((*between, relation), 0) + 1
        hit.setdefault(between, set()).add(pair.right[1])
    asked = {outcome["rule"] for outcome in report["outcomes"]}
    for row in report["leakage"]["pairs_of_splits"]:
        between = row["left"], row["right"]
        rules = RULES[between[0] == between[1]]
        training = between[0] != between[1] and is_training(between[0]) and is_training(between[1])
        for relation, rule in zip(RELATIONS, rules, strict=True):
            listed = relation != "identical" or not row.get("capped")
            if listed and (rule is None or rule in asked or training):
                what = f"{relation} pairs of {' and '.join(between)}"
                verification.note("numbers", what, row[relation], counts.get((*between, relation), 0))
        if row["share"] is not None and not row.get("capped") and (training or asked.issuperset(filter(None, rules))):
            share = len(hit.get(between, ())) / row["right_rows"] if row["right_rows"] else 0.0
            verification.note("numbers", f"share of {between[1]} in {between[0]}", row["share"], share)


def lists_clusters(report: Mapping[str, Json]) -> bool:
    """Whether all pairs that make clusters were asked for, so that the list of pairs has them."""
    asked = {outcome["rule"] for outcome in report["outcomes"]}
    return all(asked.issuperset(rules[:2]) or not asked.intersection(related) for rules, related in zip(RULES, FAMILIES, strict=True))


def judge_clusters(verification: Verification, clusters: Iterable[Mapping[str, Json]], pairs: Iterable[Pair], splits: list[str]) -> None:
    """Each cluster is what identical and near pairs connect, named after its first record; of a large one not all pairs are listed."""
    members: dict[int, list[At]] = {}
    named: dict[int, list[At]] = {}
    for row in clusters:
        members.setdefault(row["cluster"], []).append((row["split"], row["row"]))
        if row["representative"]:
            named.setdefault(row["cluster"], []).append((row["split"], row["row"]))
    parents: dict[At, At] = {}
    for pair in pairs:
        if pair.relations != ("contained",):
            parents[_root(parents, pair.left)] = _root(parents, pair.right)
    sizes: dict[At, int] = {}
    for at in list(parents):
        root = _root(parents, at)
        sizes[root] = sizes.get(root, 0) + 1
    for number, records in members.items():
        first = min(records, key=lambda at: (splits.index(at[0]) if at[0] in splits else len(splits), at[1]))
        roots = {_root(parents, at) for at in records}
        whole = len(records) > CAP or (len(roots) == 1 and sizes[next(iter(roots))] == len(records))
        claimed = {"representative": [list(at) for at in named.get(number, [])], "connected": True}
        found = {"representative": [list(first)], "connected": whole}
        verification.note("clusters", f"cluster {number} of {len(records)} records", claimed, found)
    clustered = {at for records in members.values() for at in records}
    verification.note("clusters", "records of pairs that are in no cluster", 0, len(set(parents) - clustered))


def _root(parents: dict[At, At], at: At) -> At:
    parents.setdefault(at, at)
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


def wanted(pairs: Iterable[Pair]) -> Iterator[At]:
    """The records that pairs are of."""
    for pair in pairs:
        yield pair.left
        yield pair.right
