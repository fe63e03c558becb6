"""The house: what may import what, how long things may grow, and what must not be loaded for nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "auditor").rglob("*.py"))
FLOORS = (
    """cli worker pytest_plugin""",
    """
    api
    comparing
    fixing
    initial
    """,
    """running""",
    """
    audit
    checks
    engines
    inferring
    mutating
    reports
    sketching
    sources
    """,
    """
    against
    attestation
    baseline
    check
    conclusions
    config
    frameworks
    inference
    observe
    policy
    reading
    waivers
    """,
    """
    cards
    costs
    dataset
    drift
    leakage
    licenses
    nested
    preview
    profiles
    quality
    redaction
    rulebook
    saved
    schemas
    tabular
    validation
    verification
    """,
    """
    doors
    kernels
    model
    partials
    """,
)
FRIENDS = """
    cards > dataset
    cards > rulebook
    comparing > api
    conclusions > check
    conclusions > reading
    config > waivers
    doors > model
    drift > dataset
    fixing > api
    kernels > doors
    leakage > dataset
    licenses > dataset
    mutating > inferring
    nested > dataset
    nested > schemas
    observe > check
    partials > doors
    partials > model
    policy > waivers
    preview > dataset
    profiles > dataset
    quality > dataset
    reading > check
    redaction > dataset
    saved > dataset
    schemas > rulebook
    tabular > dataset
    validation > dataset
    validation > licenses
    validation > schemas
    verification > dataset
    verification > licenses
    waivers > check
"""
"""Rooms on one floor of which the first may import the second."""
DOCUMENTS = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"}
FOR_PIPELINES = {".ci", ".pre-commit-hooks.yaml", "action.yml"}
TOP = DOCUMENTS | FOR_PIPELINES | {".gitignore", "Makefile", "auditor", "bench", "docs", "pyproject.toml", "rules", "sample_data", "tests"}


def room(path: Path) -> str:
    parts = path.relative_to(ROOT / "auditor").parts
    return parts[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(place for place, rooms in enumerate(FLOORS) if name in rooms.split())


def imported(path: Path) -> Iterator[str]:
    """The rooms of ours that a file imports, at the top or inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [f"{node.module}.{alias.name}" if node.module == "auditor" else str(node.module) for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("auditor.") and name != "auditor.__version__")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    mine = room(path)
    if mine in {"__init__", "__main__"}:
        return
    for other in set(imported(path)) - {mine, "__version__"}:
        down = floor(other) > floor(mine)
        assert down or f"    {mine} > {other}" in FRIENDS.splitlines(), f"{mine} must not import {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            long = 150 if "native" in path.parts else 40  # a call in machine code is inlined or costs registers: loops stay whole
            assert node.end_lineno - node.lineno < long, f"{node.name} is too long"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module docstring says in one sentence what the room is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and node in tree.body:
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_no_room_is_called_after_nothing() -> None:
    names = {part.removesuffix(".py") for path in FILES for part in path.relative_to(ROOT / "auditor").parts}
    assert not names & {"utils", "util", "helpers", "common", "core", "base", "manager", "misc"}


def test_the_top_level_is_the_one_agreed_on() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    assert {line.split("/")[0] for line in listed.stdout.splitlines()} == TOP


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after running the code."""
    shown = "import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    run = subprocess.run([sys.executable, "-c", f"{code}\n{shown}"], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(run.stdout.splitlines()[-1]))


HEAVY = {"cryptography", "numpy", "pandas", "pyarrow", "great_expectations", "datasketch", "spdx_tools", "numba", "scipy", "jinja2", "rich"}


def test_the_front_door_is_light() -> None:
    assert not loaded("import auditor.cli") & HEAVY


def test_the_checks_are_listed_without_heavy_libraries() -> None:
    assert not loaded("import auditor.check; auditor.check.rules()") & HEAVY


def test_a_licence_is_named_without_heavy_libraries() -> None:
    assert not loaded("from auditor.licenses import resolve; assert resolve('MIT').expression == 'MIT'") & HEAVY


def test_a_scan_without_a_suite_loads_neither_pandas_nor_numba() -> None:
    scan = "auditor.cli.main(['scan', 'sample_data/clean', '--quiet'])"
    scan = f"import auditor.cli\ntry: {scan}\nexcept SystemExit as end: assert end.code == 0"
    assert not loaded(scan) & {"pandas", "numba", "great_expectations", "datasketch", "spdx_tools", "scipy"}


def test_a_worker_loads_neither_pandas_nor_numba() -> None:
    folder = json.dumps(str(ROOT / "sample_data" / "clean"))
    code = (
        "from auditor.doors import pandas; pandas.close()\n"
        "import pathlib; from auditor import preview; from auditor import worker; from auditor.dataset import Roles\n"
        "from auditor.sources.folder import find; from dataclasses import asdict\n"
        f"dataset = find(pathlib.Path({folder}))\n"
        "for shard in dataset.shards:\n"
        "    assert worker.preview({'shard': asdict(shard), 'roles': asdict(Roles()), 'limit': 10})['records'] == 10\n"
    )
    assert not loaded(code) & {"pandas", "numba", "great_expectations", "datasketch", "spdx_tools", "scipy"}
