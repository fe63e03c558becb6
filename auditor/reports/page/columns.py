"""What is known of each column: the expectations it meets or does not, and its profile with a small picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.model import Json, Report
from auditor.reports import wording
from auditor.reports.page import limits

WIDTH, HEIGHT = 128, 32
"""The size of a picture, in its own units."""

FEW = 20
"""A column of texts with no more distinct values than these is pictured by their frequencies, another by the lengths of its texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The expectations of one column, those that are not met first, as (split, result)."""

    name: str
    failed: int
    results: Sequence[tuple[str, Mapping[str, Json]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Bars as the `d` of an SVG path in a box of WIDTH × HEIGHT, and what they show, in words."""

    path: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A column in one split."""

    split: str
    rows: int
    facts: Mapping[str, Json]
    holds: str
    picture: Picture | None
    top: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column in its splits; `more`: splits that have no room."""

    name: str
    splits: Sequence[Seen]
    more: int


def judged(report: Report) -> tuple[list[Judged], int]:
    """The results of a suite by column: columns with something unmet first; and how many results more there are."""
    by_column: dict[str, list[tuple[str, Mapping[str, Json]]]] = {}
    for part in report.sections.get("schema", {}).get("splits", ()):
        for result in part["results"]:
            by_column.setdefault(result.get("column") or "", []).append((part["split"], result))
    columns = [
        Judged(name=name, failed=sum(map(_unmet, results)), results=sorted(results, key=lambda each: not _unmet(each)))
        for name, results in by_column.items()
    ]
    shown: list[Judged] = []
    room = limits.RESULTS
    for column in sorted(columns, key=lambda each: not each.failed):
        if room > 0:
            shown.append(Judged(name=column.name, failed=column.failed, results=column.results[:room]))
        room -= len(column.results)
    return shown, max(0, -room)


def _unmet(of: tuple[str, Mapping[str, Json]]) -> bool:
    return bool(of[1]["status"] != "passed")


def profiled(report: Report) -> tuple[list[Column], int]:
    """The first columns in all their splits, and how many more there are."""
    by_name: dict[str, list[tuple[str, int, Mapping[str, Json]]]] = {}
    for split, part in report.sections.get("profile", {}).get("splits", {}).items():
        for name, facts in part["columns"].items():
            by_name.setdefault(name, []).append((split, part["rows"], facts))
    order = {name: place for place, name in enumerate(report.dataset.get("splits", {}))}
    shown, more = wording.capped(list(by_name.items()), limits.COLUMNS)
    return [_column(name, sorted(parts, key=lambda part: order.get(part[0], len(order)))) for name, parts in shown], more


def _column(name: str, parts: Sequence[tuple[str, int, Mapping[str, Json]]]) -> Column:
    shown, more = wording.capped(parts, limits.SPLITS_OF_COLUMN)
    return Column(name=name, splits=[_seen(*part) for part in shown], more=more)


def _seen(split: str, rows: int, facts: Mapping[str, Json]) -> Seen:
    top = [(limits.brief(value), count) for value, count in facts.get("top", ())[: limits.TOP]]
    return Seen(split=split, rows=rows, facts=facts, holds=_holds(facts), picture=_picture(facts), top=top)


def _holds(facts: Mapping[str, Json]) -> str:
    """What kind of values the column has, and from where to where they go."""
    types = facts.get("types", {})
    kinds = ", ".join(types) if len(types) < 2 else ", ".join(f"{kind} × {wording.number(count)}" for kind, count in types.items())
    if quantiles := facts.get("times", {}).get("quantiles"):
        first, last = (str(quantiles[place]).removesuffix("T00:00:00Z") for place in (0, -1))
        return f"{kinds}; from {first} to {last}"
    measure = "numbers" if facts.get("numbers", {}).get("quantiles") else "lengths"
    if not (quantiles := facts.get(measure, {}).get("quantiles")):
        return kinds
    low, middle, high = (limits.amount(quantiles[place]) for place in (0, len(quantiles) // 2, -1))
    noun = "" if measure == "numbers" else "lengths "
    if low == high:
        return f"{kinds}; {noun or 'all '}{low}"
    return f"{kinds}; {noun}{low} to {high}, median {middle}, mean {limits.amount(float(facts[measure]['mean']))}"


def _picture(facts: Mapping[str, Json]) -> Picture | None:
    """Numbers by value, texts of a few kinds by frequency, other texts by length; None where nothing of this is known."""
    numbers, lengths = facts.get("numbers", {}), facts.get("lengths", {})
    top = facts.get("top", ())
    if len(numbers.get("histogram", ())) > 1:
        return _bars(numbers["histogram"], "How the numbers are spread", _range(numbers))
    if len(top) > 1 and facts.get("distinct", 0) <= FEW:
        return _bars([count for _, count in top], "How frequent the values are", "the most frequent first")
    if len(lengths.get("histogram", ())) > 1:
        return _bars(lengths["histogram"], "How long the texts are", f"{_range(lengths)} characters")
    return None


def _range(measure: Mapping[str, Json]) -> str:
    return f"from {limits.amount(measure['quantiles'][0])} to {limits.amount(measure['quantiles'][-1])}"


def _bars(counts: Sequence[int], title: str, what: str) -> Picture:
    width, most = WIDTH / len(counts), max(counts)
    heights = [HEIGHT * count / most if most else 0 for count in counts]
    bars = [
        f"M{place * width:.4g} {HEIGHT}v-{max(height, 1):.3g}h{width * 0.9:.3g}V{HEIGHT}z" for place, height in enumerate(heights) if height
    ]
    told = f"{wording.counted(len(counts), 'bar')}, {what}; the highest stands for {wording.number(most)}"
    return Picture(path="".join(bars), title=title, text=told)
