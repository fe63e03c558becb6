"""Whether sources under several licences may become one dataset: as one adaptation, or as a collection of parts, with a reason for each.

What is asked and who says so stands in rules/licenses/compatibility.yaml. Whether one may train on the data is another question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any, Literal

from auditor.licenses.expression import Expression, License, licenses, parse, render
from auditor.licenses.facts import fact
from auditor.licenses.vocabularies import table

May = Literal["allow", "unclear", "deny"]
STRICT: tuple[May, ...] = ("allow", "unclear", "deny")

TERMS = {
    "by": "credit must be given",
    "notice": "its notice must be kept",
    "nc": "no commercial use",
    "nd": "nothing that was changed is passed on",
    "sa": "what is made of it stays under the same licence",
}
"""What a licence can ask for, in words."""

PAIRED = 40
"""How many sources are told in pairs: what is told grows by the square."""

_WILD = frozenset("*?[")
"""What makes a pattern of an id."""

_VERSION = re.compile(r"(.+)-(\d+(?:\.\d+)+)")
_ABSENT = "no licence is known for it"
_UNKNOWN = "what it asks of a mix is not in rules/licenses/compatibility.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a source may be in a mix published under a licence, or may not: `license` (one of those in `source`) has the deciding term.

    `clause` is where its text says so and `url` where that can be read; `chosen` is the branch of an OR that was taken.
    """

    source: str | None
    license: str | None
    answer: May
    text: str
    clause: str = ""
    url: str = ""
    chosen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether a mix may be published under a licence: the strictest of what each source says, with the reasons, one a source."""

    under: str
    answer: May
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Whether two sources have a licence in common under which they may be published as one."""

    left: str | None
    right: str | None
    answer: May
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """The licences under which one adaptation of all sources may be published, and those for which it is unclear, the plainest first.

    `pairs` are those of the PAIRED different sources that ask for most, `pairs_count` is how many pairs there are.
    """

    answer: May
    outcomes: tuple[str, ...]
    unclear: tuple[str, ...]
    pairs: tuple[Pair, ...]
    pairs_count: int


def may(sources: Iterable[str | None], under: str) -> Answer:
    """Whether an adaptation of sources (SPDX expressions; None where it is not known) may be published under one licence.

    Reasons stand once for each different source, in the order of their texts. ExpressionError for what is no expression, ValueError
    where `under` is more than one licence or there is no source.
    """
    target = parse(under)
    if not isinstance(target, License):
        raise ValueError(f"{render(target)} is more than one licence")
    reasons = tuple(_of(source, target) for source in _each(sources))
    return Answer(under=render(target), answer=_strictest(reasons), reasons=reasons)


def outcomes(sources: Iterable[str | None]) -> tuple[str, ...]:
    """Which of the known licences an adaptation of all sources may be published under, those of today first."""
    return _under(tuple(_each(sources)))["allow"]


def mix(sources: Iterable[str | None]) -> Mix:
    """The outcomes, what is unclear, and each two of the sources."""
    known = _each(sources)
    found = _under(tuple(known))
    asking = set(sorted(known, key=lambda each: -_demands(_tree(each)) if each else 0)[:PAIRED])
    told = [each for each in known if each in asking]
    pairs = tuple(_pair(a, b) for place, a in enumerate(told) for b in told[place + 1 :])
    answer: May = "allow" if found["allow"] else "unclear" if found["unclear"] else "deny"
    count = len(known) * (len(known) - 1) // 2
    return Mix(answer=answer, outcomes=found["allow"], unclear=found["unclear"], pairs=pairs, pairs_count=count)


def collection(parts: Iterable[str | None]) -> tuple[Reason, ...]:
    """What each part of a collection keeps to where all stay apart, each under its own licence: neither ND nor SA is in the way of that.

    A part whose expression joins licences by AND has a reason for each.
    """
    return tuple(reason for part in _each(parts) for reason in _apart(part))


def asks(license_id: str) -> frozenset[str] | None:
    """What a licence asks for (keys of TERMS), by the table, else by the facts; None where it is not known."""
    known = fact(license_id) if (terms := _terms(license_id)) is None else None
    found = known.elements if known is not None else terms
    return None if found is None else frozenset(each for each in TERMS if each in found)


def _each(sources: Iterable[str | None]) -> list[str | None]:
    """The different sources as expressions are written, in the order of their texts; what is not known last."""
    texts = {None if source is None else render(parse(source)) for source in sources}
    if not texts:
        raise ValueError("no source is named")
    return [*sorted(each for each in texts if each is not None), *([None] if None in texts else [])]


