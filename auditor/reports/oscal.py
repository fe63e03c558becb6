"""The report as OSCAL assessment results (NIST, 1.1.3): what was examined, what was found, and what is borne by a waiver."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence

from auditor.check import rules
from auditor.model import Finding, Json, Outcome, Report
from auditor.reports import views
from auditor.reports.wording import counted, cut, moment, said, visible

VERSION, NAMESPACE = "1.1.3", "urn:dataset-auditor"
PLACES, WORDS, LINE = 20, 4_000, 500
"""How many places an observation lists, and the characters of a paragraph and of a line."""
EVIDENCED = ("direct", "partial")
"""The controls of a framework of which this audit has evidence."""


def render(report: Report) -> str:
    """The document: the same for the same data, but for the time. A rule is an objective, a finding of ours a risk with an observation.

    An objective is satisfied where the rule was examined and nothing was found; what a waiver covers is a deviation approved.
    A rule that was not examined is in no finding: nothing is said of it but that.
    """
    document = {"assessment-results": _results(report)}
    return json.dumps(document, sort_keys=True, indent=1).replace("##", "#\\u0023") + "\n"


def _results(report: Report) -> Json:
    name = _line(report.dataset.get("name"))
    policy = _words(f"Policy {report.policy.get('name')}, SHA-256 {report.policy.get('digest')}")
    return {
        "uuid": _id(report, "document"),
        "metadata": {
            "title": _title(f"Audit of the dataset {name}"),
            "last-modified": moment(report),
            "version": moment(report),
            "oscal-version": VERSION,
            "props": [_prop("tool", f"auditor {report.version}")],
        },
        "import-ap": {"href": f"#{_id(report, 'policy')}"},
        "results": [_result(report, name)],
        "back-matter": {"resources": [{"uuid": _id(report, "policy"), "title": "The policy that was applied", "description": policy}]},
    }


def _result(report: Report, name: str) -> Json:
    findings = views.ordered(report)
    parts = {
        "observations": [*(_examined(report, each) for each in report.outcomes), *(_observed(report, each) for each in findings)],
        "risks": [_risk(report, each) for each in findings],
        "findings": [_judged(report, each) for each in report.outcomes if each.status in ("passed", "failed")],
    }
    return {
        "uuid": _id(report, "result"),
        "title": f"Verdict: {views.VERDICTS[report.verdict]}",
        "description": _words(views.verdict_line(report)),
        "start": moment(report),
        "props": [_prop("verdict", report.verdict), _prop("dataset-digest", report.dataset.get("digest"))],
        "local-definitions": {"inventory-items": [{"uuid": _id(report, "dataset"), "description": _words(f"The dataset {name}")}]},
        "reviewed-controls": {"control-selections": list(_selections(report))},
        **{key: items for key, items in parts.items() if items},
        **({"remarks": _words(*report.reasons)} if report.reasons else {}),
    }


def _id(report: Report, *parts: str) -> str:
    """A UUID (version 5) of a part of this audit: of the dataset's contents, its name and the part."""
    subject = json.dumps([report.dataset.get("name"), report.dataset.get("digest"), *parts])
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{subject}"))


