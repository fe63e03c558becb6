"""Two versions of a dataset set side by side: what differs, what of it is worse, and whether that may be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.comparing import columns, parts
from auditor.comparing.sides import Side
from auditor.licenses.lock import LIC025
from auditor.model import AuditorError, Json, Severity
from auditor.reports.wording import percent

SCHEMA = "auditor/diff/1"
UNKNOWN = "not known from reports: which records moved, came or went is told of two datasets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """Something that has got worse: how bad, of which part of the diff, and what."""

    severity: Severity
    part: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """How the new version differs from the old one. `parts` are JSON values by name, `worse` is ordered, the worst first; from the
    severity `fail_on` on it fails.
    """

    old: Side
    new: Side
    fail_on: Severity
    parts: Mapping[str, Json]
    worse: tuple[Worse, ...]

    @property
    def failing(self) -> int:
        """How many things that got worse are as bad as that."""
        return sum(each.severity >= self.fail_on for each in self.worse)

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The sides whose audit could not be completed."""
        return tuple(name for name, side in (("old", self.old), ("new", self.new)) if side.report.verdict == "incomplete")

    @property
    def verdict(self) -> str:
        """incomplete, worse or not-worse."""
        return "incomplete" if self.incomplete else "worse" if self.failing else "not-worse"

    @property
    def exit_code(self) -> int:
        """0 where nothing got worse that may not, 1 where something did, 3 where one side is incomplete."""
        return {"incomplete": 3, "worse": 1, "not-worse": 0}[self.verdict]


def compared(old: Side, new: Side, fail_on: Severity | None = None) -> Diff:
    """The diff of two sides; fails on what the new side's policy fails on where nothing else is asked for.

    AuditorError where a report is not as an audit writes it.
    """
    a, b = old.report, new.report
    try:
        found: dict[str, Json] = {
            "splits": parts.splits(a, b),
            "files": parts.files(a, b),
            "records": _records(old, new),
            "findings": parts.findings(a, b),
            "leakage": parts.leakage(a, b),
            "schema_changes": columns.schema(a, b),
            "license": parts.licence(a, b),
            "drift": columns.drift(a, b),
            "waivers": parts.waived(a, b),
            "judgement": parts.judgement(old, new),
        }
        level = Severity.of(str(b.policy.get("fail_on", "high"))) if fail_on is None else fail_on
        worse = sorted(_worse(found), key=lambda each: (-each.severity, _PARTS.index(each.part)))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        message = f"{old.name} or {new.name} does not have the shape of a report ({type(error).__name__})"
        raise AuditorError(message, "name reports written by `auditor scan DATASET -o json:REPORT`, or the datasets") from None
    return Diff(old=old, new=new, fail_on=level, parts=found, worse=tuple(worse))


def _records(old: Side, new: Side) -> Json:
    """What became of the records, or {"unknown": why that is not known}."""
    if old.saved or new.saved:
        return {"unknown": UNKNOWN}
    tables = [side.report.tables.get("contents") for side in (old, new)]
    if any(table is None for table in tables):
        return {"unknown": "no record was read on one side"}
    from auditor.comparing import contents

    names = [list(side.report.dataset["splits"]) for side in (old, new)]
    splits = contents.together(*names)
    before, after = (contents.records(table, mine, splits) for table, mine in zip(tables, names, strict=True))
    return {**contents.compared(before, after, splits), "columns": list(old.columns) or None}


_PARTS = ("leakage", "findings", "license", "drift", "verdict")
_RANKS = ("pass", "pass-with-waivers", "fail", "incomplete")


def _worse(found: Mapping[str, Json]) -> Iterator[Worse]:
    """Everything that got worse; parts in their order, each in its own."""
    for row in found["leakage"]:
        before = row["before"] or 0
        if row["severity"] is not None and (row["after"] or 0) > before:
            was = "not compared before" if row["before"] is None else f"{percent(before)} before"
            message = f"{row['right']}: {percent(row['after'])} leaked from {row['left']} now, {was}"
            yield Worse(severity=Severity.of(row["severity"]), part="leakage", message=message)
    for kind in ("new", "grown"):
        for row in found["findings"][kind]:
            if row["rule"] == LIC025.id:
                continue  # what it tells of a lock is told of the old version below
            severity = max(Severity.of(row["severity"]), Severity.HIGH if row["denied"] else Severity.INFO)
            yield Worse(severity=severity, part="findings", message=f"{row['rule']} {row['name']}, {kind}: {row['message']}")
    yield from _licence(found["license"])
    for row in found["drift"]["columns"]:
        for each in row["drifted"]:
            yield Worse(severity=Severity.of(each["severity"]), part="drift", message=f"{each['rule']}: {each['message']}")
    verdict = found["judgement"]["verdict"]
    if _RANKS.index(verdict["after"]) > max(_RANKS.index(verdict["before"]), 1):
        yield Worse(severity=Severity.HIGH, part="verdict", message=f"the verdict was {verdict['before']} and is {verdict['after']}")


def _licence(found: Mapping[str, Json] | None) -> Iterator[Worse]:
    """Terms that are stricter, or no longer known, and uses that are permitted less."""
    if found is None:
        return
    for change in found["changes"]:
        if Severity.of(change["severity"]) >= Severity.HIGH:
            yield Worse(severity=Severity.HIGH, part="license", message=change["message"])
    for use in (each for each in found["uses"] if each["stricter"]):
        message = f"{use['use']}: the answer was {use['before']} and is {use['after']}"
        yield Worse(severity=Severity.HIGH if use["asked"] else Severity.MEDIUM, part="license", message=message)


def document(diff: Diff) -> dict[str, Json]:
    """The diff as `auditor/diff/1` has it."""
    from auditor import __version__

    return {
        "schema": SCHEMA,
        "tool": {"name": "auditor", "version": __version__},
        "old": _side(diff.old),
        "new": _side(diff.new),
        "fail_on": str(diff.fail_on),
        "verdict": diff.verdict,
        "incomplete": list(diff.incomplete),
        "worse": [{"severity": str(each.severity), "part": each.part, "message": each.message} for each in diff.worse],
        **diff.parts,
    }


def _side(side: Side) -> dict[str, Json]:
    named = {"name": side.name, "kind": "report" if side.saved else "dataset"}
    return named | {name: side.report.dataset.get(name) for name in ("digest",)} | {"dataset": side.report.dataset.get("name")}


def as_json(value: Json) -> str:
    """A diff or a history as JSON: keys sorted, everything beyond ASCII escaped."""
    return json.dumps(value, sort_keys=True, indent=1).replace("##", "#\\u0023") + "\n"


def unchanged(diff: Diff) -> bool:
    """Whether nothing differs at all but names."""
    return all(_is_empty(name, value) for name, value in diff.parts.items())


def _is_empty(name: str, value: Json) -> bool:
    """Whether a part says that nothing has changed."""
    if name == "splits":
        return all(row["before"] == row["after"] for row in value)
    if name == "leakage":
        return all(row["before"] == row["after"] for row in value)
    if name == "judgement":
        same = all(value[each]["before"] == value[each]["after"] for each in ("verdict", "version"))
        return same and not (value["policy"] or value["options"] or any(value["rules"].values()))
    if value is None or not isinstance(value, Mapping):
        return not value
    said = {key for key, each in value.items() if isinstance(each, list) and each}
    return not said - ({"columns"} if name == "records" else set())
