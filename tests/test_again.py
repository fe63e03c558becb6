"""A conclusion that starts from an earlier one says exactly what one from nothing says, whatever has changed in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditor.check import Conclusion, of_shard
from auditor.checks.leakage import ACROSS, WITHIN, Leakage
from auditor.dataset import Batch, Dataset, Roles, Shard, ShardResult, Split
from auditor.kernels.crossjoin import Sought, cross
from auditor.kernels.forest import Forest
from auditor.kernels.hashes import fmix64
from auditor.kernels.joins import Known, Pairs, Sieve, frequencies
from auditor.kernels.minhash import Keys
from auditor.kernels.selfjoin import within, within_bands
from auditor.kernels.sets import Collection, collection
from auditor.kernels.shingles import distinct

Record = tuple[str, str | None]
Splits = dict[str, list[tuple[Record, ...]]]  # the shards of each split

CONTEXT = {"text": ["text"], "label": "label", "shingle": "word:2", "bands": False}


@cache
def observed(records: tuple[Record, ...], bands: bool, threshold: float) -> pa.Table:
    columns = [pa.array([text for text, _ in records], pa.string()), pa.array([label for _, label in records], pa.string())]
    batch = pa.RecordBatch.from_arrays(columns, names=["text", "label"])
    shard = Shard(path="", file="", split="", format="csv")
    return Leakage(threshold=threshold).observe(Batch(shard=shard, start=0, records=batch), {**CONTEXT, "bands": bands})


@dataclass(frozen=True, kw_only=True)
class Audit:
    """A way of auditing: the check, and whether bands are observed."""

    check: Leakage = field(default_factory=Leakage)
    bands: bool = False

    def of(self, splits: Splits, memory: Mapping[str, pa.Table] | None = None) -> Conclusion:
        """What is concluded of the splits; names with a slash are of several configurations."""
        shards = [(name, number, records) for name, parts in splits.items() for number, records in enumerate(parts)]
        made = [Shard(path=f"{name}-{n}.csv", file="", split=name, format="csv", ordinal=o) for o, (name, n, _) in enumerate(shards)]
        dataset = Dataset(
            name="museum",
            splits=tuple(
                Split(name=name, shards=tuple(s for s in made if s.split == name), config=name.partition("/")[0] if "/" in name else None)
                for name in splits
            ),
            roles=Roles(text=("text",), label="label"),
            results=tuple(ShardResult(shard=s, rows=len(records)) for s, (_, _, records) in zip(made, shards, strict=True)),
            shingle="word:2",
        )
        context = {**CONTEXT, "bands": self.bands}
        tables = [observed(records, self.bands, self.check.threshold) for _, _, records in shards]
        total = pa.concat_tables([of_shard(table, number) for number, table in enumerate(tables)])
        if memory is None:
            return self.check.conclude(total, context, dataset)
        return self.check.conclude_again(memory, total, context, dataset)


def assert_same(one: Conclusion, other: Conclusion) -> None:
    assert one.outcomes == other.outcomes
    assert one.sections == other.sections
    assert [(each.rule, each.message, each.evidence, list(each.where)) for each in one.findings] == [
        (each.rule, each.message, each.evidence, list(each.where)) for each in other.findings
    ]
    assert set(one.tables) == set(other.tables)
    assert all(one.tables[name].equals(other.tables[name]) for name in one.tables)
    assert joins(one) == joins(other)


def joins(found: Conclusion) -> set[tuple[str, int, int, str]]:
    """The joins that are remembered, with the number of the configuration."""
    return {
        (name.partition(" ")[0], each["left"], each["right"], each["way"])
        for name, table in found.memory.items()
        if name.endswith("joins")
        for each in table.to_pylist()
    }


class Editor:
    """Draws datasets of short texts, many of them alike, and changes them."""

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._bases = [self._words(12) for _ in range(7)]

    def _words(self, count: int) -> list[str]:
        return [f"w{n}" for n in self._draw.integers(0, 300, count)]

    def _record(self) -> Record:
        words = list(self._bases[self._draw.integers(len(self._bases))])
        kind = self._draw.integers(8)
        if kind == 0:
            words = self._words(int(self._draw.integers(0, 3)))
        elif kind == 1:
            words = [*self._words(6), *words, *self._words(6)]
        elif kind < 6:
            words[self._draw.integers(len(words))] = f"w{self._draw.integers(300)}"
        return " ".join(words), (None, "a", "b")[self._draw.integers(3)]

    def _shard(self) -> tuple[Record, ...]:
        return tuple(self._record() for _ in range(self._draw.integers(0, 7)))

    def splits(self, names: Sequence[str]) -> Splits:
        return {name: [self._shard() for _ in range(self._draw.integers(1, 4))] for name in names}

    def edited(self, splits: Splits) -> Splits:
        """The same with one or two shards changed."""
        changed = {name: list(shards) for name, shards in splits.items()}
        for _ in range(self._draw.integers(1, 3)):
            self._edit(changed)
        return changed

    def _edit(self, splits: Splits) -> None:
        (one, place), (other, elsewhere) = self._any(splits), self._any(splits)
        shard = splits[one][place]
        kind = self._draw.integers(7)
        if kind == 0:
            splits[one][place] = self._shard()
        elif kind == 1:
            splits[one][place] = (*shard, self._record())
        elif kind == 2:
            splits[one][place] = shard[1:]
        elif kind == 3:  # a record moves
            splits[one][place] = shard[:-1]
            splits[other][elsewhere] = (*splits[other][elsewhere], *shard[-1:])
        elif kind == 4:  # a shard moves
            splits[one][place], splits[other][elsewhere] = splits[other][elsewhere], shard
        elif kind == 5:
            splits[one].append(splits[other][elsewhere])
        elif len(splits[one]) > 1:
            del splits[one][place]

    def _any(self, splits: Splits) -> tuple[str, int]:
        name = list(splits)[self._draw.integers(len(splits))]
        return name, int(self._draw.integers(len(splits[name])))


NAMES = (["train", "test"], ["train", "validation", "test"], ["a/train", "a/test", "b/train", "b/test"], ["train"])
WANTED = ((), tuple(rule.id for rule in ACROSS), tuple(rule.id for rule in WITHIN))


def sequence(seed: int, steps: int) -> Iterator[tuple[Conclusion, Conclusion]]:
    """Conclusions of a dataset as it changes: from the memory of the one before, and from nothing."""
    draw, editor = np.random.default_rng(1000 + seed), Editor(seed)
    join = ("auto", "exact", "lsh")[seed % 3]
    wanted = WANTED[draw.integers(3)]
    audit = Audit(check=Leakage(wanted=wanted, join=join, threshold=float(draw.choice([0.5, 0.8]))), bands=bool(draw.integers(2)))
    splits = editor.splits(NAMES[draw.integers(len(NAMES))])
    last = audit.of(splits)
    for _ in range(steps):
        splits = editor.edited(splits)
        last = audit.of(splits, last.memory)
        yield last, audit.of(splits)


@pytest.mark.parametrize("crowds", [False, True])
@pytest.mark.parametrize("remembered", [5_000_000, 12])
def test_a_conclusion_from_memory_is_that_from_nothing(crowds: bool, remembered: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.kernels.pairing.EXACT_WITHIN", 8)
    monkeypatch.setattr("auditor.kernels.pairing.CLUSTER_CAP", 5)
    monkeypatch.setattr("auditor.kernels.again.REMEMBERED", remembered)
    if crowds:
        monkeypatch.setattr("auditor.kernels.selfjoin.CROWD", 3)
        monkeypatch.setattr("auditor.kernels.crossjoin.CROWD", (1, 4))
    seen: Counter[str] = Counter()
    for seed in range(24):
        before: set[tuple[str, int, int, str]] = set()
        for again, anew in sequence(seed, 5):
            assert_same(again, anew)
            seen["kept"] += len(before & joins(again))
            seen["lost"] += len(before - joins(again))
            before = joins(again)
    assert seen["kept"] > 50
    assert seen["lost"] > 3 or not (crowds or remembered == 12)


OPENS = "the museum opens at ten on weekdays and at noon on sundays"
TOURS = "guided tours start in the main hall every full hour today"


@pytest.mark.parametrize(("join", "bands"), [("exact", False), ("lsh", False), ("lsh", True)])
def test_what_is_remembered_is_not_looked_for(join: str, bands: bool) -> None:
    """With a memory of which the pairs are struck out those of kept texts are missing, and only those."""
    audit = Audit(check=Leakage(join=join), bands=bands)
    kept = ((OPENS, None), (TOURS, None), (f"{OPENS} too", None))
    first: Splits = {"train": [kept, ((TOURS, None),)], "test": [((f"{OPENS} now", None),)]}
    second: Splits = {**first, "train": [kept, ((f"{TOURS} again", None),)]}
    memory = dict(audit.of(first).memory)
    assert memory["0 pairs"].num_rows == 3
    assert_same(audit.of(second, memory), audit.of(second))
    assert ends(audit.of(second, memory)) == {(0, 2), (0, 4), (1, 3), (2, 4)}
    of_joins = memory["0 joins"]
    struck = pa.table({**{name: of_joins[name] for name in ("left", "right", "way")}, "pairs": pa.array([0] * of_joins.num_rows)})
    assert ends(audit.of(second, memory | {"0 joins": struck})) == {(1, 3)}
    assert ends(audit.of(second, memory | {"0 joins": of_joins.slice(0, 0)})) == {(0, 2), (0, 4), (1, 3), (2, 4)}


def ends(found: Conclusion) -> set[tuple[int, int]]:
    """The pairs, by number of record: three of train, the changed one, then that of test."""
    start = {"train": 0, "test": 4}
    pairs = found.tables["pairs"].to_pylist()
    return {(start[each["left_split"]] + each["left_row"], start[each["right_split"]] + each["right_row"]) for each in pairs}


def test_each_configuration_has_a_memory_of_its_own() -> None:
    audit = Audit()
    first: Splits = {f"{name}/train": [((OPENS, None), (f"{OPENS} now", None)), ((TOURS, None),)] for name in "ab"}
    second: Splits = {name: [*shards[:1], ((f"{TOURS} now", None),)] for name, shards in first.items()}
    memory = audit.of(first).memory
    assert joins(audit.of(first)) == {("0", 0, 0, "exact"), ("1", 0, 0, "exact")}
    assert_same(audit.of(second, memory), audit.of(second))
    of_joins = memory["1 joins"]
    struck = pa.table({**{name: of_joins[name] for name in ("left", "right", "way")}, "pairs": pa.array([0])})
    assert audit.of(second, {**memory, "1 joins": struck}).tables["pairs"]["left_split"].to_pylist() == ["a/train"]


def test_a_record_without_words_keeps_no_text() -> None:
    audit = Audit()
    kept = ((OPENS, None), ("", None))
    memory = audit.of({"train": [kept, ((TOURS, None),)]}).memory
    changed: Splits = {"train": [kept, ((f"{OPENS} now", None),)]}
    assert_same(audit.of(changed, memory), audit.of(changed))
    assert ends(audit.of(changed, memory)) == {(0, 2)}


def test_a_text_that_moves_to_another_split_is_new_there() -> None:
    audit = Audit()
    first: Splits = {"train": [((OPENS, None),), ((TOURS, None),)], "test": [((f"{OPENS} now", None),), ((f"{TOURS} now", None),)]}
    second: Splits = {"train": [first["train"][0], first["test"][0]], "test": [first["train"][1], first["test"][1]]}
    again = audit.of(second, audit.of(first).memory)
    assert_same(again, audit.of(second))
    assert {(each.rule, each.subject) for each in again.findings} == {("DUP002", "train train"), ("DUP002", "test test")}


def test_another_way_of_joining_remembers_nothing_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.kernels.pairing.EXACT_WITHIN", 2)
    audit = Audit()
    memory = audit.of({"train": [((OPENS, None), (TOURS, None))]}).memory
    more: Splits = {"train": [((OPENS, None), (TOURS, None)), ((f"{OPENS} now", None),)]}
    again = audit.of(more, memory)
    assert_same(again, audit.of(more))
    assert (joins(audit.of({"train": more["train"][:1]})), joins(again)) == ({("0", 0, 0, "exact")}, {("0", 0, 0, "lsh")})


Rows = list[set[int]]

rows_of = st.lists(st.sets(st.integers(0, 14), min_size=1, max_size=9), max_size=14)


def sets_of(rows: Rows) -> Collection:
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return collection([distinct(offsets, fmix64(np.array([value for row in rows for value in row], np.uint64)))])


def triples(pairs: Pairs) -> list[tuple[int, int, int]]:
    return sorted(zip(pairs.left.tolist(), pairs.right.tolist(), pairs.overlap.tolist(), strict=True))


def pairs_of(found: list[tuple[int, int, int]]) -> Pairs:
    left, right, overlap = np.array(found, np.int64).reshape(-1, 3).T
    return Pairs(left=left, right=right, overlap=overlap)


def some_of(data: st.DataObject, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), np.bool_)


@given(rows_of, st.data(), st.sampled_from([2, 100]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_join_within_that_knows_some_pairs_finds_the_same(rows: Rows, data: st.DataObject, crowd: int, banded: bool) -> None:
    sets, kept = sets_of(rows), some_of(data, len(rows))
    bands = [[np.array([min(row) % modulus for row in rows], np.uint32)] * 2 for modulus in (3, 7)]  # the second ones are of other records
    some = np.flatnonzero(kept)

    def joined(sets: Collection, chosen: np.ndarray[tuple[int], np.dtype[np.int64]], known: Known | None) -> tuple[bool, Pairs]:
        if banded:
            found = within_bands(sets, Keys(pieces=bands, records=chosen), 0.5, 3, known)
        else:
            found = within(sets, 0.5, 3, known)
        return found.whole, found.pairs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.kernels.selfjoin.CROWD", crowd)
        before, pairs = joined(sets.only(some), some, None)
        assume(before)
        known = Known(pairs=Pairs(left=some[pairs.left], right=some[pairs.right], overlap=pairs.overlap), left=kept, right=kept)
        everything = np.arange(len(rows))
        again, anew = joined(sets, everything, known), joined(sets, everything, None)
    assert (again[0], triples(again[1])) == (anew[0], triples(anew[1]))


@given(rows_of, rows_of, st.data(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_join_across_that_knows_some_pairs_finds_the_same(left: Rows, right: Rows, data: st.DataObject, crowded: bool) -> None:
    kept = some_of(data, len(left)), some_of(data, len(right))
    some = np.flatnonzero(kept[0]), np.flatnonzero(kept[1])
    sides = sets_of(left), sets_of(right)
    names = np.arange(len(left)), np.arange(len(left), len(left) + len(right))
    counts = frequencies(sets_of(left + right))
    sought = Sought(threshold=0.5, containment=0.9)

    def joined(known: Known | None) -> tuple[bool, list[tuple[int, int, int]]]:
        found = cross(*sides, counts, sought, Forest(len(left) + len(right), 3), names, known)
        return found.whole, triples(found.pairs)

    everything = joined(None)[1]
    known = Known(pairs=pairs_of([each for each in everything if kept[0][each[0]] and kept[1][each[1]]]), left=kept[0], right=kept[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.kernels.crossjoin.INDEXED", 20)
        if crowded:
            patch.setattr("auditor.kernels.crossjoin.CROWD", (1, 2))
        assert joined(known) == joined(None)
        lost = Known(pairs=pairs_of([]), left=kept[0], right=kept[1])
        whole, found = joined(lost)
    assert len(some[0]) == 0 or not whole or found == [each for each in everything if not (kept[0][each[0]] and kept[1][each[1]])]


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_a_sieve_lets_all_of_its_keys_pass_and_hardly_any_other(kind: type[np.uint32] | type[np.uint64]) -> None:
    keys = np.random.default_rng(1).integers(0, np.iinfo(kind).max, 300_000, kind)
    few = keys[1000:3000]
    places = Sieve(few).passing(keys)
    assert np.isin(np.flatnonzero(np.isin(keys, few)), places).all()
    assert len(places) < 2000 + 3000
    assert len(Sieve(few[:0]).passing(keys)) == 0
