"""The report as a comment on a pull request: the verdict first, then tables, never longer than such a comment may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from auditor.model import Finding, Json, Report
from auditor.reports import views, wording

PAIRS, FINDINGS, PLACES, SOURCES, FILES, REASONS = 30, 25, 3, 15, 10, 10
"""How much of each is shown. With NAME and CELL, the longest a cell can be, they keep the whole below 65,000 characters."""
NAME, CELL = 120, 320


def render(report: Report) -> str:
    """The report as GitHub-flavoured Markdown in which nothing from the data is markup, a link, a mention or a picture."""
    parts = (_head(report), _pairs(report), _benchmarks(report), _findings(report), _license(report), _ledger(report), _foot(report))
    return "\n".join(line for part in parts for line in part)


def inert(text: object, limit: int = CELL) -> str:
    """The text as it stands, in a table cell or elsewhere, for Markdown to show and never to obey; at most `limit` characters long.

    Punctuation that means something becomes an entity. Sites look for mentions, references and addresses after entities are
    resolved, so a space of no width stands behind the character that would begin one.
    """
    written: list[str] = []
    length = 0
    for piece in re.findall(r"(?i)www\.|://|.", wording.visible(text)):
        safe = _entity(piece)
        length += len(safe)
        if length > limit - 1:
            return "".join(written) + "…"
        written.append(safe)
    return "".join(written)


def _entity(piece: str) -> str:
    if piece in "@#":
        return f"&#{ord(piece)};&#8203;"
    if len(piece) > 1:
        return f"{piece[:3]}&#8203;." if piece[3:] == "." else "&#58;&#8203;//"
    return f"&#{ord(piece)};" if piece in "&<>|`*_~[]!\\$'\"" else piece


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield f"and {wording.counted(count, noun)}"
        yield ""


def _head(report: Report) -> Iterator[str]:
    yield f"## {inert(views.judgement(report))}"
    yield ""
    yield f"**{inert(views.shares(report), 1000)}** · {inert(views.tally(report))} · dataset {inert(report.dataset.get('name'), NAME)}"
    yield ""
    for reason in report.reasons[:REASONS]:
        yield f"- {inert(reason)}"
    yield ""
    yield from _more(len(report.reasons) - REASONS, "more reason")


def _pairs(report: Report) -> Iterator[str]:
    rows = views.leakage(report).get("pairs_of_splits", ())
    if not rows:
        return
    yield "### Records that splits share"
    yield ""
    heads = ("in", "also in", "share", "identical pairs", "near pairs", "contained pairs")
    yield from _table(heads, (_pair(row) for row in rows[:PAIRS]))
    yield from _more(len(rows) - PAIRS, "more pair of splits")
    yield f"Compared: {inert(views.method(report))}."
    yield ""
    if views.leakage(report).get("controls"):
        yield f"Controls: {inert(views.certificate(report))}."
        yield ""


def _pair(row: Json) -> Sequence[str]:
    share = "within itself" if row["share"] is None else wording.percent(row["share"]).replace("<", "&lt;").replace(">", "&gt;")
    counts = [wording.number(row[name]) for name in ("identical", "near", "contained")]
    counts[1] += " or more" if row.get("capped") else ""
    return inert(row["right"], NAME), inert(row["left"], NAME), share, *counts


def _benchmarks(report: Report) -> Iterator[str]:
    rows = views.benchmarks(report)
    if not rows:
        return
    yield "### Benchmarks in training data"
    yield ""
    yield from _table(("benchmark", "found"), ((inert(row["name"], NAME), inert(views.benchmark(row))) for row in rows[:PAIRS]))
    yield from _more(len(rows) - PAIRS, "more benchmark")


def _findings(report: Report) -> Iterator[str]:
    findings = views.ordered(report)
    yield f"### Findings: {inert(views.tally(report))}"
    yield ""
    if findings:
        yield from _table(("severity", "rule", "what", "where"), (_finding(each) for each in findings[:FINDINGS]))
    yield from _more(len(findings) - FINDINGS, "more finding")


def _finding(finding: Finding) -> Sequence[str]:
    level = f"{finding.severity}" + (" (waived)" if finding.waived is not None else "")
    shown, more = views.places(finding, PLACES, NAME)
    where = [inert(each, NAME) for each in shown] + ([f"and {wording.number(more)} more"] if more else [])
    return level, f"{inert(finding.rule, NAME)} {inert(finding.name, NAME)}", inert(finding.message), "<br>".join(where)


def _license(report: Report) -> Iterator[str]:
    section = report.sections.get("license")
    if not section:
        return
    yield "### Licence"
    yield ""
    if section.get("advice"):
        yield inert(section["advice"])
        yield ""
    said = ("declared", "detected", "concluded")
    yield from _table(said, [[inert(wording.said(section.get(name))) for name in said]])
    sources, more = wording.capped(section.get("sources", ()), SOURCES)
    if sources:
        names = ("file", "line", "method", "text", "expression", "status")
        yield from _table(names, ([inert(wording.said(each.get(name)), NAME) for name in names] for each in sources))
    yield from _more(more, "more source")


def _ledger(report: Report) -> Iterator[str]:
    doubtful = views.doubtful(report)
    if not doubtful:
        return
    yield "### Not read as a whole"
    yield ""
    heads = ("file", "records", "accepted", "why")
    rows = ((inert(e.file, NAME), wording.number(e.physical), wording.number(e.parsed), inert(views.fate(e))) for e in doubtful[:FILES])
    yield from _table(heads, rows)
    yield from _more(len(doubtful) - FILES, "more file")


def _foot(report: Report) -> Iterator[str]:
    yield f"auditor {inert(report.version, NAME)} · {inert(report.dataset.get('digest'), NAME)} · next: `{_command(report)}`"
    yield ""


def _command(report: Report) -> str:
    return re.sub(r"[^\w .-]", "?", views.next_command(report))[:NAME]
