"""The licence lock: what a dataset said of its licence when somebody agreed to it, and how far it says something else now."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from auditor.licenses.expression import licenses, parse
from auditor.licenses.groups import stricter
from auditor.model import AuditorError, Example, Finding, Json, Location, Outcome, Report, Rule, Severity, Status, found

SCHEMA = "auditor/lock/1"
MOVED = 0.01
"""How far the share of a licence among the records of a split may move without a finding."""

_CONCLUDED = ("declared", "detected", "concluded")
_STATED = ("file", "method", "expression", "sha256")
_CURE = "name a file that `auditor scan DATASET --write-lock FILE` has written"


def _example(now: str, before: str) -> Example:
    """A card with a licence, and a lock made when it had another."""
    cards = {name: f"---\nlicense: {name}\n---\n# A dataset\n" for name in (now, before)}
    sha256 = hashlib.sha256(cards[before].encode()).hexdigest()
    expression = before.upper()
    stated = {"file": "README.md", "method": "card-yaml", "expression": expression, "sha256": sha256}
    said = {"declared": expression, "detected": None, "concluded": expression}
    lock: Json = {"schema": SCHEMA, "dataset": "ferries", "spdx_list": "3.29", **said, "statements": [stated], "records": {}}
    data = "text,label\nthe first record of two,a\nthe second record of two,b\n"
    files = {"train.csv": data, "README.md": cards[now], "auditor.lock": json.dumps(lock, indent=1) + "\n"}
    return Example(files=files, options=("--lock", "auditor.lock", "--select", "LIC"))


LIC025 = Rule(
    id="LIC025",
    name="license-drift",
    severity=Severity.HIGH,
    summary="What the dataset says of its licence is not what the lock file holds.",
    why="Terms that somebody agreed to can change with the next download of the same dataset; what was allowed then may not be now.",
    fix="Read what has changed and decide; then write the lock anew with --write-lock.",
    failing=_example("cc-by-nc-4.0", "cc-by-4.0"),
    passing=_example("cc-by-4.0", "cc-by-4.0"),
)


def made(report: Report) -> str:
    """The lock of what a report says of licences, as text; AuditorError where it says nothing."""
    from auditor.licenses.spdx import list_version

    if "license" not in report.sections:
        raise AuditorError("--write-lock: this audit did not look at licences", "select LIC, or do not ignore it")
    content = {"schema": SCHEMA, "dataset": report.dataset.get("name"), "spdx_list": list_version(), **said(report)}
    return json.dumps(content, sort_keys=True, indent=1) + "\n"


def read(path: Path) -> Mapping[str, Json]:
    """The lock in a file; AuditorError for anything else."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise AuditorError(f"--lock: {path.name} cannot be read ({error.strerror})", _CURE) from None
    except (ValueError, RecursionError):
        raise AuditorError(f"--lock: {path.name} is no JSON", _CURE) from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA or not _is_lock(value):
        raise AuditorError(f"--lock: {path.name} is no lock of the kind {SCHEMA}", _CURE)
    return value


def _is_lock(value: Mapping[str, Json]) -> bool:
    def texts(each: Json, names: Sequence[str]) -> bool:
        return isinstance(each, dict) and all(name in each and isinstance(each[name], str | None) for name in names)

    records = value.get("records")
    splits = records.values() if isinstance(records, dict) else [None]
    mixes = all(isinstance(split, dict) and all(type(share) in (int, float) for share in split.values()) for split in splits)
    statements = value.get("statements")
    return mixes and texts(value, _CONCLUDED) and isinstance(statements, list) and all(texts(each, _STATED) for each in statements)


def compared(report: Report, lock: Mapping[str, Json]) -> Report:
    """The report with what differs from the lock: one finding for each statement, for what is concluded, and for each split's records."""
    if not any(each.rule == LIC025.id for each in report.outcomes) or "license" not in report.sections:
        return report
    now = said(report)
    findings = differences(lock, now)
    examined = len({_key(each) for side in (lock, now) for each in side["statements"]}) + 1 + len(now["records"])
    status: Status = "failed" if findings else "passed"
    outcome = Outcome(rule=LIC025.id, name=LIC025.name, status=status, examined=examined, found=len(findings))
    return dataclasses.replace(
        report,
        findings=(*(each for each in report.findings if each.rule != LIC025.id), *findings),
        outcomes=tuple(outcome if each.rule == LIC025.id else each for each in report.outcomes),
    )


def differences(before: Mapping[str, Json], now: Mapping[str, Json]) -> list[Finding]:
    """A finding for each thing that is said otherwise now; both are what `said` makes of a report."""
    return [*_concluded(before, now), *_statements(before, now), *_records(before, now)]


