"""The judge: what fails, what is incomplete, what a policy may move; and policy files that are wrong."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from auditor import policy
from auditor.check import build
from auditor.model import AuditorError, Finding, Json, LedgerEntry, Outcome, Report, Severity
from auditor.policy import EXIT_CODES, Policy, judge
from auditor.rulebook import presets

TODAY = date(2026, 11, 20)


def finding(rule: str, severity: Severity, share: float | None = None, until: str | None = None) -> Finding:
    evidence: dict[str, Json] = {} if share is None else {"share": share}
    waived = None if until is None else {"until": until}
    return Finding(rule=rule, name=rule.lower(), severity=severity, message="m", subject="s", evidence=evidence, waived=waived)


def report(*findings: Finding, **fields: Json) -> Report:
    outcomes = (Outcome(rule="LEAK001", name="identical-across-splits", status="passed", examined=9),)
    ledger = (LedgerEntry(file="a.csv", physical=1000, parsed=1000),)
    return dataclasses.replace(Report(run={}, dataset={}, config={}, findings=findings, outcomes=outcomes, ledger=ledger), **fields)


def verdict(report: Report, **fields: Json) -> str:
    return judge(report, Policy(name="p", digest="d", **fields), TODAY).verdict


def test_a_finding_fails_from_its_severity_on() -> None:
    assert verdict(report()) == "pass"
    assert verdict(report(finding("DUP001", Severity.MEDIUM))) == "pass"
    assert verdict(report(finding("LEAK001", Severity.HIGH))) == "fail"
    assert verdict(report(finding("DUP001", Severity.MEDIUM)), fail_on=Severity.MEDIUM) == "fail"


def test_a_policy_moves_severities_by_id_name_or_family() -> None:
    for pattern in ("DUP001", "dup001", "DUP", "dup"):
        judged = judge(report(finding("DUP001", Severity.LOW)), Policy(name="p", digest="d", severity={pattern: Severity.CRITICAL}), TODAY)
        assert judged.verdict == "fail"
        assert judged.findings[0].severity is Severity.CRITICAL


def test_leakage_up_to_the_allowed_share_does_not_fail() -> None:
    leak = report(finding("LEAK001", Severity.HIGH, share=0.001))
    assert verdict(leak) == "fail"
    assert verdict(leak, leakage_share=0.001) == "pass"
    assert verdict(leak, leakage_share=0.0009) == "fail"
    assert verdict(report(finding("LIC014", Severity.HIGH, share=0.001)), leakage_share=0.5) == "fail"


def test_what_the_policy_denies_fails_at_any_severity() -> None:
    denied = dataclasses.replace(finding("LIC014", Severity.HIGH), evidence={"denied": True})
    assert verdict(report(denied), fail_on=Severity.CRITICAL) == "fail"
    assert verdict(report(denied), severity={"LIC014": Severity.INFO}) == "fail"


def test_a_waiver_holds_until_its_day() -> None:
    assert verdict(report(finding("LEAK001", Severity.HIGH, until="2026-11-20"))) == "pass-with-waivers"
    assert verdict(report(finding("LEAK001", Severity.HIGH, until="2026-11-19"))) == "fail"


def test_what_was_not_looked_at_makes_the_audit_incomplete_whatever_was_found() -> None:
    failed = Outcome(rule="SCHM001", name="expectation-not-met", status="error", note="boom")
    for fields in (
        {"gaps": ("no record was read",)},
        {"outcomes": (failed,)},
        {"ledger": (LedgerEntry(file="a.csv", physical=10, parsed=9, rejected=(("ragged row", 1),)),)},
    ):
        judged = judge(report(finding("LEAK001", Severity.HIGH), **fields), Policy(name="p", digest="d"), TODAY)
        assert judged.verdict == "incomplete"
        assert EXIT_CODES[judged.verdict] == 3
        assert len(judged.reasons) == 2


def test_a_policy_may_allow_a_share_of_refused_records() -> None:
    ragged = report(ledger=(LedgerEntry(file="a.csv", physical=1000, parsed=999, rejected=(("ragged row", 1),)),))
    assert verdict(ragged) == "incomplete"
    assert verdict(ragged, rejected_share=0.001) == "pass"


def test_what_is_required_must_have_been_looked_for() -> None:
    skipped = Outcome(rule="LEAK001", name="identical-across-splits", status="skipped", note="there is only one split")
    other = Outcome(rule="LEAK004", name="same-text-other-label-across-splits", status="skipped", note="no label")
    passed = dataclasses.replace(skipped, status="passed", examined=3)
    assert verdict(report(outcomes=(skipped, other)), require=("LEAK",)) == "incomplete"
    assert verdict(report(outcomes=(passed, other)), require=("LEAK",)) == "pass"
    assert verdict(report(outcomes=()), require=("LEAK",)) == "incomplete"
    assert verdict(report(outcomes=(passed, other)), require=("LEAK004",)) == "incomplete"


USES = {"commercial-train": ("train-commercial",), "open-redistribution": ("redistribute-data",), "evaluation-only": ("evaluate",)}


@pytest.mark.parametrize("name", ["default", "strict", "research", "dpi-classes", *USES])
def test_the_presets_load(name: str) -> None:
    loaded = policy.load(name)
    assert loaded.name == name
    assert loaded.use == USES.get(name, ())
    assert loaded.checks["licenses"]["unlisted"] == ("allow" if name in USES else "review")
    assert len(loaded.digest) == 64
    assert build("licenses", loaded.checks["licenses"]).wanted == ()


def test_there_is_no_other_preset() -> None:
    assert set(presets("policies")) == {"default", "strict", "research", "dpi-classes", *USES}


def test_commercial_training_fails_closed_and_measures_on_what_may_be_measured_on() -> None:
    loaded = policy.load("commercial-train")
    assert loaded.roles == {"test": ("evaluate",), "validation": ("evaluate",)}
    assert (loaded.severity["LIC001"], loaded.severity["LIC015"], loaded.fail_on) == (Severity.HIGH,) * 3
    assert loaded.as_json()["roles"] == {"test": {"use": ["evaluate"]}, "validation": {"use": ["evaluate"]}}


def test_strict_requires_leakage_and_fails_on_medium() -> None:
    strict = policy.load("strict")
    assert (strict.fail_on, strict.require) == (Severity.MEDIUM, ("LEAK",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fail_onn: high\n", "mine.yaml:1: unknown key 'fail_onn'"),
        ("description: x\nfail_on: severe\n", "mine.yaml:2: fail_on: one of info, low, medium, high, critical is expected, not 'severe'"),
        ("leakage: {share: 2}\n", "mine.yaml:1: leakage: a number from 0 to 1 is expected, not 2"),
        ("leakage: {shard: 0}\n", "mine.yaml:1: leakage: unknown key 'shard'; did you mean 'share'? known are share"),
        ("- a\n", "mine.yaml: this is no mapping of keys to values"),
        ("checks: {licenses: [x]}\n", "mine.yaml:1: checks: a mapping such as `licenses: {deny: [MIT]}` is expected, not"),
        ("require: {a: b}\n", "mine.yaml:1: require: a text or a list of texts is expected, not {'a': 'b'}"),
        ("use: [training]\n", "mine.yaml:1: use: there is no use 'training'; known are train-commercial, train-research, evaluate,"),
        ("fail_on: high\nroles: {test: [evaluate]}\n", "mine.yaml:2: roles: a mapping such as `test: {use: [evaluate]}` is expected, not"),
        ("roles: {test: {use: [x]}}\n", "mine.yaml:1: roles: there is no use 'x'"),
        ("fail_on: [high\n", "mine.yaml:2: did not find expected ',' or ']'"),
        ("a: &x 1\nb: *x\n", "mine.yaml:2: aliases (*name) are not allowed"),
        ("fail_on: !!python/object:os.system x\n", "mine.yaml:1: could not determine a constructor for the tag"),
    ],
)
def test_a_wrong_policy_file_is_told_with_file_and_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuditorError) as caught:
        policy.load(str(path))
    assert caught.value.message.startswith(message)
    assert caught.value.cure
    assert caught.value.code == 2


def test_a_policy_that_is_not_there_is_told_with_a_proposal() -> None:
    with pytest.raises(AuditorError) as caught:
        policy.load("strickt")
    assert "did you mean 'strict'?" in caught.value.cure
