"""What two reports say of files, rows, findings, leakage, licences and judgement, set side by side as JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.baseline import counts
from auditor.comparing.contents import together
from auditor.comparing.sides import Side
from auditor.licenses import lock
from auditor.licenses.facts import ANSWERS
from auditor.model import Finding, Json, Report, family

PLACES = frozenset({"drift_baseline", "waivers", "baseline", "lock", "fail_on", "policy"})
"""Options that change how a report is judged and not what was looked at."""


SHARING = frozenset({"LEAK001", "LEAK002", "LEAK003"})
"""The rules whose pairs make the share of a split that leaks."""


def splits(old: Report, new: Report) -> list[Json]:
    """The records of each split, before and after; null where it is not there, or was not read."""
    sides = [side.dataset["splits"] for side in (old, new)]
    return [
        {"split": name, "before": sides[0].get(name, {}).get("rows"), "after": sides[1].get(name, {}).get("rows")}
        for name in together(*sides)
    ]


def files(old: Report, new: Report) -> dict[str, Json]:
    """Files that came, went, got other contents, or another name with the same contents."""
    before, after = (_digests(side) for side in (old, new))
    gone, come = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    renamed = []
    for path in list(gone):
        found = next((each for each in come if after[each] == before[path]), None)
        if found is not None:
            renamed.append({"from": path, "to": found})
            gone.remove(path)
            come.remove(found)
    changed = sorted(path for path in before.keys() & after.keys() if before[path] != after[path])
    return {"added": come, "removed": gone, "changed": changed, "renamed": renamed}


def _digests(report: Report) -> dict[str, str]:
    """The digest of each data file and document, by path."""
    data = [file for split in report.dataset["splits"].values() for file in split["files"]]
    return {each["path"]: each["sha256"] for each in (*data, *report.dataset.get("documents", ()))}


def findings(old: Report, new: Report) -> dict[str, Json]:
    """Findings that are new, have grown, shrunk or gone, by their fingerprints; leaks first, then the worst. What is waived does not count,
    so that one whose waiver has ended is new.
    """
    before, after = counts(old.findings), counts(new.findings)
    rows: dict[str, list[Json]] = {"new": [], "grown": [], "shrunk": [], "gone": []}
    same = 0
    for each in sorted((f for f in new.findings if f.waived is None), key=_order):
        was, is_ = before[each.fingerprint], after[each.fingerprint]
        kind = "new" if not was else "grown" if is_ > was else "shrunk" if is_ < was else ""
        same += not kind
        if kind:
            rows[kind].append(_row(each, was, is_))
    waived = {each.fingerprint for each in new.findings if each.waived is not None}
    gone = (each for each in old.findings if each.waived is None and not after[each.fingerprint] and each.fingerprint not in waived)
    rows["gone"] = [_row(each, before[each.fingerprint], 0) for each in sorted(gone, key=_order)]
    return {**rows, "same": same}


def _order(finding: Finding) -> tuple[bool, int, str, str, str]:
    return family(finding.rule) != "LEAK", -finding.severity, finding.rule, finding.subject, finding.message


def _row(finding: Finding, before: int, after: int) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": str(finding.severity),
        "fingerprint": finding.fingerprint,
        "message": finding.message,
        "before": before,
        "after": after,
        "denied": bool(finding.evidence.get("denied")),
    }


def waived(old: Report, new: Report) -> dict[str, Json]:
    """Findings that are waived on one side only."""
    sides = [{each.fingerprint: each for each in side.findings if each.waived is not None} for side in (old, new)]

    def apart(mine: Mapping[str, Finding], other: Mapping[str, Finding]) -> list[Json]:
        some = sorted((each for each in mine.values() if each.fingerprint not in other), key=_order)
        return [{"rule": each.rule, "fingerprint": each.fingerprint, "message": each.message, "waived": each.waived} for each in some]

    return {"begun": apart(sides[1], sides[0]), "ended": apart(sides[0], sides[1])}


def leakage(old: Report, new: Report) -> list[Json]:
    """The share of each split that has partners in another one, before and after; null where that was not looked for.

    `severity` is that of the gravest leak of the pair, of those that make the share, that nobody has waived in the new version; null
    where there is none.
    """
    shares = [{(row["left"], row["right"]): row["share"] for row in _pairs(side) if row["share"] is not None} for side in (old, new)]
    return [
        {"left": left, "right": right, "before": shares[0].get((left, right)), "after": shares[1].get((left, right)),
         "severity": _gravest(new, left, right)}
        for left, right in sorted(shares[0].keys() | shares[1].keys(), key=_canonical(old, new))
    ]  # fmt: skip


def _canonical(old: Report, new: Report) -> Any:
    order = together(old.dataset["splits"], new.dataset["splits"])
    return lambda pair: tuple((order.index(name) if name in order else len(order), name) for name in pair)


def _pairs(report: Report) -> Sequence[Mapping[str, Json]]:
    pairs: Sequence[Mapping[str, Json]] = report.sections.get("leakage", {}).get("pairs_of_splits", ())
    return pairs


def _gravest(report: Report, left: str, right: str) -> str | None:
    found = [
        each.severity
        for each in report.findings
        if each.rule in SHARING and each.waived is None and (each.evidence.get("left"), each.evidence.get("right")) == (left, right)
    ]
    return str(max(found)) if found else None


def licence(old: Report, new: Report) -> dict[str, Json] | None:
    """What is said of the licence, as auditor.lock would tell it, and of each use; null where one side did not look."""
    if "license" not in old.sections or "license" not in new.sections:
        return None
    before, after = (side.sections["license"] for side in (old, new))
    names = [name for name in ("declared", "detected", "concluded") if before[name] != after[name]]
    told = lock.differences(lock.said(old), lock.said(new))
    return {
        "concluded": {"before": before["concluded"], "after": after["concluded"]},
        "expressions": [{"name": name, "before": before[name], "after": after[name]} for name in names],
        "changes": [{"severity": str(each.severity), "message": each.message, **each.evidence} for each in told],
        "uses": list(_uses(before.get("uses", {}), after.get("uses", {}))),
    }


def _uses(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Json]:
    """The uses whose answer is another one; from one side alone nothing follows."""
    for use in sorted(before.keys() & after.keys()):
        was, is_ = before[use]["answer"], after[use]["answer"]
        if was != is_:
            stricter = ANSWERS.index(is_) > ANSWERS.index(was)
            yield {"use": use, "before": was, "after": is_, "stricter": stricter, "asked": bool(after[use].get("asked"))}


def judgement(old: Side, new: Side) -> dict[str, Json]:
    """The verdicts, the policies where they differ, what was asked or looked for otherwise, and by which versions."""
    a, b = old.report, new.report
    return {
        "verdict": {"before": a.verdict, "after": b.verdict},
        "policy": _differing(a.policy, b.policy),
        "options": [each for each in _differing(a.config, b.config) if each["name"] not in PLACES],
        "rules": {"only_before": _looked_for(a, b), "only_after": _looked_for(b, a)},
        "version": {"before": a.version, "after": b.version},
    }


def _differing(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The keys under which two mappings have other values, as JSON has them: a saved report has lists where a new one has tuples."""
    before, after = (json.loads(json.dumps(dict(side))) for side in (old, new))
    rows = ({"name": name, "before": before.get(name), "after": after.get(name)} for name in sorted({*before, *after}))
    return [row for row in rows if row["before"] != row["after"]]


def _looked_for(report: Report, other: Report) -> list[str]:
    """The rules that one side has examined something for, and the other not."""
    mine, others = ({each.rule for each in side.outcomes if each.status in {"passed", "failed"}} for side in (report, other))
    return sorted(mine - others)
