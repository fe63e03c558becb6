"""What is observed of records that may hold items of benchmarks: where which item stands, and how often the items' grams occur."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from auditor.dataset import Batch, text_column
from auditor.kernels import native, overlaps, spans
from auditor.kernels.joins import at_least
from auditor.kernels.sets import Sets
from auditor.kernels.shingles import Hashed, Shingled, hashed, raw_digests, shingled
from auditor.kernels.texts import Texts, of_arrow
from auditor.leakage import paraphrases
from auditor.leakage.catalogue import UNITS, Catalogue, of_tables
from auditor.model import Json

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

LEAST = 0.5
"""The least share of an item's tokens that is kept: what counts in the end is their information, which is known when all is read."""

NEARBY = 64
"""Tokens before and after a question in which an answer to it is looked for."""

SHOWN = 400
"""Code points of a record that are kept around an item."""

_held: dict[str, Catalogue] = {}


def held(context: Mapping[str, Json]) -> Catalogue:
    """The catalogue of a context, made of its tables once in a process."""
    key = context["catalogue"]
    if key not in _held:
        _held.clear()
        _held[key] = of_tables(context["tables"])
    return _held[key]


def observed(batch: Batch, context: Mapping[str, Json], no_text: bool) -> dict[str, pa.Table]:
    """What a batch says: `occurrences`, and `counts`, in how many records each gram stands (gram -1: how many records have a token).

    An occurrence is a record (`row`, `line`, `raw` digest, number of `tokens` and `shingles`) and a `text` of the catalogue that stands
    there from token `first` to `last`, `shared` shingles; whether the record is the text as a `whole` (if only that is known, `shared`
    is -1), whether an `answer` to it stands nearby, which tokens of the text are `covered` (bits; null: all), and an `excerpt`.
    """
    known = held(context)
    column = text_column(batch, context["text"])
    records = of_arrow(column)
    tokens, sets = hashed(records), shingled(records, context["shingle"])
    seen = spans.hits(known.index, tokens.hashes, tokens.firsts)
    found = spans.candidates(known.index, seen, tokens.hashes, tokens.firsts, LEAST)
    found = spans.only(found, np.flatnonzero(_allowed(known, found)))
    near = _near(known, sets.shingles, found, context)
    found = _with_near(known, found, near, tokens.hashes, tokens.firsts)
    whole = _whole(known, sets.digests, sets.counts)
    table = _table(known, found, near, whole, tokens, sets)
    rows = table["row"].to_numpy()
    lines = np.full(len(column), -1) if batch.lines is None else np.asarray(batch.lines)
    raw = raw_digests(of_arrow(column.take(pa.array(rows))))
    table = table.set_column(0, "row", pa.array(rows + batch.start)).append_column("line", pa.array(lines[rows]))
    table = table.append_column("raw", pa.array([each.tobytes() for each in raw], pa.binary(16)))
    shown = pa.nulls(len(rows), pa.large_string()) if no_text else _excerpts(column, table, rows)
    parts = {"occurrences": table.append_column("excerpt", shown), "counts": _counts(known, seen, tokens.firsts, sets.counts)}
    return parts if "reworded" not in context["tables"] else {**parts, **_reworded(batch, records, column, context, no_text)}


def _reworded(batch: Batch, records: Texts, column: pa.LargeStringArray, context: Mapping[str, Json], no_text: bool) -> dict[str, pa.Table]:
    """The candidates for reworded items, the counts of terms, and the records that hold candidates."""
    found, terms = paraphrases.observed(records, context)
    rows = np.unique(found["row"].to_numpy())
    lines = np.full(len(column), -1) if batch.lines is None else np.asarray(batch.lines)
    shown = pa.nulls(len(rows), pa.large_string()) if no_text else pc.utf8_slice_codeunits(column.take(pa.array(rows)), 0, SHOWN)
    raw = pa.array([each.tobytes() for each in raw_digests(of_arrow(column.take(pa.array(rows))))], pa.binary(16))
    held = pa.table({"row": rows + batch.start, "line": lines[rows], "raw": raw, "excerpt": shown})
    place = found.schema.get_field_index("row")
    moved = found.set_column(place, "row", pa.array(found["row"].to_numpy() + batch.start))
    return {"candidates": moved, "terms": terms, "records": held}


def _allowed(known: Catalogue, found: spans.Candidates) -> NDArray[np.bool_]:
    """Texts that say little by themselves count only where they stand token for token."""
    counts = known.index.counts[found.text]
    allowed: NDArray[np.bool_] = (known.units[found.text] >= UNITS) | ((found.last - found.first == counts) & (found.shares == 1))
    return allowed


def _near(known: Catalogue, sets: Sets, found: spans.Candidates, context: Mapping[str, Json]) -> overlaps.Overlaps:
    """The shingles that pairs share: of those that were found, and of all that are near or contained."""
    near = overlaps.overlaps(known.shingles, sets, (found.record, found.text))
    left, right = sets.sizes[near.record], known.shingles.sizes[near.text]
    alike = near.shared / np.maximum(left + right - near.shared, 1) >= context["threshold"]
    inside = (near.shared >= at_least(context["containment"], right)) & (known.index.counts[near.text] >= spans.WHOLE)
    width = len(known.units) + 1
    kept = (near.shared > 0) & (alike | inside) | np.isin(near.record * width + near.text, found.record * width + found.text)
    return overlaps.Overlaps(record=near.record[kept], text=near.text[kept], shared=near.shared[kept])


