"""The licence check: which rule speaks of which statement, and what a policy makes of the whole."""

from __future__ import annotations

import pytest

from auditor.check import Conclusion
from auditor.checks.licenses import Licenses
from auditor.dataset import Dataset, Document
from auditor.model import Location, Rule

POLICY = Licenses(
    allow=("MIT", "CC-BY-4.0", "Apache-2.0"),
    review=("CC-BY-SA-*", "@family", "@unknown"),
    deny=("@noncommercial", "@noderivatives"),
)


def run(check: Licenses, **files: str) -> Conclusion:
    names = {"card": "README.md", "text": "LICENSE", "cff": "CITATION.cff"}
    documents = tuple(Document(path=names[key], file="", text=text) for key, text in files.items())
    return check.conclude(None, {}, Dataset(name="d", documents=documents))


def front(license_line: str) -> str:
    return f"---\n{license_line}\n---\n"


def broken(conclusion: Conclusion) -> list[str]:
    return [each.rule for each in conclusion.findings]


def status(conclusion: Conclusion) -> dict[str, tuple[str, int, int]]:
    return {each.rule: (each.status, each.examined, each.found) for each in conclusion.outcomes}


@pytest.mark.parametrize("rule", Licenses.rules, ids=lambda rule: str(rule.id))
def test_every_rule_on_its_own_examples(rule: Rule) -> None:
    for example, expected in ((rule.failing, True), (rule.passing, False)):
        documents = tuple(Document(path=path, file="", text=text) for path, text in example.files.items())
        found = POLICY.conclude(None, {}, Dataset(name="d", documents=documents))
        assert (rule.id in broken(found)) is expected


def test_nothing_stated() -> None:
    result = run(POLICY)
    assert broken(result) == ["LIC001"]
    assert status(result)["LIC001"] == ("failed", 1, 1)
    assert status(result)["LIC007"] == ("skipped", 0, 0)
    assert status(result)["LIC014"] == ("skipped", 0, 0)


def test_a_policy_has_nothing_to_judge_where_nothing_is_said() -> None:
    result = status(run(POLICY, card=front("license: unknown")))
    assert (result["LIC001"], result["LIC014"], result["LIC002"]) == (("failed", 1, 1), ("skipped", 0, 0), ("passed", 1, 0))


def test_a_clear_and_allowed_licence_passes_everything() -> None:
    result = run(POLICY, card=front("license: mit"))
    assert broken(result) == []
    assert {each.status for each in result.outcomes} == {"passed"}
    section = result.sections["license"]
    assert (section["declared"], section["detected"], section["concluded"]) == ("MIT", None, "MIT")
    place = {"file": "README.md", "line": 2, "bytes": [13, 16], "sha256": "", "method": "card-yaml", "kind": "declared"}
    assert section["sources"] == [{**place, "text": "mit", "expression": "MIT", "status": "resolved"}]


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("license: unknown", ["LIC001"]),
        ("license: other", ["LIC001", "LIC008"]),
        ("license: cc", ["LIC003", "LIC015"]),
        ("license: llama2", ["LIC002", "LIC015"]),
        ("license: MIT/Apache-2.0", ["LIC002", "LIC015"]),
        ("license: MIT AND", ["LIC005", "LIC015"]),
        ("license: gpl-3.0", ["LIC004", "LIC015"]),
        ("license: cc-by-nc-4.0", ["LIC014"]),
        ("license: MIT OR CC-BY-NC-4.0", []),
        ("license: MIT AND CC-BY-NC-4.0", ["LIC014"]),
        ("license: MIT OR GPL-3.0-only", []),
        ("license: GPL-3.0-only WITH GCC-exception-3.1", ["LIC015"]),
        ("license: [mit, cc]", ["LIC003", "LIC015"]),
        ("license: US-Government-Works", ["LIC015"]),
    ],
)
def test_single_statements(line: str, rules: list[str]) -> None:
    result = run(POLICY, card=front(line))
    assert broken(result) == rules
    assert all(each.where == (Location(file="README.md", line=2),) for each in result.findings)


def test_sources_that_differ_name_the_stricter() -> None:
    result = run(POLICY, card=front("license: mit"), text="Licensed under CC BY-NC 4.0.\n")
    assert broken(result) == ["LIC006", "LIC007", "LIC014"]
    finding = result.findings[1]
    assert finding.evidence["stricter"] == "CC-BY-NC-4.0"
    assert finding.where == (Location(file="README.md", line=2), Location(file="LICENSE", line=1))
    assert "CC-BY-NC-4.0 in LICENSE" in finding.message
    assert result.sections["license"]["concluded"] == "CC-BY-NC-4.0"


def test_only_and_or_later_are_no_difference_that_a_text_can_settle() -> None:
    assert broken(run(POLICY, card=front("license: GPL-3.0-or-later"), text="GNU General Public License v3.0\n")) == ["LIC015"]


def test_an_unclear_statement_beside_a_clear_one_needs_a_review() -> None:
    result = run(POLICY, card=front("license: mit"), cff="license: my own terms\n")
    assert broken(result) == ["LIC002", "LIC015"]


def test_groups_may_be_denied_and_what_is_unlisted_may_be_allowed() -> None:
    strict = Licenses(deny=("@family", "@unknown"), allow=("MIT",))
    assert broken(run(strict, card=front("license: cc"))) == ["LIC003", "LIC014"]
    assert broken(run(strict, card=front("license: gemma"))) == ["LIC002", "LIC014"]
    assert broken(run(Licenses(deny=("@sharealike",), unlisted="allow"), card=front("license: ISC"))) == []
    assert broken(run(Licenses(deny=("@sharealike",), unlisted="deny"), card=front("license: ISC"))) == ["LIC014"]


def test_without_a_policy_for_licences_nothing_is_judged() -> None:
    result = run(Licenses(), card=front("license: cc-by-nc-4.0"))
    assert broken(result) == []
    assert status(result)["LIC014"] == ("skipped", 0, 0)


def test_what_was_not_selected_is_not_sought() -> None:
    result = run(Licenses(wanted=("LIC001",)), card=front("license: cc"))
    assert (list(status(result)), broken(result)) == (["LIC001"], [])


def test_findings_keep_their_fingerprints_when_lines_move() -> None:
    one = run(POLICY, card=front("license: cc")).findings[0]
    other = run(POLICY, card=front("title: x\nlicense: cc")).findings[0]
    assert one.fingerprint == other.fingerprint
    assert one.where != other.where
