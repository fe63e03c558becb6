"""The fast engine as a library call on one core: reads the table, judges the thirty rules, lists all failing rows."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import measured
import tables

from auditor.doors import pandas

pandas.close()

with measured.stage("import"):
    import pyarrow as pa

    from auditor.validation import direct

    pa.set_cpu_count(1)
with measured.stage("judge"):
    results = direct.judged(tables.suite(), {"train": (direct.parquet(measured.TABLE), True)})
measured.write({one.result.id: len(one.result.rows) for one in results})
