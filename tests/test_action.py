"""The GitHub Action: its script runs no input, passes it on whole, and ends as the audit does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from auditor.cli.scan import command

ROOT = Path(__file__).resolve().parent.parent


def test_the_action_keeps_its_inputs_out_of_its_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = action["runs"]["steps"]
    assert "${{" not in step["run"], "an input in a script is code that anyone can write"
    given = set(re.findall(r"inputs\.([\w-]+)", str(step["env"])))
    assert given == set(action["inputs"])
    assert set(re.findall(r"\$\{?(DATASET|OPTIONS|SARIF|HTML|FAIL|ACTION)\b", step["run"])) == set(step["env"])
    assert subprocess.run(["bash", "-n"], input=step["run"], text=True, check=False).returncode == 0


@pytest.mark.parametrize(("status", "fail", "expected"), [(0, "true", 0), (1, "true", 1), (1, "false", 0), (3, "false", 3)])
def test_the_action_ends_as_the_audit_does(tmp_path: Path, status: int, fail: str, expected: int) -> None:
    step = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"][0]
    tools = tmp_path / "auditor" / "bin"
    tools.mkdir(parents=True)
    for name, text in (("python3", "exit 0"), ("pip", "exit 0"), ("auditor", f'printf "%s\\n" "$@" > "$SEEN"; exit {status}')):
        (tools / name).write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    given = {"DATASET": "my data; rm -rf /", "OPTIONS": "--label queue", "SARIF": "a.sarif", "HTML": "a.html", "FAIL": fail, "ACTION": "."}
    runner = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "out"), "SEEN": str(tmp_path / "seen")}
    env = {**os.environ, **given, **runner, "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", step["run"]], env=env, check=False)
    assert done.returncode == expected
    assert (tmp_path / "out").read_text(encoding="utf-8") == f"exit-code={status}\n"
    seen = (tmp_path / "seen").read_text(encoding="utf-8").splitlines()
    assert seen == ["scan", "my data; rm -rf /", "-o", "github", "-o", "sarif:a.sarif", "-o", "html:a.html", "--label", "queue"]
    formats = next(each for each in command.params if each.name == "output")
    assert [formats.type.convert(each, formats, None)[0] for each in seen[3:8:2]] == ["github", "sarif", "html"]
