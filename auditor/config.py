"""What the user asks for: the configuration file and the command line as one value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor import costs, rulebook
from auditor.cards import facts
from auditor.dataset import Roles
from auditor.licenses.facts import USES
from auditor.licenses.uses import uses
from auditor.model import AuditorError, Json, Severity
from auditor.tabular.embargo import embargo
from auditor.waivers import file

NAME = "auditor.yaml"

ENGINES = ("auto", "gx", "fast", "both")
"""Who judges the expectations of a suite: Great Expectations, the fast engine, fast what it covers and gx the rest, or both."""

JOINS = ("auto", "exact", "lsh", "datasketch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything an audit can be told: by a key of auditor.yaml (SHAPE), by the option of that name, or by both."""

    split: tuple[tuple[str, str], ...] = ()
    split_column: str | None = None
    subset: tuple[str, ...] = ()
    table: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    text: tuple[str, ...] = ()
    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    embargo: str = ""
    license_column: str | None = None
    drift_baseline: str = ""
    waivers: str = ""
    baseline: str = ""
    lock: str = ""
    sensitive: tuple[str, ...] = ()
    dataset: Mapping[str, Json] = field(default_factory=dict)
    policy: str = "default"
    use: tuple[str, ...] = ()
    schema: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    threshold: float = 0.8
    shingle: str = "auto"
    join: str = "auto"
    schema_engine: str = "auto"
    fail_on: Severity | None = None
    no_text: bool = False
    cost: costs.Given = ()

    @property
    def roles(self) -> Roles:
        """What the columns are for."""
        return Roles(text=self.text, label=self.label, id=self.id, group=self.group, time=self.time, sensitive=self.sensitive)

    def as_json(self) -> dict[str, Json]:
        """What the report says was asked for: no path outside the dataset, only names."""
        values = dataclasses.asdict(self)
        values["schema"] = Path(self.schema).name if self.schema else None
        values["policy"] = Path(self.policy).stem
        values["cost"] = dict(self.cost)
        for key in ("drift_baseline", "waivers", "baseline", "lock"):
            values[key] = Path(values[key]).name
        values["against"] = [Path(each).name for each in self.against]
        values["fail_on"] = str(self.fail_on) if self.fail_on is not None else None
        return values


def shingle(value: Json) -> str:
    """`auto`, `word:N` or `char:N`."""
    kind, _, length = str(value).partition(":")
    if value == "auto" or (kind in {"word", "char"} and length.isdecimal() and 1 <= int(length) <= 64):
        return str(value)
    raise ValueError(f"auto, word:N or char:N (N from 1 to 64) is expected, not {value!r}")


def threshold(value: Json) -> float:
    """A Jaccard similarity above 0."""
    number = rulebook.share(value)
    if number < 0.1:
        raise ValueError(f"a similarity from 0.1 to 1 is expected, not {value!r}")
    return number


def join(value: Json) -> str:
    """One of the ways to find pairs."""
    if value not in JOINS:
        raise ValueError(f"one of {', '.join(JOINS)} is expected, not {value!r}")
    return str(value)


def schema_engine(value: Json) -> str:
    """One of the engines that judge a suite."""
    if value not in ENGINES:
        raise ValueError(f"one of {', '.join(ENGINES)} is expected, not {value!r}")
    return str(value)


SHAPE: Mapping[str, rulebook.Kind] = {
    "split": rulebook.pairs,
    "split_column": rulebook.text,
    "subset": rulebook.texts,
    "table": rulebook.texts,
    "query": rulebook.pairs,
    "text": rulebook.texts,
    "label": rulebook.text,
    "id": rulebook.text,
    "group": rulebook.text,
    "time": rulebook.text,
    "embargo": embargo,
    "license_column": rulebook.text,
    "drift_baseline": rulebook.text,
    "waivers": rulebook.text,
    "baseline": rulebook.text,
    "lock": rulebook.text,
    "sensitive": rulebook.texts,
    "dataset": facts.told,
    "policy": rulebook.text,
    "use": uses,
    "schema": rulebook.text,
    "select": rulebook.texts,
    "ignore": rulebook.texts,
    "against": rulebook.texts,
    "threshold": threshold,
    "shingle": shingle,
    "join": join,
    "schema_engine": schema_engine,
    "fail_on": rulebook.severity,
    "cost": costs.given,
}

