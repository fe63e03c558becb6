"""The report for a terminal: what was read, the findings as a compiler prints them, and one verdict line at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from auditor.model import Finding, Json, Report
from auditor.reports import views, wording

if TYPE_CHECKING:
    from rich.text import Text

FINDINGS, PLACES, EXAMPLES, FILES = 200, 3, 2, 10
"""How much of each is shown."""
WIDTH = 110
"""Characters of a text of an example; what else comes from the data may have a few times as many."""
PRINT = 12
"""Digits of a fingerprint at the end of a finding's first line, for `auditor waive` to take."""

Line = tuple[tuple[str, str], ...]
"""Pieces of a line, each with what it is: a severity, a verdict, `place`, `quiet` or nothing in particular."""

STYLES: Mapping[str, str] = {
    "critical": "bold red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "bold cyan",
    "info": "bold blue",
    "waived": "dim",
    "title": "bold",
    "place": "cyan",
    "quiet": "dim",
    "pass": "bold green",
    "pass-with-waivers": "bold green",
    "fail": "bold red",
    "incomplete": "bold yellow",
}


def render(report: Report) -> str:
    """The report as plain text; nothing in it is a control character, and no line is a command to a build server."""
    return "".join(f"{''.join(piece for piece, _ in line)}\n" for line in _lines(report))


def styled(report: Report) -> Text:
    """The same text with colours, for rich to print on a terminal."""
    from rich.text import Text

    text = Text()
    for line in _lines(report):
        for piece, kind in line:
            text.append(piece, STYLES.get(kind, ""))
        text.append("\n")
    return text


def _lines(report: Report) -> Iterator[Line]:
    for part in (_read, _findings, _rules, _ledger, _gaps, _verdict):
        lines = [tuple((wording.unheeded(piece), kind) for piece, kind in line) for line in part(report)]
        yield from lines
        if lines and part is not _verdict:
            yield ()


def _read(report: Report) -> Iterator[Line]:
    dataset = report.dataset
    name, digest = wording.visible(dataset.get("name")), wording.visible(dataset.get("digest"))
    yield (f"{name}", "title"), (f"  {digest[:23]}  auditor {wording.visible(report.version)}", "quiet")
    splits = dataset.get("splits", {})
    width = min(32, max((len(wording.visible(split)) for split in splits), default=0))
    for split, facts in splits.items():
        files = facts["files"]
        amount = f"{wording.counted(facts['rows'], 'row'):>16}  {wording.counted(len(files), 'file'):>10}"
        total = wording.size(sum(each["bytes"] for each in files))
        yield ("read      ", "quiet"), (f"{wording.visible(split):<{width}}{amount}  {total:>10}", "")
    if not splits:
        yield ("read      ", "quiet"), ("no records", "")
    columns = ", ".join(map(wording.visible, dataset.get("text_columns", ()))) or "no text column"
    yield ("compared  ", "quiet"), (f"{columns}: {views.method(report)}", "")
    if report.sections.get("profile", {}).get("splits"):
        yield ("profiled  ", "quiet"), (views.profiled(report), "")
    if views.leakage(report).get("controls"):
        yield ("controls  ", "quiet"), (views.certificate(report), "")
    for row in views.benchmarks(report):
        yield ("against   ", "quiet"), (f"{wording.visible(row['name'])}: {views.benchmark(row)}", "")
    if summary := report.sections.get("cost", {}).get("summary"):
        yield ("cost      ", "quiet"), (summary, "")
    policy, level = (wording.visible(report.policy.get(key, "none")) for key in ("name", "fail_on"))
    yield ("judged    ", "quiet"), (f"by policy {policy}, fails on {level}", "")
    for name, words in (("waivers   ", views.excused(report)), ("baseline  ", views.since(report))):
        if words:
            yield (name, "quiet"), (words, "")


def _findings(report: Report) -> Iterator[Line]:
    findings = views.ordered(report)
    for place, finding in enumerate(findings[:FINDINGS]):
        yield from [()] if place else []
        yield from _finding(report, finding)
    if len(findings) > FINDINGS:
        yield ((f"and {wording.counted(len(findings) - FINDINGS, 'more finding')}; -o json lists all of them", "quiet"),)
    if not findings:
        yield (("nothing found", "quiet"),)


