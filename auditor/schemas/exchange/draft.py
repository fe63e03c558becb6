"""Rule files in the making, and as text; what another format says that has no place in one, or the other way round, is noted."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from auditor.doors import yaml
from auditor.model import Json
from auditor.schemas import keys, kinds
from auditor.schemas.rulefile import RuleFile

WIDEST = 300
"""Characters of a note that are kept."""


@dataclass(kw_only=True)
class Draft:
    """What a rule file will say, as YAML has it, and the notes on what it cannot."""

    name: str = ""
    dataset: dict[str, Json] = field(default_factory=dict)
    columns: dict[str, dict[str, Json]] = field(default_factory=dict)
    records: list[dict[str, Json]] = field(default_factory=list)
    rules: list[dict[str, Json]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Says, once, that something cannot be carried."""
        line = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in " ".join(text.split()))[:WIDEST]
        if line not in self.notes:
            self.notes.append(line)

    def take(self, column: str, key: str, value: Json, kind: Callable[[Json], Json], where: str) -> None:
        """Demands something of a column, if the value is one of its kind; else it is noted."""
        try:
            kind(value)
        except ValueError as error:
            self.note(f"{where} is not carried: {error}")
            return
        self.columns.setdefault(column, {})[key] = value

    def identify(self, key: Json, where: str) -> None:
        """Takes the columns that identify a record, or notes that they are none."""
        try:
            self.dataset["key"] = list(kinds.texts(key))
        except ValueError as error:
            self.note(f"{where} is not carried: {error}")

    def settle(self) -> None:
        """Takes out, with a note, what does not go with the rest of what is demanded of a column."""
        if self.columns.pop("", None) is not None:
            self.note("a column without a name is not carried")
        for name, column in self.columns.items():
            typed = {key: keys.COLUMN[key].read(value) for key, value in column.items()}
            for key, reason, _ in list(kinds.disagreements(typed)):
                column.pop(key, None)
                self.note(f"{name}: {key} is not carried: {reason}")

    def value(self) -> dict[str, Json]:
        """The rule file as YAML has it; ValueError where something in it cannot be written down."""
        sections = {key: getattr(self, key) for key in ("dataset", "columns", "records", "rules")}
        named = {"name": self.name} if self.name else {}
        found: dict[str, Json] = kinds.plain({"auditor": 1, **named, **{key: section for key, section in sections.items() if section}})
        return found

    def text(self) -> str:
        """The rule file as YAML, with the notes as comments at its top."""
        return "".join(f"# {note}\n" for note in self.notes) + yaml.dump(self.value())


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A rule file in another format, as JSON, and what that does not say."""

    value: Json
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The JSON, with a line feed at its end."""
        return json.dumps(self.value, indent=2, ensure_ascii=False) + "\n"


def left_out(file: RuleFile, carried: Collection[str]) -> list[str]:
    """The notes for what a format does not say that carries only these keys of columns."""
    notes = [f"{column.name}: {key} is not carried" for column in file.columns for key in column.demands() if key not in carried]
    for column in file.columns:
        terms = column.terms
        told = {
            "severity": terms.severity,
            "tolerate": terms.tolerate,
            "where": terms.where,
            "required": False if not column.required else None,
            "why": terms.why,
            "remedy": terms.remedy,
            "maps_to": terms.maps_to or None,
        }
        notes += [f"{column.name}: {key} is not carried" for key, value in told.items() if value is not None and key not in carried]
    notes += [f"the rule {each.id} is not carried" for each in file.statements if "rules" not in carried]
    notes += [f"the rule {each.id} about {each.path} is not carried" for each in file.records if "records" not in carried]
    notes += ["the description is not carried"] if file.description else []
    notes += [f"dataset: {key} is not carried" for key in file.dataset if key not in carried]
    notes += [f"{name} are not carried" for name in ("thresholds", "splits") if getattr(file, name)]
    return notes


def named(items: Json) -> list[Mapping[str, Json]]:
    """The mappings among the items of a list; none where it is no list."""
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []
