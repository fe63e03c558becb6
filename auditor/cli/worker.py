"""The child process in which data is read and observed: a job a line on standard input, an answer a line on standard output."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping

from auditor import audit, sources
from auditor.dataset import Shard, UnreadableError
from auditor.doors import pandas
from auditor.model import Json

MEMORY = 4 << 30
"""Bytes of private memory a reader may use (RLIMIT_DATA: it holds without privileges, and reservations do not count)."""

Job = Mapping[str, Json]


def observe(job: Job) -> Json:
    """What all checks see in a shard."""
    return audit.observe_shard(job, sources.open_shard)


def preview(job: Job) -> Json:
    """What the first records of a shard say."""
    return audit.preview_shard(job, sources.open_shard)


def values(job: Job) -> Json:
    """The different values of the column that tells the splits."""
    try:
        return {"values": sources.split_values(Shard(**job["shard"]), job["column"])}
    except UnreadableError as error:
        return {"refused": str(error)}


MOMENTS: Mapping[str, Callable[[Job], Json]] = {"observe": observe, "preview": preview, "values": values}


def main() -> None:
    """Answers jobs until there are no more. What libraries print goes to standard error, so that answers stay answers."""
    pandas.close()
    _limit()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        job = json.loads(line)
        answers.write(json.dumps(MOMENTS[job["moment"]](job)) + "\n")
        answers.flush()


def _limit() -> None:
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))
