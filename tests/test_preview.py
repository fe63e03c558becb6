"""What the first records say, and columns as texts: on Arrow the same numbers and texts as value by value."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dataset import JSON_FIELD, Batch, Roles, Shard, text_column, texts
from auditor.kernels.reference import tokens
from auditor.kernels.unicode14 import UNSPACED
from auditor.leakage.observed import EXCERPT, observed
from auditor.model import digest
from auditor.preview import SPACED, look

SHARD = Shard(path="x.jsonl", file="", split="train", format="jsonl")
TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["", "id-0001", "a b", "a\u2028b", "東京", "\x1f", "กา"])
STRINGS = st.lists(st.none() | TEXT, max_size=8)


def batch(**columns: pa.Array) -> Batch:
    fields = [pa.field(name, column.type, metadata=JSON_FIELD if name == "json" else None) for name, column in columns.items()]
    return Batch(shard=SHARD, start=0, records=pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields)))


def spaced(value: str) -> bool:
    return any(each.isspace() or any(a <= ord(each) <= b for a, b in UNSPACED) for each in value)


@settings(deadline=None)
@given(STRINGS, st.sampled_from([pa.string(), pa.large_string()]), st.integers(1, 10))
def test_a_column_is_measured_as_value_by_value(values: list[str | None], kind: Any, limit: int) -> None:
    seen = look([batch(a=pa.array(values, kind))], Roles(), limit)
    there = [value for value in values[:limit] if value is not None]
    assert seen["records"] == len(values[:limit])
    assert seen["columns"]["a"] == {
        "strings": True,
        "length": sum(map(len, there)),
        "values": len(there),
        "spaced": sum(map(spaced, there)),
        "tokens": [len(tokens(value or "")) for value in values[:limit]],
    }


def test_every_code_point_is_space_to_both_or_to_none() -> None:
    points = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    assert pc.match_substring_regex(pa.array(points), SPACED).to_pylist() == list(map(spaced, points))


@settings(deadline=None)
@given(STRINGS.filter(bool), st.data())
def test_columns_are_joined_as_value_by_value(values: list[str | None], data: st.DataObject) -> None:
    rows = len(values)
    numbers = data.draw(st.lists(st.none() | st.integers(-9, 9), min_size=rows, max_size=rows))
    nested = data.draw(st.lists(st.none() | st.lists(TEXT, max_size=2) | TEXT, min_size=rows, max_size=rows))
    written = [None if each is None else json.dumps(each, ensure_ascii=False) for each in nested]
    columns = batch(a=pa.array(values, pa.string()), n=pa.array(numbers, pa.int64()), json=pa.array(written, pa.string()))
    for names in (["a"], ["json"], ["a", "missing"], ["json", "n", "a"]):
        parts = [texts(columns, name) for name in names]
        expected = ["\n".join(value or "" for value in each) for each in zip(*parts, strict=True)]
        assert text_column(columns, names).to_pylist() == expected
        assert text_column(columns, names).type == pa.large_string()


LABEL = st.none() | st.sampled_from(["a", "b", "é"])


@settings(deadline=None)
@given(st.lists(st.tuples(st.text("ab é\n", max_size=2 * EXCERPT), LABEL), max_size=5))
def test_what_is_observed_is_shown_as_it_stands(rows: list[tuple[str, str | None]]) -> None:
    records = batch(text=pa.array([text for text, _ in rows], pa.string()), label=pa.array([label for _, label in rows], pa.string()))
    context = {"text": ["text"], "label": "label", "shingle": "word:5", "bands": False}
    found = observed(records, context, 0.8, no_text=False)
    shown = [None if label is None else json.dumps(label, ensure_ascii=False) for _, label in rows]
    assert found["named"].to_pylist() == shown
    assert found["label"].to_pylist() == [None if each is None else digest(each) for each in shown]
    assert found["text"].to_pylist() == [text[:EXCERPT] for text, _ in rows]
    withheld = observed(records, context, 0.8, no_text=True)
    assert withheld["text"].null_count == withheld["named"].null_count == len(rows)
    assert withheld["label"].equals(found["label"])


def test_labels_of_any_type_are_json() -> None:
    for values in ([1, None, 1], [1.0, 2.5, None], [True, False, None], [["a"], None, ["a"]], [None, None, None]):
        records = batch(text=pa.array(["x", "y", "z"]), label=pa.array(values))
        context = {"text": ["text"], "label": "label", "shingle": "word:5", "bands": False}
        named = observed(records, context, 0.8, no_text=False)["named"].to_pylist()
        assert named == [None if each is None else json.dumps(int(each) if each == 1.0 and each is not True else each) for each in values]
