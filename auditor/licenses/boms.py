"""Licences in SPDX and CycloneDX documents that lie beside the data: what they say of the package that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.licenses.claim import Claim
from auditor.licenses.fields import MOST, claims

_NONE = {"NOASSERTION", "NONE", ""}


def read(value: Mapping[str, Any]) -> list[Claim] | None:
    """What a document says; None where the JSON is neither SPDX nor CycloneDX."""
    if str(value.get("spdxVersion")).startswith("SPDX-2"):
        return _spdx2(value)
    if value.get("bomFormat") == "CycloneDX":
        return _cyclonedx(value)
    return _spdx3(value) if "spdx.org/rdf/3" in str(value.get("@context")) else None


def _spdx2(value: Mapping[str, Any]) -> list[Claim]:
    packages = _objects(value.get("packages"))
    described = {str(each) for each in _list(value.get("documentDescribes"))}
    for each in _objects(value.get("relationships")):
        if each.get("relationshipType") == "DESCRIBES":
            described.add(str(each.get("relatedSpdxElement")))
    roots = [each for each in packages if str(each.get("SPDXID")) in described] or (packages if len(packages) == 1 else [])
    return [
        claim for each in roots for key in ("licenseConcluded", "licenseDeclared") for claim in _stated("spdx-document", each.get(key))
    ][: 2 * MOST]


def _spdx3(value: Mapping[str, Any]) -> list[Claim]:
    nodes = _objects(value.get("@graph"))
    said = {
        str(each.get("spdxId") or each.get("@id")): each.get("simplelicensing_licenseExpression") or each.get("simplelicensing_licenseText")
        for each in nodes
    }
    data = {str(each.get("spdxId") or each.get("@id")) for each in nodes if each.get("type") == "dataset_DatasetPackage"}
    found: list[Claim] = []
    for each in nodes:
        if each.get("relationshipType") in {"hasConcludedLicense", "hasDeclaredLicense"} and str(each.get("from")) in data:
            found += [claim for target in _list(each.get("to"))[:MOST] for claim in _stated("spdx-document", said.get(str(target)))]
    return found


def _cyclonedx(value: Mapping[str, Any]) -> list[Claim]:
    metadata = value.get("metadata")
    whole = metadata.get("component") if isinstance(metadata, dict) else None
    data = [each for each in (whole, *_objects(value.get("components"))) if isinstance(each, dict) and each.get("type") == "data"]
    named = [entry.get("license") or entry.get("expression") for each in data[:MOST] for entry in _objects(each.get("licenses"))]
    return claims("cyclonedx", [each for each in named if each])


def _stated(method: str, value: Any) -> list[Claim]:
    return claims(method, value) if isinstance(value, str) and value not in _NONE else []


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
