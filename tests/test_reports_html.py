"""The page: that it is one file, that nothing in it comes alive, and that people can read it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_sample import full, huge
from reports_sample import HOSTILE, clean, poisoned, sample

from auditor import __version__
from auditor.model import Finding, LedgerEntry, Outcome, Report, Severity
from auditor.reports import html, wording
from auditor.reports.page import again, columns, findings, frameworks, limits, overview, terms

VOID = {"meta", "br", "img", "link", "input"}


class Page(HTMLParser):
    """The elements of a page, with their attributes, and the text outside the style."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.style = self.script = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "every element is closed, in order"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        elif self.open and self.open[-1] == "script":
            self.script += data
        else:
            self.text += data


def shape(page: Page) -> set[tuple[str, str, str]]:
    """The attributes of every element, numbers aside."""
    return {(tag, name, re.sub(r"\d+", "0", value or "")) for tag, attributes in page.elements for name, value in attributes.items()}


@pytest.mark.parametrize("report", [sample(), clean(), full()], ids=["sample", "clean", "full"])
def test_the_page_needs_nothing_else(report: Report) -> None:
    page = Page(html.render(report))
    assert page.open == []
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not {tag for tag, _ in page.elements} & {"img", "iframe", "object", "embed", "link", "form", "base", "video", "audio"}
    addresses = [value for _, attributes in page.elements for name, value in attributes.items() if name in {"href", "src", "action"}]
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {address for address in addresses if address} <= {f"#{target}" for target in targets}
    assert len(targets) == [name for _, attributes in page.elements for name in attributes].count("id"), "no id stands twice"
    assert not re.search(r"url\(|@import|http", page.style + page.script)
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)


def test_the_policy_in_the_head_allows_this_style_and_script_and_nothing_else() -> None:
    page = Page(html.render(sample()))
    style, script = (base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in (page.style, page.script))
    policies = [attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"]
    allowed = f"style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    assert policies == [f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"]


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_is_text(payload: str) -> None:
    harmless, page = Page(html.render(poisoned("x"))), Page(html.render(poisoned(payload)))
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in harmless.elements}
    assert shape(page) <= shape(harmless) | shape(Page(html.render(sample())))
    assert (page.style, page.script) == (harmless.style, harmless.script)
    assert page.text.count(wording.visible(payload)) > 100
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page.text)


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=12))
def test_no_text_adds_an_element(payload: str) -> None:
    page = Page(html.render(poisoned(f"{payload}x")))
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in Page(html.render(sample())).elements}


def test_tables_have_captions_and_heads_with_a_scope() -> None:
    page = Page(html.render(full()))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") == 21
    assert all(attributes.get("scope") in {"row", "col", "rowgroup"} for tag, attributes in page.elements if tag == "th")
    assert ("html", {"lang": "en"}) in page.elements


def test_sections_come_in_the_order_of_their_readers() -> None:
    def sections(source: str) -> list[str | None]:
        return [attributes["id"] for tag, attributes in Page(source).elements if tag == "section"]

    first = ["scorecard", "leakage", "benchmarks", "findings", "pairs", "licence", "schema", "columns"]
    parts = [*first, "ledger", "rules", "frameworks", "waivers", "cost", "method", "again"]
    assert sections(html.render(full())) == parts
    assert sections(html.render(clean())) == [name for name in parts if name not in {"benchmarks", "pairs", "columns", "waivers", "cost"}]


def test_headings_descend_one_step_at_a_time() -> None:
    levels = [int(tag[1]) for tag, _ in Page(html.render(full())).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))


def test_pairs_show_by_word_what_differs() -> None:
    source = html.render(sample())
    assert "How <del>do</del> I change the address <del>on an</del> order I placed yesterday?</blockquote>" in source
    assert "How <ins>can</ins> I change the address <ins>of the</ins> order I placed yesterday?</blockquote>" in source
    assert "返品の送料は<del>誰</del>が払いますか" in source
    assert source.count("text withheld") == 0
    assert html.render(sample(text=False)).count("text withheld") == 10


