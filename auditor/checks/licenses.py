"""Licences: what a dataset's documents say, whether it is clear, whether they agree, and whether the policy accepts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from auditor.check import Check, Conclusion, skipped, tally
from auditor.dataset import Dataset
from auditor.licenses import expression, obligations, ruling, statements
from auditor.licenses.facts import USES
from auditor.licenses.groups import groups_of, stricter
from auditor.licenses.metadata import HEADER
from auditor.licenses.ruling import Lists, Question
from auditor.licenses.statements import Statement
from auditor.licenses.uses import Judged, judged, judged_as_json, together, uses
from auditor.model import AuditorError, Example, Finding, Json, Location, Outcome, Rule, Severity, found

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
    fix="Ask the owner which holds and correct the others. Until then keep to the strictest one: uses (--use) are judged by it.",
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
    summary="The licence of the dataset forbids a use that is asked for (--use), or the policy denies it.",
    why="The policy says what your use needs. A licence it denies, or whose text forbids that use, does so for all of the data.",
    fix="Use other data, or get another licence from the owner. Lists and uses of a policy of your own are named with --policy.",
    failing=_card("license: cc-by-nc-4.0"),
    passing=_card("license: cc-by-4.0"),
)
REVIEW = Rule(
    id="LIC015",
    name="license-needs-review",
    severity=Severity.LOW,
    summary="Whether the licence permits what is asked for is not clear, or the policy neither allows nor denies it.",
    why="Some licences fit some uses only, and many say nothing about training. What a text leaves open a person has to decide.",
    fix="Have it reviewed, then add its id to `allow` or `deny` of the policy's licences.",
    failing=_card("license: cc-by-sa-4.0"),
    passing=_card("license: cc-by-4.0"),
)

_RULES = (MISSING, UNRECOGNISED, FAMILY, DEPRECATED, INVALID, TEXT, DIFFER, UNNAMED, RESIDUAL, DENIED, REVIEW)
ADVICE = "This is what documents state and where they disagree; it is no legal advice."


@dataclass(frozen=True, kw_only=True)
class Licenses(Check):
    """The licence statements of the documents. `allow`, `review` and `deny` hold SPDX ids, patterns of them (CC-BY-SA-*), or groups:
    @noncommercial, @noderivatives, @sharealike, @publicdomain (rules/licenses/groups.yaml), @family (which licence of a family is not
    said) and @unknown (anything else that is not understood). `unlisted` is allow, review or deny. `use` are the uses that the licence
    must permit, `roles` those of single splits, by their names.
    """

    name: ClassVar[str] = "licenses"
    rules: ClassVar[tuple[Rule, ...]] = _RULES
    metadata: ClassVar[tuple[str, ...]] = HEADER

    allow: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unlisted: str = "review"
    use: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """AuditorError for a word that would silently mean nothing."""
        ruling.checked(self.lists)
        if not isinstance(self.roles, Mapping):
            raise AuditorError("licenses: roles is no mapping", "write `roles:` at the top of the policy: {test: {use: [evaluate]}}")
        try:
            for each in (self.use, *self.roles.values()):
                uses(each)
        except ValueError as error:
            raise AuditorError(f"licenses: use: {error}", "change the value of use") from None

    @property
    def lists(self) -> Lists:
        """What the policy lists."""
        return Lists(allow=self.allow, review=self.review, deny=self.deny, unlisted=self.unlisted)

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """One finding per statement, and one for the licence of the whole as the policy sees it."""
        every = statements.find(dataset.documents)
        said = [each for each in every if each.kind != "upstream"]
        asked = ruling.questions(self.lists, self.use, self.roles, [split.name for split in dataset.splits])
        missing = _missing(said, statements.readable(dataset.documents))
        findings = [*missing, *_unclear(said), *_from_text(said), *_differing(said), *_verdicts(asked, said)]
        findings = [each for each in findings if any(rule.id == each.rule and self.wants(rule) for rule in self.rules)]
        outcomes = tuple(_outcome(rule, said, findings, dataset, bool(asked)) for rule in self.rules if self.wants(rule))
        return Conclusion(outcomes=outcomes, findings=tuple(findings), sections={"license": _section(every, said, asked, dataset)})


def _outcome(rule: Rule, said: Sequence[Statement], findings: Sequence[Finding], dataset: Dataset, asked: bool) -> Outcome:
    count = sum(each.rule == rule.id for each in findings)
    if rule is MISSING:
        return tally(rule, max(1, len(dataset.documents)), count)
    if rule in (DENIED, REVIEW) and not asked:
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
        meant = f" may mean {' or '.join(resolution.suggestions)}, but" if resolution.suggestions else ":"
        return _one(RESIDUAL, statement, f"{statement.text!r}{meant} {resolution.note}.")
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


def _verdicts(asked: Sequence[Question], said: Sequence[Statement]) -> list[Finding]:
    """What the policy says of the licence as a whole, in at most two findings: for what it is denied, and for what it needs a review."""
    ranks = {question: _rank(question, said) for question in asked if question.use is not None or any(not each.empty for each in said)}
    findings = []
    for rule, rank in ((DENIED, ruling.DENY), (REVIEW, ruling.REVIEW)):
        if questions := [question for question, found in ranks.items() if found == rank]:
            findings.append(_verdict(rule, rank, questions, said))
    return findings


def _rank(question: Question, said: Sequence[Statement]) -> int:
    """How the licence fares: the concluded one, and no better than any other that restricts more, or than any unclear statement."""
    ranks = [ruling.unclear(question, _group(each), each.resolution.reference) for each in _vague(said)]
    return max([*ranks, *(ruling.rank(question, each) for each in statements.held(said))], default=ruling.REVIEW)


def _verdict(rule: Rule, rank: int, questions: Sequence[Question], said: Sequence[Statement]) -> Finding:
    result, vague = statements.concluded(said), _vague(said)
    meant = [each for each in statements.held(said) if any(ruling.rank(question, each) == rank for question in questions)]
    named = meant or ([result] if result is not None else list(dict.fromkeys(repr(each.text) for each in vague)))
    name = " and ".join(named) or "What is stated nowhere"
    doubt = "" if result is None or not vague else f"; {vague[0].text!r} in {vague[0].file} is not clear"
    uses = {question.use: _judged(said, question.use) for question in questions if question.use is not None}
    verb = "is denied" if rule is DENIED else "needs a review"
    reasons = [_reason(question, uses[question.use], rank) for question in questions if question.use is not None]
    message = f"{name} {verb} for {'; '.join(reasons)}" if reasons else f"{name} {verb}{' by the policy' * (rule is DENIED)}"
    inside = sorted({group for each in expression.ids(result) for group in groups_of(each)}) if result else []
    evidence: dict[str, Json] = {"expression": result, "groups": inside, "denied": rule is DENIED}
    if uses:
        evidence["uses"] = {use: judged_as_json(judged) for use, judged in uses.items() if use is not None}
        evidence["splits"] = {question.use: list(question.splits) for question in questions if question.use is not None}
    subject = "\n".join([result or "unclear", *(use for use in uses if use is not None)])
    return found(rule, f"{message}{doubt}.", subject, where=_places(said), evidence=evidence)


def _reason(question: Question, judged: Judged, rank: int) -> str:
    """`train-commercial (CC-BY-NC-4.0 §2(a)(1): only for ...)`; the policy's lists, where the facts are not what says so."""
    where = f" in {', '.join(question.splits)}" if not question.lists and question.splits else ""
    if ruling.OF_ANSWER[judged.answer] != rank:
        return f"{question.use}{where} (the lists of the policy)"
    said = "; ".join(": ".join(filter(None, (f"{name} {cell.clause}".strip(), cell.note))) for name, cell in judged.because)
    return f"{question.use}{where} ({said or 'which licence it is is not clear'})"


