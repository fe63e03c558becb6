"""Findings about columns that tell the label: features, missing values, ids and the order of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from auditor.kernels.sets import I64, U64
from auditor.kernels.statistics_counts import association
from auditor.model import Finding, Json, Location, Rule, Severity, found
from auditor.tabular import catalogue
from auditor.tabular.across import Answer
from auditor.tabular.cells import MISSING, NUMBER, OTHER, Cells
from auditor.tabular.observed import Side, is_numeric
from auditor.tabular.power import FEWEST, Labels, Power, binned, drawn, is_map, labels, placed, power, transferred

STRONG, SURE = 0.95, 0.9
"""The area under the ROC curve from which a feature tells the label almost without error, and above which its interval must lie."""

TELLING, TOLD = 0.7, 0.6
"""The same for an id or the order of records, which should say nothing."""

TIED, P = 0.3, 1e-3
"""Cramér's V of missing values and label above which they go together, and the p-value below which that is no accident."""

CHANGED = 0.2
"""How much less a column's Gini coefficient is in evaluation than in training, to be told."""


@dataclass(frozen=True)
class Drawn:
    """The records of a split that are looked at."""

    side: Side

    @cached_property
    def records(self) -> I64:
        """Their places in the split."""
        return drawn(self.side.column("content").astype(np.uint64))

    @cached_property
    def contents(self) -> U64:
        """The hashes of their contents."""
        return self.side.column("content")[self.records].astype(np.uint64)

    @property
    def note(self) -> str:
        """What to say where these are not all."""
        few, many = len(self.records), len(self.side)
        return f"of {many:,} records of {self.side.split.name} {few:,} were drawn, by a hash of their contents" if few < many else ""

    @cached_property
    def label(self) -> Cells:
        """Their labels."""
        return self.side.cells(len(self.side.names), self.records)

    @cached_property
    def labels(self) -> Labels | None:
        """The classes of their labels; None where there are not two."""
        return labels(self.label)

    def cells(self, place: int) -> Cells:
        """Their cells of a feature."""
        return self.side.cells(place, self.records)


def answers(sample: Drawn, numeric: Sequence[bool], id_column: str | None, sought: Sequence[str]) -> Iterator[Answer]:
    """The answers of the rules about one training split; `numeric` says which features are."""
    classes = sample.labels
    examined = int((classes.classes >= 0).sum()) if classes is not None else 0
    for rule in (catalogue.LEAK025, catalogue.LEAK026, catalogue.LEAK027):
        yield Answer(rule=rule, examined=examined, note=sample.note)
    if classes is None:
        return
    if "LEAK025" in sought:
        yield from (Answer(rule=catalogue.LEAK025, finding=each) for each in order(sample, classes, id_column))
    if "LEAK026" in sought:
        yield from (Answer(rule=catalogue.LEAK026, finding=each) for each in features(sample, classes, numeric))
    if "LEAK027" in sought:
        yield from (Answer(rule=catalogue.LEAK027, finding=each) for each in missing(sample, classes))


def _finding(rule: Rule, side: Side, column: str, message: str, evidence: dict[str, Json], severity: Severity | None = None) -> Finding:
    name = side.split.name
    return found(
        rule,
        f"{column}: {message} in split {name}",
        subject=f"{column} @ {name}",
        severity=rule.severity if severity is None else severity,
        where=(Location(split=name, column=column),),
        evidence={"column": column, "split": name, **evidence},
    )


def _told(found: Power) -> dict[str, Json]:
    values = {"auc": found.area, "auc_low": found.low, "auc_high": found.high}
    return {name: round(value, 6) for name, value in values.items()} | {"records": found.records}


def features(sample: Drawn, found: Labels, numeric: Sequence[bool]) -> Iterator[Finding]:
    """Features that tell the label almost without error."""
    for place, name in enumerate(sample.side.names):
        cells = sample.cells(place)
        if not (cells.kinds != MISSING).any():
            continue
        one = is_map(cells, found)
        seen = power(binned(cells, numeric[place])[0], found, sample.contents)
        if one or (seen.area >= STRONG and seen.low >= SURE):
            evidence = _told(seen) | {"one_to_one": one, "label_above_median": found.halves}
            what = "is the label under another name" if one else f"predicts the label with an AUC of {seen.area:.4f}"
            yield _finding(catalogue.LEAK026, sample.side, name, what, evidence)


