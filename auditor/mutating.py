"""Tries rules on data that is corrupted on purpose: which faults they find, and which rules find none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor import inferring
from auditor.model import AuditorError, Json

if TYPE_CHECKING:
    from auditor.inference.rows import Table

RECORDS = 20_000
"""Records that are spoilt at most, the first in the order of the dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """A mutant: its name, whether a rule about records can tell it, and the ids of the rules that did."""

    name: str
    kind: str
    column: str
    killable: bool
    killers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How rules did: the fate of every mutant, and by id what became of each rule on the sound records."""

    records: int
    mutants: tuple[Fate, ...]
    sound: Mapping[str, str]

    @property
    def kills(self) -> dict[str, int]:
        """How many mutants each rule that holds for the sound records has killed."""
        found = {name: 0 for name, status in self.sound.items() if status in {"passed", "vacuous"}}
        for mutant in self.mutants:
            for name in mutant.killers:
                found[name] += 1
        return found

    @property
    def killable(self) -> tuple[Fate, ...]:
        """The mutants that a rule about records can tell."""
        return tuple(each for each in self.mutants if each.killable)

    @property
    def share(self) -> float:
        """The share of these that were killed; 0 where there are none, which shows nothing of the rules."""
        return sum(bool(each.killers) for each in self.killable) / len(self.killable) if self.killable else 0.0

    def as_json(self) -> dict[str, Json]:
        """The trial for programs."""
        return {
            "records": self.records,
            "killable": len(self.killable),
            "killed": sum(bool(each.killers) for each in self.killable),
            "share": self.share,
            "mutants": [
                {"kind": each.kind, "column": each.column, "killable": each.killable, "killed_by": list(each.killers)}
                for each in self.mutants
            ],
            "rules": [{"rule": name, "sound": status, "kills": self.kills.get(name, 0)} for name, status in self.sound.items()],
        }


def tried(suite: Mapping[str, Json], table: Table, seed: int) -> Trial:
    """How the expectations of a suite do on every mutant of some records. AuditorError where there is no rule that can be tried."""
    from auditor.inference.mutants import mutants
    from auditor.validation.plan import uncovered

    some = replace(table, records=table.records.slice(0, RECORDS))
    if not suite["expectations"]:
        raise AuditorError("there is no rule to try", "name a suite or rule file with rules about columns; `records:` are not tried")
    covered = [each for each in suite["expectations"] if not uncovered(each)]
    sound = {each["id"]: "not covered" for each in suite["expectations"]}
    sound |= {each.id: each.status for each in inferring.judged_by({**suite, "expectations": covered}, some)}
    holding = [each for each in suite["expectations"] if sound[each["id"]] in {"passed", "vacuous"}]
    fates = []
    for mutant in mutants(some, seed):
        results = inferring.judged_by({**suite, "expectations": holding}, mutant.table)
        killers = tuple(each.id for each in results if each.status in {"failed", "error"})
        fates.append(Fate(name=mutant.name, kind=mutant.kind, column=mutant.column, killable=mutant.killable, killers=killers))
    return Trial(records=some.records.num_rows, mutants=tuple(fates), sound=sound)
