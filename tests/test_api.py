"""Audits from Python: paths and frames in, a report with what notebooks and tests need out, and nothing left behind."""

from __future__ import annotations

import os
import resource
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from auditor.api import NotAcceptedError, Report, audit, scanned
from auditor.model import AuditorError

SAMPLES = Path(__file__).resolve().parent.parent / "sample_data"
TEXTS = ["the first of the long records stands here", "quite another matter is told in this one", "a third thing nobody has seen before"]


@pytest.fixture(scope="module")
def leaky() -> Report:
    return audit(SAMPLES / "leaky", label="queue", select=["LEAK", "DUP"])


def test_a_path_is_audited_as_by_the_command(leaky: Report) -> None:
    assert leaky.verdict == "fail"
    assert not leaky.ok
    assert leaky.dataset["splits"]["test"]["rows"] == 80
    assert {each.rule for each in leaky.findings} >= {"LEAK001", "LEAK002", "LEAK003", "LEAK004"}


def test_what_may_not_pass_is_an_assertion_with_its_reasons(leaky: Report) -> None:
    with pytest.raises(NotAcceptedError) as caught:
        leaky.assert_ok()
    assert isinstance(caught.value, AssertionError)
    first, *reasons = str(caught.value).splitlines()
    assert "FAIL" in first
    assert len(reasons) == len(leaky.reasons)
    assert reasons[0].startswith("  LEAK004 same-text-other-label-across-splits: ")


def test_the_findings_become_a_frame(leaky: Report) -> None:
    frame = leaky.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert frame["severity"][0] == "critical"
    assert len(frame) == len(leaky.findings)
    first = frame.iloc[0]
    assert (first["rule"], first["split"], first["file"], first["line"]) == ("LEAK004", "train", "train.csv", 13)
    assert first["count"] == next(each.count for each in leaky.findings if each.fingerprint == first["fingerprint"])


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in {"src", "href", "style"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_notebook_shows_tables_and_nothing_that_runs(tmp_path: Path) -> None:
    folder = tmp_path / "<script>alert(1)</script>".replace("/", "∕")
    folder.mkdir()
    for split, text in (("train", TEXTS[0]), ("test", TEXTS[0])):
        (folder / f"{split}.csv").write_text(f"text,<img src=x onerror=alert(1)>\n{text},a\n{TEXTS[1]} {split},b\n", encoding="utf-8")
    report = audit(folder, select=["LEAK001"])
    page = Tags()
    page.feed(report._repr_html_())
    assert set(page.tags) <= {"div", "p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert any("<script>" in each for each in page.words)
    assert any("LEAK001" in each for each in page.words)
    assert report.render("json").startswith("{")


@pytest.mark.parametrize("kind", ["pandas", "arrow"])
def test_frames_are_splits(kind: str) -> None:
    made = {"train": {"text": TEXTS, "label": ["a", "b", "a"]}, "test": {"text": [TEXTS[1], "a record of its own"], "label": ["a", "b"]}}
    frames = {name: pd.DataFrame(columns) if kind == "pandas" else pa.table(columns) for name, columns in made.items()}
    report = audit(frames, label="label", select=["LEAK"])
    (finding,) = [each for each in report.findings if each.rule == "LEAK004"]
    place = finding.where[0]
    assert (place.split, place.row) == ("train", 1)
    assert place.partner is not None
    assert (place.partner.split, place.partner.row) == ("test", 0)


def test_one_frame_is_one_split() -> None:
    report = audit(pd.DataFrame({"text": [*TEXTS, TEXTS[0]]}), select=["DUP001"])
    assert list(report.dataset["splits"]) == ["all"]
    assert [(each.rule, each.where[0].row) for each in report.findings if each.rule == "DUP001"] == [("DUP001", 0)]


def test_this_process_is_left_as_it_was() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA), [*sys.meta_path], dict(os.environ)
    audit(pd.DataFrame({"text": TEXTS}), select=["DUP001"])
    assert (resource.getrlimit(resource.RLIMIT_DATA), [*sys.meta_path], dict(os.environ)) == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("there/is/no/such/folder", "no such"),
        (pd.DataFrame({"mixed": [1, "two", None]}), "cannot be written as a table"),
        ({"../train": pd.DataFrame({"a": [1]})}, "cannot be the name of a split"),
        ({"": pd.DataFrame({"a": [1]})}, "cannot be the name of a split"),
        (7, "builtins.int cannot be written as a table"),
    ],
)
def test_what_cannot_be_audited_is_an_error_with_a_cure(data: object, said: str) -> None:
    with pytest.raises(AuditorError) as caught:
        audit(data)
    assert said in caught.value.message.casefold() or said in caught.value.message
    assert caught.value.cure


def test_a_wrong_keyword_is_told_as_the_command_tells_it() -> None:
    with pytest.raises(AuditorError) as caught:
        audit(SAMPLES / "clean", policy="no-such-policy")
    assert "no-such-policy" in caught.value.message
    assert caught.value.code == 2
    with pytest.raises(AuditorError, match="no-such-option"):
        scanned(SAMPLES / "clean", ["--no-such-option"])


def test_what_could_not_be_completed_is_a_report(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text\n", encoding="utf-8")
    report = audit(tmp_path)
    assert report.verdict == "incomplete"
    with pytest.raises(NotAcceptedError, match="INCOMPLETE"):
        report.assert_ok()
