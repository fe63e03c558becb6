"""Which file is of which split: as the user says, else as the card says, else by the names of folders and files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.model import AuditorError
from auditor.sources.card import Config, configs
from auditor.sources.globs import matching
from auditor.sources.kinds import split_of
from auditor.sources.saved import Saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The files of each split, by its name, the configuration each split is of, and what is named and missing."""

    files: dict[str, list[str]]
    configs: dict[str, str]
    missing: tuple[tuple[str, str], ...] = ()


def plan(paths: Sequence[str], splits: Sequence[tuple[str, str]], subsets: Sequence[str], card: str | None, saved: Saved) -> Plan:
    """The splits of the data files at `paths`; AuditorError for a glob that matches nothing and a subset that there is not."""
    if splits and subsets:
        raise AuditorError("--subset chooses among the configs of the card, which --split overrides", "give one of the two")
    if splits:
        return _by_option(paths, splits)
    named = configs(card)
    unknown = [subset for subset in subsets if subset not in named]
    if unknown:
        known = ", ".join(sorted(named)) or "none: the card has no configs with data_files"
        raise AuditorError(f"there is no subset {unknown[0]!r}", f"the subsets are: {known}")
    found = _by_card(paths, {name: config for name, config in named.items() if not subsets or name in subsets}, several=len(named) > 1)
    if found.files or subsets:
        return found
    return Plan(files=_grouped((saved.splits.get(path) or split_of(path) or "all", path) for path in paths), configs={})


def _by_option(paths: Sequence[str], splits: Sequence[tuple[str, str]]) -> Plan:
    owner: dict[str, str] = {}
    for name, glob in splits:
        hits = matching(glob, paths)
        if not hits:
            raise AuditorError(f"--split {name}={glob} matches no data file", f"globs are relative to the dataset: {_some(paths)}")
        for path in hits:
            if owner.setdefault(path, name) != name:
                raise AuditorError(f"--split puts {path} into both {owner[path]} and {name}", "make one of the globs narrower")
    return Plan(files=_grouped((owner[path], path) for path in paths if path in owner), configs={})


def _by_card(paths: Sequence[str], named: dict[str, Config], several: bool) -> Plan:
    files: list[tuple[str, str]] = []
    origins: dict[str, str] = {}
    missing = []
    for config, entries in sorted(named.items()):
        for split, globs in entries:
            for glob in globs:
                hits = [(split or split_of(path) or "train", path) for path in matching(glob, paths)]
                files += ((f"{config}/{name}" if several else name, path) for name, path in hits)
                origins |= {f"{config}/{name}" if several else name: config for name, _ in hits}
                if not hits:
                    missing.append((glob, "the card names it and there is no such data file"))
    return Plan(files=_grouped(files), configs=origins, missing=tuple(missing) if files else ())


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Paths by split, each once."""
    found: dict[str, list[str]] = {}
    for split, path in dict.fromkeys(pairs):
        found.setdefault(split, []).append(path)
    return found


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:5]) + (", ..." if len(paths) > 5 else "")
