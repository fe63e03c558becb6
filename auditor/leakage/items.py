"""The items of a benchmark: what is asked, what is answered and what both are about, told apart by the names of columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.dataset import Batch, texts, tokens
from auditor.model import Json

if TYPE_CHECKING:
    import pyarrow as pa

QUESTIONS = ("question", "query", "problem", "prompt", "instruction", "hypothesis", "claim", "goal")
"""What a column is called that holds what is asked; of several columns the first in this order."""

TEXTS = ("text", "sentence", "input", "utterance", "statement")
"""What columns are called that hold what is asked where none is called by such a name; several are joined."""

ANSWERS = (
    *("answer", "answers", "target", "targets", "choice", "choices", "option", "options", "solution", "output", "response", "completion"),
    *("endings", "ending", "label"),
)
"""What a word of the name of a column is that holds answers, or choices between them."""

PASSAGES = ("passage", "context", "article", "document", "story", "paragraph", "premise", "background")
"""What a word of the name of a column is that holds what is asked about."""


def collected(batch: Batch, text_columns: Sequence[str]) -> pa.Table:
    """A row a record: where it is, the question, the record's text as a whole (null where it is the question), passages and answers."""
    import numpy as np
    import pyarrow as pa

    names = batch.records.schema.names
    answers, passages = _called(names, ANSWERS), _called(names, PASSAGES)
    compared = [name for name in text_columns if name in names]
    asked = _asked(names) or [name for name in compared if name not in (*answers, *passages)] or compared
    question, whole = _joined(batch, asked), _joined(batch, compared)
    rows = batch.records.num_rows
    return pa.table(
        {
            "row": pa.array(np.arange(batch.start, batch.start + rows)),
            "line": pa.array(np.full(rows, -1) if batch.lines is None else batch.lines),
            "question": pa.array(question, pa.large_string()),
            "record": pa.array([b if b != a else None for a, b in zip(question, whole, strict=True)], pa.large_string()),
            "passages": pa.array(_parts(batch, [n for n in passages if n not in asked]), pa.large_list(pa.large_string())),
            "answers": pa.array(_parts(batch, [n for n in answers if n not in asked]), pa.large_list(pa.large_string())),
        }
    )


def _called(names: Iterable[str], words: Sequence[str]) -> list[str]:
    """The columns whose name has one of these words in it: `answer`, `best_answer`, `choice0`."""
    return [name for name in names if any(token.rstrip("0123456789") in words for token in tokens(name))]


def _asked(names: Sequence[str]) -> list[str]:
    for word in QUESTIONS:
        if found := [name for name in names if name.lower() == word]:
            return found[:1]
    return [name for name in names if name.lower().rstrip("0123456789_") in TEXTS]


def _joined(batch: Batch, names: Sequence[str]) -> list[str]:
    columns = [texts(batch, name) for name in names]
    return ["\n".join(value or "" for value in values) for values in zip(*columns, strict=True)] or [""] * batch.records.num_rows


def _parts(batch: Batch, names: Sequence[str]) -> list[list[str]]:
    """The strings in these columns, those within JSON values one by one."""
    columns = [texts(batch, name) for name in names]
    found = [[part for value in values if value for part in _strings(value)] for values in zip(*columns, strict=True)]
    return found or [[] for _ in range(batch.records.num_rows)]


def _strings(value: str) -> Iterator[str]:
    if value[0] not in "[{":
        yield value
        return
    try:
        yield from _leaves(json.loads(value))
    except (ValueError, RecursionError):
        yield value


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
