"""Licences in running text: every licence that a sentence names, and the words that are neither a name nor empty talk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.licenses import names, urls
from auditor.licenses.mention import Mention, agree
from auditor.licenses.words import fold, words

_QUIET = frozenset(
    [
        "under",
        "terms",
        "term",
        "of",
        "is",
        "are",
        "this",
        "these",
        "our",
        "its",
        "it",
        "as",
        "in",
        "on",
        "at",
        "an",
        "to",
        "dataset",
        "datasets",
        "data",
        "database",
        "corpus",
        "benchmark",
        "work",
        "works",
        "project",
        "repository",
        "repo",
        "released",
        "release",
        "releases",
        "distributed",
        "available",
        "published",
        "provided",
        "shared",
        "licensed",
        "licenced",
        "licensing",
        "made",
        "file",
        "files",
        "txt",
        "md",
        "see",
        "here",
        "link",
        "url",
        "type",
        "name",
        "for",
        "details",
        "standard",
        "s",
    ]
)
"""Words that may stand beside a licence's name and say nothing about it. "by", "and", "or", "not", "only" and the like are none."""

_GRANT = re.compile(
    r"\b(?:licen[sc]ed|released|distributed|available|published|provided|shared|offered|issued|covered|governed|redistributed|"
    r"open[- ]?sourced|placed|falls|comes|protected)\b(?: [\w.,&'-]+){0,8}? (?:under|via|through|with|subject to|in accordance with)\b"
)
_CHANGING = re.compile(
    r"\b(?:not?|non|never|unlike|unless|unofficial\w*|unlicen[sc]ed|unspecified|unknown|in?compatible|modif\w+|custom\w*|styles?|similar\w*|variant|except\w*|exclud\w*|however|but|restrict\w*|additional\w*|"
    r"extra|only|plus|part|parts|partly|partially|portions?|some|most|parties|mixed|various|multiple|different|several|dual|dually|either|formerly|previously|"
    r"was|were|until|instead|equivalent|based|inspired|adapted|proprietary|prohibit\w*|forbid\w*|commercial\w*|noncommercial\w*|research|"
    r"academic|permission|training|trained|without|may|must|unclear|probably|likely|assume\w*|intend\w*|will|would|should|if|and/or|or)\b"
)
"""Words that may change, narrow or doubt a licence: a text that says one of them outside the licence's name is not resolved."""

_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|^\W*(?:spdx-)?licen[sc]e(?:-identifier)?\s*[:=]", re.IGNORECASE)
_TAIL = re.compile(
    r"copyright\b|©|\(c\) ?\d{4}|,? which\b|,? allowing\b|,? permitting\b|\bplease cite\b|\bcite\b|\bto view\b|\bread more\b|"
    r"\bfor (?:more|further|details)\b"
)
_BOILERPLATE = re.compile(
    r"\(?(?:hereafter )?(?:the )?\"licen[sc]e\"\)?|\.\.\.|"
    r"\b(?:and )?you may not use [\w ]{0,60} except in compliance with the licen[sc]e\b|\byou may obtain a copy of the licen[sc]e at\b"
)
"""What stands in the notices of licences, and changes nothing about them."""

_FREE = frozenset({"CC0-1.0", "CC-PDM-1.0", "PDDL-1.0", "Unlicense"})
"""Licences of which "public domain" says nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The licences that a text mentions, in order, and the words that are left and mean something."""

    mentions: tuple[Mention, ...]
    leftover: tuple[str, ...]

    @property
    def agreed(self) -> Mention | None:
        """The one licence that all mentions mean, as far as they say; None where they differ, or where there are none."""
        return agree(list(self.mentions))


def read(text: str) -> Reading:
    """What a name ("The MIT License (MIT)") or a sentence ("... is licensed under ...") says of licences."""
    linked = tuple(filter(None, map(urls.read, urls.URL.findall(text))))
    plain = _MARKUP.sub(" ", urls.URL.sub(" ", text).replace("“", '"').replace("”", '"'))
    plain = _BOILERPLATE.sub(" ", fold(plain))
    subject, stated = _split(plain)
    stated, tail = _cut(stated)
    said, leftover = scan(stated)
    aside = [mention for part in (subject, tail) for mention in scan(part)[0]]
    changing = [match[0] for part in (subject, tail) for match in _CHANGING.finditer(part)]
    if {mention.id for mention in said} & _FREE:
        leftover = tuple(word for word in leftover if word not in {"public", "domain"})
    return Reading(mentions=(*said, *aside, *linked), leftover=(*leftover, *changing))


def scan(text: str) -> tuple[tuple[Mention, ...], tuple[str, ...]]:
    """The licences named in a text, and the words that are neither part of a name nor quiet."""
    pieces = tuple(_pieces(words(text)))
    found = tuple(mention for mention, _ in pieces if mention is not None)
    return found, tuple(said[0] for mention, said in pieces if mention is None and said[0] not in _QUIET)


def named(text: str) -> Iterator[tuple[Mention, tuple[str, ...]]]:
    """The licences named in a text, each with the words that name it."""
    return ((mention, said) for mention, said in _pieces(words(text)) if mention is not None)


def _pieces(line: tuple[str, ...]) -> Iterator[tuple[Mention | None, tuple[str, ...]]]:
    """The names of licences in a line, and the single words between them."""
    place = 0
    while place < len(line):
        mention, end = names.read(line, place) or (None, place + 1)
        yield mention, line[place:end]
        place = end


def _split(text: str) -> tuple[str, str]:
    """Who is licensed, and under what: to the end of the first "is licensed under", and from there; a mere name has no subject."""
    match = _GRANT.search(text)
    return (text[: match.end()], text[match.end() :]) if match else ("", text)


def _cut(text: str) -> tuple[str, str]:
    """The name, and what is said after it that usually means nothing (a copyright line, "please cite")."""
    match = _TAIL.search(text, 1)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")
