"""Conclusions that are kept: the same findings, places and tables as when they were concluded, and none for another question."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pytest

from auditor import conclusions
from auditor.check import Check, Conclusion, tally
from auditor.conclusions import Conclusions
from auditor.dataset import Dataset, Roles, Shard, ShardResult, Split, Trouble
from auditor.model import Example, Finding, Json, Location, Rule, Severity, found
from auditor.partials import Partials
from auditor.reading import Observed

NOTHING = Example(files={})
RULE = Rule(id="T001", name="t", severity=Severity.LOW, summary="s", why="w", fix="f", failing=NOTHING, passing=NOTHING)
SHARD = Shard(path="train.csv", file="", split="train", format="csv", sha256="1")
DATASET = Dataset(name="d", splits=(Split(name="train", shards=(SHARD,)),))
PLACES = (
    Location(),
    Location(split="train", row=0, column="a", file="train.csv", line=1, span=(3, 4), digest="d", message="m"),
    Location(split="train", row=1 << 40, partner=Location(split="test", row=2, file="test.csv", span=(0, 9))),
)
FINDINGS = (
    found(RULE, "many", "subject", where=PLACES, count=7, evidence={"share": 0.1, "none": None, "list": [1, "x"]}, check="c"),
    found(RULE, "nowhere", "other", severity=Severity.CRITICAL),
    found(RULE, "one", "third", where=PLACES[1:2]),
)
MEMORY = {"seen": pa.table({"rows": [10]})}
TABLES = {"pairs": pa.table({"left": [1, 2], "share": [0.5, None]})}


@dataclass(frozen=True, kw_only=True)
class Concluding(Check):
    """Concludes what it was told and counts how often."""

    name: ClassVar[str] = "concluding"
    rules: ClassVar[tuple[Rule, ...]] = (RULE,)
    reads_records: ClassVar[bool] = True
    times: ClassVar[list[int]] = []

    word: str = ""
    memories: ClassVar[list[list[int]]] = []

    def conclude_again(
        self, memory: Mapping[str, pa.Table], total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset
    ) -> Conclusion | None:
        self.memories.append(memory["seen"]["rows"].to_pylist())
        if self.word != "again":
            return None
        rows = dataset.results[0].rows if dataset.results else 0
        return Conclusion(outcomes=(tally(RULE, 5, 0),), memory={"seen": pa.table({"rows": [*self.memories[-1], rows]})})

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        self.times.append(1)
        outcomes = (tally(RULE, 10, 8, "a note"),)
        return Conclusion(outcomes=outcomes, findings=FINDINGS, sections={"leakage": {"x": [1, 0.1, None]}}, tables=TABLES, memory=MEMORY)


def observed(**changed: Json) -> Observed:
    result = ShardResult(shard=SHARD, rows=10, physical=11, troubles=(Trouble(reason="torn", count=1, lines=(3,)),))
    return Observed(result=dataclasses.replace(result, **changed), keys={"concluding": "k"})


def concluded(folder: Path, each: Observed, dataset: Dataset = DATASET, word: str = "", durable: bool = True) -> tuple[Conclusion, int]:
    """The conclusion, and how often it was concluded for it."""
    Concluding.times.clear()
    made = Conclusions(Partials(folder, durable), dataset, [each]).of(Concluding(word=word), {"text": ["a"]})
    return made, len(Concluding.times)


def plain(finding: Finding) -> Finding:
    return dataclasses.replace(finding, where=tuple(finding.where))


def test_a_kept_conclusion_is_the_same(tmp_path: Path) -> None:
    first, times = concluded(tmp_path, observed())
    assert times == 1
    second, times = concluded(tmp_path, observed())
    assert times == 0
    assert second.outcomes == first.outcomes
    assert second.sections == first.sections
    assert [plain(finding) for finding in second.findings] == list(FINDINGS)
    assert [finding.fingerprint for finding in second.findings] == [finding.fingerprint for finding in FINDINGS]
    assert {name: table.to_pydict() for name, table in second.tables.items()} == {"pairs": TABLES["pairs"].to_pydict()}
    assert second.tables["pairs"].schema == TABLES["pairs"].schema


def test_places_are_a_sequence(tmp_path: Path) -> None:
    concluded(tmp_path, observed())
    where = concluded(tmp_path, observed())[0].findings[0].where
    assert len(where) == 3
    assert (where[0], where[-1], list(where[1:])) == (PLACES[0], PLACES[2], list(PLACES[1:]))
    with pytest.raises(IndexError):
        where[3]


@pytest.mark.parametrize(
    "other",
    [
        {"each": observed(rows=9)},
        {"each": observed(troubles=())},
        {"each": Observed(result=observed().result, keys={"concluding": "l"})},
        {"word": "another option"},
        {"dataset": dataclasses.replace(DATASET, roles=Roles(label="y"))},
        {"dataset": dataclasses.replace(DATASET, shingle="char:5")},
        {"dataset": dataclasses.replace(DATASET, splits=(Split(name="train", shards=(SHARD,), config="c"),))},
    ],
)
def test_whatever_is_different_is_concluded_anew(tmp_path: Path, other: dict[str, Json]) -> None:
    concluded(tmp_path, observed())
    assert concluded(tmp_path, **{"each": observed(), **other})[1] == 1


def test_what_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    broken = observed(failure="torn")
    unseen = Observed(result=observed().result)
    for each in (broken, unseen):
        assert [concluded(tmp_path, each)[1] for _ in range(2)] == [1, 1]
    assert [concluded(tmp_path, observed(), durable=False)[1] for _ in range(2)] == [1, 1]
    assert list(tmp_path.iterdir()) == []


def test_too_many_places_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conclusions, "PLACES", 3)
    assert [concluded(tmp_path, observed())[1] for _ in range(2)] == [1, 1]
    monkeypatch.setattr(conclusions, "PLACES", 4)
    assert [concluded(tmp_path, observed())[1] for _ in range(2)] == [1, 0]


def test_the_next_conclusion_starts_from_the_last(tmp_path: Path) -> None:
    Concluding.memories.clear()
    assert concluded(tmp_path, observed(), word="again")[1] == 1
    for rows in (9, 8):
        dataset = dataclasses.replace(DATASET, results=(observed(rows=rows).result,))
        made, times = concluded(tmp_path, observed(rows=rows), dataset, "again")
        assert (times, made.outcomes[0].examined) == (0, 5)
    assert Concluding.memories == [[10], [10, 9]]
    kept = Partials(tmp_path, durable=True)
    kept.sweep()
    assert concluded(tmp_path, observed(rows=7), dataset, "again")[1] == 0
    assert Concluding.memories[2:] == [[10, 9, 8]]


def test_a_memory_is_of_one_question(tmp_path: Path) -> None:
    Concluding.memories.clear()
    concluded(tmp_path, observed())
    assert concluded(tmp_path, observed(rows=9), word="another option")[1] == 1
    assert concluded(tmp_path, observed(rows=9), dataclasses.replace(DATASET, splits=(Split(name="test", shards=(SHARD,)),)))[1] == 1
    assert Concluding.memories == []


def test_a_check_may_start_from_nothing_all_the_same(tmp_path: Path) -> None:
    Concluding.memories.clear()
    assert concluded(tmp_path, observed(), word="another")[1] == 1
    assert concluded(tmp_path, observed(rows=9), word="another")[1] == 1
    assert Concluding.memories == [[10]]