def _strictest(reasons: Iterable[Reason]) -> May:
    strictest: May = "allow"
    for each in reasons:
        if each.answer == "deny":
            return "deny"
        strictest = "unclear" if each.answer == "unclear" else strictest
    return strictest


@lru_cache(maxsize=10_000)
def _under(sources: tuple[str | None, ...]) -> dict[str, tuple[str, ...]]:
    """The licences that are tried, by the answer."""
    answers = {name: _strictest(_of(source, License(id=name)) for source in sources) for name in table("compatibility")["outcomes"]}
    return {answer: tuple(name for name, given in answers.items() if given == answer) for answer in STRICT}


def _pair(a: str | None, b: str | None) -> Pair:
    found = _under((a, b))
    if found["allow"]:
        more = len(found["allow"]) - 3
        text = f"as one under {', '.join(found['allow'][:3])}" + (f" and {more} more" if more > 0 else "")
        return Pair(left=a, right=b, answer="allow", reason=text)
    why = "; ".join(dict.fromkeys(f"{each.license or 'a source'}: {_cited(each)}" for each in _against(a, b, found["unclear"])))
    return Pair(left=a, right=b, answer="unclear" if found["unclear"] else "deny", reason=why)


def _against(a: str | None, b: str | None, unclear: Sequence[str]) -> list[Reason]:
    """Why there is no licence for two sources: what each says of the licences that the other one would allow."""
    if unclear:
        both = [_of(each, License(id=unclear[0])) for each in (a, b)]
        return [each for each in both if each.answer != "allow"]
    reasons = []
    for one, other in ((a, b), (b, a)):
        own = _under((one,))["allow"]
        targets = own or _under((other,))["allow"] or table("compatibility")["outcomes"][:1]
        reasons.append(_of(other if own else one, License(id=targets[0])))
    return [each for each in reasons if each.answer == "deny"] or [each for each in reasons if each.answer != "allow"]


def _cited(reason: Reason) -> str:
    return reason.text + (f" ({reason.clause})" if reason.clause else "")


@lru_cache(maxsize=10_000)
def _of(source: str | None, target: License) -> Reason:
    """What one source says of a licence for the whole."""
    if source is None:
        return Reason(source=None, license=None, answer="unclear", text=_ABSENT)
    return replace(_judged(_tree(source), lambda one: _single(one, target)), source=source)


@lru_cache(maxsize=10_000)
def _tree(source: str) -> Expression:
    return parse(source)


def _judged(tree: Expression, judge: Callable[[License], Reason]) -> Reason:
    """Of AND the strictest, of OR the loosest part's reason; of equals the first."""
    if isinstance(tree, License):
        return judge(tree)
    reasons = [_judged(part, judge) for part in tree.parts]
    ranks = [STRICT.index(each.answer) for each in reasons]
    if tree.by == "AND":
        chosen = " and ".join(each.chosen for each in reasons if each.chosen)
        return replace(reasons[ranks.index(max(ranks))], chosen=chosen or None)
    best = ranks.index(min(ranks))
    return replace(reasons[best], chosen=reasons[best].chosen or render(tree.parts[best]))


def _single(one: License, target: License) -> Reason:
    """What one licence says of another for the whole."""
    name = render(one)
    source, wanted = _terms(one.id), _terms(target.id)
    if source is None:
        return _by_facts(one, wanted or {}, target.id)
    if wanted is None or target.later or target.exception:
        return Reason(source=name, license=name, answer="unclear", text=f"what {render(target)} asks of a mix is not known")
    url = str(source["source"]).replace("{id}", one.id)

    def because(answer: May, text: str, clause: str) -> Reason:
        return Reason(source=name, license=name, answer=answer, text=text, clause=clause, url=url)

    if "nd" in source:
        return because("deny", "it lets nothing that was changed be passed on", source["nd"])
    if one.id == target.id:
        return because("allow", "it is the same licence", _clauses(source))
    rule = _rule(one.id, target.id)
    if rule is not None:
        return replace(because(rule["answer"], rule["reason"], rule["clause"]), url=str(rule["source"]).replace("{id}", one.id))
    if "free" in source:
        return because("allow", source["free"], "")
    if one.later and _later(one.id, target.id):
        return because("allow", "it is given under later versions too", "the + after its id")
    return _by_terms(source, wanted, target.id, because)


