"""Drift of whole records: whether all columns together tell evaluation records from training records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Skip, skipped, tally
from auditor.dataset import Batch, Dataset
from auditor.drift.catalogue import DRFT007
from auditor.leakage.narrowing import together
from auditor.model import Finding, Json, Location, Rule, found

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.drift.multivariate import Apart
    from auditor.tabular.observed import Side

TOLD, SURE, CHANCE = 0.6, 0.55, 0.01
"""The AUC from which records drift, what its interval must lie above, and the p-value of the kernel test that it must not exceed."""

FEW = 50
"""Records that both sides must have."""


@dataclass(frozen=True, kw_only=True)
class Multivariate(Check):
    """Compares samples of records by all columns that have no role, are no text and do not count the records."""

    name: ClassVar[str] = "multivariate"
    rules: ClassVar[tuple[Rule, ...]] = (DRFT007,)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True
    beside: ClassVar[str] = "profile"

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """The columns; none where the records are texts and nothing says that they are a table."""
        if dataset.prose and dataset.roles.label is None:
            return Skip(reason="records are compared by their text")
        if len(dataset.features) < 2:
            return Skip(reason="there are fewer than two columns beside the text and those with a role")
        if not any(split.training != other.training for splits in together(dataset) for split in splits for other in splits):
            return Skip(reason="there are no training and evaluation splits to compare")
        return {"keys": {}, "time": None, "id": None, "label": None, "features": list(dataset.features)}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """Of the records with the smallest hashes of their contents what auditor/tabular/observed.py says."""
        import pyarrow as pa

        from auditor.drift.multivariate import smallest
        from auditor.tabular.observed import observed

        seen = observed(batch, context)
        return seen.take(pa.array(smallest(seen.column("content").to_numpy())))

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """A finding for each two splits whose records are told apart."""
        from auditor.drift.distributions import counts_records
        from auditor.profiles.gathered import by_split
        from auditor.tabular.observed import sides

        profiles = by_split(context["beside"]).values()
        counting = {name for columns in profiles for name, column in columns.items() if counts_records(column)}
        told = [place for place, name in enumerate(context["features"]) if name not in counting]
        if len(told) < 2:
            return Conclusion(outcomes=(skipped(DRFT007, "there are fewer than two columns beside those that count the records"),))
        findings, examined = [], 0
        for splits in together(dataset) if total is not None else ():
            seen = [each for each in sides(total, splits, context["features"], dataset) if dataset.rows(each.split.name) >= FEW]
            training, rest = ([side for side in seen if side.split.training == kind] for kind in (True, False))
            for one, other in ((one, other) for one in training for other in rest):
                result = _compared(one, other, told)
                examined += dataset.rows(other.split.name)
                if result is not None and result.area >= TOLD and result.low >= SURE and result.test.p <= CHANCE:
                    findings.append(_finding(one, other, result, told))
        note = "" if examined else f"no two splits have {FEW} records or more"
        return Conclusion(outcomes=(tally(DRFT007, examined, len(findings), note),), findings=tuple(findings))


def _compared(training: Side, evaluation: Side, told: Sequence[int]) -> Apart | None:
    import numpy as np

    from auditor.drift.multivariate import apart, matrix, smallest
    from auditor.tabular.cells import MISSING
    from auditor.tabular.observed import is_numeric

    both = (training, evaluation)
    some = [smallest(side.column("content").astype(np.uint64)) for side in both]
    numeric = [is_numeric(both, place) for place in told]
    columns = []
    for place, number in zip(told, numeric, strict=True):
        cells = [side.cells(place, records) for side, records in zip(both, some, strict=True)]
        values = [each.numbers if number else np.where(each.kinds == MISSING, np.nan, each.keys.astype(np.float64)) for each in cells]
        columns.append((values[0], values[1]))
    return apart(*matrix(columns, numeric))


def _finding(training: Side, evaluation: Side, result: Apart, told: Sequence[int]) -> Finding:
    names: Sequence[str] = [side.split.name for side in (training, evaluation)]
    values = {"auc": result.area, "auc_low": result.low, "auc_high": result.high, "mmd_squared": result.test.squared, "p": result.test.p}
    evidence = {name: float(f"{value:.6g}") for name, value in values.items()}
    return found(
        DRFT007,
        f"records of {names[1]} are told from those of {names[0]} with an AUC of {result.area:.2f}",
        subject=f"{names[0]} / {names[1]}",
        where=(Location(split=names[1]),),
        evidence={**evidence, "columns": [training.names[place] for place in told]},
    )
