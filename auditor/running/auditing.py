"""An audit from what was asked to the judged report, for the command line and for programs."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import __version__
from auditor.running import judging
from auditor.running.work import How

if TYPE_CHECKING:
    from datetime import datetime

    from auditor.audit import Question
    from auditor.config import Config
    from auditor.dataset import Dataset
    from auditor.model import Report
    from auditor.reading import Progress, Work
    from auditor.running.chosen import Extra
    from auditor.running.judging import Grounds

CORRELATION = "AUDITOR_REDACTION_KEY"
"""The environment variable with a key of the user's: masks of sensitive values then bear a digest by which they can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An audit of which nothing has been read yet."""

    dataset: Dataset
    question: Question
    work: Work
    grounds: Grounds


@contextmanager
def begun(
    place: str, asked: Config, how: How, progress: Progress, apart: tuple[Path, ...] = (), key: Path | None = None, extra: Extra = None
) -> Iterator[Begun]:
    """The dataset at `place` opened, the checks chosen, processes and folders ready, while the audit lasts.

    `apart` are files that the user has named and that are no part of the dataset, `key` is the file with the key of the sketches
    among `asked.against`; `extra` names checks that look even if none of their rules is selected, with options for them.
    """
    from auditor import audit
    from auditor.check import rules
    from auditor.doors import arrow, pandas
    from auditor.doors.isolation import offline
    from auditor.doors.python import MODEST
    from auditor.running.chosen import ALWAYS, chosen, is_named
    from auditor.running.opened import opened
    from auditor.running.ruled import filled, hold_to
    from auditor.running.work import working
    from auditor.sources.folder import find

    pandas.close()
    arrow.hasten()
    os.environ.update({**MODEST, **os.environ})
    asked, demanded = filled(asked)
    grounds = judging.grounds(asked)
    checks = chosen(asked, grounds.policy, key, demanded, extra)
    with opened(place, asked, how.max_memory, apart=(*_named(asked), *apart)) as found:
        hold_to(demanded, found)
        question = audit.Question(
            checks=checks,
            config=asked,
            records=any(is_named(rule, asked) for rule in rules().values() if rule.family == ALWAYS),
            correlation=os.environ.get(CORRELATION, "").encode() or None,
            against=tuple(find(Path(each)) for each in asked.against),
        )
        dataset = dataclasses.replace(found, roles=asked.roles)
        with offline(), working(Path(place), dataset, how, progress, question.against) as work:
            yield Begun(dataset=dataset, question=question, work=work, grounds=grounds)


def audited(
    place: str, asked: Config, how: How, progress: Progress, apart: tuple[Path, ...] = (), key: Path | None = None, extra: Extra = None
) -> Report:
    """The judged report on the dataset at `place`; the arguments are those of `begun`."""
    from auditor import audit, config
    from auditor.running.tree import tree

    moment, clock = judging.now(), time.perf_counter()
    with begun(place, asked, how, progress, apart, key, extra) as ready:
        report = audit.run(ready.dataset, ready.question, ready.work)
    readers = {"workers": how.workers, **ready.work.engine.isolation}
    lies = tree(place, Path.cwd(), (*apart, *config.candidates(Path.cwd(), Path(place)), *_named(asked)))
    run = {"started": _written(moment), "seconds": round(time.perf_counter() - clock, 3), **_host(), "readers": readers, "tree": lies}
    return judging.judged(_costed(dataclasses.replace(report, run=run), asked), ready.grounds, moment.date())


def planned(place: str, asked: Config, how: How, progress: Progress, apart: tuple[Path, ...] = (), key: Path | None = None) -> Begun:
    """The audit as it would begin, with splits and columns as the first records say; the arguments are those of `begun`."""
    from auditor import audit

    with begun(place, asked, how, progress, apart, key) as ready:
        return dataclasses.replace(ready, dataset=audit.planned(ready.dataset, ready.question, ready.work))


def _costed(report: Report, asked: Config) -> Report:
    """The report with what training on its duplicate and leaked records costs."""
    from auditor import costs

    cost = costs.section(report.sections.get("leakage", {}), asked.cost)
    return dataclasses.replace(report, sections={**report.sections, "cost": cost})


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _named(asked: Config) -> tuple[Path, ...]:
    """The files that the configuration names."""
    named = (asked.schema, asked.policy, asked.drift_baseline, asked.waivers, asked.baseline, asked.lock)
    return tuple(Path(name) for name in named if name)


def _host() -> dict[str, str]:
    import platform

    system = os.uname()  # `platform.platform()` would start a process to learn what it leaves out
    described = f"{system.sysname}-{system.release}-{system.machine}"
    return {"host": system.nodename, "python": platform.python_version(), "platform": described, "auditor": __version__}
