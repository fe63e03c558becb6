"""The command line: exit codes, errors that say what, where and how to mend it, outputs, and what is never written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from auditor.running.work import size

ROOT = Path(__file__).resolve().parent.parent
Run = subprocess.CompletedProcess[str]

OPENS = "The museum opens at ten on weekdays and at noon on Sundays"
TRAIN = f"text,label\n{OPENS},hours\nPlease leave wet umbrellas in the stand,rules\n"
LEAKED = "text,label\nthe museum opens at ten on weekdays and at noon on Sundays!,hours\nWhere do the guided tours begin,tours\n"


def auditor(*arguments: str, cwd: Path, text: str = "", **environment: str) -> Run:
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "auditor", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, input=text, env=settings)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.csv").write_text(TRAIN, encoding="utf-8")
    (folder / "test.csv").write_text(LEAKED, encoding="utf-8")
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n# Museum\n## Citation\nThe museum, 2026.\n", encoding="utf-8")
    return folder


def test_a_leak_ends_with_1_and_a_line_that_begins_with_the_share(data: Path, tmp_path: Path) -> None:
    run = auditor("scan", "data", cwd=tmp_path)
    assert run.returncode == 1
    last = run.stdout.rstrip().splitlines()[-1]
    assert last.startswith("test: 50.00 % leaked from train (1 of 2 rows) · FAIL: 1 finding at or above high · next: auditor explain LEAK")
    assert run.stderr == ""


def test_nothing_found_ends_with_0(data: Path, tmp_path: Path) -> None:
    (data / "test.csv").write_text("text,label\nWhere do the guided tours begin,tours\n", encoding="utf-8")
    run = auditor("scan", "data", "--quiet", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "test: 0.00 % leaked from train · PASS\n")


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    run = auditor("scan", "data", "--dry-run", "--select", "LEAK001,LIC001", "-o", "json:r.json", "--evidence", "evidence", cwd=tmp_path)
    assert run.returncode == 0
    first, *lines = run.stdout.splitlines()
    assert first == "data  nothing was audited: this is what an audit would do"
    sizes = {name: (data / f"{name}.csv").stat().st_size for name in ("train", "test")}
    assert lines[:4] == [
        *(f"read      train: 1 file, {sizes['train']} bytes", "            train.csv"),
        *(f"read      test: 1 file, {sizes['test']} bytes", "            test.csv"),
    ]
    assert "compared  text by char:5 shingles, Jaccard ≥ 0.8" in lines
    assert f"sought    {', '.join(f'INPUT00{number}' for number in range(1, 8))}, LEAK001, LIC001" in lines
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert auditor("scan", "data", "--dry-run", "--policy", "none", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan", "data", "--polcy", "strict"], ["No such option", "--policy"]),
        (["scn", "data"], ["No such command", "scan"]),
        (["scan"], ["Missing argument", "DATASET"]),
        (["scan", "nowhere"], ["nowhere", "cure"]),
        (["scan", "data", "--policy", "strickt"], ["'strickt'", "did you mean 'strict'?"]),
        (["scan", "data", "--select", "LAEK"], ["'LAEK'", "did you mean 'LEAK'?"]),
        (["scan", "data", "--text", "txet"], ["'txet'", "--text"]),
        (["scan", "data", "--shingle", "letters"], ["auto, word:N or char:N"]),
        (["scan", "data", "--split", "train"], ["NAME=GLOB"]),
        (["scan", "data", "--split", "train=nothing-*"], ["nothing-*"]),
        (["scan", "data", "--subset", "en"], ["'en'"]),
        (["scan", "data", "-o", "pdf"], ["'pdf'", "html"]),
        (["scan", "data", "-o", "json:nowhere/report.json"], ["nowhere/report.json", "cannot be written"]),
        (["scan", "data", "--schema", "suite.yaml"], ["suite.yaml"]),
        (["scan", "data", "--config", "mine.yaml"], ["mine.yaml"]),
        (["scan", "data", "--threshold", "2"], ["--threshold"]),
        (["scan", "data", "--split-column", "fold"], ["'fold'", "--split-column"]),
        (["explain", "DUP01"], ["'DUP01'", "did you mean 'DUP001'?"]),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_a_cure(arguments: list[str], words: list[str], data: Path, tmp_path: Path) -> None:
    assert data.exists()
    run = auditor(*arguments, cwd=tmp_path)
    assert run.returncode == 2, run.stderr
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    for word in words:
        assert word in run.stderr


@pytest.mark.parametrize(
    ("checks", "message", "cure"),
    [
        ("license: {deny: [MIT]}", "policy mine: checks: there is no check 'license'", "did you mean 'licenses'?"),
        ("licenses: {denied: [MIT]}", "policy mine: checks: licenses has no option 'denied'", "did you mean 'deny'?"),
        ("licenses: {deny: 3}", "deny: a text or a list of texts is expected, not 3", "deny"),
        ("licenses: {unlisted: denied}", "unlisted is 'denied'", "allow, review, deny"),
        ("licenses: {deny: ['@non-commercial']}", "there is no group '@non-commercial'", "did you mean '@noncommercial'?"),
        ("licenses: {deny: [CC-BY-NC-40]}", "'CC-BY-NC-40' means no licence of the SPDX list", "did you mean 'CC-BY-NC-4.0'?"),
        ("leakage: {threshold: high}", "threshold: a value such as 0.8 is expected, not 'high'", "threshold"),
    ],
)
def test_a_policy_that_means_nothing_to_a_check_ends_with_2(checks: str, message: str, cure: str, data: Path, tmp_path: Path) -> None:
    assert data.exists()
    (tmp_path / "mine.yaml").write_text(f"checks: {{{checks}}}\n", encoding="utf-8")
    run = auditor("scan", "data", "--policy", "mine.yaml", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    told = run.stderr.splitlines()
    assert message in told[0]
    assert cure in told[1]


def test_one_text_in_a_policy_is_a_list_of_one(data: Path, tmp_path: Path) -> None:
    assert data.exists()
    (tmp_path / "mine.yaml").write_text("checks: {licenses: {deny: CC-BY-4.0}}\n", encoding="utf-8")
    report = json.loads(auditor("scan", "data", "--select", "LIC", "--policy", "mine.yaml", "-o", "json", cwd=tmp_path).stdout)
    assert [finding["rule"] for finding in report["findings"]] == ["LIC014"]


def test_an_output_that_cannot_be_written_leaves_nothing_behind(data: Path, tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    before = sorted(tmp_path.rglob("*"))
    run = auditor("scan", "data", "-o", "html:page", cwd=tmp_path)
    assert run.returncode == 2
    assert "page cannot be written" in run.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert data.exists()


def test_an_output_in_no_folder_is_told_before_the_audit(data: Path, tmp_path: Path) -> None:
    run = auditor("scan", "data", "-o", "html:nowhere/page.html", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "nowhere/page.html cannot be written: there is no folder nowhere" in run.stderr


def test_an_empty_folder_and_a_file_of_an_unknown_kind_are_no_datasets(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "letter.odt").write_bytes(b"\x93\x00\xff")
    for name in ("empty", "letter.odt"):
        run = auditor("scan", name, cwd=tmp_path)
        assert (run.returncode, run.stdout) == (2, "")
        assert name in run.stderr
        assert "cure:" in run.stderr


def test_an_unreadable_shard_never_passes(data: Path, tmp_path: Path) -> None:
    (data / "test.csv").unlink()
    (data / "test.parquet").write_bytes(b"PAR1 this is no Parquet file PAR1")
    run = auditor("scan", "data", "--no-color", cwd=tmp_path)
    assert run.returncode == 3
    assert "INPUT002" in run.stdout
    assert "test.parquet" in run.stdout
    assert "INCOMPLETE" in run.stdout
    assert run.stderr == ""


def test_input_findings_are_never_hidden(data: Path, tmp_path: Path) -> None:
    with (data / "train.csv").open("a", encoding="utf-8") as stream:
        stream.write("one cell too many,a,b\n")
    run = auditor("scan", "data", "--select", "LEAK002", "--ignore", "INPUT", "-o", "json", cwd=tmp_path)
    report = json.loads(run.stdout)
    assert run.returncode == 3
    assert [(finding["rule"], finding["where"][0]["line"]) for finding in report["findings"]] == [("INPUT001", 4)]
    assert {outcome["rule"] for outcome in report["outcomes"]} == {"LEAK002", *(f"INPUT00{n}" for n in range(1, 8))}
    assert {key: report["ledger"][1][key] for key in ("file", "physical", "parsed")} == {"file": "train.csv", "physical": 3, "parsed": 2}


def test_what_is_not_selected_is_neither_sought_nor_written(data: Path, tmp_path: Path) -> None:
    (data / "train.csv").write_text(TRAIN + TRAIN.removeprefix("text,label\n"), encoding="utf-8")
    auditor("scan", "data", "--select", "DUP", "--evidence", "evidence", "-o", "json:r.json", cwd=tmp_path)
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert {finding["rule"] for finding in report["findings"]} == {"DUP001"}
    assert [(row["left"], row["right"]) for row in report["leakage"]["pairs_of_splits"]] == [("train", "train"), ("test", "test")]
    assert pq.read_table(tmp_path / "evidence" / "pairs.parquet")["rule"].to_pylist() == ["DUP001", "DUP001"]


def test_documents_alone_need_no_record(data: Path, tmp_path: Path) -> None:
    for name in ("train.csv", "test.csv"):
        (data / name).unlink()
    run = auditor("scan", "data", "--select", "LIC", "-o", "json", cwd=tmp_path)
    assert run.returncode == 0
    assert json.loads(run.stdout)["license"]["concluded"] == "CC-BY-4.0"
    assert auditor("scan", "data", cwd=tmp_path).returncode == 3


def test_where_only_documents_are_asked_for_the_ledger_says_that_the_data_was_not_read(data: Path, tmp_path: Path) -> None:
    assert data.exists()
    report = json.loads(auditor("scan", "data", "--select", "LIC001", "-o", "json", cwd=tmp_path).stdout)
    assert {entry["file"]: entry["note"] for entry in report["ledger"]} == {
        "test.csv": "not read: no selected rule looks at records",
        "train.csv": "not read: no selected rule looks at records",
    }
    assert report["dataset"]["splits"]["train"]["rows"] is None


def test_where_licences_of_records_are_asked_for_too_the_ledger_says_that_only_their_columns_were_looked_at(
    data: Path, tmp_path: Path
) -> None:
    assert data.exists()
    report = json.loads(auditor("scan", "data", "--select", "LIC", "-o", "json", cwd=tmp_path).stdout)
    note = "of its columns only those were looked at that the selected rules are about"
    assert {entry["file"]: entry["note"] for entry in report["ledger"]} == {"test.csv": note, "train.csv": note}
    assert report["dataset"]["text_columns"] == []


def test_a_configuration_in_the_dataset_that_is_named_is_no_finding(data: Path, tmp_path: Path) -> None:
    (data / "auditor.yaml").write_text("label: label\n", encoding="utf-8")
    report = json.loads(auditor("scan", "data", "--config", "data/auditor.yaml", "-o", "json", cwd=tmp_path).stdout)
    assert {finding["rule"] for finding in report["findings"]} == {"LEAK001"}
    assert report["config"]["label"] == "label"


def test_two_runs_differ_in_nothing_but_run(data: Path, tmp_path: Path) -> None:
    assert data.exists()
    reports = []
    for seed in ("1", "2"):
        run = auditor("scan", "data", "--label", "label", "-o", "json", cwd=tmp_path, PYTHONHASHSEED=seed, LC_ALL="C", TZ="Asia/Tokyo")
        report = json.loads(run.stdout)
        report.pop("run")
        reports.append(json.dumps(report))
        assert str(tmp_path) not in run.stdout
    assert reports[0] == reports[1]


def test_the_clock_of_reproducible_builds_is_honoured(data: Path, tmp_path: Path) -> None:
    assert data.exists()
    run = auditor("scan", "data", "-o", "json", cwd=tmp_path, SOURCE_DATE_EPOCH="86400")
    assert json.loads(run.stdout)["run"]["started"] == "1970-01-02T00:00:00Z"


def test_evidence_holds_every_place_of_every_finding(data: Path, tmp_path: Path) -> None:
    auditor("scan", "data", "--label", "label", "--evidence", "evidence", "-o", "json:r.json", cwd=tmp_path)
    pairs = pq.read_table(tmp_path / "evidence" / "pairs.parquet").to_pylist()
    assert pairs == [
        {
            "left_split": "train",
            "left_row": 0,
            "right_split": "test",
            "right_row": 0,
            "relation": "identical",
            "raw_identical": False,
            "jaccard": 1.0,
            "containment_left": 1.0,
            "containment_right": 1.0,
            "rule": "LEAK001",
        }
    ]
    clusters = pq.read_table(tmp_path / "evidence" / "clusters.parquet").to_pylist()
    assert clusters == [
        {"cluster": 0, "split": "train", "row": 0, "representative": True, "text": 0},
        {"cluster": 0, "split": "test", "row": 0, "representative": False, "text": 0},
    ]
    places = pq.read_table(tmp_path / "evidence" / "findings.parquet").to_pylist()
    leak = next(place for place in places if place["rule"] == "LEAK001")
    assert (leak["split"], leak["row"], leak["file"], leak["line"], leak["severity"]) == ("train", 0, "train.csv", 2, "high")
    tables = ["clusters.parquet", "findings.parquet", "labels.parquet", "pairs.parquet"]
    assert sorted(path.name for path in (tmp_path / "evidence").iterdir()) == tables


def test_a_place_s_fingerprint_is_over_contents_and_not_over_rows(data: Path, tmp_path: Path) -> None:
    def fingerprint() -> str:
        auditor("scan", "data", "--evidence", "evidence", "-o", "json:r.json", cwd=tmp_path)
        places = pq.read_table(tmp_path / "evidence" / "findings.parquet").to_pylist()
        return next(str(place["fingerprint"]) for place in places if place["rule"] == "LEAK001")

    before = fingerprint()
    header, first, second = TRAIN.splitlines(keepends=True)
    (data / "train.csv").write_text(header + second + first, encoding="utf-8")
    assert fingerprint() == before
    (data / "train.csv").write_text(header + second + first.replace("museum", "Museum"), encoding="utf-8")
    assert fingerprint() != before


def test_no_text_leaves_no_text(data: Path, tmp_path: Path) -> None:
    assert data.exists()
    outputs = [f"-o{form}:out.{form}" for form in ("text", "json", "html", "markdown")]
    auditor("scan", "data", "--label", "label", "--no-text", "--evidence", "evidence", *outputs, cwd=tmp_path)
    written = [*tmp_path.glob("out.*"), *(tmp_path / "evidence").iterdir()]
    assert len(written) == 8
    for path in written:
        assert b"museum opens" not in path.read_bytes().lower()


def test_splits_of_one_table_come_from_its_column(tmp_path: Path) -> None:
    rows = f"fold,text\ntraining,{OPENS}\nTEST,{OPENS.lower()}.\ntraining,Please leave wet umbrellas here\n"
    (tmp_path / "all.csv").write_text(rows, encoding="utf-8")
    report = json.loads(auditor("scan", "all.csv", "--split-column", "fold", "-o", "json", cwd=tmp_path).stdout)
    assert {name: split["rows"] for name, split in report["dataset"]["splits"].items()} == {"train": 2, "test": 1}
    leak = next(finding for finding in report["findings"] if finding["rule"] == "LEAK001")
    assert (leak["where"][0]["row"], leak["where"][0]["line"], leak["where"][0]["partner"]["line"]) == (0, 2, 3)
    assert report["ledger"] == [{"file": "all.csv", "note": "", "parsed": 3, "physical": 3, "rejected": []}]


def test_nothing_is_written_beside_what_is_asked_for(data: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    auditor("scan", "data", cwd=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert data.exists()


def test_a_dataset_that_configures_its_audit_is_told_on(data: Path, tmp_path: Path) -> None:
    (data / "auditor.yaml").write_text("select: [LIC]\n", encoding="utf-8")
    run = auditor("scan", ".", "-o", "json", cwd=data)
    report = json.loads(run.stdout)
    assert run.returncode == 1
    assert [finding["where"][0]["file"] for finding in report["findings"] if finding["rule"] == "INPUT004"] == ["auditor.yaml"]


def test_help_shows_an_example_and_the_exit_codes(tmp_path: Path) -> None:
    for arguments in (["--help"], ["scan", "--help"], ["license", "-h"], ["doctor", "--help"]):
        run = auditor(*arguments, cwd=tmp_path)
        assert run.returncode == 0
        assert "Example:" in run.stdout
        assert "Exit codes:" in run.stdout


def test_rules_explain_and_doctor(tmp_path: Path) -> None:
    listed = json.loads(auditor("rules", "--format", "json", cwd=tmp_path).stdout)
    assert {"LEAK001", "DUP003", "SCHM001", "LIC007", "INPUT002"} <= {rule["id"] for rule in listed}
    assert "near-duplicate-across-splits" in auditor("rules", cwd=tmp_path).stdout
    by_name = auditor("explain", "Near-Duplicate-Across-Splits", cwd=tmp_path)
    assert by_name.stdout == auditor("explain", "leak002", cwd=tmp_path).stdout
    assert by_name.stdout.startswith("# LEAK002 near-duplicate-across-splits\n")
    doctor = auditor("doctor", cwd=tmp_path)
    assert doctor.returncode == 0
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {re.split("[<>=]", each)[0] for each in needed} <= {line.split()[0] for line in doctor.stdout.splitlines()}


def test_license_names_one_a_line(tmp_path: Path) -> None:
    run = auditor("license", "--format", "json", "-", cwd=tmp_path, text="MIT\n\ngpl\nCC BY 4.0\r\n")
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 1
    assert [(each["input"], each["expression"], each["status"]) for each in answers] == [
        ("MIT", "MIT", "resolved"),
        ("", None, "unknown"),
        ("gpl", None, "ambiguous"),
        ("CC BY 4.0", "CC-BY-4.0", "resolved"),
    ]
    assert auditor("license", "MIT", cwd=tmp_path).stdout == "MIT\n"
    assert auditor("license", "--format", "json", "-", cwd=tmp_path, text="").stdout == ""


def test_no_socket_is_opened(data: Path, tmp_path: Path) -> None:
    """An audit hook in every Python process of the scan: none opens a socket."""
    assert data.exists()
    hook = "import sys\ndef no(event, _):\n if event.startswith('socket.'): open(r'%s', 'a').write(event)\nsys.addaudithook(no)\n"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(hook % (tmp_path / "opened"), encoding="utf-8")
    suite = {"name": "s", "expectations": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "label"}}]}
    (tmp_path / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    path = f"{tmp_path / 'site'}{os.pathsep}{ROOT}"
    run = auditor("scan", "data", "--schema", "suite.json", "-o", "json", cwd=tmp_path, PYTHONPATH=path)
    assert next(each for each in json.loads(run.stdout)["outcomes"] if each["rule"] == "SCHM001")["status"] == "passed"
    assert not (tmp_path / "opened").exists()


def test_no_code_from_the_dataset_is_run(data: Path, tmp_path: Path) -> None:
    for module in ("json", "pyarrow", "numpy", "great_expectations", "rich", "click", "yaml", "encodings", "auditor"):
        (data / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({module!r})\n", encoding="utf-8")
    suite = {"name": "s", "expectations": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "label"}}]}
    (data / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "auditor"), "scan", ".", "--schema", "suite.json", "--quiet"]
    run = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert not (tmp_path / "ran").exists()


# ── how it is done ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "found"),
    [("2G", 2 << 30), ("2g", 2 << 30), ("2GiB", 2 << 30), ("2 GB", 2 << 30), ("1.5G", 3 << 29), ("512M", 1 << 29), ("536870912", 1 << 29)],
)
def test_sizes_are_read(text: str, found: int) -> None:
    assert size(text) == found


@pytest.mark.parametrize("text", ["", "G", "2X", "-1G", "1e9", "2 G B", "383M", "0"])
def test_what_is_no_size_or_too_little_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no size such as|is too little"):
        size(text)


def test_options_of_the_work_that_cannot_be_are_usage_errors(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("text\na b c\n")
    given = (("--max-memory", "1M", "too little"), ("--workers", "0", "--workers"), ("--work-dir", "data/x", "--work-dir"))
    for option, value, said in given:
        run = auditor("scan", "data", option, value, cwd=tmp_path)
        assert run.returncode == 2
        assert said in run.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["train.csv"]


def test_selecting_input_reads_the_data_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("text\na b c\nx,y\n")
    report = json.loads(auditor("scan", "data", "--select", "INPUT001", "-o", "json", cwd=tmp_path).stdout)
    assert [(entry["physical"], entry["parsed"]) for entry in report["ledger"]] == [(2, 1)]
    assert {outcome["rule"] for outcome in report["outcomes"]} == {f"INPUT00{number}" for number in range(1, 8)}
    unread = json.loads(auditor("scan", "data", "--select", "LIC001", "-o", "json", cwd=tmp_path).stdout)
    assert unread["ledger"][0]["note"] == "not read: no selected rule looks at records"
