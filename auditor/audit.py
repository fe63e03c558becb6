"""The audit: plan, read each shard once, gather, conclude; it knows no particular check, source, format or engine."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor import against, preview, reading, redaction
from auditor.check import Check, Conclusion, Prepared, Skip, build, skipped
from auditor.conclusions import Conclusions
from auditor.config import Config
from auditor.dataset import SPLIT_WORDS, Dataset, Document, Roles, Shard, Split, canonical, folded, tokens
from auditor.model import AuditorError, Finding, Json, LedgerEntry, Outcome, Report
from auditor.observe import told
from auditor.partials import mapped
from auditor.reading import Observed, Observing, Work

Contexts = dict[str, Mapping[str, Json] | Skip]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a dataset: the checks (with one that shares also the one that observes for it), what the user said, and whether
    records are read even if no check looks at them.

    `against` are the datasets, as found, whose records must not be in training data. `correlation` is a key of the user's under which
    masked values get digests that can be compared; None: they get none.
    """

    checks: tuple[Check, ...]
    config: Config
    records: bool = False
    correlation: bytes | None = None
    against: tuple[Dataset, ...] = ()

    @property
    def only(self) -> tuple[str, ...]:
        """The columns, as `folded` has their names, where no check looks at others; none: all of them are looked at, or no record is."""
        looked = [check.looks_at for check in self.checks if check.reads_records]
        return () if self.records or not all(looked) else tuple(sorted({name for names in looked for name in names}))

    def reads(self, dataset: Dataset) -> bool:
        """Whether records are read: not those of documents alone, where only some columns of records would be looked at."""
        return self.records or (any(check.reads_records for check in self.checks) and bool(dataset.splits or not self.only))

    @property
    def withheld(self) -> bool:
        """Whether the words of libraries, which may quote a record, are left out."""
        return self.config.no_text or bool(self.config.sensitive)


def run(dataset: Dataset, question: Question, work: Work) -> Report:
    """The report, not yet judged and with an empty `run`."""
    reads = question.reads(dataset)
    dataset = _described_by_headers(dataset, question, work, silent=reads)
    dataset = planned(dataset, question, work)
    dataset, others = _with_others(dataset, question, work)
    contexts, errors = _prepared(question, dataset, work)
    observed = _observed(question, dataset, contexts, errors, work) if reads else []
    observing = _observing(question, contexts, work)
    work.engine.rest()
    dataset = dataclasses.replace(dataset, results=tuple(each.result for each in observed))
    for each in observed:
        errors.update({name: error for name, error in each.errors.items() if name not in errors})
    kept = work.kept if observing.sensitive is None else work.passing
    conclusions = Conclusions(kept, dataset, observed, observing.tables)
    found, named = dict[str, Conclusion](), {check.name: check for check in question.checks}
    for done, check in enumerate(sorted(question.checks, key=lambda each: each.after in named)):
        work.progress("concluding", done, len(question.checks))
        observers = [named[name] for name in (check.shares or check.name, check.beside) if name]
        found[check.name] = _concluded(check, observers, contexts, conclusions, errors, question.withheld)
    report = _report(dataset, question, [found[name] for name in named])
    return report if observing.sensitive is None else _masked(report, observing.sensitive, [*observed, *others], question, work)


def planned(dataset: Dataset, question: Question, work: Work) -> Dataset:
    """The dataset as the audit reads it, once the first records have said which splits and columns there are."""
    if not question.reads(dataset):
        return dataset
    dataset = by_column(dataset, question.config, work)
    return _narrowed(dataset, question.only) if question.only else _settled(dataset, question.config, work)


def _observed(question: Question, dataset: Dataset, contexts: Contexts, errors: dict[str, str], work: Work) -> list[Observed]:
    """What became of each shard, by their ordinals. A check that is ahead in some splits gets another context for the rest."""
    observing = _observing(question, contexts, work)
    ahead = {check.name: check.ahead(dataset, context) for check, context in observing.checks}
    first = frozenset[str]().union(*ahead.values())
    seen = list(reading.observe(work, _some(dataset, first, True), observing)) if first else []
    read = dataclasses.replace(dataset, results=tuple(each.result for each in seen))
    for check, context in observing.checks:
        if ahead[check.name]:
            try:
                given = check.narrow(Conclusions(work.passing, read, seen).total(check), context, read)
                contexts[check.name] = {**context, **given.context, "tables": work.passing.save_tables(given.tables)}
            except Exception as error:  # noqa: BLE001 - a check that fails is an outcome; the others go on
                errors[check.name] = told(error, question.withheld)
    seen += reading.observe(work, _some(dataset, first, False), _observing(question, contexts, work))
    return sorted(seen, key=lambda each: each.result.shard.ordinal)


def _some(dataset: Dataset, names: frozenset[str], named: bool) -> Dataset:
    """The dataset with only the splits that are named, or only those that are not."""
    return dataclasses.replace(dataset, splits=tuple(split for split in dataset.splits if (split.name in names) == named))


