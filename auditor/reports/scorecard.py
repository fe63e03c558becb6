"""The report in a few lines of HTML for notebooks: no script, no style sheet, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from auditor.model import Report
from auditor.reports import views
from auditor.reports.wording import capped, counted, cut, visible

FINDINGS, WIDTH = 20, 300
"""How many findings are shown, and how many characters of a message."""


def render(report: Report) -> str:
    """The fragment: the verdict line, what became of each family of rules, and the worst findings."""
    import jinja2

    world = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=jinja2.FileSystemLoader(Path(__file__).parent))
    world.filters |= {"visible": visible, "short": lambda text: cut(visible(text), WIDTH), "counted": counted}
    findings, more = capped(views.ordered(report), FINDINGS)
    line = views.verdict_line(report)
    return world.get_template("scorecard.html.j2").render(
        report=report, line=line, families=views.families(report), findings=findings, more=more
    )
