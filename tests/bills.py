"""Reports as audits give them, for the tests of bills of materials."""

from __future__ import annotations

from typing import Any

from auditor.model import Report

DIGEST = "ab" * 32
FACTS = {
    "originated_by": "The makers",
    "built": "2024-02-03T00:00:00Z",
    "released": "2024-03-03T10:00:00Z",
    "download_location": "https://example.org/data",
}
"""What the Dataset profile demands and an audit cannot find out."""
ALL: dict[str, Any] = {
    **FACTS,
    "supplied_by": "A host",
    "home_page": "https://example.org",
    "version": "1.2",
    "description": "Recipes, by step.",
    "copyright": "Copyright The makers",
    "types": ("text", "categorical"),
    "intended_use": "To sort recipes.",
    "collection_process": "By hand.",
    "preprocessing": ("Trimmed.", "Sorted."),
    "known_bias": ("Few are from the south.",),
    "noise": "Some typing errors.",
    "update_mechanism": "Every year.",
    "anonymization": ("Names are left out.",),
    "availability": "directDownload",
    "confidentiality": "clear",
    "sensitive_personal_information": "no",
    "sources": ("https://example.org/source", "An older book"),
    "owners": ("The makers",),
    "custodians": ("A host",),
    "stewards": ("A person",),
}
"""Every fact there is."""


def section(declared: str | None, concluded: str | None, text: str = "as written", detected: str | None = None) -> dict[str, Any]:
    """The section `license` of a report, with one statement."""
    source = {"file": "README.md", "line": 2, "method": "card-yaml", "kind": "declared", "text": text, "expression": declared or detected}
    return {"declared": declared, "detected": detected, "concluded": concluded, "sources": [source], "obligations": [], "uses": {}}


def report(
    license: dict[str, Any] | None = None,  # noqa: A002
    facts: dict[str, Any] | None = None,
    files: int = 2,
    dataset: dict[str, Any] | None = None,
    **more: Any,
) -> Report:
    """A report of some data files: those of even numbers are of the split train, the others of test."""
    listed = [{"path": f"data/{n:05}.csv", "bytes": 10 + n, "sha256": f"{n:064x}", "rows": 1} for n in range(files)]
    splits = {"train": {"rows": 1, "files": listed[::2]}, "test": {"rows": 1, "files": listed[1::2]}}
    card = {
        "facts": {key: {"value": value, "source": "auditor.yaml"} for key, value in (facts or {}).items()},
        "missing": [],
        "differing": {},
    }
    described = {"name": "demo", "digest": f"sha256:{DIGEST}", "splits": splits, "text_columns": ["text"], **(dataset or {})}
    sections = {"card": card, **({} if license is None else {"license": license})}
    return Report(run={"started": "2026-03-01T12:30:45.678+02:00"}, dataset=described, config={}, sections=sections, **more)
