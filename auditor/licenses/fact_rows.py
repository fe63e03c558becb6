"""A file of rules/licenses/facts, read: rows with what they take from others; every error names file, line and cure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.doors.yaml import Lines, YamlError, load_as_written
from auditor.licenses import spdx
from auditor.licenses.facts import ANSWERS, KINDS, OUTPUTS, USES, Answer, Cell, Fact, Obligation
from auditor.model import AuditorError, Json, meant

ROW_KEYS = ("like", "kind", "title", "url", "elements", "sections", "outputs", "as_of", "sources", "uses", "obligations")
CELL_KEYS = ("note", "source")
OBLIGATION_KEYS = ("text", "clause", "uses")
EVERY = "every"
"""Stands for all uses that are not named beside it."""

Place = tuple[str | int, ...]


class _MisreadError(Exception):
    """What is wrong, where in the file, and what to do."""

    def __init__(self, place: Place, reason: str, cure: str) -> None:
        super().__init__(reason)
        self.place, self.reason, self.cure = place, reason, cure


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a file says of a licence, or of several that are alike; {names} in its texts are still to be replaced."""

    texts: Mapping[str, str] = field(default_factory=dict)
    elements: frozenset[str] = frozenset()
    sections: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    uses: Mapping[str, Cell] = field(default_factory=dict)
    obligations: Mapping[str, Obligation] = field(default_factory=dict)

    def fact(self, license_id: str) -> Fact:
        """The fact about one licence that this row is about."""
        words = {**self.sections, "id": license_id}
        url = _filled(self.texts["url"], words)
        cells = {use: _cell(self.uses[use], words, url) for use in USES}
        sources = (url, *(each.source for each in cells.values()), *self.sources)
        return Fact(
            id=license_id,
            title=self.texts.get("title") or spdx.names()[license_id],
            url=url,
            kind=self.texts["kind"],
            elements=self.elements,
            uses=cells,
            obligations=tuple(_obligation(each, words) for each in self.obligations.values()),
            outputs=self.texts["outputs"],
            as_of=self.texts["as_of"],
            sources=tuple(dict.fromkeys(sources)),
        )


