"""The real reading process: what it is not allowed, and that each limit ends in a reason and not in a pass."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from auditor.checks.leakage import Leakage
from auditor.dataset import Shard
from auditor.doors import python
from auditor.engines.local import LocalEngine
from auditor.model import Json

MEMORY = 300 << 20


def engine(folder: Path, memory: int = MEMORY, readable: Path | None = None) -> LocalEngine:
    settings = {"parent": os.getpid(), "kernels": None, "memory": memory, "readable": [str(readable or folder)], "writable": [str(folder)]}
    return LocalEngine(python.command("auditor.worker", json.dumps(settings)), memory=memory + (96 << 20))


def job(file: Path, **changed: Json) -> dict[str, Json]:
    shard = Shard(path=file.name, file=str(file), split="train", format=file.suffix.removeprefix("."), bytes=file.stat().st_size)
    context = {"text": ["text"], "label": None, "shingle": "char:5", "bands": False}
    place = {"folder": str(file.parent), "key": "0" * 32, "durable": False}
    check = {"name": "leakage", "options": Leakage().options, "context": context, **place}
    given = {"moment": "observe", "checks": [check], "marks": None, "withheld": False, "seconds": 60, "output": 1 << 30}
    return {**given, "tables": str(file.parent), "shard": dataclasses.asdict(shard), **changed}


def asked(folder: Path, *jobs: Json, **settings: Json) -> list[Json]:
    with engine(folder, **settings) as running:
        return list(running.map(jobs))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    file = tmp_path / "train.jsonl"
    file.write_text("".join(json.dumps({"text": f"the ferry leaves at {number}"}) + "\n" for number in range(2000)))
    return file


def test_a_sound_file(sound: Path) -> None:
    with engine(sound.parent) as running:
        [answer] = running.map([job(sound)])
        assert running.isolation["audit_hook"] is True
        assert running.isolation["memory"] == MEMORY
    assert (answer["rows"], answer["physical"], answer["failure"], answer["errors"]) == (2000, 2000, None, {})
    assert [(sound.parent / name).is_file() for name in answer["files"]["leakage"]] == [True]


def test_too_much_memory_is_a_reason_with_its_cure(tmp_path: Path, sound: Path) -> None:
    large = tmp_path / "large.jsonl"
    large.write_text(json.dumps({"text": "x" * (12 << 20)}) + "\n")
    refused, after = asked(tmp_path, job(large), job(sound), memory=160 << 20)
    assert "--max-memory" in json.dumps(refused)
    assert refused.get("rows", 0) == 0
    assert after["rows"] == 2000


def test_too_much_processor_time_ends_the_process(tmp_path: Path, sound: Path) -> None:
    endless = tmp_path / "endless.jsonl"
    endless.write_text(sound.read_text() * 200)
    killed, after = asked(tmp_path, job(endless, seconds=0.5), job(sound))
    assert killed == {"crash": "it took more processor time than a file of its size may"}
    assert after["rows"] == 2000


def test_too_much_output_is_an_error_of_the_check(sound: Path) -> None:
    small, after = asked(sound.parent, job(sound, output=10_000), job(sound))
    assert small["errors"]["leakage"].startswith("partial results cannot be written (")
    assert after["errors"] == {}


def test_a_file_elsewhere_is_not_opened(tmp_path: Path, sound: Path) -> None:
    (tmp_path / "other").mkdir()
    with engine(tmp_path, readable=tmp_path / "other") as running:
        theirs = tmp_path.parent / f"{tmp_path.name}-private.csv"
        theirs.write_text("text\nsecret\n")
        [answer] = running.map([job(theirs)])
        if not running.isolation["landlock"]:
            pytest.skip("this kernel has no Landlock")
    assert answer["rows"] == 0
    assert "Permission denied" in answer["failure"]


def test_an_orphan_does_not_live_on(tmp_path: Path) -> None:
    settings: dict[str, Json] = {"parent": os.getppid(), "kernels": None, "memory": MEMORY, "readable": [], "writable": []}
    with LocalEngine(python.command("auditor.worker", json.dumps(settings))) as running:
        assert list(running.map([{"moment": "preview"}])) == [{"crash": "it stopped with status 0 without an answer"}]
