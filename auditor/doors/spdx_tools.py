"""The one place that imports spdx-tools: an SPDX 2.3 document about one package, as the library's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
    Version,
)
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

PACKAGE = "SPDXRef-dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the document says. `declared` and `concluded` are SPDX expressions or None (nothing is asserted); `extracted` the text of
    each LicenseRef in them; `sha256` hexadecimal digits or ""; `created` without a time zone, in UTC.
    """

    name: str
    sha256: str
    declared: str | None
    concluded: str | None
    comment: str
    extracted: Mapping[str, str]
    namespace: str
    created: datetime
    tool: str
    list_version: str


def as_json(described: Described) -> dict[str, Any]:
    """The document as JSON values. Nothing is validated here: that is quadratic in the library, and a test's work."""
    major, minor = map(int, described.list_version.split("."))
    info = CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id="SPDXRef-DOCUMENT",
        name=described.name,
        document_namespace=described.namespace,
        creators=[Actor(ActorType.TOOL, described.tool)],
        created=described.created,
        license_list_version=Version(major, minor),
    )
    package = Package(
        spdx_id=PACKAGE,
        name=described.name,
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, described.sha256)] if described.sha256 else [],
        license_declared=_license(described.declared),
        license_concluded=_license(described.concluded),
        license_comment=described.comment or None,
        copyright_text=SpdxNoAssertion(),
        supplier=SpdxNoAssertion(),
        primary_package_purpose=PackagePurpose.OTHER,  # SPDX 2.3 has no purpose "data"
    )
    document = Document(
        creation_info=info,
        packages=[package],
        relationships=[Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, PACKAGE)],
        extracted_licensing_info=[
            ExtractedLicensingInfo(license_id=name, extracted_text=text, license_name=SpdxNoAssertion())
            for name, text in sorted(described.extracted.items())
        ],
    )
    converted: dict[str, Any] = DocumentConverter().convert(document)
    return converted


def _license(expression: str | None) -> Any:
    """The expression as the library wants it. Ids that it does not know or would rewrite are kept letter by letter."""
    if expression is None:
        return SpdxNoAssertion()
    try:
        parsed = spdx_licensing.parse(expression)
    except ExpressionError:
        return LicenseSymbol(expression)
    return parsed if str(parsed) == expression else LicenseSymbol(expression)


def faults(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with an SPDX 2 document in JSON: elements of it (or "document"), each with the reason."""
    try:
        parsed = JsonLikeDictParser().parse(dict(document))
    except SPDXParsingError as error:
        return [("document", message) for message in error.get_messages()]
    found = validate_full_spdx_document(parsed)
    return [(each.context.spdx_id or each.context.parent_id or "document", each.validation_message) for each in found]
