"""The sections of a rule file as typed values with their places, laid over those of the files that it extends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor import rulebook
from auditor.doors.rules import FOLDER
from auditor.model import meant
from auditor.schemas import keys
from auditor.schemas.places import Place, opened

CHAIN, FILES = 8, 30
"""How many files may extend one another in a row, and how many a rule file may be made of."""

CODE = "code is never run: a rule file may come from anywhere, and so may the data that its code would read"


@dataclass(frozen=True, slots=True)
class Said:
    """A typed value, and where it stands; a value of None takes back what an extended file said."""

    value: Any
    place: Place


Sayings = Mapping[str, Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """What a rule file says, by section; the columns by name, rules and records by id, each with the place where it begins."""

    top: Sayings = field(default_factory=dict)
    dataset: Sayings = field(default_factory=dict)
    defaults: Sayings = field(default_factory=dict)
    thresholds: Sayings = field(default_factory=dict)
    splits: Sayings = field(default_factory=dict)
    columns: Mapping[str, Sayings] = field(default_factory=dict)
    records: Mapping[str, Sayings] = field(default_factory=dict)
    rules: Mapping[str, Sayings] = field(default_factory=dict)
    begins: Mapping[tuple[str, str], Place] = field(default_factory=dict)


def read(path: Path) -> Sections:
    """What the rule file at a path says, with what it extends; AuditorError for the first thing that is wrong, with file and line."""
    return _read(path, None, (), set())


def _read(path: Path, named: Place | None, chain: tuple[Path, ...], seen: set[Path]) -> Sections:
    here = path.resolve()
    seen.add(here)
    if named is not None and here in chain:
        raise named.wrong(f"{path.name} extends itself", "leave one of the two out")
    if named is not None and (len(chain) > CHAIN or len(seen) > FILES):
        raise named.wrong(f"more than {CHAIN} files in a row or {FILES} in all extend one another", "put them together")
    whole = opened(path)
    parts = whole.known({**keys.TOP, **keys.SECTIONS})
    if "auditor" not in parts:
        raise whole.wrong("the key `auditor` is missing", "begin a rule file with `auditor: 1`")
    own, extended = _own(parts), Sections()
    for name in own.top["extends"].value if "extends" in own.top else ():
        extended = _over(extended, _read(_found(name, parts["extends"]), parts["extends"], (*chain, here), seen))
    return _over(extended, own)


def _found(name: str, place: Place) -> Path:
    """The file that `extends` names: one of rules/schemas, or one beside the file that names it."""
    known = rulebook.presets("schemas")
    if name in known:
        return FOLDER / "schemas" / f"{name}.yaml"
    if rulebook.is_file(place.file.parent / name):
        return place.file.parent / name
    cure = f"{meant(name, known)}name one of {', '.join(known)}, or a file beside this one"
    raise place.wrong(f"there is no {name!r} in rules/schemas, and no file of that name", cure)


def _own(parts: Mapping[str, Place]) -> Sections:
    begins: dict[tuple[str, str], Place] = {}
    columns: dict[str, Sayings] = {}
    for name, place in parts["columns"].parts().items() if "columns" in parts else ():
        begins["columns", name] = place
        columns[name] = {} if place.value is None else _said(place, keys.COLUMN)
    splits = (
        {name: Said(each, parts["splits"]) for name, each in parts["splits"].read(keys.SPLITS.read).items()} if "splits" in parts else {}
    )
    top = {key: Said(place.read(keys.TOP[key].read), place) for key, place in parts.items() if key in keys.TOP}
    flat = {
        section: _said(parts[section], keys.SECTIONS[section][1]) for section in ("dataset", "defaults", "thresholds") if section in parts
    }
    return Sections(
        top=top,
        **flat,
        splits=splits,
        columns=columns,
        records=_listed(parts["records"], "records", begins) if "records" in parts else {},
        rules=_listed(parts["rules"], "rules", begins) if "rules" in parts else {},
        begins=begins,
    )


def _said(place: Place, table: Mapping[str, keys.Key]) -> Sayings:
    found = place.known(table)
    return {key: Said(None if each.value is None else each.read(table[key].read), each) for key, each in found.items()}


def _listed(place: Place, section: str, begins: dict[tuple[str, str], Place]) -> dict[str, Sayings]:
    """The items of a list, by their ids, each of which may stand once."""
    found: dict[str, Sayings] = {}
    for item in place.items():
        if "python" in item.parts():
            raise item.parts()["python"].wrong(CODE, "write it as `expr:`, or as a check of your own (docs/add_a_check.md)")
        said = _said(item, keys.SECTIONS[section][1])
        given = said.get("id") or said.get("gx")
        if given is None or given.value is None:
            raise item.wrong("it has no id", "write `id: NAME`, by which findings and waivers call it")
        name, number = str(given.value), 1
        while name in found and "id" not in said:
            number += 1
            name = f"{given.value}#{number}"
        if name in found:
            first = begins[section, name]
            raise given.place.wrong(f"the id {name!r} stands at {first.at} already", "give each its own id")
        found[name], begins[section, name] = said, item
    return found


def _over(first: Sections, then: Sections) -> Sections:
    """What the first says, with what the second adds, changes or takes back."""
    columns = {**first.columns, **{name: {**first.columns.get(name, {}), **said} for name, said in then.columns.items()}}
    return Sections(
        top=then.top,
        columns=columns,
        begins={**first.begins, **then.begins},
        **{
            section: {**getattr(first, section), **getattr(then, section)}
            for section in ("dataset", "defaults", "thresholds", "splits", "records", "rules")
        },
    )
