"""A report as an audit of a small collection of support questions would give it, for the tests of every format."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import overload

from auditor.model import SHOWN, Finding, Json, LedgerEntry, Location, Outcome, Report, Severity, digest

HOSTILE = (
    "<script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m\x90\x00",
    "\n::error file=a::b\r\n##[error]c\n##vso[task.setvariable]d",
    "\u202eevil\u2066\u200f\u061c\u2028",
    "javascript:alert(1)",
    "[here](https://evil.example/) ![p](https://evil.example/p.png) www.evil.example @everyone #1",
    "=HYPERLINK(1)|`|\\|`x",
    "{{ 7*7 }}{% raw %}",
    "[bold red]x[/]",
    "\ud800x",
)


class Places(Sequence[Location]):
    """More places than anyone may look at: whoever asks for one beyond SHOWN fails."""

    def __init__(self, count: int) -> None:
        self.length = count

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> Location: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Location]: ...
    def __getitem__(self, index: int | slice) -> Location | Sequence[Location]:
        assert isinstance(index, int), "a report reads places one by one"
        if index >= self.length:
            raise IndexError(index)
        assert index < SHOWN, "a report lists no more places than SHOWN"
        partner = Location(split="test", row=7 * index, file="test.csv", line=7 * index + 2)
        first = Location(split="train", row=31 * index + 4, file="train.csv", line=31 * index + 6, message="~ test.csv")
        return dataclasses.replace(first, partner=partner, digest=f"{index:032x}")


def _sha(seed: int) -> str:
    return hashlib.sha256(b"%d" % seed).hexdigest()


def _file(path: str, rows: int, size: int) -> dict[str, Json]:
    return {"path": path, "bytes": size, "sha256": _sha(rows), "rows": rows}


def _end(split: str, row: int, text: str | None, label: str) -> dict[str, Json]:
    return {"split": split, "row": row, "file": f"{split}.csv", "line": row + 2, "text": text, "label": label}


def _example(rule: str, relation: str, left: dict[str, Json], right: dict[str, Json], jaccard: float, contained: float) -> dict[str, Json]:
    alike = {"jaccard": jaccard, "containment_left": contained, "containment_right": contained}
    return {"rule": rule, "relation": relation, "left": left, "right": right, **alike}


def _examples(text: bool) -> list[Json]:
    def shown(words: str) -> str | None:
        return words if text else None

    long = "The parcel was promised for Tuesday, the courier's page said Wednesday, and the shop has not answered since. "
    return [
        _example(
            "LEAK001",
            "identical",
            _end("train", 4, shown("Where is my parcel?"), "where_is_it"),
            _end("test", 0, shown("where is my parcel"), "where_is_it"),
            1.0,
            1.0,
        ),
        _example(
            "LEAK002",
            "near",
            _end("train", 117, shown("How do I change the address on an order I placed yesterday?"), "change_address"),
            _end("test", 41, shown("How can I change the address of the order I placed yesterday?"), "change_order"),
            0.8235294117647058,
            0.9032258064516129,
        ),
        _example(
            "LEAK003",
            "contained",
            _end("train", 250, shown("Good morning. " + long * 8 + "What can I do to get my money back?"), "refund"),
            _end("test", 99, shown(long * 8 + "What can I do now?"), "refund"),
            0.91,
            0.97,
        ),
        _example(
            "LEAK004",
            "near",
            _end("train", 600, shown("返品の送料は誰が払いますか"), "refund"),
            _end("test", 512, shown("返品の送料は私が払いますか"), "shipping_cost"),
            0.84,
            0.92,
        ),
    ]


def _pairs() -> list[Json]:
    def pair(left: str, right: str, rows: int, counts: tuple[int, int, int], share: float | None) -> dict[str, Json]:
        identical, near, contained = counts
        counted = {"identical": identical, "near": near, "contained": contained}
        return {"left": left, "right": right, "right_rows": rows, **counted, "share": share}

    return [
        pair("train", "train", 10_003, (0, 16, 0), None),
        pair("train", "validation", 1_000, (0, 0, 0), 0.0),
        pair("train", "test", 3_080, (25, 150, 8), 216 / 3_080),
        pair("validation", "validation", 1_000, (0, 2, 0), None),
        pair("validation", "test", 3_080, (0, 1, 0), 1 / 3_080),
        {**pair("test", "test", 3_080, (4, 28, 0), None), "capped": True},
    ]


def _controls() -> dict[str, Json]:
    row = {"scope": "across", "join": "exact", "planted": 400, "wilson_low": 0.990487, "wilson_high": 1.0}
    within = {**row, "scope": "within", "join": "lsh", "recovered": 399, "recall": 0.9975, "wilson_low": 0.986008, "wilson_high": 0.999558}
    wrong = {"scope": "across", "join": "exact", "planted": 290, "reported": 0, "rate": 0.0, "wilson_low": 0.0, "wilson_high": 0.013074}
    return {
        "planted": 800,
        "recovered": 799,
        "spurious": 0,
        "recall": [
            {**row, "kind": "near", "recovered": 400, "recall": 1.0, "bound": 1.0, "target": 1.0},
            {**within, "kind": "near", "bound": 0.999987, "target": 0.999},
        ],
        "false_positives": [wrong],
    }


def _leakage(text: bool) -> dict[str, Json]:
    return {
        "pairs_of_splits": _pairs(),
        "controls": _controls(),
        "method": {
            "definition": "norm-v1",
            "shingle": "char:5",
            "threshold": 0.8,
            "containment": 0.9,
            "join": {"kind": "exact", "candidates": 5120},
            "empty_records": {"train": 2, "validation": 0, "test": 1},
        },
        "examples": _examples(text),
    }


def _benchmarks(text: bool) -> dict[str, Json]:
    asked = "What can I do when the courier says that nobody was at home though I was?"
    left, right = _end("train", 901, f"Since Tuesday I ask you this. {asked} Please tell me.", "courier"), _end("test", 3, asked, "")
    sides = {"left": left, "right": {**right, "file": "items.jsonl"}}
    for side in sides.values():
        side.update({"label": None} if text else {"label": None, "text": None})
    similar: dict[str, Json] = {"relation": None, "jaccard": 0.61, "containment_left": 0.62, "containment_right": 0.95}
    matched = {"kind": "embedded", "bits": 148.25, "coverage": 0.97, "score": None, "field": "question", "answer": True}
    kinds = {"whole": 2, "near": 0, "contained": 1, "embedded": 1, "reworded": 0}
    quiz = {"name": "courier-quiz", "digest": f"sha256:{_sha(9)}", "files": [_file("items.jsonl", 120, 9_400)], "left_out": [], "rows": 120}
    other = {**quiz, "name": "other-quiz", "digest": f"sha256:{_sha(8)}", "items": 96, "items_found": 0, "weak": 0, "source_overlap": 0}
    other["reworded_untold"] = 0
    return {
        "against": [
            {**quiz, "items": 118, "items_found": 3, "found": kinds, "weak": 2, "source_overlap": 1, "reworded_untold": 12},
            {**other, "found": dict.fromkeys(kinds, 0)},
        ],
        "method": {"definition": "norm-v1", "shingle": "char:5", "threshold": 0.8, "containment": 0.9, "training_records": 10_003},
        "limits": ["translations of items are not looked for"],
        "examples": [{"rule": "LEAK010", **sides, **similar, "against": "courier-quiz", **matched}],
    }


LICENSE: Mapping[str, Json] = {
    "declared": "CC-BY-4.0",
    "detected": "CC-BY-NC-4.0",
    "concluded": "CC-BY-NC-4.0",
    "sources": [
        {
            "file": "README.md",
            "line": 3,
            "method": "card",
            "kind": "data",
            "text": "license: cc-by-4.0",
            "expression": "CC-BY-4.0",
            "status": "resolved",
        },
        {
            "file": "LICENSE",
            "line": 1,
            "method": "text",
            "kind": "data",
            "text": "Attribution-NonCommercial 4.0 International",
            "expression": "CC-BY-NC-4.0",
            "status": "resolved",
        },
    ],
    "uses": {
        "redistribute-data": {
            "answer": "condition",
            "because": [{"license": "CC-BY-NC-4.0", "clause": "3(a)", "source": "https://example.org/by-nc", "note": "name the authors"}],
            "chosen": None,
            "asked": False,
        },
        "train-commercial": {
            "answer": "deny",
            "because": [{"license": "CC-BY-NC-4.0", "clause": "2(a)(1)", "source": "https://example.org/by-nc", "note": ""}],
            "chosen": "CC-BY-NC-4.0",
            "asked": True,
        },
        "evaluate": {"answer": "unclear", "because": [], "chosen": None, "asked": False},
    },
    "obligations": [
        {
            "license": "CC-BY-NC-4.0",
            "kind": kind,
            "text": text,
            "clause": "3(a)(1)",
            "uses": ["redistribute-data"],
            "met": met,
            "file": file,
        }
        for kind, text, met, file in (
            ("attribution", "Name the authors.", True, "README.md"),
            ("notice", "Keep the notices.", False, None),
            ("no-endorsement", "Do not say that the authors endorse you.", None, None),
        )
    ],
}

EXPECTATIONS: Mapping[str, Json] = {
    "suite": "support-questions",
    "splits": [
        {
            "split": "train",
            "rows": 10_003,
            "results": [
                {
                    "check": "label_known",
                    "type": "expect_column_values_to_be_in_set",
                    "column": "label",
                    "status": "failed",
                    "unexpected": 3,
                    "examined": 10_003,
                    "observed": ["refnud"],
                    "message": "3 values are not in the set of labels",
                },
                {
                    "check": "text_there",
                    "type": "expect_column_values_to_not_be_null",
                    "column": "text",
                    "status": "passed",
                    "unexpected": 0,
                    "examined": 10_003,
                    "observed": None,
                    "message": "",
                },
            ],
        }
    ],
}


def _findings() -> tuple[Finding, ...]:
    leak = {"pair": ["train", "test"], "share": 216 / 3_080, "right_rows": 3_080}
    waiver = {"reason": "quotations of the same law", "owner": "legal@example.org", "until": "2027-01-31"}
    waiver |= {"by": digest("LIC006", "README.md\0LICENSE"), "file": "auditor-waivers.yaml"}
    label = Location(split="train", row=812, column="label", file="train.csv", line=814, message="refnud")
    pair = Location(split="train", row=600, file="train.csv", line=602, partner=Location(split="test", row=512, file="test.csv", line=514))

    def made(rule: str, name: str, level: Severity, message: str, subject: str, where: Sequence[Location], count: int) -> Finding:
        return Finding(rule=rule, name=name, severity=level, message=message, subject=subject, where=where, count=count)

    quiz = "courier-quiz in train: 3 of 118 items, in 4 records (2 whole, 1 contained, 1 embedded)"
    critical, high, medium, low = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
    pairs = (
        made("LEAK004", "same-text-other-label-across-splits", critical, "train → test: 1 pair, labels differ", "train\0test", (pair,), 1),
        made("LEAK001", "identical-across-splits", high, "train → test: 25 pairs, 0.81 % of test", "train\0test", Places(25), 25),
        made("LEAK002", "near-duplicate-across-splits", high, "train → test: 150 pairs, 4.12 % of test", "train\0test", Places(150), 150),
        made("LEAK003", "contained-across-splits", high, "train → test: 8 pairs, 0.26 % of test", "train\0test", Places(8), 8),
        made("LEAK010", "benchmark-in-training", high, quiz, "courier-quiz train", Places(4), 4),
        made("DUP002", "near-duplicate-within-split", low, "train: 16 pairs", "train", Places(16), 16),
    )
    card, licence = Location(file="README.md", line=3), Location(file="LICENSE", line=1)
    statement = "README.md says CC-BY-4.0, LICENSE is CC-BY-NC-4.0"
    return (
        *(dataclasses.replace(each, evidence=leak) for each in pairs),
        dataclasses.replace(
            made("SCHM001", "expectation-not-met", medium, "3 of 10,003 labels are not in the set", "label_known\0train", (label,), 3),
            check="label_known",
            evidence={"observed": ["refnud"], "mostly": 1.0, "mean": float("nan")},
        ),
        dataclasses.replace(
            made("LIC006", "declared-differs-from-text", medium, statement, "README.md\0LICENSE", (card, licence), 2),
            waived=waiver,
        ),
    )


def _outcomes() -> tuple[Outcome, ...]:
    def became(rule: str, name: str, found: int, examined: int = 13_083) -> Outcome:
        return Outcome(rule=rule, name=name, status="failed" if found else "passed", examined=examined, found=found)

    return (
        became("DUP001", "identical-within-split", 0),
        became("DUP002", "near-duplicate-within-split", 16),
        became("LEAK001", "identical-across-splits", 25),
        became("LEAK002", "near-duplicate-across-splits", 150),
        became("LEAK003", "contained-across-splits", 8),
        became("LEAK004", "same-text-other-label-across-splits", 1),
        became("LEAK010", "benchmark-in-training", 4, 10_003),
        became("LIC001", "license-missing", 0, 3),
        became("LIC006", "declared-differs-from-text", 2, 3),
        became("SCHM001", "expectation-not-met", 3, 10_003),
        Outcome(rule="SEC001", name="secret", status="skipped", note="it was not selected"),
    )


FRAMEWORKS: list[Json] = [
    {
        "id": "house-rules",
        "title": "Rules of the house",
        "version": "2026",
        "source": "https://example.org/rules",
        "scope": "What the house asks of data.",
        "dates": [{"on": "2026-01-01", "what": "in force"}],
        "controls": [
            {
                "id": "H.1",
                "title": "Test data are apart from training data.",
                "status": "direct",
                "evidence": [
                    {"rule": "LEAK001", "status": "failed", "examined": 3_080, "found": 17},
                    {"field": "dataset.digest", "status": "present", "examined": 1, "found": 0},
                ],
                "note": "",
            },
            {
                "id": "H.2",
                "title": "No secrets are in the data.",
                "status": "not-evidenced",
                "evidence": [{"rule": "SEC", "status": "skipped", "examined": 0, "found": 0, "rules": {"skipped": 1}}],
                "note": "",
            },
            {"id": "H.3", "title": "Somebody is responsible.", "status": "human", "evidence": [], "note": "Ask the house."},
        ],
    }
]


def sample(text: bool = True) -> Report:
    """A failing audit with something in every section; `text` False as with --no-text."""
    return Report(
        run={"started": "2026-05-04T10:00:00Z", "seconds": 3.2, "host": "build-7", "python": "3.11.2"},
        dataset={
            "name": "support-questions",
            "digest": f"sha256:{_sha(1)}",
            "splits": {
                "train": {"rows": 10_003, "files": [_file("train.csv", 10_003, 839_073)]},
                "validation": {"rows": 1_000, "files": [_file("validation.csv", 1_000, 80_112)]},
                "test": {"rows": 3_080, "files": [_file("test.csv", 3_080, 240_001)]},
            },
            "text_columns": ["text"],
        },
        config={"policy": "default", "fail_on": None, "threshold": 0.8, "shingle": "auto", "select": [], "ignore": ["SEC"], "text": []},
        policy={"name": "default", "digest": _sha(2), "fail_on": "high"},
        verdict="fail",
        reasons=tuple(f"{each.rule} {each.name}: {each.message}" for each in _findings() if each.severity >= Severity.HIGH),
        outcomes=_outcomes(),
        findings=_findings(),
        ledger=(
            LedgerEntry(file="notes.pdf", note="not read: no format of data"),
            LedgerEntry(file="test.csv", physical=3_080, parsed=3_080),
            LedgerEntry(file="train.csv", physical=10_005, parsed=10_003, rejected=(("has 4 cells where the header has 2", 2),)),
            LedgerEntry(file="validation.csv", physical=1_000, parsed=1_000),
        ),
        sections={
            "leakage": _leakage(text),
            "benchmarks": _benchmarks(text),
            "license": LICENSE,
            "schema": EXPECTATIONS,
            "frameworks": FRAMEWORKS,
        },
    )


def clean() -> Report:
    """The same dataset with nothing wrong in it."""
    pairs = [{**pair, "identical": 0, "near": 0, "contained": 0, "share": pair["share"] and 0.0} for pair in _pairs()]
    sections = {"leakage": {**_leakage(True), "pairs_of_splits": pairs, "examples": []}, "frameworks": FRAMEWORKS}
    outcomes = tuple(dataclasses.replace(each, found=0, status="passed" if each.examined else "skipped") for each in _outcomes())
    ledger = tuple(entry for entry in sample().ledger if entry.parsed and not entry.rejected)
    return dataclasses.replace(sample(), verdict="pass", reasons=(), findings=(), outcomes=outcomes, ledger=ledger, sections=sections)


def poisoned(payload: str) -> Report:
    """The sample with `payload` before and after every text that could come from data, a file name, a card or a configuration."""

    def poison(value: Json) -> Json:
        if isinstance(value, str):
            return f"{payload}{value}{payload}"
        if isinstance(value, Mapping):
            return {key: poison(item) for key, item in value.items()}
        return [poison(item) for item in value] if isinstance(value, list | tuple) else value

    def ended(location: Location) -> Location:
        texts = {name: poison(getattr(location, name)) for name in ("split", "column", "file", "message")}
        return dataclasses.replace(location, **texts, partner=location.partner and ended(location.partner))

    report = sample()
    texts = ("rule", "name", "message", "subject", "check")
    findings = tuple(
        dataclasses.replace(
            each,
            where=tuple(ended(each.where[i]) for i in range(min(each.count, len(each.where), SHOWN))),
            evidence=poison(each.evidence),
            waived=poison(each.waived),
            **{name: poison(getattr(each, name)) for name in texts},
        )
        for each in report.findings
    )
    splits = {f"{payload}{name}{payload}": poison(facts) for name, facts in report.dataset["splits"].items()}
    return dataclasses.replace(
        report,
        dataset={**poison(report.dataset), "splits": splits},
        config={f"{payload}{key}": poison(value) for key, value in report.config.items()},
        policy=poison(report.policy),
        run=poison(report.run),
        reasons=tuple(poison(report.reasons)),
        outcomes=tuple(dataclasses.replace(o, rule=poison(o.rule), name=poison(o.name), note=poison(o.note)) for o in report.outcomes),
        findings=findings,
        ledger=tuple(LedgerEntry(file=poison(e.file), note=poison(e.note), rejected=((payload, 1),)) for e in report.ledger),
        sections=poison(report.sections),
    )
