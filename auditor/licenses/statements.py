"""What a dataset's documents say about its licence: every statement, where it stands and what it means."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Literal

from auditor.dataset import Document
from auditor.doors.yaml import YamlError
from auditor.licenses import cards, detected, expression, metadata, reuse
from auditor.licenses.claim import Claim, Kind, Place
from auditor.licenses.groups import RESTRICTIVE, groups_of, stricter
from auditor.licenses.resolution import Resolution, resolve

PUBLIC_DOMAIN = "LicenseRef-public-domain"
"""What stands for a dedication to the public domain that has no SPDX id."""

KINDS: tuple[Kind, ...] = ("declared", "detected", "upstream")

SHOWN = 200
"""Characters of a statement that are shown."""

ORDER = (
    *("card-yaml", "croissant", "datapackage", "datapackage-resource", "citation-cff", "kaggle", "dataset-info", "schema-org"),
    *("datacite", "zenodo", "ro-crate", "ro-crate-part", "dcat", "ckan", "reuse", "spdx-document", "cyclonedx"),
    *("parquet-metadata", "arrow-metadata"),
)
"""Whose word counts first among the machine-readable sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A licence as `file` states it: `text` as written (shortened), `expression` what it means (a string or None).

    `expression` may be a LicenseRef here, as it stands in the document, or LicenseRef-public-domain. `bytes` is where the text stands in
    the file, from and to; `sha256` is that of the whole file.
    """

    file: str
    line: int | None
    kind: Kind
    method: str
    text: str
    resolution: Resolution
    expression: str | None
    bytes: tuple[int, int] | None = None
    sha256: str = ""
    many: Literal["AND", "OR"] = "AND"
    others: tuple[str, ...] = ()
    """Further fields of the same entry: a name, an address."""

    @property
    def empty(self) -> bool:
        """Whether it says nothing ("unknown", "other")."""
        return self.expression is None and self.resolution.reason in {"placeholder", "template"}


Reader = Callable[[Document], list[Claim]]


def find(documents: Sequence[Document]) -> tuple[Statement, ...]:
    """Every statement about a licence in the documents, declared ones first, each kind in the order in which its sources count."""
    found = [_understood(document, claim) for document in documents for claim in _read(document)[0]]
    return tuple(sorted(found, key=_rank))


def troubles(documents: Sequence[Document]) -> tuple[tuple[str, str], ...]:
    """The documents that should say something and cannot be parsed, with the reason."""
    return tuple((document.path, reason) for document in documents if (reason := _read(document)[1]) is not None)


def readable(documents: Sequence[Document]) -> int:
    """How many of the documents are of a kind that can state a licence."""
    return sum(_reader(document) is not None for document in documents)


def declared(statements: Sequence[Statement]) -> str | None:
    """The expression of the first machine-readable source that says anything; None where it does not say which licence."""
    return _first([each for each in statements if each.kind == "declared"])


def detected_in(statements: Sequence[Statement]) -> str | None:
    """The expression of the licence texts, else of the prose."""
    return _first([each for each in statements if each.kind == "detected"])


def concluded(statements: Sequence[Statement]) -> str | None:
    """The stricter of declared and detected where both stand, else the one that stands; None where a licence has terms added to it."""
    if any(each.resolution.reason == "restricted" and each.kind != "upstream" for each in statements):
        return None
    a, b = declared(statements), detected_in(statements)
    return stricter(a, b) if a is not None and b is not None else a if b is None else b


def held(statements: Sequence[Statement]) -> tuple[str, ...]:
    """What a use of the dataset must keep to: what is concluded, what any other source states that is stricter, and what restricts in
    another way (ND beside SA, terms of its own beside a licence). Nothing where nothing is concluded.
    """
    result = concluded(statements)
    if result is None:
        return ()
    stated = [each for each in sources(statements).values() if each is not None]
    strictest = reduce(stricter, stated, result)
    others = [each for each in stated if not _restricts(each) <= _restricts(strictest)]
    return tuple(dict.fromkeys([result, strictest, *others]))


def _restricts(found: str) -> frozenset[str]:
    """The groups of restrictive licences in an expression, and the terms of its own that nobody knows."""
    ids = expression.ids(found)
    own = {each for each in ids if "LicenseRef-" in each and each != PUBLIC_DOMAIN}
    return frozenset(own | {group for each in ids for group in groups_of(each) if group in RESTRICTIVE})


def sources(statements: Sequence[Statement]) -> dict[tuple[str, str], str | None]:
    """What each source (file and method) says as a whole; None where an entry of it is not understood."""
    groups: dict[tuple[str, str], list[Statement]] = {}
    for each in statements:
        if each.kind != "upstream":
            groups.setdefault((each.file, each.method), []).append(each)
    return {source: _joined(members) for source, members in groups.items() if not all(each.empty for each in members)}


_OF_PARTS = {"datapackage-resource", "license-file", "ro-crate-part", "parquet-metadata", "arrow-metadata"}


def _first(statements: list[Statement]) -> str | None:
    said = [each for each in statements if not each.empty]
    if not said:
        return None
    head = said[0]
    if head.method in _OF_PARTS:  # files or resources, each with its own: all hold
        depth = head.file.count("/")
        return _joined([each for each in said if each.method == head.method and each.file.count("/") == depth])
    return _joined([each for each in statements if (each.file, each.method) == (head.file, head.method)])  # "other" in a list is unclear


def _joined(statements: list[Statement]) -> str | None:
    expressions = [each.expression for each in statements]
    if any(each is None for each in expressions):
        return None
    return expression.join(statements[0].many, [each for each in expressions if each is not None])


def _rank(statement: Statement) -> tuple[int, int, int, str, int]:
    place = ORDER.index(statement.method) if statement.method in ORDER else len(ORDER) + (statement.method == "card-prose")
    return KINDS.index(statement.kind), place, statement.file.count("/"), statement.file, statement.line or 0


def meaning(claim: Claim) -> tuple[Resolution, str | None]:
    """What a claim means: as a licence's name, and as the expression that it becomes in a statement."""
    resolution = _resolution(claim)
    result = resolution.expression
    if result is None and resolution.reason == "public-domain":
        result = PUBLIC_DOMAIN
    elif result is None and resolution.reason == "reference":
        result = expression.render(expression.parse(resolution.input.strip()))
    return resolution, result


