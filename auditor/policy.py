"""From what was found to whether it may pass: policies as values, and the judge, a pure function."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from auditor import rulebook
from auditor.licenses.uses import roles, uses
from auditor.model import AuditorError, Finding, Json, Report, Severity, Verdict, family, means
from auditor.waivers import file
from auditor.waivers.file import Waiver

EXIT_CODES: Mapping[Verdict, int] = {"pass": 0, "pass-with-waivers": 0, "fail": 1, "incomplete": 3}

_SHAPE: Mapping[str, rulebook.Kind] = {
    "description": rulebook.text,
    "fail_on": rulebook.severity,
    "severity": rulebook.severities,
    "leakage": rulebook.table({"share": rulebook.share}),
    "input": rulebook.table({"rejected": rulebook.share}),
    "require": rulebook.texts,
    "use": uses,
    "roles": roles,
    "checks": rulebook.options,
    "waivers": list,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is not accepted. `checks` are options that the policy gives to checks, by the check's name (the licences it denies, say).

    `leakage_share` is the share of an evaluation split up to which leakage does not fail the audit, `rejected_share` the share of
    records a reader may refuse, `require` the rules or families that must have been looked for, `waivers` what stands in contracts about
    licences. `use` is what the licence must permit (auditor.licenses.facts.USES), `roles` what it must permit in single splits, by name.
    """

    name: str
    digest: str
    fail_on: Severity = Severity.HIGH
    severity: Mapping[str, Severity] = field(default_factory=dict)
    leakage_share: float = 0.0
    rejected_share: float = 0.0
    require: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """What the report says of it."""
        return {
            "name": self.name,
            "digest": self.digest,
            "fail_on": str(self.fail_on),
            "severity": {rule: str(level) for rule, level in sorted(self.severity.items())},
            "leakage": {"share": self.leakage_share},
            "input": {"rejected": self.rejected_share},
            "require": list(self.require),
            "use": list(self.use),
            "roles": {split: {"use": list(each)} for split, each in sorted(self.roles.items())},
            "checks": {name: dict(options) for name, options in self.checks.items()},
        }


def load(name: str) -> Policy:
    """The policy called `name` in rules/policies, or the one in the user's file of that path."""
    path = rulebook.preset_or_file("policies", name)
    values = rulebook.read_yaml(path, _SHAPE).values
    return Policy(
        name=path.stem,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        fail_on=values.get("fail_on", Severity.HIGH),
        severity=values.get("severity", {}),
        leakage_share=values.get("leakage", {}).get("share", 0.0),
        rejected_share=values.get("input", {}).get("rejected", 0.0),
        require=values.get("require", ()),
        use=values.get("use", ()),
        roles=values.get("roles", {}),
        checks=values.get("checks", {}),
        waivers=_contracts(path) if "waivers" in values else (),
    )


def restored(values: Mapping[str, Json]) -> Policy:
    """The policy that a report says it was judged by, without the waivers that it gave."""
    names = ("severity", "leakage", "input", "require", "use", "roles", "checks")
    typed = {name: _SHAPE[name](values[name]) for name in names if name in values}
    return Policy(
        name=str(values["name"]),
        digest=str(values["digest"]),
        fail_on=rulebook.severity(values["fail_on"]),
        severity=typed.get("severity", {}),
        leakage_share=typed.get("leakage", {}).get("share", 0.0),
        rejected_share=typed.get("input", {}).get("rejected", 0.0),
        require=typed.get("require", ()),
        use=typed.get("use", ()),
        roles=typed.get("roles", {}),
        checks=typed.get("checks", {}),
    )


def _contracts(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a policy, which are about licences only."""
    for each in (found := file.read(path, alone=False)):
        if each.rule is None or family(each.rule) != "LIC":
            message = f"{path.name}:{each.line}: a waiver in a policy is about a licence: it has a rule such as LIC014"
            raise AuditorError(message, f"give its rule, or move the waiver to {file.NAME}")
    return found


def judge(report: Report, policy: Policy, today: date) -> Report:
    """The report with the severities this policy gives, its verdict and the reasons for it; what a baseline knows does not fail."""
    findings = tuple(sorted((_graded(finding, policy) for finding in report.findings), key=_order))
    gaps = _gaps(report, policy)
    failing = [finding for finding in findings if _fails(finding, policy) and not finding.known]
    waived = [f for f in failing if _in_force(f.waived, today)]
    reasons = [*gaps, *(f"{f.rule} {f.name}: {f.message}" for f in failing if f not in waived)]
    verdict: Verdict = "pass-with-waivers" if waived else "pass"
    if reasons:
        verdict = "incomplete" if gaps else "fail"
    return dataclasses.replace(report, findings=findings, verdict=verdict, reasons=tuple(reasons), policy=policy.as_json())


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return -finding.severity, finding.rule, finding.subject, finding.message


def _graded(finding: Finding, policy: Policy) -> Finding:
    """The finding with the severity that the policy gives its rule: by the id, else by the name, else by the family.

    It keeps the one that it was found with, for a judgement by another policy.
    """
    own = finding.found_as if finding.found_as is not None else finding.severity
    given = {pattern.casefold(): level for pattern, level in policy.severity.items()}
    levels = (given.get(each.casefold()) for each in (finding.rule, finding.name, family(finding.rule)))
    level = next((level for level in levels if level is not None), own)
    return dataclasses.replace(finding, severity=level, found_as=None if level == own else own)


def _fails(finding: Finding, policy: Policy) -> bool:
    """Whether the finding keeps the audit from passing; what the policy denies does so at any severity."""
    if finding.evidence.get("denied"):
        return True
    return finding.severity >= policy.fail_on and not _below_share(finding, policy)


def _below_share(finding: Finding, policy: Policy) -> bool:
    share = finding.evidence.get("share")
    return family(finding.rule) == "LEAK" and share is not None and policy.leakage_share > 0 and share <= policy.leakage_share


def _in_force(waiver: Mapping[str, Json] | None, today: date) -> bool:
    return waiver is not None and date.fromisoformat(waiver["until"]) >= today


def _gaps(report: Report, policy: Policy) -> list[str]:
    """Why the audit is not complete, if it is not."""
    gaps = list(report.gaps)
    physical = sum(entry.physical for entry in report.ledger)
    refused = sum(count for entry in report.ledger for _, count in entry.rejected)
    if refused > policy.rejected_share * physical:
        gaps.append(f"{refused:,} of {physical:,} records were refused by the reader (the policy allows {policy.rejected_share:.2%})")
    gaps += [f"{o.rule} {o.name} could not be checked: {o.note}" for o in report.outcomes if o.status == "error"]
    for pattern in policy.require:
        meant = [o for o in report.outcomes if means(pattern, o.rule, o.name)]
        if all(o.status == "skipped" for o in meant):
            note = meant[0].note if meant else "it was not selected"
            gaps.append(f"the policy requires {pattern}, which was not looked for: {note}")
    return gaps
