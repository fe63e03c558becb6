"""Quality of labels: classes that hardly occur, records that contradict each other, labels that are probably wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Skip, skipped, tally
from auditor.dataset import Batch, Dataset, Split
from auditor.model import Example, Finding, Json, Location, Outcome, Rule, Severity, found

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.quality.labelled import Labelled
    from auditor.quality.mislabelled import Judged

RARE = 0.1
"""A class is rare below this part of an equal share."""

COARSE = 0.5
"""Where more than this share of the records has a twin, features are too coarse to tell the label by: a contradiction is no surprise."""

DOUBTED, MANY = 0.001, 0.01
"""The shares of doubted labels from which there is a finding, and from which it is low instead of info."""

SAMPLED = 32 << 20
"""Bytes of files up to which all records may be in the sample that a classifier learns from; of twice as many it is every other one."""

TEXTS = "the only feature is the text that is compared: contradictions are LEAK004 and DUP003"

_CUPS = "".join(f'{{"size": {size}, "weight": 1.5, "kind": "{kind}"}}\n' for size, kind in ((4, "cup"), (2, "cup"), (3, "cup"), (9, "jug")))
_WORDS = (("train", "leaves", "platform"), ("ferry", "sails", "harbour"))
_WHEN = ("early", "late", "at noon", "daily", "again", "on time", "on Sunday", "slowly", "twice", "tonight", "by six", "today")


def _journeys(wrong: bool) -> str:
    """Sentences about trains and ferries, by rail or by sea; one of them called by the other, where one is to be `wrong`."""
    texts = [(f"the {what} {does} the {where} {when}", kind)
             for (what, does, where), kind in zip(_WORDS, ("rail", "sea"), strict=True) for when in _WHEN]  # fmt: skip
    labels = ["sea" if wrong and number == 4 else kind for number, (_, kind) in enumerate(texts)]
    return "text,label\n" + "".join(f"{text},{label}\n" for (text, _), label in zip(texts, labels, strict=True))


IMBALANCED = Rule(
    id="QUAL020",
    name="imbalanced-classes",
    severity=Severity.LOW,
    summary="A class has less than a tenth of an equal share of a split's records.",
    why="A model learns a class from its records; one that hardly occurs is guessed rarely and counts for next to nothing in an accuracy.",
    fix="Collect more records of the class, weigh or sample the classes, and report a measure by class beside the accuracy.",
    failing=Example(
        files={"train.csv": "text,label\n" + "".join(f"order {n} has come,fine\n" for n in range(40)) + "order 40 is lost,lost\n"},
        options=("--label", "label"),
    ),
    passing=Example(
        files={"train.csv": "text,label\n" + "".join(f"order {n} has come,fine\norder {n} is lost,lost\n" for n in range(5))},
        options=("--label", "label"),
    ),
)
CONTRADICTORY = Rule(
    id="QUAL021",
    name="same-features-other-label",
    severity=Severity.MEDIUM,
    summary="Records with the same features have different labels.",
    why="At most one of the labels is right: the others teach noise, and no model can be right about all of these records.",
    fix="Decide which label is right; where both are, a feature is missing that tells the records apart. Name ids, groups and times by "
    "--id, --group and --time, so that they do not count as features.",
    failing=Example(files={"train.jsonl": _CUPS + '{"size": 4, "weight": 1.5, "kind": "jug"}\n'}, options=("--label", "kind")),
    passing=Example(files={"train.jsonl": _CUPS + '{"size": 4, "weight": 1.5, "kind": "cup"}\n'}, options=("--label", "kind")),
)
MISLABELLED = Rule(
    id="QUAL022",
    name="label-probably-wrong",
    severity=Severity.LOW,
    summary="A classifier that has not seen the record is sure of another class than the one given (confident learning).",
    why="Wrong labels in training data teach mistakes; in test data they count right answers as wrong, and may change which model is best.",
    fix="Look at the records in the order of labels.parquet (--evidence), the most doubted first, and correct those that are wrong.",
    failing=Example(files={"train.csv": _journeys(wrong=True)}, options=("--label", "label")),
    passing=Example(files={"train.csv": _journeys(wrong=False)}, options=("--label", "label")),
)


@dataclass(frozen=True, kw_only=True)
class Labels(Check):
    """Looks at the label column; `no_text` withholds what labels say."""

    name: ClassVar[str] = "labels"
    rules: ClassVar[tuple[Rule, ...]] = (IMBALANCED, CONTRADICTORY, MISLABELLED)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    no_text: bool = False

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """The columns that matter, and how often the sample is halved."""
        roles = dataset.roles
        if roles.label is None:
            return Skip(reason="no label column was named; name it with --label")
        size = sum(shard.bytes for shard in dataset.shards)
        return {
            "label": roles.label,
            "apart": [name for name in (roles.label, roles.id, roles.group, roles.time) if name is not None],
            "text": list(roles.text),
            "learn": self.wants(MISLABELLED),
            "halvings": min(max(0, -(-size // SAMPLED) - 1).bit_length(), 32),
        }

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row a record, as auditor/quality/observed.py says."""
        from auditor.quality.observed import observed

        return observed(batch, context, self.no_text)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """At most one finding of each rule, about the label column; the doubted labels are the table `labels`."""
        if total is None or not total.num_rows:
            return Conclusion(outcomes=tuple(skipped(rule, "no record was read") for rule in self.rules))
        from auditor.quality.labelled import Labelled

        labelled, column = Labelled(total, dataset), context["label"]
        outcomes, findings, section, tables = [], list[Finding](), dict[str, Json](), {}
        if self.wants(IMBALANCED):
            outcome, of_rule, section["classes"] = _balance(labelled, column)
            outcomes.append(outcome)
            findings += of_rule
        if self.wants(CONTRADICTORY):
            outcome, of_rule = _contradicted(labelled, column)
            outcomes.append(outcome)
            findings += of_rule
        if self.wants(MISLABELLED):
            outcome, of_rule, section["doubted"], tables["labels"] = _doubted(labelled, column)
            outcomes.append(outcome)
            findings += of_rule
        return Conclusion(outcomes=tuple(outcomes), findings=tuple(findings), sections={"labels": section}, tables=tables)


