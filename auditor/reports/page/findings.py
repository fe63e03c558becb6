"""The findings with all that is known of each, example pairs word by word, and the waivers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.check import rules
from auditor.model import Finding, Json, Report, Rule, family
from auditor.reports import views, wording
from auditor.reports.page import limits

SOON = timedelta(days=14)
"""How long before its end a waiver is said to expire."""

_WORDS = re.compile(r"\s+|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A finding: its first places and how many more there are, and the numbers, in Options, of its family and its splits."""

    finding: Finding
    level: str
    family: int
    rule: Rule | None
    places: Sequence[str]
    more: int
    splits: str
    evidence: Sequence[tuple[str, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the findings can be narrowed to. Names from data never stand in attributes of the page: numbers do."""

    levels: Sequence[str]
    families: Sequence[str]
    splits: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records side by side; each text in pieces, with True for those that the other text lacks; None where texts are withheld."""

    title: str
    similarity: str
    left: str
    right: str
    left_pieces: Sequence[tuple[bool, str]] | None
    right_pieces: Sequence[tuple[bool, str]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A finding that a waiver covers, and whether the waiver holds: active, expiring or expired."""

    finding: Finding
    state: str


def listed(report: Report) -> tuple[list[Row], int, Options]:
    """The worst findings, how many more there are, and what they can be narrowed to."""
    shown, more = wording.capped(views.ordered(report), limits.FINDINGS)
    splits, _ = wording.capped(list(dict.fromkeys(name for each in shown for name in _splits(each))), limits.FILES)
    numbers = {name: str(place) for place, name in enumerate(splits)}
    families = list(dict.fromkeys(family(each.rule) for each in shown))
    rows = [_row(each, families.index(family(each.rule)), numbers) for each in shown]
    titles = [views.FAMILIES.get(name, name) for name in families]
    return rows, more, Options(levels=list(dict.fromkeys(row.level for row in rows)), families=titles, splits=splits)


def _row(finding: Finding, kind: int, numbers: Mapping[str, str]) -> Row:
    places, more = views.places(finding, limits.PLACES, limits.NAME)
    told = [(key, value) for key, value in finding.evidence.items() if value not in (None, "", [], {}) and value == value]  # NaN is none
    return Row(
        finding=finding,
        level="waived" if finding.waived is not None else str(finding.severity),
        family=kind,
        rule=rules().get(finding.rule),
        places=places,
        more=more,
        splits=" ".join(numbers[name] for name in _splits(finding) if name in numbers),
        evidence=told[: limits.EVIDENCE],
    )


def _splits(finding: Finding) -> list[str]:
    """The splits that the evidence and the first places name."""
    names = [finding.evidence[key] for key in ("left", "right", "split") if isinstance(finding.evidence.get(key), str)]
    for place, _ in zip(finding.where, range(limits.PLACES), strict=False):
        names += [each.split for each in (place, place.partner) if each is not None and each.split is not None]
    return list(dict.fromkeys(names))


def pairs(report: Report) -> tuple[list[Pair], int]:
    """The first example pairs of each rule, those of the worst findings first, and how many more there are."""
    worst = {finding.rule: place for place, finding in reversed(list(enumerate(views.ordered(report))))}
    known = sorted(views.all_examples(report), key=lambda each: worst.get(each["rule"], len(worst)))
    seen: dict[str, int] = {}
    chosen: list[Mapping[str, Json]] = []
    for example in known:
        seen[example["rule"]] = seen.get(example["rule"], 0) + 1
        if seen[example["rule"]] <= limits.PAIRS_OF_RULE and len(chosen) < limits.PAIRS:
            chosen.append(example)
    names = {finding.rule: finding.name for finding in report.findings}
    return [_pair(each, names.get(each["rule"], "")) for each in chosen], len(known) - len(chosen)


def _pair(example: Mapping[str, Json], name: str) -> Pair:
    left, right = views.excerpts(example, limits.TEXT)
    changed = None if left is None or right is None else _changes(left, right)
    return Pair(
        title=limits.name(f"{example['rule']} {name}"),
        similarity=limits.cell(views.similarity(example)),
        left=limits.cell(views.source(example["left"])),
        right=limits.cell(views.source(example["right"])),
        left_pieces=changed and changed[0],
        right_pieces=changed and changed[1],
    )


def _changes(left: str, right: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    a, b = (_WORDS.findall(wording.cut(wording.visible(text, keep="\n\t"), limits.TEXT)) for text in (left, right))
    here: list[tuple[bool, str]] = []
    there: list[tuple[bool, str]] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(str.isspace, a, b, autojunk=False).get_opcodes():
        here += [(kind != "equal", "".join(a[i:j]))] if i < j else []
        there += [(kind != "equal", "".join(b[k:m]))] if k < m else []
    return here, there


def waivers(report: Report) -> tuple[Sequence[Waived], int]:
    """The findings that a waiver covers: those with an expired one first, and how many more there are."""
    today = _day(report.run.get("started"))
    found = [Waived(finding=each, state=_state(each.waived.get("until"), today)) for each in report.findings if each.waived is not None]
    return wording.capped(sorted(found, key=lambda each: ("expired", "expiring", "active").index(each.state)), limits.WAIVERS)


def _state(until: Json, today: date | None) -> str:
    end = _day(until)
    if end is None or today is None:
        return "active"
    if end < today:
        return "expired"
    return "expiring" if end - today <= SOON else "active"


def _day(written: Json) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None
