"""The report as a comment on a pull request: the verdict first, then tables, never longer than such a comment may be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.model import Finding, Json, Report
from auditor.reports import views, wording

NAME, CELL = 120, 320
"""The most characters of a name, and of any other cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of each is shown. As a cell holds at most CELL characters, they bound the whole."""

    pairs: int
    findings: int
    places: int
    sources: int
    uses: int
    controls: int
    files: int
    reasons: int


COMMENT = Limits(pairs=25, findings=25, places=3, sources=12, uses=8, controls=10, files=8, reasons=10)
"""Below 65,000 characters, whatever is found: a comment on a pull request may have 65,536."""
SUMMARY = Limits(pairs=100, findings=200, places=5, sources=60, uses=8, controls=20, files=60, reasons=50)
ROOM = 900_000
"""Bytes of the summaries of one step: they may have 1 MiB, and beyond that none is shown."""


def render(report: Report) -> str:
    """The report as GitHub-flavoured Markdown in which nothing from the data is markup, a link, a mention or a picture."""
    return _written(report, COMMENT)


def summary(report: Report, taken: int = 0) -> str:
    """The same with more of each, for the summary of a build step, of which so many bytes are taken; "" where there is no room left."""
    pages = (_written(report, limits) for limits in (SUMMARY, COMMENT))
    return next((page for page in pages if taken + len(page.encode()) <= ROOM), "")


def _written(report: Report, limits: Limits) -> str:
    lines = [*_head(report, limits), *_findings(report, limits)]
    for title, part in FOLDED.items():
        body = list(part(report, limits))
        lines += ["<details>", f"<summary>{title}</summary>", "", *body, "</details>", ""] if body else []
    return "\n".join([*lines, *_foot(report)])


def inert(text: object, limit: int = CELL) -> str:
    """The text as it stands, in a table cell or elsewhere, for Markdown to show and never to obey; at most `limit` characters long.

    Punctuation that means something becomes an entity. Sites look for mentions, references and addresses after entities are
    resolved, so a space of no width stands behind the character that would begin one.
    """
    written: list[str] = []
    length = 0
    for piece in re.findall(r"(?i)^(?:[-+=]|\d+[.)](?=\s|$))|www\.|://|.", wording.visible(text).strip()):
        begins = not written and re.fullmatch(r"[-+=]|\d+[.)]", piece)  # a list or a heading, where a line begins with it
        safe = f"{piece[:-1]}&#{ord(piece[-1])};" if begins else _entity(piece)
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


def _head(report: Report, limits: Limits) -> Iterator[str]:
    yield f"## {inert(views.judgement(report))}"
    yield ""
    yield f"**{inert(views.shares(report), 1000)}** · {inert(views.tally(report))} · dataset {inert(report.dataset.get('name'), NAME)}"
    yield ""
    for words in filter(None, (views.excused(report), views.since(report))):
        yield f"{inert(words, 1000)}"
        yield ""
    for reason in report.reasons[: limits.reasons]:
        yield f"- {inert(reason)}"
    yield ""
    yield from _more(len(report.reasons) - limits.reasons, "more reason")


def _pairs(report: Report, limits: Limits) -> Iterator[str]:
    rows = views.leakage(report).get("pairs_of_splits", ())
    if not rows:
        return
    heads = ("in", "also in", "share", "identical pairs", "near pairs", "contained pairs")
    yield from _table(heads, (_pair(row) for row in rows[: limits.pairs]))
    yield from _more(len(rows) - limits.pairs, "more pair of splits")
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


def _benchmarks(report: Report, limits: Limits) -> Iterator[str]:
    rows = views.benchmarks(report)
    if not rows:
        return
    yield from _table(("benchmark", "found"), ((inert(row["name"], NAME), inert(views.benchmark(row))) for row in rows[: limits.pairs]))
    yield from _more(len(rows) - limits.pairs, "more benchmark")


def _findings(report: Report, limits: Limits) -> Iterator[str]:
    findings = views.ordered(report)
    yield f"### Findings: {inert(views.tally(report))}"
    yield ""
    if findings:
        yield from _table(("severity", "rule", "what", "where"), (_finding(each, limits) for each in findings[: limits.findings]))
    yield from _more(len(findings) - limits.findings, "more finding")


def _finding(finding: Finding, limits: Limits) -> Sequence[str]:
    shown, more = views.places(finding, limits.places, NAME)
    where = [inert(each, NAME) for each in shown] + ([f"and {wording.number(more)} more"] if more else [])
    return views.level(finding), f"{inert(finding.rule, NAME)} {inert(finding.name, NAME)}", inert(finding.message), "<br>".join(where)


def _license(report: Report, limits: Limits) -> Iterator[str]:
    section = report.sections.get("license")
    if not section:
        return
    if section.get("advice"):
        yield inert(section["advice"])
        yield ""
    said = ("declared", "detected", "concluded")
    yield from _table(said, [[inert(wording.said(section.get(name))) for name in said]])
    sources, more = wording.capped(section.get("sources", ()), limits.sources)
    if sources:
        names = ("file", "line", "method", "text", "expression", "status")
        yield from _table(names, ([inert(wording.said(each.get(name)), NAME) for name in names] for each in sources))
    yield from _more(more, "more source")


def _uses(report: Report, limits: Limits) -> Iterator[str]:
    uses = report.sections.get("license", {}).get("uses", {})
    if not uses:
        return
    heads = ("use", "answer", "because")
    yield from _table(heads, ((inert(use, NAME), *_answer(each)) for use, each in list(uses.items())[: limits.uses]))
    yield from _more(len(uses) - limits.uses, "more use")


def _answer(judged: Mapping[str, Json]) -> Sequence[str]:
    clauses = [
        f"{each.get('license')} {each.get('clause')}: {each.get('note') or each.get('source')}" for each in judged.get("because", ())
    ]
    return inert(judged.get("answer"), NAME) + (" (asked)" if judged.get("asked") else ""), inert("; ".join(clauses))


def _frameworks(report: Report, limits: Limits) -> Iterator[str]:
    frameworks = report.sections.get("frameworks", ())
    if not frameworks:
        return
    for framework in frameworks[: limits.controls]:
        states = Counter(str(each.get("status")) for each in framework.get("controls", ()))
        counts = ", ".join(f"{count} {status}" for status, count in sorted(states.items()))
        yield f"- {inert(framework.get('title'), NAME)} {inert(framework.get('version') or '', NAME)}: {inert(counts)}"
    yield ""
    yield from _more(len(frameworks) - limits.controls, "more framework")


def _cost(report: Report, _limits: Limits) -> Iterator[str]:
    said = report.sections.get("cost", {}).get("summary")
    if said:
        yield inert(said)
        yield ""


def _ledger(report: Report, limits: Limits) -> Iterator[str]:
    doubtful = views.doubtful(report)
    if not doubtful:
        return
    heads = ("file", "records", "accepted", "why")
    rows = (
        (inert(e.file, NAME), wording.number(e.physical), wording.number(e.parsed), inert(views.fate(e))) for e in doubtful[: limits.files]
    )
    yield from _table(heads, rows)
    yield from _more(len(doubtful) - limits.files, "more file")


FOLDED: Mapping[str, Callable[[Report, Limits], Iterator[str]]] = {
    "Records that splits share": _pairs,
    "Benchmarks in training data": _benchmarks,
    "Licence": _license,
    "Uses": _uses,
    "Frameworks": _frameworks,
    "Cost": _cost,
    "Not read as a whole": _ledger,
}
"""What stands below the findings, by title, each to be opened by who wants to read it."""


def _foot(report: Report) -> Iterator[str]:
    yield f"auditor {inert(report.version, NAME)} · {inert(report.dataset.get('digest'), NAME)} · next: `{_command(report)}`"
    yield ""


def _command(report: Report) -> str:
    return re.sub(r"[^\w .-]", "?", views.next_command(report))[:NAME]
