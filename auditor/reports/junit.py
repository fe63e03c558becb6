"""The report as JUnit XML: a test case for each rule and one for the audit itself; what keeps the audit from passing is a failure."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from auditor.model import SHOWN, Finding, Outcome, Report, family
from auditor.reports import views
from auditor.reports.wording import counted, cut, moment, unheeded, visible

FINDINGS, WORDS, PLACE = 200, 1_000, 300
"""How many findings a case lists, and how long a line of it and a place may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A test case: `kind` is failure, error or skipped with `message` as its reason, or "" where it passed; `lines` are its body."""

    group: str
    name: str
    kind: str = ""
    type: str = ""
    message: str = ""
    lines: Sequence[str] = ()


def render(report: Report) -> str:
    """One suite, named after the dataset. A finding that does not keep the audit from passing, or is waived, stands in the output of
    its case, which passes."""
    return "".join(f"{line}\n" for line in _lines(report, list(_cases(report))))


def _lines(report: Report, cases: Sequence[Case]) -> Iterator[str]:
    name = _quoted(report.dataset.get("name") or "dataset")
    sizes = [f'{kind}s="{sum(each.kind == kind for each in cases)}"' for kind in ("failure", "error")]
    counts = f'tests="{len(cases)}" {" ".join(sizes)}'
    skipped = sum(each.kind == "skipped" for each in cases)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="auditor" {counts}>'
    yield f' <testsuite name={name} {counts} skipped="{skipped}" time="{_seconds(report)}" timestamp="{moment(report)[:19]}">'
    yield "  <properties>"
    for key, value in _properties(report).items():
        yield f"   <property name={_quoted(key)} value={_quoted(value)}/>"
    yield "  </properties>"
    for case in cases:
        yield from _case(case)
    yield " </testsuite>"
    yield "</testsuites>"


def _seconds(report: Report) -> str:
    seconds = report.run.get("seconds")
    return f"{seconds:.3f}" if isinstance(seconds, int | float) else "0.000"


def _properties(report: Report) -> Mapping[str, object]:
    digest, policy = report.dataset.get("digest"), report.policy.get("name")
    return {"verdict": report.verdict, "summary": views.verdict_line(report), "digest": digest, "policy": policy}


def _case(case: Case) -> Iterator[str]:
    body = "\n".join(_text(line) for line in case.lines)
    head = f'  <testcase classname={_quoted(case.group)} name={_quoted(case.name)} time="0.000"'
    if not case.kind and not case.lines:
        yield f"{head}/>"
        return
    yield f"{head}>"
    if case.kind:
        yield f"   <{case.kind} type={_quoted(case.type)} message={_quoted(case.message)}>{body}</{case.kind}>"
    else:
        yield f"   <system-out>{body}</system-out>"
    yield "  </testcase>"


def _text(words: object) -> str:
    return escape(unheeded(cut(visible(words), WORDS)))


def _quoted(words: object) -> str:
    return quoteattr(unheeded(cut(visible(words), WORDS)))


def _cases(report: Report) -> Iterator[Case]:
    dataset = str(report.dataset.get("name") or "dataset")
    whole = Case(group=f"{dataset}.AUDIT", name="the audit is complete")
    if report.verdict == "incomplete":
        reason = report.reasons[0] if report.reasons else "nothing was looked at"
        whole = dataclasses.replace(whole, kind="error", type="incomplete", message=reason, lines=report.reasons[:FINDINGS])
    yield whole
    outcomes = {each.rule: each for each in report.outcomes}
    for rule, found in itertools.groupby(sorted(report.findings, key=lambda each: each.rule), key=lambda each: each.rule):
        listed = list(found)
        outcomes.setdefault(rule, Outcome(rule=rule, name=listed[0].name, status="failed", found=len(listed)))
    for rule, outcome in sorted(outcomes.items()):
        yield _ruled(report, dataset, outcome, [each for each in views.ordered(report) if each.rule == rule])


def _ruled(report: Report, dataset: str, outcome: Outcome, findings: Sequence[Finding]) -> Case:
    case = Case(group=f"{dataset}.{family(outcome.rule)}", name=f"{outcome.rule} {outcome.name}", lines=list(_listed(findings)))
    if outcome.status == "error":
        return dataclasses.replace(case, kind="error", type="error", message=outcome.note)
    failing = [each for each in findings if views.fails(report, each)]
    if failing:
        return dataclasses.replace(case, kind="failure", type=str(failing[0].severity), message=_reason(failing))
    if outcome.status == "skipped" and not findings:
        return dataclasses.replace(case, kind="skipped", type="skipped", message=outcome.note)
    return case


def _reason(failing: Sequence[Finding]) -> str:
    more = len(failing) - 1
    return failing[0].message + (f" (and {counted(more, 'more finding')})" if more else "")


def _listed(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings of a case, each with its places."""
    for finding in findings[:FINDINGS]:
        yield f"{views.level(finding)}: {finding.message}"
        shown, more = views.places(finding, SHOWN, PLACE)
        yield from (f"  {each}" for each in shown)
        if more:
            yield f"  and {counted(more, 'more place')}"
    if len(findings) > FINDINGS:
        yield f"and {counted(len(findings) - FINDINGS, 'more finding')}"