def _observing(question: Question, contexts: Contexts, work: Work) -> Observing:
    looking = (each for each in question.checks if each.reads_records)
    checks = tuple((each, context) for each in looking if isinstance(context := contexts.get(each.name), Mapping))
    return _marked(question, checks, work)


def _marked(question: Question, checks: tuple[tuple[Check, Mapping[str, Json]], ...], work: Work) -> Observing:
    sensitive = question.config.sensitive
    marking = sensitive or any(type(check).sensitive is not Check.sensitive for check, _ in checks)
    folder = work.passing.folder
    return Observing(checks=checks, sensitive=sensitive if marking else None, withheld=question.withheld, tables=folder)


# ── plan ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_column(dataset: Dataset, config: Config, work: Work) -> Dataset:
    """With --split-column, every file as one shard per value of that column."""
    column = config.split_column
    if column is None:
        return dataset
    shards = dataset.shards
    found = [_split_values(reading.split_values(work, shard, column, bool(config.sensitive))) for shard in shards]
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


def _described_by_headers(dataset: Dataset, question: Question, work: Work, silent: bool) -> Dataset:
    """The dataset with what its data files say of themselves, where a check takes that for a document. That one cannot be read is not
    said (`silent`) where its records will be.
    """
    keys = sorted({key for check in question.checks for key in check.metadata})
    documents, doubts = [], []
    for shard, answer in reading.headers(work, dataset, keys, bool(question.config.sensitive)) if keys else ():
        if answer.get("stated"):
            text = json.dumps(answer["stated"], ensure_ascii=False)
            documents.append(Document(path=shard.path, file=shard.file, sha256=shard.sha256, text=text, header=True))
        elif "stated" not in answer and not silent:
            reason = answer.get("refused") or f"the process that read it died: {answer['crash']}"
            doubts.append((shard.path, f"what it says of itself is not known: {reason}"))
    return dataclasses.replace(dataset, documents=(*dataset.documents, *documents), doubts=(*dataset.doubts, *doubts))


def _narrowed(dataset: Dataset, only: Sequence[str]) -> Dataset:
    """The dataset of whose records only these columns are looked at, and what tells the splits."""
    splits = []
    for split in dataset.splits:
        told = {folded(shard.column) for shard in split.shards if shard.column is not None}
        names = tuple(sorted({*only, *told}))
        splits.append(dataclasses.replace(split, shards=tuple(dataclasses.replace(shard, only=names) for shard in split.shards)))
    return dataclasses.replace(dataset, splits=tuple(splits))


def _split_values(answer: Mapping[str, Json]) -> list[str]:
    if "refused" in answer:
        raise AuditorError(f"--split-column: {answer['refused']}", "name the column that says train, validation or test")
    return list(answer.get("values", []))


def _split_name(value: str) -> str:
    """A value of the split column as a split's name, in the words that file names are read by."""
    found = tokens(value)
    return SPLIT_WORDS.get(found[0], value) if len(found) == 1 else value or "all"


def _settled(dataset: Dataset, config: Config, work: Work) -> Dataset:
    found = [each for split in dataset.splits for each in reading.previews(work, split, dataset.roles)]
    died = tuple((each["path"], f"the process that looked at its first records died: {each['crash']}") for each in found if "crash" in each)
    settled = preview.settle(dataset, [each for each in found if "crash" not in each], config.shingle)
    return dataclasses.replace(settled, doubts=settled.doubts + died)


def _with_others(dataset: Dataset, question: Question, work: Work) -> tuple[Dataset, list[Observed]]:
    """The dataset with those of --against, read, and what became of their shards."""
    collecting = sorted({check.collects for check in question.checks if check.collects})
    others, seen = [], []
    for found in against.told_apart(question.against if collecting else ()):
        other = against.counted(dataclasses.replace(found, roles=Roles(sensitive=question.config.sensitive)))
        settled = _settled(other.dataset, question.config, work)
        context = {"text": list(settled.roles.text)}
        observed = list(reading.observe(work, settled, _marked(question, tuple((build(name, {}), context) for name in collecting), work)))
        files = {name: tuple((o.result.shard.ordinal, path) for o in observed for path in o.files.get(name, ())) for name in collecting}
        read = dataclasses.replace(settled, results=tuple(each.result for each in observed))
        others.append(dataclasses.replace(other, dataset=read, observed=files))
        seen += observed
    return dataclasses.replace(dataset, against=tuple(others)), seen


def _prepared(question: Question, dataset: Dataset, work: Work) -> tuple[Contexts, dict[str, str]]:
    contexts: Contexts = {}
    errors = {}
    for check in question.checks:
        try:
            found = check.prepare(dataset)
            if isinstance(found, Prepared):
                found = {**found.context, "tables": work.passing.save_tables(found.tables)}
            contexts[check.name] = found
        except AuditorError:
            raise
        except Exception as error:  # noqa: BLE001 - a check that fails is an outcome; the others go on
            errors[check.name] = told(error, question.withheld)
    return contexts, errors


