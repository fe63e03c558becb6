"""This machine: jobs go, one at a time, to a supervised child process, and its death is an answer like any other."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

from auditor.model import Json

GRACE = 10.0
"""Seconds a child that was told to stop is given before it is killed."""


class LocalEngine:
    """Runs jobs (JSON objects) in a child process that reads one a line and answers each with one line.

    A job whose child died or answered with something else gets {"crash": reason}; the next job gets a new child.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end(kill=kind is not None)

    def map(self, jobs: Iterable[Json]) -> Iterator[Json]:
        """The answers to the jobs, in their order."""
        for job in jobs:
            yield self._run(job)

    def _run(self, job: Json) -> Json:
        if self._child is None:
            self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child = self._child
        assert child.stdin is not None and child.stdout is not None
        try:
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()
            answer = json.loads(child.stdout.readline())
        except (OSError, ValueError):
            return {"crash": self._end(kill=False)}
        return answer if isinstance(answer, dict) else {"crash": self._end(kill=False)}

    def _end(self, kill: bool) -> str:
        """Ends the child, at once or when it is done with what it does, and says how it died."""
        child, self._child = self._child, None
        if child is None:
            return "it could not be started"
        assert child.stdin is not None and child.stdout is not None
        with contextlib.suppress(OSError):
            child.stdin.close()
        try:
            status = child.wait(timeout=0.0 if kill else GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            status = child.wait()
        child.stdout.close()
        if status < 0:
            return f"it was ended by {signal.Signals(-status).name}"
        return f"it stopped with status {status} without an answer"