def missing(sample: Drawn, found: Labels) -> Iterator[Finding]:
    """Features whose missing values go with the label."""
    used = found.classes >= 0
    for place, name in enumerate(sample.side.names):
        absent = sample.cells(place).kinds[used] == MISSING
        if min(absent.sum(), (~absent).sum()) < FEWEST:
            continue
        table = [np.bincount(found.classes[used][rows], minlength=found.count) for rows in (absent, ~absent)]
        seen = association(table)
        if seen.v > TIED and seen.p < P:
            values = {"v": seen.v, "v_low": seen.low, "v_high": seen.high, "p": seen.p, "missing_share": float(absent.mean())}
            evidence = {key: float(f"{value:.6g}") for key, value in values.items()}
            message = f"whether it is missing goes with the label (Cramér's V {seen.v:.2f})"
            yield _finding(catalogue.LEAK027, sample.side, name, message, evidence | {"label_above_median": found.halves})


def order(sample: Drawn, found: Labels, id_column: str | None) -> Iterator[Finding]:
    """Ids and the order of records, where they tell the label."""
    rows = _numbers(sample.side.rows[sample.records].astype(np.float64))
    asked = [("row order", "the order of records", rows, True, Severity.LOW)]
    if id_column is not None:
        texts = sample.side.column("id text")[sample.records].astype(np.uint64)
        numbers = _numbers(sample.side.column("id number")[sample.records].astype(np.float64))
        hashes = Cells(kinds=np.where(texts == 0, MISSING, OTHER).astype(np.uint8), keys=texts)
        rule = catalogue.LEAK025.severity
        asked += [(id_column, "its number", numbers, True, rule), (id_column, "its text without numbers", hashes, False, rule)]
    for name, what, cells, numeric, severity in asked:
        seen = power(binned(cells, numeric)[0], found, sample.contents)
        if (cells.kinds != MISSING).any() and seen.area >= TELLING and seen.low >= TOLD:
            message = f"{what} predicts the label with an AUC of {seen.area:.4f}"
            yield _finding(catalogue.LEAK025, sample.side, name, message, _told(seen) | {"what": what}, severity)


def _numbers(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Cells:
    return Cells(kinds=np.where(np.isnan(values), MISSING, NUMBER).astype(np.uint8), keys=values.view(np.uint64))


def changes(training: Drawn, evaluation: Drawn) -> Iterator[Answer]:
    """Features that predict the label in training and much less in evaluation, after how many records were looked at."""
    found, other, rule = training.labels, evaluation.labels, catalogue.LEAK029
    if found is None or other is None:
        yield Answer(rule=rule)
        return
    classes = _classes(training.label, found, evaluation.label)
    yield Answer(rule=rule, examined=int((classes >= 0).sum()), note=evaluation.note)
    for place, name in enumerate(training.side.names):
        numeric = is_numeric((training.side, evaluation.side), place)
        bins, edges = binned(training.cells(place), numeric)
        here = power(bins, found, training.contents)
        there = transferred(bins, found, placed(evaluation.cells(place), edges, numeric), classes)
        if here.gini - max(there.gini, 0.0) > CHANGED and there.high < here.low:  # below 0 it predicts nothing
            yield Answer(rule=rule, finding=_changed(name, (training, evaluation), (here, there)))


def _changed(column: str, splits: tuple[Drawn, Drawn], powers: tuple[Power, Power]) -> Finding:
    (here, there), names = powers, [each.side.split.name for each in splits]
    return found(
        catalogue.LEAK029,
        f"{column}: the AUC with which it predicts the label falls from {here.area:.4f} in {names[0]} to {there.area:.4f} in {names[1]}",
        subject=f"{column} @ {names[0]} / {names[1]}",
        where=(Location(split=names[1], column=column),),
        evidence={"column": column, "training": _told(here), "evaluation": _told(there)},
    )


def _classes(label: Cells, found: Labels, other: Cells) -> I64:
    """The classes of another split's labels, numbered as those of the first."""
    if found.halves:
        middle = np.median(label.numbers[label.kinds == NUMBER])
        return np.where(other.kinds == NUMBER, other.numbers > middle, -1).astype(np.int64)
    classes = np.full(len(other.kinds), -1, np.int64)
    for number in range(found.count):
        classes[(other.keys == label.keys[found.classes == number][0]) & (other.kinds != MISSING)] = number
    return classes