def _words(*lines: object) -> str:
    """A paragraph of text, a line each: titles and descriptions of OSCAL are Markdown, in which nothing from the data is markup."""
    shown = (re.sub(r"([\\`*_\[\]<>!&~^|#]|^\s*[-+=])", r"\\\1", visible(line)) for line in lines)
    shown = (re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", line) for line in shown)
    return cut("\n".join(line.strip() for line in shown), WORDS) or "none"


def _title(text: object) -> str:
    return _words(_line(text))


def _line(text: object) -> str:
    """A plain text on one line that neither begins nor ends with white space."""
    return " ".join(cut(visible("" if text is None else text), LINE).split()) or "none"


def _token(text: str) -> str:
    """The text as a token of OSCAL: letters of ASCII, digits, `.`, `-` and `_`, the first no digit."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", cut(text, 100)).strip("-") or "none"
    return plain if plain[0].isalpha() or plain[0] == "_" else f"_{plain}"


def _prop(name: str, value: object) -> Json:
    return {"name": name, "ns": NAMESPACE, "value": _line(value)}


def _selections(report: Report) -> Iterator[Json]:
    """What was reviewed: the rules of this audit that examined something, then the controls of each framework with evidence."""
    examined = [each.rule for each in report.outcomes if each.status in ("passed", "failed")]
    yield {"description": "The rules of auditor that examined something", "include-controls": _controls(examined)}
    for framework in report.sections.get("frameworks", ()):
        name = _line(f"{framework.get('title')} {framework.get('version') or ''}")
        controls = [f"{framework.get('id')}_{each.get('id')}" for each in framework.get("controls", ()) if each.get("status") in EVIDENCED]
        if controls:
            yield {"description": _words(f"{name}: controls of which there is evidence"), "include-controls": _controls(controls)}


def _controls(names: Sequence[str]) -> list[Json]:
    return [{"control-id": name} for name in sorted({_token(each) for each in names})] or [{"control-id": "none"}]


def _subjects(report: Report) -> list[Json]:
    return [{"subject-uuid": _id(report, "dataset"), "type": "inventory-item"}]


def _examined(report: Report, outcome: Outcome) -> Json:
    note = f": {outcome.note}" if outcome.note else ""
    return {
        "uuid": _id(report, "outcome", outcome.rule),
        "title": _title(f"{outcome.rule} {outcome.name}: {outcome.status}"),
        "description": _words(f"{outcome.status}, {outcome.examined:,} examined, {outcome.found:,} found{note}"),
        "props": [_prop("status", outcome.status), _prop("examined", outcome.examined), _prop("found", outcome.found)],
        "methods": ["TEST" if outcome.status in ("passed", "failed") else "UNKNOWN"],
        "types": ["control-objective"],
        "subjects": _subjects(report),
        "collected": moment(report),
    }


def _observed(report: Report, finding: Finding) -> Json:
    shown = [views.place(each) for each in itertools.islice(finding.where, PLACES)]
    more = finding.count - len(shown) if shown else 0
    places = [*shown, *([f"and {counted(more, 'more place')}"] if more > 0 else [])]
    return {
        "uuid": _id(report, "observation", finding.fingerprint),
        "title": _title(f"{finding.rule} {finding.name}"),
        "description": _words(finding.message),
        "props": [_prop("fingerprint", finding.fingerprint), _prop("count", finding.count)],
        "methods": ["TEST"],
        "types": ["finding"],
        "subjects": _subjects(report),
        **({"relevant-evidence": [{"description": _title(each)} for each in places]} if places else {}),
        "collected": moment(report),
    }


def _risk(report: Report, finding: Finding) -> Json:
    known = rules().get(finding.rule)
    waiver: Mapping[str, Json] | None = finding.waived
    response = {"uuid": _id(report, "response", finding.fingerprint), "lifecycle": "recommendation", "title": "How to mend it"}
    return {
        "uuid": _id(report, "risk", finding.fingerprint),
        "title": _title(f"{finding.rule} {finding.name}"),
        "description": _words(finding.message),
        "statement": known.why if known else "This version of auditor does not know the rule.",
        "props": [_prop("rule", finding.rule), _prop("severity", finding.severity)],
        "status": "open" if waiver is None else "deviation-approved",
        **({"mitigating-factors": [_waived(report, finding, waiver)]} if waiver is not None else {}),
        **({"remediations": [{**response, "description": known.fix}]} if known else {}),
        "related-observations": [{"observation-uuid": _id(report, "observation", finding.fingerprint)}],
    }


def _waived(report: Report, finding: Finding, waiver: Mapping[str, Json]) -> Json:
    return {"uuid": _id(report, "waiver", finding.fingerprint), "description": _words(f"Waived: {said(waiver)}")}


def _judged(report: Report, outcome: Outcome) -> Json:
    found = [each for each in views.ordered(report) if each.rule == outcome.rule]
    satisfied = outcome.status == "passed" and not found
    related = [("outcome", outcome.rule), *(("observation", each.fingerprint) for each in found)]
    status = {"state": "satisfied" if satisfied else "not-satisfied", "reason": "pass" if satisfied else "fail"}
    risks = [{"risk-uuid": _id(report, "risk", each.fingerprint)} for each in found]
    return {
        "uuid": _id(report, "finding", outcome.rule),
        "title": _title(f"{outcome.rule} {outcome.name}"),
        "description": _words(f"{outcome.examined:,} examined, {outcome.found:,} found"),
        "target": {"type": "objective-id", "target-id": _token(outcome.rule), "status": status},
        "related-observations": [{"observation-uuid": _id(report, *each)} for each in related],
        **({"related-risks": risks} if risks else {}),
    }