def said(report: Report) -> dict[str, Json]:
    """What a lock holds of a report: the expressions, every statement of the dataset itself, and the licences of its records by split."""
    section = report.sections["license"]
    own = [each for each in section["sources"] if each.get("kind") != "upstream"]
    stated = sorted(({name: each.get(name) for name in _STATED} for each in own), key=lambda each: [str(each[name]) for name in _STATED])
    splits = report.sections.get("license_records", {}).get("splits", {})
    return {
        **{name: section[name] for name in _CONCLUDED},
        "statements": stated,
        "records": {name: _mix(split["licenses"]) for name, split in splits.items()},
    }


def _mix(rows: Sequence[Mapping[str, Json]]) -> dict[str, float]:
    mix: dict[str, float] = {}
    for row in rows:
        name = row["expression"] or f"unknown: {row['text']}"
        mix[name] = round(mix.get(name, 0) + row["share"], 6)
    return mix


def _key(statement: Mapping[str, Json]) -> tuple[str, str]:
    return str(statement["file"]), str(statement["method"])


def _concluded(before: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[Finding]:
    was, is_ = before["concluded"], now["concluded"]
    if was != is_:
        how, severity = _change(was, is_)
        evidence = {"before": was, "now": is_, "change": how}
        message = f"the licence was {was or 'not known'} and is {is_ or 'not known'} ({how})"
        yield found(LIC025, message, "concluded", severity=severity, evidence=evidence)


def _statements(before: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[Finding]:
    sides = [_grouped(side["statements"]) for side in (before, now)]
    for key in sorted(sides[0].keys() | sides[1].keys()):
        was, is_ = (side.get(key, []) for side in sides)
        if was == is_:
            continue
        words = [sorted(str(each["expression"]) for each in side) for side in (was, is_)]
        how, severity = _of_statement(was, is_)
        file, method = key
        message = f"{file} ({method}): {' and '.join(words[0]) or 'nothing'} was stated, now {' and '.join(words[1]) or 'nothing'} ({how})"
        if words[0] == words[1]:
            message = f"{file} ({method}): the file has changed, and states {' and '.join(words[1])} as before"
        evidence = {"before": was, "now": is_, "change": how}
        where = (Location(file=file),) if is_ else ()
        yield found(LIC025, message, f"{file}\n{method}", severity=severity, where=where, evidence=evidence)


def _grouped(statements: Sequence[Json]) -> dict[tuple[str, str], list[Json]]:
    groups: dict[tuple[str, str], list[Json]] = {}
    for each in statements:
        groups.setdefault(_key(each), []).append({name: each[name] for name in ("expression", "sha256")})
    return groups


def _of_statement(was: Sequence[Json], is_: Sequence[Json]) -> tuple[str, Severity]:
    """What became of the statements of one file by one method: the gravest change of those that are new."""
    if not is_:
        return "removed", Severity.MEDIUM
    old = [each["expression"] for each in was]
    new = [each["expression"] for each in is_ if each["expression"] not in old]
    if not new:
        return ("bytes only", Severity.LOW) if len(was) == len(is_) else ("removed in part", Severity.MEDIUM)
    if not was:
        return "added", Severity.MEDIUM if all(each is not None for each in new) else Severity.HIGH
    return max((_change(old[0], each) for each in new), key=lambda change: change[1])


def _change(was: str | None, is_: str | None) -> tuple[str, Severity]:
    if is_ is None or any(each.reference for each in licenses(parse(is_))):
        return "unknown", Severity.HIGH
    if was is None:
        return "known now", Severity.MEDIUM
    if stricter(was, is_) == is_:
        return "stricter", Severity.HIGH
    return ("looser" if stricter(is_, was) == was else "another, neither stricter nor looser"), Severity.MEDIUM


def _records(before: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[Finding]:
    """One finding for each split in which a licence has come or gone, or the share of one has moved."""
    for split in sorted(now["records"].keys() | before["records"].keys()):
        was, is_ = before["records"].get(split, {}), now["records"].get(split, {})
        come, gone = sorted(is_.keys() - was.keys()), sorted(was.keys() - is_.keys())
        moved = sorted(name for name in is_.keys() & was.keys() if abs(is_[name] - was[name]) > MOVED)
        if come or gone or moved:
            parts = [f"{name} is new ({is_[name]:.2%} of the records)" for name in come] + [f"{name} is gone" for name in gone]
            parts += [f"{name} went from {was[name]:.2%} to {is_[name]:.2%}" for name in moved]
            evidence = {"split": split, "before": was, "now": is_}
            severity = Severity.HIGH if come else Severity.LOW
            message = f"records of {split}: {'; '.join(parts)}"
            yield found(LIC025, message, f"records\n{split}", severity=severity, where=(Location(split=split),), evidence=evidence)
