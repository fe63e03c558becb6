"""What is wrong with an SPDX 3.0.1 document: the rules of its model, and those of the Dataset profile that stand only in its prose.

Each element is looked at once. Neither the shapes nor the JSON schema of the specification hold the rules in `_dataset`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.verification.faults import Checked, digest_fault, expression_fault, is_address, is_moment
from auditor.verification.spdx3_model import CONTEXT, INDIVIDUALS, TERMS, Class, Property, classes

Json = Any

REQUIRED = ("originatedBy", "builtTime", "releaseTime", "software_downloadLocation", "software_primaryPurpose", "dataset_datasetType")
"""What the Dataset profile demands of every dataset."""
LICENSES = ("hasDeclaredLicense", "hasConcludedLicense")

_SEMVER = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def check(document: Mapping[str, Json]) -> Checked:
    """What is wrong with a document, as JSON values."""
    return _Reader(document).read()


class _Reader:
    """One document: its elements by id, which of them point where, and what is wrong."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self.document, self.checked = document, Checked()
        self.fault = self.checked.fault
        self.kinds: dict[str, str] = {TERMS + _address(name): kind for name, kind in INDIVIDUALS.items()} | INDIVIDUALS
        self.points: list[tuple[str, str, str, str]] = []
        self.found: list[tuple[str, Mapping[str, Json]]] = []
        self.imported: set[str] = set()

    def read(self) -> Checked:
        """Every element, then what holds between them."""
        context = self.document.get("@context")
        if CONTEXT not in (context if isinstance(context, list) else [context]):
            self.fault("document", "@context", f"{CONTEXT} is expected")
        graph = self.document.get("@graph", [{key: value for key, value in self.document.items() if key != "@context"}])
        if not isinstance(graph, list):
            self.fault("document", "@graph", "a list of elements is expected")
            return self.checked
        for place, value in enumerate(graph):
            self.element(value, f"@graph[{place}]", "")
        for element, field_, target, kind in self.points:
            self.point(element, field_, target, kind)
        self.between()
        return self.checked

    # ── one element ───────────────────────────────────────────────────────────────────────────────────────────────────

    def element(self, value: Json, place: str, kind: str) -> None:
        """An object of the graph, or one that stands in a property of the kind."""
        if not isinstance(value, Mapping):
            return self.fault(place, "", f"an object is expected, not {value!r:.100}")
        name = value.get("type")
        known = classes().get(name) if isinstance(name, str) else None
        given = value.get("spdxId", value.get("@id"))
        place = given if isinstance(given, str) and given else place
        if not isinstance(name, str):
            return self.fault(place, "type", "is missing, or no text")
        self.checked.elements += 1
        if isinstance(given, str):
            self.define(place, name, "spdxId" if "spdxId" in value else "@id")
        if known is None:
            self.checked.unchecked[name] += 1
            return None
        if known.abstract or (kind and kind not in known.kinds):
            self.fault(place, "type", f"{name} stands where {kind or 'a class with instances'} is expected")
        return self.properties(value, place, known)

    def define(self, given: str, name: str, key: str) -> None:
        if given in self.kinds:
            self.fault(given, key, "stands twice")
        self.kinds[given] = name

    def properties(self, value: Mapping[str, Json], place: str, known: Class) -> None:
        own = "Element" in known.kinds
        if own and not is_address(value.get("spdxId")):
            self.fault(place, "spdxId", f"an address is expected, not {value.get('spdxId')!r:.100}")
        for key, item in value.items():
            meant = known.properties.get(key)
            if meant is not None:
                self.several(item, place, key, meant)
            elif key != "type" and key != ("spdxId" if own else "@id"):
                self.fault(place, key, f"{known.name} has no such property")
        for key, meant in known.properties.items():
            if meant.least and key not in value:
                self.fault(place, key, "is missing")
        self.found.append((place, value))
        _SPECIAL.get(known.name, _nothing)(self, place, value)

    def several(self, item: Json, place: str, key: str, meant: Property) -> None:
        if meant.many != isinstance(item, list):
            return self.fault(place, key, "a list is expected" if meant.many else "one value is expected, not a list")
        values = item if meant.many else [item]
        if len(values) < meant.least:
            self.fault(place, key, f"at least {meant.least} value{'s are' if meant.least > 1 else ' is'} expected")
        for each in values:
            self.value(each, place, key, meant)
        return None

    def value(self, item: Json, place: str, key: str, meant: Property) -> None:
        if meant.words is not None:
            if not isinstance(item, str) or item not in meant.words:
                self.fault(place, key, f"{item!r:.100} is none of {', '.join(sorted(meant.words))}"[:400])
        elif meant.kind in _KINDS:
            if not _KINDS[meant.kind](item):
                self.fault(place, key, f"{_EXPECTED[meant.kind]} is expected, not {item!r:.100}")
        elif isinstance(item, Mapping):
            self.element(item, f"{place} {key}", meant.kind)
        elif not isinstance(item, str):
            self.fault(place, key, f"an element or its id is expected, not {item!r:.100}")
        elif not self.seen(item, meant.kind):
            self.points.append((place, key, item, meant.kind))

    def seen(self, target: str, kind: str) -> bool:
        """Whether the target has been met already and is of the kind."""
        known = classes().get(self.kinds.get(target, ""))
        return known is not None and kind in known.kinds

    # ── between elements ──────────────────────────────────────────────────────────────────────────────────────────────

    def point(self, element: str, field: str, target: str, kind: str) -> None:
        if target in self.imported:
            return
        name = self.kinds.get(target)
        known = classes().get(name or "")
        if name is None:
            self.fault(element, field, f"{target!r:.300} is nowhere in the document, and is not imported")
        elif known is not None and kind not in known.kinds:
            self.fault(element, field, f"{target!r:.300} is a {name}, not a {kind}")

    def between(self) -> None:
        """What the profiles demand beyond single elements."""
        licenses: dict[tuple[str, str], list[tuple[str, int]]] = {}
        documents = [place for place, value in self.found if value["type"] == "SpdxDocument"]
        for place in documents[1:]:
            self.fault(place, "type", "a file has at most one SpdxDocument")
        for place, value in self.found:
            kind = value.get("relationshipType")
            if isinstance(kind, str) and kind in LICENSES:
                targets = [each for each in value.get("to", ()) if isinstance(each, str)] if isinstance(value.get("to"), list) else []
                licenses.setdefault((str(value.get("from")), kind), []).append((place, len(value["to"]) if targets else 1))
                for target in targets:
                    self.license(place, target)
        for place, value in self.found:
            if value["type"] == "dataset_DatasetPackage":
                self.dataset(place, value, licenses)

    def license(self, place: str, target: str) -> None:
        known = classes().get(self.kinds.get(target, ""))
        if known is not None and "simplelicensing_AnyLicenseInfo" not in known.kinds:
            self.fault(place, "to", f"{target!r:.300} is a {known.name}, not a licence")

    def dataset(self, place: str, value: Mapping[str, Json], licenses: Mapping[tuple[str, str], list[tuple[str, int]]]) -> None:
        """The rules of the Dataset profile's prose."""
        for key in REQUIRED:
            if not value.get(key):
                self.fault(place, key, "is missing: the Dataset profile demands it")
        if isinstance(value.get("originatedBy"), list) and len(value["originatedBy"]) > 1:
            self.fault(place, "originatedBy", f"exactly one is expected, not {len(value['originatedBy'])}")
        for kind in LICENSES:
            stated = licenses.get((place, kind), [])
            if len(stated) != 1:
                self.fault(place, kind, f"exactly one such relationship is expected, not {len(stated)}")
            for relationship, count in stated:
                if count != 1:
                    self.fault(relationship, "to", f"exactly one licence is expected, not {count}")


