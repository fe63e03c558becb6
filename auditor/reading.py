"""Reads shards by way of an engine; what an earlier audit left of the same contents, checks and code is not asked for again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from auditor import preview
from auditor.check import Check
from auditor.dataset import DESCRIBED, Dataset, Roles, Shard, ShardResult, Split, Trouble, changed
from auditor.model import Json, digest
from auditor.partials import Partials, code

SECONDS, SPEED = 120, 20_000
"""Seconds of processor time that a shard may take, and one more for so many bytes of its file."""

OUTPUT, GROWTH = 4 << 30, 64
"""Bytes that a file of partial results may have, and so many more for each byte of the shard's file."""


class Engine(Protocol):
    """Carries jobs to where they run. An answer {"crash": reason} is a job that died. `isolation` says what keeps readers apart."""

    isolation: Json

    def map(self, jobs: Iterable[Json]) -> Iterator[Json]:
        """The answers to the jobs, in their order."""

    def rest(self) -> None:
        """Ends what it holds ready, until it is asked again."""


Progress = Callable[[str, int, int], None]
"""Told the stage, how many of its steps are done and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Where the work of an audit is done and its partial results lie.

    `passing` results are gone after the audit: there lies what may hold values that must not be kept. `memory` is what a reader may
    use, in bytes: what is refused depends on it.
    """

    engine: Engine
    kept: Partials
    passing: Partials
    memory: int
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Observing:
    """What is observed: the checks with their contexts, the columns whose values are sensitive (None: no value is), whether the words of
    libraries are withheld, and the folder in which the tables of contexts lie.
    """

    checks: tuple[tuple[Check, Mapping[str, Json]], ...]
    sensitive: tuple[str, ...] | None
    withheld: bool
    tables: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What became of a shard: by check, the key and the Arrow files of what it saw, or its error; the files with marks."""

    result: ShardResult
    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[Path, ...] = ()


def split_values(work: Work, shard: Shard, column: str, sensitive: bool) -> Json:
    """The answer to a job for the values of the column that tells the splits."""
    return _answer(work, not sensitive, shard, {"moment": "values", "column": column}, "values")


def headers(work: Work, dataset: Dataset, keys: Sequence[str], sensitive: bool) -> Iterator[tuple[Shard, Mapping[str, Json]]]:
    """For each data file {"stated": {key: text}}, what its own metadata say under these keys, or why that is not known."""
    for shard in {each.path: each for each in dataset.shards if each.format in DESCRIBED}.values():
        yield shard, _answer(work, not sensitive, shard, {"moment": "header", "keys": list(keys)}, "stated")


def previews(work: Work, split: Split, roles: Roles) -> Iterator[Mapping[str, Json]]:
    """Previews of as many shards of the split as it takes; of one whose reader died {"crash": reason, "path": that of the shard}."""
    seen = 0
    for shard in split.shards:
        limit = preview.wanted(seen)
        if not limit:
            return
        job = {"moment": "preview", "roles": dataclasses.asdict(roles), "limit": limit}
        answer = _answer(work, not roles.sensitive, shard, job, "records")
        if "records" in answer:
            seen += answer["records"]
            yield answer
        elif "crash" in answer:
            yield {**answer, "path": shard.path}


def _answer(work: Work, kept: bool, shard: Shard, job: dict[str, Json], sign: str) -> Json:
    """The answer to a job about a shard: what is kept, else the engine's, which is kept where it holds `sign` and not only a failure."""
    partials = work.kept if kept else work.passing
    key = _key(work, shard, json.dumps(job, sort_keys=True))
    answer = partials.load(key)
    if answer is None:
        answer = next(iter(work.engine.map([{**job, "shard": dataclasses.asdict(shard), **limits(shard.bytes)}])))
        if sign in answer and not changed(shard):
            partials.save(key, answer)
    return answer


def observe(work: Work, dataset: Dataset, observing: Observing) -> Iterator[Observed]:
    """What became of each shard, in their order."""
    shards = dataset.shards
    plans = [_Plan(work, shard, observing) for shard in shards]
    answers = iter(work.engine.map(plan.job for plan in plans if plan.job is not None))
    for done, plan in enumerate(plans):
        work.progress("reading", done, len(shards))
        yield plan.kept() if plan.job is None else plan.answered(next(answers))
    work.progress("reading", len(shards), len(shards))


