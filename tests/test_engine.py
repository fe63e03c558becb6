"""The local engine: answers in order, and children that die."""

from __future__ import annotations

import sys
import time

import pytest

from auditor.engines.local import LocalEngine

CHILD = """
import json, os, signal, sys
for line in sys.stdin:
    job = json.loads(line)
    if job == "segfault": os.kill(os.getpid(), signal.SIGSEGV)
    if job == "exit": os._exit(0)
    if job == "raise": raise RuntimeError
    print("no JSON" if job == "babble" else json.dumps(None if job == "null" else {"job": job, "pid": os.getpid()}), flush=True)
"""


def engine(code: str = CHILD) -> LocalEngine:
    return LocalEngine([sys.executable, "-c", code])


def test_one_child_answers_all_jobs_in_order() -> None:
    with engine() as local:
        answers = list(local.map([1, "two", {"three": 3}]))
    assert [answer["job"] for answer in answers] == [1, "two", {"three": 3}]
    assert len({answer["pid"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("segfault", "it was ended by SIGSEGV"),
        ("exit", "it stopped with status 0 without an answer"),
        ("raise", "it stopped with status 1 without an answer"),
        ("babble", "it stopped with status 0 without an answer"),
        ("null", "it stopped with status 0 without an answer"),
    ],
)
def test_a_child_that_dies_is_an_answer_and_the_next_job_gets_a_new_one(job: str, reason: str) -> None:
    with engine() as local:
        before, died, after = local.map(["a", job, "b"])
    assert died == {"crash": reason}
    assert (before["job"], after["job"]) == ("a", "b")
    assert before["pid"] != after["pid"]


def test_a_child_that_cannot_be_started_is_an_error() -> None:
    with pytest.raises(FileNotFoundError), LocalEngine(["/nowhere/python"]) as local:
        list(local.map(["a"]))


def test_an_interruption_kills_a_child_that_is_busy() -> None:
    began = time.monotonic()
    local = engine("import time, sys; sys.stdin.readline(); print('{}', flush=True); time.sleep(60)")
    assert next(local.map(["a"])) == {}
    local.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert time.monotonic() - began < 30
