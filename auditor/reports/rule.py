"""The page of a rule, in Markdown: `auditor explain` prints it and docs/rules holds it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model import Example, Rule

LONG, SHOWN = 80, 12
"""Lines from which on a file is not shown as a whole, and how many of it are then."""


def page(rule: Rule) -> str:
    """The rule's page."""
    lines = [
        f"# {rule.id} {rule.name}",
        "",
        f"{rule.summary} Severity: **{rule.severity}** (a policy may change it).",
        "",
        "## Why it matters",
        rule.why,
        "",
        "## How to mend it",
        rule.fix,
        "",
        "## What it finds",
        *_example(rule.failing),
        "## What it does not find",
        *_example(rule.passing),
    ]
    return "\n".join(lines).rstrip()


def _lines(content: str) -> list[str]:
    lines = content.rstrip("\n").split("\n")
    return lines if len(lines) <= LONG else [*lines[:SHOWN], f"... (and {len(lines) - SHOWN:,} lines like these)"]


def _example(example: Example) -> Iterator[str]:
    for path, content in example.files.items():
        yield from (f"`{path}`", "```", *_lines(content), "```")
    yield f"`{' '.join(('auditor scan .', *example.options))}`"
    yield ""
