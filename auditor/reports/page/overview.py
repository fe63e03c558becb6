"""The first screen: what was audited, whether all of it was read, and what became of each family of rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.model import Finding, Json, Report, digest, family
from auditor.reports import views, wording
from auditor.reports.page import limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A family of rules: what was measured, what the policy allows of it, and what is new against the baseline, where there is one."""

    family: views.Family
    figure: str
    threshold: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Two splits compared: the numbers, how dark the cell is (0 to 5), and how many of the pairs have two labels."""

    row: Mapping[str, Json]
    heat: int
    leaked: int
    relabelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The splits of one configuration, each compared with each; `cells` by (left, right). `more`: splits that have no room."""

    title: str
    splits: Sequence[str]
    more: int
    cells: Mapping[tuple[str, str], Cell]


def reading(report: Report) -> tuple[bool, str]:
    """Whether every record of every file was read, and that in words."""
    physical, parsed = (sum(getattr(entry, side) for entry in report.ledger) for side in ("physical", "parsed"))
    if not physical:
        return False, "No record was read."
    if parsed == physical and not report.gaps:
        files = sum(entry.physical > 0 for entry in report.ledger)
        return True, f"Every row was read: {wording.counted(parsed, 'row')} in {wording.counted(files, 'file')}. Nothing is a sample."
    told = f"{wording.number(parsed)} of {wording.counted(physical, 'row')} were accepted"
    return False, f"Not everything was read: {told}." if parsed < physical else f"Not everything could be looked at, though {told}."


def facts(report: Report) -> list[tuple[str, str]]:
    """What the verdict is about and what it was judged by: names and values."""
    rows = sum(each["rows"] for each in report.dataset.get("splits", {}).values())
    run, policy = report.run, report.policy
    settings = digest(json.dumps(report.config, sort_keys=True, default=str))
    took = f", {limits.amount(run['seconds'])} s" if "seconds" in run else ""
    judged = f"{policy.get('name') or 'none'}, fails on {policy.get('fail_on') or 'nothing'}"
    return [
        ("Dataset digest", limits.name(report.dataset.get("digest") or "none")),
        ("Size", f"{wording.counted(rows, 'row')} in {wording.counted(len(report.dataset.get('splits', {})), 'split')}"),
        ("Audited", limits.name(f"{run.get('started') or 'at an unknown time'}{took}")),
        ("Policy", limits.name(judged)),
        ("Policy digest", limits.name(policy.get("digest") or "none")),
        ("Configuration digest", settings),
    ]


def scores(report: Report) -> list[Score]:
    """A row of the scorecard for each family, in the order of the families."""
    names = {views.FAMILIES.get(name, wording.visible(name)): name for name in _names(report)}
    return [_score(report, names[each.title], each) for each in views.families(report)]


def _names(report: Report) -> list[str]:
    return [*map(family, (each.rule for each in report.outcomes)), *map(family, (each.rule for each in report.findings))]


def _score(report: Report, name: str, of: views.Family) -> Score:
    level = wording.visible(report.policy.get("fail_on") or "critical")
    measured = {"LEAK": _leak, "DUP": _duplicates, "SCHM": _expectations, "LIC": _license, "INPUT": _refused}
    figure = measured[name](report) if name in measured else ""
    if not figure and of.state != "skipped":
        figure = _open(of)
    return Score(
        family=of,
        figure=limits.cell(figure or "not examined"),
        threshold=limits.cell(_allowed(report, name, level)),
        change=_change(report, name),
    )


def _change(report: Report, name: str) -> str:
    known = [each.known for each in report.findings if family(each.rule) == name and each.known is not None]
    return f"{wording.number(known.count(False))} new, {wording.number(known.count(True))} known" if known else ""


def _open(of: views.Family) -> str:
    count = len(of.severities) + of.waived
    return wording.counted(count, "finding") if count else "nothing found"


