"""What checks conclude from the partial results of all shards, concluded anew only where something has changed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.check import Check, Conclusion, of_shard
from auditor.dataset import Dataset
from auditor.model import Finding, Json, Location, Locations, Outcome, Severity, digest
from auditor.partials import Partials, Writer, code, mapped, tabled
from auditor.reading import Observed

if TYPE_CHECKING:
    import pyarrow as pa

PLACES = 100_000
"""A conclusion with more places of findings than these is not kept: writing them down would take longer than concluding again."""

_AT = (("split", "string"), ("row", "int64"), ("column", "string"), ("file", "string"), ("line", "int64"), ("digest", "string"),
       ("message", "string"), ("row_group", "int64"), ("key", "string"))  # fmt: skip


class Conclusions:
    """Concludes for one dataset and what was observed of its shards."""

    def __init__(self, partials: Partials, dataset: Dataset, observed: Sequence[Observed], tables: Path | None = None) -> None:
        self._partials, self._dataset, self._observed = partials, dataset, observed
        self._tables = partials.folder if tables is None else tables
        self._gathered: dict[str, pa.Table | None] = {}
        self._made: dict[str, Conclusion] = {}

    def of(self, check: Check, context: Mapping[str, Json], *observers: Check) -> Conclusion:
        """The check's conclusion, from what it observed or, where it shares, the first of the `observers` did, and what the second one
        gathered; and from a conclusion that was made before. Whatever the check raises is raised.
        """
        observers = observers or (check,)
        key = self._key(check, context, observers)
        found = self._loaded(key) if key is not None else None
        if found is None:
            found = self._concluded(check, context, key, observers)
            if key is not None and sum(len(finding.where) for finding in found.findings) <= PLACES:
                self._save(key, found)
        self._made[check.name] = found
        return found

    def _concluded(self, check: Check, context: Mapping[str, Json], key: str | None, observers: Sequence[Check]) -> Conclusion:
        """The conclusion, from what the last one for other data has left where there is such a thing; `key` is that of this one."""
        splits = [(each.name, each.config) for each in self._dataset.splits]
        last = digest(code(), "memory", json.dumps([check.name, check.options, context, splits], sort_keys=True)) if key is not None else ""
        files = self._partials.load(last) if key is not None else None
        total, *beside = map(self.total, observers)
        found, given = None, {**tabled(context, self._tables), **({"beside": beside[0]} if beside else {})}
        given |= {"after": self._made.get(check.after)} if check.after else {}
        if files is not None:
            memory = {name: mapped(self._partials.folder / file) for name, file in files.items()}
            found = check.conclude_again(memory, total, given, self._dataset)
        if found is None:
            found = check.conclude(total, given, self._dataset)
        if key is not None and found.memory:
            files = self._written(digest(key, "memory"), found.memory)
            self._partials.save(last, files, list(files.values()))
        return found

    def _written(self, key: str, tables: Mapping[str, pa.Table]) -> dict[str, str]:
        """The names of the files that hold the tables, by name of the table."""
        files = {}
        for name, table in tables.items():
            writer = Writer(self._partials.folder, digest(key, name), durable=True)
            writer.add(table)
            files[name] = writer.close()[0]
        return files

    def total(self, check: Check) -> pa.Table | None:
        """What the check gathers from all its partials; made once, where it makes something of them."""
        if check.name in self._gathered:
            return self._gathered[check.name]
        merged = self._merged(check)
        gathered = check.gather(merged, self._dataset) if merged is not None else None
        if type(check).gather is not Check.gather:
            self._gathered[check.name] = gathered
        return gathered

    def _merged(self, check: Check) -> pa.Table | None:
        """All partials as one, neighbours first: one after the other would take quadratic time, as every merge copies lists of pieces."""
        files = [(each.result.shard.ordinal, path) for each in self._observed for path in each.files.get(check.name, ())]
        parts = [of_shard(mapped(path), ordinal) for ordinal, path in files]
        while len(parts) > 1:
            odd = parts[len(parts) // 2 * 2 :]
            parts = [check.merge(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + odd
        return parts[0] if parts else None

    def _key(self, check: Check, context: Mapping[str, Json], observers: Sequence[Check]) -> str | None:
        """The key of all that the conclusion depends on; None where it is not kept, as where it rests on another one, which is."""
        names = [each.name for each in observers]
        whole = all(each.result.failure is None and each.keys.keys() >= {*names} for each in self._observed)
        if not (self._partials.durable and observers[0].reads_records and whole) or check.after:
            return None
        results = [
            {**dataclasses.asdict(each.result), "shard": (shard.path, shard.split, shard.ordinal), "keys": keys}
            for each in self._observed
            for shard, keys in ((each.result.shard, [each.keys[name] for name in names]),)
        ]
        documents = [(each.path, each.sha256) for each in self._dataset.documents]
        splits = [(each.name, each.config) for each in self._dataset.splits]
        against = [
            (other.dataset.name, other.left_out, result.rows, result.failure, result.shard.split, result.shard.path, result.shard.sha256)
            for other in self._dataset.against
            for result in other.dataset.results
        ]
        dataset = (self._dataset.name, dataclasses.asdict(self._dataset.roles), self._dataset.shingle, splits, documents, against)
        return digest(code(), "conclusion", json.dumps([check.name, check.options, context, dataset, results], sort_keys=True))

    def _save(self, key: str, found: Conclusion) -> None:
        files = self._written(key, {"places": _places(found.findings), **found.tables})
        value = {
            "outcomes": [dataclasses.asdict(each) for each in found.outcomes],
            "findings": [_described(each) for each in found.findings],
            "sections": found.sections,
            "tables": files,
            "gaps": found.gaps,
        }
        self._partials.save(key, value, list(files.values()))

    def _loaded(self, key: str) -> Conclusion | None:
        value = self._partials.load(key)
        if value is None:
            return None
        tables = {name: mapped(self._partials.folder / file) for name, file in value["tables"].items()}
        places = tables.pop("places")
        findings, first = [], 0
        for each in value["findings"]:
            last = first + each.pop("places")
            where = _Places(places.slice(first, last - first))
            findings.append(Finding(**{**each, "severity": Severity(each["severity"]), "where": where}))
            first = last
        return Conclusion(
            outcomes=tuple(Outcome(**each) for each in value["outcomes"]),
            findings=tuple(findings),
            sections=value["sections"],
            tables=tables,
            gaps=tuple(value["gaps"]),
        )


def _described(finding: Finding) -> dict[str, Json]:
    fields = {field.name: getattr(finding, field.name) for field in dataclasses.fields(finding) if field.name != "where"}
    return {**fields, "severity": int(finding.severity), "places": len(finding.where)}


def _places(findings: Sequence[Finding]) -> pa.Table:
    """The places of all findings, one after the other: fields of the place, and those of its partner under `partner_...`."""
    import pyarrow as pa

    at = [place for finding in findings for place in finding.where]
    sides = (("", at), ("partner_", [place.partner for place in at]))
    columns: dict[str, pa.Array] = {
        f"{prefix}{name}": pa.array([getattr(place, name, None) for place in places], pa.type_for_alias(kind))
        for prefix, places in sides
        for name, kind in _AT
    }
    columns |= {
        f"{prefix}span": pa.array([getattr(place, "span", None) for place in places], pa.list_(pa.int64())) for prefix, places in sides
    }
    return pa.table(columns | {"paired": pa.array([place.partner is not None for place in at], pa.bool_())})


class _Places(Locations):
    """Places that are read from a table when they are asked for."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        rows: int = self._table.num_rows
        return rows

    def at(self, place: int) -> Location:
        """The place in a row of the table."""
        row = self._table.slice(place, 1).to_pylist()[0]
        return _location(row, "", _location(row, "partner_", None) if row["paired"] else None)


def _location(row: Mapping[str, Any], prefix: str, partner: Location | None) -> Location:
    span = row[f"{prefix}span"]
    return Location(**{name: row[f"{prefix}{name}"] for name, _ in _AT}, span=None if span is None else tuple(span), partner=partner)
