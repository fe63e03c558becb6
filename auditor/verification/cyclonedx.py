"""What is wrong with a CycloneDX document in JSON: its frame, components, licences, digests and references; the rest is counted.

Source: the JSON schemas of CycloneDX 1.2 to 1.7 (https://cyclonedx.org/schema/), as far as they are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.verification.faults import Checked, digest_fault, expression_fault

Json = Any

TYPES = frozenset(
    [
        *("application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver", "firmware"),
        *("file", "machine-learning-model", "data", "cryptographic-asset"),
    ]
)
ALGORITHMS = frozenset(
    [
        *("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512"),
        *("BLAKE3", "Streebog-256", "Streebog-512"),
    ]
)
LOOKED_AT = frozenset(
    [
        "$schema",
        "bomFormat",
        "specVersion",
        "serialNumber",
        "version",
        "metadata",
        "components",
        "dependencies",
        "declarations",
        "definitions",
    ]
)

_SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def check(document: Mapping[str, Json]) -> Checked:
    """What is wrong with a document, as JSON values. Sections that are not looked at are counted as unchecked."""
    checked = Checked()
    _frame(document, checked)
    metadata = document.get("metadata")
    whole = metadata.get("component") if isinstance(metadata, Mapping) else None
    places = [("metadata.component", whole)] if whole is not None else []
    components = document.get("components", [])
    if not isinstance(components, list):
        checked.fault("document", "components", "a list is expected")
        components = []
    places += [(f"components[{number}]", each) for number, each in enumerate(components)]
    for place, each in places:
        _component(place, each, checked)
    _references(document, checked)
    for key in sorted(map(str, document.keys() - LOOKED_AT)):
        value = document[key]
        checked.unchecked[key] += len(value) if isinstance(value, list) else 1
    return checked


def _frame(document: Mapping[str, Json], checked: Checked) -> None:
    checked.elements += 1
    if document.get("bomFormat") != "CycloneDX":
        checked.fault("document", "bomFormat", f"CycloneDX is expected, not {document.get('bomFormat')!r:.100}")
    if not re.fullmatch(r"1\.[2-7]", str(document.get("specVersion"))):
        checked.fault("document", "specVersion", f"1.2 to 1.7 is expected, not {document.get('specVersion')!r:.100}")
    serial, version = document.get("serialNumber"), document.get("version", 1)
    if serial is not None and not (isinstance(serial, str) and _SERIAL.fullmatch(serial)):
        checked.fault("document", "serialNumber", f"urn:uuid: and a UUID is expected, not {serial!r:.100}")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        checked.fault("document", "version", f"a whole number from 1 on is expected, not {version!r:.100}")
    metadata = document.get("metadata", {})
    if not isinstance(metadata, Mapping):
        checked.fault("document", "metadata", "an object is expected")
    elif "timestamp" in metadata and not (isinstance(metadata["timestamp"], str) and _STAMP.fullmatch(metadata["timestamp"])):
        checked.fault("document", "timestamp", f"a moment such as 2024-03-01T12:00:00Z is expected, not {metadata['timestamp']!r:.100}")


def _component(place: str, value: Json, checked: Checked) -> None:
    """A component, and those within it."""
    if not isinstance(value, Mapping):
        return checked.fault(place, "", "an object is expected")
    checked.elements += 1
    if isinstance(value.get("bom-ref"), str) and value["bom-ref"]:
        place = value["bom-ref"]
    if value.get("type") not in TYPES if isinstance(value.get("type"), str) else True:
        checked.fault(place, "type", f"{value.get('type')!r:.100} is none of {', '.join(sorted(TYPES))}")
    if not isinstance(value.get("name"), str):
        checked.fault(place, "name", "a text is expected")
    for each in _objects(value.get("hashes")):
        if str(each.get("alg")) not in ALGORITHMS:
            checked.fault(place, "hashes", f"{each.get('alg')!r:.100} is no algorithm of CycloneDX")
        elif (wrong := digest_fault(each["alg"], each.get("content"))) is not None:
            checked.fault(place, "hashes", wrong)
    _licenses(place, value.get("licenses"), checked)
    inside = value.get("components")
    for number, each in enumerate(inside if isinstance(inside, list) else ()):
        _component(f"{place}.components[{number}]", each, checked)
    return None


def _licenses(place: str, value: Json, checked: Checked) -> None:
    if value is None:
        return
    entries = _objects(value)
    if not isinstance(value, list) or len(entries) != len(value):
        checked.fault(place, "licenses", "a list of objects is expected")
        return
    if len(entries) > 1 and any("expression" in each for each in entries):
        checked.fault(place, "licenses", "one expression is expected, or a list of licences")
    for each in entries:
        named = each.get("license")
        if "expression" in each:
            text = each["expression"]
            wrong = expression_fault(text)[0] if isinstance(text, str) else f"an expression is expected, not {text!r:.100}"
        elif isinstance(named, Mapping) and isinstance(named.get("id"), str):
            wrong = expression_fault(named["id"])[0]
        else:
            wrong = (
                None if isinstance(named, Mapping) and isinstance(named.get("name"), str) else "an expression, or a licence with id or name"
            )
        if wrong:
            checked.fault(place, "licenses", wrong)


def _references(document: Mapping[str, Json], checked: Checked) -> None:
    """Every bom-ref is there once, and what points to one points to one that is there."""
    defined: set[str] = set()
    for name in _defined(document):
        if name in defined:
            checked.fault(name, "bom-ref", "stands twice")
        defined.add(name)
    for place, field, name in _pointing(document):
        if name not in defined and not name.startswith("urn:cdx:"):
            checked.fault(place, field, f"{name!r:.200} is nowhere in the document")


def _defined(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("bom-ref"), str):
            yield value["bom-ref"]
        for each in value.values():
            yield from _defined(each)
    elif isinstance(value, list):
        for each in value:
            yield from _defined(each)


def _pointing(document: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    for number, each in enumerate(_objects(document.get("dependencies"))):
        yield from _names(f"dependencies[{number}]", each, ("ref", "dependsOn"))
    declarations = document.get("declarations")
    declarations = declarations if isinstance(declarations, Mapping) else {}
    for number, each in enumerate(_objects(declarations.get("claims"))):
        yield from _names(str(each.get("bom-ref") or f"claims[{number}]"), each, ("target", "evidence", "counterEvidence"))
    for number, each in enumerate(_objects(declarations.get("attestations"))):
        yield from _names(f"attestations[{number}]", each, ("assessor",))
        for entry in _objects(each.get("map")):
            yield from _names(f"attestations[{number}]", entry, ("requirement", "claims", "counterClaims"))


def _names(place: str, value: Mapping[str, Json], fields: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for field in fields:
        given = value.get(field)
        yield from ((place, field, each) for each in (given if isinstance(given, list) else [given]) if isinstance(each, str))


def _objects(value: Json) -> list[Mapping[str, Json]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