DESCRIBED: Mapping[rulebook.Kind, Mapping[str, Json]] = {
    **rulebook.DESCRIBED,
    threshold: {"type": "number", "minimum": 0.1, "maximum": 1},
    shingle: {"type": "string", "pattern": "^(auto|(word|char):[0-9]+)$"},
    join: {"enum": list(JOINS)},
    schema_engine: {"enum": list(ENGINES)},
    embargo: {"type": ["string", "number"]},
    costs.given: costs.DESCRIBED,
    uses: {"anyOf": [{"enum": list(USES)}, {"type": "array", "items": {"enum": list(USES)}}]},
    facts.told: facts.DESCRIBED,
}
"""The JSON Schema of each kind of value."""


def described() -> dict[str, Json]:
    """The properties of a configuration file, as JSON Schema has them."""
    return {key: dict(DESCRIBED.get(kind, {})) for key, kind in SHAPE.items()}


def load(named: str | None, working: Path, dataset: Path | None) -> Config:
    """The configuration in the file `named`, else in the nearest auditor.yaml from the working directory upwards, else in
    [tool.auditor] of the pyproject.toml in the working directory, else none; never one that lies in the dataset unless it is named.

    Where it names no file of waivers, one beside it counts, else the nearest from the working directory upwards, with the same exception.
    """
    found = _found(named, working, dataset)
    config = _configured(found)
    folders = [*([] if found is None else [found.path.resolve().parent]), *_upwards(working, dataset)]
    beside = next((folder / file.NAME for folder in folders if _outside(folder, dataset) and (folder / file.NAME).is_file()), None)
    return config if config.waivers or beside is None else dataclasses.replace(config, waivers=str(beside))


def waivers_file(named: str | None, working: Path) -> Path:
    """The file of waivers that counts in a working directory, or where one would."""
    there = load(named, working, None).waivers
    found = _found(named, working, None)
    return Path(there) if there else (working if found is None else found.path.parent) / file.NAME


def _found(named: str | None, working: Path, dataset: Path | None) -> rulebook.RuleFile | None:
    if named is not None:
        path = Path(named)
        if not path.is_file():
            raise AuditorError(f"there is no configuration file {named!r}", "name an existing file with --config, or leave the option out")
        if path.name == "pyproject.toml":
            return rulebook.read_toml_table(path, "auditor", SHAPE)
        return rulebook.read_yaml(path, SHAPE)
    for path in candidates(working, dataset):
        if path.name == NAME:
            return rulebook.read_yaml(path, SHAPE)
        found = rulebook.read_toml_table(path, "auditor", SHAPE)
        if found:
            return found
    return None


def candidates(working: Path, dataset: Path | None) -> Iterator[Path]:
    """The files that may hold the configuration where none is named, the one to prefer first."""
    for folder in _upwards(working, dataset):
        if (folder / NAME).is_file():
            yield folder / NAME
            return
    if _outside(working.resolve(), dataset) and (working / "pyproject.toml").is_file():
        yield working / "pyproject.toml"


def _upwards(working: Path, dataset: Path | None) -> list[Path]:
    """The working directory and those that it lies in, but for those in the dataset."""
    return [folder for folder in (working.resolve(), *working.resolve().parents) if _outside(folder, dataset)]


def _outside(folder: Path, dataset: Path | None) -> bool:
    return dataset is None or not folder.is_relative_to(dataset.resolve())


def _configured(found: rulebook.RuleFile | None) -> Config:
    if found is None:
        return Config()
    values = dict(found.values)
    for key in ("policy", "schema", "drift_baseline", "waivers", "baseline", "lock"):
        if key in values and rulebook.is_file(found.path.parent / values[key]):
            values[key] = str(found.path.parent / values[key])
    if "against" in values:
        values["against"] = tuple(str(found.path.parent / each) for each in values["against"])
    return Config(**values)


def override(config: Config, options: Mapping[str, Any]) -> Config:
    """The configuration with what the command line says instead; options not given (None, empty) leave it as it is."""
    given = {key: value for key, value in options.items() if not (value is None or value is False or value == ())}
    return dataclasses.replace(config, **given)
