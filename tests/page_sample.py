"""Reports for the tests of the page: one with something in every section, and one that is as large and as hostile as can be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from reports_sample import HOSTILE, LICENSE, sample

from auditor.model import Finding, Json, LedgerEntry, Location, Outcome, Report, Severity

LONG = "".join(HOSTILE) * 4
"""A long text of nothing but what a page must not obey."""


def _numbers(low: float, high: float, bins: list[int]) -> dict[str, Json]:
    steps = [low + (high - low) * share / 100 for share in range(101)]
    return {"count": sum(bins), "mean": (low + high) / 2, "deviation": 2.5, "quantiles": steps, "histogram": bins}


def column(**more: Json) -> dict[str, Json]:
    """A column of 1,000 records as the profile shows it, with what is said of it."""
    return {
        "present": 1_000,
        "missing": 0,
        "distinct": 900,
        "exact": True,
        "types": {"string": 1_000},
        "forms": {},
        "null_tokens": {},
        **more,
    }


PROFILE: Mapping[str, Json] = {
    "version": 1,
    "splits": {
        split: {
            "rows": rows,
            "columns": {
                "text": column(lengths=_numbers(12, 240, [3, 30, 200, 500, 200, 60, 7]), top=[]),
                "label": column(distinct=3, top=[["refund", 600], ["courier", 300], ["address", 100]], lengths=_numbers(6, 7, [600, 400])),
                "hour": column(types={"integer": 980}, missing=20, numbers=_numbers(0, 23, [10, 20, 400, 300, 250]), top=[[9, 120]]),
                "when": column(types={"string": 900, "number": 100}, times={"quantiles": ["2026-01-01T00:00:00Z", "2026-05-01T09:30:00Z"]}),
                "code": column(exact=False, lengths=_numbers(5, 5, [1_000])),
            },
        }
        for split, rows in (("train", 10_003), ("test", 3_080))
    },
}

RECORDS: Mapping[str, Json] = {
    "columns": {"train": "license"},
    "splits": {
        "train": {
            "rows": 10_003,
            "licenses": [
                {"expression": "CC-BY-4.0", "text": "cc-by-4.0", "rows": 9_000, "share": 9_000 / 10_003},
                {"expression": None, "text": "see site", "rows": 1_000, "share": 1_000 / 10_003},
            ],
            "unknown_rows": 3,
        }
    },
}
MIX: Mapping[str, Json] = {
    "sources": [{"name": "forum", "expression": "CC-BY-SA-4.0"}, {"name": "shop", "expression": "CC-BY-NC-4.0"}],
    "collection": {"answer": "allow"},
    "adaptation": {"answer": "deny", "outcomes": []},
    "pairs": [{"left": "CC-BY-SA-4.0", "right": "CC-BY-NC-4.0", "answer": "deny", "reason": "neither may be passed on under the other"}],
}
COST: Mapping[str, Json] = {
    "inputs": [
        {"name": "records", "value": 10_003, "unit": "records", "source": "the dataset", "given": True},
        {"name": "price of a GPU hour", "value": 2.5, "unit": "USD", "source": "assumed: name yours", "given": False},
    ],
    "steps": [{"label": "duplicate tokens", "formula": "records × share", "value": 1234.5, "unit": "tokens", "low": 1_200, "high": 1_300}],
    "summary": "About 3 USD of each epoch are spent on duplicates.",
}


def full() -> Report:
    """The sample with every section that a report can have, and a waiver of each state."""
    report = sample()
    waived = [
        dataclasses.replace(report.findings[-1], subject=f"waived {until}", waived={**(report.findings[-1].waived or {}), "until": until})
        for until in ("2026-05-03", "2026-05-10", "2027-01-31")
    ]
    more = {"profile": PROFILE, "license_records": RECORDS, "license_mix": MIX, "cost": COST}
    return dataclasses.replace(report, findings=(*report.findings[:-1], *waived), sections={**report.sections, **more})


def huge() -> Report:
    """10,000 findings, 500 splits and 5,000 columns, all of it in long hostile texts, and as much of everything else."""
    report = full()

    def grown(value: Json, times: int = 300) -> Json:
        if isinstance(value, Mapping):
            return {key: grown(item, times) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [grown(item, 9) for item in value] * times
        return LONG if isinstance(value, str) else value

    names = [f"{place}{LONG}" for place in range(500)]
    where = tuple(
        Location(split=name, row=9, column=LONG, file=LONG, line=7, partner=Location(split=LONG, file=LONG)) for name in names[:100]
    )
    finding = Finding(
        rule="LEAK001",
        name=LONG,
        severity=Severity.HIGH,
        message=LONG,
        subject=LONG,
        where=where,
        count=10_000_000,
        evidence={f"{LONG}{place}": names for place in range(50)},
        waived={"reason": LONG, "owner": LONG, "until": LONG, "file": LONG},
    )
    pairs = [
        {"left": left, "right": right, "right_rows": 10**9, "identical": 10**9, "near": 10**9, "contained": 10**9, "share": 0.5}
        for left in names[:20]
        for right in names[:20]
    ]
    ends = {
        side: {"split": LONG, "row": 10**9, "file": LONG, "line": 7, "text": "".join(f"{side[0]}{n} & " for n in range(200)), "label": LONG}
        for side in ("left", "right")
    }
    examples = [{"rule": f"LEAK{n}", "relation": LONG, **ends, "jaccard": 0.9, "containment_right": 0.9} for n in range(1_000)]
    columns = {f"{place}{LONG}": column(top=[[LONG, 10**9]] * 50, lengths=_numbers(1e9, 2e12, [10**9] * 32)) for place in range(5_000)}
    profile = {"splits": {name: {"rows": 10**9, "columns": columns} for name in names[:5]}}
    sections = {
        name: grown(section) for name, section in report.sections.items() if name not in {"profile", "leakage", "frameworks", "license"}
    }
    license_ = {**grown(report.sections["license"]), "uses": {name: grown(use) for name in names[:50] for use in LICENSE["uses"].values()}}
    return dataclasses.replace(
        report,
        dataset={
            "name": LONG,
            "digest": LONG,
            "text_columns": names,
            "splits": {n: {"rows": 10**9, "files": [_file()] * 3} for n in names},
        },
        config={f"{place}{LONG}": [LONG] * 9 for place in range(500)},
        policy={"name": LONG, "digest": LONG, "fail_on": LONG},
        run={"started": LONG, "seconds": 1e9, **{f"{place}{LONG}": LONG for place in range(20)}},
        reasons=(LONG,) * 10_000,
        findings=(*[finding] * 100, *[dataclasses.replace(finding, waived=None)] * 9_900),
        outcomes=tuple(Outcome(rule=f"LEAK{n}", name=LONG, status="passed", examined=10**9, note=LONG) for n in range(1_000)),
        ledger=tuple(LedgerEntry(file=LONG, physical=10**9, parsed=5, rejected=((LONG, 7),) * 9, note=LONG) for _ in range(1_000)),
        sections={
            **sections,
            "profile": profile,
            "license": license_,
            "leakage": {**report.sections["leakage"], "pairs_of_splits": pairs, "examples": examples},
            "frameworks": grown(report.sections["frameworks"]),
        },
    )


def _file() -> dict[str, Json]:
    return {"path": LONG, "bytes": 10**12, "sha256": LONG, "rows": 10**9}
