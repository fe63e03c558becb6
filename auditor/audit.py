"""The audit: plan, read each shard once, gather, conclude; it knows no particular check, source, format or engine."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import preview
from auditor.check import Check, Conclusion, Skip, build, of_shard, skipped
from auditor.config import Config
from auditor.dataset import (
    SPLIT_WORDS,
    Batch,
    Dataset,
    Reader,
    Roles,
    Shard,
    ShardResult,
    Split,
    Tally,
    Trouble,
    UnreadableError,
    canonical,
    tokens,
)
from auditor.model import AuditorError, Finding, Json, LedgerEntry, Outcome, Report

if TYPE_CHECKING:
    import pyarrow as pa

Engine = Callable[[Iterable[Json]], Iterator[Json]]
"""Carries jobs to where they run and brings their answers, in order; an answer {"crash": reason} is a job that died."""

Progress = Callable[[str, int, int], None]
"""Told the stage, how many of its steps are done and how many there are."""

Contexts = dict[str, Mapping[str, Json] | Skip]

Partial = tuple[int, Path]
"""The ordinal of a shard, and an Arrow file of what a check observed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a dataset: the checks, and what the user said."""

    checks: tuple[Check, ...]
    config: Config


def run(dataset: Dataset, question: Question, engine: Engine, folder: Path, progress: Progress) -> Report:
    """The report, not yet judged and with an empty `run`. Partials lie in `folder` until it is removed."""
    reading = any(check.reads_records for check in question.checks)
    if reading:
        dataset = _settled(_by_column(dataset, question.config, engine), question.config, engine)
    contexts, errors = _prepared(question.checks, dataset)
    partials: dict[str, list[Partial]] = {check.name: [] for check in question.checks}
    if reading:
        results = []
        for result, files, failed in _gathered(dataset, question.checks, contexts, engine, folder, progress):
            results.append(result)
            errors.update(failed)
            for name, paths in files.items():
                partials[name] += [(result.shard.ordinal, folder / path) for path in paths]
        dataset = dataclasses.replace(dataset, results=tuple(results))
    conclusions = []
    for done, check in enumerate(question.checks):
        progress("concluding", done, len(question.checks))
        conclusions.append(_concluded(check, contexts.get(check.name), partials[check.name], dataset, errors.get(check.name)))
    return _report(dataset, question, conclusions, reading)


# ── plan ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _by_column(dataset: Dataset, config: Config, engine: Engine) -> Dataset:
    """With --split-column, every file as one shard per value of that column."""
    column = config.split_column
    if column is None:
        return dataset
    shards = dataset.shards
    jobs = ({"moment": "values", "shard": dataclasses.asdict(shard), "column": column} for shard in shards)
    found = [_split_values(answer) for answer in engine(jobs)]
    if not any(any(values) for values in found):
        raise AuditorError(f"no file has a column {column!r} to tell the splits by", "check the spelling of --split-column")
    members: dict[str, list[Shard]] = {}
    for shard, values in zip(shards, found, strict=True):
        for place, value in enumerate(values or [""]):
            virtual = dataclasses.replace(shard, split=_split_name(value), column=column, value=value, primary=place == 0)
            members.setdefault(virtual.split, []).append(virtual)
    ordinals = itertools.count()
    splits = tuple(
        Split(name=name, shards=tuple(dataclasses.replace(each, ordinal=next(ordinals)) for each in members[name]))
        for name in canonical(list(members))
    )
    return dataclasses.replace(dataset, splits=splits)


def _split_values(answer: Mapping[str, Json]) -> list[str]:
    if "refused" in answer:
        raise AuditorError(f"--split-column: {answer['refused']}", "name the column that says train, validation or test")
    return list(answer.get("values", []))


def _split_name(value: str) -> str:
    """A value of the split column as a split's name, in the words that file names are read by."""
    found = tokens(value)
    return SPLIT_WORDS.get(found[0], value) if len(found) == 1 else value or "all"


def _settled(dataset: Dataset, config: Config, engine: Engine) -> Dataset:
    previews = [each for split in dataset.splits for each in _previews(split, dataset.roles, engine)]
    return preview.settle(dataset, previews, config.shingle)


def _previews(split: Split, roles: Roles, engine: Engine) -> Iterator[Mapping[str, Json]]:
    """Previews of as many shards of the split as it takes; those that cannot be read are left out."""
    seen = 0
    for shard in split.shards:
        limit = preview.wanted(seen)
        if not limit:
            return
        job = {"moment": "preview", "shard": dataclasses.asdict(shard), "roles": dataclasses.asdict(roles), "limit": limit}
        answer = next(engine([job]))
        if "records" in answer:
            seen += answer["records"]
            yield answer


