"""Addresses of licences: where they stand in a text, and which licence each of them is."""

from __future__ import annotations

import re
from functools import cache

from auditor.licenses import spdx
from auditor.licenses.creative_commons import ORDER
from auditor.licenses.mention import Mention
from auditor.licenses.names import mention_of
from auditor.licenses.vocabularies import table

_HOSTS = r"creativecommons|spdx|opensource|opendatacommons|opendefinition|gnu|apache|choosealicense|cdla|unlicense|mozilla"
URL = re.compile(rf"(?:(?:https?:)?//|www\.|(?<![\w./@-])(?:{_HOSTS})\.(?:org|com|dev|io)/)[^\s<>\"'`()\[\]{{}}|\\]+", re.IGNORECASE)
_CC = re.compile(r"creativecommons\.org/licenses/((?:by|nc|nd|sa)(?:-(?:by|nc|nd|sa))*)(?:/(\d\.\d)(?:/(.*))?)?")
_BUTTON = re.compile(r"(?:i\.creativecommons\.org|licensebuttons\.net)/([lp])/(.*?)(?:/[0-9x]+\.png)?")
_PUBLIC = re.compile(r"creativecommons\.org/(?:publicdomain|licenses)/(zero|mark|cc0)(?:/1\.0)?(?:/.*)?")
_PAGES = re.compile(r"(?:deed|legalcode)(?:[._-][a-z_.-]*)?|rdf|[a-z]{2}[_-][a-z]{2}|index\.html?|\.+")
_LISTED = re.compile(r"(?:spdx\.org|opensource\.org|choosealicense\.com|opendefinition\.org|api\.github\.com)/licen[sc]es?/([a-z0-9.+-]+)")


def read(url: str) -> Mention | None:
    """The licence that an address is of; None where it is no licence's, or a place that holds any (a repository's LICENSE)."""
    place = bare(url)
    for reader in (_table, _creative_commons, _public_domain, _from_list):
        mention = reader(place)
        if mention is not None:
            return mention
    return None


def names_one(url: str) -> bool:
    """Whether an address names one licence of the SPDX list, or a kind of Creative Commons licence that there is."""
    mention = read(url)
    return mention is not None and (mention.id is not None or 1 < len(mention.path) < 3 or len(mention.path) == 4)


def bare(url: str) -> str:
    """An address without scheme, `www.`, query and what punctuation is left at its end, in lower case."""
    place = re.sub(r"^(?:https?:)?//", "", url.strip().casefold())
    place = re.sub(r"[?#].*$", "", place.removeprefix("www."))
    button = _BUTTON.fullmatch(place)
    if button is not None:
        return f"creativecommons.org/{'licenses' if button[1] == 'l' else 'publicdomain'}/{button[2].rstrip('/')}"
    return re.sub(r"/{2,}", "/", place).rstrip("/.,;:!*_")


def _creative_commons(place: str) -> Mention | None:
    match = _CC.fullmatch(place)
    if match is None:
        other = place.startswith(("creativecommons.org/licenses/", "creativecommons.org/publicdomain/")) and not _PUBLIC.match(place)
        return Mention(path=("CC",)) if other else None
    named = match[1].upper().split("-")
    kind = "-".join(element for element in ORDER if element in named)
    if match[2] is None:
        return Mention(path=("CC", kind))
    rest = [part for part in (match[3] or "").split("/") if part and not _PAGES.fullmatch(part)]
    path = ("CC", kind, match[2], *(part.upper() for part in rest))
    license_id = "-".join(path)
    return Mention(path=path, id=license_id if license_id.casefold() in spdx.licenses() else None)


def _public_domain(place: str) -> Mention | None:
    match = _PUBLIC.fullmatch(place)
    return mention_of("CC-PDM-1.0" if match[1] == "mark" else "CC0-1.0") if match else None


def _table(place: str) -> Mention | None:
    license_id = _addresses().get(place) or _addresses().get(re.sub(r"\.(?:html?|txt|php|en\.html|json|md)$", "", place))
    return mention_of(license_id) if license_id else None


def _from_list(place: str) -> Mention | None:
    match = _LISTED.fullmatch(place)
    if match is None:
        return None
    name = match[1]
    for text in (name, re.sub(r"\.(?:html?|php|json|txt)$", "", name), re.sub(r"-(?:php|license)$", "", name)):
        if (license_id := spdx.licenses().get(text)) is not None:
            return mention_of(license_id)
    return None


@cache
def _addresses() -> dict[str, str]:
    return {str(key).casefold(): value for key, value in table("urls").items()}
