"""The profile of every column, and whether the splits have the same columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, tally
from auditor.dataset import Batch, Dataset, Split
from auditor.model import Example, Finding, Json, Location, Rule, Severity, found
from auditor.profiles import gathered
from auditor.profiles.section import section

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.kernels.columns import Column

SPLITS_DISAGREE = Rule(
    id="SCHM002",
    name="splits-disagree-on-schema",
    severity=Severity.MEDIUM,
    summary="Two splits have different columns, or values of different types in the same column.",
    why="What reads one split does not read the other: a loader stops, or fills a column with nothing, and a model is tested on other "
    "inputs than it was trained on.",
    fix="Give all splits the same columns with values of the same types, or move files of another kind out of the dataset.",
    failing=Example(files={"train.csv": "text,hour\nthe ferry leaves,9\n", "test.csv": "text,time\nthe ferry returns,11\n"}),
    passing=Example(files={"train.csv": "text,hour\nthe ferry leaves,9\n", "test.csv": "text,hour\nthe ferry returns,11\n"}),
)


@dataclass(frozen=True, kw_only=True)
class Profile(Check):
    """Accumulates every column; checks that conclude from columns share what it saw. `no_text` withholds texts of values."""

    name: ClassVar[str] = "profile"
    rules: ClassVar[tuple[Rule, ...]] = (SPLITS_DISAGREE,)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    no_text: bool = False

    def prepare(self, dataset: Dataset) -> Mapping[str, Json]:
        """The columns of which no value is kept."""
        return {"sensitive": list(dataset.roles.sensitive)}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row a column (auditor/profiles/gathered.py)."""
        return gathered.observed(batch, not self.no_text, context["sensitive"])

    def gather(self, total: pa.Table, dataset: Dataset) -> pa.Table:
        """A row for each column of each split."""
        return gathered.gathered(total, {shard.ordinal: shard.split for shard in dataset.shards})

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """The profile, and where the splits of a configuration disagree."""
        profiles = gathered.by_split(total)
        rows = {split.name: dataset.rows(split.name) for split in dataset.splits}
        findings: list[Finding] = []
        compared = 0
        for _, splits in groupby(sorted(dataset.splits, key=lambda split: split.config or ""), key=lambda split: split.config):
            read = [split for split in splits if split.name in profiles]
            if len(read) > 1:
                compared += sum(rows[split.name] for split in read)
                findings += _disagreements(read, profiles)
        outcome = tally(SPLITS_DISAGREE, compared, len(findings), "" if compared else "there is one split only")
        roles = dataset.roles
        shown = section(profiles, rows, frozenset(roles.sensitive), frozenset({roles.id, roles.group}), roles.label)
        return Conclusion(outcomes=(outcome,), findings=tuple(findings), sections={"profile": shown})


def _disagreements(splits: list[Split], profiles: gathered.Profiles) -> Iterator[Finding]:
    """A finding for each column that not all of the splits have, or have with values of the same type."""
    for name in dict.fromkeys(name for split in splits for name in profiles[split.name]):
        there = [split.name for split in splits if name in profiles[split.name]]
        lacking = [split.name for split in splits if name not in profiles[split.name]]
        types = {split: _types(profiles[split][name]) for split in there if profiles[split][name].present}
        evidence = {"types": {split: sorted(some) for split, some in types.items()}, "lacking": lacking}
        subject = f"{splits[0].config or ''}/{name}"
        where = tuple(Location(split=split, column=name) for split in lacking or types)
        if lacking:
            message = f"{name}: there is no such column in {', '.join(lacking)}, but in {', '.join(there)}"
            yield found(SPLITS_DISAGREE, message, subject, where=where, evidence=evidence)
        elif any(not a & b for a in types.values() for b in types.values()):
            told = "; ".join(f"{'/'.join(sorted(some))} in {split}" for split, some in types.items())
            yield found(SPLITS_DISAGREE, f"{name}: {told}", subject, where=where, evidence=evidence)


def _types(column: Column) -> frozenset[str]:
    """The types of a column's values; a number is one with or without a fraction. Cells of CSV are numbers or texts, as they read."""
    from auditor.kernels.columns import KINDS

    types = {kind for kind in KINDS if column.of(kind)}
    if column.strings.numbers.count:
        types |= {"number"} if column.strings.numbers.count == column.of("string") else {"number", "string"}
        types -= {"string"} if column.strings.numbers.count == column.of("string") else set()
    return frozenset("number" if kind == "integer" else kind for kind in types)
