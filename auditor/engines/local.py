"""This machine: jobs go to supervised child processes, and the death of one is an answer like any other."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType

from auditor.doors.python import environment
from auditor.model import Json

GRACE = 10.0
"""Seconds a child that was told to stop is given before it is killed."""

TICK = 0.01
"""Seconds between two looks at a child's memory."""

PATIENCE = 10
"""A child is waited for this many times the seconds of processor time that its job may take: it may be waiting for a slow disk."""

ANSWER = 64 << 20
"""Bytes that an answer may have."""


class LocalEngine:
    """Runs jobs (JSON objects) in up to `workers` child processes, each of which reads one a line and answers each with one line.

    The first line a child writes is no answer: it says how it is isolated (`isolation`, once a child has started). A child that takes
    more than `memory` bytes of physical memory is killed, and so is one that does not answer in `PATIENCE` times the job's `seconds`. A
    job whose child died or answered with something else gets {"crash": reason}; the next job gets a new child. What children write
    to standard error is dropped unless `audible`.
    """

    def __init__(self, command: Sequence[str], workers: int = 1, memory: int = 1 << 62, audible: bool = False) -> None:
        self.isolation: Json = {}
        self._command, self._memory, self._audible = list(command), memory, audible
        self._pool = ThreadPoolExecutor(workers)
        self._ahead, self._ended = 2 * workers, False
        self._seats: SimpleQueue[_Child | None] = SimpleQueue()
        self._children: set[_Child] = set()
        for _ in range(workers):
            self._seats.put(None)

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended = True
        if kind is not None:
            for child in list(self._children):
                child.kill()
        self._pool.shutdown(cancel_futures=True)
        self.rest()

    def map(self, jobs: Iterable[Json]) -> Iterator[Json]:
        """The answers to the jobs, in their order."""
        running: deque[Future[Json]] = deque()
        for job in jobs:
            running.append(self._pool.submit(self._run, job))
            if len(running) > self._ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def rest(self) -> None:
        """Ends the children; the next job starts one anew."""
        for child in list(self._children):
            child.end()
        self._children.clear()

    def _run(self, job: Json) -> Json:
        child = self._seats.get()
        try:
            if child is None or child not in self._children:
                if self._ended:
                    raise _DiedError("the audit was interrupted")
                child = _Child(self._command, self._memory, self._audible)
                self._children.add(child)
                self.isolation = child.hello()
            return child.ask(job)
        except _DiedError as death:
            if child is not None:
                self._children.discard(child)
            child = None
            return {"crash": str(death)}
        finally:
            self._seats.put(child)


class _DiedError(Exception):
    """A child gave no answer; the text says why."""


class _Child:
    """A child process and what it has said so far."""

    def __init__(self, command: Sequence[str], memory: int, audible: bool) -> None:
        errors = None if audible else subprocess.DEVNULL
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env=environment(), bufsize=0)
        self._status = os.open(f"/proc/{self._process.pid}/statm", os.O_RDONLY)
        self._memory, self._said, self._reason = memory, bytearray(), ""

    def hello(self) -> Json:
        """The first line of a child."""
        return self._line(time.monotonic() + 60)

    def ask(self, job: Json) -> Json:
        """The answer to a job; _DiedError where there is none."""
        assert self._process.stdin is not None
        seconds = job.get("seconds", 3600) if isinstance(job, dict) else 3600
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
        except OSError:
            raise self._died() from None
        return self._line(time.monotonic() + PATIENCE * seconds)

    def _line(self, deadline: float) -> Json:
        assert self._process.stdout is not None
        while b"\n" not in self._said:
            if self._too_large():
                self._reason = f"it took more than {self._memory >> 20} MiB of memory: raise --max-memory"
            elif time.monotonic() > deadline:
                self._reason = "it did not answer in time"
            elif len(self._said) > ANSWER:
                self._reason = f"it answered with more than {ANSWER >> 20} MiB"
            if self._reason:
                self.kill()
            if select.select([self._process.stdout], [], [], TICK)[0]:
                part = os.read(self._process.stdout.fileno(), 1 << 16)
                if not part:
                    raise self._died()
                self._said += part
        line, _, self._said = self._said.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            self._reason = "it answered with something that is no answer"
            self.kill()
            raise self._died()
        return answer

    def _too_large(self) -> bool:
        """Whether the child has more physical memory than it may."""
        try:
            pages = int(os.pread(self._status, 100, 0).split()[1])
        except (OSError, IndexError):  # it has ended
            return False
        return pages * os.sysconf("SC_PAGE_SIZE") > self._memory

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def end(self) -> None:
        """Lets it end when it is done with what it does, and kills it where that takes too long."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        os.close(self._status)

    def _died(self) -> _DiedError:
        self.end()
        status = self._process.returncode
        if self._reason:
            return _DiedError(self._reason)
        if status == -signal.SIGXCPU:
            return _DiedError("it took more processor time than a file of its size may")
        if status < 0:
            return _DiedError(f"it was ended by {signal.Signals(-status).name}")
        return _DiedError(f"it stopped with status {status} without an answer")
