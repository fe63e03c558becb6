"""What every format for people shows of a report: places, leaks, tallies, families and examples."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.dataset import is_training
from auditor.model import Finding, Json, LedgerEntry, Location, Outcome, Report, Severity, Status, family
from auditor.reports.wording import capped, counted, cut, number, percent, said, visible

FAMILIES: Mapping[str, str] = {
    "LEAK": "Leakage",
    "DUP": "Duplicates",
    "SCHM": "Schema",
    "QUAL": "Quality",
    "LIC": "Licence",
    "PII": "Personal data",
    "SEC": "Secrets",
    "POIS": "Poisoning",
    "DRFT": "Drift",
    "BIAS": "Representation",
    "CARD": "Documentation",
    "INPUT": "Input",
    "WAIV": "Waivers",
}
VERDICTS: Mapping[str, str] = {"pass": "PASS", "pass-with-waivers": "PASS WITH WAIVERS", "fail": "FAIL", "incomplete": "INCOMPLETE"}
LEAKS = 6
"""How many splits the verdict line names."""
STATUSES: tuple[Status, ...] = ("passed", "failed", "skipped", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """The part of an evaluation split that stands in another split: `rows` of `total`, as a share from 0 to 1."""

    split: str
    source: str
    share: float
    rows: int
    total: int

    def __str__(self) -> str:
        rows = f" ({number(self.rows)} of {number(self.total)} rows)" if self.rows else ""
        return f"{visible(self.split)}: {percent(self.share)} leaked from {visible(self.source)}{rows}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What became of the rules of one family; `severities` are those of its findings that no waiver covers, the worst first.

    `waived` is how many findings a waiver covers, `examined` the most records (or documents) that one of the rules looked at.
    """

    title: str
    rules: Mapping[Status, tuple[Outcome, ...]]
    severities: tuple[Severity, ...]
    waived: int
    examined: int

    @property
    def state(self) -> str:
        """One word for the family as a whole: error, the worst severity, waived, passed, or skipped."""
        if self.rules["error"]:
            return "error"
        if self.severities:
            return str(self.severities[0])
        if self.waived:
            return "waived"
        return "passed" if self.rules["passed"] or self.rules["failed"] else "skipped"


def place(location: Location) -> str:
    """Where something is: `train.csv:118 (row 117)`, and after `~` the other end of a pair."""
    at = visible(location.file if location.file is not None else location.split or "the dataset")
    if location.line is not None:
        at += f":{location.line}"
    inside = [f"row {number(location.row)}"] if location.row is not None else []
    inside += [f"column {visible(location.column)}"] if location.column is not None else []
    at += f" ({', '.join(inside)})" if inside else ""
    if location.partner is not None:
        return f"{at} ~ {place(location.partner)}"
    return f"{at}: {visible(location.message)}" if location.message else at


def places(finding: Finding, limit: int, width: int) -> tuple[list[str], int]:
    """The first places of a finding, each at most `width` characters long, and how many more there are."""
    shown = [cut(place(each), width) for each in itertools.islice(finding.where, limit)]
    return shown, max(0, finding.count - len(shown)) if shown else 0


def leakage(report: Report) -> Mapping[str, Json]:
    """The leakage section, empty when nothing was sought."""
    section: Mapping[str, Json] = report.sections.get("leakage", {})
    return section


def leaks(report: Report) -> list[Leak]:
    """Of each evaluation split the largest share that one other split gave away; a training split is asked first."""
    best: dict[str, tuple[bool, Leak]] = {}
    for row in leakage(report).get("pairs_of_splits", ()):
        if row["left"] == row["right"] or row["share"] is None or is_training(row["right"]):
            continue
        total = row["right_rows"]
        leak = Leak(split=row["right"], source=row["left"], share=row["share"], rows=round(row["share"] * total), total=total)
        training, before = best.get(leak.split, (False, None))
        if before is None or (is_training(leak.source), leak.share) > (training, before.share):
            best[leak.split] = is_training(leak.source), leak
    return [leak for _, leak in best.values()]


def shares(report: Report) -> str:
    """The share of each evaluation split that leaks, else what is there of each benchmark, or why there is nothing to tell."""
    found, noun = list(map(str, leaks(report))), "more split"
    if not found:
        found, noun = [f"{visible(row['name'])}: {_items(row)}" for row in benchmarks(report)], "more benchmark"
    if found:
        shown, more = capped(found, LEAKS)
        return ", ".join([*shown, *([counted(more, noun)] if more else [])])
    notes = [each.note for each in report.outcomes if family(each.rule) == "LEAK" and each.note]
    return "leakage: not examined" + (f" ({cut(visible(notes[0]), 80)})" if notes else "")


