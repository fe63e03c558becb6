"""The local engine: answers in order, children that die, swell, hang or babble."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from auditor.engines import local
from auditor.engines.local import LocalEngine
from auditor.model import Json

CHILD = """
import json, os, signal, sys, time
print(json.dumps({"hello": os.getpid()}), flush=True)
for line in sys.stdin:
    job = json.loads(line)["job"]
    if job == "segfault": os.kill(os.getpid(), signal.SIGSEGV)
    if job == "processor": os.kill(os.getpid(), signal.SIGXCPU)
    if job == "exit": os._exit(0)
    if job == "raise": raise RuntimeError
    if job == "hang": time.sleep(600)
    if job == "swell": held = bytearray(200 << 20); time.sleep(600)
    if job == "flood": os.write(1, b"x" * (1 << 21))
    if job == "half": os.write(1, b'{"job": '); os._exit(0)
    answer = {"job": job, "pid": os.getpid(), "seen": sorted(os.environ)}
    print({"babble": "no JSON", "null": "null"}.get(str(job), json.dumps(answer)), flush=True)
"""


def engine(workers: int = 1, memory: int = 1 << 40, code: str = CHILD) -> LocalEngine:
    return LocalEngine([sys.executable, "-c", code], workers, memory)


def jobs(*names: Json) -> list[Json]:
    return [{"job": name, "seconds": 60} for name in names]


def test_one_child_answers_all_jobs_in_order() -> None:
    with engine() as running:
        answers = list(running.map(jobs(1, "two", {"three": 3})))
        assert [answer["job"] for answer in answers] == [1, "two", {"three": 3}]
        assert {answer["pid"] for answer in answers} == {running.isolation["hello"]}


def test_several_children_answer_in_order_too() -> None:
    with engine(workers=3) as running:
        answers = list(running.map(jobs(*range(40))))
    assert [answer["job"] for answer in answers] == list(range(40))
    assert len({answer["pid"] for answer in answers}) == 3


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("segfault", "it was ended by SIGSEGV"),
        ("processor", "it took more processor time than a file of its size may"),
        ("exit", "it stopped with status 0 without an answer"),
        ("raise", "it stopped with status 1 without an answer"),
        ("half", "it stopped with status 0 without an answer"),
        ("babble", "it answered with something that is no answer"),
        ("null", "it answered with something that is no answer"),
    ],
)
def test_a_child_that_dies_is_an_answer_and_the_next_job_gets_a_new_one(job: str, reason: str, workers: int) -> None:
    with engine(workers) as running:
        before, died, after = running.map(jobs("a", job, "b"))
    assert died == {"crash": reason}
    assert (before["job"], after["job"]) == ("a", "b")
    assert workers > 1 or before["pid"] != after["pid"]


def test_a_child_that_swells_is_killed() -> None:
    with engine(memory=100 << 20) as running:
        died, after = running.map(jobs("swell", "b"))
    assert died == {"crash": "it took more than 100 MiB of memory: raise --max-memory"}
    assert after["job"] == "b"


def test_a_child_that_hangs_is_killed() -> None:
    with engine() as running:
        died, after = running.map([{"job": "hang", "seconds": 0.05}, *jobs("b")])
    assert died == {"crash": "it did not answer in time"}
    assert after["job"] == "b"


def test_a_child_that_floods_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "ANSWER", 1 << 20)
    with engine() as running:
        died, after = running.map(jobs("flood", "b"))
    assert died == {"crash": "it answered with more than 1 MiB"}
    assert after["job"] == "b"


def test_a_child_sees_no_token_of_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with engine() as running:
        [answer] = running.map(jobs("a"))
    assert "PATH" in answer["seen"]
    assert not {"GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"} & set(answer["seen"])


def test_after_a_rest_a_new_child_answers() -> None:
    with engine() as running:
        [before] = running.map(jobs("a"))
        running.rest()
        assert not Path(f"/proc/{before['pid']}").exists()
        [after] = running.map(jobs("b"))
    assert before["pid"] != after["pid"]
    assert not Path(f"/proc/{after['pid']}").exists()


def test_a_child_that_cannot_be_started_is_an_error() -> None:
    with pytest.raises(FileNotFoundError), LocalEngine(["/nowhere/python"]) as running:
        list(running.map(jobs("a")))


def test_an_interruption_kills_children_that_are_busy() -> None:
    began = time.monotonic()
    running = engine(workers=2)
    answers = running.map(jobs("a", "hang", "hang", "b"))
    assert next(answers)["job"] == "a"
    running.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert time.monotonic() - began < 30
    assert not os.path.exists(f"/proc/{running.isolation['hello']}")  # noqa: PTH110
