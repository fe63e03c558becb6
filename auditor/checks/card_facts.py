"""Documents: whether it is said who made the dataset, when, and where it is to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from auditor.cards import facts, stated
from auditor.cards.stated import Stated
from auditor.check import Check, Conclusion, tally
from auditor.dataset import Dataset
from auditor.model import AuditorError, Example, Finding, Json, Location, Rule, Severity, found

if TYPE_CHECKING:
    import pyarrow as pa

_DATA = {"train.csv": "text,label\nthe first record of two,a\nthe second record of two,b\n"}
_FACTS = '"creator": {"name": "The makers"}, "dateCreated": "2024-02-01", "url": "https://example.org/recipes"'


def _croissant(more: str) -> Example:
    return Example(files={**_DATA, "croissant.json": f'{{"@context": {{}}, "@type": "Dataset", {_FACTS}{more}}}\n'})


MISSING = Rule(
    id="CARD001",
    name="dataset-facts-missing",
    severity=Severity.INFO,
    summary="A metadata record, or `dataset:` in auditor.yaml, does not say who made the data, when, or where it is to be had.",
    why="The Dataset profile of SPDX 3.0.1 demands these four facts. Without them a bill of materials is not valid, and nobody can ask.",
    fix="State them in the dataset's Croissant file, or under `dataset:` in auditor.yaml (originated_by, built, released, "
    "download_location).",
    failing=_croissant(""),
    passing=_croissant(', "datePublished": "2024-03-01"'),
)

CONFIGURED = "auditor.yaml"
"""The source of a fact that the configuration states."""

UNASKED = "no metadata record (Croissant, datapackage.json, ...) and no `dataset:` in auditor.yaml speaks of the dataset as a whole"


@dataclass(frozen=True, kw_only=True)
class CardFacts(Check):
    """The facts about the dataset as a whole. `dataset` holds those that the user states (auditor/cards/facts.py): they come first."""

    name: ClassVar[str] = "card-facts"
    rules: ClassVar[tuple[Rule, ...]] = (MISSING,)

    dataset: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """AuditorError for facts that cannot be."""
        try:
            facts.told(self.dataset)
        except ValueError as error:
            raise AuditorError(f"card-facts: dataset: {error}", "change it where `dataset` stands") from None

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding that names all facts that are missing, and the section `card` with those that are known and who says so."""
        said = stated.find(dataset.documents)
        known, differing = _known(self.dataset, said)
        missing = [key for key in facts.REQUIRED if key not in known]
        records = {each.file for each in said if each.file.endswith((".json", ".jsonld"))}
        examined = len(records) + bool(self.dataset)
        findings = (_finding(missing, differing, said),) if missing and examined else ()
        outcome = tally(MISSING, examined, len(findings), "" if examined else UNASKED)
        section = {"facts": known, "missing": missing, "differing": differing}
        return Conclusion(outcomes=(outcome,), findings=findings, sections={"card": section})


def _known(told: Mapping[str, Json], said: Sequence[Stated]) -> tuple[dict[str, Json], dict[str, Json]]:
    """The facts by key, each with its source; and those for which documents state different things, which are not taken."""
    known: dict[str, Any] = {key: {"value": told[key], "source": CONFIGURED} for key in facts.SHAPE if key in told}
    differing: dict[str, Any] = {}
    for key in (each for each in facts.SHAPE if each not in known):
        values = [each for each in said if each.key == key]
        if key == "sources" and values:
            every = list(dict.fromkeys(name for each in values for name in each.value))
            known[key] = {"value": every, "source": ", ".join(dict.fromkeys(map(_source, values)))}
        elif len({str(each.value) for each in values}) == 1:
            known[key] = {"value": values[0].value, "source": _source(values[0])}
        elif values:
            differing[key] = [{"value": each.value, "source": _source(each)} for each in values]
    return known, differing


def _source(each: Stated) -> str:
    return f"{each.file} ({each.field})"


def _finding(missing: Sequence[str], differing: Mapping[str, Any], said: Sequence[Stated]) -> Finding:
    names = {"originated_by": "who made the data", "built": "when it was made", "released": "when it was published"}
    parts = [names.get(key, "where it is to be had") + (" (documents differ)" if key in differing else "") for key in missing]
    where = tuple(Location(file=file) for file in dict.fromkeys(each.file for each in said if each.key in differing))
    message = f"It is not stated {', '.join(parts)}."
    evidence = {"missing": list(missing), "differing": {key: differing[key] for key in missing if key in differing}}
    return found(MISSING, message, "facts\n" + "\n".join(missing), where=where, evidence=evidence)
