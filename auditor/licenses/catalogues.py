"""Licences in the records of catalogues: DataCite, Zenodo, CKAN, DCAT and schema.org, RO-Crate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.licenses.claim import Claim
from auditor.licenses.fields import MOST, claims

LICENSE = ("license", "sc:license", "schema:license", "https://schema.org/license", "http://schema.org/license")
TERMS = ("dct:license", "dcterms:license", "http://purl.org/dc/terms/license", "dct:rights", "dcterms:rights")
UPSTREAM = ("isBasedOn", "sc:isBasedOn", "schema:isBasedOn", "prov:wasDerivedFrom", "wasDerivedFrom")
_PARTS = ("distribution", "dcat:distribution", "http://www.w3.org/ns/dcat#distribution", "hasPart")


def record(value: Mapping[str, Any]) -> list[Claim] | None:
    """What a record of a catalogue says; None where the JSON is none that is known."""
    for reader in (_datacite, _zenodo, _ckan):
        found = reader(value)
        if found is not None:
            return found
    return linked(value) if "@context" in value else None


def linked(value: Mapping[str, Any]) -> list[Claim]:
    """JSON-LD about a dataset: Croissant, RO-Crate, DCAT or plain schema.org."""
    graph = value.get("@graph")
    nodes = [node for node in graph if isinstance(node, dict)] if isinstance(graph, list) else [value]
    named = {str(node["@id"]): node for node in nodes if isinstance(node.get("@id"), str)}
    crate = any(str(node.get("@id")).endswith("ro-crate-metadata.json") for node in nodes)
    found: list[Claim] = []
    for node in nodes:
        if crate and node.get("@id") != "./" and any(key in node for key in LICENSE):
            found += claims("ro-crate-part", _followed(_of(node, LICENSE), named))
        elif "dataset" in str(node.get("@type")).casefold():
            found += _dataset(node, "ro-crate" if crate else _kind(node), named)
    return found


def _dataset(node: Mapping[str, Any], method: str, named: Mapping[str, Any]) -> Iterator[Claim]:
    """The licence of a dataset, else those of its distributions; and those of what it was derived from."""
    stated = claims(method, _followed(_of(node, (*LICENSE, *TERMS)), named))
    yield from stated
    if not stated:
        yield from dict.fromkeys(each for part in inner(node, _PARTS) for each in claims(method, _of(part, (*LICENSE, *TERMS))))
    for source in inner(node, UPSTREAM):
        yield from claims("upstream", _of(source, (*LICENSE, *TERMS)), kind="upstream")


def _kind(node: Mapping[str, Any]) -> str:
    follows = str([node.get("conformsTo"), node.get("dct:conformsTo")]).casefold()
    if "croissant" in follows or "recordSet" in node:
        return "croissant"
    return "dcat" if "dcat" in str(node.get("@type")) else "schema-org"


def _of(node: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((node[key] for key in keys if node.get(key)), None)


def inner(node: Mapping[str, Any], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects under some keys of another, alone or in lists."""
    found: list[Any] = []
    for key in keys:
        value = node.get(key)
        found += value[:MOST] if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, dict)]


def _followed(value: Any, named: Mapping[str, Any]) -> Any:
    """The licence with what the graph says of it where it is only pointed at."""
    if isinstance(value, list):
        return [_followed(each, named) for each in value if not isinstance(each, list)]
    if isinstance(value, dict) and set(value) == {"@id"}:
        return {**named.get(str(value["@id"]), {}), **value}
    return value


def _datacite(value: Mapping[str, Any]) -> list[Claim] | None:
    inner = value
    for key in ("data", "attributes"):
        inner = inner[key] if isinstance(inner.get(key), dict) else inner
    rights = inner.get("rightsList")
    return claims("datacite", rights) if isinstance(rights, list) else None


def _zenodo(value: Mapping[str, Any]) -> list[Claim] | None:
    metadata = value.get("metadata")
    record = metadata if isinstance(metadata, dict) else value
    if "upload_type" not in record and "resource_type" not in record and "access_right" not in record:
        return None
    return claims("zenodo", record.get("license") or record.get("rights"))


def _ckan(value: Mapping[str, Any]) -> list[Claim] | None:
    package = value["result"] if isinstance(value.get("result"), dict) else value
    if "license_id" not in package and "license_title" not in package:
        return None
    said = {key: package.get(f"license_{key}") for key in ("id", "title", "url")}
    return claims("ckan", {key: text for key, text in said.items() if text})
