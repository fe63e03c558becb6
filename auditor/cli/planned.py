"""What `auditor scan --dry-run` prints: what would be read, compared and looked for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.reports.wording import counted, size, visible

if TYPE_CHECKING:
    from auditor.running.auditing import Begun

FILES = 10
"""How many files of a split are listed."""


def lines(plan: Begun) -> Iterator[str]:
    """The plan of an audit, line by line."""
    from auditor.check import rules

    dataset, asked = plan.dataset, plan.question.config
    yield f"{visible(dataset.name)}  nothing was audited: this is what an audit would do"
    for split in dataset.splits:
        total = sum(each.bytes for each in split.shards)
        yield f"read      {visible(split.name)}: {counted(len(split.shards), 'file')}, {size(total)}"
        yield from (f"            {visible(each.path)}" for each in split.shards[:FILES])
        yield from ([f"            and {len(split.shards) - FILES} more"] if len(split.shards) > FILES else [])
    if not plan.question.reads(dataset):
        yield "          no record: no selected rule looks at one"
    yield f"documents {', '.join(visible(each.path) for each in dataset.documents) or 'none'}"
    yield from (f"not read  {visible(each.file)}: {visible(each.note)}" for each in dataset.unread)
    if dataset.roles.text:
        yield f"compared  {', '.join(map(visible, dataset.roles.text))} by {dataset.shingle} shingles, Jaccard ≥ {asked.threshold}"
    looked = {rule.id for check in plan.question.checks for rule in check.rules if check.wants(rule)}
    yield from textwrap.wrap(
        f"sought    {', '.join(each for each in rules() if each in looked)}", 120, subsequent_indent="          ", break_long_words=False
    )
    yield f"judged    by policy {visible(plan.grounds.policy.name)}, fails on {plan.grounds.policy.fail_on}"
