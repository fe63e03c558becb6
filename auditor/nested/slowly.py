"""JSON Schema value by value, by the jsonschema library: for keywords that auditor/nested/schema.py does not judge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from auditor.model import AuditorError, Json
from auditor.nested import paths, schema

if TYPE_CHECKING:
    from auditor.dataset import Batch
    from auditor.nested.demands import Breach

DEEPEST = 64
"""How deep a schema may be nested."""

LINEAR = "do without look-around and references back: RE2 has none, so that no value can make it slow"

_DRAFTS = ("draft-06", "draft-07", "draft2019-09", "draft2020-12")


def is_needed(meant: Mapping[str, Json], at: str) -> bool:
    """Whether a schema has to be judged value by value; AuditorError, which begins with `at`, for one that cannot be judged at all."""
    from jsonschema.exceptions import SchemaError

    kind = _kind(meant)
    try:
        kind.check_schema(meant)
    except SchemaError as error:
        place = paths.written(list(error.absolute_path))
        raise AuditorError(f"{at}: json_schema is no JSON Schema: at {place} {error.message[:200]}", "mend the schema") from None
    except RecursionError:
        raise AuditorError(f"{at}: json_schema is nested too deeply", "make the schema flatter") from None
    for keyword, value in _keywords(meant):
        if keyword in {"$ref", "$dynamicRef", "$recursiveRef"} and not str(value).startswith("#"):
            cure = "copy what it names under $defs: nothing is fetched, and no other file is read"
            raise AuditorError(f"{at}: json_schema refers to {str(value)[:100]!r}", cure)
        if keyword == "pattern" and (reason := wrong_pattern(str(value))):
            raise AuditorError(f"{at}: json_schema: pattern: {reason}", LINEAR)
    name = kind.META_SCHEMA.get("$schema", "")
    if not any(draft in name.replace("draft/", "draft") for draft in _DRAFTS):
        return True
    return schema.unsupported(meant, frozenset(kind.VALIDATORS), meant, "draft-0" not in name) is not None


def wrong_pattern(pattern: str) -> str:
    """Why RE2 does not take a regular expression; nothing where it does."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options=options)
    except re2.error as error:
        return f"{pattern!r:.100} is refused ({error})"
    return ""


def broken(batch: Batch, steps: Sequence[paths.Step], meant: Json) -> Iterator[Breach]:
    """Where the values at a path break a schema."""
    from auditor.nested.demands import Breach

    validator = _validator(json.dumps(meant))
    for row, record in enumerate(records(batch)):
        for parts, value in reached(record, steps):
            for error in validator.iter_errors(value):
                path = paths.written([*parts, *error.absolute_path])
                yield Breach(row=row, path=path, reason=f"breaks {error.validator}" if error.validator else "may not be there")


def records(batch: Batch) -> Iterator[dict[str, Any]]:
    """The records of a batch as Python has them, without what is null."""
    from auditor.dataset import json_values

    names = batch.records.schema.names
    for values in zip(*(json_values(batch, name) for name in names), strict=True):
        yield {name: json.loads(value) for name, value in zip(names, values, strict=True) if value is not None}


def reached(value: Json, steps: Sequence[paths.Step], before: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """What a path leads to, each with the steps that were taken."""
    if not steps:
        yield before, value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from reached(value[step], rest, (*before, step))
    elif isinstance(value, list):
        for place in range(len(value)) if step is None else [step + len(value) if step < 0 else step]:
            if 0 <= place < len(value):
                yield from reached(value[place], rest, (*before, place))


def _kind(meant: Mapping[str, Json]) -> Any:
    from jsonschema.validators import Draft202012Validator, validator_for

    return validator_for(meant, default=Draft202012Validator)


@cache
def _validator(described: str) -> Any:
    """A validator that fetches nothing, and whose patterns are RE2's."""
    import re2
    from jsonschema import ValidationError
    from jsonschema.validators import extend
    from referencing import Registry

    def pattern(validator: Any, wanted: str, value: Any, _: Any) -> Iterator[ValidationError]:
        if validator.is_type(value, "string") and not re2.search(wanted, value):
            yield ValidationError("does not match")

    meant = json.loads(described)
    return extend(_kind(meant), {"pattern": pattern})(meant, registry=Registry())


def _keywords(meant: Json, depth: int = 0) -> Iterator[tuple[str, Json]]:
    if depth > DEEPEST:
        return
    if isinstance(meant, Mapping):
        for keyword, value in meant.items():
            if isinstance(value, str):
                yield keyword, value
            yield from _keywords(value, depth + 1)
    elif isinstance(meant, list):
        for each in meant:
            yield from _keywords(each, depth + 1)