# ── conclude ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _concluded(
    check: Check, observers: Sequence[Check], contexts: Contexts, conclusions: Conclusions, errors: Mapping[str, str], withheld: bool
) -> Conclusion:
    """The conclusion of a check, from what the observers saw: itself, or the one whose partials it shares; and the one beside it."""
    wanted = [rule for rule in check.rules if check.wants(rule)]
    error = next((errors[each.name] for each in (*observers, check) if each.name in errors), None)
    context = contexts.get(check.name)
    for each in (*(contexts.get(each.name) for each in observers), context):
        if isinstance(each, Skip):
            return Conclusion(outcomes=tuple(skipped(rule, each.reason) for rule in wanted))
    try:
        if error is None and isinstance(context, Mapping):
            found = conclusions.of(check, context, *observers)
            ids = {rule.id for rule in wanted}
            return dataclasses.replace(
                found,
                outcomes=tuple(outcome for outcome in found.outcomes if outcome.rule in ids),
                findings=tuple(finding for finding in found.findings if finding.rule in ids),
            )
    except Exception as raised:  # noqa: BLE001 - a check that fails is an outcome; the others go on
        error = told(raised, withheld)
    return Conclusion(outcomes=tuple(Outcome(rule=r.id, name=r.name, status="error", note=error or "") for r in wanted))


def _report(dataset: Dataset, question: Question, conclusions: Sequence[Conclusion]) -> Report:
    outcomes = [outcome for each in conclusions for outcome in each.outcomes]
    findings: list[Finding] = [finding for each in conclusions for finding in each.findings]
    others = [against.listed(each.dataset) for each in dataset.against]
    return Report(
        run={},
        dataset=_described(dataset, question.reads(dataset)),
        config=question.config.as_json() | {"text": list(dataset.roles.text), "shingle": dataset.shingle},
        outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.rule)),
        findings=tuple(findings),
        ledger=tuple(entry for each in (dataset, *others) for entry in _ledger(each)),
        gaps=(
            *(_gaps(dataset, needed=not question.only) if question.reads(dataset) else _doubts(dataset)),
            *(gap for each in others for gap in _gaps(each, True, f" of --against {each.name}")),
            *(gap for each in conclusions for gap in each.gaps),
        ),
        sections={name: section for each in conclusions for name, section in each.sections.items()},
        tables={name: table for each in conclusions for name, table in each.tables.items()},
    )


def _masked(report: Report, sensitive: Sequence[str], observed: Iterable[Observed], question: Question, work: Work) -> Report:
    """The report without the values that were marked while the records were read: the one place where they are taken out."""
    secret = work.kept.secret()
    files = [path for each in observed for path in each.marks]
    marks = redaction.merged([redaction.marks(redaction.named(sensitive), secret), *map(mapped, files)])
    known = (text for each in observed for text in (each.result.shard.path, each.result.shard.split))  # of places that are not listed
    found = redaction.find(itertools.chain(redaction.texts(report), known), marks, secret)
    return redaction.redacted(report, redaction.masks(found, question.correlation))


def _described(dataset: Dataset, read: bool) -> dict[str, Json]:
    splits = {}
    rows = {result.shard.ordinal: result.rows for result in dataset.results}
    for split in dataset.splits:
        files = [{"path": s.path, "bytes": s.bytes, "sha256": s.sha256, "rows": rows.get(s.ordinal)} for s in split.shards]
        splits[split.name] = {"rows": dataset.rows(split.name) if read else None, "files": files}
    return {
        "name": dataset.name,
        "digest": digest_of(dataset),
        "splits": splits,
        "documents": [{"path": each.path, "sha256": each.sha256} for each in dataset.documents],
        "text_columns": list(dataset.roles.text),
    }


def digest_of(dataset: Dataset) -> str:
    """What identifies a dataset: a digest over those of its data files and documents and their paths."""
    digests = {shard.path: shard.sha256 for shard in dataset.shards} | {each.path: each.sha256 for each in dataset.documents}
    lines = "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))
    return "sha256:" + hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()


_ONLY = "of its columns only those were looked at that the selected rules are about"


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
            note=f"not read to its end: {result.failure}" if result.failure else _ONLY if result.shard.only else seen.note,
        )
    return tuple(entries[path] for path in sorted(entries)) + tuple(sorted(dataset.unread, key=lambda entry: entry.file))


def _doubts(dataset: Dataset) -> tuple[str, ...]:
    """The data files that should have said something of themselves, where no record is read."""
    paths = {shard.path for shard in dataset.shards}
    return tuple(f"{path}: {reason}" for path, reason in dataset.doubts if path in paths)


def _gaps(dataset: Dataset, needed: bool, where: str = "") -> tuple[str, ...]:
    """What could not be read. Where only documents and columns about them are looked at, no record is `needed`."""
    failed = {result.shard.path: result.failure for result in dataset.results if result.failure}
    gaps = [f"{path} was not read to its end: {reason}" for path, reason in failed.items()]
    gaps += [f"{path} was not read: {reason}" for path, reason in dataset.doubts if path not in failed]
    if needed and not any(result.rows for result in dataset.results):
        gaps.append(f"no record was read{where}")
    return tuple(dict.fromkeys(gaps))
