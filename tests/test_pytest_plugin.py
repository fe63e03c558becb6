"""The pytest plugin, in a pytest of its own: each rule a test, failing as the audit fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.check import rules

SAMPLES = Path(__file__).resolve().parent.parent / "sample_data"


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--color=no", "--rootdir", str(folder), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_each_rule_of_a_leaky_dataset_is_a_test(tmp_path: Path) -> None:
    status, said = run(tmp_path, f"--auditor-dataset={SAMPLES / 'leaky'}", "--auditor-options=--label queue --select LEAK,DUP")
    assert status == 1
    failed = re.findall(r"^FAILED .*::(\w+) ", said, re.M)
    assert {each for each in failed if each.startswith("LEAK")} == {"LEAK001", "LEAK002", "LEAK003", "LEAK004"}
    assert "5 pairs, 5 of 80 rows of test" in said
    assert "Traceback" not in said
    assert re.search(r"PASSED .*::DUP001 identical-within-split", said), "what is below fail_on does not fail"
    assert re.search(r"^FAILED .*::verdict", said, re.M)
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|skipped)", said.splitlines()[-1])}
    assert sum(counts.values()) == len(rules()) + 1


def test_a_clean_dataset_passes_beside_other_tests(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine(auditor_report):\n    assert auditor_report.ok\n", encoding="utf-8")
    status, said = run(tmp_path, f"--auditor-dataset={SAMPLES / 'clean'}", "--auditor-options=--select LEAK")
    assert status == 0, said
    assert re.search(r"PASSED .*::LEAK001 identical-across-splits", said)
    assert "PASSED test_mine.py::test_mine" in said


def test_without_the_option_nothing_is_audited(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    assert True\n", encoding="utf-8")
    status, said = run(tmp_path)
    assert status == 0
    assert "1 passed" in said


@pytest.mark.parametrize(("dataset", "options"), [("no/such/folder", ""), (str(SAMPLES / "clean"), "--no-such-option")])
def test_an_audit_that_did_not_happen_fails(tmp_path: Path, dataset: str, options: str) -> None:
    status, said = run(tmp_path, f"--auditor-dataset={dataset}", f"--auditor-options={options}")
    assert status == 1
    assert "passed" not in said.splitlines()[-1]
