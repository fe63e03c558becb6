"""What becomes of the expectations of a plan in every split, from what was observed of all batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from auditor.doors.great_expectations import EXISTS, NOT, Result
from auditor.model import Json, Locations
from auditor.validation import late, measures, types
from auditor.validation.bounds import bounds
from auditor.validation.cells import Unjudged, indices, no_column
from auditor.validation.late import Kept, Late
from auditor.validation.parts import Part, Said, failing
from auditor.validation.places import Found, Source, by_batch
from auditor.validation.plan import Plan, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A result, the places of its records, and some of their values as JSON."""

    result: Result
    where: Locations | None = None
    samples: tuple[str, ...] = ()


def refused(split: str, name: str, reason: str) -> Judged:
    """What becomes of an expectation that cannot be judged."""
    return Judged(result=Result(split=split, id=name, status="error", message=reason))


def judge(plan: Plan, part: Part) -> Iterator[Judged]:
    """What becomes of each rule in a split."""
    for item, rule in enumerate(plan.rules):
        try:
            missing = _missing(rule, part)
            if missing is not None:
                yield missing
            elif rule.family == "table":
                yield Judged(result=_of_table(rule, item, part))
            elif rule.family == "late":
                yield _of_late(plan, rule, part)
            else:
                yield _of_batches(plan, rule, item, part)
        except Unjudged as reason:
            yield refused(part.split, rule.id, str(reason))


def _missing(rule: Rule, part: Part) -> Judged | None:
    """The result for a rule about a column that no file has, or that a file has twice."""
    for name in (*rule.columns, *rule.numbers):
        if name not in part.columns and not part.rows:
            return Judged(result=Result(split=part.split, id=rule.id, status="vacuous", message="the split has no records"))
        if rule.type == EXISTS and name in rule.columns:
            continue
        if name not in part.columns and rule.optional and name in rule.columns:
            return Judged(result=Result(split=part.split, id=rule.id, status="vacuous", message=f"there is no column {name!r}"))
        if name not in part.columns:
            raise Unjudged(no_column(name, part.columns))
        if any(batch.columns.count(name) > 1 for batch in part.batches):
            raise Unjudged(f"more than one column is called {name!r}")
    return None


def _problems(said: Sequence[Said]) -> None:
    reasons = dict.fromkeys(each.problem for each in said if each.problem)
    if reasons:
        raise Unjudged("; ".join(reasons))


def _chosen(item: int, part: Part) -> int:
    """The meaning that counts: the first (numbers, times) that a cell has, else the last (as they are)."""
    many = part.meanings[item] if part.meanings else 1
    return next((meaning for meaning in range(many - 1) if part.counts(item, meaning)[3]), many - 1)


def _of_batches(plan: Plan, rule: Rule, item: int, part: Part) -> Judged:
    meaning = _chosen(item, part)
    said = part.said.get((rule.number, meaning), [])
    _problems(said)
    examined, unexpected, refused, _ = part.counts(item, meaning).tolist()
    met, seen, note = _share(rule, examined, unexpected), None, ""
    if rule.family == "measure":
        met, seen, note = measures.answered(rule.type, rule.kwargs, measures.together(rule.type, [each.gathered for each in said]))
        met = met and not refused
    elif rule.family == "type":
        held = types.joined(each.gathered for each in said if each.gathered is not None)
        if not types.by_values(rule.type, rule.kwargs, held):
            met, seen = types.met(rule.type, rule.kwargs, held)
            met, unexpected, said = met and not refused, refused, said if refused else []
    wrong = f"cells that are {NOT[_meaning(rule, part, meaning)]}: {refused:,}" if refused else ""
    notes = "; ".join(filter(None, (wrong, note)))
    result = _result(rule, part, met, unexpected=unexpected, examined=examined, observed=seen, message=notes)
    rows = list(failing(part, said))
    if not rows:
        return Judged(result=result)
    where = Found(part, ", ".join(rule.columns) or None, rows, part.failed, plan.looked, plan.key)
    result = replace(result, rows=np.concatenate([each.astype(np.int64) + batch.place for batch, each in rows]))
    return Judged(result=result, where=where, samples=where.samples(rule.columns) if plan.shown else ())


