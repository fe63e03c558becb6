"""The `records:` of a rule file as demands on batches: each says at which path and line it is broken, and how."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from auditor.kernels.nodes import FLOAT, INTEGER, NULL, TEXT, Builder
from auditor.model import AuditorError, Json
from auditor.nested import paths, schema, slowly
from auditor.nested.sight import Sight
from auditor.schemas.rulefile import RecordRule
from auditor.schemas.tree import ExpressionError, moment

if TYPE_CHECKING:
    from auditor.dataset import Batch
    from auditor.nested.sight import Set

_KINDS = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean", "list": "array", "object": "object"}
_TIMES = ("date", "datetime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is demanded at a path, as JSON can say it: `own` is what a rule says itself, as a JSON Schema, `schema` the one that it names,
    judged value by value where `slow`; `time` is date or datetime for texts that are one, `bounds` low, high, above and below.
    """

    id: str
    path: str
    required: bool = False
    nullable: bool = True
    own: Json = True
    schema: Json = True
    slow: bool = False
    time: str | None = None
    bounds: Sequence[Any] | None = None
    alternate: Sequence[Json] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A place where a demand is broken: the row in the batch, the path, and what is wrong, in words that quote no record."""

    row: int
    path: str
    reason: str


def demand(rule: RecordRule) -> Demand:
    """What a rule demands; AuditorError, with file and line, for a schema or a pattern that cannot be judged."""
    limits = rule.range
    timely = rule.type in _TIMES or (limits is not None and limits.times)
    own = _own(rule, timely)
    if "pattern" in own and (reason := slowly.wrong_pattern(own["pattern"])):
        raise AuditorError(f"{rule.at}: {rule.id}: regex: {reason}", slowly.LINEAR)
    return Demand(
        id=rule.id,
        path=rule.path,
        required=rule.required,
        nullable=rule.nullable is not False,
        own=own,
        schema=True if rule.json_schema is None else rule.json_schema,
        slow=rule.json_schema is not None and slowly.is_needed(rule.json_schema, f"{rule.at}: {rule.id}"),
        time=("date" if rule.type == "date" else "datetime") if timely else None,
        bounds=(limits.low, limits.high, limits.above, limits.below) if timely and limits is not None else None,
        alternate=rule.alternate or (),
    )


def _own(rule: RecordRule, timely: bool) -> dict[str, Json]:
    """What a rule says itself, as a JSON Schema."""
    said: dict[str, Json] = {}
    if rule.type is not None:
        said["type"] = _KINDS.get(rule.type, "string")
    if rule.enum is not None:
        said["enum"] = list(rule.enum)
    if rule.regex is not None:
        said["pattern"] = rule.regex.join(schema.WHOLE)
    if rule.range is not None and not timely:
        words = "exclusiveMinimum" if rule.range.above else "minimum", "exclusiveMaximum" if rule.range.below else "maximum"
        said |= _of_bounds((rule.range.low, rule.range.high), *words)
    if rule.length is not None:
        low = None if rule.length.low is None else int(rule.length.low) + rule.length.above
        high = None if rule.length.high is None else int(rule.length.high) - rule.length.below
        for what in ("Length", "Items"):
            said |= _of_bounds((low, high), f"min{what}", f"max{what}")
    return said


def _of_bounds(bounds: Sequence[Any], *words: str) -> dict[str, Json]:
    return {word: value for word, value in zip(words, bounds, strict=True) if value is not None}


# ── what is looked at ─────────────────────────────────────────────────────────────────────────────────────────────────


class Demands:
    """Some demands, and the keys of records that they speak of."""

    def __init__(self, some: Sequence[Demand]) -> None:
        self._some = [(each, paths.steps(each.path)) for each in some]
        named = [step for _, steps in self._some for step in steps if isinstance(step, str)]
        named += [name for each in some if not each.slow for name in schema.names(each.schema)]
        self.keys = list(dict.fromkeys(named))
        firsts = {steps[0] if steps else None for _, steps in self._some}
        self.columns = None if None in firsts else {step for step in firsts if isinstance(step, str)}
        """The columns that are looked at; None: all."""

    def broken(self, batch: Batch) -> Iterator[tuple[int, list[Breach]]]:
        """Of each demand, in order, how many values (or owners of a required one) were looked at, and where it is broken, in order."""
        sight = Sight(_nodes(batch, self.keys, self.columns))
        reached: dict[tuple[paths.Step, ...], Set] = {(): sight.records}
        for each, steps in self._some:
            for end in range(1, len(steps) + 1):
                if steps[:end] not in reached:
                    reached[steps[:end]] = sight.step(reached[steps[: end - 1]], steps[end - 1])
            found = _Found(sight, self.keys)
            some = reached[steps]
            if each.required and steps:
                _has(found, reached[steps[:-1]], some, steps[-1])
            examined = len(reached[steps[:-1]]) if each.required and steps else len(some)
            null = sight.kinds(some) == NULL
            if not each.nullable:
                found.sink(some[null], "nullable", "is null")
            schema.Judge(root=True, sight=sight).judge(each.own, some[~null], found.sink)
            if each.slow:
                found.breaches += slowly.broken(batch, steps, each.schema)
            else:
                schema.Judge(root=each.schema, sight=sight).judge(each.schema, some, found.sink)
            if each.time is not None:
                _in_time(found, some[~null], each)
            if each.alternate:
                _in_turn(found, some, each.alternate)
            yield examined, sorted(found.breaches, key=lambda breach: (breach.row, breach.path, breach.reason))


@cache
def compiled(described: str) -> Demands:
    """Demands from JSON: a list of objects with the fields of Demand."""
    return Demands([Demand(**each) for each in json.loads(described)])


def described(some: Sequence[Demand]) -> str:
    """Demands as JSON."""
    return json.dumps([dataclasses.asdict(each) for each in some], sort_keys=True)


class _Found:
    """The breaches of a demand."""

    def __init__(self, sight: Sight, keys: Sequence[str]) -> None:
        self.sight, self.breaches = sight, list[Breach]()
        self._keys = keys

    def sink(self, some: Set, _: str, reason: str) -> None:
        """Takes note of nodes that break a keyword, for this reason."""
        for node in some.tolist():
            parts = paths.of_node(self.sight.nodes, node, self._keys)
            self.breaches.append(Breach(row=self.sight.nodes.record(node), path=paths.written(parts), reason=reason))


def _nodes(batch: Batch, keys: Sequence[str], columns: set[str] | None) -> Any:
    from auditor.dataset import is_json

    builder = Builder(batch.records.num_rows, keys)
    for field, column in zip(batch.records.schema, batch.records.columns, strict=True):
        if columns is None or field.name in columns:
            (builder.add_texts if is_json(field) else builder.add)(field.name, column)
    return builder.nodes()


# ── what JSON Schema cannot say ───────────────────────────────────────────────────────────────────────────────────────


def _has(found: _Found, owners: Set, some: Set, step: paths.Step) -> None:
    """Every owner has the last step of a path."""
    lacking = owners[found.sight.counts(owners, some) == 0]
    what = "no element" if step is None else f"no element {step}" if isinstance(step, int) else f"no {step!r}"
    found.sink(lacking, "required", f"has {what}")


def _in_time(found: _Found, some: Set, each: Demand) -> None:
    """Texts are dates or times, within the bounds."""
    import numpy as np

    texts = some[found.sight.kinds(some) == TEXT]
    values = found.sight.texts(texts).to_pylist()
    judged = {value: _untimely(value, each) for value in set(values)}
    for reason in sorted(filter(None, set(judged.values()))):
        found.sink(texts[np.array([judged[value] == reason for value in values], bool)], each.time or "", reason)
    if each.bounds is not None:
        found.sink(some[(found.sight.kinds(some) & (INTEGER | FLOAT)) != 0], each.time or "", f"is no {each.time}")


def _untimely(text: str, each: Demand) -> str:
    """What is wrong with a text that is to be a time; nothing where nothing is."""
    try:
        time = moment(text)
    except ExpressionError:
        return f"is no {each.time}"
    if each.time == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return "is no date"
    low, high, above, below = each.bounds or (None, None, False, False)
    if low is not None and (time <= moment(str(low)) if above else time < moment(str(low))):
        return f"is before {low}"
    if high is not None and (time >= moment(str(high)) if below else time > moment(str(high))):
        return f"is after {high}"
    return ""


def _in_turn(found: _Found, some: Set, values: Sequence[Json]) -> None:
    """Of the nodes below one array, those with one of the values have them in turn, the first one first."""
    import numpy as np

    judge, codes = schema.Judge(root=True, sight=found.sight).judge, np.full(len(some), -1)
    for code, value in enumerate(values):
        codes[judge({"const": value}, some, None)] = code
    some, codes = some[codes >= 0], codes[codes >= 0]
    owners, places = _in_arrays(found.sight, some)
    order = np.lexsort((places, owners))
    some, codes, owners = some[order], codes[order], owners[order]
    first = np.ones(len(some), bool)
    first[1:] = owners[1:] != owners[:-1]
    wanted = np.where(first, 0, (np.roll(codes, 1) + 1) % len(values))
    for code, value in enumerate(values):
        found.sink(some[(wanted == code) & (codes != code)], "alternate", f"is not {value!r}, whose turn it is")


def _in_arrays(sight: Sight, some: Set) -> tuple[Set, Set]:
    """The innermost array that each node stands in (its record, where in none), and the place there."""
    import numpy as np

    nodes, at = sight.nodes, some.copy()
    while True:
        outside = (nodes.places[at] < 0) & (nodes.parents[at] >= 0)
        if not outside.any():
            return np.where(nodes.places[at] >= 0, nodes.parents[at], at), nodes.places[at]
        at[outside] = nodes.parents[at[outside]]
