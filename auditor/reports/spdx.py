"""The report as an SPDX 2.3 document in JSON: the dataset as one package, with the licence declared and the licence concluded."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from auditor import __version__
from auditor.licenses.expression import licenses, parse
from auditor.licenses.spdx import list_version
from auditor.model import Json, Report

_EPOCH = "1970-01-01T00:00:00+00:00"


def render(report: Report) -> str:
    """The document: the same for the same data, but for the time of creation. Its keys are sorted, all beyond ASCII is escaped."""
    from auditor.doors.spdx_tools import Described, as_json

    section: Mapping[str, Json] = report.sections.get("license", {})
    declared, concluded = (_own(section.get(key)) for key in ("declared", "concluded"))
    digest = str(report.dataset.get("digest") or "")
    name = str(report.dataset.get("name") or "dataset")
    described = Described(
        name=name,
        sha256=digest.removeprefix("sha256:"),
        declared=declared,
        concluded=concluded,
        comment=_comment(section.get("sources", ())),
        extracted=_extracted(section, (declared, concluded)),
        namespace=f"https://spdx.org/spdxdocs/auditor-{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {digest}')}",
        created=_created(str(report.run.get("started") or _EPOCH)),
        tool=f"auditor-{__version__}",
        list_version=list_version(),
    )
    return json.dumps(as_json(described), indent=2, sort_keys=True) + "\n"


def _own(expression: Json) -> str | None:
    """The expression, unless a part of it is defined in another document, which is not at hand."""
    return None if expression is None or "DocumentRef-" in str(expression) else str(expression)


def _created(started: str) -> datetime:
    """The moment in UTC, to the second, without its zone, as the library wants it."""
    moment = datetime.fromisoformat(started)
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0) if moment.tzinfo else moment.replace(microsecond=0)


def _comment(sources: Json) -> str:
    """What each document states, in its own words."""
    lines = [
        f"{each['file']}{':' + str(each['line']) if each['line'] else ''} states ({each['kind']}): {each['text']}"
        + ("" if each["expression"] else " [not an SPDX licence]")
        for each in sources
    ]
    return "\n".join(lines)


def _extracted(section: Mapping[str, Json], expressions: tuple[str | None, ...]) -> dict[str, str]:
    """The text of each LicenseRef in the expressions: as the document says it that names it."""
    names = {each.id for expression in expressions if expression for each in licenses(parse(expression)) if each.reference}
    said = {name: each["text"] for each in reversed(section.get("sources", ())) for name in names if name in str(each["expression"])}
    return {name: said.get(name) or f"{name} is named, and its text is not at hand." for name in names}
