"""What a policy makes of a licence: its lists, and the facts about the uses that it asks for; the stricter wins."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.licenses import expression
from auditor.licenses.expression import License
from auditor.licenses.facts import Answer
from auditor.licenses.groups import groups, groups_of
from auditor.licenses.spdx import licenses
from auditor.licenses.uses import asked, cell
from auditor.model import AuditorError, meant

ALLOW, REVIEW, DENY = range(3)
RANKS = {"allow": ALLOW, "review": REVIEW, "deny": DENY}
FAMILY, UNKNOWN = "family", "unknown"
"""The groups of statements that are not understood."""
OF_ANSWER: Mapping[Answer, int] = {"allow": ALLOW, "condition": ALLOW, "unclear": REVIEW, "deny": DENY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """SPDX ids, patterns of them (CC-BY-SA-*) or groups (@noncommercial) that are allowed, to be reviewed and denied; what no list names
    is `unlisted`.
    """

    allow: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unlisted: str = "review"

    def __bool__(self) -> bool:
        return bool(self.allow or self.review or self.deny)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a licence: a use (None: only what the lists say), for which splits, and by which lists."""

    use: str | None
    lists: Lists
    splits: tuple[str, ...] = ()


def checked(lists: Lists) -> None:
    """AuditorError for a word in lists that would silently mean nothing."""
    if lists.unlisted not in RANKS:
        raise AuditorError(f"licenses: unlisted is {lists.unlisted!r}", f"known are {', '.join(RANKS)}")
    known = [f"@{name}" for name in (*groups(), FAMILY, UNKNOWN)]
    for entry in (*lists.allow, *lists.review, *lists.deny):
        if entry.startswith("@") and entry not in known:
            raise AuditorError(f"licenses: there is no group {entry!r}", f"{meant(entry, known)}known are {', '.join(known)}")
        if not entry.startswith(("@", "LicenseRef-")) and not _means_some(entry):
            cure = f"{meant(entry, licenses().values())}give an id of the SPDX list, a pattern of ids such as CC-BY-*, or a group"
            raise AuditorError(f"licenses: {entry!r} means no licence of the SPDX list", cure)


def questions(lists: Lists, use: Sequence[str], roles: Mapping[str, Sequence[str]], splits: Iterable[str]) -> tuple[Question, ...]:
    """What is to be asked of the licence of a dataset with these splits, each use once; a split with a role is judged by its uses alone."""
    found: dict[tuple[str | None, Lists], list[str]] = {}
    for split in tuple(splits) or ("",):
        own = {split, split.rpartition("/")[2]} & set(roles)
        wanted: tuple[str | None, ...] = asked(use, roles, split) or ((None,) if lists and not own else ())
        for each in wanted:
            found.setdefault((each, Lists() if own else lists), []).append(split)
    return tuple(Question(use=use, lists=lists, splits=tuple(filter(None, names))) for (use, lists), names in found.items())


def rank(question: Question, found: str) -> int:
    """How an expression fares: of AND the worst part, of OR the best."""
    return expression.worst(expression.parse(found), lambda one: _rank(question, one))


def unclear(question: Question, group: str, reference: str | None) -> int:
    """How a statement fares that names no licence: no better than review, unless `allow` names its terms by their LicenseRef."""
    if reference is None:
        return max(REVIEW, _listed(question.lists, {group}, None))
    terms = License(id=reference)
    if _named(question.lists, terms):
        return _rank(question, terms)
    return max(REVIEW, _listed(question.lists, {group}, reference), _rank(question, terms))


def _named(lists: Lists, one: License) -> bool:
    """Whether `allow` names a licence by its id, as it is."""
    return one.id.casefold() in map(str.casefold, lists.allow) and not (one.exception or "").startswith("AdditionRef-")


def _rank(question: Question, one: License) -> int:
    """The stricter of lists and facts; but whom `allow` names by its id has been decided about, so that it is no longer unclear."""
    listed = _listed(question.lists, groups_of(one.id), one.id)
    if question.use is None:
        return listed
    facts = OF_ANSWER[cell(one, question.use).answer]
    return listed if facts == REVIEW and _named(question.lists, one) else max(listed, facts)


def _listed(lists: Lists, inside: set[str] | frozenset[str], license_id: str | None) -> int:
    """What lists say: denied beats to be reviewed beats allowed."""
    if not lists:
        return ALLOW
    matches = _matcher(inside, license_id)
    for place, entries in ((DENY, lists.deny), (REVIEW, lists.review), (ALLOW, lists.allow)):
        if any(map(matches, entries)):
            return place
    return RANKS[lists.unlisted]


def _matcher(inside: set[str] | frozenset[str], license_id: str | None) -> Callable[[str], bool]:
    """Whether an entry means a licence: by its group, its id or a pattern."""

    def matches(entry: str) -> bool:
        if entry.startswith("@"):
            return entry[1:] in inside
        return license_id is not None and fnmatch.fnmatchcase(license_id.casefold(), entry.casefold())

    return matches


def _means_some(entry: str) -> bool:
    """Whether an id or a pattern of ids means a licence of the SPDX list."""
    return entry.casefold() in licenses() or bool(fnmatch.filter(licenses(), entry.casefold()))
