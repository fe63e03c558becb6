"""JSON reports read back: the same value as after the audit, but of each finding at most 100 places, and no evidence tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from auditor.dataset import canonical
from auditor.model import SHOWN, AuditorError, Finding, Json, LedgerEntry, Location, Outcome, Report, Severity, Status, Verdict

SCHEMA = "auditor/report/1"
CURE = "name a report written by `auditor scan DATASET -o json:REPORT`"
EMPTY: Mapping[str, Json] = {
    "frameworks": [],
    "cost": {},
    "leakage": {"pairs_of_splits": [], "controls": {}, "method": {}},
    "license": {"declared": None, "detected": None, "concluded": None, "sources": [], "obligations": [], "uses": {}},
}
"""What a JSON report has in place of a section that the audit did not make."""

RENAMED: Mapping[str, str] = {"schema": "expectations"}
"""Sections that a JSON report shows under another name."""

DEPTH = 64
"""Levels of nesting that are read."""

_OWN = ("schema", "tool", "run", "dataset", "config", "policy", "verdict", "reasons", "outcomes", "findings", "ledger", "gaps")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A mapping in a report, and where it stands. What it has not, or has of another kind, is a ValueError that says where."""

    value: Mapping[str, Json]
    at: str

    def get(self, name: str, *kinds: type | None) -> Any:
        """The value of a key, which is of one of these kinds (None: null); numbers are not negative."""
        place = f"{self.at}{name}"
        if name not in self.value:
            raise ValueError(f"{place} is missing")
        value = self.value[name]
        if (None if value is None else type(value)) not in kinds or (isinstance(value, int | float) and value < 0):
            expected = " or ".join("null" if each is None else _CALLED[each] for each in kinds)
            raise ValueError(f"{place} must be {expected}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        if not all(isinstance(each, str) for each in self.get(name, list)):
            raise ValueError(f"{self.at}{name} must hold texts only")
        return tuple(self.value[name])

    def one_of(self, name: str, words: Sequence[str]) -> Any:
        """One of these words."""
        if self.get(name, str) not in words:
            raise ValueError(f"{self.at}{name} must be one of {', '.join(words)}")
        return self.value[name]

    def digest(self, name: str) -> str:
        """A fingerprint."""
        if not re.fullmatch("[0-9a-f]{32}", self.get(name, str)):
            raise ValueError(f"{self.at}{name} must be 32 hexadecimal digits")
        return str(self.value[name])

    def part(self, name: str) -> _Part:
        """A mapping."""
        return _Part(value=self.get(name, dict), at=f"{self.at}{name}.")

    def parts(self, name: str) -> list[_Part]:
        """A list of mappings."""
        return _parts(self.get(name, list), f"{self.at}{name}")


_CALLED = {str: "a text", int: "a number from 0", float: "a fraction", dict: "an object", list: "a list", bool: "true or false"}


def _parts(values: Sequence[Json], place: str) -> list[_Part]:
    found = []
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise ValueError(f"{place}[{number}] must be an object")
        found.append(_Part(value=value, at=f"{place}[{number}]."))
    return found


def load(path: Path) -> Report:
    """The report that `auditor scan -o json` wrote to a file; AuditorError for anything else.

    Its findings have the places that the file lists (`count` is the true number), and it has no tables.
    """
    try:
        value = json.loads(path.read_bytes(), parse_constant=_refused)
    except OSError as error:
        raise AuditorError(f"{path.name} cannot be read ({error.strerror})", CURE) from None
    except (ValueError, RecursionError):
        raise AuditorError(f"{path.name} is no JSON", CURE) from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise AuditorError(f"{path.name} is no report of the kind {SCHEMA}", CURE)
    try:
        _check_depth(value)
        return _report(_Part(value=value, at=""))
    except ValueError as error:
        raise AuditorError(f"{path.name} does not have the shape of a report: {error}", CURE) from None


def _refused(name: str) -> Json:
    raise ValueError(name)


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [each for one in level for each in (one.values() if isinstance(one, dict) else one) if isinstance(each, dict | list)]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {DEPTH} levels")


def _report(part: _Part) -> Report:
    return Report(
        version=part.part("tool").get("version", str),
        run=part.get("run", dict),
        dataset=_dataset(part.part("dataset")),
        config=part.get("config", dict),
        policy=part.get("policy", dict),
        verdict=part.one_of("verdict", get_args(Verdict)),
        reasons=part.texts("reasons"),
        outcomes=tuple(map(_outcome, part.parts("outcomes"))),
        findings=tuple(map(_finding, part.parts("findings"))),
        ledger=tuple(map(_entry, part.parts("ledger"))),
        gaps=part.texts("gaps"),
        sections=_sections(part),
    )


def _dataset(part: _Part) -> Mapping[str, Json]:
    """What is said of the dataset, its splits in their canonical order again."""
    part.get("name", str), part.get("digest", str), part.texts("text_columns")
    for document in part.parts("documents") if "documents" in part.value else ():
        document.get("path", str), document.get("sha256", str)
    splits = part.part("splits")
    for name in splits.value:
        split = splits.part(name)
        split.get("rows", int, None)
        for file in split.parts("files"):
            file.get("path", str), file.get("bytes", int), file.get("sha256", str), file.get("rows", int, None)
    return {**part.value, "splits": {name: splits.value[name] for name in canonical(list(splits.value))}}


def _sections(part: _Part) -> dict[str, Json]:
    """What the checks added to the report: a section that is empty is one that was not made."""
    for name, empty in EMPTY.items():
        for key, value in empty.items() if isinstance(part.get(name, type(empty)), dict) else ():
            part.part(name).get(key, *((str, None) if value is None else (type(value),)))
    leakage = part.part("leakage")
    for pair in leakage.parts("pairs_of_splits"):
        pair.get("left", str), pair.get("right", str), pair.get("share", int, float, None)
        for count in ("right_rows", "identical", "near", "contained"):
            pair.get(count, int)
    inner = {shown: name for name, shown in RENAMED.items()}
    return {inner.get(n, n): value for n, value in part.value.items() if n not in _OWN and (n not in EMPTY or value != EMPTY[n])}


def _outcome(part: _Part) -> Outcome:
    return Outcome(
        rule=part.get("rule", str),
        name=part.get("name", str),
        status=part.one_of("status", get_args(Status)),
        examined=part.get("examined", int),
        found=part.get("found", int),
        note=part.get("note", str),
    )


def _finding(part: _Part) -> Finding:
    evidence = part.part("evidence")
    if len(part.get("where", list)) > SHOWN:
        raise ValueError(f"{part.at}where must not list more than {SHOWN} places")
    return Finding(
        rule=part.get("rule", str),
        name=part.get("name", str),
        severity=_severity(part, "severity"),
        message=part.get("message", str),
        subject=part.get("subject", str),
        check=part.get("check", str, None),
        identity=part.digest("fingerprint"),
        where=tuple(map(_place, part.parts("where"))),
        count=evidence.get("count", int),
        evidence={name: value for name, value in evidence.value.items() if name != "count"},
        waived=part.get("waived", dict, None),
        known=part.get("baseline", bool) if "baseline" in part.value else None,
        found_as=_severity(part, "found_as") if "found_as" in part.value else None,
    )


def _severity(part: _Part, name: str) -> Severity:
    return Severity.of(part.one_of(name, [str(each) for each in Severity]))


def _place(part: _Part, partner: bool = False) -> Location:
    span = part.get("span", list, None)
    if span is not None and not (len(span) == 2 and all(type(each) is int for each in span)):
        raise ValueError(f"{part.at}span must be two numbers")
    return Location(
        split=part.get("split", str, None),
        row=part.get("row", int, None),
        column=part.get("column", str, None),
        file=part.get("file", str, None),
        line=part.get("line", int, None),
        span=None if span is None else (span[0], span[1]),
        digest=part.get("digest", str) if "digest" in part.value else None,
        message=part.get("message", str) if "message" in part.value else None,
        partner=_place(part.part("partner"), partner=True) if "partner" in part.value else None,
        identity=None if partner else part.digest("fingerprint"),
    )


def _entry(part: _Part) -> LedgerEntry:
    return LedgerEntry(
        file=part.get("file", str),
        physical=part.get("physical", int),
        parsed=part.get("parsed", int),
        rejected=tuple((each.get("reason", str), each.get("count", int)) for each in part.parts("rejected")),
        note=part.get("note", str),
    )
