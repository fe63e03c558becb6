"""What bills of materials say of a dataset, whatever their format: files, digests, licences and the facts that are stated."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.cards.known import known
from auditor.licenses.expression import ExpressionError, licenses, parse
from auditor.model import Json, Report, digest

_EPOCH = "1970-01-01T00:00:00+00:00"
_TABLES = (".csv", ".tsv", ".parquet", ".arrow", ".feather")
_COMPRESSED = re.compile(r"\.(gz|zst|bz2|xz)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A data file: its path below the dataset, bytes, SHA-256 in hexadecimal digits ("" where it is not known)."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """A dataset as a bill of materials describes it. `declared`, `detected` and
    `concluded` are SPDX expressions or None, `texts` the text of each
    LicenseRef in them, `comment` what the documents state; `created` is UTC to the second; `identity` a UUID of name and contents.
    """

    name: str
    sha256: str
    files: tuple[File, ...]
    declared: str | None
    detected: str | None
    concluded: str | None
    texts: Mapping[str, str]
    comment: str
    facts: Mapping[str, Json]
    types: tuple[str, ...]
    created: datetime
    identity: uuid.UUID

    @property
    def moment(self) -> str:
        """When the document was made, as SPDX and CycloneDX write it."""
        return f"{self.created.replace(tzinfo=None).isoformat()}Z"

    @property
    def bytes(self) -> int:
        """What the data files take together."""
        return sum(each.bytes for each in self.files)


def of(report: Report) -> Materials:
    """What the report says of the dataset's materials. Half a character, which no Unicode text may hold, becomes U+FFFD."""
    section: Mapping[str, Json] = report.sections.get("license", {})
    declared, detected, concluded = stated = tuple(_own(section.get(key)) for key in ("declared", "detected", "concluded"))
    name, whole = str(report.dataset.get("name") or "dataset"), str(report.dataset.get("digest") or "")
    facts, files = known(report), _files(report)
    return Materials(
        name=plain(name),
        sha256=whole.removeprefix("sha256:"),
        files=files,
        declared=declared,
        detected=detected,
        concluded=concluded,
        texts={key: plain(text) for key, text in _texts(section, stated).items()},
        comment=plain(_comment(section.get("sources", ()))),
        facts={key: _plain(value) for key, value in facts.items()},
        types=facts.get("types") or _types(files, bool(report.dataset.get("text_columns"))),
        created=_created(str(report.run.get("started") or _EPOCH)),
        identity=uuid.uuid5(uuid.NAMESPACE_URL, digest(name, whole)),
    )


def plain(text: str) -> str:
    """The text without half characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _plain(value: Json) -> Json:
    return plain(value) if isinstance(value, str) else tuple(map(plain, value)) if isinstance(value, tuple) else value


def _files(report: Report) -> tuple[File, ...]:
    """The data files by path, each once, however many splits it holds records of."""
    found = {}
    for split in report.dataset.get("splits", {}).values():
        for each in split["files"]:
            path, sha256 = str(each["path"]), str(each.get("sha256") or "")
            found[path] = File(path=plain(path), bytes=each.get("bytes") or 0, sha256=sha256)
    return tuple(found[path] for path in sorted(found))


def _types(files: tuple[File, ...], text: bool) -> tuple[str, ...]:
    """The kinds of data that an audit sees: tables, and text columns."""
    tables = bool(files) and all(_COMPRESSED.sub("", each.path.casefold()).endswith(_TABLES) for each in files)
    return (*(("structured",) if tables else ()), *(("text",) if text else ())) or ("noAssertion",)


def _own(stated: Json) -> str | None:
    """The expression, unless a part of it is defined in another document, which is not at hand."""
    if not isinstance(stated, str) or "DocumentRef-" in stated:
        return None
    try:
        parse(stated)
    except ExpressionError:  # a saved report may have been edited
        return None
    return stated


def _created(started: str) -> datetime:
    """The moment in UTC, to the second."""
    moment = datetime.fromisoformat(started)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _comment(sources: Json) -> str:
    """What each document states, in its own words."""
    lines = [
        f"{each['file']}{':' + str(each['line']) if each['line'] else ''} states ({each['kind']}): {each['text']}"
        + ("" if each["expression"] else " [not an SPDX licence]")
        for each in sources
    ]
    return "\n".join(lines)


def _texts(section: Mapping[str, Json], expressions: tuple[str | None, ...]) -> dict[str, str]:
    """The text of each LicenseRef in the expressions: as the document says it that names it."""
    names = {each.id for stated in expressions if stated for each in licenses(parse(stated)) if each.reference}
    said = {name: str(each["text"]) for each in reversed(section.get("sources", ())) for name in names if name in str(each["expression"])}
    return {name: said.get(name) or f"{name} is named, and its text is not at hand." for name in sorted(names)}
