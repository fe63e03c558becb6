"""Uses on the command line: by option, configuration or policy, and what the report says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.licenses.facts import USES

ROOT = Path(__file__).resolve().parent.parent


def auditor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "auditor", *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=settings)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_uses_are_asked_for_by_option_configuration_or_policy(data: Path, tmp_path: Path) -> None:
    (data / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# Museum\n", encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("use: evaluate\n", encoding="utf-8")
    asked = ("scan", "data", "--select", "LIC", "--policy", "mine.yaml")
    measured = auditor(*asked, cwd=tmp_path)
    assert measured.returncode == 0
    assert "evaluate allowed on condition: CC-BY-NC-4.0 §2(a)(1), only for purposes that are not primarily commercial" in measured.stdout
    trained = auditor(*asked, "--use", "train-research,train-commercial", "--use", "redistribute-model", "-o", "json", cwd=tmp_path)
    report = json.loads(trained.stdout)
    assert (trained.returncode, report["policy"]["use"]) == (1, ["train-commercial", "train-research", "redistribute-model"])
    assert [each["rule"] for each in report["findings"] if each["evidence"].get("denied")] == ["LIC014"]
    (tmp_path / "auditor.yaml").write_text("use: train-commercial\n", encoding="utf-8")
    assert auditor(*asked, cwd=tmp_path).returncode == 1
    wrong = auditor(*asked, "--use", "train", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "there is no use 'train'" in wrong.stderr


def test_the_help_names_every_use(tmp_path: Path) -> None:
    words = " ".join(auditor("scan", "--help", cwd=tmp_path).stdout.split())
    assert all(use in words for use in USES)
