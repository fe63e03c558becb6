"""Rule files (`auditor: 1`) as typed values: what is demanded of columns, of parts of nested records, and of records as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditor.doors import great_expectations as door
from auditor.model import Json, meant
from auditor.schemas import keys, sections
from auditor.schemas.kinds import Bounds, disagreements, options
from auditor.schemas.parser import Metric
from auditor.schemas.places import LARGEST, Place
from auditor.schemas.sections import Said, Sayings, Sections
from auditor.schemas.tree import ExpressionError, Kind, Tree, as_kinds

KINDS: Mapping[str, Kind] = {
    "text": "text",
    "integer": "number",
    "number": "number",
    "boolean": "truth",
    "date": "time",
    "datetime": "time",
    "list": "",
    "object": "",
}
"""What an expression takes the cells of a column of each type for."""


IDLE = (("nullable", True), ("unique", False))
"""Keys of a column that ask for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every rule says of itself; `at` is where it begins, `where` which records are meant."""

    at: str
    severity: str | None = None
    tolerate: float | None = None
    where: Tree | None = None
    why: str | None = None
    remedy: str | None = None
    maps_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What a column holds; None where nothing is said. `places` are those of the keys."""

    name: str
    terms: Terms
    required: bool = True
    type: str | None = None
    nullable: bool | None = None
    unique: bool | None = None
    range: Bounds | None = None
    length: Bounds | None = None
    enum: tuple[Json, ...] | None = None
    forbid: tuple[Json, ...] | None = None
    regex: str | None = None
    contains: str | None = None
    excludes: str | None = None
    format: str | None = None
    order: str | None = None
    distinct: Bounds | None = None
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    def demands(self) -> dict[str, Any]:
        """What is demanded of the values, by key, in the order of the keys."""
        found = {key: getattr(self, key) for key in keys.COLUMN if key not in keys.TERMS and key != "required"}
        return {key: value for key, value in found.items() if value is not None and (key, value) not in IDLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRule:
    """What a part of nested records looks like: `path` is `$` and steps `.name`, `["name"]`, `[0]`, `[-1]`, `[*]`; `json_schema` a schema.

    `severity` is critical, error, warning or info, or None (high, as error); `at` the file and line.
    """

    id: str
    path: str
    at: str
    json_schema: dict[str, Json] | None = None
    required: bool = False
    type: str | None = None
    nullable: bool | None = None
    range: Bounds | None = None
    length: Bounds | None = None
    enum: tuple[Json, ...] | None = None
    regex: str | None = None
    alternate: tuple[Json, ...] | None = None
    severity: str | None = None
    why: str | None = None
    remedy: str | None = None
    maps_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An expression, a metric with its bounds, or an expectation of Great Expectations by its type: one of the three."""

    id: str
    terms: Terms
    expr: Tree | None = None
    metric: Metric | None = None
    between: Bounds | None = None
    gx: str | None = None
    kwargs: Mapping[str, Json] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A rule file, with what it extends. `severity` is that of rules that say none, `dataset` has the keys of keys.DATASET, `splits`
    options of checks by the check's name. `places` are those of the keys of `dataset`, and of `splits.NAME`.
    """

    name: str
    description: str = ""
    severity: str | None = None
    dataset: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[ColumnRule, ...] = ()
    records: tuple[RecordRule, ...] = ()
    statements: tuple[Statement, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    splits: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)


def load(path: Path) -> RuleFile:
    """The rule file at a path; AuditorError, with file, line and cure, for the first thing that is wrong."""
    said = sections.read(path)
    defaults = _values(said.defaults)
    columns = tuple(_column(name, each, said, defaults) for name, each in said.columns.items())
    kinds = {each.name: KINDS[each.type] for each in columns if each.type is not None}
    top = _values(said.top)
    return RuleFile(
        name=top.get("name", path.stem),
        description=top.get("description", ""),
        severity=defaults.get("severity"),
        dataset=_values(said.dataset),
        columns=tuple(_understood(each, kinds) for each in columns),
        records=tuple(_record(name, each, said, defaults) for name, each in said.records.items()),
        statements=tuple(_statement(name, each, said, defaults, kinds) for name, each in said.rules.items()),
        thresholds=_thresholds(said),
        splits=_values(said.splits),
        places={key: each.place for key, each in said.dataset.items()} | {f"splits.{key}": each.place for key, each in said.splits.items()},
    )


def _values(sayings: Sayings) -> dict[str, Json]:
    """What is said and not taken back."""
    return {key: said.value for key, said in sayings.items() if said.value is not None}


def _places(sayings: Sayings) -> dict[str, Place]:
    return {key: said.place for key, said in sayings.items()}


def _terms(values: dict[str, Json], defaults: Mapping[str, Json], at: str) -> Terms:
    """The terms among the values, which lose them; where nothing is said, the defaults."""
    found = {key: values.pop(key) for key in keys.TERMS if key in values}
    chosen = {key: defaults[key] for key in ("severity", "tolerate") if key in defaults}
    return Terms(at=at, **{**chosen, **found})


# ── columns ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _column(name: str, sayings: Sayings, said: Sections, defaults: Mapping[str, Json]) -> ColumnRule:
    begins = said.begins["columns", name]
    if not name:
        raise begins.wrong("a column has a name", "write its name before the colon")
    values = {**{key: defaults[key] for key in ("required", "nullable") if key in defaults}, **_values(sayings)}
    _agree(values, sayings)
    terms = _terms(values, defaults, begins.at)
    return ColumnRule(name=name, terms=terms, places=_places(sayings), **values)


def _agree(values: Mapping[str, Json], sayings: Sayings) -> None:
    """AuditorError where the keys of a column, or of a part of records, do not go with each other."""
    for key, reason, cure in disagreements(values):
        raise sayings[key].place.wrong(reason, cure)


def _understood(column: ColumnRule, kinds: Mapping[str, Kind]) -> ColumnRule:
    where = column.terms.where
    return column if where is None else replace(column, terms=replace(column.terms, where=_as_kinds(where, kinds, column.places["where"])))


def _as_kinds(tree: Tree, kinds: Mapping[str, Kind], place: Place) -> Tree:
    """The expression, its columns taken for what `columns:` says that they are."""
    try:
        return as_kinds(tree, kinds)
    except ExpressionError as error:
        raise place.wrong(error.reason, "compare the column with values of its type, or change the type under `columns:`") from None


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _statement(name: str, sayings: Sayings, said: Sections, defaults: Mapping[str, Json], kinds: Mapping[str, Kind]) -> Statement:
    begins, places, values = said.begins["rules", name], _places(sayings), _values(sayings)
    given = [key for key in ("expr", "metric", "gx") if key in values]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        raise begins.wrong(f"a rule has one of expr, metric and gx; here is {found}", "write for instance `expr: end >= start`")
    for key, needs in (("between", "metric"), ("kwargs", "gx")):
        if key in values and needs not in values:
            raise places[key].wrong(f"{key} goes with {needs} only", f"leave {key} out")
    if "metric" in values:
        _measured(values, places, begins)
    for key in ("expr", "where"):
        if key in values:
            values[key] = _as_kinds(values[key], kinds, places[key])
    if "gx" in values:
        _passed_through(values, places)
    chosen = defaults if "expr" in values else {key: value for key, value in defaults.items() if key != "tolerate"}
    terms = _terms(values, chosen, begins.at)
    return Statement(**{**values, "id": name}, terms=terms, places=places)


def _measured(values: Mapping[str, Json], places: Mapping[str, Place], begins: Place) -> None:
    metric: Metric = values["metric"]
    if "between" not in values:
        raise begins.wrong("a metric has no bounds", "write `between: [LOW, HIGH]`, with null for no bound")
    if "tolerate" in values:
        raise places["tolerate"].wrong("a metric is one number, of which no part can be tolerated", "leave it out, and widen `between`")
    bounds: Bounds = values["between"]
    if bounds.times and metric.name not in ("min", "max"):
        raise places["between"].wrong(f"dates are no bounds of {metric.name}", "write numbers")
    if metric.name == "quantile" and (bounds.above or bounds.below):
        raise places["between"].wrong("bounds of a quantile may be reached", "write min and max")


def _passed_through(values: Mapping[str, Json], places: Mapping[str, Place]) -> None:
    known = door.known_types()
    kind, kwargs = values["gx"], values.get("kwargs", {})
    if known and kind not in known:
        raise places["gx"].wrong("Great Expectations has no such type", meant(kind, known).rstrip() or "check the spelling of the type")
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise places["kwargs"].wrong(f"no value lies between {low} and {high}", "exchange the two")
    for key, ours in (("row_condition", "where"), ("mostly", "tolerate")):
        if key in kwargs and ours in values:
            raise places[ours].wrong(f"{key} among the kwargs says it, too", "leave one of the two out")


def _thresholds(said: Sections) -> dict[str, float]:
    """The thresholds from the worst severity on; a worse one is not reached by a smaller share."""
    found = _values(said.thresholds)
    ordered = {level: found[level] for level in keys.THRESHOLDS if level in found}
    for worse, better in zip(list(ordered), list(ordered)[1:], strict=False):
        if ordered[worse] < ordered[better]:
            place = said.thresholds[worse].place
            raise place.wrong(f"{worse} is reached before {better}", "let the worse severity have the larger share")
    return ordered


# ── nested records ────────────────────────────────────────────────────────────────────────────────────────────────────

_DEMANDS = ("json_schema", "required", "type", "nullable", "range", "length", "enum", "regex", "alternate")


def _record(name: str, sayings: Sayings, said: Sections, defaults: Mapping[str, Json]) -> RecordRule:
    begins, values = said.begins["records", name], _values(sayings)
    if "path" not in values:
        raise begins.wrong("the path is missing", "write `path: $.messages[*].role`, or `path: $` for the whole record")
    if not any(key in values for key in _DEMANDS):
        raise begins.wrong("nothing is demanded at this path", f"add one of {', '.join(_DEMANDS)}")
    _agree(values, sayings)
    if isinstance(values.get("json_schema"), str):
        values["json_schema"] = _json_schema(sayings["json_schema"])
    if "severity" in defaults:
        values.setdefault("severity", defaults["severity"])
    return RecordRule(**{**values, "id": name}, at=begins.at)


def _json_schema(said: Said) -> dict[str, Json]:
    """The JSON Schema in the file that a rule names, beside the rule file."""
    place, path = said.place, said.place.file.parent / str(said.value)
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"has more than {LARGEST >> 20} MiB")
        return options(json.loads(path.read_text(encoding="utf-8-sig")))
    except json.JSONDecodeError as error:
        raise place.wrong(f"{path.name}:{error.lineno}: {error.msg}", "mend the JSON at that line") from None
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error) if type(error) is ValueError else f"cannot be read ({type(error).__name__})"
        raise place.wrong(f"{path.name}: {reason}", "name a JSON file with a JSON Schema, by its path from this file") from None
