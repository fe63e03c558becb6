"""What the columns of a dataset seem to be for: by their names, and only where their values agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.dataset import tokens
from auditor.reports.wording import counted, number

if TYPE_CHECKING:
    import pyarrow as pa

LABELS = (
    *("label", "labels", "target", "class", "category", "intent", "sentiment", "topic", "outcome", "stance", "emotion", "queue"),
    *("rating", "stars", "y"),
)
"""Words for what a model is to say of a record, the plainest first."""

IDS = ("id", "uuid", "guid", "key", "identifier", "idx", "index")
GROUPS = (
    *("patient", "subject", "user", "customer", "client", "person", "speaker", "author", "student", "employee", "household"),
    *("session", "conversation", "dialogue", "dialog", "thread", "document", "doc", "article", "source", "site", "domain", "group"),
)
TIMES = ("time", "timestamp", "datetime", "date", "created", "published", "admitted", "at")
SENSITIVE = (
    *("email", "mail", "phone", "telephone", "mobile", "ssn", "passport", "iban", "address", "street", "surname", "firstname", "lastname"),
    *("birthday", "birthdate", "dob", "ip"),
)

CLASSES, KINDS = 1_000, 0.5
"""A label has at most so many values, and at most this share of records has a value of its own."""

MOMENT = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$"
"""A date or a moment as ISO 8601 has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A column, what it seems to be for (`label`, `id`, `group`, `time` or `sensitive`), and why."""

    role: str
    column: str
    why: str


def guessed(records: pa.Table, text: tuple[str, ...]) -> list[Guess]:
    """At most one column for each role, and every one that seems to hold personal data; columns of `text` are none of them."""
    facts = [_Facts(name=name, records=records) for name in records.schema.names if name and name not in text]
    found = [guess for role in (_label, _id, _time, _group) for guess in [_best(role, facts)] if guess is not None]
    taken = {each.column for each in found}
    named = [each.name for each in facts if {*each.words} & {*SENSITIVE} and each.name not in taken]
    return found + [Guess(role="sensitive", column=name, why="its name is one for personal data") for name in named]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """A column and what is asked of it."""

    name: str
    records: pa.Table

    @property
    def words(self) -> list[str]:
        return tokens(self.name)

    @property
    def values(self) -> pa.ChunkedArray:
        return self.records[self.name]

    @property
    def flat(self) -> bool:
        """Whether its values are texts, numbers, truth values or times."""
        import pyarrow as pa

        return not pa.types.is_nested(self.values.type)

    def distinct(self) -> int:
        import pyarrow.compute as pc

        return int(pc.count_distinct(self.values, mode="only_valid").as_py())

    def present(self) -> int:
        return int(len(self.values) - self.values.null_count)


def _best(role: Callable[[_Facts], tuple[int, Guess] | None], facts: list[_Facts]) -> Guess | None:
    """The guess of the column whose name says most: the first of the role's words that is one."""
    guesses = [found for each in facts if each.flat for found in [role(each)] if found is not None]
    return min(guesses, key=lambda found: found[0])[1] if guesses else None


def _place(facts: _Facts, known: tuple[str, ...]) -> int | None:
    return min((known.index(word) for word in facts.words if word in known), default=None)


def _label(facts: _Facts) -> tuple[int, Guess] | None:
    place = _place(facts, LABELS)
    if place is None or "id" in facts.words:
        return None
    kinds, present = facts.distinct(), facts.present()
    if not 2 <= kinds <= min(CLASSES, max(2, KINDS * present)):
        return None
    return place, Guess(role="label", column=facts.name, why=f"its name, and {number(kinds)} values in {counted(present, 'record')}")


def _id(facts: _Facts) -> tuple[int, Guess] | None:
    place = _place(facts, IDS)
    if place is None or facts.present() < len(facts.values) or facts.distinct() < len(facts.values):
        return None
    return place, Guess(role="id", column=facts.name, why="its name, and no value of it comes twice")


def _group(facts: _Facts) -> tuple[int, Guess] | None:
    place = _place(facts, GROUPS)
    kinds, present = (facts.distinct(), facts.present()) if place is not None else (0, 0)
    if place is None or not 2 <= kinds < present:
        return None
    return place, Guess(role="group", column=facts.name, why=f"its name, and {number(kinds)} values that come back")


def _time(facts: _Facts) -> tuple[int, Guess] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    place, kind = _place(facts, TIMES), facts.values.type
    if place is None or not facts.present():
        return None
    if not pa.types.is_temporal(kind):
        texts = facts.values.drop_null()
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)) or not pc.all(pc.match_substring_regex(texts, MOMENT)).as_py():
            return None
    return place, Guess(role="time", column=facts.name, why="its name, and its values are dates")
