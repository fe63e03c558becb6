"""What every peer's script does alike: reads the documents, times stages by processor time, and writes down what was found.

A script is run as `python run_NAME.py JSONL_FOLDER RESULT DOCUMENTS` in an environment of its own. Documents (no more of the training split
than said) are numbered through train and then test. RESULT.json gets the seconds of each stage and the peak in bytes, RESULT.cross and
RESULT.all the pairs, two int64 each.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

WORDS = re.compile(r"\w+")
N = 5
THRESHOLD = 0.8
PERMUTATIONS = 128


@dataclass(slots=True, kw_only=True)
class Work:
    """The documents of both splits and how long each stage took."""

    train: list[str]
    test: list[str]
    result: Path
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the processor time of a block to a stage, that of all its threads and of the system included."""
        started = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started

    def write(self, **pairs: Iterable[tuple[int, int]]) -> None:
        """Writes the result: for each kind of work its pairs, the lower number first."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        Path(f"{self.result}.json").write_text(json.dumps({"seconds": self.seconds, "peak": peak}))
        for kind, found in pairs.items():
            flat = array("q", (number for a, b in found for number in (min(a, b), max(a, b))))
            Path(f"{self.result}.{kind}").write_bytes(flat.tobytes())


def read() -> Work:
    """The work that the command line names; reading and parsing the lines is its first stage."""
    folder, result, documents = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    work = Work(train=[], test=[], result=result)
    with work.stage("parse"):
        for name, texts in (("train", work.train), ("test", work.test)):
            with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
                for line in lines:
                    texts.append(json.loads(line)["text"])
                    if name == "train" and len(texts) >= documents:
                        break
    return work


def shingles(text: str) -> list[str]:
    """The distinct word 5-grams of a text, those of `\\w+` in lower case; of a shorter text, the whole."""
    words = WORDS.findall(text.lower())
    if 0 < len(words) < N:
        return [" ".join(words)]
    return list({" ".join(words[place : place + N]) for place in range(len(words) - N + 1)})
