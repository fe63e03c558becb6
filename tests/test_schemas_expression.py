"""Expressions: read or refused at a column, written as they are read, and true of exactly the records that a slow reading says."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dataset import JSON_FIELD
from auditor.doors import frames
from auditor.schemas.evaluation import CellError, evaluate
from auditor.schemas.parser import FUNCTIONS, LONGEST, Metric, metric, parse
from auditor.schemas.tree import (
    COMPARISONS,
    DEEPEST,
    TYPES,
    Apply,
    Column,
    Constant,
    ExpressionError,
    Tree,
    as_json,
    columns,
    kind,
    of_json,
    render,
    walk,
)

A, B = Column("a"), Column("b")


# ── the language ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("a == 1", Apply("==", (A, Constant(1)))),
        ("a!=-1.5e3", Apply("!=", (A, Constant(-1500.0)))),
        ("a is null", Apply("null", (A,))),
        ("a IS NOT NULL", Apply("not", (Apply("null", (A,)),))),
        ("a is integer", Apply("is integer", (A,))),
        ("a is not text", Apply("not", (Apply("is text", (A,)),))),
        ("a in [1, 2]", Apply("in", (A, Constant(1), Constant(2)))),
        ("a not in ['x', \"it''s\"]", Apply("not", (Apply("in", (A, Constant("x"), Constant("it''s"))),))),
        ("a == 'it''s'", Apply("==", (A, Constant("it's")))),
        ("`end ts` >= `a``b`", Apply(">=", (Column("end ts"), Column("a`b")))),
        ("not a or b and a", Apply("or", (Apply("not", (A,)), Apply("and", (B, A))))),
        ("(a or b) and a", Apply("and", (Apply("or", (A, B)), A))),
        ("a + b * 2 > -a", Apply(">", (Apply("+", (A, Apply("*", (B, Constant(2))))), Apply("negative", (A,))))),
        ("a - b - 1 < 0", Apply("<", (Apply("-", (Apply("-", (A, B)), Constant(1))), Constant(0)))),
        ("len(lower(trim(a))) > 3", Apply(">", (Apply("len", (Apply("lower", (Apply("trim", (A,)),)),)), Constant(3)))),
        ("a < date('2024-06-01')", Apply("<", (A, Constant(datetime(2024, 6, 1, tzinfo=UTC))))),
        ("a == true", Apply("==", (A, Constant(True)))),
        ("größe > 9223372036854775807", Apply(">", (Column("größe"), Constant(2**63 - 1)))),
        ("a > -9223372036854775808", Apply(">", (A, Constant(-(2**63))))),
    ],
)
def test_what_is_read(text: str, tree: Tree) -> None:
    assert parse(text) == tree
    assert parse(render(tree)) == tree


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "nothing is written"),
        ("   ", 1, "nothing is written"),
        ("a = 1", 3, "'=' does not belong into an expression; write =="),
        ("a <> 1", 3, "'<>' does not belong into an expression; write !="),
        ("a & b", 3, "write and"),
        ("a ==", 5, "something is missing"),
        ("a == 1 b", 8, "'b' is not expected"),
        ("0 < a < 5", 7, "compare two at a time"),
        ("a is 3", 6, "`null` or a type is missing"),
        ("a is string", 6, "`null` or a type is missing (text, integer"),
        ("len(a) is integer", 8, "only a column has a type"),
        ("a not 3", 7, "`in` is missing"),
        ("a in (1)", 6, "`[` before the values is missing"),
        ("a in [1, b]", 10, "between [ and ] stand constants"),
        ("a in []", 7, "is not expected"),
        ("a in [1, 'x']", 3, "a number cannot be compared with a text"),
        ("(a == 1", 8, "`)` is missing"),
        ("a == 'x", 6, "the quotation mark ' is not closed"),
        ("`` == 1", 1, "between two ` stands no name"),
        ("a == 1.2.3", 6, "this is no number"),
        ("a == 12x", 6, "this is no number"),
        ("a == 1e999", 6, "the number is too large"),
        ("a == 99999999999999999999", 6, "an integer has at most 64 bits"),
        ("a + 1", 1, "this is not true or false"),
        ("true", 1, "this is not true or false"),
        ("1 == 1", 1, "no column is named"),
        ("a == 1 == b", 8, "compare two at a time"),
        ("'x' < 1 and a", 5, "a number cannot be compared with a text"),
        ("true < false or a", 6, "truth values have no order"),
        ("not 'x' or a", 1, "not needs a truth value, not a text"),
        ("a + 'x' > 1", 3, "+ needs a number, not a text"),
        ("lower(a + 1) == 'x'", 1, "lower needs a text, not a number"),
        ("len(1) > a", 1, "len needs a text or a list, not a number"),
        ("mean(a) > 1", 1, "write it as `metric: mean(...)`"),
        ("lenn(a) > 1", 1, "there is no function 'lenn'; did you mean 'len'?"),
        ("__import__('os')", 1, "there is no function"),
        ("a.b == 1", 2, "'.' does not belong"),
        ("date('x') < a", 6, "is no date or time"),
        ("date(a) < b", 6, "is no date or time"),
        ("a @ b", 3, "'@' does not belong"),
        ("(" * 10_000, LONGEST + 1, "at most 2,000 characters"),
        ("(" * 100 + "a" + ")" * 100, DEEPEST + 2, "at most 40 levels"),
        ("not " * 100 + "a", None, "at most 40 levels"),
        ("-" * 100 + "a > 1", None, "at most 40 levels"),
        ("a + " * 100 + "a > 1", None, "at most 40 levels"),
        ("abs(" * 45 + "a" + ")" * 45 + " > 1", None, "at most 40 levels"),
    ],
)
def test_what_is_refused_and_where(text: str, column: int | None, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert said in caught.value.reason
    assert caught.value.column == column if column is not None else 0 < caught.value.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rows()", Metric("rows")),
        ("mean(a)", Metric("mean", "a")),
        ("quantile(`a b`, 0.95)", Metric("quantile", "a b", 0.95)),
        ("distinct_share(a)", Metric("distinct_share", "a")),
    ],
)
def test_a_metric(text: str, found: Metric) -> None:
    assert metric(text) == found
    assert metric(str(found)) == found


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("average(a)", 1, "'average' is no metric"),
        ("meen(a)", 1, "did you mean 'mean'?"),
        ("mean", 5, "`(` is missing"),
        ("mean()", 6, "is not expected"),
        ("mean(1)", 6, "a column is expected"),
        ("quantile(a)", 11, "`,` and a share is missing"),
        ("quantile(a, 95)", 13, "a share from 0 to 1"),
        ("quantile(a, true)", 13, "a share from 0 to 1"),
        ("mean(a) > 3", 9, "is not expected"),
        ("", 1, "nothing is written"),
    ],
)
def test_what_is_no_metric(text: str, column: int, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        metric(text)
    assert said in caught.value.reason
    assert caught.value.column == column


SIGNS = (*"()[],+-*/<>=!'\"`.e1 ", "a", "and ", "or ", "not ", "in ", "is ", "null ", "len(", "date(", "== ", "0x", "\n", "ö", "\x00")


@settings(deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=60).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_at_a_column(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionError as error:
        column = error.column
    else:
        column = 1
        assert of_json(json.loads(json.dumps(as_json(tree)))) == tree
    assert 0 < column <= len(text) + 1


@pytest.mark.parametrize(
    "value",
    [
        *(
            [],
            ["column"],
            ["column", "a"],
            ["column", "a", "what"],
            ["constant", None],
            ["constant", [1]],
            ["moment", "x"],
            ["what", ["constant", 1]],
        ),
        *(["and", ["column", "a", ""]], ["==", ["constant", 1]], ["not", 3], "a", None, {"a": 1}, [["not"], 3], ["not", ["constant", "x"]]),
    ],
)
def test_what_is_no_tree(value: Any) -> None:
    with pytest.raises(ExpressionError):
        of_json(value)


def test_a_tree_too_deep_is_refused_in_json_too() -> None:
    value: Any = ["column", "a", ""]
    for _ in range(DEEPEST):
        value = ["not", value]
    with pytest.raises(ExpressionError, match="40 levels"):
        of_json(value)


# ── trees of every kind ───────────────────────────────────────────────────────────────────────────────────────────────

MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
CONSTANTS = {
    "number": st.integers(-9, 9) | st.sampled_from([0.5, -2.0, 1e6]),
    "text": st.sampled_from(["", "a", "B", "it's", ' "x" ', "ab"]),
    "time": st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 5, 6, 7, 8, 9, 10, tzinfo=UTC)]),
    "truth": st.booleans(),
}
NAMES = {"number": ["i", "f"], "text": ["s", "odd name"], "time": ["t", "d"], "truth": ["ok", "and"]}


def of_kind(wanted: str, depth: int) -> st.SearchStrategy[Tree]:
    """Trees that give a kind of value, over the columns of that kind."""
    leaf = st.sampled_from(NAMES[wanted]).map(Column) | CONSTANTS[wanted].map(Constant)
    if not depth:
        return leaf
    if wanted == "number":
        two = st.tuples(of_kind("number", depth - 1), of_kind("number", depth - 1))
        deeper = st.builds(Apply, st.sampled_from("+-*/"), two)
        deeper |= st.builds(Apply, st.sampled_from(["negative", "abs"]), st.tuples(of_kind("number", depth - 1)))
        return leaf | deeper | st.builds(Apply, st.just("len"), st.tuples(of_kind("text", depth - 1)))
    if wanted == "text":
        return leaf | st.builds(Apply, st.sampled_from(["lower", "upper", "trim"]), st.tuples(of_kind("text", depth - 1)))
    return (truths(depth) | leaf) if wanted == "truth" else leaf


def truths(depth: int) -> st.SearchStrategy[Tree]:
    """Trees that are true or not."""
    parts = []
    for each in ("number", "text", "time"):
        of = of_kind(each, depth - 1)
        parts.append(st.builds(Apply, st.sampled_from(COMPARISONS), st.tuples(of, of)))
        some = st.lists(CONSTANTS[each].map(Constant), min_size=1, max_size=3)
        parts.append(st.builds(lambda one, many: Apply("in", (one, *many)), of, some))
        parts.append(st.builds(Apply, st.just("null"), st.tuples(of)))
    if depth > 1:
        inside = truths(depth - 1) | st.sampled_from(NAMES["truth"]).map(Column)
        several = st.lists(inside, min_size=2, max_size=3).map(tuple)
        parts += [st.builds(Apply, st.sampled_from(["and", "or"]), several), st.builds(Apply, st.just("not"), st.tuples(inside))]
        parts += [st.builds(Apply, st.just("when"), st.tuples(inside, inside))]
    return st.one_of(parts)


@settings(deadline=None)
@given(truths(3))
def test_a_tree_is_read_as_it_is_written(tree: Tree) -> None:
    assert of_json(json.loads(json.dumps(as_json(tree)))) == tree
    if columns(tree) and not any(isinstance(each, Apply) and each.operator == "when" for each in walk(tree)):
        assert parse(render(tree)) == tree


# ── what is true of a record ──────────────────────────────────────────────────────────────────────────────────────────


def slow(tree: Tree, record: dict[str, Any], notes: list[bool]) -> Any:
    """The value of a tree for one record, by Python alone; `notes` gets a True for a value that cannot be computed."""
    if isinstance(tree, Column):
        value = record[tree.name]
        return None if isinstance(value, float) and math.isnan(value) else value
    if isinstance(tree, Constant):
        return tree.value
    parts, operator = tree.parts, tree.operator
    if operator == "when":
        inside: list[bool] = []
        condition = slow(parts[0], record, inside)
        if inside or condition is not True:
            return None
        return slow(parts[1], record, notes)
    values = [slow(part, record, notes) for part in parts]
    if operator == "null":
        return values[0] is None
    if operator in ("and", "or"):
        strong = operator == "or"
        return strong if strong in values else None if None in values else not strong
    if operator == "in":
        return None if values[0] is None else any(values[0] == each for each in values[1:])
    if None in values:
        return None
    try:
        found = _PYTHON[operator](*values)
    except ZeroDivisionError:
        notes.append(True)
        return None
    return found


_PYTHON: dict[str, Any] = {
    "not": lambda a: not a,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: float(a) / float(b),
    "negative": lambda a: -a,
    "abs": abs,
    "len": len,
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
}

RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "i": st.none() | st.integers(-9, 9),
            "f": st.none() | st.sampled_from([0.0, 0.5, -2.0, 3.0, float("nan")]),
            "s": st.none() | st.sampled_from(["", "a", "b", "Ab", " x "]),
            "odd name": st.none() | st.sampled_from(["a", "B"]),
            "t": st.none() | MOMENT,
            "d": st.none() | st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)]),
            "ok": st.none() | st.booleans(),
            "and": st.none() | st.booleans(),
        }
    ),
    max_size=6,
)
UTC_US = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        *(("i", pa.int32()), ("f", pa.float32()), ("s", pa.string()), ("odd name", pa.dictionary(pa.int8(), pa.string()))),
        *(("t", pa.timestamp("us", "Europe/Paris")), ("d", pa.timestamp("s")), ("ok", pa.bool_()), ("and", pa.bool_())),
    ]
)


def batch_of(records: list[dict[str, Any]]) -> pa.RecordBatch:
    rows = [{**each, "d": each["d"] and each["d"].replace(tzinfo=None)} for each in records]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


@settings(deadline=None)
@given(truths(3), RECORDS)
def test_the_answers_are_those_of_a_slow_reading(tree: Tree, records: list[dict[str, Any]]) -> None:
    expected = []
    for record in records:
        notes: list[bool] = []
        value = slow(tree, record, notes)
        expected.append(False if notes else value)
    assert evaluate(tree, batch_of(records)).to_pylist() == expected


@settings(deadline=None)
@given(truths(2), RECORDS, st.integers(0, 6))
def test_the_answers_do_not_depend_on_the_batches(tree: Tree, records: list[dict[str, Any]], cut: int) -> None:
    whole = evaluate(tree, batch_of(records)).to_pylist()
    assert evaluate(tree, batch_of(records[:cut])).to_pylist() + evaluate(tree, batch_of(records[cut:])).to_pylist() == whole


def answers(text: str, typed: bool = True, kinds: dict[str, Any] | None = None, **cells: Any) -> list[bool | None]:
    tree = parse(text)
    batch = pa.RecordBatch.from_pydict(cells)
    found: list[bool | None] = evaluate(_of_kinds(tree, kinds or {}), batch, typed).to_pylist()
    return found


def _of_kinds(tree: Tree, kinds: dict[str, Any]) -> Tree:
    if isinstance(tree, Apply):
        return Apply(tree.operator, tuple(_of_kinds(part, kinds) for part in tree.parts))
    return Column(tree.name, kinds.get(tree.name, "")) if isinstance(tree, Column) else tree


CELLS = st.none() | st.sampled_from(["", " ", "3", "-2", "+1", "0.5", " 7 ", "1e1", "n/a", "nan", "1,5"])
OVER_TEXT = st.recursive(
    st.builds("{} {} {}".format, st.sampled_from("ab"), st.sampled_from(COMPARISONS), st.sampled_from(["3", "-2", "0.5"]))
    | st.builds("{} + {} {} 1".format, st.sampled_from("ab"), st.sampled_from("ab"), st.sampled_from(COMPARISONS))
    | st.builds("{} is null".format, st.sampled_from("ab")),
    lambda inside: (
        st.builds("({} and {})".format, inside, inside) | st.builds("({} or {})".format, inside, inside) | inside.map("not ({})".format)
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(OVER_TEXT, st.tuples(CELLS, CELLS))
def test_the_cells_of_a_csv_file_are_read_as_the_rest_of_the_audit_reads_them(text: str, cells: tuple[str | None, str | None]) -> None:
    tree, given = parse(text), dict(zip("ab", cells, strict=True))
    blank = {name for name, cell in given.items() if cell is None or not cell.strip()}
    numbers = {name: None if name in blank else frames.as_number(cell) for name, cell in given.items()}
    read = {
        each.name
        for part in walk(tree)
        if isinstance(part, Apply) and part.operator != "null"
        for each in part.parts
        if isinstance(each, Column)
    }
    wrong = any(numbers[name] is None and name not in blank for name in read)
    expected = False if wrong else slow(_missing(tree, given), numbers, [])
    assert answers(text, typed=False, a=pa.array([cells[0]], pa.string()), b=pa.array([cells[1]], pa.string())) == [expected]


def _missing(tree: Tree, given: dict[str, Any]) -> Tree:
    """The tree with its `is null` of columns answered: it looks at the cell itself, of which a blank one is not missing."""
    if not isinstance(tree, Apply):
        return tree
    if tree.operator == "null" and isinstance(tree.parts[0], Column):
        return Constant(given[tree.parts[0].name] is None)
    return Apply(tree.operator, tuple(_missing(part, given) for part in tree.parts))


def test_text_that_is_compared_with_a_number_is_read_as_one_where_everything_is_text() -> None:
    cells = ["3", " 5 ", "+7", "n/a", "", None, "1e2", "5.", ".5", "0x10", "inf", "1_0", "٣"]
    assert answers("a >= 5", typed=False, a=cells) == [False, True, True, False, None, None, True, True, False, False, False, False, False]
    assert answers("a in [3, 5]", typed=False, a=cells[:5]) == [True, True, False, False, None]
    with pytest.raises(CellError, match="'a' holds text, not numbers"):
        answers("a >= 5", a=cells)
    assert answers("a >= 5", kinds={"a": "number"}, a=cells[:4]) == [False, True, True, False]


def test_a_cell_that_is_no_number_does_not_meet_whatever_the_rest_says() -> None:
    assert answers("a > 1 or b == 'x'", typed=False, a=["n/a", "2", "n/a"], b=["x", "y", None]) == [False, True, False]
    assert answers("a is null or a > 1", typed=False, a=["n/a", None, "2"]) == [False, True, True]


def test_a_cell_that_is_no_number_is_not_meant_by_a_condition() -> None:
    tree = Apply("when", (parse("a > 1"), parse("b == 'x'")))
    batch = pa.RecordBatch.from_pydict({"a": ["n/a", "2", "2", "0", None], "b": ["y", "y", "x", "y", "y"]})
    assert evaluate(tree, batch, typed=False).to_pylist() == [None, False, True, None, None]


def test_dates_and_times_are_compared_as_moments() -> None:
    texts = ["2024-06-01", "2024-06-01T00:00:00+02:00", "2024-05-31 23:00:01Z", "soon", " ", None]
    assert answers("a >= date('2024-06-01')", a=texts) == [True, False, False, False, None, None]
    zoned = ["2024-06-01T00:00:00Z", "2024-05-31T12:00:00-12:00", "2024-05-31T23:59:59Z"]
    assert answers("a >= date('2024-06-01')", a=zoned) == [True, True, False]
    days = pa.array([datetime(2024, 6, 1).date(), None], pa.date32())
    assert answers("a == date('2024-06-01')", a=days) == [True, None]


def test_moments_are_told_in_microseconds() -> None:
    late = pa.array([2**40], pa.timestamp("s"))
    fine = pa.array([1_717_200_000_000_000_999], pa.timestamp("ns"))
    assert answers("a == date('2024-06-01T00:00:00Z')", a=fine) == [True]
    with pytest.raises(CellError, match="cannot be told in microseconds"):
        answers("a > date('2024-06-01')", a=pa.array([2**50], pa.timestamp("s")))
    assert answers("a > date('2024-06-01')", a=late) == [True]


def test_columns_of_a_csv_file_that_are_compared_with_each_other_need_a_type() -> None:
    cells: dict[str, Any] = {"a": ["9", "10"], "b": ["10", "9"]}
    with pytest.raises(CellError, match="say under `columns:` of which type"):
        answers("a < b", typed=False, **cells)
    assert answers("a < b", typed=False, kinds={"a": "number", "b": "number"}, **cells) == [True, False]
    assert answers("a != b", typed=False, **cells) == [True, True]


def test_large_integers_are_compared_exactly() -> None:
    large = pa.array([2**53 + 1, 2**53], pa.int64())
    assert answers("a == 9007199254740993", a=large) == [True, False]
    assert answers("a < b", a=large, b=pa.array([2**53 + 2, 2**53], pa.uint64())) == [True, False]
    with pytest.raises(CellError, match="2\\^53"):
        answers("a > 1", typed=False, a=["9007199254740993"])
    with pytest.raises(CellError, match="64 bits"):
        answers("a * a > 1", a=large)
    with pytest.raises(CellError, match="63 bits"):
        answers("a > 1", a=pa.array([2**63], pa.uint64()))


def test_what_cannot_be_computed_does_not_meet() -> None:
    assert answers("a / b > 0.5", a=[1, 1, 1], b=[1, 0, None]) == [True, False, None]
    assert answers("a / b != 1", a=[0.0, 2.0], b=[0.0, 1.0]) == [False, True]


def test_lengths_are_those_of_texts_and_of_lists() -> None:
    assert answers("len(a) > 1", a=["ab", "ä", None]) == [True, False, None]
    assert answers("len(a) > 1", a=pa.array([[1, 2], [], None], pa.list_(pa.int64()))) == [True, False, None]
    field = pa.field("a", pa.string(), metadata=JSON_FIELD)
    mixed = pa.RecordBatch.from_arrays([pa.array(["[1, 2]", '"x"', "7", "null", None])], schema=pa.schema([field]))
    assert evaluate(parse("len(a) > 1"), mixed).to_pylist() == [True, False, False, None, None]


def test_values_of_mixed_types_are_taken_one_by_one() -> None:
    field = pa.field("a", pa.string(), metadata=JSON_FIELD)
    mixed = pa.RecordBatch.from_arrays([pa.array(["3", '"x"', "true", "null", None, "2.5"])], schema=pa.schema([field]))
    assert evaluate(parse("a > 2"), mixed).to_pylist() == [True, False, False, None, None, True]
    assert evaluate(parse("a == 'x'"), mixed).to_pylist() == [False, True, False, None, None, False]


TYPED: list[tuple[str, Any, bool, dict[str, list[bool | None]]]] = [
    ("text of a CSV file", ["3", "x", " ", None], False, {"integer": [True, False, None, None], "text": [True, True, True, None]}),
    ("text of a CSV file", ["3.0", "1e5"], False, {"integer": [False, False], "number": [True, True], "list": [False, False]}),
    ("text of a CSV file", ["True", "0"], False, {"boolean": [True, False]}),
    ("text", ["3", None], True, {"integer": [False, None], "number": [False, None], "text": [True, None], "boolean": [False, None]}),
    ("text", ["2024-06-01", "2024-06-01T10:00", "2024-13-01"], True, {"date": [True, False, False], "datetime": [True, True, False]}),
    (
        "floating-point numbers",
        [1.0, 1.5, float("nan"), None],
        True,
        {"integer": [True, False, None, None], "number": [True, True, None, None]},
    ),
    ("integers", [1, None], True, {"integer": [True, None], "number": [True, None], "text": [False, None]}),
    ("truth values", [True, None], True, {"boolean": [True, None], "integer": [False, None]}),
    (
        "times",
        [datetime(2024, 1, 1), datetime(2024, 1, 1, 5)],
        True,
        {"date": [True, False], "datetime": [True, True], "text": [False, False]},
    ),
    ("lists", [[1], None], True, {"list": [True, None], "object": [False, None], "text": [False, None]}),
    ("structures", [{"a": 1}, None], True, {"list": [False, None], "object": [True, None]}),
    ("nothing", pa.nulls(2), True, {name: [None, None] for name in TYPES}),
]


@pytest.mark.parametrize(("what", "cells", "typed", "expected"), TYPED)
def test_types(what: str, cells: Any, typed: bool, expected: dict[str, list[bool | None]]) -> None:
    for name, answer in expected.items():
        assert answers(f"a is {name}", typed, a=cells) == answer, name


def test_types_of_values_one_by_one() -> None:
    field = pa.field("a", pa.string(), metadata=JSON_FIELD)
    values = ["3", "3.0", "2.5", '"x"', '"2024-06-01"', "true", "[1]", '{"a": 1}', "null", None]
    mixed = pa.RecordBatch.from_arrays([pa.array(values)], schema=pa.schema([field]))
    true = {name: [place for place, yes in enumerate(evaluate(parse(f"a is {name}"), mixed).to_pylist()) if yes] for name in TYPES}
    assert true == {
        "text": [3, 4],
        "integer": [0, 1],
        "number": [0, 1, 2],
        "boolean": [5],
        "date": [4],
        "datetime": [4],
        "list": [6],
        "object": [7],
    }
    assert evaluate(parse("a is text"), mixed).to_pylist()[8:] == [None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("b == 1", "there is no column called 'b'"),
        ("colour == 1", "there is no column called 'colour'; did you mean 'color'?"),
        ("n == 'x'", "holds numbers, not text"),
        ("color == n", "do not hold values of one kind"),
        ("ok < yes", "truth values, which have no order"),
        ("n and ok", "holds numbers, not truth values"),
        ("many == many", "do not hold values of one kind"),
        ("len(n) > 1", "holds numbers, not text"),
    ],
)
def test_what_cannot_be_asked_of_these_columns(text: str, said: str) -> None:
    with pytest.raises(CellError, match=said):
        answers(text, color=["red"], n=[1], ok=[True], yes=[True], many=pa.array([[1]]))


def test_columns_without_a_value_are_unknown() -> None:
    assert answers("a == b and a > 1", a=pa.nulls(2), b=pa.nulls(2)) == [None, None]
    assert answers("a is null", a=pa.nulls(2)) == [True, True]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=12) | st.from_regex(r"[+-]?[0-9.]{0,5}([eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_a_cell_is_a_number_where_the_rest_of_the_audit_says_so(cell: str) -> None:
    number = frames.as_number(cell)
    if number is not None and abs(number) >= frames.EXACT and isinstance(number, int):
        return
    expected = None if not cell.strip() else False if number is None else number > 1
    assert answers("a > 1", typed=False, a=[cell]) == [expected]


@settings(deadline=None)
@given(MOMENT | st.just(datetime(1, 1, 1, tzinfo=UTC)), st.sampled_from(["", "Z", "+05:30"]), st.sampled_from(["T", " "]))
def test_a_moment_is_read_as_the_rest_of_the_audit_reads_it(when: datetime, zone: str, between: str) -> None:
    text = when.replace(tzinfo=None).isoformat(between) + zone
    found = frames.as_time(text)
    if found is None:
        return
    assert answers(f"a == date('{found.isoformat()}')", a=[text]) == [True]
    later = found + timedelta(microseconds=1)
    assert answers(f"a == date('{later.isoformat()}')", a=[text]) == [False]


def test_every_function_and_operator_is_known_to_the_evaluator() -> None:
    from auditor.schemas.evaluation import _APPLY
    from auditor.schemas.tree import _GIVES

    assert set(_APPLY) == set(_GIVES)
    assert {*FUNCTIONS} - {"date"} <= set(_GIVES)
    assert kind(Apply("==", (A, B))) == "truth"
