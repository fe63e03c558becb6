"""A fix from what was asked to the new folder: audit, choose, write anew, and audit what was written until nothing leaks."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor import __version__, audit
from auditor.fixing import leaks, losses, quarantine, regrouping, workshop
from auditor.fixing.content import I64, Bools, Content
from auditor.fixing.workshop import Shop
from auditor.model import AuditorError, Report
from auditor.running.auditing import audited
from auditor.running.ruled import filled

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.fixing.losses import Loss
    from auditor.model import Json
    from auditor.reading import Progress
    from auditor.running.work import How

ROUNDS = 8
"""How often the result is audited and mended again: of clusters of over 100 records not all pairs are known at once."""

DATA, QUARANTINE, MOVED, SUMMARY = "data", "quarantine.parquet", "moved.parquet", "fix.json"
"""What is in the new folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is to be done: the `rules` whose left records go; or splits made anew, `resplit`; duplicates removed within splits, `dedup`.

    No class may lose more than the share `max_loss`. `dry_run`: everything is done, and the result thrown away.
    """

    rules: tuple[str, ...]
    resplit: bool = False
    dedup: bool = False
    max_loss: float = 0.2
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What was done: the reports before and after, how many records went by rule or `moved`, and what would have lost too much.

    `place` is the new dataset, None where nothing was written. `summary` is what fix.json says.
    """

    before: Report
    after: Report
    removed: Mapping[str, int]
    moved: int
    refused: tuple[Loss, ...] = ()
    place: Path | None = None
    not_copied: tuple[tuple[str, str], ...] = ()
    summary: Mapping[str, Json] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many findings are left."""
        return len(self.after.findings)


def fixed(place: str, out: Path, asked: Config, terms: Terms, how: How, progress: Progress, apart: tuple[Path, ...] = ()) -> Fixed:
    """A new folder `out` with the dataset at `place` mended.

    AuditorError where the dataset cannot be audited in full (its code is 3), or `out` cannot be made.
    """
    asked = dataclasses.replace(filled(asked)[0], waivers="", baseline="", lock="", drift_baseline="", ignore=())
    _check_places(place, out, asked)

    def look(at: str, config: Config, rules: Sequence[str]) -> Report:
        report = audited(at, dataclasses.replace(config, select=tuple(rules)), how, progress, apart)
        _check(report)
        return report

    with workshop.staging(out) as folder:
        before = look(place, asked, terms.rules)
        asked = dataclasses.replace(asked, text=tuple(before.config["text"]), shingle=before.config["shingle"])
        if all(each.status == "skipped" for each in before.outcomes if each.rule in terms.rules) and not terms.dedup:
            note = next(each.note for each in before.outcomes if each.rule in terms.rules)
            raise AuditorError(f"there is nothing to mend: {note}", "name the splits, or what to compare with", 3)
        (folder / DATA).mkdir()
        new = str(folder / DATA / Path(place).name) if Path(place).is_file() else str(folder / DATA)
        with workshop.opened(place, asked, how, progress, folder) as shop:
            if audit.digest_of(shop.dataset) != before.dataset["digest"]:
                raise AuditorError(f"{shop.dataset.name} was written to meanwhile", "wait until nobody writes to it", 3)
            content = workshop.surveyed(shop, asked, terms.resplit)
        mending = _Mending(place, asked, terms, how, progress, folder, content, before)
        found = mending.moved(look, new) if terms.resplit else mending.removed(look, new)
        _finish(found, folder, terms)
    return dataclasses.replace(found, place=out / Path(new).relative_to(folder)) if _stands(found, terms) else found


def _stands(found: Fixed, terms: Terms) -> bool:
    return not (found.refused or terms.dry_run or found.left)


def _finish(found: Fixed, folder: Path, terms: Terms) -> None:
    """Keeps what was made if it is as it should be."""
    if not _stands(found, terms):
        shutil.rmtree(folder)
        return
    text = json.dumps(found.summary, indent=1, sort_keys=True, ensure_ascii=True) + "\n"
    (folder / SUMMARY).write_text(text, encoding="utf-8")


def _check_places(place: str, out: Path, asked: Config) -> None:
    from auditor.sources.database import is_database

    if is_database(place) or asked.table or asked.query:
        raise AuditorError("a database is not written to, nor into a folder", "export its tables to Parquet, and fix these")
    if Path(place).is_dir() and out.resolve().is_relative_to(Path(place).resolve()):
        raise AuditorError(f"--out: {out} lies in the dataset, of which it would become a part", "name a folder elsewhere")


def _check(report: Report) -> None:
    """AuditorError where not everything was read and compared."""
    refused = [f"{each.file}: {reason}" for each in report.ledger for reason, _ in each.rejected]
    errors = [f"{each.rule}: {each.note}" for each in report.outcomes if each.status == "error"]
    problems = [*report.gaps, *refused, *errors]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise AuditorError(f"only what can be audited in full is mended: {problems[0]}{more}", "mend that first: auditor scan DATASET", 3)


Look = Callable[[str, "Config", Sequence[str]], Report]


class _Mending:
    """What is known while a dataset is mended."""

    def __init__(
        self, place: str, asked: Config, terms: Terms, how: How, progress: Progress, folder: Path, content: Content, before: Report
    ) -> None:
        self._place, self._asked, self._terms, self._how, self._progress = place, asked, terms, how, progress
        self._folder, self._content, self._before = folder, content, before
        self._why: dict[int, tuple[str, str, int, str, str, float | None]] = {}
        self._homes = _homes(content)
        self._not_copied: tuple[tuple[str, str], ...] = ()
        self._withheld = frozenset(kind for kind in ("label", "group") if getattr(asked, kind) in asked.sensitive)

    # ── records removed ───────────────────────────────────────────────────────────────────────────────────────────────

    def removed(self, look: Look, new: str) -> Fixed:
        """The dataset without records that leak, and if wanted without repeated ones."""
        gone, report, held = np.zeros(self._content.size, np.bool_), self._before, self._content.whole()
        for turn in range(ROUNDS):
            some = leaks.leaking(report)
            if turn and not len(some) and self._terms.dedup:
                some = leaks.repeated(look(new, self._asked, leaks.DUPLICATES))
            if turn and not len(some):
                break
            self._note(some.to_pylist(), held)
            gone[list(self._why)] = True
            refused = losses.too_great(self._content, gone, self._terms.max_loss, self._withheld)
            if refused:
                return self._result(report, gone, held, refused=tuple(refused))
            held = [records[~gone[records]] for records in self._content.whole()]
            self._write(held)
            report = look(new, self._asked, self._terms.rules)
        self._set_aside(gone)
        return self._result(report, gone, held)

    def _note(self, some: Sequence[Mapping[str, Json]], held: Sequence[I64]) -> None:
        """Why records go: rule, the partner's split, row and file, relation and similarity, all by where they were at first."""
        placed = self._content.in_splits(held)
        for each in some:
            record, right = int(placed[each["left_split"]][each["left_row"]]), each["right_split"]
            if right in placed:
                partner = int(placed[right][each["right_row"]])
                end = self._end(partner, right)
            else:
                end = right, each["right_row"], f"--against {right.partition(': ')[0]}"
            self._why.setdefault(record, (each["rule"], *end, each["relation"], each["similarity"]))

    def _end(self, record: int, split: str) -> tuple[str, int, str]:
        file = int(self._content.file_of(np.array([record]))[0])
        return split, int(self._homes[split][record]), self._content.files[file].path

    def _write(self, held: Sequence[I64]) -> None:
        with workshop.opened(self._place, self._asked, self._how, self._progress, self._folder) as shop:
            workshop.written(shop, self._content, held, self._folder / DATA)
            self._not_copied = _left(shop)

    def _set_aside(self, gone: Bools) -> None:
        """Writes quarantine.parquet."""
        records = np.flatnonzero(gone)
        names = ("rule", "partner_split", "partner_row", "partner_file", "relation", "similarity")
        reasons = [dict(zip(names, self._why[record], strict=True)) for record in records.tolist()]
        why = {
            "rule": [each["rule"] for each in reasons],
            **self._places(records),
            **{name: [each[name] for each in reasons] for name in names[1:]},
        }
        with workshop.opened(self._place, self._asked, self._how, self._progress, self._folder) as shop:
            quarantine.write(self._folder / QUARANTINE, why, workshop.taken(shop, self._content, records))

    def _places(self, records: I64) -> dict[str, list[Json]]:
        """Split, row, file and line of records, where they were at first."""
        import pyarrow as pa

        files = self._content.file_of(records).tolist()
        at = [next((split, int(rows[record])) for split, rows in self._homes.items() if rows[record] >= 0) for record in records.tolist()]
        lines = self._content.told["line"].take(pa.array(records)).to_pylist()
        return {
            "split": [split for split, _ in at],
            "row": [row for _, row in at],
            "file": [self._content.files[file].path for file in files],
            "line": [line or None for line in lines],
        }

    # ── records moved ─────────────────────────────────────────────────────────────────────────────────────────────────

    def moved(self, look: Look, new: str) -> Fixed:
        """The dataset with its splits made anew."""
        content = self._content
        _check_movable(content, self._asked)
        wide = look(self._place, self._asked, (*self._terms.rules, *leaks.DUPLICATES))
        held = content.whole()
        edges = regrouping.edges_of(wide, content.in_splits(held)) + regrouping.edges_of_groups(content)
        for _ in range(ROUNDS):
            home = regrouping.assigned(content, edges)
            held = regrouping.held(content, home)
            _check_left(content, held)
            self._write(held)
            report = look(new, self._asked, self._terms.rules)
            if not len(leaks.leaking(report)):
                break
            edges += regrouping.edges_of(report, content.in_splits(held))
        self._list_moved(home)
        return self._result(report, np.zeros(content.size, np.bool_), held)

    def _list_moved(self, home: I64) -> None:
        """Writes moved.parquet."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = np.array(list(self._content.splits))
        records = np.flatnonzero(home != self._at_home())
        went = names[home[records]].tolist()
        files = {split: shards[-1].path for split, shards in self._content.splits.items()}
        columns = {**self._places(records), "to_split": went, "to_file": [files[split] for split in went]}
        kinds = {"row": pa.int64(), "line": pa.int64()}
        table = pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
        pq.write_table(table, self._folder / MOVED, compression="zstd")

    def _at_home(self) -> I64:
        """For each record the place of the split that it was in."""
        found = np.full(self._content.size, -1)
        for place, rows in enumerate(self._homes.values()):
            found[rows >= 0] = place
        return found

    # ── what was done ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _result(self, after: Report, gone: Bools, held: Sequence[I64], refused: tuple[Loss, ...] = ()) -> Fixed:
        rules = [each[0] for each in self._why.values()]
        stayed = sum(len(np.intersect1d(a, b)) for a, b in zip(self._content.whole(), held, strict=True))
        found = Fixed(
            before=self._before,
            after=after,
            removed={rule: rules.count(rule) for rule in sorted(set(rules))},
            moved=self._content.size - int(gone.sum()) - stayed,
            refused=refused,
            not_copied=self._not_copied,
        )
        return dataclasses.replace(found, summary=_summary(found, self._terms))


def _homes(content: Content) -> dict[str, I64]:
    """For each split the row that each record has in it, or -1."""
    homes = {}
    for split, records in content.in_splits(content.whole()).items():
        homes[split] = np.full(content.size, -1)
        homes[split][records] = np.arange(len(records))
    return homes


def _left(shop: Shop) -> tuple[tuple[str, str], ...]:
    """The files that are not copied, and why they are not read."""
    return tuple((each.file, each.note) for each in shop.dataset.unread if not each.note.endswith("followed"))


def _check_movable(content: Content, asked: Config) -> None:
    """AuditorError where records cannot move between the splits."""
    if asked.split_column is not None:
        raise AuditorError("--resplit does not change a column that tells the splits", "write a file for each split, or remove what leaks")
    if any("/" in split for split in content.splits):
        raise AuditorError("--resplit makes the splits of one configuration anew", "name one with --subset")
    paths = [shard.path for shards in content.splits.values() for shard in shards]
    if len(set(paths)) < len(paths):
        raise AuditorError("--resplit needs each file in one split", "name the files of each split with --split")
    shapes = {kind for kind, count in zip(content.kinds, np.diff(content.starts), strict=True) if count}
    if len(shapes) > 1:
        raise AuditorError("records cannot move between files of different formats or columns", "write all files in one format first")


def _check_left(content: Content, held: Sequence[I64]) -> None:
    for split, records in content.in_splits(held).items():
        if not len(records):
            message = f"so much belongs together (by pairs and groups) that nothing is left for the split {split}"
            raise AuditorError(message, "remove what leaks instead of --resplit, or leave --group out", 1)


def _summary(found: Fixed, terms: Terms) -> dict[str, Json]:
    """What fix.json says."""
    return {
        "schema": "auditor/fix/1",
        "tool": {"name": "auditor", "version": __version__},
        "input": _side(found.before),
        "output": _side(found.after),
        "options": {**dataclasses.asdict(terms), "config": found.after.config},
        "removed": dict(found.removed),
        "moved": found.moved,
        "not_copied": [{"file": file, "note": note} for file, note in found.not_copied],
    }


def _side(report: Report) -> dict[str, Json]:
    return {
        "dataset": report.dataset,
        "pairs_of_splits": report.sections.get("leakage", {}).get("pairs_of_splits", []),
        "findings": [{"rule": each.rule, "message": each.message, "count": each.count} for each in report.findings],
        "leaks": bool(report.findings),
    }
