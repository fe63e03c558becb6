"""Licences record by record: what a column states, whether it fits the documents and the uses, who wrote it, and copies under two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, Skip, skipped
from auditor.dataset import Batch, Dataset, folded
from auditor.licenses.metadata import HEADER
from auditor.licenses.vocabularies import table
from auditor.model import AuditorError, Example, Json, Rule, Severity

if TYPE_CHECKING:
    import pyarrow as pa

    from auditor.licenses.records import Column

_CARD = "---\nlicense: {}\n---\n# A dataset\n"
_FERRY, _MUSEUM = "The ferry leaves at nine and returns at noon", "The museum is closed on the first Monday of each month"


def _records(*licences: str, name: str = "license", **more: str) -> Example:
    rows = "".join(f"{text},{licence}\n" for text, licence in zip((_FERRY, _MUSEUM), licences, strict=False))
    return Example(files={"train.csv": f"text,{name}\n{rows}", **more})


UNKNOWN = Rule(
    id="LIC020",
    name="license-of-records-unknown",
    severity=Severity.MEDIUM,
    summary="Records have a column for their licence, and some of them state none that can be kept to.",
    why="A record without a licence is under all rights reserved, whatever the others say; a family such as `cc` may forbid your use.",
    fix="Look the sources of these records up, or leave the records out. A policy may allow a share (license-records, max_unknown).",
    failing=_records("cc-by-4.0", ""),
    passing=_records("cc-by-4.0", "cc0-1.0"),
)
DISAGREE = Rule(
    id="LIC021",
    name="license-of-records-differs-from-dataset",
    severity=Severity.HIGH,
    summary="Records are under another licence than the documents of the dataset say.",
    why="One line in a card cannot give more rights than the owner of each record gave: those of a stricter licence stay under it.",
    fix="Name every licence of the records in the card, or leave the records out that are under a stricter one.",
    failing=_records("cc-by-4.0", "cc-by-nc-4.0", **{"README.md": _CARD.format("cc-by-4.0")}),
    passing=_records("cc-by-4.0", "cc-by-4.0", **{"README.md": _CARD.format("cc-by-4.0")}),
)
COPIES = Rule(
    id="LIC022",
    name="same-text-other-license",
    severity=Severity.HIGH,
    summary="The same text, or nearly the same, stands under two licences.",
    why="A copy does not change the licence. Who takes the looser one for true may use a text against the terms of its owner.",
    fix="Find out which of the two is the original, and keep that. Until then keep to the stricter licence.",
    failing=Example(files={"train.csv": f"text,license\n{_FERRY},mit\n{_FERRY.upper()},cc-by-nc-4.0\n{_MUSEUM},mit\n"}),
    passing=Example(files={"train.csv": f"text,license\n{_FERRY},mit\n{_FERRY.upper()},mit\n{_MUSEUM},cc-by-nc-4.0\n"}),
)
DENIED = Rule(
    id="LIC023",
    name="license-not-for-this-split",
    severity=Severity.HIGH,
    summary="Records of a split are under a licence that is denied for what the split is used for.",
    why="What may be measured with may not always be trained on: a licence is judged by the use, and the use by the split.",
    fix="Leave these records out (evidence: findings.parquet has the key of each), or move them where their use is allowed.",
    failing=_records("cc-by-4.0", "cc-by-nc-4.0"),
    passing=_records("cc-by-4.0", "cc0-1.0"),
)
OUTPUTS = Rule(
    id="LIC018",
    name="terms-of-model-outputs",
    severity=Severity.MEDIUM,
    summary="Records were written by a model whose terms say what may be done with its outputs.",
    why="Some terms forbid to train competing models on outputs; others let you, and want the model named. No licence of the data says so.",
    fix="Keep to what is told of each model, or leave its records out.",
    failing=_records("gpt-4-turbo", "gpt-4-turbo", name="generator"),
    passing=_records("olmo-2-7b", "olmo-2-7b", name="generator"),
)


@dataclass(frozen=True, kw_only=True)
class LicenseRecords(Check):
    """The columns in which records name their licence or the model that wrote them: `license_column`, or the names of rules/licenses.

    Up to a share of `max_unknown` of a split's records may be without a licence. `use`, `roles` and `deny` (entries as of the check
    licenses) say what is not accepted.
    """

    name: ClassVar[str] = "license-records"
    rules: ClassVar[tuple[Rule, ...]] = (UNKNOWN, DISAGREE, COPIES, DENIED, OUTPUTS)
    reads_records: ClassVar[bool] = True
    keeps_records: ClassVar[bool] = True
    after: ClassVar[str] = "leakage"
    metadata: ClassVar[tuple[str, ...]] = HEADER

    license_column: str | None = None
    max_unknown: float = 0.0
    text: tuple[str, ...] = ()
    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    no_text: bool = False
    use: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """AuditorError for a share that is none."""
        if not 0 <= self.max_unknown <= 1:
            raise AuditorError(f"license-records: max_unknown is {self.max_unknown!r}", "give a share from 0 to 1")

    @property
    def looks_at(self) -> tuple[str, ...]:
        """The names of columns that may say it, and the key's."""
        return (*self._names, *self._inside, *([folded(self.id)] if self.id else []))

    @property
    def _names(self) -> tuple[str, ...]:
        own = [folded(each) for each in (self.license_column, (self.license_column or "").rpartition(".")[2]) if each]
        return tuple(dict.fromkeys([*own, *map(folded, [*table("records")["columns"], *table("generators")["columns"]])]))

    @property
    def _inside(self) -> tuple[str, ...]:
        own = folded((self.license_column or "").partition(".")[0])
        return tuple(dict.fromkeys([*table("records")["inside"], *table("generators")["inside"], *([own] if own else [])]))

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Skip:
        """What is sought among the columns; what an option names for something else is not."""
        if not dataset.splits:
            return Skip(reason="there is no data file")
        taken = {*self.text, *filter(None, (self.label, self.id, self.group, self.time))} - {self.license_column}
        return {"names": list(self._names), "inside": list(self._inside), "apart": sorted(taken), "key": self.id}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table | None:
        """A row a column, as auditor/licenses/recorded.py says."""
        from auditor.licenses.recorded import observed

        return observed(batch, context)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """The shares of each licence and each generator, and what is wrong with them."""
        from auditor.licenses import record_findings as told
        from auditor.licenses.record_terms import Terms
        from auditor.licenses.records import columns, others

        found = columns(total, dataset) if total is not None else {}
        licences, note = self._licences(found)
        beside = others(_licensing(found), licences) if self.license_column is None else {}
        audited = told.Audited(dataset=dataset, licences=licences, others=beside, no_text=self.no_text, note=note)
        parts = [
            told.unknown(audited, UNKNOWN, self.max_unknown),
            told.disagreeing(audited, DISAGREE),
            told.copied(audited, COPIES, context["after"]) if self.wants(COPIES) else told.Told(outcome=skipped(COPIES, "")),
            told.denied(audited, DENIED, Terms(use=self.use, roles=self.roles, deny=self.deny)),
            told.written(audited, OUTPUTS, self._generators(found)),
        ]
        return Conclusion(
            outcomes=tuple(part.outcome for part in parts),
            findings=tuple(finding for part in parts for finding in part.findings),
            sections={"license_records": told.section(audited) | {key: value for part in parts for key, value in part.section.items()}},
        )

    def _licences(self, found: Mapping[str, Mapping[str, Column]]) -> tuple[Mapping[str, Column], str]:
        """The column of licences of each split that has one, and why there is none where there is none."""
        from auditor.licenses.records import chosen, licensed

        if self.license_column is not None:
            named = {split: some[self.license_column] for split, some in found.items() if self.license_column in some}
            if not named:
                there = sorted({name for some in found.values() for name in some})
                cure = f"check license_column; there are {', '.join(there)}" if there else "check license_column"
                raise AuditorError(f"no split has a column {self.license_column!r} for licences", cure)
            return named, ""
        some = _licensing(found)
        licences = chosen(some, [*map(folded, table("records")["columns"])], licensed)
        seen = sorted({name for each in some.values() for name in each})
        if licences or not seen:
            return licences, "" if licences else "no column of the records is named like a licence"
        return {}, f"no value of {', '.join(seen)} is about a licence"

    def _generators(self, found: Mapping[str, Mapping[str, Column]]) -> Mapping[str, Column]:
        """The column of generators of each split that has one."""
        from auditor.licenses.generators import named
        from auditor.licenses.records import chosen

        names = [*map(folded, table("generators")["columns"])]
        some = {
            split: {name: column for name, column in each.items() if folded(name.rpartition(".")[2]) in names}
            for split, each in found.items()
        }
        return chosen(some, names, lambda column: bool(named(column)))


def _licensing(found: Mapping[str, Mapping[str, Column]]) -> Mapping[str, Mapping[str, Column]]:
    """The columns that are named like a licence."""
    names = {*map(folded, table("records")["columns"])}
    return {
        split: {name: each for name, each in some.items() if names & {folded(name), folded(name.rpartition(".")[2])}}
        for split, some in found.items()
    }
