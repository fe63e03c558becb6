"""What a check is, and how all of them are found."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from auditor.dataset import Batch, Dataset
from auditor.model import AuditorError, Finding, Json, Outcome, Rule

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = "auditor.checks"
"""The entry-point group under which other distributions name their check classes."""

NOBODY = ("nobody",)
"""What is `wanted` of a check none of whose rules was selected: it observes for those that share what it saw."""

_ROOM = Path(__file__).with_name("checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A check that cannot look, and why: an outcome, neither passed nor failed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A context with Arrow tables: in `observe` and `conclude` they stand in it under `tables`, by name."""

    context: Mapping[str, Json]
    tables: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a check found: an outcome for each of its rules, findings, and what it adds to the report.

    `sections` go into the report under their names (JSON values); `tables` are evidence tables (Arrow) by name. `gaps` say what should
    have been found out and could not be: with any of them the audit is incomplete. `memory` (Arrow tables by name) is what the check may
    start from when it concludes for other data.
    """

    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()
    sections: Mapping[str, Json] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A way of looking. A subclass is a frozen dataclass whose fields are its options (JSON values, with defaults).

    `wanted` are the ids of its rules that were selected (empty: all); what is not wanted is not sought.

    `prepare` once, `observe` for every batch (anywhere, in any order), `merge` for neighbours in shard order, `conclude` once.
    Contexts are JSON values and partials Arrow tables: nothing else crosses a process border. What `observe` returns must depend on
    the contents of the shard alone, not on its name or place; `merge` and `conclude` find its ordinal in a column `shard` (int64).
    A check that looks only at documents leaves `reads_records` False and is never shown a batch; one whose partials hold the values of
    records says so with `keeps_records`. One that compares with the datasets of --against names in `collects` the check that observes
    their records first: what it saw is in `dataset.against` when `prepare` is called.
    One that concludes from what another check observed names that check in `shares` and observes nothing itself: it is given what the
    other `gather`s, so that no record is looked at twice for it. One that needs that beside what it observes itself names the other in
    `beside`, and finds it in the context of `conclude`, under that word (None: nothing was observed).
    One that goes on from what another check concluded names it in `after`: where that was asked too, its `Conclusion` is in the context
    of `conclude` under `after`. What a data file's own metadata say under the keys of `metadata` is a document to it.
    """

    name: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]]
    reads_records: ClassVar[bool] = False
    keeps_records: ClassVar[bool] = False
    collects: ClassVar[str] = ""
    shares: ClassVar[str] = ""
    beside: ClassVar[str] = ""
    after: ClassVar[str] = ""
    metadata: ClassVar[tuple[str, ...]] = ()

    wanted: tuple[str, ...] = ()

    def wants(self, rule: Rule) -> bool:
        """Whether the rule was selected."""
        return not self.wanted or rule.id in self.wanted

    @property
    def options(self) -> dict[str, Json]:
        """The options as JSON values, enough to build the same check elsewhere."""
        return dataclasses.asdict(self)

    @property
    def looks_at(self) -> tuple[str, ...]:
        """The names of columns, as `folded` has them, where it looks at no others; mostly it looks at all: none."""
        return ()

    def prepare(self, dataset: Dataset) -> Mapping[str, Json] | Prepared | Skip:
        """What `observe` must know of the dataset, as JSON (and Arrow tables); or Skip."""
        return {}

    def observe(self, batch: Batch, context: Mapping[str, Json]) -> pa.Table | None:
        """What this batch says, as an Arrow table."""
        return None

    def ahead(self, dataset: Dataset, context: Mapping[str, Json]) -> frozenset[str]:
        """The names of the splits to observe before all others, since `narrow` makes of them what to look for in those; mostly none."""
        return frozenset()

    def narrow(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Prepared:
        """The context for the splits that are not ahead, and for `conclude`, from what was observed of those that are."""
        raise NotImplementedError

    def sensitive(self, batch: Batch, context: Mapping[str, Json]) -> Iterable[str]:
        """Texts in this batch that must never leave as text: every output masks them, wherever they stand."""
        return ()

    def merge(self, a: pa.Table, b: pa.Table) -> pa.Table:
        """Two partials as one; associative. One after the other unless a check knows better."""
        import pyarrow as pa

        return pa.concat_tables([a, b])

    def gather(self, total: pa.Table, dataset: Dataset) -> pa.Table:
        """What `conclude` is given, here and in the checks that share it: all partials, or what is made of them once."""
        return total

    def conclude(self, total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset) -> Conclusion:
        """The findings, from everything observed (`total` is None when nothing was)."""
        raise NotImplementedError

    def conclude_again(
        self, memory: Mapping[str, pa.Table], total: pa.Table | None, context: Mapping[str, Json], dataset: Dataset
    ) -> Conclusion | None:
        """Exactly what `conclude` would find, from the memory of a conclusion of the same question for other data; None: it cannot."""
        return None


def of_shard(observed: pa.Table, ordinal: int) -> pa.Table:
    """What was observed of a shard, as `merge` and `conclude` get it: with its ordinal in the column `shard`."""
    import numpy as np
    import pyarrow as pa

    return observed.append_column("shard", pa.array(np.full(observed.num_rows, ordinal, np.int64)))


def tally(rule: Rule, examined: int, count: int, note: str = "") -> Outcome:
    """The outcome of a rule that looked at `examined` records and was broken `count` times; looking at nothing is no pass."""
    if not examined and not count:
        return Outcome(rule=rule.id, name=rule.name, status="skipped", note=note or "there was nothing to examine")
    return Outcome(rule=rule.id, name=rule.name, status="failed" if count else "passed", examined=examined, found=count, note=note)


def skipped(rule: Rule, reason: str) -> Outcome:
    """The outcome of a rule that could not be looked for."""
    return Outcome(rule=rule.id, name=rule.name, status="skipped", note=reason)


@cache
def discover() -> Mapping[str, type[Check]]:
    """Every check class by its name: those in auditor/checks, then those of the entry-point group; sorted by name."""
    import importlib.metadata  # a hundredth of a second, which reading processes can spare

    classes = [each for info in pkgutil.iter_modules([str(_ROOM)]) for each in _checks(info.name)]
    classes += [entry.load() for entry in importlib.metadata.entry_points(group=GROUP)]
    return {each.name: each for each in sorted(classes, key=lambda each: each.name)}


def _checks(module: str) -> list[type[Check]]:
    """The check classes of a file in auditor/checks."""
    found = importlib.import_module(f"auditor.checks.{module}")
    classes = (each for each in vars(found).values() if isinstance(each, type) and issubclass(each, Check))
    return [each for each in classes if each.__module__ == found.__name__]


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, sorted; an id that two checks claim is an error of the programmer."""
    found: dict[str, Rule] = {}
    for each in discover().values():
        for rule in each.rules:
            if rule.id in found:
                raise AuditorError(f"two checks define {rule.id}", "give the newer one an id of its own")
            found[rule.id] = rule
    return dict(sorted(found.items()))


def build(name: str, options: Mapping[str, Json]) -> Check:
    """The check called `name` with these options; lists become tuples, unknown options are left to those who know them."""
    own = _checks(name) if (_ROOM / f"{name}.py").is_file() else []  # the files of the other checks take a tenth of a second to load
    kind = next((each for each in own if each.name == name), None) or discover()[name]
    known = {f.name for f in dataclasses.fields(kind)}
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in options.items() if key in known})
