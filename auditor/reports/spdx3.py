"""The report as an SPDX 3.0.1 document of the Dataset profile, in JSON-LD: nothing in it is invented, what is not known is left out.

Shapes: https://spdx.github.io/spdx-spec/v3.0.1/model/Dataset/Dataset/ and the serialization of the same specification.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor import __version__
from auditor.cards.facts import address
from auditor.cards.known import missing
from auditor.licenses.expression import licenses, parse
from auditor.licenses.spdx import list_version
from auditor.model import Json, Report, digest
from auditor.reports import materials
from auditor.reports.materials import Materials

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NO_LICENSE = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
"""The licence of which nothing is asserted: an individual of the model."""

_MADE = "_:made"
_FIELDS = {
    "built": "builtTime",
    "released": "releaseTime",
    "download_location": "software_downloadLocation",
    "home_page": "software_homePage",
    "version": "software_packageVersion",
    "copyright": "software_copyrightText",
    "description": "description",
    "intended_use": "dataset_intendedUse",
    "collection_process": "dataset_dataCollectionProcess",
    "preprocessing": "dataset_dataPreprocessing",
    "known_bias": "dataset_knownBias",
    "noise": "dataset_datasetNoise",
    "update_mechanism": "dataset_datasetUpdateMechanism",
    "anonymization": "dataset_anonymizationMethodUsed",
    "availability": "dataset_datasetAvailability",
    "confidentiality": "dataset_confidentialityLevel",
}
"""Where the facts of `dataset:` stand in the document."""

_DIGEST = "SHA-256 over the lines `sha256  path` of all data files and documents, in the order of their paths."


def render(report: Report) -> str:
    """The document, one element a line: the same for the same data, but for the time of creation. All beyond ASCII is escaped."""
    elements = _elements(materials.of(report))
    lines = ",\n".join(json.dumps(each, sort_keys=True, allow_nan=False) for each in elements)
    return f'{{"@context": {json.dumps(CONTEXT)}, "@graph": [\n{lines}\n]}}\n'


def _elements(data: Materials) -> Iterator[dict[str, Json]]:
    """Every element, those that are pointed to before those that point."""
    home = f"https://spdx.org/spdxdocs/auditor-{data.identity}"
    yield {
        "type": "CreationInfo",
        "@id": _MADE,
        "specVersion": "3.0.1",
        "created": data.moment,
        "createdBy": [f"{home}#auditor"],
        "createdUsing": [f"{home}#tool"],
    }
    yield _element("SoftwareAgent", f"{home}#auditor", name="auditor")
    yield _element("Tool", f"{home}#tool", name=f"auditor {__version__}")
    for key in ("originated_by", "supplied_by"):
        if key in data.facts:
            yield _element("Agent", f"{home}#{key}", name=data.facts[key])
    yield from (_file(home, each) for each in data.files)
    yield _dataset(home, data)
    if data.files:
        inside = [_file_id(home, each) for each in data.files]
        yield _relationship(home, "contains", inside, completeness="noAssertion")
        yield _relationship(home, "hasDataFile", inside, completeness="noAssertion")
    yield from _sources(home, data)
    yield from _licenses(home, data)
    yield _document(home, data)


def _element(kind: str, name: str, /, **values: Json) -> dict[str, Json]:
    """An element without the values that are nothing."""
    something = {key: value for key, value in values.items() if value not in (None, "", [])}
    return {"type": kind, "spdxId": name, "creationInfo": _MADE, **something}


def _hashes(sha256: str, comment: str | None = None) -> list[dict[str, Json]]:
    more = {"comment": comment} if comment else {}
    return [{"type": "Hash", "algorithm": "sha256", "hashValue": sha256, **more}] if sha256 else []


def _file_id(home: str, file: materials.File) -> str:
    return f"{home}#file-{digest(file.path)}"


def _file(home: str, file: materials.File) -> dict[str, Json]:
    name = _file_id(home, file)
    more = {"software_primaryPurpose": "data", "software_fileKind": "file"}
    return _element("software_File", name, name=file.path, verifiedUsing=_hashes(file.sha256), **more)


def _dataset(home: str, data: Materials) -> dict[str, Json]:
    stated = {field: _value(data.facts[key]) for key, field in _FIELDS.items() if key in data.facts}
    return _element(
        "dataset_DatasetPackage",
        f"{home}#dataset",
        name=data.name,
        comment=data.comment,
        verifiedUsing=_hashes(data.sha256, _DIGEST),
        originatedBy=[f"{home}#originated_by"] if "originated_by" in data.facts else None,
        suppliedBy=f"{home}#supplied_by" if "supplied_by" in data.facts else None,
        software_primaryPurpose="data",
        dataset_datasetType=list(data.types),
        dataset_datasetSize=data.bytes,
        dataset_hasSensitivePersonalInformation=data.facts.get("sensitive_personal_information", "noAssertion"),
        **stated,
    )


def _value(value: Json) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _relationship(home: str, kind: str, to: Sequence[str], **more: Json) -> dict[str, Json]:
    return _element("Relationship", f"{home}#{kind}", relationshipType=kind, **{"from": f"{home}#dataset"}, to=list(to), **more)


def _sources(home: str, data: Materials) -> Iterator[dict[str, Json]]:
    """What the dataset was made from, as far as it is stated."""
    names = list(dict.fromkeys(data.facts.get("sources", ())))
    ids = [f"{home}#source-{digest(name)}" for name in names]
    for name, source in zip(names, ids, strict=True):
        yield _element("software_Package", source, name=name, software_primaryPurpose="data", software_downloadLocation=_address(name))
    if ids:
        yield _relationship(home, "descendantOf", ids)


def _address(text: str) -> str | None:
    try:
        return address(text) if "://" in text else None
    except ValueError:
        return None


def _licenses(home: str, data: Materials) -> Iterator[dict[str, Json]]:
    """The expressions, the texts of what is not on the SPDX list, and one relationship of each kind."""
    for name, text in data.texts.items():
        yield _element("simplelicensing_SimpleLicensingText", f"{home}#{name}", name=name, simplelicensing_licenseText=text)
    ids: dict[str | None, str] = {None: NO_LICENSE}
    inside = data.declared or data.detected  # "declared" is defined here as what the package was found to contain
    for stated in (inside, data.concluded):
        if stated not in ids:
            ids[stated] = f"{home}#license-{digest(str(stated))}"
            yield _expression(home, ids[stated], str(stated))
    yield _relationship(home, "hasDeclaredLicense", [ids[inside]])
    yield _relationship(home, "hasConcludedLicense", [ids[data.concluded]])


def _expression(home: str, name: str, stated: str) -> dict[str, Json]:
    own = sorted({each.id for each in licenses(parse(stated)) if each.reference})
    return _element(
        "simplelicensing_LicenseExpression",
        name,
        simplelicensing_licenseExpression=stated,
        simplelicensing_licenseListVersion=f"{list_version()}.0",
        simplelicensing_customIdToUri=[{"type": "DictionaryEntry", "key": each, "value": f"{home}#{each}"} for each in own],
    )


def _document(home: str, data: Materials) -> dict[str, Json]:
    """The document, which is of the Dataset profile only if everything that profile demands is there."""
    gaps = missing(data.facts)
    profiles: Mapping[str, Any] = {"profileConformance": ["core", "software", "simpleLicensing", *(() if gaps else ("dataset",))]}
    comment = f"Nothing states {', '.join(gaps)}: the Dataset profile demands it." if gaps else None
    return _element("SpdxDocument", f"{home}#document", name=data.name, rootElement=[f"{home}#dataset"], comment=comment, **profiles)
