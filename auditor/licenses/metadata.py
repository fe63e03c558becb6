"""Licences in metadata files: Croissant, schema.org, datapackage.json, Kaggle, Hugging Face's dataset_info.json, CITATION.cff."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from auditor.dataset import Document
from auditor.doors import yaml
from auditor.licenses.claim import Claim, within
from auditor.licenses.resolution import Resolution

LONGEST = 1 << 20
"""Characters of the longest CITATION.cff that is read."""

MOST = 100
"""Entries of one list of licences that are read."""

_FIELDS = ("name", "nameNullable", "id", "@id", "identifier", "path", "url", "contentUrl", "web", "title", "type")
_LICENSE = ("license", "sc:license", "schema:license", "https://schema.org/license")
_TEMPLATE = ("INSERT_TITLE_HERE", "INSERT_SLUG_HERE")


def entries(value: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The licences that a field names, each with the further fields of its entry: a text, an object, or a list of these."""
    if isinstance(value, list):
        return [entry for item in value[:MOST] for entry in entries(item) if not isinstance(item, list)]
    if isinstance(value, dict):
        texts = list(dict.fromkeys(_text(value[key]) for key in _FIELDS if isinstance(value.get(key), str | int | float)))
        texts = [text for text in texts if text and text not in {"CreativeWork", "sc:CreativeWork"}]
        return [(texts[0], tuple(texts[1:]))] if texts else [(f"an object without a name, with {', '.join(map(str, value))}"[:500], ())]
    text = _text(value)
    return [(text, ())] if text else []


def json_document(document: Document) -> list[Claim]:
    """What a JSON file of a known kind says; ValueError where it is broken; nothing where it is of another kind."""
    text, name = document.text or "", document.path.rpartition("/")[2].casefold()
    value = json.loads(text)
    if not isinstance(value, dict):
        return []
    if name == "dataset-metadata.json":
        claims = _kaggle(value)
    elif name == "datapackage.json":
        claims = _datapackage(value)
    elif name in {"dataset_info.json", "dataset_infos.json"}:
        claims = _dataset_info(value)
    else:
        claims = _linked(value)
    return _placed(claims, text)


def citation(document: Document) -> list[Claim]:
    """What a CITATION.cff says: several licences are a choice."""
    text = document.text or ""
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    value, places = yaml.load_with_places(text)
    if not isinstance(value, dict):
        return []
    stated, urls = entries(value.get("license")), entries(value.get("license-url"))
    place = places.get("license", places.get("license-url"))
    if len(stated) <= 1 and urls:
        stated = [(stated[0][0], (urls[0][0],))] if stated else urls
    return [
        Claim(method="citation-cff", text=name, others=others, at=within(text, *place, name) if place else None, many="OR")
        for name, others in stated
    ]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _claims(method: str, value: Any) -> list[Claim]:
    return [Claim(method=method, text=text, others=others) for text, others in entries(value)]


def _stated(value: dict[str, Any]) -> Any:
    return next((value[key] for key in ("licenses", "license", "licences", "licence") if value.get(key)), None)


def _datapackage(value: dict[str, Any]) -> list[Claim]:
    resources = value.get("resources")
    named = [each for each in resources if isinstance(each, dict)] if isinstance(resources, list) else []
    inner = [claim for each in named[:MOST] for claim in _claims("datapackage-resource", _stated(each))]
    return [*_claims("datapackage", _stated(value)), *dict.fromkeys(inner)]


def _kaggle(value: dict[str, Any]) -> list[Claim]:
    untouched = any(mark in str(value.get(key)) for key in ("title", "id") for mark in _TEMPLATE)
    claims = _claims("kaggle", _stated(value))
    return [replace(each, resolution=_default(each.text)) for each in claims] if untouched else claims


def _default(text: str) -> Resolution:
    note = "the template was not filled in: its licence is the default, and no evidence"
    return Resolution(input=text, status="unknown", note=note, reason="placeholder")


def _dataset_info(value: dict[str, Any]) -> list[Claim]:
    configs = [value, *(each for each in value.values() if isinstance(each, dict))]
    return list(dict.fromkeys(claim for each in configs for claim in _claims("dataset-info", each.get("license"))))


def _linked(value: dict[str, Any]) -> list[Claim]:
    """JSON-LD about a dataset: Croissant, or plain schema.org."""
    graph = value.get("@graph")
    nodes = [node for node in graph if isinstance(node, dict)] if isinstance(graph, list) else [value]
    claims: list[Claim] = []
    for node in nodes:
        if "@context" not in value or "dataset" not in str(node.get("@type")).casefold():
            continue
        follows = json.dumps([node.get("conformsTo"), node.get("dct:conformsTo")], default=str).casefold()
        croissant = "croissant" in follows or "recordSet" in node
        stated = next((node[key] for key in _LICENSE if node.get(key)), None)
        claims += _claims("croissant" if croissant else "schema-org", stated)
    return claims


def _placed(claims: list[Claim], text: str) -> list[Claim]:
    """The claims with the place where each one's text stands first."""
    placed = []
    for claim in claims:
        written = (json.dumps(claim.text, ensure_ascii=False), json.dumps(claim.text), claim.text)
        at = next(((at, at + len(each)) for each in written if (at := text.find(each)) >= 0), None)
        placed.append(replace(claim, at=at))
    return placed
