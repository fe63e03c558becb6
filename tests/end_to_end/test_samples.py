"""The samples: the command must find in each exactly what its README says, at those places, with that exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
LABELS = {"clean": "department", "leaky": "queue", "broken_schema": "sky", "unlicensed": "topic", "mixed_license": "course"}
LABELS["leaky_table"] = "readmitted"
LABELS["broken_chat"] = "id"
LABELS["mixed_records"] = "topic"
ROLES = ("--group", "patient", "--time", "admitted", "--id", "visit", "--embargo", "7d")
SUITE = ("--schema", str(SAMPLES / "broken_schema" / "suite.yaml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a run of the command left: its exit code, the JSON report, and the folder of the evidence tables."""

    status: int
    report: dict[str, Any]
    evidence: Path

    def rules(self, *families: str) -> list[str]:
        """The rules of the findings, each once, of these families (all without any)."""
        return sorted({each["rule"] for each in self.report["findings"] if not families or each["rule"].startswith(families)})

    def finding(self, rule: str) -> dict[str, Any]:
        """The only finding of a rule."""
        (only,) = [each for each in self.report["findings"] if each["rule"] == rule]
        return dict(only)

    def outcome(self, rule: str) -> dict[str, Any]:
        """The outcome of a rule."""
        (only,) = [each for each in self.report["outcomes"] if each["rule"] == rule]
        return dict(only)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """An evidence table, row by row."""
        return list(pq.read_table(self.evidence / f"{table}.parquet").to_pylist())