def _prepared(checks: Sequence[Check], dataset: Dataset) -> tuple[Contexts, dict[str, str]]:
    contexts: Contexts = {}
    errors = {}
    for check in checks:
        try:
            contexts[check.name] = check.prepare(dataset)
        except AuditorError:
            raise
        except Exception as error:  # noqa: BLE001 - a check that fails is an outcome; the others go on
            errors[check.name] = _plain(error)
    return contexts, errors


# ── read: in the child ────────────────────────────────────────────────────────────────────────────────────────────────


def preview_shard(job: Mapping[str, Json], reader: Reader) -> dict[str, Json]:
    """Answers a preview job: what the first `limit` records of the shard say."""
    shard = _shard(job)
    described: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in job["roles"].items()}
    return preview.look(_sound(reader(shard, Tally())), Roles(**described), job["limit"])


def _sound(batches: Iterator[Batch]) -> Iterator[Batch]:
    try:
        yield from batches
    except (UnreadableError, MemoryError):
        return


def observe_shard(job: Mapping[str, Json], reader: Reader) -> dict[str, Json]:
    """Answers an observe job: every check's partials of one shard as Arrow files in the folder, and what the reader noted."""
    shard, folder, tally = _shard(job), Path(job["folder"]), Tally()
    observers = [_Observer(build(each["name"], each["options"]), each["context"], folder, shard.ordinal) for each in job["checks"]]
    rows, failure = 0, None
    try:
        for batch in reader(shard, tally):
            rows += batch.records.num_rows
            for observer in observers:
                observer.see(batch)
    except UnreadableError as error:
        failure = str(error)
    except MemoryError:
        failure = "it needs more memory than a reader may use"
    files = {observer.check.name: observer.close() for observer in observers}
    return {
        "rows": rows,
        "physical": tally.physical,
        "troubles": [dataclasses.asdict(trouble) for trouble in tally.troubles],
        "failure": failure,
        "files": files,
        "errors": {observer.check.name: observer.error for observer in observers if observer.error},
    }


def _shard(job: Mapping[str, Json]) -> Shard:
    return Shard(**job["shard"])