class Sheet:
    """A file of facts. A row is made when it is asked for: an audit asks for one or two of two hundred."""

    def __init__(self, path: Path) -> None:
        self.path, self._rows, self._lines = path, dict[str, Row](), Lines()
        with self._told():
            value, self._lines = load_as_written(path.read_text(encoding="utf-8"))
            table = _table(value, (), ("as_of", "templates", "licenses"))
            self._as_of = _text(table.get("as_of"), ("as_of",))
            self._templates = _any_table(table.get("templates", {}), ("templates",))
            self._licenses = _any_table(table.get("licenses"), ("licenses",))
        self._order = [*self._templates, *self._licenses]

    def __iter__(self) -> Iterator[str]:
        """The ids and patterns of ids that there are rows for."""
        return iter(self._licenses)

    def row(self, name: str) -> Row:
        """The row of an id or pattern, whole: nothing that a Fact needs is missing."""
        with self._told():
            place = ("licenses", name)
            if name in self._templates:
                raise _MisreadError(place, f"{name} stands twice", "give each row a name of its own")
            return _whole(_merged([Row(texts={"as_of": self._as_of}), self._row(name)]), name, place)

    def _row(self, name: str) -> Row:
        if name not in self._rows:
            place = ("templates" if name in self._templates else "licenses", name)
            table = _table((self._templates if name in self._templates else self._licenses)[name], place, ROW_KEYS)
            parents, above = _texts(table.get("like", []), (*place, "like")), self._order[: self._order.index(name)]
            for each in parents:
                if each not in above:
                    cure = f"{meant(each, above)}a row is like rows above it"
                    raise _MisreadError((*place, "like"), f"there is no row {each!r} above", cure)
            self._rows[name] = _merged([_together([self._row(each) for each in parents]), _own(table, place)])
        return self._rows[name]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong, told with file, line and cure."""
        try:
            yield
        except YamlError as error:
            raise AuditorError(f"{self.path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
        except _MisreadError as error:
            line = next((self._lines[place] for place in _outwards(error.place) if place in self._lines), 1)
            raise AuditorError(f"{self.path.name}:{line}: {error.reason}", error.cure) from None


def _outwards(place: Place) -> Iterator[Place]:
    for length in range(len(place), -1, -1):
        yield place[:length]


def _whole(row: Row, name: str, place: Place) -> Row:
    """The row, if nothing is missing and every {name} in it has a meaning."""
    listed = name in spdx.names() or "*" in name
    if not listed and not name.startswith("LicenseRef-"):
        cure = f"{meant(name, spdx.names())}give an id of the SPDX list, as it is spelled there, or a LicenseRef"
        raise _MisreadError(place, f"{name} is no id of the SPDX licence list", cure)
    needed = ("kind", "url", "outputs", *(() if listed else ("title",)))
    missing = [key for key in needed if key not in row.texts] + [use for use in USES if use not in row.uses]
    if missing:
        raise _MisreadError(place, f"{name} lacks {', '.join(missing)}", "add it, or take it over with `like:`")
    try:
        row.fact(name if "*" not in name else next(iter(spdx.names())))
    except KeyError as error:
        raise _MisreadError(place, f"{{{error.args[0]}}} has no meaning in {name}", "say it under `sections:`") from None
    return row


def _own(table: Mapping[str, Any], place: Place) -> Row:
    """What a row says itself."""
    own = Row(
        texts={key: _text(table[key], (*place, key)) for key in ("kind", "title", "url", "outputs", "as_of") if key in table},
        elements=frozenset(_texts(table.get("elements", []), (*place, "elements"))),
        sections={key: _text(each, (*place, "sections", key)) for key, each in _any_table(table.get("sections", {}), place).items()},
        sources=_texts(table.get("sources", []), (*place, "sources")),
        uses=_cells(table.get("uses", {}), (*place, "uses")),
        obligations=_obligations(table.get("obligations", {}), (*place, "obligations")),
    )
    for key, choices in (("kind", KINDS), ("outputs", OUTPUTS)):
        if key in own.texts and own.texts[key] not in choices:
            raise _MisreadError((*place, key), f"{key} is {own.texts[key]!r}", f"known are {', '.join(choices)}")
    return own


def _together(rows: list[Row]) -> Row:
    """What several rows say at once: of each use the strictest answer; where they answer alike, what each of them says."""
    cells = {use: _both([row.uses[use] for row in rows if use in row.uses]) for use in USES if any(use in row.uses for row in rows)}
    return _merged([*rows, Row(uses=cells)])


def _both(cells: list[Cell]) -> Cell:
    worst = max(cells, key=lambda cell: ANSWERS.index(cell.answer))
    alike = [cell for cell in cells if cell.answer == worst.answer]
    clause, note = ("; ".join(dict.fromkeys(filter(None, texts))) for texts in ([c.clause for c in alike], [c.note for c in alike]))
    return Cell(answer=worst.answer, clause=clause, source=worst.source, note=note)


def _merged(rows: list[Row]) -> Row:
    """One row after the other: what a later one says holds, elements and sources come together."""
    return Row(
        texts={key: value for row in rows for key, value in row.texts.items()},
        elements=frozenset().union(*(row.elements for row in rows)),
        sections={key: value for row in rows for key, value in row.sections.items()},
        sources=tuple(dict.fromkeys(each for row in rows for each in row.sources)),
        uses={key: value for row in rows for key, value in row.uses.items()},
        obligations={key: value for row in rows for key, value in row.obligations.items()},
    )


def _cells(value: Json, place: Place) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for names, item in _any_table(value, place).items():
        at = (*place, names)
        answers = [key for key in _any_table(item, at) if key in ANSWERS]
        if len(answers) != 1:
            raise _MisreadError(at, f"one of {', '.join(ANSWERS)} is expected", "write for instance {condition: §2, note: credit}")
        answer: Answer = next(each for each in ANSWERS if each == answers[0])
        table = _table(item, at, (answer, *CELL_KEYS))
        source, note = (_text(table[key], (*at, key)) if key in table else "" for key in ("source", "note"))
        cell = Cell(answer=answer, clause=_text(table[answer], (*at, answer)), source=source, note=note)
        found.update({use: cell for use in _uses(names, at) if names != EVERY or use not in found})
    return found


def _uses(names: Json, place: Place) -> tuple[str, ...]:
    uses = USES if names == EVERY else tuple(each.strip() for each in str(names).split(","))
    for use in uses:
        if use not in USES:
            raise _MisreadError(place, f"there is no use {use!r}", f"{meant(use, USES)}known are {', '.join(USES)}, {EVERY}")
    return uses


def _obligations(value: Json, place: Place) -> dict[str, Obligation]:
    found = {}
    for kind, item in _any_table(value, place).items():
        at = (*place, kind)
        table = _table(item, at, OBLIGATION_KEYS)
        text, clause, uses = (_text(table.get(key), (*at, key)) for key in OBLIGATION_KEYS)
        found[kind] = Obligation(kind=kind, text=text, clause=clause, uses=_uses(uses, (*at, "uses")))
    return found


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _any_table(value: Json, place: Place) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _MisreadError(place, f"a mapping is expected, not {value!r}", "write keys and values")
    return value


def _table(value: Json, place: Place, known: tuple[str, ...]) -> Mapping[str, Any]:
    for key in _any_table(value, place):
        if key not in known:
            raise _MisreadError((*place, key), f"unknown key {key!r}", f"{meant(key, known)}known are {', '.join(known)}")
    return _any_table(value, place)


def _text(value: Json, place: Place) -> str:
    if not isinstance(value, str) or not value:
        raise _MisreadError(place, f"{place[-1]}: a text is expected, not {value!r}", "write it, a number or date in quotes")
    return value


def _texts(value: Json, place: Place) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(_text(item, place) for item in items)


# ── from rows to facts ────────────────────────────────────────────────────────────────────────────────────────────────


def _filled(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words[found[1]], text)


def _cell(cell: Cell, words: Mapping[str, str], url: str) -> Cell:
    clause, note = _filled(cell.clause, words), _filled(cell.note, words)
    return Cell(answer=cell.answer, clause=clause, source=cell.source or url, note=note)


def _obligation(obligation: Obligation, words: Mapping[str, str]) -> Obligation:
    text, clause = _filled(obligation.text, words), _filled(obligation.clause, words)
    return Obligation(kind=obligation.kind, text=text, clause=clause, uses=obligation.uses)
