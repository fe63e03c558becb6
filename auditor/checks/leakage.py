"""Records of one split that stand in another, and duplicates within a split: found by norm-v1, each pair verified exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Prepared, Skip, skipped, tally
from auditor.dataset import Batch, Dataset, Shard, Split
from auditor.leakage import narrowing
from auditor.leakage.places import Places
from auditor.model import Example, Finding, Json, Outcome, Rule, Severity, digest, found

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.kernels.groups import Group
    from auditor.kernels.sets import I64
    from auditor.leakage.certificate import Certificate
    from auditor.leakage.controls import Control

MANY = 64 << 20
"""Bytes of a split's files from which its records are taken for many, so that MinHash bands are observed."""

EXAMPLES = 10
"""Pairs of a finding that are shown with their texts."""

_TRAIN = "text\nThe museum opens at ten on weekdays and at noon on Sundays\nPlease leave wet umbrellas in the stand by the door\n"
_TOURS = "text,label\nGuided tours start in the main hall every full hour,tours\nDogs must wait outside by the door,rules\n"
_OTHER = "text\nGuided tours start in the main hall every full hour\n"
_LABELS = "text,label\nThe museum opens at ten on weekdays and at noon on Sundays,{}\nWhere may I leave my coat and my umbrella,service\n"


def _example(train: str, test: str, *options: str) -> Example:
    return Example(files={"train.csv": train, "test.csv": test}, options=options)


def _within(text: str, *options: str) -> Example:
    return Example(files={"train.csv": text}, options=options)


LEAK001 = Rule(
    id="LEAK001",
    name="identical-across-splits",
    severity=Severity.HIGH,
    summary="A record of one split stands in another, word for word.",
    why="A model that has seen the test question is tested on its memory: the score says nothing about new data.",
    fix="Remove the record from the training split (of two evaluation splits, from the earlier one): `auditor fix` does. Train again.",
    failing=_example(_TRAIN, "text\nTHE MUSEUM opens at ten on weekdays - and at noon on Sundays!\n"),
    passing=_example(_TRAIN, _OTHER),
)
LEAK002 = Rule(
    id="LEAK002",
    name="near-duplicate-across-splits",
    severity=Severity.HIGH,
    summary="A record of one split stands in another with few changes (Jaccard similarity of shingles at or above the threshold).",
    why="An edited copy gives the answer away as an exact one does, and comparing whole records does not see it.",
    fix="Remove the training record of each pair (`auditor fix`); where many pairs share a template, split anew (`auditor fix --resplit`).",
    failing=_example(_TRAIN, "text\nThe museum opens at ten on weekdays and at noon on Sunday\n"),
    passing=_example(_TRAIN, _OTHER),
)
LEAK003 = Rule(
    id="LEAK003",
    name="contained-across-splits",
    severity=Severity.HIGH,
    summary="A record of one split stands inside a longer record of another (at least 90 % of its shingles).",
    why="A test item embedded in a long document is learned with the document, while their similarity as wholes stays small.",
    fix="Cut the passage out of the training record, or remove that record (`auditor fix`).",
    failing=_example(
        "text\nWelcome to our house. The museum opens at ten on weekdays and at noon on Sundays. Dogs must wait outside.\n",
        "text\nThe museum opens at ten on weekdays and at noon on Sundays\n",
    ),
    passing=_example(_TRAIN, _OTHER),
)
LEAK004 = Rule(
    id="LEAK004",
    name="same-text-other-label-across-splits",
    severity=Severity.CRITICAL,
    summary="The same text, or nearly the same, has one label in one split and another label in the other.",
    why="One of the two labels is wrong: the model is trained to fail that item, or the test counts a right answer as wrong.",
    fix="Decide which label is right, correct it, and remove the training record (`auditor fix`).",
    failing=_example(_LABELS.format("hours"), _LABELS.format("tickets"), "--label", "label"),
    passing=_example(_LABELS.format("hours"), _TOURS, "--label", "label"),
)
DUP001 = Rule(
    id="DUP001",
    name="identical-within-split",
    severity=Severity.LOW,
    summary="A record stands more than once in its split, word for word.",
    why="Repeated records weigh more than others in training, are memorised, and cost compute; in a test set they count twice.",
    fix="Keep the first record of each cluster (evidence: clusters.parquet, column representative): `auditor fix --dedup` does.",
    failing=_within("text\nPlease leave wet umbrellas in the stand\nThe cafe closes at six\nplease leave wet umbrellas in the stand.\n"),
    passing=_within(_TRAIN),
)
DUP002 = Rule(
    id="DUP002",
    name="near-duplicate-within-split",
    severity=Severity.LOW,
    summary="A record stands in its split again with few changes (Jaccard similarity of shingles at or above the threshold).",
    why="Near copies weigh and cost as exact ones do, and a later random split would put them on both sides.",
    fix="Keep the first record of each cluster (evidence: clusters.parquet, column representative): `auditor fix --dedup` does.",
    failing=_within(_TRAIN + "The museum opens at ten on weekdays and at noon on Sunday\n"),
    passing=_within(_TRAIN),
)
DUP003 = Rule(
    id="DUP003",
    name="same-text-other-label-within-split",
    severity=Severity.MEDIUM,
    summary="The same text, or nearly the same, stands in one split with different labels.",
    why="Contradicting labels teach noise; how often they occur bounds the accuracy that can be reached.",
    fix="Decide which label is right for each pair, or allow several labels.",
    failing=_within("text,label\nWhere may I leave my coat,service\nWhere may I leave my coat?,tickets\n", "--label", "label"),
    passing=_within("text,label\nWhere may I leave my coat,service\nWhere may I leave my coat?,service\n", "--label", "label"),
)