def _finding(report: Report, finding: Finding) -> Iterator[Line]:
    kind = str(finding.severity) if finding.waived is None else "waived"
    heading = f" {wording.visible(finding.rule)} {wording.visible(finding.name)}"
    yield (kind, kind), (heading, "title"), (f"  {_short(finding.message)}", ""), (f"  {finding.fingerprint[:PRINT]}", "quiet")
    shown, more = views.places(finding, PLACES, 2 * WIDTH)
    for at in shown:
        yield ("  --> ", "quiet"), (at, "place")
    if more:
        yield ((f"      and {wording.counted(more, 'more place')}", "quiet"),)
    for example in views.examples(report, finding, EXAMPLES):
        yield from _example(example)
    if finding.waived is not None:
        yield ("  = waived: ", "quiet"), (wording.cut(wording.said(finding.waived), 2 * WIDTH), "")
    else:
        yield ("  = help: ", "quiet"), (f"auditor explain {wording.visible(finding.rule)}", "")


def _short(words: str) -> str:
    return wording.cut(wording.visible(words), 4 * WIDTH)


def _example(example: Mapping[str, Json]) -> Iterator[Line]:
    left, right = views.excerpts(example, WIDTH)
    if left is None or right is None:
        return
    yield (("   |", "quiet"),)
    yield ("   | ", "quiet"), (wording.visible(left), ""), (_label(example["left"]), "quiet")
    yield ("   | ", "quiet"), (wording.visible(right), ""), (_label(example["right"]), "quiet")
    yield (("   | " + views.similarity(example), "quiet"),)


def _label(end: Mapping[str, Json]) -> str:
    label = end.get("label")
    return f"  [{wording.visible(end['split'])}" + ("]" if label is None else f": {wording.visible(label)}]")


def _rules(report: Report) -> Iterator[Line]:
    for family in views.families(report):
        counts = [f"{len(outcomes)} {status}" for status, outcomes in family.rules.items() if outcomes]
        yield (f"{family.title:<16}", "title"), (", ".join(counts) or "no rule of it was asked", ""), *_examined(family.examined)
        for words in _license(report) if family.title == views.FAMILIES["LIC"] else ():
            yield ((f"{'':<16}{words}", "quiet"),)
        for status in ("skipped", "error"):
            for note, rules in views.by_note(family.rules[status]):
                yield (
                    (f"{'':<16}{status} {', '.join(map(wording.visible, rules))}: {wording.cut(wording.visible(note), WIDTH)}", "quiet"),
                )


def _license(report: Report) -> Iterator[str]:
    """What is permitted of what was asked for, and what the audit is not."""
    yield from (_short(words) for words in views.permitted(report))
    if advice := report.sections.get("license", {}).get("advice"):
        yield wording.visible(advice)


def _examined(count: int) -> Line:
    return ((f" ({wording.number(count)} examined)", "quiet"),) if count else ()


def _ledger(report: Report) -> Iterator[Line]:
    doubtful = views.doubtful(report)
    if not doubtful:
        yield ("ledger    ", "quiet"), (f"{wording.counted(len(report.ledger), 'file')}, every record of them read", "")
        return
    refused = sum(count for entry in doubtful for _, count in entry.rejected)
    files = wording.counted(len(doubtful), "file")
    yield ("ledger    ", "quiet"), (f"{files} not read as a whole, {wording.counted(refused, 'record')} refused", "")
    for entry in doubtful[:FILES]:
        yield ("          ", ""), (wording.visible(entry.file), "place"), (f": {wording.cut(views.fate(entry), 2 * WIDTH)}", "")
    if len(doubtful) > FILES:
        yield ((f"          and {wording.counted(len(doubtful) - FILES, 'more file')}", "quiet"),)


def _gaps(report: Report) -> Iterator[Line]:
    for reason in report.reasons[:FINDINGS] if report.verdict == "incomplete" else ():
        yield ("because   ", "quiet"), (_short(reason), "")


def _verdict(report: Report) -> Iterator[Line]:
    judgement, command = (views.judgement(report), report.verdict), views.next_command(report)
    yield (views.shares(report), ""), (" · ", "quiet"), judgement, (f" · next: {command}", "quiet")
