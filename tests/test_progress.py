"""How far an audit is: bars on a terminal, one line a stage on a build server and with --verbose, silence otherwise."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.cli.progress import BUILD_SERVERS

ROOT = Path(__file__).resolve().parent.parent
SCAN = (sys.executable, "-m", "auditor", "scan", "sample_data/clean", "--select", "INPUT")


def settings(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in BUILD_SERVERS}, **more}


def told(*options: str, **environment: str) -> list[str]:
    """What standard error has where it is no terminal."""
    command = [*SCAN, *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=settings(**environment))
    return run.stderr.splitlines()


@pytest.mark.parametrize("name", ["CI", "GITHUB_ACTIONS", "GITLAB_CI"])
def test_a_build_server_has_one_line_a_stage(name: str) -> None:
    lines = told(**{name: "true"})
    assert [line.split(" (")[0] for line in lines] == ["auditor: reading", "auditor: concluding"]


@pytest.mark.parametrize(("options", "environment"), [((), {}), ((), {"CI": "false"}), ((), {"CI": ""}), (("--quiet",), {"CI": "true"})])
def test_else_nothing_is_told(options: tuple[str, ...], environment: dict[str, str]) -> None:
    assert told(*options, **environment) == []


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}])
def test_a_terminal_has_bars_and_no_lines(environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    variables = settings(TERM="xterm", COLUMNS="100", **environment)
    with subprocess.Popen(SCAN, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs, env=variables) as run:
        os.close(theirs)
        shown = b""
        while True:
            try:
                some = os.read(ours, 65_536)
            except OSError:  # Linux: the other end is closed
                break
            if not some:
                break
            shown += some
    os.close(ours)
    assert run.returncode == 0
    assert b"\x1b[" in shown
    assert "━".encode() in shown
    assert b"auditor: reading" not in shown
