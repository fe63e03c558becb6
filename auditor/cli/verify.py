"""`auditor verify REPORT DATASET`: what a report says of pairs of records, computed anew from the data by other code."""

from __future__ import annotations

import bisect
import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.model import AuditorError

if TYPE_CHECKING:
    from auditor.dataset import Dataset, Shard
    from auditor.model import Json
    from auditor.reading import Work
    from auditor.verification.claims import At, Pair
    from auditor.verification.judged import Verification
    from auditor.verification.records import Records

    Pairs = Callable[[], Iterator[Pair]]

OTHER_DATA = "verify it against the data that was audited, or audit this data"


@click.command("verify")
@click.argument("report", type=click.Path(path_type=Path))
@click.argument("dataset", required=False)
@click.option("--evidence", type=click.Path(path_type=Path), metavar="DIR", help="The folder of evidence tables: every pair is verified.")
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE", help="The public key of whoever signed REPORT, an attestation.")
@click.option("--report", "attested", type=click.Path(path_type=Path), metavar="FILE", help="The report that must be the attested one.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to answer.")
@click.pass_context
def command(
    ctx: click.Context, report: Path, dataset: str | None, evidence: Path | None, key: Path | None, attested: Path | None, form: str
) -> None:
    """Compute anew what the JSON report REPORT says of pairs of records in DATASET, by code that shares nothing with the audit's.

    Without DATASET, REPORT is an SPDX (2.2, 2.3, 3.0) or CycloneDX document in JSON, and it is checked that it is a valid one.
    With --key, REPORT is an attestation: its signature is checked, and that DATASET, if named, is what it is about, file by file.

    \b
    Example:
      auditor scan my_dataset/ -o json:report.json --evidence evidence/
      auditor verify report.json my_dataset/ --evidence evidence/
      auditor verify attestation.json --key public.pem my_dataset/

    \b
    Exit codes:
      0 everything holds   1 something does not   2 wrong option
      3 it could not be verified (other data, or data that cannot be read)
    """
    from auditor.verification.judged import Verification

    if key is not None or attested is not None:
        found = _attested(report, key, dataset, attested, evidence)
    elif dataset is None:
        found = Verification()
        _document(found, report)
    else:
        found = _verified(report, dataset, evidence)
    click.echo(_as_json(found) if form == "json" else _as_text(found))
    ctx.exit(1 if found.wrong else 0)


def _attested(path: Path, key: Path | None, dataset: str | None, report: Path | None, evidence: Path | None) -> Verification:
    from auditor.cli.attest import verified

    if key is None or evidence is not None:
        raise click.UsageError("an attestation is verified with --key, and without --evidence")
    return verified(path, key, dataset, report)


def _verified(path: Path, dataset: str, evidence: Path | None) -> Verification:
    from auditor.verification import claims

    report = claims.loaded(path)

    def pairs() -> Iterator[Pair]:
        yield from claims.of_report(report)
        yield from claims.of_evidence(evidence) if evidence is not None else ()

    try:
        return _judged(report, dataset, evidence, pairs)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise AuditorError(f"{path.name} does not have the shape of a report ({type(error).__name__})", "audit the data anew", 3) from None


def _judged(report: Mapping[str, Json], place: str, evidence: Path | None, pairs: Pairs) -> Verification:
    from auditor.dataset import canonical
    from auditor.doors.isolation import offline
    from auditor.verification import claims, judged

    found = judged.Verification()
    how = report["config"]["shingle"], report["leakage"]["method"]["threshold"]
    with offline(), _working(place, report) as (dataset, work):
        _compare_files(found, report, dataset)
        records = _records(found, report, dataset, work, set(judged.wanted(pairs())))
        judged.judge_pairs(found, pairs(), records.at, how)
    if evidence is not None:
        judged.judge_counts(found, report, claims.of_evidence(evidence))
        if judged.lists_clusters(report):
            splits = canonical(list(report["dataset"]["splits"]))
            judged.judge_clusters(found, claims.rows(evidence, "clusters"), claims.of_evidence(evidence), splits)
    return found


@contextmanager
def _working(place: str, report: Mapping[str, Json]) -> Iterator[tuple[Dataset, Work]]:
    """The dataset, its splits as the report has them, and where it is read."""
    from auditor import audit, config
    from auditor.cli.progress import watching
    from auditor.dataset import NAMED, Roles
    from auditor.doors import pandas
    from auditor.running.opened import opened
    from auditor.running.work import How, working

    pandas.close()
    asked = report["config"]
    columns = config.Config(
        split=tuple((name, glob) for name, glob in asked["split"]),
        split_column=asked["split_column"],
        subset=tuple(asked["subset"]),
        table=tuple(asked.get("table", ())),
        query=tuple((name, query) for name, query in asked.get("query", ())),
    )
    options = {"quiet": True, "verbose": False, "no_color": True}
    apart = tuple(Path(place) / each["file"] for each in report["ledger"] if each["note"] == NAMED)
    with opened(place, columns, How().max_memory, apart) as found:
        dataset = dataclasses.replace(found, roles=Roles(label=asked["label"]))
        with watching(options) as progress, working(Path(place), dataset, How(), progress) as work:
            yield audit.by_column(dataset, columns, work), work


