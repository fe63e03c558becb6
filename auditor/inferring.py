"""Infers the rules that a dataset keeps: reads it, learns from some records, tests on others, and drops or loosens what alarms."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from auditor import preview, reading
from auditor.check import build
from auditor.dataset import Dataset
from auditor.model import AuditorError, Json
from auditor.reading import Observing, Work

if TYPE_CHECKING:
    from auditor.inference.rows import Table
    from auditor.inference.written import Inferred

OBSERVER = "inference"
"""The check that takes the records."""

LOOSENED = frozenset({"type", "nullable", "format"})
"""Rules that may be loosened by a share of records that may break them."""

ROUNDS = 4
"""How often rules are tested and mended, at most."""


class Judged(NamedTuple):
    """What became of a rule on some records: its id, status, how many were examined and broke it, and what else there is to say."""

    id: str
    status: str
    examined: int
    broken: int
    message: str


def taken(dataset: Dataset, work: Work, holdout: float) -> tuple[Table, Table]:
    """The records to learn from and those held out. AuditorError where not all could be read: what is missing may be different."""
    import pyarrow as pa

    from auditor.inference.rows import joined, level, unpacked
    from auditor.partials import mapped

    previews = [each for split in dataset.splits for each in reading.previews(work, split, dataset.roles)]
    prose = preview.settle(dataset, [each for each in previews if "crash" not in each], "auto").prose
    context = {"bits": level(shard.bytes for shard in dataset.shards), "holdout": holdout, "prose": list(prose)}
    observing = Observing(checks=((build(OBSERVER, {}), context),), sensitive=None, withheld=False, tables=work.passing.folder)
    observed = list(reading.observe(dataclasses.replace(work, kept=work.passing), dataset, observing))
    work.engine.rest()
    for each in observed:
        for reason in filter(None, (each.result.failure, *each.errors.values())):
            raise AuditorError(f"{each.result.shard.path} could not be read: {reason}", "mend the file, or leave it out", code=3)
    total = pa.concat_tables([mapped(file) for each in observed for file in each.files.get(OBSERVER, ())] or [pa.table({"held": []})])
    parts: dict[bool, list[tuple[pa.RecordBatch, bool]]] = {False: [], True: []}
    for row in range(total.num_rows):
        parts[total["held"][row].as_py()].append((unpacked(total["records"][row].as_buffer()), total["typed"][row].as_py()))
    if not any(records.num_rows for records, _ in parts[False]):
        raise AuditorError("there is no record to learn from", "name a dataset with more records: some of them are held out", code=3)
    learning, held = (dataclasses.replace(joined(parts[which]), prose=prose) for which in (False, True))
    return learning, held


def infer(learning: Table, held: Table, share: float, sensitive: tuple[str, ...] = ()) -> Inferred:
    """The rules that records keep, each tested on the records held out. Of `sensitive` columns only type and missing values are told.

    At most a `share` of records of the same kind is to break a rule.
    """
    from auditor.inference.learned import learn
    from auditor.inference.pairs import keys, named, orders
    from auditor.inference.written import Inferred, Tested

    fields = zip(learning.records.schema, learning.records.columns, strict=True)
    learned = {field.name: learn(field, values, learning.typed, share) for field, values in fields}
    found = Inferred(learnt_from=learning.records.num_rows, held_out=held.records.num_rows)
    for name, each in learned.items():
        told = {key: value for key, value in each.rules.items() if name not in sensitive or key in {"type", "nullable"}}
        if learning.never_missing(name):
            told.pop("nullable", None)
        if "excludes" in told:
            found.rules.append(_clean(name, told.pop("excludes"), learning.records.num_rows))
            found.tested[found.rules[-1]["id"]] = Tested(examined=0, broken=0, ground=each.grounds["excludes"])
        found.columns[name] = told | ({"tolerate": each.tolerate} if each.tolerate and told else {})
        found.tested |= {f"{name}.{key}": Tested(examined=0, broken=0, ground=each.grounds[key]) for key in told}
    for left, right, ground in orders(learning, learned):
        name = f"inferred-{left}-before-{right}"
        found.rules.append({"id": name, "expr": f"{named(left)} <= {named(right)}"})
        found.tested[name] = Tested(examined=0, broken=0, ground=ground)
    for left, right, ground in keys(learning, learned):
        name = f"inferred-key-{left}-{right}"
        found.rules.append({"id": name, "gx": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": [left, right]}})
        found.tested[name] = Tested(examined=0, broken=0, ground=ground)
    for _ in range(ROUNDS):
        if not _mended(found, held):
            break
    return found


def _mended(found: Inferred, held: Table) -> bool:
    """Tests all rules on the records held out, and drops or loosens those that alarm; whether there were any."""
    changed = False
    for name, status, examined, broken, message in judged(found, held):
        tested = found.tested.get(name)
        if tested is None:
            continue
        found.tested[name] = dataclasses.replace(tested, examined=examined, broken=broken)
        if status == "error":
            changed |= _dropped(found, name, f"it could not be judged ({message})")
        elif status == "failed" or (broken and _exact(found, name)):
            changed |= _loosened(found, name, broken, examined) or _dropped(found, name, f"{broken:,} of {examined:,} held out break it")
    return changed


def _exact(found: Inferred, name: str) -> bool:
    """Whether a rule is about one column and none of its records may break it, whatever the column tolerates."""
    column, _, key = name.rpartition(".")
    return column in found.columns and key not in LOOSENED


def _clean(column: str, pattern: str, records: int) -> dict[str, Json]:
    """The rule that texts hold nothing that spoils them, but for a share of them that may have been missed so far."""
    from auditor.inference.learned import upper

    kwargs = {"column": column, "regex": pattern}
    return {
        "id": f"inferred-{column}-clean",
        "gx": "expect_column_values_to_not_match_regex",
        "kwargs": kwargs,
        "tolerate": upper(0, records),
    }


def _loosened(found: Inferred, name: str, broken: int, examined: int) -> bool:
    """Whether the column now tolerates the share of records that break a rule."""
    from auditor.inference.learned import RARE, upper

    column, _, key = name.rpartition(".")
    if key not in LOOSENED or column not in found.columns or broken > RARE * examined:
        return False
    found.columns[column]["tolerate"] = max(found.columns[column].get("tolerate", 0.0), upper(broken, examined))
    return True


def _dropped(found: Inferred, name: str, reason: str) -> bool:
    column, _, key = name.rpartition(".")
    found.dropped[name] = reason
    found.tested.pop(name)
    if column in found.columns and key in found.columns[column]:
        del found.columns[column][key]
        if {*found.columns[column]} <= {"tolerate"}:
            found.columns[column].clear()
    found.rules[:] = [rule for rule in found.rules if rule.get("id") != name]
    return True


def judged(found: Inferred, table: Table) -> list[Judged]:
    """What becomes of each rule on some records."""
    return judged_by(suite(found), table)


def suite(found: Inferred) -> Mapping[str, Json]:
    """The rules as expectations: what a rule file with them means."""
    from auditor.inference.written import written
    from auditor.schemas.suites import load_suite

    with tempfile.TemporaryDirectory(prefix="auditor-") as folder:
        path = Path(folder) / "inferred.yaml"
        path.write_text(written(found, "inferred", ()), encoding="utf-8")
        read: Mapping[str, Json] = load_suite(path)
        return read


def judged_by(suite: Mapping[str, Json], table: Table) -> list[Judged]:
    """What becomes of each expectation of a suite on some records."""
    from auditor.validation.direct import ROWS
    from auditor.validation.direct import judged as by_engine

    if not suite["expectations"]:
        return []
    splits = {"records": (table.records.to_batches(ROWS), table.typed)}
    results = [each.result for each in by_engine(suite, splits)]
    return [Judged(each.id, each.status, each.examined, len(each.rows) or each.unexpected, each.message) for each in results]