def audit(folder: Path, sample: str, *options: str) -> Audit:
    """Runs the command on a sample, from an empty folder."""
    evidence = folder / "evidence"
    command = [sys.executable, "-m", "auditor", "scan", str(SAMPLES / sample), "--label", LABELS[sample], "-o", "json", *options]
    done = subprocess.run([*command, "--evidence", str(evidence)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{"), done.stderr
    return Audit(status=done.returncode, report=json.loads(done.stdout), evidence=evidence)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The audit of the leaky sample; several tests look at it."""
    return audit(tmp_path_factory.mktemp("leaky"), "leaky")


def listed(sample: str) -> list[list[str]]:
    """The cells of the table that make.py wrote into a README, without its header."""
    text = (SAMPLES / sample / "README.md").read_text(encoding="utf-8")
    lines = text.partition("<!-- made -->\n")[2].partition("\n<!-- end -->")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# clean


def test_the_clean_sample_passes_without_a_finding(tmp_path: Path) -> None:
    found = audit(tmp_path, "clean")
    assert (found.status, found.report["verdict"], found.report["findings"]) == (0, "pass", [])
    rows = {name: split["rows"] for name, split in found.report["dataset"]["splits"].items()}
    assert rows == {"train": 320, "validation": 80, "test": 80}
    assert (found.report["dataset"]["text_columns"], found.report["leakage"]["method"]["shingle"]) == (["text"], "word:5")
    assert [found.outcome(rule)["status"] for rule in ("LEAK001", "LEAK002", "LEAK003", "DUP001", "LIC001")] == ["passed"] * 5
    assert found.outcome("LEAK001")["examined"] == 480
    assert found.rows("pairs") == []
    licence = found.report["license"]
    assert [licence[view] for view in ("declared", "detected", "concluded")] == ["CC-BY-4.0"] * 3


def test_the_clean_sample_is_clean_by_character_shingles_too(tmp_path: Path) -> None:
    found = audit(tmp_path, "clean", "--shingle", "char:5", "--select", "LEAK,DUP")
    assert (found.status, found.report["findings"], found.rows("pairs")) == (0, [], [])


def test_the_clean_sample_passes_the_strict_policy(tmp_path: Path) -> None:
    assert audit(tmp_path, "clean", "--policy", "strict").status == 0


# leaky


def test_every_planted_pair_is_found_and_no_other(leaky: Audit) -> None:
    expected = sorted(
        (left, int(row), right, int(partner), relation, raw == "yes")
        for left, row, _, right, partner, _, relation, raw, _, _ in listed("leaky")
    )
    columns = ("left_split", "left_row", "right_split", "right_row", "relation", "raw_identical")
    assert sorted(tuple(pair[column] for column in columns) for pair in leaky.rows("pairs")) == expected
    assert len(expected) == 51


def test_the_leaky_sample_fails_and_counts_what_leaked(leaky: Audit) -> None:
    assert (leaky.status, leaky.report["verdict"]) == (1, "fail")
    assert leaky.report["leakage"]["method"]["shingle"] == "char:5"
    keys = ("right_rows", "identical", "near", "contained", "share")
    counts = {(each["left"], each["right"]): tuple(each[key] for key in keys) for each in leaky.report["leakage"]["pairs_of_splits"]}
    assert counts == {
        ("train", "train"): (300, 6, 4, 0, None),
        ("train", "validation"): (60, 3, 3, 0, 0.1),
        ("train", "test"): (80, 16, 10, 5, 0.3875),
        ("validation", "validation"): (60, 0, 0, 0, None),
        ("validation", "test"): (80, 2, 1, 0, 0.0375),
        ("test", "test"): (80, 1, 0, 0, None),
    }


def test_each_leak_is_reported_under_its_rule_at_its_line(leaky: Audit) -> None:
    across = {"identical": "LEAK001", "near": "LEAK002", "contained": "LEAK003"}
    within = {"identical": "DUP001", "near": "DUP002"}
    expected = []
    for left, row, line, right, _, _, relation, _, differ, _ in listed("leaky"):
        kinds, other = (within, "DUP003") if left == right else (across, "LEAK004")
        rules = [kinds[relation], other] if differ == "yes" else [kinds[relation]]
        expected += [(rule, left, int(row), f"{left}.csv", int(line)) for rule in rules]
    keys = ("rule", "split", "row", "file", "line")
    places = [tuple(each[key] for key in keys) for each in leaky.rows("findings") if each["rule"].startswith(("LEAK", "DUP"))]
    assert sorted(places) == sorted(expected)


def test_of_every_pair_with_different_labels_the_wrong_one_is_named(leaky: Audit) -> None:
    ends = [((left, int(row)), (right, int(partner)), differ) for left, row, _, right, partner, *_, differ, _ in listed("leaky")]
    differ = [pair for *pair, differ in ends if differ == "yes"]
    doubted = [(each["split"], each["row"]) for each in leaky.rows("labels")]
    assert sorted(sum(end in doubted for end in pair) for pair in differ) == [1] * len(doubted) == [1] * 7
    places = [(each["split"], each["row"]) for each in leaky.rows("findings") if each["rule"] == "QUAL022"]
    assert (places, leaky.finding("QUAL022")["severity"], leaky.rules("QUAL")) == (doubted, "low", ["QUAL022"])


def test_words_hide_pairs_of_short_texts(tmp_path: Path) -> None:
    found = audit(tmp_path, "leaky", "--shingle", "word:5", "--select", "LEAK,DUP")
    assert (found.status, len(found.rows("pairs"))) == (1, 33)


# broken_schema


def test_every_broken_expectation_is_found_at_its_rows(tmp_path: Path) -> None:
    found = audit(tmp_path, "broken_schema", *SUITE)
    keys = ("check", "split", "row", "line", "column")
    places = sorted(tuple(str(each[key]) for key in keys) for each in found.rows("findings") if each["rule"] == "SCHM001")
    assert places == sorted(tuple(row) for row in listed("broken_schema"))
    assert (found.status, len(places)) == (1, 20)


def test_a_suite_gives_each_finding_its_severity(tmp_path: Path) -> None:
    found = audit(tmp_path, "broken_schema", *SUITE, "--select", "SCHM001")
    severities = {each["check"]: each["severity"] for each in found.rows("findings")}
    assert severities.pop("wind-plausible") == "medium"
    assert set(severities.values()) == {"high"}
    assert len(severities) == 6


def test_without_a_suite_the_schema_is_skipped(tmp_path: Path) -> None:
    found = audit(tmp_path, "broken_schema")
    assert (found.status, found.outcome("SCHM001")["status"]) == (0, "skipped")
    assert found.rules("LEAK", "DUP", "LIC", "SCHM001") == []
    assert found.finding("QUAL007")["evidence"]["variants"] == [[{"value": "tower", "records": 65}, {"value": "TOWER", "records": 1}]]
    assert found.rules("QUAL") == ["QUAL007"]


# broken_chat


def test_every_broken_chat_is_found_at_its_path_and_line(tmp_path: Path) -> None:
    found = audit(tmp_path, "broken_chat", "--schema", "chat")
    keys = ("check", "split", "row", "line", "column")
    places = sorted(tuple(str(each[key]) for key in keys) for each in found.rows("findings") if each["rule"] == "SCHM003")
    assert places == sorted(tuple(row) for row in listed("broken_chat"))
    assert (found.status, len(places), found.rules("LEAK", "DUP", "LIC", "INPUT")) == (1, 13, [])
    severities = {each["check"]: each["severity"] for each in found.rows("findings")}
    assert severities["messages-there"] == "critical" and severities["turns-alternate"] == "medium" and severities["role-known"] == "high"


def test_without_rules_chats_are_not_judged(tmp_path: Path) -> None:
    found = audit(tmp_path, "broken_chat")
    assert (found.status, found.outcome("SCHM003")["status"]) == (0, "skipped")


# leaky_table


def test_every_leak_of_the_table_is_found_at_its_rows(tmp_path: Path) -> None:
    found = audit(tmp_path, "leaky_table", *ROLES, "--select", "LEAK")
    keys = ("rule", "row", "line", "column")
    told = [each for each in found.rows("findings") if each["rule"] >= "LEAK020"]
    rows = [tuple(str(each[key]) for key in keys) for each in told if each["row"] is not None]
    assert sorted(rows) == sorted(tuple(row) for row in listed("leaky_table"))
    columns = sorted((each["rule"], each["column"]) for each in told if each["row"] is None)
    assert columns == [("LEAK026", "ward"), ("LEAK027", "iron")]
    assert (found.status, found.finding("LEAK028")["evidence"]["identical"]) == (1, 2)
    assert {each["severity"] for each in found.report["findings"]} == {"high", "medium"}


def test_without_roles_nothing_of_the_table_is_certain(tmp_path: Path) -> None:
    found = audit(tmp_path, "leaky_table", "--select", "LEAK020,LEAK021,LEAK024,LEAK026")
    assert [found.outcome(rule)["status"] for rule in ("LEAK020", "LEAK021", "LEAK024", "LEAK026")] == [*["skipped"] * 3, "failed"]
    assert (found.status, found.finding("LEAK026")["severity"]) == (0, "medium")


# licences


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--fail-on", "medium"), 1), (("--policy", "strict"), 1)])
def test_a_missing_licence_fails_from_medium_on(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    found = audit(tmp_path, "unlicensed", *options)
    assert (found.status, found.rules("LIC", "LEAK", "DUP", "INPUT")) == (status, ["LIC001"])
    assert found.finding("LIC001")["severity"] == "medium"
    assert [found.report["license"][view] for view in ("declared", "detected", "concluded")] == [None] * 3


def test_files_of_a_split_are_one_split(tmp_path: Path) -> None:
    found = audit(tmp_path, "unlicensed", "--select", "LEAK,DUP")
    files = {name: [(each["path"], each["rows"]) for each in split["files"]] for name, split in found.report["dataset"]["splits"].items()}
    assert files == {"train": [("train/desk.tsv", 160), ("train/mail.tsv", 100)], "test": [("test/desk.tsv", 80)]}


@pytest.mark.parametrize("select", [(), ("--select", "LIC")])
def test_sources_that_contradict_each_other_fail(tmp_path: Path, select: tuple[str, ...]) -> None:
    found = audit(tmp_path, "mixed_license", *select)
    assert (found.status, found.rules("LEAK", "DUP", "INPUT")) == (1, [])
    assert {"LIC007", "LIC014"} <= set(found.rules("LIC"))
    assert found.finding("LIC007")["severity"] == "high"
    assert {place["file"] for place in found.finding("LIC007")["where"]} == {"README.md", "LICENSE", "CITATION.cff"}
    licence = found.report["license"]
    assert [licence[view] for view in ("declared", "detected", "concluded")] == ["CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-4.0"]


def test_licences_of_records_are_told_apart(tmp_path: Path) -> None:
    found = audit(tmp_path, "mixed_records", "--id", "id")
    assert (found.status, found.rules("LEAK", "INPUT", "SCHM")) == (1, [])
    assert found.rules("LIC") == ["LIC018", "LIC020", "LIC021", "LIC022", "LIC023"]
    keys = [
        (row["rule"], str(row["row"]), str(row["line"]), row["key"])
        for row in found.rows("findings")
        if row["rule"] in found.rules("LIC02")
    ]
    assert [list(each) for each in sorted(keys)] == sorted(listed("mixed_records"))
    assert found.finding("LIC018")["evidence"]["rows"] == {"train": 6}
    assert found.finding("LIC022")["where"][0]["partner"]["row"] == 70
    section = found.report["license_records"]["splits"]
    assert [section["train"]["unknown_rows"], section["test"]["unknown_rows"]] == [3, 0]
    assert [(each["expression"], each["rows"]) for each in section["test"]["licenses"]] == [("CC-BY-4.0", 30)]
