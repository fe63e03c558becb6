"""What people write to be obeyed: licence names, YAML, globs, configurations, policies and suites; only AuditorError may come out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from random import Random

from auditor import config, policy
from auditor.doors import yaml
from auditor.doors.rules import FOLDER
from auditor.licenses import expression
from auditor.licenses.resolution import resolve
from auditor.model import AuditorError
from auditor.schemas.suites import load_suite
from auditor.sources.globs import matching

from . import spoil
from .documents import LICENSES, PATHS, YAML_SPICES, YAML_VALUES
from .target import Outcome, Target, hold
from .texts import VALUES

# ── licence names ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _name(rng: Random) -> bytes:
    if rng.random() < 0.3:
        depth = rng.choice((1, 3, 60, 101, 120))
        return b"(" * depth + rng.choice(LICENSES) + b")" * rng.choice((depth, depth, depth - 1))
    joined = rng.choice((b" AND ", b" OR ", b" WITH ", b", ", b" and ", b" / ", b"+")).join(rng.sample(LICENSES, rng.randint(1, 3)))
    return spoil.text(joined, rng, rng.choice((LICENSES, spoil.SPICES)), LICENSES)


def _resolved(data: bytes, _: Path) -> Outcome:
    text = data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace") if _is_text(data) else data.decode("latin-1")
    found = resolve(text)
    hold(found.input == text, "another text")
    hold((found.expression is not None) == (found.status == "resolved"), "an expression that is not resolved")
    if found.expression is not None:
        tree = expression.parse(found.expression)
        hold(expression.render(tree) == found.expression, "an expression that is not as it is written")
        hold(not any(each.reference for each in expression.licenses(tree)), "a LicenseRef as an expression")
        again = resolve(found.expression)
        hold(again.expression == found.expression, "what was resolved resolves to something else")
    for proposal in found.suggestions:
        hold(resolve(proposal).expression is not None, "a suggestion that does not resolve")
    told = {"expression": found.expression, "status": found.status, "reason": found.reason}
    return Outcome(accepted=found.expression is not None, told=told)


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _parsed(data: bytes, _: Path) -> Outcome:
    """The grammar by itself: a tree that is the same after it was written and read, or ExpressionError."""
    text = data.decode("utf-8", "replace")
    try:
        tree = expression.parse(text)
    except expression.ExpressionError as error:
        hold(1 <= error.column <= len(text) + 1 or len(text) > expression.LONGEST, "a column that the text has not")
        return Outcome(accepted=False, told={"failure": str(error)})
    written = expression.render(tree)
    hold(expression.parse(written) == tree, "an expression changes when it is written and read")
    hold(expression.join("AND", [written]) == written, "an expression joined with nothing changes")
    return Outcome(accepted=True, told={"expression": written})


# ── YAML, globs ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _yaml(rng: Random) -> bytes:
    if rng.random() < 0.4:
        return spoil.values(rng.choice(presets("policies"))[:600], rng, YAML_VALUES, spoil.YAML_VALUE)
    return spoil.text(rng.choice(presets("policies") + presets("schemas"))[:600], rng, YAML_SPICES, presets("policies"))


def _loaded(data: bytes, _: Path) -> Outcome:
    text = data.decode("utf-8", "surrogateescape")
    told = [_door(yaml.load, text), _door(lambda one: yaml.load_with_lines(one)[0], text)]
    hold(told[0] == told[1] or told == ["None", "{}"], "with lines and without, another value")
    if told[0] is not None and not told[0].startswith("refused"):
        lines = yaml.load_with_lines(text)[1]
        hold(all(0 < line <= len(text) + 1 for line in lines.values()), "a line that the text has not")
    return Outcome(accepted=not str(told[0]).startswith("refused"), told={"value": told[0][:200]})


def _door(load: Callable[[str], object], text: str) -> str:
    try:
        return ascii(load(text))
    except yaml.YamlError as error:
        hold(bool(error.reason) and error.line > 0, "an error without a reason or a line")
        return f"refused: {error.reason} (line {error.line})"
    except ValueError as error:  # an integer that Python will not write in decimals
        hold("integer string conversion" in str(error), "a value that cannot be shown")
        return "a long integer"


def _glob(rng: Random) -> bytes:
    seeds = (
        b"data/train-*.parquet",
        b"**/test-?.csv",
        b"[!a-z]*/**",
        b"en/[tv]*.csv",
        b"**",
        b"a b/[\xc3\xbc].jsonl",
        *(each.encode() for each in PATHS),
    )
    spices = (
        b"*",
        b"**",
        b"**/",
        b"?",
        b"[",
        b"]",
        b"[!",
        b"[^",
        b"[z-a]",
        b"[]]",
        b"[\\d]",
        b"/",
        b"\\",
        b"(",
        b"{",
        b"(?i)",
        b"\\Q",
        b"$",
        b"\n",
        b"*" * 90,
    )
    return spoil.text(rng.choice(seeds), rng, spices if rng.random() < 0.8 else spoil.SPICES, seeds)


def _matched(data: bytes, _: Path) -> Outcome:
    pattern = data.decode("utf-8", "surrogatepass") if _is_text(data) else data.decode("latin-1")
    paths = (*PATHS, pattern.encode("utf-8", "replace").decode(), "a\nb", "")
    found = matching(pattern, paths)
    hold(found == [path for path in paths if path in found], "not in their order")
    plain = pattern.removeprefix("./")
    if "[" not in plain and len(plain) < 200 and plain.count("*") < 12:
        hold(found == [path for path in paths if _matches(plain, path)], "not what the glob means")
    return Outcome(accepted=bool(found), told={"paths": [path for path in found if path in PATHS]})


def _matches(pattern: str, path: str) -> bool:
    """The meaning of *, ?, ** and **/, by trying."""

    @cache
    def rest(at: int, place: int) -> bool:
        if at == len(pattern):
            return place == len(path)
        if pattern.startswith("**/", at):
            return rest(at + 3, place) or any(rest(at + 3, end + 1) for end in range(place, len(path)) if path[end] == "/")
        if pattern.startswith("**", at):
            return any(rest(at + 2, end) for end in range(place, len(path) + 1))
        if pattern[at] == "*":
            return any(rest(at + 1, end) for end in range(place, len(path) + 1) if "/" not in path[place:end])
        one = place < len(path) and (path[place] != "/" if pattern[at] == "?" else path[place] == pattern[at])
        return one and rest(at + 1, place + 1)

    return rest(0, 0)


# ── rule files ────────────────────────────────────────────────────────────────────────────────────────────────────────

_CONFIG = (
    b"split:\n  train: data/train-*\n  test: [a.csv, b.csv]\ntext: [text]\nlabel: label\nsensitive: [name]\npolicy: strict\n"
    b"threshold: 0.8\nshingle: word:5\njoin: auto\nfail_on: high\nselect: [LEAK, LIC001]\nignore: DUP002\nid: id\nschema: suite.yaml\n",
    b"split_column: split\nsubset: en\ntime: opened\ngroup: user\n",
)
_TOML = (
    b'[project]\nname = "x"\n\n[tool.auditor]\ntext = ["text"]\nthreshold = 0.8\nshingle = "char:5"\nfail_on = "low"\n\n'
    b'[tool.auditor.split]\ntrain = "a*"\n',
    b'tool.auditor.label = "y"\n[tool.other]\na = [1, 1.5, 2020-01-01, inf, 0xff, """x""", {b = 1}]\n',
)
_SUITE = (
    b'{"name": "s", "expectations": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "text"}, "severity": "warning", '
    b'"meta": {"rule_id": "a"}}, {"expectation_type": "expect_column_values_to_be_in_set", "kwargs": {"column": "label", '
    b'"value_set": [1, "b"], "row_condition": "label == \'a\' and age > 3", "condition_parser": "pandas"}}], "meta": {}}',
    b'{"expectations": [{"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1, '
    b'"row_condition": {"type": "and", "conditions": ['
    b'{"type": "comparison", "column": {"name": "a"}, "operator": "==", "parameter": 3}, {"type": "nullity", "column": "b"}]}}}]}',
)
_SUITE_YAML = (
    b"""\