def judgement(report: Report) -> str:
    """The verdict and, in a few words, what it rests on."""
    word, reasons = VERDICTS[report.verdict], report.reasons
    if report.verdict == "fail":
        level = report.policy.get("fail_on", "high")
        denied = any(each.evidence.get("denied") and each.severity < Severity.of(level) for each in report.findings)
        return f"{word}: {counted(len(reasons), 'finding')} at or above {visible(level)}" + (" or denied by the policy" if denied else "")
    if reasons:
        return f"{word}: {cut(visible(reasons[0]), 160)}" + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "")
    return f"{word}: {tally(report)}" if report.findings else word


def verdict_line(report: Report) -> str:
    """The whole audit in one line: the share of each evaluation split that leaks, then the verdict."""
    return f"{shares(report)} · {judgement(report)}"


def next_command(report: Report) -> str:
    """What to type next: an explanation of the worst that was found; where all is well, how to keep it so."""
    open_findings = [finding for finding in ordered(report) if finding.waived is None]
    if open_findings:
        return f"auditor explain {visible(open_findings[0].rule)}"
    failed = [outcome.rule for outcome in report.outcomes if outcome.status == "error"]
    if failed or report.verdict == "incomplete":
        return f"auditor explain {visible(failed[0])}" if failed else "auditor doctor"
    return "auditor scan DATASET -o html:report.html"


SOON = 14
"""Days before its end from which on a waiver is said to end soon."""


def excused(report: Report) -> str:
    """How many waivers hold, what became of the others, and which end soon; nothing where there are none."""
    rows = report.sections.get("waivers", {}).get("entries", ())
    if not rows:
        return ""
    states = Counter(row["state"] for row in rows)
    parts = [f"{number(states.pop('holds', 0))} of {counted(len(rows), 'waiver')} hold", *(f"{n} {visible(s)}" for s, n in states.items())]
    day = date.fromisoformat(str(report.run.get("judged") or report.run["started"])[:10])
    for row in rows:
        left = (date.fromisoformat(row["until"]) - day).days
        if row["state"] == "holds" and left <= SOON:
            parts.append(f"{visible(row['rule'] or row['by'][:12])} ends in {counted(left, 'day')} ({visible(row['owner'])})")
    return ", ".join(parts)


def since(report: Report) -> str:
    """What is known, new and gone since the baseline; nothing where there is none."""
    found = report.sections.get("baseline")
    if not found:
        return ""
    grown = f" ({number(len(found['grown']))} of it grown)" if found["grown"] else ""
    known, new, gone = (number(each) for each in (found["known"], found["new"], len(found["gone"])))
    return f"{known} known, {new} new{grown}, {gone} gone since {visible(found['report'])}"


def ordered(report: Report) -> list[Finding]:
    """The findings, the worst first; those that a waiver covers after all others."""
    return sorted(report.findings, key=lambda each: (each.waived is not None, -each.severity, each.rule, each.subject))


def level(finding: Finding) -> str:
    """How bad a finding is, and whether it is waived: `high`, `high (waived)`."""
    return f"{finding.severity}" + (" (waived)" if finding.waived is not None else "")


def fails(report: Report, finding: Finding) -> bool:
    """Whether the finding is among those that keep the audit from passing: the judge names them in the reasons."""
    return f"{finding.rule} {finding.name}: {finding.message}" in report.reasons


def tally(report: Report) -> str:
    """`3 high, 1 low, 2 waived`, or `nothing found`."""
    levels = [str(each.severity) if each.waived is None else "waived" for each in ordered(report)]
    return ", ".join(f"{len(list(group))} {level}" for level, group in itertools.groupby(levels)) or "nothing found"


def families(report: Report) -> list[Family]:
    """What became of the rules, by family, in the order of FAMILIES and then by name; that of waivers only where there are some."""
    names = {*map(family, (each.rule for each in report.outcomes)), *map(family, (each.rule for each in report.findings))}
    order = [*(name for name in FAMILIES if name in names), *sorted(names - FAMILIES.keys())]
    found = {name: _summed(report, name) for name in order}
    return [each for name, each in found.items() if name != "WAIV" or each.state != "skipped"]


