"""Where in a working tree a finding is shown: services that annotate files take nothing without a relative path and a line."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from auditor.model import Finding, Location, Report

CARDS = ("readme.md", "datasheet.md", "croissant.json", "datapackage.json")
"""The documents that stand for a dataset as a whole, the one to prefer first."""


def anchor(report: Report, place: Location | None) -> tuple[str, int]:
    """The path (as it is, relative to the top of the working tree) and the line, from 1, of a place; 1 where it has no line.

    A place without a file is shown at the dataset's card, else at another document, else at its first data file. Where the dataset
    lies outside the working tree all are shown at the configuration, and where there is none, below the dataset's name.
    """
    tree = report.run.get("tree")
    tree = tree if isinstance(tree, dict) else {}
    if tree.get("file"):
        return _plain(str(tree["file"])), _line(place)
    if tree.get("folder") is None and tree.get("config"):
        return _plain(str(tree["config"])), 1
    inside = tree.get("folder") or str(report.dataset.get("name") or "dataset")
    if place is None or not place.file:
        return _plain(f"{inside}/{_representative(report)}"), 1
    return _plain(f"{inside}/{place.file}"), _line(place)


def anchored(report: Report, finding: Finding) -> tuple[str, int]:
    """The path and the line of a finding: those of its first place."""
    return anchor(report, next(iter(finding.where), None))


def uri(path: str) -> str:
    """A path as a relative reference by RFC 3986; nothing in it is a scheme, a host or a query."""
    return quote(path.encode("utf-8", "replace"), safe="/")


def _line(place: Location | None) -> int:
    return place.line if place is not None and isinstance(place.line, int) and place.line > 0 else 1


def _plain(path: str) -> str:
    """The path without steps that lead up or nowhere."""
    return "/".join(part for part in path.split("/") if part not in ("", ".", "..")) or "dataset"


def _representative(report: Report) -> str:
    """The file that stands for the dataset as a whole."""
    documents = [str(each["path"]) for each in report.dataset.get("documents", ())]
    cards = {each.casefold(): each for each in reversed(documents)}
    known = (cards[name] for name in CARDS if name in cards)
    return next(iter((*known, *documents, *_data(report))), "README.md")


def _data(report: Report) -> Iterator[str]:
    for split in report.dataset.get("splits", {}).values():
        yield from (str(each["path"]) for each in split["files"])
