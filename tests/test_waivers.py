"""Waivers, baselines and the licence lock, from the command line to the report."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_sample import clean

from auditor import baseline
from auditor.cli import group
from auditor.model import AuditorError, Finding, Json, Location, Outcome, Report, Severity
from auditor.waivers import file
from auditor.waivers.applied import applied
from auditor.waivers.file import Waiver

TODAY = datetime.date(2026, 11, 20)
LEAKED = "The ferry to the northern islands leaves at nine\n"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory on a fixed day, with a dataset in which one record leaks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC).timestamp())))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_text(f"text\n{LEAKED}The mail comes back at noon\n", encoding="utf-8")
    (tmp_path / "data/test.csv").write_text(f"text\n{LEAKED}", encoding="utf-8")
    return tmp_path


def auditor(*arguments: str, code: int = 0) -> str:
    """What a command writes; it must end with this code."""

    result = CliRunner().invoke(group, list(arguments))
    if isinstance(result.exception, AuditorError):
        assert code == result.exception.code, result.exception.message
        return f"{result.exception.message}\n{result.exception.cure}"
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


def scan(*options: str, code: int = 0) -> Json:
    return json.loads(auditor("scan", "data", "--select", "LEAK,WAIV,LIC", "-o", "json", "--quiet", *options, code=code))


def leak(report: Json) -> Json:
    return next(each for each in report["findings"] if each["rule"] == "LEAK001")


def waive(fingerprint: str, until: str = "2027-01-31", *more: str, code: int = 0) -> str:
    return auditor(
        "waive", fingerprint, "--until", until, "--owner", "jane@example.org", "--reason", "one law: 'quoted' #2", *more, code=code
    )


def test_a_finding_is_waived_until_its_last_day_and_comes_back(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = scan("-o", "json:r.json", code=1)
    fingerprint = leak(before)["fingerprint"]
    shown = waive(fingerprint[:8], "2026-11-25", "--report", "r.json", "--ticket", "DATA-1")
    assert shown.splitlines()[0] == "auditor-waivers.yaml: waived until 2026-11-25, " + leak(before)["message"]
    (entry,) = file.read(room / "auditor-waivers.yaml")
    assert entry == Waiver(
        fingerprint=fingerprint, rule="LEAK001", until=datetime.date(2026, 11, 25), owner="jane@example.org", line=3,
        reason="one law: 'quoted' #2", ticket="DATA-1",
    )  # fmt: skip
    after = scan()
    assert after["verdict"] == "pass-with-waivers"
    mark = {"reason": entry.reason, "owner": entry.owner, "until": "2026-11-25", "by": fingerprint, "file": "auditor-waivers.yaml"}
    assert leak(after)["waived"] == {**mark, "ticket": "DATA-1"}
    assert "waivers   1 of 1 waiver hold, LEAK001 ends in 5 days (jane@example.org)" in auditor("scan", "data", "--select", "LEAK,WAIV")
    for day, verdict, code in (("2026-11-25", "pass-with-waivers", 0), ("2026-11-26", "fail", 1)):
        noon = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(noon.timestamp())))
        late = scan(code=code)
        assert late["verdict"] == verdict
        expired = [each["message"] for each in late["findings"] if each["rule"] == "WAIV001"]
        assert expired == ([] if code == 0 else [f"the waiver of LEAK001 {fingerprint[:12]} by jane@example.org ended on 2026-11-25"])
        assert auditor("report", "r.json", "--waivers", "auditor-waivers.yaml", "--quiet", code=code)


def test_a_finding_that_grows_is_back(room: Path) -> None:
    scan("-o", "json:r.json", code=1)
    waive(leak(json.loads((room / "r.json").read_text()))["fingerprint"], "2027-01-31", "--report", "r.json")
    (room / "data/test.csv").write_text(f"text\n{LEAKED}{LEAKED}", encoding="utf-8")
    grown = scan(code=1)
    assert leak(grown)["waived"] is None
    assert next(each["evidence"] for each in grown["findings"] if each["rule"] == "WAIV003")["found"] == 2


def test_a_place_is_waived_by_its_contents(room: Path) -> None:
    place = leak(scan(code=1))["where"][0]["fingerprint"]
    waive(place)
    lines = (room / "data/train.csv").read_text().splitlines(keepends=True)
    (room / "data/train.csv").write_text("".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    moved = scan()
    assert (leak(moved)["waived"]["by"], leak(moved)["where"][0]["row"]) == (place, 1)
    (room / "data/train.csv").write_text("text\nThe mail comes back at noon\n", encoding="utf-8")
    assert [each["state"] for each in scan()["waivers"]["entries"]] == ["not looked for"]
    everything = json.loads(auditor("scan", "data", "-o", "json", "--quiet"))
    assert [each["message"] for each in everything["findings"] if each["rule"] == "WAIV002"] == [
        f"the waiver of {place[:12]} by jane@example.org excuses nothing"
    ]


def test_a_dataset_does_not_waive_itself(room: Path) -> None:
    scan("-o", "json:r.json", code=1)
    waive(leak(json.loads((room / "r.json").read_text()))["fingerprint"], "2027-01-31", "--waivers", "data/auditor-waivers.yaml")
    refused = scan(code=1)
    assert "INPUT004" in {each["rule"] for each in refused["findings"]}
    assert scan("--waivers", "data/auditor-waivers.yaml")["verdict"] == "pass-with-waivers"


def test_a_baseline_lets_only_what_is_new_or_grown_fail(room: Path) -> None:
    scan("-o", "json:r.json", code=1)
    known = scan("--baseline", "r.json")
    assert leak(known)["baseline"] is True
    assert (known["verdict"], known["baseline"]["new"], known["baseline"]["gone"]) == ("pass", 0, [])
    (room / "data/test.csv").write_text(f"text\n{LEAKED}{LEAKED}", encoding="utf-8")
    grown = scan("--baseline", "r.json", code=1)
    assert leak(grown)["baseline"] is False
    assert [(each["rule"], each["before"], each["count"]) for each in grown["baseline"]["grown"]] == [("LEAK001", 1, 2)]
    assert "0 new" not in auditor("scan", "data", "--select", "LEAK", "--baseline", "r.json", code=1)
    (room / "data").rename(room / "other")
    said = auditor("scan", "other", "--baseline", "r.json", code=2)
    assert said.startswith("--baseline: r.json is a report on 'data', not on 'other'\n")


def test_a_licence_that_changes_is_told_by_the_lock(room: Path) -> None:
    (room / "data/README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    scan("--write-lock", "auditor.lock", code=1)
    same = scan("--lock", "auditor.lock", code=1)
    assert [each for each in same["findings"] if each["rule"] == "LIC025"] == []
    for text, changes in (
        ("---\nlicense: cc-by-nc-4.0\n---\n", [("high", "stricter"), ("high", "stricter")]),
        ("---\nlicense: cc-by-4.0\n---\n\n", [("low", "bytes only")]),
        ("", [("high", "unknown"), ("medium", "removed")]),
    ):
        (room / "data/README.md").write_text(text, encoding="utf-8")
        found = [each for each in scan("--lock", "auditor.lock", code=1)["findings"] if each["rule"] == "LIC025"]
        assert [(each["severity"], each["evidence"]["change"]) for each in found] == changes


def test_a_saved_report_is_judged_by_another_level_and_shown_in_other_formats(room: Path) -> None:
    scan("-o", "json:r.json", code=1)
    auditor("report", "r.json", "-o", "markdown:r.md", "-o", "json:again.json", code=1)
    assert (room / "again.json").read_bytes() == (room / "r.json").read_bytes()
    judged = json.loads(auditor("report", "r.json", "--fail-on", "critical", "-o", "json", "--quiet"))
    assert (judged["verdict"], judged["policy"]["fail_on"], judged["run"]["judged"]) == ("pass", "critical", "2026-11-20")
    assert "scan DATASET --policy strict" in auditor("report", "r.json", "--policy", "strict", code=2)


GOOD = {"fingerprint": '"' + "0a" * 16 + '"', "until": "2027-01-31", "owner": "jane", "reason": "why"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fingerprint": '"0a"'}, "w.yaml:2: fingerprint: 32 hexadecimal digits in quotes are expected, not '0a'"),
        ({"fingerprint": "1" * 32}, f"w.yaml:2: fingerprint: 32 hexadecimal digits in quotes are expected, not {'1' * 32}"),
        ({"owner": ""}, "w.yaml:2: the waiver has no owner"),
        ({"reason": "[a]"}, "w.yaml:2: reason: a text is expected, not ['a']"),
        ({"until": "soon"}, "w.yaml:2: until: a day such as 2027-01-31 is expected, not 'soon'"),
        ({"until": '"2027-02-30"'}, "w.yaml:2: until: 2027-02-30 is no day (day is out of range for month)"),
        ({"places": "0"}, "w.yaml:2: places: a number from 1 is expected, not 0"),
        ({"rule": "leak"}, "w.yaml:2: rule: the id of a rule such as LEAK001 is expected, not 'leak'"),
        ({"untill": "x"}, "w.yaml:2: unknown key 'untill'"),
    ],
)
def test_a_wrong_waiver_is_told_with_its_line(change: dict[str, str], message: str, tmp_path: Path) -> None:
    values = GOOD | change
    (tmp_path / "w.yaml").write_text("waivers:\n  - " + "    ".join(f"{k}: {v}\n" for k, v in values.items()), encoding="utf-8")
    with pytest.raises(AuditorError) as caught:
        file.read(tmp_path / "w.yaml")
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["waivers: 3", "a: 1", "- b", "waivers: [1]", "waivers: &a [*a]", "waivers:\n  - [", "\x00"])
def test_what_is_no_file_of_waivers_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AuditorError, match=r"^w\.yaml"):
        file.read(tmp_path / "w.yaml")


def test_ends_rules_and_files_are_checked(room: Path) -> None:
    assert waive("ab" * 16, "2026-11-19", code=2).startswith("--until: 2026-11-19 is past\n")
    assert "is more than 366 days after 2026-11-20" in waive("ab" * 16, "2027-11-22", code=2)
    assert "is only the beginning of a fingerprint" in waive("ab" * 8, code=2)
    assert "is no fingerprint" in waive("xyz", code=2)
    assert not (room / "auditor-waivers.yaml").exists()
    waive("ab" * 16, "2027-11-21")
    assert "is waived already" in waive("ab" * 16, code=2)
    comment = "# kept\nwaivers:  # all of them\n- fingerprint: '" + "cd" * 16 + "'\n  until: 2027-01-01\n  owner: a\n  reason: b  # why"
    (room / "auditor-waivers.yaml").write_text(comment, encoding="utf-8")
    waive("ef" * 16)
    assert (room / "auditor-waivers.yaml").read_text().startswith(comment + "\n- fingerprint: ")
    (room / "auditor-waivers.yaml").write_text("waivers: [{fingerprint: '" + "cd" * 16 + "', until: 2027-01-01, owner: a, reason: b}]\n")
    assert "cannot be added to" in waive("ef" * 16, code=2)
    (room / "auditor-waivers.yaml").write_text(comment.replace("reason: b", "reason: b\n  rule: LEAK999"), encoding="utf-8")
    assert auditor("scan", "data", code=2).startswith("auditor-waivers.yaml:3: rule: there is no rule 'LEAK999'\n")


def finding(number: int, places: int) -> Finding:
    where = tuple(Location(split="train", row=row, digest=f"{row:032x}") for row in range(places))
    return Finding(rule="LEAK001", name="n", severity=Severity.HIGH, message="m", subject=str(number), where=where, count=places)


def made(*findings: Finding) -> Report:
    outcomes = tuple(Outcome(rule=rule, name="n", status="failed", examined=1) for rule in ("LEAK001", "WAIV001", "WAIV002", "WAIV003"))
    return dataclasses.replace(clean(), findings=findings, outcomes=outcomes, config={})


@settings(deadline=None)
@given(st.integers(1, 6), st.sets(st.integers(0, 5)), st.integers(-1, 1))
def test_a_finding_is_waived_when_all_its_places_are(places: int, waived: set[int], days: int) -> None:
    one = finding(1, places)
    until = TODAY + datetime.timedelta(days=days)
    prints = [one.fingerprint_at(Location(digest=f"{row:032x}")) for row in sorted(waived)]
    given_ = [Waiver(fingerprint=each, reason="r", owner="o", until=until) for each in prints]
    after = applied(made(one), given_, (), TODAY)
    held = {row for row in waived if row < places} if days >= 0 else set()
    main_ = next(each for each in after.findings if each.rule == "LEAK001")
    assert (main_.waived is not None) == (held == set(range(places)))
    assert main_.evidence.get("waived_places", 0) == (len(held) if main_.waived is None else 0)
    unused = sum(each.rule == "WAIV002" for each in after.findings)
    assert unused == len([row for row in waived if row >= places])
    assert sum(each.rule == "WAIV001" for each in after.findings) == (len(waived) - unused if days < 0 else 0)


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 4)), st.dictionaries(st.integers(0, 5), st.integers(1, 4)))
def test_counts_may_only_fall(before: dict[int, int], now: dict[int, int]) -> None:
    old, new = (made(*(finding(number, places) for number, places in side.items())) for side in (before, now))
    after = baseline.compared(new, old, "r.json")
    assert [each.known for each in after.findings] == [places <= before.get(number, 0) for number, places in now.items()]
    assert len(after.sections["baseline"]["gone"]) == len(before.keys() - now.keys())
    assert len(after.sections["baseline"]["grown"]) == sum(before.get(number, places) < places for number, places in now.items())