class _Plan:
    """What there is of a shard, and the job for what there is not (None where there is everything)."""

    def __init__(self, work: Work, shard: Shard, observing: Observing) -> None:
        self._work, self._shard = work, shard
        self._homes, self._keys = {}, {}
        for check, context in observing.checks:
            described = json.dumps([check.name, check.options, context], sort_keys=True)
            self._keys[check.name] = _key(work, shard, "observe", described)
            self._homes[check.name] = work.passing if check.keeps_records and observing.sensitive is not None else work.kept
        self._reading, self._marks = _key(work, shard, "read"), _key(work, shard, "marks", json.dumps(observing.sensitive))
        marking = observing.sensitive is not None
        found = {name: self._homes[name].load(key) for name, key in self._keys.items()}
        self._result, self._marked = work.kept.load(self._reading), work.kept.load(self._marks) if marking else []
        self._found: dict[str, list[str]] = {name: files for name, files in found.items() if files is not None}
        whole = self._result is not None and self._marked is not None
        missing = [each for each in observing.checks if each[0].name not in self._found]
        self.job = None if whole and not missing else self._asked(missing, observing)

    def _asked(self, checks: Sequence[tuple[Check, Mapping[str, Json]]], observing: Observing) -> dict[str, Json]:
        described = [
            {"name": each.name, "options": each.options, "context": context, **_place(self._homes[each.name], self._keys[each.name])}
            for each, context in checks
        ]
        marks: Json = None
        if observing.sensitive is not None:
            secret = self._work.kept.secret().hex()
            marks = {"columns": list(observing.sensitive), "secret": secret, **_place(self._work.kept, self._marks)}
        return {
            "moment": "observe",
            "shard": dataclasses.asdict(self._shard),
            "checks": described,
            "marks": marks,
            "withheld": observing.withheld,
            "tables": str(observing.tables),
            **limits(self._shard.bytes),
        }

    def kept(self) -> Observed:
        """What an earlier audit left."""
        return self._observed(self._result, self._found, {}, self._marked or [])

    def answered(self, answer: Json) -> Observed:
        """What the engine's answer says, which is kept unless something went wrong."""
        if "crash" in answer:
            return Observed(result=ShardResult(shard=self._shard, failure=f"the process that read it died: {answer['crash']}"))
        if answer["failure"] is None:
            self._work.kept.save(self._reading, {name: answer[name] for name in ("rows", "physical", "troubles")})
            self._work.kept.save(self._marks, answer["marks"], answer["marks"])
            for name, files in answer["files"].items():
                if name not in answer["errors"]:
                    self._homes[name].save(self._keys[name], files, files)
        return self._observed(answer, {**self._found, **answer["files"]}, answer["errors"], answer["marks"])

    def _observed(self, read: Json, files: Mapping[str, list[str]], errors: Mapping[str, str], marks: Sequence[str]) -> Observed:
        troubles = tuple(Trouble(**{**each, "lines": tuple(each["lines"])}) for each in read["troubles"])
        result = ShardResult(
            shard=self._shard, rows=read["rows"], physical=read["physical"], troubles=troubles, failure=read.get("failure")
        )
        return Observed(
            result=result,
            files={name: tuple(self._homes[name].folder / each for each in some) for name, some in files.items()},
            keys=self._keys,
            errors=errors,
            marks=tuple(self._work.kept.folder / name for name in marks),
        )


def _key(work: Work, shard: Shard, *parts: str) -> str:
    """The key of what is made from a shard: from its contents and how they are read, never from its name or place."""
    read = (shard.sha256, shard.bytes, shard.format, shard.column, shard.value, shard.primary, shard.only, work.memory)
    return digest(code(), json.dumps(read), *parts)


def _place(partials: Partials, key: str) -> dict[str, Json]:
    return {"folder": str(partials.folder), "key": key, "durable": partials.durable}


def limits(size: int) -> dict[str, Json]:
    """The processor time and the output, in bytes, that a job about so many bytes may take."""
    return {"seconds": SECONDS + size / SPEED, "output": OUTPUT + GROWTH * size}
