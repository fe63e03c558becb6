"""Two versions of a dataset set side by side: records paired as multisets, what a diff says and fails on; and the history of reports."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports_sample import HOSTILE, clean, poisoned, sample

from auditor.comparing import columns, contents, history, shown
from auditor.comparing.blocks import ROOM
from auditor.comparing.contents import Records
from auditor.comparing.diff import UNKNOWN, Diff, as_json, compared, document
from auditor.comparing.sides import Side, is_report
from auditor.model import AuditorError, Finding, Json, Report, Severity
from auditor.reports import render
from auditor.reports.wording import visible
from auditor.schemas import published

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
SPLITS = ["train", "validation", "test"]


def auditor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1764460800"}
    return subprocess.run([sys.executable, "-m", "auditor", *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=settings)


def golden(name: str, text: str) -> None:
    if os.environ.get("AUDITOR_UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert (GOLDEN / name).read_text(encoding="utf-8") == text


# ── records ───────────────────────────────────────────────────────────────────────────────────────────────────────────

Row = tuple[int, int, int, int]
"""Split, text, label and id of a record; 0 is no value."""

rows = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(0, 2), st.integers(0, 3)), max_size=25)


def side(found: Sequence[Row]) -> Records:
    found = sorted(found, key=lambda row: row[0])
    table = np.array(found, np.uint64).reshape(len(found), 4)
    firsts = Counter[int]()
    row = [firsts.update([each[0]]) or firsts[each[0]] - 1 for each in found]
    none = np.zeros(len(found), np.uint64)
    keys = {
        "key": np.stack([table[:, 1] * np.uint64(100) + table[:, 2] * np.uint64(10) + table[:, 3], none], axis=1),
        "rest": np.stack([table[:, 1] * np.uint64(10) + table[:, 3], none], axis=1),
        "id": np.stack([table[:, 3], none], axis=1),
    }
    return Records(split=table[:, 0].astype(np.int64), row=np.array(row, np.int64), keys=keys)


def total(flows: Sequence[Json]) -> int:
    return sum(each["rows"] for each in flows)


@given(rows, rows)
def test_records_are_kept_and_moved_as_often_as_both_sides_have_them(old: list[Row], new: list[Row]) -> None:
    found = contents.compared(side(old), side(new), SPLITS)
    before, after = Counter(old), Counter(new)
    assert found["kept"] == (before & after).total()
    shared = (Counter(row[1:] for row in old) & Counter(row[1:] for row in new)).total()
    assert found["kept"] + total(found["moved"]) == shared
    assert all(flow["from"] != flow["to"] for flow in found["moved"])


@given(rows, rows)
def test_every_record_is_counted_once_in_its_split(old: list[Row], new: list[Row]) -> None:
    found = contents.compared(side(old), side(new), SPLITS)
    flows = [*found["moved"], *found["relabelled"], *found["changed"]]
    for place, name in enumerate(SPLITS):
        kept = sum((Counter(row for row in old if row[0] == place) & Counter(row for row in new if row[0] == place)).values())
        gone = sum(each["rows"] for each in found["removed"] if each["split"] == name)
        come = sum(each["rows"] for each in found["added"] if each["split"] == name)
        assert sum(row[0] == place for row in old) == kept + gone + sum(each["rows"] for each in flows if each["from"] == name)
        assert sum(row[0] == place for row in new) == kept + come + sum(each["rows"] for each in flows if each["to"] == name)


@given(rows, rows)
def test_what_is_relabelled_or_changed_is_what_is_left_with_the_same_text_or_id(old: list[Row], new: list[Row]) -> None:
    found = contents.compared(side(old), side(new), SPLITS)
    left = [Counter(row[1:] for row in each) for each in (old, new)]
    left = [left[0] - left[1], left[1] - left[0]]
    rest = [Counter[tuple[int, int]](), Counter[tuple[int, int]]()]
    for counter, each in zip(rest, left, strict=True):
        for (text, _, key), count in each.items():
            counter[text, key] += count
    assert total(found["relabelled"]) == (rest[0] & rest[1]).total()
    ids = [Counter[int](), Counter[int]()]
    for place in (0, 1):
        for (_, key), count in (rest[place] - rest[1 - place]).items():
            ids[place][key] += count if key else 0
    assert total(found["changed"]) == (ids[0] & ids[1]).total()


@given(rows, rows)
def test_the_other_way_round_what_was_added_is_removed(old: list[Row], new: list[Row]) -> None:
    there, back = (contents.compared(side(a), side(b), SPLITS) for a, b in ((old, new), (new, old)))
    assert (there["added"], there["removed"], there["kept"]) == (back["removed"], back["added"], back["kept"])
    for kind in ("moved", "relabelled", "changed"):
        turned = sorted((each["to"], each["from"], each["rows"]) for each in back[kind])
        assert sorted((each["from"], each["to"], each["rows"]) for each in there[kind]) == turned


@given(rows)
def test_nothing_differs_from_itself(old: list[Row]) -> None:
    found = contents.compared(side(old), side(list(reversed(old))), SPLITS)
    assert found == {"kept": len(old), "moved": [], "relabelled": [], "changed": [], "removed": [], "added": []}


def test_examples_name_rows_in_order() -> None:
    old = [(0, 1, 1, 1), *[(0, 2, 1, 1)] * 7]
    found = contents.compared(side(old), side([(2, 1, 1, 1)]), SPLITS)
    assert found["moved"] == [{"from": "train", "to": "test", "rows": 1, "examples": [[0, 0]]}]
    assert found["removed"] == [{"split": "train", "rows": 7, "examples": [1, 2, 3, 4, 5]}]


# ── two datasets, from the command line ───────────────────────────────────────────────────────────────────────────────

TOWNS = ("linz", "graz", "bern", "wels", "brno")
THINGS = ("ferry", "cable car", "night train", "rental bike", "parking deck", "city bus", "museum tram")
Table = list[list[str]]


def table(first: int, count: int) -> Table:
    """Records with id, text, label and fee, no two of which are alike."""
    return [
        [
            f"q{n}",
            f"when does the {THINGS[n % 7]} number {n * 17} leave {TOWNS[n % 5]} for stop {n * n + 3}",
            f"l{n % 3}",
            str(n * 37 % 101),
        ]
        for n in range(first, first + count)
    ]


def written(folder: Path, splits: dict[str, Table], heads: Sequence[str], licence: str) -> None:
    folder.mkdir()
    for name, records in splits.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([heads, *records])
    (folder / "README.md").write_text(f"---\nlicense: {licence}\n---\n# Timetable questions\n", encoding="utf-8")


def versions(folder: Path) -> None:
    """`old` and `new`, of which each difference is known."""
    train, test = table(0, 120), table(200, 60)
    train += [list(train[0]), list(train[0])]  # one record stands three times
    written(folder / "old", {"train": train, "test": test}, ["id", "text", "label", "fee"], "cc-by-4.0")
    after = [list(row) for row in train[:-1]]  # and now twice
    after += [*test[:3], list(test[10])]  # three have moved, and a copy of a test record is a leak
    for row in after[50:54]:
        row[2] = "l9"  # other labels
    after[60][1] = "an altogether different question about tickets"  # same id
    del after[70:72]
    rest = [[*row[:3], str(int(row[3]) + 150)] for row in test[3:]]
    rest = [test[10], *(row for row in rest if row[0] != test[10][0])]
    written(folder / "new", {"train": after, "test": rest}, ["id", "text", "label", "fee"], "cc-by-nc-4.0")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("versions")
    versions(folder)
    outputs = [word for form in ("json:diff.json", "markdown:diff.md", "text:diff.txt") for word in ("-o", form)]
    return folder, auditor("diff", "old", "new", "--label", "label", "--id", "id", "--use", "train-commercial", *outputs, cwd=folder)


def flow(found: Json, kind: str) -> list[tuple[str, str, int]]:
    return [(each["from"], each["to"], each["rows"]) for each in found["records"][kind]]


def test_each_difference_of_two_datasets_is_told(pair: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, run = pair
    assert run.returncode == 1, run.stderr
    found = json.loads((folder / "diff.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, published.diff())
    assert found["splits"] == [{"split": "train", "before": 122, "after": 123}, {"split": "test", "before": 60, "after": 57}]
    assert flow(found, "moved") == [("test", "train", 3)]
    assert flow(found, "relabelled") == [("train", "train", 4)]
    assert flow(found, "changed") == [("train", "train", 1), ("test", "test", 56)]
    assert [(each["split"], each["rows"]) for each in found["records"]["removed"]] == [("train", 3)]
    assert [(each["split"], each["rows"]) for each in found["records"]["added"]] == [("train", 1)]
    assert found["records"]["kept"] == 114 + 1
    (leak,) = found["leakage"]
    assert (leak["left"], leak["right"], leak["before"], leak["after"]) == ("train", "test", 0, pytest.approx(1 / 57))
    assert found["findings"]["new"][0]["rule"].startswith("LEAK")
    assert {"rule": "DRFT001", "severity": "medium"}.items() <= found["drift"]["columns"][0]["drifted"][0].items()
    assert (found["drift"]["columns"][0]["split"], found["drift"]["columns"][0]["column"]) == ("test", "fee")
    assert found["license"]["concluded"] == {"before": "CC-BY-4.0", "after": "CC-BY-NC-4.0"}
    assert {"use": "train-commercial", "before": "allow", "after": "deny", "stricter": True, "asked": True} in found["license"]["uses"]
    assert found["files"] == {"added": [], "removed": [], "changed": ["README.md", "test.csv", "train.csv"], "renamed": []}
    assert {each["part"] for each in found["worse"] if each["severity"] == "high"} >= {"leakage", "findings", "license"}


@pytest.mark.parametrize(("name", "form"), [("diff.txt", "text"), ("diff.md", "markdown"), ("diff.json", "json")])
def test_the_diff_looks_as_agreed(pair: tuple[Path, subprocess.CompletedProcess[str]], name: str, form: str) -> None:
    golden(name, (pair[0] / name).read_text(encoding="utf-8"))


def test_a_saved_report_stands_for_its_dataset(pair: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = pair
    asked = ("--label", "label", "--id", "id", "--use", "train-commercial")
    for name in ("old", "new"):
        auditor("scan", name, *asked, "-o", f"json:{name}.json", cwd=folder)
    run = auditor("diff", "old.json", "new.json", "-o", "json", cwd=folder)
    of_data, of_reports = (json.loads(text) for text in ((folder / "diff.json").read_text(encoding="utf-8"), run.stdout))
    assert run.returncode == 1
    assert of_reports["records"] == {"unknown": UNKNOWN}
    for name in ("splits", "files", "findings", "leakage", "schema_changes", "license", "drift", "waivers", "judgement", "worse"):
        assert of_reports[name] == of_data[name], name
    back = json.loads(auditor("diff", "new.json", "old.json", "-o", "json", cwd=folder).stdout)
    assert back["findings"]["gone"][0]["rule"].startswith("LEAK")
    gone, new = ({each["fingerprint"] for each in side} for side in (back["findings"]["gone"], of_reports["findings"]["new"]))
    assert gone == new
    same = auditor("diff", "new.json", "new.json", cwd=folder)
    assert same.returncode == 0
    assert same.stdout.endswith("NOT WORSE: nothing differs\n")
    misplaced = auditor("diff", "old.json", "new.json", "--label", "label", cwd=folder)
    assert misplaced.returncode == 2
    assert "--label is for audits" in misplaced.stderr
    runs = auditor("history", ".", cwd=folder)
    assert runs.returncode == 0
    assert "diff.json: it is no report" in runs.stdout


def test_a_new_column_does_not_make_every_record_another(tmp_path: Path) -> None:
    written(tmp_path / "old", {"train": table(0, 60)}, ["id", "text", "label", "fee"], "cc-by-4.0")
    new = [[*row[:3], f"{row[3]} EUR", "web"] for row in table(0, 61)]
    written(tmp_path / "new", {"train": new}, ["id", "text", "label", "price", "source"], "cc-by-4.0")
    run = auditor("diff", "old", "new", "--select", "LIC", "-o", "json", cwd=tmp_path)
    found = json.loads(run.stdout)
    changes = [(each["column"], each["change"]) for each in found["schema_changes"]]
    assert changes == [("fee", "removed"), ("price", "added"), ("source", "added")]
    assert (found["records"]["columns"], found["records"]["kept"]) == (["id", "label", "text"], 60)
    assert [(each["split"], each["rows"]) for each in found["records"]["added"]] == [("train", 1)]
    assert run.returncode == 0


def test_of_a_label_every_class_is_compared(tmp_path: Path) -> None:
    for name, classes in (("old", 60), ("new", 61)):
        records = [[f"{row[1]} {n}", f"class {n % classes}"] for n, row in enumerate(table(0, 6 * classes))]
        written(tmp_path / name, {"train": records}, ["text", "label"], "cc-by-4.0")
    run = auditor("diff", "old", "new", "--label", "label", "--select", "DRFT", "-o", "json", "--fail-on", "info", cwd=tmp_path)
    (found,) = (each for each in json.loads(run.stdout)["drift"]["columns"] if each["column"] == "label")
    assert (found["new"], found["vanished_categories"]) == ([["class 60", 6]], 0)


def test_a_side_that_cannot_be_read_ends_with_3(tmp_path: Path) -> None:
    written(tmp_path / "old", {"train": table(0, 5)}, ["id", "text", "label", "fee"], "cc-by-4.0")
    written(tmp_path / "new", {"train": table(0, 5)}, ["id", "text", "label", "fee"], "cc-by-4.0")
    (tmp_path / "new" / "test.parquet").write_bytes(b"PAR1 broken")
    auditor("scan", "old", "--select", "LIC", "-o", "json:old.json", cwd=tmp_path)
    run = auditor("diff", "old.json", "new", "--select", "LIC", cwd=tmp_path)
    assert run.returncode == 3
    assert "not known from reports" in run.stdout
    assert run.stdout.splitlines()[-1].startswith("INCOMPLETE: the new version could not be audited: test.parquet")
    missing = auditor("diff", "old", "absent", cwd=tmp_path)
    assert missing.returncode == 2


# ── two reports ───────────────────────────────────────────────────────────────────────────────────────────────────────


def diff(old: Report, new: Report, **more: Any) -> Diff:
    return compared(Side(name="old.json", report=old, saved=True), Side(name="new.json", report=new, saved=True), **more)


@pytest.mark.parametrize("report", [sample(), clean(), *map(poisoned, HOSTILE)])
def test_a_report_does_not_differ_from_itself(report: Report) -> None:
    found = diff(report, report, fail_on=Severity.HIGH)
    assert (found.worse, found.parts["findings"]["new"], found.parts["findings"]["gone"]) == ((), [], [])
    assert found.exit_code == (3 if report.verdict == "incomplete" else 0)


@pytest.mark.parametrize("bad", HOSTILE)
@pytest.mark.parametrize("turned", [False, True])
def test_nothing_in_a_report_is_obeyed(bad: str, turned: bool) -> None:
    one, other = clean(), poisoned(bad)
    found = diff(*((other, one) if turned else (one, other)), fail_on=Severity.HIGH)
    text, page, data = shown.text(found), shown.markdown(found), as_json(document(found))
    for written_ in (text, page):
        assert visible(written_, keep="\n") == written_
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "##vso[" not in text + data and "##[error" not in text + data
    assert "<script" not in page and "](http" not in page and "@everyone" not in page
    assert len(page) <= ROOM
    json.loads(data)


def many(count: int, name: str) -> Report:
    findings = tuple(
        Finding(rule=f"SCHM{n:04d}", name=name, severity=Severity.HIGH, message=f"{name} {n} " + "&<|" * 200, subject=f"{name} {n}")
        for n in range(count)
    )
    splits = {f"{name}-{n}": {"rows": n, "files": [{"path": f"{name}/{n}", "sha256": f"{n}"}]} for n in range(count)}
    return dataclasses.replace(clean(), findings=findings, dataset={**clean().dataset, "splits": splits})


def test_markdown_fits_a_comment_and_counts_what_it_leaves_out() -> None:
    found = diff(many(400, "a|b"), many(500, "c*d"))
    page = shown.markdown(found)
    assert 10_000 < len(page) <= ROOM
    assert page.startswith("## WORSE: 500 changes for the worse at or above high")
    assert "and 475 more changes" in page
    assert "and 875 more rows" in page
    assert len(found.parts["findings"]["new"]) == 500


def test_what_is_worse_depends_on_what_it_fails_on() -> None:
    new = dataclasses.replace(clean(), findings=sample().findings)
    assert diff(clean(), new).exit_code == 1
    assert diff(clean(), dataclasses.replace(new, policy={"fail_on": "critical"}), fail_on=Severity.HIGH).exit_code == 1
    low = dataclasses.replace(new, findings=tuple(each for each in new.findings if each.severity <= Severity.LOW))
    assert diff(clean(), low).exit_code == 0
    assert diff(clean(), low, fail_on=Severity.INFO).exit_code == (1 if low.findings else 0)


def test_a_leak_that_was_not_sought_before_is_not_said_to_have_been_none() -> None:
    leak = dataclasses.replace(
        next(each for each in sample().findings if each.rule == "LEAK001"), evidence={"left": "train", "right": "test"}
    )
    new = dataclasses.replace(clean(), findings=(leak,), sections={"leakage": sample().sections["leakage"]})
    without = dataclasses.replace(clean(), sections={})
    told = [each.message for each in diff(without, new, fail_on=Severity.HIGH).worse if each.part == "leakage"]
    assert "test: 7.01 % leaked from train now, not compared before" in told


def test_a_waived_finding_is_not_new_and_one_whose_waiver_ended_is() -> None:
    leak = next(each for each in sample().findings if each.rule == "LEAK001")
    waived = dataclasses.replace(leak, waived={"reason": "quoted", "owner": "me", "until": "2027-01-01"})
    with_, without = (dataclasses.replace(clean(), findings=(each,)) for each in (waived, leak))
    begun, ended = diff(without, with_), diff(with_, without)
    assert (begun.parts["findings"]["gone"], begun.worse, len(begun.parts["waivers"]["begun"])) == ([], (), 1)
    assert (len(ended.parts["findings"]["new"]), len(ended.parts["waivers"]["ended"]), ended.exit_code) == (1, 1, 1)


def test_options_and_rules_that_only_one_side_had_are_told() -> None:
    one = dataclasses.replace(clean(), config={"label": "a", "text": ("x",)})
    other = dataclasses.replace(clean(), config={"label": "b", "text": ["x"]}, outcomes=())
    found = diff(one, other).parts["judgement"]
    assert found["options"] == [{"name": "label", "before": "a", "after": "b"}]
    assert found["rules"]["only_before"] == sorted(each.rule for each in clean().outcomes if each.status in {"passed", "failed"})


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"types": {}}, "nothing"),
        ({"types": {"integer": 3, "number": 1}}, "number"),
        ({"types": {"string": 4}, "forms": {"date": 3, "empty": 1}}, "string (date)"),
        ({"types": {"string": 4}, "forms": {"integer": 3, "number": 1}}, "string (number)"),
        ({"types": {"string": 4}, "forms": {"date": 3}}, "string"),
        ({"types": {"string": 4, "boolean": 1}, "forms": {}}, "boolean or string"),
    ],
)
def test_types_are_told_in_words(column: Json, words: str) -> None:
    assert columns.types(column) == words


def test_a_report_is_told_from_data_in_json(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(render("json", clean()), encoding="utf-8")
    (tmp_path / "data.json").write_text('[{"text": "auditor/report/1"}]', encoding="utf-8")
    (tmp_path / "empty.json").write_bytes(b"")
    found = [path.name for path in sorted(tmp_path.iterdir()) if is_report(str(path))]
    assert (found, is_report(str(tmp_path)), is_report("sqlite:///x.json")) == (["report.json"], False, False)


@pytest.mark.parametrize("broken", [{"leakage": {"pairs_of_splits": [{}]}}, {"license": {}}, {"profile": {"splits": {"train": 1}}}])
def test_a_report_of_another_shape_is_an_error_with_a_cure(broken: Json) -> None:
    odd = dataclasses.replace(sample(), sections={**sample().sections, **broken})
    with pytest.raises(AuditorError) as raised:
        diff(sample(), odd)
    assert "does not have the shape of a report" in raised.value.message


# ── history ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def saved_in(folder: Path) -> None:
    """Three runs on one dataset, one on another, and what is none."""
    base = sample()
    leakage = base.sections["leakage"]
    none = [{**row, "share": 0.0 if row["share"] is not None else None} for row in leakage["pairs_of_splits"]]
    sections = {**base.sections, "leakage": {**leakage, "pairs_of_splits": none}}
    first = dataclasses.replace(base, findings=base.findings[1:], sections=sections)
    runs = {"b": ("2026-01-05T00:00:00Z", first), "a": ("2026-02-05T01:00:00+01:00", base), "c": ("2026-03-05T00:00:00Z", base)}
    for name, (started, report) in runs.items():
        saved_ = dataclasses.replace(report, run={"started": started})
        (folder / f"{name}.json").write_text(render("json", saved_), encoding="utf-8")
    other = dataclasses.replace(clean(), dataset={**clean().dataset, "name": "other"}, run={"started": "2026-01-01T00:00:00Z"})
    (folder / "other.json").write_text(render("json", other), encoding="utf-8")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    (folder / "torn.json").write_text(render("json", base)[:-200], encoding="utf-8")
    (folder / "notes.txt").write_text("no report", encoding="utf-8")


def test_the_history_tells_what_changed_since_the_run_before(tmp_path: Path) -> None:
    saved_in(tmp_path)
    found = history.history(tmp_path)
    value = history.document(found)
    runs = {each["name"]: [run["file"] for run in each["runs"]] for each in value["datasets"]}
    assert runs == {sample().dataset["name"]: ["b.json", "a.json", "c.json"], "other": ["other.json"]}
    mine = next(each for each in value["datasets"] if each["name"] != "other")["runs"]
    assert mine[0]["changes"] == mine[2]["changes"] == []
    assert any("↑ 0.00 % →" in each for each in mine[1]["changes"])
    assert "1 finding new" in mine[1]["changes"]
    assert {each["file"] for each in value["skipped"]} == {"package.json", "torn.json"}
    assert [len(each["runs"]) for each in history.document(found, 1)["datasets"]] == [1, 1]
    golden("history.txt", history.text(found))
    golden("history.md", history.markdown(found))


def test_a_folder_without_reports_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    run = auditor("history", ".", cwd=tmp_path)
    assert run.returncode == 2
    assert "has no report: 1 file *.json, and none is one" in run.stderr
    assert auditor("history", "absent", cwd=tmp_path).returncode == 2
