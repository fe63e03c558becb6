"""A target that does on purpose what no other may, so that it can be seen that the harness notices."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from random import Random

from .target import Outcome, Target, hold

WAYS = (b"accepted", b"refused", b"fails", b"breaks a promise", b"dies", b"hangs")


def _make(rng: Random) -> bytes:
    return rng.choice(WAYS)


def _run(data: bytes, _: Path) -> Outcome:
    if data == b"fails":
        raise KeyError(data)
    if data == b"dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"hangs":
        os.kill(os.getpid(), signal.SIGALRM)  # as the kernel does when the time is over
    hold(data != b"breaks a promise", "a canary: sang")
    return Outcome(accepted=data == b"accepted", told={})


TARGETS = (Target(name="canary", make=_make, run=_run, ending="txt", weight=0),)
