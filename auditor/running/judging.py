"""What an audit is judged by (policy, waivers, baseline, lock), read at the start and applied at the end."""

from __future__ import annotations

import dataclasses
import os
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.model import AuditorError, Json, Report, meant

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.model import Finding
    from auditor.policy import Policy
    from auditor.waivers.file import Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a report is judged by. `baseline` is an earlier report with the name of its file, `lock` what auditor.lock says."""

    policy: Policy
    waivers: tuple[Waiver, ...] = ()
    baseline: tuple[Report, str] | None = None
    lock: Json = None


def now() -> datetime:
    """The moment of an audit; that of SOURCE_DATE_EPOCH where reproducible output is wanted."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(float(given) if given.isdecimal() else time.time(), UTC)


def grounds(asked: Config) -> Grounds:
    """What is asked for, read from its files: AuditorError before any data is looked at."""
    policy = _policy(asked)
    found = _waivers(Path(asked.waivers)) if asked.waivers else ()
    for each in (*found, *policy.waivers):
        _check(each, now().date())
    return Grounds(policy=policy, waivers=found, baseline=_baseline(asked.baseline), lock=_lock(asked.lock))


def _policy(asked: Config) -> Policy:
    """The policy that is asked for, with the severity from which the audit fails and the uses, where these are asked for too."""
    from auditor import policy

    terms = policy.load(asked.policy)
    fail_on = terms.fail_on if asked.fail_on is None else asked.fail_on
    return dataclasses.replace(terms, fail_on=fail_on, use=asked.use or terms.use)


def _waivers(path: Path) -> tuple[Waiver, ...]:
    from auditor.waivers import file

    return file.read(path)


def _check(waiver: Waiver, today: date) -> None:
    """AuditorError for a waiver that lasts too long, or of a rule that there is not."""
    from auditor.check import rules
    from auditor.waivers.file import not_beyond

    not_beyond(waiver, today)
    if waiver.rule is not None and waiver.rule not in rules():
        cure = f"{meant(waiver.rule, rules())}`auditor rules` lists them all"
        raise AuditorError(f"{waiver.file}:{waiver.line}: rule: there is no rule {waiver.rule!r}", cure)


def _baseline(named: str) -> tuple[Report, str] | None:
    from auditor import saved

    return (saved.load(Path(named)), Path(named).name) if named else None


def _lock(named: str) -> Json:
    from auditor.licenses import lock

    return lock.read(Path(named)) if named else None


def judged(report: Report, by: Grounds, today: date) -> Report:
    """The report with what is waived, known and drifted, and its verdict."""
    from auditor import baseline, policy
    from auditor.licenses import lock
    from auditor.waivers.applied import applied

    if by.lock is not None:
        report = lock.compared(report, by.lock)
    report = applied(report, by.waivers, by.policy.waivers, today)
    if by.baseline is not None:
        report = baseline.compared(report, *by.baseline)
    return policy.judge(report, by.policy, today)


def again(report: Report, **asked: Any) -> Report:
    """A saved report judged today by what is asked (keys of the configuration), and for the rest by what it was judged by.

    AuditorError where that needs the data: another policy with other options for checks.
    """
    from auditor import policy
    from auditor.config import Config

    today = now().date()
    before = policy.restored(report.policy)
    by = grounds(Config(**{"policy": "default", **asked}))
    if "policy" in asked and by.policy.checks != before.checks:
        names = sorted({*by.policy.checks, *before.checks})
        message = f"policy {by.policy.name} gives other options to checks ({', '.join(names)}) than the audit had"
        raise AuditorError(message, f"audit the data anew: auditor scan DATASET --policy {by.policy.name}")
    if "policy" not in asked:
        by = dataclasses.replace(by, policy=dataclasses.replace(before, fail_on=asked.get("fail_on", before.fail_on)))
    if "waivers" not in asked:
        report = _without_ended(report, today)
    sections = {name: section for name, section in report.sections.items() if name != "frameworks"}  # they are drawn from the verdict
    run = {**report.run, "judged": today.isoformat()}
    return judged(dataclasses.replace(report, run=run, sections=sections), by, today)


def _without_ended(report: Report, today: date) -> Report:
    """The report without the marks of waivers that have ended since."""

    def kept(finding: Finding) -> Finding:
        ended = finding.waived is not None and date.fromisoformat(finding.waived["until"]) < today
        return dataclasses.replace(finding, waived=None) if ended else finding

    return dataclasses.replace(report, findings=tuple(map(kept, report.findings)))
