"""The report as one page that needs nothing else: for people who decide, to read, print, sign and file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.model import Json, Report
from auditor.reports import views, wording
from auditor.reports.page import again, columns, findings, frameworks, limits, overview, terms

if TYPE_CHECKING:
    import jinja2

ROOM = Path(__file__).parent / "page"


def render(report: Report) -> str:
    """The page: nothing loaded from elsewhere, no link out of it; a policy in its head allows its own style and script, nothing else.

    Without scripts everything is in sight; the script only sorts and narrows tables.
    """
    style, script = ((ROOM / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    own = {"style": style, "style_hash": _hash(style), "script": script, "script_hash": _hash(script)}
    parts = {"version": limits.name(report.version), **own, **_summary(report), **_details(report)}
    return _world().get_template("page.html.j2").render(report=report, **parts)


@cache
def _world() -> jinja2.Environment:
    import jinja2

    world = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=jinja2.FileSystemLoader(ROOM))
    world.filters |= {name: getattr(limits, name) for name in ("word", "name", "cell", "said", "brief", "amount")}
    world.filters |= {name: getattr(wording, name) for name in ("number", "percent", "size")}
    world.globals |= {"views": views, "wording": wording, "limits": limits, "unexamined": overview.unexamined}
    return world


def _hash(source: str) -> str:
    """The digest by which a content security policy allows a style or a script."""
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _summary(report: Report) -> dict[str, Json]:
    """What the first screen and the tables below it show."""
    rows, more, options = findings.listed(report)
    return {
        "title": f"{limits.name(report.dataset.get('name'))}: {views.VERDICTS[report.verdict]}",
        "reasons": wording.capped(report.reasons, limits.REASONS),
        "leaks": wording.capped(views.leaks(report), limits.SPLITS),
        "splits": wording.capped(list(report.dataset.get("splits", {}).items()), limits.SPLITS),
        "everything": overview.reading(report),
        "facts": overview.facts(report),
        "scores": overview.scores(report),
        "matrices": wording.capped(overview.matrices(report), limits.MATRICES),
        "benchmarks": wording.capped(views.benchmarks(report), limits.SPLITS),
        "findings": (rows, more),
        "options": options,
        "pairs": findings.pairs(report),
        "waivers": findings.waivers(report),
    }


def _details(report: Report) -> dict[str, Json]:
    """What the parts for engineers and lawyers show."""
    license_, mix = report.sections.get("license") or {}, report.sections.get("license_mix") or {}
    cost = report.sections.get("cost") or {}
    files = [(split, each) for split, facts in report.dataset.get("splits", {}).items() for each in facts["files"]]
    worst_first = ("error", "failed", "skipped", "passed")
    outcomes = sorted(report.outcomes, key=lambda each: worst_first.index(each.status))
    return {
        "license": license_,
        "statements": wording.capped(license_.get("sources", ()), limits.STATEMENTS),
        "obligations": wording.capped(license_.get("obligations", ()), limits.OBLIGATIONS),
        "uses": terms.uses(report),
        "disagreements": terms.disagreements(report),
        "of_records": terms.of_records(report),
        "mix": mix,
        "mixed": wording.capped(mix.get("pairs", ()), limits.LICENSES),
        "schema": report.sections.get("schema"),
        "judged": columns.judged(report),
        "profiled": columns.profiled(report),
        "ledger": wording.capped(sorted(report.ledger, key=lambda each: not views.is_doubtful(each)), limits.FILES),
        "outcomes": wording.capped(outcomes, limits.RULES),
        "frameworks": frameworks.frameworks(report),
        "cost": cost,
        "inputs": wording.capped(cost.get("inputs", ()), limits.STEPS),
        "steps": wording.capped(cost.get("steps", ()), limits.STEPS),
        "controls": views.leakage(report).get("controls") or {},
        "method": views.leakage(report).get("method") or {},
        "command": again.command(report),
        "files": wording.capped(files, limits.FILES),
        "settings": wording.capped(sorted(report.config.items()), limits.OPTIONS),
    }
