"""Licences: what documents state, what it means for each use, what it obliges to, and what records say of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.model import Finding, Json, Report, family
from auditor.reports import views, wording
from auditor.reports.page import limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What the licences answer to one use, and the clauses it rests on."""

    name: str
    answer: str
    asked: bool
    chosen: str | None
    because: Sequence[Mapping[str, Json]]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The licence that some records of a split name."""

    split: str
    license: str
    text: str
    rows: int
    share: float


def uses(report: Report) -> tuple[Sequence[Use], int]:
    """The uses, those that were asked for first, and how many more there are."""
    found = [_use(name, answer) for name, answer in (report.sections.get("license") or {}).get("uses", {}).items()]
    return wording.capped(sorted(found, key=lambda each: not each.asked), limits.USES)


def _use(name: str, answer: Mapping[str, Json]) -> Use:
    because, more = wording.capped(answer.get("because", ()), limits.CLAUSES)
    return Use(
        name=name,
        answer=str(answer.get("answer")),
        asked=bool(answer.get("asked")),
        chosen=answer.get("chosen"),
        because=because,
        more=more,
    )


def disagreements(report: Report) -> tuple[Sequence[Finding], int]:
    """The findings about licences, the worst first, and how many more there are."""
    return wording.capped([each for each in views.ordered(report) if family(each.rule) == "LIC"], limits.LICENSES)


def of_records(report: Report) -> tuple[Sequence[Stated], int]:
    """What records say of their own licence, split by split, and how many lines more there are."""
    found = []
    for split, part in report.sections.get("license_records", {}).get("splits", {}).items():
        found += [
            Stated(
                split=split, license=each.get("expression") or "not recognised", text=each["text"], rows=each["rows"], share=each["share"]
            )
            for each in part.get("licenses", ())
        ]
        if unknown := part.get("unknown_rows"):
            found.append(Stated(split=split, license="none stated", text="", rows=unknown, share=unknown / max(part["rows"], 1)))
    return wording.capped(found, limits.LICENSES)
