"""What a rule file says of an audit beside its rules: what the columns are for, which files are meant, options of checks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from auditor.model import AuditorError, meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from auditor.config import Config
    from auditor.dataset import Dataset
    from auditor.schemas.rulefile import RuleFile


def filled(asked: Config) -> tuple[Config, RuleFile | None]:
    """The configuration with what the rule file that it names says of columns, where it says nothing itself; and that rule file.

    None where it names none, or a suite of Great Expectations. Sensitive columns are added.
    """
    if not asked.schema:
        return asked, None
    from auditor.rulebook import preset_or_file
    from auditor.schemas.suites import rule_file

    rules = rule_file(preset_or_file("schemas", asked.schema))
    if rules is None:
        return asked, None
    said = dict(rules.dataset)
    key = said.get("key", ())
    if len(key) == 1:
        said["id"] = key[0]
    roles: dict[str, Any] = {
        name: said[name] for name in ("text", "label", "id", "group", "time") if name in said and not getattr(asked, name)
    }
    if "split_column" in said and not asked.split and not asked.split_column:
        roles["split_column"] = said["split_column"]
    sensitive = tuple(dict.fromkeys((*asked.sensitive, *said.get("sensitive", ()))))
    return dataclasses.replace(asked, sensitive=sensitive, **roles), rules


def hold_to(rules: RuleFile | None, dataset: Dataset) -> None:
    """AuditorError where the rules are for other files than those of the dataset."""
    from auditor.sources.globs import matching

    globs = rules.dataset.get("match", ()) if rules is not None else ()
    paths = [shard.path for shard in dataset.shards]
    if rules is not None and globs and not any(matching(glob, paths) for glob in globs):
        place = rules.places["match"]
        raise place.wrong(
            f"no data file of {dataset.name} is meant by {', '.join(globs)}", "name the rule file of this dataset, or change `match`"
        )


def known_checks(rules: RuleFile | None, known: Iterable[str]) -> None:
    """AuditorError where the rule file has options for a check that there is not."""
    for name in rules.splits if rules is not None else ():
        if rules is not None and name not in set(known):
            raise AuditorError(
                f"{rules.places['splits.' + name].at}: splits: there is no check {name!r}",
                f"{meant(name, known)}known are {', '.join(known)}",
            )
