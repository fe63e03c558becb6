"""Suites as files: those of Great Expectations, read without it, and rule files; every error names the file, the place and a cure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from auditor.doors import conditions, yaml
from auditor.doors.great_expectations import known_types, unknown
from auditor.model import AuditorError, Json, meant
from auditor.schemas import rulefile
from auditor.schemas.compiling import compiled

_SEVERITIES = ("critical", "warning", "info")
_SUITE_KEYS = (
    *("name", "expectations", "meta", "id", "notes", "suite_parameters"),
    *("expectation_suite_name", "data_asset_type", "evaluation_parameters", "ge_cloud_id"),
)
_EXPECTATION_KEYS = (
    *("type", "kwargs", "meta", "severity", "id", "notes", "description", "rendered_content", "windows"),
    *("expectation_type", "expectation_context", "ge_cloud_id", "success_on_last_run"),
)


def load_suite(path: Path) -> dict[str, Json]:
    """The suite in a JSON or YAML file, as {"name", "expectations": [{"id", "type", "kwargs", "severity"}]}.

    A file with the key `auditor` is a rule file; what it becomes is said in auditor/schemas/compiling.py. Else the forms are those of
    Great Expectations 1.x (its `to_json_dict`); `expectation_type` and `expectation_suite_name` of older suites are understood. An id
    is the expectation's `meta.rule_id`, else its type, made unique. AuditorError says what is wrong.
    """
    value = _parsed(path)
    if is_rule_file(value):
        return compiled(rulefile.load(path))
    _known(path.name, value, _SUITE_KEYS)
    listed = value.get("expectations")
    if not isinstance(listed, list) or not listed:
        raise AuditorError(f"{path.name}: there is no list of expectations", "write `expectations:` and under it one or more `- type: ...`")
    taken: set[str] = set()
    expectations = [_expectation(f"{path.name}: expectation {number}", each, taken) for number, each in enumerate(listed, 1)]
    return {"name": str(value.get("name") or value.get("expectation_suite_name") or path.stem), "expectations": expectations}


def is_rule_file(value: Json) -> bool:
    """Whether what a file holds is a rule file, and not a suite of Great Expectations."""
    return isinstance(value, Mapping) and "auditor" in value


def rule_file(path: Path) -> rulefile.RuleFile | None:
    """The rule file at a path, or None where there is a suite of Great Expectations."""
    return rulefile.load(path) if is_rule_file(_parsed(path)) else None


def _parsed(path: Path) -> Json:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if path.suffix.lower() == ".json" else yaml.load(text)
    except yaml.YamlError as error:
        raise AuditorError(f"{path.name}:{error.line}: {error.reason}", "mend the YAML at that line") from None
    except json.JSONDecodeError as error:
        raise AuditorError(f"{path.name}:{error.lineno}: {error.msg}", "mend the JSON at that line") from None
    except (OSError, ValueError, RecursionError) as error:
        raise AuditorError(f"{path.name}: cannot be read ({type(error).__name__})", "give a readable UTF-8 file of JSON or YAML") from None


def _known(where: str, value: Json, keys: Sequence[str]) -> None:
    if not isinstance(value, Mapping):
        raise AuditorError(f"{where}: this is no mapping of keys to values", f"write lines such as `{keys[0]}: ...`")
    for key in value:
        if key not in keys:
            raise AuditorError(f"{where}: unknown key {key!r}", f"{meant(str(key), keys)}known are {', '.join(keys[:6])}")


def _expectation(where: str, value: Json, taken: set[str]) -> dict[str, Json]:
    _known(where, value, _EXPECTATION_KEYS)
    kind, kwargs, meta = value.get("type", value.get("expectation_type")), value.get("kwargs") or {}, value.get("meta") or {}
    if not isinstance(kind, str) or not kind:
        raise AuditorError(f"{where} has no type", "write `type: expect_column_values_to_not_be_null` or another of Great Expectations")
    if not isinstance(kwargs, Mapping) or not isinstance(meta, Mapping):
        raise AuditorError(f"{where}: kwargs and meta are mappings", "write `kwargs: {column: NAME}`")
    severity = value.get("severity")
    if severity is not None and severity not in _SEVERITIES:
        raise AuditorError(f"{where}: there is no severity {severity!r}", f"known are {', '.join(_SEVERITIES)}")
    known = known_types()
    if known and kind not in known:
        raise unknown(where, kind, known)
    try:
        conditions.columns(kwargs.get("row_condition"))
    except (ValueError, RecursionError) as error:
        raise AuditorError(f"{where}: {error}", "compare columns with constants, such as `label == 'a' and age > 3`") from None
    name = first = str(meta.get("rule_id") or kind)
    number = 1
    while name in taken:
        number += 1
        name = f"{first}#{number}"
    taken.add(name)
    plain: dict[str, Json] = json.loads(json.dumps(kwargs, default=str))
    return {"id": name, "type": kind, "kwargs": plain, "severity": severity}
