"""The file of waivers: read, and added to."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.doors.yaml import YamlError, dump, load_as_written
from auditor.model import AuditorError, Json, meant

NAME = "auditor-waivers.yaml"

HORIZON = 366
"""Days that a waiver may last from the day on which it is looked at."""

HEAD = "# Findings that are accepted for now: by whom, why and until when. `auditor waive` adds entries; review them as you review code.\n"

_KEYS = ("fingerprint", "rule", "places", "until", "owner", "reason", "ticket")
_REQUIRED = ("fingerprint", "until", "owner", "reason")
_FINGERPRINT, _RULE = "^[0-9a-f]{32}$", "^[A-Z]+[0-9]{3}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An exception that somebody answers for. It holds through the day `until`.

    `fingerprint` is that of a finding, of which it covers so many `places`, or of one place, wherever that stands. With `rule` it covers
    findings of that rule only. `file` is the name of the file that it stands in, `line` where in it.
    """

    fingerprint: str
    reason: str
    owner: str
    until: datetime.date
    rule: str | None = None
    places: int = 1
    ticket: str | None = None
    file: str = NAME
    line: int | None = None

    @property
    def entry(self) -> dict[str, Json]:
        """It as the file has it."""
        places = self.places if self.places > 1 else None
        said = (self.fingerprint, self.rule, places, self.until, self.owner, self.reason, self.ticket)
        return {key: value for key, value in zip(_KEYS, said, strict=True) if value is not None}


def read(path: Path, alone: bool = True) -> tuple[Waiver, ...]:
    """The waivers in the YAML file at `path`, under the key `waivers`; `alone`, other keys are refused. AuditorError with file and line."""
    try:
        value, lines = load_as_written(path.read_text(encoding="utf-8-sig"))
    except YamlError as error:
        raise AuditorError(f"{path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path.name}: cannot be read ({type(error).__name__})", "give a readable UTF-8 file") from None
    if value is None:
        return ()
    if not isinstance(value, Mapping) or (alone and value.keys() - {"waivers"}):
        raise AuditorError(f"{path.name}: a file of waivers has one key, `waivers`", "let `auditor waive` write it, or see docs/waivers.md")
    entries = value.get("waivers") or []
    if not isinstance(entries, list):
        raise AuditorError(f"{path.name}:{lines['waivers',]}: waivers: a list is expected", "begin each waiver with a dash")
    found: dict[str, Waiver] = {}
    for number, each in enumerate(entries):
        line = lines["waivers", number]
        waiver = _waiver(each, path.name, line)
        if waiver.fingerprint in found:
            before = found[waiver.fingerprint].line
            raise AuditorError(f"{path.name}:{line}: {waiver.fingerprint} is waived at line {before} already", "keep one of the two")
        found[waiver.fingerprint] = waiver
    return tuple(found.values())


def _waiver(value: Json, file: str, line: int) -> Waiver:
    at = f"{file}:{line}"
    if not isinstance(value, Mapping):
        raise AuditorError(f"{at}: a waiver is a mapping with {', '.join(_REQUIRED)}", "let `auditor waive` write it")
    for key in value:
        if key not in _KEYS:
            raise AuditorError(f"{at}: unknown key {key!r}", f"{meant(str(key), _KEYS)}known are {', '.join(_KEYS)}")
    for key in _REQUIRED:
        if value.get(key) in (None, ""):
            raise AuditorError(f"{at}: the waiver has no {key}", f"a waiver needs {', '.join(_REQUIRED)}")
    try:
        return made(**value, file=file, line=line)
    except ValueError as error:
        raise AuditorError(f"{at}: {error}", "mend it at that line") from None


