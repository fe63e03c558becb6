"""The nouns: severities, fingerprints and digests."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Finding, Location, Severity, digest, family, means, meant

FINDING = Finding(rule="SCHM001", name="expectation-not-met", severity=Severity.HIGH, message="m", subject="a @ train", check="a")
PLACE = Location(split="train", row=3, column="n", file="train.csv", line=4, digest="d1")


def test_a_finding_is_known_by_its_rule_and_subject() -> None:
    assert FINDING.fingerprint == dataclasses.replace(FINDING, message="other", severity=Severity.LOW, count=9).fingerprint
    assert FINDING.fingerprint != dataclasses.replace(FINDING, subject="a @ test").fingerprint
    assert FINDING.fingerprint != dataclasses.replace(FINDING, rule="SCHM002").fingerprint


def test_a_place_is_known_by_its_contents_and_what_was_looked_for() -> None:
    moved = dataclasses.replace(PLACE, row=77, line=99, file="other.csv")
    assert FINDING.fingerprint_at(PLACE) == FINDING.fingerprint_at(moved)
    assert FINDING.fingerprint_at(PLACE) != FINDING.fingerprint_at(dataclasses.replace(PLACE, digest="d2"))
    assert FINDING.fingerprint_at(PLACE) != dataclasses.replace(FINDING, check="b").fingerprint_at(PLACE)


def test_a_place_without_contents_is_known_by_the_subject() -> None:
    document = Location(file="README.md", line=3)
    assert FINDING.fingerprint_at(document) == FINDING.fingerprint_at(dataclasses.replace(document, line=8))
    assert FINDING.fingerprint_at(document) != dataclasses.replace(FINDING, subject="b").fingerprint_at(document)


@given(st.lists(st.text(max_size=6), max_size=4), st.lists(st.text(max_size=6), max_size=4))
def test_digests_of_different_parts_differ(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_names_of_rules() -> None:
    assert family("LEAK001") == "LEAK"
    assert all(means(pattern, "LEAK001", "identical-across-splits") for pattern in ("leak", "LEAK001", "Identical-Across-Splits"))
    assert not means("LEA", "LEAK001", "identical-across-splits")
    assert meant("LAEK", ["LIC", "LEAK"]) == "did you mean 'LEAK'? "
    assert meant("xyz", ["LIC", "LEAK"]) == ""


def test_severities_are_ordered() -> None:
    assert [str(each) for each in sorted(Severity)] == ["info", "low", "medium", "high", "critical"]
    assert Severity.of("High") is Severity.HIGH
