"""Makes the tables on which schema engines are compared, and says what is demanded of them.

usage: python bench/tables.py FOLDER [--rows 1000000]

Twelve columns as training data have them, with 1,500 and a few cells that are wrong in a million rows, in ten row groups. EXPECTED says
how many records each of the thirty rules must find, so that nobody is fast by finding less.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 100_000
LABELS, COUNTRIES = ["cat", "dog", "bird", "fish"], ["DE", "FR", "US", "JP", "BR", "IN", "KE", "CN"]
COLUMN = "expect_column_"

RULES: list[tuple[str, dict[str, Any]]] = [
    *((f"{COLUMN}values_to_not_be_null", {"column": name}) for name in ("id", "age", "income", "label", "country", "email")),
    (f"{COLUMN}values_to_be_unique", {"column": "id"}),
    (f"{COLUMN}values_to_be_between", {"column": "id", "min_value": 0}),
    (f"{COLUMN}values_to_be_between", {"column": "age", "min_value": 18, "max_value": 120}),
    (f"{COLUMN}values_to_be_between", {"column": "income", "min_value": 0, "max_value": 1e7}),
    (f"{COLUMN}values_to_be_between", {"column": "score", "min_value": 0, "max_value": 1}),
    (f"{COLUMN}values_to_be_between", {"column": "lat", "min_value": -90, "max_value": 90}),
    (f"{COLUMN}values_to_be_between", {"column": "lon", "min_value": -180, "max_value": 180}),
    (f"{COLUMN}values_to_be_in_set", {"column": "label", "value_set": LABELS}),
    (f"{COLUMN}values_to_be_in_set", {"column": "country", "value_set": COUNTRIES}),
    (f"{COLUMN}values_to_not_be_in_set", {"column": "age", "value_set": [-1, 999]}),
    (f"{COLUMN}values_to_match_regex", {"column": "email", "regex": r"^[^@\s]+@[^@\s]+\.[a-z]+$"}),
    (f"{COLUMN}values_to_match_regex", {"column": "country", "regex": "^[A-Z]{2}$"}),
    (f"{COLUMN}value_lengths_to_be_between", {"column": "email", "min_value": 5, "max_value": 60}),
    (f"{COLUMN}value_lengths_to_be_between", {"column": "label", "min_value": 3, "max_value": 4}),
    (f"{COLUMN}values_to_be_of_type", {"column": "age", "type_": "int64"}),
    (f"{COLUMN}values_to_be_of_type", {"column": "income", "type_": "float64"}),
    (f"{COLUMN}pair_values_a_to_be_greater_than_b", {"column_A": "end", "column_B": "start", "or_equal": True}),
    (f"{COLUMN}mean_to_be_between", {"column": "age", "min_value": 20, "max_value": 80}),
    (f"{COLUMN}min_to_be_between", {"column": "score", "min_value": -1, "max_value": 1}),
    (f"{COLUMN}max_to_be_between", {"column": "income", "max_value": 1e9}),
    (f"{COLUMN}distinct_values_to_contain_set", {"column": "label", "value_set": LABELS}),
    (f"{COLUMN}proportion_of_non_null_values_to_be_between", {"column": "score", "min_value": 0.9}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "split"]}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
]
"""Thirty expectations, as (type, arguments)."""


def suite() -> dict[str, Any]:
    """The rules as a suite whose ids are their numbers."""
    expectations = [{"id": str(n), "type": kind, "kwargs": kwargs, "severity": None} for n, (kind, kwargs) in enumerate(RULES)]
    return {"name": "bench", "expectations": expectations}


def table(rows: int, first: int = 0) -> pa.Table:
    """Records `first` to `first + rows`; the 666th of each thousand is wrong somewhere, in turn in one of ten ways."""
    chance = np.random.default_rng(first)
    ids = np.arange(first, first + rows)
    wrong = ids % 1000 == 666
    way = np.where(wrong, ids // 1000 % 10, -1)
    age = np.where(way == 0, -1, chance.integers(18, 100, rows))
    income = np.where(way == 1, -5.0, np.exp(chance.normal(10.5, 0.7, rows)))
    score = np.where(way == 2, 17.0, chance.random(rows))
    label = np.where(way == 3, 4, chance.integers(0, 4, rows))
    country = np.where(way == 4, 8, chance.integers(0, 8, rows))
    start = 1_700_000_000 + chance.integers(0, 10_000_000, rows)
    end = start + np.where(way == 5, -60, chance.integers(0, 100_000, rows))
    names = chance.integers(0, 1 << 40, rows).tolist()
    emails = [f"user{name:x}" + ("" if bad == 6 else f"@example{name % 7}.org") for name, bad in zip(names, way.tolist(), strict=True)]
    lat = np.where(way == 7, 123.0, chance.uniform(-90, 90, rows))
    return pa.table(
        {
            "id": np.where(way == 8, ids - 1, ids),
            "age": age,
            "income": pa.array(income, mask=way == 9),
            "score": pa.array(score, mask=chance.random(rows) < 0.02),
            "label": pa.DictionaryArray.from_arrays(pa.array(label, pa.int32()), [*LABELS, "wolf"]).cast(pa.string()),
            "country": pa.DictionaryArray.from_arrays(pa.array(country, pa.int32()), [*COUNTRIES, "xx"]).cast(pa.string()),
            "email": emails,
            "lat": lat,
            "lon": chance.uniform(-180, 180, rows),
            "start": pa.array(start, pa.timestamp("s")),
            "end": pa.array(end, pa.timestamp("s")),
            "split": pa.DictionaryArray.from_arrays(pa.array((ids % 10 == 0).astype(np.int32)), ["train", "test"]).cast(pa.string()),
        }
    )


def write(path: Path, rows: int) -> None:
    """Writes the table, row group by row group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, table(1).schema) as writer:
        for first in range(0, rows, GROUP):
            writer.write_table(table(min(GROUP, rows - first), first))


def main() -> None:
    """Writes the table and its suite."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    write(given.folder / "data" / "train.parquet", given.rows)
    (given.folder / "suite.json").write_text(json.dumps(suite()))


if __name__ == "__main__":
    main()
