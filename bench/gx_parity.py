"""Great Expectations' own tests of its expectations, on pandas, with `Batch.validate` routed to the fast engine; writes docs/gx_parity.md.

usage: python bench/gx_parity.py [--cache FOLDER]

The source distribution of the version that is installed here is fetched from the package index into the cache, and so is what its tests
need, into an environment of their own. Nothing of it is kept in this repository.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TESTS = "tests/integration/data_sources_and_expectations/expectations"
PINS = ("pytest>=8,<9", "pytest-mock", "pytest-timeout", "pytest-benchmark", "freezegun", "responses", "flaky", "coverage", "sqlalchemy")
SAME = ("great_expectations", "pyarrow", "pandas", "numpy", "google-re2")
"""What the environment has in the version that is installed here."""


def main() -> None:
    """Fetches, runs and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "auditor-gx-parity")
    cache: Path = parser.parse_args().cache
    version = importlib.metadata.version("great_expectations")
    source, python = _source(cache, version), _environment(cache)
    told = _ran(source, python, cache / "told.json")
    page = _page(version, told)
    (ROOT / "docs" / "gx_parity.md").write_text(page)
    print(page)
    failed = [name for name, outcome in told["outcomes"].items() if outcome == "failed"]
    raise SystemExit(1 if failed else 0)


def _source(cache: Path, version: str) -> Path:
    folder = cache / f"great_expectations-{version}"
    if not (folder / TESTS).is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        asked = [f"great_expectations=={version}", "--no-deps", "--no-binary", ":all:", "--dest", str(cache)]
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *asked], check=True)
        with tarfile.open(cache / f"great_expectations-{version}.tar.gz") as archive:
            archive.extractall(cache, filter="data")
    return folder


def _environment(cache: Path) -> Path:
    folder, wanted = cache / "environment", [f"{name}=={importlib.metadata.version(name)}" for name in SAME]
    mark = folder / "pins"
    if not mark.is_file() or mark.read_text() != repr((wanted, PINS)):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *wanted, *PINS], check=True)
        mark.write_text(repr((wanted, PINS)))
    return folder / "bin" / "python"


def _ran(source: Path, python: Path, told: Path) -> Any:
    paths = os.pathsep.join(map(str, (source, ROOT, ROOT / "bench" / "parity")))
    command = [str(python), "-m", "pytest", "-q", "-p", "routed", "-p", "no:cacheprovider", TESTS, "-m", "unit or filesystem"]
    told.unlink(missing_ok=True)
    subprocess.run(command, cwd=source, env=os.environ | {"PYTHONPATH": paths, "PARITY": str(told), "TQDM_DISABLE": "1"}, check=False)
    return json.loads(told.read_text())


def _page(version: str, told: Any) -> str:
    """What came out, for docs/."""
    outcomes, asked, left = told["outcomes"], set(told["asked"]), told["left_in"]
    through = Counter(outcome for name, outcome in outcomes.items() if name in asked and name not in left)
    partly = [name for name in outcomes if name in left]
    without = [name for name in outcomes if name not in asked and name not in left]
    failed = sorted(name.rpartition("/")[2] for name, outcome in outcomes.items() if outcome == "failed")
    covered, types = sorted(told["routed"]), sorted({name.partition(":")[0] for name in told["left"]} - set(told["routed"]))
    lines = [
        "# Parity with Great Expectations",
        "",
        f"Written by `make gx-parity`: the tests of expectations in the source distribution of Great Expectations {version}, on pandas,",
        "with `Batch.validate` routed to the fast engine. A test passes where its assertions hold for our verdict, counts, failing rows",
        "and observed value, and these are the library's own for the same call.",
        "",
        "| | tests |",
        "|---|---|",
        f"| passed, judged by the fast engine | {through['passed']} |",
        f"| failed | {len(failed)} |",
        f"| with an expectation that is not covered, which the library judged | {len(partly)} |",
        f"| judging nothing on pandas (they are about errors in arguments, or rendering) | {len(without)} |",
        "",
        f"{sum(told['routed'].values())} expectations of {len(covered)} types were judged by both.",
        "",
        "## Not covered",
        "",
        *(f"- `{name}`" for name in types),
        "",
        "and of types that are covered:",
        "",
        *(f"- {reason} ({count})" for reason, count in sorted(told["left"].items()) if reason.partition(":")[0] not in types),
    ]
    if failed:
        lines += ["", "## Failed", "", *(f"- `{name}`" for name in failed)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
