"""The process that bears the inputs: a job a line on standard input, an answer a line on standard output.

Before every input its number is noted in a file that the parent maps too, so that the parent knows which one the child died of. The
child has at most MEMORY bytes, leaves no core, and is ended by the kernel's alarm where one input takes longer than LIMIT seconds.
"""

from __future__ import annotations

import faulthandler
import json
import mmap
import os
import resource
import signal
import struct
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from auditor.doors import pandas

from .catalogue import TARGETS
from .target import BrokenError, Target, random_of

MEMORY, LIMIT = 1 << 30, 10
STATE = struct.Struct("<qqqq")
"""Number of the input in hand; accepted and refused inputs of this job so far, nanoseconds of the slowest."""


def main(folder: Path) -> None:
    """Answers jobs until there are no more; `folder` is the child's own. What libraries print goes to standard error."""
    faulthandler.enable()
    pandas.close()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with (folder / "state").open("r+b") as file, mmap.mmap(file.fileno(), STATE.size) as state:
        for line in sys.stdin:
            job = json.loads(line)
            if "file" in job:
                answer = _replayed(TARGETS[job["target"]], Path(job["file"]).read_bytes(), folder)
            else:
                answer = _worked(job, folder, state, answers)
            print(json.dumps(answer), file=answers, flush=True)


def _worked(job: dict[str, Any], folder: Path, state: mmap.mmap, answers: Any) -> dict[str, Any]:
    """Puts the inputs `first` to `first + count` to the test; failures are answered one by one."""
    target, seed, first = TARGETS[job["target"]], job["seed"], job["first"]
    accepted = refused = slowest = 0
    for number in range(first, first + job["count"]):
        data = target.make(random_of(target.name, seed, number))
        STATE.pack_into(state, 0, number, accepted, refused, slowest)
        began = time.perf_counter_ns()
        fault = None
        signal.setitimer(signal.ITIMER_REAL, LIMIT)
        try:
            outcome = target.run(data, folder)
        except Exception as error:  # noqa: BLE001 - that is what is sought
            fault = describe(error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        slowest = max(slowest, time.perf_counter_ns() - began)
        if fault is not None:
            print(json.dumps({"number": number, "fault": fault}), file=answers, flush=True)
        else:
            accepted, refused = accepted + outcome.accepted, refused + (not outcome.accepted)
    return {"accepted": accepted, "refused": refused, "slowest": slowest}


def _replayed(target: Target, data: bytes, folder: Path) -> dict[str, Any]:
    """What comes of one input."""
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        outcome = target.run(data, folder)
    except Exception as error:  # noqa: BLE001 - that is what is sought
        return {"fault": describe(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"accepted": outcome.accepted, **outcome.told}


def describe(error: Exception) -> list[str]:
    """What went wrong and where, in the same words for inputs that fail alike, and the message."""
    message = str(error).partition("\n")[0][:200]
    if isinstance(error, BrokenError):
        return [f"broken promise: {message.partition(':')[0]}", message]
    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame for frame in reversed(frames) if f"{os.sep}auditor{os.sep}" in frame.filename), frames[-1])
    return [f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno} {place.name}", message]
