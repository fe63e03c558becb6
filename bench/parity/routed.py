"""A pytest plugin for Great Expectations' own tests: `Batch.validate` goes through the fast engine, and through the library beside it.

Of a result on pandas the verdict, the counts, the failing rows and the observed value are then ours; samples of values, rendered texts and
queries, which are about how a result is shown, stay the library's. A test fails where its assertions do not hold for that, or where the
two differ in a verdict or a failing row. What is not covered is counted by its type and left to the library.
"""

from __future__ import annotations

import datetime
import json
import locale
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from auditor.doors.great_expectations import Sheet
from auditor.model import AuditorError
from auditor.validation import direct
from auditor.validation.plan import uncovered

ROUTED: Counter[str] = Counter()
LEFT: Counter[str] = Counter()
LEFT_IN: dict[str, set[str]] = {}
ASKED: set[str] = set()
OUTCOMES: dict[str, str] = {}
_NOW = [""]

_plain = locale.setlocale


def _setlocale(category: int, name: Any = None) -> str:
    try:
        return _plain(category, name)
    except locale.Error:
        return _plain(category, "C.UTF-8")  # the tests ask for American English, which not every machine has


locale.setlocale = _setlocale  # type: ignore[assignment]


class DifferenceError(AssertionError):
    """The fast engine and the library do not agree."""


def pytest_configure() -> None:
    """Routes `Batch.validate`."""
    from great_expectations.datasource.fluent.interfaces import Batch

    theirs = Batch.validate

    def validate(self: Any, expect: Any, **options: Any) -> Any:
        outcome = theirs(self, expect, **options)
        frame = getattr(self.data, "dataframe", None)
        if hasattr(frame, "reset_index"):
            for result in outcome.results if hasattr(outcome, "results") else [outcome]:
                _overlaid(result, frame)
        return outcome

    Batch.validate = validate


def pytest_runtest_setup(item: Any) -> None:
    """Remembers which test is running."""
    _NOW[0] = item.nodeid


def pytest_sessionfinish() -> None:
    """Leaves what was routed in the file that PARITY names."""
    told = {"routed": ROUTED, "left": LEFT, "left_in": {name: sorted(kinds) for name, kinds in LEFT_IN.items()}}
    told |= {"outcomes": OUTCOMES, "asked": sorted(ASKED)}
    Path(os.environ["PARITY"]).write_text(json.dumps(told))


def pytest_runtest_logreport(report: Any) -> None:
    """Remembers what became of a test."""
    if report.when == "call" or report.outcome != "passed":
        OUTCOMES[report.nodeid] = report.outcome


def _expectation(config: Any, frame: Any) -> tuple[dict[str, Any], pa.Table | None, str]:
    """An expectation as our suites have it, the records as Arrow has them, and why it is not covered ("": it is)."""
    each = {"id": "0", "type": config.type, "kwargs": _json(dict(config.kwargs)), "severity": None}
    try:
        reason = uncovered(each)
    except AuditorError as error:
        reason = error.message
    if any(isinstance(value, list | tuple) and any(isinstance(item, datetime.date) for item in value) for value in config.kwargs.values()):
        reason = reason or "a set of Python's dates, which a suite in a file cannot have"
    records = None if reason else _arrow(frame)
    return each, records, reason or ("" if records is not None else "a column of values of several types")


def _overlaid(result: Any, frame: Any) -> None:
    """Puts our answer into the library's result."""
    kind = result.expectation_config.type
    each, records, reason = _expectation(result.expectation_config, frame)
    if reason or records is None:
        LEFT[f"{kind}: {reason}"] += 1
        LEFT_IN.setdefault(_NOW[0], set()).add(kind)
        return
    ROUTED[kind] += 1
    ASKED.add(_NOW[0])
    mine = direct.validate({"name": "s", "expectations": [each]}, [Sheet(name="s", records=records)], 3)[0].result
    info, met, about = result.exception_info or {}, mine.status in {"passed", "vacuous"}, f"{kind} {each['kwargs']}"
    raised = info["raised_exception"] if "raised_exception" in info else bool(info)
    if (mine.status == "error") != raised or (not raised and bool(result.success) != met):
        raise DifferenceError(f"{about}: fast says {mine.status} ({mine.message}), the library {result.success}, raised {raised}")
    if not raised:
        result.success = met
        _overlay(result.result, mine, frame, about)


def _overlay(found: Any, mine: Any, frame: Any, about: str) -> None:
    """Puts our numbers into the body of a result; DifferenceError where they are not the library's."""
    rows = [frame.index[place] for place in mine.rows]
    listed = found.get("unexpected_index_list")
    if listed is not None and not any(isinstance(row, dict) for row in listed):
        if list(listed) != rows:
            raise DifferenceError(f"{about}: fast refuses {rows}, the library {listed}")
        found["unexpected_index_list"] = rows
    if "unexpected_count" in found and "element_count" in found:
        found["unexpected_count"] = mine.unexpected
        if found["element_count"] and mine.examined and "missing_count" in found:
            found["missing_count"] = found["element_count"] - mine.examined
    if isinstance(found.get("observed_value"), int | float) and isinstance(mine.observed, int | float):
        if abs(found["observed_value"] - mine.observed) > 1e-9 * max(1.0, abs(mine.observed)):
            raise DifferenceError(f"{about}: fast observes {mine.observed}, the library {found['observed_value']}")
        found["observed_value"] = type(found["observed_value"])(mine.observed)


def _json(value: Any) -> Any:
    """Arguments as a suite in a file has them."""
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_json(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "dict") and not isinstance(value, type):
        return _json(value.dict())
    return value.value if hasattr(value, "value") else value if value is None or isinstance(value, str | int | float) else str(value)


def _arrow(frame: Any) -> pa.Table | None:
    """The frame as Arrow has it; None where a column holds values of several types."""
    try:
        return pa.Table.from_pandas(frame.reset_index(drop=True), preserve_index=False).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return None
