"""Schema: the expectations of a Great Expectations suite, in every split, with every record that does not meet one."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, overload

from auditor.check import Check, Conclusion, Skip, skipped, tally
from auditor.dataset import JSON_FIELD, Batch, Dataset, as_json, is_json, json_values
from auditor.doors import conditions
from auditor.doors import great_expectations as door
from auditor.model import Example, Finding, Json, Location, Outcome, Rule, Severity, digest, found
from auditor.partials import opened
from auditor.rulebook import preset_or_file
from auditor.schemas.compiling import TOLD, graded
from auditor.schemas.suites import load_suite

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLES, SAMPLE = 5, 200
"""How many failing values a finding shows, and how long each may be."""

SEVERITIES = {"critical": Severity.CRITICAL, "warning": Severity.MEDIUM, "info": Severity.INFO}
"""The severities of Great Expectations as ours; `error`, which only rule files have, is the rule's own."""

_SUITE = """\
name: answers
expectations:
  - type: expect_column_values_to_be_unique
    kwargs: {column: id}
  - type: expect_column_values_to_be_between
    kwargs: {column: score, min_value: 0, max_value: 1}
"""

EXPECTATION_NOT_MET = Rule(
    id="SCHM001",
    name="expectation-not-met",
    severity=Severity.HIGH,
    summary="A split does not meet an expectation of the suite that was named with --schema.",
    why="A model trains on whatever it is given: an id used twice, a score of 17 where 1 is the most, or a label nobody knows are learnt "
    "as if they were true.",
    fix="Mend or drop the records that are named, or, where they are right, change the expectation and say why in its `meta`.",
    failing=Example(
        files={"train.csv": "id,text,score\n1,how do I pay,0.5\n1,where is my card,17\n2,thanks,n/a\n", "suite.yaml": _SUITE},
        options=("--schema", "suite.yaml"),
    ),
    passing=Example(
        files={"train.csv": "id,text,score\n1,how do I pay,0.5\n2,where is my card,1\n3,thanks,\n", "suite.yaml": _SUITE},
        options=("--schema", "suite.yaml"),
    ),
)


# ── what was read ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The batches of a split in order. `places` are their first positions in the table of the split, `rows` their first rows."""

    split: str
    batches: tuple[Batch, ...]
    places: tuple[int, ...]
    rows: tuple[int, ...]

    def taken(self, positions: Sequence[int]) -> Iterator[tuple[Batch, list[tuple[int, int | None]]]]:
        """The records at positions of the table, in ascending order: as batches, and for each its row in the split and its line."""
        import pyarrow as pa

        for number, group in groupby(positions, key=lambda position: bisect_right(self.places, position) - 1):
            batch, inside = self.batches[number], [position - self.places[number] for position in group]
            lines = [None] * len(inside) if batch.lines is None else batch.lines.take(pa.array(inside, pa.int64())).to_pylist()
            rows = [self.rows[number] + each for each in inside]
            yield replace(batch, records=batch.records.take(pa.array(inside, pa.int64()))), list(zip(rows, lines, strict=True))


class _Places(Sequence[Location]):
    """The places of a finding, made when they are asked for: there may be one for every record."""

    def __init__(self, part: _Part, positions: Sequence[int], column: str | None, looked: Sequence[str]) -> None:
        self._part, self._positions, self._column, self._looked = part, positions, column, sorted(looked)

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Location: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Location]: ...
    def __getitem__(self, index: int | slice) -> Location | Sequence[Location]:
        if isinstance(index, int):
            return next(self._located([self._positions[index]]))
        return _Places(self._part, self._positions[index], self._column, self._looked)

    def __iter__(self) -> Iterator[Location]:
        return self._located(self._positions)

    def _located(self, positions: Sequence[int]) -> Iterator[Location]:
        for batch, places in self._part.taken(positions):
            values = [json_values(batch, name) for name in self._looked]
            for (row, line), record in zip(places, zip(*values, strict=True), strict=True):
                given = (text for name, value in zip(self._looked, record, strict=True) if value is not None for text in (name, value))
                yield Location(
                    split=self._part.split, row=row, column=self._column, file=batch.shard.path, line=line, digest=digest(*given)
                )


def _parts(total: pa.Table, dataset: Dataset) -> list[_Part]:
    import pyarrow as pa

    shards, firsts = {shard.ordinal: shard for shard in dataset.shards}, dataset.first_rows()
    batches: dict[str, list[Batch]] = {split.name: [] for split in dataset.splits}
    for ordinal, start, number in sorted(zip(total["shard"].to_pylist(), total["start"].to_pylist(), range(total.num_rows), strict=True)):
        with pa.ipc.open_stream(total["records"][number].as_buffer()) as stream:
            records = stream.read_next_batch()
        batch = Batch(
            shard=shards[ordinal], start=start, records=records, lines=total["lines"][number].values, typed=total["typed"][number].as_py()
        )
        batches[batch.shard.split].append(batch)
    return [_part(name, tuple(each), firsts) for name, each in batches.items()]


