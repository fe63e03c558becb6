"""The report as a NOTICE file: whom to name, under which licences, which texts and lines go with the data, and what is not done yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from auditor import __version__
from auditor.licenses.crediting import DRAFT
from auditor.licenses.expression import ExpressionError, ids
from auditor.licenses.facts import fact
from auditor.licenses.spdx import names
from auditor.model import Json, Report
from auditor.reports.wording import counted, cut, visible

LONGEST = 400
"""Characters of a line that come from data."""

_QUOTED = re.compile(r"“([^”]{3,100})”")


def render(report: Report) -> str:
    """The file, of the sections of a report alone: it is the same for a report that was saved."""
    section: Mapping[str, Json] = report.sections.get("license") or {}
    obligations = [each for each in section.get("obligations") or () if isinstance(each, Mapping)]
    parts = (_head(report), _sources(report), _texts(section), _lines(obligations), _changes(), _open(obligations))
    return "\n".join(line for part in parts for line in part)


def _head(report: Report) -> Iterator[str]:
    yield from _titled(f"Attribution for {_safe(report.dataset.get('name') or 'the dataset')}", "=")
    yield "This file names what the documents of the dataset state. It is no legal advice: a person has to check it, and to fill it in."
    yield f"Drawn up by auditor {__version__} for {_safe(report.dataset.get('digest') or 'data without a digest')}"
    yield ""


def _sources(report: Report) -> Iterator[str]:
    """Each name with its licence once; where the mix was not looked at, what the documents state."""
    section: Mapping[str, Json] = report.sections.get("license_mix") or {}
    listed: Sequence[Json] = section.get("sources") or ()
    if not listed:
        stated = (report.sections.get("license") or {}).get("sources") or ()
        listed = [each for each in stated if isinstance(each, Mapping) and (each.get("expression") or each.get("kind") == "upstream")]
    known = dict.fromkeys(_source(each) for each in listed if isinstance(each, Mapping))
    yield from _titled("Sources")
    if not known:
        yield from ("No document names a source or a licence.", "")
    for number, lines in enumerate(known, 1):
        yield f"{number}. {lines[0]}"
        yield from (f"   {line}" for line in lines[1:])
        yield ""
    count = section.get("count")
    if isinstance(count, int) and count > len(listed):
        yield from (f"and {counted(count - len(listed), 'more source')}, which the report does not list", "")


def _source(source: Mapping[str, Json]) -> tuple[str, ...]:
    """The lines of one source: name, authors, address, licences."""
    own = "this dataset" if source.get("kind") in ("own", "declared", "detected") else "a source without a name"
    lines = [_safe(source.get("name") or own)]
    authors = source.get("authors") or ()
    if authors and not isinstance(authors, str):
        lines.append(f"by {_safe(', '.join(map(str, authors)))}")
    if source.get("url"):
        lines.append(_safe(source["url"]))
    return (*lines, *_licences(source.get("expression")))


def _licences(expression: Json) -> Iterator[str]:
    """The name, id and address of each licence in an expression; the expression itself where it has more than one."""
    if not expression:
        yield "licence: not known [to be found out]"
        return
    try:
        inside = ids(str(expression))
    except ExpressionError:
        inside = ()
    if len(inside) != 1:
        yield f"licence: {_safe(expression)}"
    for name in inside:
        title, url = _about(name)
        yield ("licence: " if len(inside) == 1 else "         ") + f"{title} ({_safe(name)})"
        if url:
            yield f"         {url}"


def _about(name: str) -> tuple[str, str | None]:
    """The title of a licence and where its text can be read."""
    known = fact(name)
    if known is not None:
        return known.title, known.url
    title = names().get(name)
    return (title, f"https://spdx.org/licenses/{name}.html") if title else (_safe(name), None)


def _texts(section: Mapping[str, Json]) -> Iterator[str]:
    """The licence texts of the dataset by file and digest, which go with every copy."""
    stated = [each for each in section.get("sources") or () if isinstance(each, Mapping) and each.get("method") == "license-file"]
    yield from _titled("Licence texts in the dataset")
    if not stated:
        yield "None lies in the dataset."
    for each in stated:
        said, digest = each.get("expression") or "not understood", each.get("sha256") or "not known"
        yield f"{_safe(each.get('file'))}: {_safe(said)}, sha256 {_safe(digest)}"
    yield ""


def _lines(obligations: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    """The lines that licences want to be shown."""
    shown = [each for each in obligations if each.get("kind") == "built-with"]
    if not shown:
        return
    yield from _titled("Lines to show")
    for text in dict.fromkeys(str(each.get("text")) for each in shown):
        yield from map(_safe, _QUOTED.findall(text)[:1] or [text])
    yield ""


def _changes() -> Iterator[str]:
    yield from _titled("Changes")
    yield from (f"{DRAFT}: what was changed, by whom and when, of which source; or: No changes were made.]", "")


def _open(obligations: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    """What is not met, and what no file can tell."""
    for title, met in (("Not met yet", False), ("Not to be told from the files", None)):
        found = [each for each in obligations if each.get("met", None) is met]
        if found:
            yield from _titled(title)
            for each in found:
                clause = f" ({_safe(each['clause'])})" if each.get("clause") else ""
                yield f"- {_safe(each.get('license'))}, {_safe(each.get('kind'))}: {_safe(each.get('text'))}{clause}"
            yield ""


def _titled(title: str, line: str = "-") -> tuple[str, str]:
    return title, line * len(title)


def _safe(text: Json) -> str:
    return cut(visible(text), LONGEST)
