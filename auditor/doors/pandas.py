"""Keeps pandas out of processes that do not need it: pyarrow imports it behind one's back (a quarter of a second, 40 MB)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Closed(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ImportError("pandas is not used in this process")
        return None


def close() -> None:
    """Makes every later import of pandas in this process an ImportError, which pyarrow takes as "not installed"."""
    if not any(isinstance(finder, _Closed) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Closed())
