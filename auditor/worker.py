"""The child process in which data is read and observed: a job a line on standard input, an answer a line on standard output."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from auditor import observe as observing
from auditor import sources
from auditor.dataset import Shard, UnreadableError
from auditor.doors import arrow, isolation, pandas
from auditor.doors.limits import limit
from auditor.model import Json

Job = Mapping[str, Json]


def observe(job: Job) -> Json:
    """What all checks see in a shard."""
    return observing.observe_shard(job, sources.open_shard)


def preview(job: Job) -> Json:
    """What the first records of a shard say."""
    return observing.preview_shard(job, sources.open_shard)


def values(job: Job) -> Json:
    """The different values of the column that tells the splits."""
    try:
        return {"values": sources.split_values(Shard(**job["shard"]), job["column"])}
    except UnreadableError as error:
        return {"refused": str(error)}


def header(job: Job) -> Json:
    """What a file's own metadata say under some keys."""
    try:
        return {"stated": sources.header(Shard(**job["shard"]), job["keys"])}
    except UnreadableError as error:
        return {"refused": str(error)}


def records(job: Job) -> Json:
    """Some records of a shard."""
    from auditor.verification.records import collected

    return collected(job, sources.open_shard)


def snapshot(job: Job) -> Json:
    """What is taken out of a database. Its libraries look at the environment when they are loaded."""
    os.environ.update(job["environment"])
    from auditor.sources.snapshot import take

    return take(job)


def fix(job: Job) -> Json:
    """A file without some of its records, or what decides about them."""
    from auditor.fixing.rewriting import answered

    return answered(job)


MOMENTS: Mapping[str, Callable[[Job], Json]] = {
    "observe": observe,
    "preview": preview,
    "values": values,
    "header": header,
    "records": records,
    "snapshot": snapshot,
    "fix": fix,
}


def main() -> None:
    """Answers jobs until there are no more. What libraries print goes to standard error, so that answers stay answers.

    The argument is a JSON object: the `parent` process, the bytes of `memory` a reader may use, the paths that are `readable` and
    `writable`, the file of `kernels` to load (or null) and the `threads` they may use, and the `port` of a database that may be reached
    (if any). The first line of output says what isolates this process.
    """
    settings = json.loads(sys.argv[2])
    isolation.die_with(settings["parent"])
    pandas.close()
    arrow.hasten()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit(resource.RLIMIT_DATA, settings["memory"])
    if settings["kernels"]:
        from auditor.kernels import native

        native.load(Path(settings["kernels"]), settings["threads"])  # before what is needed for it is closed
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    kernels = "machine code" if settings["kernels"] else "NumPy"
    _answer(answers, {"memory": settings["memory"], "kernels": kernels, **_isolated(settings)})
    for line in sys.stdin:
        job = json.loads(line)
        limit(resource.RLIMIT_CPU, int(_processor_time() + job["seconds"]) + 1)
        limit(resource.RLIMIT_FSIZE, int(job["output"]))
        _answer(answers, MOMENTS[job["moment"]](job))
    os._exit(0)  # all is said and written; taking the interpreter down, library by library, costs as much as loading one


def _isolated(settings: Mapping[str, Json]) -> dict[str, Json]:
    """Closes what a reader does not need; says what was closed."""
    readable = [*isolation.system_paths(), *map(Path, settings["readable"])]
    port = settings.get("port")
    level = isolation.confine(readable, [Path(path) for path in settings["writable"]], port)
    isolation.watch(port)
    return {"audit_hook": True, "landlock": level}


def _answer(answers: TextIO, answer: Json) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