name: support_tickets
expectations:
  - type: expect_column_values_to_be_in_set
    kwargs: {column: category, value_set: [billing, delivery, 3]}
    meta: {rule_id: category-known}  # no severity: high

  - type: expect_column_values_to_be_between
    kwargs: {column: opened, min_value: '2015-01-01', mostly: 0.99}
    severity: warning

  - type: expect_column_pair_values_a_to_be_greater_than_b
    kwargs: {column_A: closed, column_B: opened, or_equal: true, row_condition: 'status == "closed"', condition_parser: pandas}
    meta: {rule_id: closed-after-opened, why: a text}
""",
)
_RULE_SPICES: tuple[bytes, ...] = (
    *(b"threshold: .nan", b"threshold: 1", b"shingle: char:0", b"shingle: word:99999999999", b"fail_on: HIGH", b"0x" + b"f" * 4_400),
    *(b"? [a]\n: b\n", b"fail_on: [high]", b"severity: {DUP001: info}", b"severity: {DUP001: [a]}"),
    *(b"checks: {licenses: {deny: [MIT, 2020-01-01]}}", b"1: 2\n", b"leakage: {share: 2}\n", b"high", b"[high]", b"word:5", b"char:0"),
    *(b"word:" + b"9" * 5_000, "word:٣".encode(), b"{licenses: {deny: [MIT]}}", b"{share: .nan}", b"strict", b"lsh", b"null: null\n"),
    *(b"true: 1\n", b"policy: ..\n", b"policy: '\\0'\n", b'schema: "\\0"\n', b"require: LEAK\n", b"leakage: {1: 2}\n", b"{}", b"[]"),
    b"a" * 300,
)
_CONDITIONS: tuple[bytes, ...] = (
    *(b'{"type": ["and"]}', b'{"type": "and", "conditions": 7}', b'{"type": "or", "conditions": [7, null]}'),
    *(b'{"type": "comparison", "column": {"name": []}}', b'{"type": "pass_through", "pass_through_filter": 3}'),
    *(b'{"type": "nullity", "column": null}', b'{"type": {}}', b"[]", b"7", b"true", b'""', b'"`"'),
    *(b'{"type": "and", "conditions": [' * 40 + b"]}" * 40, b'{"type": "or", "conditions": [' * 400 + b"]}" * 400, b'"a.b.c()"'),
    *(b'"a == 1"', b'"`a b` > 2"', b'"' + b"(" * 300 + b'"', b'"' + b"not " * 300 + b'a"', b'"' + b"-" * 2_000 + b'a"'),
    *(b'"' + b"a+" * 1_000 + b'a == 1"', b'"a == \\u0000"', b'"a\\n== 1"', b'"' + b"(" * 150 + b"a" + b")" * 150 + b'"'),
    *(b'"_quoted_7_ == 1"', b'"a == 1e999"', b'"a == 9' + b"9" * 5_000 + b'"', b'"f(a)"', b'"a.str.len() > 3"'),
)
_SUITE_VALUES: tuple[bytes, ...] = (
    *_CONDITIONS,
    *VALUES,
    b"[]",
    b"{}",
    b'"type"',
    b'"meta": 3, "x"',
    b'"kwargs": [], "y"',
    b'"severity": [], "z"',
)


@cache
def presets(room: str) -> tuple[bytes, ...]:
    """The files of rules/<room>."""
    return tuple(path.read_bytes() for path in sorted((FOLDER / room).glob("*.yaml")))


def _rule_file(rng: Random, seeds: Callable[[], tuple[bytes, ...]], spices: tuple[bytes, ...], value: re.Pattern[bytes]) -> bytes:
    if rng.random() < 0.5:
        return spoil.values(rng.choice(seeds()), rng, spices, value)
    return spoil.text(rng.choice(seeds()), rng, rng.choice((spices, YAML_SPICES, spoil.SPICES)), seeds())


def _obeyed(data: bytes, folder: Path, name: str) -> Outcome:
    file = folder / name
    file.write_bytes(data)
    try:
        if name.startswith("suite"):
            json.dumps(load_suite(file))
        elif name == "policy.yaml":
            policy.load(str(file))
        else:
            json.dumps(config.load(str(file), folder, folder).as_json())
    except AuditorError as error:
        hold(error.code == 2 and bool(error.message) and bool(error.cure), "an error without a message or a cure")
        return Outcome(accepted=False, told={"failure": error.message, "cure": error.cure})
    return Outcome(accepted=True, told={})


def _file_target(name: str, file: str, seeds: Callable[[], tuple[bytes, ...]], spices: tuple[bytes, ...]) -> Target:
    value = spoil.YAML_VALUE if file.endswith("yaml") else spoil.JSON_VALUE
    return Target(
        name=name, make=partial(_rule_file, seeds=seeds, spices=spices, value=value), run=partial(_obeyed, name=file), ending=file
    )


TARGETS = (
    Target(name="license-name", make=_name, run=_resolved, ending="txt"),
    Target(name="license-expression", make=_name, run=_parsed, ending="txt"),
    Target(name="yaml", make=_yaml, run=_loaded, ending="yaml", weight=2),
    Target(name="glob", make=_glob, run=_matched, ending="txt"),
    _file_target("config", "auditor.yaml", lambda: _CONFIG, (*_RULE_SPICES, *YAML_VALUES)),
    _file_target("config-toml", "pyproject.toml", lambda: _TOML, (*_RULE_SPICES, *VALUES)),
    _file_target("policy", "policy.yaml", lambda: presets("policies"), (*_RULE_SPICES, *YAML_VALUES)),
    _file_target("suite", "suite.json", lambda: _SUITE, _SUITE_VALUES),
    _file_target("suite-yaml", "suite.yaml", lambda: _SUITE_YAML, (*_CONDITIONS, *YAML_VALUES)),
)