def _with_near(known: Catalogue, found: spans.Candidates, near: overlaps.Overlaps, tokens: U64, firsts: I64) -> spans.Candidates:
    """The candidates with those that shingles alone have found, ordered as `near` is."""
    width = len(known.units) + 1
    mine, all_ = found.record * width + found.text, near.record * width + near.text
    new = np.flatnonzero(~np.isin(all_, mine))
    record, text = near.record[new], near.text[new]
    covered, first, last = spans.standing(known.index, text, tokens, firsts[record], firsts[record + 1])
    sizes = np.concatenate([np.diff(found.starts), known.index.counts[text]])
    both = spans.Candidates(
        record=np.concatenate([found.record, record]),
        text=np.concatenate([found.text, text]),
        first=np.concatenate([found.first, first]),
        last=np.concatenate([found.last, last]),
        starts=np.concatenate([[0], np.cumsum(sizes)]),
        covered=np.concatenate([found.covered, covered]),
    )
    return spans.only(both, np.argsort(np.concatenate([mine, all_[new]]), kind="stable"))


def _whole(known: Catalogue, digests: U64, counts: I64) -> tuple[I64, I64]:
    """The (record, text) pairs of equal token sequences."""
    there = known.digests.reshape(-1, 2)
    if not len(there):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    places = np.minimum(np.searchsorted(there[:, 0], digests[:, 0]), len(there) - 1)
    equal = np.flatnonzero((there[places] == digests).all(axis=1) & (counts > 0))
    return equal, known.digested[places[equal]]


def _table(
    known: Catalogue, found: spans.Candidates, near: overlaps.Overlaps, whole: tuple[I64, I64], tokens: Hashed, sets: Shingled
) -> pa.Table:
    """The occurrences; records that are texts which are not sought otherwise come last, without shared shingles."""
    width = len(known.units) + 1
    pairs, equal = found.record * width + found.text, whole[0] * width + whole[1]
    left = np.flatnonzero(~np.isin(equal, pairs))
    record, text = np.concatenate([found.record, whole[0][left]]), np.concatenate([found.text, whole[1][left]])
    first = np.concatenate([found.first, tokens.firsts[whole[0][left]]])
    last = np.concatenate([found.last, tokens.firsts[whole[0][left] + 1]])
    covered: list[bytes | None] = [None] * (len(found) + len(left))
    for each in np.flatnonzero(found.shares < 1).tolist():
        covered[each] = np.packbits(found.covered[found.starts[each] : found.starts[each + 1]], bitorder="little").tobytes()
    return pa.table(
        {
            "row": record,
            "text": text,
            "first": first - tokens.firsts[record],
            "last": last - tokens.firsts[record],
            "tokens": sets.counts[record],
            "shared": np.concatenate([near.shared, np.full(len(left), -1)]),
            "shingles": sets.shingles.sizes[record],
            "whole": np.concatenate([np.isin(pairs, equal), np.ones(len(left), np.bool_)]),
            "answer": pa.array(_answered(known, text, tokens, record, first, last), pa.bool_()),
            "covered": pa.array(covered, pa.large_binary()),
        }
    )


def _excerpts(column: pa.LargeStringArray, table: pa.Table, rows: I64) -> pa.LargeStringArray:
    """The parts of records around items, about: by the share of the tokens that stand before."""
    found = []
    for row, first, tokens in zip(rows.tolist(), table["first"].to_pylist(), table["tokens"].to_pylist(), strict=True):
        text = column[row].as_py()
        begin = max(0, len(text) * first // max(tokens, 1) - SHOWN // 4) if len(text) > SHOWN else 0
        found.append(text[begin : begin + SHOWN])
    return pa.array(found, pa.large_string())


def _answered(known: Catalogue, text: I64, tokens: Hashed, record: I64, first: I64, last: I64) -> NDArray[np.bool_]:
    """Whether one of a text's answers stands near each occurrence of it, outside of it."""
    low, high = np.maximum(tokens.firsts[record], first - NEARBY), np.minimum(tokens.firsts[record + 1], last + NEARBY)
    kernel = native.kernel("answered")
    if kernel is not None:
        marks = np.zeros(len(text), np.uint8)
        kernel(tokens.hashes, low, first, last, high, text, known.answers, known.answer_bounds, known.answered, marks)
        return marks.view(np.bool_)
    found = []
    for each, begin, a, b, end in zip(*(part.tolist() for part in (text, low, first, last, high)), strict=True):
        around = tokens.hashes[begin:a], tokens.hashes[b:end]
        numbers = range(int(known.answered[each]), int(known.answered[each + 1]))
        said = [known.answers[known.answer_bounds[n] : known.answer_bounds[n + 1]].tobytes() for n in numbers]
        found.append(any(_stands(answer, part.tobytes()) for answer in said if answer for part in around))
    return np.array(found, np.bool_)


def _stands(tokens: bytes, part: bytes) -> bool:
    """Whether token hashes (8 bytes each) stand in others."""
    place = part.find(tokens)
    while place % 8 and place >= 0:
        place = part.find(tokens, place + 1)
    return place >= 0


def _counts(known: Catalogue, seen: spans.Hits, firsts: I64, counts: I64) -> pa.Table:
    kinds = max(len(known.index.lookup.keys), 1)
    record = np.searchsorted(firsts, seen.place, side="right") - 1
    grams, count = np.unique(np.unique(record * kinds + seen.gram) % kinds, return_counts=True)
    total = np.array([np.count_nonzero(counts)], np.int64)
    return pa.table({"gram": np.concatenate([[-1], grams]).astype(np.int64), "count": np.concatenate([total, count]).astype(np.int64)})
