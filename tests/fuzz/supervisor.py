"""Children that bear the inputs, one at a time each, and what is done when one of them dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from .child import LIMIT, STATE

QUIET = {"ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
HUNG = -signal.SIGALRM


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An input that did what no input may do: `kind` is failure, hang or death."""

    target: str
    seed: int
    number: int
    kind: str
    what: str
    message: str = ""


@dataclass(slots=True, kw_only=True)
class Count:
    """What became of some inputs of a target; `slowest` in seconds."""

    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def __add__(self, other: Count) -> Count:
        sums = {name: getattr(self, name) + getattr(other, name) for name in ("inputs", "accepted", "refused", "seconds", "faults")}
        return Count(**sums, slowest=max(self.slowest, other.slowest))

    def of(self, *kinds: str) -> int:
        """How many faults of these kinds there are."""
        return sum(fault.kind in kinds for fault in self.faults)


class Child:
    """One child process at a time, started when it is needed and again after it died; a context that ends it."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory if os.access(memory, os.W_OK) else None))
        (self._folder / "state").write_bytes(bytes(STATE.size))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._process.kill()
            self._ended(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def replay(self, target: str, file: Path) -> dict[str, Any]:
        """What comes of a file as an input: accepted and what was told, {"fault": ...}, or {"died": status}."""
        answers = list(self._asked({"target": target, "file": str(file)}))
        return answers[-1] if answers else {"died": self._status()}

    def work(self, target: str, seed: int, first: int, count: int) -> Count:
        """Puts the inputs `first` to `first + count` to the test; after one that the child died of, another child goes on."""
        total, end = Count(), first + count
        while first < end:
            part = self._some(target, seed, first, end - first)
            total, first = total + part, first + part.inputs
        return total

    def _some(self, target: str, seed: int, first: int, count: int) -> Count:
        """As many of the inputs as one child lives through, and the one that it died of."""
        faults: list[Fault] = []
        for answer in self._asked({"target": target, "seed": seed, "first": first, "count": count}):
            if "number" not in answer:
                return _counted(answer, count, faults)
            what, message = answer["fault"]
            faults.append(Fault(target=target, seed=seed, number=answer["number"], kind="failure", what=what, message=message))
        number, accepted, refused, slowest = STATE.unpack((self._folder / "state").read_bytes())
        status = self._status()
        kind, what = ("hang", f"more than {LIMIT} s") if status == HUNG else ("death", self._last_words(status))
        if status > 0:
            raise RuntimeError(f"the child gave up: {what}")
        faults.append(Fault(target=target, seed=seed, number=number, kind=kind, what=what))
        answer = {"accepted": accepted, "refused": refused, "slowest": slowest}
        return _counted(answer, number - first + 1, faults)

    def _asked(self, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The answers of the child to a job; they end early if it dies."""
        with (self._folder / "state").open("r+b") as state:
            state.write(STATE.pack(-1, 0, 0, 0))
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        print(json.dumps(job), file=process.stdin, flush=True)
        for line in process.stdout:
            answer: dict[str, Any] = json.loads(line)
            yield answer
            if "number" not in answer:
                return

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            package = str(__package__)
            home = Path(__file__).resolve().parents[len(package.split("."))]
            with (self._folder / "stderr").open("wb") as errors:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", package, "--child", str(self._folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    cwd=home,
                    env=os.environ | QUIET,
                )
        return self._process

    def _status(self) -> int:
        """How the child ended: its exit status, or minus the signal."""
        assert self._process is not None
        status = self._ended(self._process)
        self._process = None
        return status

    def _ended(self, process: subprocess.Popen[str]) -> int:
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
        return process.wait()

    def _last_words(self, status: int) -> str:
        """The signal, and where Python was when it came."""
        lines = (self._folder / "stderr").read_text(encoding="utf-8", errors="replace").splitlines()
        frames = [line.strip() for line in lines if line.lstrip().startswith("File ")][:2]
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}: {lines[-1] if lines else ''}"
        return " ".join([name, *(frame.rpartition("/")[2] for frame in frames)])


def _counted(answer: dict[str, Any], inputs: int, faults: list[Fault]) -> Count:
    return Count(inputs=inputs, accepted=answer["accepted"], refused=answer["refused"], slowest=answer["slowest"] / 1e9, faults=faults)
