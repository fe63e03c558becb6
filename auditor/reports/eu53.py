"""A draft of the public summary of training content (Article 53(1)(d) of the EU AI Act), in the order of the Commission's template,
C(2025) 5235 of 2025-07-24.
"""

from __future__ import annotations

from auditor.model import Report
from auditor.reports.drafts import Item, amounts, became, draft, identity, kinds, licences, tokens

SOURCE = "https://digital-strategy.ec.europa.eu/en/library/explanatory-notice-and-template-public-summary-training-content-general-purpose-ai-models"


def render(report: Report) -> str:
    """The draft as Markdown; it is about one dataset, and a summary is about all data of a model."""
    general = (
        Item(number="1.1", asks="Who provides the model"),
        Item(number="1.2", asks="Which model, in which versions, and when it was placed on the market"),
        Item(number="1.3", asks="Which kinds of content, and how much of each", facts=(*tokens(report), *amounts(report), *kinds(report))),
        Item(number="1.3", asks="When the latest data were acquired, and whether that goes on"),
        Item(number="1.3", asks="Which languages, and what else characterises the content"),
    )
    sources = (
        Item(number="2", asks="To which of 2.1 to 2.6 the audited dataset belongs", facts=(*identity(report), *licences(report))),
        Item(number="2.1", asks="Datasets that are public (by name where large)"),
        Item(number="2.2", asks="Private datasets, licensed or from others"),
        Item(
            number="2.3",
            asks="Content crawled: by which crawlers, when, and the top domains (a tenth; of small providers 5 % or 1,000)",
        ),
        Item(number="2.4", asks="Data of users"),
        Item(number="2.5", asks="Synthetic data, and what they were made with"),
        Item(number="2.6", asks="Other sources"),
    )
    processing = (
        Item(number="3.1", asks="How reservations of text and data mining are respected", facts=became(report, "LIC027")),
        Item(number="3.2", asks="How illegal content is removed"),
        Item(number="3.3", asks="Other processing", facts=became(report, "DUP001", "DUP002")),
    )
    parts = ("1 General information", general), ("2 Sources of the data", sources), ("3 Processing of the data", processing)
    return draft("Public summary of training content (EU AI Act, Article 53(1)(d))", SOURCE, report, parts)
