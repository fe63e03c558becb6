"""A licence named in a longer text: a notice, a file's head, the body of a card; by tags, addresses and names that agree."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from auditor.licenses import expression, names, prose, restrictions, spdx, urls
from auditor.licenses.groups import stricter
from auditor.licenses.mention import Mention, agree
from auditor.licenses.resolution import Resolution, resolve
from auditor.licenses.text_index import text_words

SHORT = 2_000
"""Characters of a text up to which a licence's mere name says that it holds; in a longer one it must be granted."""

MOST = 200_000
"""Characters of a text that are read."""

_MARKED_UP = re.compile(r"</?(?:html|body|p|a|div|span|br|li|h[1-6]|td|img|rdf:RDF)\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<!--|-->|</?[A-Za-z][^<>]{0,2000}>")
_PREFIX = re.compile(r"^[ \t]*(?:/{2,}|/\*+|\*+/?|#+|;+|--+|%+|dnl|rem|@rem|>+|\|)[ \t]?", re.IGNORECASE | re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[(])|\n\s*\n")
_CLAUSE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[(])|\n\s*\n|\n(?=\s*(?:[-*>]|\d+\.)\s)")
_CODE = re.compile(r"\b(?:code|codebase|software|scripts?|model|models|weights|repository|repo|toolkit|librar(?:y|ies))\b", re.IGNORECASE)
_DATA = re.compile(r"\b(?:data|dataset|datasets|corpus|corpora|images?|annotations?|texts?|records?)\b", re.IGNORECASE)
_LIMITING = ("noncommercial", "research", "derivatives")
_WORD = r"(?:licen[sc]e|licen[sc]ed|licen[sc]ing|under)"
_GRANT = re.compile(r"\b(?:under|licen[sc]ed|licen[sc]ing)\b|\blicen[sc]e(?: is\b|\s*[:=])", re.IGNORECASE)
_SECTIONS = re.compile(r"(?:invariant sections?|cover texts?) (?:being|are|is)\b.{0,500}", re.IGNORECASE | re.DOTALL)
"""What a notice of the GFDL lists: titles, which may be those of other licences."""

_NO_INVARIANTS = re.compile(r"\bno invariant sections?\b|\bwithout (?:any )?invariant sections?\b", re.IGNORECASE)
_INVARIANTS = re.compile(r"\binvariant sections? (?:being|are|is|listed)\b", re.IGNORECASE)


def plain(text: str) -> str:
    """The text without mark-up and without what makes its lines comments."""
    text = text[:MOST]
    if _MARKED_UP.search(text):
        text = html.unescape(_MARKUP.sub(" ", text))
    return _PREFIX.sub("", text)


def read(text: str) -> Resolution | None:
    """The one licence that all names and addresses in a text mean; None where it names none.

    Unresolved where they differ, where the version is missing, or where words restrict more than the licence does.
    """
    cut = text[:MOST]
    mentions = list(_mentions(cut))
    if not mentions:
        return None
    best = agree(mentions)
    known = tuple(dict.fromkeys(spdx.successor(each.id) for each in mentions if each.id is not None))
    if best is None:
        return Resolution(input="", status="ambiguous", suggestions=known, note="several licences are named", reason="several")
    if best.id is None:
        return Resolution(input="", status="ambiguous", suggestions=names.suggestions(best), note=_NOT_SAID, reason="family")
    resolution = Resolution(input="", expression=_invariants(spdx.successor(best.id), cut), status="resolved")
    return _limited(cut, resolution) or resolution


_NOT_SAID = "which licence or version is not said"


def stated(text: str) -> tuple[str, Resolution] | None:
    """The sentence of a short text that says which licence holds, and what it means; None where no sentence does, or another is named."""
    sentences = [part.strip() for part in _CLAUSE.split(text[:20_000]) if part.strip()]
    sentences = [each for each in sentences if len(each) <= 1_000]
    meant = [each for each in sentences if not _about_code(each) and resolve(each).expression is not None]
    if not meant or len({resolve(each).expression for each in meant}) > 1:
        return None
    if agree([mention for each in sentences for mention in prose.read(each).mentions]) is None:
        return None
    resolution = resolve(meant[0])
    return meant[0], _limited(text, resolution) or resolution


def doubt(text: str, stated: tuple[str, ...]) -> Resolution | None:
    """What the words of a section mean that no sentence of it settles, where they restrict more than the licences stated elsewhere;
    None where they do not. What is said of code counts only where it is said of data too.
    """
    about = "\n\n".join(each for each in _CLAUSE.split(text[:20_000]) if not _CODE.search(each) or _DATA.search(each))
    named = read(about)
    proposed = () if named is None else named.suggestions if named.expression is None else expression.ids(named.expression)
    said = restrictions.added(" ".join(text_words(plain(about))), (*stated, *proposed), _LIMITING)
    if said:
        note = f"terms are added: {', '.join(said[:5])}"
        return Resolution(input="", status="unknown", suggestions=stated or proposed[:3], note=note, reason="restricted")
    if not proposed or named is None or (named.reason == "family" and not set(proposed).isdisjoint(stated)):
        return None
    note = f"its prose names {' and '.join(proposed[:3])}"
    if stated and any(all(stricter(each, other) != each for each in stated) for other in proposed):
        return Resolution(input="", status="unknown", suggestions=stated, note=note, reason="restricted")
    more = Resolution(input="", status="ambiguous", suggestions=proposed[:3], note=f"{note}, and more", reason="qualified")
    return None if stated else more


def _about_code(sentence: str) -> bool:
    subject = re.split(r"\b(?:licen[sc]ed|released|distributed|available|under)\b", sentence, maxsplit=1)[0]
    return _CODE.search(subject) is not None


def _limited(text: str, resolution: Resolution) -> Resolution | None:
    """What the licence becomes where the text adds terms to it; None where it adds none."""
    ids = expression.ids(resolution.expression) if resolution.expression else ()
    said = restrictions.added(" ".join(text_words(plain(text))), ids)
    note = f"terms are added: {', '.join(said[:5])}"
    return Resolution(input=resolution.input, status="unknown", suggestions=ids, note=note, reason="restricted") if said else None


def _mentions(text: str) -> Iterator[Mention]:
    for url in urls.URL.findall(text):
        if (mention := urls.read(url)) is not None:
            yield mention
    short = len(text) <= SHORT
    for sentence in _SENTENCE.split(urls.URL.sub(" ", plain(text))):
        for mention, said in prose.named(_SECTIONS.sub(" ", sentence)):
            if not short and not _GRANT.search(sentence):
                continue  # a title of terms that are not those of the licence
            if len(said) > 1 or mention.path[0] == "CC" or _as_license(said[0], sentence):
                yield mention


def _as_license(word: str, sentence: str) -> bool:
    """Whether a word that is also a licence's name (MIT, Vim, Artistic) is said as one."""
    said = rf"(?<!\w){re.escape(word)}(?!\w)"
    before, after = rf"{_WORD}\W{{0,3}}(?:\w+\W){{0,3}}\W{{0,3}}{said}", rf"{said}\W{{0,3}}(?:v?[\d.]+\W{{0,3}})?(?:\w+\W)?{_WORD}"
    return re.search(f"{before}|{after}", sentence, re.IGNORECASE) is not None


def _invariants(license_id: str, text: str) -> str:
    """GFDL with what the notice says of invariant sections."""
    if not license_id.startswith("GFDL-"):
        return license_id
    said = "no-invariants" if _NO_INVARIANTS.search(text) else "invariants" if _INVARIANTS.search(text) else ""
    base, version, grant = license_id.split("-", 2)
    return f"{base}-{version}-{said}-{grant}" if said and "invariants" not in grant else license_id
