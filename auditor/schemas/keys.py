"""The keys of a rule file: how the value of each is read, its JSON Schema, and what it says; the linter, editors and the docs read this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor import rulebook
from auditor.model import Json
from auditor.schemas import kinds
from auditor.schemas.tree import TYPES


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `read` turns its value into what the code works with, `schema` is the JSON Schema of the value, `says` a sentence."""

    read: Callable[[Json], Any]
    schema: Mapping[str, Json]
    says: str


_TEXT: Json = {"type": "string", "minLength": 1}
_TEXTS: Json = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}]}
_FLAG: Json = {"type": "boolean"}
_SHARE: Json = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?\\s*%$"}]}
_MAPPING: Json = {"type": "object"}


def _among(names: tuple[str, ...]) -> Json:
    return {"enum": list(names)}


def _between(bound: Json) -> Json:
    either = {"anyOf": [bound, {"type": "null"}]}
    pair = {"type": "array", "items": either, "minItems": 2, "maxItems": 2}
    sides = dict.fromkeys(("min", "above", "max", "below"), bound)
    return {"anyOf": [pair, {"type": "object", "properties": sides, "additionalProperties": False, "minProperties": 1}]}


_BETWEEN = _between({"type": ["number", "string"]})
_COUNT: Json = {"type": "integer", "minimum": 0}
_COUNTS: Json = {"anyOf": [_COUNT, *_between(_COUNT)["anyOf"]]}
_VALUES: Json = {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1, "uniqueItems": True}

SEVERITY = Key(
    kinds.severity, _among(kinds.SEVERITIES), "How bad it is when this does not hold: critical, error (high), warning (medium) or info."
)
TOLERATE = Key(kinds.share, _SHARE, "The share of records that may break it: `0.1%` or `0.001`.")
WHERE = Key(kinds.condition, _TEXT, "An expression: only records of which it is true are meant.")
TERMS: Mapping[str, Key] = {
    "severity": SEVERITY,
    "tolerate": TOLERATE,
    "where": WHERE,
    "why": Key(kinds.text, _TEXT, "Why this is demanded; it stands beside what is found."),
    "remedy": Key(kinds.text, _TEXT, "What to do about records that break it."),
    "maps_to": Key(kinds.texts, _TEXTS, "Clauses of standards that this serves, such as `NIST-AI-RMF:MEASURE-2.3`."),
}
"""What every column and every rule may say of itself."""

_VALUE: Mapping[str, Key] = {
    "type": Key(kinds.kind_of_value, _among(tuple(TYPES)), f"What every value is: {', '.join(TYPES)}."),
    "nullable": Key(kinds.flag, _FLAG, "`false`: a value must not be missing."),
    "range": Key(kinds.bounds, _BETWEEN, "Where values lie: `[LOW, HIGH]`, null for no bound, or `{above: 0, max: 1}`; numbers or dates."),
    "length": Key(kinds.counts, _COUNTS, "How many code points a text, or items a list has: a number, or as in `range`."),
    "enum": Key(kinds.values, _VALUES, "The values that may occur."),
    "regex": Key(kinds.pattern, _TEXT, "A regular expression that the whole value matches."),
}
COLUMN: Mapping[str, Key] = {
    "required": Key(kinds.flag, _FLAG, "`false`: the column may be missing (by default it may not)."),
    **_VALUE,
    "unique": Key(kinds.flag, _FLAG, "`true`: no value occurs twice in a split."),
    "forbid": Key(kinds.values, _VALUES, "Values that must not occur."),
    "contains": Key(kinds.pattern, _TEXT, "A regular expression that is found somewhere in the value."),
    "excludes": Key(kinds.pattern, _TEXT, "A regular expression that is found nowhere in the value."),
    "format": Key(kinds.form, _among(kinds.FORMATS), f"What a text is written like: {', '.join(kinds.FORMATS)}."),
    "order": Key(kinds.order, _among(kinds.ORDERS), "How values follow each other: increasing or decreasing, and strictly so."),
    "distinct": Key(kinds.counts, _COUNTS, "How many different values there are in a split: a number, or as in `range`."),
    **TERMS,
}
"""What can be said of a column."""

