"""JSON values as records: which are accepted, and the Arrow columns that are made of them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from auditor.dataset import JSON_FIELD, Tally
from auditor.sources.limits import SCARCE, columns, too_wide

if TYPE_CHECKING:
    import pyarrow as pa

DEPTH = 256
"""How deep a record may be nested: whoever looks at it after us recurses too."""

CELLS = 4 << 20
"""Columns times records of a batch at most: records that share no key would make a huge, empty table."""

_JUDGED = re.compile(r"(licen[cs]es?|rights|labels?|category|categories|class|classes|targets?|intents?|answers?|gold)(_.*)?", re.I | re.S)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Decoder:
    """Decodes one JSON value at a time and remembers, until the next, what makes it no acceptable record."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._fault: str | None = None
        self._repeated = False
        decoder: Any = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._float)
        self._scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once

    def decode(self, text: str, at: int = 0) -> tuple[Any, int]:
        """The value that begins at a place of the text, and where it ends; ValueError or RecursionError where there is none."""
        self._fault, self._repeated = None, False
        try:
            return self._scan(text, at)
        except StopIteration as error:
            raise json.JSONDecodeError("Expecting value", text, error.value) from None

    def admit(self, value: Any, text: str, line: int) -> bool:
        """Whether the value just decoded from `text` is a record; if not, the tally is told why."""
        if not isinstance(value, dict):
            self._fault = "not an object"
        elif len(value) > columns():
            self._fault = too_wide("a record")
        if self._fault is None and "\\u" in text and _SURROGATE.search(text) and not _encodable(value):
            self._fault = "lone surrogate"
        if self._fault is None and len(text) > 2 * DEPTH and text.count("[") + text.count("{") > DEPTH and _depth(value) > DEPTH:
            self._fault = f"nested more than {DEPTH} deep"
        if self._fault is not None:
            self._tally.refuse(self._fault, line)
        elif self._repeated:
            self._tally.doubt("duplicate key (its last value was taken)", line)
        return self._fault is None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self._repeated = True
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen and (judged := _JUDGED.fullmatch(key)):
                    self._fault = f"duplicate key '{judged[1].lower()}{'_…' if judged[2] else ''}'"
                seen.add(key)
        return value

    def _constant(self, name: str) -> None:
        self._fault = "NaN or Infinity"

    def _float(self, text: str) -> float:
        value = float(text)
        if math.isinf(value):
            self._fault = "number out of range"
        return value


def wrong(error: Exception) -> str:
    """Why a text is no JSON value, in a few words that quote nothing of it."""
    if isinstance(error, json.JSONDecodeError):
        return "invalid JSON: " + error.msg.partition(":")[0].removesuffix(" at").replace("Expecting", "expecting")
    if isinstance(error, MemoryError):
        return f"a record {SCARCE}"
    return "nested too deeply" if isinstance(error, RecursionError) else "integer of more than 4,300 digits"


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except RecursionError:  # the depth is judged next
        return True
    return True


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = list(chain.from_iterable(each.values() if isinstance(each, dict) else each for each in level))
    return depth


def build(records: list[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """The records as Arrow: columns in the order in which keys were first seen, a missing key null; in parts if sparse.

    Strings, booleans, 64-bit integers and floats get columns of their type; whatever is mixed, nested or larger a string column of
    JSON texts that is marked by `JSON_FIELD`.
    """
    import pyarrow as pa

    names = list(dict.fromkeys(chain.from_iterable(records)))
    if len(names) * len(records) > CELLS and len(records) > 1:
        half = len(records) // 2
        yield from build(records[:half])
        yield from build(records[half:])
    elif names:
        columns = [_column([record.get(name) for record in records]) for name in names]
        fields = [pa.field(name, column.type, metadata=metadata) for name, (column, metadata) in zip(names, columns, strict=True)]
        yield pa.RecordBatch.from_arrays([column for column, _ in columns], schema=pa.schema(fields))
    else:
        yield pa.RecordBatch.from_struct_array(pa.array(records, pa.struct([])))


def _column(values: list[Any]) -> tuple[pa.Array, dict[bytes, bytes] | None]:
    import pyarrow as pa

    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pa.nulls(len(values)), None
    if kinds == {str}:
        return pa.array(values, pa.string()), None
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), None
    integers = [value for value in values if type(value) is int] if kinds <= {int, float} else [1 << 63]
    if kinds == {int} and all(-(1 << 63) <= value < 1 << 63 for value in integers):
        return pa.array(values, pa.int64()), None
    if float in kinds and all(abs(value) <= 1 << 53 for value in integers):
        return pa.array([None if value is None else float(value) for value in values], pa.float64()), None
    return pa.array([None if value is None else json.dumps(value, ensure_ascii=False) for value in values], pa.string()), JSON_FIELD
