"""Formats of texts that rules may demand (`auditor_format`): what an email address, a UUID, a date and others look like."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from ipaddress import IPv6Address

import numpy as np
import pyarrow.compute as pc

from auditor.validation.cells import Bools, Unjudged, View, flags

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

SHAPES: Mapping[str, str] = {
    "email": rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+$",
    "url": r"^(?i:https?|ftp)://[^\s/?#@:]+(:[0-9]{1,5})?([/?#][^\s]*)?$",
    "uuid": r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
    "sha256": r"^[0-9A-Fa-f]{64}$",
    "sha1": r"^[0-9A-Fa-f]{40}$",
    "md5": r"^[0-9A-Fa-f]{32}$",
    "base64": r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    "language": r"^([A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?"
    r"(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*(-[xX](-[A-Za-z0-9]{1,8})+)?$",
    "integer": r"^[+-]?[0-9]+$",
    "number": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$",
}
"""Formats that a regular expression (RE2) decides: RFC 5322 atoms for `email`, RFC 9562 for `uuid`, RFC 4648 for `base64`, RFC 5646's
shape for `language`.
"""


def _date(text: str) -> bool:
    date.fromisoformat(text)
    return len(text) == 10


def _datetime(text: str) -> bool:
    datetime.fromisoformat(text)
    return len(text) > 10


def _json(text: str) -> bool:
    json.loads(text)
    return True


def _ipv6(text: str) -> bool:
    return bool(IPv6Address(text))


def _spdx(text: str) -> bool:
    from auditor.licenses.expression import parse

    parse(text)
    return True


PARSED: Mapping[str, Callable[[str], bool]] = {"date": _date, "datetime": _datetime, "ipv6": _ipv6, "json": _json, "spdx": _spdx}
"""Formats that a parser decides: True, or ValueError; dates and times are ISO 8601."""

FORMATS = tuple(sorted({*SHAPES, *PARSED}))
"""The names of all formats."""


def unfit(view: View, name: str) -> Bools:
    """Which texts are not of the format (anything where there is no text)."""
    if name in SHAPES:
        return ~view.each(lambda array: flags(pc.match_substring_regex(array, SHAPES[name])))
    if name not in PARSED:
        raise Unjudged(f"there is no format {name!r}; known are {', '.join(FORMATS)}")
    coded = view.values.dictionary_encode()
    bad = np.array([not _parsed(PARSED[name], text) for text in coded.dictionary.to_pylist()], np.bool_)
    found: Bools = bad[coded.indices.fill_null(0).to_numpy()] if len(bad) else np.zeros(view.size, np.bool_)
    return found


def _parsed(good: Callable[[str], bool], text: str) -> bool:
    try:
        return good(text)
    except (ValueError, RecursionError):
        return False
