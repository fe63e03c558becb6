"""The page in a real browser: that it renders, sorts, narrows, prints and is accessible, and that nothing leaves it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from page_sample import full
from reports_sample import poisoned

from auditor.model import Report
from auditor.reports import html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: make chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; without its sandbox, since root in a container has none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def shown(browser: Browser, folder: Path, report: Report, *, scripts: bool = True, dark: bool = False, width: int = 1280) -> Page:
    """The page of a report, opened from a file; its complaints and the addresses that it asks for are errors of the test."""
    file = folder / "report.html"
    file.write_text(html.render(report), encoding="utf-8")
    size: ViewportSize = {"width": width, "height": 900}
    context = browser.new_context(java_script_enabled=scripts, color_scheme="dark" if dark else "light", viewport=size)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    assert complaints == []
    assert asked == [file.as_uri()]
    return page


def rules(page: Page) -> list[str]:
    """The rules of the findings in sight, in order."""
    return page.locator("#findings tbody > tr:visible > th .mono").all_inner_texts()


ORDERED = ["LEAK004", "LEAK001", "LEAK002", "LEAK003", "LEAK010", "SCHM001", "DUP002", "LIC006", "LIC006", "LIC006"]


def test_the_verdict_and_its_reason_are_on_the_first_screen(browser: Browser, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, full())
    for words in ("FAIL", "LEAK004 same-text-other-label-across-splits", "7.01 %", "Not everything was read"):
        box = page.get_by_text(words).first.bounding_box()
        assert box is not None and box["y"] + box["height"] < 900, words


def test_a_click_of_the_keyboard_sorts(browser: Browser, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, full())
    heads = page.locator("#findings thead th")
    assert [each.get_attribute("aria-sort") for each in heads.all()] == ["descending", "none", "none", "none"]
    heads.nth(1).locator("button").focus()
    page.keyboard.press("Enter")
    assert [each.get_attribute("aria-sort") for each in heads.all()] == ["none", "ascending", "none", "none"]
    assert rules(page) == sorted(ORDERED)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    assert [each.get_attribute("aria-sort") for each in heads.all()] == ["none", "none", "none", "descending"]
    counts = page.locator("#findings tbody > tr > td:last-child").all_inner_texts()
    assert counts == ["150", "25", "16", "8", "4", "3", "2", "2", "2", "1"]


def test_findings_are_narrowed_and_counted(browser: Browser, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, full())
    assert rules(page) == ORDERED
    page.locator("#by-level").select_option("high")
    assert rules(page) == ["LEAK001", "LEAK002", "LEAK003", "LEAK010"]
    page.get_by_label("Words").fill("8 PAIRS")
    assert rules(page) == ["LEAK003"]
    assert page.locator("#shown").inner_text() == "1 of 10 shown"
    page.get_by_label("Words").fill("")
    page.locator("#by-level").select_option("all")
    page.locator("#by-family").select_option("Duplicates")
    assert rules(page) == ["DUP002"]
    page.locator("#by-family").select_option("all")
    page.locator("#by-split").select_option("train")
    assert rules(page) == [rule for rule in ORDERED if rule != "LIC006"]


def test_without_scripts_everything_is_in_sight(browser: Browser, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, full(), scripts=False)
    assert rules(page) == ORDERED
    assert not page.locator("#filters").is_visible()
    assert page.locator("#findings button").count() == 0
    page.locator("#findings summary").first.click()
    assert page.get_by_text("Why it matters").first.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_print_has_pages_and_every_detail(browser: Browser, tmp_path: Path, scripts: bool) -> None:
    page = shown(browser, tmp_path, full(), scripts=scripts)
    if scripts:
        page.locator("#by-level").select_option("low")
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 3
    page.emulate_media(media="print")
    assert rules(page) == ORDERED
    assert page.get_by_text("Signature", exact=True).is_visible()
    assert all(each.bounding_box() for each in page.locator("#findings details > h3").all())


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_rule_of_accessibility_is_broken(browser: Browser, tmp_path: Path, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = shown(browser, tmp_path, full(), dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    parts = {"include": [["header"], ["#scorecard"], ["#licence"], ["#pairs"]]} if dark else None  # those with all the colours
    answer = Axe().run(page, context=parts).response
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in answer["violations"]] == []
    assert len(answer["passes"]) >= 15


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_no_width_makes_the_page_itself_scroll_sideways(browser: Browser, tmp_path: Path, width: int) -> None:
    page = shown(browser, tmp_path, full(), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_long_hostile_texts_do_not_make_it_scroll_either(browser: Browser, tmp_path: Path) -> None:
    page = shown(browser, tmp_path, poisoned("<b>WWW" * 40))
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    assert page.locator("#shown").inner_text() == "8 of 8 shown"
