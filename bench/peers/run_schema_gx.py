"""Great Expectations on pandas, in the way it is fastest: one ephemeral context, one `batch.validate` of the whole suite, COMPLETE."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["TQDM_DISABLE"] = "1"

import measured
import tables

with measured.stage("import"):
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

with measured.stage("judge"):
    frame = pd.read_parquet(measured.TABLE)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("a").add_dataframe_asset("b")
    batch = asset.add_batch_definition_whole_dataframe("c").get_batch(batch_parameters={"dataframe": frame})
    asked = [ExpectationConfiguration(type=kind, kwargs=kwargs, meta={"id": str(n)}) for n, (kind, kwargs) in enumerate(tables.RULES)]
    made = [each.to_domain_obj() for each in asked]
    outcome = batch.validate(
        gx.ExpectationSuite(name="s", expectations=made),
        result_format={
            "result_format": "COMPLETE",
            "partial_unexpected_count": 0,
            "include_unexpected_rows": False,
            "return_unexpected_index_query": False,
        },
    )
    found = {each.expectation_config.meta["id"]: len(each.result.get("unexpected_index_list") or []) for each in outcome.results}
measured.write(found)
