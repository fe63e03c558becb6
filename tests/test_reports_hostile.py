"""Two hundred hostile texts in every field stay text in every format: what each format's reader makes of it is looked at, not searched."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hostile_texts import HOSTILE
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reports_sample import poisoned, sample
from workflow import commands

from auditor.model import Json, Report
from auditor.reports import render, summary

UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e01ef]"
)
PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak"}
TABLES = {f"{each}_{end}" for each in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")}
LISTS = {f"{each}_{end}" for each in ("bullet_list", "list_item", "heading", "strong") for end in ("open", "close")}
OURS = re.compile(r"</?details>|<br>|<summary>[A-Za-z ]+</summary>|\n")


def tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
        yield from (token, *(token.children or ()))


class Page(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found, self.style, self.links = set[tuple[str, ...]](), "", set[str]()
        self.tag = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        self.found.add((tag, *(name for name, _ in attrs)))
        self.links |= {value or "" for name, value in attrs if name in {"href", "src", "action"}}

    def handle_data(self, data: str) -> None:
        self.style += data if self.tag in {"style", "script"} else ""

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""


HARMLESS = [poisoned("x"), poisoned("train x "), sample()]
PAGES = [Page(render("html", each)) for each in HARMLESS]


def check_html(text: str, report: Report) -> None:
    page = Page(text)
    assert page.found <= {each for harmless in PAGES for each in harmless.found}
    assert page.style == PAGES[0].style
    assert all(link.startswith("#") for link in page.links)


def check_markdown(text: str, report: Report) -> None:
    found = list(tokens(text))
    assert {each.type for each in found} <= PLAIN | TABLES | LISTS | {"html_block", "html_inline", "code_inline"}
    assert all(OURS.sub("", each.content) == "" for each in found if each.type in {"html_block", "html_inline"})
    assert all(re.fullmatch(r"auditor [\w .?-]*", each.content) for each in found if each.type == "code_inline")
    assert sum(each.type == "heading_open" for each in found) == 2
    for each in found:
        if each.type == "text":
            assert not re.search(r"[@#]\w|://|(?i:www\.)", each.content), "no mention, no reference, no address"


def check_text(text: str, report: Report) -> None:
    assert text.count("\n") == sum(1 for _ in text.splitlines())


def check_json(text: str, report: Report) -> None:
    value = json.loads(text)
    assert text.isascii()
    assert [each["message"] for each in value["findings"]] == [each.message for each in report.findings]
    assert value["dataset"] == report.dataset


def check_sarif(text: str, report: Report) -> None:
    (run,) = json.loads(text)["runs"]
    assert text.isascii()
    for result in run["results"]:
        assert "](" not in result["message"]["text"]
        for location in result["locations"]:
            uri = urlsplit(location["physicalLocation"]["artifactLocation"]["uri"])
            assert (uri.scheme, uri.netloc, uri.query, uri.fragment) == ("", "", "", "")
            assert not {"", ".", ".."} & set(uri.path.split("/"))
    check_words(run)


def check_words(value: Json) -> None:
    """No text of a JSON document, once it is read, holds what a reader would not see."""
    if isinstance(value, str):
        assert not UNSEEN.search(value)
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        check_words(each)


def check_junit(text: str, report: Report) -> None:
    root = ET.fromstring(text)
    allowed = {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out"}
    assert {each.tag for each in root.iter()} <= allowed
    assert len(list(root.iter("testcase"))) == len({each.rule for each in report.outcomes} | {each.rule for each in report.findings}) + 1
    attributes = {name for each in root.iter() for name in each.attrib}
    assert attributes <= {*("name", "classname", "tests", "failures", "errors", "skipped", "time", "timestamp"), "type", "message", "value"}


def check_github(text: str, report: Report) -> None:
    found = commands(text)
    assert len(found) == text.count("\n") == len(report.findings)
    assert {each.name for each in found} <= {"error", "warning", "notice"}
    assert all(each.properties.keys() == {"file", "line", "title"} and each.properties["line"].isdecimal() for each in found)
    assert not any(UNSEEN.search(f"{each.message}{''.join(each.properties.values())}") for each in found)
    assert not any(commands(line) for each in found for line in each.message.split("\n"))


def check_gitlab(text: str, report: Report) -> None:
    entries = json.loads(text)
    assert len(entries) == len(report.findings)
    assert all(each["severity"] in {"info", "minor", "major", "critical", "blocker"} for each in entries)
    assert not any(each["location"]["path"].startswith(("/", "./", "../")) for each in entries)
    check_words([each["description"] for each in entries])


def check_csv(text: str, report: Report) -> None:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == text.count("\r\n") == text.count("\n") == len(report.findings) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) for row in rows for cell in row)


def check_oscal(text: str, report: Report) -> None:
    document = json.loads(text)
    check_words(document)
    for name, words in prose(document):
        assert {each.type for each in tokens(words)} <= PLAIN | {"code_inline"}, (name, words)


def prose(value: Json) -> Iterator[tuple[str, str]]:
    """The texts of an OSCAL document that are Markdown."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in {"title", "description", "remarks"} and isinstance(each, str):
                yield key, each
            elif key != "remediations":
                yield from prose(each)
    elif isinstance(value, list):
        for each in value:
            yield from prose(each)


