"""Whom the documents of a dataset name: its own title and authors, the sources it was made from, and what of that is a credit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from auditor.dataset import Document
from auditor.doors import yaml
from auditor.licenses import detected, statements
from auditor.licenses.cards import FRONT, sections
from auditor.licenses.catalogues import LICENSE, TERMS, UPSTREAM
from auditor.licenses.expression import join
from auditor.licenses.fields import MOST, claims, entries

LONGEST = 1 << 20
"""Characters of the longest document that is read for names."""

DRAFT = "[To be filled in"
"""What stands in a file of credits that nobody has finished; the format `attribution` writes it."""

SHOWN = 200
"""Characters of a name that are kept."""

_NAME = ("name", "title", "sc:name", "schema:name", "dct:title", "prov:label", "titles", "pretty_name")
_AUTHORS = ("creator", "creators", "author", "authors", "sc:creator", "contributors", "publisher", "dct:creator", "prov:wasAttributedTo")
_URL = ("url", "sc:url", "homepage", "prov:atLocation", "prov:locatedAt", "sameAs", "doi", "repository-code", "path", "@id")
_FILES = re.compile(r"(?:notice|attributions?|credits|authors|contributors|citation)(?:[._-].*)?", re.IGNORECASE)
_HEADING = re.compile(r"citation|attribution|credit|acknowledg|contribution|curator", re.IGNORECASE)
_EMPTY = re.compile(r"\[?(?:more information needed|needs more information|n/a|todo)\]?\(?[^)\s]*\)?", re.IGNORECASE)
_RIGHT = re.compile(r"copyright[ \t]+(?:\(c\)|©)?[ \t]*(?:\d{4}|[A-Z])|^SPDX-FileCopyrightText:[ \t]*\S", re.IGNORECASE)
_CITED = re.compile(r'"(?:sc:|schema:)?(?:citeAs|citation|creditText)"\s*:\s*"[^"]{4}')
_BLANK = re.compile(r"\[yyyy\]|<year>|\[name|<name|<copyright", re.IGNORECASE)
"""What stands in a copyright line that nobody has filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A dataset (this one, or one it was made from) as a document names it. `expression` is the licence of a source, None if not known."""

    kind: Literal["own", "upstream"]
    file: str
    name: str | None
    authors: tuple[str, ...] = ()
    url: str | None = None
    expression: str | None = None


def find(documents: Sequence[Document]) -> tuple[Credit, ...]:
    """What each document names, itself first, each once."""
    found = [each for document in documents for each in _read(document)]
    return tuple(dict.fromkeys(sorted(found, key=lambda each: each.kind != "own")))


def given(documents: Sequence[Document]) -> tuple[tuple[str, str], ...]:
    """Where the dataset gives credit: files, and what in them does (a file of its own, authors, a section, a copyright line)."""
    return tuple((document.path, what) for document in documents if (what := _gives(document)) is not None)


def _gives(document: Document) -> str | None:
    text, name = document.text or "", document.path.rpartition("/")[2]
    if _FILES.fullmatch(name) and text.strip() and DRAFT not in text:
        return "a file of credits"
    if any(each.kind == "own" and each.authors for each in _read(document)):
        return "its authors"
    if name.casefold().endswith((".json", ".jsonld", ".json-ld")) and _CITED.search(text[:LONGEST]):
        return "a citation"
    if has_section(document, _HEADING):
        return "a section on whom to name"
    stated = detected.is_license(document.path) or name.casefold().endswith((".license", "reuse.toml"))
    lines = (line[:SHOWN] for line in text[:LONGEST].splitlines()) if stated else ()
    return "a copyright line" if any(_RIGHT.search(line) and not _BLANK.search(line) for line in lines) else None


def has_section(card: Document, about: re.Pattern[str]) -> bool:
    """Whether a document is a card that has a section with such a title, and something in it."""
    if not card.path.rpartition("/")[2].casefold().startswith("readme"):
        return False
    found = sections((card.text or "")[:LONGEST], 0)
    return any(about.search(title) and _EMPTY.sub("", body).strip() for _, title, body in found)


@lru_cache(maxsize=100)
def _read(document: Document) -> tuple[Credit, ...]:
    """What one document names; nothing where it is of another kind, or broken (which is said elsewhere)."""
    text, name = document.text or "", document.path.rpartition("/")[2].casefold()
    if document.header or not text or len(text) > LONGEST:
        return ()
    try:
        if name.endswith((".json", ".jsonld", ".json-ld")):
            value = json.loads(text)
            return tuple(_of_json(document.path, value)) if isinstance(value, dict) else ()
        if name.endswith(".cff"):
            value = yaml.load(text)
            return tuple(_own(document.path, value)) if isinstance(value, dict) else ()
        front = FRONT.match(text) if name.startswith(("readme", "dataset_card", "datasetcard")) else None
        value = yaml.load(front[1]) if front else None
        return tuple(_of_card(document.path, value)) if isinstance(value, dict) else ()
    except (yaml.YamlError, ValueError, RecursionError):
        return ()


def _of_card(file: str, card: Mapping[str, Any]) -> Iterator[Credit]:
    """The name of a card, and its `source_datasets`, but for `original`, which is none."""
    yield from _own(file, {"pretty_name": card.get("pretty_name")})
    listed = card.get("source_datasets")
    for each in (listed if isinstance(listed, list) else [listed])[:MOST]:
        source = str(each or "").strip()
        if source and source != "original":
            name = source.removeprefix("extended|").removeprefix("other-")
            yield Credit(kind="upstream", file=file, name=None if source == "extended" else _shown(name))


def _of_json(file: str, value: Mapping[str, Any]) -> Iterator[Credit]:
    graph = value.get("@graph")
    nodes = [each for each in graph if isinstance(each, dict)] if isinstance(graph, list) else [value]
    named = {str(each["@id"]): each for each in nodes if isinstance(each.get("@id"), str)}
    if "@context" in value:
        apart = {str(each.get("@id")) for node in nodes for each in _listed(node, UPSTREAM) if isinstance(each, dict)}
        nodes = [each for each in nodes if "dataset" in str(each.get("@type")).casefold() and str(each.get("@id") or "./") not in apart]
    for node in nodes[:MOST]:
        inner = _inside(node)
        yield from _own(file, inner, named)
        for source in _listed(inner, (*UPSTREAM, "sources")):
            yield _source(file, {**named.get(str(source.get("@id")), {}), **source} if isinstance(source, dict) else source, named)


def _inside(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record where it is wrapped, as DataCite, Zenodo and CKAN do."""
    for key in ("data", "attributes", "metadata", "result"):
        value = value[key] if isinstance(value.get(key), dict) else value
    return value


