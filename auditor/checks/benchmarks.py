"""Items of benchmarks (--against) that stand in training data: as wholes, changed a little, inside longer records, or reworded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Prepared, Skip, skipped, tally
from auditor.dataset import Batch, Dataset
from auditor.model import Example, Json, Rule, Severity

if TYPE_CHECKING:
    import pyarrow as pa

_QUESTION = "Which museum in the old harbour keeps the oldest wooden fishing boat of the region?"
_TRAIN = "text\nThe museum opens at ten on weekdays and at noon on Sundays\n{}\n"
_ITEMS = f"question,answer\n{_QUESTION},the boat museum\nWho painted the ceiling of the small chapel by the river?,nobody knows\n"


def _example(record: str) -> Example:
    return Example(files={"train.csv": _TRAIN.format(record), "_quiz/test.csv": _ITEMS}, options=("--against", "_quiz"))


LEAK010 = Rule(
    id="LEAK010",
    name="benchmark-in-training",
    severity=Severity.HIGH,
    summary="An item of a benchmark (--against) is in a training split: as a record, nearly so, or inside a longer one.",
    why="A model that was trained on a benchmark's items is tested on its memory, and its score cannot be compared with any other.",
    fix="Remove the training records (`auditor fix --against`), or leave the benchmark's items that were found out of the score.",
    failing=_example(f"Our quiz of today: {_QUESTION} Send us your answer by Friday."),
    passing=_example("Please leave wet umbrellas in the stand by the door"),
)

_REWORDED = "In which year did the town council decide to close the ferry line between both islands for good?"
_ASKED = "When (in which year) did the council of the town decide to close for good the line of the ferry between the two islands?"

LEAK011 = Rule(
    id="LEAK011",
    name="reworded-benchmark-item",
    severity=Severity.LOW,
    summary="A training record asks in other words what an item of a benchmark (--against) asks; a hint, not a proof.",
    why="A paraphrase teaches the answer as well as the item does, and no comparison of word sequences sees it.",
    fix="Look at the pairs; remove the training records that ask the same, and keep those that only are about the same things.",
    failing=Example(
        files={"train.csv": _TRAIN.format(_ASKED), "_quiz/test.csv": f"question\n{_REWORDED}\n"}, options=("--against", "_quiz")
    ),
    passing=_example("Please leave wet umbrellas in the stand by the door"),
)


@dataclass(frozen=True, kw_only=True)
class Items(Check):
    """Collects the items of the datasets of --against for the check that looks for them."""

    name: ClassVar[str] = "benchmark-items"
    rules: ClassVar[tuple[Rule, ...]] = ()
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row a record, as auditor/leakage/items.py says."""
        import pyarrow as pa

        from auditor.leakage.items import collected

        if batch.shard.format == "sketch":
            return pa.Table.from_batches([batch.records])
        return collected(batch, context["text"])


@dataclass(frozen=True, kw_only=True)
class Benchmarks(Check):
    """Looks in training data for the items of other datasets; `threshold` is the Jaccard similarity of near duplicates, `key` (hexadecimal)
    that of keyed sketches among them.
    """

    name: ClassVar[str] = "benchmarks"
    rules: ClassVar[tuple[Rule, ...]] = (LEAK010, LEAK011)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True
    collects: ClassVar[str] = Items.name

    threshold: float = 0.8
    no_text: bool = False
    key: str = ""

    def prepare(self, dataset: Dataset) -> Prepared | Skip:
        """The catalogue of all items, and how they are compared."""
        if not dataset.against:
            return Skip(reason="no benchmark was named; name it with --against")
        if not any(split.training for split in dataset.splits):
            return Skip(reason="there is no training split")
        if not dataset.roles.text:
            return Skip(reason="there is no column of strings to compare; name the columns with --text")
        from auditor.kernels.pairing import CONTAINMENT
        from auditor.leakage import paraphrases, sketched
        from auditor.leakage.catalogue import catalogue, key_of

        blind, hidden = sketched.prepared(dataset, self.collects, self.key)
        known, uses, strings = catalogue(sketched.opened(dataset).against, self.collects, dataset.shingle, min(self.threshold, CONTAINMENT))
        tables = known.tables()
        others = paraphrases.tables(known, uses, strings) if self.wants(LEAK011) else {}
        context = {
            "text": list(dataset.roles.text),
            "shingle": dataset.shingle,
            "threshold": self.threshold,
            "containment": CONTAINMENT,
            "catalogue": key_of(tables),
            **blind,
        }
        return Prepared(context=context, tables={**tables, **others, **hidden, "uses": uses.table(), "strings": _strings(strings)})

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """The occurrences of items in a batch and the counts of their grams (auditor/leakage/occurrences.py)."""
        from auditor.kernels.packed import bundled
        from auditor.leakage import sketched
        from auditor.leakage.occurrences import observed

        hidden = {sketched.PART: sketched.observed(batch, context)} if context["sketches"] else {}
        return bundled({**observed(batch, context, self.no_text), **hidden})

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """The matches of each benchmark with each training split, and the findings they make."""
        import pyarrow as pa

        from auditor.leakage import sketched
        from auditor.leakage.concluded import Search

        opened = sketched.opened(dataset)
        search, sketches = Search(total, context, opened), sketched.SketchSearch(total, context, dataset)
        findings = tuple(each for rule in self.rules if self.wants(rule) for each in search.findings(rule, reworded=rule is LEAK011))
        blind = tuple(sketches.findings(LEAK010)) if self.wants(LEAK010) else ()
        counts = {rule.id: sum(each.count for each in findings + blind if each.rule == rule.id) for rule in self.rules}
        unseen = {} if opened.against else {LEAK011.id: "reworded items are found only where their text is there"}
        outcomes = (
            skipped(rule, unseen[rule.id]) if rule.id in unseen else tally(rule, search.examined, counts[rule.id]) for rule in self.rules
        )
        return Conclusion(
            outcomes=tuple(outcomes),
            findings=findings + blind,
            sections={"benchmarks": sketches.section(search.section(findings, self.no_text), blind)},
            tables={"benchmarks": pa.concat_tables([search.table(), sketches.table()], promote_options="default")},
        )


def _strings(texts: list[str]) -> pa.Table:
    import pyarrow as pa

    return pa.table({"text": pa.array(texts, pa.large_string())})
