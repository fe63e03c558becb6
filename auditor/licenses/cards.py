"""Licences in a dataset card: the fields of its YAML front matter, and the section of its prose that is about the licence."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.dataset import Document
from auditor.doors import yaml
from auditor.licenses import notices
from auditor.licenses.claim import Claim, within
from auditor.licenses.fields import entries
from auditor.licenses.resolution import resolve

LONGEST = 1 << 20
"""Characters of the longest front matter that is read."""

FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)
_ABOUT = re.compile(r"licen[sc]|copyright|terms of use", re.IGNORECASE)


def card(document: Document) -> list[Claim]:
    """What a card says; YamlError where its front matter is broken."""
    text = document.text or ""
    front = FRONT.match(text)
    return [*(_fields(front) if front else ()), *_section(text, front.end() if front else 0)]


def _fields(front: re.Match[str]) -> list[Claim]:
    if len(front[1]) > LONGEST:
        raise ValueError(f"its front matter has more than {LONGEST:,} characters")
    value, places = yaml.load_with_places(front[1])
    if not isinstance(value, dict):
        return []
    key = next((key for key in ("license", "licence", "licenses", "licences") if value.get(key) not in (None, "", [])), "license")
    named = tuple(text for name in ("license_name", "license_link", "license_details") for text, _ in entries(value.get(name)))
    stated = entries(value.get(key))
    if len(stated) == 1 and named and resolve(stated[0][0]).reason == "placeholder":
        # "other", and what it is
        return [_field(front, places, key, stated[0][0], Claim(method="card-yaml", text=named[0], others=named[1:]))]
    if not stated and named:
        key = next((name for name in ("license_name", "license_link", "license_details") if name in places), key)
        return [_field(front, places, key, named[0], Claim(method="card-yaml", text=named[0], others=named[1:]))]
    return [_field(front, places, key, text, Claim(method="card-yaml", text=text, others=others)) for text, others in stated]


def _field(front: re.Match[str], places: dict[str, tuple[int, int]], key: str, text: str, claim: Claim) -> Claim:
    """The claim with its place in the card."""
    if key not in places:
        return claim
    begun, end = (place + front.start(1) for place in places[key])
    return replace(claim, at=within(front.string, begun, end, text))


def _section(text: str, start: int) -> list[Claim]:
    """The licence that the section about it clearly names, if it names one and no other."""
    for place, title, body in sections(text, start):
        if _ABOUT.search(title):
            stated = notices.stated(body)
            if stated is not None:
                at = within(text, place, place + len(body), stated[0])
                return [Claim(method="card-prose", kind="detected", text=stated[0], at=at, resolution=stated[1])]
    return []


def sections(text: str, start: int) -> list[tuple[int, str, str]]:
    """Place, title and text of each section, up to the next heading."""
    headings = list(_HEADING.finditer(text, start))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    return [(heading.end(), heading[1], text[heading.end() : end]) for heading, end in zip(headings, ends, strict=False)]
