"""The names of Creative Commons licences, parsed: a family, its elements, a version, a jurisdiction."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from auditor.licenses import spdx
from auditor.licenses.mention import Mention
from auditor.licenses.vocabularies import table
from auditor.licenses.words import words

Phrases = dict[tuple[str, ...], str]
ORDER = ("BY", "NC", "ND", "SA")
"""The elements, in the order in which SPDX ids name them."""
SETS = {"BY", "BY-SA", "BY-NC", "BY-ND", "BY-NC-SA", "BY-NC-ND", "SA"}


@cache
def _phrases(key: str) -> Phrases:
    return {words(text): name for name, texts in table("creative_commons")[key].items() for text in texts}


@cache
def _plain(*keys: str) -> Phrases:
    found = table("creative_commons")
    for key in keys:
        found = found[key]
    return {words(text): keys[-1] for text in found}


def match(text: tuple[str, ...], start: int, phrases: Phrases) -> tuple[str, int] | None:
    """The longest phrase that stands at `start`, by its name, and where it ends."""
    for length in range(min(_longest(frozenset(phrases)), len(text) - start), 0, -1):
        name = phrases.get(text[start : start + length])
        if name is not None:
            return name, start + length
    return None


@cache
def _longest(keys: Iterable[tuple[str, ...]]) -> int:
    return max(map(len, keys), default=0)


def read(text: tuple[str, ...], start: int) -> tuple[Mention, int] | None:
    """The licence whose name begins at `start`, and where the name ends; None where none begins there."""
    for kind, license_id in (("zero", "CC0-1.0"), ("mark", "CC-PDM-1.0")):
        named = match(text, start, _plain(kind, "names"))
        if named is not None:
            return _single(text, named[1], kind, license_id)
    end, marked = _skip(text, start, _plain("markers"))
    if marked:
        end, _ = _skip(text, end, _plain("tails"))
    elements, short, end = _elements(text, end)
    if not elements:
        return (Mention(path=("CC",)), end) if marked else None
    version, port, end = _particulars(text, end, elements)
    if not marked and (version is None or (short and len(elements) < 2)):
        return None
    return _mention("-".join(each for each in ORDER if each in elements), version, port), end


def suggestions(elements: str) -> tuple[str, ...]:
    """The ids of a kind (BY-SA) without a jurisdiction, the newest first."""
    known = spdx.licenses().values()
    return tuple(each for version in reversed(table("creative_commons")["versions"]) if (each := f"CC-{elements}-{version}") in known)


def _mention(kind: str, version: str | None, port: str | None) -> Mention:
    if kind not in SETS or version is None:
        return Mention(path=("CC", kind) if version is None else ("CC", kind, version, "no such licence"))
    path = ("CC", kind, version, port) if port else ("CC", kind, version)
    license_id = "-".join(path)
    return Mention(path=path, id=license_id if license_id.casefold() in spdx.licenses() else None)


def _single(text: tuple[str, ...], end: int, kind: str, license_id: str) -> tuple[Mention, int]:
    """CC0 and the Public Domain Mark: one version each."""
    tails = _plain(kind, "tails")
    end, _ = _skip(text, end, tails)
    if end < len(text) and text[end] in {"1.0", "1"}:
        end, _ = _skip(text, end + 1, tails)
    return Mention(path=("CC", license_id.removesuffix("-1.0")), id=license_id), end


def _skip(text: tuple[str, ...], place: int, phrases: Phrases) -> tuple[int, bool]:
    begun = place
    while (found := match(text, place, phrases)) is not None:
        place = found[1]
    return place, place > begun


def _elements(text: tuple[str, ...], place: int) -> tuple[set[str], bool, int]:
    """The elements named from `place` on, whether all by initials, and where they end."""
    elements: set[str] = set()
    short = True
    while (found := match(text, place, _phrases("elements"))) is not None:
        short = short and text[place] in {"by", "nc", "sa", "nd"}
        elements.add(found[0])
        place = found[1]
    return elements, short, place


def _particulars(text: tuple[str, ...], place: int, elements: set[str]) -> tuple[str | None, str | None, int]:
    """Version and jurisdiction in either order, among words that change nothing (also elements said again)."""
    version: str | None = None
    port: str | None = None
    while place < len(text):
        tail = match(text, place, _plain("tails"))
        again = match(text, place, _phrases("elements"))
        where = match(text, place, _phrases("ports"))
        if version is None and (number := _version(text[place])) is not None:
            version, place = number, place + 1
        elif tail is not None:
            place = tail[1]
        elif again is not None and again[0] in elements and version is not None:
            place = again[1]
        elif where is not None and port in {None, where[0]} and (version is not None or _version_follows(text, where[1])):
            port, place = where
        else:
            break
    return version, port, place


def _version_follows(text: tuple[str, ...], place: int) -> bool:
    return place < len(text) and _version(text[place]) is not None


def _version(word: str) -> str | None:
    """The version that a word names: 4 is 4.0, but 2 may be 2.0 or 2.5."""
    known: list[str] = table("creative_commons")["versions"]
    if word in known:
        return word
    same = [version for version in known if version.startswith(f"{word}.")]
    return same[0] if len(same) == 1 else None
