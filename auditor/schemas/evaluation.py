"""What an expression says of each record of a batch: true, false, or unknown; a pure function of the tree and of Arrow arrays.

Unknown (null) are comparisons with null or NaN, in the logic of Kleene; a rule does not apply to such a record. A cell that is not what
the expression needs (`n/a` where a number is compared, a division by zero) makes the record's answer false, whatever the rest says: it
does not meet the expectation. In the condition of a `when` such a cell is unknown, so that the record is not meant.

Integers are compared with integers exactly; where they meet fractions, or come from text, both are 64-bit floating-point numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from auditor.model import meant
from auditor.schemas import cells
from auditor.schemas.tree import COMPARISONS, IS, ORDERS, Column, Constant, Kind, Tree, kind

if TYPE_CHECKING:
    import pyarrow as pa

CellError = cells.CellError


def evaluate(tree: Tree, batch: pa.RecordBatch, typed: bool = True) -> pa.BooleanArray:
    """The answer for each record: true, false, or null where the rule does not apply to it.

    `typed` is False where every cell is text (CSV): text that is compared with a number is then read as one. CellError where the
    expression cannot be applied to such columns at all: one is missing, or text is compared with numbers.
    """
    import pyarrow.compute as pc

    looking = _Looking(batch=batch, typed=typed)
    answer = looking.array(looking.value(tree, "truth"))
    return pc.if_else(looking.refused, False, answer) if looking.refused is not None else answer


@dataclass(kw_only=True)
class _Looking:
    """One batch, and which of its records hold a cell that is not what the expression needs."""

    batch: pa.RecordBatch
    typed: bool
    refused: pa.BooleanArray | None = field(default=None)

    def array(self, value: Any) -> pa.Array:
        """The value, one for each record."""
        import pyarrow as pa

        return pa.repeat(value, self.batch.num_rows) if isinstance(value, pa.Scalar) else value

    def refuse(self, wrong: pa.BooleanArray | None) -> None:
        import pyarrow.compute as pc

        if wrong is not None:
            self.refused = wrong if self.refused is None else pc.or_(self.refused, wrong)

    def value(self, tree: Tree, wanted: Kind) -> Any:
        """The tree's values, an array or a scalar; `wanted` is what a column's cells are taken for."""
        if isinstance(tree, Column):
            return self._column(tree, wanted)
        if isinstance(tree, Constant):
            return _scalar(tree.value)
        return _APPLY[tree.operator](self, tree.operator, tree.parts)

    def _cell(self, column: Column) -> tuple[pa.Field, pa.Array]:
        names = self.batch.schema.names
        if names.count(column.name) != 1:
            several = "more than one column is" if column.name in names else "there is no column"
            raise CellError(f"{several} called {column.name!r}; {meant(column.name, names)}".rstrip("; "))
        place = names.index(column.name)
        return self.batch.schema.field(place), self.batch.column(place)

    def _column(self, column: Column, wanted: Kind) -> pa.Array:
        values, wrong = cells.read(*self._cell(column), column.kind or wanted, declared=bool(column.kind), typed=self.typed)
        self.refuse(wrong)
        return values

    # ── operators ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def logic(self, operator: str, parts: Sequence[Tree]) -> Any:
        import pyarrow.compute as pc

        values = [self.value(part, "truth") for part in parts]
        if operator == "not":
            return pc.invert(values[0])
        joined = values[0]
        for value in values[1:]:
            joined = (pc.and_kleene if operator == "and" else pc.or_kleene)(joined, value)
        return joined

    def when(self, _: str, parts: Sequence[Tree]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        inside = _Looking(batch=self.batch, typed=self.typed)
        condition = pc.fill_null(inside.array(inside.value(parts[0], "truth")), False)
        if inside.refused is not None:
            condition = pc.and_not(condition, inside.refused)
        then = _Looking(batch=self.batch, typed=self.typed)
        answer = then.array(then.value(parts[1], "truth"))
        if then.refused is not None:
            self.refuse(pc.and_(then.refused, condition))
        return pc.if_else(condition, answer, pa.scalar(None, pa.bool_()))

    def null(self, _: str, parts: Sequence[Tree]) -> Any:
        import pyarrow.compute as pc

        if isinstance(parts[0], Column):  # whatever it is read as: the cell itself
            return pc.is_null(self._cell(parts[0])[1], nan_is_null=True)
        return pc.is_null(self.value(parts[0], ""))

    def compare(self, operator: str, parts: Sequence[Tree]) -> Any:
        import pyarrow.compute as pc

        return pc.call_function(_COMPARE[operator], self._alike(parts, operator in ORDERS))

    def among(self, _: str, parts: Sequence[Tree]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = kind(parts[1])
        values = self.array(self.value(parts[0], wanted))
        constants = [_scalar(part.value) for part in parts[1:] if isinstance(part, Constant)]
        if wanted == "number" and not all(pa.types.is_int64(each.type) for each in (values, *constants)):
            values, constants = _fraction(values), [_fraction(each) for each in constants]
        listed = pa.array([each.as_py() for each in constants], constants[0].type)
        return pc.if_else(pc.is_null(values), pa.scalar(None, pa.bool_()), pc.is_in(values, value_set=listed))

    def _alike(self, parts: Sequence[Tree], ordered: bool) -> list[Any]:
        """Two values of one kind: of the kind that one of them surely has, else of what both columns hold."""

        wanted: Kind = kind(parts[0]) or kind(parts[1]) or self._held(parts, ordered)
        left, right = (self.value(part, wanted) for part in parts)
        if wanted == "number" and left.type != right.type:
            left, right = _fraction(left), _fraction(right)
        return [left, right]

    def _held(self, parts: Sequence[Tree], ordered: bool) -> Kind:
        fields = [self._cell(part)[0] for part in parts if isinstance(part, Column)]
        names = " and ".join(repr(field.name) for field in fields)
        found = {cells.held(field) for field in fields} - {""}
        if len(found) > 1 or found & {"mixed", "nested"}:
            raise CellError(f"{names} do not hold values of one kind that can be compared")
        if ordered and found == {"text"} and not self.typed:
            raise CellError(f"{names} are text here; say under `columns:` of which type they are")
        if ordered and found == {"truth"}:
            raise CellError(f"{names} hold truth values, which have no order")
        return cast(Kind, found.pop()) if found else "text"

    def calculate(self, operator: str, parts: Sequence[Tree]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        values = [self.value(part, "number") for part in parts]
        if operator == "/" or len({value.type for value in values}) > 1:
            values = [_fraction(value) for value in values]
        try:
            found = pc.call_function(_CALCULATE[operator], values)
        except pa.ArrowInvalid:
            raise CellError(f"{operator} of integers goes beyond 64 bits") from None
        if pa.types.is_floating(found.type):
            found = self.array(found)
            given = [pc.is_valid(self.array(value)) for value in values]
            wrong = pc.and_(pc.invert(pc.fill_null(pc.is_finite(found), False)), given[0] if len(given) == 1 else pc.and_(*given))
            self.refuse(wrong)
            found = pc.if_else(wrong, pa.scalar(None, found.type), found)
        return found

    def typed_as(self, operator: str, parts: Sequence[Tree]) -> Any:
        assert isinstance(parts[0], Column)
        return cells.of_type(*self._cell(parts[0]), IS[operator], self.typed)

    def length(self, _: str, parts: Sequence[Tree]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not isinstance(parts[0], Column):
            return pc.utf8_length(self.value(parts[0], "text")).cast(pa.int64())
        lengths, wrong = cells.lengths(*self._cell(parts[0]))
        self.refuse(wrong)
        return lengths

    def spelled(self, operator: str, parts: Sequence[Tree]) -> Any:
        import pyarrow.compute as pc

        return pc.call_function(_SPELL[operator], [self.value(parts[0], "text")])


def _fraction(value: Any) -> Any:
    """The numbers as floating-point ones, the nearest where an integer has none of its own."""
    import pyarrow as pa

    return value.cast(pa.float64(), safe=False)


def _scalar(value: bool | int | float | str | datetime) -> pa.Scalar:
    import pyarrow as pa

    if isinstance(value, str):
        return pa.scalar(value, pa.large_string())
    return pa.scalar(value, pa.timestamp("us", "UTC")) if isinstance(value, datetime) else pa.scalar(value)


_COMPARE = dict(zip(COMPARISONS, ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"), strict=True))
_CALCULATE = {
    "+": "add_checked",
    "-": "subtract_checked",
    "*": "multiply_checked",
    "/": "divide",
    "negative": "negate_checked",
    "abs": "abs_checked",
}
_SPELL = {"lower": "utf8_lower", "upper": "utf8_upper", "trim": "utf8_trim_whitespace"}
_APPLY: Mapping[str, Callable[[_Looking, str, Sequence[Tree]], Any]] = {
    **dict.fromkeys(("and", "or", "not"), _Looking.logic),
    **dict.fromkeys(COMPARISONS, _Looking.compare),
    **dict.fromkeys(IS, _Looking.typed_as),
    **dict.fromkeys(_CALCULATE, _Looking.calculate),
    **dict.fromkeys(_SPELL, _Looking.spelled),
    "when": _Looking.when,
    "null": _Looking.null,
    "in": _Looking.among,
    "len": _Looking.length,
}
