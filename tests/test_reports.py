"""The reports as text, JSON and Markdown, and what holds for every format."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_sample import HOSTILE, Places, clean, poisoned, sample

from auditor import __version__
from auditor.model import SHOWN, AuditorError, Finding, Json, LedgerEntry, Location, Outcome, Report, Severity, digest
from auditor.reports import FORMATS, markdown, render, text, views, wording

GOLDEN = Path(__file__).parent / "golden"


def lines(report: Report) -> list[str]:
    return text.render(report).splitlines()


ENDINGS = {
    "text": "txt",
    "json": "json",
    "markdown": "md",
    "html": "html",
    "sarif": "sarif",
    "junit": "xml",
    "github": "github",
    "gitlab": "gitlab.json",
    "csv": "csv",
    "oscal": "oscal.json",
    "badge": "svg",
}


OF_LICENCES = {"spdx", "spdx3", "cyclonedx", "croissant", "attribution", "eu53", "ab2013"}
"""Formats that describe the dataset and its licence, not what was found; each has tests of its own."""


def test_every_format_has_a_golden_file() -> None:
    assert ENDINGS.keys() == set(FORMATS) - OF_LICENCES


@pytest.mark.parametrize(("name", "ending"), ENDINGS.items())
def test_the_sample_looks_as_it_did(name: str, ending: str) -> None:
    file = GOLDEN / f"report.{ending}"
    shown = render(name, sample()).replace(__version__, "VERSION")
    if name in {"sarif", "oscal"}:
        shown = without_pages(shown)
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        file.write_bytes(shown.encode())
    assert shown.encode() == file.read_bytes()


def without_pages(text: str) -> str:
    """A document without what the rules say of themselves, which changes with them."""

    def plain(value: Json) -> Json:
        if isinstance(value, dict):
            told = {"help", "fullDescription", "shortDescription", "statement", "remediations", "defaultConfiguration"}
            return {key: "..." if key in told else plain(each) for key, each in value.items()}
        return [plain(each) for each in value] if isinstance(value, list) else value

    return json.dumps(plain(json.loads(text)), indent=1, ensure_ascii=False) + "\n"


def test_an_unknown_format_is_named_with_those_there_are() -> None:
    with pytest.raises(AuditorError, match="no report format 'pdf'") as caught:
        render("pdf", sample())
    assert caught.value.cure == f"choose one of {', '.join(FORMATS)}"


def test_the_room_is_light_until_a_format_is_asked_for() -> None:
    code = "import sys, auditor.reports.text; print([m for m in ('rich', 'jinja2', 'numpy', 'pyarrow', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# JSON


def test_the_json_report_has_the_shape_that_others_rely_on() -> None:
    document = json.loads(render("json", sample()))
    assert document["schema"] == "auditor/report/1"
    assert document["tool"] == {"name": "auditor", "version": __version__}
    assert {"run", "dataset", "config", "policy", "reasons", "outcomes", "ledger", "frameworks", "cost", "expectations"} < document.keys()
    assert document["verdict"] == "fail"
    assert document["leakage"]["pairs_of_splits"][2]["share"] == 216 / 3080
    near = next(each for each in document["findings"] if each["rule"] == "LEAK002")
    assert near["evidence"] == {"pair": ["train", "test"], "share": 216 / 3080, "right_rows": 3080, "count": 150}
    assert len(near["where"]) == SHOWN
    partner = {"split": "test", "row": 7, "column": None, "file": "test.csv", "line": 9, "span": None}
    mark = digest("LEAK002", f"{1:032x}")
    first = {"split": "train", "row": 35, "column": None, "file": "train.csv", "line": 37, "span": None}
    assert near["where"][1] == {**first, "digest": f"{1:032x}", "message": "~ test.csv", "partner": partner, "fingerprint": mark}
    assert near["fingerprint"] == next(each for each in sample().findings if each.rule == "LEAK002").fingerprint
    rejected = [{"reason": "has 4 cells where the header has 2", "count": 2}]
    assert document["ledger"][2] == {"file": "train.csv", "physical": 10_005, "parsed": 10_003, "note": "", "rejected": rejected}


def test_json_has_no_nan_and_lists_what_was_not_sought() -> None:
    report = dataclasses.replace(sample(), sections={}, findings=(), config={"a": math.nan, "b": [math.inf, -math.inf], "c": (1.5, True)})
    document = json.loads(render("json", report), parse_constant=lambda name: pytest.fail(name))
    assert document["config"] == {"a": None, "b": [None, None], "c": [1.5, True]}
    assert document["leakage"] == {"pairs_of_splits": [], "controls": {}, "method": {}}
    assert document["license"] == {**dict.fromkeys(("declared", "detected", "concluded")), "sources": [], "obligations": [], "uses": {}}
    assert document["cost"] == {}
    standings = {control["status"] for framework in document["frameworks"] for control in framework["controls"]}
    assert standings == {"direct", "partial", "not-evidenced", "human"}


def test_json_is_sorted_and_only_the_run_may_differ() -> None:
    report = sample()
    shuffled = dataclasses.replace(report, config=dict(reversed(list(report.config.items()))), run={"seconds": 9.9})
    one, two = json.loads(render("json", report)), json.loads(render("json", shuffled))
    assert list(one) == sorted(one)
    assert one.pop("run") != two.pop("run")
    assert json.dumps(one) == json.dumps(two)


def test_a_section_cannot_take_the_place_of_the_verdict() -> None:
    report = dataclasses.replace(sample(), sections={"verdict": "pass", "drift": {"tests": 3}})
    document = json.loads(render("json", report))
    assert (document["verdict"], document["drift"]) == ("fail", {"tests": 3})


@pytest.mark.parametrize("payload", HOSTILE)
def test_json_gives_hostile_text_back_as_it_was(payload: str) -> None:
    report = poisoned(payload)
    shown = render("json", report)
    assert shown.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
    document = json.loads(shown)
    assert [each["message"] for each in document["findings"]] == [each.message for each in report.findings]
    assert document["license"] == report.sections["license"]
    assert document["dataset"] == report.dataset
    assert document["leakage"]["examples"] == report.sections["leakage"]["examples"]


# Text


def test_the_last_line_begins_with_the_shares_and_ends_with_the_next_command() -> None:
    assert lines(sample())[-1] == (
        "validation: 0.00 % leaked from train, test: 7.01 % leaked from train (216 of 3,080 rows)"
        " · FAIL: 5 findings at or above high · next: auditor explain LEAK004"
    )
    none = "validation: 0.00 % leaked from train, test: 0.00 % leaked from train"
    assert lines(clean())[-1] == f"{none} · PASS · next: auditor scan DATASET -o html:report.html"


def test_where_no_splits_were_compared_the_last_line_tells_of_the_benchmarks() -> None:
    rows = sample().sections["benchmarks"]["against"]
    only = dataclasses.replace(clean(), sections={"benchmarks": {"against": rows * 4}})
    names = "courier-quiz: 3 of 118 items in training data, other-quiz: 0 of 96 items in training data"
    assert lines(only)[-1] == f"{', '.join([names] * 3)}, 2 more benchmarks · PASS · next: auditor scan DATASET -o html:report.html"


def test_where_leakage_was_not_examined_the_last_line_says_why() -> None:
    outcome = Outcome(rule="LEAK001", name="identical-across-splits", status="skipped", note="there is only one split")
    bare = dataclasses.replace(clean(), sections={}, outcomes=(outcome,))
    assert lines(bare)[-1] == "leakage: not examined (there is only one split) · PASS · next: auditor scan DATASET -o html:report.html"
    broken = dataclasses.replace(bare, verdict="incomplete", reasons=("the file a.csv ends early", "so does b.csv"))
    assert lines(broken)[-1] == (
        "leakage: not examined (there is only one split) · INCOMPLETE: the file a.csv ends early (and 1 more) · next: auditor doctor"
    )
    assert "because   so does b.csv" in lines(broken)


def test_no_share_is_rounded_to_nothing_or_to_all() -> None:
    shares = (0.0, 1e-9, 0.00004, 0.00005, 0.5, 0.99994, 0.999999, 1.0)
    assert [wording.percent(share) for share in shares] == [
        *("0.00 %", "< 0.01 %", "< 0.01 %", "0.01 %", "50.00 %", "99.99 %", "> 99.99 %", "100.00 %"),
    ]


def test_a_training_split_is_named_before_another_evaluation_split() -> None:
    def pair(left: str, right: str, share: float | None) -> dict[str, object]:
        return {"left": left, "right": right, "right_rows": 200, "identical": 0, "near": 0, "contained": 0, "share": share}

    rows = [pair("train", "test", 0.01), pair("unlabeled", "test", 0.02), pair("validation", "test", 0.5), pair("test", "test", None)]
    rows += [pair("train", "unlabeled", 0.3), pair("validation", "heldout", 0.25)]
    report = dataclasses.replace(sample(), sections={"leakage": {"pairs_of_splits": rows}})
    leaks = [(leak.split, leak.source, leak.rows) for leak in views.leaks(report)]
    assert leaks == [("test", "unlabeled", 4), ("heldout", "validation", 50)]


def test_a_finding_shows_three_places_the_rest_as_a_number_and_its_texts() -> None:
    shown = "\n".join(lines(sample()))
    assert (
        "high LEAK002 near-duplicate-across-splits  train → test: 150 pairs, 4.12 % of test  14a1ae9b9409\n"
        "  --> train.csv:6 (row 4) ~ test.csv:2 (row 0)\n"
        "  --> train.csv:37 (row 35) ~ test.csv:9 (row 7)\n"
        "  --> train.csv:68 (row 66) ~ test.csv:16 (row 14)\n"
        "      and 147 more places\n"
        "   |\n"
        "   | How do I change the address on an order I placed yesterday?  [train: change_address]\n"
        "   | How can I change the address of the order I placed yesterday?  [test: change_order]\n"
        "   | near: Jaccard 0.824, 90.32 % of the second is in the first\n"
        "  = help: auditor explain LEAK002\n"
    ) in shown


@pytest.mark.parametrize("name", ["text", "markdown", "html", "json"])
def test_a_report_without_texts_shows_none(name: str) -> None:
    assert "change the address" not in render(name, sample(text=False))


def test_long_texts_are_cut_to_where_they_part() -> None:
    before = "the same words again and again " * 40
    ends = {"left": {"text": before + "then one end"}, "right": {"text": before + "then another"}}
    left, right = views.excerpts(ends, 60)
    assert (left, right) == (
        "…and again the same words again and again then one end",
        "…and again the same words again and again then another",
    )
    inner = {"left": {"text": "x" * 500 + " a question that stands inside?"}, "right": {"text": "a question that stands inside?"}}
    assert views.excerpts(inner, 60) == ("…a question that stands inside?", "a question that stands inside?")


def test_an_empty_report_has_a_verdict_in_every_format() -> None:
    report = Report(run={}, dataset={"name": "x", "digest": "", "splits": {}, "text_columns": []}, config={})
    assert lines(report)[-1] == "leakage: not examined · INCOMPLETE · next: auditor doctor"
    assert render("markdown", report).startswith("## INCOMPLETE\n")
    assert "<span>INCOMPLETE</span></p>" in render("html", report)
    assert json.loads(render("json", report))["verdict"] == "incomplete"


def test_colours_change_nothing_but_colours() -> None:
    shown = text.styled(sample())
    assert shown.plain == text.render(sample())
    assert {"bold red", "bold yellow", "cyan"} <= {str(span.style) for span in shown.spans}


@pytest.mark.parametrize("payload", HOSTILE)
def test_nothing_reaches_the_terminal_raw(payload: str) -> None:
    shown = text.render(poisoned(payload))
    assert not re.search(r"(?m)^\s*::|##\w*\[", shown)
    assert {char for char in shown if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} == {"\n"}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20))
def test_no_text_from_data_begins_a_line(payload: str) -> None:
    shown = text.render(poisoned(f"{payload}x"))
    assert shown.count("\n") == text.render(poisoned("x")).count("\n")
    assert not re.search(r"(?m)^\s*::", shown)


@given(st.text())
def test_what_is_visible_stays_and_what_is_not_is_written_out(words: str) -> None:
    shown = wording.visible(words)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c") & set(shown)
    if words.isprintable():
        assert shown == words


def test_invisible_characters_have_one_notation() -> None:
    assert wording.visible("a\u202eb\x1b\r\n\x9b\U000e0041\ud800") == "a\\u202eb\\u001b\\r\\n\\u009b\\U000e0041\\ud800"
    assert wording.visible("दर\u094d\u200dशन 👩\u200d🔬") == "दर\u094d\u200dशन 👩\u200d🔬"


def test_a_finding_ends_its_first_line_with_what_waive_takes() -> None:
    first = next(each for each in sample().findings if each.rule == "LEAK001")
    heading = next(line for line in lines(sample()) if "LEAK001 identical" in line)
    assert heading.endswith(f"  {first.fingerprint[:12]}")


def test_waivers_are_a_family_only_where_there_are_some() -> None:
    without = Outcome(rule="WAIV001", name="waiver-ended", status="skipped", note="there are no waivers")
    for outcome, shown in ((without, False), (dataclasses.replace(without, status="failed", examined=1, found=1), True)):
        report = dataclasses.replace(sample(), outcomes=(*sample().outcomes, outcome))
        assert any(line.startswith("Waivers ") for line in lines(report)) is shown


# Markdown


@pytest.mark.parametrize("payload", HOSTILE)
def test_markdown_from_data_is_inert(payload: str) -> None:
    shown = render("markdown", poisoned(payload))
    ours = re.sub(r"`auditor explain [^`\n]*`|</?details>|</?summary>", "", shown).replace("<br>", "").replace("**", "")
    assert not re.search(r"[<>`*~!\\\[\]]", re.sub(r"(?m)^\|[-|]+$", "", ours)), "no character that Markdown or HTML would obey"
    assert not re.search(r"@(?!&)|://|www\.", ours), "no mention, no address"
    heads = len(re.findall(r"(?m)^\| severity", shown))
    assert heads == 1
    for row in re.findall(r"(?m)^\| (?:critical|high|medium|low).*$", shown):
        assert row.count("|") == 5


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_inert_markdown_is_never_longer_than_asked(words: str, limit: int) -> None:
    assert len(markdown.inert(words, limit)) <= limit


def test_mentions_references_and_addresses_are_broken() -> None:
    assert markdown.inert("@all #12 www.x.y https://x.y a_b") == (
        "&#64;&#8203;all &#35;&#8203;12 www&#8203;.x.y https&#58;&#8203;//x.y a&#95;b"
    )


def crowded() -> Report:
    """More of everything than a page can hold, in characters that take the most room."""
    loud = '"&@<' * 2000
    names = [f"{loud}{i}" for i in range(30)]
    pairs = [
        {"left": a, "right": b, "share": 0.3, "capped": True, **dict.fromkeys(("right_rows", "identical", "near", "contained"), 10**12)}
        for i, a in enumerate(names)
        for b in names[i:]
    ]
    end = {"split": loud, "row": 10**12, "file": loud, "line": 10**12, "label": loud}
    examples = [
        {"rule": loud, "relation": loud, "left": {**end, "text": "a " * 900}, "right": {**end, "text": "b " * 900}, **similar}
        for similar in [{"jaccard": 0.9, "containment_left": 0.9, "containment_right": 0.9}] * 500
    ]
    source = dict.fromkeys(("file", "line", "method", "kind", "text", "expression", "status"), loud)
    result = {**dict.fromkeys(("check", "type", "column", "status", "observed", "message"), loud), "unexpected": 1, "examined": 1}
    place = Location(split=loud, row=10**12, column=loud, file=loud, message=loud, partner=Location(file=loud))
    finding = Finding(rule="LEAK001", name=loud, severity=Severity.HIGH, message=loud, subject="", where=(place,) * 50, count=50)
    return dataclasses.replace(
        sample(),
        dataset={"name": loud, "digest": loud, "text_columns": names, "splits": {name: {"rows": 1, "files": []} for name in names}},
        config={f"{name} {i}": loud for i in range(10) for name in names},
        reasons=(loud,) * 500,
        findings=(finding,) * 500,
        outcomes=tuple(Outcome(rule=f"LEAK{i:04}", name=loud, status="error", note=loud) for i in range(500)),
        ledger=(LedgerEntry(file=loud, note=loud, rejected=((loud, 1),)),) * 500,
        sections={
            "leakage": {"pairs_of_splits": pairs, "examples": examples},
            "license": {**sample().sections["license"], "concluded": loud, "sources": [source] * 500, "obligations": [loud] * 500},
            "schema": {"suite": loud, "splits": [{"split": loud, "rows": 1, "results": [result] * 500}]},
        },
    )


def test_crowded_reports_stay_small_and_say_what_they_left_out() -> None:
    report = crowded()
    comment, page = render("markdown", report), render("html", report)
    assert len(comment) <= 65_000
    assert "and 475 more findings" in comment
    assert len(page.encode()) <= 2_000_000
    assert "and 400 findings not shown here" in page


def test_a_billion_places_are_counted_and_not_visited() -> None:
    finding = Finding(rule="DUP001", name="n", severity=Severity.LOW, message="m", subject="s", where=Places(10**9), count=10**9)
    report = dataclasses.replace(sample(), findings=(finding,))
    assert "and 999,999,997 more" in render("text", report)
    assert "and 999,999,997 more" in render("markdown", report)
    assert "and 999,999,992 more" in render("html", report)
    assert len(json.loads(render("json", report))["findings"][0]["where"]) == SHOWN


def test_the_verdict_says_that_a_licence_was_denied_below_the_level_that_fails() -> None:
    denied = Finding(rule="LIC014", name="license-denied", severity=Severity.LOW, message="m", subject="s", evidence={"denied": True})
    report = dataclasses.replace(clean(), findings=(denied,), verdict="fail", reasons=("LIC014",), policy={"fail_on": "high"})
    assert views.judgement(report) == "FAIL: 1 finding at or above high or denied by the policy"
    graver = dataclasses.replace(report, findings=(dataclasses.replace(denied, severity=Severity.HIGH),))
    assert views.judgement(graver) == "FAIL: 1 finding at or above high"
