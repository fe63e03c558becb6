"""The report as one page that needs nothing else: for people who decide, to read, print and file."""

from __future__ import annotations

import base64
import difflib
import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.model import Json, Report
from auditor.reports import views, wording

FINDINGS, PLACES, EXAMPLES, SOURCES, RESULTS, FILES, RULES, SPLITS, REASONS = 100, 10, 12, 60, 100, 60, 200, 10, 20
"""How much of each is shown. With the sizes below, they keep the page below 2 MB whatever the data is."""
NAME, CELL, TEXT = 240, 600, 600
"""The longest that a name and a cell may be, in bytes as written, and a text of an example, in characters."""

_WORDS = re.compile(r"\s+|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Two splits compared: the numbers, and how dark the cell is (0 to 5)."""

    row: Mapping[str, Json]
    heat: int
    leaked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The splits of one configuration, each compared with each; `cells` by (left, right)."""

    title: str
    splits: Sequence[str]
    cells: Mapping[tuple[str, str], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records side by side; each text in pieces, with True for those that the other text lacks; None where texts are withheld."""

    title: str
    similarity: str
    left: str
    right: str
    left_pieces: Sequence[tuple[bool, str]] | None
    right_pieces: Sequence[tuple[bool, str]] | None


def render(report: Report) -> str:
    """The page: no script, nothing loaded from elsewhere, no link; a policy in its head forbids all three to whatever slipped in."""
    import jinja2

    room = Path(__file__).parent
    world = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=jinja2.FileSystemLoader(room))
    world.filters |= {
        "name": _name,
        "cell": _cell,
        "said": _said,
        "number": wording.number,
        "percent": wording.percent,
        "size": wording.size,
    }
    style = (room / "report.css").read_text(encoding="utf-8")
    page = world.get_template("report.html.j2")
    return page.render(
        report=report, views=views, wording=wording, version=report.version, style=style, style_hash=_hash(style), **_shown(report)
    )


def _shown(report: Report) -> dict[str, Json]:
    license_, schema = report.sections.get("license"), report.sections.get("schema") or {}
    results = [(part, result) for part in schema.get("splits", ()) for result in part["results"]]
    files = [(split, each) for split, facts in report.dataset.get("splits", {}).items() for each in facts["files"]]
    worst = {finding.rule: place for place, finding in reversed(list(enumerate(views.ordered(report))))}
    pairs = sorted(views.all_examples(report), key=lambda each: worst.get(each["rule"], len(worst)))
    examples, unseen = wording.capped(pairs, EXAMPLES)
    return {
        "title": f"{_name(report.dataset.get('name'))}: {views.VERDICTS[report.verdict]}",
        "reasons": wording.capped(report.reasons, REASONS),
        "leaks": wording.capped(views.leaks(report), SPLITS),
        "families": views.families(report),
        "benchmarks": wording.capped(views.benchmarks(report), SPLITS),
        "matrices": wording.capped(_matrices(report), 3),
        "findings": wording.capped([(each, *views.places(each, PLACES, NAME)) for each in views.ordered(report)], FINDINGS),
        "pairs": (_pairs(report, examples), unseen),
        "license": license_,
        "sources": wording.capped((license_ or {}).get("sources", ()), SOURCES),
        "schema": schema,
        "results": wording.capped(sorted(results, key=lambda each: each[1]["status"] == "passed"), RESULTS),
        "ledger": wording.capped(report.ledger, FILES),
        "outcomes": wording.capped(report.outcomes, RULES),
        "files": wording.capped(files, FILES),
        "settings": wording.capped(sorted(report.config.items()), FILES),
        "splits": wording.capped(list(report.dataset.get("splits", {}).items()), SPLITS),
    }


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _name(value: object) -> str:
    return _within(wording.visible(value), NAME)


def _cell(value: object) -> str:
    return _within(wording.visible(value), CELL)


def _said(value: Json) -> str:
    return _within(wording.said(value), CELL)


def _within(text: str, limit: int) -> str:
    """As much of the text as takes `limit` bytes in the page, where a quotation mark takes five and an ideograph three."""
    written = 0
    for place, char in enumerate(text):
        written += len(html.escape(char).encode())
        if written > limit:
            return text[:place] + "…"
    return text


def _matrices(report: Report) -> list[Matrix]:
    groups: dict[str, list[Mapping[str, Json]]] = {}
    for row in views.leakage(report).get("pairs_of_splits", ()):
        groups.setdefault(row["left"].rpartition("/")[0], []).append(row)
    return [_matrix(title, rows) for title, rows in groups.items()]


def _matrix(title: str, rows: Sequence[Mapping[str, Json]]) -> Matrix:
    splits = list(dict.fromkeys(name for row in rows for name in (row["left"], row["right"])))[:SPLITS]
    cells = {(row["left"], row["right"]): _compared(row) for row in rows}
    return Matrix(title=title, splits=splits, cells=cells)


def _compared(row: Mapping[str, Json]) -> Cell:
    share = row["share"] or 0.0
    heat = sum(share > step for step in (0, 0.001, 0.01, 0.05, 0.2))
    return Cell(row=row, heat=heat, leaked=round(share * row["right_rows"]))


def _pairs(report: Report, examples: Sequence[Mapping[str, Json]]) -> list[Pair]:
    names = {finding.rule: finding.name for finding in report.findings}
    return [_pair(each, names.get(each["rule"], "")) for each in examples]


def _pair(example: Mapping[str, Json], name: str) -> Pair:
    left, right = views.excerpts(example, TEXT)
    changed = None if left is None or right is None else _changes(left, right)
    return Pair(
        title=_name(f"{example['rule']} {name}"),
        similarity=_cell(views.similarity(example)),
        left=_cell(views.source(example["left"])),
        right=_cell(views.source(example["right"])),
        left_pieces=changed and changed[0],
        right_pieces=changed and changed[1],
    )


def _changes(left: str, right: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    a, b = (_WORDS.findall(wording.cut(wording.visible(text, keep="\n\t"), TEXT)) for text in (left, right))
    here: list[tuple[bool, str]] = []
    there: list[tuple[bool, str]] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(str.isspace, a, b, autojunk=False).get_opcodes():
        here += [(kind != "equal", "".join(a[i:j]))] if i < j else []
        there += [(kind != "equal", "".join(b[k:m]))] if k < m else []
    return here, there