RECORD: Mapping[str, Key] = {
    "id": Key(kinds.text, _TEXT, "The name of the rule, used in findings and waivers."),
    "path": Key(kinds.path, _TEXT, 'Which part of a record is meant: `$`, `$.messages[*].role`, `$["odd name"]`.'),
    "json_schema": Key(
        kinds.json_schema, {"type": ["string", "object"]}, "A JSON Schema, or the path of a file with one, beside this file."
    ),
    "required": Key(kinds.flag, _FLAG, "`true`: what the path but for its last step leads to has that step."),
    **_VALUE,
    "alternate": Key(kinds.values, _VALUES, "Values that follow each other in turn, from the first on, with any others between them."),
    "severity": SEVERITY,
    "why": TERMS["why"],
    "remedy": TERMS["remedy"],
    "maps_to": TERMS["maps_to"],
}
"""What can be said of a part of nested records."""

STATEMENT: Mapping[str, Key] = {
    "id": Key(kinds.text, _TEXT, "The name of the rule, used in findings and waivers; for `gx` the type, where there is none."),
    "expr": Key(kinds.condition, _TEXT, "An expression that is true of every record."),
    "metric": Key(kinds.measure, _TEXT, "What is computed of a whole split, such as `quantile(income, 0.95)`."),
    "between": Key(kinds.bounds, _BETWEEN, "Where the metric lies, as in `range`."),
    "gx": Key(kinds.text, _TEXT, "The type of an expectation of Great Expectations."),
    "kwargs": Key(kinds.options, _MAPPING, "The arguments of that expectation."),
    **TERMS,
}
"""What a rule about several columns, a metric or an expectation by its name is made of."""

DATASET: Mapping[str, Key] = {
    "match": Key(kinds.texts, _TEXTS, "Globs of the files that the rules are for; a dataset with none of them is refused."),
    "text": Key(kinds.texts, _TEXTS, "Columns that are compared as text (as `--text`)."),
    "label": Key(kinds.text, _TEXT, "The column with the label (as `--label`)."),
    "group": Key(kinds.text, _TEXT, "The column that names whom or what a record belongs to (as `--group`)."),
    "time": Key(kinds.text, _TEXT, "The column with the record's time (as `--time`)."),
    "key": Key(kinds.texts, _TEXTS, "The column or columns that identify a record: never missing, and unique in a split."),
    "split_column": Key(kinds.text, _TEXT, "The column that names each record's split (as `--split-column`)."),
    "sensitive": Key(kinds.texts, _TEXTS, "Columns whose values never stand in an output."),
}
"""What the columns of the dataset are for; options of the command line and auditor.yaml say more than this."""

DEFAULTS: Mapping[str, Key] = {
    "severity": SEVERITY,
    "tolerate": Key(kinds.share, _SHARE, "The share of records that may break a rule about columns."),
    "required": COLUMN["required"],
    "nullable": COLUMN["nullable"],
}
"""What holds for every rule, or column, that does not say otherwise."""

THRESHOLDS: Mapping[str, Key] = {
    level: Key(kinds.share, _SHARE, f"From this share of failing records on, a finding is {level}.") for level in kinds.SEVERITIES
}
"""The severity of a finding by the share of records that fail; below all of them it is info."""

SPLITS = Key(
    rulebook.options, {"type": "object", "additionalProperties": _MAPPING}, "Options of checks by the check's name, as in a policy."
)

TOP: Mapping[str, Key] = {
    "auditor": Key(kinds.version, {"const": 1}, "The version of the format: 1."),
    "name": Key(kinds.text, _TEXT, "The name in reports; by default that of the file."),
    "description": Key(kinds.text, _TEXT, "What the rules are about."),
    "extends": Key(kinds.texts, _TEXTS, "Rule files that these rules add to or change: names in rules/schemas, or paths beside this file."),
}
"""The keys at the top that are no sections."""

SECTIONS: Mapping[str, tuple[str, Mapping[str, Key]]] = {
    "dataset": ("What the columns are for.", DATASET),
    "defaults": ("What holds where nothing else is said.", DEFAULTS),
    "columns": ("What each column holds, by its name.", COLUMN),
    "records": ("What parts of nested records look like.", RECORD),
    "rules": ("Expressions, metrics, and expectations by name.", STATEMENT),
    "thresholds": ("Severity by the share of records that fail.", THRESHOLDS),
    "splits": ("Options of the checks that compare splits.", {}),
}
"""The sections, with what each is about and the keys in it."""
