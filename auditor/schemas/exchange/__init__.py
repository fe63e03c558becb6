"""Rule files from and to other formats: each file knows one; what a format cannot say is noted, never dropped in silence."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path

from auditor.doors import yaml
from auditor.model import AuditorError, Json
from auditor.schemas.exchange.draft import Draft, Exported
from auditor.schemas.places import LARGEST
from auditor.schemas.rulefile import RuleFile

FORMATS = ("gx", "table-schema", "json-schema", "croissant", "hf-features")
"""The formats, by which `--to` calls them."""
PARTED = ("table-schema", "croissant", "hf-features")
"""The formats that may describe several tables."""


def recognised(value: Json) -> str:
    """The format of what a file holds; "" for none of them."""
    if not isinstance(value, Mapping):
        return ""
    if "expectations" in value:
        return "gx"
    if "@context" in value or "recordSet" in value:
        return "croissant"
    if "dataset_info" in value or "features" in value or (value and all(_is_info(each) for each in value.values())):
        return "hf-features"
    if "resources" in value or isinstance(value.get("fields"), list):
        return "table-schema"
    return "json-schema" if {"$schema", "properties", "$defs", "$ref"} & set(value) or value.get("type") == "object" else ""


def _is_info(value: Json) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("features"), Mapping | list)


def imported(path: Path, part: str | None = None) -> Draft:
    """A rule file made of a file of another format; `part` names one of several tables in it. AuditorError where there is none."""
    value = _parsed(path)
    name = recognised(value)
    if not name:
        known = "a Great Expectations suite, a Table Schema, a JSON Schema, Croissant or Hugging Face features"
        raise AuditorError(f"{path.name}: this is no format that can be brought in", f"give {known}")
    if part is not None and name not in PARTED:
        raise AuditorError(f"{path.name}: it describes one table only", "leave --part out")
    draft: Draft = _format(name).imported(value, part, path)
    if not (draft.columns or draft.records or draft.rules):
        raise AuditorError(f"{path.name}: nothing in it says anything of columns", "; ".join(draft.notes) or "give a file that does")
    try:
        draft.settle()
        yaml.load_as_written(draft.text().encode().decode())
    except (ValueError, RecursionError, yaml.YamlError) as error:
        raise AuditorError(f"{path.name}: something in it cannot be written as YAML: {error}", "take it out of the file") from None
    return draft


def exported(file: RuleFile, to: str) -> Exported:
    """The rule file in another format, with what that cannot say."""
    found: Exported = _format(to).exported(file)
    return found


def _format(name: str) -> Json:
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def _parsed(path: Path) -> Json:
    try:
        if path.stat().st_size > 16 * LARGEST:
            raise AuditorError(f"{path.name}: it has more than 16 MiB", "give the schema alone")
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".md":
            text = text.partition("---")[2].partition("\n---")[0]
        return yaml.load(text) if path.suffix.lower() in (".md", ".yaml", ".yml") else json.loads(text)
    except yaml.YamlError as error:
        raise AuditorError(f"{path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
    except json.JSONDecodeError as error:
        raise AuditorError(f"{path.name}:{error.lineno}: {error.msg}", "mend the JSON at that line") from None
    except (OSError, ValueError, RecursionError) as error:
        raise AuditorError(f"{path.name}: cannot be read ({type(error).__name__})", "give a readable UTF-8 file of JSON or YAML") from None
