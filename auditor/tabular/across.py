"""Findings between a training and an evaluation split: shared groups and ids, the order of times, near-identical rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from auditor.kernels.statistics_functions import gamma_shares
from auditor.kernels.statistics_intervals import wilson
from auditor.model import Finding, Json, Rule, Severity, found
from auditor.tabular import catalogue, near, overlaps
from auditor.tabular.observed import Records, Side, is_numeric

CHANCE = 1e-3
"""Probability with which chance may give as many near-identical rows at most, for them to be a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a rule: how many records were examined, a finding where it is broken, and what the outcome must say besides."""

    rule: Rule
    examined: int = 0
    finding: Finding | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A training split and an evaluation split of one configuration."""

    training: Side
    evaluation: Side

    @property
    def names(self) -> str:
        """The two names, as subjects and messages have them."""
        return f"{self.training.split.name} / {self.evaluation.split.name}"

    def answer(self, rule: Rule, column: str, examined: int, broken: Mapping[str, Any] | None) -> Answer:
        """The answer of a rule; `broken` are message, records, partners, evidence and severity of its finding."""
        if broken is None or not len(broken["records"]):
            return Answer(rule=rule, examined=examined)
        records = broken["records"]
        low, high = wilson(len(records), examined)
        evidence = {
            "column": column,
            "examined": examined,
            "records": len(records),
            "share": round(len(records) / examined, 6),
            "share_low": round(low, 6),
            "share_high": round(high, 6),
        }
        finding = found(
            rule,
            f"{column}: {len(records):,} of {examined:,} records of {self.evaluation.split.name} {broken['message']}",
            subject=f"{column} @ {self.names}",
            severity=broken.get("severity", rule.severity),
            where=Records(self.evaluation, records, column, self.training, broken["partners"]),
            count=len(records),
            evidence=evidence | broken["evidence"],
        )
        return Answer(rule=rule, examined=examined, finding=finding)


def groups(pair: Pair, key: str, column: str) -> Answer:
    """Shared groups of a column; of one that is only taken for a group, a hint."""
    seen = overlaps.shared(pair.training.key(key), pair.evaluation.key(key))
    declared = key == "group"
    evidence = {"declared": declared, "groups": seen.distinct, "shared_groups": seen.keys}
    hint = "" if declared else " (taken for a group by its name; say so with --group, and it counts)"
    message = f"belong to {seen.keys:,} groups that are also in {pair.training.split.name}{hint}"
    severity = catalogue.LEAK020.severity if declared else Severity.INFO
    broken = {"message": message, "records": seen.records, "partners": seen.partners, "evidence": evidence, "severity": severity}
    return pair.answer(catalogue.LEAK020, column, seen.known, broken)


def ids(pair: Pair, column: str) -> Answer:
    """Shared ids."""
    seen = overlaps.shared(pair.training.key("id"), pair.evaluation.key("id"))
    broken = {
        "message": f"have an id that also stands in {pair.training.split.name}",
        "records": seen.records,
        "partners": seen.partners,
        "evidence": {"ids": seen.distinct, "shared_ids": seen.keys},
    }
    return pair.answer(catalogue.LEAK024, column, seen.known, broken)


def times(pair: Pair, column: str, gap: float, embargo: str, *, told: bool) -> Iterator[Answer]:
    """The order of the splits in time and, where a gap was asked for, what lies within it; the latest time of training where it may be
    `told`.
    """
    order = overlaps.order(pair.training.times, pair.evaluation.times, gap)
    if order is None:
        yield from (pair.answer(rule, column, 0, None) for rule in (catalogue.LEAK021, *((catalogue.LEAK022,) if embargo else ())))
        return
    latest = _moment(order.latest) if pair.training.column("moment")[order.at] else order.latest
    evidence: dict[str, Json] = {"latest_training": latest} if told else {}
    evidence |= {"evaluation_later": round(order.later, 6), "temporal": order.temporal}
    how = "" if order.temporal else ": the splits do not follow time"
    early = {
        "message": f"are not later than the latest record of {pair.training.split.name}{how}",
        "records": order.records,
        "partners": np.full(len(order.records), order.at),
        "evidence": evidence,
        "severity": catalogue.LEAK021.severity if order.temporal else Severity.MEDIUM,
    }
    yield pair.answer(catalogue.LEAK021, column, order.known, early)
    if embargo:
        close = {
            "message": f"are later than {pair.training.split.name} by less than {embargo}",
            "records": order.close,
            "partners": np.full(len(order.close), order.at),
            "evidence": evidence | {"embargo": embargo},
        }
        yield pair.answer(catalogue.LEAK022, column, order.known, close)


def _moment(microseconds: float) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:
        return f"{microseconds:.0f} microseconds from 1970"


def times_in_groups(pair: Pair, column: str, group: str) -> Answer:
    """The order of times within each group."""
    one, other = pair.training, pair.evaluation
    late, latest, known = overlaps.order_in_groups((one.key("group"), other.key("group")), (one.times, other.times))
    broken = {
        "message": f"are not later than the latest record of their own {group} in {pair.training.split.name}",
        "records": late,
        "partners": latest,
        "evidence": {"group": group},
    }
    return pair.answer(catalogue.LEAK023, column, known, broken)


def rows(pair: Pair) -> Answer:
    """Near-identical rows, beside what chance would make."""
    names = pair.training.names
    sides = (pair.training, pair.evaluation)
    columns = [
        near.column(pair.training.cells(place), pair.evaluation.cells(place), is_numeric(sides, place)) for place in range(len(names))
    ]
    seen = near.near(columns)
    told = np.ones(len(seen.records), np.bool_)
    if _by_chance(len(told), seen.by_chance):
        told = seen.equal if not _by_chance(int(seen.equal.sum()), seen.equal_by_chance) else ~told
    equal = int(seen.equal[told].sum())
    evidence: dict[str, Json] = {
        "columns": list(names),
        "identical": equal,
        "near": int(told.sum()) - equal,
        "by_chance": float(f"{seen.by_chance:.6g}"),
        "identical_by_chance": float(f"{seen.equal_by_chance:.6g}"),
        "not_judged": len(pair.evaluation) - seen.judged,
        "tolerance": near.TOLERANCE,
    }
    chance = f"by chance about {seen.by_chance:.2g}, {seen.equal_by_chance:.2g} exactly"
    broken = {
        "message": f"stand in {pair.training.split.name}, {equal:,} of them exactly ({chance})",
        "records": seen.records[told],
        "partners": seen.partners[told],
        "evidence": evidence,
    }
    return pair.answer(catalogue.LEAK028, f"{len(names)} columns", seen.judged, broken)


def _by_chance(count: int, expected: float) -> bool:
    """Whether so many may come about by chance."""
    return not count or (expected > 0 and gamma_shares(count, expected)[0] >= CHANCE)