class _Observer:
    """One check's view of a shard: its partials go into Arrow files, a new one where the schema changes."""

    def __init__(self, check: Check, context: Mapping[str, Json], folder: Path, ordinal: int) -> None:
        self.check, self.error = check, ""
        self._context, self._stem, self._folder = context, f"{check.name}-{ordinal:06d}", folder
        self._files: list[str] = []
        self._schema: pa.Schema | None = None
        self._writer: Any = None

    def see(self, batch: Batch) -> None:
        """Lets the check observe a batch; one that raised is not asked again."""
        if self.error:
            return
        try:
            partial = self.check.observe(batch, self._context)
            if partial is not None and partial.num_rows:
                self._write(partial)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a check that fails is an outcome; the others go on
            self.error = _plain(error)

    def _write(self, partial: pa.Table) -> None:
        import pyarrow as pa

        if self._schema is None or not partial.schema.equals(self._schema):
            self.close()
            self._files.append(f"{self._stem}-{len(self._files):04d}.arrow")
            self._schema = partial.schema
            self._writer = pa.ipc.new_file(str(self._folder / self._files[-1]), partial.schema)
        self._writer.write_table(partial)

    def close(self) -> list[str]:
        """Ends the file being written; the names of all files."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        return self._files


# ── gather ────────────────────────────────────────────────────────────────────────────────────────────────────────────

Gathered = tuple[ShardResult, Mapping[str, list[str]], Mapping[str, str]]


def _gathered(
    dataset: Dataset, checks: Sequence[Check], contexts: Contexts, engine: Engine, folder: Path, progress: Progress
) -> Iterator[Gathered]:
    """What became of each shard, the partials of each check and the checks that failed, in shard order."""
    asked = [(check, context) for check in checks if isinstance(context := contexts.get(check.name), Mapping) and check.reads_records]
    described = [{"name": check.name, "options": check.options, "context": context} for check, context in asked]
    jobs = (
        {"moment": "observe", "shard": dataclasses.asdict(shard), "checks": described, "folder": str(folder)} for shard in dataset.shards
    )
    for done, (shard, answer) in enumerate(zip(dataset.shards, engine(jobs), strict=True)):
        progress("reading", done + 1, len(dataset.shards))
        if "crash" in answer:
            yield ShardResult(shard=shard, failure=f"the reader died of it: {answer['crash']}"), {}, {}
            continue
        troubles = tuple(Trouble(**{**each, "lines": tuple(each["lines"])}) for each in answer["troubles"])
        result = ShardResult(shard=shard, rows=answer["rows"], physical=answer["physical"], troubles=troubles, failure=answer["failure"])
        yield result, answer["files"], answer["errors"]


# ── conclude ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _concluded(
    check: Check, context: Mapping[str, Json] | Skip | None, files: list[Partial], dataset: Dataset, error: str | None
) -> Conclusion:
    wanted = [rule for rule in check.rules if check.wants(rule)]
    if isinstance(context, Skip):
        return Conclusion(outcomes=tuple(skipped(rule, context.reason) for rule in wanted))
    try:
        if error is None and context is not None:
            found = check.conclude(_merged(check, files), context, dataset)
            ids = {rule.id for rule in wanted}
            return dataclasses.replace(
                found,
                outcomes=tuple(outcome for outcome in found.outcomes if outcome.rule in ids),
                findings=tuple(finding for finding in found.findings if finding.rule in ids),
            )
    except AuditorError as raised:
        error = f"{raised.message}; {raised.cure}" if raised.cure else raised.message
    except Exception as raised:  # noqa: BLE001 - a check that fails is an outcome; the others go on
        error = _plain(raised)
    return Conclusion(outcomes=tuple(Outcome(rule=r.id, name=r.name, status="error", note=error or "") for r in wanted))


def _merged(check: Check, files: list[Partial]) -> pa.Table | None:
    """All partials as one, neighbours first: one after the other would take quadratic time, as every merge copies lists of pieces."""
    import pyarrow as pa

    parts = [of_shard(pa.ipc.open_file(pa.memory_map(str(path))).read_all(), ordinal) for ordinal, path in files]
    while len(parts) > 1:
        odd = parts[len(parts) // 2 * 2 :]
        parts = [check.merge(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + odd
    return parts[0] if parts else None


def _plain(error: BaseException) -> str:
    """An unexpected exception in one line."""
    text = str(error).splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__


def _report(dataset: Dataset, question: Question, conclusions: Sequence[Conclusion], reading: bool) -> Report:
    outcomes = [outcome for each in conclusions for outcome in each.outcomes]
    findings: list[Finding] = [finding for each in conclusions for finding in each.findings]
    return Report(
        run={},
        dataset=_described(dataset, reading),
        config=question.config.as_json() | {"text": list(dataset.roles.text), "shingle": dataset.shingle},
        outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.rule)),
        findings=tuple(findings),
        ledger=_ledger(dataset),
        gaps=_gaps(dataset, reading),
        sections={name: section for each in conclusions for name, section in each.sections.items()},
        tables={name: table for each in conclusions for name, table in each.tables.items()},
    )


def _described(dataset: Dataset, read: bool) -> dict[str, Json]:
    splits = {}
    rows = {result.shard.ordinal: result.rows for result in dataset.results}
    for split in dataset.splits:
        files = [{"path": s.path, "bytes": s.bytes, "sha256": s.sha256, "rows": rows.get(s.ordinal)} for s in split.shards]
        splits[split.name] = {"rows": dataset.rows(split.name) if read else None, "files": files}
    digests = {shard.path: shard.sha256 for shard in dataset.shards} | {each.path: each.sha256 for each in dataset.documents}
    lines = "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))
    return {
        "name": dataset.name,
        "digest": "sha256:" + hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest(),
        "splits": splits,
        "text_columns": list(dataset.roles.text),
    }


def _ledger(dataset: Dataset) -> tuple[LedgerEntry, ...]:
    unasked = "not read: no selected rule looks at records"
    entries = {} if dataset.results else {shard.path: LedgerEntry(file=shard.path, note=unasked) for shard in dataset.shards}
    for result in dataset.results:
        path = result.shard.path
        seen = entries.get(path, LedgerEntry(file=path))
        refused = tuple((trouble.reason, trouble.count) for trouble in result.troubles if not trouble.accepted)
        entries[path] = dataclasses.replace(
            seen,
            physical=seen.physical + result.physical,
            parsed=seen.parsed + result.rows,
            rejected=seen.rejected + refused,
            note=f"not read to its end: {result.failure}" if result.failure else seen.note,
        )
    return tuple(entries[path] for path in sorted(entries)) + tuple(sorted(dataset.unread, key=lambda entry: entry.file))


def _gaps(dataset: Dataset, reading: bool) -> tuple[str, ...]:
    if not reading:
        return ()
    gaps = [f"{result.shard.path} was not read to its end: {result.failure}" for result in dataset.results if result.failure]
    gaps += [f"{path} was not read: {reason}" for path, reason in dataset.doubts]
    if not any(result.rows for result in dataset.results):
        gaps.append("no record was read")
    return tuple(dict.fromkeys(gaps))
