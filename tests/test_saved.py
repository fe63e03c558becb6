"""JSON reports read back."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_sample import HOSTILE, clean, poisoned, sample

from auditor import saved
from auditor.model import AuditorError, Json, Report
from auditor.reports import FORMATS, render

ROOT = Path(__file__).resolve().parent.parent


def again(report: Report, folder: Path) -> Report:
    """The report, saved and loaded."""
    (folder / "report.json").write_text(render("json", report), encoding="utf-8")
    return saved.load(folder / "report.json")


REPORTS = [sample(), sample(text=False), clean(), *map(poisoned, HOSTILE), Report(run={}, dataset=clean().dataset, config={})]


@pytest.mark.parametrize("report", REPORTS)
def test_a_loaded_report_is_written_with_the_same_bytes(report: Report, tmp_path: Path) -> None:
    assert render("json", again(report, tmp_path)) == render("json", report)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", [sample(), clean()], ids=["sample", "clean"])
def test_a_loaded_report_says_the_same_in_every_format(name: str, report: Report, tmp_path: Path) -> None:
    """In other words: the same words as often, since the keys of mappings come back in the order of the alphabet."""
    before, after = render(name, report), render(name, again(report, tmp_path))
    assert Counter(re.findall(r"[\w.]+", after)) == Counter(re.findall(r"[\w.]+", before))
    assert len(after) == len(before)


def test_a_loaded_report_keeps_counts_fingerprints_and_the_version(tmp_path: Path) -> None:
    before = sample()
    after = again(before, tmp_path)
    near, was = (next(each for each in report.findings if each.rule == "LEAK002") for report in (after, before))
    assert (near.count, len(near.where), near.fingerprint) == (150, 100, was.fingerprint)
    assert [near.fingerprint_at(each) for each in near.where] == [was.fingerprint_at(was.where[place]) for place in range(100)]
    assert (after.verdict, after.reasons, after.outcomes, after.ledger) == (before.verdict, before.reasons, before.outcomes, before.ledger)
    document = json.loads(render("json", before))
    document["tool"]["version"] = "0.0.9"
    (tmp_path / "older.json").write_text(json.dumps(document), encoding="utf-8")
    older = saved.load(tmp_path / "older.json")
    assert json.loads(render("json", older))["tool"]["version"] == "0.0.9"
    assert "auditor 0.0.9" in render("text", older)


def test_sections_that_were_not_made_are_none_and_unknown_ones_stay(tmp_path: Path) -> None:
    assert not again(Report(run={}, dataset=clean().dataset, config={}), tmp_path).sections.keys() & {"leakage", "license", "cost"}
    document = json.loads(render("json", clean())) | {"weather": {"wind": 3}}
    (tmp_path / "report.json").write_text(json.dumps(document), encoding="utf-8")
    loaded = saved.load(tmp_path / "report.json")
    assert loaded.sections["weather"] == {"wind": 3}
    assert "schema" not in loaded.sections
    document = json.loads(render("json", sample()))
    (tmp_path / "report.json").write_text(json.dumps(document), encoding="utf-8")
    assert saved.load(tmp_path / "report.json").sections["schema"] == document["expectations"]


def leaves(value: Json, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all values in a document."""
    for key, inside in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*place, key)
        yield from leaves(inside, (*place, key))


DOCUMENT = json.loads(render("json", sample()))
PLACES = [each for each in leaves(DOCUMENT) if not (each[0] == "findings" and len(each) > 3 and isinstance(each[3], int) and each[3] > 1)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([None, -1, 2.5, "x", [], {}, True, [[]], [1], {"a": 1}, 10**30, "missing"]))
def test_a_spoilt_report_is_refused_or_can_be_judged(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str | int, ...], value: Json
) -> None:
    document = copy.deepcopy(DOCUMENT)
    inside = document
    for key in place[:-1]:
        inside = inside[key]
    if value == "missing":
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    file = tmp_path_factory.mktemp("spoilt") / "report.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    try:
        report = saved.load(file)
    except AuditorError as error:
        refused = error
        assert (refused.message[:12], refused.cure) == ("report.json ", saved.CURE)
    else:
        assert json.loads(render("json", report))["verdict"] == document["verdict"]


def changed(change: Callable[[Json], object]) -> bytes:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "report.json is no JSON"),
        (b"\xff\xfe", "report.json is no JSON"),
        (b"[" * 100_000, "report.json is no JSON"),
        (b'{"schema": "auditor/report/1", "x": NaN}', "report.json is no JSON"),
        (b"[]", "report.json is no report of the kind auditor/report/1"),
        (b'{"schema": "auditor/report/2"}', "report.json is no report of the kind auditor/report/1"),
        (b'{"schema": ["auditor/report/1"]}', "report.json is no report of the kind auditor/report/1"),
        (b'{"schema": "auditor/report/1"}', "report.json does not have the shape of a report: tool is missing"),
        (
            b'{"schema": "auditor/report/1", "x": ' + b"[" * 70 + b"]" * 70 + b"}",
            "report.json does not have the shape of a report: it is nested deeper than 64 levels",
        ),
        (
            changed(lambda each: each["findings"][0].update(severity="awful")),
            "report.json does not have the shape of a report: findings[0].severity must be one of info, low, medium, high, critical",
        ),
        (
            changed(lambda each: each["findings"][1]["where"][0].update(fingerprint="0")),
            "report.json does not have the shape of a report: findings[1].where[0].fingerprint must be 32 hexadecimal digits",
        ),
        (
            changed(lambda each: each["findings"][2].update(where=each["findings"][2]["where"][:1] * 101)),
            "report.json does not have the shape of a report: findings[2].where must not list more than 100 places",
        ),
        (
            changed(lambda each: each["outcomes"][3].update(found=True)),
            "report.json does not have the shape of a report: outcomes[3].found must be a number from 0",
        ),
    ],
)
def test_what_is_no_report_is_refused_with_the_reason(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(data)
    with pytest.raises(AuditorError) as caught:
        saved.load(tmp_path / "report.json")
    assert (caught.value.message, caught.value.cure) == (message, saved.CURE)


def test_a_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match=r"^gone\.json cannot be read \(No such file or directory\)$"):
        saved.load(tmp_path / "gone.json")
