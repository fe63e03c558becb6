"""Drift: how far columns are apart between training and evaluation splits, or from a saved report's profile of the same split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Skip, tally
from auditor.dataset import Dataset, Roles
from auditor.drift import catalogue
from auditor.leakage.narrowing import together
from auditor.model import Finding, Json, Location, Outcome, Rule, Severity, found

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.drift.compared import Drift
    from auditor.drift.distributions import Distribution

FALSE = 0.05
"""The share of findings that may come about by chance (Benjamini and Hochberg), over all columns and splits."""

TOO_MANY = 0.01
"""The share of records with new categories from which on they are of severity medium."""

Columns = Mapping[str, "Distribution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of drift: a rule, a column, and the split it is about beside what it is compared with; and the answer."""

    rule: Rule
    column: str
    split: str
    before: str
    examined: int
    drift: Drift


@dataclass(frozen=True, kw_only=True)
class DriftCheck(Check):
    """Compares the columns of splits. `drift_baseline` is a JSON report whose profile every split is compared with, too."""

    name: ClassVar[str] = "drift"
    rules: ClassVar[tuple[Rule, ...]] = catalogue.RULES
    shares: ClassVar[str] = "profile"

    drift_baseline: str = ""

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """The profile to compare with."""
        if self.drift_baseline:
            from auditor.drift.saved import profile

            return {"baseline": profile(Path(self.drift_baseline))}
        if not any(split.training != other.training for splits in together(dataset) for split in splits for other in splits):
            return Skip(reason="there are no training and evaluation splits to compare, and no --drift-baseline")
        return {"baseline": None}

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """A finding for each column that has drifted by a large effect that chance does not make."""
        from auditor.drift.distributions import of_column
        from auditor.kernels.statistics_intervals import adjusted
        from auditor.profiles.gathered import by_split

        splits = {
            split: {name: of_column(column, dataset.rows(split)) for name, column in columns.items()}
            for split, columns in by_split(total).items()
        }
        asked = [each for pair in _pairs(splits, context["baseline"], dataset) for each in questions(*pair, dataset.roles)]
        asked = [each for each in asked if self.wants(each.rule)]
        values = adjusted([each.drift.p for each in asked])
        findings = [finding(each, p) for each, p in zip(asked, values, strict=True) if each.drift.large and p <= FALSE]
        outcomes = tuple(_outcome(rule, asked, findings, dataset.roles.label) for rule in self.rules)
        return Conclusion(outcomes=outcomes, findings=tuple(findings))


def _pairs(splits: Mapping[str, Columns], baseline: Json, dataset: Dataset) -> Iterator[tuple[str, Columns, str, Columns]]:
    """What is compared: names and columns of training and of evaluation splits, and of each split before and now."""
    for group in together(dataset):
        training, rest = ([split.name for split in group if split.training == kind and split.name in splits] for kind in (True, False))
        yield from ((one, splits[one], other, splits[other]) for one in training for other in rest)
    if baseline is not None:
        from auditor.drift.saved import distributions

        before = distributions(baseline)
        yield from ((f"{name} of the baseline", before[name], name, columns) for name, columns in splits.items() if name in before)


def questions(before: str, left: Columns, split: str, right: Columns, roles: Roles) -> Iterator[Asked]:
    """The questions about every column that both have; of the label only those of DRFT005, of ids, groups and times, which are meant to be
    others, only whether they are missing.
    """
    from auditor.drift import compared

    for name in (name for name in left if name in right):
        a, b = left[name], right[name]

        def asked(rule: Rule, drift: Drift, name: str = name, examined: int = b.rows) -> Asked:
            return Asked(rule=rule, column=name, split=split, before=before, examined=examined, drift=drift)

        if min(a.rows, b.rows) >= compared.FEW:
            yield asked(catalogue.DRFT004, compared.missing(a, b))
        if min(a.present, b.present) < compared.FEW or name in {roles.id, roles.group, roles.time}:
            continue
        if a.numbers is not None and b.numbers is not None:
            yield asked(catalogue.DRFT005 if name == roles.label else catalogue.DRFT001, compared.numbers(a.numbers, b.numbers))
        elif a.categories is not None and b.categories is not None:
            yield asked(catalogue.DRFT005 if name == roles.label else catalogue.DRFT002, compared.categories(a.categories, b.categories))
            yield asked(catalogue.DRFT003, compared.new(a.categories, b.categories))
        if a.lengths is not None and b.lengths is not None and (a.categories is None or b.categories is None):
            yield asked(catalogue.DRFT006, compared.lengths(a.lengths, b.lengths))


def finding(asked: Asked, p: float) -> Finding:
    """The finding that a column has drifted; `p` is adjusted."""
    severity, drift = asked.rule.severity, asked.drift
    if asked.rule is catalogue.DRFT003 and drift.evidence["share"] >= TOO_MANY:
        severity = Severity.MEDIUM
    return found(
        asked.rule,
        f"{asked.column}: {drift.told} in split {asked.split}, compared with {asked.before}",
        subject=f"{asked.column} @ {asked.before} / {asked.split}",
        severity=severity,
        where=(Location(split=asked.split, column=asked.column),),
        evidence={"column": asked.column, "compared_with": asked.before, **drift.evidence, "p_adjusted": float(f"{p:.6g}")},
    )


def _outcome(rule: Rule, asked: Sequence[Asked], findings: Sequence[Finding], label: str | None) -> Outcome:
    nothing = _NO_LABEL if rule is catalogue.DRFT005 and label is None else _NOTHING
    mine = [each for each in asked if each.rule is rule]
    count = sum(each.rule == rule.id for each in findings)
    return tally(rule, sum({(each.before, each.split): each.examined for each in mine}.values()), count, "" if mine else nothing)


_NO_LABEL = "no label column was named; name it with --label"
_NOTHING = "no column of its kind has 50 values or more on both sides"
