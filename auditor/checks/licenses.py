"""Licences: what a dataset's documents say, whether it is clear, whether they agree, and whether the policy accepts it."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, skipped, tally
from auditor.dataset import Dataset
from auditor.licenses import expression, obligations, statements
from auditor.licenses.groups import groups, groups_of, stricter
from auditor.licenses.metadata import HEADER
from auditor.licenses.spdx import licenses
from auditor.licenses.statements import Statement
from auditor.model import AuditorError, Example, Finding, Json, Location, Outcome, Rule, Severity, found, meant

if TYPE_CHECKING:
    import pyarrow as pa

_DATA = {"train.csv": "text,label\nthe first record of two,a\nthe second record of two,b\n"}


def _card(license_line: str, **more: str) -> Example:
    return Example(files={**_DATA, "README.md": f"---\n{license_line}\n---\n# A dataset\n", **more})


MISSING = Rule(
    id="LIC001",
    name="license-missing",
    severity=Severity.MEDIUM,
    summary="No document of the dataset names a licence.",
    why="Without a licence all rights are reserved: nobody else may copy the data, train on it or pass it on.",
    fix="Ask the owner, and write the SPDX id into the card: `license: cc-by-4.0`. `unknown` and `other` name no licence.",
    failing=_card("license: unknown"),
    passing=_card("license: cc-by-4.0"),
)
UNRECOGNISED = Rule(
    id="LIC002",
    name="license-unrecognised",
    severity=Severity.MEDIUM,
    summary="A licence is stated in words that mean no licence of the SPDX list.",
    why="What nobody can look up, nobody can keep; and a known licence with further words beside it is another licence.",
    fix="State the SPDX id. For terms of its own, keep their text in the dataset and have them reviewed.",
    failing=_card("license: Modified MIT License"),
    passing=_card("license: mit"),
)
FAMILY = Rule(
    id="LIC003",
    name="license-family-only",
    severity=Severity.MEDIUM,
    summary="A family of licences is named, not the licence: the version or the kind is missing.",
    why="`cc` may forbid commercial use or changes, `gpl` has versions that exclude each other. A guess would be yours, not the owner's.",
    fix="Ask the owner which one is meant, and state it with its version.",
    failing=_card("license: cc"),
    passing=_card("license: cc-by-4.0"),
)
DEPRECATED = Rule(
    id="LIC004",
    name="license-id-deprecated",
    severity=Severity.INFO,
    summary="A licence is stated by an id that SPDX advises against.",
    why="`GPL-3.0` does not say whether later versions may be used; it is read as this version only.",
    fix="Where the host allows it, state the id of today: GPL-3.0-only or GPL-3.0-or-later.",
    failing=_card("license: gpl-3.0"),
    passing=_card("license: GPL-3.0-only"),
)
INVALID = Rule(
    id="LIC005",
    name="license-expression-invalid",
    severity=Severity.MEDIUM,
    summary="A licence is stated as an SPDX expression that is none.",
    why="A tool that reads half of an expression may read the half that permits more.",
    fix="Correct the expression at the column named: ids joined by AND, OR and WITH, and parentheses in pairs.",
    failing=_card("license: MIT AND (Apache-2.0"),
    passing=_card("license: MIT AND Apache-2.0"),
)
TEXT = Rule(
    id="LIC006",
    name="license-differs-from-text",
    severity=Severity.HIGH,
    summary="A field declares one licence, and the licence file beside it is the text of another.",
    why="The text is what the owner grants; a field is a label that was put on it, and more often wrong.",
    fix="Ask the owner which holds, and correct the other. Until then keep to the stricter one, which is what is concluded here.",
    failing=_card("license: mit", LICENSE="SPDX-License-Identifier: CC-BY-NC-4.0\n"),
    passing=_card("license: cc-by-nc-4.0", LICENSE="SPDX-License-Identifier: CC-BY-NC-4.0\n"),
)
DIFFER = Rule(
    id="LIC007",
    name="license-sources-differ",
    severity=Severity.HIGH,
    summary="Two documents of the dataset state different licences.",
    why="A card is often copied or guessed. Whoever relies on the more permissive of two statements may have no licence at all.",
    fix="Ask the owner which holds and correct the others. Until then keep to the stricter one, which is what is concluded here.",
    failing=_card("license: mit", LICENSE="This dataset is licensed under CC BY-NC 4.0.\n"),
    passing=_card("license: cc-by-nc-4.0", LICENSE="This dataset is licensed under CC BY-NC 4.0.\n"),
)
UNNAMED = Rule(
    id="LIC008",
    name="license-other-without-name",
    severity=Severity.MEDIUM,
    summary="The licence is said to be another one, and nothing says which.",
    why="`other` promises terms; nobody can keep them who cannot read them.",
    fix="Add `license_name` and `license_link` to the card, and the text as LICENSE.",
    failing=_card("license: other"),
    passing=_card("license: other\nlicense_name: CC BY 4.0"),
)
RESIDUAL = Rule(
    id="LIC013",
    name="license-terms-added",
    severity=Severity.HIGH,
    summary="A licence's text or notice says more than the licence does: a restriction, or a clause of another one.",
    why="A permissive text with one more sentence (no training, no commercial use, research only) is another licence, and a stricter one.",
    fix="Read the words that are named, and state the licence as what it is. Its plain name is not concluded here.",
    failing=_card("license: other", LICENSE="Licensed under the MIT License. Training of machine learning models is not permitted.\n"),
    passing=_card("license: mit", LICENSE="Licensed under the MIT License.\n"),
)
DENIED = Rule(
    id="LIC014",
    name="license-denied",
    severity=Severity.HIGH,
    summary="The policy denies the licence of the dataset.",
    why="The policy says what your use needs. A licence it denies forbids that use, for all of the data.",
    fix="Use other data, get another licence from the owner, or allow it by a policy of your own (--policy).",
    failing=_card("license: cc-by-nc-4.0"),
    passing=_card("license: cc-by-4.0"),
)
REVIEW = Rule(
    id="LIC015",
    name="license-needs-review",
    severity=Severity.LOW,
    summary="The licence is neither allowed nor denied by the policy, or it is not clear.",
    why="Some licences fit some uses only: share-alike terms reach what is built upon the data. A person has to decide.",
    fix="Have it reviewed, then add it to `allow` or `deny` of the policy's licences.",
    failing=_card("license: cc-by-sa-4.0"),
    passing=_card("license: cc-by-4.0"),
)

_RULES = (MISSING, UNRECOGNISED, FAMILY, DEPRECATED, INVALID, TEXT, DIFFER, UNNAMED, RESIDUAL, DENIED, REVIEW)
ALLOW, UNDECIDED, DENY = range(3)
ADVICE = "This is what documents state and where they disagree; it is no legal advice."
RANKS = {"allow": ALLOW, "review": UNDECIDED, "deny": DENY}
FAMILY_GROUP, UNKNOWN_GROUP = "family", "unknown"
"""The groups of statements that are not understood."""


@dataclass(frozen=True, kw_only=True)
class Licenses(Check):
    """The licence statements of the documents. `allow`, `review` and `deny` hold SPDX ids, patterns of them (CC-BY-SA-*), or groups:
    @noncommercial, @noderivatives, @sharealike, @publicdomain (rules/licenses/groups.yaml), @family (which licence of a family is not
    said) and @unknown (anything else that is not understood). `unlisted` is allow, review or deny.
    """

    name: ClassVar[str] = "licenses"
    rules: ClassVar[tuple[Rule, ...]] = _RULES
    metadata: ClassVar[tuple[str, ...]] = HEADER

    allow: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unlisted: str = "review"

    def __post_init__(self) -> None:
        """AuditorError for a word that would silently mean nothing."""
        if self.unlisted not in RANKS:
            raise AuditorError(f"licenses: unlisted is {self.unlisted!r}", f"known are {', '.join(RANKS)}")
        known = [f"@{name}" for name in (*groups(), FAMILY_GROUP, UNKNOWN_GROUP)]
        for entry in (*self.allow, *self.review, *self.deny):
            if entry.startswith("@") and entry not in known:
                raise AuditorError(f"licenses: there is no group {entry!r}", f"{meant(entry, known)}known are {', '.join(known)}")
            if not entry.startswith(("@", "LicenseRef-")) and not _means_some(entry):
                cure = f"{meant(entry, licenses().values())}give an id of the SPDX list, a pattern of ids such as CC-BY-*, or a group"
                raise AuditorError(f"licenses: {entry!r} means no licence of the SPDX list", cure)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding per statement, and one for the licence of the whole as the policy sees it."""
        every = statements.find(dataset.documents)
        said = [each for each in every if each.kind != "upstream"]
        verdict = _verdict(self, said)
        missing = _missing(said, statements.readable(dataset.documents))
        findings = [*missing, *_unclear(said), *_from_text(said), *_differing(said), *verdict]
        findings = [each for each in findings if any(rule.id == each.rule and self.wants(rule) for rule in self.rules)]
        outcomes = tuple(self._outcome(rule, said, findings, dataset) for rule in self.rules if self.wants(rule))
        return Conclusion(outcomes=outcomes, findings=tuple(findings), sections={"license": _section(every, dataset)})

    def _outcome(self, rule: Rule, said: Sequence[Statement], findings: Sequence[Finding], dataset: Dataset) -> Outcome:
        count = sum(each.rule == rule.id for each in findings)
        if rule is MISSING:
            return tally(rule, max(1, len(dataset.documents)), count)
        if rule in (DENIED, REVIEW) and not (self.allow or self.review or self.deny):
            return skipped(rule, "the policy says nothing about licences")
        judged = [each for each in said if not each.empty] if rule in (DENIED, REVIEW, DIFFER, TEXT) else said
        return tally(rule, len(judged), count, "" if judged else "no document states a licence")


