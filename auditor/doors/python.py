"""How a child Python is started: with this one's packages, and never with code that lies in the working directory."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs `main()` of a module of this package in a new process; there the arguments are sys.argv[2:].

    `-P` keeps the working directory, which may be a dataset with a json.py in it, off the path.
    """
    return [sys.executable, "-P", __file__, module, *arguments]


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parent.parent.parent))
    importlib.import_module(sys.argv[1]).main()