def _allowed(report: Report, name: str, level: str) -> str:
    if name == "LEAK" and (share := report.policy.get("leakage", {}).get("share")):
        return f"at most {wording.percent(share)} of a split"
    if name == "INPUT":
        return f"at most {wording.percent(report.policy.get('input', {}).get('rejected') or 0.0)} of records refused"
    if name == "LIC" and report.policy.get("checks", {}).get("licenses"):
        return f"what the policy lists; nothing at or above {level}"
    return f"nothing at or above {level}"


def _leak(report: Report) -> str:
    worst = max(views.leaks(report), key=lambda leak: leak.share, default=None)
    return "" if worst is None else f"{wording.percent(worst.share)} of {wording.visible(worst.split)}"


def _duplicates(report: Report) -> str:
    inside = [row for row in views.leakage(report).get("pairs_of_splits", ()) if row["left"] == row["right"]]
    return wording.counted(sum(row["identical"] + row["near"] for row in inside), "pair") + " within a split" if inside else ""


def _expectations(report: Report) -> str:
    results = [each for part in report.sections.get("schema", {}).get("splits", ()) for each in part["results"]]
    met = sum(each["status"] == "passed" for each in results)
    return f"{wording.number(met)} of {wording.counted(len(results), 'expectation')} met" if results else ""


def _license(report: Report) -> str:
    section = report.sections.get("license") or {}
    return wording.said(section["concluded"]) if section.get("concluded") else ""


def _refused(report: Report) -> str:
    physical = sum(entry.physical for entry in report.ledger)
    refused = sum(count for entry in report.ledger for _, count in entry.rejected)
    return f"{wording.number(refused)} of {wording.counted(physical, 'record')} refused" if physical else ""


def matrices(report: Report) -> list[Matrix]:
    """The splits of each configuration compared, as heat tables."""
    relabelled = _relabelled(report.findings)
    groups: dict[str, list[Mapping[str, Json]]] = {}
    for row in views.leakage(report).get("pairs_of_splits", ()):
        groups.setdefault(row["left"].rpartition("/")[0], []).append(row)
    return [_matrix(title, rows, relabelled) for title, rows in groups.items()]


def _relabelled(findings: Sequence[Finding]) -> Mapping[tuple[str, str], int]:
    """Pairs of the same text with two labels, by (left, right)."""
    told = [each for each in findings if each.rule in {"LEAK004", "DUP003"} and {"left", "right"} <= each.evidence.keys()]
    return {(str(each.evidence["left"]), str(each.evidence["right"])): each.count for each in told}


def _matrix(title: str, rows: Sequence[Mapping[str, Json]], relabelled: Mapping[tuple[str, str], int]) -> Matrix:
    splits = list(dict.fromkeys(name for row in rows for name in (row["left"], row["right"])))
    shown, more = wording.capped(splits, limits.SPLITS)
    ends = set(shown)
    cells = {(row["left"], row["right"]): _compared(row, relabelled) for row in rows if {row["left"], row["right"]} <= ends}
    return Matrix(title=title, splits=shown, more=more, cells=cells)


def _compared(row: Mapping[str, Json], relabelled: Mapping[tuple[str, str], int]) -> Cell:
    share = row["share"] or 0.0
    heat = sum(share > step for step in (0, 0.001, 0.01, 0.05, 0.2))
    return Cell(row=row, heat=heat, leaked=round(share * row["right_rows"]), relabelled=relabelled.get((row["left"], row["right"]), 0))


def unexamined(report: Report, name: str) -> str:
    """Why the rules of a family looked at nothing; empty where one of them did, or none was asked."""
    outcomes = [each for each in report.outcomes if family(each.rule) == name]
    if any(each.status in {"passed", "failed"} for each in outcomes):
        return ""
    notes = "; ".join(dict.fromkeys(each.note for each in outcomes if each.note))
    return limits.cell(notes or "no rule of this family was asked")
