"""What is wrong with an SPDX 2.2 or 2.3 document in JSON; each element is looked at once.

Source: the specification (https://spdx.github.io/spdx-spec/v2.3/) and its JSON schema: fields, counts, forms and vocabularies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from auditor.verification.faults import Checked, digest_fault, expression_fault, is_address, is_moment

Json = Any

ABSENT = ("NOASSERTION", "NONE")
_WORDS = """
AMENDS ANCESTOR_OF BUILD_DEPENDENCY_OF BUILD_TOOL_OF CONTAINED_BY CONTAINS COPY_OF DATA_FILE_OF DEPENDENCY_MANIFEST_OF DEPENDENCY_OF
DEPENDS_ON DESCENDANT_OF DESCRIBED_BY DESCRIBES DEV_DEPENDENCY_OF DEV_TOOL_OF DISTRIBUTION_ARTIFACT DOCUMENTATION_OF DYNAMIC_LINK
EXAMPLE_OF EXPANDED_FROM_ARCHIVE FILE_ADDED FILE_DELETED FILE_MODIFIED GENERATED_FROM GENERATES HAS_PREREQUISITE METAFILE_OF
OPTIONAL_COMPONENT_OF OPTIONAL_DEPENDENCY_OF OTHER PACKAGE_OF PATCH_APPLIED PATCH_FOR PREREQUISITE_FOR PROVIDED_DEPENDENCY_OF
REQUIREMENT_DESCRIPTION_FOR RUNTIME_DEPENDENCY_OF SPECIFICATION_FOR STATIC_LINK TEST_CASE_OF TEST_DEPENDENCY_OF TEST_OF TEST_TOOL_OF
VARIANT_OF
SHA1 SHA224 SHA256 SHA384 SHA512 SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3 MD2 MD4 MD5 MD6 ADLER32
APPLICATION FRAMEWORK LIBRARY CONTAINER OPERATING-SYSTEM OPERATING_SYSTEM DEVICE FIRMWARE SOURCE ARCHIVE FILE INSTALL OTHER
"""
_VOCABULARIES = _WORDS.strip().split("\n")
RELATIONSHIPS = frozenset(" ".join(_VOCABULARIES[:-2]).split())
ALGORITHMS, PURPOSES = (frozenset(words.split()) for words in _VOCABULARIES[-2:])

_ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
_ELSEWHERE = re.compile(r"DocumentRef-[A-Za-z0-9.+-]+:SPDXRef-[A-Za-z0-9.-]+")
_ACTOR = re.compile(r"(Person|Organization|Tool): .*\S.*", re.DOTALL)
_LOCATION = re.compile(r"(git|hg|svn|bzr|CVS|cvs)[@+].+")

Rule = Callable[[Json], "str | None"]
"""Why a value cannot stand in a field; None where it can."""


def check(document: Mapping[str, Json]) -> Checked:
    """What is wrong with a document, as JSON values."""
    return _Reader(document).read()


class _Reader:
    """One document: the ids of its elements, the licences of its own, and what is wrong."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self.document, self.checked = document, Checked()
        self.fault = self.checked.fault
        self.ids: set[str] = {"SPDXRef-DOCUMENT"}
        self.texts = {each.get("licenseId") for each in self.some("hasExtractedLicensingInfos") if isinstance(each.get("licenseId"), str)}
        info = document.get("creationInfo")
        self.version = info.get("licenseListVersion") if isinstance(info, Mapping) else None

    def some(self, key: str) -> list[Mapping[str, Json]]:
        """The objects of a list of the document."""
        value = self.document.get(key)
        return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []

    def read(self) -> Checked:
        self.fields("document", self.document, _DOCUMENT)
        info = self.document.get("creationInfo")
        if isinstance(info, Mapping):
            self.fields("document", info, _CREATION)
        for key, rules in (("packages", _PACKAGE), ("files", _FILE), ("snippets", _SNIPPET)):
            for place, each in enumerate(self.some(key)):
                self.element(f"{key}[{place}]", each, rules)
        for place, each in enumerate(self.some("hasExtractedLicensingInfos")):
            self.fields(f"hasExtractedLicensingInfos[{place}]", each, _TEXT)
        for place, each in enumerate(self.some("relationships")):
            self.relationship(f"relationships[{place}]", each)
        self.described()
        return self.checked

    def fields(self, place: str, value: Mapping[str, Json], rules: Mapping[str, tuple[bool, Rule]]) -> None:
        self.checked.elements += 1
        for key, (needed, rule) in rules.items():
            if key not in value:
                if needed:
                    self.fault(place, key, "is missing")
            elif (wrong := rule(value[key])) is not None:
                self.fault(place, key, wrong)
        for key in value.keys() - rules.keys():
            self.fault(place, str(key), "there is no such field")

    def element(self, place: str, value: Mapping[str, Json], rules: Mapping[str, tuple[bool, Rule]]) -> None:
        name = value.get("SPDXID")
        if isinstance(name, str):
            place = name
            if name in self.ids:
                self.fault(place, "SPDXID", "stands twice")
            self.ids.add(name)
        self.fields(place, value, rules)
        for key in ("licenseConcluded", "licenseDeclared"):
            if isinstance(value.get(key), str):
                self.license(place, key, value[key])
        for key in ("licenseInfoFromFiles", "licenseInfoInFiles", "licenseInfoInSnippets"):
            for each in value[key] if isinstance(value.get(key), list) else ():
                self.license(place, key, each if isinstance(each, str) else "")
        if rules is _FILE and not any(each.get("algorithm") == "SHA1" for each in _objects(value.get("checksums"))):
            self.fault(place, "checksums", "a SHA1 is expected of every file")
        if value.get("filesAnalyzed") is False and value.get("packageVerificationCode") is not None:
            self.fault(place, "packageVerificationCode", "none is expected where files were not analysed")

    def license(self, place: str, key: str, text: str) -> None:
        if text in ABSENT:
            return
        wrong, names = expression_fault(text, self.version if isinstance(self.version, str) else None)
        if wrong == "":
            self.checked.unchecked[f"an expression of licence list {self.version}"] += 1
        elif wrong is not None:
            self.fault(place, key, wrong)
        for name in names:
            if name not in self.texts and not name.startswith("DocumentRef-"):
                self.fault(place, key, f"{name} has no extracted text")

    def relationship(self, place: str, value: Mapping[str, Json]) -> None:
        self.fields(place, value, _RELATIONSHIP)
        for key in ("spdxElementId", "relatedSpdxElement"):
            name = value.get(key)
            absent = key == "relatedSpdxElement" and name in ABSENT
            if isinstance(name, str) and name not in self.ids and not absent and not _ELSEWHERE.fullmatch(name):
                self.fault(place, key, f"{name!r:.200} is nowhere in the document")

    def described(self) -> None:
        """A document says what it is about."""
        named = self.document.get("documentDescribes")
        for each in named if isinstance(named, list) else ():
            if str(each) not in self.ids:
                self.fault("document", "documentDescribes", f"{each!r:.200} is nowhere in the document")
        related = {(str(each.get("relationshipType")), str(each.get("spdxElementId"))) for each in self.some("relationships")}
        backwards = any(
            each.get("relationshipType") == "DESCRIBED_BY" and each.get("relatedSpdxElement") == "SPDXRef-DOCUMENT"
            for each in self.some("relationships")
        )
        if not (named or backwards or ("DESCRIBES", "SPDXRef-DOCUMENT") in related or len(self.some("packages")) == 1):
            self.fault("document", "relationships", "nothing says what the document describes")


