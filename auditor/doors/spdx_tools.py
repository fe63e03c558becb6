"""The one place that imports spdx-tools: an SPDX 2.3 document about a dataset, as the library's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from license_expression import ExpressionError, LicenseSymbol
from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExtractedLicensingInfo,
    Package,
    PackagePurpose,
    SpdxNoAssertion,
    Version,
)

DATASET = "SPDXRef-dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A package. `declared` and `concluded` are SPDX expressions or None (nothing is asserted); `sha256` hexadecimal digits or "";
    `location` an address, `built` and `released` moments in UTC without a time zone, all of these None where they are not known.
    """

    name: str
    sha256: str = ""
    declared: str | None = None
    concluded: str | None = None
    comment: str = ""
    location: str | None = None
    home_page: str | None = None
    version: str | None = None
    description: str | None = None
    copyright: str | None = None
    built: datetime | None = None
    released: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The document: the dataset, what it was made from, the text of each LicenseRef; `created` is UTC without a time zone."""

    dataset: Described
    sources: Sequence[Described]
    extracted: Mapping[str, str]
    namespace: str
    created: datetime
    tool: str
    list_version: str


def as_json(told: Told) -> dict[str, Any]:
    """The document as JSON values. Nothing is validated here: that is quadratic in the library (auditor/verification/spdx2.py)."""
    major, minor = map(int, told.list_version.split("."))
    info = CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id="SPDXRef-DOCUMENT",
        name=told.dataset.name,
        document_namespace=told.namespace,
        creators=[Actor(ActorType.TOOL, told.tool)],
        created=told.created,
        license_list_version=Version(major, minor),
    )
    ids = [f"SPDXRef-source-{number}" for number in range(1, len(told.sources) + 1)]
    document = Document(
        creation_info=info,
        packages=[_package(DATASET, told.dataset), *map(_package, ids, told.sources)],
        extracted_licensing_info=[
            ExtractedLicensingInfo(license_id=name, extracted_text=text, license_name=SpdxNoAssertion())
            for name, text in sorted(told.extracted.items())
        ],
    )
    converted: dict[str, Any] = DocumentConverter().convert(document)
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", DATASET), *((DATASET, "DESCENDANT_OF", each) for each in ids)]
    converted["relationships"] = [  # the library would look through all of them for every package
        {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in relations
    ]
    return converted


def _package(name: str, described: Described) -> Package:
    return Package(
        spdx_id=name,
        name=described.name,
        version=described.version,
        download_location=described.location or SpdxNoAssertion(),
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, described.sha256)] if described.sha256 else [],
        homepage=described.home_page,
        license_declared=_license(described.declared),
        license_concluded=_license(described.concluded),
        license_comment=described.comment or None,
        copyright_text=described.copyright or SpdxNoAssertion(),
        description=described.description,
        supplier=SpdxNoAssertion(),
        primary_package_purpose=PackagePurpose.OTHER,  # SPDX 2.3 has no purpose "data"
        built_date=described.built,
        release_date=described.released,
    )


@lru_cache(1_000)
def _license(expression: str | None) -> Any:
    """The expression as the library wants it. Ids that it does not know or would rewrite are kept letter by letter."""
    if expression is None:
        return SpdxNoAssertion()
    try:
        parsed = spdx_licensing.parse(expression)
    except ExpressionError:
        return LicenseSymbol(expression)
    return parsed if str(parsed) == expression else LicenseSymbol(expression)