def check_badge(text: str, report: Report) -> None:
    root = ET.fromstring(text)
    assert [each.tag.rpartition("}")[2] for each in root.iter()] == ["svg", "title", "rect", "rect", "g", "text", "text"]
    assert not any(name.startswith(("on", "href", "{")) for each in root.iter() for name in each.attrib)


CHECKS: Mapping[str, Callable[[str, Report], None]] = {
    "text": check_text,
    "json": check_json,
    "html": check_html,
    "markdown": check_markdown,
    "sarif": check_sarif,
    "junit": check_junit,
    "github": check_github,
    "gitlab": check_gitlab,
    "csv": check_csv,
    "oscal": check_oscal,
    "badge": check_badge,
}
CHEAP = ("text", "markdown", "junit", "github", "gitlab", "csv", "badge")
"""Formats that are written and read in a moment; the others are shown every twelfth report with all texts mixed."""


def looked_at(name: str, text: str, report: Report) -> None:
    text.encode()
    shown = text.replace("\r\n", "\n") if name == "csv" else text
    assert not UNSEEN.search(shown.replace("\u200b", ""))
    if name not in {"github", "html"}:
        assert commands(text) == []
    CHECKS[name](text, report)


def mixed(start: int) -> Report:
    """A report in which every field has a text of its own, from the one of this number on."""
    payloads = itertools.cycle((*HOSTILE[start:], *HOSTILE[:start]))

    def poison(value: Json) -> Json:
        if isinstance(value, str):
            return f"{next(payloads)}{value}"
        if isinstance(value, Mapping):
            return {key: each if key == "answer" else poison(each) for key, each in value.items()}
        return [poison(each) for each in value] if isinstance(value, list | tuple) else value

    plain = poisoned("")
    findings = tuple(
        dataclasses.replace(
            each,
            message=poison(each.message),
            waived=poison(each.waived),
            where=tuple(
                dataclasses.replace(place, file=poison(place.file), column=poison(place.column), message=poison(place.message))
                for place in each.where[:9]
            ),
        )
        for each in plain.findings
    )
    splits = {poison(name): poison(facts) for name, facts in plain.dataset["splits"].items()}
    return dataclasses.replace(
        plain,
        dataset={**poison(dict(plain.dataset)), "splits": splits},
        config=poison(plain.config),
        policy=poison(plain.policy),
        reasons=tuple(poison(plain.reasons)),
        outcomes=tuple(dataclasses.replace(each, note=poison(each.note)) for each in plain.outcomes),
        findings=findings,
        ledger=tuple(dataclasses.replace(each, file=poison(each.file), note=poison(each.note)) for each in plain.ledger),
        sections=poison(plain.sections),
    )


def test_there_are_enough_texts() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("name", CHEAP)
def test_each_text_stays_text_in_every_field(name: str) -> None:
    for payload in HOSTILE:
        report = poisoned(payload[:3_000])
        looked_at(name, render(name, report), report)


@pytest.mark.parametrize("name", CHECKS)
def test_all_texts_together_stay_text(name: str) -> None:
    for start in range(0, len(HOSTILE), 24 if name in CHEAP else 90):
        report = mixed(start)
        looked_at(name, render(name, report), report)


def test_the_summary_of_a_step_is_as_inert_as_a_comment() -> None:
    for start in range(0, len(HOSTILE), 60):
        check_markdown(summary(mixed(start)), mixed(start))