CAPPED = "of clusters of more than 100 records not all near pairs are listed and counted"

ACROSS = (LEAK001, LEAK002, LEAK003, LEAK004)
WITHIN = (DUP001, DUP002, DUP003)
ACROSS_KINDS = {"identical": LEAK001, "near": LEAK002, "contained": LEAK003, "other label": LEAK004}
WITHIN_KINDS = {"identical": DUP001, "near": DUP002, "other label": DUP003}


@dataclass(frozen=True, kw_only=True)
class Leakage(Check):
    """Compares every split with every other and with itself; `threshold` is a Jaccard similarity, `join` auto, exact, lsh or datasketch."""

    name: ClassVar[str] = "leakage"
    rules: ClassVar[tuple[Rule, ...]] = ACROSS + WITHIN
    reads_records: ClassVar[bool] = True

    threshold: float = 0.8
    join: str = "auto"
    no_text: bool = False

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """Which columns to compare, and how."""
        if not dataset.splits:
            return Skip(reason="there is no data file")
        if not dataset.roles.text:
            return Skip(reason="there is no column of strings to compare; name the columns with --text")
        roles = dataset.roles
        return {"text": list(roles.text), "label": roles.label, "shingle": dataset.shingle, "bands": self._needs_bands(dataset)}

    def _needs_bands(self, dataset: Dataset) -> bool:
        """Whether some split will be joined with itself by bands, as far as can be told before it is read; conclude makes up for more."""
        many = any(sum(shard.bytes for shard in split.shards) >= MANY for split in dataset.splits)
        return any(map(self.wants, WITHIN)) and (self.join == "lsh" or (self.join == "auto" and many))

    def ahead(self, dataset: Dataset, context: Mapping[str, Json]) -> frozenset[str]:
        """The evaluation splits, where what is rare in them can tell which training records are worth keeping."""
        if any(map(self.wants, WITHIN)) or self.join == "datasketch":
            return frozenset()
        return narrowing.ahead(dataset)

    def narrow(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Prepared:
        """What a training record must hold to make a pair."""
        planted = [table for _, table in self._planted(context, dataset)]
        return Prepared(context={}, tables=narrowing.sought(total, planted, dataset, self.threshold))

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row a record, as auditor/leakage/observed.py says."""
        from auditor.leakage.observed import observed

        return observed(batch, context, self.threshold, self.no_text)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """The pairs, clusters and shares of each configuration of the dataset, and the findings they make."""
        return self.conclude_again({}, total, context, dataset)

    def conclude_again(
        self, memory: Mapping[str, pa.Table], total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset
    ) -> Conclusion:
        """The same; between texts of shards that were there before only the pairs that were found then are looked at."""
        groups, certificate = self._compared(memory, total, context, dataset) if total is not None else ([], None)
        broken = [(group, self._broken(group)) for group in groups]
        findings = tuple(_finding(group, *each, dataset) for group, rules in broken for each in rules)
        return Conclusion(
            outcomes=tuple(self._outcomes(groups, findings, context)),
            findings=findings,
            sections={"leakage": self._section(groups, findings, context, {} if certificate is None else certificate.section)},
            tables=_tables(broken),
            gaps=() if certificate is None else certificate.gaps,
            memory={f"{number} {name}": table for number, group in enumerate(groups) for name, table in group.memory.items()},
        )

    def _compared(
        self, memory: Mapping[str, pa.Table], total: pa.Table, context: Mapping[str, Json], dataset: Dataset
    ) -> tuple[list[Group], Certificate]:
        """The splits of each configuration compared, with control records among theirs, and what those say."""
        from auditor.kernels.groups import compare_splits
        from auditor.kernels.pairing import Wanted
        from auditor.leakage.certificate import certified

        wanted = Wanted(across=any(map(self.wants, ACROSS)), within=any(map(self.wants, WITHIN)), threshold=self.threshold, join=self.join)
        planted = self._planted(context, dataset)
        groups = [
            compare_splits(
                observed=total,
                places={shard.ordinal: place for place, split in enumerate(splits) for shard in split.shards},
                firsts=dataset.first_rows(),
                names=[split.name for split in splits],
                training=[split.training for split in splits],
                rows=[dataset.rows(split.name) for split in splits],
                wanted=wanted,
                memory={name.partition(" ")[2]: table for name, table in memory.items() if name.startswith(f"{number} ")},
                controls=planted[number][1],
            )
            for number, splits in enumerate(narrowing.together(dataset))
        ]
        found = [(controls, group.controls) for (controls, _), group in zip(planted, groups, strict=True)]
        return groups, certified(found, self.threshold)

    def _planted(self, context: Mapping[str, Json], dataset: Dataset) -> list[tuple[Sequence[Control], pa.Table]]:
        """For each configuration control pairs, and their records as observed, with the place of the split as `shard`. A split that
        has not been read is taken for one with records.
        """
        groups, read = narrowing.together(dataset), {result.shard.split for result in dataset.results}
        rows = [[dataset.rows(split.name) if split.name in read else 1 for split in splits] for splits in groups]
        return [self._planted_in(splits, counts, context, len(groups)) for splits, counts in zip(groups, rows, strict=True)]

    def _planted_in(
        self, splits: Sequence[Split], rows: Sequence[int], context: Mapping[str, Json], groups: int
    ) -> tuple[Sequence[Control], pa.Table]:
        import pyarrow as pa

        from auditor.leakage import certificate
        from auditor.leakage.controls import planted
        from auditor.leakage.observed import observed

        seed = digest(*(shard.sha256 for split in splits for shard in split.shards))
        ends = tuple(certificate.ends(rows, any(map(self.wants, ACROSS)), any(map(self.wants, WITHIN))))
        count = max(certificate.NEAR_PAIRS // groups, certificate.FEWEST)
        controls = planted(seed, context["shingle"], self.threshold, ends, count)
        records, places = certificate.batch(controls, context["text"])
        batch = Batch(shard=Shard(path="", file="", split="", format=""), start=0, records=records)
        return controls, observed(batch, context, self.threshold, self.no_text).append_column("shard", pa.array(places, pa.int64()))

    def _broken(self, group: Group) -> list[Broken]:
        """Each wanted rule that some pair between two splits breaks, with those of its pairs that are listed."""
        found = []
        for left, right in group.compared:
            if left != right and group.training[left] and group.training[right]:
                continue
            kinds = WITHIN_KINDS if left == right else ACROSS_KINDS
            listed = group.listed(left, right)
            wanted = {kind: rule for kind, rule in kinds.items() if self.wants(rule)}
            found += [(left, right, rule, listed[kind]) for kind, rule in wanted.items() if _count(group, left, right, rule, listed[kind])]
        return found

    def _section(
        self, groups: list[Group], findings: tuple[Finding, ...], context: Mapping[str, Json], controls: Mapping[str, Json]
    ) -> dict[str, Json]:
        from auditor.kernels import pairing
        from auditor.kernels.banding import datasketch_parameters
        from auditor.kernels.minhash import banding
        from auditor.leakage.wasted import wasted

        method = {
            "definition": "norm-v1",
            "shingle": context["shingle"],
            "threshold": self.threshold,
            "containment": pairing.CONTAINMENT,
            "contained_tokens": pairing.CONTAINED_TOKENS,
            "cluster_cap": pairing.CLUSTER_CAP,
            "join": {
                "across": "datasketch" if self.join == "datasketch" else "exact",
                "within": {group.names[place]: way for group in groups for place, way in group.found.joins.items()},
            },
            "bands": {"lsh": self._bands(*banding(self.threshold)), "datasketch": self._bands(*datasketch_parameters(self.threshold))},
            "empty_records": {name: count for group in groups for name, count in group.empty().items()},
        }
        sought = any(map(self.wants, ACROSS)), any(map(self.wants, WITHIN))
        return {
            "pairs_of_splits": [group.row(left, right) for group in groups for left, right in group.compared],
            "waste": [row for group in groups for row in wasted(group, *sought)],
            "controls": controls,
            "method": method,
            "examples": [example for finding in findings for example in _examples(finding, self.no_text)],
        }

    def _bands(self, bands: int, rows: int) -> dict[str, Json]:
        """Bands of a MinHash join, and with what probability they find a pair at the threshold."""
        from auditor.kernels.minhash import found_share

        return {"bands": bands, "rows": rows, "recall_at_threshold": round(found_share(self.threshold, bands, rows), 6)}

    def _outcomes(self, groups: list[Group], findings: tuple[Finding, ...], context: Mapping[str, Json]) -> Iterator[Outcome]:
        for rule in self.rules:
            of_labels = rule in (LEAK004, DUP003)
            examined = sum(sum(group.rows[place] for place in group.examined(rule in ACROSS, of_labels)) for group in groups)
            if of_labels and context["label"] is None:
                yield skipped(rule, "no label column was named; name it with --label")
            elif groups and not examined:
                yield skipped(rule, _nothing_compared(groups, rule in ACROSS, of_labels))
            else:
                note = CAPPED if rule not in (LEAK001, LEAK003, DUP001) and any(group.found.capped.any() for group in groups) else ""
                yield tally(rule, examined, sum(finding.count for finding in findings if finding.rule == rule.id), note)


def _nothing_compared(groups: list[Group], across: bool, of_labels: bool) -> str:
    if across and all(len(group.names) == 1 for group in groups):
        return "there is only one split"
    if across and all(all(group.training) for group in groups):
        return "there is no evaluation split"
    if of_labels and any(group.examined(across, of_labels=False) for group in groups):
        return "no label is known" if not across else "no label is known in two splits"
    return "no two splits have records" if across else "there is no record"


def _count(group: Group, left: int, right: int, rule: Rule, listed: I64) -> int:
    """How many pairs of two splits break a rule: more than are listed where a cluster is over the cap."""
    if rule in (LEAK001, DUP001):
        return group.found.identical[left, right]
    return group.contradictions(left, right) if rule in (LEAK004, DUP003) else len(listed)


Broken = tuple[int, int, Rule, "I64"]
"""Places of the left and the right split, a rule, and the listed pairs that break it."""


def _finding(group: Group, left: int, right: int, rule: Rule, pairs: I64, dataset: Dataset) -> Finding:
    names = group.names[left], group.names[right]
    listed = group.found.listed
    rows = group.identical_rows(left, right) if rule in (LEAK001, DUP001) else len(set(listed.right[pairs].tolist()))
    count = _count(group, left, right, rule, pairs)
    where = names[0] if left == right else f"{names[0]} → {names[1]}"
    evidence: dict[str, Json] = {"left": names[0], "right": names[1], "listed": len(pairs), "right_rows_involved": rows}
    if left != right:
        evidence["share"] = group.share(left, right)
    if rule in (LEAK004, DUP003):
        same = group.seen.raw_identical(listed.left[pairs], listed.right[pairs])
        evidence["raw_identical_share"] = float(same.mean()) if len(same) else None
    places = Places(group, pairs, dataset, labels=rule in (LEAK004, DUP003))
    message = f"{where}: {count:,} pair{'s' if count != 1 else ''}, {rows:,} of {group.rows[right]:,} rows of {names[1]}"
    return found(rule, message, " ".join(names), where=places, count=count, evidence=evidence)


def _examples(finding: Finding, no_text: bool) -> Iterator[dict[str, Json]]:
    places = finding.where
    assert isinstance(places, Places)
    for place in range(min(EXAMPLES, len(places))):
        yield {"rule": finding.rule, **places.example(place, no_text)}


def _tables(broken: list[tuple[Group, list[Broken]]]) -> dict[str, pa.Table]:
    """The evidence: every listed pair under the most severe rule it breaks (pairs of two training splits break none), and clusters."""
    import pyarrow as pa

    pairs, clusters, start, above = [], [], 0, 0
    for group, rules in broken:
        of_pair: list[str | None] = [None] * len(group.ends)
        for _, _, rule, places in sorted(rules, key=lambda each: each[2].severity):
            for place in places.tolist():
                of_pair[place] = rule.id
        wanted = [rule is not None or free for rule, free in zip(of_pair, group.of_two_training_splits, strict=True)]
        pairs.append(group.pairs(of_pair).filter(pa.array(wanted, pa.bool_())))
        clusters.append(group.clusters(start, above))
        start += len(set(clusters[-1]["cluster"].to_pylist()))
        above += clusters[-1].num_rows
    return {"pairs": pa.concat_tables(pairs), "clusters": pa.concat_tables(clusters)} if broken else {}