def _summed(report: Report, name: str) -> Family:
    outcomes = [each for each in report.outcomes if family(each.rule) == name]
    findings = [each for each in report.findings if family(each.rule) == name]
    open_levels = sorted((each.severity for each in findings if each.waived is None), reverse=True)
    return Family(
        title=FAMILIES.get(name, visible(name)),
        rules={status: tuple(each for each in outcomes if each.status == status) for status in STATUSES},
        severities=tuple(open_levels),
        waived=len(findings) - len(open_levels),
        examined=max((each.examined for each in outcomes), default=0),
    )


def by_note(outcomes: Iterable[Outcome]) -> list[tuple[str, list[str]]]:
    """The rules that share a note, as (note, ids), in the order in which the notes come."""
    notes: dict[str, list[str]] = {}
    for outcome in outcomes:
        notes.setdefault(outcome.note, []).append(outcome.rule)
    return list(notes.items())


ANSWERS: Mapping[str, str] = {"allow": "allowed", "condition": "allowed on condition", "unclear": "unclear", "deny": "denied"}
"""What the facts about a licence answer, as people say it."""


def permitted(report: Report) -> list[str]:
    """What the licence says of each use that was asked for: `train-commercial denied: CC-BY-NC-4.0 §2(a)(1), only for ...`."""
    found, records = [], any(report.sections.get("license_records", {}).get("columns", {}).values())
    apart = " (as the documents have it; for licences of records see LIC023)" if records else ""
    for use, judged in report.sections.get("license", {}).get("uses", {}).items():
        if judged["asked"]:
            said = [", ".join(filter(None, (f"{each['license']} {each['clause']}".strip(), each["note"]))) for each in judged["because"]]
            chosen = f" (by the branch {judged['chosen']})" if judged["chosen"] else ""
            decided = ", allowed by the policy" if judged["answer"] == "unclear" and judged.get("ruled") == "allow" else ""
            why = "; ".join(said) or "which licence it is is not clear"
            found.append(f"{use} {ANSWERS[judged['answer']]}{decided}{chosen}: {why}{apart}")
    return found


def doubtful(report: Report) -> list[LedgerEntry]:
    """The files of which something was refused or left unread."""
    return [each for each in report.ledger if is_doubtful(each)]


def is_doubtful(entry: LedgerEntry) -> bool:
    """Whether a file is not simply read."""
    return bool(entry.rejected or entry.note or entry.parsed != entry.physical)


def fate(entry: LedgerEntry) -> str:
    """What became of a file that is not simply read."""
    parts = [f"{counted(count, 'record')} refused: {visible(reason)}" for reason, count in entry.rejected]
    return "; ".join([*parts, *([visible(entry.note)] if entry.note else [])])


def method(report: Report) -> str:
    """How the texts were compared, on one line."""
    how = leakage(report).get("method", {})
    if not how:
        return "not compared"
    parts = [f"{said(how.get('shingle'))} shingles", f"Jaccard ≥ {how.get('threshold')}", f"contained ≥ {how.get('containment')}"]
    join = how.get("join") or {}
    named = [visible(join)] if isinstance(join, str) else [visible(each) for each in join.values() if isinstance(each, str)]
    parts += [f"join {' '.join(named)}"] if named else []
    empty = sum((how.get("empty_records") or {}).values())
    parts += [f"{counted(empty, 'empty record')} compared with nothing"] if empty else []
    return ", ".join(parts)


def controls(report: Report) -> list[str]:
    """What control pairs say of the joins, a sentence each; nothing where none were planted."""
    section = leakage(report).get("controls") or {}
    found = [
        f"{number(row['recovered'])} of {number(row['planted'])} planted {visible(row['kind'])} pairs found {visible(row['scope'])} splits"
        f" by the join {visible(row['join'])} (recall {percent(row['recall'])}, 95 % interval {percent(row['wilson_low'])} to"
        f" {percent(row['wilson_high'])}, by theory {percent(row['bound'])})"
        for row in section.get("recall", ())
    ]
    return found + [
        f"{number(row['reported'])} of {number(row['planted'])} planted pairs that are none reported {visible(row['scope'])} splits"
        f" by the join {visible(row['join'])} (95 % interval up to {percent(row['wilson_high'])})"
        for row in section.get("false_positives", ())
    ]


