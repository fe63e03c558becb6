"""What licences ask to be done with the data, and what of that the dataset already does, as far as its files can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from auditor.dataset import Document
from auditor.licenses import crediting, mixing, statements
from auditor.licenses.compatibility import may
from auditor.licenses.expression import chosen, ids, licenses, parse, render
from auditor.licenses.facts import Obligation, fact
from auditor.licenses.mixing import Source
from auditor.licenses.statements import Statement
from auditor.model import Json

Met = tuple[bool | None, str | None]
"""Whether an obligation is met (None: no file can tell), and the file that does."""

_QUOTED = re.compile(r"“([^”]{3,100})”")
_CHANGES = re.compile(r"\bchang|\bmodif|\bprocess|\bpre-?process|\bclean|\bprepar|\bderiv|curation rationale", re.IGNORECASE)
_CHANGELOG = re.compile(r"change(?:s|log)(?:[._-].*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What the dataset holds: its documents, what they state, and what it is mixed of."""

    documents: Sequence[Document]
    said: Sequence[Statement]
    sources: Sequence[Source]


def listed(said: Sequence[Statement], documents: Sequence[Document]) -> list[dict[str, Json]]:
    """What each licence of the dataset, its parts and sources asks for, each once; of a choice the branch that asks least.

    `met` is True, False, or None where no file can tell; `file` is the one that meets it. Licences without facts ask for nothing here.
    """
    sources = mixing.sources(said, crediting.find(documents))
    held = _Held(documents=documents, said=said, sources=sources)
    names = dict.fromkeys(name for each in sources if each.expression for name in _names(each.expression))
    found: dict[tuple[str, str, str], dict[str, Json]] = {}
    for name in names:
        known = fact(name)
        for each in known.obligations if known is not None else ():
            found.setdefault((name, each.kind, each.text), _as_json(name, each, held))
    return list(found.values())


def _names(expression: str) -> list[str]:
    _, tree = chosen(parse(expression), lambda one: len(known.obligations) if (known := fact(one.id)) is not None else 99)
    return [each.id for each in licenses(tree)]


def _as_json(name: str, obligation: Obligation, held: _Held) -> dict[str, Json]:
    judge = _JUDGES.get(obligation.kind)
    met, file = judge(name, obligation, held) if judge is not None else (None, None)
    said = {"license": name, "kind": obligation.kind, "text": obligation.text, "clause": obligation.clause}
    return {**said, "uses": list(obligation.uses), "met": met, "file": file}


def _credited(name: str, _obligation: Obligation, held: _Held) -> Met:
    """Credit and notices: for the dataset itself authors, a citation, a notice or a copyright line; for what it was made from, a name."""
    under = [each for each in held.sources if each.expression is not None and name in _names(each.expression)]
    if all(each.kind == "upstream" for each in under):
        named = all(each.name for each in under)
        return named, under[0].file if named else None
    given = crediting.given(held.documents)
    return (True, given[0][0]) if given else (False, None)


def _worded(name: str, obligation: Obligation, held: _Held) -> Met:
    """The licence's text; its address where that is enough."""
    known = [(each, statements.known(each.resolution, each.expression)) for each in held.said]
    meant = [each for each, expression in known if expression is not None and _plain(name) in map(_plain, ids(expression))]
    addressed = "address" in obligation.text
    for each in meant:
        if each.method == "license-file" or (addressed and any("://" in text for text in (each.text, *each.others))):
            return True, each.file
    return False, None


def _changed(_name: str, _obligation: Obligation, held: _Held) -> Met:
    """A statement of changes; where the dataset was made from nothing else there is none to be made by it."""
    for each in held.documents:
        if _CHANGELOG.fullmatch(each.path.rpartition("/")[2]) or crediting.has_section(each, _CHANGES):
            return True, each.path
    return (False if any(each.kind == "upstream" for each in held.sources) else None), None


def _shown(_name: str, obligation: Obligation, held: _Held) -> Met:
    """The words that are to be displayed."""
    words = _QUOTED.findall(obligation.text)
    file = next((each.path for each in held.documents if any(text in (each.text or "") for text in words)), None)
    return (None if not words else file is not None), file


def _alike(name: str, _obligation: Obligation, held: _Held) -> Met:
    """Whether the licence of the whole is one that share-alike admits."""
    whole = statements.concluded(held.said)
    if whole is None:
        return None, None
    answers = {may([name], render(one)).answer for one in licenses(parse(whole))}
    return (True if "allow" in answers else False if answers == {"deny"} else None), None


def _plain(license_id: str) -> str:
    """An id without what a licence's text cannot say."""
    return license_id.removesuffix("-or-later").removesuffix("-only")


_JUDGES: Mapping[str, Callable[[str, Obligation, _Held], Met]] = {
    "attribution": _credited,
    "notice": _credited,
    "license-text": _worded,
    "state-changes": _changed,
    "built-with": _shown,
    "share-alike": _alike,
}
"""Who judges which kind of obligation; what is not here no file can tell."""