def known(resolution: Resolution, expression: str | None) -> str | None:
    """The expression, else the LicenseRef under which there are facts about terms that are not on the SPDX list."""
    return expression if expression is not None else resolution.reference


def _understood(document: Document, claim: Claim) -> Statement:
    resolution, result = meaning(claim)
    text = " ".join(claim.text.split())
    shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    return Statement(
        file=document.path,
        line=(document.text or "").count("\n", 0, claim.at[0]) + 1 if claim.at else None,
        kind=claim.kind,
        method=claim.method,
        text=shown,
        resolution=resolution,
        expression=result,
        bytes=_bytes(document, claim.at) if claim.at else None,
        sha256=document.sha256,
        many=claim.many,
        others=claim.others,
    )


def _bytes(document: Document, at: Place) -> tuple[int, int]:
    """The bytes of a file that some of its characters are (a byte order mark is no character of the document's text)."""
    text = document.text or ""
    whole = len(text.encode())
    mark = max(0, document.bytes - whole) if document.bytes else 0
    begun = mark + len(text[: at[0]].encode())
    return begun, begun + len(text[at[0] : at[1]].encode())


def _resolution(claim: Claim) -> Resolution:
    """What a claim means: its fields together where they agree, else the one of them that is understood."""
    if claim.resolution is not None:
        return claim.resolution
    fields = [text for text in (claim.text, *claim.others) if text]
    if len(fields) == 1:
        return resolve(fields[0])
    together = resolve(" ; ".join(fields))
    if together.expression is not None or together.reason == "several":
        return together
    each = [resolve(text) for text in fields]
    meant = {one.expression: one for one in each if one.expression is not None}
    if len(meant) == 1 and all(one.expression is not None or one.reason in {"placeholder", "name", "family", "qualified"} for one in each):
        return meant.popitem()[1]
    return next((one for one in each if one.reason not in {"placeholder", "name"}), each[0])


def _reader(document: Document) -> Reader | None:
    """Which reader knows such a document, by its name."""
    if document.header:
        return metadata.header
    path = document.path
    name = path.rpartition("/")[2].casefold()
    if detected.is_license(path):
        return detected.license_file
    if name.startswith("notice") and name.endswith(("notice", ".md", ".txt")):
        return detected.notice
    if name.endswith(".license"):
        return reuse.sidecar
    if path.endswith(".reuse/dep5"):
        return reuse.dep5
    if name == "reuse.toml":
        return reuse.toml
    if name.endswith(".cff"):
        return metadata.citation
    if name.endswith((".json", ".jsonld", ".json-ld")):
        return metadata.json_document
    if name.startswith(("readme", "dataset_card", "datasetcard")) and name.endswith((".md", ".markdown", ".txt", "readme")):
        return cards.card
    return None


@lru_cache(maxsize=100)
def _read(document: Document) -> tuple[list[Claim], str | None]:
    reader = _reader(document)
    if reader is None:
        return [], None
    if document.text is None:
        return [], "it is no UTF-8 text, or too long to be a document"
    try:
        return reader(document), None
    except YamlError as error:
        return [], f"its YAML cannot be read: {error.reason} (line {error.line})"
    except json.JSONDecodeError as error:
        return [], f"its JSON cannot be read: {error.msg} (line {error.lineno})"
    except RecursionError:
        return [], "it nests too deeply"
    except ValueError as error:
        what = "its TOML" if document.path.casefold().endswith(".toml") else "it"
        return [], f"{what} cannot be read: {str(error)[:100]}"


def as_json(statement: Statement) -> dict[str, Any]:
    """The statement as the report lists it."""
    return {
        "file": statement.file,
        "line": statement.line,
        "bytes": list(statement.bytes) if statement.bytes else None,
        "sha256": statement.sha256,
        "method": statement.method,
        "kind": statement.kind,
        "text": statement.text,
        "expression": statement.expression,
        "status": statement.resolution.status,
    }