def _judged(said: Sequence[Statement], use: str) -> Judged:
    """What may be done: by the concluded licence, and by all that is stated and is no licence of the list."""
    parts = [judged(each, use) for each in statements.held(said)]
    return together([*parts, *(judged(each.resolution.reference, use) for each in _vague(said))])


def _vague(said: Sequence[Statement]) -> list[Statement]:
    return [each for each in said if each.expression is None and not each.empty]


def _group(statement: Statement) -> str:
    return ruling.FAMILY if statement.resolution.reason == "family" else ruling.UNKNOWN


def _places(said: Sequence[Statement]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(Location(file=each.file, line=each.line) for each in said))


def _section(every: Sequence[Statement], said: Sequence[Statement], asked: Sequence[Question], dataset: Dataset) -> dict[str, Json]:
    ruled = {use: max(_rank(question, said) for question in asked if question.use == use) for use in {each.use for each in asked}}
    words: dict[int | None, str] = {rank: word for word, rank in ruling.RANKS.items()}
    return {
        "advice": ADVICE,
        "declared": statements.declared(every),
        "detected": statements.detected_in(every),
        "concluded": statements.concluded(every),
        "sources": [statements.as_json(each) for each in every],
        "obligations": obligations.listed(every, dataset.documents),
        "uses": {use: judged_as_json(_judged(said, use)) | {"asked": use in ruled, "ruled": words.get(ruled.get(use))} for use in USES},
    }
