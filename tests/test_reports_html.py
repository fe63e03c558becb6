"""The page: that it is one file, that nothing in it comes alive, and that people can read it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_sample import HOSTILE, clean, poisoned, sample

import auditor.reports
from auditor.reports import html, wording

VOID = {"meta", "br", "img", "link", "input"}


class Page(HTMLParser):
    """The elements of a page, with their attributes, and the text outside the style."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.style = ""
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
        else:
            self.text += data


def shape(page: Page) -> set[tuple[str, str, str]]:
    """The attributes of every element, numbers aside."""
    return {(tag, name, re.sub(r"\d+", "0", value or "")) for tag, attributes in page.elements for name, value in attributes.items()}


def test_the_page_needs_and_runs_nothing_else() -> None:
    page = Page(html.render(sample()))
    assert page.open == []
    assert not {tag for tag, _ in page.elements} & {"script", "img", "iframe", "object", "embed", "link", "form", "base", "video", "audio"}
    addresses = [value for _, attributes in page.elements for name, value in attributes.items() if name in {"href", "src", "action"}]
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {f"#{target}" for target in targets} == set(addresses)
    assert not re.search(r"url\(|@import|http", page.style)
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)


def test_the_policy_in_the_head_allows_this_style_and_nothing_else() -> None:
    page = Page(html.render(sample()))
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policies = [attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_is_text(payload: str) -> None:
    harmless, page = Page(html.render(poisoned("x"))), Page(html.render(poisoned(payload)))
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in harmless.elements}
    assert shape(page) <= shape(harmless) | shape(Page(html.render(sample())))
    assert page.style == harmless.style
    assert page.text.count(wording.visible(payload)) > 100
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page.text)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=12))
def test_no_text_adds_an_element(payload: str) -> None:
    page = Page(html.render(poisoned(f"{payload}x")))
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in Page(html.render(sample())).elements}


def test_tables_have_captions_and_heads_with_a_scope() -> None:
    page = Page(html.render(sample()))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") == 10
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in page.elements if tag == "th")
    assert ("html", {"lang": "en"}) in page.elements


def test_sections_come_in_the_order_of_their_readers() -> None:
    def sections(source: str) -> list[str | None]:
        return [attributes["id"] for tag, attributes in Page(source).elements if tag == "section"]

    order = ["scorecard", "leakage", "benchmarks", "findings", "pairs", "licence", "schema", "ledger", "rules", "method", "again"]
    assert sections(html.render(sample())) == order
    assert sections(html.render(clean())) == [name for name in order if name not in {"benchmarks", "pairs", "licence", "schema"}]


def test_pairs_show_by_word_what_differs() -> None:
    source = html.render(sample())
    assert "How <del>do</del> I change the address <del>on an</del> order I placed yesterday?</blockquote>" in source
    assert "How <ins>can</ins> I change the address <ins>of the</ins> order I placed yesterday?</blockquote>" in source
    assert "返品の送料は<del>誰</del>が払いますか" in source
    assert source.count("text withheld") == 0
    assert html.render(sample(text=False)).count("text withheld") == 10


def test_the_matrix_shows_the_share_and_the_pairs_by_relation() -> None:
    source = html.render(sample())
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
    style = (Path(auditor.reports.__file__).parent / "report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    pairs = [(ink, ground) for ink in ("ink", "quiet", "bad", "warn", "note", "good") for ground in ("page", "sheet", "soft")]
    pairs += [(name, f"{name}-soft") for name in ("bad", "warn", "note", "good")]
    pairs += [("ink", f"heat-{step}") for step in range(1, 6)] + [("ink", "gone"), ("ink", "come")]
    for ink, ground in pairs:
        bright, dim = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, f"{ink} on {ground}"
