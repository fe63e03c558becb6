"""pandera on polars: the rules that it has a check for (columns, and the pair), lazily, with all failure cases."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import measured
import tables

with measured.stage("import"):
    import pandera.polars as pa
    import polars as pl
    from pandera.errors import SchemaErrors

CHECKS = {
    "values_to_be_between": lambda a: pa.Check.in_range(a.get("min_value", -1e300), a.get("max_value", 1e300)),
    "values_to_be_in_set": lambda a: pa.Check.isin(a["value_set"]),
    "values_to_not_be_in_set": lambda a: pa.Check.notin(a["value_set"]),
    "values_to_match_regex": lambda a: pa.Check.str_matches(a["regex"]),
    "value_lengths_to_be_between": lambda a: pa.Check.str_length(a["min_value"], a["max_value"]),
}
with measured.stage("judge"):
    frame = pl.read_parquet(measured.TABLE)
    checks: dict[str, list[object]] = {name: [] for name in frame.columns}
    needed, unique = set(), set()
    for kind, kwargs in tables.RULES:
        name = kind.removeprefix(tables.COLUMN)
        if name in CHECKS:
            checks[kwargs["column"]].append(CHECKS[name](kwargs))
        elif name == "values_to_not_be_null":
            needed.add(kwargs["column"])
        elif name == "values_to_be_unique":
            unique.add(kwargs["column"])
    columns = {name: pa.Column(checks=some, nullable=name not in needed, unique=name in unique) for name, some in checks.items()}
    pair = pa.Check(lambda data: data.lazyframe.select(pl.col("end") >= pl.col("start")))
    try:
        pa.DataFrameSchema(columns, checks=[pair], unique=["id", "split"]).validate(frame, lazy=True)
        found = 0
    except SchemaErrors as errors:
        found = errors.failure_cases.height
measured.write({"all": found})
