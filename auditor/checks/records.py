"""Records: what a rule file demands of parts of nested records, with the path and the line of every place where it is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from auditor.check import Check, Conclusion, Skip, skipped, tally
from auditor.dataset import Batch, Dataset, Shard, json_values
from auditor.model import Example, Finding, Json, Location, Locations, Rule, Severity, digest, found
from auditor.rulebook import preset_or_file

if TYPE_CHECKING:
    import pyarrow as pa

SEVERITIES = {"critical": Severity.CRITICAL, "warning": Severity.MEDIUM, "info": Severity.INFO}
_RULES = """\
auditor: 1
records:
  - {id: roles, path: "$.messages[*].role", required: true, enum: [system, user, assistant]}
"""
_GOOD = '{"messages": [{"role": "user", "content": "how do I pay"}, {"role": "assistant", "content": "by card"}]}\n'

RECORD_NOT_AS_DEMANDED = Rule(
    id="SCHM003",
    name="record-not-as-demanded",
    severity=Severity.HIGH,
    summary="A part of a nested record is not what the rule file that was named with --schema demands of it.",
    why="A chat whose roles are misspelt, whose turns are out of order or whose answer is empty is trained on like any other: templates "
    "drop such messages in silence, or teach the model to answer with nothing.",
    fix="Mend or drop the records that are named, each with its path; or, where they are right, change the rule.",
    failing=Example(
        files={"train.jsonl": _GOOD + '{"messages": [{"role": "bot", "content": "hello"}, {"content": "hi"}]}\n', "rules.yaml": _RULES},
        options=("--schema", "rules.yaml"),
    ),
    passing=Example(files={"train.jsonl": _GOOD, "rules.yaml": _RULES}, options=("--schema", "rules.yaml")),
)


@dataclass(frozen=True, kw_only=True)
class Records(Check):
    """`suite` is the path of a rule file, or the name of one in rules/schemas."""

    name: ClassVar[str] = "records"
    rules: ClassVar[tuple[Rule, ...]] = (RECORD_NOT_AS_DEMANDED,)
    reads_records: ClassVar[bool] = True

    suite: str = ""

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """The demands of the rule file, as JSON, and what it says beside them."""
        from auditor.nested.demands import demand, described
        from auditor.schemas.suites import rule_file

        file = rule_file(preset_or_file("schemas", self.suite)) if self.suite else None
        if file is None or not file.records:
            return Skip(reason="no rule file with `records:` was given; name one with --schema")
        told = [{"id": r.id, "path": r.path, "severity": r.severity, "why": r.why, "remedy": r.remedy} for r in file.records]
        return {"demands": described([demand(each) for each in file.records]), "told": told}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row for each broken place: number of the rule, row in the shard, line, path, reason and digest of the record; and one a rule,
        of row -1, with how many values were looked at.
        """
        import pyarrow as pa

        from auditor.nested.demands import compiled

        demands = compiled(context["demands"])
        seen: list[dict[str, Any]] = []
        for number, (examined, breaches) in enumerate(demands.broken(batch)):
            seen.append({"rule": number, "row": -1, "examined": examined})
            seen += ({"rule": number, "row": each.row, "path": each.path, "reason": each.reason} for each in breaches)
        rows = sorted({each["row"] for each in seen if each["row"] >= 0})
        lines = [None] * len(rows) if batch.lines is None else batch.lines.take(pa.array(rows, pa.int64())).to_pylist()
        at = dict(zip(rows, zip(lines, _digests(batch, rows, demands.columns), strict=True), strict=True))
        for each in seen:
            if each["row"] >= 0:
                each["line"], each["digest"] = at[each["row"]]
                each["row"] += batch.start
        return pa.Table.from_pylist(seen, schema=_schema())

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding for each rule and split, with every place."""
        rule = RECORD_NOT_AS_DEMANDED
        if total is None or not total.num_rows:
            return Conclusion(outcomes=(skipped(rule, "no record was read"),))
        seen = _Seen(total, dataset)
        findings = [
            _finding(told, split.name, seen.places(number, split.name), seen.examined(number, split.name))
            for split in dataset.splits
            for number, told in enumerate(context["told"])
            if len(seen.places(number, split.name))
        ]
        idle = [told["id"] for number, told in enumerate(context["told"]) if not seen.examined(number)]
        note = f"{len(idle)} of {len(context['told'])} rules found nothing to check: {', '.join(idle[:3])}" if idle else ""
        rows = 0 if len(idle) == len(context["told"]) else sum(dataset.rows(split.name) for split in dataset.splits)
        return Conclusion(outcomes=(tally(rule, rows, sum(each.count for each in findings), note),), findings=tuple(findings))


def _schema() -> pa.Schema:
    import pyarrow as pa

    whole = [("rule", pa.int32()), ("row", pa.int64()), ("line", pa.int64()), ("examined", pa.int64())]
    return pa.schema([*whole, *((name, pa.string()) for name in ("path", "reason", "digest"))])


def _digests(batch: Batch, rows: Sequence[int], columns: set[str] | None) -> list[str]:
    """The digests of some records, over the columns that are looked at."""
    import pyarrow as pa

    some = replace(batch, records=batch.records.take(pa.array(rows, pa.int64())))
    names = sorted(name for name in batch.records.schema.names if columns is None or name in columns)
    values = [json_values(some, name) for name in names]
    records = zip(*values, strict=True) if values else [()] * len(rows)
    return [
        digest(*(part for name, value in zip(names, record, strict=True) if value is not None for part in (name, value)))
        for record in records
    ]


class _Places(Locations):
    """The places of a finding, in order of shard and row."""

    def __init__(self, total: pa.Table, rows: Any, shards: Mapping[int, Shard], firsts: Mapping[int, int]) -> None:
        self._total, self._rows, self._shards, self._firsts = total, rows, shards, firsts

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, place: int) -> Location:
        """The place of this number."""
        row, line, path, reason, digest, ordinal = (self._taken[name][place].as_py() for name in self._taken.schema.names)
        shard = self._shards[ordinal]
        return Location(
            split=shard.split, row=self._firsts[ordinal] + row, column=path, file=shard.path, line=line, digest=digest, message=reason
        )

    @cached_property
    def _taken(self) -> pa.Table:
        import pyarrow as pa

        return self._total.select(["row", "line", "path", "reason", "digest", "shard"]).take(pa.array(self._rows))

    def reasons(self) -> dict[str, int]:
        """How often each reason is given."""
        return dict(sorted(Counter(self._taken["reason"].to_pylist()).items()))

    def records(self) -> int:
        """How many records the places are in."""
        return int(self._taken.group_by(["shard", "row"]).aggregate([]).num_rows)


class _Seen:
    """All that was observed, by rule and split."""

    def __init__(self, total: pa.Table, dataset: Dataset) -> None:
        import numpy as np

        self._total, self._firsts = total.combine_chunks(), dataset.first_rows()
        self._shards = {shard.ordinal: shard for shard in dataset.shards}
        self._splits = {split.name: np.array([shard.ordinal for shard in split.shards]) for split in dataset.splits}
        self._rule, self._row, self._shard = (np.asarray(total[name]) for name in ("rule", "row", "shard"))
        self._examined = np.asarray(total["examined"].fill_null(0))

    def places(self, rule: int, split: str) -> _Places:
        """Where a rule is broken in a split."""
        import numpy as np

        rows = np.flatnonzero((self._rule == rule) & (self._row >= 0) & np.isin(self._shard, self._splits[split]))
        return _Places(self._total, rows[np.lexsort((self._row[rows], self._shard[rows]))], self._shards, self._firsts)

    def examined(self, rule: int, split: str | None = None) -> int:
        """How many values a rule was asked of, in a split or in all."""
        import numpy as np

        meant = self._rule == rule
        return int(self._examined[meant if split is None else meant & np.isin(self._shard, self._splits[split])].sum())


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + "s" * (count != 1)


def _finding(told: Mapping[str, Json], split: str, where: _Places, examined: int) -> Finding:
    reasons, records = where.reasons(), where.records()
    most = max(reasons, key=lambda reason: (reasons[reason], reason))
    return found(
        RECORD_NOT_AS_DEMANDED,
        f"{told['path']}: {told['id']} is not met at {_many(len(where), 'place')} in {_many(records, 'record')} of split {split} ({most})",
        f"{told['id']} @ {split}",
        severity=SEVERITIES.get(told["severity"], RECORD_NOT_AS_DEMANDED.severity),
        where=where,
        count=len(where),
        evidence={
            "path": told["path"],
            "examined": examined,
            "records": records,
            "reasons": reasons,
            **{key: told[key] for key in ("why", "remedy") if told[key]},
        },
        check=told["id"],
    )
