"""What every schema peer's script does alike: times stages by processor time, and writes down how many failing rows each rule found.

A script is run as `python run_schema_NAME.py TABLE RESULT`, where TABLE is the Parquet file of bench/tables.py.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TABLE, RESULT = Path(sys.argv[1]), Path(sys.argv[2])
SECONDS: dict[str, float] = {}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Times a block, all its threads and the system included."""
    started = time.process_time()
    yield
    SECONDS[name] = SECONDS.get(name, 0.0) + time.process_time() - started


def write(found: Mapping[str, int]) -> None:
    """Writes the seconds, the peak in bytes, and the failing rows by number of the rule."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    RESULT.write_text(json.dumps({"seconds": SECONDS, "peak": peak, "found": dict(found)}))