def test_the_matrix_shows_the_share_and_the_pairs_by_relation() -> None:
    source = html.render(sample())
    assert "Every share is counted over all rows: it is exact" in source
    cell = source.split('<td class="heat-4">')[1].split("</td>")[0]
    assert re.sub(r"<[^>]+>|\s+", " ", cell).split() == [
        *("7.01", "%", "216", "of", "3,080", "rows", "25", "identical", "150", "near", "8", "contained"),
    ]
    assert "28 near or more" in source


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_for_everyone(scheme: int) -> None:
    style = (html.ROOM / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    pairs = [(ink, ground) for ink in ("ink", "quiet", "bad", "warn", "note", "good") for ground in ("page", "sheet", "soft")]
    pairs += [(name, f"{name}-soft") for name in ("bad", "warn", "note", "good")]
    pairs += [("ink", f"heat-{step}") for step in range(1, 6)] + [("ink", "gone"), ("ink", "come")]
    for ink, ground in pairs:
        bright, dim = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, f"{ink} on {ground}"


def test_the_full_page_looks_as_it_did() -> None:
    file = Path(__file__).parent / "golden" / "page.html"
    shown = html.render(full()).replace(__version__, "VERSION")
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_the_page_stays_small_whatever_the_report_is() -> None:
    source = html.render(huge())
    assert len(source.encode()) <= 2_000_000
    assert "and 9,900 findings not shown here" in source
    assert "and 4,970 more columns not shown here" in source
    assert "and 490 more splits not shown here" in source
    assert Page(source).open == []


def test_what_was_not_examined_says_why() -> None:
    skips = tuple(Outcome(rule=rule, name="n", status="skipped", note=f"no {rule}") for rule in ("LEAK001", "LIC001", "SCHM001"))
    source = html.render(dataclasses.replace(sample(), sections={}, outcomes=skips))
    assert [each.split("<")[0] for each in source.split("Not examined: ")[1:]] == ["no LEAK001", "no LIC001", "no SCHM001"]


def test_the_first_screen_says_whether_all_was_read() -> None:
    whole = (LedgerEntry(file="a", physical=9, parsed=9), LedgerEntry(file="b.pdf", note="not read: no format of data"))
    assert overview.reading(dataclasses.replace(sample(), ledger=whole)) == (
        True,
        "Every row was read: 9 rows in 1 file. Nothing is a sample.",
    )
    told = "Not everything was read: 14,083 of 14,085 rows were accepted."
    assert overview.reading(sample()) == (False, told)
    gaps = dataclasses.replace(sample(), ledger=whole, gaps=("c.csv",))
    assert overview.reading(gaps) == (False, "Not everything could be looked at, though 9 of 9 rows were accepted.")
    assert overview.reading(dataclasses.replace(sample(), ledger=())) == (False, "No record was read.")


def test_the_scorecard_has_a_figure_and_what_is_allowed() -> None:
    report = dataclasses.replace(full(), policy={"fail_on": "medium", "leakage": {"share": 0.001}, "input": {"rejected": 0.01}})
    scores = {score.family.title: (score.figure, score.threshold) for score in overview.scores(report)}
    assert scores == {
        "Leakage": ("7.01 % of test", "at most 0.10 % of a split"),
        "Duplicates": ("50 pairs within a split", "nothing at or above medium"),
        "Schema": ("1 of 2 expectations met", "nothing at or above medium"),
        "Licence": ("CC-BY-NC-4.0", "nothing at or above medium"),
        "Secrets": ("not examined", "nothing at or above medium"),
    }


def test_the_scorecard_says_what_is_new_since_the_baseline() -> None:
    known = tuple(dataclasses.replace(each, known=each.rule == "LEAK001") for each in sample().findings)
    report = dataclasses.replace(sample(), findings=known)
    assert {score.family.title: score.change for score in overview.scores(report)}["Leakage"] == "4 new, 1 known"
    assert "since the baseline" in html.render(report)
    assert "since the baseline" not in html.render(sample())


def test_a_matrix_counts_pairs_with_two_labels() -> None:
    evidence = {"left": "train", "right": "test"}
    finding = Finding(rule="LEAK004", name="n", severity=Severity.HIGH, message="", subject="s", count=3, evidence=evidence)
    cells = overview.matrices(dataclasses.replace(sample(), findings=(finding,)))[0].cells
    assert {ends: cell.relabelled for ends, cell in cells.items() if cell.relabelled} == {("train", "test"): 3}


def test_waivers_are_active_expiring_or_expired_on_the_day_of_the_audit() -> None:
    shown, more = findings.waivers(full())
    assert [(each.state, (each.finding.waived or {})["until"]) for each in shown] == [
        ("expired", "2026-05-03"),
        ("expiring", "2026-05-10"),
        ("active", "2027-01-31"),
    ]
    assert more == 0


def test_findings_can_be_narrowed_by_what_they_are_about() -> None:
    rows, more, options = findings.listed(sample())
    assert (len(rows), more) == (8, 0)
    assert options.levels == ["critical", "high", "medium", "low", "waived"]
    assert options.splits == ["train", "test"]
    assert [options.families[row.family] for row in rows] == ["Leakage"] * 5 + ["Schema", "Duplicates", "Licence"]
    assert [row.splits for row in rows] == ["0 1"] * 5 + ["0"] + ["0 1", ""]
    assert rows[0].rule is not None and rows[0].rule.id == "LEAK004"


def test_columns_are_pictured_by_what_they_hold() -> None:
    shown, more = columns.profiled(full())
    first = {column.name: column.splits[0] for column in shown}
    assert more == 0
    assert [seen.split for seen in shown[0].splits] == ["train", "test"]
    assert {name: seen.holds for name, seen in first.items()} == {
        "text": "string; lengths 12 to 240, median 126, mean 126",
        "label": "string; lengths 6 to 7, median 6.5, mean 6.5",
        "hour": "integer; 0 to 23, median 11.5, mean 11.5",
        "when": "string × 900, number × 100; from 2026-01-01 to 2026-05-01T09:30:00Z",
        "code": "string; lengths 5",
    }
    assert {name: seen.picture and seen.picture.text for name, seen in first.items()} == {
        "text": "7 bars, from 12 to 240 characters; the highest stands for 500",
        "label": "3 bars, the most frequent first; the highest stands for 600",
        "hour": "5 bars, from 0 to 23; the highest stands for 400",
        "when": None,
        "code": None,
    }
    picture = first["label"].picture
    assert picture is not None
    assert picture.path == "M0 32v-32h38.4V32zM42.67 32v-16h38.4V32zM85.33 32v-5.33h38.4V32z"


def test_expectations_stand_by_column_and_the_unmet_ones_first() -> None:
    result = {"type": "t", "check": "c", "status": "passed"}
    some = [{**result, "column": "a"}, {**result, "column": "b"}, {**result, "column": "b", "status": "failed"}, {**result, "column": None}]
    schema = {"suite": "s", "splits": [{"split": "train", "rows": 9, "results": some * 60}]}
    shown, more = columns.judged(dataclasses.replace(sample(), sections={"schema": schema}))
    assert [(each.name, each.failed, len(each.results)) for each in shown] == [("b", 60, limits.RESULTS)]
    assert {result["status"] for _, result in shown[0].results[:60]} == {"failed"}
    assert more == 140


def test_uses_that_were_asked_about_come_first() -> None:
    uses, more = terms.uses(full())
    assert [(use.name, use.answer, use.asked) for use in uses] == [
        ("train-commercial", "deny", True),
        ("redistribute-data", "condition", False),
        ("evaluate", "unclear", False),
    ]
    assert more == 0


def test_records_without_a_licence_are_counted() -> None:
    lines, _ = terms.of_records(full())
    assert [(each.license, each.rows) for each in lines] == [("CC-BY-4.0", 9_000), ("not recognised", 1_000), ("none stated", 3)]


def test_frameworks_share_the_room_for_controls() -> None:
    some = [{"title": "a", "controls": [{"status": "human"}] * 90}, {"title": "b", "controls": [{"status": "direct"}] * 90}]
    shown, more = frameworks.frameworks(dataclasses.replace(sample(), sections={"frameworks": some}))
    assert [(len(each.controls), each.more, each.summary) for each in shown] == [(90, 0, "90 human"), (30, 60, "90 direct")]
    assert more == 0


def test_the_command_has_what_differs_from_the_defaults() -> None:
    config = {"split": [["train", "a b.csv"]], "threshold": 0.8, "no_text": True, "label": None, "ignore": ["SEC"], "sensitive": ["name"]}
    report = dataclasses.replace(sample(), config=config)
    assert again.command(report) == "auditor scan support-questions --ignore SEC --no-text --split 'train=a b.csv'"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234, "1,234"), (1234.5, "1,234.50"), (0.12345, "0.1235"), (2.0, "2"), (1e18, "1e+18"), (True, "yes"), (None, "none")],
)
def test_amounts_are_read_easily(value: object, shown: str) -> None:
    assert limits.amount(value) == shown


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_text_takes_no_more_bytes_than_it_may(text: str, limit: int) -> None:
    import html as escaping

    shown = limits.within(wording.visible(text), limit).removesuffix("…")
    assert len(escaping.escape(shown).encode()) <= limit
    assert wording.visible(text).startswith(shown)
