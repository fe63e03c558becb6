"""The tables of rules/licenses, each read once: names, families, addresses, the vocabularies of hubs, groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from auditor.doors import yaml
from auditor.doors.rules import FOLDER
from auditor.licenses.words import words

VOCABULARIES = ("huggingface", "kaggle", "open_definition", "refused")

Refusal = Literal["", "family", "placeholder", "terms", "public-domain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a name of some vocabulary means: an SPDX id, or why there is none, and under which LicenseRef the facts about it stand."""

    id: str | None = None
    refused: Refusal = ""
    note: str = ""
    suggestions: tuple[str, ...] = ()
    reference: str | None = None


@cache
def table(name: str) -> dict[str, Any]:
    """One file of rules/licenses."""
    return dict(yaml.load((FOLDER / "licenses" / f"{name}.yaml").read_text(encoding="utf-8")))


@cache
def vocabulary() -> dict[tuple[str, ...], Entry]:
    """The names of all vocabularies, as words; of two entries the first counts (tests hold that they agree)."""
    entries: dict[tuple[str, ...], Entry] = {}
    for name in VOCABULARIES:
        for key, value in table(name).items():
            entries.setdefault(words(str(key)), _entry(value))
    return entries


def _entry(value: Any) -> Entry:
    if isinstance(value, str):
        return Entry(id=value)
    return Entry(
        refused=value["refused"],
        note=value.get("note", ""),
        suggestions=tuple(value.get("suggestions", ())),
        reference=value.get("reference"),
    )
