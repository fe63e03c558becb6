"""The facts about a dataset as a whole that `dataset:` in auditor.yaml may state, and that documents are searched for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from auditor.model import Json, meant
from auditor.rulebook import Kind, text, texts

TYPES = (
    *("audio", "categorical", "graph", "image", "noAssertion", "numeric", "other", "sensor", "structured", "syntactic", "text"),
    *("timeseries", "timestamp", "video"),
)
"""The kinds of data that SPDX 3.0.1 knows (Dataset/DatasetType)."""
AVAILABILITY = ("clickthrough", "directDownload", "query", "registration", "scrapingScript")
CONFIDENTIALITY = ("clear", "green", "amber", "red")
PRESENCE = ("yes", "no", "noAssertion")

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?")
_ADDRESS = re.compile(r"(?!_:)[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_ESCAPED = re.compile(r'[<>"{}|\\^`]|%(?![0-9A-Fa-f]{2})')


def moment(value: Json) -> str:
    """A day or moment of ISO 8601 as SPDX writes it: 2024-03-01T00:00:00Z (a day begins at midnight, a time without zone is UTC)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, datetime):
        value = value.isoformat()
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is None:
            raise ValueError
        day, clock, zone = match.groups()
        found = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone or 'Z'}").astimezone(UTC)
    except (ValueError, OverflowError):
        expected = "a day or moment of ISO 8601 is expected, such as 2024-03-01 or 2024-03-01T12:00:00Z"
        raise ValueError(f"{expected}, not {value!r}") from None
    return f"{found.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def address(value: Json) -> str:
    """An absolute URI without blanks (RFC 3986)."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value) or _ESCAPED.search(value):
        raise ValueError(f"an address is expected, such as https://example.org/data, not {value!r}")
    return value


def _one_of(known: tuple[str, ...], value: Json) -> str:
    if value not in known:
        raise ValueError(f"{meant(str(value), known)}one of {', '.join(known)} is expected, not {value!r}")
    return str(value)


def types(value: Json) -> tuple[str, ...]:
    """Kinds of data, one or more of TYPES."""
    found = tuple(_one_of(TYPES, each) for each in texts(list(value) if isinstance(value, tuple) else value))
    if not found:
        raise ValueError(f"at least one of {', '.join(TYPES)} is expected")
    return found


def availability(value: Json) -> str:
    """How the data is to be had, one of AVAILABILITY."""
    return _one_of(AVAILABILITY, value)


def confidentiality(value: Json) -> str:
    """How confidential the data is, one of CONFIDENTIALITY (the traffic light protocol)."""
    return _one_of(CONFIDENTIALITY, value)


def presence(value: Json) -> str:
    """Yes, no or noAssertion; YAML reads the first two as truth values."""
    return _one_of(PRESENCE, {True: "yes", False: "no"}[value] if isinstance(value, bool) else value)


def some(value: Json) -> tuple[str, ...]:
    """A text or a list of them, none of them empty."""
    found = texts(list(value) if isinstance(value, tuple) else value)
    if not found or not all(found):
        raise ValueError(f"a text or a list of texts is expected, not {value!r}")
    return found


SHAPE: Mapping[str, Kind] = {
    "originated_by": text,
    "built": moment,
    "released": moment,
    "download_location": address,
    "supplied_by": text,
    "home_page": address,
    "version": text,
    "description": text,
    "copyright": text,
    "types": types,
    "intended_use": text,
    "collection_process": text,
    "preprocessing": some,
    "known_bias": some,
    "noise": text,
    "update_mechanism": text,
    "anonymization": some,
    "availability": availability,
    "confidentiality": confidentiality,
    "sensitive_personal_information": presence,
    "sources": some,
    "owners": some,
    "custodians": some,
    "stewards": some,
}
"""The keys of `dataset:`, and what each of them holds."""

REQUIRED = ("originated_by", "built", "released", "download_location")
"""What the Dataset profile of SPDX 3.0.1 demands and an audit cannot find out by itself."""


def told(value: Json) -> dict[str, Any]:
    """The value of `dataset:`, each fact of its kind; ValueError names the key."""
    if not isinstance(value, Mapping):
        raise ValueError(f"a mapping such as `originated_by: The makers` is expected, not {value!r}")
    found = {}
    for key, item in value.items():
        if key not in SHAPE:
            raise ValueError(f"unknown key {key!r}; {meant(str(key), SHAPE)}known are {', '.join(SHAPE)}")
        try:
            found[str(key)] = SHAPE[key](item)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    return found


_TEXT: Mapping[str, Json] = {"type": "string", "minLength": 1}
_KINDS: Mapping[Kind, Mapping[str, Json]] = {
    text: _TEXT,
    some: {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
    moment: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d"},
    address: {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:"},
    types: {"anyOf": [{"enum": list(TYPES)}, {"type": "array", "items": {"enum": list(TYPES)}, "minItems": 1}]},
    availability: {"enum": list(AVAILABILITY)},
    confidentiality: {"enum": list(CONFIDENTIALITY)},
    presence: {"enum": [*PRESENCE, True, False]},
}
DESCRIBED: Mapping[str, Json] = {
    "type": "object",
    "properties": {key: dict(_KINDS[kind]) for key, kind in SHAPE.items()},
    "additionalProperties": False,
}
"""The JSON Schema of `dataset:`."""
