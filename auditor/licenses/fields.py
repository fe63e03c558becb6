"""The values of licence fields in metadata: a text, an object, or a list of these."""

from __future__ import annotations

from typing import Any

from auditor.licenses.claim import Claim, Kind

MOST = 100
"""Entries of one list of licences that are read."""

_FIELDS = (
    *("name", "nameNullable", "id", "@id", "identifier", "rightsIdentifier", "path", "url", "contentUrl", "rightsUri", "rightsURI", "web"),
    *("title", "rights", "type"),
)
_TYPES = {"CreativeWork", "sc:CreativeWork", "schema:CreativeWork", "URL"}


def entries(value: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The licences that a field names, each with the further fields of its entry."""
    if isinstance(value, list):
        return [entry for item in value[:MOST] for entry in entries(item) if not isinstance(item, list)]
    if isinstance(value, dict):
        texts = list(dict.fromkeys(_text(value[key]) for key in _FIELDS if isinstance(value.get(key), str | int | float)))
        texts = [text for text in texts if text and text not in _TYPES]
        return [(texts[0], tuple(texts[1:]))] if texts else [(f"an object without a name, with {', '.join(map(str, value))}"[:500], ())]
    text = _text(value)
    return [(text, ())] if text else []


def claims(method: str, value: Any, kind: Kind = "declared") -> list[Claim]:
    """A claim for each licence that a field names."""
    return [Claim(method=method, text=text, others=others, kind=kind) for text, others in entries(value)]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()
