"""The report as an SPDX 2.3 document in JSON: the dataset as one package, with the licence declared and the licence concluded.

Files are not listed, since SPDX 2.3 demands their SHA-1 (8.4), which nobody should rely on; what the dataset was made from is.
"""

from __future__ import annotations

import json
from datetime import datetime

from auditor import __version__
from auditor.cards.facts import address
from auditor.licenses.spdx import list_version
from auditor.model import Json, Report
from auditor.reports import materials


def render(report: Report) -> str:
    """The document: the same for the same data, but for the time of creation. Its keys are sorted, all beyond ASCII is escaped."""
    from auditor.doors.spdx_tools import Described, Told, as_json

    data = materials.of(report)
    facts = data.facts
    dataset = Described(
        name=data.name,
        sha256=data.sha256,
        declared=data.declared,
        concluded=data.concluded,
        comment=data.comment,
        location=facts.get("download_location"),
        home_page=_web(facts.get("home_page")),
        version=facts.get("version"),
        description=facts.get("description"),
        copyright=facts.get("copyright"),
        built=_moment(facts.get("built")),
        released=_moment(facts.get("released")),
    )
    stated = {stated for stated in (data.declared, data.concluded) if stated}
    told = Told(
        dataset=dataset,
        sources=[Described(name=name, location=_web(name)) for name in dict.fromkeys(facts.get("sources", ()))],
        extracted={name: text for name, text in data.texts.items() if any(name in each for each in stated)},
        namespace=f"https://spdx.org/spdxdocs/auditor-{data.identity}",
        created=data.created.replace(tzinfo=None),
        tool=f"auditor-{__version__}",
        list_version=list_version(),
    )
    return json.dumps(as_json(told), indent=2, sort_keys=True) + "\n"


def _web(text: Json) -> str | None:
    """The text where it is an address of the web."""
    try:
        return address(text) if str(text).startswith(("https://", "http://")) else None
    except ValueError:
        return None


def _moment(text: Json) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=None)
