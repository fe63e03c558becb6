"""From a licence's name, as people write it, to the SPDX expression it means, or to the reason why it means none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from auditor.licenses import expression, names, prose, spdx, vocabularies
from auditor.licenses.mention import Mention
from auditor.licenses.words import fold, words

LONGEST = 2_000
"""Characters of the longest text that is read as a name."""

Status = Literal["resolved", "ambiguous", "unknown", "invalid"]
Reason = Literal[
    "",
    "deprecated",
    "family",
    "several",
    "placeholder",
    "terms",
    "public-domain",
    "reference",
    "qualified",
    "expression",
    "name",
    "text",
    "restricted",
    "template",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a text says. `expression` holds ids of the SPDX list only; None unless `status` is resolved.

    `reason` is "" or why there is no expression, or what is doubtful about one: deprecated (an id that SPDX advises against),
    family (which licence of a family, or which version, is not said), several (licences joined by prose), placeholder (unknown,
    other), terms (known, but not on the list), public-domain (a dedication without an id), reference (a LicenseRef), qualified (a
    name with words that change it), expression (a malformed expression), name (nothing known), text (the text of no licence of the
    list), restricted (a licence's text or notice with terms added to it), template (a
    template that was not filled in). `reference` is the LicenseRef under which rules/licenses/facts says what known terms permit.
    """

    input: str
    expression: str | None = None
    status: Status
    suggestions: tuple[str, ...] = ()
    note: str = ""
    reason: Reason = ""
    reference: str | None = None


_ADDRESS = re.compile(r"<https?://[^<>\s]+>")
_TEMPLATE = re.compile(r"\{\{.*\}\}|\{\w*licen[sc]e\w*\}|<\w*licen[sc]e[^<>]*>|\[\w*licen[sc]e\w*\]|INSERT_\w+_HERE", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def resolve(text: str, similar: bool = True) -> Resolution:
    """What a licence's name, address, tag or SPDX expression means; never a guess, never an exception.

    Ids that are spelled much like it are suggested where `similar`: looking for them takes most of the time.
    """
    if len(text) > LONGEST:
        return Resolution(input=text, status="unknown", reason="name", note=f"a name has at most {LONGEST:,} characters")
    name = text.strip().strip("\"'`").strip()
    name = name[1:-1] if _ADDRESS.fullmatch(name) else name
    if _TEMPLATE.fullmatch(name):
        return Resolution(input=text, status="unknown", reason="template", note="a template that was not filled in")
    return _expression(text, name) or _vocabulary(text, name) or _name(text, name, similar)


def _expression(text: str, name: str) -> Resolution | None:
    try:
        tree = expression.parse(name)
    except expression.ExpressionError:
        return None
    if any(each.reference or (each.exception or "").startswith("AdditionRef-") for each in expression.licenses(tree)):
        note = "a LicenseRef means something only in the document that defines it"
        return Resolution(input=text, status="unknown", reason="reference", note=note)
    return _resolved(text, expression.render(tree), name)


def _resolved(text: str, result: str, written: str) -> Resolution:
    parts = (spdx.licenses().get(part) for part in re.findall(r"[a-z0-9.+-]+", written.casefold()))
    old = [part for part in parts if part in spdx.deprecated()]
    note = f"{', '.join(map(str, old))} is deprecated on the SPDX list" if old else ""
    if any(spdx.successor(str(each)).endswith("-only") for each in old):
        note += f"; {_ONLY}"
    return Resolution(input=text, expression=result, status="resolved", note=note, reason="deprecated" if old else "")


def _vocabulary(text: str, name: str) -> Resolution | None:
    entry = vocabularies.vocabulary().get(words(name))
    if entry is None:
        return None
    if entry.id is not None:
        return Resolution(input=text, expression=entry.id, status="resolved")
    status: Status = "ambiguous" if entry.refused == "family" else "unknown"
    note = entry.note or _NOTES[entry.refused]
    return Resolution(input=text, status=status, suggestions=entry.suggestions, note=note, reason=entry.refused, reference=entry.reference)


_DEDICATION = frozenset({"public", "domain", "into", "dedicated", "dedication", "declared"})
_ONLY = "whether later versions may be used is not said, so only this one is taken"
_NOTES: dict[str, str] = {
    "family": "a family of licences: which of them is not said",
    "placeholder": "no licence is named",
    "terms": "not on the SPDX licence list",
    "public-domain": "a public-domain statement has no SPDX id",
}


def _name(text: str, name: str, similar: bool) -> Resolution:
    """A name or a sentence."""
    reading = prose.read(name)
    best = reading.agreed
    balanced = name.count("(") == name.count(")")
    if best is not None and best.id is not None and not reading.leftover and (balanced or not _malformed(name)):
        result = spdx.successor(best.id)
        note = _ONLY if len(best.path) == 2 and best.path[0] in names.GNU else ""
        return Resolution(input=text, expression=result, status="resolved", note=note)
    broken = _malformed(name)
    if broken is not None:
        return Resolution(input=text, status="invalid", note=broken, reason="expression")
    if set(reading.leftover) <= _DEDICATION and {"public", "domain"} <= set(reading.leftover) and not reading.mentions:
        return Resolution(input=text, status="unknown", note=_NOTES["public-domain"], reason="public-domain")
    if not reading.mentions:
        suggestions = _similar(name) if similar else ()
        return Resolution(input=text, status="unknown", suggestions=suggestions, note="no known licence", reason="name")
    if best is None:
        note = "several licences, and it is not said how they are joined"
        return Resolution(input=text, status="ambiguous", suggestions=_joined(reading.mentions), note=note, reason="several")
    if reading.leftover:
        return _qualified(text, best, reading.leftover)
    return _unspecific(text, best)


def _qualified(text: str, best: Mention, leftover: tuple[str, ...]) -> Resolution:
    note = f"more is said than a licence's name: {' '.join(leftover[:6])}"
    return Resolution(input=text, status="unknown", suggestions=names.suggestions(best), note=note, reason="qualified")


def _unspecific(text: str, best: Mention) -> Resolution:
    if best.path[0] == "CC" and len(best.path) > 2:
        return Resolution(input=text, status="unknown", note=f"the SPDX list has no {'-'.join(best.path)}", reason="terms")
    note = "which licence or version is not said"
    return Resolution(input=text, status="ambiguous", suggestions=names.suggestions(best), note=note, reason="family")


def _joined(mentions: tuple[Mention, ...]) -> tuple[str, ...]:
    ids = list(dict.fromkeys(spdx.successor(each.id) for each in mentions if each.id is not None))
    return tuple(filter(None, (expression.join("AND", ids), expression.join("OR", ids)))) if len(ids) > 1 else tuple(ids)


def _malformed(name: str) -> str | None:
    """What is wrong with a text that is meant as an expression: it has an operator in capitals, and an id of the list."""
    if not re.search(r"(?:^|[\s)])(?:AND|OR|WITH)(?:[\s(]|$)|^\(|\+$", name):
        return None
    if not any(part in spdx.licenses() for part in re.findall(r"[a-z0-9.-]+", name.casefold())):
        return None
    try:
        expression.parse(name)
    except expression.ExpressionError as error:
        return str(error)
    return None


def _similar(name: str) -> tuple[str, ...]:
    """Ids that are spelled much alike: a proposal, never an answer."""
    import difflib

    folded = fold(name)
    if not 3 <= len(folded) <= 40:
        return ()
    close = difflib.get_close_matches(folded.replace(" ", "-"), spdx.licenses(), n=3, cutoff=0.8)
    return tuple(dict.fromkeys(spdx.successor(spdx.licenses()[each]) for each in close))
