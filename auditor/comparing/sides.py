"""The two sides of a comparison: each a saved report, or a dataset that is audited for it."""

from __future__ import annotations

import dataclasses
import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import saved

if TYPE_CHECKING:
    from auditor.model import Report

MARK = re.compile(rb'"schema"\s*:\s*"auditor/report/')
"""What stands in every JSON report and tells it from data in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version: the name it is shown by, its report, and whether that was a saved one, so that its records are not at hand.

    `columns` are those by which records are compared, where not by all of them.
    """

    name: str
    report: Report
    saved: bool
    columns: tuple[str, ...] = ()


def is_report(place: str) -> bool:
    """Whether a JSON report is meant, and not a dataset: a file that ends in .json and has the mark of one."""
    path = Path(place)
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        if not path.stat().st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            return MARK.search(held) is not None


def sides(old: str, new: str, audit: Callable[[str, tuple[str, ...]], Report]) -> tuple[Side, Side]:
    """The two sides that are called by paths or URLs.

    `audit` gives the report of a dataset, with the profile of its columns and the table `contents`, over all columns or those that are
    named. Where only one of two datasets has some columns, the records are looked at once more, by the columns that both have: else every
    one of them would be another.
    """
    before, after = (_side(place, audit) for place in (old, new))
    if before.saved or after.saved:
        return before, after
    names = [_columns(each.report) for each in (before, after)]
    shared = tuple(sorted(names[0] & names[1]))
    if names[0] == names[1] or not shared:
        return before, after
    first, second = (
        dataclasses.replace(each, columns=shared, report=dataclasses.replace(each.report, tables=audit(place, shared).tables))
        for place, each in ((old, before), (new, after))
    )
    return first, second


def _side(place: str, audit: Callable[[str, tuple[str, ...]], Report]) -> Side:
    if is_report(place):
        return Side(name=Path(place).name, report=saved.load(Path(place)), saved=True)
    report = audit(place, ())
    return Side(name=str(report.dataset.get("name")), report=report, saved=False)


def _columns(report: Report) -> set[str]:
    splits = report.sections.get("profile", {}).get("splits", {})
    return {name for split in splits.values() for name in split["columns"]}
