"""Great Expectations, behind a process of its own: the library takes seconds and pandas to load, and may die without a word."""

from __future__ import annotations

import gc
import importlib.util
import json
import math
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from auditor.doors import conditions, frames, python, readings
from auditor.model import AuditorError, Json, meant

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

Status = Literal["passed", "failed", "error", "vacuous"]

SAYS = "Great Expectations says: "
"""How a message begins that is the library's own, which may quote a record."""

LISTED = 20
"""How many items of an observed list are kept."""

EXISTS = "expect_column_to_exist"

_SPARED = {"result_format", "catch_exceptions", "include_config", "batch_id"}
"""Arguments of older suites that say how a result is shown, not what is expected."""

NOT = {"number": "no number", "time": "no date or time", "json": "no JSON"}
_VALUES = {"unexpected_count": "values that are not expected", "missing_count": "values that are missing"}
"""What expectations about the set of a column's values count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A split as a table. Columns that no expectation looks into may be null columns; `typed` is False where numbers came as text."""

    name: str
    records: pa.Table
    typed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one expectation in one split. `rows` are all places that do not meet it, of `examined` looked at.

    `vacuous` is an expectation that Great Expectations calls met although there was nothing to look at.
    """

    split: str
    id: str
    status: Status
    rows: Sequence[int] | NDArray[np.int64] = ()
    unexpected: int = 0
    examined: int = 0
    observed: Json = None
    message: str = ""


# ── in the process that asks ──────────────────────────────────────────────────────────────────────────────────────────


@cache
def known_types() -> tuple[str, ...]:
    """The expectation types, told from the library's folder without loading it; empty where it cannot be told."""
    found = importlib.util.find_spec("great_expectations")
    folder = Path(found.origin).parent / "expectations" / "core" if found and found.origin else None
    return tuple(sorted(path.stem for path in folder.glob("*expect*.py"))) if folder else ()


def own_columns(kind: str, kwargs: Mapping[str, Json]) -> list[str]:
    """The columns that an expectation is about, in its order; none where it is about the whole table."""
    if kind.startswith("expect_table_"):
        return []
    named = [kwargs.get(key) for key in ("column", "column_A", "column_B")]
    listed = kwargs.get("column_list", kwargs.get("columns"))
    return [str(name) for name in (*named, *(listed if isinstance(listed, list) else ())) if name is not None]


def validate(suite: Mapping[str, Json], sheets: Sequence[Sheet], folder: Path) -> list[Result]:
    """What becomes of every expectation ({"id", "type", "kwargs"}, ids unique) of the suite in every sheet, in that order.

    `folder` takes the sheets as files. AuditorError when the suite cannot be used, or when the library died.
    """
    import pyarrow as pa

    splits = []
    for number, sheet in enumerate(sheets):
        file = folder / f"{number}.arrow"
        with pa.ipc.new_file(str(file), sheet.records.schema) as writer:
            writer.write_table(sheet.records)
        splits.append({"name": sheet.name, "file": str(file), "rows": sheet.records.num_rows, "typed": sheet.typed})
    answer = _asked({"expectations": suite["expectations"], "splits": splits})
    if "error" in answer:
        raise AuditorError(answer["error"], answer["cure"])
    results = [Result(**{**each, "rows": tuple(each["rows"])}) for each in answer["results"]]
    order = {each["id"]: number for number, each in enumerate(suite["expectations"])}
    places = {sheet.name: number for number, sheet in enumerate(sheets)}
    return sorted(results, key=lambda each: (places[each.split], order[each.id]))


