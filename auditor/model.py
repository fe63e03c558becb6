"""The nouns of an audit: rules, findings, outcomes, the ledger and the report, as plain frozen values."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from auditor import __version__

Json = Any
Status = Literal["passed", "failed", "skipped", "error"]
Verdict = Literal["pass", "pass-with-waivers", "fail", "incomplete"]

KEYED = "k"
"""How the digest of a place begins that is a 128-bit key of its contents (auditor/validation/keys.py) instead of a SHA-256."""

SHOWN = 100
"""How many places of a finding a report lists; the evidence tables list all of them."""


class AuditorError(Exception):
    """Something the user can mend: `message` says what and where, `cure` what to do, `code` is the exit status."""

    def __init__(self, message: str, cure: str = "", code: int = 2) -> None:
        super().__init__(message)
        self.message, self.cure, self.code = message, cure, code


def meant(name: str, known: Iterable[str]) -> str:
    """The question that a cure begins with, after a name that looks like one of the known (in any case); "" where none does."""
    import difflib

    spelled = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), spelled, n=1)
    return f"did you mean {spelled[close[0]]!r}? " if close else ""


class Severity(enum.IntEnum):
    """How bad a finding is; a policy names the level from which an audit fails."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @classmethod
    def of(cls, name: str) -> Severity:
        """The severity called `name`, whatever its case; KeyError when there is none."""
        return cls[name.upper()]

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a dataset. `row` counts accepted records of the split from 0, `line` physical lines of the file from 1.

    `row_group` counts the row groups of a Parquet file from 0, `key` is the record's value in the column of keys, as text.
    `partner` is the other end where the place is a pair. `digest` is over the contents of the record or records (hexadecimal), so
    that a waiver of the place survives a reshuffle; `identity` is the fingerprint of a place whose contents are no longer at hand (masked,
    or out of a saved report).
    """

    split: str | None = None
    row: int | None = None
    column: str | None = None
    file: str | None = None
    line: int | None = None
    span: tuple[int, int] | None = None
    partner: Location | None = None
    digest: str | None = None
    message: str | None = None
    row_group: int | None = None
    key: str | None = None
    identity: str | None = None

    def beside(self, partner: Location, digest: str) -> Location:
        """This place as that of a pair, with the digest of both records."""
        message = f"~ {partner.file}" + (f":{partner.line}" if partner.line else f" row {partner.row}")
        return dataclasses.replace(self, partner=partner, digest=digest, message=message)


class Locations(Sequence[Location]):
    """Places that are made when they are asked for, since there may be millions."""

    def at(self, place: int) -> Location:
        """The place of this number, from 0 to the length - 1."""
        raise NotImplementedError

    @overload
    def __getitem__(self, place: int) -> Location: ...
    @overload
    def __getitem__(self, place: slice) -> list[Location]: ...
    def __getitem__(self, place: int | slice) -> Location | list[Location]:
        everyone = range(len(self))
        return [self.at(each) for each in everyone[place]] if isinstance(place, slice) else self.at(everyone[place])


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A tiny dataset that breaks a rule or keeps it: file contents by path, and the options an audit of it is given.

    It is at once the rule's test (tests/test_rules.py) and a part of its page in docs/rules/.
    """

    files: Mapping[str, str]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be wrong. `id` is permanent; `name` reads well after "allow ..."."""

    id: str
    name: str
    severity: Severity
    summary: str
    why: str
    fix: str
    failing: Example
    passing: Example

    @property
    def family(self) -> str:
        """The letters of the id: LEAK, DUP, SCHM, LIC, INPUT, ..."""
        return family(self.id)


def family(rule: str) -> str:
    """The letters of a rule's id."""
    return rule.rstrip("0123456789")


def means(pattern: str, rule: str, name: str) -> bool:
    """Whether a pattern (of --select, --ignore or a policy) means the rule of this id and name: id, name or family, in any case."""
    return pattern.casefold() in {each.casefold() for each in (rule, name, family(rule))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule broken by `subject`, at `where` (each place once, in order; a lazy sequence where there are many), with numbers.

    `check` names the way of looking where one rule has many (for SCHM001 the expectation). `identity` is the fingerprint of a finding
    whose subject has been masked. `known` says whether the baseline has it, where there is one; `found_as` is the severity that it was
    found with, where a policy gave it another.
    """

    rule: str
    name: str
    severity: Severity
    message: str
    subject: str
    where: Sequence[Location] = ()
    count: int = 1
    evidence: Mapping[str, Json] = field(default_factory=dict)
    check: str | None = None
    waived: Mapping[str, Json] | None = None
    identity: str | None = None
    known: bool | None = None
    found_as: Severity | None = None

    @property
    def fingerprint(self) -> str:
        """What identifies the finding from run to run: 32 hexadecimal digits over rule and subject."""
        return self.identity or digest(self.rule, self.subject)

    def fingerprint_at(self, place: Location) -> str:
        """What identifies one place: over rule and record contents, never row numbers (the subject, where no record is meant)."""
        if place.identity is not None:
            return place.identity
        if place.digest is not None and place.digest.startswith(KEYED):
            return f"{int(place.digest.removeprefix(KEYED), 16) ^ int(self.keyed, 16):032x}"
        return digest(self._rule, place.digest if place.digest is not None else f"{self.subject}\0{place.file}\0{place.column}")

    @property
    def keyed(self) -> str:
        """What the key of a record's contents is combined with (bit by bit, exclusive or) to make the fingerprint of a place."""
        return digest(self._rule)

    @property
    def _rule(self) -> str:
        return f"{self.rule} {self.check}" if self.check else self.rule


def found(rule: Rule, message: str, subject: str, **details: Any) -> Finding:
    """A finding of `rule` with the rule's own name and, unless `details` say otherwise, severity."""
    details.setdefault("severity", rule.severity)
    return Finding(rule=rule.id, name=rule.name, message=message, subject=subject, **details)


def digest(*parts: str) -> str:
    """32 hexadecimal digits of SHA-256 over the parts, each preceded by its length so that no two lists of parts collide."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data) + data)
    return state.hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a rule: also of one that found nothing, with the number of records (or documents) it examined."""

    rule: str
    name: str
    status: Status
    examined: int = 0
    found: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What was read of one file: physical = parsed + the sum of `rejected` (reason, count). `note` says what else became of it."""

    file: str
    physical: int = 0
    parsed: int = 0
    rejected: tuple[tuple[str, int], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The audit as one value; reports/ turns it into text, and policy.judge gives it its verdict.

    `dataset`, `config`, `policy`, `run` and `sections` (leakage, license, schema, ...) hold what the JSON report shows under those
    names. `gaps` are the things that could not be looked at and should have been: with any of them no audit is complete. `tables`
    are the evidence tables, Arrow tables by name. `version` is that of the auditor that looked at the data.
    """

    run: Mapping[str, Json]
    dataset: Mapping[str, Json]
    config: Mapping[str, Json]
    policy: Mapping[str, Json] = field(default_factory=dict)
    verdict: Verdict = "incomplete"
    reasons: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    gaps: tuple[str, ...] = ()
    sections: Mapping[str, Json] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__