def _part(split: str, batches: tuple[Batch, ...], firsts: Mapping[int, int]) -> _Part:
    places, place = [], 0
    for batch in batches:
        places.append(place)
        place += batch.records.num_rows
    rows = tuple(firsts[batch.shard.ordinal] + batch.start for batch in batches)
    return _Part(split=split, batches=batches, places=tuple(places), rows=rows)


def _sheet(part: _Part) -> door.Sheet:
    """The split as one table. A column that files of the split give different types has the one that holds all values, else JSON."""
    import pyarrow as pa

    names = dict.fromkeys(name for batch in part.batches for name in batch.records.schema.names)
    columns = [_joined(part.batches, name) for name in names]
    schema = pa.schema([field for field, _ in columns])
    return door.Sheet(
        name=part.split,
        records=pa.Table.from_arrays([column for _, column in columns], schema=schema),
        typed=all(batch.typed for batch in part.batches),
    )


def _joined(batches: Sequence[Batch], name: str) -> tuple[pa.Field, pa.ChunkedArray]:
    import pyarrow as pa

    given = [batch.records.schema.field(name) for batch in batches if name in batch.records.schema.names]
    if not any(map(is_json, given)):
        try:
            field = pa.unify_schemas([pa.schema([each.remove_metadata()]) for each in given], promote_options="permissive").field(0)
            return field, pa.chunked_array([_cast(batch, field) for batch in batches], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            pass  # no type holds all of them
    field = pa.field(name, pa.string(), metadata=JSON_FIELD)
    return field, pa.chunked_array([pa.array(json_values(batch, name), pa.string()) for batch in batches], pa.string())


def _cast(batch: Batch, field: pa.Field) -> pa.Array:
    import pyarrow as pa

    if field.name not in batch.records.schema.names:
        return pa.nulls(batch.records.num_rows, field.type)
    return batch.records.column(field.name).cast(field.type)


# ── the check ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Schema(Check):
    """`suite` is the path of a Great Expectations suite, or the name of one in rules/schemas; `no_text` withholds the values of records."""

    name: ClassVar[str] = "schema"
    rules: ClassVar[tuple[Rule, ...]] = (EXPECTATION_NOT_MET,)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    suite: str = ""
    no_text: bool = False

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        if not self.suite:
            return Skip(reason="no suite was given; name one with --schema")
        suite = load_suite(preset_or_file("schemas", self.suite))
        if not suite["expectations"]:
            return Skip(reason=f"the rule file {suite['name']} demands nothing of columns")
        looked: dict[str, None] = {}
        for each in suite["expectations"]:
            looked |= dict.fromkeys(door.own_columns(each["type"], each["kwargs"]))
            looked |= dict.fromkeys(conditions.columns(each["kwargs"].get("row_condition")))
        return {"suite": suite, "columns": list(looked), "text": list(dataset.roles.text)}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        import pyarrow as pa

        looked, texts = set(context["columns"]), set() if batch.typed else set(context["text"])
        columns = []
        for name, column in zip(batch.records.schema.names, batch.records.columns, strict=True):
            if name not in looked:
                columns.append(pa.nulls(len(column)))
            elif pa.types.is_dictionary(column.type):
                columns.append(column.dictionary_decode())
            else:
                columns.append(column.fill_null("") if name in texts else column)
        fields = [field.with_type(column.type) for field, column in zip(batch.records.schema, columns, strict=True)]
        records = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, records.schema) as writer:
            writer.write_batch(records)
        lines = None if batch.lines is None else batch.lines.to_pylist()
        return pa.table(
            {
                "start": pa.array([batch.start], pa.int64()),
                "typed": pa.array([batch.typed]),
                "lines": pa.array([lines], pa.list_(pa.int64())),
                "records": pa.array([sink.getvalue().to_pybytes()], pa.large_binary()),
            }
        )

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        rule, suite = EXPECTATION_NOT_MET, context["suite"]
        if total is None or not total.num_rows:
            return Conclusion(outcomes=(skipped(rule, "no record was read"),))
        parts = _parts(total, dataset)
        sheets = [_sheet(part) for part in parts]
        expectations = {each["id"]: each for each in suite["expectations"]}
        with opened(None) as room:
            results = door.validate(suite, sheets, room.folder)
        if self.no_text:
            results = [_withheld(each, expectations[each.id], dataset.roles.sensitive) for each in results]
        of_split = {part.split: part for part in parts}
        shown = 0 if self.no_text else SAMPLES
        failed = [each for each in results if each.status == "failed"]
        findings = [_finding(expectations[each.id], each, of_split[each.split], context["columns"], shown) for each in failed]
        rows = sum(sheet.records.num_rows for sheet in sheets)
        return Conclusion(
            outcomes=(_outcome(results, findings, rows),),
            findings=tuple(findings),
            sections={"schema": {"suite": suite["name"], "splits": [_section(sheet, results, expectations) for sheet in sheets]}},
        )