def _by_facts(one: License, wanted: Mapping[str, Any], target: str) -> Reason:
    """What is certain of a licence that is not in the table: what the facts say it forbids."""
    name, known = render(one), fact(one.id)
    forbids = known.elements if known is not None else frozenset[str]()
    text = f"it forbids commercial use, and {target} does not" if "nc" in forbids and wanted and "nc" not in wanted else ""
    text = "it lets nothing that was changed be passed on" if "nd" in forbids else text
    if known is None or not text:
        return Reason(source=name, license=name, answer="unclear", text=_UNKNOWN)
    cell = known.uses["redistribute-data"]
    return Reason(source=name, license=name, answer="deny", text=text, clause=cell.clause, url=cell.source)


def _by_terms(source: dict[str, Any], wanted: dict[str, Any], target: str, because: Callable[[May, str, str], Reason]) -> Reason:
    """Whether the licence of the whole keeps what the source asks for."""
    if "sa" in source:
        return because("deny", f"what is made of it is passed on only under itself or licences it names, not {target}", source["sa"])
    if "nc" in source and "nc" not in wanted:
        return because("deny", f"it forbids commercial use, and {target} does not", source["nc"])
    if "by" in source and "by" not in wanted:
        if "notice" in wanted:
            text = f"it asks for credit, and whether the notice that {target} keeps is enough is not said"
            return because("unclear", text, source["by"])
        return because("deny", f"it asks for credit, and {target} asks nobody for it", source["by"])
    if "notice" in source and not {"notice", "by"} & wanted.keys():
        return because("deny", f"it asks that its notice is kept, and {target} asks nobody for that", source["notice"])
    lacking = [each for each in source["covers"] if each not in wanted["covers"]]
    if lacking:
        return because("unclear", f"it grants rights in the {lacking[0]}, of which {target} does not speak", "what it covers")
    return because("allow", f"{target} keeps what it asks for", _clauses(source))


def _apart(part: str | None) -> list[Reason]:
    if part is None:
        return [Reason(source=None, license=None, answer="unclear", text=_ABSENT)]
    return [replace(each, source=part) for each in _kept_all(parse(part))]


def _kept_all(tree: Expression) -> list[Reason]:
    """What the licences of an expression ask for: those of the least demanding branch of an OR, all of an AND."""
    if isinstance(tree, License):
        return [_kept(tree)]
    found = [_kept_all(part) for part in tree.parts]
    if tree.by == "AND":
        return [each for reasons in found for each in reasons]
    best = min(range(len(found)), key=lambda place: (STRICT.index(_strictest(found[place])), _demands(tree.parts[place], len(TERMS))))
    return [replace(each, chosen=each.chosen or render(tree.parts[best])) for each in found[best]]


def _demands(tree: Expression, unknown: int = 0) -> int:
    """How much the licences of an expression ask for together."""
    return sum(unknown if (asked := asks(each.id)) is None else len(asked) for each in licenses(tree))


def _kept(one: License) -> Reason:
    """What a licence asks for the part of a collection that is under it."""
    name, terms = render(one), _terms(one.id)
    if terms is None:
        return Reason(source=name, license=name, answer="unclear", text=_UNKNOWN)
    url = str(terms["source"]).replace("{id}", one.id)
    kept = [f"{text} ({terms[key]})" for key, text in TERMS.items() if key in terms]
    text = f"stays on its part: {'; '.join(kept)}" if kept else terms["free"]
    return Reason(source=name, license=name, answer="allow", text=text, clause=terms.get("apart", ""), url=url)


@cache
def _terms(license_id: str) -> dict[str, Any] | None:
    entries: list[dict[str, Any]] = table("compatibility")["terms"]
    return next((each for each in entries if _meant(license_id, each["licenses"])), None)


def _rule(source: str, target: str) -> dict[str, Any] | None:
    entries: list[dict[str, Any]] = table("compatibility")["rules"]
    fitting = (each for each in entries if _meant(source, each["from"]) and _meant(target, each["to"]))
    return next((each for each in fitting if not _meant(target, each.get("except", ()))), None)


def _meant(license_id: str, patterns: Iterable[str]) -> bool:
    return any(each == license_id or (not _WILD.isdisjoint(each) and fnmatchcase(license_id, each)) for each in patterns)


def _clauses(terms: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys(terms[key] for key in TERMS if key in terms))


def _later(source: str, target: str) -> bool:
    """Whether the target is a later version of the source."""
    a, b = _VERSION.fullmatch(source), _VERSION.fullmatch(target)
    return a is not None and b is not None and a[1] == b[1] and _number(b[2]) > _number(a[2])


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