# ── forms of values ───────────────────────────────────────────────────────────────────────────────────────────────────


def _objects(value: Json) -> list[Mapping[str, Json]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _is(expected: str, holds: Callable[[Json], object]) -> Rule:
    return lambda value: None if holds(value) else f"{expected} is expected, not {value!r:.100}"


def _one_of(words: frozenset[str]) -> Rule:
    return _is("a word of its vocabulary", lambda value: isinstance(value, str) and value in words)


def _matching(expected: str, pattern: re.Pattern[str]) -> Rule:
    return _is(expected, lambda value: isinstance(value, str) and pattern.fullmatch(value))


def _list(value: Json) -> str | None:
    return None if isinstance(value, list) and all(isinstance(each, Mapping) for each in value) else "a list of objects is expected"


def _texts(value: Json) -> str | None:
    return None if isinstance(value, list) and all(isinstance(each, str) for each in value) else "a list of texts is expected"


def _creators(value: Json) -> str | None:
    if not isinstance(value, list) or not value:
        return "at least one creator is expected"
    return next((f"{each!r:.100} is no Person, Organization or Tool" for each in value if not _is_actor(each)), None)


def _is_actor(value: Json) -> bool:
    return isinstance(value, str) and _ACTOR.fullmatch(value) is not None


def _checksums(value: Json) -> str | None:
    if not isinstance(value, list):
        return "a list is expected"
    for each in value:
        if not isinstance(each, Mapping) or str(each.get("algorithm")) not in ALGORITHMS:
            return f"{each!r:.100} names no algorithm of SPDX"
        wrong = digest_fault(each["algorithm"], each.get("checksumValue"))
        if wrong is not None:
            return wrong
    return None


def _location(value: Json) -> bool:
    return isinstance(value, str) and (value in ABSENT or is_address(value) or _LOCATION.fullmatch(value) is not None)


_TEXT_VALUE = _is("a text", lambda value: isinstance(value, str))
_NAME = _is("a text that is not empty", lambda value: isinstance(value, str) and value)
_FLAG = _is("true or false", lambda value: isinstance(value, bool))
_MOMENT = _is("a moment such as 2024-03-01T12:00:00Z", is_moment)
_PARTY = _is("NOASSERTION, or Person: or Organization: with a name", lambda value: value == "NOASSERTION" or _is_actor(value))
_OWN_ID = _matching("SPDXRef- with letters, digits, dots and hyphens", _ID)
_ADDRESS = _is("an address", is_address)
_WEB = _is("an address, NONE or NOASSERTION", lambda value: value in ABSENT or is_address(value))

_DOCUMENT: dict[str, tuple[bool, Rule]] = {
    "spdxVersion": (True, _is("SPDX-2.2 or SPDX-2.3", lambda value: value in ("SPDX-2.2", "SPDX-2.3"))),
    "SPDXID": (True, _is("SPDXRef-DOCUMENT", lambda value: value == "SPDXRef-DOCUMENT")),
    "dataLicense": (True, _is("CC0-1.0", lambda value: value == "CC0-1.0")),
    "name": (True, _NAME),
    "documentNamespace": (True, _is("an address without #", lambda value: is_address(value) and "#" not in value)),
    "creationInfo": (True, _is("an object", lambda value: isinstance(value, Mapping))),
    "packages": (False, _list),
    "files": (False, _list),
    "snippets": (False, _list),
    "relationships": (False, _list),
    "hasExtractedLicensingInfos": (False, _list),
    "annotations": (False, _list),
    "revieweds": (False, _list),
    "externalDocumentRefs": (False, _list),
    "documentDescribes": (False, _texts),
    "comment": (False, _TEXT_VALUE),
    "$schema": (False, _TEXT_VALUE),
}
_CREATION: dict[str, tuple[bool, Rule]] = {
    "created": (True, _MOMENT),
    "creators": (True, _creators),
    "licenseListVersion": (False, _matching("a version such as 3.29", re.compile(r"\d+\.\d+(\.\d+)?"))),
    "comment": (False, _TEXT_VALUE),
}
_LICENSED: dict[str, tuple[bool, Rule]] = {
    "SPDXID": (True, _OWN_ID),
    "name": (False, _TEXT_VALUE),
    "comment": (False, _TEXT_VALUE),
    "copyrightText": (False, _TEXT_VALUE),
    "licenseConcluded": (False, _TEXT_VALUE),
    "licenseComments": (False, _TEXT_VALUE),
    "attributionTexts": (False, _texts),
    "annotations": (False, _list),
    "checksums": (False, _checksums),
}
_PACKAGE: dict[str, tuple[bool, Rule]] = {
    **_LICENSED,
    "name": (True, _NAME),
    "downloadLocation": (True, _is("an address, NONE or NOASSERTION", _location)),
    "licenseDeclared": (False, _TEXT_VALUE),
    "licenseInfoFromFiles": (False, _texts),
    "filesAnalyzed": (False, _FLAG),
    "hasFiles": (False, _texts),
    "homepage": (False, _WEB),
    "supplier": (False, _PARTY),
    "originator": (False, _PARTY),
    "primaryPackagePurpose": (False, _one_of(PURPOSES)),
    **dict.fromkeys(("builtDate", "releaseDate", "validUntilDate"), (False, _MOMENT)),
    **dict.fromkeys(("description", "summary", "sourceInfo", "versionInfo", "packageFileName"), (False, _TEXT_VALUE)),
    "externalRefs": (False, _list),
    "packageVerificationCode": (False, _is("an object", lambda value: isinstance(value, Mapping))),
}
_FILE: dict[str, tuple[bool, Rule]] = {
    **_LICENSED,
    "fileName": (True, _NAME),
    "checksums": (True, _checksums),
    "noticeText": (False, _TEXT_VALUE),
    **dict.fromkeys(("fileTypes", "fileContributors", "fileDependencies", "licenseInfoInFiles"), (False, _texts)),
    "artifactOfs": (False, _list),
}
_SNIPPET: dict[str, tuple[bool, Rule]] = {
    **_LICENSED,
    "snippetFromFile": (True, _OWN_ID),
    "ranges": (True, _list),
    "licenseInfoInSnippets": (False, _texts),
}
_TEXT: dict[str, tuple[bool, Rule]] = {
    "licenseId": (True, _matching("LicenseRef- with letters, digits, dots and hyphens", re.compile(r"LicenseRef-[A-Za-z0-9.-]+"))),
    "extractedText": (True, _NAME),
    "name": (False, _TEXT_VALUE),
    "comment": (False, _TEXT_VALUE),
    "seeAlsos": (False, _texts),
    "crossRefs": (False, _list),
}
_RELATIONSHIP: dict[str, tuple[bool, Rule]] = {
    "spdxElementId": (True, _NAME),
    "relatedSpdxElement": (True, _NAME),
    "relationshipType": (True, _one_of(RELATIONSHIPS)),
    "comment": (False, _TEXT_VALUE),
}
