"""What one batch says of one expectation: how many records were looked at, and which of them do not meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.doors import frames
from auditor.model import Json
from auditor.schemas.evaluation import CellError, evaluate
from auditor.schemas.tree import Tree
from auditor.validation import measures, selection, types
from auditor.validation.cells import Bools, Cells, Column, Unjudged, View, flags, together, validity
from auditor.validation.maps import MAPS, WHOLE
from auditor.validation.plan import Rule
from auditor.validation.rows import ROWS, looked_at

_NO_ROWS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Of `examined` records, those at `rows` do not meet the expectation; `refused` of them hold a cell that is not what it has to be.

    `meant` counts the cells that are what `order` (number, time or text) takes them for. `problem` says why it could not be judged.
    """

    examined: int = 0
    rows: NDArray[np.int32] = field(default_factory=lambda: _NO_ROWS)
    refused: int = 0
    meant: int = 0
    gathered: Json = None
    problem: str = ""


def judge(rule: Rule, cells: Cells, tree: Tree | None = None) -> list[Seen]:
    """What the batch says, once for each meaning that its cells may have; `tree` is that of an expression."""
    try:
        among = selection.selected(cells, rule.condition, rule.numbers)
        if rule.family == "table":
            return [Seen(examined=cells.size if among is None else int(among.sum()))]
        columns = [cells.column(name) for name in rule.columns]
        if tree is not None:
            return [_expressed(tree, columns, among, cells)]
        unread = [frames.is_unread(column.field) for column in columns]
        meanings = rule.meanings(unread, cells.typed)
    except Unjudged as reason:
        return [Seen(problem=str(reason))]
    found = []
    for meaning in meanings:
        try:
            found.append(_judged(rule, [column.view(meaning) for column in columns], among, cells))
        except Unjudged as reason:
            found.append(Seen(problem=str(reason)))
    return found


def _judged(rule: Rule, views: Sequence[View], among: Bools | None, cells: Cells) -> Seen:
    refused = _refused(views, among)
    number = 0 if refused is None else int(refused.sum())
    if rule.family == "late":  # only which records are meant is known yet
        return Seen(rows=_NO_ROWS if among is None else np.flatnonzero(among).astype(np.int32))
    if rule.family == "map":
        looked = among if rule.type in WHOLE else views[0].chosen(among)
        bad = MAPS[rule.type](views[0], rule.kwargs)
    elif rule.family == "rows":
        looked = together(iter((among, looked_at(views, rule.kwargs.get("ignore_row_if")), None if refused is None else ~refused)))
        bad = ROWS[rule.type](views, rule.kwargs)
    elif rule.family == "type":
        looked = views[0].chosen(among)
        bad = types.unlike(rule.type, views[0], rule.kwargs)
    else:
        return _measured(rule, views[0], among, refused, cells.size)
    failing = bad if looked is None else bad & looked
    examined = (cells.size if looked is None else int(looked.sum())) + number
    rows = np.flatnonzero(failing if refused is None else failing | refused).astype(np.int32)
    gathered = types.held(views[0]) if rule.family == "type" else None
    meant = sum(view.size if view.present is None else int(view.present.sum()) for view in views)
    return Seen(examined=examined, rows=rows, refused=number, meant=meant, gathered=gathered)


def _expressed(tree: Tree, columns: Sequence[Column], among: Bools | None, cells: Cells) -> Seen:
    schema = pa.schema([column.field.with_type(column.array.type) for column in columns])
    arrays = [column.array for column in columns]
    records = pa.RecordBatch.from_arrays(arrays, schema=schema) if arrays else cells.records.select([])
    try:
        answer = evaluate(tree, records, cells.typed)
    except CellError as error:
        raise Unjudged(str(error)) from None
    looked = together(iter((among, validity(answer))))
    failing = ~flags(answer) if looked is None else ~flags(answer) & looked
    return Seen(examined=cells.size if looked is None else int(looked.sum()), rows=np.flatnonzero(failing).astype(np.int32))


def _refused(views: Sequence[View], among: Bools | None) -> Bools | None:
    found: Bools | None = None
    for view in views:
        if view.wrong is not None:
            found = view.wrong if found is None else found | view.wrong
    return found if among is None or found is None else found & among


def _measured(rule: Rule, view: View, among: Bools | None, refused: Bools | None, size: int) -> Seen:
    chosen, selected = view.chosen(among), size if among is None else int(among.sum())
    number = 0 if refused is None else int(refused.sum())
    whole = rule.type == "expect_column_proportion_of_non_null_values_to_be_between"
    gathered = measures.gather(rule.type, view, chosen, selected)
    examined = selected if whole else (size if chosen is None else int(chosen.sum())) + number
    rows = _NO_ROWS if refused is None else np.flatnonzero(refused).astype(np.int32)
    return Seen(examined=examined, rows=rows, refused=number, gathered=gathered)
