"""A draft of the statement on training data: California AB 2013, Civil Code § 3111(a)(1)-(12)."""

from __future__ import annotations

from auditor.model import Report
from auditor.reports.drafts import Item, amounts, became, draft, identity, kinds, licences

SOURCE = "https://leginfo.legislature.ca.gov/faces/billNavClient.xhtml?bill_id=202320240AB2013"


def render(report: Report) -> str:
    """The draft as Markdown, with the twelve points in their order."""
    named = licences(report)
    points = (
        Item(number="(1)", asks="Where the dataset comes from, or whose it is", facts=identity(report)),
        Item(number="(2)", asks="How it serves the purpose of the system"),
        Item(number="(3)", asks="How many data points there are", facts=amounts(report)),
        Item(number="(4)", asks="What kinds of data points, and of labels", facts=kinds(report)),
        Item(number="(5)", asks="Whether it holds what copyright, trade mark or patent protects, or is in the public domain", facts=named),
        Item(number="(6)", asks="Whether it was bought or licensed", facts=named[:1]),
        Item(number="(7)", asks="Whether it holds personal information", facts=became(report, "PII")),
        Item(number="(8)", asks="Whether it holds aggregate consumer information"),
        Item(number="(9)", asks="How it was cleaned, processed or changed, and what for", facts=became(report, "DUP001", "DUP002")),
        Item(number="(10)", asks="In which time it was collected, and whether that goes on"),
        Item(number="(11)", asks="When it was first used in development"),
        Item(number="(12)", asks="Whether synthetic data are used in development, and what for"),
    )
    return draft("Statement on training data (California AB 2013)", SOURCE, report, [("Civil Code § 3111(a)", points)])
