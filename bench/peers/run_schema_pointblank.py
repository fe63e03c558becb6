"""pointblank on polars: the rules that it has a step for, with all failing rows."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import measured
import tables

with measured.stage("import"):
    import pointblank as pb
    import polars as pl

with measured.stage("judge"):
    frame = pl.read_parquet(measured.TABLE)
    asked, numbers = pb.Validate(data=frame), []
    for number, (kind, kwargs) in enumerate(tables.RULES):
        name, column = kind.removeprefix(tables.COLUMN), kwargs.get("column")
        low, high = kwargs.get("min_value", -1e300), kwargs.get("max_value", 1e300)
        if name == "values_to_not_be_null":
            asked = asked.col_vals_not_null(columns=column)
        elif name == "values_to_be_unique":
            asked = asked.rows_distinct(columns_subset=column)
        elif name == "values_to_be_between":
            asked = asked.col_vals_between(columns=column, left=low, right=high, na_pass=True)
        elif name == "values_to_be_in_set":
            asked = asked.col_vals_in_set(columns=column, set=kwargs["value_set"])
        elif name == "values_to_not_be_in_set":
            asked = asked.col_vals_not_in_set(columns=column, set=kwargs["value_set"])
        elif name == "values_to_match_regex":
            asked = asked.col_vals_regex(columns=column, pattern=kwargs["regex"])
        elif name == "value_lengths_to_be_between":
            low, high = kwargs["min_value"], kwargs["max_value"]
            asked = asked.col_vals_expr(expr=pl.col(column).str.len_chars().is_between(low, high))
        elif name == "pair_values_a_to_be_greater_than_b":
            asked = asked.col_vals_ge(columns="end", value=pb.col("start"))
        elif kind == "expect_compound_columns_to_be_unique":
            asked = asked.rows_distinct(columns_subset=["id", "split"])
        elif kind == "expect_table_row_count_to_be_between":
            asked = asked.row_count_match(count=1, tol=10**9)
        else:
            continue
        numbers.append(number)
    done = asked.interrogate(get_first_n=None, sample_n=None, extract_limit=10**9)
    failed = done.n_failed()
measured.write({str(number): int(failed[step]) for step, number in enumerate(numbers, 1)})