def _column(expectation: Mapping[str, Json]) -> str | None:
    return ", ".join(door.own_columns(expectation["type"], expectation["kwargs"])) or None


def _withheld(result: door.Result, expectation: Mapping[str, Json], sensitive: Sequence[str]) -> door.Result:
    """The result without what may be a value of a record; of a sensitive column not even a number is left."""
    own = door.own_columns(expectation["type"], expectation["kwargs"])
    observed = result.observed if isinstance(result.observed, int | float) and not {*own} & {*sensitive} else None
    return replace(result, observed=observed, message="it raised an exception" if result.message.startswith(door.SAYS) else result.message)


def _finding(expectation: Mapping[str, Json], result: door.Result, part: _Part, looked: Sequence[str], shown: int) -> Finding:
    column = _column(expectation)
    count = len(result.rows) or 1
    where: Sequence[Location] = _Places(part, result.rows, column, looked) if result.rows else (Location(split=part.split, column=column),)
    own = door.own_columns(expectation["type"], expectation["kwargs"])
    evidence = {
        "type": expectation["type"],
        "kwargs": expectation["kwargs"],
        "expectation_severity": expectation["severity"],
        "unexpected": result.unexpected,
        "examined": result.examined,
        "unexpected_share": round(result.unexpected / result.examined, 6) if result.examined else None,
        "observed": result.observed,
        "reason": result.message,
        "samples": [sample for batch, _ in part.taken(result.rows[:shown]) for sample in _samples(batch, own)],
        **{key: expectation[key] for key in TOLD if key in expectation},
    }
    level = graded(expectation, result.unexpected / result.examined if result.unexpected else 1.0)
    return found(
        EXPECTATION_NOT_MET,
        f"{_told(expectation, result)} in split {part.split}",
        f"{result.id} @ {part.split}",
        severity=SEVERITIES.get(level or "", EXPECTATION_NOT_MET.severity),
        where=where,
        count=count,
        evidence=evidence,
        check=result.id,
    )


def _samples(batch: Batch, own: Sequence[str]) -> list[str]:
    """The values of each record in the columns that an expectation is about, as JSON."""
    values = [[json.loads(cell or "null") for cell in json_values(batch, name)] for name in own]
    records = values[0] if len(own) == 1 else [dict(zip(own, record, strict=True)) for record in zip(*values, strict=True)]
    return [as_json(record)[:SAMPLE] for record in records]


def _told(expectation: Mapping[str, Json], result: door.Result) -> str:
    column = _column(expectation)
    about = f"{column}: {result.id}" if column else result.id
    number = f" by {len(result.rows):,} of {result.examined:,} records" if result.rows else ""
    observed = "" if result.observed is None else f"observed {as_json(result.observed)[:SAMPLE]}"
    reasons = "; ".join(filter(None, (observed, result.message)))
    return f"{about} is not met{number}" + (f" ({reasons})" if reasons else "")


def _outcome(results: Sequence[door.Result], findings: Sequence[Finding], rows: int) -> Outcome:
    errors = [each for each in results if each.status == "error"]
    vacuous = [each for each in results if each.status == "vacuous"]
    notes = _noted(errors, results, "could not be judged"), _noted(vacuous, results, "found nothing to check")
    count = sum(finding.count for finding in findings)
    outcome = tally(EXPECTATION_NOT_MET, 0 if len(vacuous) == len(results) else rows, count, "; ".join(filter(None, notes)))
    return replace(outcome, status="error", examined=rows) if errors else outcome


def _noted(some: Sequence[door.Result], everything: Sequence[door.Result], what: str) -> str:
    if not some:
        return ""
    first = ", ".join(f"{each.id} @ {each.split}" + (f" ({each.message[:SAMPLE]})" if each.status == "error" else "") for each in some[:3])
    return f"{len(some)} of {len(everything)} results {what}: {first}" + (", ..." if len(some) > 3 else "")


def _section(sheet: door.Sheet, results: Iterable[door.Result], expectations: Mapping[str, Any]) -> dict[str, Json]:
    return {
        "split": sheet.name,
        "rows": sheet.records.num_rows,
        "results": [
            {
                "check": each.id,
                "type": expectations[each.id]["type"],
                "column": _column(expectations[each.id]),
                "status": each.status,
                "unexpected": each.unexpected,
                "examined": each.examined,
                "observed": each.observed,
                "message": each.message,
            }
            for each in results
            if each.split == sheet.name
        ],
    }