def _compare_files(found: Verification, report: Mapping[str, Json], dataset: Dataset) -> None:
    """AuditorError where a data file is not the one that the report is about; a claim for the digest of the whole dataset."""
    from auditor.audit import digest_of
    from auditor.verification import claims

    said = {path: file["sha256"] for (_, path), file in claims.files(report).items()}
    there = {shard.path: shard.sha256 for shard in dataset.shards}
    other = [f"{path} {'has changed' if path in there else 'is missing'}" for path in sorted(said) if there.get(path) != said[path]]
    other += [f"{path} is new" for path in sorted(there.keys() - said.keys())]
    if other:
        more = f" and {len(other) - 5} more" if len(other) > 5 else ""
        raise AuditorError(f"the report is about other data: {', '.join(other[:5])}{more}", OTHER_DATA, 3)
    for path in sorted(said):
        found.note("files", path, said[path], there[path])
    found.note("files", "data files and documents", report["dataset"]["digest"], digest_of(dataset))


def _records(found: Verification, report: Mapping[str, Json], dataset: Dataset, work: Work, wanted: set[At]) -> Records:
    """The records that are wanted, out of the files that the report says they are in."""
    from auditor.verification import claims
    from auditor.verification.records import Records

    records, by_split = Records(), {split: [row for _, row in rows] for split, rows in groupby(sorted(wanted), lambda at: at[0])}
    shards = {(shard.split, shard.path): shard for shard in dataset.shards}
    for split in report["dataset"]["splits"]:
        starts = [*claims.starts(report, split)]
        for (first, path), said in zip(starts, report["dataset"]["splits"][split]["files"], strict=True):
            last = first + said["rows"]
            some = by_split.get(split, [])
            rows = [row - first for row in some[bisect.bisect_left(some, first) : bisect.bisect_left(some, last)]]
            answer = _answer(work, shards[split, path], rows, report["config"])
            found.note("files", f"records of {split} in {path}", said["rows"], answer["rows"])
            records.add(split, first, last - first, path, [work.passing.folder / name for name in answer["files"]])
    return records


def _answer(work: Work, shard: Shard, rows: list[int], asked: Mapping[str, Json]) -> Json:
    from auditor import reading
    from auditor.model import digest

    limits = {"seconds": reading.SECONDS + shard.bytes / reading.SPEED, "output": reading.OUTPUT + reading.GROWTH * shard.bytes}
    place = {"folder": str(work.passing.folder), "key": digest("records", shard.split, shard.path)}
    job = {"moment": "records", "shard": dataclasses.asdict(shard), "rows": rows, "columns": asked["text"], "label": asked["label"]}
    answer = next(iter(work.engine.map([{**job, **place, **limits}])))
    failure = answer.get("crash") or answer.get("failure")
    if failure:
        raise AuditorError(f"{shard.path} cannot be read: {failure}", OTHER_DATA, 3)
    return answer


def _document(found: Verification, path: Path) -> None:
    """A bill of materials: a claim for each element that is sound, and one for each thing that is wrong."""
    from auditor.verification.documents import checked

    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise AuditorError(f"{path.name} cannot be opened ({error.strerror})", "name a report and the dataset it is about") from None
    except (ValueError, RecursionError):
        raise AuditorError(f"{path.name} is no JSON", "name a report and the dataset it is about") from None
    try:
        answer = checked(document) if isinstance(document, dict) else None
    except RecursionError:
        raise AuditorError(f"{path.name} nests too deeply to be checked", "give a document that a tool has written", 3) from None
    if answer is None:
        cure = "name DATASET too where it is a report, --key where it is an attestation"
        raise AuditorError(f"{path.name} is no SPDX or CycloneDX document", cure)
    kind, judged = answer
    found.about = "the document"
    sound = max(0, judged.elements - len({each.element for each in judged.faults}))
    found.of[kind] = found.held[kind] = sound
    for each in judged.faults:
        found.note(kind, f"{each.element}: {each.field}", "valid", each.reason)
    found.unchecked.update(judged.unchecked)


def _as_json(found: Verification) -> str:
    claims = [{"part": part, "held": found.held[part], "of": count} for part, count in found.of.items()]
    verdict = "fails" if found.wrong else "holds"
    said = {"says": found.says} if found.says else {}
    shown = {"verdict": verdict, **said, "claims": claims, "failed": found.failed, "wrong": found.wrong, "unchecked": found.unchecked}
    return json.dumps({"schema": "auditor/verification/1", **shown}, indent=1)


def _as_text(found: Verification) -> str:
    from auditor.reports.wording import number, visible

    lines = [f"{visible(part)}: {number(found.held[part])} of {number(count)} hold" for part, count in found.of.items()]
    for each in found.failed:
        lines += [f"  does not hold: {visible(each['part'])}: {visible(each['what'])}"]
        sides = ("said ", each["claimed"]), ("found", each["found"])
        lines += [f"    {side}: {visible(json.dumps(value, sort_keys=True))}" for side, value in sides]
    if found.wrong > len(found.failed):
        lines.append(f"  and {number(found.wrong - len(found.failed))} more")
    lines += [f"not checked: {visible(what)} ({number(count)})" for what, count in found.unchecked.items()]
    said = [f"says {visible(found.says)}"] if found.says else []
    return "\n".join([*said, *lines, f"{found.about} {'does not hold' if found.wrong else 'holds'}"])
