"""What is attested: an in-toto Statement v1 with the predicate test-result v0.1, made of a report, and held against files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.attestation import merkle
from auditor.dataset import NAMED, as_json
from auditor.model import AuditorError, Json, Report, Verdict

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"

RESULTS: Mapping[Verdict, str] = {"pass": "PASSED", "pass-with-waivers": "WARNED", "fail": "FAILED", "incomplete": "FAILED"}
"""An audit that was not completed has not passed."""

DAMAGED = "attest the report anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A data file as it was audited; `rows` is None where its records were not read."""

    path: str
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What a statement says: the files, their Merkle root, the digest of the whole dataset, that of the report, how the files are found
    again (`split`, `subset`, those `apart` that are no data), and the rest in a sentence.
    """

    files: tuple[File, ...]
    root: str
    dataset: str
    report: str
    split: tuple[tuple[str, str], ...]
    subset: tuple[str, ...]
    apart: tuple[str, ...]
    says: str


def stated(report: Report, digest: str) -> bytes:
    """The statement about a report, the SHA-256 of whose file is `digest`: the same bytes for the same report."""
    files = _files(report)
    if not files:
        raise AuditorError("the report is about no data file, so there is nothing to attest", "audit a dataset that has data files")
    name = report.policy.get("name")
    apart = [each.file for each in report.ledger if each.note == NAMED]
    tests = _tests(report)
    predicate = {
        "result": RESULTS[report.verdict],
        "configuration": [
            {"name": "report", "mediaType": "application/json", "digest": {"sha256": digest}},
            {"name": f"policy {name}", "digest": {"sha256": report.policy.get("digest")}},
        ],
        **{kind: tests[kind] for kind in ("passedTests", "warnedTests", "failedTests")},
        "auditor": {
            "version": report.run.get("auditor"),
            "started": report.run.get("started"),
            "verdict": report.verdict,
            "skippedTests": tests["skippedTests"],
            "dataset": {"name": report.dataset["name"], "digest": report.dataset["digest"]},
            "manifest": {"files": len(files), "root": root(files)},
            "asked": {"split": report.config.get("split", []), "subset": report.config.get("subset", []), "apart": apart},
        },
    }
    subject = [
        {"name": each.path, "digest": {"sha256": each.sha256}, "annotations": {"bytes": each.bytes, "rows": each.rows}} for each in files
    ]
    statement = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
    return json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()


def root(files: Sequence[File]) -> str:
    """The Merkle root of files in order of their paths, each as canonical JSON of its path, bytes, SHA-256 and rows."""
    leaves = [as_json({name: getattr(each, name) for name in ("path", "bytes", "sha256", "rows")}) for each in sorted(files, key=_path)]
    return merkle.root([leaf.encode("utf-8", "surrogatepass") for leaf in leaves]).hex()


def read(payload: bytes) -> Attested:
    """What a statement says, which somebody has signed; AuditorError where it is none that `stated` makes."""
    try:
        value = json.loads(payload)
        kinds = value["_type"], value["predicateType"]
        if kinds != (STATEMENT, PREDICATE):
            raise AuditorError(f"the attestation is of another kind: {kinds[1]}", f"{PREDICATE} is what can be verified")
        predicate = value["predicate"]
        ours, files = predicate["auditor"], tuple(map(_file, value["subject"]))
        report = next(each for each in predicate["configuration"] if each["name"] == "report")
        policy = next(each["name"] for each in predicate["configuration"] if each["name"].startswith("policy "))
        by = f"auditor {ours['version']} at {ours['started']}, {policy}"
        return Attested(
            files=files,
            root=ours["manifest"]["root"],
            dataset=ours["dataset"]["digest"],
            report=report["digest"]["sha256"],
            split=tuple((name, glob) for name, glob in ours["asked"]["split"]),
            subset=tuple(ours["asked"]["subset"]),
            apart=tuple(map(str, ours["asked"].get("apart", ()))),
            says=f"{predicate['result']}: {ours['dataset']['name']}, {ours['dataset']['digest'][:23]}, verdict {ours['verdict']}, by {by}",
        )
    except (ValueError, RecursionError, TypeError, LookupError, AttributeError, StopIteration):
        raise AuditorError("what is signed is no statement of an audit", DAMAGED) from None


def _file(subject: Mapping[str, Json]) -> File:
    notes = subject["annotations"]
    return File(path=subject["name"], bytes=notes["bytes"], sha256=subject["digest"]["sha256"], rows=notes["rows"])


def _path(file: File) -> str:
    return file.path


def _files(report: Report) -> tuple[File, ...]:
    """The data files of a report by their paths. A table with a split column is in several splits, and has the rows of all."""
    found: dict[str, File] = {}
    for each in _listed(report):
        rows, known = each["rows"], found.get(each["path"])
        if known is not None:
            rows = None if rows is None or known.rows is None else rows + known.rows
        found[each["path"]] = File(path=each["path"], bytes=each["bytes"], sha256=each["sha256"], rows=rows)
    return tuple(found[path] for path in sorted(found))


def _listed(report: Report) -> Iterable[Mapping[str, Json]]:
    return (file for split in report.dataset["splits"].values() for file in split["files"])


def _tests(report: Report) -> dict[str, list[str]]:
    """The rules by what became of them: what keeps the audit from passing has failed, other findings are warnings."""
    found: dict[str, list[str]] = {kind: [] for kind in ("passedTests", "warnedTests", "failedTests", "skippedTests")}
    for each in report.outcomes:
        kind = {"passed": "passedTests", "skipped": "skippedTests", "error": "failedTests"}.get(each.status)
        if kind is None:  # policy.judge begins the reason for a finding that fails with its rule and name
            failing = any(reason.startswith(f"{each.rule} {each.name}: ") for reason in report.reasons)
            kind = "failedTests" if failing else "warnedTests"
        found[kind].append(each.rule)
    return found
