"""Facts that a dataset's documents state: Croissant and schema.org, datapackage.json, dataset_info.json, CITATION.cff, Zenodo, cards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.cards.facts import SHAPE
from auditor.dataset import Document
from auditor.doors import yaml
from auditor.model import Json

LONGEST = 1 << 20
"""Characters of the longest YAML that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A fact as a document states it: the key of `dataset:` it answers, its value, and the field of which file says so."""

    key: str
    value: Json
    file: str
    field: str


def find(documents: Sequence[Document]) -> list[Stated]:
    """What the documents state, in order of their paths; what cannot be read or is of another kind than the fact is left out."""
    found = []
    for each in sorted(documents, key=lambda document: document.path):
        for field, key, value in _fields(each):
            try:
                known = SHAPE[key](value.strip() if isinstance(value, str) else value)
            except ValueError:
                continue
            found.append(Stated(key=key, value=list(known) if isinstance(known, tuple) else known, file=each.path, field=field))
    return found


Field = tuple[str, str, Any]
"""The field of the document, the key of the fact, the value."""


def _fields(document: Document) -> Iterator[Field]:
    name = document.path.rpartition("/")[2].casefold()
    text = document.text or ""
    if name.endswith((".json", ".jsonld")) and (value := _json(text)) is not None:
        yield from _reader(name, value)(value)
    elif name == "citation.cff" and (value := _yaml(text)) is not None:
        yield from _citation(value)
    elif name == "readme.md" and text.lstrip().startswith("---"):
        value = _yaml(text.lstrip()[3:].partition("\n---")[0])
        yield from _card(value) if value is not None else ()


def _json(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _yaml(text: str) -> dict[str, Any] | None:
    try:
        value = yaml.load(text) if len(text) <= LONGEST else None
    except yaml.YamlError:
        return None
    return value if isinstance(value, dict) else None


def _reader(name: str, value: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Iterator[Field]]:
    if name == "datapackage.json":
        return _datapackage
    if name == ".zenodo.json":
        return _zenodo
    if name in {"dataset_info.json", "dataset_infos.json"}:
        return _dataset_info
    return _linked if "@context" in value else _nothing


def _nothing(_: Mapping[str, Any]) -> Iterator[Field]:
    yield from ()


def _linked(value: Mapping[str, Any]) -> Iterator[Field]:
    """Croissant or plain schema.org: the one node that is a dataset."""
    graph = value.get("@graph")
    nodes = [node for node in graph if isinstance(node, dict)] if isinstance(graph, list) else [value]
    sets = [node for node in nodes if str(node.get("@type")).rpartition(":")[2].rpartition("/")[2] == "Dataset"]
    if len(sets) == 1:
        plain = {key.removeprefix("sc:").removeprefix("schema:").removeprefix("https://schema.org/"): sets[0][key] for key in sets[0]}
        yield from _plain(
            plain, creator="originated_by", publisher="supplied_by", dateCreated="built", datePublished="released", url="download_location"
        )
        yield from _plain(plain, version="version", description="description", copyrightNotice="copyright")
        yield from _plain(plain, isBasedOn="sources", **{"prov:wasDerivedFrom": "sources", "rai:dataCollection": "collection_process"})


def _datapackage(value: Mapping[str, Any]) -> Iterator[Field]:
    named = [each for each in _list(value.get("contributors")) if isinstance(each, dict)]
    makers = [each for each in named if each.get("role") in (None, "author", "creator")]
    yield from _plain({**value, "contributors": makers}, contributors="originated_by", created="built", homepage="home_page")
    yield from _plain(value, version="version", description="description", sources="sources")


def _zenodo(value: Mapping[str, Any]) -> Iterator[Field]:
    yield from _plain(value, creators="originated_by", publication_date="released", version="version", description="description")


def _dataset_info(value: Mapping[str, Any]) -> Iterator[Field]:
    yield from _plain(value, homepage="home_page", description="description")


def _citation(value: Mapping[str, Any]) -> Iterator[Field]:
    dates = {"date-released": str(value["date-released"])} if value.get("date-released") else {}
    yield from _plain(
        {**value, **dates},
        **{"authors": "originated_by", "date-released": "released", "repository-artifact": "download_location", "url": "home_page"},
    )
    yield from _plain(value, version="version", abstract="description")


def _card(value: Mapping[str, Any]) -> Iterator[Field]:
    """The sources of a Hugging Face card: `original` is none, `extended|squad` is squad."""
    named = [str(each).removeprefix("extended|") for each in _list(value.get("source_datasets"))]
    others = [each for each in named if each not in {"original", "extended"}]
    yield from _plain({"source_datasets": others}, source_datasets="sources")


def _plain(value: Mapping[str, Any], **keys: str) -> Iterator[Field]:
    """The fields that hold a fact by themselves: texts, names, or exactly one object with a name; sources may be many."""
    for field, key in keys.items():
        named = [name for each in _list(value.get(field)) if (name := _name(each, key))]
        if key == "sources" and named:
            yield field, key, list(dict.fromkeys(named))
        elif len(named) == 1:
            yield field, key, named[0]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


_NAMES = ("name", "title", "url", "path", "@id")


def _name(value: Any, key: str) -> str:
    """The text of a value; of an object its name (of a source its address, if it has one)."""
    if isinstance(value, dict):
        order = ("url", "path", *_NAMES) if key == "sources" else _NAMES
        whole = " ".join(str(value[part]) for part in ("given-names", "family-names") if isinstance(value.get(part), str))
        return whole or next((str(value[part]).strip() for part in order if isinstance(value.get(part), str) and value[part].strip()), "")
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
