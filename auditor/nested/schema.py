"""JSON Schema on whole batches: the keywords that records are mostly described with; what uses others is judged value by value.

The meaning is that of JSON Schema 2020-12, and of drafts 6, 7 and 2019-09 where they agree with it. `pattern` is a regular expression
of RE2, which no value can make slow. `format` and unknown keywords say nothing, as the specification has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from auditor.kernels.nodes import ARRAY, FALSE, FLOAT, INTEGER, NULL, OBJECT, TEXT, TRUE
from auditor.model import Json

if TYPE_CHECKING:
    from auditor.nested.sight import Mask, Set, Sight

TYPES = {
    "null": NULL,
    "boolean": FALSE | TRUE,
    "number": INTEGER | FLOAT,
    "integer": INTEGER,
    "string": TEXT,
    "array": ARRAY,
    "object": OBJECT,
}
SAYING_NOTHING = frozenset(
    {"$schema", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"format", "contentMediaType", "contentEncoding", "contentSchema"}
)
WHOLE = r"\A(?:", r")\z"
"""What a regular expression stands between that the whole text must match."""

MOST = 1 << 62
"""More than there is of anything."""

Sink = Callable[["Set", str, str], None]
"""Is told the nodes that break a keyword, the keyword, and what is wrong in words that quote no record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A schema for one sight. `root` is the whole schema, in which `$ref` points."""

    root: Json
    sight: Sight

    def judge(self, schema: Json, some: Set, sink: Sink | None) -> Mask:
        """Whether each of some nodes meets a schema."""
        import numpy as np

        good = np.ones(len(some), bool)
        if schema is False:
            if sink is not None and len(some):
                sink(some, "", "may not be there")
            return ~good
        if schema is True or not len(some):
            return good
        for keyword, value in schema.items():
            check = _KEYWORDS.get(keyword)
            if check is not None:
                good &= check(self, value, some, schema, sink)
        return good

    def told(self, some: Set, good: Mask, sink: Sink | None, keyword: str, wrong: str) -> Mask:
        """Tells the sink of those that are not good."""
        if sink is not None and not good.all():
            sink(some[~good], keyword, wrong)
        return good

    def below(self, schema: Json, some: Set, children: Set, sink: Sink | None) -> Mask:
        """Whether all of the children in each of some nodes meet a schema."""
        import numpy as np

        good = self.judge(schema, children, sink)
        bad = np.zeros(len(self.sight.nodes.kinds), bool)
        bad[self.sight.nodes.parents[children[~good]]] = True
        return ~bad[some]

    def of_kind(self, some: Set, kinds: int) -> Mask:
        """Which of some nodes are of one of the kinds."""
        found: Mask = (self.sight.kinds(some) & kinds) != 0
        return found


def names(schema: Json) -> Iterator[str]:
    """Every key that a schema speaks of."""
    if isinstance(schema, Mapping):
        for keyword, value in schema.items():
            if keyword in {"properties", "$defs", "definitions"} and isinstance(value, Mapping):
                yield from value if keyword == "properties" else ()
                for each in value.values():
                    yield from names(each)
            elif keyword == "required" and isinstance(value, list):
                yield from (each for each in value if isinstance(each, str))
            elif isinstance(value, Mapping | list):
                yield from names(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from names(each)


def unsupported(schema: Json, known: frozenset[str], root: Json, modern: bool) -> str | None:
    """The first keyword that is not judged here, of those that are `known` to the draft; None where there is none."""
    if isinstance(schema, bool):
        return None
    if not isinstance(schema, Mapping):
        return "schema"
    if "$ref" in schema:
        beside = set(schema) - {"$ref"} - SAYING_NOTHING
        if (beside and not modern) or pointed(root, schema["$ref"]) is None:
            return "$ref"
    for keyword, value in schema.items():
        if keyword in SAYING_NOTHING or (keyword not in known and (keyword != "$id" or schema is root)):
            continue
        if keyword not in _KEYWORDS or not _plain(keyword, value):
            return str(keyword)
    parts = [*schema.get("properties", {}).values(), *(each for word in ("anyOf", "allOf", "oneOf") for each in schema.get(word, ()))]
    parts += [schema[word] for word in ("items", "not") if word in schema]
    parts += [each for word in ("$defs", "definitions") for each in schema.get(word, {}).values()]
    for each in parts:
        if (found := unsupported(each, known, root, modern)) is not None:
            return found
    return None


def _plain(keyword: str, value: Json) -> bool:
    """Whether the value of a keyword is one that is judged here."""
    if keyword == "additionalProperties":
        return isinstance(value, bool)
    if keyword == "items":
        return isinstance(value, Mapping | bool)
    if keyword in {"enum", "const"}:
        return all(not isinstance(each, Mapping | list) for each in (value if keyword == "enum" else [value]))
    return True


def pointed(root: Json, ref: str) -> Json:
    """What a reference inside the schema points to; None where it points elsewhere."""
    if ref == "#":
        return root
    if not ref.startswith("#/") or "%" in ref:
        return None
    for part in ref[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(root, Mapping) or name not in root:
            return None
        root = root[name]
    return root if isinstance(root, Mapping | bool) else None


# ── keywords ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _type(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    wanted = [value] if isinstance(value, str) else value
    good = judge.of_kind(some, reduce(or_, (TYPES[each] for each in wanted)))
    if "integer" in wanted and "number" not in wanted:
        floats = (judge.sight.kinds(some) == FLOAT).nonzero()[0]
        values = judge.sight.numbers(some[floats])
        good[floats] = [isinstance(each, int) or each.is_integer() for each in values]
    return judge.told(some, good, sink, "type", f"is no {' and no '.join(wanted)}")


def _enum(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    shown = ", ".join(repr(each) for each in value[:8]) + (", ..." if len(value) > 8 else "")
    return judge.told(some, _among(judge, value, some), sink, "enum", f"is none of {shown}")


def _const(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    return judge.told(some, _among(judge, [value], some), sink, "const", f"is not {value!r}")


def _among(judge: Judge, values: list[Json], some: Set) -> Mask:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    words = {None: NULL, False: FALSE, True: TRUE}
    good = judge.of_kind(some, sum({words[each] for each in values if each is None or isinstance(each, bool)}))
    texts = [each for each in values if isinstance(each, str)]
    numbers = [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    if texts:
        places = judge.of_kind(some, TEXT).nonzero()[0]
        good[places] = np.asarray(pc.is_in(judge.sight.texts(some[places]), pa.array(texts, pa.large_string())))
    if numbers:
        places = judge.of_kind(some, INTEGER | FLOAT).nonzero()[0]
        good[places] = [each in numbers for each in judge.sight.numbers(some[places])]
    return good


def _required(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    objects = judge.of_kind(some, OBJECT)
    good = objects | True
    for name in value:
        has = judge.sight.counts(some, judge.sight.members(some, name)) > 0
        good &= judge.told(some, has | ~objects, sink, "required", f"has no {name!r}")
    return good


def _properties(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    import numpy as np

    good = np.ones(len(some), bool)
    for name, each in value.items():
        good &= judge.below(each, some, judge.sight.members(some, name), sink)
    return good


def _additional(judge: Judge, value: Json, some: Set, schema: Json, sink: Sink | None) -> Mask:
    import numpy as np

    if value is True:
        return np.ones(len(some), bool)
    known = [judge.sight.nodes.keys[name] for name in schema.get("properties", {})]
    objects = some[judge.of_kind(some, OBJECT)]
    children = judge.sight.children(objects)
    others = children[~np.isin(judge.sight.nodes.names[children], known)]
    return judge.told(some, judge.sight.counts(some, others) == 0, sink, "additionalProperties", "has a key that is not described")


def _items(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    elements = judge.sight.elements(some)
    if value is False:
        return judge.told(some, judge.sight.counts(some, elements) == 0, sink, "items", "has an element")
    return judge.below(value, some, elements, sink)


def _sized(kind: int, least: bool, word: str, what: str) -> Callable[..., Mask]:
    """A keyword that bounds how many children a node has."""

    def check(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
        meant = judge.of_kind(some, kind)
        inside = judge.sight.elements(some) if kind == ARRAY else judge.sight.children(some[meant])
        counts = judge.sight.counts(some, inside)
        good = (counts >= value if least else counts <= value) | ~meant
        return judge.told(some, good, sink, word, f"has {'fewer' if least else 'more'} than {value} {what}")

    return check


def _long(least: bool, word: str) -> Callable[..., Mask]:
    """A keyword that bounds the code points of a text."""

    def check(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
        texts = judge.of_kind(some, TEXT)
        good = ~texts
        bounds = (math.ceil(value), MOST) if least else (0, math.floor(value))
        good[texts] = judge.sight.lengths(some[texts], *bounds)
        return judge.told(some, good, sink, word, f"has {'fewer' if least else 'more'} than {value} code points")

    return check


def _bound(word: str, holds: Callable[[Any, Any], Any], wrong: str) -> Callable[..., Mask]:
    """A keyword that bounds a number: integers against integers, exactly."""

    def check(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
        kinds = judge.sight.kinds(some)
        good = (kinds & (INTEGER | FLOAT)) == 0
        whole = (kinds == INTEGER) & (isinstance(value, int) and abs(value) < MOST)
        good[whole] = holds(judge.sight.nodes.numbers[some[whole]], value)
        rest = (~whole & ((kinds & (INTEGER | FLOAT)) != 0)).nonzero()[0]
        good[rest] = [holds(each, value) for each in judge.sight.numbers(some[rest])]
        return judge.told(some, good, sink, word, f"is {wrong} {value}")

    return check


def _pattern(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    import numpy as np
    import pyarrow.compute as pc

    texts = judge.of_kind(some, TEXT)
    good = ~texts
    good[texts] = np.asarray(pc.match_substring_regex(judge.sight.texts(some[texts]), value))
    return judge.told(some, good, sink, "pattern", f"does not match {value.removeprefix(WHOLE[0]).removesuffix(WHOLE[1])}")


def _all_of(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    import numpy as np

    good = np.ones(len(some), bool)
    for each in value:
        good &= judge.judge(each, some, sink)
    return good


def _some_of(word: str, wrong: str) -> Callable[..., Mask]:
    """anyOf and oneOf: the nodes that meet none, or not just one, of the alternatives are told of, not what is wrong inside them."""

    def check(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
        import numpy as np

        met = np.sum([judge.judge(each, some, None) for each in value], axis=0)
        return judge.told(some, met > 0 if word == "anyOf" else met == 1, sink, word, wrong)

    return check


def _not(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    return judge.told(some, ~judge.judge(value, some, None), sink, "not", "is what it must not be")


def _ref(judge: Judge, value: Json, some: Set, _: Json, sink: Sink | None) -> Mask:
    return judge.judge(pointed(judge.root, value), some, sink)


_KEYWORDS: dict[str, Callable[..., Any]] = {
    "$ref": _ref,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "minItems": _sized(ARRAY, True, "minItems", "items"),
    "maxItems": _sized(ARRAY, False, "maxItems", "items"),
    "minProperties": _sized(OBJECT, True, "minProperties", "keys"),
    "maxProperties": _sized(OBJECT, False, "maxProperties", "keys"),
    "minLength": _long(True, "minLength"),
    "maxLength": _long(False, "maxLength"),
    "minimum": _bound("minimum", lambda a, b: a >= b, "below"),
    "maximum": _bound("maximum", lambda a, b: a <= b, "above"),
    "exclusiveMinimum": _bound("exclusiveMinimum", lambda a, b: a > b, "not above"),
    "exclusiveMaximum": _bound("exclusiveMaximum", lambda a, b: a < b, "not below"),
    "pattern": _pattern,
    "allOf": _all_of,
    "anyOf": _some_of("anyOf", "meets none of the alternatives"),
    "oneOf": _some_of("oneOf", "does not meet just one of the alternatives"),
    "not": _not,
}
