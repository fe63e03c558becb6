"""The command, killed at any moment and run again: the same bytes as if nothing had happened, and nothing left lying about."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.model import Json
from auditor.partials import PREFIX, Partials


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six shards with a leak, and records that are refused."""
    folder = tmp_path_factory.mktemp("data")
    words = [f"word{number}" for number in range(200)]
    chance = random.Random(1)
    for number in range(6):
        rows = [" ".join(chance.choices(words, k=40)) for _ in range(400)] + [" ".join(words[:40])]
        lines = [*(json.dumps({"text": row}) for row in rows), '{"text": "cut']
        (folder / f"{'test' if number == 5 else 'train'}-{number}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def command(dataset: Path, out: Path, *more: str) -> list[str]:
    outputs = ["-o", f"json:{out / 'report.json'}", "-o", f"html:{out / 'report.html'}", "--evidence", str(out / "evidence"), "--quiet"]
    return [sys.executable, "-m", "auditor", "scan", str(dataset), *outputs, *more]


def written(out: Path) -> dict[str, Json]:
    report: dict[str, Json] = json.loads((out / "report.json").read_text())
    del report["run"]
    return report | {path.name: path.read_bytes() for path in (out / "evidence").iterdir()}


def scan(dataset: Path, out: Path, room: Path, *more: str) -> dict[str, Json]:
    out.mkdir()
    subprocess.run(command(dataset, out, *more), env=os.environ | {"TMPDIR": str(room)}, check=False, stderr=subprocess.DEVNULL)
    return written(out)


@pytest.fixture(scope="module")
def fresh(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    folder = tmp_path_factory.mktemp("fresh")
    found = scan(dataset, folder / "out", folder)
    assert {each["rule"] for each in found["findings"]} >= {"LEAK001", "INPUT001"}
    return found


@pytest.mark.parametrize("moment", [0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0])
def test_a_killed_audit_goes_on_to_the_same_bytes(moment: float, dataset: Path, fresh: dict[str, Json], tmp_path: Path) -> None:
    work, room = tmp_path / "work", tmp_path / "room"
    room.mkdir()
    (tmp_path / "killed").mkdir()
    arguments = command(dataset, tmp_path / "killed", "--work-dir", str(work))
    child = subprocess.Popen(arguments, env=os.environ | {"TMPDIR": str(room)}, stderr=subprocess.DEVNULL)
    try:
        child.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
    for path in (tmp_path / "killed").glob("report.json"):
        json.loads(path.read_text())  # the whole of it, or none
    assert scan(dataset, tmp_path / "out", room, "--work-dir", str(work)) == fresh
    there = set(work.iterdir())
    Partials(work, durable=True).sweep()
    assert set(work.iterdir()) == there
    assert list(room.glob(f"{PREFIX}*")) == []
    assert [path for path in (tmp_path / "out").rglob("*") if path.name.endswith(".tmp")] == []


def test_several_workers_find_the_same(dataset: Path, fresh: dict[str, Json], tmp_path: Path) -> None:
    assert scan(dataset, tmp_path / "out", tmp_path, "--workers", "3", "--max-memory", "1G") == fresh


def test_a_second_audit_reads_nothing(dataset: Path, fresh: dict[str, Json], tmp_path: Path) -> None:
    work = tmp_path / "work"
    assert scan(dataset, tmp_path / "first", tmp_path, "--work-dir", str(work)) == fresh
    assert scan(dataset, tmp_path / "second", tmp_path, "--work-dir", str(work)) == fresh
    read = [json.loads((tmp_path / name / "report.json").read_text())["run"]["readers"] for name in ("first", "second")]
    assert "memory" in read[0]
    assert read[1] == {"workers": 1}  # no process was started to read


def test_a_work_dir_in_the_dataset_is_refused(dataset: Path) -> None:
    arguments = [sys.executable, "-m", "auditor", "scan", str(dataset), "--work-dir", str(dataset / "work")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "lies in the dataset" in done.stderr
    assert not (dataset / "work").exists()
