"""Licences in a dataset card: the fields of its YAML front matter, and the section of its prose that is about the licence."""

from __future__ import annotations

import re

from auditor.dataset import Document
from auditor.doors import yaml
from auditor.licenses import prose
from auditor.licenses.claim import Claim
from auditor.licenses.mention import agree
from auditor.licenses.metadata import entries
from auditor.licenses.resolution import resolve

LONGEST = 1 << 20
"""Characters of the longest front matter that is read."""

_FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)
_ABOUT = re.compile(r"licen[sc]|copyright|terms of use", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[(])|\n\s*\n|\n(?=\s*(?:[-*>]|\d+\.)\s)")
_CODE = re.compile(r"\b(?:code|codebase|software|scripts?|model|models|weights|repository|repo|toolkit|librar(?:y|ies))\b", re.IGNORECASE)


def card(document: Document) -> list[Claim]:
    """What a card says; YamlError where its front matter is broken."""
    text = document.text or ""
    front = _FRONT.match(text)
    return [*(_fields(front) if front else ()), *_section(text, front.end() if front else 0)]


def _fields(front: re.Match[str]) -> list[Claim]:
    if len(front[1]) > LONGEST:
        raise ValueError(f"its front matter has more than {LONGEST:,} characters")
    value, lines = yaml.load_with_lines(front[1])
    if not isinstance(value, dict):
        return []
    shift = front.string[: front.start(1)].count("\n")
    key = next((key for key in ("license", "licence", "licenses", "licences") if value.get(key) not in (None, "", [])), "license")
    line = lines[key] + shift if key in lines else None
    named = tuple(text for name in ("license_name", "license_link", "license_details") for text, _ in entries(value.get(name)))
    stated = entries(value.get(key))
    if len(stated) == 1 and named and resolve(stated[0][0]).reason == "placeholder":
        return [Claim(method="card-yaml", text=named[0], others=named[1:], line=line)]  # "other", and what it is
    if not stated and named:
        line = next((lines[name] + shift for name in ("license_name", "license_link", "license_details") if name in lines), None)
        return [Claim(method="card-yaml", text=named[0], others=named[1:], line=line)]
    return [Claim(method="card-yaml", text=text, others=others, line=line) for text, others in stated]


def _section(text: str, start: int) -> list[Claim]:
    """The licence that the section about it clearly names, if it names one and no other."""
    for place, title, body in _sections(text, start):
        if _ABOUT.search(title):
            stated = clear(body)
            if stated is not None:
                line = text.count("\n", 0, place + max(0, body.find(stated[:40]))) + 1
                return [Claim(method="card-prose", kind="detected", text=stated, line=line)]
    return []


def clear(text: str) -> str | None:
    """The sentence that says which licence holds; None where none does, or where the text names another licence too."""
    sentences = [part.strip() for part in _SENTENCE.split(text[:20_000]) if part.strip()]
    meant = [each for each in sentences if len(each) <= 1_000 and not _about_code(each) and resolve(each).expression is not None]
    if not meant or len({resolve(each).expression for each in meant}) > 1:
        return None
    named = [mention for each in sentences if len(each) <= 1_000 for mention in prose.read(each).mentions]
    return meant[0] if agree(named) is not None else None


def _about_code(sentence: str) -> bool:
    subject = re.split(r"\b(?:licen[sc]ed|released|distributed|available|under)\b", sentence, maxsplit=1)[0]
    return _CODE.search(subject) is not None


def _sections(text: str, start: int) -> list[tuple[int, str, str]]:
    """Place, title and text of each section, up to the next heading."""
    headings = list(_HEADING.finditer(text, start))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    return [(heading.end(), heading[1], text[heading.end() : end]) for heading, end in zip(headings, ends, strict=False)]
