"""Schema: the expectations of a Great Expectations suite, in every split, with every record that does not meet one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Skip, skipped, tally
from auditor.dataset import Batch, Dataset, as_json
from auditor.doors import conditions
from auditor.doors import great_expectations as door
from auditor.model import Example, Finding, Json, Location, Outcome, Rule, Severity, found
from auditor.rulebook import preset_or_file

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.validation.engine import Judged
    from auditor.validation.parts import Part
    from auditor.validation.plan import Plan

SAMPLE = 200
"""How long what was observed may be in a message."""

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


# ── the check ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Schema(Check):
    """`suite` is the path of a suite, or the name of one in rules/schemas; `schema_engine` is one of ENGINES; `no_text` withholds the
    values of records.
    """

    name: ClassVar[str] = "schema"
    rules: ClassVar[tuple[Rule, ...]] = (EXPECTATION_NOT_MET,)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    suite: str = ""
    schema_engine: str = "auto"
    no_text: bool = False

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        if not self.suite:
            return Skip(reason="no suite was given; name one with --schema")
        from auditor.schemas.suites import load_suite  # a twentieth of a second, which audits without a suite can spare

        suite = load_suite(preset_or_file("schemas", self.suite))
        if not suite["expectations"]:
            return Skip(reason=f"the rule file {suite['name']} demands nothing of columns")
        looked: dict[str, None] = {}
        for each in suite["expectations"]:
            looked |= dict.fromkeys(door.own_columns(each["type"], each["kwargs"]))
            looked |= dict.fromkeys(conditions.columns(each["kwargs"].get("row_condition")))
        return {
            "suite": suite,
            "columns": list(looked),
            "text": list(dataset.prose),
            "key": None if self.no_text else dataset.roles.id,
            "shown": not self.no_text,
            **_engines(suite["expectations"], self.schema_engine),
        }

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        from auditor.validation.observed import observe

        names = batch.records.schema.names
        looked, texts = {*context["columns"], context["key"]}, set() if batch.typed else set(context["text"])
        return observe(
            _plan(context),
            replace(batch, records=_looked_at(batch.records, [name in looked for name in names], texts)),
            names,
            keep=bool(context["reference"]),
        )

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        rule, suite = EXPECTATION_NOT_MET, context["suite"]
        if total is None or not total.num_rows:
            return Conclusion(outcomes=(skipped(rule, "no record was read"),))
        from auditor.validation.parts import parts

        found = parts(total, dataset)
        judged = _judged(found, context)
        if self.no_text:
            expectations = {each["id"]: each for each in suite["expectations"]}
            judged = [_withheld(each, expectations[each.result.id], dataset.roles.sensitive) for each in judged]
        rows = {part.split: part.rows for part in found}
        findings = [_finding(each, context) for each in judged if each.result.status == "failed"]
        return Conclusion(
            outcomes=(_outcome([each.result for each in judged], findings, sum(rows.values())),),
            findings=tuple(findings),
            sections={"schema": {"suite": suite["name"], "splits": [_section(name, rows[name], judged, context) for name in rows]}},
        )


def _engines(expectations: Sequence[Mapping[str, Json]], engine: str) -> dict[str, Json]:
    """The numbers of the expectations that are judged by the `fast` engine and by the `reference`, Great Expectations; and why those
    that neither judges are `refused`.
    """
    from auditor.validation.plan import OURS, uncovered

    fast, reference, refused = [], [], {}
    for number, each in enumerate(expectations):
        reason = uncovered(each)
        own = each["type"] in OURS
        if engine != "gx" and not reason:
            fast.append(number)
        if not own and (engine in {"gx", "both"} or (engine == "auto" and reason)):
            reference.append(number)
        if number not in fast and number not in reference:
            refused[each["id"]] = f"the fast engine cannot judge it: {reason}" if reason else "only the fast engine knows this type"
    return {"fast": fast, "reference": reference, "refused": refused}


_LAST: list[tuple[Mapping[str, Json], Plan]] = []


def _plan(context: Mapping[str, Json]) -> Plan:
    """The plan of a context, made once for all batches of a shard."""
    from auditor.validation.plan import plan

    if not _LAST or _LAST[0][0] is not context:
        _LAST[:] = [(context, plan(context, context["fast"]))]
    return _LAST[0][1]


def _looked_at(records: pa.RecordBatch, looked: Sequence[bool], texts: Set[str]) -> pa.RecordBatch:
    """The columns that are looked at; missing cells of `texts` are the empty text."""
    import pyarrow as pa

    places = [place for place, wanted in enumerate(looked) if wanted]
    columns = []
    for place in places:
        name, column = records.schema.names[place], records.column(place)
        column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        columns.append(column.fill_null("") if name in texts else column)
    fields = [records.schema.field(place).with_type(column.type) for place, column in zip(places, columns, strict=True)]
    if not places:
        return records.select([])
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _judged(parts: Sequence[Part], context: Mapping[str, Json]) -> list[Judged]:
    """What became of every expectation in every split, by split and in the order of the suite."""
    from auditor.validation import engine
    from auditor.validation.compared import compared

    expectations = context["suite"]["expectations"]
    fast = {(each.result.split, each.result.id): each for part in parts for each in engine.judge(_plan(context), part)}
    others: dict[tuple[str, str], Judged] = {}
    if context["reference"]:
        from auditor.validation import reference

        asked = [expectations[number] for number in context["reference"]]
        others = {(each.result.split, each.result.id): each for each in reference.judge(asked, parts, context)}
    found = []
    for part in parts:
        for each in expectations:
            key = part.split, each["id"]
            if each["id"] in context["refused"]:
                found.append(engine.refused(*key, context["refused"][each["id"]]))
            elif key in fast and key in others:
                found.append(compared(fast[key], others[key]))
            else:
                found.append(fast[key] if key in fast else others[key])
    return found


def _column(expectation: Mapping[str, Json]) -> str | None:
    return ", ".join(door.own_columns(expectation["type"], expectation["kwargs"])) or None


def _withheld(judged: Judged, expectation: Mapping[str, Json], sensitive: Sequence[str]) -> Judged:
    """The result without what may be a value of a record; of a sensitive column not even a number is left."""
    result = judged.result
    own = door.own_columns(expectation["type"], expectation["kwargs"])
    observed = result.observed if isinstance(result.observed, int | float) and not {*own} & {*sensitive} else None
    message = "it raised an exception" if door.SAYS in result.message else result.message
    return replace(judged, result=replace(result, observed=observed, message=message))


def _finding(judged: Judged, context: Mapping[str, Json]) -> Finding:
    from auditor.schemas.compiling import TOLD, graded

    result = judged.result
    expectation = next(each for each in context["suite"]["expectations"] if each["id"] == result.id)
    where = judged.where if judged.where is not None else (Location(split=result.split, column=_column(expectation)),)
    evidence = {
        "type": expectation["type"],
        "kwargs": expectation["kwargs"],
        "expectation_severity": expectation["severity"],
        "unexpected": result.unexpected,
        "examined": result.examined,
        "unexpected_share": round(result.unexpected / result.examined, 6) if result.examined else None,
        "observed": result.observed,
        "reason": result.message,
        "samples": list(judged.samples),
        **{key: expectation[key] for key in TOLD if key in expectation},
    }
    level = graded(expectation, result.unexpected / result.examined if result.unexpected else 1.0)
    return found(
        EXPECTATION_NOT_MET,
        f"{_told(expectation, result)} in split {result.split}",
        f"{result.id} @ {result.split}",
        severity=SEVERITIES.get(level or "", EXPECTATION_NOT_MET.severity),
        where=where,
        count=len(where),
        evidence=evidence,
        check=result.id,
    )


def _told(expectation: Mapping[str, Json], result: door.Result) -> str:
    column = _column(expectation)
    about = f"{column}: {result.id}" if column else result.id
    number = f" by {len(result.rows):,} of {result.examined:,} records" if len(result.rows) else ""
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


def _section(split: str, rows: int, judged: Iterable[Judged], context: Mapping[str, Json]) -> dict[str, Json]:
    expectations = {each["id"]: (number, each) for number, each in enumerate(context["suite"]["expectations"])}
    results = []
    for each in (one.result for one in judged if one.result.split == split):
        number, expectation = expectations[each.id]
        engines = [name for name, key in (("fast", "fast"), ("gx", "reference")) if number in context[key]]
        results.append(
            {
                "check": each.id,
                "type": expectation["type"],
                "column": _column(expectation),
                "engine": " and ".join(engines),
                "status": each.status,
                "unexpected": each.unexpected,
                "examined": each.examined,
                "observed": each.observed,
                "message": each.message,
            }
        )
    return {"split": split, "rows": rows, "results": results}
