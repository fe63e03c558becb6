"""What the shell completes beside commands and options: ids of rules, policies, formats."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def rules(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of rules, after the last comma, with their names as help."""
    from auditor.check import rules

    before, comma, begun = incomplete.rpartition(",")
    found = [(each.id, each.name) for each in rules().values() if each.id.startswith(begun.upper())]
    return [CompletionItem(f"{before}{comma}{rule}", help=name) for rule, name in found]


def policies(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The policies that come with the package; else files."""
    from auditor import rulebook

    found = [CompletionItem(each) for each in rulebook.presets("policies") if each.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def formats(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The formats of reports."""
    from auditor.reports import FORMATS

    return [CompletionItem(each) for each in FORMATS if each.startswith(incomplete)]