def _missing(said: Sequence[Statement], documents: int) -> list[Finding]:
    if any(not each.empty for each in said):
        return []
    empty = sorted({each.text for each in said})
    where = f"{documents} document{'s' if documents != 1 else ''}"
    reason = f"only {', '.join(map(repr, empty))} is stated" if empty else f"none is stated in {where} that could"
    return [found(MISSING, f"No licence: {reason}.", "license", where=_places(said), evidence={"stated": empty})]


def _unclear(said: Sequence[Statement]) -> list[Finding]:
    """What is wrong with single statements."""
    return [finding for each in said if (finding := _about(each)) is not None]


def _about(statement: Statement) -> Finding | None:
    resolution = statement.resolution
    if resolution.status == "invalid":
        return _one(INVALID, statement, f"{statement.text!r} is no SPDX expression: {resolution.note}.")
    if resolution.reason == "deprecated":
        return _one(DEPRECATED, statement, f"{statement.text!r}: {resolution.note}; it is read as {statement.expression}.")
    if statement.expression is not None:
        return None
    if resolution.reason == "family":
        return _one(FAMILY, statement, f"{statement.text!r} does not say which licence: {resolution.note}.")
    if resolution.reason == "restricted":
        return _one(RESIDUAL, statement, f"{statement.text!r} may mean {' or '.join(resolution.suggestions)}, but {resolution.note}.")
    if resolution.reason == "text":
        return _one(UNRECOGNISED, statement, f"{statement.file} begins {statement.text!r}: {resolution.note}.")
    if resolution.reason == "placeholder":
        other = statement.text.casefold().startswith("other")
        return _one(UNNAMED, statement, f"{statement.text!r} is stated, and nothing says which licence that is.") if other else None
    return _one(UNRECOGNISED, statement, f"{statement.text!r} is no licence of the SPDX list: {resolution.note}.")


