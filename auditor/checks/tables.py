"""Leakage in tables: groups, times and ids on both sides, columns that give the label away, rows that stand in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Skip, skipped, tally
from auditor.dataset import Batch, Dataset
from auditor.leakage.narrowing import together
from auditor.model import AuditorError, Json, Outcome, Rule
from auditor.tabular import catalogue
from auditor.tabular.embargo import gap

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.tabular.across import Answer, Pair
    from auditor.tabular.observed import Side

GROUPS = frozenset(
    f"{whom}{ending}"
    for whom in ("user", "patient", "subject", "customer", "client", "person", "participant", "speaker", "author", "session", "household")
    for ending in ("_id", "id")
)
"""Names of columns, in small letters, that are taken for a group where none is declared: they only make a hint."""

COLUMNS = 3
"""Columns that a table must have for its rows to be compared."""

NO_ROLE = "the columns it is about were not named (--group, --time, --id, --label)"
NEEDED: Mapping[str, tuple[str, ...]] = {
    "LEAK020": ("group",),
    "LEAK021": ("time",),
    "LEAK022": ("time",),
    "LEAK023": ("group", "time"),
    "LEAK024": ("id",),
    "LEAK025": ("label",),
    "LEAK026": ("label",),
    "LEAK027": ("label",),
    "LEAK028": (),
    "LEAK029": ("label",),
}
"""The roles that each rule needs."""

OF_FEATURES = frozenset({"LEAK026", "LEAK027", "LEAK028", "LEAK029"})
WITHIN = frozenset({"LEAK025", "LEAK026", "LEAK027"})
"""Rules about the columns without a role, and those that need no evaluation split."""


@dataclass(frozen=True, kw_only=True)
class Tables(Check):
    """Looks for leakage that no text shows. `embargo` is the gap that must lie between training and evaluation, such as 7d."""

    name: ClassVar[str] = "tables"
    rules: ClassVar[tuple[Rule, ...]] = catalogue.RULES
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True

    embargo: str = ""

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """Which columns are looked at: none for which no rule has a use."""
        roles = dataset.roles
        sought = {rule.id for rule in self.rules if self.wants(rule) and not self._unasked(rule.id, dataset)}
        if not sought:
            return Skip(reason=NO_ROLE)
        keys: dict[str, str | None] = {}
        if "LEAK020" in sought:
            keys = {"group": roles.group} if roles.group else {f"guess {number}": name for number, name in enumerate(_guessed(dataset))}
        if "LEAK023" in sought:
            keys["group"] = roles.group
        if "LEAK024" in sought:
            keys["id"] = roles.id
        return {
            "sought": sorted(sought),
            "keys": keys,
            "time": roles.time if sought & {"LEAK021", "LEAK022", "LEAK023"} else None,
            "time told": roles.time not in roles.sensitive,
            "id": roles.id if "LEAK025" in sought else None,
            "features": list(dataset.features) if sought & OF_FEATURES else [],
            "label": roles.label if sought & {"LEAK025", "LEAK026", "LEAK027", "LEAK029"} else None,
        }

    def _unasked(self, rule: str, dataset: Dataset) -> str:
        """Why a rule cannot be looked for; "" where it can."""
        unnamed = any(getattr(dataset.roles, role) is None for role in NEEDED[rule])
        if unnamed and not (rule == "LEAK020" and _guessed(dataset)):
            return NO_ROLE
        if rule == "LEAK022" and not self.embargo:
            return "it needs --embargo"
        if rule == "LEAK028" and dataset.prose:
            return "records are compared by their text"
        if rule in OF_FEATURES and len(dataset.features) < (COLUMNS if rule == "LEAK028" else 1):
            return "there are too few columns beside the text and those with a role"
        compared = any(split.training != other.training for splits in together(dataset) for split in splits for other in splits)
        return "" if compared or rule in WITHIN else "there are no training and evaluation splits to compare"

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table:
        """A row a record, as auditor/tabular/observed.py says."""
        from auditor.tabular.observed import observed

        return observed(batch, context)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """What each rule found between each training and evaluation split, or within each training split."""
        from auditor.tabular.across import Pair
        from auditor.tabular.observed import sides

        answers: list[Answer] = []
        for splits in together(dataset) if total is not None else ():
            found = sides(total, splits, context["features"], dataset)
            training, rest = ([side for side in found if side.split.training == kind] for kind in (True, False))
            pairs = [Pair(training=one, evaluation=other) for one in training for other in rest]
            answers += [answer for pair in pairs for answer in self._across(pair, context)]
            answers += _about_label(training, rest, context)
        answers = [each for each in answers if each.rule.id in context["sought"]]
        outcomes = tuple(self._outcome(rule, answers, context, dataset) for rule in self.rules)
        return Conclusion(outcomes=outcomes, findings=tuple(each.finding for each in answers if each.finding is not None))

    def _across(self, pair: Pair, context: Mapping[str, Json]) -> Iterator[Answer]:
        """What stands on both sides."""
        from auditor.tabular import across

        sought, keys = context["sought"], context["keys"]
        if "LEAK020" in sought:
            yield from (across.groups(pair, key, column) for key, column in keys.items() if key != "id")
        if "LEAK021" in sought or "LEAK022" in sought:
            yield from across.times(pair, context["time"], self._gap(pair), self.embargo, told=context["time told"])
        if "LEAK023" in sought:
            yield across.times_in_groups(pair, context["time"], keys["group"])
        if "LEAK024" in sought:
            yield across.ids(pair, keys["id"])
        if "LEAK028" in sought:
            yield across.rows(pair)

    def _gap(self, pair: Pair) -> float:
        moments = any(bool(side.column("moment").any()) for side in (pair.training, pair.evaluation))
        found = gap(self.embargo, moments)
        if found is None:
            wrong = "a number, but the times are dates" if moments else "a duration, but the times are numbers"
            raise AuditorError(f"--embargo is {wrong}", "name the gap in the unit of the times")
        return found

    def _outcome(self, rule: Rule, answers: Sequence[Answer], context: Mapping[str, Json], dataset: Dataset) -> Outcome:
        if rule.id not in context["sought"]:
            return skipped(rule, self._unasked(rule.id, dataset) or "it was not selected")
        mine = [each for each in answers if each.rule.id == rule.id]
        examined, count = sum(each.examined for each in mine), sum(each.finding.count for each in mine if each.finding is not None)
        return tally(rule, examined, count, "; ".join(sorted({each.note for each in mine if each.note})))


def _guessed(dataset: Dataset) -> list[str]:
    """The columns that are taken for groups."""
    return [name for name in dataset.features if name.lower() in GROUPS]


def _about_label(training: Sequence[Side], rest: Sequence[Side], context: Mapping[str, Json]) -> Iterator[Answer]:
    """What tells the label in each training split, and no longer does in an evaluation split."""
    from auditor.tabular import predictive
    from auditor.tabular.observed import is_numeric

    if context["label"] is None:
        return
    numeric = [is_numeric(training, place) for place in range(len(context["features"]))] if training else []
    others = [predictive.Drawn(side) for side in rest]
    for sample in map(predictive.Drawn, training):
        yield from predictive.answers(sample, numeric, context["id"], context["sought"])
        if "LEAK029" in context["sought"]:
            yield from (answer for other in others for answer in predictive.changes(sample, other))
