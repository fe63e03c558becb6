"""What the first records of each split say: which columns are text, and how long a shingle is (norm-v1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.dataset import PREVIEW, Batch, Dataset, Roles, is_text, text_column
from auditor.kernels.unicode14 import UNSPACED
from auditor.model import AuditorError, Json, meant

SHORT = 32
"""Below this median token count texts are compared by characters: one changed word must not hide a pair."""

_WHITE = r"\t-\r\x1c-\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
SPACED = "[" + _WHITE + "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in UNSPACED) + "]"
"""Arrow's regular expression for white space, as str.isspace has it, or a code point that is written without spaces between words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of some records: whether it holds strings; code points, values and values that look like text; tokens a record."""

    strings: bool
    length: int
    values: int
    spaced: int
    tokens: list[int]


def look(batches: Iterable[Batch], roles: Roles, limit: int) -> dict[str, Json]:
    """The columns of the first `limit` records, as JSON: {"records": n, "columns": {name: Column}, "names": [of all columns]}."""
    columns: dict[str, Column] = {}
    names: dict[str, None] = {}
    records = 0
    for batch in batches:
        kept = dataclasses.replace(batch, records=batch.records.slice(0, limit - records))
        names |= dict.fromkeys(kept.records.schema.names)
        for name in _candidates(kept, roles):
            seen = columns.get(name, Column(strings=False, length=0, values=0, spaced=0, tokens=[0] * records))
            columns[name] = _add(seen, _column(kept, name))
        records += kept.records.num_rows
        for column in columns.values():
            column.tokens.extend([0] * (records - len(column.tokens)))
        if records >= limit:
            break
    told = {name: {field: getattr(column, field) for field in Column.__slots__} for name, column in columns.items()}
    return {"records": records, "columns": told, "names": list(names)}


def _candidates(batch: Batch, roles: Roles) -> list[str]:
    if roles.text:
        return [name for name in batch.records.schema.names if name in roles.text]
    return [each.name for each in batch.records.schema if is_text(each) and each.name not in roles.not_text]


def _column(batch: Batch, name: str) -> Column:
    import pyarrow.compute as pc

    from auditor.kernels.shingles import count_tokens
    from auditor.kernels.texts import of_arrow

    column = text_column(batch, [name])
    return Column(
        strings=is_text(batch.records.schema.field(name)),
        length=pc.sum(pc.utf8_length(column)).as_py() or 0,
        values=len(column) - batch.records.column(name).null_count,
        spaced=pc.sum(pc.match_substring_regex(column, SPACED)).as_py() or 0,
        tokens=count_tokens(of_arrow(column)).tolist(),
    )


def _names(preview: Mapping[str, Json]) -> list[str]:
    return list(preview.get("names", ()))


def _add(a: Column, b: Column) -> Column:
    return Column(
        strings=a.strings or b.strings,
        length=a.length + b.length,
        values=a.values + b.values,
        spaced=a.spaced + b.spaced,
        tokens=a.tokens + b.tokens,
    )


def settle(dataset: Dataset, previews: Iterable[Mapping[str, Json]], shingle: str) -> Dataset:
    """The dataset with its text columns, features and shingle decided, from the previews of its shards (in their order)."""
    previews, roles = list(previews), dataset.roles
    columns, names = _pooled(previews), {name: None for preview in previews for name in _names(preview)}
    if any(preview["records"] for preview in previews):
        _check_named(roles, names)
    named = [name for name in columns if name in roles.text]
    prose = named or _prose(columns, sum(preview["records"] for preview in previews))
    chosen = prose or [name for name, column in columns.items() if column.strings]
    if shingle == "auto":
        shingle = _auto(previews, chosen)
    features = tuple(name for name in names if name not in prose and name not in roles.not_text)
    return dataclasses.replace(dataset, roles=dataclasses.replace(roles, text=tuple(chosen)), features=features, shingle=shingle)


def _check_named(roles: Roles, known: Iterable[str]) -> None:
    """AuditorError where an option names a column that no split has."""
    named = [*(("text", name) for name in roles.text), *((option, getattr(roles, option)) for option in ("label", "id", "group", "time"))]
    for option, name in named:
        if name is not None and name not in known:
            cure = "check the spelling"
            if not roles.sensitive:  # a column may be named like a value
                cure = f"{meant(name, known)}{cure}; there are {', '.join(list(known)[:20])}"
            raise AuditorError(f"no split has a {option} column called {name!r}: --{option}", cure)


def _pooled(previews: list[Mapping[str, Json]]) -> dict[str, Column]:
    pooled: dict[str, Column] = {}
    for preview in previews:
        for name, values in preview["columns"].items():
            column = Column(**{**values, "tokens": []})
            pooled[name] = _add(pooled[name], column) if name in pooled else column
    return pooled


def _prose(columns: Mapping[str, Column], records: int) -> list[str]:
    """Norm-v1, 1: the string columns that are long enough and made of words."""
    return [name for name, c in columns.items() if c.strings and c.length >= 20 * records and c.values and c.spaced * 10 >= c.values]


def _auto(previews: list[Mapping[str, Json]], chosen: Iterable[str]) -> str:
    """Norm-v1, 4: characters where the median record that has tokens has fewer than 32, else words."""
    import statistics

    chosen = set(chosen)
    counts = [
        total
        for preview in previews
        for total in map(sum, zip(*(c["tokens"] for name, c in preview["columns"].items() if name in chosen), strict=True))
        if total
    ]
    return "char:5" if counts and statistics.median(counts) < SHORT else "word:5"


def wanted(seen: int) -> int:
    """How many more records of a split a preview wants after `seen`."""
    return max(0, PREVIEW - seen)
