"""Spares processes what pyarrow does for readers of its documentation: half of the time that its compute functions take to be imported."""

from __future__ import annotations

import sys
from collections import defaultdict
from types import ModuleType
from typing import Any


def hasten() -> None:
    """Lets pyarrow.compute find no descriptions of options to repeat in docstrings of its own; the functions are the same."""
    name = "pyarrow.vendored.docscrape"
    if name not in sys.modules:
        bare: Any = ModuleType(name)
        bare.NumpyDocString = lambda _: defaultdict(list)
        sys.modules[name] = bare
