"""Rules that are looked at when the audit is judged (auditor/running/judging.py): about waivers, and what differs from a licence lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, skipped
from auditor.dataset import Dataset
from auditor.licenses.lock import LIC025
from auditor.model import Json, Rule
from auditor.waivers import catalogue

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Judging(Check):
    """Says of each rule what it needs; where that is there, the judge puts what it finds in the place of these outcomes."""

    name: ClassVar[str] = "judging"
    rules: ClassVar[tuple[Rule, ...]] = (*catalogue.RULES, LIC025)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """Every rule skipped, with the reason that holds if nothing comes of it later."""
        notes = {LIC025.id: "no --lock was named", catalogue.LIC026.id: "the policy has no waivers"}
        return Conclusion(outcomes=tuple(skipped(rule, notes.get(rule.id, "there are no waivers")) for rule in self.rules))
