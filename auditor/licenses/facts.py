"""What licences permit, use by use, each answer with the clause it rests on: rules/licenses/facts as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from auditor.doors.rules import FOLDER
from auditor.licenses import spdx

if TYPE_CHECKING:
    from auditor.licenses.fact_rows import Sheet

USES = ("train-commercial", "train-research", "evaluate", "redistribute-data", "redistribute-model", "publish-outputs")
"""What may be done with data: train a model for profit, or for research; measure one; pass on the data, a model, or what it says."""

Answer = Literal["allow", "condition", "unclear", "deny"]
ANSWERS: tuple[Answer, ...] = ("allow", "condition", "unclear", "deny")
"""From loose to strict. Under a condition: allowed, if what the note says is kept. Unclear: the text does not say, or not plainly."""

KINDS = ("data", "content", "software", "ai-model", "terms")
"""What a licence was written for; terms are those of a service or a provider."""

OUTPUTS = ("free", "named", "restricted", "unknown")
"""What becomes of a model's outputs: free, free if the model is named, restricted, or not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a licence says of one use: the clause it rests on, a URL of the text, and in our words what is to be kept or what is open."""

    answer: Answer
    clause: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What has to be done in the uses named. `kind` is one word: attribution, notice, license-text, share-alike, state-changes, ..."""

    kind: str
    text: str
    clause: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What was read in the text of one licence, by whoever last looked at it on the day `as_of`.

    `elements` are what licences are made of: by, sa, nc, nd, db (grants rights in databases), notice, use (use restrictions), ...
    """

    id: str
    title: str
    url: str
    kind: str
    elements: frozenset[str]
    uses: Mapping[str, Cell]
    obligations: tuple[Obligation, ...]
    outputs: str
    as_of: str
    sources: tuple[str, ...]


def facts() -> Mapping[str, Fact]:
    """Every licence that was looked at, by its SPDX id or LicenseRef."""
    known = {license_id: fact(license_id) for license_id in _ids()}
    return {license_id: each for license_id, each in known.items() if each is not None}


@cache
def fact(license_id: str) -> Fact | None:
    """What is known of a licence; None where nobody has looked at it, and every use is unclear."""
    for path, keys in _keys().items():
        key = license_id if license_id in keys else next((each for each in keys if _means(each, license_id)), None)
        if key is not None and key in (sheet := _sheet(path)):
            return sheet.row(key).fact(license_id)
    return None


def _means(pattern: str, license_id: str) -> bool:
    """Whether a key with stars means this id; it can mean ids of the SPDX list only."""
    return "*" in pattern and license_id.casefold() in spdx.licenses() and fnmatchcase(license_id, pattern)


_KEY = re.compile(r'^  "?([A-Za-z0-9.*-]+)"?:', re.MULTILINE)


@cache
def _keys() -> Mapping[Path, frozenset[str]]:
    """What each file may have facts about, without reading its YAML, which takes longer: whoever asks for one licence needs one file."""
    files = sorted((FOLDER / "licenses" / "facts").glob("*.yaml"))
    return {path: frozenset(_KEY.findall(path.read_text(encoding="utf-8"))) for path in files}


def _ids() -> list[str]:
    keys = {key for path in _keys() for key in _sheet(path)}
    current = [each for each in spdx.licenses().values() if each not in spdx.deprecated()]
    return sorted({key for key in keys if "*" not in key} | {each for each in current if any(_means(key, each) for key in keys)})


@cache
def _sheet(path: Path) -> Sheet:
    from auditor.licenses.fact_rows import Sheet  # it is made of the nouns above

    return Sheet(path)