def _asked(request: Json) -> dict[str, Any]:
    """The child's answer."""
    quiet = {"GX_ANALYTICS_ENABLED": "false", "TQDM_DISABLE": "1", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        python.command("auditor.doors.great_expectations"),
        input=json.dumps(request).encode(),
        capture_output=True,
        env=python.environment() | quiet,
        check=False,
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if done.returncode == 0 and isinstance(answer, dict) and answer.get("complete") is True:
        return answer
    last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
    raise AuditorError(
        f"Great Expectations ended with status {done.returncode} before it had judged the suite" + (f": {last}" if last else ""),
        "see what `python -c 'import great_expectations'` says, and install great-expectations anew if it fails",
        code=3,
    )


# ── in the child ──────────────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Reads a request from standard input and answers on standard output; whatever the library prints goes to standard error."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    sys.addaudithook(_no_network)
    socket.has_ipv6 = False  # or urllib3, which the library imports, opens one to see
    try:
        expectations = _built(request["expectations"])
        gc.freeze()  # what the library has loaded stays; the frames, which it holds in circles, are to go
        results = [result for split in request["splits"] for result in _judged(split, expectations)]
        json.dump({"results": results, "complete": True}, answer)
    except AuditorError as error:
        json.dump({"error": error.message, "cure": error.cure, "complete": True}, answer)
    answer.close()


def _no_network(event: str, _: tuple[Any, ...]) -> None:
    # a JSON schema may name another one by its address
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise PermissionError("an expectation asked for the network")


def _built(expectations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The expectations, each with its "columns" and, under "condition", those of its row condition; AuditorError for a wrong one."""
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    known = list_registered_expectation_implementations()
    built = []
    for each in expectations:
        if each["type"] not in known:
            raise unknown(f"expectation {each['id']}", each["type"], known)
        kwargs = {key: value for key, value in each["kwargs"].items() if key not in _SPARED}
        kwargs |= {key: _bound(kwargs[key]) for key in ("min_value", "max_value") if key in kwargs}
        named = {"columns": own_columns(each["type"], kwargs), "condition": conditions.columns(kwargs.get("row_condition"))}
        built.append({**each, "kwargs": kwargs, **named})
        try:
            _expectation(built[-1])
        except (ValueError, TypeError, GreatExpectationsError) as error:
            wrong = f"expectation {each['id']}: its kwargs are wrong: {_reason(error)}"
            raise AuditorError(wrong, f"see what {each['type']} takes") from None
    return built


def _reason(error: Exception) -> str:
    """What is wrong with which argument, where pydantic says it, else what the error says."""
    told = error.errors() if hasattr(error, "errors") else []
    return "; ".join(": ".join([*(str(name) for name in each["loc"] if name != "__root__"), each["msg"]]) for each in told) or str(error)


def unknown(where: str, kind: str, known: Sequence[str]) -> AuditorError:
    """The error for an expectation of a type that there is not."""
    return AuditorError(f"{where}: there is no type {kind!r}", meant(kind, known).rstrip() or "check the spelling of the type")


def _bound(value: Json) -> Json:
    """A bound as the library takes it: a number in quotes as that number, a date as the moment it begins (no moment is before a date)."""
    if not isinstance(value, str):
        return value
    number, moment = frames.as_number(value), frames.as_time(value)
    return number if number is not None else moment.isoformat() if moment else value


def _expectation(each: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    return ExpectationConfiguration(type=each["type"], kwargs=each["kwargs"], meta={"rule_id": each["id"]}).to_domain_obj()


def _judged(split: Mapping[str, Any], expectations: list[dict[str, Any]]) -> Iterator[dict[str, Json]]:
    import pyarrow as pa

    with pa.memory_map(split["file"]) as source:
        table = pa.ipc.open_file(source).read_all()
        spellings = Counter(name.casefold() for name in {*table.column_names, *(name for each in expectations for name in each["columns"])})
        groups: dict[readings.Reading, list[dict[str, Any]]] = {}
        for each in expectations:
            status, problem = _problem(each, table, split["rows"])
            if problem:
                yield {"split": split["name"], "id": each["id"], "status": status, "rows": [], "message": problem}
                continue
            groups.setdefault(readings.reading(each, table, split["typed"], spellings), []).append(each)
        for reading, members in groups.items():
            for result in _verdicts(table, split["rows"], reading, members):
                yield {"split": split["name"], **result}


def _problem(each: Mapping[str, Any], table: pa.Table, rows: int) -> tuple[Status, str]:
    """What Great Expectations would answer wrongly or not at all."""
    named = Counter(table.column_names)
    if not rows and not all(named[name] for name in (*each["columns"], *each["condition"])):
        return "vacuous", "the split has no records"
    wanted = list(each["condition"]) if each["type"] == EXISTS else [*each["columns"], *each["condition"]]
    for name in wanted:
        if not named[name] and each.get("optional") and name in each["columns"]:
            return "vacuous", f"there is no column {name!r}"
        if not named[name]:
            return "error", "; ".join(filter(None, (f"there is no column {name!r}", meant(name, named).rstrip())))
        if named[name] > 1:
            return "error", f"more than one column is called {name!r}"
    if len({name.casefold() for name in wanted}) < len(set(wanted)):
        return "error", f"{' and '.join(wanted)} differ only in case, and Great Expectations cannot tell them apart"
    for key in ("min_value", "max_value"):
        bound = each["kwargs"].get(key)
        if isinstance(bound, int) and abs(bound) > frames.EXACT and int(float(bound)) != bound:
            return "error", f"{key} {bound} has no floating-point number of its own, which Great Expectations needs"
    return "passed", ""


def _verdicts(table: pa.Table, rows: int, reading: readings.Reading, members: list[dict[str, Any]]) -> Iterator[dict[str, Json]]:
    frame, wrong = readings.frame(table, rows, reading, members)
    good, bad = frame[[not each for each in wrong]], frame[wrong]
    outcomes = _validated(good, members)
    gc.collect()
    for each in members:
        outcome = outcomes[each["id"]]
        problem = _raised(outcome.exception_info or {})
        if problem:
            yield {"id": each["id"], "status": "error", "rows": [], "message": SAYS + problem}
        else:
            refused = list(_meant(bad, each["kwargs"]).index) if len(bad) else []
            yield {"id": each["id"], **_verdict(each, outcome, _meant(good, each["kwargs"]), refused, reading.meaning)}


def _validated(frame: pd.DataFrame, members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The library's results by id. Each frame has a context of its own: results, and frames, are remembered in it."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("records").add_dataframe_asset("split")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(batch_parameters={"dataframe": frame})
    outcome = batch.validate(
        gx.ExpectationSuite(name="suite", expectations=[_expectation(each) for each in members]),
        result_format={
            "result_format": "COMPLETE",
            "partial_unexpected_count": 0,
            "include_unexpected_rows": False,
            "return_unexpected_index_query": False,
        },
    )
    return {each.expectation_config.meta["rule_id"]: each for each in outcome.results}


def _raised(info: Mapping[str, Any]) -> str:
    """What an expectation raised, or "": the library tells it either of the expectation or of each of its metrics."""
    if "raised_exception" in info:
        return str(info["exception_message"] or "it could not be judged") if info["raised_exception"] else ""
    return "; ".join(sorted({str(each["exception_message"]) for each in info.values()}))


def _meant(frame: pd.DataFrame, kwargs: Mapping[str, Json]) -> pd.DataFrame:
    """The records that the row condition is true of."""
    if not kwargs.get("row_condition"):
        return frame
    from great_expectations.execution_engine import PandasExecutionEngine

    engine = PandasExecutionEngine(batch_data_dict={"split": frame})
    return engine.get_domain_records({"batch_id": "split", **{key: kwargs.get(key) for key in ("row_condition", "condition_parser")}})


def _verdict(each: Mapping[str, Any], outcome: Any, looked: pd.DataFrame, refused: list[int], meaning: str) -> dict[str, Json]:
    """The library's result, with the cells that could not be read as what the expectation needs counted among the unexpected ones."""
    found, success = outcome.result, bool(outcome.success)
    unexpected = len(refused)
    if "element_count" in found:
        unexpected += int(found["unexpected_count"])
        examined = int(found["element_count"]) - int(found.get("missing_count") or 0) + len(refused)
        if refused:
            success = (examined - unexpected) / examined >= each["kwargs"].get("mostly", 1)
    else:
        success = success and not refused
        counted = looked if _whole(each) else looked[list(each["columns"])].dropna(how="all")
        examined = len(counted) + len(refused)
    vacuous = success and not examined and bool(each["columns"]) and each["type"] != EXISTS
    reasons = [f"cells that are {NOT[meaning]}: {len(refused):,}"] if refused else []
    reasons += [f"{word}: {found[key]:,}" for key, word in _VALUES.items() if "element_count" not in found and found.get(key)]
    return {
        "status": "vacuous" if vacuous else "passed" if success else "failed",
        "rows": sorted({*map(int, found.get("unexpected_index_list") or []), *refused}),
        "unexpected": unexpected,
        "examined": examined,
        "observed": _plain(found.get("observed_value")),
        "message": "nothing was there to check" if vacuous else "; ".join(reasons),
    }


def _whole(each: Mapping[str, Any]) -> bool:
    """Whether every record counts as looked at, be there a value in its columns or not."""
    return not each["columns"] or each["type"] in {EXISTS, "expect_column_proportion_of_non_null_values_to_be_between"}


def _plain(value: Any) -> Json:
    """A value as JSON: numpy's and pandas' numbers as numbers, what JSON has not as text, of a long list the first items."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value[:LISTED]] + ([f"and {len(value) - LISTED:,} more"] if len(value) > LISTED else [])
    if hasattr(value, "tolist") and not hasattr(value, "isoformat"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
