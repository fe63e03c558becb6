"""Licences in metadata files: datapackage.json, Kaggle, Hugging Face's dataset_info.json, CITATION.cff, and all JSON by its kind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from auditor.dataset import Document
from auditor.doors import yaml
from auditor.licenses import boms, catalogues, fields
from auditor.licenses.claim import Claim, within
from auditor.licenses.resolution import Resolution

LONGEST = 1 << 20
"""Characters of the longest CITATION.cff that is read."""

HEADER = (
    *("license", "licence", "licenses", "license_id", "license_name", "license_url", "license_link", "rights"),
    *("dc:license", "dc:rights", "dcterms:license", "dcterms:rights", "dct:license", "dct:rights", "huggingface"),
)
"""Under which of a data file's own metadata a licence may stand. `huggingface` is the JSON that the library datasets leaves there."""

_TEMPLATE = ("INSERT_TITLE_HERE", "INSERT_SLUG_HERE")


def json_document(document: Document) -> list[Claim]:
    """What a JSON file of a known kind says; ValueError where it is broken; nothing where it is of another kind."""
    text, name = document.text or "", document.path.rpartition("/")[2].casefold()
    value = json.loads(text)
    if not isinstance(value, dict):
        return []
    if name == "dataset-metadata.json":
        found = _kaggle(value)
    elif name == "datapackage.json":
        found = _datapackage(value)
    elif name in {"dataset_info.json", "dataset_infos.json"}:
        found = _dataset_info(value)
    elif name == ".zenodo.json":
        found = fields.claims("zenodo", value.get("license"))
    else:
        found = boms.read(value) or catalogues.record(value) or []
    return _placed(found, text)


def header(document: Document) -> list[Claim]:
    """What a Parquet or Arrow file says of itself: name and address of one licence, a JSON list of several, `huggingface` apart."""
    said = {key.casefold(): value for key, value in json.loads(document.text or "{}").items()}
    method = "parquet-metadata" if document.path.casefold().endswith(".parquet") else "arrow-metadata"
    own = [_read(value) for key in HEADER if key != "huggingface" and (value := said.get(key, "").strip())]
    texts = [each for each in own if isinstance(each, str)]
    found = [Claim(method=method, text=texts[0], others=tuple(texts[1:]))] if texts else []
    info = _object(_read(said.get("huggingface", ""))).get("info")
    stated = [each for each in own if not isinstance(each, str)] + [_object(info).get("license")]
    return list(dict.fromkeys([*found, *(claim for each in stated for claim in fields.claims(method, each))]))


def _read(text: str) -> Any:
    """What a text is as JSON, where it is an object or a list, else the text."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def citation(document: Document) -> list[Claim]:
    """What a CITATION.cff says: several licences are a choice."""
    text = document.text or ""
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    value, places = yaml.load_with_places(text)
    if not isinstance(value, dict):
        return []
    stated, urls = fields.entries(value.get("license")), fields.entries(value.get("license-url"))
    place = places.get("license", places.get("license-url"))
    if len(stated) <= 1 and urls:
        stated = [(stated[0][0], (urls[0][0],))] if stated else urls
    return [
        Claim(method="citation-cff", text=name, others=others, at=within(text, *place, name) if place else None, many="OR")
        for name, others in stated
    ]


def _stated(value: dict[str, Any]) -> Any:
    return next((value[key] for key in ("licenses", "license", "licences", "licence") if value.get(key)), None)


def _datapackage(value: dict[str, Any]) -> list[Claim]:
    resources = value.get("resources")
    named = [each for each in resources if isinstance(each, dict)] if isinstance(resources, list) else []
    inner = [claim for each in named[: fields.MOST] for claim in fields.claims("datapackage-resource", _stated(each))]
    return [*fields.claims("datapackage", _stated(value)), *dict.fromkeys(inner)]


def _kaggle(value: dict[str, Any]) -> list[Claim]:
    untouched = any(mark in str(value.get(key)) for key in ("title", "id") for mark in _TEMPLATE)
    found = fields.claims("kaggle", _stated(value))
    return [replace(each, resolution=_default(each.text)) for each in found] if untouched else found


def _default(text: str) -> Resolution:
    note = "the template was not filled in: its licence is the default, and no evidence"
    return Resolution(input=text, status="unknown", note=note, reason="template")


def _dataset_info(value: dict[str, Any]) -> list[Claim]:
    configs = [value, *(each for each in value.values() if isinstance(each, dict))]
    return list(dict.fromkeys(claim for each in configs for claim in fields.claims("dataset-info", each.get("license"))))


def _placed(claims: list[Claim], text: str) -> list[Claim]:
    """The claims with the place where each one's text stands first."""
    placed = []
    for claim in claims:
        written = (json.dumps(claim.text, ensure_ascii=False), json.dumps(claim.text), claim.text)
        at = next(((at, at + len(each)) for each in written if (at := text.find(each)) >= 0), None)
        placed.append(replace(claim, at=at))
    return placed