def _own(file: str, node: Mapping[str, Any], named: Mapping[str, Any] | None = None) -> Iterator[Credit]:
    name, authors, url = _name(node), _authors(node, named or {}), _url(node)
    if name or authors:
        yield Credit(kind="own", file=file, name=name, authors=authors, url=url)


def _source(file: str, node: Any, named: Mapping[str, Any]) -> Credit:
    if not isinstance(node, dict):
        text = _shown(str(node))
        return Credit(kind="upstream", file=file, name=text, url=text if text.startswith(("http:", "https:")) else None)
    value = next((node[key] for key in (*LICENSE, *TERMS, "licenses") if node.get(key)), None)
    said = claims("upstream", value, kind="upstream")
    meant = [statements.known(*statements.meaning(each)) for each in said]
    known = [each for each in meant if each is not None]
    expression = join("AND", known) if len(known) == len(meant) else None
    name, authors, url = _name(node), _authors(node, named), _url(node)
    return Credit(kind="upstream", file=file, name=name or url, authors=authors, url=url, expression=expression)


def _name(node: Mapping[str, Any]) -> str | None:
    for key in _NAME:
        value = node.get(key)
        found = [str(each["title"]) for each in value if isinstance(each, dict) and each.get("title")] if isinstance(value, list) else []
        found = found or [text for text, _ in entries(value)]
        if found:
            return _shown(found[0])
    return None


def _authors(node: Mapping[str, Any], named: Mapping[str, Any]) -> tuple[str, ...]:
    """The people and bodies under the first key that names any."""
    for key in _AUTHORS:
        value = node.get(key)
        found = [_person(each, named) for each in (value if isinstance(value, list) else [value])[:MOST]]
        if any(found):
            return tuple(dict.fromkeys(each for each in found if each))
    return ()


def _person(value: Any, named: Mapping[str, Any]) -> str | None:
    if not isinstance(value, dict):
        return _shown(str(value)) if value else None
    value = {**named.get(str(value.get("@id")), {}), **value}
    first, family = (next((value[key] for key in keys if value.get(key)), None) for keys in (_GIVEN, _FAMILY))
    whole = next((value[key] for key in ("name", "title", "sc:name", "schema:name", "prov:label", "@id") if value.get(key)), None)
    if family and not value.get("name"):
        whole = " ".join(str(each) for each in (first, family) if each)
    return _shown(str(whole)) if whole else None


_GIVEN, _FAMILY = ("givenName", "given-names", "given_names"), ("familyName", "family-names", "family_names")


def _url(node: Mapping[str, Any]) -> str | None:
    for key in _URL:
        value = node.get(key)
        text = str(value[0] if isinstance(value, list) and value else value or "")
        if text.startswith(("http://", "https://")):
            return _shown(text)
        if key == "doi" and text:
            return _shown(f"https://doi.org/{text}")
    return None


def _listed(node: Mapping[str, Any], keys: tuple[str, ...]) -> list[Any]:
    found: list[Any] = []
    for key in keys:
        value = node.get(key)
        found += value[:MOST] if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, dict | str) and each]


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
