"""What is said of the matches of benchmark items with training records: findings, places, examples, counts and the evidence table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.dataset import Against, Dataset
from auditor.kernels.packed import unbundled
from auditor.kernels.records import digests
from auditor.leakage import matches, paraphrases
from auditor.leakage.catalogue import EXCERPT, FIELDS, QUESTION, RECORD, uses_of
from auditor.leakage.matches import KINDS, Found
from auditor.leakage.occurrences import held
from auditor.model import Finding, Json, Location, Locations, Rule, digest
from auditor.model import found as finding

I64 = NDArray[np.int64]

EXAMPLES = 10
"""Matches of a finding that are shown with their texts."""

REWORDED = KINDS.index("reworded")

_OBSERVED = ("row", "text", "first", "last", "tokens", "shared", "shingles", "whole", "answer", "shard", "line")

LIMITS = (
    "items of fewer than 8 words inside a longer record are evidence only where an answer or a neighbouring item stands there too",
    "translations of items are not looked for",
    "text in images and code that was rewritten are not looked for",
)


class Search:
    """Everything that was found of some benchmarks in the training splits of a dataset."""

    def __init__(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> None:
        self._dataset, self._context = dataset, context
        self._known, self._uses = held(context), uses_of(context["tables"]["uses"])
        self._strings = context["tables"]["strings"]["text"]
        self._splits = [split.name for split in dataset.splits if split.training]
        self._shards = {shard.ordinal: shard for split in dataset.splits if split.training for shard in split.shards}
        self.examined = sum(dataset.rows(name) for name in self._splits)
        self._seen = None if total is None else unbundled(total, "occurrences", self._shards)
        self._at, pairs, self._records = self._occurrences(total)
        self._untold = np.zeros(0, np.int64)
        if total is not None and "reworded" in context["tables"]:
            pairs = self._with_reworded(total, pairs)
        self.weak = np.bincount(self._uses.against[pairs.use[~pairs.strong]], minlength=len(dataset.against))
        self._pairs = matches.listed(pairs, self._uses)

    def _occurrences(self, total: pa.Table | None) -> tuple[dict[str, NDArray[Any]], Found, int]:
        """The occurrences as arrays, all pairs they make, and how many training records there are."""
        counts = None if total is None else unbundled(total, "counts", self._shards)
        df = np.zeros(len(self._known.index.lookup.keys) + 1, np.int64)
        if counts is not None:
            np.add.at(df, counts["gram"].to_numpy(), counts["count"].to_numpy())
        if self._seen is None:
            none = np.zeros(0, np.int64)
            flags = np.zeros(0, np.bool_)
            return {}, Found(occurrence=none, use=none, kind=none, bits=np.zeros(0), coverage=np.zeros(0), strong=flags), 0
        at = self._placed({name: self._seen[name].to_numpy() for name in _OBSERVED})
        covered = self._seen["covered"].to_pylist()
        limits = self._context["threshold"], self._context["containment"]
        return at, matches.found(self._known, self._uses, at, covered, df[:-1], int(df[-1]), *limits), int(df[-1])

    def _placed(self, at: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The occurrences with each one's row in its split and its number among all training records."""
        firsts, rows = self._dataset.first_rows(), [self._dataset.rows(name) for name in self._splits]
        offsets = dict(zip(self._splits, np.cumsum([0, *rows]).tolist(), strict=False))
        place, base = np.zeros((2, max(self._shards, default=-1) + 1), np.int64)
        for ordinal, shard in self._shards.items():
            place[ordinal], base[ordinal] = firsts[ordinal], offsets[shard.split]
        at["place"] = at["row"] + place[at["shard"]]
        at["record"] = at["place"] + base[at["shard"]]
        return at

    def _with_reworded(self, total: pa.Table, pairs: Found) -> Found:
        """The pairs with those of reworded items that are not found otherwise; their records join the occurrences."""
        decided, self._untold = paraphrases.decided(total, self._shards, self._context)
        records = unbundled(total, "records", self._shards)
        if not len(decided) or records is None or self._seen is None:
            return pairs
        shard, row, text = (decided[name].to_numpy() for name in ("shard", "row", "text"))
        wide = int(records["row"].to_numpy().max()) + 1
        known = records["shard"].to_numpy() * wide + records["row"].to_numpy()
        order = np.argsort(known, kind="stable")
        held = records.take(pa.array(order[np.searchsorted(known[order], shard * wide + row)]))
        first = len(self._seen)
        added = {name: held[name] for name in ("row", "line", "raw", "excerpt", "shard")} | {"text": decided["text"]}
        self._seen = pa.concat_tables([self._seen, pa.table(added)], promote_options="default")
        shown = {"row": row, "shard": shard, "line": held["line"].to_numpy(), "text": text}
        self._at = self._placed({name: np.concatenate([self._at[name], shown.get(name, np.zeros(len(row), self._at[name].dtype))])
                                 for name in _OBSERVED})  # fmt: skip
        return matches.with_reworded(pairs, self._uses, self._at, np.arange(first, first + len(row)), decided["score"].to_numpy())

    # ── findings ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def findings(self, rule: Rule, reworded: bool) -> Iterator[Finding]:
        """A finding for each benchmark and training split with strong matches: those that are `reworded`, or those that are not."""
        for number, other in enumerate(self._dataset.against):
            for name in self._splits:
                chosen = self._chosen(number, name, reworded)
                if len(chosen):
                    yield self._finding(rule, other, name, chosen)

    def _chosen(self, number: int, split: str, reworded: bool) -> I64:
        pairs = self._pairs
        mine = pairs.strong & (self._uses.against[pairs.use] == number) & ((pairs.kind == REWORDED) == reworded)
        shards = [shard.ordinal for shard in self._shards.values() if shard.split == split]
        mine &= np.isin(self._at["shard"][pairs.occurrence], shards) if mine.any() else mine
        return np.flatnonzero(mine)

    def _finding(self, rule: Rule, other: Against, split: str, chosen: I64) -> Finding:
        pairs = self._pairs.where(chosen)
        items, total = self._items(pairs), self._asked(self._dataset.against.index(other))
        records = len(np.unique(self._at["record"][pairs.occurrence]))
        kinds = {name: int(np.count_nonzero(pairs.kind == place)) for place, name in enumerate(KINDS)}
        kinds = {name: count for name, count in kinds.items() if count}
        evidence: dict[str, Json] = {
            "against": other.dataset.name,
            "split": split,
            "kinds": kinds,
            "items_found": items,
            "items": total,
            "share": items / max(total, 1),
            "records": records,
            "listed": len(chosen),
            "weak": int(self.weak[self._dataset.against.index(other)]),
        }
        said = ", ".join(f"{count:,} {name}" for name, count in kinds.items())
        message = f"{other.dataset.name} in {split}: {items:,} of {total:,} items, in {records:,} record{'s' * (records != 1)} ({said})"
        places = Matches(self, chosen)
        return finding(rule, message, f"{other.dataset.name} {split}", where=places, count=len(chosen), evidence=evidence)

    def _items(self, pairs: Found) -> int:
        """How many different items the pairs are of."""
        use = pairs.use
        return len(np.unique(np.stack([self._uses.shard[use], self._uses.row[use]]), axis=1).T)

    def _asked(self, number: int) -> int:
        """How many items a benchmark has that have a token."""
        mine = (self._uses.against == number) & (self._uses.role == QUESTION) & (self._known.index.counts[self._uses.text] > 0)
        return int(np.count_nonzero(mine))

    def ends(self, pair: int) -> tuple[Location, Location]:
        """The training record of a pair and the benchmark's."""
        at, use = int(self._pairs.occurrence[pair]), int(self._pairs.use[pair])
        shard, line = self._shards[int(self._at["shard"][at])], int(self._at["line"][at])
        other = self._dataset.against[int(self._uses.against[use])].dataset
        theirs = next(each for each in other.shards if each.ordinal == int(self._uses.shard[use]))
        number = int(self._uses.line[use])
        mine = Location(split=shard.split, row=int(self._at["place"][at]), file=shard.path, line=line if line > 0 else None)
        item = Location(
            split=f"{other.name}: {theirs.split}",
            row=int(self._uses.row[use]),
            file=f"--against {other.name}: {theirs.path}",
            line=number if number > 0 else None,
        )
        return mine, item

    def contents(self, pair: int) -> str:
        """A digest of the contents of both records of a pair."""
        at, use = int(self._pairs.occurrence[pair]), int(self._pairs.use[pair])
        assert self._seen is not None
        return digest(self._seen["raw"][at].as_py().hex(), self._uses.raw[use].tobytes().hex())

    # ── section and table ─────────────────────────────────────────────────────────────────────────────────────────────

    def section(self, findings: Sequence[Finding], no_text: bool) -> dict[str, Json]:
        """What the report says beside the findings."""
        method = {
            "definition": "norm-v1",
            "shingle": self._context["shingle"],
            "threshold": self._context["threshold"],
            "containment": self._context["containment"],
            "embedded": {"coverage": matches.COVERED, "bits": matches.BITS},
            "seeds": "5-grams of tokens (4-grams in items of 8 or 9 tokens, the whole item below)",
            "training_records": self._records,
        }
        return {
            "against": [self._described(number, other) for number, other in enumerate(self._dataset.against)],
            "method": method,
            "limits": list(LIMITS),
            "examples": [self._example(each.rule, pair, no_text) for each in findings for pair in _first(each)],
        }

    def _described(self, number: int, other: Against) -> dict[str, Json]:
        rows = {result.shard.ordinal: result.rows for result in other.dataset.results}
        shards = other.dataset.shards
        lines = "".join(f"{shard.sha256}  {shard.path}\n" for shard in shards)
        pairs = self._pairs
        mine = self._uses.against[pairs.use] == number
        asked = np.isin(self._uses.role[pairs.use], (QUESTION, RECORD))
        strong = pairs.where(mine & pairs.strong)
        return {
            "name": other.dataset.name,
            "digest": "sha256:" + hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest(),
            "files": [{"path": s.path, "split": s.split, "bytes": s.bytes, "sha256": s.sha256, "rows": rows[s.ordinal]} for s in shards],
            "left_out": list(other.left_out),
            "rows": sum(rows.values()),
            "items": self._asked(number),
            "items_found": self._items(strong),
            "found": {name: int(np.count_nonzero(strong.kind == place)) for place, name in enumerate(KINDS)},
            "weak": int(np.count_nonzero(mine & ~pairs.strong & asked)),
            "source_overlap": int(np.count_nonzero(mine & ~asked)),
            "reworded_untold": int(np.count_nonzero(self._untold == number)),
        }

    def _example(self, rule: str, pair: int, no_text: bool) -> dict[str, Json]:
        at, use = int(self._pairs.occurrence[pair]), int(self._pairs.use[pair])
        assert self._seen is not None
        texts = (self._seen["excerpt"][at].as_py(), self._strings[int(self._uses.text[use])].as_py()[:EXCERPT])
        sides = {
            side: {"split": end.split, "row": end.row, "file": end.file, "line": end.line, "label": None, "text": None if no_text else text}
            for side, end, text in zip(("left", "right"), self.ends(pair), texts, strict=True)
        }
        return {"rule": rule, **sides, **{name: column[0] for name, column in self._columns(np.array([pair])).items() if name not in _ENDS}}

    def _columns(self, chosen: I64) -> dict[str, Any]:
        """The columns of the evidence table, of some pairs."""
        pairs = self._pairs.where(chosen)
        at, use = pairs.occurrence, pairs.use
        ends = [self.ends(pair) for pair in chosen.tolist()]
        alike = self._similarities(pairs)
        raw = digests(self._seen["raw"]) if self._seen is not None else np.zeros((0, 2), np.uint64)
        kinds, reworded = [KINDS[kind] for kind in pairs.kind.tolist()], pairs.kind == REWORDED
        return {
            "left_split": [left.split for left, _ in ends],
            "left_row": [left.row for left, _ in ends],
            "right_split": [(right.split or "").partition(": ")[2] for _, right in ends],
            "right_row": [right.row for _, right in ends],
            "relation": [_RELATION.get(kind) for kind in kinds],
            "raw_identical": (raw[at] == self._uses.raw[use]).all(axis=1).tolist(),
            **alike,
            "rule": [self._rule(bool(strong), kind) for strong, kind in zip(pairs.strong.tolist(), kinds, strict=True)],
            "against": [self._dataset.against[each].dataset.name for each in self._uses.against[use].tolist()],
            "kind": kinds,
            "bits": _where(~reworded, pairs.bits),
            "coverage": _where(~reworded, pairs.coverage),
            "score": _where(reworded, pairs.coverage),
            "field": [FIELDS[role] for role in self._uses.role[use].tolist()],
            "answer": self._at["answer"][at].tolist() if len(at) else [],
        }

    def _rule(self, strong: bool, kind: str) -> str | None:
        if not strong:
            return None
        return "LEAK011" if kind == KINDS[REWORDED] else "LEAK010"

    def _similarities(self, pairs: Found) -> dict[str, list[float | None]]:
        """Jaccard similarity and both containments; of whole records that were found by their digest alone, 1."""
        if not len(pairs):
            return {"jaccard": [], "containment_left": [], "containment_right": []}
        at = pairs.occurrence
        shared, left = self._at["shared"][at], self._at["shingles"][at]
        right = np.maximum(self._known.shingles.sizes[self._at["text"][at]], 1)
        alone = shared < 0
        values = {
            "jaccard": shared / np.maximum(left + right - shared, 1),
            "containment_left": shared / np.maximum(left, 1),
            "containment_right": shared / right,
        }
        other = (pairs.kind == REWORDED).tolist()
        whole = {name: np.where(alone, 1.0, each).tolist() for name, each in values.items()}
        return {name: [None if no else one for no, one in zip(other, each, strict=True)] for name, each in whole.items()}

    def table(self) -> pa.Table:
        """The evidence: every match, weak ones without a rule."""
        return matches.table(self._columns(np.arange(len(self._pairs))))


_ENDS = ("left_split", "left_row", "right_split", "right_row")
_RELATION = {"whole": "identical", "near": "near", "contained": "contained"}


def _where(told: NDArray[np.bool_], values: NDArray[np.float64]) -> list[float | None]:
    """The values that are told, the others as None."""
    return [value if tell else None for tell, value in zip(told.tolist(), values.round(6).tolist(), strict=True)]


def _first(each: Finding) -> list[int]:
    assert isinstance(each.where, Matches)
    pairs: list[int] = each.where.pairs[:EXAMPLES].tolist()
    return pairs


class Matches(Locations):
    """The places of matches, made when they are asked for: the training record is the one to act on, the item its partner."""

    def __init__(self, search: Search, pairs: I64) -> None:
        self._search, self.pairs = search, pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def at(self, place: int) -> Location:
        """The place of a match."""
        mine, item = self._search.ends(int(self.pairs[place]))
        return mine.beside(item, self._search.contents(int(self.pairs[place])))
