"""Keyed sketches among the datasets of --against: their items are met blindly (auditor/leakage/blind.py), and this is said of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.dataset import Against, Batch, Dataset
from auditor.kernels.packed import unbundled
from auditor.leakage import sketch
from auditor.leakage.blind import Items, items_of, matched
from auditor.leakage.matches import table
from auditor.leakage.observed import observed as leakage_observed
from auditor.model import AuditorError, Finding, Json, Location, Locations, Rule, digest
from auditor.model import found as finding
from auditor.partials import mapped

if TYPE_CHECKING:
    from auditor.kernels.sets import I64

KINDS = ("whole", "near", "contained")
"""What the relations of a pair (auditor/kernels/pairing.py) are called of an item."""

PART = "sketched"
"""The name under which what is observed of matches lies among what the check observes."""

LIMIT = "of keyed sketches whole items are looked for, equal, alike or contained; neither embedded nor reworded ones"

EXAMPLES = 10
"""Matches of a finding that are shown."""

_held: dict[tuple[str, float], list[Items]] = {}


def is_sketch(other: Against) -> bool:
    """Whether what is compared with is a sketch."""
    return any(shard.format == "sketch" for shard in other.dataset.shards)


def opened(dataset: Dataset) -> Dataset:
    """The dataset against those alone whose text is there."""
    return dataclasses.replace(dataset, against=tuple(each for each in dataset.against if not is_sketch(each)))


def prepared(dataset: Dataset, check: str, key: str) -> tuple[dict[str, Json], dict[str, pa.Table]]:
    """What `observed` must know: names, key and identity of the sketches that a check collected, and their items as tables.

    `key` is the secret in hexadecimal. AuditorError where it is not the one of a sketch, or a sketch cannot be compared.
    """
    tables: dict[str, pa.Table] = {}
    for each in filter(is_sketch, dataset.against):
        name, files = each.dataset.name, each.observed.get(check, ())
        if not key:
            raise AuditorError(f"{name} can be compared only under the key it was made with", "name the file with the key: --key")
        if files:
            table = pa.concat_tables([mapped(path) for _, path in files])
            sketch.check(sketch.header_of(table.schema.metadata, name), _key(key), dataset.shingle, name)
            tables[f"sketch {name}"] = table
    identity = [shard.sha256 for each in filter(is_sketch, dataset.against) for shard in each.dataset.shards]
    return {"sketches": list(tables), "identity": digest(*identity), "key": key}, tables


def _key(key: str) -> sketch.Key:
    return sketch.key_of(bytes.fromhex(key))


def observed(batch: Batch, context: Mapping[str, Json]) -> pa.Table:
    """A row a match: the record with the digest of its raw text, the number of the sketch and of the item in it, their relation, how many
    shingles they share, and of how many each has.
    """
    seen = leakage_observed(batch, {**context, "label": None, "bands": False}, context["threshold"], True)
    sizes = np.diff(np.asarray(seen["shingles"].combine_chunks().offsets))
    parts = []
    for number, items in enumerate(_items(context)):
        found = matched(seen, items, _key(context["key"]), context["threshold"])
        place = pa.array(found.record)
        columns = {name: seen[name].take(place) for name in ("row", "line", "raw")}
        numbers = {"sketch": np.full(len(found.record), number), "item": found.item, "relation": found.relation, "shared": found.overlap}
        sides = {"left_shingles": sizes[found.record], "right_shingles": items.sets.sizes[found.item]}
        hidden = pa.array([items.digests[each] for each in found.item.tolist()], pa.binary(16))
        parts.append(pa.table({**columns, **numbers, **sides, "digest": hidden}))
    return pa.concat_tables(parts)


def _items(context: Mapping[str, Json]) -> list[Items]:
    """The items of all sketches, indexed once in a process."""
    key = context["identity"], context["threshold"]
    if key not in _held:
        _held.clear()
        _held[key] = [items_of(context["tables"][name], context["threshold"]) for name in context["sketches"]]
    return _held[key]


class SketchSearch:
    """The matches of the sketches of --against with the training splits of a dataset; `total` is what the check observed of all."""

    def __init__(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> None:
        self._dataset, self._sketches = dataset, [each for each in dataset.against if is_sketch(each)]
        names = [f"sketch {each.dataset.name}" for each in self._sketches]
        self._place = np.array([names.index(name) for name in context["sketches"]], np.int64)
        self._headers = {name: sketch.header_of(context["tables"][name].schema.metadata, name) for name in context["sketches"]}
        self._splits = [split.name for split in dataset.splits if split.training]
        self._shards = {shard.ordinal: shard for split in dataset.splits if split.training for shard in split.shards}
        self._at: dict[str, NDArray[np.int64]] = {}
        seen = None if total is None else unbundled(total, PART, self._shards)
        self._rows = 0 if seen is None else seen.num_rows
        if seen is not None:
            self._at = {each.name: seen[each.name].to_numpy() for each in seen.schema if pa.types.is_integer(each.type)}
            self._raw, self._digest = seen["raw"], seen["digest"]
            firsts = dataset.first_rows()
            self._at["row"] = self._at["row"] + np.array([firsts[each] for each in self._at["shard"].tolist()], np.int64)

    def findings(self, rule: Rule) -> Iterator[Finding]:
        """A finding for each sketch and training split with matches."""
        for number, other in enumerate(self._sketches):
            for split in self._splits:
                chosen = self._chosen(number, split)
                if len(chosen):
                    yield self._finding(rule, number, other.dataset.name, split, chosen)

    def _chosen(self, number: int, split: str | None) -> I64:
        """The matches with a sketch in a split (None: in all of them)."""
        if not self._rows:
            return np.zeros(0, np.int64)
        ordinals = [each.ordinal for each in self._shards.values() if split in {None, each.split}]
        chosen: I64 = np.flatnonzero((self._place[self._at["sketch"]] == number) & np.isin(self._at["shard"], ordinals))
        return chosen

    def _kinds(self, chosen: I64) -> dict[str, int]:
        counts = np.bincount(self._at["relation"][chosen], minlength=len(KINDS)) if len(chosen) else np.zeros(len(KINDS), np.int64)
        return dict(zip(KINDS, counts.tolist(), strict=True))

    def _finding(self, rule: Rule, number: int, name: str, split: str, chosen: I64) -> Finding:
        items, total = len(np.unique(self._at["item"][chosen])), self._total(number)
        records = len(np.unique(np.stack([self._at["shard"][chosen], self._at["row"][chosen]]), axis=1).T)
        kinds = {kind: count for kind, count in self._kinds(chosen).items() if count}
        evidence: dict[str, Json] = {
            "against": name,
            "split": split,
            "kinds": kinds,
            "items_found": items,
            "items": total,
            "share": items / max(total, 1),
            "records": records,
            "listed": len(chosen),
        }
        said = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
        message = f"{name} in {split}: {items:,} of {total:,} items, in {records:,} record{'s' * (records != 1)} ({said})"
        return finding(rule, message, f"{name} {split}", where=SketchMatches(self, chosen), count=len(chosen), evidence=evidence)

    def _total(self, number: int) -> int:
        return sum(result.rows for result in self._sketches[number].dataset.results)

    def ends(self, match: int) -> tuple[Location, Location]:
        """The training record of a match, and the item as a row of the sketch."""
        shard, line = self._shards[int(self._at["shard"][match])], int(self._at["line"][match])
        other = self._sketches[int(self._place[self._at["sketch"][match]])].dataset
        theirs, item = other.shards[0], int(self._at["item"][match])
        mine = Location(split=shard.split, row=int(self._at["row"][match]), file=shard.path, line=line if line > 0 else None)
        return mine, Location(split=f"{other.name}: {theirs.split}", row=item, file=f"--against {other.name}: {theirs.path}")

    def contents(self, match: int) -> str:
        """A digest of the contents of both sides of a match."""
        return digest(self._raw[match].as_py().hex(), self._digest[match].as_py().hex())

    def section(self, others: Mapping[str, Json], findings: Sequence[Finding]) -> dict[str, Json]:
        """The section that says of the other datasets what there is to say, with the sketches."""
        mine = [self._described(number, each) for number, each in enumerate(self._sketches)]
        added: dict[str, list[Json]] = {"against": mine, "examples": list(self._examples(findings)), "limits": [LIMIT] if mine else []}
        return {**others, **{name: [*others[name], *more] for name, more in added.items()}}

    def _described(self, number: int, other: Against) -> dict[str, Json]:
        shards = other.dataset.shards
        lines = "".join(f"{shard.sha256}  {shard.path}\n" for shard in shards)
        chosen, rows = self._chosen(number, None), self._total(number)
        header = self._headers.get(f"sketch {other.dataset.name}")
        return {
            "name": other.dataset.name,
            "digest": "sha256:" + hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest(),
            "files": [{"path": s.path, "split": s.split, "bytes": s.bytes, "sha256": s.sha256, "rows": rows} for s in shards],
            "left_out": [],
            "sketch": None if header is None else {name: value for name, value in dataclasses.asdict(header).items() if name != "key"},
            "rows": rows,
            "items": rows,
            "items_found": len(np.unique(self._at["item"][chosen])) if len(chosen) else 0,
            "found": self._kinds(chosen),
            "weak": 0,
            "source_overlap": 0,
            "reworded_untold": 0,
        }

    def _examples(self, findings: Sequence[Finding]) -> Iterator[dict[str, Json]]:
        """The first matches of each finding; of one side there is no text, so none is shown."""
        for each in findings:
            assert isinstance(each.where, SketchMatches)
            for match in each.where.matches[:EXAMPLES].tolist():
                values = {name: column[0] for name, column in self._columns(np.array([match])).items() if name not in _ENDS}
                yield {"rule": each.rule, **dict(zip(("left", "right"), map(_shown, self.ends(match)), strict=True)), **values}

    def table(self) -> pa.Table:
        """The rows of benchmarks.parquet: all matches in training splits."""
        chosen = [self._chosen(number, None) for number in range(len(self._sketches))]
        return table(self._columns(np.concatenate([np.zeros(0, np.int64), *chosen])))

    def _columns(self, chosen: I64) -> dict[str, list[Any]]:
        ends = [self.ends(match) for match in chosen.tolist()]
        at = {name: values[chosen] for name, values in self._at.items()}
        relation = at["relation"].tolist() if ends else []
        shared, left, right = (at[name] if ends else np.ones(0) for name in ("shared", "left_shingles", "right_shingles"))
        return {
            "left_split": [mine.split for mine, _ in ends],
            "left_row": [mine.row for mine, _ in ends],
            "right_split": [(item.split or "").rpartition(": ")[2] for _, item in ends],
            "right_row": [item.row for _, item in ends],
            "relation": [("identical", "near", "contained")[each] for each in relation],
            "raw_identical": [None] * len(ends),
            "jaccard": (shared / (left + right - shared)).tolist(),
            "containment_left": (shared / left).tolist(),
            "containment_right": (shared / right).tolist(),
            "rule": ["LEAK010"] * len(ends),
            "against": [(item.split or "").rpartition(": ")[0] for _, item in ends],
            "kind": [KINDS[each] for each in relation],
            "bits": [None] * len(ends),
            "coverage": [None] * len(ends),
            "field": ["record"] * len(ends),
            "answer": [None] * len(ends),
        }


_ENDS = ("left_split", "left_row", "right_split", "right_row")


def _shown(end: Location) -> dict[str, Json]:
    return {"split": end.split, "row": end.row, "file": end.file, "line": end.line, "text": None, "label": None}


class SketchMatches(Locations):
    """The places of matches, made when they are asked for: the training record is the one to act on, the item its partner."""

    def __init__(self, search: SketchSearch, matches: I64) -> None:
        self._search, self.matches = search, matches

    def __len__(self) -> int:
        return len(self.matches)

    def at(self, place: int) -> Location:
        """The place of a match."""
        match = int(self.matches[place])
        mine, item = self._search.ends(match)
        return mine.beside(item, self._search.contents(match))
