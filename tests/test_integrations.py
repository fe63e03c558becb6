"""The examples of docs/integrations.md do what it says, and what other systems read of this repository is sound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
BLOCKS = {part.partition("\n")[0]: re.findall(r"^```python\n(.*?)^```", part, re.M | re.S) for part in PAGE.split("\n## ")}


def ran(code: str, tmp_path: Path, **more: str) -> str:
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, **more}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python(tmp_path: Path) -> None:
    first, second = BLOCKS["Python and notebooks"]
    assert ran(first, tmp_path) == "fail\n"
    (tmp_path / "sample_data").unlink()
    assert ran(second, tmp_path) == ""


def test_open_lineage(tmp_path: Path) -> None:
    said = ran(BLOCKS["OpenLineage"][0] + "\nimport json; print(json.dumps(inputs))", tmp_path)
    (dataset,) = yaml.safe_load(said)
    facet = dataset["inputFacets"]["dataQualityAssertions"]
    assert dataset["name"] == "leaky"
    assert {each["assertion"].split()[0]: each["success"] for each in facet["assertions"]}["LEAK001"] is False
    assert all(set(each) == {"assertion", "success"} and type(each["success"]) is bool for each in facet["assertions"])
    assert facet["_schemaURL"].endswith("#/$defs/DataQualityAssertionsDatasetFacet")


def test_mlflow(tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    shown = """
run = mlflow.search_runs(output_format="list")[0]
names = sorted(each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id, "auditor"))
print(run.data.tags["auditor.verdict"], run.data.metrics["auditor.share.train.test"], names)
"""
    store = {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db", "MLFLOW_DISABLE_TELEMETRY": "true"}
    assert ran(BLOCKS["MLflow"][0] + shown, tmp_path, **store) == "pass 0.0 ['auditor/report.html', 'auditor/report.json']\n"


def test_the_hook_is_a_command_and_looks_at_data_and_cards() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "auditor scan"
    meant = re.compile(hook["files"])
    assert all(meant.search(each) for each in ("data/train.csv", "a.jsonl.gz", "README.md", "x/LICENSE.txt", "CITATION.cff"))
    assert not any(meant.search(each) for each in ("train.py", "docs/readme.txt", "csv"))


def test_completion_names_commands_and_values(tmp_path: Path) -> None:
    def completed(words: str) -> list[str]:
        env = {**os.environ, "_AUDITOR_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}
        done = subprocess.run([str(Path(sys.executable).with_name("auditor"))], env=env, capture_output=True, text=True, check=True)
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert "scan" in completed("auditor ")
    assert "LEAK001" in completed("auditor explain ")
    assert {"default", "strict", "research"} <= set(completed("auditor scan data --policy "))
    assert {"json", "html"} <= set(completed("auditor scan data -o "))
    assert "LEAK002" in completed("auditor scan data --select ")
