"""`python -m tests.fuzz.coverage TARGET [options of libFuzzer]`: a target that is Python led by its coverage, where Atheris is installed.

The inputs begin with some of the target's own; one that does what none may do ends the run, and libFuzzer writes it into a file.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from .target import Target, random_of

BEGINNINGS = 300


def main() -> None:
    """Runs until something is found, or as long as the options say."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["auditor", "yaml", "tomllib"]):
        catalogue = importlib.import_module(f"{__package__}.catalogue")
    target: Target = catalogue.TARGETS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        corpus, scratch = Path(folder) / "corpus", Path(folder) / "scratch"
        corpus.mkdir()
        scratch.mkdir()
        for number in range(BEGINNINGS):
            (corpus / str(number)).write_bytes(target.make(random_of(target.name, 0, number)))
        atheris.Setup([*sys.argv, str(corpus)], lambda data: target.run(data, scratch))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
