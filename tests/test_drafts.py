"""Drafts of statements that a law asks for: facts of the report and blanks, and no answer that a person must give."""

from __future__ import annotations

import dataclasses
import re

import pytest
from reports_sample import HOSTILE, clean, poisoned, sample

from auditor import costs
from auditor.model import Json, Outcome, Report
from auditor.reports import render
from auditor.reports.drafts import BLANK, tokens

DRAFTS = ("eu53", "ab2013")


def filled() -> Report:
    """The sample with what an audit of all its records would say of columns and words."""
    row = {"split": "train", "records": 10_003, "words": 3_000_000, "leaked": None, "duplicate": None, "capped": False}
    column = {"distinct": 12, "types": {"string": 10_003}}
    profile = {"splits": {"train": {"columns": {"text": column, "intent": column}}, "test": {"columns": {"secret": column}}}}
    sections = {**sample().sections, "cost": costs.section({"waste": [row]}, ()), "profile": profile}
    outcomes = (*sample().outcomes, Outcome(rule="LIC027", name="opt-out-present", status="failed", examined=2, found=1))
    return dataclasses.replace(sample(), sections=sections, outcomes=outcomes, config={**sample().config, "label": "intent"})


def answers(form: str, report: Report) -> dict[str, list[str]]:
    """The lines under each question."""
    parts = re.split(r"^### (.*)$", render(form, report), flags=re.MULTILINE)
    return {
        heading: [line for line in body.splitlines() if line.startswith("- ")]
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("form", DRAFTS)
def test_every_question_ends_with_a_blank_and_none_is_answered(form: str) -> None:
    for report in (filled(), clean(), dataclasses.replace(clean(), sections={}, outcomes=(), dataset={}, run={}, config={})):
        found = answers(form, report)
        assert len(found) == {"eu53": 15, "ab2013": 12}[form]
        for lines in found.values():
            assert lines[-1] == f"- {BLANK}"
            assert all(line.startswith("- From the audit: ") for line in lines[:-1])
        assert not re.search(r"\b(yes|no)\b[.:]?\s*$", render(form, report), re.IGNORECASE | re.MULTILINE)
        assert "complian" not in render(form, report).lower()


def test_the_draft_for_california() -> None:
    found = answers("ab2013", filled())
    assert found["(3) How many data points there are"][:-1] == ["- From the audit: split train: 10,003 records, 1 file, 839.1 kB"]
    assert found["(4) What kinds of data points, and of labels"][:-1] == [
        "- From the audit: column text of train: string",
        "- From the audit: column intent of train: string, the label, 12 different values",
    ]
    assert found["(7) Whether it holds personal information"][:-1] == ["- From the audit: PII: was not looked for"]
    assert found["(11) When it was first used in development"] == [f"- {BLANK}"]


def test_the_draft_for_the_european_union() -> None:
    found = answers("eu53", filled())
    assert found["1.3 Which kinds of content, and how much of each"][:3] == [
        "- From the audit: text: 3,000,000 words, an estimated 4,000,000 tokens (2,100,000 to 7,500,000)",
        "- From the audit: size band: less than 1 billion tokens",
        "- From the audit: split train: 10,003 records, 1 file, 839.1 kB",
    ]
    assert found["3.1 How reservations of text and data mining are respected"][:-1] == [
        "- From the audit: LIC027 opt-out-present: 1 found, 2 examined"
    ]
    assert found["1.3 Which languages, and what else characterises the content"] == [f"- {BLANK}"]
    assert found["2.1 Datasets that are public (by name where large)"] == [f"- {BLANK}"], "whether it is public is not for us to say"


@pytest.mark.parametrize(
    ("words", "band"),
    [
        (0, None),
        (300_000_000, "less than 1 billion tokens"),
        (700_000_000, "not sure, the estimate lies on both sides of a border"),
        (1_500_000_000, "1 billion to 10 trillion tokens"),
        (5 * 10**12, "not sure, the estimate lies on both sides of a border"),
        (10**14, "more than 10 trillion tokens"),
    ],
)
def test_size_bands_are_told_where_they_are_sure(words: int, band: str | None) -> None:
    row: Json = {"split": "train", "records": 1, "words": words, "leaked": None, "duplicate": None, "capped": False}
    report = dataclasses.replace(clean(), sections={"cost": costs.section({"waste": [row]}, ())})
    assert [line for line in tokens(report) if line.startswith("size band")] == ([f"size band: {band}"] if band else [])


@pytest.mark.parametrize("form", DRAFTS)
@pytest.mark.parametrize("payload", HOSTILE)
def test_nothing_from_the_data_is_obeyed(payload: str, form: str) -> None:
    shown = render(form, poisoned(payload))
    assert not re.search(r"<(?!https://)", shown)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert not re.search(r"^(::|##vso|##\[)", shown, re.MULTILINE)
    assert "](" not in shown
    assert "@everyone" not in shown


@pytest.mark.parametrize("form", DRAFTS)
def test_long_lists_are_cut_with_the_count_of_the_rest(form: str) -> None:
    columns = {f"c{place}": {"distinct": 1, "types": {"integer": 1}} for place in range(50)}
    report = dataclasses.replace(clean(), sections={"profile": {"splits": {"train": {"columns": columns}}}})
    assert "- From the audit: and 30 more columns in the report\n" in render(form, report)
