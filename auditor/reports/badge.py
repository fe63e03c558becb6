"""The verdict as a badge for a README or a page: one small SVG that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from auditor.model import Report, Verdict
from auditor.reports import views
from auditor.reports.wording import cut, percent, unheeded, visible

LABEL = "dataset audit"
COLOURS: Mapping[Verdict, str] = {"pass": "#1a6e34", "pass-with-waivers": "#1a6e34", "fail": "#b3261e", "incomplete": "#7a5200"}
"""White on each has a contrast of 5.9 to 6.9 to 1."""
LICENCE, TITLE = 32, 300
WIDE, PADDING = 7, 8
"""Pixels: the width a character is given (texts are fitted into it), and the space beside a text."""


def render(report: Report) -> str:
    """The badge: the verdict, the largest share that leaks and the licence concluded; the verdict line is its title."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    shown = _words(" · ".join(_parts(report)), 90)
    title = _words(f"{LABEL}: {views.verdict_line(report)}", TITLE)
    left, right = (WIDE * len(each) + 2 * PADDING for each in (LABEL, shown))
    size = f'width="{left + right}" height="20" viewBox="0 0 {left + right} 20"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">'
    yield f' <title id="title">{escape(title)}</title>'
    yield f' <rect width="{left}" height="20" fill="#3b3f46"/>'
    yield f' <rect x="{left}" width="{right}" height="20" fill="{COLOURS[report.verdict]}"/>'
    yield ' <g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">'
    yield f'  <text x="{PADDING}" y="14" textLength="{left - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">{LABEL}</text>'
    yield f'  <text x="{left + PADDING}" y="14" textLength="{right - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">{escape(shown)}</text>'
    yield " </g>"
    yield "</svg>"


def _parts(report: Report) -> Iterator[str]:
    yield views.VERDICTS[report.verdict].lower()
    leaks = views.leaks(report)
    if leaks:
        yield f"{percent(max(leak.share for leak in leaks))} leaked"
    licence = report.sections.get("license", {}).get("concluded")
    if licence:
        yield cut(str(licence), LICENCE)


def _words(text: str, width: int) -> str:
    return unheeded(cut(visible(text), width))
