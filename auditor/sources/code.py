"""Which files beside the data run code when common libraries load the dataset; they are looked at and never loaded or run."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path, PurePosixPath

from auditor.dataset import CODE
from auditor.sources.kinds import COMPRESSED, PICKLES

BUILDERS = ("GeneratorBasedBuilder", "ArrowBasedBuilder", "BeamBasedBuilder", "DatasetBuilder")

READ, PARSED = 4 << 20, 128 << 10
"""Bytes of a script that are searched, and that it may have to be parsed: a syntax tree is a hundred times as large."""

_BUILDER = re.compile(rf"^\s*class\s+\w+\s*\([^)]*\b(?:{'|'.join(BUILDERS)})\b", re.M)


def code(path: str, file: Path, root: Path) -> str | None:
    """The ledger's note of a file at `path` of the dataset in `root` that runs code when it is loaded, None for any other; OSError."""
    name = PurePosixPath(path.lower())
    if (PurePosixPath(name.stem) if name.suffix in COMPRESSED else name).suffix in PICKLES:
        return f"{CODE}: not read (a pickle does what its author wants when it is loaded)"
    if name.suffix == ".py" and (path.lower() == f"{root.resolve().name.lower()}.py" or _builds(file)):
        return f"{CODE}: not read (a loading script)"
    return None


def _builds(file: Path) -> bool:
    """Whether a script defines a class that builds a dataset."""
    with file.open("rb") as stream:
        source = stream.read(READ)
    try:
        tree = _parsed(source) if len(source) <= PARSED else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None:
        return _BUILDER.search(source.decode("utf-8", "replace")) is not None
    nodes = list(ast.walk(tree))
    imports = [alias for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    builders = {*BUILDERS, *(alias.asname for alias in imports if alias.name in BUILDERS)}
    bases = [base for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(_last_name(base) in builders for base in bases)


def _parsed(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _last_name(base: ast.expr) -> str | None:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else None