def _meaning(rule: Rule, part: Part, meaning: int) -> str:
    for batch in part.batches:
        return rule.meanings([True] * len(rule.columns), batch.typed)[meaning]
    return ""


def _share(rule: Rule, examined: int, unexpected: int) -> bool:
    return not examined or (float(examined) - float(unexpected)) / float(examined) >= rule.mostly


def _result(rule: Rule, part: Part, met: bool, **numbers: Any) -> Result:
    """A result; met by nothing is vacuous."""
    if met and not numbers["examined"] and rule.columns and rule.type != EXISTS:
        return Result(split=part.split, id=rule.id, status="vacuous", message="nothing was there to check")
    return Result(split=part.split, id=rule.id, status="passed" if met else "failed", **numbers)


def _of_late(plan: Plan, rule: Rule, part: Part) -> Judged:
    _problems(part.said.get((rule.number, 0), []))
    found: Late = late.judge(rule, partial(_kept, rule, part))
    refused = len(found.refused)
    met = _share(rule, found.examined, len(found.rows)) if found.met is None else found.met and not refused
    wrong = f"cells that are {NOT['number']}: {refused:,}" if refused else ""
    result = _result(rule, part, met, unexpected=len(found.rows), examined=found.examined, observed=found.observed, message=wrong)
    if not len(found.rows):
        return Judged(result=result)
    kept: Source = lambda batch, rows: part.kept(batch).records.take(indices(rows))  # noqa: E731
    where = Found(part, ", ".join(rule.columns), by_batch(part, found.rows), kept, rule.columns, plan.key)
    samples = where.samples(rule.columns) if plan.shown else ()
    return Judged(result=replace(result, rows=found.rows), where=where, samples=samples)


def _kept(rule: Rule, part: Part) -> Iterator[Kept]:
    meant = {each.batch: each for each in part.said.get((rule.number, 0), [])}
    for number, batch in enumerate(part.batches):
        among = None
        if rule.condition is not None:
            among = np.zeros(batch.size, np.bool_)
            rows = part.buffer("failing", meant[number].row) if number in meant else None
            if rows is not None:
                among[np.frombuffer(rows, np.int32)] = True
        yield Kept(place=batch.place, cells=part.kept(batch), among=among)


# ── about the table ───────────────────────────────────────────────────────────────────────────────────────────────────


def _of_table(rule: Rule, item: int, part: Part) -> Result:
    _problems(part.said.get((rule.number, 0), []))
    rows = int(part.counts(item, 0)[0]) if part.batches else 0
    met, seen = _TABLES[rule.type](rule.kwargs, rows, part.columns)
    return _result(rule, part, met, examined=rows, observed=seen)


def _row_count(kwargs: Mapping[str, Json], rows: int, columns: list[str]) -> tuple[bool, Json]:
    return (rows == kwargs["value"] if "value" in kwargs else bounds(kwargs).hold(rows)), rows


def _column_count(kwargs: Mapping[str, Json], rows: int, columns: list[str]) -> tuple[bool, Json]:
    return _row_count(kwargs, len(columns), columns)


def _ordered(kwargs: Mapping[str, Json], rows: int, columns: list[str]) -> tuple[bool, Json]:
    return kwargs["column_list"] is None or columns == kwargs["column_list"], columns


def _in_set(kwargs: Mapping[str, Json], rows: int, columns: list[str]) -> tuple[bool, Json]:
    wanted, there = set(kwargs["column_set"] or ()), set(columns)
    exact = kwargs.get("exact_match")
    return (wanted == there if exact is None or exact else wanted <= there), sorted(there)


def _exists(kwargs: Mapping[str, Json], rows: int, columns: list[str]) -> tuple[bool, Json]:
    name, place = kwargs["column"], kwargs.get("column_index")
    if place:
        return (-len(columns) <= place < len(columns) and columns[place] == name), None
    return name in columns, None


_TABLES = {
    "expect_table_row_count_to_be_between": _row_count,
    "expect_table_row_count_to_equal": _row_count,
    "expect_table_column_count_to_be_between": _column_count,
    "expect_table_column_count_to_equal": _column_count,
    "expect_table_columns_to_match_ordered_list": _ordered,
    "expect_table_columns_to_match_set": _in_set,
    EXISTS: _exists,
}