# ── imbalance ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _balance(labelled: Labelled, column: str) -> tuple[Outcome, list[Finding], list[Json]]:
    from auditor.quality.balance import balance

    rows = [(split, balance(counts)) for split, counts in zip(labelled.splits, labelled.counts, strict=True)]
    classed = [(split, each) for split, each in rows if each is not None]
    section = [{"split": split.name, **each.described(labelled.names)} for split, each in classed]
    examined = sum(each.records for _, each in classed)
    if not examined:
        return skipped(IMBALANCED, "no label is known" if not any(labelled.counts) else "the labels are no classes"), [], section
    broken = [(split, each, rare) for split, each in classed if (rare := each.below(RARE))]
    if not broken:
        return tally(IMBALANCED, examined, 0), [], section
    said = (f"in {split.name} {len(rare):,} of {each.classes:,} classes, down to {each.smallest:,} of {each.records:,} records"
            for split, each, rare in broken)  # fmt: skip
    names = {split.name for split, *_ in broken}
    evidence = {"rare_below": RARE, "splits": [row for row in section if row["split"] in names]}
    where = tuple(Location(split=split.name, column=column) for split, *_ in broken)
    count = sum(len(rare) for *_, rare in broken)
    message = f"{column}: rare classes: {'; '.join(said)}"
    return tally(IMBALANCED, examined, count), [found(IMBALANCED, message, column, where=where, count=count, evidence=evidence)], section


# ── contradictions ────────────────────────────────────────────────────────────────────────────────────────────────────