def certificate(report: Report) -> str:
    """The same in a few words."""
    section = leakage(report).get("controls") or {}
    if not section:
        return "none planted"
    least = min((row["wilson_low"] for row in section.get("recall", ()) if row["kind"] == "near"), default=None)
    sure = "" if least is None else f", recall of near pairs ≥ {percent(least)} (95 % sure)"
    others = sum(row["planted"] for row in section.get("false_positives", ()))
    found = f"{number(section['recovered'])} of {number(section['planted'])} planted pairs found{sure}"
    return f"{found}; {number(section['spurious'])} of {number(others)} false ones reported"


def profiled(report: Report) -> str:
    """How many columns were profiled, and how many of them lack values or hold one value only, in a few words."""
    columns = [each for split in report.sections["profile"]["splits"].values() for each in split["columns"].values()]
    missing = sum(each["missing"] > 0 for each in columns)
    constant = sum(each["distinct"] == 1 for each in columns)
    words = [f"{number(missing)} with missing values"] if missing else []
    words += [f"{number(constant)} with one value only"] if constant else []
    return f"{counted(len(columns), 'column')} of {counted(len(report.sections['profile']['splits']), 'split')}" + "".join(
        f", {each}" for each in words
    )


def benchmarks(report: Report) -> Sequence[Mapping[str, Json]]:
    """What was found of each dataset of --against, and how much of it; nothing where none was named."""
    found: Sequence[Mapping[str, Json]] = report.sections.get("benchmarks", {}).get("against", ())
    return found


def benchmark(row: Mapping[str, Json]) -> str:
    """What was found of a dataset of --against, in a few words."""
    kinds = [f"{number(count)} {visible(kind)}" for kind, count in row["found"].items() if count]
    kinds += [f"{number(row['weak'])} weak"] if row["weak"] else []
    kinds += [f"{number(row['source_overlap'])} in passage or answer only"] if row["source_overlap"] else []
    kinds += [f"{number(row['reworded_untold'])} reworded untold, as its own items are as alike"] if row["reworded_untold"] else []
    return _items(row) + (f" ({', '.join(kinds)})" if kinds else "")


def _items(row: Mapping[str, Json]) -> str:
    return f"{number(row['items_found'])} of {counted(row['items'], 'item')} in training data"


def all_examples(report: Report) -> list[Mapping[str, Json]]:
    """The examples of pairs between splits, then those of benchmark items in training data."""
    return [*leakage(report).get("examples", ()), *report.sections.get("benchmarks", {}).get("examples", ())]


def examples(report: Report, finding: Finding, limit: int) -> list[Mapping[str, Json]]:
    """The pairs of records that show what the finding is about."""
    first = next(iter(finding.where), None)
    ends = None if first is None or first.partner is None else {first.split, first.partner.split}
    pairs = [each for each in all_examples(report) if each["rule"] == finding.rule]
    return [each for each in pairs if ends is None or {each["left"]["split"], each["right"]["split"]} == ends][:limit]


def excerpts(example: Mapping[str, Json], width: int) -> tuple[str | None, str | None]:
    """The two texts of an example, cut to `width` so that what they share, and where they part, is in sight; None for a withheld one."""
    left, right = example["left"]["text"], example["right"]["text"]
    if left is None or right is None:
        return None, None
    begin = max(left.find(right[:24]), 0) if len(left) > width else 0
    left, lead = left[begin:], "…" if begin else ""
    same = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    skip = max(0, min(same - width // 3, max(len(left), len(right)) - width + 1))
    if skip:
        skip = left.find(" ", skip, same) + 1 or skip
        left, right, lead = left[skip:], right[skip:], "…"
    return cut(lead + left, width), cut(("…" if skip else "") + right, width)


def similarity(example: Mapping[str, Json]) -> str:
    """How alike the two records of an example are: `near: Jaccard 0.912, 95.00 % of the second is in the first`."""
    if example["relation"] is None:
        told = f"score {example['score']:.2f}" if example["bits"] is None else f"{percent(example['coverage'])} of what the second says"
        return f"{visible(example['kind'])}: {told}"
    if example["relation"] == "identical":
        return "identical but for case, spacing and symbols at most"
    alike = f"Jaccard {example['jaccard']:.3f}, {percent(example['containment_right'])} of the second is in the first"
    return f"{visible(example['relation'])}: {alike}"


def source(end: Mapping[str, Json]) -> str:
    """Where a record of an example stands, and its label: `train.csv:118 (row 117), label "card_arrival"`."""
    at = place(Location(split=end["split"], row=end["row"], file=end.get("file"), line=end.get("line")))
    return at if end.get("label") is None else f"{at}, label {visible(end['label'])}"
