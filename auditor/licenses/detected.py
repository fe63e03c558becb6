"""Licence files: which documents are some, and which licences their texts are or name."""

from __future__ import annotations

import re

from auditor.dataset import Document
from auditor.licenses import expression, names, notices, prose, restrictions, reuse, spdx, texts
from auditor.licenses.claim import Claim, within
from auditor.licenses.groups import groups_of
from auditor.licenses.mention import Mention, agree
from auditor.licenses.resolution import Resolution
from auditor.licenses.words import words

_NAME = re.compile(r"(?:un)?licen[sc]es?(?:[._-].*)?|copying(?:[._-].*)?|(?:data|dataset|content)[._-]?licen[sc]es?(?:\..*)?")
_OTHER = frozenset({"code", "software", "model", "scripts", "third", "thirdparty", "py", "json", "yaml", "yml", "csv", "html"})
NOTICE = 150
"""Words of a licence file up to which each sentence of it counts as written for the whole."""

_FORBIDDING = frozenset({"noncommercial", "noderivatives"})

TITLE = 60
"""Words at the beginning of a licence's text in which its title stands."""


def is_license(path: str) -> bool:
    """Whether a document is a licence for the data: LICENSE, COPYING, LICENSES/..., but not LICENSE-CODE."""
    folder, _, name = path.casefold().rpartition("/")
    if _OTHER & set(re.split(r"[^a-z]+", name)):
        return False
    return folder.rpartition("/")[2] == "licenses" or _NAME.fullmatch(name) is not None


def license_file(document: Document) -> list[Claim]:
    """What a file says that should be a licence: as the text of one, by SPDX tags, as a notice; else that it is not understood."""
    text = document.text or ""
    found = texts.read(notices.plain(text))
    if found.matches:
        return _texts(text, found)
    tags = reuse.tags(text, "license-file")
    if tags:
        return tags
    named = _notice(text) or _by_name(document.path, text)
    if named is not None:
        return [named]
    unknown = Resolution(input="", status="unknown", note="its text is of no licence on the SPDX list", reason="text")
    return [_claim(text, unknown)] if text.strip() else []


def notice(document: Document) -> list[Claim]:
    """What a NOTICE clearly says of the data; it names the licences of others too, so that what is not clear is none."""
    text = document.text or ""
    stated = notices.stated(text)
    if stated is None:
        return reuse.tags(text, "notice")
    return [Claim(method="notice", kind="detected", text=stated[0], at=within(text, 0, len(text), stated[0]), resolution=stated[1])]


def _texts(text: str, found: texts.Texts) -> list[Claim]:
    """The licences whose texts stand in a file; none of them where something is added, or where its title names another."""
    ids = tuple(each for match in found.matches for each in match.ids)
    rest = " ".join(found.rest)
    said = restrictions.added(rest, ids)
    titles = [mention for mention, _ in prose.named(" ".join(text[:2_000].split()[:TITLE]))]
    proposed = tuple(dict.fromkeys(spdx.successor(each) for each in ids))[:3]
    if note := _changed(found, ids, said):
        return [_claim(text, Resolution(input="", status="unknown", suggestions=proposed, note=note, reason="restricted"))]
    claims = []
    for match in found.matches:
        if match.id is None:
            note = f"nothing tells whose text it is: {' or '.join(match.ids[:4])}"
            claims.append(_claim(text, Resolution(input="", status="ambiguous", suggestions=proposed, note=note, reason="several")))
        elif len(found.matches) == 1 and (title := _other(titles, match.ids)) is not None:
            note = f"its text is that of {match.id}, and its title names {'-'.join(title.path)}"
            claims.append(_claim(text, Resolution(input="", status="unknown", suggestions=proposed, note=note, reason="restricted")))
        else:
            claims.append(_claim(text, Resolution(input="", status="resolved", expression=match.id)))
    return claims


def _changed(found: texts.Texts, ids: tuple[str, ...], said: tuple[str, ...]) -> str:
    """What makes a licence's text that of another licence: words added or taken away; "" where nothing does."""
    if said:
        return f"terms are added to it: {', '.join(said[:5])}"
    if found.pieces:
        return f"it holds a piece of another licence: {found.pieces[0][:100]}"
    if lacks := [words for match in found.matches for words in match.lacks]:
        return f"words of its grant are missing: {', '.join(map(repr, lacks[:5]))}"
    own = frozenset(group for each in ids for group in groups_of(each))
    beside = [mention for part in " ".join(found.rest).split(texts.GAP) for mention, _ in prose.named(part)]
    for mention in beside:  # of GPL above an Apache text nobody knows what it is about; NC and ND forbid what the text grants
        proposed = names.suggestions(mention) if mention.id is not None or mention.path[0] == "CC" else ()
        if any((groups_of(each) & _FORBIDDING) - own for each in proposed):
            return f"it names {'-'.join(mention.path)} beside"
    return ""


def _other(titles: list[Mention], ids: tuple[str, ...]) -> Mention | None:
    return next((title for title in titles if all(_sister(title, each) for each in ids)), None)


def _sister(title: Mention, license_id: str) -> bool:
    """Whether a title names another licence of the same family: one with another version, or with other elements."""
    own = names.mention_of(license_id.partition("-with-")[0])
    return title.path[0] == own.path[0] and agree([title, own]) is None


def _notice(text: str) -> Claim | None:
    """A licence that a file names: by a sentence that is clear, in a short file, else by everything in it that names one."""
    if len(text) <= 5_000 and len(words(text)) <= NOTICE and (stated := notices.stated(text)) is not None:
        return Claim(method="license-file", kind="detected", text=stated[0], at=within(text, 0, len(text), stated[0]), resolution=stated[1])
    resolution = notices.read(text)
    return _claim(text, resolution) if resolution is not None else None


def _by_name(path: str, text: str) -> Claim | None:
    """LICENSES/MIT.txt is MIT by its name (REUSE specification)."""
    folder, _, name = path.rpartition("/")
    if folder.rpartition("/")[2].casefold() != "licenses":
        return None
    try:
        known = expression.render(expression.parse(re.sub(r"\.(?:txt|md)$", "", name)))
    except expression.ExpressionError:
        return None
    return _claim(text, Resolution(input="", expression=known, status="resolved"))


def _claim(text: str, resolution: Resolution) -> Claim:
    """A claim of the file as a whole, shown by its first line."""
    return Claim(method="license-file", kind="detected", text=_title(text), at=(0, len(text)), resolution=resolution)


def _title(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