def _one(rule: Rule, statement: Statement, message: str) -> Finding:
    evidence = {
        "text": statement.text,
        "method": statement.method,
        "expression": statement.expression,
        "suggestions": list(statement.resolution.suggestions),
    }
    subject = f"{statement.file}\n{statement.method}\n{statement.text}"
    return found(rule, message, subject, where=_places([statement]), evidence=evidence)


def _from_text(said: Sequence[Statement]) -> list[Finding]:
    """One finding where what is declared is not the licence of the text."""
    texts = [each for each in said if each.method == "license-file"]
    stated, text = statements.declared(said), statements.detected_in(texts)
    if stated is None or text is None or _plain(stated) == _plain(text):
        return []
    strictest = stricter(text, stated)
    fields = [each for each in said if each.kind == "declared" and each.expression is not None][:1]
    message = f"{stated} is declared in {fields[0].file}, and {texts[0].file} says {text}. The stricter is {strictest}."
    evidence = {"declared": stated, "text": text, "stricter": strictest}
    return [found(TEXT, message, f"{stated}\n{text}", where=_places([*fields, *texts]), evidence=evidence)]


def _differing(said: Sequence[Statement]) -> list[Finding]:
    """One finding where sources state different licences."""
    stated = {source: result for source, result in statements.sources(said).items() if result is not None}
    different = {_plain(result): result for result in reversed(stated.values())}
    if len(different) < 2:
        return []
    strictest = ""
    for result in stated.values():
        strictest = stricter(strictest, result) if strictest else result
    parts = [f"{result} in {file}" + (f" ({method})" if method != "license-file" else "") for (file, method), result in stated.items()]
    message = f"Sources differ: {'; '.join(parts)}. The strictest is {strictest}."
    evidence = {"stated": [{"file": f, "method": m, "expression": e} for (f, m), e in stated.items()], "stricter": strictest}
    where = _places([each for each in said if (each.file, each.method) in stated])
    return [found(DIFFER, message, "\n".join(sorted(different)), where=where, count=len(different), evidence=evidence)]