def _contradicted(labelled: Labelled, column: str) -> tuple[Outcome, list[Finding]]:
    import numpy as np

    from auditor.kernels.statistics_intervals import wilson
    from auditor.quality.contradictions import contradictions
    from auditor.quality.places import Contradicted

    parts = [contradictions(labelled, _names(splits)) for splits in labelled.groups]
    examined, groups, excess, twins = (sum(getattr(part, name) for part in parts) for name in ("examined", "groups", "excess", "twins"))
    places = Contradicted(
        labelled, column, np.concatenate([part.records for part in parts]), np.concatenate([part.partners for part in parts])
    )
    if not examined:
        return skipped(CONTRADICTORY, TEXTS if any(labelled.counts) else "no label is known"), []
    note = "" if twins else "no two records have the same features; are ids among them?"
    if not len(places):
        return tally(CONTRADICTORY, examined, 0, note), []
    low, high = wilson(len(places), examined)
    coarse = twins > COARSE * examined
    evidence = {
        "records": len(places),
        "examined": examined,
        "share": round(len(places) / examined, 6),
        "interval": [round(low, 6), round(high, 6)],
        "different_features": groups,
        "records_with_twins": twins,
        "best_accuracy": round(1 - excess / examined, 6),
    }
    message = f"{column}: {len(places):,} of {examined:,} records have the features of others with another label"
    message += f"; no model can be right about more than {1 - excess / examined:.2%}"
    message += "; most records share their features, which are too coarse to tell the label" if coarse else ""
    severity = Severity.INFO if coarse else CONTRADICTORY.severity
    details = found(CONTRADICTORY, message, column, severity=severity, where=places, count=len(places), evidence=evidence)
    return tally(CONTRADICTORY, examined, len(places)), [details]


# ── label errors ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _doubted(labelled: Labelled, column: str) -> tuple[Outcome, list[Finding], list[Json], pa.Table]:
    from auditor.quality.mislabelled import judged
    from auditor.quality.places import Doubted

    answers = [judged(labelled, _names(splits)) for splits in labelled.groups]
    known = [each for each in answers if not isinstance(each, str)]
    places = Doubted(labelled, column, known)
    section = [_method(splits, each) for splits, each in zip(labelled.groups, answers, strict=True) if not isinstance(each, str)]
    examined = sum(each.examined for each in known)
    if not known:
        return skipped(MISLABELLED, "; ".join(sorted({str(each) for each in answers}))), [], section, places.table()
    notes = [f"{examined:,} of {sum(each.labelled for each in known):,} labelled records were judged, chosen by their contents"]
    notes = notes if examined < sum(each.labelled for each in known) else []
    share = len(places) / examined
    if share < DOUBTED:
        notes += [f"{len(places):,} doubted labels are listed in labels.parquet"] if len(places) else []
        return tally(MISLABELLED, examined, 0, "; ".join(notes)), [], section, places.table()
    return tally(MISLABELLED, examined, len(places), "; ".join(notes)), [_doubt(column, places, examined, section)], section, places.table()


def _doubt(column: str, places: Sequence[Location], examined: int, section: list[Json]) -> Finding:
    from auditor.kernels.statistics_intervals import wilson

    low, high = wilson(len(places), examined)
    share = len(places) / examined
    evidence = {"examined": examined, "share": round(share, 6), "interval": [round(low, 6), round(high, 6)], "method": section}
    severity = MISLABELLED.severity if share > MANY else Severity.INFO
    message = f"{column}: {len(places):,} of {examined:,} labels are probably wrong ({share:.2%}; 95 % interval {low:.2%} to {high:.2%})"
    return found(MISLABELLED, message, column, severity=severity, where=places, count=len(places), evidence=evidence)


def _method(splits: Sequence[Split], each: Judged) -> Json:
    """How the labels of a configuration were judged, and how well the classifier does."""
    return {
        "splits": [split.name for split in splits],
        "labelled": each.labelled,
        "examined": each.examined,
        "classes": each.classes,
        "classifier": "multinomial naive Bayes, 5 folds by contents",
        "agreement": round(each.agreement, 6),
        "estimated_wrong": round(each.wrong, 2),
        "doubted": len(each.records),
    }


def _names(splits: Sequence[Split]) -> frozenset[str]:
    return frozenset(split.name for split in splits)