def made(*, fingerprint: Json, until: Json, owner: Json, reason: Json, rule: Json = None, places: Json = 1, ticket: Json = None,
         file: str = NAME, line: int | None = None) -> Waiver:  # fmt: skip
    """A waiver of these values; ValueError for one that is not as it must be."""
    if not re.fullmatch(_FINGERPRINT, str(fingerprint)) or not isinstance(fingerprint, str):
        raise ValueError(f"fingerprint: 32 hexadecimal digits in quotes are expected, not {fingerprint!r}")
    if rule is not None and not re.fullmatch(_RULE, str(rule)):
        raise ValueError(f"rule: the id of a rule such as LEAK001 is expected, not {rule!r}")
    if type(places) is not int or places < 1:
        raise ValueError(f"places: a number from 1 is expected, not {places!r}")
    for name, text in (("owner", owner), ("reason", reason), ("ticket", ticket)):
        if not (isinstance(text, str) and text.strip()) and not (name == "ticket" and text is None):
            raise ValueError(f"{name}: a text is expected, not {text!r}")
    day = _day(until)
    return Waiver(
        fingerprint=fingerprint, reason=reason, owner=owner, until=day, rule=rule, places=places, ticket=ticket, file=file, line=line
    )


def _day(value: Json) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"until: {value} is no day ({error})") from None
    raise ValueError(f"until: a day such as 2027-01-31 is expected, not {str(value)!r}")


def not_beyond(waiver: Waiver, today: datetime.date) -> None:
    """AuditorError for a waiver that lasts too long."""
    last = today + datetime.timedelta(days=HORIZON)
    if waiver.until > last:
        at = waiver.file + (f":{waiver.line}" if waiver.line else "")
        message = f"{at}: until: {waiver.until} is more than {HORIZON} days after {today}"
        raise AuditorError(message, f"name a day up to {last}, and renew the waiver then")


def added(path: Path, waiver: Waiver) -> tuple[str, str]:
    """The text of the file at `path` with one more waiver, all else as it stands; and the lines that are new.

    AuditorError where the waiver is there already, or the file is not one to which lines can be added.
    """
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    there = read(path) if path.exists() else ()
    same = next((each for each in there if each.fingerprint == waiver.fingerprint), None)
    if same is not None:
        raise AuditorError(f"{path.name}:{same.line}: {waiver.fingerprint} is waived already", "change its `until` and `places` there")
    head = before or HEAD
    head += "" if head.endswith("\n") else "\n"
    head += "" if there else "waivers:\n"
    indent = next((found[1] for found in re.finditer(r"(?m)^( *)- ", before)), "  ") if there else "  "
    lines = written(waiver).splitlines(keepends=True)
    entry = "".join(f"{indent}{'- ' if number == 0 else '  '}{line}" for number, line in enumerate(lines))
    if _values(head + entry) != [*(each.entry for each in there), waiver.entry]:
        raise AuditorError(f"{path.name} cannot be added to as it is written", f"add these lines to its list yourself:\n{entry}")
    return head + entry, entry


def written(waiver: Waiver) -> str:
    """The entry as lines of YAML; the fingerprint in quotes, since one of digits only would be a number."""
    rest = {key: value for key, value in waiver.entry.items() if key != "fingerprint"}
    return f'fingerprint: "{waiver.fingerprint}"\n' + "".join(dump({key: value}).strip("{}\n") + "\n" for key, value in rest.items())


def _values(text: str) -> list[Json] | None:
    try:
        value, _ = load_as_written(text)
    except YamlError:
        return None
    entries = value.get("waivers") if isinstance(value, Mapping) and value.keys() == {"waivers"} else None
    try:
        return [made(**each).entry for each in entries] if isinstance(entries, list) else None
    except (TypeError, ValueError):
        return None


def described() -> dict[str, Json]:
    """The JSON Schema of one waiver."""
    text: Json = {"type": "string", "minLength": 1}
    says: Sequence[tuple[str, Json, str]] = (
        ("fingerprint", {"type": "string", "pattern": _FINGERPRINT}, "of a finding, or of one place"),
        ("rule", {"type": "string", "pattern": _RULE}, "the rule of the finding"),
        ("places", {"type": "integer", "minimum": 1}, "how many places of the finding are covered; more, and it is back (default 1)"),
        ("until", {"type": "string", "format": "date"}, f"the last day, at most {HORIZON} days ahead"),
        ("owner", text, "who answers for it"),
        ("reason", text, "why it is accepted"),
        ("ticket", text, "where it is followed up"),
    )
    properties = {name: {**kind, "description": words} for name, kind, words in says}
    return {"type": "object", "properties": properties, "required": list(_REQUIRED), "additionalProperties": False}