def _plain(result: str) -> str:
    """An expression without what a licence's text cannot say: "only" or "or later"."""
    return result.replace("-or-later", "").replace("-only", "")


def _verdict(check: Licenses, said: Sequence[Statement]) -> list[Finding]:
    """What the policy says of the licence as a whole: that of the concluded expression, and no better than any unclear statement."""
    if not (check.allow or check.review or check.deny) or all(each.empty for each in said):
        return []
    result = statements.concluded(said)
    unclear = [each for each in said if each.expression is None and not each.empty]
    ranks = [max(UNDECIDED, _ranked(check, _matcher({_group(each)}, None))) for each in unclear]
    if result is not None:
        ranks.append(expression.worst(expression.parse(result), lambda one: _ranked(check, _matcher(groups_of(one.id), one.id))))
    rank = max(ranks)
    if rank == ALLOW:
        return []
    name = result if result is not None else " and ".join(dict.fromkeys(repr(each.text) for each in unclear))
    doubt = "" if result is None or not unclear else f"; {unclear[0].text!r} in {unclear[0].file} is not clear"
    rule, verb = (DENIED, "is denied by the policy") if rank == DENY else (REVIEW, "needs a review")
    inside = sorted({group for each in expression.ids(result) for group in groups_of(each)}) if result else []
    evidence = {"expression": result, "groups": inside, "denied": rank == DENY}
    return [found(rule, f"{name} {verb}{doubt}.", result or "unclear", where=_places(said), evidence=evidence)]


def _group(statement: Statement) -> str:
    return FAMILY_GROUP if statement.resolution.reason == "family" else UNKNOWN_GROUP


def _means_some(entry: str) -> bool:
    """Whether an id or a pattern of ids means a licence of the SPDX list."""
    return entry.casefold() in licenses() or bool(fnmatch.filter(licenses(), entry.casefold()))


def _matcher(groups: set[str] | frozenset[str], license_id: str | None) -> Callable[[str], bool]:
    """Whether an entry of a policy means a licence: by its group, its id or a pattern."""

    def matches(entry: str) -> bool:
        if entry.startswith("@"):
            return entry[1:] in groups
        return license_id is not None and fnmatch.fnmatchcase(license_id.casefold(), entry.casefold())

    return matches


def _ranked(check: Licenses, matches: Callable[[str], bool]) -> int:
    """Denied beats to be reviewed beats allowed; what no list names is `unlisted`."""
    for rank, entries in ((DENY, check.deny), (UNDECIDED, check.review), (ALLOW, check.allow)):
        if any(map(matches, entries)):
            return rank
    return RANKS[check.unlisted]


def _places(said: Sequence[Statement]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(Location(file=each.file, line=each.line) for each in said))


def _section(said: Sequence[Statement], dataset: Dataset) -> dict[str, Json]:
    return {
        "advice": ADVICE,
        "declared": statements.declared(said),
        "detected": statements.detected_in(said),
        "concluded": statements.concluded(said),
        "sources": [statements.as_json(each) for each in said],
        "obligations": obligations.listed(said, dataset.documents),
        "uses": {},
    }
