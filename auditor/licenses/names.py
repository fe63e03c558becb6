"""The names of licences: ids, full names and aliases with their versions, and what each of them says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from auditor.licenses import creative_commons, spdx
from auditor.licenses.mention import Mention
from auditor.licenses.vocabularies import table
from auditor.licenses.words import words

Key = tuple[str, ...]

GNU = frozenset({"GPL", "LGPL", "AGPL", "GFDL"})
"""The families whose licences are granted in one version only, or in that one and all later ones."""

_LATER = tuple(
    tuple(ending.split())
    for ending in (
        "or at your option any later",
        "and at your option any later",
        "or any later",
        "or later",
        "and any later",
        "and later",
        "or newer",
        "or above",
        "or greater",
        "or higher",
        "+",
    )
)


def read(text: Key, start: int) -> tuple[Mention, int] | None:
    """The licence whose name begins at `start` (the longest name that does), and where the name ends; None where none does."""
    named, cc = _longest(text, start), creative_commons.read(text, start)
    if cc is None or (named is not None and named[1] > cc[1]):
        return named
    return cc


def mention_of(license_id: str) -> Mention:
    """The mention that an id of the list is."""
    parts = license_id.split("-")
    if parts[0] == "CC" and parts[1] in {"BY", "SA"}:
        place = next(i for i, part in enumerate(parts) if part[0].isdigit())
        return Mention(path=("CC", "-".join(parts[1:place]), *parts[place:]), id=license_id)
    if license_id == "CC0-1.0" or license_id.startswith("CC-"):
        return Mention(path=("CC", license_id.removesuffix("-1.0")), id=license_id)
    if parts[0] in GNU and len(parts) > 1:
        today = spdx.successor(license_id).split("-", 2)
        if today[-1] in {"only", "or-later"}:
            return Mention(path=tuple(today) if today[-1] == "or-later" or len(parts) > 2 else tuple(today[:2]), id=license_id)
    family = _family().get(license_id)
    return Mention(path=(family, license_id) if family else (license_id,), id=license_id)


def family_ids(family: str) -> tuple[str, ...]:
    """The ids of a family of rules/licenses/names.yaml, the newest first; none of another word."""
    entry = table("names")["families"].get(family)
    return tuple(map(spdx.successor, reversed(entry["versions"].values()))) if entry else ()


def suggestions(mention: Mention) -> tuple[str, ...]:
    """What may be meant by a mention."""
    if mention.id is not None:
        return (spdx.successor(mention.id),)
    if mention.path[0] == "CC":
        return creative_commons.suggestions(mention.path[1]) if len(mention.path) == 2 else ()
    return family_ids(mention.path[0])


@cache
def _family() -> dict[str, str]:
    families = table("names")["families"].items()
    return {license_id: entry.get("of", family) for family, entry in families for license_id in entry["versions"].values()}


def _longest(text: Key, start: int) -> tuple[Mention, int] | None:
    known, longest = _known()
    for length in range(min(longest, len(text) - start), 0, -1):
        mention = known.get(text[start : start + length])
        if mention is not None:
            return _grant(text, start + length, mention)
    return None


def _grant(text: Key, end: int, mention: Mention) -> tuple[Mention, int]:
    """A GNU licence with the "only" or "or later" that follows it."""
    if mention.path[0] not in GNU or len(mention.path) != 2:
        return mention, end
    family, version = mention.path
    if text[end : end + 1] == ("only",):
        return Mention(path=(family, version, "only"), id=f"{family}-{version}-only"), end + 1
    for ending in _LATER:
        if text[end : end + len(ending)] == ending:
            return Mention(path=(family, version, "or-later"), id=f"{family}-{version}-or-later"), end + len(ending)
    return mention, end


@cache
def _known() -> tuple[dict[Key, Mention], int]:
    """Every name as words with what it means, and the number of words of the longest; a name of two licences means none."""
    found: dict[Key, set[Mention]] = {}
    for key, mention in (*_listed(), *_aliases()):
        found.setdefault(key, set()).add(mention)
    known = {key: next(iter(mentions)) for key, mentions in found.items() if key and len(mentions) == 1}
    versions: dict[Key, list[str]] = {}
    for key in known:
        versions.setdefault(key[:-1], []).append(key[-1])
    for key in [key for key in known if len(key) > 1 and key[-1].endswith(".0") and key[-1].count(".") == 1]:
        number = key[-1].removesuffix(".0")  # "apache 2" is "apache 2.0", but "cecill 2" may be 2.0 or 2.1
        if sum(other.startswith(f"{number}.") for other in versions[key[:-1]]) == 1:
            known.setdefault((*key[:-1], number), known[key])
    return known, max(map(len, known))


def _listed() -> Iterator[tuple[Key, Mention]]:
    for license_id, name in spdx.names().items():
        mention = mention_of(license_id)
        if mention.path[0] == "CC":
            continue  # the grammar of Creative Commons names reads these
        yield words(license_id), mention
        if license_id not in spdx.deprecated():
            yield words(name), mention


def _aliases() -> Iterator[tuple[Key, Mention]]:
    data = table("names")
    for license_id, aliases in data["names"].items():
        version = license_id.rpartition("-")[2]
        for alias in aliases:
            yield words(alias), mention_of(license_id)
            if version[:1].isdigit() and "." in version:
                yield (*words(alias), version), mention_of(license_id)
    for family, entry in data["families"].items():
        for alias in entry["names"]:
            yield words(alias), Mention(path=(entry.get("of", family),))
            for version, license_id in entry["versions"].items():
                yield (*words(alias), version), mention_of(license_id)
