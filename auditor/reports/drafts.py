"""Statements about training data that a law asks for, as drafts: what the report knows is filled in, and everything is left to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor import __version__
from auditor.dataset import is_training
from auditor.model import Json, Report, means
from auditor.reports.markdown import inert
from auditor.reports.wording import counted, number, size

BLANK = "To be filled in by a person: ______"

BANDS: Sequence[tuple[float, str]] = (
    (1e9, "less than 1 billion tokens"),
    (1e13, "1 billion to 10 trillion tokens"),
    (float("inf"), "more than 10 trillion tokens"),
)
"""Size bands of text in the European Commission's template, each with its upper end."""

SHOWN = 20
"""How many files or statements are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question of the law, in our own words, and what the report knows of it."""

    number: str
    asks: str
    facts: tuple[str, ...] = ()


def draft(title: str, source: str, report: Report, parts: Iterable[tuple[str, Sequence[Item]]]) -> str:
    """The draft as Markdown: every question with its facts and a blank."""
    return "\n".join(_lines(title, source, report, parts)) + "\n"


def _lines(title: str, source: str, report: Report, parts: Iterable[tuple[str, Sequence[Item]]]) -> Iterator[str]:
    yield f"# {title}: a draft"
    yield ""
    yield f"Filled in by auditor {__version__} from an audit of {inert(report.dataset.get('name'))} ({inert(report.run.get('started'))})."
    yield "Only facts that the audit saw are filled in, and each must be checked. No question is answered: a person does that."
    yield f"The questions are in other words than those of the law: <{source}>. This is no legal advice."
    for heading, items in parts:
        yield from ("", f"## {heading}")
        for item in items:
            yield from ("", f"### {item.number} {item.asks}", "")
            yield from (f"- From the audit: {fact}" for fact in item.facts)
            yield f"- {BLANK}"


# ── what a report knows ───────────────────────────────────────────────────────────────────────────────────────────────


def training(report: Report) -> Mapping[str, Mapping[str, Json]]:
    """The training splits, by name, with rows and files."""
    return {name: split for name, split in report.dataset.get("splits", {}).items() if is_training(name)}


def identity(report: Report) -> tuple[str, ...]:
    """Which dataset this is: its name, and the digest of all its files."""
    return (f"{inert(report.dataset.get('name'))}, {inert(report.dataset.get('digest'))}",)


def amounts(report: Report) -> tuple[str, ...]:
    """Records, files and bytes of each training split; without records if they were not read."""
    return tuple(
        f"split {inert(name)}: {counted(split['rows'], 'record') if split['rows'] is not None else 'records were not read'}, "
        f"{counted(len(split['files']), 'file')}, {size(sum(each['bytes'] for each in split['files']))}"
        for name, split in training(report).items()
    )


def tokens(report: Report) -> tuple[str, ...]:
    """The words of the training splits, the tokens that they are estimated to be, and the band of the template where that is sure."""
    cost = report.sections.get("cost", {})
    words = next((each["value"] for each in cost.get("steps", ()) if each["label"] == "words_trained"), 0)
    factor = next((each for each in cost.get("inputs", ()) if each["name"] == "tokens_per_word"), None)
    if not words or factor is None:
        return ()
    low, likely, high = (words * factor[end] for end in ("low", "value", "high"))
    bands = {next(name for most, name in BANDS if count < most or most == float("inf")) for count in (low, high)}
    band = f"size band: {bands.pop()}" if len(bands) == 1 else "size band: not sure, the estimate lies on both sides of a border"
    return (f"text: {number(words)} words, an estimated {_about(likely)} tokens ({_about(low)} to {_about(high)})", band)


def _about(count: float) -> str:
    """Three digits of an estimate."""
    return f"{float(f'{count:.3g}'):,.0f}"


def kinds(report: Report) -> tuple[str, ...]:
    """The columns of the training splits with the types of their values, and the label."""
    splits, label = report.sections.get("profile", {}).get("splits", {}), report.config.get("label")
    facts = [
        f"column {inert(column)} of {inert(name)}: {', '.join(inert(kind) for kind in seen['types']) or 'no values'}"
        + (f", the label, {counted(seen['distinct'], 'different value')}" if column == label else "")
        for name, split in splits.items()
        if is_training(name)
        for column, seen in split["columns"].items()
    ]
    return _some(facts, "column")


def licences(report: Report) -> tuple[str, ...]:
    """What documents state of licences, and where."""
    section = report.sections.get("license", {})
    facts = [f"{name}: {inert(section[name])}" for name in ("declared", "detected", "concluded") if section.get(name)]
    facts += [f"{inert(each['file'])} states: {inert(each['expression'] or each['text'])}" for each in section.get("sources", ())]
    return _some(facts, "statement")


def became(report: Report, *patterns: str) -> tuple[str, ...]:
    """What became of rules: what was found where it was looked for, and that it was not where it was not."""
    facts = []
    for pattern in patterns:
        outcomes = [each for each in report.outcomes if means(pattern, each.rule, each.name)]
        seen = [each for each in outcomes if each.status in ("passed", "failed")]
        facts += [f"{each.rule} {inert(each.name)}: {number(each.found)} found, {number(each.examined)} examined" for each in seen]
        facts += [] if seen else [f"{pattern}: was not looked for"]
    return tuple(facts)


def _some(facts: Sequence[str], noun: str) -> tuple[str, ...]:
    more = len(facts) - SHOWN
    return (*facts[:SHOWN], *((f"and {counted(more, f'more {noun}')} in the report",) if more > 0 else ()))
