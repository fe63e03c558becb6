"""Licences in a dataset card: the fields of its YAML front matter, and the section of its prose that is about the licence."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from auditor.dataset import Document
from auditor.doors import yaml
from auditor.licenses import expression, notices
from auditor.licenses.claim import Claim, within
from auditor.licenses.fields import entries
from auditor.licenses.resolution import resolve

LONGEST = 1 << 20
"""Characters of the longest front matter that is read."""

FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(?:#{1,6}[ \t]+(.+)|(\S.*)\n(?:={3,}|-{3,})[ \t]*)$", re.MULTILINE)
_ABOUT = re.compile(
    r"licen[scç]|lizenz|许可|ライセンス|copyright|\bterms (?:of|and|&)|\bconditions of|\busage (?:terms|rights|restrictions)|\bdisclaimer",
    re.IGNORECASE,
)
_LINE = re.compile(r"^[ \t>*_-]*(?:data(?:set)?[ \t]+)?licen[sc]e[*_]*[ \t]*:[*_]*[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_BADGE = re.compile(r"\[?!\[[^\]\n]*\]\([^)\n]*licen[sc]e[^)\n]*\)(?:\]\([^)\n]*\))?", re.IGNORECASE)


def card(document: Document) -> list[Claim]:
    """What a card says; YamlError where its front matter is broken."""
    text = document.text or ""
    front = FRONT.match(text)
    fields = _fields(front) if front else []
    return [*fields, *_prose(text, front.end() if front else 0, fields)]


def _fields(front: re.Match[str]) -> list[Claim]:
    if len(front[1]) > LONGEST:
        raise ValueError(f"its front matter has more than {LONGEST:,} characters")
    value, places = yaml.load_with_places(front[1])
    if not isinstance(value, dict):
        return []
    key = next((key for key in ("license", "licence", "licenses", "licences") if value.get(key) not in (None, "", [])), "license")
    named = tuple(text for name in ("license_name", "license_link", "license_details") for text, _ in entries(value.get(name)))
    stated = entries(value.get(key))
    if not stated and named:
        key = next((name for name in ("license_name", "license_link", "license_details") if name in places), key)
        return [_field(front, places, key, named[0], Claim(method="card-yaml", text=named[0], others=named[1:]))]
    claims = []
    for text, others in stated:
        if named and resolve(text).reason == "placeholder":  # "other", and what it is
            claim = Claim(method="card-yaml", text=named[0], others=named[1:])
        else:
            claim = Claim(method="card-yaml", text=text, others=(*others, *named) if len(stated) == 1 else others)
        claims.append(_field(front, places, key, text, claim))
    return claims + _gates(front, places, value, claims)


def _gates(front: re.Match[str], places: dict[str, tuple[int, int]], value: dict[str, Any], claims: list[Claim]) -> list[Claim]:
    """What whoever downloads the dataset must agree to, where that restricts more than its licence."""
    known = tuple(each for claim in claims for each in _ids(claim.text))
    found = []
    for key in ("license_name", "license_details", "extra_gated_prompt", "extra_gated_description"):
        text = value.get(key)
        if isinstance(text, str) and (doubt := notices.doubt(text, known)) is not None and doubt.reason == "restricted":
            found.append(_field(front, places, key, text, Claim(method="card-prose", kind="detected", text=text, resolution=doubt)))
    return found


def _field(front: re.Match[str], places: dict[str, tuple[int, int]], key: str, text: str, claim: Claim) -> Claim:
    """The claim with its place in the card."""
    if key not in places:
        return claim
    begun, end = (place + front.start(1) for place in places[key])
    return replace(claim, at=within(front.string, begun, end, text))


def _prose(text: str, start: int, fields: list[Claim]) -> list[Claim]:
    """The licence that a section about it clearly names, and what a section says that restricts more; a badge where nothing else does."""
    known = tuple(each for claim in fields for each in _ids(claim.text))
    said = any(claim.resolution or resolve(claim.text).reason != "placeholder" for claim in fields)
    about = [(place, body) for place, title, body in sections(text, start) if _ABOUT.search(title)]
    about += [(match.start(1), match[1]) for match in _LINE.finditer(text, start)]
    claims = [claim for place, body in about if (claim := _stated(text, place, body)) is not None][:1]
    clear = (*known, *(each for claim in claims if claim.resolution for each in _ids(claim.resolution.expression or "")))
    for place, body in about:
        inside = any(place <= claim.at[0] < place + len(body) for claim in claims if claim.at)
        doubt = None if inside else notices.doubt(body, clear)
        if doubt is not None and (doubt.reason == "restricted" or not said):
            at = within(text, place, place + len(body), body.strip())
            claims.append(Claim(method="card-prose", kind="detected", text=body.strip(), at=at, resolution=doubt))
    if not claims and not fields:
        badges = (_stated(text, match.start(), match[0]) for match in _BADGE.finditer(text, start))
        claims = [claim for claim in badges if claim is not None]
    return claims


def _stated(text: str, place: int, body: str) -> Claim | None:
    stated = notices.stated(body)
    if stated is None:
        return None
    return Claim(
        method="card-prose", kind="detected", text=stated[0], at=within(text, place, place + len(body), stated[0]), resolution=stated[1]
    )


def _ids(text: str) -> tuple[str, ...]:
    found = resolve(text).expression
    return expression.ids(found) if found else ()


def sections(text: str, start: int) -> list[tuple[int, str, str]]:
    """Place, title and text of each section, up to the next heading."""
    headings = list(_HEADING.finditer(text, start))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    return [(heading.end(), heading[1] or heading[2], text[heading.end() : end]) for heading, end in zip(headings, ends, strict=False)]