# ── kinds of values ───────────────────────────────────────────────────────────────────────────────────────────────────


def _address(name: str) -> str:
    """How the address of an individual of the model ends."""
    return f"ExpandedLicensing/{name.partition('_')[2]}" if "_" in name else f"Core/{name}"


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _semver(value: Json) -> bool:
    return isinstance(value, str) and _SEMVER.fullmatch(value) is not None


def _whole(least: int) -> Any:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _decimal(value: Json) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", value, re.ASCII) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _media(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[^/]+/[^/]+", value) is not None


_KINDS = {
    "text": _text,
    "uri": is_address,
    "time": is_moment,
    "semver": _semver,
    "count": _whole(0),
    "positive": _whole(1),
    "decimal": _decimal,
    "media": _media,
    "boolean": lambda value: isinstance(value, bool),
}
_EXPECTED = {
    "text": "a text",
    "uri": "an address",
    "time": "a moment such as 2024-03-01T12:00:00Z",
    "semver": "a version such as 3.29.0",
    "count": "a whole number from 0 on",
    "positive": "a whole number from 1 on",
    "decimal": "a number",
    "boolean": "true or false",
    "media": "a media type such as text/csv",
}


# ── what single classes demand ────────────────────────────────────────────────────────────────────────────────────────


def _nothing(*_: object) -> None:
    """Most classes demand nothing more."""


def _hash(reader: _Reader, place: str, value: Mapping[str, Json]) -> None:
    """The digits of a digest fit its algorithm."""
    wrong = digest_fault(value.get("algorithm"), value.get("hashValue"))
    if wrong and isinstance(value.get("hashValue"), str):
        reader.fault(place, "hashValue", wrong)


def _created(reader: _Reader, place: str, value: Mapping[str, Json]) -> None:
    """A document of this model says so."""
    version = value.get("specVersion")
    if _semver(version) and not str(version).startswith("3.0."):
        reader.fault(place, "specVersion", f"3.0.1 is expected, not {version}: this is checked by the model of 3.0.1")


def _imports(reader: _Reader, _: str, value: Mapping[str, Json]) -> None:
    """What a document imports may be pointed to."""
    given = value.get("import")
    for each in given if isinstance(given, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("externalSpdxId"), str):
            reader.imported.add(each["externalSpdxId"])


def _expression(reader: _Reader, place: str, value: Mapping[str, Json]) -> None:
    """An expression is one, by the list it names; its own licences are defined."""
    text, version = value.get("simplelicensing_licenseExpression"), value.get("simplelicensing_licenseListVersion")
    if not isinstance(text, str):
        return
    wrong, names = expression_fault(text, version if isinstance(version, str) else None)
    if wrong == "":
        reader.checked.unchecked[f"an expression of licence list {version}"] += 1
    elif wrong is not None:
        reader.fault(place, "simplelicensing_licenseExpression", wrong)
    given = value.get("simplelicensing_customIdToUri")
    defined = dict(_entries(given if isinstance(given, list) else []))
    for name in (each for each in names if each not in defined):
        reader.fault(place, "simplelicensing_customIdToUri", f"{name} is defined nowhere")
    reader.points += [(place, "simplelicensing_customIdToUri", target, "Element") for target in defined.values() if target is not None]


def _entries(given: list[Json]) -> Iterator[tuple[str, str | None]]:
    for each in given:
        if isinstance(each, Mapping) and isinstance(each.get("key"), str):
            target = each.get("value")
            yield each["key"], target if isinstance(target, str) else None


_SPECIAL = {"Hash": _hash, "CreationInfo": _created, "SpdxDocument": _imports, "simplelicensing_LicenseExpression": _expression}
